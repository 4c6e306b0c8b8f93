//! Tokens that openssl made (`docs/formats/vectors/timestamp`), and every way to alter one.

use proptest::prelude::*;

use crate::{Authorities, Error, Question, Stamp, TOKEN_MAX, verify};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../../docs/formats/vectors/timestamp/", $name)).as_slice()
    };
}

const HONEST: &[u8] = vector!("rsa2048-sha256.tsr");
const FRACTIONS: &[u8] = vector!("p256-sha256.tsr");

fn ca() -> Authorities {
    Authorities::parse(vector!("ca.pem")).unwrap()
}

fn read(token: &[u8]) -> Result<Stamp, Error> {
    verify(token, vector!("checkpoint"), &ca())
}

#[test]
fn what_openssl_makes_is_believed() {
    for (token, name) in [
        (HONEST, "rsa2048"),
        (vector!("rsa4096-sha512.tsr"), "rsa4096"),
        (FRACTIONS, "p256"),
        (vector!("p384-sha384.tsr"), "p384"),
        (vector!("cms.tsr"), "rsa2048"),
    ] {
        let stamp = read(token).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(stamp.policy, "1.3.6.1.4.1.32473.1");
        assert_eq!(stamp.by, format!("CN=Horloge fictive {name},O=Horodatage fictif"));
        // November 2026, when they were made.
        assert!((1_793_000_000_000_000..1_797_000_000_000_000).contains(&stamp.at), "{}", stamp.at);
    }
    assert_ne!(read(FRACTIONS).unwrap().at % 1_000_000, 0, "a fraction of a second");
    assert_eq!(read(HONEST).unwrap().at % 1_000_000, 0);
}

#[test]
fn what_is_not_what_it_says_is_refused() {
    for (token, why) in [
        (vector!("bad-authority.tsr"), Error::Chain),
        (vector!("bad-not-yet-valid.tsr"), Error::Chain),
        (vector!("bad-no-usage.tsr"), Error::Certificate),
        (vector!("bad-usage-not-critical.tsr"), Error::Certificate),
        (vector!("bad-two-usages.tsr"), Error::Certificate),
        (&[], Error::Malformed),
        (b"0", Error::Malformed),
        (&[0x30; TOKEN_MAX + 1], Error::Malformed),
    ] {
        assert_eq!(read(token), Err(why));
    }
    let longer = [HONEST, b"\0"].concat();
    assert_eq!(read(&longer), Err(Error::Malformed));
    assert_eq!(verify(HONEST, b"other bytes", &ca()), Err(Error::Imprint));
    let other = Authorities::parse(vector!("other-ca.pem")).unwrap();
    assert_eq!(verify(HONEST, vector!("checkpoint"), &other), Err(Error::Chain));
    // Of several authorities one is enough.
    let both = Authorities::parse(&[vector!("other-ca.pem"), vector!("ca.pem")].concat()).unwrap();
    verify(HONEST, vector!("checkpoint"), &both).unwrap();
    verify(vector!("bad-authority.tsr"), vector!("checkpoint"), &both).unwrap();
}

#[test]
fn a_file_of_authorities_is_read_or_refused() {
    let broken = vector!("ca.pem").to_ascii_uppercase();
    for pem in [b"".as_slice(), b"nothing", &broken, &vector!("ca.pem").repeat(65)] {
        assert_eq!(Authorities::parse(pem).map(drop), Err(Error::Authorities));
    }
    Authorities::parse(&vector!("ca.pem").repeat(64)).unwrap();
}

/// An answer with this status around a token.
fn answer(status: u8, token: &[u8]) -> Vec<u8> {
    let inner = [&[0x30, 0x03, 0x02, 0x01, status], token].concat();
    let length = match u8::try_from(inner.len()) {
        Ok(length) => vec![length],
        Err(_) => [&[0x82], &u16::try_from(inner.len()).unwrap().to_be_bytes()[..]].concat(),
    };
    [&[0x30], &length[..], &inner].concat()
}

#[test]
fn an_answer_answers_the_question_that_was_asked() {
    let question = |policy| Question::new(vector!("checkpoint"), [0xff; 8], policy).unwrap();
    let encoded = question(Some("1.3.6.1.4.1.32473.1")).encode().unwrap();
    assert!(encoded.windows(9).any(|part| part == [1, 255, 255, 255, 255, 255, 255, 255, 255]));
    // The honest token has another nonce; everything else about it is right.
    assert_eq!(question(None).answered(&answer(0, HONEST), &ca()).unwrap_err(), Error::Nonce);
    assert_eq!(question(None).answered(&answer(2, b""), &ca()).unwrap_err(), Error::Refused(2));
    assert_eq!(question(None).answered(&answer(0, b""), &ca()).unwrap_err(), Error::Malformed);
    assert_eq!(question(None).answered(HONEST, &ca()).unwrap_err(), Error::Malformed);
    assert_eq!(question(None).answered(&vec![0; 2 * TOKEN_MAX + 1], &ca()).unwrap_err(), Error::Malformed);
    assert!(Question::new(b"", [0; 8], Some("no policy")).is_err());
    // Its own nonce, handed back to it.
    let mut own = question(None);
    own.nonce = der::asn1::Int::new(read(HONEST).unwrap().nonce.as_deref().unwrap()).unwrap();
    assert_eq!(own.answered(&answer(0, HONEST), &ca()).unwrap().0, HONEST);
    own.policy = Some(der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.2"));
    let under = Error::Policy("1.3.6.1.4.1.32473.1".to_owned());
    assert_eq!(own.answered(&answer(1, HONEST), &ca()).unwrap_err(), under);
}

/// What the fuzz target `token` was fed with, or found.
#[test]
fn the_corpus_is_refused() {
    let corpus: [&[u8]; 3] = [
        include_bytes!("../../../fuzz/corpus/token/deep"),
        include_bytes!("../../../fuzz/corpus/token/cut"),
        include_bytes!("../../../fuzz/corpus/token/indefinite"),
    ];
    for token in corpus {
        assert!(read(token).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// The unsigned rest of a token (which certificates lie in it, beside the one that it names) proves nothing.
    #[test]
    fn a_flipped_bit_is_refused_or_changes_nothing(
        which in 0..2_usize, at in any::<prop::sample::Index>(), bit in 0..8_u8,
    ) {
        let mut token = [HONEST, FRACTIONS][which].to_vec();
        let honest = read(&token).unwrap();
        let at = at.index(token.len());
        token[at] ^= 1 << bit;
        if let Ok(stamp) = read(&token) {
            prop_assert_eq!(stamp, honest);
        }
    }

    #[test]
    fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in any::<prop::sample::Index>()) {
        prop_assert!(read(&bytes).is_err());
        let cut = cut.index(HONEST.len());
        prop_assert!(read(&HONEST[..cut]).is_err());
        prop_assert!(read(&[&HONEST[..cut], &bytes[..]].concat()).is_err() || bytes.is_empty() || HONEST[cut..] == bytes[..]);
        let _refused = Authorities::parse(&bytes);
    }
}
