//! The three kinds of remote intervention, the two levels and the two paths of the guide.

use serde::{Deserialize, Serialize};

/// A kind of remote intervention (guide §1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Télésurveillance (TS).
    Monitoring,
    /// Télémaintenance (TM).
    Maintenance,
    /// Téléassistance (TA).
    Assistance,
}

impl Kind {
    /// All of them, in the guide's order.
    pub const ALL: [Self; 3] = [Self::Monitoring, Self::Maintenance, Self::Assistance];

    /// The name in files and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monitoring => "monitoring",
            Self::Maintenance => "maintenance",
            Self::Assistance => "assistance",
        }
    }
}

/// A level (*palier*); the second includes the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Level {
    /// Palier 1.
    One,
    /// Palier 2.
    Two,
}

impl Level {
    /// Both.
    pub const ALL: [Self; 2] = [Self::One, Self::Two];
}

impl From<Level> for u8 {
    fn from(level: Level) -> u8 {
        match level {
            Level::One => 1,
            Level::Two => 2,
        }
    }
}

impl TryFrom<u8> for Level {
    type Error = String;
    fn try_from(given: u8) -> Result<Self, String> {
        match given {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            other => Err(format!("`{other}` is not a level: 1 or 2")),
        }
    }
}

/// How the provider's platform reaches an equipment (T1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Path {
    /// Through the access point: T2 to T5 apply.
    Gateway,
    /// Directly: T6 to T8 apply.
    Direct,
}

impl Path {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Gateway, Self::Direct];

    /// The name in files and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Direct => "direct",
        }
    }
}
