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
    /// What becomes of files that are brought to the equipment (E6).
    pub uploads: Uploads,
}

/// What becomes of files that are brought to an equipment (E6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Uploads {
    /// The same as `Hold`, and a person of the establishment has to release this very content first (E7).
    Release,
    /// The gate takes the whole file; the equipment sees it when the scanner has said that it is clean.
    Hold,
    /// It passes at once, named and hashed, and is not scanned.
    #[default]
    Tap,
    /// None is taken.
    Off,
}

impl Uploads {
    /// Whether the equipment sees nothing of a file before it was decided.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Release | Self::Hold)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Hold => "hold",
            Self::Tap => "tap",
            Self::Off => "off",
        }
    }
}
