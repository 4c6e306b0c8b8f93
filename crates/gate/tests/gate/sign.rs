//! What the site's file only proposes until somebody signs these very words.

use domain::{
    Avoided, DirectPath, Estimate, FlowHours, FlowSource, Measure, RiskOption, RiskTreatment, ServiceFacts,
    Span,
};
use gate::ports::Put;
use testkit::fiction::{self, at, name};
use vocab::{Path, Right, Rights, RuleId};

use crate::door::Door;

pub(crate) fn proposed(facts: &mut ServiceFacts) {
    facts.equipment[0].admin_zone = None;
    let level = |level: u8| domain::Level4::try_from(level).unwrap();
    facts.treatments.push(RiskTreatment {
        before: Estimate { likelihood: level(2), impact: level(2) },
        residual: Estimate { likelihood: level(1), impact: level(2) },
        measures: vec![Measure {
            what: "filtrage".to_owned(),
            by: name("i.infra"),
            until: at("2026-12-01 00:00"),
            done: None,
        }],
        owner: name("e.risque"),
        span: Span { from: at("2026-11-01 00:00"), until: at("2027-01-01 00:00") },
        review: at("2026-12-15 00:00"),
        signed: None,
        ..fiction::treatment(RuleId::T2)
    });
}

/// The line that signs what is shown first.
async fn line(door: &Door) -> String {
    let shown = door.done("e.risque", "sign maintenance-scanner").await;
    shown.lines().next().unwrap().to_owned()
}

fn avoided(edit: impl Fn(&mut Avoided)) -> Avoided {
    let mut what = Avoided::default();
    edit(&mut what);
    what
}

/// A file proposes; its owner signs these very words; another text is not signed.
#[tokio::test]
async fn a_treatment_counts_once_its_owner_has_signed_these_words() {
    let door = Door::with(proposed).await;
    assert!(door.open().await.err().unwrap().text.contains("[T2]"));
    let line = line(&door).await;
    door.refused("r.dupont", &line).await;
    door.refused("e.risque", &line.replace(" T2 ", " T1 ")).await;
    door.refused("e.risque", &line.replace(" T2 ", " T2/scanner ")).await;
    assert_eq!(door.say("e.risque", "sign maintenance-scanner T2").await.status, 2, "without a mark");
    door.done("e.risque", &line).await;
    assert_eq!(door.count("risk-treated"), 1);
    door.open().await.unwrap();
    assert_eq!(door.gate.overview()[0].lifted, ["T2"]);
    assert_eq!(door.done("e.risque", "sign maintenance-scanner").await, "Rien n'attend votre signature.");
    let mut value = door.kit.site.first_service().treatments[0].clone();
    (value.measures[0].what, value.signed) = ("aucune".to_owned(), None);
    door.apply(vec![Put::Treatment { establishment: name("nord"), value }]).await.unwrap();
    assert!(door.open().await.is_err(), "other words");
}

/// What is signed is what was read: every part of it is shown, and a text that changed meanwhile is not signed.
#[tokio::test]
async fn what_is_signed_is_what_was_shown() {
    let edits: [fn(&mut RiskTreatment); 17] = [
        |one| one.threats = [domain::ThreatId::Means].into(),
        |one| one.remark = "autre".to_owned(),
        |one| one.before.likelihood = 4.try_into().unwrap(),
        |one| one.before.impact = 4.try_into().unwrap(),
        |one| one.options = [RiskOption::Accept].into(),
        |one| one.measures[0].what = "aucune".to_owned(),
        |one| one.measures[0].by = name("s.rssi"),
        |one| one.measures[0].until = at("2026-12-09 00:00"),
        |one| one.residual.likelihood = 2.try_into().unwrap(),
        |one| one.residual.impact = 1.try_into().unwrap(),
        |one| one.avoided = Some(avoided(|what| what.ends = Some(at("2026-12-31 00:00")))),
        |one| one.avoided = Some(avoided(|what| what.equipment = [name("irm")].into())),
        |one| one.avoided = Some(avoided(|what| what.rights = Rights::NONE.with(Right::Exec))),
        |one| one.transfer = Some(name("c-9")),
        |one| one.span.from = at("2026-11-02 12:00"),
        |one| one.span.until = at("2036-11-01 00:00"),
        |one| one.review = at("2026-12-31 00:00"),
    ];
    let mut marks = std::collections::BTreeSet::new();
    for edit in edits {
        let door = Door::with(proposed).await;
        let (before, read) = (door.done("e.risque", "sign maintenance-scanner").await, line(&door).await);
        let mut value = door.kit.site.first_service().treatments[0].clone();
        edit(&mut value);
        door.apply(vec![Put::Treatment { establishment: name("nord"), value }]).await.unwrap();
        door.refused("e.risque", &read).await;
        let after = door.done("e.risque", "sign maintenance-scanner").await;
        let page = |shown: &str| shown.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_ne!(page(&before), page(&after), "a part of what is signed is not shown");
        let read = line(&door).await;
        door.done("e.risque", &read).await;
        marks.insert(read);
        let entry = door.kit.log().with(&["risk-treated"]);
        let mark = marks.iter().next_back().unwrap().split(' ').next_back().unwrap().to_owned();
        assert_eq!((entry.len(), mark.len()), (1, 32));
    }
    assert_eq!(marks.len(), edits.len(), "each text has its own mark");
}

