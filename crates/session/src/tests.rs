//! Timelines by example, and what holds for every timeline.

use std::time::Duration;

use proptest::prelude::*;
use vocab::{Ending, HouseRule, PersonId, Right, Rights, RuleId, Source, Terms, Timestamp};

use super::*;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

/// An hour, ten minutes of idleness, warned one minute before; the end is warned five minutes before.
fn terms() -> Terms {
    Terms {
        uploads: vocab::Uploads::Tap,
        ends_at: at(3600),
        warn_end: Duration::from_secs(300),
        idle: Duration::from_secs(600),
        warn_idle: Duration::from_secs(60),
        rights: Right::ALL.into_iter().collect(),
        extension: Some(Duration::from_secs(1800)),
        record_typed: false,
        may_take_out: true,
    }
}

fn person(name: &str) -> PersonId {
    name.parse().unwrap()
}

fn code(effect: &Effect) -> String {
    match effect {
        Effect::Warn { channels, notice } => format!("warn {} {channels:?}", notice.key()),
        Effect::CloseChannels(channels) => format!("close-channels {channels:?}"),
        Effect::HoldInput => "hold".to_owned(),
        Effect::ReleaseInput => "release".to_owned(),
        Effect::Close { ending, notice } => {
            format!("close {} {}", ending.as_str(), notice.as_ref().map_or("-", Notice::key))
        }
        Effect::Declined(why) => format!("declined {why:?}"),
        Effect::Mark(mark) => match mark {
            Mark::IdleWarned { closes_at } => format!("mark idle-warned {}", closes_at.as_secs()),
            Mark::EndWarned { ends_at } => format!("mark end-warned {}", ends_at.as_secs()),
            Mark::Extended { until, .. } => format!("mark extended {}", until.as_secs()),
            Mark::TermsChanged { ends_at } => format!("mark terms {}", ends_at.as_secs()),
            Mark::LongOperation { until, .. } => format!("mark long {}", until.as_secs()),
            Mark::Joined { participant, role, .. } => format!("mark joined {participant} {role:?}"),
            Mark::Left { participant, role, .. } => format!("mark left {participant} {role:?}"),
            Mark::Paused { .. } => "mark paused".to_owned(),
            Mark::Resumed { .. } => "mark resumed".to_owned(),
            Mark::Ended { ending, by, why, rules } => {
                let rules: Vec<String> = rules.iter().map(|rule| rule.code()).collect();
                format!(
                    "mark ended {} {} {why:?} {rules:?}",
                    ending.as_str(),
                    if by.is_some() { "by" } else { "-" }
                )
            }
        },
    }
}

/// Plays inputs at seconds; each with the codes of its effects.
fn check(terms: Terms, timeline: &[(i64, Input, &[&str])]) {
    let (mut session, opening) = Session::open(terms, at(0));
    assert_eq!(opening, []);
    for (step, (secs, input, expected)) in timeline.iter().enumerate() {
        let effects: Vec<String> = session.handle(input.clone(), at(*secs)).iter().map(code).collect();
        assert_eq!(&effects, expected, "step {step}: {input:?} at {secs}");
    }
}

fn opened(channel: ChannelId, kind: ChannelKind) -> Input {
    Input::ChannelOpened { channel, kind }
}

fn bytes(channel: ChannelId, from: Leg) -> Input {
    Input::Activity { channel, from, bytes: 1 }
}

fn extend(until: i64, reason: &str) -> Input {
    Input::Extend { until: at(until), by: person("c.petit"), reason: reason.to_owned() }
}

fn long(until: i64, reason: &str) -> Input {
    Input::LongOperation { until: at(until), reason: reason.to_owned() }
}

use ChannelKind::{Exec, Scp, Sftp, Shell};
use Input::Tick;
use Leg::{Equipment, Technician};

const IDLE: &[&str] = &["close idle session.idle", "mark ended idle - \"\" []"];
const END: &[&str] = &["close window-end session.window-end", "mark ended window-end - \"\" []"];

