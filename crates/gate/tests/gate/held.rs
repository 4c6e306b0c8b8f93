//! Uploads that are held: what is scanned, written down and let go on, and what is not.

use domain::ServiceFacts;
use events::Fact;
use gate::Holding;
use testkit::{Mishap, Nose, Step};
use transfer::{Allowed, Held, Tap, Upload};
use vocab::{Right, Uploads};

use crate::door::Door;

pub(crate) fn holds(facts: &mut ServiceFacts) {
    facts.service.uploads = Uploads::Hold;
    facts.service.rights = facts.service.rights.with(Right::SftpWrite);
}

/// An upload of so many bytes, as the parser gives it out.
pub(crate) fn upload(length: usize) -> Upload {
    let packet = |kind: u8, parts: &[&[u8]]| {
        let body = [&[kind][..], &parts.concat()].concat();
        [&(body.len() as u32).to_be_bytes()[..], &body].concat()
    };
    let string = |text: &[u8]| [&(text.len() as u32).to_be_bytes()[..], text].concat();
    let number = |number: u32| number.to_be_bytes();
    let mut tap = Tap::sftp_holding(Allowed::ALL);
    let mut held = Vec::new();
    held.extend(tap.client_sent(packet(1, &[&number(3)]).into()).held);
    held.extend(tap.server_sent(packet(2, &[&number(3)]).into()).held);
    let handle = string(b"poterne-0");
    for request in [
        packet(3, &[&number(1), &string(b"/f"), &number(0x1a), &number(0)]),
        packet(6, &[&number(2), &handle, &[0; 8], &string(&vec![b'x'; length])]),
        packet(4, &[&number(3), &handle]),
    ] {
        held.extend(tap.client_sent(request.into()).held);
    }
    match held.pop() {
        Some(Held::Whole(upload)) => upload,
        other => panic!("{other:?}"),
    }
}

/// A content that was brought and waits.
pub(crate) fn delivery() -> domain::Delivery {
    domain::Delivery {
        sha256: "ab".repeat(32),
        name: "/f".to_owned(),
        size: 5,
        by: testkit::fiction::name("a.martin"),
        at: testkit::fiction::now(),
        session: vocab::SessionId::from_bytes([1; 16]),
        settled: None,
    }
}

pub(crate) async fn holding(live: &gate::Live, content: &str) -> Holding {
    let mut holding = live.hold().await.unwrap_or_else(|error| panic!("{error}"));
    holding.append(content.as_bytes().to_vec()).await.unwrap();
    holding
}

pub(crate) fn verdicts(door: &Door) -> Vec<(String, bool)> {
    let all = door.kit.log().entries();
    let scanned = all.iter().filter_map(|entry| match &entry.fact {
        Fact::FileScanned(fact) => Some((fact.verdict.as_str().to_owned(), fact.released)),
        _ => None,
    });
    scanned.collect()
}

#[tokio::test]
async fn what_is_clean_goes_on_and_nothing_else_where_there_is_a_scanner() {
    let door = Door::with(holds).await;
    let live = door.open().await.unwrap_or_else(|no| panic!("{}", no.text)).live;
    assert_eq!(live.terms().uploads, Uploads::Hold);
    for (nose, content, verdict, goes_on) in [
        (Nose::Well, "plain", "clean", true),
        (Nose::Well, "with malware", "found", false),
        (Nose::Silent, "plain", "not-scanned", false),
        (Nose::None, "with malware", "not-scanned", true),
    ] {
        door.kit.sniffer.is(nose);
        let before = verdicts(&door).len();
        let judged = live.judge(1, &upload(content.len()), &holding(&live, content).await).await;
        assert_eq!(judged.is_ok(), goes_on, "{nose:?} {content}");
        assert_eq!(verdicts(&door)[before..], [(verdict.to_owned(), goes_on)], "{nose:?} {content}");
        if let Err(text) = judged {
            assert!(text.fr.contains("/f") && text.en.contains("E6"), "{text:?}");
        }
    }
}

/// Nothing goes on of which the ledger does not know, or that is not whole.
#[tokio::test]
async fn what_cannot_be_kept_or_written_down_does_not_go_on() {
    let door = Door::with(holds).await;
    let live = door.open().await.unwrap_or_else(|no| panic!("{}", no.text)).live;
    door.kit.sniffer.is(Nose::Well);
    let held = holding(&live, "plain").await;
    assert!(live.judge(1, &upload(6), &held).await.is_err(), "shorter than it was said");
    assert!(verdicts(&door).is_empty());
    door.kit.troubles.next(Step::ReadHeld, Mishap::full());
    assert!(live.judge(1, &upload(5), &held).await.is_err(), "it cannot be read");
    for step in [Step::Draw, Step::Hold] {
        door.kit.troubles.next(step, Mishap::full());
        assert!(live.hold().await.is_err(), "{step:?}");
    }
    door.kit.troubles.next(Step::HoldMore, Mishap::full());
    let mut full = live.hold().await.unwrap_or_else(|error| panic!("{error}"));
    assert!(full.append(vec![1]).await.is_err());
    door.kit.log().stop("no space");
    assert!(live.judge(1, &upload(5), &held).await.is_err(), "it cannot be written down");
}

