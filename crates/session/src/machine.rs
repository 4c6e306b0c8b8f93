//! The machine itself.

use vocab::{Ending, PersonId, Terms, Timestamp};

use crate::{Part, Participants};

/// What a channel carries, as far as silence is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// A terminal: only what the technician types is life. A screen that refreshes itself is not.
    Shell,
    /// A command: bytes either way.
    Exec,
    /// Files: bytes either way.
    Transfer,
}

/// From which side application data came. Keep-alives, window adjustments and empty messages are no data
/// and never come here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The technician.
    Technician,
    /// The equipment.
    Equipment,
}

/// Application data crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Activity {
    /// On what kind of channel.
    pub kind: ChannelKind,
    /// From which side.
    pub side: Side,
}

impl Activity {
    /// Whether it counts against silence (T10).
    pub const fn counts(self) -> bool {
        matches!(
            (self.kind, self.side),
            (ChannelKind::Exec | ChannelKind::Transfer, _) | (_, Side::Technician)
        )
    }
}

/// Why a session has to close, as the world sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Close {
    /// Somebody cut it.
    Cut,
    /// Asked again, the decision was no.
    Refused,
    /// It cannot be recorded any longer.
    RecordingLost,
    /// The trace store cannot be written any longer.
    StoreLost,
    /// The gate stops in order.
    GateStops,
}

/// What comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Application data crossed.
    Activity(Activity),
    /// Time passes; at least once a second.
    Tick,
    /// The decision was asked again and is a yes under these terms: a new end, other rights.
    Terms(Terms),
    /// Until then silence is no reason to cut; never beyond the end of the terms.
    LongOperation(Timestamp),
    /// It has to close.
    Close(Close),
    /// A leg closed by itself, and so it ended.
    LegClosed(Ending),
    /// Somebody comes.
    Joined(PersonId, Part),
    /// Somebody leaves.
    Left(PersonId, Part),
    /// Nothing more may cross until it is resumed (the assisted person is away).
    Pause,
    /// It may go on.
    Resume,
}

/// Of what the technician is warned. Only a terminal is ever written to: never a transfer, never a
/// command's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Warning {
    /// Silence closes the session at this moment.
    Idle(Timestamp),
    /// The window ends at this moment.
    End(Timestamp),
}

/// What has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Tell the technician, in his terminal.
    Warn(Warning),
    /// Stop forwarding until `Resume`.
    Hold,
    /// Forward again.
    Release,
    /// Close both legs, and say it ended so. Comes once, and nothing after it.
    Close(Ending),
}

/// One session's life.
#[derive(Debug, Clone)]
pub struct Session {
    terms: Terms,
    participants: Participants,
    /// The latest moment seen.
    now: Timestamp,
    last_data: Timestamp,
    long_until: Timestamp,
    warned_idle: bool,
    /// The end that was warned of.
    warned_end: Option<Timestamp>,
    paused: bool,
    ended: Option<Ending>,
}

impl Session {
    /// A session that opens now under these terms.
    pub fn open(terms: Terms, now: Timestamp) -> Self {
        Self {
            terms,
            participants: Participants::default(),
            now,
            last_data: now,
            long_until: Timestamp::MIN,
            warned_idle: false,
            warned_end: None,
            paused: false,
            ended: None,
        }
    }

    /// The terms it lives under.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Who is there.
    pub fn participants(&self) -> &Participants {
        &self.participants
    }

    /// When application data that counts last crossed.
    pub fn last_data(&self) -> Timestamp {
        self.last_data
    }

    /// How it ended, when it did.
    pub fn ended(&self) -> Option<Ending> {
        self.ended
    }

    /// Takes one input. After its end a session does nothing any more.
    pub fn step(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        if self.ended.is_some() {
            return Vec::new();
        }
        self.now = self.now.max(now);
        match input {
            Input::Activity(activity) if activity.counts() => {
                self.last_data = self.now;
                self.warned_idle = false;
            }
            Input::Activity(_) | Input::Tick => {}
            Input::Terms(terms) => self.terms = terms,
            Input::LongOperation(until) => self.long_until = until,
            Input::Close(why) => return self.close(ending_of(why)),
            Input::LegClosed(ending) => return self.close(ending),
            Input::Joined(person, part) => {
                self.participants.join(person, part, self.now);
            }
            Input::Left(person, part) => self.participants.leave(&person, part),
            Input::Pause if !self.paused => {
                self.paused = true;
                return vec![Effect::Hold];
            }
            Input::Resume if self.paused => {
                self.paused = false;
                return vec![Effect::Release];
            }
            Input::Pause | Input::Resume => {}
        }
        self.time_passes()
    }

    fn time_passes(&mut self) -> Vec<Effect> {
        if self.now >= self.terms.ends_at {
            return self.close(Ending::WindowEnd);
        }
        let idle_at = self.idle_at();
        if self.now >= idle_at {
            return self.close(Ending::Idle);
        }
        let mut effects = Vec::new();
        if !self.warned_idle && self.now >= idle_at.before(self.terms.warn_idle) {
            self.warned_idle = true;
            effects.push(Effect::Warn(Warning::Idle(idle_at)));
        }
        let ends_at = self.terms.ends_at;
        if self.warned_end != Some(ends_at) && self.now >= ends_at.before(self.terms.warn_end) {
            self.warned_end = Some(ends_at);
            effects.push(Effect::Warn(Warning::End(ends_at)));
        }
        effects
    }

    /// When silence closes the session: after the agreed delay, or when a declared long operation is
    /// over, whichever is later. The end of the terms holds all the same.
    fn idle_at(&self) -> Timestamp {
        self.last_data.after(self.terms.idle).max(self.long_until)
    }

    fn close(&mut self, ending: Ending) -> Vec<Effect> {
        self.ended = Some(ending);
        vec![Effect::Close(ending)]
    }
}

const fn ending_of(why: Close) -> Ending {
    match why {
        Close::Cut => Ending::Cut,
        Close::Refused => Ending::NoLongerPermitted,
        Close::RecordingLost => Ending::RecordingLost,
        Close::StoreLost => Ending::StoreLost,
        Close::GateStops => Ending::GateStopped,
    }
}
