//! What expires on the fictitious site, one change at a time, against a table that people read: `deadlines.txt`. Each
//! section is a change and a moment; each line a deadline.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::time::Duration;

use domain::*;
use fiction::*;
use guide::{Deadline, Mender, Within, deadlines, deadlines_of_all};
use vocab::*;

/// One change of the site by its name in the table.
fn change(named: &str) -> fn(&mut ServiceFacts) {
    match named {
        "nothing" => |_| {},
        "a delegation goes on" => |facts| {
            let mut next = facts.establishment.delegations[1].clone();
            next.span.until = at("2028-01-01 00:00");
            facts.establishment.delegations.push(next);
        },
        "a mandate and a rota" => |facts| {
            let turn = |office, person: &str, until: &str| Turn {
                office,
                person: name(person),
                span: Span { from: at("2026-11-01 00:00"), until: at(until) },
            };
            facts.establishment.officers.retain(|(office, _)| *office != Officer::Oncall);
            facts.establishment.turns = vec![
                turn(Officer::Auditor, "z.audit", "2026-12-05 00:00"),
                turn(Officer::Oncall, "g.astreinte", "2026-11-26 00:00"),
                turn(Officer::Oncall, "s.rssi", "2026-11-30 00:00"),
            ];
        },
        "continuous" => |facts| {
            facts.service.windows[0].when = WindowKind::Continuous { renew_by: at("2026-12-20 00:00") };
        },
        "a service with an end" => |facts| facts.service.until = Some(at("2026-12-14 00:00")),
        "periods that come once" => |facts| {
            let once = |from: &str, to: &str| {
                let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
                Window { when: WindowKind::OneOff { from, to }, ..facts.service.windows[0].clone() }
            };
            facts.service.windows = vec![
                once("2026-11-24 18:00", "2026-11-24 20:00"),
                once("2026-12-02 18:00", "2026-12-02 20:00"),
            ];
        },
        "a subcontractor leaves" => |facts| {
            facts.contract.subcontracts.push(Subcontract {
                provider: name("sous"),
                under: name("acme"),
                listed_at: at("2026-01-01 00:00"),
                ended_at: Some(at("2026-12-08 00:00")),
                authorised: None,
                flow_down: None,
            });
        },
        "treated" => |facts| facts.treatments = vec![treated("2026-12-10 00:00", "2026-12-30 00:00")],
        "treated, proposed only" => |facts| {
            facts.treatments =
                vec![RiskTreatment { signed: None, ..treated("2026-12-10 00:00", "2026-12-30 00:00") }];
        },
        "treated again" => |facts| {
            facts.treatments = vec![
                treated("2026-12-10 00:00", "2026-12-30 00:00"),
                treated("2027-10-01 00:00", "2027-12-30 00:00"),
            ];
        },
        "treated by measures" => |facts| {
            let mut one = treated("2027-06-01 00:00", "2027-06-30 00:00");
            let measure = |what: &str, until: &str, done: Option<&str>| Measure {
                what: what.to_owned(),
                by: name("i.infra"),
                until: at(until),
                done: done.map(at),
            };
            one.options = [RiskOption::Reduce].into();
            one.measures = vec![
                measure("filtrage", "2026-11-20 00:00", None),
                measure("cloisonnement", "2026-12-20 00:00", None),
                measure("relève", "2026-11-10 00:00", Some("2026-11-09 00:00")),
            ];
            facts.treatments = vec![one];
        },
        "transferred" => |facts| {
            let mut one = treated("2027-06-01 00:00", "2027-06-30 00:00");
            one.options = [RiskOption::Transfer].into();
            one.transfer = Some(name("c-9"));
            one.transferred = Some(Span { from: at("2026-01-01 00:00"), until: at("2026-12-12 00:00") });
            facts.treatments = vec![one];
        },
        "a dossier" => {
            |facts| facts.provider.dossier = Some(Box::new(dossier("2026-01-10 00:00", "2030-01-01 00:00")))
        }
        "a dossier that says itself until when" => |facts| {
            facts.provider.dossier = Some(Box::new(dossier("2026-01-10 00:00", "2026-11-01 00:00")));
        },
        "in transition" => |facts| {
            let signed = Some(signature("r.dupont", at("2026-02-01 00:00")));
            let span = Span { from: at("2026-02-01 00:00"), until: at("2026-12-01 00:00") };
            let (service, signed_by) = (facts.service.id.clone(), name("r.dupont"));
            facts.transition = Some(Transition { service, signed_by, span, plan: paper("plan.pdf"), signed });
        },
        "audited long ago" => |facts| {
            let held = facts.service.declared.get_mut(&RuleId::T4).unwrap().held.as_mut().unwrap();
            held.at = at("2025-12-01 00:00");
        },
        "an engagement ends" => {
            |facts| facts.staff[0].engagements[0].withdrawn_at = Some(at("2026-12-01 00:00"))
        }
        "a secret is due" => |facts| {
            facts.equipment[0].account.as_mut().unwrap().rotation_due =
                Some(Due { since: at("2026-11-24 12:00"), ground: DueGround::Closed(name("i-1")) });
        },
        "closed" => |facts| facts.unsettled = vec![closed("i-7", "2026-11-23 12:00")],
        "closed long ago" => |facts| facts.unsettled = vec![closed("i-7", "2026-11-01 12:00")],
        "closed, reported" => |facts| {
            let report = Report { by: name("a.martin"), at: at("2026-11-02 12:00"), text: "fait".to_owned() };
            facts.unsettled =
                vec![Intervention { report: Some(report), ..closed("i-7", "2026-11-01 12:00") }];
        },
        "closed, nothing blocks" => |facts| {
            facts.contract.overdue_blocks = false;
            facts.unsettled = vec![closed("i-7", "2026-11-01 12:00")];
        },
        "closed monitoring" => |facts| {
            facts.service.kind = Kind::Monitoring;
            facts.unsettled = vec![closed("i-7", "2026-11-23 12:00")];
        },
        "emergencies" => |facts| {
            let span = Span { from: at("2026-11-20 20:00"), until: at("2026-11-20 22:00") };
            let one = &mut facts.interventions[0];
            one.exceptions = vec![Exception {
                requested_by: name("q.durand"),
                approved_by: name("b.petit"),
                relayed_by: None,
                reason: "panne".to_owned(),
                span: Span { until: at("2026-11-24 16:00"), ..span },
                reviewed: None,
            }];
            one.derogations = vec![Derogation {
                intervention: name("i-1"),
                rules: ["C2".to_owned()].into(),
                person: name("a.martin"),
                equipment: name("scanner"),
                reason: "panne".to_owned(),
                signed_by: name("r.dupont"),
                relayed_by: None,
                span,
                reviewed: None,
            }];
        },
        "entrusted" => |facts| {
            let thing = |id: &str, until: Option<&str>, state| Entrusted {
                id: id.to_owned(),
                what: "boîtier".to_owned(),
                nature: Entrust::Means,
                provider: None,
                service: None,
                equipment: None,
                received_at: at("2026-02-01 00:00"),
                received_by: name("y.biomed"),
                return_by: until.map(at),
                state,
            };
            let back = Custody::Returned { at: at("2026-11-01 00:00"), to: "coursier".to_owned() };
            facts.contract.entrusted = vec![
                thing("late", Some("2026-11-20 00:00"), Custody::Held),
                thing("soon", Some("2026-12-20 00:00"), Custody::Held),
                thing("far", None, Custody::Held),
                thing("back", Some("2026-11-20 00:00"), back),
            ];
        },
        "to be put into service" => |facts| {
            facts.equipment[0].commissioning = Some(Commissioning {
                planned: at("2026-12-01 00:00"),
                downtime_minutes: 30,
                agreed_by: name("b.petit"),
                agreed_at: at("2026-11-01 00:00"),
                rollback: "ancien accès".to_owned(),
                done: None,
            });
        },
        "closing proposed" => |facts| proposed(facts, Outcome::Unreachable),
        "closing proposed here" => |facts| {
            proposed(facts, Outcome::Reached);
            facts.interventions[0].closing.as_mut().unwrap().by_establishment = true;
        },
        "worked in" => |facts| {
            let one = &mut facts.interventions[0];
            (one.state, one.sessions) = (State::Open, 1);
        },
        "closing proposed, reached" => |facts| proposed(facts, Outcome::Reached),
        other => panic!("the change `{other}` of the table is not known here"),
    }
}

