//! What a session is told.

use vocab::{PersonId, Right, Source, Terms, Timestamp};

/// The edge's number of a channel, unique while the session lives.
pub type ChannelId = u32;

/// The edge's number of a participant, unique while the session lives.
pub type ParticipantId = u32;

/// What a channel carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChannelKind {
    /// A shell with or without a terminal: the only kind that is interactive.
    Shell,
    /// One command.
    Exec,
    /// The `sftp` subsystem.
    Sftp,
    /// The old copy protocol.
    Scp,
}

impl ChannelKind {
    /// Whether sentences may be shown in it while it lives: never inside a command or a transfer.
    pub const fn is_interactive(self) -> bool {
        matches!(self, Self::Shell)
    }

    /// Whether bytes from this leg are application data that keeps the session from being idle.
    pub(crate) const fn counts(self, from: Leg) -> bool {
        !matches!((self, from), (Self::Shell, Leg::Equipment))
    }

    /// Whether a channel that was opened under the terms `old` may go on under `new`. A transfer knows from its
    /// beginning whether files may leave, and what becomes of those that come: when that changes, it ends.
    pub(crate) fn survives(self, old: &Terms, new: &Terms) -> bool {
        let kept = |right: Right| new.rights.has(right) || !old.rights.has(right);
        let leaves = new.may_take_out || !old.may_take_out;
        let takes = new.uploads == old.uploads;
        match self {
            Self::Shell => new.rights.has(Right::Shell),
            Self::Exec => new.rights.has(Right::Exec) && kept(Right::Bulk),
            Self::Sftp => {
                let takes = takes || !old.rights.has(Right::SftpWrite);
                kept(Right::SftpRead) && kept(Right::SftpWrite) && leaves && takes
            }
            Self::Scp => new.rights.has(Right::Scp) && leaves && takes,
        }
    }
}

/// One of the two connections that a session is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leg {
    /// From the technician to the gate.
    Technician,
    /// From the gate to the equipment.
    Equipment,
}

/// What somebody is in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Works in it.
    Technician,
    /// Sees it, and cannot act in it.
    Watcher,
    /// The beneficiary, who is in control of an assistance.
    Beneficiary,
}

/// Who acts on a session from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person who proved who he is.
    Person(PersonId),
    /// Whoever has the gate's machine; may cut, never approve.
    HostOperator,
}

/// What can no longer be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The session can no longer be recorded (T11).
    Recording,
    /// The trace store can no longer be written, and no derogation allows a local journal (T11).
    Store,
    /// One leg took nothing for too long.
    Stalled(Leg),
    /// One side broke its protocol.
    Violation,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Only time passed.
    Tick,
    /// A channel was opened and its right was checked.
    ChannelOpened {
        /// Its number.
        channel: ChannelId,
        /// What it carries.
        kind: ChannelKind,
    },
    /// A channel is over; the session lives on.
    ChannelClosed {
        /// Its number.
        channel: ChannelId,
    },
    /// Application data passed on a channel. The edge may tell it as rarely as once a second.
    Activity {
        /// The channel; an unknown one is no activity.
        channel: ChannelId,
        /// Who sent it.
        from: Leg,
        /// How much; 0 (an empty message) is no activity.
        bytes: u64,
    },
    /// The decision was asked again and was yes, with these terms. They hold as they are: what may move
    /// an end, and how often, was decided there.
    TermsChanged(Terms),
    /// Somebody extends the window. Accepted once, and by no more than the terms permit.
    Extend {
        /// Until when.
        until: Timestamp,
        /// Who.
        by: PersonId,
        /// Why; an extension without a reason is declined.
        reason: String,
    },
    /// The decision was asked again and was no.
    Refused {
        /// The rules by which it was no.
        why: Vec<Source>,
    },
    /// Somebody cuts the session.
    Kill {
        /// Who.
        by: Actor,
        /// Why.
        why: String,
    },
    /// A leg was closed from its far end.
    LegClosed {
        /// Which.
        leg: Leg,
        /// In order (end of the command, logout), and not by a broken connection.
        in_order: bool,
    },
    /// Something can no longer be done.
    Failed(Failure),
    /// The gate is being stopped in order.
    GateStopping,
    /// An operation that will be silent for long is declared. Silence does not cut until then, and not
    /// beyond the end of the session.
    LongOperation {
        /// Until when.
        until: Timestamp,
        /// Why; without a reason it is declined.
        reason: String,
    },
    /// Somebody takes part.
    Joined {
        /// The edge's number for this presence.
        participant: ParticipantId,
        /// Who.
        person: PersonId,
        /// As what.
        role: Role,
    },
    /// Somebody is gone.
    Left {
        /// The edge's number for this presence.
        participant: ParticipantId,
    },
    /// The technician's hands are held (by the beneficiary of an assistance). Nothing is idle meanwhile.
    Pause {
        /// Who.
        by: Actor,
    },
    /// They are free again.
    Resume {
        /// Who.
        by: Actor,
    },
}
