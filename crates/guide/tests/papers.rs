//! What a reader sees of papers and evidence: whether what is named is kept here, how old evidence from outside is, what
//! audits left open. No status leans on a file.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use domain::*;
use fiction::*;
use guide::{Finding, Within, assess, deadlines};
use vocab::*;

const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn found(rule: RuleId, facts: &ServiceFacts) -> Finding {
    assess(facts, facts.level(), now()).into_iter().find(|finding| finding.rule == rule).unwrap()
}

/// The French evidence of a rule, all of it.
fn said(rule: RuleId, facts: &ServiceFacts) -> String {
    found(rule, facts).evidence.iter().map(|text| text.fr.as_str()).collect::<Vec<_>>().join("\n")
}

fn filed(kind: FiledAs, covers: Option<Covers>) -> Filed {
    Filed {
        sha256: HASH.to_owned(),
        place: PaperId::from_bytes([1; 16]),
        name: "piece".to_owned(),
        kinds: [kind].into(),
        form: Form::Pdf,
        bytes: 1,
        filed_at: now().before(days(10)),
        scanned: None,
        covers,
        confirmed: None,
    }
}

#[test]
fn a_reader_sees_whether_the_paper_named_is_there() {
    let mut facts = service_facts();
    let before: Vec<_> = assess(&facts, facts.level(), now()).into_iter().map(|one| one.status).collect();
    assert!(said(RuleId::A1, &facts).contains("nommé, pas au coffre"));
    // A name is no proof that it is this file.
    facts.filed = vec![Filed { name: "plan.pdf".to_owned(), ..filed(FiledAs::Plan, None) }];
    assert!(said(RuleId::A1, &facts).contains("nommé, pas au coffre"));
    let plan = facts.contract.plan.versions.last_mut().unwrap();
    plan.document.sha256 = HASH.to_owned();
    let shown = said(RuleId::A1, &facts);
    assert!(shown.contains("au coffre depuis le") && shown.contains("01234567"), "{shown}");
    // One file may be act, plan and agreement at once.
    facts.contract.document = Some(facts.contract.plan.versions.last().unwrap().document.clone());
    facts.contract.agreement.as_mut().unwrap().document.sha256 = HASH.to_owned();
    for rule in [RuleId::C1, RuleId::O1] {
        assert!(said(rule, &facts).contains("au coffre depuis le"), "{rule}");
    }
    // What somebody declares does not become proved by a file.
    let after: Vec<_> =
        assess(&facts, facts.level(), now()).into_iter().map(|one| one.status.code()).collect();
    assert_eq!(before.iter().map(guide::Status::code).collect::<Vec<_>>(), after);
}

fn on_a_direct_path() -> ServiceFacts {
    let mut facts = service_facts();
    facts.service.path = Path::Direct;
    let declared = facts.service.declared.values().find_map(|one| one.held.clone()).unwrap();
    let t8 = Declared { clause: None, held: Some(declared) };
    facts.service.declared.insert(RuleId::T8, t8);
    let flows = facts.equipment.iter().map(|one| Flow {
        equipment: one.id.clone(),
        source: FlowSource::Network("192.0.2.0/28".parse().unwrap()),
        port: 443,
        hours: FlowHours::Always,
    });
    facts.direct = Some(DirectPath {
        service: facts.service.id.clone(),
        recommendation: paper("recommandation.pdf"),
        solution: "tunnel".to_owned(),
        reason: "pas de point d'accès".to_owned(),
        flows: flows.collect(),
        owner: name("r.dupont"),
        span: year(),
        review: now().after(days(90)),
        signed: None,
    });
    facts
}