fn proposed(facts: &mut ServiceFacts, outcome: Outcome) {
    let one = &mut facts.interventions[0];
    one.state = State::Closing;
    one.closing = Some(Closing {
        outcome,
        proposed_by: name("m.chef"),
        proposed_at: at("2026-11-20 12:00"),
        by_establishment: false,
        confirmed_by: None,
        confirmed_at: None,
    });
}

fn treated(review: &str, until: &str) -> RiskTreatment {
    let mut one = treatment(RuleId::T2);
    one.span = Span { from: at("2026-02-01 00:00"), until: at(until) };
    one.review = at(review);
    one.options = [RiskOption::Accept].into();
    one.measures.clear();
    one.signed = Some(signature("r.dupont", at("2026-02-01 00:00")));
    one
}

fn closed(id: &str, when: &str) -> Intervention {
    let closing = Closing {
        outcome: Outcome::Reached,
        proposed_by: name("a.martin"),
        proposed_at: at(when),
        by_establishment: false,
        confirmed_by: Some(name("b.petit")),
        confirmed_at: Some(at(when)),
    };
    Intervention { id: name(id), state: State::Closed, closing: Some(closing), ..intervention() }
}

fn line(one: &Deadline) -> String {
    let Deadline { within, due, rule, what, then, mender } = one;
    format!(
        "{within:?} {due} {} {mender:?}: {} → {} | {} → {}\n",
        rule.code(),
        what.fr,
        then.fr,
        what.en,
        then.en
    )
}

