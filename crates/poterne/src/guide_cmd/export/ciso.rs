//! A library of the guide for CISO Assistant: the 38 rules with the questions of an auditor, the groups by which an
//! audit chooses among them, the threats of §2.2 and the matrix of the PGSSI-S.
//!
//! What its loader asks (intuitem/ciso-assistant-community, `backend/library/utils.py` and `core/models.py`, August
//! 2026) is held by the tests below. A requirement that is asked at level 1 is in both groups of levels, as the guide
//! has it; groups are united there, never intersected, and so each kind and level has a group of its own besides.

use domain::{RISK_MATRIX, Risk};
use guide::{IMPACTS, LIKELIHOODS, Manual, RISKS, RULES, Rule, THREATS, Threat};
use vocab::{Kind, Lang, Level};

use super::yaml::Node;
use super::{FAMILIES, GUIDE, GUIDE_TITLE, abroad};
use crate::guide_cmd::kinds;

/// Raised with every change of what is exported: the loader takes no other text under the same number.
const LIBRARY_VERSION: i64 = 1;
/// The day of this version: the loader keeps it as it stands.
const PUBLISHED: &str = "2026-11-28";
/// The last part of all names.
const NAME: &str = "pgssi-s-interventions-a-distance";
const COPYRIGHT: Manual = Manual {
    fr: "Formulation de Poterne (EUPL-1.2) ; le guide lui-même est de l'ASIP Santé, aujourd'hui ANS.",
    en: "Worded by Poterne (EUPL-1.2); the guide itself is by ASIP Santé, today ANS.",
};

/// The whole file.
pub(super) fn library(lang: Lang) -> Node {
    let locale = match lang {
        Lang::Fr => "fr",
        Lang::En => "en",
    };
    let risk_matrices = Node::List(vec![matrix(lang)]);
    let objects = Node::map([
        ("threats", Node::list(THREATS.iter().map(|one| threat(one, lang)))),
        ("risk_matrices", risk_matrices),
        ("framework", framework(lang)),
    ]);
    let mut library = vec![
        ("urn".to_owned(), urn("library").into()),
        ("locale".to_owned(), locale.into()),
        ("ref_id".to_owned(), NAME.into()),
    ];
    library.extend(texts(lang, [("name", GUIDE_TITLE), ("description", GUIDE), ("copyright", COPYRIGHT)]));
    library.extend([
        ("version".to_owned(), Node::Number(LIBRARY_VERSION)),
        ("publication_date".to_owned(), PUBLISHED.into()),
        ("provider".to_owned(), "ANS".into()),
        ("packager".to_owned(), "poterne".into()),
        ("objects".to_owned(), objects),
    ]);
    Node::Map(library)
}

fn urn(kind: &str) -> String {
    format!("urn:poterne:risk:{kind}:{NAME}")
}

fn urn_of(kind: &str, name: &str) -> String {
    format!("{}:{}", urn(kind), name.to_lowercase())
}

/// Texts in the file's language, and the other one under `translations`.
fn texts<const N: usize>(lang: Lang, texts: [(&str, Manual); N]) -> Vec<(String, Node)> {
    let owned: [(&str, [String; 2]); N] =
        texts.map(|(key, Manual { fr, en })| (key, [fr.to_owned(), en.to_owned()]));
    owned_texts(lang, owned)
}

fn owned_texts<const N: usize>(lang: Lang, texts: [(&str, [String; 2]); N]) -> Vec<(String, Node)> {
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for (key, [fr, en]) in texts {
        let (here, there) = if lang == Lang::Fr { (fr, en) } else { (en, fr) };
        own.push((key.to_owned(), here.into()));
        others.push((key.to_owned(), there.into()));
    }
    let other = if lang == Lang::Fr { "en" } else { "fr" };
    own.push(("translations".to_owned(), Node::map([(other, Node::Map(others))])));
    own
}

/// A map that begins with plain members and goes on with texts.
fn with_texts<const N: usize>(
    first: Vec<(&str, Node)>,
    texts: Vec<(String, Node)>,
    last: [(&str, Node); N],
) -> Node {
    let plain = first.into_iter().map(|(key, value)| (key.to_owned(), value));
    let last = last.into_iter().map(|(key, value)| (key.to_owned(), value));
    Node::Map(plain.chain(texts).chain(last).collect())
}

fn threat(threat: &Threat, lang: Lang) -> Node {
    let first =
        vec![("urn", urn_of("threat", threat.id.as_str()).into()), ("ref_id", threat.id.as_str().into())];
    with_texts(first, texts(lang, [("name", threat.title), ("description", threat.says)]), [])
}

