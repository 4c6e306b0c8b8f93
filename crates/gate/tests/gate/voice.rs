//! What is agreed to over the telephone, with a code of a printed sheet: done by the one who agrees, relayed by another.

use domain::ServiceFacts;
use events::Fact;
use testkit::fiction::name;
use testkit::{Step, sheet_code};

use crate::door::Door;

const DEROGATE: &str = "derogate i-1 a.martin scanner C2 1h 'panne de nuit'";

fn with_code(number: u32, act: &str) -> String {
    format!("voice h.garde {number}:{} {act}", sheet_code(number))
}

#[tokio::test]
async fn a_derogation_is_agreed_to_by_voice() {
    let door = Door::in_order().await;
    let said = door.done("g.astreinte", &format!("voice h.garde {DEROGATE}")).await;
    assert!(
        said.contains("n° 1 ") && said.contains("derogate i-1 a.martin scanner C2 1h \"panne de nuit\""),
        "{said}"
    );
    door.done("g.astreinte", &with_code(1, DEROGATE)).await;
    let derogation = door.stands().derogations.pop().unwrap();
    assert_eq!((derogation.signed_by, derogation.relayed_by), (name("h.garde"), Some(name("g.astreinte"))));
    assert!(door.done("z.audit", "show i-1").await.contains("h.garde (par la voix, relayé par g.astreinte)"));
    // The relaying stands before the act, by the one who relayed; the act is the other's.
    let entries = door.kit.log().entries();
    let place = |code: &str| entries.iter().position(|one| one.fact.code() == code).unwrap();
    let (agreed, signed) = (&entries[place("voice-agreed")], &entries[place("derogation-signed")]);
    assert!(place("voice-agreed") < place("derogation-signed"));
    assert_eq!(agreed.by, events::Actor::Person(name("g.astreinte")));
    assert_eq!(signed.by, events::Actor::Person(name("h.garde")));
    let Fact::VoiceAgreed(agreed) = &agreed.fact else { panic!("another event") };
    assert_eq!((agreed.person.as_str(), agreed.number), ("h.garde", 1));
    // The code was for this act: it opens nothing again, and the next one is asked for.
    door.refused("g.astreinte", &with_code(1, DEROGATE)).await;
    assert!(door.done("g.astreinte", &format!("voice h.garde {DEROGATE}")).await.contains("n° 2 "));
    assert_eq!(door.count("voice-refused"), 2);
}

/// An exception is asked for by one and granted by voice by another; neither of them, nor who relayed, reviews it.
#[tokio::test]
async fn whoever_relays_does_not_review() {
    let night = |facts: &mut ServiceFacts| {
        facts.establishment.officers.push((domain::Officer::Oncall, name("b.petit")))
    };
    let door = Door::with(night).await;
    door.done("q.durand", "exception i-1 1h 'panne'").await;
    let grant = format!("voice b.petit 1:{} grant i-1 q.durand 1h", sheet_code(1));
    door.done("s.rssi", &grant).await;
    let exception = door.stands().exceptions.pop().unwrap();
    assert_eq!((exception.approved_by, exception.relayed_by), (name("b.petit"), Some(name("s.rssi"))));
    door.kit.clock.pass(std::time::Duration::from_secs(2 * 3600));
    door.refused("s.rssi", "review i-1 'vu'").await;
    door.done("r.dupont", "review i-1 'vu'").await;
}

#[tokio::test]
async fn who_may_not_relay_or_agree_is_refused_and_no_code_is_spent() {
    let door = Door::in_order().await;
    let code = sheet_code(1);
    for (person, line) in [
        // The provider's side, a stranger to the service, an auditor, and whoever would agree with himself.
        ("a.martin", with_code(1, DEROGATE)),
        ("m.chef", with_code(1, DEROGATE)),
        ("v.voisin", with_code(1, DEROGATE)),
        ("z.audit", with_code(1, DEROGATE)),
        ("r.dupont", format!("voice r.dupont 1:{code} {DEROGATE}")),
        // Not theirs to agree to: a requester, a technician, nobody.
        ("g.astreinte", format!("voice q.durand 1:{code} {DEROGATE}")),
        ("g.astreinte", format!("voice a.martin 1:{code} {DEROGATE}")),
        ("g.astreinte", format!("voice x.inconnu 1:{code} {DEROGATE}")),
        // Not done by voice.
        ("g.astreinte", format!("voice h.garde 1:{code} review i-1 'vu'")),
        ("g.astreinte", format!("voice h.garde 1:{code} voice h.garde 2:{code} {DEROGATE}")),
        ("g.astreinte", format!("voice h.garde 1:{code} vouch a.martin=SHA256:x")),
        ("g.astreinte", format!("voice h.garde 1:{code} derogate i-9 a.martin scanner C2 1h 'panne'")),
    ] {
        door.refused(person, &line).await;
    }
    assert!(!door.kit.troubles.asked().contains(&Step::CheckSheet));
    door.done("g.astreinte", &with_code(1, DEROGATE)).await;
}

