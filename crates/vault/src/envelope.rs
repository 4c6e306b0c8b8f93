//! One sealed file: a fresh data key for each writing, wrapped under the vault's key, bound to what the file is
//! and to whom it belongs (`docs/formats/keys.md`, section 2).

use crate::Error;
use crate::master::{KEY_BYTES, KEY_ID_BYTES, Master, random};
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::path::Path;
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"PTNVLT\r\n";
const FORMAT: u8 = 1;
const TAG_BYTES: usize = 16;

/// Says which of the two ciphertexts of a file this is, so that one never stands for the other.
const OF_KEY: u8 = 1;
const OF_BODY: u8 = 2;

/// What a sealed file holds. The number stands in the file and is bound to its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Account = 1,
    Code = 2,
    LogKeys = 3,
    DoorKey = 4,
    Authority = 5,
    Technicians = 6,
    Hosts = 7,
    Sheet = 8,
    Paper = 9,
}

/// What was in a sealed file.
pub(crate) struct Opened {
    /// How often it was written; the next writing says one more.
    pub(crate) version: u64,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Account,
        Self::Code,
        Self::LogKeys,
        Self::DoorKey,
        Self::Authority,
        Self::Technicians,
        Self::Hosts,
        Self::Sheet,
        Self::Paper,
    ];
}

/// What a sealed file says that it is, before it is opened: nothing of it is proved.
pub(crate) struct Name {
    pub(crate) kind: Kind,
    pub(crate) owner: String,
    pub(crate) key: [u8; KEY_ID_BYTES],
}

/// Reads what a sealed file says that it is; `None`: it says nothing.
pub(crate) fn name(sealed: &[u8]) -> Option<Name> {
    let rest = sealed.strip_prefix(MAGIC)?.strip_prefix(&[FORMAT])?;
    let (key, rest) = rest.split_first_chunk()?;
    let (kind, rest) = rest.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let owner = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    let kind = Kind::ALL.into_iter().find(|one| *one as u8 == *kind)?;
    Some(Name { kind, owner: String::from_utf8(owner.to_vec()).ok()?, key: *key })
}

/// Seals `body` as the given version of what `owner` has of this kind.
pub(crate) fn seal(
    master: &Master,
    kind: Kind,
    owner: &str,
    version: u64,
    body: &[u8],
) -> Result<Vec<u8>, Error> {
    let mut sealed = head(master, kind, owner, version)?;
    let head = sealed.clone();
    let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
    random(key.as_mut_slice())?;
    encrypt(&mut sealed, &master.wrapping, &head, OF_KEY, key.as_slice())?;
    encrypt(&mut sealed, &key, &head, OF_BODY, body)?;
    Ok(sealed)
}

/// Opens a file that must be of this kind and this owner.
pub(crate) fn open(
    master: &Master,
    kind: Kind,
    owner: &str,
    path: &Path,
    sealed: &[u8],
) -> Result<Opened, Error> {
    let altered = || Error::Altered(path.to_path_buf());
    let (fixed, rest) = sealed.split_at_checked(MAGIC.len() + 1 + KEY_ID_BYTES).ok_or_else(altered)?;
    let (magic, fixed) = fixed.split_at_checked(MAGIC.len() + 1).ok_or_else(altered)?;
    if magic.strip_prefix(MAGIC) != Some(&[FORMAT]) {
        return Err(altered());
    }
    if fixed != master.id {
        return Err(Error::OtherKey(path.to_path_buf()));
    }
    // The rest of the head is known but for the version: what it says of kind and owner must be what was asked for.
    let named = 1 + 2 + owner.len();
    let version = rest.get(named..named + 8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
    let head = head(master, kind, owner, version.ok_or_else(altered)?)?;
    let rest = sealed.strip_prefix(head.as_slice()).ok_or_else(altered)?;
    let (wrapped, body) = rest.split_at_checked(NONCE_LEN + KEY_BYTES + TAG_BYTES).ok_or_else(altered)?;
    let key = decrypt(&master.wrapping, &head, OF_KEY, wrapped).ok_or_else(altered)?;
    let key: Zeroizing<[u8; KEY_BYTES]> = Zeroizing::new(key.as_slice().try_into().map_err(|_| altered())?);
    let body = decrypt(&key, &head, OF_BODY, body).ok_or_else(altered)?;
    Ok(Opened { version: version.unwrap_or(0), body })
}

/// Everything before the ciphertexts; it is authenticated with both.
fn head(master: &Master, kind: Kind, owner: &str, version: u64) -> Result<Vec<u8>, Error> {
    let length = u16::try_from(owner.len()).map_err(|_| Error::Invalid("the owner's name is too long"))?;
    let mut head = MAGIC.to_vec();
    head.push(FORMAT);
    head.extend(master.id);
    head.push(kind as u8);
    head.extend(length.to_be_bytes());
    head.extend(owner.as_bytes());
    head.extend(version.to_be_bytes());
    Ok(head)
}

fn cipher(key: &[u8; KEY_BYTES]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM_SIV, key).ok().map(LessSafeKey::new)
}

