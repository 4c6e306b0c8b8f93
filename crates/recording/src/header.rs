//! The header: whose recording this is, and for whom its key is wrapped (`recording.md` section 2).

use std::io::Read;

use vocab::{BootId, EstablishmentId, GateId, RecordingId, SessionId, Timestamp};

use crate::bytes::Bytes;
use crate::{Digest, Error};

pub(crate) const MAGIC: &[u8; 8] = b"PTNREC\r\n";
pub(crate) const VERSION: u16 = 1;
pub(crate) const FIXED_LEN: usize = 14;
/// The largest header is 17,657 bytes: 70 + 65 + 65 + 1 + 16 × (65 + 1,026).
const HEADER_MAX: u32 = 32 * 1024;
pub(crate) const RECIPIENTS_MAX: usize = 16;
pub(crate) const KEY_ID_MAX: usize = 64;
pub(crate) const WRAPPED_MAX: usize = 1024;

/// Whose recording this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The recording.
    pub recording: RecordingId,
    /// The session that it records.
    pub session: SessionId,
    /// The start of the gate that writes it.
    pub boot: BootId,
    /// The establishment that owns it.
    pub establishment: EstablishmentId,
    /// The gate that writes it.
    pub gate: GateId,
    /// When it starts; the times of records count from here.
    pub started_at: Timestamp,
    /// Who can read it: 1 to 16.
    pub recipients: Vec<Recipient>,
}

/// One who can read the recording: the data key, wrapped for his key. Both are opaque here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Which key, 1 to 64 bytes.
    pub key_id: Vec<u8>,
    /// The wrapped data key, 1 to 1,024 bytes.
    pub wrapped: Vec<u8>,
}

impl Header {
    /// Reads one from the start of a file; returns the bytes that it stood in as well.
    pub fn read(input: &mut impl Read) -> Result<(Self, Vec<u8>), Error> {
        let mut bytes = Vec::new();
        input.by_ref().take(14).read_to_end(&mut bytes)?;
        let mut fixed = Bytes(&bytes);
        if fixed.take(8) != Some(MAGIC) {
            return Err(Error::Header("it does not begin with the magic bytes"));
        }
        if fixed.u16() != Some(VERSION) {
            return Err(Error::Header("its version is not known"));
        }
        let length =
            fixed.u32().filter(|length| *length <= HEADER_MAX).ok_or(Error::Header("its length is wrong"))?;
        let length = usize::try_from(length).map_err(|_| Error::Header("its length is wrong"))?;
        let rest = length.checked_sub(FIXED_LEN).ok_or(Error::Header("its length is wrong"))?;
        let rest = u64::try_from(rest).map_err(|_| Error::Header("its length is wrong"))?;
        input.take(rest).read_to_end(&mut bytes)?;
        let mut fields = Bytes(bytes.get(FIXED_LEN..).unwrap_or_default());
        let whole = bytes.len() == length;
        match Self::parse(&mut fields) {
            Some(header) if whole && fields.0.is_empty() => Ok((header, bytes)),
            _ => Err(Error::Header("a field of the header is wrong")),
        }
    }

    fn parse(fields: &mut Bytes<'_>) -> Option<Self> {
        Some(Self {
            recording: RecordingId::from_bytes(fields.array()?),
            session: SessionId::from_bytes(fields.array()?),
            boot: BootId::from_bytes(fields.array()?),
            started_at: Timestamp::from_micros(i64::from_be_bytes(fields.array()?)),
            establishment: short_text(fields)?.parse().ok()?,
            gate: short_text(fields)?.parse().ok()?,
            recipients: {
                let count = usize::from(fields.u8()?);
                let one = |_| Recipient::parse(fields);
                (1..=RECIPIENTS_MAX)
                    .contains(&count)
                    .then(|| (0..count).map(one).collect::<Option<_>>())??
            },
        })
    }
}

impl Recipient {
    fn parse(fields: &mut Bytes<'_>) -> Option<Self> {
        let length = usize::from(fields.u8()?);
        let key_id = fields.take(length)?.to_vec();
        let length = usize::from(fields.u16()?);
        let wrapped = fields.take(length)?.to_vec();
        let fits = (1..=KEY_ID_MAX).contains(&key_id.len()) && (1..=WRAPPED_MAX).contains(&wrapped.len());
        fits.then_some(Self { key_id, wrapped })
    }
}

/// The hash that stands for a header: the root of a recording without chunks.
pub(crate) fn hash(encoded: &[u8]) -> [u8; 32] {
    Digest::of(&[&[0x00], encoded])
}

fn short_text<'a>(fields: &mut Bytes<'a>) -> Option<&'a str> {
    let length = usize::from(fields.u8()?);
    std::str::from_utf8(fields.take(length)?).ok()
}