/// With `UPDATE_EXPECTED=1` in the environment the table is written anew, for a person to review.
#[test]
#[expect(clippy::disallowed_methods, reason = "the table is a file that this test can write")]
fn the_table_is_what_expires() {
    let table = include_str!("deadlines.txt");
    let mut said = String::new();
    for head in table.lines().filter_map(|line| line.strip_prefix("# ")) {
        let (named, moment) = head.rsplit_once(", at ").unwrap();
        let mut facts = service_facts();
        // Nothing waits in it, but where the row is about that.
        facts.interventions[0].state = State::Withdrawn;
        change(named)(&mut facts);
        said.push_str(&format!("# {head}\n"));
        deadlines(&facts, at(moment)).iter().for_each(|one| said.push_str(&line(one)));
    }
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write("tests/deadlines.txt", said).unwrap();
        return;
    }
    assert_eq!(said, table);
}

#[test]
fn how_near_it_is_turns_at_the_day() {
    let now = now();
    let in_days = |days: u64| now.after(Duration::from_secs(days * 24 * 3600));
    let second = Duration::from_secs(1);
    for (due, within) in [
        (now.before(second), Some(Within::Overdue)),
        (now, Some(Within::Overdue)),
        (now.after(second), Some(Within::Week)),
        (in_days(7), Some(Within::Week)),
        (in_days(7).after(second), Some(Within::Month)),
        (in_days(30), Some(Within::Month)),
        (in_days(30).after(second), Some(Within::Quarter)),
        (in_days(90), Some(Within::Quarter)),
        (in_days(90).after(second), None),
        (Timestamp::MAX, None),
    ] {
        assert_eq!(Within::of(due, now), within, "{due}");
    }
    // What is past stays past, whatever the clock.
    assert_eq!(Within::of(Timestamp::MIN, now), Some(Within::Overdue));
}

#[test]
fn what_services_have_in_common_is_told_once() {
    let one = service_facts();
    let mut other = one.clone();
    other.service.id = name("autre-prestation");
    let moment = at("2027-06-01 00:00");
    let alone = deadlines(&one, moment);
    let both = deadlines_of_all([&one, &other], moment);
    let of = |all: &[Deadline], word: &str| all.iter().filter(|one| one.what.fr.contains(word)).count();
    assert_eq!((of(&both, "Le contrat"), of(&both, "La délégation")), (1, of(&alone, "La délégation")));
    assert_eq!(of(&both, "La déclaration"), 2 * of(&alone, "La déclaration"));
    assert!(both.is_sorted_by_key(|one| one.due));
    // Each says who can mend it, in both languages.
    assert!(both.iter().all(|one| one.what.fr != one.what.en && one.then.fr != one.then.en));
    assert!(both.iter().any(|one| one.mender == Mender::Responsable));
}
