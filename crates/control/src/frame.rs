//! What a watcher is sent: frames, so that what belongs to one stream stays apart from the others and nothing in
//! it is taken for more than it is. After the answer to a watch, one after the other:
//!
//! | size | field |
//! |---|---|
//! | 1 | kind: a track of `docs/formats/recording.md` section 5, `0x12` bytes that were not recorded, `0x00` frames that the watcher was too slow for |
//! | 4 | channel, big-endian; 0 for the last two |
//! | 4 | length of the body, big-endian |
//! | | body: the piece; for the last two how many, 8 bytes, big-endian |

use recording::{Body, Record, Track};
use tokio::io::{AsyncRead, AsyncReadExt};
use vocab::Timestamp;

use crate::ControlError;

const MISSED: u8 = 0x00;
const ELIDED: u8 = 0x12;
/// Longest body: no record has more than a chunk, 256 KiB (`docs/formats/recording.md` section 3).
const BODY_MAX: u32 = 256 * 1024;

/// What a watcher sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Something that was shown. Its moment is not told: it is now.
    Record(Record),
    /// The watcher was too slow for so many records.
    Missed(u64),
}

/// The frame of a record; `None` for what a watcher is not shown: what was typed, and the gate's own notes.
pub(crate) fn of_record(record: &Record) -> Option<Vec<u8>> {
    match &record.body {
        Body::Data { track: Track::Typed | Track::Stdin, .. }
        | Body::Size { .. }
        | Body::Unseen { .. }
        | Body::File { .. } => None,
        Body::Data { track, bytes } => Some(frame(track.code(), record.channel, bytes)),
        Body::Elided { length, .. } => Some(frame(ELIDED, 0, &length.to_be_bytes())),
    }
}

/// The frame that says how many records were missed.
pub(crate) fn missed(count: u64) -> Vec<u8> {
    frame(MISSED, 0, &count.to_be_bytes())
}

fn frame(kind: u8, channel: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    [&[kind], channel.to_be_bytes().as_slice(), &length.to_be_bytes(), body].concat()
}

/// What a watched session shows, as it comes.
pub struct Watching<R>(pub(crate) R);

impl<R: AsyncRead + Unpin> Watching<R> {
    /// The next thing; `None` when the session is over.
    pub async fn next(&mut self) -> Result<Option<Seen>, ControlError> {
        let Ok(kind) = self.0.read_u8().await else { return Ok(None) };
        self.rest(kind).await.map(Some).ok_or(ControlError::Answer)
    }

    async fn rest(&mut self, kind: u8) -> Option<Seen> {
        let (channel, length) = (self.0.read_u32().await.ok()?, self.0.read_u32().await.ok()?);
        let mut bytes = vec![0; usize::try_from(length).ok().filter(|_| length <= BODY_MAX)?];
        self.0.read_exact(&mut bytes).await.ok()?;
        let count = || bytes.as_slice().try_into().ok().map(u64::from_be_bytes);
        let body = match kind {
            MISSED => return count().map(Seen::Missed),
            ELIDED => Body::Elided { track: Track::Stdout, offset: 0, length: count()?, digest: [0; 32] },
            code => Body::Data { track: Track::ALL.into_iter().find(|track| track.code() == code)?, bytes },
        };
        Some(Seen::Record(Record { at: Timestamp::from_micros(0), channel, body }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(channel: u32, body: Body) -> Record {
        Record { at: Timestamp::from_micros(0), channel, body }
    }

    #[tokio::test]
    async fn what_is_shown_arrives_as_it_was_and_the_rest_does_not() {
        let data = |track, bytes: &[u8]| Body::Data { track, bytes: bytes.to_vec() };
        let shown = [
            record(3, data(Track::Output, b"\x1b]52;c;x\x07\xc3")),
            record(u32::MAX, data(Track::Stderr, b"")),
            record(0, data(Track::Mark, "é".as_bytes())),
            record(0, Body::Elided { track: Track::Stdout, offset: 0, length: 7, digest: [0; 32] }),
        ];
        let hidden = [
            record(1, data(Track::Typed, b"secret")),
            record(1, data(Track::Stdin, b"secret")),
            record(1, Body::Size { columns: 80, rows: 24 }),
            record(1, Body::Unseen { length: 3 }),
            record(1, Body::File { event: 1 }),
        ];
        assert!(hidden.iter().all(|record| of_record(record).is_none()));
        let mut bytes: Vec<u8> = shown.iter().filter_map(of_record).flatten().collect();
        bytes.extend(missed(9));
        let mut watching = Watching(bytes.as_slice());
        for record in shown {
            assert_eq!(watching.next().await.unwrap(), Some(Seen::Record(record)));
        }
        assert_eq!(watching.next().await.unwrap(), Some(Seen::Missed(9)));
        assert_eq!(watching.next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_no_frame_is_an_error() {
        let good = frame(0x01, 0, b"abc");
        for broken in [
            good.get(..5).unwrap().to_vec(),
            good.get(..11).unwrap().to_vec(),
            frame(0x09, 0, b"abc"),
            frame(MISSED, 0, b"abc"),
            [&[0x01], 0_u32.to_be_bytes().as_slice(), &(BODY_MAX + 1).to_be_bytes()].concat(),
        ] {
            assert!(Watching(broken.as_slice()).next().await.is_err(), "{broken:?}");
        }
    }
}
