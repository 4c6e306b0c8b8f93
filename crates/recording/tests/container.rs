//! The promises of `docs/formats/recording.md`, as properties.
#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use recording::{
    Body, CHUNK_MAX, Chain, Compressor, DataKey, Decoder, Digest, End, Error, Header, Mark, Reader,
    Recipient, Record, SEAL_LEN, Step, StreamBudget, TORN_MAX, Track, Verified, Writer, verify,
};
use vocab::{BootId, Ending, RecordingId, Secret, SessionId, Timestamp};

const START: i64 = 1_800_000_000_000_000;

fn header(recording: u8) -> Header {
    Header {
        recording: RecordingId::from_bytes([recording; 16]),
        session: SessionId::from_bytes([2; 16]),
        boot: BootId::from_bytes([3; 16]),
        establishment: "ch-exemple".parse().unwrap(),
        gate: "gate-1".parse().unwrap(),
        started_at: Timestamp::from_micros(START),
        recipients: vec![Recipient { key_id: b"responsable".to_vec(), wrapped: vec![7; 80] }],
    }
}

fn key(first: u8) -> DataKey {
    DataKey::new(&Secret::new((first..first + 32).collect())).unwrap()
}

/// A container and the marks at which it could have been acknowledged, the empty one first.
struct Built {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

/// Builds a container; a chunk is cut after each group of records.
fn build(recording: u8, groups: &[Vec<Record>], seal: Option<Ending>) -> Built {
    let (key, mut compressor) = (key(0), Compressor::new(true));
    let mut writer = Writer::new(&header(recording)).unwrap();
    let (mut chain, mut bytes) = Chain::new(&header(recording)).unwrap();
    let mut marks = vec![chain.mark()];
    for group in groups {
        let mut chunks: Vec<_> = group.iter().flat_map(|record| writer.push(record)).collect();
        chunks.extend(writer.cut());
        for chunk in chunks {
            assert!(chunk.clear_len() <= CHUNK_MAX);
            chain.append(&chunk.seal(&key, &mut compressor).unwrap(), &mut bytes).unwrap();
            assert_eq!(chain.mark().bytes, bytes.len() as u64);
            marks.push(chain.mark());
        }
    }
    if let Some(ending) = seal {
        let nothing = (0, Digest::new().value());
        let (_, seal) = chain.close(Some(&key), ending, Timestamp::from_micros(START + 9), nothing).unwrap();
        bytes.extend(seal);
    }
    Built { bytes, marks }
}

fn decode(bytes: &[u8]) -> Result<Vec<Record>, Error> {
    let mut decoder = Decoder::new(bytes, key(0))?;
    let mut records = Vec::new();
    while let Some(chunk) = decoder.chunk()? {
        records.extend(chunk);
    }
    assert!(decoder.end().is_some());
    Ok(records)
}

/// Pieces of a stream that stand side by side are one.
fn joined(records: impl IntoIterator<Item = Record>) -> Vec<Record> {
    let mut out: Vec<Record> = Vec::new();
    for record in records {
        if let (
            Some(Record { at, channel, body: Body::Data { track, bytes } }),
            Body::Data { track: t, bytes: b },
        ) = (out.last_mut(), &record.body)
            && (*at, *channel, *track) == (record.at, record.channel, *t)
        {
            bytes.extend(b);
            continue;
        }
        out.push(record);
    }
    out
}

fn data(at: i64, track: Track, bytes: &[u8]) -> Record {
    Record {
        at: Timestamp::from_micros(START + at),
        channel: 0,
        body: Body::Data { track, bytes: bytes.to_vec() },
    }
}

fn body() -> impl Strategy<Value = Body> {
    let track = || prop::sample::select(Track::ALL.to_vec());
    prop_oneof![
        6 => (track(), prop::collection::vec(any::<u8>(), 1..200))
            .prop_map(|(track, bytes)| Body::Data { track, bytes }),
        1 => (track(), any::<u8>(), 1..200_000_usize)
            .prop_map(|(track, byte, length)| Body::Data { track, bytes: vec![byte; length] }),
        1 => any::<(u32, u32)>().prop_map(|(columns, rows)| Body::Size { columns, rows }),
        1 => any::<u64>().prop_map(|length| Body::Unseen { length }),
        1 => any::<u64>().prop_map(|event| Body::File { event }),
        1 => (track(), any::<(u64, u64, [u8; 32])>())
            .prop_map(|(track, (offset, length, digest))| Body::Elided { track, offset, length, digest }),
    ]
}

/// Groups of records whose times never go back.
fn groups() -> impl Strategy<Value = Vec<Vec<Record>>> {
    let record = (0..3_000_000_i64, any::<u32>(), body());
    prop::collection::vec(prop::collection::vec(record, 0..8), 0..6).prop_map(|groups| {
        let mut now = START;
        let place = |(later, channel, body)| {
            now += later;
            Record { at: Timestamp::from_micros(now), channel, body }
        };
        let mut place = place;
        groups.into_iter().map(|group| group.into_iter().map(&mut place).collect()).collect()
    })
}

fn is_sealed(result: &Result<Verified, Error>) -> bool {
    matches!(result, Ok(Verified { end: End::Sealed { .. }, .. }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_goes_in_comes_out_in_order(groups in groups()) {
        let built = build(1, &groups, Some(Ending::Finished));
        let found = verify(&*built.bytes, &built.marks).unwrap();
        prop_assert_eq!(found.mark, *built.marks.last().unwrap());
        prop_assert_eq!(&found.header, &header(1));
        let sealed = matches!(found.end, End::Sealed { seal, .. } if seal.ending == Ending::Finished);
        prop_assert!(sealed);
        let out = decode(&built.bytes).unwrap();
        prop_assert_eq!(joined(out), joined(groups.into_iter().flatten()));
    }

    #[test]
    fn any_bit_flip_is_found_and_located(groups in groups(), place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut built = build(1, &groups, Some(Ending::Finished));
        let place = place.index(built.bytes.len());
        built.bytes[place] ^= 1 << bit;
        let result = verify(&*built.bytes, &built.marks);
        prop_assert!(!is_sealed(&result), "byte {} of {}", place, built.bytes.len());
        let place = place as u64;
        let last = built.marks.last().unwrap();
        if (built.marks[0].bytes..last.bytes).contains(&place) {
            let hit = built.marks.iter().filter(|mark| mark.bytes <= place).count() as u64 - 1;
            let named = matches!(result, Err(Error::Chunk { number, offset, .. })
                if number == hit && offset == built.marks[hit as usize].bytes);
            prop_assert!(named, "{result:?} should name chunk {hit}");
        } else if place < built.marks[0].bytes {
            prop_assert!(matches!(result, Err(Error::Header(_) | Error::NotAcknowledged { chunks: 0 })), "{result:?}");
        } else {
            let located = match &result {
                Err(Error::Seal { offset, .. }) => *offset == last.bytes,
                // The seal says how many chunks it counts: more than there are.
                Err(Error::Chunk { number, .. }) => *number == last.chunks,
                // Its first or last bytes: no seal at all.
                Ok(Verified { end: End::Open { torn, .. }, .. }) => *torn == SEAL_LEN as u64,
                _ => false,
            };
            prop_assert!(located, "{result:?}");
        }
    }

    #[test]
    fn any_truncation_is_found(groups in groups(), place in any::<prop::sample::Index>()) {
        let built = build(1, &groups, Some(Ending::Finished));
        let place = place.index(built.bytes.len());
        let cut = &built.bytes[..place];
        prop_assert!(!is_sealed(&verify(cut, &[])));
        let whole = built.marks.iter().filter(|mark| mark.bytes <= place as u64).count() as u64;
        let result = verify(cut, &built.marks);
        if whole == built.marks.len() as u64 {
            prop_assert!(result.is_ok());
        } else if whole == 0 {
            prop_assert!(matches!(result, Err(Error::Header(_))));
        } else {
            let named = matches!(result, Err(Error::Missing { whole: w, .. }) if w == whole - 1);
            prop_assert!(named, "{result:?}");
        }
    }

    #[test]
    fn without_a_seal_it_is_good_to_its_last_whole_chunk(groups in groups(), torn in 0..2000_usize) {
        let built = build(1, &groups, None);
        let last = *built.marks.last().unwrap();
        let whole = built.marks.len() - 1;
        let kept = built.marks.get(whole.saturating_sub(1)).copied().unwrap_or(last);
        let end = (kept.bytes as usize + torn).min(built.bytes.len().saturating_sub(usize::from(whole > 0)));
        let open = built.bytes[..end.max(kept.bytes as usize)].to_vec();
        let found = verify(&*open, &built.marks[..=kept.chunks as usize]).unwrap();
        prop_assert_eq!(found.mark, kept);
        prop_assert!(decode(&open).is_ok());

        // Closed at the next start, without the key.
        let mut reader = Reader::new(&*open).unwrap();
        let (torn, torn_hash) = loop {
            if let Step::End(End::Open { torn, torn_hash }) = reader.step().unwrap() {
                break (torn, torn_hash);
            }
        };
        let (_, seal) = reader.into_chain().close(None, Ending::Crash, Timestamp::MAX, (torn, torn_hash)).unwrap();
        let closed = [open, seal].concat();
        let found = verify(&*closed, &built.marks[..=kept.chunks as usize]).unwrap();
        let End::Sealed { seal, digest } = found.end else { panic!("not sealed") };
        prop_assert_eq!((seal.ending, seal.authenticated, seal.mark, seal.torn), (Ending::Crash, false, kept, torn));
        prop_assert_eq!(Some(digest), recording::Seal::digest(&closed[closed.len() - SEAL_LEN..]));
        prop_assert!(decode(&closed).is_ok());
    }

    #[test]
    fn chunks_are_never_reordered(groups in groups(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let built = build(1, &groups, Some(Ending::Finished));
        let other = build(9, &groups, Some(Ending::Finished));
        let count = built.marks.len() - 1;
        prop_assume!(count >= 1);
        let frame = |built: &Built, n: usize| {
            built.bytes[built.marks[n].bytes as usize..built.marks[n + 1].bytes as usize].to_vec()
        };
        let with = |order: &[Vec<u8>]| {
            let start = &built.bytes[..built.marks[0].bytes as usize];
            let seal = &built.bytes[built.marks[count].bytes as usize..];
            [start, &order.concat(), seal].concat()
        };
        let frames: Vec<_> = (0..count).map(|n| frame(&built, n)).collect();
        let (a, b) = (a.index(count), b.index(count));
        let broken_at = |order: &[Vec<u8>], n: usize| {
            let result = verify(&*with(order), &[]);
            matches!(result, Err(Error::Chunk { number, .. }) if number == n as u64)
                || matches!(result, Err(Error::Seal { .. })) && n == count
        };
        if a != b {
            let mut swapped = frames.clone();
            swapped.swap(a, b);
            prop_assert!(broken_at(&swapped, a.min(b)));
        }
        let mut left_out = frames.clone();
        left_out.remove(a);
        prop_assert!(broken_at(&left_out, a));
        let mut repeated = frames.clone();
        repeated.insert(a, frames[a].clone());
        prop_assert!(broken_at(&repeated, a + 1));
        let mut foreign = frames.clone();
        foreign[a] = frame(&other, a);
        prop_assert!(broken_at(&foreign, a));
    }

    #[test]
    fn hostile_bytes_are_refused_quietly(noise in prop::collection::vec(any::<u8>(), 0..600), keep in 0..400_usize) {
        let mut bytes = build(1, &[vec![data(1, Track::Output, b"bonjour")]], None).bytes;
        bytes.truncate(keep);
        bytes.extend(noise);
        let _ = verify(&*bytes, &[]);
        let _ = decode(&bytes);
    }

    #[test]
    fn elision_accounts_for_every_byte(
        pieces in prop::collection::vec((0..700_000_i64, prop::collection::vec(any::<u8>(), 0..300)), 0..40),
        limit in 0..4000_u64,
    ) {
        let mut budget = StreamBudget::new(Track::Stdout, limit);
        let (mut now, mut all, mut kept, mut last) = (START, Vec::new(), Vec::new(), None);
        let see = |body: Option<Body>, kept: &mut Vec<u8>, last: &mut Option<(u64, u64, [u8; 32])>| match body {
            Some(Body::Data { bytes, .. }) => {
                assert!(last.is_none(), "nothing is kept after the first elided byte");
                kept.extend(bytes);
            }
            Some(Body::Elided { offset, length, digest, .. }) => *last = Some((offset, length, digest)),
            _ => {}
        };
        for (later, piece) in &pieces {
            now += later;
            all.extend(piece);
            let (first, second) = budget.record(Timestamp::from_micros(now), piece);
            see(first, &mut kept, &mut last);
            see(second, &mut kept, &mut last);
            prop_assert_eq!(last.is_some(), all.len() as u64 > limit, "never silent");
            prop_assert_eq!(kept.len() as u64, limit.min(all.len() as u64));
        }
        see(budget.marker(Timestamp::from_micros(now)), &mut kept, &mut last);
        prop_assert_eq!(budget.marker(Timestamp::MAX), None);
        prop_assert_eq!(&all[..kept.len()], &kept[..]);
        let (offset, length, digest) = last.unwrap_or((all.len() as u64, 0, Digest::of(&[&all])));
        prop_assert_eq!((offset, offset + length), (kept.len() as u64, all.len() as u64));
        prop_assert_eq!(digest, Digest::of(&[&all]));
        prop_assert_eq!((budget.seen(), budget.elided()), (all.len() as u64, length));
    }
}

#[test]
fn an_elided_stream_is_marked_every_mebibyte_and_every_half_second() {
    let mut budget = StreamBudget::new(Track::Stdin, 0);
    let at = |micros| Timestamp::from_micros(START + micros);
    let marked = |(data, marker): (Option<Body>, Option<Body>)| {
        assert_eq!(data, None);
        marker.is_some()
    };
    assert!(marked(budget.record(at(0), b"x")));
    assert!(!marked(budget.record(at(1), &vec![0; 1024 * 1024 - 1])));
    assert!(marked(budget.record(at(2), b"x")));
    assert!(!marked(budget.record(at(499_999), b"x")));
    assert!(marked(budget.record(at(500_002), b"x")));
}

#[test]
fn an_idle_writer_holds_no_buffer_and_says_when_to_cut() {
    let mut writer = Writer::new(&header(1)).unwrap();
    assert_eq!(writer.cut_at(), None);
    assert!(writer.cut().is_none());
    assert!(writer.push(&data(10, Track::Output, b"a")).is_empty());
    assert!(writer.push(&data(900, Track::Output, b"b")).is_empty());
    assert_eq!(writer.cut_at(), Some(Timestamp::from_micros(START + 500_010)));
    assert_eq!(writer.cut().unwrap().number(), 0);
    assert_eq!(writer.cut_at(), None);
    assert!(writer.cut().is_none());
}

#[test]
fn a_clock_that_jumps_back_reorders_nothing() {
    let records =
        vec![data(50, Track::Output, b"a"), data(-7, Track::Output, b"b"), data(60, Track::Output, b"c")];
    let out = decode(&build(1, &[records], Some(Ending::Finished)).bytes).unwrap();
    let times: Vec<_> = out.iter().map(|record| record.at.as_micros() - START).collect();
    assert_eq!(times, [50, 50, 60]);
}

#[test]
fn long_pieces_fill_chunks_and_incompressible_ones_are_left_as_they_are() {
    let noise: Vec<u8> = (0..40_000_u32).flat_map(|n| Digest::of(&[&n.to_be_bytes()])).collect();
    let built = build(1, &[vec![data(1, Track::Stdout, &noise)]], Some(Ending::Finished));
    assert_eq!(built.marks.len() - 1, 1_280_000 / (7 * 32 * 1024) + 1);
    assert!(built.bytes.len() < noise.len() + 1500);
    assert_eq!(joined(decode(&built.bytes).unwrap()), [data(1, Track::Stdout, &noise)]);
    let zeros = build(1, &[vec![data(1, Track::Stdout, &vec![0; 1_280_000])]], Some(Ending::Finished));
    assert!(zeros.bytes.len() < 2000);
}

#[test]
fn a_chunk_out_of_its_order_is_refused() {
    let (mut chain, mut out) = Chain::new(&header(1)).unwrap();
    let (mut writer, mut foreign) = (Writer::new(&header(1)).unwrap(), Writer::new(&header(2)).unwrap());
    let cut = |writer: &mut Writer| {
        writer.push(&data(1, Track::Output, b"x"));
        writer.cut().unwrap().seal(&key(0), &mut Compressor::new(false)).unwrap()
    };
    let (first, second, other) = (cut(&mut writer), cut(&mut writer), cut(&mut foreign));
    assert!(chain.append(&second, &mut out).is_err());
    assert!(chain.append(&other, &mut out).is_err());
    let start = chain.mark();
    chain.append(&first, &mut out).unwrap();
    assert!(chain.append(&first, &mut out).is_err());
    chain.go_back(start);
    assert_eq!(chain.mark(), start);
}

#[test]
fn another_key_opens_nothing_and_a_forged_seal_is_seen_with_the_key() {
    let records = [vec![data(1, Track::Output, b"a")], vec![data(2, Track::Output, b"b")]];
    let built = build(1, &records, Some(Ending::Finished));
    let opened = |key| {
        let mut decoder = Decoder::new(&*built.bytes, key).unwrap();
        decoder.chunk().map(|_| ())
    };
    assert!(opened(key(0)).is_ok());
    assert!(matches!(opened(key(1)), Err(Error::Key(_))));

    // Somebody without the key cuts the last chunk off and writes a seal of his own.
    let mut short = built.bytes[..built.marks[1].bytes as usize].to_vec();
    let forge = |key: Option<&DataKey>| {
        let mut reader = Reader::new(&*short).unwrap();
        while let Step::Chunk = reader.step().unwrap() {}
        let nothing = (0, Digest::new().value());
        reader.into_chain().close(key, Ending::Finished, Timestamp::MAX, nothing).unwrap().1
    };
    let (without, with_another) = (forge(None), forge(Some(&key(5))));
    let marks = &built.marks;
    short.extend(with_another);
    assert!(matches!(decode(&short), Err(Error::Key(what)) if what == "the seal"));
    assert!(matches!(verify(&*short, marks), Err(Error::Missing { whole: 1, acknowledged: 2, .. })));
    short.truncate(short.len() - SEAL_LEN);
    short.extend(without);
    let found = verify(&*short, &marks[..2]).unwrap();
    assert!(matches!(found.end, End::Sealed { seal, .. } if !seal.authenticated));
    assert!(matches!(verify(&*short, marks), Err(Error::Missing { whole: 1, .. })));
}

#[test]
fn a_seal_never_completes_the_torn_frame_before_it() {
    // A frame that lacks its last byte, which happens to be the first of a seal: 1 of 256 is such a frame.
    let built = (0..10_000_i64)
        .map(|at| build(1, &[vec![data(at, Track::Output, b"a")]], None))
        .find(|built| built.bytes.ends_with(b"S"))
        .unwrap();
    let mut closed = built.bytes[..built.bytes.len() - 1].to_vec();
    let mut reader = Reader::new(&*closed).unwrap();
    let Step::End(End::Open { torn, torn_hash }) = reader.step().unwrap() else { panic!("whole") };
    let seal = reader.into_chain().close(None, Ending::Crash, Timestamp::MAX, (torn, torn_hash)).unwrap().1;
    closed.extend(seal);
    let found = verify(&*closed, &built.marks[..1]).unwrap();
    assert_eq!(found.mark, built.marks[0]);
    assert!(matches!(found.end, End::Sealed { seal, .. } if seal.torn == torn));
    assert_eq!(decode(&closed).unwrap(), []);
    // Without the seal's word the frame is what it seems.
    closed.pop();
    assert_eq!(verify(&*closed, &built.marks).unwrap().mark, built.marks[1]);
}

#[test]
fn a_tail_that_no_crash_can_leave_is_a_broken_chunk() {
    let mut bytes = build(1, &[vec![data(1, Track::Output, b"a")]], None).bytes;
    let chunk_end = bytes.len();
    bytes.resize(chunk_end + TORN_MAX, 0);
    assert!(matches!(verify(&*bytes, &[]), Ok(Verified { end: End::Open { .. }, .. })));
    bytes.push(0);
    assert!(
        matches!(verify(&*bytes, &[]), Err(Error::Chunk { number: 1, offset, .. }) if offset == chunk_end as u64)
    );
}

#[test]
fn nothing_stands_after_a_seal() {
    let mut bytes = build(1, &[vec![data(1, Track::Output, b"a")]], Some(Ending::Finished)).bytes;
    bytes.push(0);
    assert!(matches!(verify(&*bytes, &[]), Ok(Verified { end: End::Open { torn: 189, .. }, .. })));
}

#[test]
fn headers_hold_their_limits() {
    let encode = |change: &dyn Fn(&mut Header)| {
        let mut header = header(1);
        change(&mut header);
        header.encode().map(|bytes| (Header::read(&mut &*bytes).unwrap().0 == header, bytes.len()))
    };
    let full = Recipient { key_id: vec![1; 64], wrapped: vec![2; 1024] };
    type Change<'a> = &'a dyn Fn(&mut Header);
    let cases: [(&str, Change<'_>, bool); 6] = [
        ("as usual", &|_| {}, true),
        ("sixteen", &|header| header.recipients = vec![full.clone(); 16], true),
        ("nobody", &|header| header.recipients.clear(), false),
        ("seventeen", &|header| header.recipients = vec![full.clone(); 17], false),
        ("no id", &|header| header.recipients[0].key_id.clear(), false),
        ("long key", &|header| header.recipients[0].wrapped = vec![0; 1025], false),
    ];
    for (name, change, accepted) in cases {
        assert_eq!(encode(change).is_ok_and(|(same, _)| same), accepted, "{name}");
    }
    let largest = encode(&|header| {
        header.recipients = vec![full.clone(); 16];
        header.establishment = "e".repeat(64).parse().unwrap();
        header.gate = "g".repeat(64).parse().unwrap();
    });
    assert_eq!(largest.unwrap(), (true, 17_657));
    assert!(DataKey::new(&Secret::new(vec![0; 16])).is_err());
}
