//! The terms under which one session lives: all that the session's own machine sees of a permit.

use std::time::Duration;

use crate::{Rights, Timestamp};

/// The terms of one session, carried by its permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// When the session ends at the latest: end of window, exception, derogation, contract or of the
    /// intervention, whichever comes first.
    pub ends_at: Timestamp,
    /// How long before `ends_at` the technician is warned.
    pub warn_end: Duration,
    /// Without application data for this long, both legs are closed (T10).
    pub idle: Duration,
    /// How long before the idle close the technician is warned.
    pub warn_idle: Duration,
    /// What the session may carry.
    pub rights: Rights,
    /// Whether one justified extension of the window may be asked for, and by how much at most.
    pub extension: Option<Duration>,
    /// Whether what is typed is recorded (the service says so, with its purpose).
    pub record_typed: bool,
    /// Whether the intervention states a reason for files to leave the hospital (E9).
    pub may_take_out: bool,
}
