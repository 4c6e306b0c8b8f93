//! `poterne guide`: the rules, one rule's page, and what applies to what.

use std::io::{ErrorKind, Write};

use guide::{Applicability, Branch, Conditions, RULES, applies, rule};
use serde_json::json;
use vocab::{Kind, Lang, Level, Path, RuleId};

use crate::cli::Guide;
use crate::texts::{say, spoken};

/// Widest line that is broken between words; a French mark may hang over by two columns.
const WIDTH: usize = 77;

/// Runs the command on standard output. A reader who leaves early (`| head`) is no fault.
pub(crate) fn run(asked: &Guide) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let written = match asked.what.as_deref() {
        None => list(&mut out, spoken()),
        Some("applicability") => applicability(&mut out, (!asked.json).then(spoken)),
        Some(name) => {
            let id: RuleId =
                name.to_uppercase().parse().map_err(|_| anyhow::anyhow!(say("no_rule", &[&name])))?;
            page(&mut out, id, spoken())
        }
    };
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn list(out: &mut dyn Write, lang: Lang) -> std::io::Result<()> {
    for rule in RULES {
        let columns =
            format!("{:<4}{:<10}{:<10}", rule.id.as_str(), kinds(rule.kinds), level(rule.level, lang));
        fold(out, &columns, &" ".repeat(columns.len()), rule.wording.in_lang(lang))?;
    }
    Ok(())
}

fn level(level: Level, lang: Lang) -> String {
    let word = if lang == Lang::Fr { "palier" } else { "level" };
    format!("{word} {}", u8::from(level))
}

/// The columns of the guide: TS télésurveillance, TM télémaintenance, TA téléassistance.
fn kinds(kinds: &[Kind]) -> String {
    let column = |kind: &Kind| match kind {
        Kind::Monitoring => "TS",
        Kind::Maintenance => "TM",
        Kind::Assistance => "TA",
    };
    kinds.iter().map(column).collect::<Vec<_>>().join(" ")
}

fn page(out: &mut dyn Write, id: RuleId, lang: Lang) -> std::io::Result<()> {
    let rule = rule(id);
    let parties = rule.parties.iter().map(|party| party.name().in_lang(lang)).collect::<Vec<_>>().join(", ");
    let by = if lang == Lang::Fr { "Mise en œuvre :" } else { "Implemented by:" };
    fold(out, "", "     ", &format!("{id} — {}", rule.wording.in_lang(lang)))?;
    writeln!(out, "\n{} · {}{}", kinds(rule.kinds), level(rule.level, lang), branch(rule.branch, lang))?;
    fold(out, "", "  ", &format!("{by} {parties}"))?;
    for paragraph in rule.manual.in_lang(lang).split("\n\n") {
        writeln!(out)?;
        fold(out, "", "", paragraph)?;
    }
    Ok(())
}

fn branch(branch: Branch, lang: Lang) -> &'static str {
    match (branch, lang) {
        (Branch::Both, _) => "",
        (Branch::Gateway, Lang::Fr) => " · par un point d'accès",
        (Branch::Gateway, Lang::En) => " · through an access point",
        (Branch::Direct, Lang::Fr) => " · accès direct",
        (Branch::Direct, Lang::En) => " · direct access",
    }
}

/// Writes a paragraph in lines of at most [`WIDTH`] columns.
fn fold(out: &mut dyn Write, first: &str, rest: &str, text: &str) -> std::io::Result<()> {
    let mut line = first.to_owned();
    let mut begun = false;
    for word in text.split_whitespace() {
        // French marks stand alone after their space, and stay with the word before them.
        let mark = matches!(word, ":" | ";" | "!" | "?" | "»" | "—");
        if begun && !mark && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{line}")?;
            line = rest.to_owned();
        } else if begun {
            line.push(' ');
        }
        line.push_str(word);
        begun = true;
    }
    writeln!(out, "{line}")
}

