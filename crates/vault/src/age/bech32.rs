//! Bech32 (BIP 173) for keys of 32 bytes: how `age` writes them.

use crate::master::KEY_BYTES;

const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// 52 letters of 5 bits for 256 bits, and 6 of the checksum.
const DATA: usize = 52;
const CHECKSUM: usize = 6;

/// The key, as text of this kind in lower-case letters.
pub(super) fn encode(kind: &str, key: &[u8; KEY_BYTES]) -> String {
    let mut values = regroup(key.iter().map(|byte| u32::from(*byte)), 8, 5);
    let padded = values.iter().copied().chain([0; CHECKSUM]);
    let check = polymod(expanded(kind).chain(padded)) ^ 1;
    values.extend((0..6).map(|at| check >> (5 * (5 - at)) & 31));
    let letter = |value: u32| LETTERS.get(value as usize).copied().map_or('?', char::from);
    format!("{kind}1{}", values.into_iter().map(letter).collect::<String>())
}

/// The key in such a text, all in lower or all in upper case; `None`: it is none of this kind.
pub(super) fn decode(kind: &str, text: &str) -> Option<[u8; KEY_BYTES]> {
    let upper = text.chars().any(|c| c.is_ascii_uppercase());
    if upper && text.chars().any(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let letters = lower.strip_prefix(kind)?.strip_prefix('1')?;
    let value =
        |letter: u8| LETTERS.iter().position(|known| *known == letter).and_then(|at| u32::try_from(at).ok());
    let values: Vec<u32> = letters.bytes().map(value).collect::<Option<_>>()?;
    if values.len() != DATA + CHECKSUM || polymod(expanded(kind).chain(values.iter().copied())) != 1 {
        return None;
    }
    // 52 × 5 = 260 bits: the last four are padding and zero.
    let last = values.get(DATA - 1)?;
    let bytes = regroup(values.iter().take(DATA).copied(), 5, 8);
    let bytes: Vec<u8> =
        bytes.into_iter().take(KEY_BYTES).map(|byte| u8::try_from(byte).unwrap_or(0)).collect();
    bytes.try_into().ok().filter(|_| last & 15 == 0)
}

fn expanded(kind: &str) -> impl Iterator<Item = u32> + '_ {
    let high = kind.bytes().map(|byte| u32::from(byte >> 5));
    high.chain([0]).chain(kind.bytes().map(|byte| u32::from(byte & 31)))
}

/// Bits in groups of one size, as groups of another; the last is filled up with zeros.
fn regroup(values: impl Iterator<Item = u32>, from: u32, to: u32) -> Vec<u32> {
    let (mut held, mut bits, mut groups) = (0_u32, 0, Vec::new());
    for value in values {
        held = (held << from | value) & 0xfff;
        bits += from;
        while bits >= to {
            bits -= to;
            groups.push(held >> bits & ((1 << to) - 1));
        }
    }
    if bits > 0 {
        groups.push(held << (to - bits) & ((1 << to) - 1));
    }
    groups
}

fn polymod(values: impl Iterator<Item = u32>) -> u32 {
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.fold(1, |sum: u32, value| {
        let top = sum >> 25;
        let sum = (sum & 0x01ff_ffff) << 5 ^ value;
        GENERATORS
            .iter()
            .enumerate()
            .filter(|(at, _)| top >> at & 1 == 1)
            .fold(sum, |sum, (_, generator)| sum ^ generator)
    })
}
