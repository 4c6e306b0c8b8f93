//! What the site's file only proposes until somebody signs these very words.

use domain::{DirectPath, FlowHours, FlowSource, RiskOption, RiskTreatment, ServiceFacts, Span};
use gate::ports::Put;
use testkit::fiction::{at, name};
use vocab::{Path, RuleId};

use crate::door::Door;

pub(crate) fn proposed(facts: &mut ServiceFacts) {
    facts.equipment[0].admin_zone = None;
    facts.treatments.push(RiskTreatment {
        rule: RuleId::T2,
        service: name("maintenance-scanner"),
        equipment: None,
        threat: "accès".to_owned(),
        likelihood: 2.try_into().unwrap(),
        impact: 2.try_into().unwrap(),
        options: [RiskOption::Accept].into(),
        measures: "filtrage".to_owned(),
        residual: 1.try_into().unwrap(),
        transfer: None,
        owner: name("e.risque"),
        span: Span { from: at("2026-11-01 00:00"), until: at("2027-01-01 00:00") },
        review: at("2026-12-15 00:00"),
        signed: None,
    });
}

/// The line that signs what is shown first.
async fn line(door: &Door) -> String {
    let shown = door.done("e.risque", "sign maintenance-scanner").await;
    shown.lines().next().unwrap().to_owned()
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
    (value.measures, value.signed) = ("aucune".to_owned(), None);
    door.apply(vec![Put::Treatment { establishment: name("nord"), value }]).await.unwrap();
    assert!(door.open().await.is_err(), "other words");
}

/// What is signed is what was read: every part of it is shown, and a text that changed meanwhile is not signed.
#[tokio::test]
async fn what_is_signed_is_what_was_shown() {
    let edits: [fn(&mut RiskTreatment); 9] = [
        |one| one.threat = "autre".to_owned(),
        |one| one.likelihood = 4.try_into().unwrap(),
        |one| one.impact = 4.try_into().unwrap(),
        |one| one.options = [RiskOption::Accept, RiskOption::Reduce].into(),
        |one| one.measures = "aucune".to_owned(),
        |one| one.residual = 4.try_into().unwrap(),
        |one| one.span.from = at("2026-11-02 00:00"),
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
        facts.treatments[0].measures = "rien\n  risque résiduel : 1 sur 4\u{202e}".to_owned();
    })
    .await;
    let shown = door.done("e.risque", "sign maintenance-scanner").await;
    assert_eq!(shown.lines().filter(|line| line.starts_with("  risque résiduel")).count(), 1, "{shown}");
    assert!(!shown.contains('\u{202e}'), "{shown:?}");
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
