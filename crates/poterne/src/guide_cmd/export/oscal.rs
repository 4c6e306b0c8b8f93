//! The guide in OSCAL: a catalog of the 38 rules, six profiles (three kinds at two levels) and a definition of the
//! components that hold them, the gate and the papers. How a service stands is in [`standing`].
//!
//! OSCAL knows a finding as satisfied or not, and nothing between: what the guide knows besides (not applicable, risk
//! treated, met by declaration only) stands in properties of the namespace [`NAMESPACE`]. Names are UUIDs of version 5:
//! the same data gives the same bytes.

pub(crate) mod standing;

use guide::{Branch, Condition, Hold, Manual, RULES, Rule};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use vocab::{Kind, Lang, Level};

use super::{FAMILIES, GUIDE, GUIDE_TITLE, abroad};
use crate::guide_cmd::kinds;

/// The version of the schema that is written.
const OSCAL: &str = "1.1.3";
/// Whose properties they are.
const NAMESPACE: &str = "urn:poterne:pgssi-s-remote";
/// The text of the catalog, and the day on which it was last changed.
const CATALOG_VERSION: &str = "1";
const CATALOG_AT: &str = "2026-11-28T00:00:00Z";
/// The name of the catalog's file: what the others refer to.
const CATALOG: &str = "catalog.json";

/// The documents of the guide, with the names of their files.
pub(super) fn of_the_guide(lang: Lang, version: &str) -> Vec<(String, Value)> {
    let mut documents = vec![(CATALOG.to_owned(), catalog(lang))];
    for kind in Kind::ALL {
        documents.extend(Level::ALL.map(|level| {
            let name = format!("profile-{}-p{}.json", kinds(&[kind]).to_lowercase(), u8::from(level));
            (name, profile(kind, level, lang))
        }));
    }
    documents.push(("component-definition.json".to_owned(), components(lang, version)));
    documents
}

/// A UUID of version 5 (RFC 9562 §5.5): of a name in our own namespace. SHA-1 is what the version asks for; it names
/// here, and protects nothing.
pub(super) fn uuid(name: &str) -> String {
    /// The UUID of version 5 of `urn:poterne:pgssi-s-remote` in the namespace of URLs of RFC 9562.
    const OURS: [u8; 16] =
        [0x74, 0x42, 0x39, 0x45, 0x2d, 0x07, 0x55, 0xf5, 0xbe, 0x7e, 0x4e, 0x99, 0x58, 0x0b, 0x5d, 0xfc];
    version_5(OURS, name)
}

fn version_5(namespace: [u8; 16], name: &str) -> String {
    let digest = Sha1::new().chain_update(namespace).chain_update(name.as_bytes()).finalize();
    let mut hex = String::with_capacity(36);
    for (at, byte) in digest.iter().take(16).enumerate() {
        let byte = match at {
            6 => byte & 0x0f | 0x50,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            hex.push('-');
        }
        hex += &format!("{byte:02x}");
    }
    hex
}

pub(super) fn metadata(title: &str, at: &str, version: &str) -> Value {
    json!({ "title": title, "last-modified": at, "version": version, "oscal-version": OSCAL })
}

/// A property of our namespace. OSCAL takes no empty value, and none that begins or ends with a blank.
pub(super) fn prop(name: &str, value: &str) -> Value {
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let value = if value.is_empty() { "-".to_owned() } else { value };
    json!({ "name": name, "ns": NAMESPACE, "value": value })
}

/// The rule's name in OSCAL.
pub(super) fn control_id(rule: &Rule) -> String {
    rule.id.as_str().to_lowercase()
}

