//! Each port fails at each step of an opening, of a command and of an end: what was acknowledged is never lost, and
//! nothing opens that is not written down.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::Fact;
use testkit::{Kit, Mishap, Step, Tape};
use vocab::Ending;

use crate::door::Door;

/// The three ways in which a step goes wrong.
fn mishaps() -> [Mishap; 3] {
    [Mishap::full(), Mishap::conflict(), Mishap::lost_answer()]
}

/// Which steps a run asks for, and how often each.
fn counted(kit: &Kit) -> BTreeMap<Step, usize> {
    let mut counts = BTreeMap::new();
    for step in kit.troubles.asked() {
        *counts.entry(step).or_default() += 1;
    }
    counts
}

/// What holds whatever went wrong: each secret was lent on an entry that is durable and says that a session opened.
fn lent_on_what_is_written(about: &str, kit: &Kit) {
    let entries = kit.log().entries();
    for lending in kit.safe.lent() {
        assert!(kit.log().holds(lending.receipt), "{about}: lent without an entry");
        let entry = &entries[usize::try_from(lending.receipt.index).unwrap()];
        assert!(matches!(&entry.fact, Fact::SessionOpened(_)), "{about}: {entry:?}");
        let said = entries
            .iter()
            .any(|one| one.session == entry.session && matches!(&one.fact, Fact::SecretLent(_)));
        assert!(said, "{about}: lent without saying so");
    }
}

/// What holds once a later boot has finished what was left: every entry of the outbox stands in the log once, every
/// session has one beginning and one end in the log as in the store, and every recording is sealed.
async fn whole_after_a_start(about: &str, kit: &Kit) {
    kit.troubles.over();
    kit.boot().await.unwrap_or_else(|error| panic!("{about}: {error}"));
    let texts = kit.log().texts();
    let distinct: std::collections::BTreeSet<&String> = texts.iter().collect();
    assert_eq!(distinct.len(), texts.len(), "{about}: an entry stands twice");
    for waiting in kit.site.outbox() {
        let text = String::from_utf8_lossy(&waiting.entry).into_owned();
        assert!(distinct.contains(&text), "{about}: an entry is lost");
    }
    let entries = kit.log().entries();
    let sessions = kit.site.sessions();
    for (row, ending) in &sessions {
        assert!(ending.is_some(), "{about}: a session has no end");
        let of = |is: fn(&Fact) -> bool| {
            entries.iter().filter(|entry| entry.session == Some(row.session) && is(&entry.fact)).count()
        };
        assert_eq!(of(|fact| matches!(fact, Fact::SessionOpened(_))), 1, "{about}: beginnings");
        let ends = of(|fact| matches!(fact, Fact::SessionEnded(_) | Fact::SessionCrashed(_)));
        assert_eq!(ends, 1, "{about}: ends");
        let tapes = kit.tapes.all().iter().filter(|tape| tape.header().recording == row.recording).count();
        assert_eq!(tapes, 1, "{about}: a session without its recording");
        let root = |fact: &Fact| matches!(fact, Fact::SessionEnded(ended) if ended.root.is_some());
        let seals = of(|fact| matches!(fact, Fact::RecordingSealed(_)));
        let ended = entries.iter().filter(|entry| entry.session == Some(row.session));
        assert!(seals >= 1 || !ended.into_iter().any(|entry| root(&entry.fact)), "{about}: a seal is lost");
    }
    let opened = entries.iter().filter(|entry| matches!(entry.fact, Fact::SessionOpened(_))).count();
    assert_eq!(opened, sessions.len(), "{about}: a session opened in the log and not in the store");
    for tape in kit.tapes.all() {
        let owner = sessions.iter().find(|(row, _)| row.recording == tape.header().recording);
        let Some((row, _)) = owner else {
            // A container without its session is empty: the store of recordings sweeps what is empty and open.
            assert_eq!(
                gate::ports::Recorder::progress(&*tape).chunks,
                0,
                "{about}: a recording of no session"
            );
            continue;
        };
        // One that could not be sealed is seen: no seal in the log, and an end without a root.
        let seen =
            entries.iter().filter(|entry| entry.session == Some(row.session)).all(|entry| {
                match &entry.fact {
                    Fact::RecordingSealed(_) => false,
                    Fact::SessionEnded(ended) => ended.root.is_none(),
                    _ => true,
                }
            });
        assert!(tape.ending().is_some() || seen, "{about}: a recording is left open, and nobody sees it");
    }
}

