//! Treatments of risk (section 4): which treat, until when, and what they never change.

use super::*;

/// Owned and signed by somebody else.
fn owned_by(treatment: &mut RiskTreatment, person: &str) {
    treatment.owner = name(person);
    treatment.signed.as_mut().unwrap().by = name(person);
}

/// One change to a treatment of T10, and whether it still treats.
fn check_treatment(treats: bool, change: fn(&mut RiskTreatment)) {
    let mut facts = service_facts();
    facts.service.idle_secs = 0;
    let mut given = treatment(RuleId::T10);
    change(&mut given);
    facts.treatments.push(given);
    let finding = assess(&facts, Level::Two, now()).into_iter().find(|f| f.rule == RuleId::T10).unwrap();
    let status = if treats { "not-applied-treated" } else { "not-applied" };
    assert_eq!(finding.status.code().as_str(), status);
    assert_ne!(level_reached(&facts, now()).reached, Some(Level::Two), "a treated risk counted");
}

fn estimated(likelihood: u8, impact: u8) -> Estimate {
    Estimate { likelihood: likelihood.try_into().unwrap(), impact: impact.try_into().unwrap() }
}

#[test]
fn a_treatment_is_signed_dated_and_about_its_rule() {
    check_treatment(true, |_| {});
    check_treatment(true, |t| owned_by(t, "d.leroy"));
    check_treatment(false, |t| owned_by(t, "s.rssi"));
    check_treatment(false, |t| owned_by(t, "m.chef"));
    check_treatment(false, |t| t.rule = RuleId::T9);
    check_treatment(false, |t| t.service = name("autre"));
    check_treatment(false, |t| t.span.until = now());
    check_treatment(false, |t| t.span.from = at("2026-11-24 17:31"));
    check_treatment(false, |t| t.threats.clear());
    // Proposed, signed by another than its owner, or signed after now.
    check_treatment(false, |t| t.signed = None);
    check_treatment(false, |t| t.signed.as_mut().unwrap().by = name("d.leroy"));
    check_treatment(false, |t| {
        t.signed.as_mut().unwrap().at = now().after(std::time::Duration::from_secs(1))
    });
    // One of two devices of the service.
    check_treatment(false, |t| t.equipment = [name("scanner")].into());
}

/// From the day after its review on it treats nothing; what is said then says so.
#[test]
fn an_overdue_review_ends_a_treatment() {
    check_treatment(false, |t| t.review = at("2027-01-01 00:00"));
    check_treatment(false, |t| t.review = now());
    check_treatment(true, |t| t.review = at("2026-11-24 17:31"));
    let mut facts = service_facts();
    facts.service.idle_secs = 0;
    facts.treatments.push(RiskTreatment { review: at("2026-11-20 23:00"), ..treatment(RuleId::T10) });
    let all = assess(&facts, Level::Two, now());
    let finding = all.iter().find(|one| one.rule == RuleId::T10).unwrap();
    let said = finding.evidence.last().unwrap();
    assert_eq!(
        said.fr,
        "La revue du traitement de ce risque était attendue le 20/11/2026 ; il ne traite plus rien depuis."
    );
}

/// Each option asks for something, and without it treats nothing.
#[test]
fn each_option_is_answered() {
    let only = |option| -> std::collections::BTreeSet<RiskOption> { [option].into() };
    check_treatment(false, |t| t.options.clear());
    check_treatment(false, |t| t.measures.clear());
    check_treatment(false, |t| t.measures[0].what = " ".to_owned());
    check_treatment(true, |t| {
        t.options = [RiskOption::Accept].into();
        t.measures.clear();
    });
    for (treats, transfer, term) in [
        (false, None, None),
        (false, Some("c-9"), None),
        (false, None, Some(year())),
        (true, Some("c-9"), Some(year())),
        (false, Some("c-9"), Some(Span { from: year().from, until: now() })),
    ] {
        let mut facts = service_facts();
        facts.service.idle_secs = 0;
        let given = RiskTreatment {
            options: only(RiskOption::Transfer),
            transfer: transfer.map(name),
            transferred: term,
            ..treatment(RuleId::T10)
        };
        facts.treatments.push(given);
        let held = treatment_for(&facts, RuleId::T10, &name("scanner"), now());
        assert_eq!(held.is_some(), treats, "{transfer:?} {term:?}");
    }
    check_treatment(false, |t| t.options = [RiskOption::Avoid].into());
    check_treatment(false, |t| {
        (t.options, t.avoided) = ([RiskOption::Avoid].into(), Some(Avoided::default()));
    });
    check_treatment(true, |t| {
        let avoided = Avoided { rights: Rights::NONE.with(Right::Exec), ..Avoided::default() };
        (t.options, t.avoided) = ([RiskOption::Avoid].into(), Some(avoided));
    });
    check_treatment(false, |t| {
        let avoided = Avoided { rights: Rights::NONE.with(Right::Shell), ..Avoided::default() };
        (t.options, t.avoided) = ([RiskOption::Avoid].into(), Some(avoided));
    });
}

