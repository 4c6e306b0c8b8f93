//! What findings lead to: facts with their versions, papers by their hash, acts by their moment, what the gate saw. Nothing is
//! named that is not in the facts.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::time::Duration;

use domain::*;
use fiction::*;
use guide::{ACTS, Finding, LINKS_MAX, Link, RULES, Status, assess};
use vocab::*;

const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn links(rule: RuleId, facts: &ServiceFacts) -> Vec<Link> {
    let all = assess(facts, facts.level(), now());
    let found: &Finding = all.iter().find(|finding| finding.rule == rule).unwrap();
    found.links(facts, now()).0
}

/// The facts with the versions of what they hold, the third of each.
fn versioned(mut facts: ServiceFacts) -> ServiceFacts {
    let since = now().before(Duration::from_secs(60));
    let version = |kind: &str, name: String| FactVersion { kind: kind.to_owned(), name, version: 3, since };
    let mut all = BTreeSet::from([
        version("contract", facts.contract.id.to_string()),
        version("service", facts.service.id.to_string()),
        version("provider", facts.provider.id.to_string()),
        version("establishment", facts.establishment.id.to_string()),
    ]);
    all.extend(facts.equipment.iter().map(|one| version("equipment", one.id.to_string())));
    for staff in &facts.staff {
        all.insert(version("person", staff.person.id.to_string()));
        all.extend(staff.engagements.iter().map(|one| version("engagement", one.fact_name())));
    }
    facts.versions = all.into_iter().collect();
    facts
}

fn fact(kind: &str, name: &str, facts: &ServiceFacts) -> Link {
    let found = facts.versions.iter().find(|one| one.kind == kind && one.name == name);
    Link::Fact(found.unwrap().clone())
}

#[test]
fn each_rule_that_is_asked_leads_somewhere() {
    let facts = versioned(service_facts());
    for finding in assess(&facts, facts.level(), now()) {
        let (links, more) = finding.links(&facts, now());
        assert!(links.len() <= LINKS_MAX && (more == 0 || links.len() == LINKS_MAX), "{}", finding.rule);
        // The flow past the gate is decided nowhere here.
        let nowhere = links.is_empty() && !matches!(finding.status, Status::NotApplicable(_));
        assert!(!nowhere, "{}: {finding:?}", finding.rule);
        for (place, link) in links.iter().enumerate() {
            assert!(!links[..place].contains(link), "{}: {link:?} twice", finding.rule);
        }
    }
    // What is not in the facts is not named: no version, no link to a fact.
    let bare = service_facts();
    for finding in assess(&bare, bare.level(), now()) {
        assert!(finding.links(&bare, now()).0.iter().all(|link| !matches!(link, Link::Fact(_))));
    }
    assert!(RULES.iter().all(|rule| !rule.leans.is_empty()));
    assert_eq!(ACTS.iter().collect::<BTreeSet<_>>().len(), ACTS.len());
}

#[test]
fn a_paper_is_named_by_its_hash_and_the_act_that_filed_it() {
    let mut facts = versioned(service_facts());
    facts.contract.plan.versions.last_mut().unwrap().document.sha256 = HASH.to_owned();
    let of_file = [("service", facts.service.id.as_str()), ("contract", facts.contract.id.as_str())];
    let of_file = of_file.map(|(kind, name)| fact(kind, name, &facts));
    assert_eq!(links(RuleId::A1, &facts), of_file, "it is not here");
    let (filed_at, confirmed_at) = (now().before(days(3)), now().before(days(2)));
    facts.filed = vec![Filed {
        sha256: HASH.to_owned(),
        place: PaperId::from_bytes([1; 16]),
        name: "plan.pdf".to_owned(),
        kinds: [FiledAs::Plan].into(),
        form: Form::Pdf,
        bytes: 1,
        filed_at,
        scanned: None,
        covers: None,
        confirmed: Some(Confirmed { by: facts.establishment.responsable.clone(), at: confirmed_at }),
    }];
    let act = |code, at| Link::Act { code, intervention: None, at };
    let all = links(RuleId::A1, &facts);
    assert!(all.contains(&Link::Paper { name: "plan.pdf".to_owned(), sha256: HASH.to_owned() }), "{all:?}");
    assert!(
        all.contains(&act("document-filed", filed_at))
            && all.contains(&act("document-confirmed", confirmed_at))
    );
}

#[test]
fn acts_bear_the_moment_of_what_people_did() {
    let facts = versioned(service_facts());
    let one = &facts.interventions[0];
    let approved = one.approval.as_ref().unwrap().at;
    let id = Some(one.id.clone());
    let all = links(RuleId::O1, &facts);
    assert!(
        all.contains(&Link::Act { code: "intervention-approved", intervention: id.clone(), at: approved }),
        "{all:?}"
    );
    let all = links(RuleId::O4, &facts);
    let ticked = one.ticks[0].at;
    assert!(all.contains(&Link::Act { code: "checklist-ticked", intervention: id, at: ticked }), "{all:?}");
    let staff = &facts.staff[0];
    let vouched = staff.credentials.vouching(&staff.person.keys[0].fingerprint).unwrap().at;
    let all = links(RuleId::T9, &facts);
    assert!(all.contains(&Link::Act { code: "person-vouched", intervention: None, at: vouched }), "{all:?}");
}

#[test]
fn what_the_gate_sees_is_an_observation_and_what_nobody_kept_is_unknown() {
    let mut facts = versioned(service_facts());
    assert!(links(RuleId::T11, &facts).contains(&Link::Seen { what: "trace-store", at: now() }));
    facts = facts.as_seen(None);
    assert!(links(RuleId::T11, &facts).iter().all(|link| !matches!(link, Link::Seen { .. })));
    let status = |rule, facts: &ServiceFacts| {
        let all = assess(facts, facts.level(), now());
        all.into_iter().find(|finding| finding.rule == rule).unwrap().status.code()
    };
    assert_eq!(status(RuleId::T11, &facts), StatusCode::Unknown);
    let lost = GateSeen { ledger: false, recordings: true, refuge: false, scanner: false };
    let well = GateSeen { ledger: true, scanner: true, ..lost };
    assert_eq!(status(RuleId::T11, &facts.clone().as_seen(Some(lost))), StatusCode::NotApplied);
    assert_eq!(status(RuleId::T11, &facts.clone().as_seen(Some(well))), StatusCode::MetEnforced);
    // A service that passes files alone, held: what scanned them then is what counts.
    facts.service.uploads = Uploads::Hold;
    facts.service.rights = [Right::SftpWrite].into_iter().collect();
    facts.service.declared.get_mut(&RuleId::E6).unwrap().held = None;
    assert_eq!(status(RuleId::E6, &facts.clone().as_seen(Some(well))), StatusCode::MetEnforced);
    assert_eq!(status(RuleId::E6, &facts.clone().as_seen(Some(lost))), StatusCode::Partly);
    assert_eq!(status(RuleId::E6, &facts.as_seen(None)), StatusCode::Partly);
}
