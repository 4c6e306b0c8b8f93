//! One-time codes of persons (RFC 6238: HMAC-SHA-1, 30 seconds, six digits): a code is accepted once.

use crate::Error;
use aws_lc_rs::hmac;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use vocab::Timestamp;
use zeroize::Zeroizing;

/// 160 bits, as RFC 4226 section 4 recommends.
pub(crate) const SECRET_BYTES: usize = 20;
/// RFC 4226 asks for 128 bits at least; 64 bytes is one block of SHA-1.
const GIVEN_SECRET: std::ops::RangeInclusive<usize> = 16..=64;
const DIGITS: usize = 6;
const STEP_SECONDS: i64 = 30;
/// Steps before and after the present one: a clock that is off by up to 30 seconds.
const DRIFT: i64 = 1;

/// A person's secret and the last step of which a code was accepted.
pub(crate) struct Token {
    /// No code of this step or of an earlier one is accepted again.
    last_step: i64,
    secret: Zeroizing<Vec<u8>>,
}

impl Token {
    /// A secret for a person who may have had another before.
    pub(crate) fn new(secret: Zeroizing<Vec<u8>>, before: Option<&Self>) -> Result<Self, Error> {
        if !GIVEN_SECRET.contains(&secret.len()) {
            return Err(Error::Invalid("the secret of a one-time code has 16 to 64 bytes"));
        }
        Ok(Self { last_step: before.map_or(i64::MIN, |before| before.last_step), secret })
    }

    /// `i64` last step, then the secret.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(8 + self.secret.len()));
        bytes.extend(self.last_step.to_be_bytes());
        bytes.extend(self.secret.iter());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (step, secret) = bytes.split_at_checked(8)?;
        let last_step = i64::from_be_bytes(step.try_into().ok()?);
        GIVEN_SECRET
            .contains(&secret.len())
            .then(|| Self { last_step, secret: Zeroizing::new(secret.to_vec()) })
    }

    /// Whether the code is right now, in constant time for codes of six characters. When it is, its step is
    /// burnt in this value: whoever asked writes it down before saying so.
    pub(crate) fn accept(&mut self, code: &str, now: Timestamp) -> bool {
        let step = now.as_secs().div_euclid(STEP_SECONDS);
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.secret);
        let mut right = Choice::from(0);
        let mut burnt = self.last_step;
        for candidate in step - DRIFT..=step + DRIFT {
            let fresh = Choice::from(u8::from(candidate > self.last_step));
            let matches = code_of(&key, candidate).as_bytes().ct_eq(code.as_bytes()) & fresh;
            burnt.conditional_assign(&candidate, matches);
            right |= matches;
        }
        self.last_step = burnt;
        right.into()
    }
}

/// RFC 4226 section 5.3, over the step as counter.
fn code_of(key: &hmac::Key, step: i64) -> Zeroizing<String> {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = bytes.last().map_or(0, |last| usize::from(last & 0x0f));
    let word = bytes.get(offset..offset + 4).and_then(|word| word.try_into().ok()).unwrap_or([0; 4]);
    let number = (u32::from_be_bytes(word) & 0x7fff_ffff) % 10_u32.pow(6);
    Zeroizing::new(format!("{number:0DIGITS$}"))
}

/// What an authenticator application reads, as a link or as a picture of it.
pub(crate) fn link(issuer: &str, person: &str, secret: &[u8]) -> Zeroizing<String> {
    // Issuer and person are names of a-z, 0-9, dot, dash, underscore: nothing to escape.
    let secret = base32(secret);
    Zeroizing::new(format!("otpauth://totp/{issuer}:{person}?secret={}&issuer={issuer}", secret.as_str()))
}

/// RFC 4648 section 6, without padding.
fn base32(bytes: &[u8]) -> Zeroizing<String> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    let (mut pending, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        pending = ((pending << 8) | u32::from(*byte)) & 0xffff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.extend(ALPHABET.get((pending >> bits & 31) as usize).map(|letter| char::from(*letter)));
        }
    }
    if bits > 0 {
        text.extend(ALPHABET.get((pending << (5 - bits) & 31) as usize).map(|letter| char::from(*letter)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token() -> Token {
        Token::new(Zeroizing::new(b"12345678901234567890".to_vec()), None).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    /// RFC 6238, appendix B, SHA-1: its eight digits end in our six.
    #[test]
    fn vectors_of_the_standard() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert!(token().accept(code, at(seconds)), "{seconds}");
            assert!(
                token().accept(code, at(seconds - 30)) && token().accept(code, at(seconds + 30)),
                "{seconds}"
            );
            assert!(
                !token().accept(code, at(seconds - 60)) && !token().accept(code, at(seconds + 60)),
                "{seconds}"
            );
        }
    }

    #[test]
    fn a_code_is_accepted_once() {
        let mut token = token();
        assert!(token.accept("287082", at(59)));
        assert!(!token.accept("287082", at(59)));
        let mut kept = Token::from_bytes(&token.to_bytes()).unwrap();
        assert!(!kept.accept("287082", at(59)));
        assert!(kept.accept("359152", at(60)), "the next step is free");
        assert!(!kept.accept("287082", at(60)), "and an earlier one is not");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for code in ["", "28708", "2870820", "287082 ", " 87082", "abcdef", "２87082", "94287082"] {
            assert!(!token().accept(code, at(59)), "{code}");
        }
    }

    #[test]
    fn a_short_secret_is_refused() {
        for (length, good) in [(0, false), (15, false), (16, true), (64, true), (65, false)] {
            assert_eq!(Token::new(Zeroizing::new(vec![1; length]), None).is_ok(), good, "{length}");
            let bytes = [vec![0; 8], vec![1; length]].concat();
            assert_eq!(Token::from_bytes(&bytes).is_some(), good, "{length}");
        }
        assert!(Token::from_bytes(&[0; 7]).is_none());
    }

    /// RFC 4648, section 10.
    #[test]
    fn base32_vectors() {
        for (bytes, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ")] {
            assert_eq!(base32(bytes.as_bytes()).as_str(), text);
        }
        let uri = "otpauth://totp/poterne:a.martin?secret=MZXW6YTBOI&issuer=poterne";
        assert_eq!(link("poterne", "a.martin", b"foobar").as_str(), uri);
    }

    proptest! {
        /// Whatever the order of attempts and the clock, no step is accepted twice.
        #[test]
        fn no_step_twice(times in proptest::collection::vec((0_i64..400, -1_i64..=1), 1..60)) {
            let mut token = token();
            let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345678901234567890");
            let mut accepted = Vec::new();
            for (seconds, drift) in times {
                let step = (seconds / 30 + drift).max(0);
                if token.accept(&code_of(&key, step), at(seconds)) {
                    prop_assert!(accepted.iter().all(|earlier| *earlier < step), "{step} after {accepted:?}");
                    accepted.push(step);
                }
            }
        }

        #[test]
        fn any_clock_is_survived(micros: i64, code in ".{0,12}") {
            token().accept(&code, Timestamp::from_micros(micros));
        }
    }
}