/// What is left belongs to whoever may leave so much.
#[test]
fn a_great_risk_is_the_responsables_own() {
    check_treatment(true, |t| t.residual = estimated(4, 4));
    check_treatment(false, |t| {
        owned_by(t, "d.leroy");
        t.residual = estimated(3, 4);
    });
    check_treatment(true, |t| {
        owned_by(t, "d.leroy");
        t.residual = estimated(3, 3);
    });
}

/// A signature covers what there was when it was given.
#[test]
fn what_came_after_the_signature_is_not_covered() {
    check_treatment(false, |t| {
        t.signed.as_mut().unwrap().cover.as_mut().unwrap().equipment.remove(&name("scanner"));
    });
    check_treatment(false, |t| t.signed.as_mut().unwrap().cover.as_mut().unwrap().rights = Rights::NONE);
    check_treatment(false, |t| t.signed.as_mut().unwrap().cover = None);
    let mut facts = service_facts();
    facts.treatments.push(treatment(RuleId::T9));
    let covered =
        |facts: &ServiceFacts, on: &str| treatment_for(facts, RuleId::T9, &name(on), now()).is_some();
    assert!(covered(&facts, "scanner") && covered(&facts, "console"));
    facts.service.equipment.push(name("irm"));
    assert!(covered(&facts, "scanner") && !covered(&facts, "irm"));
    facts.service.rights = facts.service.rights.with(Right::Exec);
    assert!(!covered(&facts, "scanner"), "a right that came later");
    let mut facts = service_facts();
    facts.treatments.push(treatment(RuleId::T9));
    (facts.contract.id, facts.service.contract) = (name("c-2"), name("c-2"));
    assert!(!covered(&facts, "scanner"), "another contract, another provider");
    let mut facts = service_facts();
    facts.treatments.push(treatment(RuleId::T9));
    facts.service.path = Path::Direct;
    assert!(!covered(&facts, "scanner"), "another way");
    let changed = |change: fn(&mut ServiceFacts)| {
        let mut facts = service_facts();
        facts.treatments.push(treatment(RuleId::T9));
        change(&mut facts);
        covered(&facts, "scanner")
    };
    assert!(changed(|_| {}));
    assert!(!changed(|facts| facts.provider.id = name("beta")), "another provider");
    assert!(!changed(|facts| facts.contract.provider = name("beta")), "another provider by the contract");
    assert!(!changed(|facts| facts.equipment[0].address = name("192.0.2.21:22")), "another machine");
    assert!(!changed(|facts| facts.equipment[0].address = name("192.0.2.20:2222")), "another port");
    let other =
        |facts: &mut ServiceFacts| facts.equipment[0].account.as_mut().unwrap().login = "root".to_owned();
    assert!(!changed(other), "another account");
    assert!(!changed(|facts| facts.equipment[0].account = None), "none any more");
}

#[test]
fn a_delegate_is_judged_at_his_signature() {
    let mut facts = service_facts();
    facts.service.idle_secs = 0;
    let signed = Some(signature("d.leroy", at("2026-11-01 00:00")));
    facts.treatments.push(RiskTreatment { owner: name("d.leroy"), signed, ..treatment(RuleId::T10) });
    let treated = |facts: &ServiceFacts| {
        let all = assess(facts, Level::Two, now());
        all.iter().any(|f| f.rule == RuleId::T10 && matches!(f.status, Status::NotAppliedTreated { .. }))
    };
    // The deed is over now, but held when he signed.
    facts.establishment.delegations[0].span.until = at("2026-11-10 00:00");
    assert!(treated(&facts));
    facts.establishment.delegations[0].span.from = at("2026-11-02 00:00");
    assert!(!treated(&facts));
    facts.establishment.delegations[0].span.from = at("2026-10-01 00:00");
    facts.treatments[0].signed.as_mut().unwrap().at = at("2026-11-11 00:00");
    assert!(!treated(&facts), "signed when the deed was over");
}

#[test]
fn a_treatment_changes_nothing_that_is_met() {
    let facts = service_facts();
    for finding in assess(&facts, Level::Two, now()) {
        let mut with = facts.clone();
        with.treatments.push(treatment(finding.rule));
        assert_eq!(treat(finding.clone(), &with, now()), finding);
    }
}

#[test]
fn the_fault_of_one_device_is_treated_for_that_device() {
    let mut facts = service_facts();
    facts.equipment[0].account = None;
    facts.treatments.push(RiskTreatment { equipment: [name("scanner")].into(), ..treatment(RuleId::T9) });
    let cover = facts.treatments[0].reach(&facts);
    facts.treatments[0].signed.as_mut().unwrap().cover = Some(cover);
    let all = assess(&facts, Level::Two, now());
    assert!(all.iter().any(|f| f.rule == RuleId::T9 && matches!(f.status, Status::NotAppliedTreated { .. })));
}