#[test]
fn idle_in_a_shell_is_what_nobody_types() {
    check(
        terms(),
        &[
            (0, opened(1, Shell), &[]),
            (500, bytes(1, Technician), &[]),
            // What the equipment shows does not count, nor do empty messages and unknown channels.
            (900, bytes(1, Equipment), &[]),
            (901, Input::Activity { channel: 1, from: Technician, bytes: 0 }, &[]),
            (902, bytes(7, Technician), &[]),
            (1039, Tick, &[]),
            (1040, Tick, &["warn session.idle-soon [1]", "mark idle-warned 1100"]),
            (1041, Tick, &[]),
            (1099, bytes(1, Technician), &[]),
            (1638, Tick, &[]),
            (1639, Tick, &["warn session.idle-soon [1]", "mark idle-warned 1699"]),
            (1699, bytes(1, Technician), IDLE),
            (1700, bytes(1, Technician), &[]),
        ],
    );
}

#[test]
fn in_commands_and_transfers_bytes_count_either_way() {
    for kind in [Exec, Sftp, Scp] {
        for from in [Technician, Equipment] {
            check(
                terms(),
                &[
                    (0, opened(1, kind), &[]),
                    (599, bytes(1, from), &["warn session.idle-soon []", "mark idle-warned 600"]),
                    (1138, Tick, &[]),
                    // A warning never enters a command or a transfer.
                    (1139, Tick, &["warn session.idle-soon []", "mark idle-warned 1199"]),
                    (1199, Tick, IDLE),
                ],
            );
        }
    }
}

#[test]
fn a_declared_long_operation_is_not_cut() {
    check(
        terms(),
        &[
            (0, opened(1, Shell), &[]),
            (10, long(2000, " "), &["declined NoReason"]),
            (10, long(10, "restore"), &["declined NotAhead"]),
            (10, long(2000, "restore"), &["mark long 2000"]),
            (60, long(2000, "restore"), &["declined NoChange"]),
            (2000, Tick, &[]),
            (2539, Tick, &[]),
            (2540, Tick, &["warn session.idle-soon [1]", "mark idle-warned 2600"]),
            (2600, Tick, IDLE),
        ],
    );
    // Not beyond the end of the window.
    check(
        terms(),
        &[
            (10, long(9999, "restore"), &["mark long 3600"]),
            (3599, Tick, &["warn session.end-soon []", "mark end-warned 3600"]),
            (3600, Tick, END),
        ],
    );
}

#[test]
fn the_window_ends_and_may_be_extended_once() {
    let warned: &[&str] = &["warn session.end-soon [1]", "mark end-warned 3600"];
    let keep = Input::TermsChanged(Terms { idle: Duration::from_secs(90_000), ..terms() });
    check(
        terms(),
        &[
            (0, opened(1, Shell), &[]),
            (1, keep.clone(), &["mark terms 3600"]),
            (2, keep, &[]),
            (3299, Tick, &[]),
            (3300, Tick, warned),
            (3301, extend(3600, "late"), &["declined NotAhead"]),
            (3301, extend(5401, "late"), &["declined TooLong"]),
            (3301, extend(5400, ""), &["declined NoReason"]),
            (3301, extend(5400, "late"), &["mark extended 5400"]),
            (3302, extend(5401, "late again"), &["declined AlreadyExtended"]),
            (5099, Tick, &[]),
            (5100, Tick, &["warn session.end-soon [1]", "mark end-warned 5400"]),
            (5400, extend(9000, "too late"), END),
            (5401, Tick, &[]),
        ],
    );
    check(
        Terms { extension: None, idle: Duration::from_secs(9000), ..terms() },
        &[
            (1, extend(3700, "late"), &["declined NoExtension"]),
            (
                3600,
                Tick,
                &[
                    "warn session.end-soon []",
                    "mark end-warned 3600",
                    "close window-end session.window-end",
                    "mark ended window-end - \"\" []",
                ],
            ),
        ],
    );
}

