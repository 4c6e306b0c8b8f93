//! Entry points for fuzzing: what a client shows instead of a code, read and judged as a login does it.

use std::net::{IpAddr, Ipv4Addr};

use domain::Fingerprint;
use russh::keys::Certificate;
use vocab::Timestamp;

use crate::keys;
use crate::user::User;

/// The one certificate that there is: for `a.durand`, made with OpenSSH's `ssh-keygen`. Nobody has its authority's key.
const OURS: &[u8] = include_bytes!("../testdata/certificate.bin");
const AUTHORITY: &str = "SHA256:oHiXlfTdhEDYcwtr3Pi9wkj49Olz5aDt1RZllXrDAWc";
const FROM: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
/// In the middle of its hours: 2026-11-24T12:00:00Z.
const NOW: i64 = 1_795_521_600;

/// A user name, a line feed, a certificate: nothing but [`OURS`] is ever taken.
pub fn fuzz_certificate(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (name, shown) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let user = std::str::from_utf8(name).ok().and_then(User::parse);
    assert!(!taken(user.as_ref(), shown) || shown == OURS, "a forged certificate");
}

fn taken(user: Option<&User>, bytes: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_bytes(bytes) else { return false };
    let (shown, signed) = (keys::shown(&certificate), keys::is_signed(&certificate));
    let authority = Fingerprint(AUTHORITY.to_owned());
    // The whole of it is looked at whatever the name is.
    let judged = "a.durand".parse().is_ok_and(|person| {
        let person = user.map_or(&person, |user| &user.person);
        shown.check(&authority, person, FROM, Timestamp::from_secs(NOW)).is_ok()
    });
    signed && judged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_taken_and_everything_that_was_ever_found_is_not() {
        let user = User::parse("a.durand+scanner-1").unwrap();
        assert!(taken(Some(&user), OURS));
        assert!(!taken(User::parse("b.petit").as_ref(), OURS));
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/certificate");
        let mut cases = 0;
        for case in std::fs::read_dir(corpus).unwrap() {
            fuzz_certificate(&std::fs::read(case.unwrap().path()).unwrap());
            cases += 1;
        }
        assert!(cases > 0, "{corpus} is empty");
    }

    /// Each bit of it is under its signature, or in it.
    #[test]
    fn ours_with_one_bit_changed_is_not() {
        let user = User::parse("a.durand+scanner-1").unwrap();
        for bit in 0..OURS.len() * 8 {
            let mut bytes = OURS.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!taken(Some(&user), &bytes), "bit {bit}");
        }
    }
}
