//! The seal that closes a container (`recording.md` section 4).

use vocab::{Ending, Timestamp};

use crate::bytes::Bytes;
use crate::{Digest, Mark, TAG_LEN};

/// Length of a seal.
pub const SEAL_LEN: usize = 188;

pub(crate) const MAGIC: &[u8; 8] = b"PTNSEAL\n";
pub(crate) const CODE_LEN: usize = 24;
/// What the tag covers; then the tag; what the digest covers.
pub(crate) const TAGGED_LEN: usize = 132;
pub(crate) const DIGESTED_LEN: usize = TAGGED_LEN + TAG_LEN;

/// How a recording ended, and all that it must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// How it ended.
    pub ending: Ending,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// Its chunks, their length, their root.
    pub mark: Mark,
    /// Bytes of unfinished frames between the last chunk and the seal.
    pub torn: u64,
    /// SHA-256 of them.
    pub torn_hash: [u8; 32],
    /// Whether it was made with the data key. A gate that closes after a crash has none.
    pub authenticated: bool,
}

impl Seal {
    /// The hash that stands for this seal in a ledger, from the last [`SEAL_LEN`] bytes of a container.
    pub fn digest(encoded: &[u8]) -> Option<[u8; 32]> {
        Bytes(encoded.get(DIGESTED_LEN..)?).array()
    }

    /// Whether the last [`SEAL_LEN`] bytes of a container claim to be a seal. Only reading it whole tells
    /// whether it fits.
    pub fn claimed(encoded: &[u8]) -> bool {
        encoded.len() == SEAL_LEN && encoded.first() == Some(&b'S') && encoded.ends_with(MAGIC)
    }

    /// The seal in the last [`SEAL_LEN`] bytes of a container, if it fits itself.
    #[cfg(feature = "key")]
    pub fn read(encoded: &[u8]) -> Option<Self> {
        Self::parse(encoded).ok().filter(|_| Self::claimed(encoded))
    }

    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, &'static str> {
        let digested = encoded.get(..DIGESTED_LEN).ok_or("it is too short")?;
        if Self::digest(encoded) != Some(Digest::of(&[&[0x02], digested])) {
            return Err("its digest does not fit it");
        }
        Self::fields(Bytes(digested)).ok_or("a field of it is wrong")
    }

    fn fields(mut fields: Bytes<'_>) -> Option<Self> {
        let authenticated = match fields.array()? {
            [b'S', flag @ (0 | 1), 0, 0] => flag == 1,
            _ => return None,
        };
        let code: [u8; CODE_LEN] = fields.array()?;
        let text = std::str::from_utf8(&code).ok()?.trim_end_matches('\0');
        let (chunks, bytes, clear) = (fields.u64()?, fields.u64()?, fields.u64()?);
        let sealed_at = Timestamp::from_micros(i64::from_be_bytes(fields.array()?));
        let (torn, torn_hash) = (fields.u64()?, fields.array()?);
        let mark = Mark { chunks, bytes, root: fields.array()?, clear };
        let tag: [u8; TAG_LEN] = fields.array()?;
        let seal = Self { ending: text.parse().ok()?, sealed_at, mark, torn, torn_hash, authenticated };
        (authenticated || tag == [0; TAG_LEN]).then_some(seal)
    }
}
