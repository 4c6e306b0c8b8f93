//! Documents: their data is that of one moment and of the log, and what was printed is one entry.
//!
//! What is gathered here are the format's vectors (`docs/formats/vectors/documents`), which the typesetter's tests print.

use std::time::Duration;

use documents::{Body, Document, Ledger, Part};
use domain::{
    Audit, AuditFinding, Commissioning, Custody, Entrust, Entrusted, FindingClosed, ServiceFacts, Subcontract,
};
use events::{Actor, Fact};
use gate::ports::PortError;
use gate::{Answered, Printed, Wanted};
use testkit::fiction::{at, name, paper, treatment};
use vocab::{Ending, Lang};

use crate::door::{Door, may_take_out, takes_out};

fn ledger() -> Ledger {
    Ledger {
        origin: "poterne.example/nord/gate-1".to_owned(),
        entries: 42,
        root: "5e".repeat(32),
        key: "poterne.example/nord/gate-1+00000000+AQAAAA==".to_owned(),
        keys_sha256: "ab".repeat(32),
        note: "poterne.example/nord/gate-1\n42\nXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl4=\n\n— poterne.example/nord/gate-1 AAAA\n".to_owned(),
    }
}

async fn gathered(door: &Door, wanted: Wanted, lang: Lang) -> Document {
    door.gate.document(&name("nord"), wanted, lang, ledger()).await.unwrap()
}

/// There is nothing of this name.
async fn refused(door: &Door, wanted: Wanted) {
    let asked = format!("{wanted:?}");
    let told = door.gate.document(&name("nord"), wanted, Lang::Fr, ledger()).await;
    assert!(matches!(told, Err(PortError::Missing(_))), "{asked}");
}

/// Holds a document against its vector. With `UPDATE_EXPECTED=1` in the environment the vectors are written anew, for a
/// person to review.
fn check(document: &Document, vector: &str) {
    let file = format!("{}/../../docs/formats/vectors/documents/{vector}.json", env!("CARGO_MANIFEST_DIR"));
    // Names of sessions and recordings are drawn, in another order in each run of a pen that writes in groups.
    let text = format!("{}\n", serde_json::to_string_pretty(document).unwrap());
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(file, text).unwrap();
        return;
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), text, "{vector}");
}

/// What stands around the service and its contract, each list with something in it.
fn with_all_around(facts: &mut ServiceFacts) {
    let tier = |provider: &str, under: &str, papers: bool| Subcontract {
        provider: name(provider),
        under: name(under),
        listed_at: at("2026-01-10 00:00"),
        ended_at: None,
        authorised: papers.then(|| paper("autorisation.pdf")),
        flow_down: papers.then(|| paper("sous-contrat.pdf")),
    };
    facts.contract.subcontracts = vec![tier("rang2", "sous", false), tier("sous", "acme", true)];
    let closed = FindingClosed { at: at("2026-10-01 00:00"), document: paper("correctif.pdf") };
    let point = |id: &str, what: &str, closed| AuditFinding {
        id: id.to_owned(),
        what: what.to_owned(),
        due: None,
        closed,
    };
    facts.contract.audits = vec![Audit {
        id: "audit-2026".to_owned(),
        planned: Some(at("2026-09-01 00:00")),
        done: Some(at("2026-09-03 00:00")),
        document: Some(paper("audit.pdf")),
        findings: vec![point("F1", "comptes partagés", Some(closed)), point("F2", "journal court", None)],
    }];
    let thing = |id: &str, what: &str, state| Entrusted {
        id: id.to_owned(),
        what: what.to_owned(),
        nature: Entrust::Means,
        provider: None,
        service: None,
        equipment: None,
        received_at: at("2026-02-01 00:00"),
        received_by: name("y.biomed"),
        return_by: Some(at("2027-02-01 00:00")),
        state,
    };
    let back = Custody::Returned { at: at("2026-11-01 00:00"), to: "coursier fictif".to_owned() };
    facts.contract.entrusted =
        vec![thing("boitier", "boîtier de diagnostic", Custody::Held), thing("clef", "clé de licence", back)];
    facts.equipment[0].commissioning = Some(Commissioning {
        planned: at("2026-03-01 00:00"),
        downtime_minutes: 30,
        agreed_by: name("b.petit"),
        agreed_at: at("2026-02-20 00:00"),
        rollback: "remettre l'ancien disque".to_owned(),
        done: Some((at("2026-03-01 00:00"), name("y.biomed"))),
    });
    facts.treatments = vec![treatment(vocab::RuleId::T2)];
}

/// A site on which an intervention was done from its request to the erasure.
async fn done() -> Door {
    done_on(|facts| facts.treatments = vec![treatment(vocab::RuleId::T2)]).await
}