/// `lang`: for people, in this language; else one JSON object a line.
fn applicability(out: &mut dyn Write, lang: Option<Lang>) -> std::io::Result<()> {
    for rule in RULES {
        for kind in Kind::ALL {
            for level in Level::ALL {
                for path in Path::ALL {
                    for (subcontracting, central_traces) in
                        [(false, false), (false, true), (true, false), (true, true)]
                    {
                        let conditions = Conditions { subcontracting, central_traces };
                        let answer = applies(rule.id, kind, level, path, conditions);
                        let row = Row { rule: rule.id, kind, level, path, conditions, answer };
                        match lang {
                            Some(lang) => row.text(out, lang)?,
                            None => row.json(out)?,
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

struct Row {
    rule: RuleId,
    kind: Kind,
    level: Level,
    path: Path,
    conditions: Conditions,
    answer: Applicability,
}

impl Row {
    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let row = json!({
            "rule": self.rule.as_str(),
            "kind": self.kind.as_str(),
            "level": u8::from(self.level),
            "path": self.path.as_str(),
            "subcontracting": self.conditions.subcontracting,
            "central_traces": self.conditions.central_traces,
            "applies": self.answer.applies(),
            "cause": self.answer.cause().map(guide::Cause::as_str),
        });
        writeln!(out, "{row}")
    }

    fn text(&self, out: &mut dyn Write, lang: Lang) -> std::io::Result<()> {
        let cause =
            self.answer.cause().map_or("✓".to_owned(), |cause| cause.text().in_lang(lang).to_owned());
        let french = lang == Lang::Fr;
        let either = |fr, en| if french { fr } else { en };
        let yes = |given: bool| if given { either("oui", "yes") } else { either("non", "no") };
        let path = match self.path {
            Path::Gateway => either("point d'accès", "access point"),
            Path::Direct => either("accès direct", "direct access"),
        };
        let [subcontracting, traces] = if french {
            ["sous-traitance", "traces centrales"]
        } else {
            ["subcontracting", "central traces"]
        };
        writeln!(
            out,
            "{:<4}{} {} {path:<13}  {subcontracting} {:<3}  {traces} {:<3}  {cause}",
            self.rule.as_str(),
            kinds(&[self.kind]),
            level(self.level, lang),
            yes(self.conditions.subcontracting),
            yes(self.conditions.central_traces),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(print: impl Fn(&mut Vec<u8>) -> std::io::Result<()>) -> String {
        let mut out = Vec::new();
        print(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_page_fits_a_terminal() {
        for lang in [Lang::Fr, Lang::En] {
            let mut pages = vec![printed(|out| list(out, lang))];
            pages.extend(RuleId::ALL.map(|id| printed(|out| page(out, id, lang))));
            for page in pages {
                assert!(page.lines().all(|line| line.chars().count() <= 79), "{page}");
            }
        }
        assert!(printed(|out| page(out, RuleId::C4, Lang::Fr)).starts_with("C4 — La sous-traitance"));
    }

    #[test]
    fn the_table_is_in_the_words_of_its_reader() {
        let first = |lang| {
            let table = printed(|out| applicability(out, Some(lang)));
            table.lines().next().unwrap().to_owned()
        };
        assert_eq!(
            first(Lang::Fr),
            "C1  TS palier 1 point d'accès  sous-traitance non  traces centrales non  ✓"
        );
        assert_eq!(
            first(Lang::En),
            "C1  TS level 1 access point   subcontracting no   central traces no   ✓"
        );
    }

    /// One object a line: rule × kind × level × path × both conditions, each once.
    #[test]
    fn applicability_is_whole() {
        let text = printed(|out| applicability(out, None));
        let rows: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), 38 * 3 * 2 * 2 * 2 * 2);
        let mut keys: Vec<String> = rows.iter().map(|row| row.to_string()).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), rows.len());
        let held = |row: &serde_json::Value| row["applies"].as_bool() == Some(row["cause"].is_null());
        assert!(rows.iter().all(held));
        let asked = rows.iter().filter(|row| {
            row["kind"] == "maintenance"
                && row["level"] == 2
                && row["path"] == "gateway"
                && row["subcontracting"] == false
                && row["central_traces"] == true
                && row["applies"] == true
        });
        assert_eq!(asked.count(), 31);
    }
}