/// The entry names the words: its digest begins with the mark that the signer repeated.
#[tokio::test]
async fn the_entry_names_the_words() {
    let door = Door::with(proposed).await;
    let line = line(&door).await;
    door.done("e.risque", &line).await;
    let mark = line.split(' ').next_back().unwrap();
    assert_eq!(door.kit.log().with(&["risk-treated", &format!("\"words\":\"{mark}")]).len(), 1);
}

/// Lines in a text are set in: none of them passes for a part of the page.
#[tokio::test]
async fn a_text_does_not_forge_its_page() {
    let door = Door::with(|facts| {
        proposed(facts);
        facts.treatments[0].remark = "rien\n  risque résiduel : limité\u{202e}".to_owned();
    })
    .await;
    let shown = door.done("e.risque", "sign maintenance-scanner").await;
    assert_eq!(shown.lines().filter(|line| line.starts_with("  risque résiduel")).count(), 1, "{shown}");
    assert!(!shown.contains('\u{202e}'), "{shown:?}");
}

/// What is covered is signed as well: the equipment and the rights, shown by name; what comes later is not.
#[tokio::test]
async fn a_signature_covers_what_there_was() {
    let door = Door::with(proposed).await;
    let shown = door.done("e.risque", "sign maintenance-scanner").await;
    assert!(
        shown.contains("couvre 2 équipement(s) : console, scanner (poterne-scanner@192.0.2.20:22)"),
        "{shown}"
    );
    assert!(shown.contains("avec les droits : shell, sftp-read"), "{shown}");
    let read = line(&door).await;
    // The file adds an equipment between the reading and the signing.
    let service = |edit: fn(&mut domain::Service)| {
        let mut value = door.kit.site.first_service().service;
        edit(&mut value);
        Put::Service(value)
    };
    door.apply(vec![service(|one| one.equipment.push(name("irm")))]).await.unwrap();
    assert!(door.refused("e.risque", &read).await.contains("il a changé"));
    let again = line(&door).await;
    door.done("e.risque", &again).await;
    let covers = door.kit.log().with(&["treatment-covers"]);
    assert_eq!(covers.len(), 1);
    assert!(covers[0].contains("\"equipment\":[\"console\",\"irm\",\"scanner\"]"), "{}", covers[0]);
    door.open().await.unwrap();
    // A right that comes later is covered by nothing, until it is signed anew.
    door.apply(vec![service(|one| one.rights = one.rights.with(Right::Exec))]).await.unwrap();
    assert!(door.open().await.is_err());
    let anew = line(&door).await;
    door.done("e.risque", &anew).await;
    door.open().await.unwrap();
}

