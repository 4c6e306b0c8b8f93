//! What a session asks for.

use vocab::{Ending, PersonId, Source, Timestamp};

use crate::{Actor, ChannelId, Notice, ParticipantId, Role};

/// What is to be done, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Show a sentence in these channels, which are interactive: on their standard error, or as a line of
    /// their terminal. It never enters a command or a transfer. No channel, no effect on the wire.
    Warn {
        /// The open interactive channels.
        channels: Vec<ChannelId>,
        /// What to show.
        notice: Notice,
    },
    /// The terms no longer carry these channels: close them, in both legs.
    CloseChannels(Vec<ChannelId>),
    /// From here on nothing that the technician sends goes on.
    HoldInput,
    /// What the technician sends goes on again.
    ReleaseInput,
    /// Cut both legs. It comes once, and nothing comes after it but its mark.
    Close {
        /// How the session ended.
        ending: Ending,
        /// What to say at the end, on standard error or as the text of the disconnection; nothing where
        /// one side left by itself.
        notice: Option<Notice>,
    },
    /// Something worth an entry happened.
    Mark(Mark),
    /// What was asked for is not done.
    Declined(Declined),
}

/// What goes to the trace. The edge adds session, source and sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// The technician was warned of idleness.
    IdleWarned {
        /// When it will be cut.
        closes_at: Timestamp,
    },
    /// The technician was warned of the end of the window.
    EndWarned {
        /// When it ends.
        ends_at: Timestamp,
    },
    /// The end was moved by an extension.
    Extended {
        /// The new end.
        until: Timestamp,
        /// Who extended.
        by: PersonId,
        /// Why.
        reason: String,
    },
    /// The decision gave other terms.
    TermsChanged {
        /// The end under the new terms.
        ends_at: Timestamp,
    },
    /// A long operation was declared.
    LongOperation {
        /// Until when silence does not cut.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// Somebody takes part.
    Joined {
        /// The presence.
        participant: ParticipantId,
        /// Who.
        person: PersonId,
        /// As what.
        role: Role,
    },
    /// Somebody is gone.
    Left {
        /// The presence.
        participant: ParticipantId,
        /// Who.
        person: PersonId,
        /// As what.
        role: Role,
    },
    /// The technician's hands are held.
    Paused {
        /// By whom.
        by: Actor,
    },
    /// They are free again.
    Resumed {
        /// By whom.
        by: Actor,
    },
    /// The session is over.
    Ended {
        /// How.
        ending: Ending,
        /// Who ended it, when somebody did.
        by: Option<Actor>,
        /// Why, in the words of whoever ended it; empty otherwise.
        why: String,
        /// The rules by which the decision turned to no; empty otherwise.
        rules: Vec<Source>,
    },
}

/// Why something asked for is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declined {
    /// The terms permit no extension.
    NoExtension,
    /// The one extension was used.
    AlreadyExtended,
    /// Longer than the terms permit.
    TooLong,
    /// It does not lie ahead, or moves nothing.
    NotAhead,
    /// A reason is missing.
    NoReason,
    /// The number is in use, or there are too many.
    TooMany,
    /// It is so already.
    NoChange,
}
