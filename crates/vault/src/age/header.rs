//! The header: the file key wrapped for each recipient, and a code over all of it.

use super::{Identity, Recipient, mac_key};
use crate::Error;
use crate::master::KEY_BYTES;
use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::io::{self, ErrorKind, Read};
use zeroize::Zeroizing;

/// Of 128 bits, as the format has it.
pub(super) const FILE_KEY_BYTES: usize = 16;
const VERSION: &str = "age-encryption.org/v1";
/// Sixteen of ours are 16 × 99 bytes; what other programs add is small.
const HEADER_MAX: usize = 65_536;
const STANZAS_MAX: usize = 32;

pub(super) fn encode(file_key: &[u8; FILE_KEY_BYTES], recipients: &[Recipient]) -> Result<Vec<u8>, Error> {
    let mut text = format!("{VERSION}\n");
    for recipient in recipients {
        let (share, wrapped) = recipient.wrap(file_key)?;
        text +=
            &format!("-> X25519 {}\n{}\n", STANDARD_NO_PAD.encode(share), STANDARD_NO_PAD.encode(wrapped));
    }
    text += "---";
    let key = mac_key(file_key).ok_or(Error::Crypto("key derivation"))?;
    let mac = STANDARD_NO_PAD.encode(hmac::sign(&key, text.as_bytes()));
    Ok(format!("{text} {mac}\n").into_bytes())
}

/// Reads a header to its end, byte by byte, and returns the file key of this reader.
///
/// `InvalidData`: it is no file of this format, or was altered; `PermissionDenied`: it was not made for him.
pub(super) fn read(from: &mut impl Read, identity: &Identity) -> io::Result<Zeroizing<Vec<u8>>> {
    let (mut covered, mut stanzas) = (line(from, HEADER_MAX)?, Vec::new());
    if covered != format!("{VERSION}\n") {
        return Err(broken());
    }
    let mac = loop {
        let start = line(from, HEADER_MAX - covered.len())?;
        if let Some(mac) = start.strip_prefix("--- ") {
            covered += "---";
            break decoded(mac.trim_end_matches('\n')).ok_or_else(broken)?;
        }
        let arguments: Vec<&str> =
            start.strip_prefix("-> ").ok_or_else(broken)?.trim_end().split(' ').collect();
        let (mut body, mut taken) = (String::new(), start.clone());
        loop {
            let next = line(from, HEADER_MAX.saturating_sub(covered.len() + taken.len()))?;
            body += next.trim_end_matches('\n');
            taken += &next;
            // Whole lines are 64 letters; a shorter one, perhaps empty, is the last.
            if next.len() < 65 {
                break;
            }
        }
        if let ["X25519", share] = arguments.as_slice() {
            let share = decoded(share).and_then(|share| share.try_into().ok()).ok_or_else(broken)?;
            stanzas.push((share, decoded(&body).filter(|body| body.len() == 32).ok_or_else(broken)?));
        }
        covered += &taken;
        if stanzas.len() > STANZAS_MAX {
            return Err(broken());
        }
    };
    let found = stanzas.iter().find_map(|(share, wrapped)| identity.unwrap(share, wrapped));
    let file_key =
        found.ok_or_else(|| io::Error::new(ErrorKind::PermissionDenied, "it was made for other readers"))?;
    let key = mac_key(&file_key).ok_or_else(broken)?;
    hmac::verify(&key, covered.as_bytes(), &mac).map_err(|_| broken())?;
    Ok(file_key)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

/// A line with its end. Nothing beyond it is read: what follows the header is no text.
fn line(from: &mut impl Read, most: usize) -> io::Result<String> {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while bytes.last() != Some(&b'\n') {
        if bytes.len() >= most {
            return Err(broken());
        }
        from.read_exact(&mut byte).map_err(cut_short)?;
        bytes.extend(byte);
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

pub(super) fn broken() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "it is cut short, damaged or was altered")
}

pub(super) fn cut_short(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::UnexpectedEof { broken() } else { error }
}

fn cipher(key: &[u8; KEY_BYTES]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(LessSafeKey::new)
}

/// The wrapping key is drawn anew for each wrapping: its one nonce is zero.
fn once() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

pub(super) fn wrap(key: &[u8; KEY_BYTES], file_key: &[u8]) -> Result<Vec<u8>, Error> {
    let failed = || Error::Crypto("wrapping a key");
    let mut text = Zeroizing::new(Vec::with_capacity(file_key.len() + 16));
    text.extend_from_slice(file_key);
    let cipher = cipher(key).ok_or_else(failed)?;
    cipher.seal_in_place_append_tag(once(), Aad::empty(), &mut *text).map_err(|_| failed())?;
    Ok(text.to_vec())
}

pub(super) fn unwrap(key: &[u8; KEY_BYTES], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(wrapped.to_vec());
    let length = cipher(key)?.open_in_place(once(), Aad::empty(), &mut text).ok()?.len();
    text.truncate(length);
    Some(text).filter(|text| text.len() == FILE_KEY_BYTES)
}