fn additional(head: &[u8], of: u8) -> Aad<Vec<u8>> {
    Aad::from(head.iter().copied().chain([of]).collect())
}

/// Appends nonce, ciphertext and tag.
fn encrypt(out: &mut Vec<u8>, key: &[u8; KEY_BYTES], head: &[u8], of: u8, plain: &[u8]) -> Result<(), Error> {
    let failed = || Error::Crypto("sealing");
    let mut nonce = [0_u8; NONCE_LEN];
    random(&mut nonce)?;
    let mut text = Zeroizing::new(Vec::with_capacity(plain.len() + TAG_BYTES));
    text.extend_from_slice(plain);
    cipher(key)
        .ok_or_else(failed)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), additional(head, of), &mut *text)
        .map_err(|_| failed())?;
    out.extend(nonce);
    out.extend(text.iter());
    Ok(())
}

fn decrypt(key: &[u8; KEY_BYTES], head: &[u8], of: u8, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(text.to_vec());
    let length = cipher(key)?.open_in_place(nonce, additional(head, of), &mut text).ok()?.len();
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn opened(sealed: &[u8]) -> Result<Opened, Error> {
        open(&Master::of_test(1), Kind::Account, "scanner.nord", Path::new("f"), sealed)
    }

    fn sealed(body: &[u8]) -> Vec<u8> {
        seal(&Master::of_test(1), Kind::Account, "scanner.nord", 7, body).unwrap()
    }

    #[test]
    fn a_file_belongs_to_one_owner_one_kind_and_one_key() {
        let file = sealed(b"secret");
        assert_eq!(opened(&file).unwrap().version, 7);
        let other = |master: u8, kind, owner: &str| {
            open(&Master::of_test(master), kind, owner, Path::new("f"), &file).map(|_| ()).unwrap_err()
        };
        assert!(matches!(other(2, Kind::Account, "scanner.nord"), Error::OtherKey(_)));
        assert!(matches!(other(1, Kind::Code, "scanner.nord"), Error::Altered(_)));
        assert!(matches!(other(1, Kind::Account, "scanner.sud"), Error::Altered(_)));
        assert!(matches!(other(1, Kind::Account, "scanner.nor"), Error::Altered(_)));
        assert!(matches!(other(1, Kind::Account, ""), Error::Altered(_)));
    }

    #[test]
    fn a_file_made_by_others_is_opened() {
        let vector = include_str!("../../../docs/formats/vectors/keys/sealed.txt");
        let read = |name| crate::tests::unhex(crate::tests::field(vector, name));
        let master = Master::of_test(0x2a);
        let opened = open(&master, Kind::Account, "scanner.nord", Path::new("f"), &read("file")).unwrap();
        assert_eq!((opened.version, opened.body.to_vec()), (7, read("body")));
    }

    #[test]
    fn two_writings_of_one_secret_differ() {
        assert_ne!(sealed(b"secret"), sealed(b"secret"));
        assert!(!sealed(b"secret").windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn every_single_bit_counts() {
        let file = sealed(b"secret");
        for bit in 0..file.len() * 8 {
            let mut broken = file.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert!(opened(&broken).is_err(), "bit {bit}");
        }
        for length in 0..file.len() {
            assert!(opened(&file[..length]).is_err(), "cut to {length}");
        }
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened(body in proptest::collection::vec(any::<u8>(), 0..512), version: u64, owner in "[a-z.]{0,80}") {
            let master = Master::of_test(1);
            let file = seal(&master, Kind::Code, &owner, version, &body).unwrap();
            let opened = open(&master, Kind::Code, &owner, Path::new("f"), &file).unwrap();
            prop_assert_eq!((opened.version, opened.body.as_slice()), (version, body.as_slice()));
        }

        #[test]
        fn chance_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            prop_assert!(opened(&bytes).is_err());
        }
    }
}
