//! `poterne guide`: the rules, one rule's page, and what applies to what.

use std::io::{ErrorKind, Write};

use anyhow::Context;
use guide::{Applicability, Conditions, RULES, applies, rule};
use serde_json::json;
use vocab::{Kind, Lang, Level, Path, RuleId};

use crate::cli::Guide;

/// Runs the command on standard output. A reader who leaves early (`| head`) is no fault.
pub(crate) fn run(asked: &Guide) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let written = match asked.what.as_deref() {
        None => list(&mut out, lang(asked)?),
        Some("applicability") => applicability(&mut out, asked.json),
        Some(name) => {
            let id: RuleId = name.to_uppercase().parse().context("`applicability`, or the name of a rule")?;
            page(&mut out, id, lang(asked)?)
        }
    };
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn lang(asked: &Guide) -> anyhow::Result<Lang> {
    asked.lang.parse().map_err(|()| anyhow::anyhow!("`--lang` is `fr` or `en`"))
}

fn list(out: &mut dyn Write, lang: Lang) -> std::io::Result<()> {
    for rule in RULES {
        let level = u8::from(rule.level);
        let level = if lang == Lang::Fr { format!("palier {level}") } else { format!("level {level}") };
        writeln!(out, "{:<4} {:<9} {:<8} {}", rule.id, kinds(rule.kinds), level, rule.wording.in_lang(lang))?;
    }
    Ok(())
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
    let by = if lang == Lang::Fr { "Mise en œuvre" } else { "Implemented by" };
    writeln!(out, "{id} — {}\n", rule.wording.in_lang(lang))?;
    writeln!(
        out,
        "{} · {} {}",
        kinds(rule.kinds),
        if lang == Lang::Fr { "palier" } else { "level" },
        u8::from(rule.level)
    )?;
    writeln!(out, "{by} : {parties}\n")?;
    for line in rule.manual.in_lang(lang).lines() {
        writeln!(out, "{}", line.trim())?;
    }
    Ok(())
}

fn applicability(out: &mut dyn Write, as_json: bool) -> std::io::Result<()> {
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
                        if as_json { row.json(out)? } else { row.text(out)? }
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

    fn text(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let cause = self.answer.cause().map_or("✓".to_owned(), |cause| cause.text().fr);
        let yes = |given: bool| if given { "oui" } else { "non" };
        writeln!(
            out,
            "{:<4} {:<12} {} {:<8} sous-traitance {} traces centrales {}  {cause}",
            self.rule,
            self.kind.as_str(),
            u8::from(self.level),
            self.path.as_str(),
            yes(self.conditions.subcontracting),
            yes(self.conditions.central_traces),
        )
    }
}
