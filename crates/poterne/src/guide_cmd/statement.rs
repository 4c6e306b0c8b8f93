//! `poterne guide statement` and `poterne guide compare`: what products say of themselves (section 6 of the guide). The
//! file is `docs/formats/statement.md`.

use std::io::{Read, Write};
use std::path::{Path as FilePath, PathBuf};

use guide::{Answer, Count, Hold, RULES, Statement};
use serde_json::{Value, json};
use vocab::{Kind, Lang, Path};

use super::{fold, kinds, level};
use crate::texts::{Because as _, say, say_in};

/// Longest file: 38 sentences of 1,000 characters in two languages are 300 KiB at most.
const FILE_MAX: u64 = 1 << 20;
/// Letters of the products that are compared; more than these fit no line.
const LETTERS: [char; 5] = ['A', 'B', 'C', 'D', 'E'];

/// Writes a statement for people.
pub(super) fn write(out: &mut dyn Write, said: &Statement, lang: Lang) -> std::io::Result<()> {
    fold(out, "", "", &say_in(lang, "statement_head", &[&title(said)]))?;
    fold(out, "", "", &say_in(lang, "statement_alone", &[]))?;
    writeln!(out, "{}\n", carries(said, lang))?;
    for answer in &said.rules {
        let rule = guide::rule(answer.rule);
        let columns = format!("{:<4}{:<10}", rule.id.as_str(), level(rule.level, lang));
        fold(out, &columns, &" ".repeat(columns.len()), &answered(answer, lang))?;
    }
    writeln!(out, "\n{}", say_in(lang, "statement_counts", &[]))?;
    said.counts().iter().try_for_each(|count| fold(out, "", "  ", &counted(count, lang)))
}

/// A statement as the file of the format.
pub(super) fn file(said: &Statement) -> anyhow::Result<Value> {
    Ok(serde_json::to_value(said)?)
}

/// Reads a product's statement, and refuses one that is not whole.
pub(super) fn read(file: &FilePath, lang: Lang) -> anyhow::Result<Statement> {
    let name = file.display();
    let mut text = String::new();
    let opened = std::fs::File::open(file).because("file_read", &[&name])?;
    opened.take(FILE_MAX + 1).read_to_string(&mut text).because("file_read", &[&name])?;
    if text.len() as u64 > FILE_MAX {
        anyhow::bail!(say("statement_long", &[&name, &(FILE_MAX >> 20)]));
    }
    parse(&text, lang).because("statement_in", &[&name])
}

fn parse(text: &str, lang: Lang) -> anyhow::Result<Statement> {
    let said: Statement = serde_json::from_str(text)?;
    let faults: Vec<String> = said.faults().iter().map(|fault| fault.in_lang(lang).to_owned()).collect();
    if faults.is_empty() { Ok(said) } else { Err(anyhow::anyhow!(faults.join("\n"))) }
}

/// Reads the files and writes what they say side by side.
pub(super) fn compare(out: &mut dyn Write, files: &[PathBuf], json: bool, lang: Lang) -> anyhow::Result<()> {
    let said = files.iter().map(|file| read(file, lang)).collect::<anyhow::Result<Vec<_>>>()?;
    if json {
        return Ok(writeln!(out, "{:#}", as_json(&said))?);
    }
    Ok(side_by_side(out, &said, lang)?)
}

