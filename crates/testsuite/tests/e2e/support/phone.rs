//! A person's telephone: the codes of the second factor (RFC 6238), each handed out once.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;

use super::pause;

/// A code lives for this long (RFC 6238 section 5.2).
const STEP: u64 = 30;
/// The gate takes the step before, the present one and the next. A code of the step before is handed out
/// only when it will be taken for this much longer, so that a slow login does not lose it.
const MARGIN: u64 = 12;

/// What `poterne enrol` put on it.
pub(crate) struct Phone {
    key: hmac::Key,
    last: u64,
}

impl Phone {
    /// From the link that `poterne enrol` prints.
    pub(crate) fn new(link: &str) -> Self {
        let (_, query) = link.split_once("secret=").unwrap_or_else(|| panic!("no secret in `{link}`"));
        let secret = base32(query.split('&').next().unwrap().trim());
        Self { key: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret), last: 0 }
    }

    /// A new secret on the same telephone: a moment whose code was taken gives no second one.
    pub(crate) fn renewed(self, link: &str) -> Self {
        Self { last: self.last, ..Self::new(link) }
    }

    /// A code that was not handed out before. When three were within one step, it waits for the next step.
    pub(crate) fn code(&mut self) -> String {
        loop {
            if let Some(code) = self.code_at_once() {
                return code;
            }
            pause();
        }
    }

    /// The same, or none when it would have to wait.
    pub(crate) fn code_at_once(&mut self) -> Option<String> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let now = seconds / STEP;
        let first = if STEP - seconds % STEP >= MARGIN { now - 1 } else { now };
        let step = first.max(self.last + 1);
        (step <= now + 1).then(|| {
            self.last = step;
            self.at(step)
        })
    }

    fn at(&self, step: u64) -> String {
        let tag = hmac::sign(&self.key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[19] & 15);
        let four: [u8; 4] = tag[offset..offset + 4].try_into().unwrap();
        format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
    }
}

fn base32(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => panic!("`{text}` is not base32"),
        };
        bits = (bits << 5) | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

#[test]
fn codes_are_those_of_the_standard() {
    // RFC 6238 appendix B, the last six digits of its eight.
    let link = "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=x";
    for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
        assert_eq!(Phone::new(link).at(seconds / STEP), code);
    }
}
