//! Golden decisions: one row of a table beside this file is one question and its answer.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod properties;
mod world;

use std::collections::BTreeMap;

use policy::{Lifted, Permit, Refusal};
use serde::Deserialize;
use serde_json::Value;
use vocab::{Lang, RuleId, Source};
use world::{Changes, World, at};

/// The tables.
const TABLES: [(&str, &str); 18] = [
    ("choice", include_str!("choice.toml")),
    ("clock", include_str!("clock.toml")),
    ("conditions", include_str!("conditions.toml")),
    ("direct", include_str!("direct.toml")),
    ("guide", include_str!("guide.toml")),
    ("house", include_str!("house.toml")),
    ("identity", include_str!("identity.toml")),
    ("installed", include_str!("installed.toml")),
    ("level1", include_str!("level1.toml")),
    ("lifts", include_str!("lifts.toml")),
    ("limits", include_str!("limits.toml")),
    ("opened", include_str!("opened.toml")),
    ("pages", include_str!("pages.toml")),
    ("planned", include_str!("planned.toml")),
    ("qualified", include_str!("qualified.toml")),
    ("state", include_str!("state.toml")),
    ("windows", include_str!("windows.toml")),
    ("work", include_str!("work.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The named changes of `bases.toml` that every row stands on.
    on: Option<String>,
    row: Vec<Row>,
}

/// One change of the site in order, and what `decide` says of it: the codes of a refusal, or the end of a permit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// What the row is about.
    name: String,
    /// What differs.
    #[serde(default)]
    set: Changes,
    /// The codes of the refusal, all of them, in the order of the house and the guide.
    refused: Option<Vec<String>>,
    /// What the ledger is told beside them, when it is not `unmet`.
    ledger: Option<String>,
    /// Words that the French page has to have.
    #[serde(default)]
    says: Vec<String>,
    /// The pages, whole.
    fr: Option<String>,
    en: Option<String>,
    /// When the permit ends.
    ends: Option<String>,
    /// What was opened by what, on whose word: `O3 exception g.astreinte`.
    #[serde(default)]
    lifted: Vec<String>,
    /// The service, intervention, or other terms of the permit, as `name=value`.
    #[serde(default)]
    terms: Vec<String>,
}

/// What differs from what the row says.
struct Faults<'a> {
    row: &'a Row,
    found: Vec<String>,
}

impl Faults<'_> {
    fn same(&mut self, what: &str, got: &str, wanted: &str) {
        if got != wanted {
            self.found.push(format!("{}: {what}: got {got}, wanted {wanted}", self.row.name));
        }
    }

    fn holds(&mut self, what: &str, about: &str, holds: bool) {
        if !holds {
            self.found.push(format!("{}: {what}: {about}", self.row.name));
        }
    }

    fn refused(&mut self, refusal: &Refusal, wanted: &[String]) {
        let codes: Vec<String> = refusal.codes().into_iter().map(Source::code).collect();
        self.same("codes", &codes.join(", "), &wanted.join(", "));
        self.same("lifted", &lifted(refusal.lifted()), &self.row.lifted.join(", "));
        let ledger = self.row.ledger.as_deref().unwrap_or("unmet");
        self.same("ledger", refusal.internal_code().as_str(), ledger);
        for (lang, wanted) in [(Lang::Fr, &self.row.fr), (Lang::En, &self.row.en)] {
            let page = refusal.render(lang);
            self.holds("wider than 79 columns", &page, page.lines().all(|line| line.chars().count() <= 79));
            self.holds("a control", &page, page.chars().all(|c| c == '\n' || !c.is_control()));
            // A refusal by the house never cites the guide.
            let guide = refusal.codes().iter().any(|source| matches!(source, Source::Guide(_)));
            let cites = RuleId::ALL.iter().any(|rule| page.contains(&format!("[{rule}]")));
            self.holds("the house cites the guide", &page, guide || !cites);
            if let Some(wanted) = wanted {
                self.same("page", &format!("\n{page}"), &format!("\n{wanted}"));
            }
        }
        let page = refusal.render(Lang::Fr).split_whitespace().collect::<Vec<_>>().join(" ");
        for words in &self.row.says {
            self.holds("does not say", words, page.contains(words));
        }
        self.holds("terms", "a refusal has none", self.row.terms.is_empty());
    }

    fn permitted(&mut self, permit: &Permit, ends: &str) {
        let terms = permit.terms();
        self.same("ends", &terms.ends_at.as_micros().to_string(), &at(ends).as_micros().to_string());
        self.same("lifted", &lifted(permit.lifted()), &self.row.lifted.join(", "));
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
        for term in &self.row.terms {
            self.holds(&format!("`{term}` is not in"), &format!("{said:?}"), said.contains(term));
        }
        let pages = self.row.fr.is_none() && self.row.en.is_none() && self.row.says.is_empty();
        self.holds("pages", "a permit has none", pages && self.row.ledger.is_none());
    }
}

