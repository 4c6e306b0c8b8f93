//! The tail: acknowledged entries between two checkpoints (`docs/formats/ledger.md` section 7).

use ledger::{Hash, KeyKind, Signer, decode_entries, encode_entry, hash_of};

const HEADER_MAGIC: &[u8] = b"PTRNTAIL";
const GROUP_MAGIC: &[u8] = b"GRP1";
/// Magic, base size, base root.
const HEADER_LEN: usize = 8 + 8 + Hash::LEN;
/// Magic, first index, count, length, payload hash.
const FIELDS_LEN: usize = 4 + 8 + 4 + 4 + Hash::LEN;

/// The checkpoint after which a tail began: what its groups are bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) size: u64,
    pub(super) root: Hash,
}

/// What a key of a tail is drawn from: it is no checkpoint, and signed for nothing else.
const KEY_LABEL: &str = "poterne-tail-key-1";
/// HMAC's block for SHA-256 (RFC 2104).
const BLOCK: usize = 64;

/// The key of a log's tails: only who can sign the log can write a group that is believed.
#[derive(Clone)]
pub(super) struct Key {
    inner: [u8; BLOCK],
    outer: [u8; BLOCK],
}

impl Key {
    /// From the log's Ed25519 key, whose signatures are a function of what is signed (RFC 8032): the same at each start.
    pub(super) fn of(origin: &str, signers: &[Box<dyn Signer>]) -> Result<Self, String> {
        let signer = signers.iter().find(|signer| signer.key().kind() == KeyKind::Ed25519);
        let signer = signer.ok_or("a log is signed with Ed25519")?;
        let signature = signer.sign(format!("{KEY_LABEL}\n{origin}\n").as_bytes())?;
        let key = hash_of(&[&signature]).0;
        let padded = |pad: u8| {
            let mut block = [pad; BLOCK];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            block
        };
        Ok(Self { inner: padded(0x36), outer: padded(0x5c) })
    }

    /// HMAC-SHA-256.
    fn mac(&self, parts: &[&[u8]]) -> Hash {
        let inner: Vec<&[u8]> = std::iter::once(self.inner.as_slice()).chain(parts.iter().copied()).collect();
        hash_of(&[&self.outer, &hash_of(&inner).0])
    }
}

/// What a tail holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) base: Base,
    /// The entries from the base size on.
    pub(super) entries: Vec<Vec<u8>>,
    /// Whether bytes of a group that was never acknowledged follow.
    pub(super) torn: bool,
}

/// Why a tail cannot be believed: what, and at which byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damage {
    pub(super) what: &'static str,
    pub(super) at: usize,
}

impl Base {
    /// The first bytes of a tail.
    pub(super) fn header(&self) -> Vec<u8> {
        [HEADER_MAGIC, &self.size.to_be_bytes(), &self.root.0].concat()
    }

    /// One group of entries, the first of which has index `first`.
    pub(super) fn group(&self, key: &Key, first: u64, entries: &[Vec<u8>]) -> Result<Vec<u8>, ledger::Error> {
        let mut payload = Vec::new();
        entries.iter().try_for_each(|entry| encode_entry(entry, &mut payload))?;
        // Group limits keep both far below 2^32.
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let fields = [
            GROUP_MAGIC,
            &first.to_be_bytes(),
            &count.to_be_bytes(),
            &length.to_be_bytes(),
            &hash_of(&[&payload]).0,
        ]
        .concat();
        let check = self.check(key, &fields);
        Ok([fields, check.0.to_vec(), payload].concat())
    }

    fn check(&self, key: &Key, fields: &[u8]) -> Hash {
        key.mac(&[&self.header(), fields])
    }

    fn parse(header: &[u8]) -> Option<Self> {
        let (size, root) = header.strip_prefix(HEADER_MAGIC)?.split_first_chunk()?;
        Some(Self { size: u64::from_be_bytes(*size), root: Hash(root.try_into().ok()?) })
    }

    /// The head of a group of this tail at the beginning of these bytes, if there is a sound one.
    fn head(&self, key: &Key, bytes: &[u8]) -> Option<Head> {
        let (fields, rest) = bytes.split_at_checked(FIELDS_LEN)?;
        let values = fields.strip_prefix(GROUP_MAGIC)?;
        let check = rest.first_chunk().copied().map(Hash)?;
        if check != self.check(key, fields) {
            return None;
        }
        let (first, values) = values.split_first_chunk()?;
        let (count, values) = values.split_first_chunk()?;
        let (length, hash) = values.split_first_chunk()?;
        Some(Head {
            first: u64::from_be_bytes(*first),
            count: u32::from_be_bytes(*count),
            length: usize::try_from(u32::from_be_bytes(*length)).ok()?,
            hash: Hash(hash.try_into().ok()?),
        })
    }
}

struct Head {
    first: u64,
    count: u32,
    length: usize,
    hash: Hash,
}

impl Head {
    /// The entries of the group, if all of it is there as it was written, and its length.
    fn entries(&self, group: &[u8]) -> Option<(Vec<Vec<u8>>, usize)> {
        let start = FIELDS_LEN + Hash::LEN;
        let payload = group.get(start..start.checked_add(self.length)?)?;
        let entries = decode_entries(payload, self.count.into())?;
        (hash_of(&[payload]) == self.hash).then_some((entries, start + self.length))
    }
}

/// Reads a tail, dropping a last group that was never acknowledged.
pub(super) fn read(key: &Key, bytes: &[u8]) -> Result<Tail, Damage> {
    let header = bytes.get(..HEADER_LEN).and_then(Base::parse);
    let base = header.ok_or(Damage { what: "its header is not one", at: 0 })?;
    let (mut entries, mut at) = (Vec::new(), HEADER_LEN);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let next = base.size + entries.len() as u64;
        let head = base.head(key, rest);
        if head.as_ref().is_some_and(|head| head.first != next) {
            return Err(Damage { what: "a group is out of order", at });
        }
        let Some((group, length)) = head.and_then(|head| head.entries(rest)) else {
            // Never acknowledged, unless a later group shows that it was durable once.
            let later = rest.windows(GROUP_MAGIC.len()).enumerate().skip(1);
            let mut magics = later.filter(|(_, bytes)| *bytes == GROUP_MAGIC);
            return if magics
                .any(|(from, _)| rest.get(from..).and_then(|group| base.head(key, group)).is_some())
            {
                Err(Damage { what: "an acknowledged group is altered", at })
            } else {
                Ok(Tail { base, entries, torn: true })
            };
        };
        entries.extend(group);
        at += length;
    }
    Ok(Tail { base, entries, torn: false })
}
