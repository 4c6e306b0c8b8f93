//! The golden table of decisions: one row of a file is one question and its answer.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use policy::{Permit, Refusal, decide};
use serde::Deserialize;
use support::{Change, Question, at, changed, now};
use vocab::Lang;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// What the row is about.
    name: String,
    /// What differs from a question in which everything is in order.
    #[serde(default)]
    set: Vec<Change>,
    /// When it is asked, in UTC.
    now: Option<String>,
    /// The codes of the refusal, all of them and in order of the house and the guide.
    refused: Option<Vec<String>>,
    /// What the ledger is told, when it is not `unmet`.
    internal: Option<String>,
    /// Words that the French page has to have.
    #[serde(default)]
    says: Vec<String>,
    /// When the permitted session ends, in UTC.
    ends: Option<String>,
    /// What was opened by what: `O3 exception g.astreinte`.
    #[serde(default)]
    lifted: Vec<String>,
    /// The service, intervention, or other terms of the permit, as `name=value`.
    #[serde(default)]
    terms: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    row: Vec<Row>,
}

fn check(file: &str, text: &str) {
    let table: Table = toml::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    for row in &table.row {
        let Question { attempt, facts } = changed(&row.set);
        let moment = row.now.as_deref().map_or_else(now, at);
        let about = format!("{file}: {}", row.name);
        match (decide(&attempt, &facts, moment), &row.refused) {
            (Ok(permit), None) => permitted(&about, row, &permit),
            (Err(refusal), Some(codes)) => refused(&about, row, &refusal, codes),
            (Ok(permit), Some(codes)) => panic!("{about}: not refused for {codes:?}: {permit:?}"),
            (Err(refusal), None) => panic!("{about}: refused: {}", refusal.render(Lang::En)),
        }
    }
}

fn refused(about: &str, row: &Row, refusal: &Refusal, codes: &[String]) {
    let found: Vec<String> = refusal.codes().into_iter().map(|source| source.code()).collect();
    assert_eq!(found, codes, "{about}");
    assert_eq!(refusal.internal_code().as_str(), row.internal.as_deref().unwrap_or("unmet"), "{about}");
    for lang in [Lang::Fr, Lang::En] {
        let page = refusal.render(lang);
        assert!(page.lines().all(|line| line.chars().count() <= 79), "{about}: {page}");
        assert!(page.chars().all(|c| c == '\n' || !c.is_control()), "{about}: {page}");
        // A refusal by the house never cites the guide.
        let guide = refusal.codes().iter().any(|source| matches!(source, vocab::Source::Guide(_)));
        assert!(
            guide || !vocab::RuleId::ALL.iter().any(|rule| page.contains(&format!("[{rule}]"))),
            "{about}"
        );
    }
    let page = refusal.render(Lang::Fr).split_whitespace().collect::<Vec<_>>().join(" ");
    for words in &row.says {
        assert!(page.contains(words), "{about}: `{words}` is not in {page}");
    }
    assert!(row.ends.is_none() && row.terms.is_empty(), "{about}: a refusal has no terms");
}

fn permitted(about: &str, row: &Row, permit: &Permit) {
    let ends = row.ends.as_deref().unwrap_or("2026-11-24 19:00");
    assert_eq!(permit.terms().ends_at, at(ends), "{about}");
    let lifted = permit.lifted().iter().map(|one| {
        let by = one.by().map_or("nobody", |person| person.as_str());
        format!("{} {} {by}", one.source().code(), one.ground())
    });
    assert_eq!(lifted.collect::<Vec<_>>(), row.lifted, "{about}");
    let terms = permit.terms();
    let said = [
        format!("service={}", permit.service()),
        format!("intervention={}", permit.intervention()),
        format!("employer={}", permit.employer()),
        format!("provider={}", permit.provider()),
        format!("login={}", permit.login()),
        format!("address={}", permit.address()),
        format!("rights={:?}", terms.rights),
        format!("idle={}", terms.idle.as_secs()),
        format!("warn-idle={}", terms.warn_idle.as_secs()),
        format!("warn-end={}", terms.warn_end.as_secs()),
        format!("extension={}", terms.extension.map_or(0, |span| span.as_secs())),
        format!("typed={}", terms.record_typed),
        format!("out={}", terms.may_take_out),
    ];
    for term in &row.terms {
        assert!(said.contains(term), "{about}: `{term}` is not in {said:?}");
    }
}

macro_rules! tables {
    ($($file:ident),+ $(,)?) => {
        $(#[test]
        fn $file() {
            let file = concat!("golden/", stringify!($file), ".toml");
            check(file, include_str!(concat!("golden/", stringify!($file), ".toml")));
        })+
    };
}

tables!(state, choice, guide, level1, direct, lifts, limits, dst);

/// The answer for what exists elsewhere and for what does not exist at all is one and the same.
#[test]
fn nobody_learns_what_exists() {
    let ask = |known: bool, equipment: &str| {
        let Question { mut attempt, mut facts } = changed(&[]);
        (facts.target_known, attempt.target.equipment) = (known, equipment.parse().unwrap());
        facts.services.clear();
        decide(&attempt, &facts, now()).unwrap_err()
    };
    let (elsewhere, nowhere) = (ask(true, "irm"), ask(false, "nulle-part"));
    for lang in [Lang::Fr, Lang::En] {
        assert_eq!(elsewhere.render(lang), nowhere.render(lang));
    }
    assert_ne!(elsewhere.codes(), nowhere.codes());
    assert_ne!(elsewhere.internal_code(), nowhere.internal_code());
}

/// What people wrote cannot move the cursor, colour the terminal or turn the line around.
#[test]
fn a_refusal_is_harmless_to_a_terminal() {
    let Question { attempt, mut facts } = changed(&[]);
    let evil = format!("\u{1b}[2J\u{202e}\r\n{}", "x".repeat(300));
    facts.services[0].service.checklist[0].text = evil;
    facts.services[0].interventions[0].ticks.clear();
    let page = decide(&attempt, &facts, now()).unwrap_err().render(Lang::Fr);
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()), "{page:?}");
    assert!(!page.contains('\u{202e}'));
    assert!(page.lines().all(|line| line.chars().count() <= 79), "{page}");
}
