//! The signed statement of a log's size and root (`docs/formats/ledger.md` sections 4 and 5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::key::is_key_name;
use crate::{Error, Hash, KeyKind, KeyRing, TileSource, VerifierKey};

/// The longest checkpoint file, in bytes: 32 signature lines of the largest kind known (255 of name and
/// 3,248 of base64 with its separators, 112,224 in all) and the text.
pub const MAX_NOTE: usize = 131_072;

const MAX_SIGNATURES: usize = 32;
pub(crate) const SIGNATURE_MARK: &str = "\u{2014} ";

/// The file that holds a log's checkpoint.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// What a log says of itself: at this size, this is the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// A checkpoint whose signatures were verified; made only by [`SignedCheckpoint::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    signed_at: Option<u64>,
}

impl Checkpoint {
    /// The note text: three lines.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let root = Hash(STANDARD.decode(root).ok()?.try_into().ok()?);
        let parsed = Self { origin: origin.into(), size: size.parse().ok()?, root };
        // One text for one checkpoint: no leading zero, no sign, no further line.
        (parsed.text() == text).then_some(parsed)
    }

    /// What a key of this kind signs; `time` is in POSIX seconds.
    pub(crate) fn message(&self, key: &VerifierKey, time: u64) -> Vec<u8> {
        if key.kind == KeyKind::Ed25519 {
            return self.text().into_bytes();
        }
        let named = |name: &str| {
            // Origins and key names are at most 255 bytes; a longer one yields a message nobody signed.
            let length = u8::try_from(name.len()).unwrap_or(0);
            [&[length], name.as_bytes()].concat()
        };
        [
            &b"subtree/v1\n\0"[..],
            &named(&key.name),
            &time.to_be_bytes(),
            &named(&self.origin),
            &0_u64.to_be_bytes(),
            &self.size.to_be_bytes(),
            &self.root.0,
        ]
        .concat()
    }
}

impl SignedCheckpoint {
    /// Reads and verifies the checkpoint of the log in `source`.
    ///
    /// # Errors
    /// If it is missing or unreadable, and as for [`SignedCheckpoint::verify`].
    pub fn read(source: &impl TileSource, ring: &KeyRing) -> Result<Self, Error> {
        let read = source.read(CHECKPOINT_PATH);
        let note = read.map_err(|why| Error::Unreadable(CHECKPOINT_PATH.into(), why))?;
        Self::verify(&note.ok_or(Error::Missing(CHECKPOINT_PATH.into()))?, ring)
    }

    /// Reads a checkpoint file and demands a valid signature by every key of the ring.
    ///
    /// # Errors
    /// If the note is malformed, of another log, or if a signature is wrong or missing.
    pub fn verify(note: &[u8], ring: &KeyRing) -> Result<Self, Error> {
        let (text, signatures) = split(note).ok_or(Error::NoteMalformed)?;
        let checkpoint = Checkpoint::parse(text).ok_or(Error::NoteMalformed)?;
        if checkpoint.origin != ring.origin() {
            return Err(Error::Origin(checkpoint.origin, ring.origin().into()));
        }
        let mut signed_at = None;
        for key in ring.keys() {
            let mut seen = false;
            for signature in signatures.iter().filter(|s| s.name == key.name && s.id == key.id) {
                let (time, bytes) = signature.timed(key.kind).ok_or(Error::NoteMalformed)?;
                if !key.verifies(&checkpoint.message(key, time.unwrap_or(0)), bytes) {
                    return Err(Error::SignatureWrong(key.kind));
                }
                seen = true;
                signed_at = signed_at.max(time);
            }
            if !seen {
                return Err(Error::SignatureMissing(key.kind));
            }
        }
        Ok(Self { checkpoint, signed_at })
    }

    /// What was signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// When it was signed, in POSIX seconds, as far as a signature says so.
    pub fn signed_at(&self) -> Option<u64> {
        self.signed_at
    }
}

/// One signature line.
struct Signature<'a> {
    name: &'a str,
    id: [u8; 4],
    bytes: Vec<u8>,
}

impl Signature<'_> {
    /// The time that a cosignature states, and the bare signature. A time beyond 2^63 - 1 is malformed.
    fn timed(&self, kind: KeyKind) -> Option<(Option<u64>, &[u8])> {
        if kind == KeyKind::Ed25519 {
            return Some((None, &self.bytes));
        }
        let (time, bytes) = self.bytes.split_first_chunk::<8>()?;
        Some((Some(u64::try_from(i64::from_be_bytes(*time)).ok()?), bytes))
    }
}

/// The text and the signature lines of a signed note, or `None` if it is none.
fn split(note: &[u8]) -> Option<(&str, Vec<Signature<'_>>)> {
    let forbidden = |c: char| c < ' ' && c != '\n';
    let note =
        str::from_utf8(note).ok().filter(|note| note.len() <= MAX_NOTE && !note.contains(forbidden))?;
    let (text, lines) = note.strip_suffix('\n')?.rsplit_once("\n\n")?;
    let signatures = lines.split('\n').map(|line| {
        let (name, signature) = line.strip_prefix(SIGNATURE_MARK)?.split_once(' ')?;
        let bytes = STANDARD.decode(signature).ok()?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        is_key_name(name).then(|| Signature { name, id: *id, bytes: bytes.into() })
    });
    // One more than the limit is enough to refuse, however many there are.
    let signatures = signatures.take(MAX_SIGNATURES + 1).collect::<Option<Vec<_>>>()?;
    (signatures.len() <= MAX_SIGNATURES).then_some((note.get(..=text.len())?, signatures))
}
