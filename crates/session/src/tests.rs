//! The machine on a time line, and on every time line.

use std::time::Duration;

use proptest::prelude::*;
use vocab::{Ending, Rights, Terms, Timestamp};

use super::*;

const START: Timestamp = Timestamp::from_secs(1_000_000);

fn at(secs: u64) -> Timestamp {
    START.after(Duration::from_secs(secs))
}

fn terms(end: u64, idle: u64) -> Terms {
    Terms {
        ends_at: at(end),
        warn_end: Duration::from_secs(300),
        idle: Duration::from_secs(idle),
        warn_idle: Duration::from_secs(60),
        rights: Rights::NONE,
        extension: None,
        record_typed: false,
        may_take_out: false,
    }
}

fn data(kind: ChannelKind, side: Side) -> Input {
    Input::Activity(Activity { kind, side })
}

#[test]
fn silence_warns_then_closes() {
    let mut session = Session::open(terms(10_000, 600), START);
    assert_eq!(session.step(Input::Tick, at(539)), []);
    assert_eq!(session.step(Input::Tick, at(540)), [Effect::Warn(Warning::Idle(at(600)))]);
    assert_eq!(session.step(Input::Tick, at(541)), [], "warned once");
    assert_eq!(session.step(data(ChannelKind::Shell, Side::Equipment), at(550)), [], "a screen is no life");
    assert_eq!(session.step(Input::Tick, at(600)), [Effect::Close(Ending::Idle)]);
}

#[test]
fn data_that_counts_begins_again() {
    let counting = [
        (ChannelKind::Shell, Side::Technician),
        (ChannelKind::Exec, Side::Technician),
        (ChannelKind::Exec, Side::Equipment),
        (ChannelKind::Transfer, Side::Technician),
        (ChannelKind::Transfer, Side::Equipment),
    ];
    for (kind, side) in counting {
        let mut session = Session::open(terms(10_000, 600), START);
        assert_eq!(session.step(data(kind, side), at(500)), []);
        assert_eq!(session.step(Input::Tick, at(1_039)), []);
        assert_eq!(session.step(Input::Tick, at(1_100)), [Effect::Close(Ending::Idle)]);
    }
}

#[test]
fn a_long_operation_is_not_cut_but_the_window_is_its_end() {
    let mut session = Session::open(terms(2_000, 600), START);
    session.step(Input::LongOperation(at(5_000)), at(10));
    assert_eq!(session.step(Input::Tick, at(1_500)), []);
    assert_eq!(session.step(Input::Tick, at(1_700)), [Effect::Warn(Warning::End(at(2_000)))]);
    assert_eq!(session.step(Input::Tick, at(2_000)), [Effect::Close(Ending::WindowEnd)]);
}

#[test]
fn an_extended_window_warns_again() {
    let mut session = Session::open(terms(1_000, 5_000), START);
    assert_eq!(session.step(Input::Tick, at(700)), [Effect::Warn(Warning::End(at(1_000)))]);
    assert_eq!(session.step(Input::Terms(terms(2_000, 5_000)), at(800)), []);
    assert_eq!(session.step(Input::Tick, at(1_000)), []);
    assert_eq!(session.step(Input::Tick, at(1_700)), [Effect::Warn(Warning::End(at(2_000)))]);
    assert_eq!(session.step(Input::Tick, at(2_000)), [Effect::Close(Ending::WindowEnd)]);
}

#[test]
fn a_clock_that_jumps_back_gives_nothing() {
    let mut session = Session::open(terms(1_000, 600), START);
    session.step(Input::Tick, at(500));
    assert_eq!(session.step(data(ChannelKind::Shell, Side::Equipment), at(0)), []);
    assert_eq!(session.step(Input::Tick, at(600)), [Effect::Close(Ending::Idle)]);
}

#[test]
fn pause_and_presence() {
    let mut session = Session::open(terms(1_000, 600), START);
    let person: vocab::PersonId = "w.ward".parse().unwrap();
    assert_eq!(session.step(Input::Joined(person.clone(), Part::Watcher), at(1)), []);
    session.step(Input::Joined(person.clone(), Part::Watcher), at(2));
    assert_eq!(session.participants().in_part(Part::Watcher).count(), 1);
    assert_eq!(session.step(Input::Pause, at(3)), [Effect::Hold]);
    assert_eq!(session.step(Input::Pause, at(4)), []);
    assert_eq!(session.step(Input::Resume, at(5)), [Effect::Release]);
    assert_eq!(session.step(Input::Resume, at(6)), []);
    session.step(Input::Left(person, Part::Watcher), at(7));
    assert_eq!(session.participants().in_part(Part::Watcher).count(), 0);
}

#[test]
fn every_reason_closes_with_its_own_ending() {
    let rows = [
        (Close::Cut, Ending::Cut),
        (Close::Refused, Ending::NoLongerPermitted),
        (Close::RecordingLost, Ending::RecordingLost),
        (Close::StoreLost, Ending::StoreLost),
        (Close::GateStops, Ending::GateStopped),
    ];
    for (why, ending) in rows {
        let mut session = Session::open(terms(1_000, 600), START);
        assert_eq!(session.step(Input::Close(why), at(1)), [Effect::Close(ending)]);
        assert_eq!(session.ended(), Some(ending));
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    let kind = prop_oneof![Just(ChannelKind::Shell), Just(ChannelKind::Exec), Just(ChannelKind::Transfer)];
    let side = prop_oneof![Just(Side::Technician), Just(Side::Equipment)];
    let close = prop_oneof![
        Just(Close::Cut),
        Just(Close::Refused),
        Just(Close::RecordingLost),
        Just(Close::StoreLost)
    ];
    prop_oneof![
        4 => (kind, side).prop_map(|(kind, side)| data(kind, side)),
        4 => Just(Input::Tick),
        1 => (0u64..5_000, 1u64..1_000).prop_map(|(end, idle)| Input::Terms(terms(end, idle))),
        1 => (0u64..5_000).prop_map(|until| Input::LongOperation(at(until))),
        1 => close.prop_map(Input::Close),
        1 => Just(Input::LegClosed(Ending::Finished)),
        1 => Just(Input::Pause),
        1 => Just(Input::Resume),
    ]
}

proptest! {
    /// It closes once; nothing comes after; nothing reopens it; it never lives beyond the end of its
    /// terms nor beyond the silence it may keep, wherever the clock jumps.
    #[test]
    fn a_closed_session_stays_closed(steps in prop::collection::vec((any_input(), 0u64..6_000), 0..60)) {
        let mut session = Session::open(terms(3_000, 600), START);
        let (mut closed, mut latest) = (false, START);
        for (input, secs) in steps {
            let effects = session.step(input, at(secs));
            latest = latest.max(at(secs));
            if closed {
                prop_assert!(effects.is_empty());
            }
            let closings = effects.iter().filter(|effect| matches!(effect, Effect::Close(_))).count();
            prop_assert!(closings <= 1);
            closed |= closings == 1;
            prop_assert_eq!(session.ended().is_some(), closed);
            if !closed {
                prop_assert!(latest < session.terms().ends_at || effects.iter().any(|e| matches!(e, Effect::Hold | Effect::Release)));
            }
        }
    }
}
