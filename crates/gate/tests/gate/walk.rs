//! Whatever people do, in whatever order: the state moves along legal steps, what is done leaves one entry, and
//! what is refused changes nothing.

use std::time::Duration;

use domain::{Officer, State, Step};
use gate::Opening;
use proptest::prelude::*;
use testkit::fiction::{PEOPLE, name};
use vocab::Ending;

use crate::door::Door;

/// One thing that somebody does.
#[derive(Debug, Clone)]
enum Deed {
    /// Says this to the gate.
    Says(usize, String),
    /// The technician opens a session.
    Opens,
    /// A session is over, the oldest first.
    Leaves,
    /// Time passes, in minutes.
    Waits(u32),
}

/// Words of commands; `#` is an intervention's name.
const WORDS: [&str; 30] = [
    "show #",
    "request maintenance-scanner --on scanner 'autre chose'",
    "request maintenance-scanner --out 'analyse' 'et encore'",
    "approve #",
    "refuse # 'non'",
    "withdraw # 'plus besoin'",
    "check # backup 'numéro 1'",
    "check # rollback --not-needed 'rien'",
    "check # nothing 'rien'",
    "exception # 1h 'panne'",
    "grant # q.durand 1h",
    "derogate # a.martin scanner T2,C2 1h 'panne'",
    "review # 'vu'",
    "extend # 30m 'presque'",
    "long # 2h 'copie'",
    "suspend # 'attendre'",
    "resume #",
    "report # 'fait'",
    "close # reached",
    "close # unreachable",
    "confirm #",
    "reject # 'pas fini'",
    "erased #",
    "suspend-provider acme 'incident'",
    "resume-provider acme 'réglé'",
    "vouch a.martin=SHA256:a+martinAAAAAAA",
    "people",
    "sign maintenance-scanner",
    "sessions",
    "list",
];

fn deed() -> impl Strategy<Value = Deed> {
    let says = (0..PEOPLE.len(), 0..WORDS.len(), 1..4_u32)
        .prop_map(|(who, words, number)| Deed::Says(who, WORDS[words].replace('#', &format!("i-{number}"))));
    // Those who have a part do most of it.
    let likely = (0..5_usize, 0..WORDS.len(), 1..3_u32)
        .prop_map(|(who, words, number)| Deed::Says(who, WORDS[words].replace('#', &format!("i-{number}"))));
    prop_oneof![
        3 => says,
        6 => likely,
        2 => Just(Deed::Opens),
        1 => Just(Deed::Leaves),
        1 => (0..40_u32).prop_map(Deed::Waits),
    ]
}

/// Entries that a command leaves when it is done: none for those that only look.
fn leaves_an_entry(words: &str) -> bool {
    !["show", "sessions", "list", "people", "sign"].iter().any(|look| words.starts_with(look))
}

/// Every version that an intervention had follows from the last one by one legal step, or by none.
pub(crate) fn legal(door: &Door) {
    for number in 1..20 {
        let history = door.kit.site.history(&format!("i-{number}"));
        for pair in history.windows(2) {
            let (from, to) = (pair[0].state, pair[1].state);
            let step = from == to || Step::ALL.into_iter().any(|step| from.after(step) == Ok(to));
            assert!(step, "i-{number}: {from:?} → {to:?}");
            assert!(pair[0].sessions <= pair[1].sessions && pair[0].residual.len() <= pair[1].residual.len());
            // What was attested stays attested.
            assert!(pair[0].erasure.is_none() || pair[0].erasure == pair[1].erasure);
            assert!(pair[0].approval.is_none() || pair[0].approval == pair[1].approval);
            if from == State::Closed {
                assert_eq!(pair[0].closing, pair[1].closing);
            }
        }
    }
}

async fn says(door: &Door, who: usize, words: &str) {
    let person = PEOPLE[who].0;
    let (before, acts) = (door.kit.site.whole(), door.acts().len());
    let reply = door.say(person, words).await;
    let left = door.acts().len() - acts;
    let changed = door.kit.site.whole() != before;
    match reply.status {
        0 if words.starts_with("review") => assert!(left >= 1 && changed, "{person}: {words}"),
        0 => assert_eq!(
            (left, changed),
            (usize::from(leaves_an_entry(words)), leaves_an_entry(words)),
            "{person}: {words}"
        ),
        1 => assert_eq!((left, changed), (0, false), "{person}: {words}: {}", reply.text),
        other => panic!("{person}: {words}: {other}: {}", reply.text),
    }
    assert!(!reply.text.is_empty());
}

async fn opens(door: &Door, open: &mut Vec<Opening>) {
    let (before, acts) = (door.kit.site.whole(), door.acts().len());
    match door.open().await {
        Ok(opening) => {
            assert!(door.kit.log().holds(opening.permit.receipt()));
            assert_eq!(door.acts().len(), acts + 1);
            open.push(opening);
        }
        Err(refused) => {
            assert_eq!((door.kit.site.whole(), door.acts().len()), (before, acts), "{}", refused.text);
        }
    }
}

async fn walk(deeds: Vec<Deed>) {
    let door = Door::with(|facts| {
        // One person with two parts, and one of the provider's side with an office.
        facts.contract.requesters.people.push(name("b.petit"));
        facts.establishment.officers.push((Officer::Oncall, name("m.chef")));
    })
    .await;
    let mut open: Vec<Opening> = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Says(who, words) => says(&door, who, &words).await,
            Deed::Opens => opens(&door, &mut open).await,
            Deed::Leaves if !open.is_empty() => {
                door.gate.close(&open.remove(0).live, Ending::Finished, None).await;
            }
            Deed::Leaves => {}
            Deed::Waits(minutes) => door.kit.clock.pass(Duration::from_secs(u64::from(minutes) * 60)),
        }
        legal(&door);
    }
    // However it ends, the next start finds a whole site.
    let sessions = door.kit.site.sessions().len();
    drop(open);
    let door = Door::on(door.kit).await;
    assert!(door.kit.site.sessions().iter().all(|(_, ending)| ending.is_some()));
    assert_eq!(door.count("session-opened"), sessions);
    assert_eq!(door.count("session-ended") + door.count("session-crashed"), sessions);
    assert_eq!(door.kit.safe.lent().len(), sessions);
    assert!(door.kit.tapes.open().is_empty());
    legal(&door);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_do(deeds in prop::collection::vec(deed(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(walk(deeds));
    }
}
