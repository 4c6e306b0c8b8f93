//! A tar archive of plain files, as `docs/formats/backup.md` section 2.1 has it. The reader takes what the writer
//! writes, and nothing else.

use std::io::{self, ErrorKind, Read, Write};

use vocab::Timestamp;

const BLOCK: usize = 512;
const NAME: usize = 100;
const PREFIX: usize = 155;
/// From here on a size does not fit into 11 octal digits.
const OCTAL_MAX: u64 = 1 << 33;

/// Writes members one after the other.
pub(super) struct Writer<W> {
    to: W,
    dated: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(to: W, dated: Timestamp) -> Self {
        Self { to, dated: u64::try_from(dated.as_secs()).unwrap_or(0).min(OCTAL_MAX - 1) }
    }

    /// A file of exactly `size` bytes from `content`.
    pub(super) fn member(&mut self, path: &str, size: u64, content: impl Read) -> io::Result<()> {
        self.to.write_all(&head(path, size, self.dated)?)?;
        if io::copy(&mut content.take(size), &mut self.to)? != size {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, format!("`{path}` became shorter")));
        }
        self.to.write_all([0; BLOCK].get(..padding(size)).unwrap_or_default())
    }

    /// Ends the archive, and gives back what it was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.to.write_all(&[0; 2 * BLOCK])?;
        Ok(self.to)
    }
}

/// Reads members one after the other.
pub(super) struct Reader<R> {
    from: R,
    /// Of the member that is open: what is left of it, and behind it.
    left: u64,
    padding: usize,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, left: 0, padding: 0 }
    }

    /// The next member's path and size, after the one before was read to its end; `None`: it was the last, and nothing
    /// stands after it.
    pub(super) fn next(&mut self) -> io::Result<Option<(String, u64)>> {
        if io::copy(&mut self.content(), &mut io::sink())? > 0 {
            return Err(broken());
        }
        let mut rest = [0; BLOCK];
        self.from.read_exact(rest.get_mut(..self.padding).unwrap_or_default())?;
        let mut block = [0; BLOCK];
        self.from.read_exact(&mut block)?;
        if block == [0; BLOCK] {
            self.from.read_exact(&mut block)?;
            let over = block == [0; BLOCK] && self.from.read(&mut [0])? == 0;
            return if over && rest == [0; BLOCK] { Ok(None) } else { Err(broken()) };
        }
        let (path, size, dated) = fields(&block).ok_or_else(broken)?;
        // One spelling: whatever it would not have written itself is refused.
        if head(&path, size, dated)? != block || rest != [0; BLOCK] {
            return Err(broken());
        }
        (self.left, self.padding) = (size, padding(size));
        Ok(Some((path, size)))
    }

    /// What is left of the member's content.
    pub(super) fn content(&mut self) -> impl Read + '_ {
        Content(self)
    }
}

struct Content<'a, R>(&'a mut Reader<R>);

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.0.left).unwrap_or(usize::MAX).min(out.len());
        let read = self.0.from.read(out.get_mut(..most).unwrap_or_default())?;
        if read == 0 && most > 0 {
            return Err(broken());
        }
        self.0.left -= read as u64;
        Ok(read)
    }
}

fn broken() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "the archive is not as a backup has it")
}

fn padding(size: u64) -> usize {
    usize::try_from(size.wrapping_neg() % BLOCK as u64).unwrap_or(0)
}

fn head(path: &str, size: u64, dated: u64) -> io::Result<[u8; BLOCK]> {
    let (prefix, name) = split(path).ok_or_else(|| io::Error::other(format!("`{path}` is too long")))?;
    let mut block = Vec::with_capacity(BLOCK);
    let mut field = |bytes: &[u8], width: usize| {
        let end = block.len() + width;
        block.extend(bytes);
        block.resize(end, 0);
    };
    field(name.as_bytes(), NAME);
    // Mode, owner and group, size, date, and room for the sum.
    field(b"0000600", 8);
    field(b"0000000", 8);
    field(b"0000000", 8);
    if size < OCTAL_MAX {
        field(format!("{size:011o}").as_bytes(), 12);
    } else {
        field(&[&[0x80, 0, 0, 0], size.to_be_bytes().as_slice()].concat(), 12);
    }
    field(format!("{dated:011o}").as_bytes(), 12);
    field(b"        ", 8);
    // A plain file; no link; the format; names and devices of nobody.
    field(b"0", 1);
    field(b"", 100);
    field(b"ustar\x0000", 8);
    field(b"", 32 + 32 + 8 + 8);
    field(prefix.as_bytes(), PREFIX);
    field(b"", 12);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block.splice(148..156, format!("{sum:06o}\0 ").into_bytes());
    block.try_into().map_err(|_| io::Error::other("a head has 512 bytes"))
}