async fn done_on(change: impl FnOnce(&mut ServiceFacts)) -> Door {
    let door = Door::with(|facts| {
        may_take_out(facts);
        change(facts);
        facts.service.declared.remove(&vocab::RuleId::T4);
        facts.service.checklist.push(domain::ChecklistItem {
            id: "prevenus".to_owned(),
            text: "service d'imagerie prévenu".to_owned(),
        });
    })
    .await;
    door.kit.desk.answers(gate::ports::TicketAnswer::Counts);
    let why = "qualify i-1 degraded INC-4711 'Cadre fictif de jour' '01 99 00 12 34' 'Disque plein, examens différés'";
    door.done("i.infra", why).await;
    door.done("b.petit", "check i-1 prevenus 'appel de 18 h'").await;
    let opening = door.open().await.unwrap();
    takes_out(&opening.live);
    opening.live.channel_refused(Some(9), "direct-tcpip", "closed", None);
    door.kit.clock.pass(Duration::from_secs(1_500));
    door.gate.close(&opening.live, Ending::Finished, None).await;
    door.done("a.martin", "report i-1 'Journaux lus, disque changé.\nAucune donnée touchée.'").await;
    door.done("a.martin", "close i-1 reached").await;
    door.done("b.petit", "confirm i-1").await;
    door
}

#[tokio::test]
async fn a_statement_says_how_a_service_stands_and_stood() {
    let door = done().await;
    let service = || name("maintenance-scanner");
    let now = gathered(&door, Wanted::Statement { service: service(), at: None }, Lang::Fr).await;
    let Body::Statement(statement) = &now.body else { panic!("{now:?}") };
    let codes = statement.rules.iter().filter(|rule| rule.code == "unknown").map(|rule| rule.rule.as_str());
    assert_eq!(codes.collect::<Vec<_>>(), ["T4"], "the one that nobody declared");
    assert_eq!((statement.rules.len(), statement.reached, statement.past), (38, Some(1), false));
    assert!(statement.sentence.contains("palier 2 non atteint"), "{}", statement.sentence);
    check(&now, "statement");
    let then = Wanted::Statement { service: service(), at: Some(testkit::fiction::now()) };
    let then = gathered(&door, then, Lang::En).await;
    assert!(matches!(&then.body, Body::Statement(one) if one.past && one.sentence.starts_with("level 2")));
    refused(&door, Wanted::Statement { service: name("nul"), at: None }).await;
    assert_eq!(statement.risks.len(), 1);
    assert!(statement.rules.iter().all(|rule| !rule.links.is_empty()), "{statement:?}");
}

#[tokio::test]
async fn a_provider_s_services_are_told_in_one_document() {
    let door = done().await;
    let all = gathered(&door, Wanted::Provider { provider: name("acme"), at: None }, Lang::Fr).await;
    let Body::Provider(one) = &all.body else { panic!("{all:?}") };
    let services: Vec<&str> = one.services.iter().map(|one| one.service.id.as_str()).collect();
    assert!(services.contains(&"maintenance-scanner"), "{services:?}");
    assert!(one.services.iter().all(|service| service.contract.provider.id == "acme"));
    check(&all, "provider");
    refused(&door, Wanted::Provider { provider: name("personne"), at: None }).await;
}

#[tokio::test]
async fn a_report_has_what_the_log_has() {
    let door = done().await;
    let report = gathered(&door, Wanted::Report { intervention: name("i-1") }, Lang::Fr).await;
    let Body::Report(one) = &report.body else { panic!("{report:?}") };
    let [session] = one.sessions.as_slice() else { panic!("{:?}", one.sessions) };
    assert_eq!((session.person.title.as_str(), session.channels, session.refused), ("Anne Martin", 1, 1));
    assert_eq!((session.ending.as_deref(), one.left.len()), (Some("finished"), 1));
    assert!(one.words.as_ref().unwrap().text.ends_with("Aucune donnée touchée."));
    assert!(one.closing.as_ref().unwrap().confirmed.is_some() && one.erased.is_none());
    assert!(one.planned.is_some() && one.agreement.as_ref().unwrap().version == 3 && one.reviewed.is_none());
    check(&report, "report");
    refused(&door, Wanted::Report { intervention: name("i-9") }).await;
}