#[test]
fn evidence_from_outside_is_shown_and_its_lack_is_said() {
    let covers = |until: Timestamp| Covers {
        source: EvidenceSource::Firewall,
        service: service_facts().service.id,
        span: Span { from: until.before(days(30)), until },
    };
    let with = |until: Option<Timestamp>| {
        let mut facts = on_a_direct_path();
        facts.filed = until.map(|until| filed(FiledAs::Evidence, Some(covers(until)))).into_iter().collect();
        (said(RuleId::T8, &facts), found(RuleId::T8, &facts).status.code())
    };
    let limit = now().before(days(EVIDENCE_DAYS));
    let (fresh, status) = with(Some(limit.after(Duration::from_secs(1))));
    assert!(fresh.contains("Preuve externe") && !fresh.contains("Manque"), "{fresh}");
    let (old, of_old) = with(Some(limit));
    assert!(old.contains("Preuve externe") && old.contains("Manque une preuve externe des 90"), "{old}");
    let (none, of_none) = with(None);
    assert!(!none.contains("Preuve externe au") && none.contains("Manque une preuve externe"), "{none}");
    assert_eq!([status, of_old, of_none], [StatusCode::MetDeclared; 3], "no status leans on it");
}

#[test]
fn evidence_that_was_agreed_and_does_not_come_is_a_deadline_and_then_a_lack() {
    let with = |agreed: Option<u32>, until: Option<Timestamp>| {
        let mut facts = on_a_direct_path();
        facts.contract.evidence_within_days = agreed;
        let covers = |until: Timestamp| Covers {
            source: EvidenceSource::Firewall,
            service: facts.service.id.clone(),
            span: Span { from: until.before(days(20)), until },
        };
        facts.filed = until.map(|until| filed(FiledAs::Evidence, Some(covers(until)))).into_iter().collect();
        facts
    };
    let due = |facts: &ServiceFacts| {
        let all = deadlines(facts, now()).into_iter();
        let mut of_t8 = all.filter(|one| one.what.fr.contains("hors de la porte"));
        let found = of_t8.next().map(|one| (one.within, one.due, one.then.fr.contains("en partie")));
        assert!(of_t8.next().is_none());
        found
    };
    let ago = |count: u32| now().before(days(count));
    for (agreed, until, falls, status) in [
        // Until the day itself it warns, then the rule is met in part.
        (Some(30), Some(ago(29)), Some((Within::Week, now().after(days(1)), true)), StatusCode::MetDeclared),
        (Some(30), Some(ago(30)), Some((Within::Overdue, now(), true)), StatusCode::Partly),
        (Some(200), Some(ago(30)), None, StatusCode::MetDeclared),
        // Where nothing was agreed it is said, and changes nothing.
        (None, Some(ago(30)), Some((Within::Quarter, now().after(days(60)), false)), StatusCode::MetDeclared),
        (None, Some(ago(91)), Some((Within::Overdue, ago(1), false)), StatusCode::MetDeclared),
    ] {
        let facts = with(agreed, until);
        assert_eq!(due(&facts), falls, "{agreed:?} {until:?}");
        assert_eq!(found(RuleId::T8, &facts).status.code(), status, "{agreed:?} {until:?}");
    }
    // While there is none, it is due from the day on which the service began to do without the gate.
    let none = with(Some(30), None);
    let began = none.service.declared(RuleId::T8).unwrap().held.as_ref().unwrap().at;
    assert_eq!(due(&none).map(|one| one.1), Some(began.after(days(30))));
    assert!(said(RuleId::T8, &none).contains("Manque une preuve externe des 30 derniers jours"));
    // What comes through the gate is written down here.
    let mut gateway = with(Some(1), None);
    gateway.service.path = Path::Gateway;
    assert_eq!(due(&gateway), None);
}

