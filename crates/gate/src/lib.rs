//! The gate: the use cases, and the ports they need.
//!
//! A use case reads the clock once, reads one consistent snapshot of facts, asks `policy`, writes down what
//! it is about to do, and then does it. [`Gate::open`] is the way of a session; [`Gate::command`] are the
//! acts of people; [`Gate::start`] is what happens before the door opens.

mod acts;
mod assess;
mod backup;
mod badge;
mod bearer;
mod commands;
mod deadlines;
mod differences;
mod digest;
mod document;
mod filter;
mod flood;
mod given;
mod history;
mod holding;
mod jump;
mod live;
mod lockout;
mod logged;
mod login;
mod nameless;
mod notices;
mod observe;
mod open;
mod operator;
mod outbox;
mod outward;
mod overview;
mod papers;
mod person;
pub mod ports;
mod reading;
mod refuge;
mod retention;
mod rotation;
mod scribe;
mod share;
mod site;
mod stamps;
mod start;
mod streams;
mod supervise;
mod timekeeper;
pub mod traces;
mod treatment;
mod turned;
mod typed;

use std::sync::Arc;

use vocab::{BootId, EstablishmentId, GateId, Timestamp};

pub use assess::{Assessment, COMPARED_MAX, Entries, short, side_by_side, side_by_side_json, versions_of};
pub use backup::{Backup, LogState, Restored};
pub use badge::{Badge, ENROLMENT_EXTENSION, Shown};
pub use bearer::{
    ANSWERS_KEPT, Acted, Bearer, BearerRefused, ByToken, Found, Once, Page, REFUSALS_DAYS_MAX, Refusals,
    Register, TokenSeen, TraceAsked, Wish, Written,
};
pub use commands::{
    Call, Deed, NotDone, REPORT_MAX, Reply, Request, Role, SHEET_CODES, STDIN_MAX, When, Why, roles_of,
};
pub use deadlines::Deadlines;
pub use differences::{Detail, differences};
pub use document::{Printed, Wanted};
pub use given::Given;
pub use history::{HISTORY_KINDS, History, Unseen};
pub use holding::Holding;
pub use jump::Way;
pub use live::{Live, Order};
pub use logged::{Disclosed, Export, Grant, Logged, PaperRead, Removal, Stamped, Turn};
pub use login::{Known, LoginRefused};
pub use nameless::{Barred, NAMELESS_HOUR_MAX, NAMELESS_MAX, NAMELESS_SESSION_MAX};
pub use notices::{Addressed, Notice, NoticeText};
pub use observe::Agreed;
pub use open::{Opening, Refused};
pub use operator::Storing;
pub use outward::{Feed, FeedSeen, MailSeen};
pub use overview::{CutRefused, GateState, Seen, Watch};
pub use papers::{Checked, Filing, NotFiled};
pub use person::personal_page;
pub use reading::{NotRead, Tape, TracesRead};
pub use refuge::{Joined, Over, Refuge};
pub use retention::{Keeping, Ran};
pub use rotation::RotationOutcome;
pub use site::{Applied, CustodyChange, CustodyEvent, DossierChange, SiteChange};
pub use stamps::{Answered, Stamping, StampingSeen, ToStamp, Unstamped};
pub use start::{Parts, Settings, StartError};
pub use streams::{Crossed, Crossings, StreamEnd};

/// One gate of the deployment: everything behind the door.
pub struct Gate {
    pub(crate) name: GateId,
    pub(crate) boot: BootId,
    pub(crate) home: EstablishmentId,
    pub(crate) sessions_max: usize,
    /// The trace store is lost: what is written goes to the emergency journal.
    pub(crate) refuge: bool,
    pub(crate) clock: Arc<dyn ports::Clock>,
    pub(crate) entropy: Arc<dyn ports::Entropy>,
    pub(crate) store: Arc<dyn ports::Store>,
    pub(crate) journals: Arc<dyn ports::Journals>,
    pub(crate) recordings: Arc<dyn ports::Recordings>,
    pub(crate) vault: Arc<dyn ports::Vault>,
    pub(crate) rotator: Arc<dyn ports::Rotator>,
    pub(crate) quarantine: holding::Quarantine,
    pub(crate) tickets: Arc<dyn ports::Tickets>,
    pub(crate) scribe: scribe::Scribe,
    pub(crate) acts: Arc<acts::Acts>,
    /// Held from reading what is known of keys and second factors to writing it: they change one at a time.
    pub(crate) people: tokio::sync::Mutex<()>,
    /// Held from reading an intervention to writing an opening on it: many that open at once never take it from each
    /// other.
    pub(crate) openings: tokio::sync::Mutex<()>,
    /// Those whose new second factor has its number and is not drawn yet: the former one logs them in no more.
    pub(crate) drawing: std::sync::Mutex<std::collections::BTreeSet<vocab::PersonId>>,
    pub(crate) lockouts: lockout::Lockouts,
    /// Wrong codes of printed sheets.
    pub(crate) voices: lockout::Lockouts,
    pub(crate) flood: flood::Flood,
    /// Tokens that proved nothing.
    pub(crate) token_flood: flood::Flood,
    /// What belongs to no session waits in this share.
    pub(crate) share: share::Share,
    /// Ends that could not be written yet.
    pub(crate) unended: supervise::Unended,
    pub(crate) timekeeper: timekeeper::Timekeeper,
    pub(crate) turned: turned::Turned,
    pub(crate) sessions: live::Register,
    pub(crate) rotations: rotation::Rotations,
    /// What people carried without a name in the last hour.
    pub(crate) hours: nameless::Hours,
    /// Documents that are kept.
    pub(crate) papers: Arc<dyn ports::Papers>,
    /// Emergency journals that were laid aside.
    pub(crate) asides: Arc<dyn ports::Asides>,
    /// Most bytes of them in one establishment.
    pub(crate) papers_max: u64,
    /// Held while one is taken: each has up to three copies of its bytes in memory, and their sum is reckoned.
    pub(crate) filing: tokio::sync::Mutex<()>,
    /// Those that are given out at the door at once.
    pub(crate) giving: Arc<tokio::sync::Semaphore>,
    /// Held from reading what may go to removing it, and while a hold is placed: nothing that somebody holds goes meanwhile.
    pub(crate) retaining: tokio::sync::Mutex<()>,
    /// What is to be assessed, and when.
    pub(crate) agenda: Arc<assess::Agenda>,
    /// The moment that the last known backup shows, in microseconds; the earliest there is: none is known.
    pub(crate) last_backup: std::sync::atomic::AtomicI64,
    /// The logs on their way to receivers outside.
    pub(crate) feeds: std::sync::Mutex<Vec<Arc<Feed>>>,
    /// The logs that an authority stamps.
    pub(crate) stampings: std::sync::Mutex<Vec<Arc<Stamping>>>,
    /// Mails that wait, and those that were given up since the start; `None`: none are sent.
    pub(crate) mail: std::sync::Mutex<std::collections::BTreeMap<EstablishmentId, MailSeen>>,
}

impl Gate {
    /// The moment whose facts count: now, or that of the newest act when the clock was put back behind it. What was
    /// stopped or taken away does not come back with the clock.
    pub fn moment(&self) -> Timestamp {
        self.as_of(self.clock.now())
    }

    /// The same for a moment that was read already.
    pub(crate) fn as_of(&self, now: Timestamp) -> Timestamp {
        now.max(self.acts.newest())
    }
}
