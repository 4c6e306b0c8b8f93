//! The vault's key for two of several holders: one file for each pair, sealed for the one inside what is sealed for the
//! other (`docs/formats/keys.md`, section 8). One holder alone has nothing; any two open one file, also with the
//! program `age` alone.

use crate::age::{self, Identity, Recipient};
use crate::{Error, disk, master::Master};
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// With two, one lost key loses all; beyond five there are more pairs than anybody keeps in order.
pub const HOLDERS: std::ops::RangeInclusive<usize> = 3..=5;
/// A key file is one line; what is longer is none.
const KEY_FILE_MAX: u64 = 1024;

/// What one pair can open.
#[derive(Debug)]
pub struct Piece {
    /// Their places in the list of holders, from 1.
    pub pair: (usize, usize),
    /// The file.
    pub sealed: Vec<u8>,
}

/// Seals the vault's key for every pair of these holders.
pub fn split(key_file: &Path, holders: &[Recipient]) -> Result<Vec<Piece>, Error> {
    if !HOLDERS.contains(&holders.len()) {
        return Err(Error::Invalid("the vault's key is split among 3 to 5 holders"));
    }
    Master::read(key_file)?;
    let key = disk::read_private(key_file)?;
    let mut pieces = Vec::new();
    for (first, outer) in (1..).zip(holders) {
        for (second, inner) in (1..).zip(holders).skip(first) {
            let sealed = sealed(&sealed(&key, inner)?, outer)?;
            pieces.push(Piece { pair: (first, second), sealed });
        }
    }
    Ok(pieces)
}

/// The text of the vault's key file, from what two holders opened together, in whichever order.
pub fn join(piece: &[u8], one: &Identity, other: &Identity) -> Result<Zeroizing<Vec<u8>>, Error> {
    let both = |outer, inner| opened(&opened(piece, outer)?, inner);
    both(one, other)
        .or_else(|| both(other, one))
        .ok_or(Error::Invalid("this file is not for these two holders, or is damaged"))
}

/// Writes a vault's key file that two holders opened; nothing may be there.
pub fn put(path: &Path, key: &[u8]) -> Result<(), Error> {
    if disk::create(path, key)? {
        return Master::read(path).map(|_| ());
    }
    Err(Error::Exists { what: "key", owner: path.display().to_string() })
}

/// What names a vault's key without saying anything of it.
pub fn key_id(key_file: &Path) -> Result<String, Error> {
    Ok(Master::read(key_file)?.name())
}

fn sealed(plain: &[u8], holder: &Recipient) -> Result<Vec<u8>, Error> {
    let mut sealing = age::seal(Vec::new(), std::slice::from_ref(holder))?;
    let whole = sealing.write_all(plain).and_then(|()| sealing.finish());
    whole.map_err(|_| Error::Crypto("sealing a piece"))
}

fn opened(sealed: &[u8], holder: &Identity) -> Option<Zeroizing<Vec<u8>>> {
    // Room for everything at once: a growing buffer would leave copies of the key behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    age::open(sealed, holder).ok()?.take(8 * KEY_FILE_MAX).read_to_end(&mut plain).ok()?;
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::ReaderKey;

    fn holder(folder: &Path, name: &str) -> (Recipient, Identity) {
        let path = folder.join(name);
        let key = ReaderKey::create(&path, name).unwrap();
        (Recipient::from(key.recipient()), Identity::read(&path).unwrap())
    }

    #[test]
    fn any_two_of_three_have_the_key_and_none_alone() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("vault.key");
        Master::create(&key).unwrap();
        let all = ["a", "b", "c"].map(|name| holder(folder.path(), name));
        let recipients: Vec<Recipient> = all.iter().map(|(recipient, _)| recipient.clone()).collect();
        assert!(split(&key, &recipients[..2]).is_err());
        let pieces = split(&key, &recipients).unwrap();
        assert_eq!(pieces.iter().map(|piece| piece.pair).collect::<Vec<_>>(), [(1, 2), (1, 3), (2, 3)]);
        for piece in &pieces {
            for one in 0..3 {
                for other in 0..3 {
                    let joined = join(&piece.sealed, &all[one].1, &all[other].1);
                    let theirs = [(one + 1, other + 1), (other + 1, one + 1)].contains(&piece.pair);
                    assert_eq!(joined.is_ok(), theirs, "{:?} {one} {other}", piece.pair);
                    if let Ok(text) = joined {
                        assert_eq!(text.as_slice(), std::fs::read(&key).unwrap());
                    }
                }
            }
        }
        let again = folder.path().join("again");
        let text = join(&pieces[0].sealed, &all[0].1, &all[1].1).unwrap();
        put(&again, &text).unwrap();
        assert_eq!(key_id(&again).unwrap(), key_id(&key).unwrap());
        assert!(put(&again, &text).is_err());
    }
}
