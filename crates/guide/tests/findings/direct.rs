//! Services that go past the gate.

use super::*;

/// Past the gate nothing is enforced: the record is observed, and what happens on the way is somebody's word.
#[test]
fn on_a_direct_path_the_gate_enforces_nothing() {
    use RuleId::*;
    let observed = [C2, C4, C6, C7, T1, T6];
    for rule in RuleId::ALL {
        let status = match rule {
            O6 | O7 | O8 | T12 => "not-for-kind",
            T2 | T3 | T4 | T5 => "other-path",
            _ if observed.contains(&rule) => "met-observed",
            _ => "met-declared",
        };
        check(rule, status, direct);
    }
    // At the gate these need no word; here they do.
    for rule in [O3, O4, O5, T9, T10] {
        check(rule, "partly", |facts| {
            direct(facts);
            undeclared(facts);
        });
    }
    check(T11, "unknown", |facts| {
        direct(facts);
        undeclared(facts);
    });
    // What nothing scans is no word of the gate either, and no upload at all is none on a way it does not see.
    check(E6, "met-declared", |facts| {
        direct(facts);
        facts.service.uploads = Uploads::Off;
        facts.service.rights = Rights::NONE;
    });
    check(E9, "partly", |facts| {
        direct(facts);
        facts.service.declared.get_mut(&E9).unwrap().held = None;
    });
    check(O3, "partly", |facts| {
        direct(facts);
        facts.direct.as_mut().unwrap().flows[0].hours = FlowHours::Always;
    });
}

/// T1, T6, T8: the responsable's decision on the direct path.
#[test]
fn a_direct_path_is_a_decision_that_somebody_signed() {
    use RuleId::*;
    fn decision(facts: &mut ServiceFacts) -> &mut DirectPath {
        facts.service.path = Path::Direct;
        facts.direct.as_mut().unwrap()
    }
    check(T1, "met-observed", direct);
    let lacks: [Change; 6] = [
        |facts| decision(facts).reason.clear(),
        |facts| decision(facts).signed = None,
        |facts| decision(facts).signed.as_mut().unwrap().by = name("i.infra"),
        |facts| decision(facts).span.until = now(),
        |facts| decision(facts).owner = name("h.garde"),
        |facts| {
            decision(facts);
            facts.direct = None;
        },
    ];
    for lack in lacks {
        check(T1, "not-applied", lack);
        check(T6, "not-applied", lack);
    }
    check(T6, "not-applied", |facts| decision(facts).recommendation.name.clear());
    check(T6, "not-applied", |facts| decision(facts).flows.clear());
    // A decision that is not read again on its day is one still; that a direct path is to be avoided is not.
    check(T1, "partly", |facts| decision(facts).review = now());
    check(T6, "met-observed", |facts| decision(facts).review = now());
    check(T8, "met-declared", direct);
    check(T8, "not-applied", |facts| decision(facts).flows[0].equipment = name("autre"));
    check(T8, "partly", |facts| {
        decision(facts);
        facts.equipment.push(Equipment { id: name("autre"), ..facts.equipment[0].clone() });
    });
    check(T8, "not-applied", |facts| {
        decision(facts).flows.clear();
        facts.service.declared.clear();
    });
    check(T8, "unknown", |facts| {
        decision(facts);
        facts.service.declared.clear();
    });
}

/// T8, T3: rules that were brought and compared belie the word that a filter follows the flows, and lift nothing.
#[test]
fn the_rules_of_a_filter_are_compared_every_year() {
    use RuleId::*;
    fn compared(facts: &mut ServiceFacts, on: &str, wider: u32) {
        let flows = facts.direct.as_ref().unwrap().flows.clone();
        facts.filter_check = Some(Box::new(FilterCheck {
            service: name("maintenance-scanner"),
            at: at(on),
            sha256: "ab".repeat(32),
            form: "nft".to_owned(),
            flows,
            rules: 3,
            missing: 0,
            wider,
        }));
    }
    check(T8, "met-declared", |facts| {
        direct(facts);
        compared(facts, "2026-11-01 00:00", 0);
    });
    check(T8, "partly", |facts| {
        direct(facts);
        compared(facts, "2026-11-01 00:00", 1);
    });
    check(T8, "partly", |facts| {
        direct(facts);
        compared(facts, "2025-11-01 00:00", 0);
    });
    // Never, and the decision is a year old; of another list of flows it is none.
    check(T8, "partly", |facts| {
        direct(facts);
        facts.direct.as_mut().unwrap().span.from = at("2025-11-01 00:00");
        facts.direct.as_mut().unwrap().signed.as_mut().unwrap().at = at("2025-11-02 00:00");
    });
    check(T8, "met-declared", |facts| {
        direct(facts);
        compared(facts, "2026-11-01 00:00", 1);
        facts.direct.as_mut().unwrap().flows[0].port = 2222;
    });
    // A good comparison lifts nothing that nobody declares.
    check(T8, "unknown", |facts| {
        direct(facts);
        undeclared(facts);
        compared(facts, "2026-11-01 00:00", 0);
    });
    check(T3, "met-declared", |facts| compared(facts, "2026-11-01 00:00", 0));
    check(T3, "partly", |facts| compared(facts, "2026-11-01 00:00", 2));
}
