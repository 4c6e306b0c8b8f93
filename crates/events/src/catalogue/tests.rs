//! The catalogue's own promises.

use vocab::Class;

use super::{Fact, samples};
use crate::field::Field;
use crate::value::Value;

#[test]
fn numbers_and_codes_are_given_once_and_in_order() {
    let mut codes: Vec<&str> = Fact::ALL.iter().map(|(_, code)| *code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Fact::ALL.len());
    let mut numbers: Vec<u64> = Fact::ALL.iter().map(|(number, _)| *number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), Fact::ALL.len());
}

/// The text has a line for each event, with all its members and their classes, and no other line.
#[test]
fn the_text_describes_the_catalogue() {
    let text = include_str!("../../../../docs/formats/events.md");
    let catalogue = text.split("## 5.").nth(1).unwrap().split("\n5.1.").next().unwrap();
    let lines: Vec<Vec<&str>> = catalogue
        .lines()
        .map(|line| line.split(" | ").collect())
        .filter(|cells: &Vec<_>| cells.len() == 4)
        .collect();
    let described: Vec<_> = lines.iter().filter(|cells| cells[0] != "| number").collect();
    assert_eq!(described.len(), Fact::ALL.len());
    for ((fact, _), cells) in samples(true).into_iter().zip(described) {
        assert_eq!(cells[..2], [format!("| {}", fact.number()), format!("`{}`", fact.code())]);
        let Some(Value::Object(data)) = fact.data().value() else { panic!("no members") };
        let mut expected: Vec<String> = data
            .keys()
            .map(|name| format!("`{name}`{}", if fact.class_of(name) == Class::Sensitive { "*" } else { "" }))
            .collect();
        let members = cells[3].trim_end_matches('|').split("; ");
        let mut found: Vec<String> =
            members.filter_map(|member| Some(member.split_whitespace().next()?.to_owned())).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{}", fact.code());
    }
}

/// The verifier's numbers are those of the catalogue.
#[test]
fn the_verifier_looks_for_the_right_events() {
    use crate::number;
    let code = |number| Fact::ALL.iter().find(|(known, _)| *known == number).map(|(_, code)| *code);
    assert_eq!(code(number::GATE_STOPPED), Some("gate-stopped"));
    assert_eq!(code(number::SESSION_OPENED), Some("session-opened"));
    assert_eq!(code(number::SESSION_ENDED), Some("session-ended"));
    assert_eq!(code(number::SESSION_CRASHED), Some("session-crashed"));
    assert_eq!(code(number::SECRET_LENT), Some("secret-lent"));
    assert_eq!(code(number::RECORDING_PROGRESS), Some("recording-progress"));
    assert_eq!(code(number::RECORDING_SEALED), Some("recording-sealed"));
}
