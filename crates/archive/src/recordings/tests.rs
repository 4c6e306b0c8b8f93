//! The store of recordings on real folders, full ones and killed ones included.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

use recording::{Body, Decoder, Digest, Mark, Recipient, Record, SEAL_LEN, Track, Verified, verify};
use tempfile::TempDir;
use vocab::BootId;

use super::*;

const START: Timestamp = Timestamp::from_secs(1_800_000_000);
const END: Timestamp = Timestamp::from_secs(1_800_000_060);

fn header(number: u8) -> Header {
    Header {
        recording: id(number),
        session: SessionId::from_bytes([number; 16]),
        boot: BootId::from_bytes([3; 16]),
        establishment: owner(),
        gate: "gate-1".parse().unwrap(),
        started_at: START,
        recipients: vec![Recipient { key_id: b"responsable".to_vec(), wrapped: vec![7; 80] }],
    }
}

fn id(number: u8) -> RecordingId {
    RecordingId::from_bytes([number; 16])
}

fn owner() -> EstablishmentId {
    "ch-exemple".parse().unwrap()
}

fn key() -> Secret {
    Secret::new((0..32).collect())
}

fn output(bytes: &[u8]) -> Record {
    Record { at: START, channel: 0, body: Body::Data { track: Track::Output, bytes: bytes.to_vec() } }
}

/// Bytes that do not compress, different for each number.
fn noise(number: u64, length: usize) -> Vec<u8> {
    let block = |n: usize| Digest::of(&[&number.to_be_bytes(), &n.to_be_bytes()]);
    (0..length.div_ceil(32)).flat_map(block).take(length).collect()
}

fn store() -> (TempDir, FolderRecordings) {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderRecordings::open(&folder.path().join("recordings"), 0).unwrap();
    (folder, store)
}

fn check(path: &Path, acknowledged: &[Mark]) -> Result<Verified, recording::Error> {
    verify(BufReader::new(File::open(path).unwrap()), acknowledged)
}

fn ending(verified: &Verified) -> Option<Ending> {
    match &verified.end {
        End::Sealed { seal, .. } => Some(seal.ending),
        End::Open { .. } => None,
    }
}

/// All bytes of the stream that was recorded.
fn shown(path: &Path) -> Vec<u8> {
    let mut decoder = Decoder::new(File::open(path).unwrap(), DataKey::new(&key()).unwrap()).unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = decoder.chunk().unwrap() {
        for record in chunk {
            if let Body::Data { bytes: piece, .. } = record.body {
                bytes.extend(piece);
            }
        }
    }
    bytes
}

async fn durable(recorder: &FolderRecorder, chunks: u64) -> Mark {
    let reached = recorder.live().until(|state| (state.mark().chunks >= chunks).then(|| state.mark()));
    tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap()
}

#[tokio::test]
async fn a_recording_from_its_first_byte_to_its_seal() {
    let (_folder, store) = store();
    let recorder = store.create(&header(1), &key()).unwrap();
    let path = store.path(&owner(), id(1));
    let empty = recorder.mark();
    assert_eq!(check(&path, &[empty]).unwrap().mark, empty);
    assert!(File::open(&path).unwrap().metadata().unwrap().blocks() * 512 >= 64 * 1024, "space is reserved");

    // Nobody pushes again: it is durable all the same.
    recorder.push(&output(b"bonjour"));
    let first = durable(&recorder, 1).await;
    assert_eq!(check(&path, &[empty, first]).unwrap().mark, first);
    recorder.push(&output(b" tout le monde"));
    recorder.keep_up().await.unwrap();
    let sealed = recorder.seal(Ending::Finished, END).await.unwrap();
    assert_eq!(recorder.seal(Ending::Cut, END).await, Ok(sealed), "the first answer stands");
    recorder.push(&output(b"too late"));

    let found = check(&path, &[empty, first, sealed.mark]).unwrap();
    let End::Sealed { seal, digest } = &found.end else { panic!("not sealed") };
    assert_eq!(
        (seal.ending, seal.sealed_at, seal.authenticated, *digest),
        (Ending::Finished, END, true, sealed.seal)
    );
    assert_eq!(shown(&path), b"bonjour tout le monde");
    let file = File::open(&path).unwrap().metadata().unwrap();
    assert_eq!(file.len(), sealed.mark.bytes + SEAL_LEN as u64);
    assert!(file.blocks() * 512 <= 8 * 1024, "what was reserved is given back: {} blocks", file.blocks());
    assert_eq!(file.mode() & 0o777, 0o600);
    assert_eq!(store.unsealed().unwrap(), []);
    assert!(matches!(store.create(&header(1), &key()), Err(Error::Busy(_))), "a name is used once");
}

