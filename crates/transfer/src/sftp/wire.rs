//! The layout of SFTP version 3 (draft-ietf-secsh-filexfer-02): numbers, limits and a bounded reader.

use crate::{Attributes, Fault};

/// The longest packet, without its length field: 256 KiB of payload, as OpenSSH allows, and the longest
/// header of a WRITE (type 1, id 4, handle 4 + 256, offset 8, data length 4 = 277) rounded up to 1 KiB.
pub(super) const MAX_PACKET: usize = (256 << 10) + 1024;
/// The longest request other than WRITE that is parsed: two paths of 4 KiB, attributes and extensions
/// come to less than 9 KiB. A longer one is refused by its id alone.
pub(super) const MAX_REQUEST: usize = 16 << 10;
/// The longest path: Linux's PATH_MAX.
pub(super) const MAX_PATH: usize = 4096;
/// The longest handle (draft, section 6.3).
pub(super) const MAX_HANDLE: usize = 256;
/// The length field itself.
pub(super) const LENGTH: usize = 4;

/// The version spoken here.
pub(super) const VERSION_3: u32 = 3;

pub(super) const INIT: u8 = 1;
pub(super) const VERSION: u8 = 2;
pub(super) const OPEN: u8 = 3;
pub(super) const CLOSE: u8 = 4;
pub(super) const READ: u8 = 5;
pub(super) const WRITE: u8 = 6;
pub(super) const LSTAT: u8 = 7;
pub(super) const FSTAT: u8 = 8;
pub(super) const SETSTAT: u8 = 9;
pub(super) const FSETSTAT: u8 = 10;
pub(super) const OPENDIR: u8 = 11;
pub(super) const READDIR: u8 = 12;
pub(super) const REMOVE: u8 = 13;
pub(super) const MKDIR: u8 = 14;
pub(super) const RMDIR: u8 = 15;
pub(super) const REALPATH: u8 = 16;
pub(super) const STAT: u8 = 17;
pub(super) const RENAME: u8 = 18;
pub(super) const READLINK: u8 = 19;
pub(super) const SYMLINK: u8 = 20;
pub(super) const EXTENDED: u8 = 200;

pub(super) const STATUS: u8 = 101;
pub(super) const HANDLE: u8 = 102;
pub(super) const DATA: u8 = 103;
pub(super) const NAME: u8 = 104;
pub(super) const ATTRS: u8 = 105;
pub(super) const EXTENDED_REPLY: u8 = 201;

/// Flags of OPEN.
pub(super) const OPEN_READ: u32 = 0x01;
pub(super) const OPEN_WRITE: u32 = 0x02;
pub(super) const OPEN_APPEND: u32 = 0x04;
pub(super) const OPEN_CREATE: u32 = 0x08;
pub(super) const OPEN_TRUNCATE: u32 = 0x10;
pub(super) const OPEN_EXCLUSIVE: u32 = 0x20;
/// Flags of OPEN that change something.
pub(super) const OPEN_CHANGES: u32 = OPEN_WRITE | OPEN_APPEND | OPEN_CREATE | OPEN_TRUNCATE | OPEN_EXCLUSIVE;
/// All that the draft knows.
pub(super) const OPEN_KNOWN: u32 = OPEN_READ | OPEN_CHANGES;

const ATTR_SIZE: u32 = 0x01;
const ATTR_OWNER: u32 = 0x02;
const ATTR_MODE: u32 = 0x04;
const ATTR_TIMES: u32 = 0x08;

/// Reads one packet's fields in their order; every field is bounded by what is left.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    of: &'static str,
}

impl<'a> Fields<'a> {
    /// `of` names the packet in faults.
    pub(super) const fn new(rest: &'a [u8], of: &'static str) -> Self {
        Self { rest, of }
    }

    pub(super) const fn malformed(&self) -> Fault {
        Fault::Malformed(self.of)
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(self.malformed())?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(self.malformed())?;
        self.rest = rest;
        Ok(u32::from_be_bytes(*taken))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Fault> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(self.malformed())?;
        self.rest = rest;
        Ok(u64::from_be_bytes(*taken))
    }

