//! `poterne guide`: the rules, one rule's page, and what applies to what.

mod applicability;
pub(crate) mod export;
mod statement;

use std::io::{ErrorKind, Write};

use guide::{Branch, Manual, RULES, Rule, Statement, rule};
use serde_json::{Value, json};
use vocab::{Kind, Lang, Level, RuleId};

use crate::cli::{Guide, GuideDo};
use crate::guide_cmd::export::paragraphs;
use crate::texts::{say, spoken};

/// Widest line that is broken between words; a French mark may hang over by two columns.
const WIDTH: usize = 77;

/// Runs the command on standard output. A reader who leaves early (`| head`) is no fault.
pub(crate) fn run(asked: &Guide) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match write(&mut out, asked, spoken()) {
        Err(error) if !has_left(&error) => Err(error),
        _ => Ok(()),
    }
}

fn has_left(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn write(out: &mut dyn Write, asked: &Guide, lang: Lang) -> anyhow::Result<()> {
    match &asked.what {
        None if asked.json => RULES.iter().try_for_each(|rule| writeln!(out, "{}", of_rule(rule)))?,
        None => list(out, lang)?,
        Some(GuideDo::Applicability { json }) => applicability::write(out, (!json).then_some(lang))?,
        Some(GuideDo::Show { rule: name, json }) => {
            let id: RuleId =
                name.to_uppercase().parse().map_err(|_| anyhow::anyhow!(say("no_rule", &[&name])))?;
            if *json { writeln!(out, "{:#}", of_rule(rule(id)))? } else { page(out, id, lang)? }
        }
        Some(GuideDo::Statement { blank: true, .. }) => {
            writeln!(out, "{:#}", statement::file(&Statement::blank())?)?;
        }
        Some(GuideDo::Statement { json: true, .. }) => writeln!(out, "{:#}", statement::file(&ours())?)?,
        Some(GuideDo::Statement { .. }) => statement::write(out, &ours(), lang)?,
        Some(GuideDo::Export { what }) => export::write(out, what, lang)?,
        Some(GuideDo::Compare { files, json }) => statement::compare(out, files, *json, lang)?,
    }
    Ok(())
}

/// The statement of this release.
fn ours() -> Statement {
    Statement::ours(env!("CARGO_PKG_VERSION"))
}

/// Everything that stands in the program about a rule, in both languages.
fn of_rule(rule: &Rule) -> Value {
    let both = |text: Manual| json!({ "fr": paragraphs(text.fr), "en": paragraphs(text.en) });
    let questions = |text: &str| text.lines().map(ToOwned::to_owned).collect::<Vec<_>>();
    json!({
        "rule": rule.id.as_str(),
        "kinds": rule.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "level": u8::from(rule.level),
        "path": rule.branch.as_str(),
        "wording": both(rule.wording),
        "manual": both(rule.manual),
        "audit": { "fr": questions(rule.audit.fr), "en": questions(rule.audit.en) },
        "parties": rule.parties.iter().map(|party| both(party.name())).collect::<Vec<_>>(),
    })
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
    let asks = if lang == Lang::Fr { "L'auditeur demande :" } else { "The auditor asks:" };
    writeln!(out, "\n{asks}")?;
    rule.audit.in_lang(lang).lines().try_for_each(|question| fold(out, "- ", "  ", question))
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
    fn each_rule_is_one_object() {
        for id in RuleId::ALL {
            let object = of_rule(rule(id));
            assert_eq!(object["rule"], id.as_str());
            for lang in ["fr", "en"] {
                assert!(object["audit"][lang].as_array().is_some_and(|all| !all.is_empty()), "{id} {lang}");
                assert!(object["manual"][lang].as_str().is_some_and(|text| text.len() > 100), "{id} {lang}");
            }
        }
        assert!(
            printed(|out| page(out, RuleId::T9, Lang::Fr))
                .contains("\nL'auditeur demande :\n- Les identifiants")
        );
        assert!(
            printed(|out| page(out, RuleId::T9, Lang::En)).contains("\nThe auditor asks:\n- Do the default")
        );
    }
}