#[tokio::test]
async fn an_opening_with_each_port_failing_at_each_step() {
    let door = Door::in_order().await;
    door.kit.troubles.forget();
    door.open().await.unwrap();
    let steps = counted(&door.kit);
    assert!(steps.len() >= 8, "{steps:?}");
    for (step, times) in steps {
        for (nth, how) in (0..times).flat_map(|nth| mishaps().map(|how| (nth, how))) {
            let about = format!("{step:?} {nth} {how:?}");
            let door = Door::in_order().await;
            door.kit.troubles.nth(step, nth, how);
            match door.open().await {
                Ok(opening) => {
                    assert!(door.kit.log().holds(opening.permit.receipt()), "{about}: opened unwritten");
                    assert_eq!(door.kit.safe.lent().len(), 1, "{about}");
                    assert_eq!(door.gate.overview().len(), 1, "{about}");
                    assert_eq!(door.kit.tapes.open().len(), 1, "{about}: opened unrecorded");
                }
                Err(refused) => {
                    assert!(door.gate.overview().is_empty(), "{about}: refused, and live: {}", refused.text);
                    // One whose making or session was not answered is there: empty, and swept by the next start.
                    let empty = |tape: &Arc<Tape>| gate::ports::Recorder::progress(&**tape).chunks == 0;
                    assert!(door.kit.tapes.open().iter().all(empty), "{about}: refused, and records");
                    assert!(
                        door.kit.safe.lent().is_empty() || step == Step::Lend,
                        "{about}: refused, and lent"
                    );
                }
            }
            assert!(!door.kit.troubles.waits(), "{about}: it never came");
            lent_on_what_is_written(&about, &door.kit);
            drop(door.gate);
            whole_after_a_start(&about, &door.kit).await;
            lent_on_what_is_written(&about, &door.kit);
        }
    }
}

/// A disk that stays full, a store that stays away: the same, and the door says so in both languages.
#[tokio::test]
async fn an_opening_with_a_port_that_stays_away() {
    for step in [Step::Commit, Step::Append, Step::CreateRecording, Step::ReadFacts, Step::Draw, Step::Lend] {
        for how in mishaps() {
            let about = format!("{step:?} always {how:?}");
            let door = Door::in_order().await;
            door.kit.troubles.always(step, how);
            let refused = door.open().await.err().unwrap_or_else(|| panic!("{about}: opened"));
            assert!(
                refused.text.contains("rien n'a été ouvert") || refused.text.contains("[T11]"),
                "{about}"
            );
            assert!(door.gate.overview().is_empty(), "{about}");
            lent_on_what_is_written(&about, &door.kit);
            drop(door.gate);
            whole_after_a_start(&about, &door.kit).await;
        }
    }
}

/// What the gate knows of its own trace store before anything is tried: it refuses, with the rule.
#[tokio::test]
async fn a_trace_store_that_takes_nothing_is_a_refusal() {
    let door = Door::in_order().await;
    door.kit.tapes.fill(Some("no space"));
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("[T11]") && !refused.text.contains("no space"), "{}", refused.text);
    assert_eq!(door.count("session-refused"), 1);
    door.kit.tapes.fill(None);
    door.kit.log().stop("no space");
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("[T11]") && !refused.text.contains("no space"), "{}", refused.text);
    assert!(door.kit.site.sessions().is_empty() && door.kit.tapes.all().is_empty());
}

/// The end of a session with each port failing at each step: no end is lost, and none is written twice.
#[tokio::test]
async fn an_end_with_each_port_failing_at_each_step() {
    let door = Door::with(crate::door::may_take_out).await;
    let opening = door.open().await.unwrap();
    door.kit.troubles.forget();
    crate::door::takes_out(&opening.live);
    door.gate.close(&opening.live, Ending::Finished, None).await;
    for (step, times) in counted(&door.kit) {
        for (nth, how) in (0..times).flat_map(|nth| mishaps().map(|how| (nth, how))) {
            let about = format!("end: {step:?} {nth} {how:?}");
            let door = Door::with(crate::door::may_take_out).await;
            let opening = door.open().await.unwrap();
            door.kit.troubles.nth(step, nth, how);
            let size = crate::door::takes_out(&opening.live);
            door.gate.close(&opening.live, Ending::Finished, None).await;
            assert!(door.gate.overview().is_empty(), "{about}: still live");
            drop((opening, door.gate));
            whole_after_a_start(&about, &door.kit).await;
            let residual = door.kit.site.stands("i-1").residual;
            // An observation waits for nothing: one that could not be written is known by what it ended.
            let noted = door.kit.log().with(&["unnamed-content"]).len();
            assert!(residual.len() >= noted, "{about}: what left is to be erased");
            assert!(residual.len() <= 1 && residual.iter().all(|item| item.size == size), "{about}: once");
        }
    }
}

