//! Golden decisions: every row of the tables beside this file, through one check.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod world;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use vocab::Lang;
use world::{World, at};

/// The tables.
const TABLES: [(&str, &str); 7] = [
    ("conditions", include_str!("conditions.toml")),
    ("work", include_str!("work.toml")),
    ("identity", include_str!("identity.toml")),
    ("windows", include_str!("windows.toml")),
    ("lifts", include_str!("lifts.toml")),
    ("house", include_str!("house.toml")),
    ("pages", include_str!("pages.toml")),
];

type Changes = BTreeMap<String, Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Changes with a name, for several rows.
    #[serde(default)]
    changes: BTreeMap<String, Changes>,
    row: Vec<Row>,
}

/// One change, and what `decide` says of it: codes of a refusal, or the end of a permit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    set: Changes,
    /// The codes of the refusal, in order.
    refused: Option<Vec<String>>,
    /// What the ledger is told beside them.
    ledger: Option<String>,
    /// When the permit ends.
    ends: Option<String>,
    /// What was lifted, by what.
    #[serde(default)]
    lifted: Vec<String>,
    /// The extension that the permit offers, in seconds.
    extension: Option<u64>,
    /// When silence closes, in seconds.
    idle: Option<u64>,
    /// The page that is shown.
    fr: Option<String>,
    en: Option<String>,
}

fn check(table: &Table, row: &Row) -> Vec<String> {
    let mut world = World::complete();
    for name in &row.with {
        world.set_all(table.changes.get(name).unwrap_or_else(|| panic!("no change `{name}`")));
    }
    world.set_all(&row.set);
    let mut faults = Vec::new();
    let mut same = |what: &str, got: String, wanted: String| {
        if got != wanted {
            faults.push(format!("{}: {what}: got {got}, wanted {wanted}", row.name));
        }
    };
    let lifted_of = |all: &[policy::Lifted]| {
        let one = |lifted: &policy::Lifted| format!("{} {}", lifted.source().code(), lifted.ground());
        all.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    match (world.decide(), &row.refused, &row.ends) {
        (Err(refusal), Some(wanted), None) => {
            let codes: Vec<String> = refusal.codes().into_iter().map(|code| code.code()).collect();
            same("codes", codes.join(", "), wanted.join(", "));
            same("lifted", lifted_of(refusal.lifted()), row.lifted.join(", "));
            let ledger = refusal.internal_code().as_str();
            same("ledger", ledger.to_owned(), row.ledger.as_deref().unwrap_or("unmet").to_owned());
            for (lang, wanted) in [(Lang::Fr, &row.fr), (Lang::En, &row.en)] {
                let page = refusal.render(lang);
                let widest = page.lines().map(|line| line.chars().count()).max().unwrap_or(0);
                if widest > 80 {
                    same("columns", widest.to_string(), "at most 80".to_owned());
                }
                if let Some(wanted) = wanted {
                    same("page", format!("\n{page}"), format!("\n{wanted}"));
                }
            }
        }
        (Ok(permit), None, Some(ends)) => {
            let terms = permit.terms();
            same("ends", terms.ends_at.as_micros().to_string(), at(ends).as_micros().to_string());
            same("lifted", lifted_of(permit.lifted()), row.lifted.join(", "));
            let extension = terms.extension.map_or(0, |extension| extension.as_secs());
            if let Some(wanted) = row.extension {
                same("extension", extension.to_string(), wanted.to_string());
            }
            if let Some(wanted) = row.idle {
                same("idle", terms.idle.as_secs().to_string(), wanted.to_string());
            }
        }
        (Ok(permit), _, _) => {
            same("decision", format!("permit, {:?}", permit.lifted()), "refusal".to_owned())
        }
        (Err(refusal), _, _) => same("decision", refusal.render(Lang::En), "permit".to_owned()),
    }
    faults
}

#[test]
fn every_row_of_the_tables_is_decided_as_written() {
    let mut faults = Vec::new();
    for (name, text) in TABLES {
        let table: Table = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        for row in &table.row {
            faults.extend(check(&table, row).into_iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
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
    let answers: Vec<policy::Refusal> = changes
        .into_iter()
        .zip([true, false, true, true])
        .map(|((path, value), known)| {
            let mut world = World::complete();
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
    let codes: Vec<String> =
        answers.iter().take(3).flat_map(policy::Refusal::codes).map(vocab::Source::code).collect();
    assert_eq!(codes, ["house:identity", "house:service", "house:scope"]);
}