#[test]
fn the_decision_changes_terms_or_turns_to_no() {
    let fewer: Rights = [Right::Shell, Right::SftpRead].into_iter().collect();
    check(
        terms(),
        &[
            (0, opened(1, Shell), &[]),
            (0, opened(2, Exec), &[]),
            (0, opened(3, Sftp), &[]),
            (0, opened(4, Scp), &[]),
            (
                1,
                Input::TermsChanged(Terms { rights: fewer, ..terms() }),
                &["close-channels [2, 3, 4]", "mark terms 3600"],
            ),
            // An earlier end is warned of at once.
            (
                2,
                Input::TermsChanged(Terms { ends_at: at(200), rights: fewer, ..terms() }),
                &["mark terms 200", "warn session.end-soon [1]", "mark end-warned 200"],
            ),
            (
                3,
                Input::Refused { why: vec![Source::Guide(RuleId::O3), Source::House(HouseRule::ALL[0])] },
                &[
                    "close no-longer-permitted session.no-longer-permitted",
                    &format!(
                        "mark ended no-longer-permitted - \"\" [\"O3\", \"{}\"]",
                        Source::House(HouseRule::ALL[0]).code()
                    ),
                ],
            ),
            (4, Input::Kill { by: Actor::HostOperator, why: "x".to_owned() }, &[]),
        ],
    );
    check(
        terms(),
        &[(
            5,
            Input::TermsChanged(Terms { ends_at: at(5), ..terms() }),
            &[
                "mark terms 5",
                "warn session.end-soon []",
                "mark end-warned 5",
                "close window-end session.window-end",
                "mark ended window-end - \"\" []",
            ],
        )],
    );
}

/// A transfer that was begun unheld would go on so.
#[test]
fn what_becomes_of_uploads_changes_for_channels_that_are_open_too() {
    for uploads in [vocab::Uploads::Hold, vocab::Uploads::Off] {
        let changed = Terms { uploads, ..terms() };
        check(
            terms(),
            &[
                (0, opened(1, Shell), &[]),
                (0, opened(2, Exec), &[]),
                (0, opened(3, Sftp), &[]),
                (0, opened(4, Scp), &[]),
                (1, Input::TermsChanged(changed.clone()), &["close-channels [3, 4]", "mark terms 3600"]),
                (1, opened(5, Sftp), &[]),
                (2, Input::TermsChanged(changed), &[]),
            ],
        );
        // Who only reads is not concerned.
        let reads = Terms { rights: [Right::SftpRead].into_iter().collect(), ..terms() };
        let changed = Input::TermsChanged(Terms { uploads, ..reads.clone() });
        check(reads, &[(0, opened(3, Sftp), &[]), (1, changed, &["mark terms 3600"])]);
    }
}

#[test]
fn every_way_to_end() {
    let left = |leg, in_order| Input::LegClosed { leg, in_order };
    for (input, close, ended) in [
        (left(Technician, true), "finished -", "finished -"),
        (left(Technician, false), "connection-lost -", "connection-lost -"),
        (left(Equipment, true), "equipment-closed -", "equipment-closed -"),
        (left(Equipment, false), "equipment-closed session.equipment-closed", "equipment-closed -"),
        (Input::Failed(Failure::Recording), "recording-lost session.recording-lost", "recording-lost -"),
        (Input::Failed(Failure::Store), "store-lost session.store-lost", "store-lost -"),
        (Input::Failed(Failure::Stalled(Equipment)), "stalled session.stalled", "stalled -"),
        (Input::Failed(Failure::Violation), "violation session.violation", "violation -"),
        (Input::GateStopping, "gate-stopped session.gate-stopped", "gate-stopped -"),
    ] {
        check(
            terms(),
            &[
                (1, input, &[&format!("close {close}"), &format!("mark ended {ended} \"\" []")]),
                (2, Tick, &[]),
            ],
        );
    }
    let kill = Input::Kill { by: Actor::Person(person("l.moreau")), why: "incident".to_owned() };
    check(terms(), &[(1, kill, &["close cut session.cut", "mark ended cut by \"incident\" []"])]);
}

