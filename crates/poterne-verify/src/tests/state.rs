//! How a service stood at a moment, from the entries alone.

use events::{RuleChanged, ServiceAssessed};
use vocab::{RuleId, Source, StatusCode};

use super::evidence::*;
use crate::report::Report;

const MET: StatusCode = StatusCode::MetEnforced;
const NOT: StatusCode = StatusCode::NotApplied;

fn changed(rule: RuleId, was: Option<StatusCode>, is: StatusCode) -> RuleChanged {
    let (until, clause, held) = (None, Some(true), None);
    RuleChanged { rule: Source::Guide(rule), was, is, until, clause, held, concerns: 0 }
}

fn assessed(service: &str, reached: Option<u64>, changed: Vec<RuleChanged>) -> ServiceAssessed {
    ServiceAssessed {
        service: service.parse().unwrap(),
        target: 2,
        reached,
        transition: false,
        applicable: 30,
        met: 29,
        declared: 3,
        not_applied: 1,
        treated: 0,
        changed,
        facts: [7; 32],
    }
}

/// One entry a second.
fn log() -> Vec<events::Entry> {
    vec![
        entry(0, None, started()),
        entry(
            1,
            None,
            assessed(
                "scanner",
                Some(2),
                vec![changed(RuleId::C1, None, MET), changed(RuleId::O4, None, MET)],
            ),
        ),
        entry(2, None, assessed("autre", None, vec![changed(RuleId::C1, None, NOT)])),
        entry(3, None, assessed("scanner", Some(1), vec![changed(RuleId::O4, Some(MET), NOT)])),
        entry(4, None, assessed("scanner", Some(2), vec![changed(RuleId::O4, Some(NOT), MET)])),
    ]
}

fn at(evidence: &Evidence, service: &str, second: i64) -> (Report, String) {
    let mut asked = evidence.asked();
    asked.state.service = service.to_owned();
    asked.state.at = Some(vocab::Timestamp::from_secs(1_795_478_400 + second));
    let report = crate::verify(&asked, &mut Vec::new(), &|| {}).unwrap();
    let lines = report
        .state
        .lines(report.is_whole())
        .iter()
        .map(|line| line.en.clone())
        .collect::<Vec<_>>()
        .join("\n");
    (report, lines)
}

#[test]
fn the_state_before_and_after_a_change_with_the_entry_of_each() {
    let evidence = Evidence::new(encoded(log()), &[]);
    for (second, level, o4) in [
        (1, "reached 2 (entry 1, ", "O4   met-enforced since entry 1 (2026-11-24T00:00:01Z) clause ✓"),
        (2, "reached 2 (entry 1, ", "O4   met-enforced since entry 1 (2026-11-24T00:00:01Z) clause ✓"),
        (3, "reached 1 (entry 3, ", "O4   not-applied since entry 3 (2026-11-24T00:00:03Z) clause ✓"),
        (9, "reached 2 (entry 4, ", "O4   met-enforced since entry 4 (2026-11-24T00:00:04Z) clause ✓"),
    ] {
        let (report, lines) = at(&evidence, "scanner", second);
        assert!(report.is_whole(), "{:?}", report.problems);
        assert!(lines.contains(level) && lines.contains(o4), "{second}: {lines}");
        assert!(lines.contains("C1   met-enforced since entry 1"), "{lines}");
        assert!(report.json().contains("\"state\":[\"scanner on "), "{}", report.json());
    }
    // Before the first one only the next one's word is known; of a service that never was, nothing.
    let (_, before) = at(&evidence, "scanner", 0);
    assert!(
        before.contains("no entry of this log says it") && before.contains("O4   — before, says entry 1"),
        "{before}"
    );
    assert!(at(&evidence, "rien", 9).1.ends_with("no entry of this log says it"));
    assert!(evidence.verify().state.lines(true).is_empty(), "nothing was asked");
}

#[test]
fn a_change_that_is_not_in_this_log_is_told() {
    let mut log = log();
    log.remove(3);
    log.iter_mut().zip(1..).for_each(|(entry, seq)| entry.seq = seq);
    let (report, lines) = at(&Evidence::new(encoded(log), &[]), "scanner", 3);
    assert!(report.is_whole());
    assert!(lines.contains("entry 3 says otherwise (not-applied)"), "{lines}");
}

#[test]
fn of_a_log_that_is_altered_no_state_is_proved() {
    let evidence = Evidence::new(encoded(log()), &[]);
    // A letter of the entry that lowers O4.
    let bundle = "tile/entries/000.p/5";
    let bytes = evidence.read(bundle);
    let place = bytes.windows(11).position(|some| some == b"not-applied").unwrap();
    evidence.flip(bundle, 8 * place);
    let (report, lines) = at(&evidence, "scanner", 3);
    assert!(!report.is_whole() && report.problems.len() == 1, "{:?}", report.problems);
    assert_eq!(report.problems[0].0.file.as_deref(), Some(bundle));
    assert!(lines.ends_with("This state is not proved: the log is not whole."), "{lines}");
}