    /// A string of any length that the packet can hold.
    pub(super) fn string(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u32()?;
        self.take(usize::try_from(length).map_err(|_| self.malformed())?)
    }

    /// A handle: at most 256 bytes.
    pub(super) fn handle(&mut self) -> Result<&'a [u8], Fault> {
        let handle = self.string()?;
        if handle.len() > MAX_HANDLE { Err(self.malformed()) } else { Ok(handle) }
    }

    pub(super) fn attributes(&mut self) -> Result<Attributes, Fault> {
        let flags = self.u32()?;
        // Extended attributes are sent by nobody, and would be content without a name.
        if flags & !(ATTR_SIZE | ATTR_OWNER | ATTR_MODE | ATTR_TIMES) != 0 {
            return Err(self.malformed());
        }
        let mut found = Attributes::default();
        if flags & ATTR_SIZE != 0 {
            found.size = Some(self.u64()?);
        }
        if flags & ATTR_OWNER != 0 {
            found.owner = Some((self.u32()?, self.u32()?));
        }
        if flags & ATTR_MODE != 0 {
            found.mode = Some(self.u32()?);
        }
        if flags & ATTR_TIMES != 0 {
            found.times = Some((self.u32()?, self.u32()?));
        }
        Ok(found)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Nothing may follow.
    pub(super) fn end(self) -> Result<(), Fault> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.malformed()) }
    }
}

/// The length and type of a packet, as far as they came: `held` first, then `fresh`.
pub(super) fn opening(held: &[u8], fresh: &[u8]) -> Result<Option<(usize, u8)>, Fault> {
    let start: [Option<u8>; 5] = std::array::from_fn(|at| byte_at(held, fresh, at));
    let [Some(a), Some(b), Some(c), Some(d), kind] = start else { return Ok(None) };
    let length = u32::from_be_bytes([a, b, c, d]);
    let bytes = usize::try_from(length).unwrap_or(usize::MAX);
    // The shortest packet is a type and one number.
    if !(5..=MAX_PACKET).contains(&bytes) {
        return Err(Fault::PacketLength(length));
    }
    Ok(kind.map(|kind| (bytes, kind)))
}

/// A number within what came, `held` first, then `fresh`.
pub(super) fn number_at(held: &[u8], fresh: &[u8], at: usize) -> Option<u32> {
    let bytes: [Option<u8>; 4] = std::array::from_fn(|i| byte_at(held, fresh, at.saturating_add(i)));
    match bytes {
        [Some(a), Some(b), Some(c), Some(d)] => Some(u32::from_be_bytes([a, b, c, d])),
        _ => None,
    }
}

fn byte_at(held: &[u8], fresh: &[u8], at: usize) -> Option<u8> {
    held.get(at).or_else(|| fresh.get(at.checked_sub(held.len())?)).copied()
}

/// Adds a string with its length.
pub(super) fn put_string(packet: &mut Vec<u8>, string: &[u8]) {
    packet.extend_from_slice(&u32::try_from(string.len()).unwrap_or(u32::MAX).to_be_bytes());
    packet.extend_from_slice(string);
}

/// Adds attributes; the client's own order.
pub(super) fn put_attributes(packet: &mut Vec<u8>, attributes: Attributes) {
    let Attributes { size, owner, mode, times } = attributes;
    let flag = |there: bool, flag: u32| if there { flag } else { 0 };
    let flags = flag(size.is_some(), ATTR_SIZE)
        | flag(owner.is_some(), ATTR_OWNER)
        | flag(mode.is_some(), ATTR_MODE)
        | flag(times.is_some(), ATTR_TIMES);
    packet.extend_from_slice(&flags.to_be_bytes());
    packet.extend(size.iter().flat_map(|size| size.to_be_bytes()));
    for number in owner.into_iter().flat_map(|(user, group)| [user, group]).chain(mode) {
        packet.extend_from_slice(&number.to_be_bytes());
    }
    packet.extend(times.into_iter().flat_map(|(access, change)| [access, change]).flat_map(u32::to_be_bytes));
}

/// Puts the length field before a packet.
pub(super) fn framed(packet: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(packet.len().saturating_add(LENGTH));
    put_string(&mut framed, packet);
    framed
}
