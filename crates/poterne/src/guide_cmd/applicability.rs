//! `poterne guide applicability`: which rule applies to what, and why one does not.

use std::io::Write;

use guide::{Applicability, Conditions, RULES, applies};
use serde_json::json;
use vocab::{Kind, Lang, Level, Path, RuleId};

use super::{kinds, level};

/// `lang`: for people, in this language; else one JSON object a line.
pub(super) fn write(out: &mut dyn Write, lang: Option<Lang>) -> std::io::Result<()> {
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

    fn printed(lang: Option<Lang>) -> String {
        let mut out = Vec::new();
        write(&mut out, lang).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_table_is_in_the_words_of_its_reader() {
        let first = |lang| {
            let table = printed(Some(lang));
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
        let text = printed(None);
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