fn matrix(lang: Lang) -> Node {
    const TITLE: Manual =
        Manual { fr: "Matrice de risques 4×4 de la PGSSI-S", en: "4×4 risk matrix of the PGSSI-S" };
    let scale = |steps: &[Manual], colours: &[&str]| -> Node {
        let step = |((number, name), colour): ((usize, &Manual), &&str)| {
            let first =
                vec![("abbreviation", (number + 1).to_string().into()), ("hexcolor", (*colour).into())];
            with_texts(first, texts(lang, [("name", *name), ("description", *name)]), [])
        };
        Node::List(steps.iter().enumerate().zip(colours).map(step).collect())
    };
    let four = ["#02A45A", "#FFCE02", "#FFA600", "#FF1A00"];
    // A place in the list of risks, from the smallest.
    let place = |risk: &Risk| Risk::ALL.iter().position(|one| one == risk).unwrap_or_default();
    let row = |row: &[Risk; 4]| {
        let number = |risk| Node::Number(i64::try_from(place(risk)).unwrap_or_default());
        Node::List(row.iter().map(number).collect())
    };
    let first = vec![("urn", urn("matrix").into()), ("ref_id", format!("{NAME}-4x4").into())];
    with_texts(
        first,
        texts(lang, [("name", TITLE), ("description", TITLE)]),
        [
            ("probability", scale(&LIKELIHOODS, &four)),
            ("impact", scale(&IMPACTS, &four)),
            ("risk", scale(&RISKS, &["#92d051", "#ffc100", "#ff5d5d"])),
            ("grid", Node::List(RISK_MATRIX.iter().map(row).collect())),
        ],
    )
}

fn framework(lang: Lang) -> Node {
    let mut nodes = Vec::new();
    for (letter, title) in FAMILIES {
        let first = vec![
            ("urn", urn_of("req_node", letter).into()),
            ("assessable", Node::Flag(false)),
            ("depth", Node::Number(1)),
            ("ref_id", letter.into()),
        ];
        nodes.push(with_texts(first, texts(lang, [("name", title)]), []));
        let of_family = RULES.iter().filter(|rule| rule.id.as_str().starts_with(letter));
        nodes.extend(of_family.map(|rule| requirement(rule, letter, lang)));
    }
    let first = vec![("urn", urn("framework").into()), ("ref_id", NAME.into())];
    with_texts(
        first,
        texts(lang, [("name", GUIDE_TITLE), ("description", GUIDE)]),
        [
            ("implementation_groups_definition", Node::List(groups(lang))),
            ("requirement_nodes", Node::List(nodes)),
        ],
    )
}

fn requirement(rule: &Rule, family: &str, lang: Lang) -> Node {
    let id = rule.id.as_str();
    let first = vec![
        ("urn", urn_of("req_node", id).into()),
        ("assessable", Node::Flag(true)),
        ("depth", Node::Number(2)),
        ("parent_urn", urn_of("req_node", family).into()),
        ("ref_id", id.into()),
    ];
    let wording = |text: &str| text.to_owned();
    let said = [
        ("description", [wording(rule.wording.fr), wording(rule.wording.en)]),
        ("annotation", abroad(rule.manual)),
    ];
    let threats = THREATS.iter().filter(|threat| threat.rules.contains(&rule.id));
    with_texts(
        first,
        owned_texts(lang, said),
        [
            ("implementation_groups", Node::list(groups_of(rule))),
            ("threats", Node::list(threats.map(|threat| urn_of("threat", threat.id.as_str())))),
            ("questions", questions(rule, lang)),
        ],
    )
}

/// What an auditor is left to ask: each answered in words.
fn questions(rule: &Rule, lang: Lang) -> Node {
    let asked = rule.audit.fr.lines().zip(rule.audit.en.lines()).enumerate();
    let question = |(number, (fr, en)): (usize, (&str, &str))| {
        let urn = format!("{}:question:{}", urn_of("req_node", rule.id.as_str()), number + 1);
        let text = owned_texts(lang, [("text", [fr.to_owned(), en.to_owned()])]);
        (urn, with_texts(vec![("type", "text".into())], text, []))
    };
    Node::Map(asked.map(question).collect())
}

/// `P1` and `P2`, the columns of the guide, and each column at each level.
fn groups(lang: Lang) -> Vec<Node> {
    let mut groups = Vec::new();
    let mut group = |id: String, fr: String, en: String| {
        groups.push(with_texts(vec![("ref_id", id.into())], owned_texts(lang, [("name", [fr, en])]), []));
    };
    let levels = Level::ALL.map(u8::from);
    for level in levels {
        group(format!("P{level}"), format!("Palier {level}"), format!("Level {level}"));
    }
    let words = |kind: Kind| match kind {
        Kind::Monitoring => ("Télésurveillance", "Monitoring"),
        Kind::Maintenance => ("Télémaintenance", "Maintenance"),
        Kind::Assistance => ("Téléassistance", "Assistance"),
    };
    for kind in Kind::ALL {
        let (fr, en) = words(kind);
        group(kinds(&[kind]), fr.to_owned(), en.to_owned());
    }
    for kind in Kind::ALL {
        let (fr, en) = words(kind);
        for level in levels {
            group(
                format!("{}-P{level}", kinds(&[kind])),
                format!("{fr}, palier {level}"),
                format!("{en}, level {level}"),
            );
        }
    }
    groups
}

