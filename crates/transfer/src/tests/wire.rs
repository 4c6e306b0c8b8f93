//! Packets of SFTP for tests, written apart from the code that is tested.

/// A packet: length, type, then the parts.
pub(crate) fn packet(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body: Vec<u8> = std::iter::once(kind).chain(parts.concat()).collect();
    [&n(body.len()), body.as_slice()].concat()
}

/// Four bytes.
pub(crate) fn n(number: usize) -> [u8; 4] {
    (number as u32).to_be_bytes()
}

/// Eight bytes.
pub(crate) fn nn(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}

/// A string with its length.
pub(crate) fn s(string: impl AsRef<[u8]>) -> Vec<u8> {
    [&n(string.as_ref().len()), string.as_ref()].concat()
}

pub(crate) fn init() -> Vec<u8> {
    packet(1, &[&n(3)])
}

/// The greeting of a server with these extensions.
pub(crate) fn version(extensions: &[(&str, &str)]) -> Vec<u8> {
    let pairs: Vec<u8> = extensions.iter().flat_map(|(name, value)| [s(name), s(value)].concat()).collect();
    packet(2, &[&n(3), &pairs])
}

/// All that OpenSSH 9 offers and some more.
pub(crate) const OFFERS: &[(&str, &str)] = &[
    ("posix-rename@openssh.com", "1"),
    ("statvfs@openssh.com", "2"),
    ("fstatvfs@openssh.com", "2"),
    ("hardlink@openssh.com", "1"),
    ("fsync@openssh.com", "1"),
    ("lsetstat@openssh.com", "1"),
    ("limits@openssh.com", "1"),
    ("expand-path@openssh.com", "1"),
    ("copy-data", "1"),
    ("home-directory", "1"),
    ("users-groups-by-id@openssh.com", "1"),
];

pub(crate) fn open(id: usize, path: impl AsRef<[u8]>, flags: usize) -> Vec<u8> {
    packet(3, &[&n(id), &s(path), &n(flags), &n(0)])
}

pub(crate) fn close(id: usize, handle: &[u8]) -> Vec<u8> {
    packet(4, &[&n(id), &s(handle)])
}

pub(crate) fn read(id: usize, handle: &[u8], offset: u64, length: usize) -> Vec<u8> {
    packet(5, &[&n(id), &s(handle), &nn(offset), &n(length)])
}

pub(crate) fn write(id: usize, handle: &[u8], offset: u64, data: &[u8]) -> Vec<u8> {
    packet(6, &[&n(id), &s(handle), &nn(offset), &s(data)])
}

pub(crate) fn status(id: usize, code: usize) -> Vec<u8> {
    packet(101, &[&n(id), &n(code), &s("said"), &s("en")])
}

pub(crate) fn handle(id: usize, handle: &[u8]) -> Vec<u8> {
    packet(102, &[&n(id), &s(handle)])
}

pub(crate) fn data(id: usize, data: &[u8]) -> Vec<u8> {
    packet(103, &[&n(id), &s(data)])
}

/// Takes whole packets (without their length) off the front.
pub(crate) fn packets(stream: &mut Vec<u8>) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(length) = stream.first_chunk::<4>().map(|length| u32::from_be_bytes(*length) as usize) {
        if stream.len() < 4 + length {
            break;
        }
        found.push(stream[4..4 + length].to_vec());
        stream.drain(..4 + length);
    }
    found
}

/// The number at a place.
pub(crate) fn number(packet: &[u8], at: usize) -> usize {
    u32::from_be_bytes(packet[at..at + 4].try_into().unwrap()) as usize
}