/// One session's uploads take what one session may, over however many channels; what is over is room again.
#[tokio::test]
async fn a_session_holds_so_many_files_at_once() {
    let door = Door::with(holds).await;
    let live = door.open().await.unwrap_or_else(|no| panic!("{}", no.text)).live;
    let mut all = Vec::new();
    for _ in 0..16 {
        all.push(holding(&live, "plain").await);
    }
    assert!(live.hold().await.is_err());
    drop(all.pop());
    assert!(live.hold().await.is_ok());
    assert!(live.hold().await.is_ok(), "what was not taken is not counted");
}

/// E7: what is clean goes on once a person of the establishment released this very content, and no longer than that holds.
#[tokio::test]
async fn a_content_waits_for_a_person_and_is_known_by_its_hash() {
    let door = Door::with(|facts| {
        holds(facts);
        facts.service.uploads = Uploads::Release;
    })
    .await;
    let live = door.open().await.unwrap_or_else(|no| panic!("{}", no.text)).live;
    door.kit.sniffer.is(Nose::Well);
    let bring =
        async |content: &str| live.judge(1, &upload(content.len()), &holding(&live, content).await).await;
    let said = bring("plain").await.unwrap_err();
    assert!(said.fr.contains("accept i-1 ") && said.en.contains("until a person"), "{said:?}");
    assert_eq!(verdicts(&door).pop().unwrap(), ("clean".to_owned(), false));
    let held = |fact: &Fact| matches!(fact, Fact::DeliveryHeld(_));
    let count = || door.kit.log().entries().iter().filter(|entry| held(&entry.fact)).count();
    assert_eq!(count(), 1);
    bring("plain").await.unwrap_err();
    assert_eq!(count(), 1, "it waits once");
    // What is found is found, whoever releases.
    bring("with malware").await.unwrap_err();
    assert_eq!(count(), 1);
    let shown = door.done("b.petit", "show i-1").await;
    let line = shown.split("à libérer : ").nth(1).unwrap().lines().next().unwrap().trim().to_owned();
    for person in ["a.martin", "m.chef", "q.durand", "g.astreinte"] {
        door.refused(person, &line).await;
    }
    door.refused("b.petit", "accept i-1 abc").await;
    door.refused("b.petit", "accept i-1 0000000000000000").await;
    door.done("i.infra", &line).await;
    let Fact::DeliverySettled(told) = door.acts().pop().unwrap().fact else { panic!() };
    assert!(told.released);
    door.refused("i.infra", &line).await;
    bring("plain").await.unwrap_or_else(|no| panic!("{no:?}"));
    bring("other").await.unwrap_err();
    // It is for the delivery at hand, and may be taken back.
    let back = line.replace("accept", "decline") + " 'pas celui-là'";
    door.done("b.petit", &back).await;
    assert!(bring("plain").await.unwrap_err().fr.contains("refusé par l'établissement"));
    door.done("b.petit", &line).await;
    bring("plain").await.unwrap_or_else(|no| panic!("{no:?}"));
    door.kit.clock.pass(domain::RELEASE_TERM);
    bring("plain").await.unwrap_err();
}

/// Where nobody can read or write who released what, nothing goes on.
#[tokio::test]
async fn without_the_store_nothing_is_released() {
    let door = Door::with(|facts| {
        holds(facts);
        facts.service.uploads = Uploads::Release;
        let word = domain::Settled {
            by: testkit::fiction::name("b.petit"),
            at: testkit::fiction::now(),
            released: true,
        };
        let sha256 = recording::Digest::of(&[b"plain"]).iter().map(|byte| format!("{byte:02x}")).collect();
        facts.interventions[0].deliveries.push(domain::Delivery {
            sha256,
            settled: Some(word),
            ..delivery()
        });
    })
    .await;
    let live = door.open().await.unwrap_or_else(|no| panic!("{}", no.text)).live;
    let kept = holding(&live, "plain").await;
    door.kit.troubles.always(Step::ReadIntervention, Mishap::full());
    assert!(live.judge(1, &upload(5), &kept).await.is_err());
    door.kit.troubles.over();
    live.judge(1, &upload(5), &kept).await.unwrap_or_else(|no| panic!("{no:?}"));
}
