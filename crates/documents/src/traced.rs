//! All that the ledger has of one session: under which login, what was done, what was refused, who cut it.

use serde::{Deserialize, Serialize};

use crate::{Moment, Named};

/// A session as it is told to an auditor. What was typed or shown in a terminal is in the recording and not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traced {
    /// The entry of the login that it followed.
    pub login: Option<u64>,
    /// The technician's address.
    pub from: String,
    /// The fingerprint of his key.
    pub key: String,
    /// His second factor, in a word.
    pub second: String,
    /// The account on the equipment, whose secret was lent.
    pub account: Option<Noted>,
    /// The host key that the equipment showed, which was the pinned one.
    pub host_key: Option<Noted>,
    /// Who pinned that key, in words.
    pub pinned: String,
    /// Until when the permit reached.
    pub ends_at: Moment,
    /// Silence after which it closes, in seconds.
    pub idle_secs: u64,
    /// What was permitted, in words.
    pub rights: Vec<String>,
    /// Whether files might leave.
    pub may_take_out: bool,
    /// Digest of the facts that it was decided on, hexadecimal.
    pub facts: String,
    /// What was done and refused, in order; over a pack at most [`Traced::ACTS_MAX`], in one session [`Traced::OF_ONE_MAX`].
    pub acts: Vec<Act>,
    /// So much more, which the ledger has.
    pub acts_more: u64,
    /// Bytes from the technician that were refused.
    pub refused_in: u64,
    /// Bytes from the equipment that were refused.
    pub refused_out: u64,
    /// Why bytes were refused where no entry says it, in words; empty: none were.
    pub refused_why: String,
    /// Who cut it, and why.
    pub cut: Option<Cut>,
    /// The entry of its end.
    pub ended: Option<u64>,
    /// The entry that seals its recording.
    pub sealed: Option<u64>,
}

impl Traced {
    /// Most sessions of a pack that are told like this, the first ones: half a page each are 75 pages.
    pub const SESSIONS_MAX: usize = 150;
    /// Most acts told of all sessions of a pack: 2,000 lines are fifty pages.
    pub const ACTS_MAX: usize = 2_000;
    /// Most acts told of one session: 60 lines are a page and a half.
    pub const OF_ONE_MAX: usize = 60;
}

/// Something that an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noted {
    /// What.
    pub said: String,
    /// Its index.
    pub entry: u64,
}

/// Something that was done in a session, or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Its index.
    pub entry: u64,
    /// When.
    pub at: Moment,
    /// The number of the channel, in its session.
    pub channel: Option<u64>,
    /// What, in words: a command, a terminal, a file.
    pub what: String,
    /// The command that was asked for, the path; cut after 500 letters.
    pub said: Option<String>,
    /// SHA-256 of the content, hexadecimal.
    pub sha256: Option<String>,
    /// How it ended, in words; nothing says so.
    pub outcome: Option<String>,
    /// The index of the entry that says so, where it is another.
    pub ended: Option<u64>,
    /// Whether it was refused.
    pub refused: bool,
}

/// Who cut a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// Who.
    pub by: Named,
    /// Why, in his words.
    pub reason: String,
    /// Its index.
    pub entry: u64,
    /// When.
    pub at: Moment,
}