fn groups_of(rule: &Rule) -> Vec<String> {
    let levels = || Level::ALL.into_iter().filter(|level| rule.level <= *level).map(u8::from);
    let columns = || rule.kinds.iter().map(|kind| kinds(&[*kind]));
    let by_level = levels().map(|level| format!("P{level}"));
    let both = columns().flat_map(|column| levels().map(move |level| format!("{column}-P{level}")));
    by_level.chain(columns()).chain(both).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn get<'n>(node: &'n Node, key: &str) -> &'n Node {
        let Node::Map(members) = node else { panic!("{node:?}") };
        let found = members.iter().find(|(name, _)| name == key);
        &found.unwrap_or_else(|| panic!("{key} in {members:?}")).1
    }

    fn items(node: &Node) -> &[Node] {
        let Node::List(items) = node else { panic!("{node:?}") };
        items
    }

    fn text(node: &Node) -> &str {
        let Node::Text(text) = node else { panic!("{node:?}") };
        text
    }

    /// What their `URN_REGEX` asks of a name, in lower case as they keep it.
    fn is_urn(name: &str) -> bool {
        let mut parts = name.split(':');
        let word = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
        };
        parts.next() == Some("urn") && parts.clone().count() >= 4 && parts.all(word)
    }

    #[test]
    fn the_library_is_what_their_loader_asks() {
        for lang in [Lang::Fr, Lang::En] {
            let library = library(lang);
            // `StoredLibrary.REQUIRED_FIELDS`, and what they read without asking first.
            for key in ["urn", "ref_id", "name", "version", "objects"] {
                get(&library, key);
            }
            assert!(is_urn(text(get(&library, "urn"))));
            assert!(text(get(&library, "ref_id")).len() <= 100 && text(get(&library, "name")).len() <= 200);
            let objects = get(&library, "objects");
            let threats: BTreeSet<&str> =
                items(get(objects, "threats")).iter().map(|threat| text(get(threat, "urn"))).collect();
            assert_eq!(threats.len(), 9);
            let framework = get(objects, "framework");
            let groups: BTreeSet<&str> = items(get(framework, "implementation_groups_definition"))
                .iter()
                .map(|group| text(get(group, "ref_id")))
                .collect();
            assert_eq!(groups.len(), 11);
            let nodes = items(get(framework, "requirement_nodes"));
            let mut known = BTreeSet::new();
            let mut rules = 0;
            for node in nodes {
                let urn = text(get(node, "urn"));
                assert!(is_urn(urn) && known.insert(urn), "{urn}");
                if *get(node, "assessable") == Node::Flag(false) {
                    continue;
                }
                rules += 1;
                // A parent comes before its children, and nothing is named that is not there.
                assert!(known.contains(text(get(node, "parent_urn"))), "{urn}");
                assert!(items(get(node, "threats")).iter().all(|name| threats.contains(text(name))), "{urn}");
                let own = items(get(node, "implementation_groups"));
                assert!(own.len() >= 3 && own.iter().all(|name| groups.contains(text(name))), "{urn}");
                let Node::Map(questions) = get(node, "questions") else { panic!("{urn}") };
                assert!((1..=3).contains(&questions.len()) && questions.iter().all(|(name, _)| is_urn(name)));
            }
            assert_eq!(rules, 38);
        }
    }

    /// The counts of the guide's table, by group.
    #[test]
    fn each_group_has_the_rules_of_the_guide() {
        let count =
            |group: &str| RULES.iter().filter(|rule| groups_of(rule).iter().any(|own| own == group)).count();
        let expected = [
            ("P1", 28),
            ("P2", 38),
            ("TS", 31),
            ("TM", 34),
            ("TA", 33),
            ("TS-P1", 23),
            ("TS-P2", 31),
            ("TM-P1", 26),
            ("TM-P2", 34),
            ("TA-P1", 25),
            ("TA-P2", 33),
        ];
        for (group, rules) in expected {
            assert_eq!(count(group), rules, "{group}");
        }
    }

    #[test]
    fn the_matrix_is_square() {
        let library = library(Lang::Fr);
        let [matrix] = items(get(get(&library, "objects"), "risk_matrices")) else { panic!() };
        let grid = items(get(matrix, "grid"));
        assert_eq!(grid.len(), items(get(matrix, "probability")).len());
        assert!(grid.iter().all(|row| items(row).len() == items(get(matrix, "impact")).len()));
    }
}
