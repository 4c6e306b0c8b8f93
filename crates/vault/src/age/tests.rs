//! The format against a vector that the program `age` made, and against every bit that may change. That `age` reads
//! what is written here is shown end to end (`testsuite`, `backup`).

use super::*;
use proptest::prelude::*;
use std::io::ErrorKind;

/// `age-keygen` made it for this test alone.
const KEY: &str = include_str!("../../../../docs/formats/vectors/backup/identity.txt");
const SEALED: &[u8] = include_bytes!("../../../../docs/formats/vectors/backup/sealed.age");
const CLEAR: &str = "Poterne, un essai fictif.\n";

fn identity(text: &str) -> Identity {
    let line = text.lines().find(|line| !line.starts_with('#')).unwrap();
    Identity::new(&bech32::decode(IDENTITY, line).unwrap()).unwrap()
}

fn sealed(clear: &[u8], recipients: &[Recipient]) -> Vec<u8> {
    let mut sealing = seal(Vec::new(), recipients).unwrap();
    sealing.write_all(clear).unwrap();
    sealing.finish().unwrap()
}

fn opened(bytes: &[u8], identity: &Identity) -> std::io::Result<Vec<u8>> {
    let mut clear = Vec::new();
    open(bytes, identity)?.read_to_end(&mut clear)?;
    Ok(clear)
}

fn own() -> (Recipient, Identity) {
    let identity = identity(KEY);
    (Recipient(identity.public), identity)
}

#[test]
fn what_age_wrote_is_read() {
    let (recipient, identity) = own();
    assert!(KEY.contains(&format!("# public key: {}\n", recipient.line())));
    assert_eq!(Recipient::read_all(&recipient.line(), 1).unwrap(), [recipient]);
    assert_eq!(opened(SEALED, &identity).unwrap(), CLEAR.as_bytes());
}

#[test]
fn chunks_end_where_they_should() {
    let (recipient, identity) = own();
    for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
        let clear: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let bytes = sealed(&clear, &[recipient.clone(), Recipient([9; 32])]);
        assert_eq!(opened(&bytes, &identity).unwrap(), clear, "{length}");
        // Cut at any chunk's end and anywhere else; and with more behind it.
        for cut in [1, 16, 17, 65_552, 65_553].into_iter().filter(|cut| *cut < bytes.len()) {
            let cut = opened(&bytes[..bytes.len() - cut], &identity).unwrap_err();
            assert!(matches!(cut.kind(), ErrorKind::InvalidData), "{length}: {cut}");
        }
        assert!(opened(&[bytes.as_slice(), b"x"].concat(), &identity).is_err());
        assert!(opened(&[bytes.as_slice(), &[0; 65_552]].concat(), &identity).is_err());
    }
}

#[test]
fn every_changed_bit_is_found() {
    let (recipient, identity) = own();
    let bytes = sealed(CLEAR.as_bytes(), &[recipient]);
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(opened(&altered, &identity).is_err(), "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(opened(&bytes[..length], &identity).is_err(), "{length}");
    }
}

#[test]
fn chunks_do_not_change_places() {
    let (recipient, identity) = own();
    let bytes = sealed(&[7; 3 * 65_536], &[recipient]);
    let start = bytes.len() - 3 * 65_552;
    let (head, chunks) = bytes.split_at(start);
    let chunks: Vec<&[u8]> = chunks.chunks(65_552).collect();
    for order in [[1, 0, 2], [0, 0, 2], [0, 2, 2], [2, 1, 0]] {
        let moved = order.iter().flat_map(|at| chunks[*at]).copied();
        let moved: Vec<u8> = head.iter().copied().chain(moved).collect();
        assert!(opened(&moved, &identity).is_err(), "{order:?}");
    }
}

#[test]
fn others_open_nothing() {
    let (_, identity) = own();
    let bytes = sealed(b"x", &[Recipient([9; 32])]);
    assert_eq!(opened(&bytes, &identity).unwrap_err().kind(), ErrorKind::PermissionDenied);
}

#[test]
fn recipients_are_two_or_more_and_none_twice() {
    let (own, _) = own();
    let other = Recipient([9; 32]).line();
    let both = format!("# holders\n{}\n\n{other}\n", own.line());
    assert_eq!(Recipient::read_all(&both, 2).unwrap().len(), 2);
    for (text, least) in [(own.line(), 2), (format!("{0}\n{0}\n", own.line()), 1), (String::new(), 1)] {
        assert!(Recipient::read_all(&text, least).is_err(), "{text}");
    }
    let changed = own.line().replacen('q', "p", 1);
    for text in [changed.as_str(), "age1", "ssh-ed25519 AAAA", &bech32::encode(RECIPIENT, &[0; 32])] {
        assert!(Recipient::read_all(text, 1).is_err(), "{text}");
    }
}

/// A reader's key of the house opens what was sealed for its line, and `age` knows the same key.
#[test]
fn a_readers_key_is_one_of_age() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reader.key");
    let key = crate::reader::ReaderKey::create(&path, "rssi").unwrap();
    let recipients = Recipient::read_all(&key.recipient().line(), 1).unwrap();
    assert_eq!(recipients, [Recipient::from(key.recipient())]);
    let bytes = sealed(b"x", &recipients);
    assert_eq!(opened(&bytes, &Identity::read(&path).unwrap()).unwrap(), b"x");
    crate::disk::replace(&path, KEY.as_bytes()).unwrap();
    assert_eq!(Identity::read(&path).unwrap().public, own().1.public);
    crate::disk::replace(&path, b"AGE-SECRET-KEY-1X\n").unwrap();
    assert!(matches!(Identity::read(&path), Err(Error::Unsafe { .. })));
}

proptest! {
    #[test]
    fn bech32_is_read_as_written(key in any::<[u8; 32]>(), place in 0..62_usize, letter in 0..32_usize) {
        let text = bech32::encode(RECIPIENT, &key);
        prop_assert_eq!(bech32::decode(RECIPIENT, &text), Some(key));
        let mut altered = text.clone().into_bytes();
        altered[place] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"[letter];
        let altered = String::from_utf8(altered).unwrap();
        prop_assume!(altered != text);
        prop_assert_eq!(bech32::decode(RECIPIENT, &altered), None);
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let (_, identity) = own();
        prop_assert!(opened(&bytes, &identity).is_err());
        let behind = [b"age-encryption.org/v1\n-> X25519 ".as_slice(), &bytes].concat();
        prop_assert!(opened(&behind, &identity).is_err());
    }
}