/// A command with each port failing at each step: done means written down; refused means that nothing changed, or
/// that the change and its entry are both there once the gate has started again.
#[tokio::test]
async fn a_command_with_each_port_failing_at_each_step() {
    let words = "suspend i-1 'attendre'";
    let door = Door::in_order().await;
    door.kit.troubles.forget();
    door.done("b.petit", words).await;
    for (step, times) in counted(&door.kit) {
        for (nth, how) in (0..times).flat_map(|nth| mishaps().map(|how| (nth, how))) {
            let about = format!("command: {step:?} {nth} {how:?}");
            let door = Door::in_order().await;
            let before = door.stands();
            door.kit.troubles.nth(step, nth, how);
            let reply = door.say("b.petit", words).await;
            let (changed, written) = (door.stands() != before, door.acts().len());
            if reply.status == 0 {
                assert!(changed && written == 1, "{about}: done, and not written down");
            }
            assert!(written == 0 || changed, "{about}: an entry of what is not");
            drop(door.gate);
            whole_after_a_start(&about, &door.kit).await;
            let acts = door.kit.log().with(&["intervention-suspended"]).len();
            assert_eq!(acts, usize::from(changed), "{about}: state and event are one");
        }
    }
}

/// A failure never claims that nothing was changed: whether it was may be unknown. Who is told reads again.
#[tokio::test]
async fn a_command_that_fails_claims_nothing() {
    let mut faults = Vec::new();
    for step in
        [Step::ReadIntervention, Step::ReadService, Step::Draw, Step::Commit, Step::ReadOutbox, Step::Append]
    {
        for how in mishaps() {
            let about = format!("{step:?} {how:?}");
            let door = Door::in_order().await;
            let before = door.stands();
            door.kit.troubles.next(step, how);
            let reply = door.say("b.petit", "suspend i-1 'attendre'").await;
            let sent_back = reply.status == 0
                || reply.text.contains("`show`")
                || reply.text.contains("ne le refaites pas");
            if !sent_back || (reply.status == 0 && door.stands() == before) {
                faults.push(about);
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What cannot be traced may not go on (T11), whatever the reason that it could not be written.
async fn untraced_ends(step: Step) {
    let door = Door::in_order().await;
    let opening = door.open().await.unwrap();
    door.kit.troubles.next(step, Mishap::full());
    let _right = opening.live.channel_opened(1, vocab::Right::Shell, None);
    // The pen writes meanwhile.
    while door.kit.troubles.waits() {
        tokio::task::yield_now().await;
    }
    tokio::task::yield_now().await;
    // The next observation is told, or the gate has closed the session before.
    opening.live.channel_refused(None, "x11", "closed", None);
    assert_eq!(opening.live.ending(), Some(Ending::StoreLost), "{step:?}");
}

#[tokio::test]
async fn a_log_that_takes_no_observation_ends_the_session() {
    untraced_ends(Step::Append).await;
}

#[tokio::test]
async fn an_observation_that_cannot_be_encoded_ends_the_session() {
    untraced_ends(Step::Draw).await;
}

/// Cut while the lending is written down: nothing is lent.
#[tokio::test]
async fn nothing_is_lent_to_a_session_that_was_cut_meanwhile() {
    let door = Door::in_order().await;
    let (gate, troubles) = (door.gate.clone(), door.kit.troubles.clone());
    // The first entry is the opening's, the second the lending's.
    door.kit.troubles.first(Step::Append, async move {
        troubles.first(Step::Append, async move {
            // Its own entry waits behind this one.
            tokio::spawn(async move { gate.cut("all", "incident").await });
            tokio::task::yield_now().await;
        });
    });
    assert!(door.open().await.is_err());
    assert!(!door.kit.troubles.asked().contains(&Step::Lend));
    assert_eq!(door.count("secret-lent"), 1, "written down before it was to be");
}