#[test]
fn who_takes_part_and_pause() {
    let join = |participant, role| Input::Joined { participant, person: person("x"), role };
    let by = Actor::Person(person("b"));
    check(
        terms(),
        &[
            (0, opened(1, Shell), &[]),
            (0, opened(1, Exec), &["declined TooMany"]),
            (0, join(1, Role::Technician), &["mark joined 1 Technician"]),
            (1, join(2, Role::Watcher), &["mark joined 2 Watcher"]),
            (1, join(2, Role::Beneficiary), &["declined TooMany"]),
            (2, Input::Left { participant: 2 }, &["mark left 2 Watcher"]),
            (2, Input::Left { participant: 2 }, &[]),
            (3, Input::Resume { by: by.clone() }, &["declined NoChange"]),
            (3, Input::Pause { by: by.clone() }, &["hold", "mark paused"]),
            (3, Input::Pause { by: by.clone() }, &["declined NoChange"]),
            // Nobody is idle while his hands are held; the window ends all the same.
            (2000, bytes(1, Technician), &[]),
            (2001, Input::Resume { by: by.clone() }, &["release", "mark resumed"]),
            (2541, Tick, &["warn session.idle-soon [1]", "mark idle-warned 2601"]),
            (2542, Input::Pause { by }, &["hold", "mark paused"]),
            (
                3600,
                Tick,
                &[
                    "warn session.end-soon [1]",
                    "mark end-warned 3600",
                    "close window-end session.window-end",
                    "mark ended window-end - \"\" []",
                ],
            ),
        ],
    );
}

#[test]
fn a_session_opened_too_late_ends_at_once() {
    let (session, effects) = Session::open(terms(), at(3600));
    assert_eq!(session.ending(), Some(Ending::WindowEnd));
    assert_eq!(session.next_deadline(), None);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Close { .. })));
    let (session, effects) = Session::open(terms(), at(3400));
    assert_eq!((session.ending(), effects.len()), (None, 2), "warned at once");
    assert_eq!(session.next_deadline(), Some(at(3600)));
}

#[test]
fn sentences_are_there_in_both_languages() {
    let secs = Duration::from_secs;
    for (notice, fr, en) in [
        (Notice::IdleSoon { closes_in: secs(60) }, "dans 60 secondes", "in 60 seconds"),
        (Notice::IdleSoon { closes_in: secs(1) }, "dans 1 seconde.", "in 1 second."),
        (Notice::EndSoon { ends_in: secs(300), extension: true }, "dans 5 minutes", "extension"),
        (Notice::Idle { after: secs(901) }, "16 minutes", "16 minutes"),
        (Notice::NoLongerPermitted { why: vec![Source::Guide(RuleId::C6)] }, "(C6)", "(C6)"),
        (Notice::NoLongerPermitted { why: Vec::new() }, "autorisée.", "permitted."),
        (Notice::GateStopped, "s'arrête", "stopping"),
    ] {
        let text = notice.text();
        assert!(text.fr.contains(fr) && text.en.contains(en), "{text:?}");
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    let kind = prop_oneof![Just(Shell), Just(Exec), Just(Sftp), Just(Scp)];
    let leg = prop_oneof![Just(Technician), Just(Equipment)];
    let by = || Just(Actor::HostOperator);
    prop_oneof![
        8 => Just(Tick),
        4 => (0..4u32, kind).prop_map(|(channel, kind)| opened(channel, kind)),
        2 => (0..4u32).prop_map(|channel| Input::ChannelClosed { channel }),
        8 => (0..4u32, leg, 0..3u64).prop_map(|(channel, from, bytes)| Input::Activity { channel, from, bytes }),
        2 => (0..6000i64, any::<u8>(), any::<bool>()).prop_map(|(ends_at, rights, extension)| {
            let rights = Right::ALL.into_iter().enumerate().filter(|(bit, _)| rights >> bit & 1 == 1);
            Input::TermsChanged(Terms {
                ends_at: at(ends_at),
                rights: rights.map(|(_, right)| right).collect(),
                extension: extension.then_some(Duration::from_secs(900)),
                ..terms()
            })
        }),
        2 => (0..8000i64).prop_map(|until| extend(until, "late")),
        2 => (0..8000i64).prop_map(|until| long(until, "restore")),
        1 => Just(Input::Pause { by: Actor::HostOperator }),
        1 => by().prop_map(|by| Input::Resume { by }),
        1 => (0..3u32).prop_map(|participant| Input::Joined { participant, person: person("x"), role: Role::Watcher }),
        1 => (0..3u32).prop_map(|participant| Input::Left { participant }),
    ]
}

fn any_end() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(Input::Kill { by: Actor::HostOperator, why: String::new() }),
        Just(Input::Refused { why: Vec::new() }),
        Just(Input::GateStopping),
        Just(Input::Failed(Failure::Recording)),
        Just(Input::LegClosed { leg: Equipment, in_order: true }),
    ]
}

