//! The extensions that the gate understands. All others are taken out of the equipment's list, and
//! refused when asked for. `copy-data` is one of those: content would move without being seen.

use super::wire::{Fields, LENGTH, VERSION, framed, put_string};
use crate::Fault;

/// An extension of OpenSSH (its file PROTOCOL, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extension {
    PosixRename,
    HardLink,
    Fsync,
    StatVfs,
    FstatVfs,
    LsetStat,
    Limits,
    ExpandPath,
}

impl Extension {
    const ALL: [Self; 8] = [
        Self::PosixRename,
        Self::HardLink,
        Self::Fsync,
        Self::StatVfs,
        Self::FstatVfs,
        Self::LsetStat,
        Self::Limits,
        Self::ExpandPath,
    ];

    /// Its name and the one revision of it that is understood.
    const fn offer(self) -> (&'static [u8], &'static [u8]) {
        match self {
            Self::PosixRename => (b"posix-rename@openssh.com", b"1"),
            Self::HardLink => (b"hardlink@openssh.com", b"1"),
            Self::Fsync => (b"fsync@openssh.com", b"1"),
            Self::StatVfs => (b"statvfs@openssh.com", b"2"),
            Self::FstatVfs => (b"fstatvfs@openssh.com", b"2"),
            Self::LsetStat => (b"lsetstat@openssh.com", b"1"),
            Self::Limits => (b"limits@openssh.com", b"1"),
            Self::ExpandPath => (b"expand-path@openssh.com", b"1"),
        }
    }

    pub(super) fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|extension| extension.offer().0 == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The understood extensions that the equipment offered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offered(u8);

impl Offered {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn has(self, extension: Extension) -> bool {
        self.0 & extension.bit() != 0
    }
}

/// Rewrites the equipment's VERSION: only what is understood stays in its list of extensions.
pub(super) fn rewrite_version(packet: &[u8]) -> Result<(Vec<u8>, Offered), Fault> {
    let mut fields = Fields::new(packet, "VERSION");
    fields.take(LENGTH + 1)?;
    let version = fields.u32()?;
    if version != super::wire::VERSION_3 {
        return Err(Fault::Version(version));
    }
    let mut kept = vec![VERSION];
    kept.extend_from_slice(&version.to_be_bytes());
    let mut offered = Offered::NONE;
    while !fields.is_empty() {
        let (name, revision) = (fields.string()?, fields.string()?);
        let Some(extension) = Extension::named(name) else { continue };
        if extension.offer().1 == revision && !offered.has(extension) {
            offered.0 |= extension.bit();
            put_string(&mut kept, name);
            put_string(&mut kept, revision);
        }
    }
    Ok((framed(&kept), offered))
}
