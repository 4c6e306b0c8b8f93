//! Which algorithms are spoken, on both sides: the one table.
//!
//! Towards technicians the client's order decides, so only what is good stands in the list. Towards the
//! equipment our order decides: AES-128-GCM first, because it is the fastest that everybody modern has.
//! What an old device needs besides is named in its description, one by one, and nothing else is added.

use std::borrow::Cow;
use std::str::FromStr;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, cipher, compression, kex, mac};

/// The profile of the house.
pub(crate) struct Profile {
    kex: &'static [kex::Name],
    cipher: &'static [cipher::Name],
    mac: &'static [mac::Name],
    /// Towards technicians: signatures of keys that may log in (`server-sig-algs`); the gate's own host key
    /// is Ed25519 whatever stands here. Towards the equipment: host keys.
    key: &'static [Algorithm],
}

const ED25519: Algorithm = Algorithm::Ed25519;
const P256: Algorithm = Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 };
const P384: Algorithm = Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 };
const P521: Algorithm = Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 };
const RSA_SHA512: Algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha512) };
const RSA_SHA256: Algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha256) };

/// Modern algorithms. CTR stands for old clients (paramiko 2) and only with an ETM MAC.
pub(crate) const PROFILE: Profile = Profile {
    kex: &[kex::MLKEM768X25519_SHA256, kex::CURVE25519, kex::CURVE25519_PRE_RFC_8731],
    cipher: &[cipher::AES_128_GCM, cipher::AES_256_GCM, cipher::CHACHA20_POLY1305, cipher::AES_256_CTR],
    mac: &[mac::HMAC_SHA256_ETM, mac::HMAC_SHA512_ETM],
    key: &[
        ED25519,
        Algorithm::SkEd25519,
        P256,
        Algorithm::SkEcdsaSha2NistP256,
        P384,
        P521,
        RSA_SHA512,
        RSA_SHA256,
    ],
};

/// Old key exchanges that a description may name.
const OLD_KEX: &[kex::Name] = &[
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_GEX_SHA256,
    kex::DH_G18_SHA512,
    kex::DH_G16_SHA512,
    kex::DH_G14_SHA256,
    kex::DH_GEX_SHA1,
    kex::DH_G14_SHA1,
    kex::DH_G1_SHA1,
];
/// Old ciphers that a description may name.
const OLD_CIPHER: &[cipher::Name] = &[
    cipher::AES_128_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CBC,
    cipher::AES_192_CBC,
    cipher::AES_256_CBC,
];
/// Old MACs that a description may name.
const OLD_MAC: &[mac::Name] = &[mac::HMAC_SHA256, mac::HMAC_SHA512, mac::HMAC_SHA1_ETM, mac::HMAC_SHA1];
/// Old host key algorithms that a description may name.
const OLD_KEY: &[Algorithm] = &[Algorithm::Rsa { hash: None }];

/// A name in a description that is no old algorithm of the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an old algorithm that can be spoken")]
pub(crate) struct UnknownAlgorithm(pub(crate) String);

/// What the door offers to technicians.
pub(crate) fn towards_technicians() -> Preferred {
    Preferred {
        kex: with(
            PROFILE.kex,
            &[kex::EXTENSION_SUPPORT_AS_SERVER, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER],
        ),
        key: Cow::Borrowed(PROFILE.key),
        host_key_certificates: Cow::Borrowed(&[]),
        cipher: Cow::Borrowed(PROFILE.cipher),
        mac: Cow::Borrowed(PROFILE.mac),
        compression: Cow::Borrowed(&[compression::NONE]),
    }
}

/// What the dialler offers to an equipment, with the old algorithms that its description names.
///
/// # Errors
/// The description names something that is not in the table: nothing is dialled.
pub(crate) fn towards_equipment(old: &[String]) -> Result<Preferred, UnknownAlgorithm> {
    let (mut kexes, mut ciphers, mut macs) =
        (PROFILE.kex.to_vec(), PROFILE.cipher.to_vec(), PROFILE.mac.to_vec());
    let mut keys: Vec<Algorithm> = PROFILE
        .key
        .iter()
        .filter(|key| !matches!(key, Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256))
        .cloned()
        .collect();
    for name in old {
        if let Some(found) = OLD_KEX.iter().find(|known| known.as_ref() == name) {
            kexes.push(*found);
        } else if let Some(found) = OLD_CIPHER.iter().find(|known| known.as_ref() == name) {
            ciphers.push(*found);
        } else if let Some(found) = OLD_MAC.iter().find(|known| known.as_ref() == name) {
            macs.push(*found);
        } else if let Some(found) =
            OLD_KEY.iter().find(|known| Algorithm::from_str(name).is_ok_and(|a| a == **known))
        {
            keys.push(found.clone());
        } else {
            return Err(UnknownAlgorithm(name.clone()));
        }
    }
    kexes.extend([kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT]);
    Ok(Preferred {
        kex: Cow::Owned(kexes),
        key: Cow::Owned(keys),
        host_key_certificates: Cow::Borrowed(&[]),
        cipher: Cow::Owned(ciphers),
        mac: Cow::Owned(macs),
        compression: Cow::Borrowed(&[compression::NONE]),
    })
}

fn with(names: &[kex::Name], extensions: &[kex::Name]) -> Cow<'static, [kex::Name]> {
    Cow::Owned(names.iter().chain(extensions).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_device_gets_what_it_names_and_nothing_else() {
        let modern = towards_equipment(&[]).unwrap();
        let old = towards_equipment(&[
            "diffie-hellman-group14-sha1".into(),
            "aes128-cbc".into(),
            "hmac-sha1".into(),
            "ssh-rsa".into(),
        ])
        .unwrap();
        assert_eq!(old.kex.len(), modern.kex.len() + 1);
        assert_eq!(old.cipher.len(), modern.cipher.len() + 1);
        assert_eq!(old.mac.len(), modern.mac.len() + 1);
        assert_eq!(old.key.len(), modern.key.len() + 1);
        assert_eq!(modern.cipher.first(), Some(&cipher::AES_128_GCM));
    }

    #[test]
    fn a_name_that_is_unknown_or_never_spoken_dials_nothing() {
        for name in ["none", "clear", "3des-cbc", "ssh-dss", "AES128-CBC", "", "hmac-md5"] {
            assert_eq!(towards_equipment(&[name.into()]).unwrap_err(), UnknownAlgorithm(name.into()));
        }
    }

    #[test]
    fn the_door_has_no_sha1_no_cbc_and_no_compression() {
        let door = towards_technicians();
        let names: Vec<&str> = door
            .kex
            .iter()
            .map(AsRef::as_ref)
            .chain(door.cipher.iter().map(AsRef::as_ref))
            .chain(door.mac.iter().map(AsRef::as_ref))
            .collect();
        assert!(names.iter().all(|name| !name.contains("sha1") && !name.contains("cbc")), "{names:?}");
        assert!(!door.key.contains(&Algorithm::Rsa { hash: None }));
        assert_eq!(door.compression.len(), 1);
    }
}