/// What a relay does with channels, as far as the machine hears of it.
#[derive(Debug, Clone)]
enum Deed {
    Open(ChannelKind),
    /// Closes one of those that are open, or one that never was.
    Close(prop::sample::Index),
    Rights(Vec<Right>),
    Stray,
}

fn any_deed() -> impl Strategy<Value = Deed> {
    let kind = prop::sample::select(vec![
        ChannelKind::Shell,
        ChannelKind::Exec,
        ChannelKind::Sftp,
        ChannelKind::Scp,
    ]);
    prop_oneof![
        12 => kind.prop_map(Deed::Open),
        5 => any::<prop::sample::Index>().prop_map(Deed::Close),
        1 => proptest::collection::vec(prop::sample::select(Right::ALL.to_vec()), 0..6).prop_map(Deed::Rights),
        1 => Just(Deed::Stray),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Closing comes once, after its warning where time closes; its mark is the last effect of all.
    #[test]
    fn closing_is_final(
        before in proptest::collection::vec((any_input(), -20..200i64), 0..60),
        end in any_end(),
        after in proptest::collection::vec((any_input(), -200..2000i64), 1..30),
    ) {
        let (mut session, mut all) = Session::open(terms(), at(0));
        let mut now = 0;
        for (input, step) in before.into_iter().chain([(end, 0)]) {
            now += step;
            let shells = session.interactive_channels();
            let effects = session.handle(input.clone(), at(now));
            for effect in &effects {
                if let Effect::Warn { channels, .. } = effect {
                    let may = |channel: &ChannelId| shells.contains(channel) || input == opened(*channel, Shell);
                    prop_assert!(channels.iter().all(may), "warned {:?}, shells {:?}", channels, shells);
                }
            }
            all.extend(effects);
        }
        let ending = session.ending();
        prop_assert!(ending.is_some());
        for (input, step) in after {
            now += step;
            prop_assert_eq!(session.handle(input, at(now)), vec![]);
            prop_assert_eq!(session.ending(), ending);
            prop_assert_eq!(session.next_deadline(), None);
        }
        let closes = all.iter().filter(|effect| matches!(effect, Effect::Close { .. })).count();
        prop_assert_eq!(closes, 1);
        let last_is_the_mark = matches!(all.last(), Some(Effect::Mark(Mark::Ended { .. })));
        prop_assert!(last_is_the_mark);
        let warned = |key: &str| all.iter().any(|effect| matches!(effect, Effect::Warn { notice, .. } if notice.key() == key));
        match ending {
            Some(Ending::Idle) => prop_assert!(warned("session.idle-soon")),
            Some(Ending::WindowEnd) => prop_assert!(warned("session.end-soon")),
            _ => {}
        }
    }

    /// A clock that goes backwards gives nobody more time than one that stands still.
    #[test]
    fn time_going_backwards_extends_nothing(steps in proptest::collection::vec((any_input(), 0..300i64, any::<bool>()), 0..60)) {
        let (mut straight, _) = Session::open(terms(), at(0));
        let (mut jumping, _) = Session::open(terms(), at(0));
        let mut now = 0;
        for (input, step, back) in steps {
            now += step;
            let _ = straight.handle(Tick, at(now));
            let _ = jumping.handle(Tick, at(now));
            let told = if back { now - 5000 } else { now };
            prop_assert_eq!(straight.handle(input.clone(), at(now)), jumping.handle(input, at(told)));
            prop_assert_eq!(straight.ending(), jumping.ending());
            prop_assert_eq!(straight.next_deadline(), jumping.next_deadline());
        }
    }

    /// Whoever obeys the deadlines alone lives no longer than the end, and is woken seldom.
    #[test]
    fn deadlines_lead_to_the_end(inputs in proptest::collection::vec(any_input(), 0..20)) {
        let (mut session, _) = Session::open(terms(), at(0));
        for input in inputs {
            let _ = session.handle(input, at(1));
        }
        let mut woken = 0;
        while let Some(deadline) = session.next_deadline() {
            woken += 1;
            prop_assert!(woken <= 4, "woken in vain");
            let _ = session.handle(Tick, deadline);
        }
        prop_assert!(session.ending().is_some());
    }

    /// One extension, however often it is asked for, and never beyond what the terms permit.
    #[test]
    fn one_extension(asks in proptest::collection::vec((0..9000i64, 0..100i64), 1..40)) {
        let keep = Terms { idle: Duration::from_secs(90_000), ..terms() };
        let (mut session, _) = Session::open(keep, at(0));
        let mut now = 0;
        let mut granted = 0;
        for (until, step) in asks {
            now += step;
            let effects = session.handle(extend(until, "late"), at(now));
            granted += effects.iter().filter(|effect| matches!(effect, Effect::Mark(Mark::Extended { .. }))).count();
            prop_assert!(session.terms().ends_at <= at(5400));
        }
        prop_assert!(granted <= 1);
    }

    /// In any order of openings, refusals and closings the machine knows the channels that the relay has: what
    /// it declines was never there, what it closes is gone on both sides.
    #[test]
    fn the_machines_channels_are_the_relays(deeds in proptest::collection::vec(any_deed(), 0..300)) {
        let (mut session, _) = Session::open(terms(), at(0));
        let (mut relay, mut next) = (std::collections::BTreeSet::new(), 0);
        for deed in deeds {
            let input = match &deed {
                Deed::Open(kind) => {
                    next += 1;
                    opened(next, *kind)
                }
                Deed::Close(_) if relay.is_empty() => continue,
                Deed::Close(which) => {
                    let open: Vec<ChannelId> = relay.iter().copied().collect();
                    let channel = *which.get(&open);
                    relay.remove(&channel);
                    Input::ChannelClosed { channel }
                }
                Deed::Rights(rights) => {
                    Input::TermsChanged(Terms { rights: rights.iter().copied().collect(), ..terms() })
                }
                Deed::Stray => Input::ChannelClosed { channel: u32::MAX },
            };
            let effects = session.handle(input, at(1));
            let declined = effects.contains(&Effect::Declined(Declined::TooMany));
            if matches!(deed, Deed::Open(_)) {
                prop_assert_eq!(declined, relay.len() >= MAX_CHANNELS);
                if !declined {
                    relay.insert(next);
                }
            }
            for effect in effects {
                if let Effect::CloseChannels(lost) = effect {
                    prop_assert!(lost.iter().all(|channel| relay.remove(channel)));
                }
            }
            prop_assert_eq!(session.channels().collect::<Vec<_>>(), relay.iter().copied().collect::<Vec<_>>());
        }
    }
}