/// The sheet counts for as long as the login under which it was drawn would.
#[tokio::test]
async fn a_sheet_falls_with_what_stood_behind_its_drawing() {
    // Drawn under a key that nobody vouched for: whoever operates the host may have put it in.
    let door = Door::in_order().await;
    let mut foreign = door.logged_in("h.garde", vocab::Lang::Fr);
    foreign.proof.key = domain::Fingerprint("SHA256:of-the-operator".to_owned());
    let drawn =
        gate::ports::Vault::draw_sheet(&*door.kit.safe, &name("h.garde"), &foreign.proof).await.unwrap();
    assert_eq!(drawn.len(), 20);
    door.refused("g.astreinte", &with_code(1, DEROGATE)).await;
    // Drawn by himself, and then his second factor is another.
    door.done("h.garde", "sheet").await;
    door.done("g.astreinte", &with_code(1, DEROGATE)).await;
    door.gate.enrolling(&name("h.garde")).await.unwrap();
    door.refused("g.astreinte", &with_code(2, DEROGATE)).await;
    // He left.
    let door = Door::in_order().await;
    let gone = |facts: &mut ServiceFacts| {
        facts.establishment.delegations.retain(|deed| deed.to.as_str() != "h.garde")
    };
    door.kit.site.change(gone);
    door.refused("g.astreinte", &with_code(1, DEROGATE)).await;
}

#[tokio::test]
async fn three_wrong_codes_lock_for_a_while() {
    let door = Door::in_order().await;
    for _ in 0..3 {
        let reply = door.say("g.astreinte", &format!("voice h.garde 1:0000-0000 {DEROGATE}")).await;
        assert_eq!(reply.status, 1);
    }
    assert_eq!(door.count("voice-refused"), 3);
    // The right one is not even looked at.
    door.kit.troubles.forget();
    door.refused("g.astreinte", &with_code(1, DEROGATE)).await;
    assert!(!door.kit.troubles.asked().contains(&Step::CheckSheet));
    door.kit.clock.pass(std::time::Duration::from_secs(61));
    door.done("g.astreinte", &with_code(1, DEROGATE)).await;
}

/// Nothing is done before it is written down that it was agreed to, and a code is never taken twice.
#[tokio::test]
async fn what_breaks_off_does_nothing_and_spends_the_code_at_most() {
    for step in [Step::ReadSheet, Step::CheckSheet, Step::Append] {
        for how in [testkit::Mishap::full(), testkit::Mishap::lost_answer()] {
            let door = Door::in_order().await;
            door.kit.troubles.next(step, how.clone());
            let reply = door.say("g.astreinte", &with_code(1, DEROGATE)).await;
            assert_eq!(reply.status, 1, "{step:?} {how:?}");
            assert!(door.stands().derogations.is_empty(), "{step:?} {how:?}");
        }
    }
}

#[tokio::test]
async fn a_sheet_is_shown_once_to_its_owner() {
    let door = Door::in_order().await;
    let said = door.done("b.petit", "sheet").await;
    let code = sheet_code(7);
    let (first, last) = code.split_at(4);
    assert!(said.contains(&format!(" 7   {first}-{last}")), "{said}");
    assert_eq!(said.lines().count(), 21);
    assert_eq!(door.count("sheet-drawn"), 1);
    let log = door.kit.log().texts().join("\n");
    assert!(!log.contains(&code));
    // With a certificate one opens sessions only.
    let mut scripted = door.logged_in("a.martin", vocab::Lang::Fr);
    scripted.proof.second = Some(domain::SecondFactor::Certificate);
    assert_eq!(door.gate.command(&scripted, "sheet", b"").await.status, 1);
}

/// Whoever comes with a key that nobody vouched for draws no sheet in the place of the owner's.
#[tokio::test]
async fn nobody_draws_a_sheet_under_a_key_that_is_not_vouched_for() {
    let door = Door::in_order().await;
    door.kit.site.change(|facts| facts.staff[0].credentials.vouched.clear());
    let reply = door.say("a.martin", "sheet").await;
    assert_eq!((reply.status, door.count("sheet-drawn")), (1, 0), "{}", reply.text);
}
