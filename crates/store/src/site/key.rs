//! Public keys as lines of OpenSSH (RFC 4253 section 6.6, RFC 5656, RFC 8709; `sk-` keys: OpenSSH's PROTOCOL.u2f).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use domain::{Fingerprint, PersonKey};
use vocab::Text;

/// Longest key line: an RSA key of 16,384 bits has 2,750 characters, and a comment.
const LINE_MAX: usize = 4_096;
/// Fewest bits of an RSA key (ANSSI, crypto mechanisms guide: 3,072 recommended now, needed after 2030).
const RSA_BITS_MIN: usize = 3_072;
/// Most bits of an RSA key: OpenSSH's own limit.
const RSA_BITS_MAX: usize = 16_384;

/// What a key may be. No DSA (1,024 bits and SHA-1 only). A key in hardware (`sk-`) is one factor like any other.
const ALGORITHMS: [&str; 7] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
];

/// Reads a line `algorithm base64 [comment]`, without options. The blob is read whole: its inner algorithm, lengths
/// and end have to be right.
pub(super) fn person_key(line: &str) -> Result<PersonKey, Text> {
    let (algorithm, blob) = split(line)?;
    check_blob(algorithm, &blob)?;
    let encoded = STANDARD.encode(&blob);
    Ok(PersonKey { line: format!("{algorithm} {encoded}"), fingerprint: fingerprint(&blob) })
}

/// The fingerprint of an equipment's host key, from its line. Old devices have short RSA keys: any size is taken
/// here, because the key is pinned, not trusted for its strength.
pub(super) fn host_key(line: &str) -> Result<Fingerprint, Text> {
    let (algorithm, blob) = split(line)?;
    let mut rest = blob.as_slice();
    if field(&mut rest).is_none_or(|inner| inner != algorithm.as_bytes()) || rest.is_empty() {
        return Err(broken());
    }
    Ok(fingerprint(&blob))
}

/// A fingerprint as OpenSSH prints it: `SHA256:` and 43 characters that are 32 bytes.
pub(super) fn printed(given: &str) -> Option<Fingerprint> {
    let bytes = STANDARD_NO_PAD.decode(given.strip_prefix("SHA256:")?).ok()?;
    if bytes.len() == 32 { Some(Fingerprint(given.to_owned())) } else { None }
}

fn fingerprint(blob: &[u8]) -> Fingerprint {
    Fingerprint(format!("SHA256:{}", STANDARD_NO_PAD.encode(ledger::hash_of(&[blob]).0)))
}

fn split(line: &str) -> Result<(&str, Vec<u8>), Text> {
    let shape = || {
        Text::new(
            "une clé publique est une ligne d'OpenSSH : algorithme, base64, commentaire (le contenu d'un fichier .pub), \
             sans options",
            "a public key is a line of OpenSSH: algorithm, base64, comment (what a .pub file holds), without options",
        )
    };
    if line.contains("PRIVATE KEY") {
        return Err(Text::new(
            "ceci est une clé privée : la retirer d'ici, la remplacer partout, et donner la clé publique (fichier .pub)",
            "this is a private key: take it away, replace it everywhere, and give the public key (the .pub file)",
        ));
    }
    if line.len() > LINE_MAX || line.chars().any(char::is_control) {
        return Err(shape());
    }
    let mut words = line.split(' ').filter(|word| !word.is_empty());
    let (Some(algorithm), Some(encoded)) = (words.next(), words.next()) else {
        return Err(shape());
    };
    if algorithm.contains(['=', ',', '"']) {
        return Err(shape());
    }
    if !ALGORITHMS.contains(&algorithm) {
        return Err(refused(algorithm));
    }
    STANDARD.decode(encoded).map(|blob| (algorithm, blob)).map_err(|_| broken())
}

fn check_blob(algorithm: &str, blob: &[u8]) -> Result<(), Text> {
    let mut rest = blob;
    if field(&mut rest) != Some(algorithm.as_bytes()) {
        return Err(broken());
    }
    let whole = match algorithm {
        "ssh-ed25519" => is_long(&mut rest, 32),
        "sk-ssh-ed25519@openssh.com" => is_long(&mut rest, 32) && is_application(&mut rest),
        "ssh-rsa" => return rsa(rest),
        "ecdsa-sha2-nistp256" => is_point(&mut rest, b"nistp256", 65),
        "ecdsa-sha2-nistp384" => is_point(&mut rest, b"nistp384", 97),
        "ecdsa-sha2-nistp521" => is_point(&mut rest, b"nistp521", 133),
        "sk-ecdsa-sha2-nistp256@openssh.com" => {
            is_point(&mut rest, b"nistp256", 65) && is_application(&mut rest)
        }
        _ => return Err(refused(algorithm)),
    };
    if whole && rest.is_empty() { Ok(()) } else { Err(broken()) }
}

fn rsa(mut rest: &[u8]) -> Result<(), Text> {
    let (Some(exponent), Some(modulus)) = (field(&mut rest), field(&mut rest)) else {
        return Err(broken());
    };
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    let bits = bits(modulus);
    if !rest.is_empty() || !odd(exponent) || !odd(modulus) || bits > RSA_BITS_MAX {
        return Err(broken());
    }
    if bits < RSA_BITS_MIN {
        return Err(Text::new(
            format!(
                "clé RSA de {bits} bits : il en faut au moins {RSA_BITS_MIN}, ou mieux une clé ed25519 \
                 (ssh-keygen -t ed25519)"
            ),
            format!(
                "an RSA key of {bits} bits: at least {RSA_BITS_MIN} are needed, or better an ed25519 key \
                 (ssh-keygen -t ed25519)"
            ),
        ));
    }
    Ok(())
}

/// Bits of an unsigned big-endian number.
fn bits(number: &[u8]) -> usize {
    let significant: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    match significant.first() {
        Some(first) => significant.len() * 8 - first.leading_zeros() as usize,
        None => 0,
    }
}

/// Takes a field off: four bytes of length, then the bytes.
fn field<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (bytes, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = after;
    Some(bytes)
}

fn is_long(rest: &mut &[u8], bytes: usize) -> bool {
    field(rest).is_some_and(|field| field.len() == bytes)
}

fn is_application(rest: &mut &[u8]) -> bool {
    field(rest).is_some_and(|name| name.starts_with(b"ssh:"))
}

/// A point of the named curve, uncompressed.
fn is_point(rest: &mut &[u8], curve: &[u8], bytes: usize) -> bool {
    field(rest) == Some(curve)
        && field(rest).is_some_and(|point| point.len() == bytes && point.first() == Some(&4))
}

fn refused(algorithm: &str) -> Text {
    let algorithm = super::table::shown(algorithm);
    Text::new(
        format!(
            "l'algorithme `{algorithm}` n'est pas admis : ssh-ed25519, ecdsa-sha2-nistp256, -384 ou -521, une clé sk-, \
             ou ssh-rsa d'au moins {RSA_BITS_MIN} bits"
        ),
        format!(
            "the algorithm `{algorithm}` is not taken: ssh-ed25519, ecdsa-sha2-nistp256, -384 or -521, an sk- key, or \
             ssh-rsa of at least {RSA_BITS_MIN} bits"
        ),
    )
}

fn broken() -> Text {
    Text::new(
        "la clé est abîmée : recopier le fichier .pub entier",
        "the key is damaged: copy the whole .pub file again",
    )
}
