//! What goes and what stays, on the ports in memory; with real logs and the real verifier in `testsuite`.

use std::time::Duration;

use events::{Actor, EntriesPurged, Fact};
use gate::ports::{Aside, PortError, Put};
use gate::{Joined, Over, Ran};
use testkit::Mishap;
use testkit::fiction::name;
use testkit::{Kit, Step};
use vocab::Ending;

use crate::door::Door;

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// A site that keeps traces for six months and recordings for a month.
pub(crate) fn brief() -> Kit {
    Kit::with(|facts| {
        facts.establishment.retention.trace_days = 183;
        facts.establishment.recording_days = 30;
    })
}

pub(crate) async fn fill(door: &Door, entries: usize) {
    for _ in 0..entries {
        let reason = "pour le remplissage";
        door.gate.reading(&name("nord"), Actor::Host, "traces", None, reason).await.unwrap();
    }
}

pub(crate) async fn months(door: &Door, count: u32) {
    for _ in 0..count {
        door.kit.clock.pass(DAY * 30);
        fill(door, 1).await;
    }
}

pub(crate) async fn retain(door: &Door) -> Result<Ran, PortError> {
    door.gate.retain(&name("nord"), Actor::Gate).await
}

/// A session, and the intervention that is settled after it.
pub(crate) async fn settled(door: &Door) {
    let opening = door.open().await.unwrap();
    door.gate.close(&opening.live, Ending::Finished, None).await;
    for (person, line) in [
        ("a.martin", "report i-1 'fait'"),
        ("a.martin", "close i-1 reached"),
        ("b.petit", "confirm i-1"),
        ("m.chef", "erased i-1"),
    ] {
        door.done(person, line).await;
    }
}

fn certificates(door: &Door) -> Vec<EntriesPurged> {
    let all = door.kit.log().entries().into_iter();
    all.filter_map(|entry| if let Fact::EntriesPurged(one) = entry.fact { Some(one) } else { None }).collect()
}

#[tokio::test]
async fn what_is_past_its_term_goes_with_its_certificate() {
    let door = Door::on(brief()).await;
    settled(&door).await;
    fill(&door, 600).await;
    months(&door, 6).await;
    assert_eq!(
        retain(&door).await.unwrap(),
        Ran { recordings: 1, documents: 0, emergencies: 0, rows: 0, first: (0, 0) }
    );
    assert_eq!((door.count("recording-purged"), door.kit.tapes.all().len()), (1, 0));
    months(&door, 1).await;
    assert_eq!(
        retain(&door).await.unwrap(),
        Ran { recordings: 0, documents: 0, emergencies: 0, rows: 0, first: (0, 512) }
    );
    let all = certificates(&door);
    assert_eq!((all.len(), all[0].from, all[0].until, all[0].opened, all[0].ended), (1, 0, 512, 1, 1));
    assert_eq!((all[0].days, &all[0].reason, all[0].holds), (183, &None, 0));
    let of = |class: &str| all[0].tallies.iter().find(|one| one.class.as_str() == class).unwrap().entries;
    assert_eq!(all[0].tallies.iter().map(|one| one.entries).sum::<u64>(), 512);
    assert!(of("session") >= 2 && of("intervention") == 4 && of("recording") > 400);
    // Nothing more is due, and the next boot goes on.
    assert_eq!(
        retain(&door).await.unwrap(),
        Ran { recordings: 0, documents: 0, emergencies: 0, rows: 0, first: (512, 512) }
    );
    let door = Door::on(door.kit.clone()).await;
    months(&door, 7).await;
    assert!(retain(&door).await.unwrap().first.1 >= 512);
}

#[tokio::test]
async fn what_is_needed_stays_with_all_that_follows_it() {
    // Nobody closed the intervention.
    let door = Door::on(brief()).await;
    let opening = door.open().await.unwrap();
    door.gate.close(&opening.live, Ending::Finished, None).await;
    fill(&door, 600).await;
    months(&door, 8).await;
    assert_eq!(
        retain(&door).await.unwrap(),
        Ran { recordings: 1, documents: 0, emergencies: 0, rows: 0, first: (0, 0) }
    );
    let keeping = door.gate.keeping(&name("nord")).await.unwrap().unwrap();
    let (index, why) = keeping.stop.unwrap();
    assert!(index < 20 && why.fr.contains("i-1") && why.en.contains("i-1"), "{index} {why:?}");
    // Not for ever: three years at most.
    months(&door, 30).await;
    assert_eq!(retain(&door).await.unwrap().first.1, 512);
    // A session that is open keeps its entries, whatever their age.
    let door = Door::on(brief()).await;
    fill(&door, 300).await;
    let opening = door.open().await.unwrap();
    fill(&door, 300).await;
    months(&door, 40).await;
    assert_eq!(
        retain(&door).await.unwrap(),
        Ran { recordings: 0, documents: 0, emergencies: 0, rows: 0, first: (0, 256) }
    );
    door.gate.close(&opening.live, Ending::Finished, None).await;
    assert!(certificates(&door)[0].open.is_empty());
}