fn catalog(lang: Lang) -> Value {
    let groups: Vec<Value> = FAMILIES
        .iter()
        .map(|(letter, title)| {
            let controls = RULES.iter().filter(|rule| rule.id.as_str().starts_with(letter));
            json!({
                "id": format!("family-{}", letter.to_lowercase()),
                "title": title.in_lang(lang),
                "controls": controls.map(|rule| control(rule, lang)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut metadata = metadata(GUIDE_TITLE.in_lang(lang), CATALOG_AT, CATALOG_VERSION);
    if let Value::Object(members) = &mut metadata {
        members.insert("remarks".to_owned(), GUIDE.in_lang(lang).into());
    }
    json!({ "catalog": {
        "uuid": uuid(&format!("catalog {CATALOG_VERSION} {}", word(lang))),
        "metadata": metadata,
        "groups": groups,
    }})
}

fn word(lang: Lang) -> &'static str {
    match lang {
        Lang::Fr => "fr",
        Lang::En => "en",
    }
}

fn control(rule: &Rule, lang: Lang) -> Value {
    let id = control_id(rule);
    let mut props = vec![
        json!({ "name": "label", "value": rule.id.as_str() }),
        prop("level", &u8::from(rule.level).to_string()),
    ];
    props.extend(rule.kinds.iter().map(|kind| prop("kind", kind.as_str())));
    if rule.branch != Branch::Both {
        props.push(prop("path", rule.branch.as_str()));
    }
    if let Some(condition) = rule.condition {
        props.push(prop(
            "condition",
            match condition {
                Condition::HeldWhileSubcontracting => "held-while-subcontracting",
                Condition::WithoutCentralTraces => "without-central-traces",
            },
        ));
    }
    let asked = rule.audit.in_lang(lang).lines().enumerate().map(|(number, question)| {
        json!({ "id": format!("{id}_obj.{}", number + 1), "name": "assessment-objective", "prose": question })
    });
    let [fr, en] = abroad(rule.manual);
    let guidance = if lang == Lang::Fr { fr } else { en };
    let mut parts = vec![
        json!({ "id": format!("{id}_smt"), "name": "statement", "prose": rule.wording.in_lang(lang) }),
        json!({ "id": format!("{id}_gdn"), "name": "guidance", "prose": guidance }),
    ];
    parts.extend(asked);
    // A title is a line; the wording is one.
    json!({ "id": id, "title": rule.wording.in_lang(lang), "props": props, "parts": parts })
}

/// The rules of one kind at one level. Which of T2 to T8 apply hangs on the path of each service, and stays in.
fn profile(kind: Kind, level: Level, lang: Lang) -> Value {
    const TITLE: Manual = Manual { fr: "palier", en: "level" };
    let asked = RULES.iter().filter(|rule| rule.kinds.contains(&kind) && rule.level <= level);
    let ids: Vec<String> = asked.map(|rule| control_id(rule)).collect();
    let number = u8::from(level);
    let title = format!("PGSSI-S {}, {} {number}", kinds(&[kind]), TITLE.in_lang(lang));
    json!({ "profile": {
        "uuid": uuid(&format!("profile {CATALOG_VERSION} {} {number} {}", kind.as_str(), word(lang))),
        "metadata": metadata(&title, CATALOG_AT, CATALOG_VERSION),
        "imports": [{ "href": CATALOG, "include-controls": [{ "with-ids": ids }] }],
        "merge": { "as-is": true },
    }})
}

/// A component, and what it does for the rules that it bears on.
struct Component {
    name: &'static str,
    kind: &'static str,
    title: Manual,
    says: Manual,
    bears_on: fn(&Rule) -> bool,
}

/// The gate, and the papers: much of the guide is held by what is written and signed.
const COMPONENTS: [Component; 4] = [
    Component {
        name: "gate",
        kind: "software",
        title: Manual { fr: "Poterne", en: "Poterne" },
        says: Manual {
            fr: "Le point d'accès par lequel passent les interventions à distance.",
            en: "The access point through which remote interventions pass.",
        },
        bears_on: |_| true,
    },
    Component {
        name: "contract",
        kind: "policy",
        title: Manual { fr: "Le contrat", en: "The contract" },
        says: Manual {
            fr: "Le règlement, le contrat ou la convention avec le fournisseur : la clause de la règle y est inscrite.",
            en: "The regulation, contract or convention with the provider: the rule's clause stands in it.",
        },
        bears_on: |rule| rule.two_facets,
    },
    Component {
        name: "security-plan",
        kind: "plan",
        title: Manual { fr: "Le plan d'assurance sécurité", en: "The security assurance plan" },
        says: Manual {
            fr: "Le plan du fournisseur dit comment la règle est tenue chez lui.",
            en: "The provider's plan says how the rule is held on its side.",
        },
        bears_on: |rule| ["A", "E"].iter().any(|letter| rule.id.as_str().starts_with(letter)),
    },
    Component {
        name: "service-agreement",
        kind: "process-procedure",
        title: Manual { fr: "La convention de service", en: "The service agreement" },
        says: Manual {
            fr: "La convention dit comment les deux parties s'organisent pour que la règle soit tenue.",
            en: "The agreement says how the two parties organise themselves so that the rule is held.",
        },
        bears_on: |rule| rule.id.as_str().starts_with('O'),
    },
];

fn components(lang: Lang, version: &str) -> Value {
    let title = Manual { fr: "Ce qui tient les règles", en: "What holds the rules" };
    let components: Vec<Value> = COMPONENTS.iter().map(|one| component(one, lang, version)).collect();
    json!({ "component-definition": {
        "uuid": uuid(&format!("components {version} {}", word(lang))),
        "metadata": metadata(title.in_lang(lang), CATALOG_AT, version),
        "components": components,
    }})
}

fn component(component: &Component, lang: Lang, version: &str) -> Value {
    let Component { name, kind, title, says, bears_on } = component;
    let uuid = |what: &str| uuid(&format!("component {version} {} {name} {what}", word(lang)));
    let requirement = |rule: &&Rule| {
        let (said, props) = if *name == "gate" {
            let held = Kind::ALL.iter().filter_map(|kind| Some((kind, rule.hold(*kind)?)));
            let held = held.map(|(kind, hold)| prop(&format!("hold-{}", kind.as_str()), hold_word(hold)));
            (rule.product.says, held.collect::<Vec<_>>())
        } else {
            (*says, vec![prop("hold", "declared")])
        };
        json!({
            "uuid": uuid(rule.id.as_str()),
            "control-id": control_id(rule),
            "description": said.in_lang(lang),
            "props": props,
        })
    };
    let bears_on = |rule: &&&Rule| bears_on(rule);
    json!({
        "uuid": uuid(""),
        "type": kind,
        "title": title.in_lang(lang),
        "description": says.in_lang(lang),
        "control-implementations": [{
            "uuid": uuid("implementation"),
            "source": CATALOG,
            "description": says.in_lang(lang),
            "implemented-requirements":
                RULES.iter().filter(bears_on).map(requirement).collect::<Vec<_>>(),
        }],
    })
}

fn hold_word(hold: Hold) -> &'static str {
    match hold {
        Hold::Enforced => "enforced",
        Hold::Observed => "observed",
        Hold::Declared => "declared",
        Hold::None => "none",
    }
}

#[cfg(test)]
mod tests;
