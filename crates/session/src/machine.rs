//! The state machine.

use std::collections::BTreeMap;
use std::time::Duration;

use vocab::{Ending, PersonId, Source, Terms, Timestamp};

use crate::{
    Actor, ChannelId, ChannelKind, Declined, Effect, Failure, Input, Leg, Mark, Notice, ParticipantId, Role,
};

/// Channels of one session: far above the 16 that a connection may open.
pub const MAX_CHANNELS: usize = 64;
/// Presences in one session.
pub const MAX_PARTICIPANTS: usize = 64;

/// One session from its opening to its end.
#[derive(Debug)]
pub struct Session {
    terms: Terms,
    /// The latest moment it was told. INVARIANT: never goes back.
    now: Timestamp,
    /// The last application data, or what stands for it (opening, resuming).
    active_at: Timestamp,
    /// Until when a declared operation may be silent.
    silent_until: Option<Timestamp>,
    idle_warned: bool,
    end_warned: bool,
    extended: bool,
    paused: bool,
    channels: BTreeMap<ChannelId, ChannelKind>,
    participants: BTreeMap<ParticipantId, (PersonId, Role)>,
    /// INVARIANT: once set it stays.
    ending: Option<Ending>,
}

impl Session {
    /// Opens a session. The effects may hold a warning already, or the end, when little or no time is left.
    pub fn open(terms: Terms, now: Timestamp) -> (Self, Vec<Effect>) {
        let mut session = Self {
            terms,
            now,
            active_at: now,
            silent_until: None,
            idle_warned: false,
            end_warned: false,
            extended: false,
            paused: false,
            channels: BTreeMap::new(),
            participants: BTreeMap::new(),
            ending: None,
        };
        let mut effects = Vec::new();
        session.look_at_time(&mut effects);
        (session, effects)
    }