/// What stands before and after a `/`, so that each fits.
fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= NAME {
        return Some(("", path));
    }
    path.match_indices('/')
        .filter_map(|(at, _)| Some((path.get(..at)?, path.get(at + 1..)?)))
        .find(|(prefix, name)| prefix.len() <= PREFIX && name.len() <= NAME)
}

/// Path, size and date.
fn fields(block: &[u8; BLOCK]) -> Option<(String, u64, u64)> {
    let text = |from: usize, width: usize| {
        let bytes = block.get(from..from + width)?.split(|byte| *byte == 0).next()?;
        std::str::from_utf8(bytes).ok()
    };
    let (name, prefix) = (text(0, NAME)?, text(345, PREFIX)?);
    let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
    let size = match block.get(124..136)? {
        [0x80, 0, 0, 0, size @ ..] => u64::from_be_bytes(size.try_into().ok()?),
        _ => u64::from_str_radix(text(124, 12)?, 8).ok()?,
    };
    Some((path, size, u64::from_str_radix(text(136, 12)?, 8).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONG: &str = "evidence/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/recordings/\
                        00112233445566778899aabbccddeeff.rec";

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), Timestamp::from_secs(1_790_000_000));
        for (path, bytes) in members {
            writer.member(path, bytes.len() as u64, *bytes).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<(String, Vec<u8>)>> {
        let (mut reader, mut found) = (Reader::new(bytes), Vec::new());
        while let Some((path, _)) = reader.next()? {
            let mut content = Vec::new();
            reader.content().read_to_end(&mut content)?;
            found.push((path, content));
        }
        Ok(found)
    }

    #[test]
    fn the_program_tar_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = archive(&[("a.txt", b"one"), (LONG, &[7; 1000]), ("empty", b"")]);
        std::fs::write(folder.path().join("a.tar"), bytes).unwrap();
        let done = std::process::Command::new("tar").args(["xf", "a.tar"]).current_dir(&folder).status();
        assert!(done.unwrap().success());
        assert_eq!(std::fs::read(folder.path().join("a.txt")).unwrap(), b"one");
        assert_eq!(std::fs::read(folder.path().join(LONG)).unwrap(), [7; 1000]);
        assert!(std::fs::read(folder.path().join("empty")).unwrap().is_empty());
    }

    #[test]
    fn a_size_beyond_octal_digits_is_read_as_written() {
        for size in [0, OCTAL_MAX - 1, OCTAL_MAX, 1 << 40, u64::MAX] {
            let block = head("a", size, 0).unwrap();
            assert_eq!(fields(&block), Some(("a".to_owned(), size, 0)), "{size}");
        }
    }

    #[test]
    fn what_became_shorter_is_an_error() {
        let mut writer = Writer::new(Vec::new(), Timestamp::from_secs(0));
        assert!(writer.member("a", 4, &b"one"[..]).is_err());
        assert!(writer.member(&"a/".repeat(200), 0, &b""[..]).is_err());
    }

    #[test]
    fn another_spelling_is_refused() {
        let bytes = archive(&[("a", b"one"), ("b", b"two")]);
        assert_eq!(read(&bytes).unwrap().len(), 2);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
        assert!(read(&[bytes.as_slice(), &[0]].concat()).is_err());
        for at in (0..bytes.len()).filter(|at| !(512..515).contains(at) && !(1536..1539).contains(at)) {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert!(read(&altered).is_err(), "byte {at}");
        }
    }

    proptest! {
        #[test]
        fn members_are_read_as_written(members in prop::collection::vec(("[a-z0-9]{1,12}(/[a-z.]{1,12}){0,4}", prop::collection::vec(any::<u8>(), 0..1500)), 0..6)) {
            let given: Vec<(&str, &[u8])> = members.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
            prop_assert_eq!(read(&archive(&given)).unwrap(), members);
        }

        #[test]
        fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            prop_assert!(read(&bytes).is_err());
        }
    }
}