#[tokio::test]
async fn a_pack_counts_what_was_opened_and_refused() {
    let door = done_on(with_all_around).await;
    assert!(door.open().await.is_err(), "the intervention is closed");
    let bare = pack_of(&door).await;
    assert_eq!((bare.stamps.listed.len(), bare.stamps.bare), (0, bare.tallied.after - bare.tallied.first));
    stamped(&door).await;
    let (service, from) = (name("maintenance-scanner"), at("2026-11-24 00:00"));
    let pack = gathered(&door, Wanted::Pack { service, from, until: None }, Lang::Fr).await;
    let Body::Pack(one) = &pack.body else { panic!("{pack:?}") };
    let tallied = one.tallied;
    assert_eq!((tallied.opened, tallied.ended, tallied.open, tallied.unsealed), (1, 1, 0, 0));
    assert_eq!((one.sessions.len(), one.interventions.len()), (1, 1));
    let [stamp] = one.stamps.listed.as_slice() else { panic!("{:?}", one.stamps) };
    assert_eq!((stamp.size, stamp.qualified, stamp.entry), (tallied.after - 1, true, tallied.after - 1));
    assert_eq!(
        (one.stamps.more, one.stamps.bare),
        (0, 1),
        "the entry of the timestamp waits for the next one"
    );
    let tiers: Vec<_> =
        one.around.subcontractors.iter().map(|sub| (sub.tier, sub.provider.as_str())).collect();
    assert_eq!(tiers, [(1, "sous"), (2, "rang2")]);
    let closed: Vec<bool> = one.around.audits[0].points.iter().map(|point| point.closed.is_some()).collect();
    assert_eq!(
        (closed, one.around.entrusted.len(), one.around.commissioned.len()),
        (vec![true, false], 2, 1)
    );
    check(&pack, "pack");
    let before = Wanted::Pack {
        service: name("maintenance-scanner"),
        from: at("2026-10-01 00:00"),
        until: Some(at("2026-11-01 00:00")),
    };
    let before = gathered(&door, before, Lang::Fr).await;
    assert!(matches!(&before.body, Body::Pack(one) if one.sessions.is_empty() && one.tallied.opened == 0));
}

/// An authority stamps the log as it stands.
async fn stamped(door: &Door) {
    let terms = ("tsa-1", true, Duration::from_secs(900));
    let stamping = door.gate.stamping(&name("nord"), terms, (0, None)).unwrap();
    let question = door.gate.to_stamp(&stamping).await.unwrap().unwrap();
    let (by, policy) =
        ("CN=Horloge fictive, O=Autorité fictive, C=FR".to_owned(), "1.2.250.1.999.1".to_owned());
    let answered = Answered { token: vec![0x30; 2_000], time: door.kit.now(), by, policy };
    door.gate.stamped(&stamping, question, answered).await.unwrap();
    // What is of this very moment is not of the time that ends with it.
    door.kit.clock.pass(Duration::from_secs(60));
}

async fn pack_of(door: &Door) -> documents::Pack {
    let (service, from) = (name("maintenance-scanner"), at("2026-11-24 00:00"));
    match gathered(door, Wanted::Pack { service, from, until: None }, Lang::Fr).await.body {
        Body::Pack(pack) => pack,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn engagements_and_kit_are_filled_with_the_sites_facts() {
    let door = Door::in_order().await;
    let engagement = gathered(&door, Wanted::Engagement { person: name("a.martin") }, Lang::Fr).await;
    assert!(
        matches!(&engagement.body, Body::Engagement(one) if one.signed.len() == 2 && one.services.len() == 1)
    );
    check(&engagement, "engagement");
    // Nobody of the establishment's own engages himself towards it, nor does anybody who is unknown.
    for nobody in ["b.petit", "n.personne"] {
        refused(&door, Wanted::Engagement { person: name(nobody) }).await;
    }
    let kit = gathered(&door, Wanted::Kit { part: None }, Lang::Fr).await;
    check(&kit, "kit");
    let notice = gathered(&door, Wanted::Kit { part: Some(Part::Notice) }, Lang::En).await;
    assert!(matches!(notice.body, Body::Kit(one) if one.part == Some(Part::Notice)));
}

#[tokio::test]
async fn what_was_printed_is_one_entry() {
    let door = Door::in_order().await;
    let printed = Printed {
        establishment: name("nord"),
        kind: "statement".to_owned(),
        subject: "maintenance-scanner".to_owned(),
        sha256: [1; 32],
        bytes: 40_000,
        data: [2; 32],
    };
    let receipt = door.gate.printed(&printed).await.unwrap();
    assert!(door.kit.log().holds(receipt));
    let entries = door.kit.log().entries();
    let made: Vec<_> = entries.iter().filter(|entry| entry.fact.code() == "document-made").collect();
    let [entry] = made.as_slice() else { panic!("{made:?}") };
    assert_eq!(entry.by, Actor::Host);
    assert!(
        matches!(&entry.fact, Fact::DocumentMade(fact) if (fact.sha256, fact.data) == ([1; 32], [2; 32]))
    );
}