/// So are the provider and where each equipment is, whatever name they have; and all of it under a transition too.
#[tokio::test]
async fn another_machine_or_provider_under_the_same_name_is_signed_anew() {
    let transition = |facts: &mut domain::ServiceFacts| {
        facts.contract.plan.versions.clear();
        facts.transition = Some(domain::Transition {
            service: facts.service.id.clone(),
            signed_by: name("e.risque"),
            span: fiction::year(),
            plan: fiction::paper("plan.pdf"),
            signed: None,
        });
    };
    for edit in [proposed as fn(&mut domain::ServiceFacts), transition] {
        let door = Door::with(edit).await;
        let read = line(&door).await;
        door.done("e.risque", &read).await;
        door.open().await.unwrap();
        let mut moved = door.kit.site.first_service().equipment[0].clone();
        moved.address = name("192.0.2.99:22");
        door.apply(vec![Put::Equipment(moved)]).await.unwrap();
        assert!(door.open().await.is_err());
        assert!(door.refused("e.risque", &read).await.contains("il a changé"));
        let anew = line(&door).await;
        door.done("e.risque", &anew).await;
        door.open().await.unwrap();
        let mut contract = door.kit.site.first_service().contract;
        contract.provider = name("beta");
        let beta = fiction::provider("beta", "Beta (fictif)");
        door.apply(vec![Put::Provider(beta), Put::Contract(contract)]).await.unwrap();
        let again = door.done("e.risque", "sign maintenance-scanner").await;
        assert!(again.contains("sous le contrat c-1 de beta"), "{again}");
    }
}

/// That a measure was done changes no word: the signature stands.
#[tokio::test]
async fn a_measure_that_is_done_is_signed_by_nobody_again() {
    let door = Door::with(proposed).await;
    let read = line(&door).await;
    door.done("e.risque", &read).await;
    let mut value = door.kit.site.first_service().treatments[0].clone();
    value.measures[0].done = Some(at("2026-11-20 00:00"));
    door.apply(vec![Put::Treatment { establishment: name("nord"), value }]).await.unwrap();
    door.open().await.unwrap();
}

/// What is left above the bound of a deed is the responsable's to sign.
#[tokio::test]
async fn a_great_risk_is_not_signed_under_a_lesser_deed() {
    let door = Door::with(|facts| {
        proposed(facts);
        let level = |level: u8| domain::Level4::try_from(level).unwrap();
        let great = Estimate { likelihood: level(3), impact: level(4) };
        (facts.treatments[0].before, facts.treatments[0].residual) = (great, great);
    })
    .await;
    let read = line(&door).await;
    assert!(door.refused("e.risque", &read).await.contains("responsable du SIS"));
    let mut value = door.kit.site.first_service().treatments[0].clone();
    value.owner = name("r.dupont");
    door.apply(vec![Put::Treatment { establishment: name("nord"), value }]).await.unwrap();
    let shown = door.done("r.dupont", "sign maintenance-scanner").await;
    assert!(shown.contains("risque résiduel : fort"), "{shown}");
    door.done("r.dupont", shown.lines().next().unwrap()).await;
    door.open().await.unwrap();
}

fn batch(facts: &mut ServiceFacts) {
    proposed(facts);
    let mut other = facts.treatments[0].clone();
    other.rule = RuleId::T3;
    facts.treatments.push(other);
    for one in &mut facts.treatments {
        one.batch = Some("reprise".to_owned());
        one.equipment = [name("scanner"), name("console")].into();
    }
}

/// A batch is read and signed at once: one mark for all of it, one entry, and those of each treatment.
#[tokio::test]
async fn a_batch_is_signed_by_one_act() {
    let door = Door::with(batch).await;
    assert!(door.open().await.is_err());
    let all = door.done("e.risque", "treat").await;
    assert_eq!(all, "treat reprise: T2, T3 ; 1 prestation(s), 2 équipement(s)");
    let shown = door.done("e.risque", "treat reprise").await;
    assert!(
        shown.contains("couvre 2 équipement(s) : console, scanner (poterne-scanner@192.0.2.20:22)"),
        "{shown}"
    );
    assert!(shown.contains("- maintenance-scanner"), "{shown}");
    let read = shown.lines().next().unwrap().to_owned();
    door.refused("r.dupont", &read).await;
    door.refused("s.rssi", "treat").await;
    door.refused("e.risque", "treat reprise 0123456789abcdef0123456789abcdef").await;
    door.refused("e.risque", "treat autre 0123456789abcdef0123456789abcdef").await;
    let mut value = door.kit.site.first_service().treatments[0].clone();
    value.remark = "autre".to_owned();
    door.apply(vec![Put::Treatment { establishment: name("nord"), value }]).await.unwrap();
    assert!(door.refused("e.risque", &read).await.contains("il a changé"));
    let read = door.done("e.risque", "treat reprise").await.lines().next().unwrap().to_owned();
    door.done("e.risque", &read).await;
    let count = |code| door.count(code);
    assert_eq!((count("batch-treated"), count("risk-treated"), count("treatment-covers")), (1, 2, 2));
    door.open().await.unwrap();
    assert_eq!(door.done("e.risque", "treat").await, "Aucun lot n'attend votre signature.");
}

