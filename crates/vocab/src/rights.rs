//! What a session may carry.

use serde::{Deserialize, Serialize};

/// One explicit right of a service. What has no right here is closed: forwarding both ways, agent,
/// X11, unknown subsystems and requests, environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// An interactive shell with a terminal.
    Shell,
    /// One command, with its exit status.
    Exec,
    /// Files leaving the equipment by SFTP.
    SftpRead,
    /// Files and changes going to the equipment by SFTP.
    SftpWrite,
    /// Files by the old copy protocol, both ways.
    Scp,
    /// Bytes whose content has no name: rsync, tar, standard input or output beyond 64 KiB.
    Bulk,
}

impl Right {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Shell, Self::Exec, Self::SftpRead, Self::SftpWrite, Self::Scp, Self::Bulk];

    /// The name in files and refusals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Exec => "exec",
            Self::SftpRead => "sftp-read",
            Self::SftpWrite => "sftp-write",
            Self::Scp => "scp",
            Self::Bulk => "bulk",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of rights. Empty by default: deny.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Right>", into = "Vec<Right>")]
pub struct Rights(u8);

impl Rights {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// With one more.
    #[must_use]
    pub const fn with(self, right: Right) -> Self {
        Self(self.0 | right.bit())
    }

    /// Whether this right is in the set.
    pub const fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// What is in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in the set, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.has(*right))
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        rights.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Vec<Right>> for Rights {
    fn from(rights: Vec<Right>) -> Self {
        rights.into_iter().collect()
    }
}

impl From<Rights> for Vec<Right> {
    fn from(rights: Rights) -> Self {
        rights.iter().collect()
    }
}

impl std::fmt::Debug for Rights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(Right::as_str)).finish()
    }
}
