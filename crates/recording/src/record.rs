//! The records inside a chunk (`recording.md` section 5).

use vocab::Timestamp;

use crate::bytes::Bytes;

/// Most bytes of a record around the bytes of its stream: kind 1, time 10, channel 5, length 3.
pub(crate) const RECORD_OVERHEAD: usize = 19;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// On which SSH channel of the session.
    pub channel: u32,
    /// What.
    pub body: Body,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A piece of a stream.
    Data {
        /// Which stream.
        track: Track,
        /// The piece.
        bytes: Vec<u8>,
    },
    /// The terminal has this size from now on.
    #[expect(missing_docs, reason = "the names say it")]
    Size { columns: u32, rows: u32 },
    /// So many bytes were typed that are not recorded: the terminal did not echo them, or the service
    /// does not record what is typed.
    #[expect(missing_docs, reason = "the name says it")]
    Unseen { length: u64 },
    /// A part of a stream crossed that is not recorded, because the stream exceeds its limit.
    Elided {
        /// Which stream.
        track: Track,
        /// Bytes of the stream that are recorded.
        offset: u64,
        /// Bytes after them that were elided up to now.
        length: u64,
        /// SHA-256 of the whole stream up to now, recorded part included.
        digest: [u8; 32],
    },
    /// Something happened to a file: the event in the ledger says what.
    File {
        /// Sequence number of the event among those of the session.
        event: u64,
    },
}

/// A stream that is recorded byte by byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Track {
    /// What the terminal showed.
    Output,
    /// What was typed and echoed, where the service records it.
    Typed,
    /// An exec channel's input, towards the equipment.
    Stdin,
    /// An exec channel's output.
    Stdout,
    /// An exec channel's error output.
    Stderr,
    /// What the gate told the technician, UTF-8.
    Notice,
    /// A point to find again, UTF-8.
    Mark,
}

impl Track {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Output, Self::Typed, Self::Stdin, Self::Stdout, Self::Stderr, Self::Notice, Self::Mark];

    /// The kind of its records in the file.
    pub const fn code(self) -> u8 {
        match self {
            Self::Output => 0x01,
            Self::Typed => 0x02,
            Self::Stdin => 0x03,
            Self::Stdout => 0x04,
            Self::Stderr => 0x05,
            Self::Notice => 0x06,
            Self::Mark => 0x07,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|track| track.code() == code)
    }
}

const SIZE: u8 = 0x10;
const UNSEEN: u8 = 0x11;
const ELIDED: u8 = 0x12;
const FILE: u8 = 0x13;

/// Appends a record whose body is a piece of a stream.
pub(crate) fn put_data(out: &mut Vec<u8>, micros: u64, channel: u32, track: Track, bytes: &[u8]) {
    put(out, track.code(), micros, channel, bytes);
}

/// Appends any other record; its body has at most 61 bytes.
pub(crate) fn put_body(out: &mut Vec<u8>, micros: u64, channel: u32, body: &Body) {
    let mut fields = Vec::with_capacity(61);
    let kind = match body {
        Body::Data { track, bytes } => return put_data(out, micros, channel, *track, bytes),
        Body::Size { columns, rows } => {
            put_varint(&mut fields, u64::from(*columns));
            put_varint(&mut fields, u64::from(*rows));
            SIZE
        }
        Body::Unseen { length } => {
            put_varint(&mut fields, *length);
            UNSEEN
        }
        Body::Elided { track, offset, length, digest } => {
            fields.push(track.code());
            put_varint(&mut fields, *offset);
            put_varint(&mut fields, *length);
            fields.extend_from_slice(digest);
            ELIDED
        }
        Body::File { event } => {
            put_varint(&mut fields, *event);
            FILE
        }
    };
    put(out, kind, micros, channel, &fields);
}

fn put(out: &mut Vec<u8>, kind: u8, micros: u64, channel: u32, body: &[u8]) {
    out.push(kind);
    put_varint(out, micros);
    put_varint(out, u64::from(channel));
    put_varint(out, u64::try_from(body.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(body);
}

/// Takes the next record; `None` when it is not as the format says. Time is left relative to the start.
pub(crate) fn take(clear: &mut Bytes<'_>) -> Option<(u64, u32, Body)> {
    let kind = clear.u8()?;
    let (micros, channel) = (clear.varint()?, clear.varint32()?);
    let length = usize::try_from(clear.varint()?).ok()?;
    let mut fields = Bytes(clear.take(length)?);
    let body = match kind {
        SIZE => Body::Size { columns: fields.varint32()?, rows: fields.varint32()? },
        UNSEEN => Body::Unseen { length: fields.varint()? },
        ELIDED => Body::Elided {
            track: Track::from_code(fields.u8()?)?,
            offset: fields.varint()?,
            length: fields.varint()?,
            digest: fields.array()?,
        },
        FILE => Body::File { event: fields.varint()? },
        code => Body::Data { track: Track::from_code(code)?, bytes: fields.take(length)?.to_vec() },
    };
    fields.0.is_empty().then_some((micros, channel, body))
}

impl Bytes<'_> {
    /// An unsigned LEB128 in its shortest form.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in 0..10_u32 {
            let byte = self.u8()?;
            let part = u64::from(byte & 0x7f);
            let shifted = part.checked_shl(7 * place)?;
            if shifted >> (7 * place) != part {
                return None;
            }
            value |= shifted;
            if byte & 0x80 == 0 {
                return (byte != 0 || place == 0).then_some(value);
            }
        }
        None
    }

    fn varint32(&mut self) -> Option<u32> {
        self.varint()?.try_into().ok()
    }
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}