#[tokio::test]
async fn a_hold_keeps_and_says_so() {
    let door = Door::on(brief()).await;
    settled(&door).await;
    fill(&door, 600).await;
    let session = door.kit.site.sessions()[0].0.session;
    for (words, first) in [
        ("hold i-1 'plainte'".to_owned(), 1),
        (format!("hold session {session} 'plainte'"), 1),
        ("hold person a.martin 'enquête'".to_owned(), 1),
        ("hold all 'perquisition'".to_owned(), 0),
    ] {
        let said = door.done("s.rssi", &words).await;
        assert!(said.contains(&format!("à partir de l'entrée {first}")), "{said}");
    }
    months(&door, 8).await;
    assert_eq!(
        retain(&door).await.unwrap(),
        Ran { recordings: 0, documents: 0, emergencies: 0, rows: 0, first: (0, 0) }
    );
    assert!(door.gate.keeping(&name("nord")).await.unwrap().unwrap().stop.unwrap().1.fr.contains("gel h-"));
    let holds = door.done("s.rssi", "holds").await;
    let names: Vec<&str> = holds.split_whitespace().filter(|word| word.starts_with("h-")).collect();
    assert_eq!(names.len(), 4);
    for (at, hold) in names.iter().enumerate() {
        assert_eq!(retain(&door).await.unwrap().first, (0, 0), "{at} released");
        door.done("r.dupont", &format!("release {hold} 'close'")).await;
        door.refused("r.dupont", &format!("release {hold} 'close'")).await;
    }
    assert_eq!(
        retain(&door).await.unwrap(),
        Ran { recordings: 1, documents: 0, emergencies: 0, rows: 0, first: (0, 512) }
    );
    // A hold on what nobody ever spoke of protects what comes.
    let said = door.done("s.rssi", "hold person v.voisin 'par précaution'").await;
    assert!(said.contains(&format!("à partir de l'entrée {}", door.kit.log().entries().len() - 1)), "{said}");
}

#[tokio::test]
async fn a_clock_or_a_term_that_jumps_makes_nothing_old() {
    let door = Door::on(brief()).await;
    settled(&door).await;
    fill(&door, 600).await;
    door.kit.clock.pass(DAY * 3_000);
    assert_eq!(retain(&door).await.unwrap().first, (0, 0), "nothing was written meanwhile");
    // What the site's file says from now on counts in a month.
    let door = Door::on(Kit::new()).await;
    settled(&door).await;
    fill(&door, 600).await;
    months(&door, 7).await;
    let mut establishment = door.kit.site.first_service().establishment;
    (establishment.retention.trace_days, establishment.recording_days) = (183, 30);
    door.apply(vec![Put::Establishment(establishment)]).await.unwrap();
    assert_eq!(
        retain(&door).await.unwrap(),
        Ran { recordings: 1, documents: 0, emergencies: 0, rows: 0, first: (0, 0) }
    );
    months(&door, 1).await;
    door.kit.clock.pass(DAY);
    assert_eq!(retain(&door).await.unwrap().first, (0, 512));
    // A clock that was put back behind what is recorded is nobody's to lean on.
    door.kit.clock.set(vocab::Timestamp::from_secs(0));
    assert!(retain(&door).await.is_err());
}

#[tokio::test]
async fn what_fails_removes_nothing_or_is_finished_later() {
    for (step, mishap) in [
        (Step::Commit, Mishap::full()),
        (Step::Append, Mishap::full()),
        (Step::PurgeEntries, Mishap::full()),
        (Step::PurgeEntries, Mishap::lost_answer()),
        (Step::PurgeRecordings, Mishap::full()),
        (Step::ReadLog, Mishap::full()),
        (Step::ListRecordings, Mishap::full()),
    ] {
        let door = Door::on(brief()).await;
        settled(&door).await;
        fill(&door, 600).await;
        months(&door, 8).await;
        door.kit.troubles.next(step, mishap.clone());
        assert!(retain(&door).await.is_err(), "{step:?} {mishap:?}");
        door.kit.troubles.over();
        let certified = certificates(&door).iter().map(|one| one.until).max().unwrap_or(0);
        assert!(gate::ports::Journal::first(&*door.kit.log()) <= certified, "{step:?} {mishap:?}");
        let door = Door::on(door.kit.clone()).await;
        retain(&door).await.unwrap();
        assert_eq!(gate::ports::Journal::first(&*door.kit.log()), 512, "{step:?} {mishap:?}");
        assert!(door.kit.tapes.all().is_empty());
        assert_eq!(
            (door.count("recording-purged"), certificates(&door).len()),
            (1, 1),
            "{step:?} {mishap:?}"
        );
    }
}

#[tokio::test]
async fn reading_says_why_and_is_written_first() {
    let door = Door::on(brief()).await;
    settled(&door).await;
    let said = door.done("z.audit", "traces i-1 'audit de mai'").await;
    assert!(said.contains("session-opened") && said.contains("a.martin"), "{said}");
    assert_eq!(door.count("reading-began"), 1);
    let short = door.say("z.audit", "traces i-1 'bof'").await;
    assert!(short.status == 1 && short.text.contains("huit caractères"), "{}", short.text);
    assert_eq!(door.count("reading-began"), 1);
    door.kit.troubles.next(Step::Append, Mishap::full());
    let unwritten = door.say("z.audit", "traces i-1 'audit de juin'").await;
    assert!(unwritten.status == 1 && !unwritten.text.contains("session-opened"), "{}", unwritten.text);
}