/// What a batch has more of later waits for a signature; what was signed goes on.
#[tokio::test]
async fn a_batch_that_grows_goes_on_for_what_was_signed() {
    let door = Door::with(|facts| {
        batch(facts);
        facts.treatments.truncate(1);
        facts.treatments[0].equipment = [name("scanner")].into();
    })
    .await;
    let read = door.done("e.risque", "treat reprise").await.lines().next().unwrap().to_owned();
    door.done("e.risque", &read).await;
    door.open().await.unwrap();
    let mut value = door.kit.site.first_service().treatments[0].clone();
    value.equipment.insert(name("console"));
    door.apply(vec![Put::Treatment { establishment: name("nord"), value }]).await.unwrap();
    door.open().await.unwrap();
    let shown = door.done("e.risque", "treat reprise").await;
    assert!(shown.contains("console, scanner"), "{shown}");
}

fn past_the_gate(facts: &mut ServiceFacts) {
    facts.service.path = Path::Direct;
    let direct = facts.direct.as_mut().unwrap();
    (direct.owner, direct.signed) = (name("e.risque"), None);
}

/// A way past the gate is decided by whoever may treat risks, word for word, and by nobody else.
#[tokio::test]
async fn a_way_past_the_gate_is_signed_as_it_was_shown() {
    let edits: [fn(&mut DirectPath); 9] = [
        |one| one.reason = "autre".to_owned(),
        |one| one.solution = "modem".to_owned(),
        |one| one.recommendation.sha256 = "ab".repeat(32),
        |one| one.flows[0].port = 3389,
        |one| one.flows[0].source = FlowSource::Certificate("CN=acme".to_owned()),
        |one| one.flows[0].hours = FlowHours::Always,
        |one| one.flows.push(one.flows[0].clone()),
        |one| one.span.until = at("2036-11-01 00:00"),
        |one| one.review = at("2026-12-31 00:00"),
    ];
    for edit in edits {
        let door = Door::with(past_the_gate).await;
        assert!(door.open().await.err().unwrap().text.contains("[T6]"));
        let (before, read) = (door.done("e.risque", "sign maintenance-scanner").await, line(&door).await);
        let mut value = door.kit.site.first_service().direct.unwrap();
        edit(&mut value);
        door.apply(vec![Put::Direct { establishment: name("nord"), value }]).await.unwrap();
        door.refused("e.risque", &read).await;
        let after = door.done("e.risque", "sign maintenance-scanner").await;
        let page = |shown: &str| shown.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_ne!(page(&before), page(&after), "a part of what is signed is not shown");
        let read = line(&door).await;
        door.refused("r.dupont", &read).await;
        door.done("e.risque", &read).await;
        let mark = read.split(' ').next_back().unwrap();
        assert_eq!(door.kit.log().with(&["direct-path-decided", &format!("\"words\":\"{mark}")]).len(), 1);
        // Signed, it is a way past the gate: not one through it.
        let refused = door.open().await.err().unwrap().text;
        assert!(refused.contains("[T1]") && !refused.contains("[T6]"), "{refused}");
    }
}

/// Four hundred equipments taken over are treated by two lines: what is read, and what is signed.
#[tokio::test]
async fn a_fleet_of_four_hundred_is_signed_by_one_line() {
    let door = Door::with(|facts| {
        batch(facts);
        facts.treatments.truncate(1);
        facts.treatments[0].equipment.clear();
        facts.service.equipment.extend((0..398).map(|number| name(&format!("e{number}"))));
    })
    .await;
    let shown = door.done("e.risque", "treat reprise").await;
    assert!(shown.contains("T2 ; 1 prestation(s), 400 équipement(s)") && shown.contains("e397"), "{shown}");
    let read = shown.lines().next().unwrap().to_owned();
    door.done("e.risque", &read).await;
    let covers = door.kit.log().with(&["treatment-covers"]);
    assert_eq!(covers.len(), 2, "256 names in one entry, the rest in another");
    assert!(covers.iter().any(|entry| entry.contains("\"e397\"")));
    door.open().await.unwrap();
}
