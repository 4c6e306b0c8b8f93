//! What a leg agreed on, in the names of the protocol.
//!
//! The library tells it of the leg to the equipment. Of the technician's leg it does not; but the first
//! KEXINIT of a client is sent in clear, our own lists are known, and RFC 4253 section 7.1 says what
//! follows from both.

use gate::Agreed;
use russh::Names;

use crate::profile;

/// Nothing is known.
pub(crate) fn nothing() -> Agreed {
    let unknown = String::new;
    Agreed {
        kex: unknown(),
        host_key: unknown(),
        cipher_in: unknown(),
        cipher_out: unknown(),
        mac_in: unknown(),
        mac_out: unknown(),
    }
}

/// From the library's names: it takes one cipher for both directions.
pub(crate) fn of(names: &Names) -> Agreed {
    let mac = |name: &russh::mac::Name| mac_of(names.cipher.as_ref(), name.as_ref());
    Agreed {
        kex: names.kex.as_ref().to_owned(),
        host_key: names.key.to_string(),
        cipher_in: names.cipher.as_ref().to_owned(),
        cipher_out: names.cipher.as_ref().to_owned(),
        mac_in: mac(&names.server_mac),
        mac_out: mac(&names.client_mac),
    }
}

/// From the first bytes of a client: its identification line and its KEXINIT. What cannot be read is left
/// empty; it decides nothing.
pub(crate) fn with_client(first: &[u8]) -> Agreed {
    parse(first).unwrap_or_else(nothing)
}

/// SSH_MSG_KEXINIT (RFC 4253 section 7.1).
const KEXINIT: u8 = 20;

fn parse(first: &[u8]) -> Option<Agreed> {
    let line = first.iter().position(|byte| *byte == b'\n')?;
    let mut bytes = first.get(line.checked_add(1)?..)?;
    let _length = take(&mut bytes, 4)?;
    let _padding = take(&mut bytes, 1)?;
    if take(&mut bytes, 1)? != [KEXINIT] {
        return None;
    }
    let _cookie = take(&mut bytes, 16)?;
    let (kex, key) = (names(&mut bytes)?, names(&mut bytes)?);
    let (cipher_in, cipher_out) = (names(&mut bytes)?, names(&mut bytes)?);
    let (mac_in, mac_out) = (names(&mut bytes)?, names(&mut bytes)?);
    let ours = profile::towards_technicians();
    let kexes: Vec<&str> = ours.kex.iter().map(AsRef::as_ref).collect();
    let ciphers: Vec<&str> = ours.cipher.iter().map(AsRef::as_ref).collect();
    let macs: Vec<&str> = ours.mac.iter().map(AsRef::as_ref).collect();
    let (cipher_in, cipher_out) = (choose(&cipher_in, &ciphers), choose(&cipher_out, &ciphers));
    Some(Agreed {
        kex: choose(&kex, &kexes),
        host_key: choose(&key, &["ssh-ed25519"]),
        mac_in: mac_of(&cipher_in, &choose(&mac_in, &macs)),
        mac_out: mac_of(&cipher_out, &choose(&mac_out, &macs)),
        cipher_in,
        cipher_out,
    })
}

/// The client's first that is ours too.
fn choose(client: &[&str], ours: &[&str]) -> String {
    client.iter().find(|name| ours.contains(name)).map_or_else(String::new, |name| (*name).to_owned())
}

/// A cipher that authenticates needs no MAC.
fn mac_of(cipher: &str, mac: &str) -> String {
    if cipher.contains("gcm") || cipher.contains("poly1305") { "implicit".to_owned() } else { mac.to_owned() }
}

fn names<'a>(bytes: &mut &'a [u8]) -> Option<Vec<&'a str>> {
    let length: [u8; 4] = take(bytes, 4)?.try_into().ok()?;
    let list = take(bytes, usize::try_from(u32::from_be_bytes(length)).ok()?)?;
    Some(std::str::from_utf8(list).ok()?.split(',').collect())
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(lists: &[&str]) -> Vec<u8> {
        let mut bytes = b"SSH-2.0-test\r\n\0\0\0\0\x04\x14".to_vec();
        bytes.extend([7; 16]);
        for list in lists {
            bytes.extend(u32::try_from(list.len()).unwrap_or(0).to_be_bytes());
            bytes.extend(list.as_bytes());
        }
        bytes
    }

    #[test]
    fn the_clients_order_decides() {
        let agreed = with_client(&hello(&[
            "sntrup761x25519-sha512@openssh.com,curve25519-sha256,mlkem768x25519-sha256",
            "rsa-sha2-512,ssh-ed25519",
            "aes128-cbc,aes256-ctr,aes128-gcm@openssh.com",
            "chacha20-poly1305@openssh.com",
            "hmac-sha1,hmac-sha2-512-etm@openssh.com",
            "hmac-sha1,hmac-sha2-256-etm@openssh.com",
        ]));
        assert_eq!(agreed.kex, "curve25519-sha256");
        assert_eq!(agreed.host_key, "ssh-ed25519");
        assert_eq!(
            (agreed.cipher_in.as_str(), agreed.mac_in.as_str()),
            ("aes256-ctr", "hmac-sha2-512-etm@openssh.com")
        );
        assert_eq!(
            (agreed.cipher_out.as_str(), agreed.mac_out.as_str()),
            ("chacha20-poly1305@openssh.com", "implicit")
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_empty() {
        let whole = hello(&["a", "b"]);
        for end in 0..whole.len() {
            assert_eq!(with_client(whole.get(..end).unwrap_or_default()), nothing());
        }
        assert_eq!(with_client(b"SSH-2.0-x\r\n\xff\xff\xff\xff\xff\x14"), nothing());
    }
}