/// An emergency journal whose newest entry is of now, with this intervention in it.
fn laid_aside(door: &Door, place: &str, intervention: Option<&str>) -> Aside {
    let aside = Aside {
        place: place.to_owned(),
        origin: "poterne.invalid/secours/nord/gate-1".to_owned(),
        entries: 12,
        root: [place.len() as u8; 32],
        newest: Some(door.kit.now()),
        interventions: intervention.into_iter().map(name).collect(),
    };
    door.kit.shelf.lay(name("nord"), aside.clone());
    aside
}

#[tokio::test]
async fn an_emergency_journal_goes_whole_once_its_newest_entry_is_past_its_term() {
    let door = Door::on(brief()).await;
    settled(&door).await;
    let aside = laid_aside(&door, "joined+1", Some("i-1"));
    // Another establishment's is nothing of this one's.
    door.kit.shelf.lay(name("sud"), Aside { place: "joined+2".to_owned(), ..aside.clone() });
    months(&door, 6).await;
    assert_eq!(retain(&door).await.unwrap().emergencies, 0, "183 days are not past");
    let hold = door.done("s.rssi", "hold all 'plainte'").await;
    months(&door, 1).await;
    assert_eq!(door.gate.keeping(&name("nord")).await.unwrap().unwrap().emergencies, 0);
    assert_eq!(retain(&door).await.unwrap().emergencies, 0, "somebody holds it");
    let hold = hold.split_whitespace().find(|word| word.starts_with("h-")).unwrap().to_owned();
    door.done("s.rssi", &format!("release {hold} 'classée'")).await;
    // The certificate is in the log before: a log that takes nothing removes nothing.
    assert_eq!(door.gate.keeping(&name("nord")).await.unwrap().unwrap().emergencies, 1);
    assert_eq!(retain(&door).await.unwrap().emergencies, 1);
    assert_eq!(door.kit.shelf.places(), ["joined+2"]);
    let told = door.kit.log().entries().into_iter().find_map(|entry| match entry.fact {
        Fact::RefugePurged(told) => Some(told),
        _ => None,
    });
    let told = told.unwrap();
    assert_eq!((told.entries, told.root, told.newest, told.days), (12, aside.root, aside.newest, 183));
    assert_eq!(retain(&door).await.unwrap().emergencies, 0);
    assert_eq!(door.count("refuge-purged"), 1);
}

#[tokio::test]
async fn an_emergency_journal_stays_for_what_is_not_settled_and_without_a_certificate() {
    // Nobody closed the intervention.
    let door = Door::on(brief()).await;
    let opening = door.open().await.unwrap();
    door.gate.close(&opening.live, Ending::Finished, None).await;
    laid_aside(&door, "joined+1", Some("i-1"));
    laid_aside(&door, "joined+22", None);
    months(&door, 8).await;
    door.kit.log().stop("full");
    assert!(retain(&door).await.is_err());
    assert_eq!(door.kit.shelf.places(), ["joined+1", "joined+22"]);
    let door = Door::on(door.kit.clone()).await;
    assert_eq!(retain(&door).await.unwrap().emergencies, 1);
    assert_eq!(door.kit.shelf.places(), ["joined+1"]);
    // Not for ever.
    months(&door, 30).await;
    assert_eq!(retain(&door).await.unwrap().emergencies, 1);
}

/// What the ordinary log has of an emergency is said again as long as its journal is there, or may be.
#[tokio::test]
async fn an_emergency_that_is_gone_is_not_named_again() {
    for (there, known, named) in [(true, true, 2), (false, true, 1), (false, false, 2)] {
        let door = Door::on(brief()).await;
        settled(&door).await;
        let mut aside = laid_aside(&door, "joined+1", None);
        // It has no entry that grows old: it stays.
        door.kit.shelf.clear();
        aside.newest = None;
        door.kit.shelf.lay(name("nord"), aside.clone());
        let Aside { origin, entries, root, .. } = aside;
        let joined = Joined { establishment: name("nord"), origin, entries, root };
        let over = Over { journals: vec![joined], ..Over::default() };
        let door = Door { gate: door.kit.boot_joined(over).await.unwrap(), kit: door.kit.clone() };
        fill(&door, 600).await;
        if !there {
            // The site moved it elsewhere, and says so or not.
            door.kit.shelf.clear();
        }
        if !known {
            door.kit.shelf.forget();
        }
        months(&door, 8).await;
        let _gone = retain(&door).await.unwrap();
        let entries = door.kit.log().entries();
        let all = entries.iter().filter(|entry| matches!(entry.fact, Fact::RefugeJoined(_))).count();
        assert_eq!(all, named, "{there} {known}");
    }
}