fn side_by_side(out: &mut dyn Write, said: &[Statement], lang: Lang) -> std::io::Result<()> {
    let lettered = || LETTERS.iter().zip(said);
    for (letter, one) in lettered() {
        fold(out, "", "    ", &format!("{letter} — {} ; {}", title(one), carries(one, lang)))?;
    }
    fold(out, "", "", &say_in(lang, "compare_word", &[]))?;
    let legend: Vec<String> =
        Hold::ALL.iter().map(|hold| format!("{} {}", mark(*hold, lang), hold.name().in_lang(lang))).collect();
    writeln!(out, "{}\n", legend.join(", "))?;
    let head: String = lettered().map(|(letter, _)| format!("  {letter}  TS TM TA")).collect();
    writeln!(out, "{:<16}{head}", "")?;
    for rule in RULES {
        let marks = |one: &Statement| -> String {
            let of = |kind: &Kind| one.hold(rule.id, *kind).map_or(' ', |hold| mark(hold, lang));
            Kind::ALL.iter().map(|kind| format!("  {}", of(kind))).collect()
        };
        let row: String = said.iter().map(|one| format!("    {}", marks(one))).collect();
        let sign = if differ(rule.id, said) { '≠' } else { ' ' };
        let line = format!("{:<4}{sign} {:<10}{row}", rule.id.as_str(), level(rule.level, lang));
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out, "\n{}", say_in(lang, "statement_counts", &[]))?;
    let all: Vec<Vec<Count>> = said.iter().map(Statement::counts).collect();
    for row in 0..all.first().map_or(0, Vec::len) {
        for (letter, counts) in LETTERS.iter().zip(&all) {
            if let Some(count) = counts.get(row) {
                fold(out, &format!("{letter} "), "    ", &counted(count, lang))?;
            }
        }
    }
    differences(out, said, lang)
}

/// What each says where they do not do the same.
fn differences(out: &mut dyn Write, said: &[Statement], lang: Lang) -> std::io::Result<()> {
    let differing: Vec<_> = RULES.iter().filter(|rule| differ(rule.id, said)).collect();
    let head = if differing.is_empty() { "compare_same" } else { "compare_differ" };
    writeln!(out, "\n{}", say_in(lang, head, &[]))?;
    for rule in differing {
        fold(out, &format!("{:<4}", rule.id.as_str()), "    ", rule.wording.in_lang(lang))?;
        for (letter, one) in LETTERS.iter().zip(said) {
            if let Some(answer) = one.rules.iter().find(|answer| answer.rule == rule.id) {
                fold(out, &format!("    {letter} "), "      ", &answered(answer, lang))?;
            }
        }
    }
    Ok(())
}

fn differ(rule: vocab::RuleId, said: &[Statement]) -> bool {
    let holds = |one: &Statement| Kind::ALL.map(|kind| one.hold(rule, kind));
    said.windows(2).any(|pair| matches!(pair, [one, other] if holds(one) != holds(other)))
}

fn as_json(said: &[Statement]) -> Value {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            let answers: Vec<Value> = said
                .iter()
                .filter_map(|one| one.rules.iter().find(|answer| answer.rule == rule.id))
                .map(|answer| json!({ "holds": answer.holds, "says": answer.says }))
                .collect();
            json!({ "rule": rule.id, "differ": differ(rule.id, said), "answers": answers })
        })
        .collect();
    json!({
        "products": said.iter().map(|one| json!({
            "product": one.product, "carries": one.carries, "paths": one.paths, "counts": one.counts(),
        })).collect::<Vec<_>>(),
        "rules": rules,
    })
}

fn title(said: &Statement) -> String {
    let product = &said.product;
    format!("{} {} ({})", product.name, product.version, product.provider)
}

fn carries(said: &Statement, lang: Lang) -> String {
    let paths: Vec<&str> = said.paths.iter().map(|at| path(*at, lang)).collect();
    say_in(lang, "statement_carries", &[&kinds(&said.carries), &paths.join(", ")])
}

/// `imposée TS TM, déclarée TA`.
fn holds(answer: &Answer, lang: Lang) -> String {
    let of = |hold: Hold| {
        let held: Vec<Kind> =
            answer.holds.iter().filter(|(_, had)| **had == hold).map(|(kind, _)| *kind).collect();
        (!held.is_empty()).then(|| format!("{} {}", hold.name().in_lang(lang), kinds(&held)))
    };
    Hold::ALL.into_iter().filter_map(of).collect::<Vec<_>>().join(", ")
}

/// What is done, and the sentence if there is one.
fn answered(answer: &Answer, lang: Lang) -> String {
    match sentence(answer, lang).trim() {
        "" => holds(answer, lang),
        said => format!("{} — {said}", holds(answer, lang)),
    }
}