    /// Takes note of what happened at `now`, and answers what is to be done. What time alone demands comes
    /// first: an extension or a key pressed after the end comes too late.
    #[must_use]
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.ending.is_some() {
            return effects;
        }
        self.now = self.now.max(now);
        self.look_at_time(&mut effects);
        if self.ending.is_none() {
            self.take(input, &mut effects);
            self.look_at_time(&mut effects);
        }
        effects
    }

    /// When the session wants to be told of the time at the latest. `None` once it is over.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.ending.is_some() {
            return None;
        }
        let end = if self.end_warned { self.terms.ends_at } else { self.end_warning_at() };
        let idle = if self.idle_warned { self.idle_at() } else { self.idle_warning_at() };
        Some(if self.paused { end } else { end.min(idle) })
    }

    /// How it ended, once it did.
    pub const fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// The terms in force.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Whether the technician's input is held.
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Who takes part, and as what.
    pub fn participants(&self) -> impl Iterator<Item = (ParticipantId, &PersonId, Role)> {
        self.participants.iter().map(|(id, (person, role))| (*id, person, *role))
    }

    /// The open channels.
    pub fn channels(&self) -> impl Iterator<Item = ChannelId> {
        self.channels.keys().copied()
    }

    /// The open channels in which a sentence may be shown.
    pub fn interactive_channels(&self) -> Vec<ChannelId> {
        self.channels.iter().filter(|(_, kind)| kind.is_interactive()).map(|(channel, _)| *channel).collect()
    }

    fn take(&mut self, input: Input, effects: &mut Vec<Effect>) {
        match input {
            Input::Tick => {}
            Input::ChannelOpened { channel, kind } => self.channel_opened(channel, kind, effects),
            Input::ChannelClosed { channel } => {
                self.channels.remove(&channel);
            }
            Input::Activity { channel, from, bytes } => self.activity(channel, from, bytes),
            Input::TermsChanged(terms) => self.terms_changed(terms, effects),
            Input::Extend { until, by, reason } => match self.extend(until, &reason) {
                Ok(()) => effects.push(Effect::Mark(Mark::Extended { until, by, reason })),
                Err(declined) => effects.push(Effect::Declined(declined)),
            },
            Input::Refused { why } => {
                let notice = Notice::NoLongerPermitted { why: why.clone() };
                self.close_with(Ending::NoLongerPermitted, Some(notice), (None, String::new(), why), effects);
            }
            Input::Kill { by, why } => {
                self.close_with(Ending::Cut, Some(Notice::Cut), (Some(by), why, Vec::new()), effects);
            }
            Input::LegClosed { leg, in_order } => self.leg_closed(leg, in_order, effects),
            Input::Failed(failure) => self.failed(failure, effects),
            Input::GateStopping => self.close(Ending::GateStopped, Some(Notice::GateStopped), effects),
            Input::LongOperation { until, reason } => self.long_operation(until, reason, effects),
            Input::Joined { participant, person, role } => self.joined(participant, person, role, effects),
            Input::Left { participant } => {
                if let Some((person, role)) = self.participants.remove(&participant) {
                    effects.push(Effect::Mark(Mark::Left { participant, person, role }));
                }
            }
            Input::Pause { by } => self.pause(true, by, effects),
            Input::Resume { by } => self.pause(false, by, effects),
        }
    }

    fn channel_opened(&mut self, channel: ChannelId, kind: ChannelKind, effects: &mut Vec<Effect>) {
        if self.channels.contains_key(&channel) || self.channels.len() >= MAX_CHANNELS {
            effects.push(Effect::Declined(Declined::TooMany));
            return;
        }
        self.channels.insert(channel, kind);
        self.active();
    }

    fn activity(&mut self, channel: ChannelId, from: Leg, bytes: u64) {
        let counts = self.channels.get(&channel).is_some_and(|kind| kind.counts(from));
        let held = self.paused && from == Leg::Technician;
        if bytes > 0 && counts && !held {
            self.active();
        }
    }

    fn active(&mut self) {
        self.active_at = self.now;
        self.idle_warned = false;
    }

    fn terms_changed(&mut self, terms: Terms, effects: &mut Vec<Effect>) {
        if terms == self.terms {
            return;
        }
        let old = std::mem::replace(&mut self.terms, terms);
        let lost: Vec<ChannelId> = self
            .channels
            .iter()
            .filter(|(_, kind)| !kind.survives(&old, &self.terms))
            .map(|(channel, _)| *channel)
            .collect();
        if !lost.is_empty() {
            self.channels.retain(|channel, _| !lost.contains(channel));
            effects.push(Effect::CloseChannels(lost));
        }
        if old.ends_at != self.terms.ends_at {
            self.end_warned = false;
        }
        if (old.idle, old.warn_idle) != (self.terms.idle, self.terms.warn_idle) {
            self.idle_warned = false;
        }
        effects.push(Effect::Mark(Mark::TermsChanged { ends_at: self.terms.ends_at }));
    }

    fn extend(&mut self, until: Timestamp, reason: &str) -> Result<(), Declined> {
        let most = self.terms.extension.ok_or(Declined::NoExtension)?;
        if self.extended {
            return Err(Declined::AlreadyExtended);
        }
        if reason.trim().is_empty() {
            return Err(Declined::NoReason);
        }
        if until <= self.terms.ends_at {
            return Err(Declined::NotAhead);
        }
        if until > self.terms.ends_at.after(most) {
            return Err(Declined::TooLong);
        }
        self.extended = true;
        self.end_warned = false;
        self.terms.ends_at = until;
        Ok(())
    }

    fn long_operation(&mut self, until: Timestamp, reason: String, effects: &mut Vec<Effect>) {
        if reason.trim().is_empty() {
            return effects.push(Effect::Declined(Declined::NoReason));
        }
        if until <= self.now {
            return effects.push(Effect::Declined(Declined::NotAhead));
        }
        let until = until.min(self.terms.ends_at);
        // The same declaration, read again with the facts at each recheck, is no new one.
        if self.silent_until == Some(until) {
            return effects.push(Effect::Declined(Declined::NoChange));
        }
        self.silent_until = Some(until);
        self.idle_warned = false;
        effects.push(Effect::Mark(Mark::LongOperation { until, reason }));
    }

    fn joined(
        &mut self,
        participant: ParticipantId,
        person: PersonId,
        role: Role,
        effects: &mut Vec<Effect>,
    ) {
        if self.participants.contains_key(&participant) || self.participants.len() >= MAX_PARTICIPANTS {
            return effects.push(Effect::Declined(Declined::TooMany));
        }
        self.participants.insert(participant, (person.clone(), role));
        effects.push(Effect::Mark(Mark::Joined { participant, person, role }));
    }

    fn pause(&mut self, pause: bool, by: Actor, effects: &mut Vec<Effect>) {
        if self.paused == pause {
            return effects.push(Effect::Declined(Declined::NoChange));
        }
        self.paused = pause;
        // Nobody was idle while his hands were held.
        self.active();
        effects.extend(if pause {
            [Effect::HoldInput, Effect::Mark(Mark::Paused { by })]
        } else {
            [Effect::ReleaseInput, Effect::Mark(Mark::Resumed { by })]
        });
    }

    fn leg_closed(&mut self, leg: Leg, in_order: bool, effects: &mut Vec<Effect>) {
        match (leg, in_order) {
            (Leg::Technician, true) => self.close(Ending::Finished, None, effects),
            (Leg::Technician, false) => self.close(Ending::ConnectionLost, None, effects),
            (Leg::Equipment, true) => self.close(Ending::EquipmentClosed, None, effects),
            (Leg::Equipment, false) => {
                self.close(Ending::EquipmentClosed, Some(Notice::EquipmentClosed), effects);
            }
        }
    }

    fn failed(&mut self, failure: Failure, effects: &mut Vec<Effect>) {
        match failure {
            Failure::Recording => self.close(Ending::RecordingLost, Some(Notice::RecordingLost), effects),
            Failure::Store => self.close(Ending::StoreLost, Some(Notice::StoreLost), effects),
            Failure::Stalled(_) => self.close(Ending::Stalled, Some(Notice::Stalled), effects),
            Failure::Violation => self.close(Ending::Violation, Some(Notice::Violation), effects),
        }
    }

    /// Does what the time demands: warn, then close. The end of the window comes before idleness.
    fn look_at_time(&mut self, effects: &mut Vec<Effect>) {
        if self.ending.is_some() {
            return;
        }
        self.look_at_end(effects);
        if self.ending.is_none() && !self.paused {
            self.look_at_idle(effects);
        }
    }

    fn look_at_end(&mut self, effects: &mut Vec<Effect>) {
        let ends_at = self.terms.ends_at;
        if !self.end_warned && self.now >= self.end_warning_at() {
            self.end_warned = true;
            let extension = self.terms.extension.is_some() && !self.extended;
            self.warn(Notice::EndSoon { ends_in: ends_at.since(self.now), extension }, effects);
            effects.push(Effect::Mark(Mark::EndWarned { ends_at }));
        }
        if self.now >= ends_at {
            self.close(Ending::WindowEnd, Some(Notice::WindowEnd), effects);
        }
    }

    fn look_at_idle(&mut self, effects: &mut Vec<Effect>) {
        let closes_at = self.idle_at();
        if !self.idle_warned && self.now >= self.idle_warning_at() {
            self.idle_warned = true;
            self.warn(Notice::IdleSoon { closes_in: closes_at.since(self.now) }, effects);
            effects.push(Effect::Mark(Mark::IdleWarned { closes_at }));
        }
        if self.now >= closes_at {
            self.close(Ending::Idle, Some(Notice::Idle { after: self.terms.idle }), effects);
        }
    }

    fn end_warning_at(&self) -> Timestamp {
        self.terms.ends_at.before(self.terms.warn_end)
    }

    /// From when silence counts: the last data, or the end of a declared long operation.
    fn silent_since(&self) -> Timestamp {
        self.silent_until.map_or(self.active_at, |until| until.max(self.active_at))
    }

    fn idle_at(&self) -> Timestamp {
        self.silent_since().after(self.terms.idle)
    }

    /// The warning comes at the earliest halfway: a longer lead would warn after every key.
    fn idle_warning_at(&self) -> Timestamp {
        let lead: Duration = self.terms.warn_idle.min(self.terms.idle / 2);
        self.idle_at().before(lead)
    }

    fn warn(&self, notice: Notice, effects: &mut Vec<Effect>) {
        let channels = self
            .channels
            .iter()
            .filter(|(_, kind)| kind.is_interactive())
            .map(|(channel, _)| *channel)
            .collect();
        effects.push(Effect::Warn { channels, notice });
    }

    fn close(&mut self, ending: Ending, notice: Option<Notice>, effects: &mut Vec<Effect>) {
        self.close_with(ending, notice, (None, String::new(), Vec::new()), effects);
    }

    fn close_with(
        &mut self,
        ending: Ending,
        notice: Option<Notice>,
        (by, why, rules): (Option<Actor>, String, Vec<Source>),
        effects: &mut Vec<Effect>,
    ) {
        self.ending = Some(ending);
        effects.push(Effect::Close { ending, notice });
        effects.push(Effect::Mark(Mark::Ended { ending, by, why, rules }));
    }
}