#[test]
fn attestations_and_grounds_say_whether_their_paper_is_here() {
    let mut facts = service_facts();
    assert!(
        said(RuleId::C6, &facts).contains("Attestations de l'employeur : "),
        "{}",
        said(RuleId::C6, &facts)
    );
    assert!(said(RuleId::C6, &facts).contains("nommé, pas au coffre"));
    facts.filed = vec![filed(FiledAs::Attestation, None)];
    for staff in &mut facts.staff {
        for signed in staff.engagements.iter_mut().filter(|one| one.attestation.is_some()) {
            signed.attestation = Some(DocumentRef { sha256: HASH.to_owned(), ..paper("attestation.pdf") });
        }
    }
    let shown = said(RuleId::C6, &facts);
    assert!(shown.contains("attestation.pdf (au coffre depuis le"), "{shown}");
    assert_eq!(shown.matches("attestation.pdf").count(), 1, "one paper for several names is told once");
    // Outside the Union, the ground.
    facts.provider.country = Some("CH".parse().unwrap());
    let transfers = |document| {
        vec![TransferBasis { country: "CH".parse().unwrap(), ground: "adéquation".to_owned(), document }]
    };
    facts.provider.transfers = transfers(paper("suisse.pdf"));
    assert!(said(RuleId::C2, &facts).contains("CH : adéquation, suisse.pdf (nommé, pas au coffre)"));
    facts.provider.transfers = transfers(DocumentRef { sha256: HASH.to_owned(), ..paper("suisse.pdf") });
    assert!(said(RuleId::C2, &facts).contains("suisse.pdf (au coffre depuis le"));
    let statuses =
        |facts: &ServiceFacts| [RuleId::C2, RuleId::C6].map(|rule| found(rule, facts).status.code());
    let held = statuses(&facts);
    facts.filed.clear();
    assert_eq!(statuses(&facts), held, "no status is lifted by a file");
}

fn audit(done: Option<Timestamp>, due: Option<Timestamp>) -> Audit {
    let finding =
        AuditFinding { id: "F-1".to_owned(), what: "compte sans mot de passe".to_owned(), due, closed: None };
    Audit {
        id: "audit-1".to_owned(),
        planned: Some(now().after(days(20))),
        done,
        document: done.map(|_| paper("audit.pdf")),
        findings: done.map(|_| finding).into_iter().collect(),
    }
}

#[test]
fn what_audits_left_open_is_said_and_falls_due() {
    let mut facts = service_facts();
    let clause = found(RuleId::C8, &facts).status;
    facts.contract.audits = vec![audit(Some(now().before(days(40))), None)];
    let shown = said(RuleId::C8, &facts);
    assert!(shown.contains("constats ouverts : 1") && shown.contains("en retard : F-1"), "{shown}");
    assert_eq!(found(RuleId::C8, &facts).status, clause, "the right is held, whatever was found");
    let of_c8 = |facts: &ServiceFacts| {
        let all = deadlines(facts, now()).into_iter();
        all.filter(|one| one.rule == Source::Guide(RuleId::C8)).map(|one| one.within).collect::<Vec<_>>()
    };
    assert_eq!(of_c8(&facts)[0], Within::Overdue);
    facts.contract.audits[0].findings[0].closed =
        Some(FindingClosed { at: now().before(days(1)), document: paper("correctif.pdf") });
    assert!(!said(RuleId::C8, &facts).contains("en retard"));
    assert!(!of_c8(&facts).contains(&Within::Overdue));
    facts.contract.audits = vec![audit(None, None)];
    assert!(of_c8(&facts).contains(&Within::Month), "it is planned in twenty days");
}

#[test]
fn an_audit_of_the_access_point_counts_for_twelve_months() {
    let of = |ago: u32| {
        let mut facts = service_facts();
        facts.service.declared.remove(&RuleId::T4);
        facts.establishment.audits = vec![audit(Some(now().before(days(ago))), Some(now().after(days(5))))];
        facts
    };
    let fresh = found(RuleId::T4, &of(100));
    assert!(
        matches!(fresh.status, guide::Status::MetDeclared { date, .. } if date == now().before(days(100)))
    );
    let old = found(RuleId::T4, &of(366));
    assert_eq!(old.status.code(), StatusCode::NotApplied);
    assert!(said(RuleId::T4, &of(100)).contains("nommé, pas au coffre"));
    let due = deadlines(&of(300), now()).into_iter().filter(|one| one.rule == Source::Guide(RuleId::T4));
    assert_eq!(due.map(|one| one.within).collect::<Vec<_>>(), [Within::Week, Within::Quarter]);
    // A declaration that is older than the audit on file gives way to it.
    let mut both = service_facts();
    both.establishment.audits = vec![audit(Some(now().before(days(1))), None)];
    let status = found(RuleId::T4, &both).status;
    assert!(matches!(status, guide::Status::MetDeclared { date, .. } if date == now().before(days(1))));
}