#[tokio::test]
async fn forwarding_waits_for_the_disk_and_every_byte_arrives() {
    let (_folder, store) = store();
    let recorder = store.create(&header(1), &key()).unwrap();
    let mut all = Vec::new();
    for number in 0..400 {
        let piece = noise(number, 32 * 1024);
        recorder.push(&output(&piece));
        recorder.keep_up().await.unwrap();
        let behind = all.len() as u64 + piece.len() as u64 - recorder.mark().clear.min(all.len() as u64);
        assert!(behind <= 1024 * 1024 + 64 * 1024, "{behind} bytes ahead");
        all.extend(piece);
    }
    let sealed = recorder.seal(Ending::EquipmentClosed, END).await.unwrap();
    let path = store.path(&owner(), id(1));
    assert_eq!(ending(&check(&path, &[sealed.mark]).unwrap()), Some(Ending::EquipmentClosed));
    assert_eq!(shown(&path), all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_recordings_share_the_threads() {
    let (_folder, store) = store();
    let recorders: Vec<_> = (0..60).map(|n| store.create(&header(n), &key()).unwrap()).collect();
    let write = |(number, recorder): (usize, FolderRecorder)| async move {
        for piece in 0..20 {
            recorder.push(&output(&noise(piece, 100 * number)));
            recorder.keep_up().await.unwrap();
        }
        recorder.seal(Ending::Finished, END).await.unwrap()
    };
    let tasks: Vec<_> = recorders.into_iter().enumerate().map(|one| tokio::spawn(write(one))).collect();
    for (number, task) in (0..).zip(tasks) {
        let sealed = task.await.unwrap();
        let path = store.path(&owner(), id(number));
        assert_eq!(ending(&check(&path, &[sealed.mark]).unwrap()), Some(Ending::Finished));
        assert_eq!(shown(&path).len(), 20 * 100 * usize::from(number));
    }
}

#[tokio::test]
async fn somebody_who_does_not_wait_loses_the_recording_not_the_memory() {
    let (_folder, store) = store();
    let recorder = store.create(&header(1), &key()).unwrap();
    recorder.push(&output(&vec![0; 9 * 1024 * 1024]));
    assert!(recorder.health().is_err());
    assert!(recorder.keep_up().await.unwrap_err().contains("may be held"));
    recorder.seal(Ending::Finished, END).await.unwrap();
    let found = check(&store.path(&owner(), id(1)), &[]).unwrap();
    assert_eq!(ending(&found), Some(Ending::RecordingLost));
}

/// A folder of its own that is soon full; `None`, with the reason said, where mounting is refused.
struct Small(TempDir);

impl Small {
    fn mount(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path()).output();
        match mount {
            Ok(done) if done.status.success() => Some(Self(folder)),
            refused => {
                eprintln!("skipped: no tmpfs can be mounted here: {refused:?}");
                None
            }
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_store_loses_the_session_and_closes_every_container() {
    let Some(small) = Small::mount("size=4m") else { return };
    let store = FolderRecordings::open(small.0.path(), 0).unwrap();
    let (greedy, idle) =
        (store.create(&header(1), &key()).unwrap(), store.create(&header(2), &key()).unwrap());
    idle.push(&output(b"a quiet session beside it"));
    let kept = durable(&idle, 1).await;
    let mut pushed = 0;
    let lost = loop {
        greedy.push(&output(&noise(pushed, 32 * 1024)));
        if let Err(why) = greedy.keep_up().await {
            break why;
        }
        pushed += 1;
        assert!(pushed < 200, "6 MiB do not fit into 4");
    };
    assert!(lost.contains("No space left"), "{lost}");
    assert!(greedy.health().is_err());
    let acknowledged = greedy.mark();
    let sealed = greedy.seal(Ending::Cut, END).await.unwrap();
    assert_eq!(sealed.mark, acknowledged, "exactly what was acknowledged is sealed");
    let found = check(&store.path(&owner(), id(1)), &[acknowledged]).unwrap();
    assert_eq!(ending(&found), Some(Ending::RecordingLost));
    assert!(shown(&store.path(&owner(), id(1))).len() > 1024 * 1024);

    // No new session opens, and the other one closes validly although nothing is free.
    assert!(matches!(store.health(), Err(Error::Failing(_))));
    assert!(store.create(&header(3), &key()).is_err());
    let filler = std::fs::write(small.0.path().join("filler"), vec![1; 4 * 1024 * 1024]);
    assert!(filler.is_err(), "now it is full to the last page");
    let sealed = idle.seal(Ending::RecordingLost, END).await.unwrap();
    assert_eq!(sealed.mark, kept);
    assert_eq!(ending(&check(&store.path(&owner(), id(2)), &[kept]).unwrap()), Some(Ending::RecordingLost));
    assert_eq!(store.unsealed().unwrap(), []);
}

#[tokio::test]
async fn what_a_crash_left_on_a_full_disk_is_sealed_all_the_same() {
    let Some(small) = Small::mount("size=1m") else { return };
    let store = FolderRecordings::open(small.0.path(), 0).unwrap();
    let recorder = store.create(&header(1), &key()).unwrap();
    recorder.push(&output(b"before the crash"));
    let mark = durable(&recorder, 1).await;
    drop((recorder, store));
    assert!(std::fs::write(small.0.path().join("filler"), vec![1; 1024 * 1024]).is_err());
    let store = FolderRecordings::open(small.0.path(), 0).unwrap();
    store.seal_crashed(&owner(), id(1), END).unwrap();
    assert_eq!(ending(&check(&store.path(&owner(), id(1)), &[mark]).unwrap()), Some(Ending::Crash));
}

/// What is tried leaves nothing behind, also after a trial that was killed; where nothing can be created it says so.
#[test]
fn a_store_is_tried_by_creating_something() {
    let (folder, store) = store();
    let place = folder.path().join("recordings").join(owner().as_str()).join("recordings");
    for _ in 0..2 {
        store.probe(&owner()).unwrap();
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
        fs::write(place.join(PROBE), "left").unwrap();
        fs::write(place.join(PROBE).with_extension(container::UNNAMED), "left").unwrap();
    }
    fs::remove_dir_all(&place).unwrap();
    fs::write(&place, "no folder").unwrap();
    assert!(matches!(store.probe(&owner()), Err(Error::Io { .. })));
}

#[test]
fn a_store_below_its_reserve_begins_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderRecordings::open(folder.path(), u64::MAX).unwrap();
    assert!(matches!(store.health(), Err(Error::Full { needed: u64::MAX, .. })));
    assert!(matches!(store.create(&header(1), &key()), Err(Error::Full { .. })));
    if let Some(small) = Small::mount("size=1m,nr_inodes=5") {
        let store = FolderRecordings::open(small.0.path(), 0).unwrap();
        assert!(matches!(store.health(), Err(Error::Full { inodes: 0..=4, .. })));
    }
}

#[tokio::test]
async fn a_disk_that_takes_nothing_ends_the_recording_and_leaves_it_to_the_next_boot() {
    let (_folder, store) = store();
    let recorder = store.create(&header(1), &key()).unwrap();
    let path = store.path(&owner(), id(1));
    recorder.push(&output(b"kept"));
    let kept = durable(&recorder, 1).await;
    recorder.live().breaks(File::open(&path).unwrap());
    recorder.push(&output(b"lost"));
    let lost = recorder.live().until(|state| state.failed().map(str::to_owned));
    assert!(lost.await.contains("Bad file descriptor"));
    assert!(recorder.keep_up().await.is_err());
    assert!(recorder.seal(Ending::Finished, END).await.is_err(), "it cannot be sealed now");
    assert!(matches!(store.health(), Err(Error::Failing(_))));
    assert_eq!(recorder.mark(), kept);

    assert_eq!(store.unsealed().unwrap().len(), 1);
    let outcome = store.seal_crashed(&owner(), id(1), END).unwrap();
    assert_eq!((outcome.mark, outcome.ending), (kept, Ending::Crash));
    assert_eq!(ending(&check(&path, &[kept]).unwrap()), Some(Ending::Crash));
}

/// Chunks were written whole, and only their way to the disk failed: the seal counts them as torn, and so does whoever
/// reads.
#[tokio::test]
async fn whole_chunks_that_were_never_acknowledged_are_torn() {
    let (_folder, store) = store();
    let whole = store.create(&header(1), &key()).unwrap();
    let start = std::fs::metadata(store.path(&owner(), id(1))).unwrap().len();
    for number in 1..=3 {
        whole.push(&output(&noise(number, 100 * 1024)));
        durable(&whole, number).await;
    }
    let chunks = std::fs::read(store.path(&owner(), id(1))).unwrap();
    let chunks = &chunks[usize::try_from(start).unwrap()..];
    for left in [1, 100_000, chunks.len()] {
        let path = store.path(&owner(), id(2));
        let recorder = store.create(&header(2), &key()).unwrap();
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(&chunks[..left]).unwrap();
        recorder.live().fails("the disk said no");
        let sealed = recorder.seal(Ending::Finished, END).await.unwrap();
        assert_eq!((sealed.ending, sealed.mark.chunks), (Ending::RecordingLost, 0), "{left}");
        assert_eq!(ending(&check(&path, &[]).unwrap()), Some(Ending::RecordingLost), "{left}");
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test]
async fn crashed_containers_are_found_and_sealed_after_their_last_whole_chunk() {
    let (_folder, store) = store();
    let (live, dropped) =
        (store.create(&header(1), &key()).unwrap(), store.create(&header(2), &key()).unwrap());
    for recorder in [&live, &dropped] {
        recorder.push(&output(b"abc"));
        durable(recorder, 1).await;
    }
    assert!(matches!(store.seal_crashed(&owner(), id(1), END), Err(Error::Busy(_))), "it is being written");
    assert!(matches!(store.seal_crashed(&owner(), id(9), END), Err(Error::Missing(_))));

    // What is dropped without a seal writes what it has, and stays open.
    dropped.push(&output(b"def"));
    drop(dropped);
    drop(live);
    let folder = store.shared.folder.clone();
    drop(store);
    let store = FolderRecordings::open(&folder, 0).unwrap();
    let path = store.path(&owner(), id(2));
    assert_eq!(shown(&path), b"abcdef");

    // A write that was torn by the kill, and a file that never got its header.
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(&noise(1, 5000)).unwrap();
    std::fs::write(store.path(&owner(), id(3)), b"PTNREC").unwrap();
    let unsealed = store.unsealed().unwrap();
    let found: Vec<_> = unsealed.iter().map(|one| (one.recording, one.session.is_some())).collect();
    assert_eq!(found, [(id(1), true), (id(2), true), (id(3), false)]);

    let before = std::fs::read(&path).unwrap();
    let outcome = store.seal_crashed(&owner(), id(2), END).unwrap();
    let after = std::fs::read(&path).unwrap();
    assert_eq!(&after[..before.len()], &before, "nothing is truncated or overwritten");
    let found = check(&path, &[outcome.mark]).unwrap();
    assert!(matches!(&found.end, End::Sealed { seal, .. } if seal.torn == 5000 && !seal.authenticated));
    assert_eq!(store.seal_crashed(&owner(), id(2), Timestamp::MAX).unwrap(), outcome, "once is enough");
    assert!(matches!(store.seal_crashed(&owner(), id(3), END), Err(Error::Format(_))));
}

#[tokio::test]
async fn only_what_holds_nothing_is_swept() {
    let (_folder, store) = store();
    let discard = |number| store.shared.discard(&owner(), id(number));
    let used = store.create(&header(1), &key()).unwrap();
    used.push(&output(b"abc"));
    durable(&used, 1).await;
    let unused = store.create(&header(2), &key()).unwrap();
    let sealed = store.create(&header(3), &key()).unwrap();
    let broken = store.create(&header(4), &key()).unwrap();
    broken.push(&output(b"evidence"));
    durable(&broken, 1).await;
    assert!(matches!(discard(2), Err(Error::Busy(_))), "it is being written");
    sealed.seal(Ending::StoreLost, END).await.unwrap();
    discard(3).unwrap();
    let released = store.create(&header(5), &key()).unwrap();
    released.release().await;
    discard(5).unwrap();
    let folder = store.shared.folder.clone();
    drop((used, unused, sealed, broken, store));

    // The one chunk of a recording is altered: that is no reason to remove it.
    let store = FolderRecordings::open(&folder, 0).unwrap();
    let path = store.path(&owner(), id(4));
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(store.sweep().unwrap(), 1);
    let left: Vec<_> = store.unsealed().unwrap().into_iter().map(|one| one.recording).collect();
    assert_eq!(left, [id(1), id(4)]);
    assert!(matches!(store.shared.discard(&owner(), id(1)), Err(Error::NotEmpty(_))));
    assert!(matches!(store.shared.discard(&owner(), id(4)), Err(Error::NotEmpty(_))));
}

/// The gate died while it made a container: no half of a header has a recording's name, and nothing of it stays.
#[tokio::test]
async fn what_was_only_begun_has_no_name_and_is_swept() {
    let (_folder, store) = store();
    let whole = store.create(&header(1), &key()).unwrap();
    let path = store.path(&owner(), id(1));
    let begun = store.path(&owner(), id(2)).with_extension("tmp");
    std::fs::write(&begun, &std::fs::read(&path).unwrap()[..7]).unwrap();
    // Died between the name and the end of the other one.
    std::fs::hard_link(&path, path.with_extension("tmp")).unwrap();
    whole.push(&output(b"abc"));
    durable(&whole, 1).await;
    let folder = store.shared.folder.clone();
    drop((whole, store));
    let store = FolderRecordings::open(&folder, 0).unwrap();
    assert_eq!(store.unsealed().unwrap().len(), 1);
    assert_eq!(store.sweep().unwrap(), 2, "and what holds something stays");
    let left: Vec<_> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|one| one.unwrap().path()).collect();
    assert_eq!(left, [path]);
    assert!(matches!(store.create(&header(1), &key()), Err(Error::Busy(_))), "a name is taken once");
    assert_eq!(store.sweep().unwrap(), 0);
}

/// Not a test of its own: what is killed by the next one.
#[tokio::test]
async fn writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os("POTERNE_TEST_KILLED") else { return };
    let store = FolderRecordings::open(Path::new(&folder), 0).unwrap();
    let recorder = store.create(&header(1), &key()).unwrap();
    for number in 0.. {
        recorder.push(&output(&noise(number, 48 * 1024)));
        recorder.keep_up().await.unwrap();
        let Mark { chunks, bytes, root, clear } = recorder.mark();
        println!("mark {chunks} {bytes} {} {clear}", RootText(root));
    }
}

struct RootText([u8; 32]);

impl std::fmt::Display for RootText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn mark_of(line: &str) -> Option<Mark> {
    let mut words = line.split("mark ").nth(1)?.split(' ');
    let mut next = || words.next();
    let (chunks, bytes) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let hex = next().filter(|hex| hex.len() == 64)?;
    let mut root = [0; 32];
    for (n, byte) in root.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(Mark { chunks, bytes, root, clear: next()?.parse().ok()? })
}

#[test]
fn kill_9_loses_nothing_that_was_acknowledged() {
    for lines in [1, 20, 90] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "recordings::tests::writes_until_it_is_killed", "--nocapture"])
            .env("POTERNE_TEST_KILLED", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut marks: Vec<_> = printed.filter_map(|line| mark_of(&line.unwrap())).take(lines).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        marks.dedup();
        let store = FolderRecordings::open(folder.path(), 0).unwrap();
        assert_eq!(store.unsealed().unwrap()[0].session, Some(header(1).session));
        let outcome = store.seal_crashed(&owner(), id(1), END).unwrap();
        let path = store.path(&owner(), id(1));
        let found = check(&path, &marks).unwrap();
        assert_eq!((ending(&found), found.mark), (Some(Ending::Crash), outcome.mark));
        assert!(found.mark.chunks >= marks.last().unwrap().chunks);
        let whole: Vec<u8> =
            (0..).flat_map(|number| noise(number, 48 * 1024)).take(found.mark.clear as usize).collect();
        let shown = shown(&path);
        assert!(!shown.is_empty() || found.mark.chunks == 0);
        assert_eq!(shown, &whole[..shown.len()], "a prefix of what was pushed");
    }
}

/// One bad byte early in the recording of a crashed session: it is not closed, and keeps no door shut.
#[tokio::test]
async fn a_damaged_recording_of_a_crashed_session_is_missing_to_the_gate() {
    let (_folder, store) = store();
    let recorder = store.create(&header(1), &key()).unwrap();
    let path = store.path(&owner(), id(1));
    for n in 0..200 {
        recorder.push(&output(&noise(n, 32 * 1024)));
        recorder.keep_up().await.unwrap();
    }
    durable(&recorder, 24).await;
    // The threads are done with it once the store is gone, as after a crash.
    let folder = store.shared.folder.clone();
    drop((recorder, store));
    let store = FolderRecordings::open(&folder, 0).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100_000] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let sealed = gate::ports::Recordings::seal_crashed(&store, &owner(), id(1), END).await;
    assert!(matches!(sealed, Err(gate::ports::PortError::Missing(_))), "{sealed:?}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "it stays as it is, for whoever verifies");
}
