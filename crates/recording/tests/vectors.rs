//! The vectors of `docs/formats/recording.md` section 7.
#![expect(clippy::unwrap_used, reason = "tests")]

use recording::{
    Body, Chain, Compressor, DataKey, Decoder, Digest, End, Error, Record, Seal, Writer, verify,
};
use vocab::Secret;

macro_rules! vectors {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("../../../docs/formats/vectors/recording/", $name)).as_slice())),*]
    };
}

const FILES: [(&str, &[u8]); 12] = vectors![
    "empty.rec",
    "sealed.rec",
    "plain.rec",
    "open.rec",
    "torn.rec",
    "crash.rec",
    "flipped-chunk-1.rec",
    "flipped-header.rec",
    "swapped-1-2.rec",
    "without-chunk-3.rec",
    "flipped-seal.rec",
    "no-header.rec"
];
const INDEX: &str = include_str!("../../../docs/formats/vectors/recording/index.txt");
const RECORDS: &str = include_str!("../../../docs/formats/vectors/recording/records.txt");

fn file(name: &str) -> &'static [u8] {
    FILES.iter().find(|(known, _)| *known == name).unwrap().1
}

fn key() -> DataKey {
    DataKey::new(&Secret::new((0..32).collect())).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn chunks(bytes: &[u8]) -> (Vec<Vec<Record>>, End) {
    let mut decoder = Decoder::new(bytes, key()).unwrap();
    let mut chunks = Vec::new();
    while let Some(chunk) = decoder.chunk().unwrap() {
        chunks.push(chunk);
    }
    (chunks, decoder.end().unwrap().clone())
}

#[test]
fn verdicts_are_those_of_the_index() {
    let lines: Vec<_> = INDEX.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), FILES.len());
    for line in lines {
        let name = line.split(' ').next().unwrap();
        let found = match verify(file(name), &[]) {
            Ok(found) => {
                let end = match found.end {
                    End::Open { torn, .. } => format!("open:{torn}"),
                    End::Sealed { seal: Seal { ending, authenticated: true, .. }, .. } => {
                        format!("sealed:{}", ending.as_str())
                    }
                    End::Sealed { seal, .. } => format!("sealed:{}:without-key", seal.ending.as_str()),
                };
                format!("{name} {end} {} {}", found.mark.chunks, hex(&found.mark.root))
            }
            Err(Error::Chunk { number, offset, .. }) => format!("{name} chunk:{number}@{offset} {number} -"),
            Err(Error::Seal { offset, .. }) => format!("{name} seal@{offset} 4 -"),
            Err(Error::Header(_)) => format!("{name} header - -"),
            Err(other) => panic!("{name}: {other}"),
        };
        assert_eq!(found, line);
    }
}

#[test]
fn records_are_those_of_the_list() {
    for name in ["sealed.rec", "plain.rec"] {
        let (chunks, _) = chunks(file(name));
        let start = 1_800_000_000_000_000;
        let lines: Vec<_> = chunks.concat().iter().map(|record| line(record, start)).collect();
        let listed: Vec<_> = RECORDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines, listed, "{name}");
    }
}

fn line(record: &Record, start: i64) -> String {
    let body = match &record.body {
        Body::Data { track, bytes } => format!("{track:?} {}", hex(bytes)),
        Body::Size { columns, rows } => format!("size {columns}x{rows}"),
        Body::Unseen { length } => format!("unseen {length}"),
        Body::Elided { track, offset, length, digest } => {
            format!("elided {track:?}:{offset}+{length}:{}", hex(digest))
        }
        Body::File { event } => format!("file {event}"),
    };
    format!("{} {} {}", record.at.as_micros() - start, record.channel, body.to_lowercase())
}

#[test]
fn writing_the_same_records_gives_the_same_bytes() {
    let plain = file("plain.rec");
    let (groups, end) = chunks(plain);
    let header = Decoder::new(plain, key()).unwrap().header().clone();
    let (mut chain, mut bytes) = Chain::new(&header).unwrap();
    let mut writer = Writer::new(&header).unwrap();
    for record in groups.iter().map(Vec::as_slice) {
        record.iter().for_each(|record| assert!(writer.push(record).is_empty()));
        let chunk = writer.cut().unwrap().seal(&key(), &mut Compressor::new(false)).unwrap();
        chain.append(&chunk, &mut bytes).unwrap();
    }
    let End::Sealed { seal, .. } = end else { panic!("not sealed") };
    let nothing = (0, Digest::new().value());
    bytes.extend(chain.close(Some(&key()), seal.ending, seal.sealed_at, nothing).unwrap().1);
    assert_eq!(hex(&bytes), hex(plain));
}