/// In the reader's language, or else in the other one.
fn sentence(answer: &Answer, lang: Lang) -> &str {
    let said = answer.says.in_lang(lang);
    match (said.trim().is_empty(), lang) {
        (false, _) => said,
        (true, Lang::Fr) => &answer.says.en,
        (true, Lang::En) => &answer.says.fr,
    }
}

fn mark(hold: Hold, lang: Lang) -> char {
    match (hold, lang) {
        (Hold::Enforced, Lang::Fr) => 'I',
        (Hold::Enforced, Lang::En) => 'E',
        (Hold::Observed, Lang::Fr) => 'C',
        (Hold::Observed, Lang::En) => 'O',
        (Hold::Declared, _) => 'D',
        (Hold::None, _) => '-',
    }
}

fn path(path: Path, lang: Lang) -> &'static str {
    match (path, lang) {
        (Path::Gateway, Lang::Fr) => "point d'accès",
        (Path::Gateway, Lang::En) => "access point",
        (Path::Direct, Lang::Fr) => "accès direct",
        (Path::Direct, Lang::En) => "direct access",
    }
}

fn counted(count: &Count, lang: Lang) -> String {
    let Count { applicable, enforced, observed, declared, none, .. } = count;
    let (kind, path, level) = (kinds(&[count.kind]), path(count.path, lang), level(count.level, lang));
    say_in(lang, "statement_count", &[&kind, &path, &level, applicable, enforced, observed, declared, none])
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = include_str!("../../../../docs/formats/vectors/statement/poterne.json");
    const OTHER: &str = include_str!("../../../../docs/formats/vectors/statement/other.json");
    const PAGE: &str = include_str!("../../../../docs/formats/vectors/statement/poterne.txt");
    const COMPARED: &str = include_str!("../../../../docs/formats/vectors/statement/compared.txt");

    /// The vectors of the format, written anew with `UPDATE_EXPECTED=1` for a person to review.
    fn check(name: &str, expected: &str, found: &str) {
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/vectors/statement/");
            std::fs::write(format!("{folder}{name}"), found).unwrap();
        } else {
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn our_statement_is_the_one_that_was_reviewed() {
        let ours = Statement::ours("0.0.0");
        check("poterne.json", OURS, &format!("{:#}\n", file(&ours).unwrap()));
        let mut page = Vec::new();
        for lang in [Lang::Fr, Lang::En] {
            write(&mut page, &ours, lang).unwrap();
        }
        let page = String::from_utf8(page).unwrap();
        assert!(page.lines().all(|line| line.chars().count() <= 79), "{page}");
        check("poterne.txt", PAGE, &page);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let ours = Statement::ours("0.0.0");
        assert_eq!(parse(&file(&ours).unwrap().to_string(), Lang::Fr).unwrap(), ours);
        let blank = file(&Statement::blank()).unwrap().to_string();
        assert!(parse(&blank, Lang::En).unwrap_err().to_string().contains("product.name"));
    }

    #[test]
    fn two_products_stand_side_by_side() {
        let said = [OURS, OTHER].map(|text| parse(text, Lang::Fr).unwrap());
        let mut out = Vec::new();
        for lang in [Lang::Fr, Lang::En] {
            side_by_side(&mut out, &said, lang).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 79), "{text}");
        check("compared.txt", COMPARED, &text);
        let whole = as_json(&said);
        assert_eq!(whole["rules"].as_array().unwrap().len(), 38);
        assert_eq!(whole["rules"][1]["differ"], true);
        assert_eq!(whole["products"][1]["counts"].as_array().unwrap().len(), 12);
    }

    #[test]
    fn a_file_that_is_not_whole_is_refused() {
        let change = |from: &str, to: &str| {
            assert!(OURS.contains(from), "{from}");
            parse(&OURS.replacen(from, to, 1), Lang::En).unwrap_err().to_string()
        };
        assert!(change("remote-statement/1", "remote-statement/2").contains("the format is not"));
        assert!(change("\"C1\"", "\"C9\"").contains("C9"));
        assert!(change("\"carries\"", "\"porte\"").contains("porte"));
        assert!(change("\"enforced\"", "\"perfect\"").contains("perfect"));
        assert!(change("\"E8\"", "\"E7\"").contains("the 38 rules"));
    }
}
