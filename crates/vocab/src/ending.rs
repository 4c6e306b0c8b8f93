//! How a session ended.

use serde::{Deserialize, Serialize};

/// A code that is in no list of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known code")]
pub struct UnknownCode(pub String);

/// How a session ended. The codes are for ever: they stand in ledgers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The technician left, or his command ended.
    Finished,
    /// The equipment closed its leg.
    EquipmentClosed,
    /// The technician's connection broke.
    ConnectionLost,
    /// No application data for too long (T10).
    Idle,
    /// The window, exception or derogation was over (O3).
    WindowEnd,
    /// Somebody cut it.
    Cut,
    /// Asked again, the decision was no.
    NoLongerPermitted,
    /// It could not be recorded any longer (T11).
    RecordingLost,
    /// The trace store could not be written any longer (T11).
    StoreLost,
    /// One leg took nothing for too long.
    Stalled,
    /// The protocol was broken by one side, or something closed was asked for.
    Violation,
    /// The equipment could not be reached or refused the login.
    EquipmentUnreachable,
    /// The equipment showed another host key than the pinned one.
    HostKeyChanged,
    /// The gate was stopped in order.
    GateStopped,
    /// The gate died; found at its next start.
    Crash,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Finished,
        Self::EquipmentClosed,
        Self::ConnectionLost,
        Self::Idle,
        Self::WindowEnd,
        Self::Cut,
        Self::NoLongerPermitted,
        Self::RecordingLost,
        Self::StoreLost,
        Self::Stalled,
        Self::Violation,
        Self::EquipmentUnreachable,
        Self::HostKeyChanged,
        Self::GateStopped,
        Self::Crash,
    ];

    /// The code as it stands in ledgers and recordings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::EquipmentClosed => "equipment-closed",
            Self::ConnectionLost => "connection-lost",
            Self::Idle => "idle",
            Self::WindowEnd => "window-end",
            Self::Cut => "cut",
            Self::NoLongerPermitted => "no-longer-permitted",
            Self::RecordingLost => "recording-lost",
            Self::StoreLost => "store-lost",
            Self::Stalled => "stalled",
            Self::Violation => "violation",
            Self::EquipmentUnreachable => "equipment-unreachable",
            Self::HostKeyChanged => "host-key-changed",
            Self::GateStopped => "gate-stopped",
            Self::Crash => "crash",
        }
    }
}

impl std::str::FromStr for Ending {
    type Err = UnknownCode;
    fn from_str(given: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .into_iter()
            .find(|ending| ending.as_str() == given)
            .ok_or_else(|| UnknownCode(given.to_owned()))
    }
}