fn lifted(all: &[Lifted]) -> String {
    let one = |lifted: &Lifted| {
        let by = lifted.by().map_or("nobody", |person| person.as_str());
        format!("{} {} {by}", lifted.source().code(), lifted.ground())
    };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn check(base: &Changes, row: &Row) -> Vec<String> {
    let mut world = World::with(base);
    world.set_all(&row.set);
    let mut faults = Faults { row, found: Vec::new() };
    match (world.decide(), &row.refused, &row.ends) {
        (Err(refusal), Some(codes), None) => faults.refused(&refusal, codes),
        (Ok(permit), None, Some(ends)) => faults.permitted(&permit, ends),
        (Ok(permit), _, _) => faults.same("decision", &format!("permit, {:?}", permit.lifted()), "refusal"),
        (Err(refusal), _, _) => faults.same("decision", &refusal.render(Lang::En), "permit"),
    }
    faults.found
}

#[test]
fn every_row_of_the_tables_is_decided_as_written() {
    let bases: BTreeMap<String, Changes> = toml::from_str(include_str!("bases.toml")).unwrap();
    let (mut faults, mut rows) = (Vec::new(), 0);
    for (name, text) in TABLES {
        let table: Table = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let base = table.on.as_ref().map(|on| bases.get(on).unwrap_or_else(|| panic!("no base `{on}`")));
        let base = base.cloned().unwrap_or_default();
        faults.extend(
            table.row.iter().flat_map(|row| check(&base, row)).map(|fault| format!("{name}: {fault}")),
        );
        rows += table.row.len();
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // A row that gets lost is missed by nobody else.
    assert!(rows >= 452, "{rows}");
}

/// The one answer for what is not the caller's to know: not a letter differs, and the ledger tells apart.
#[test]
fn what_is_not_the_callers_to_know_is_one_answer() {
    let changes: [(&str, Value); 4] = [
        ("facts.person", "!none".into()),
        ("attempt.target.equipment", "nothing".into()),
        ("attempt.target.equipment", "pacs".into()),
        ("attempt.target.establishment", "clinique-fictive".into()),
    ];
    let answers: Vec<Refusal> = changes
        .into_iter()
        .zip([true, false, true, true])
        .map(|((path, value), known)| {
            let mut world = World::in_order();
            world.set("facts.target_known", known.into());
            world.set(path, value);
            world.decide().unwrap_err()
        })
        .collect();
    for lang in [Lang::Fr, Lang::En] {
        let pages: std::collections::BTreeSet<String> =
            answers.iter().map(|refusal| refusal.render(lang)).collect();
        assert_eq!(pages.len(), 1, "{pages:?}");
    }
    let told: Vec<&str> = answers.iter().map(|refusal| refusal.internal_code().as_str()).collect();
    assert_eq!(told, ["unknown-person", "unknown-target", "outside-contracts", "outside-contracts"]);
    let codes: Vec<String> = answers.iter().take(3).flat_map(Refusal::codes).map(Source::code).collect();
    assert_eq!(codes, ["house:identity", "house:service", "house:scope"]);
}

/// The answer for what exists elsewhere and for what does not exist at all is one and the same.
#[test]
fn nobody_learns_what_exists() {
    let ask = |known: bool, equipment: &str| {
        let mut world = World::in_order();
        world.set("facts.target_known", known.into());
        world.set("attempt.target.equipment", equipment.into());
        world.set("facts.services", Value::Array(Vec::new()));
        world.decide().unwrap_err()
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
    let mut question = World::in_order().question();
    let evil = format!("\u{1b}[2J\u{202e}\r\n{}", "x".repeat(300));
    question.facts.services[0].service.checklist[0].text = evil;
    question.facts.services[0].interventions[0].ticks.clear();
    let page = question.decide().unwrap_err().render(Lang::Fr);
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()), "{page:?}");
    assert!(!page.contains('\u{202e}'));
    assert!(page.lines().all(|line| line.chars().count() <= 79), "{page}");
}
