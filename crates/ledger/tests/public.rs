//! A public implementation of C2SP's signed notes, checkpoints and tiles (Cloudflare's `signed_note` and `tlog_tiles`),
//! of which none of ours is a part, reads our logs with what it is published to read: the key, the checkpoint, the tiles.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{Memory, ORIGIN, entry, signers};
use ledger::{CHECKPOINT_PATH, TileSource};
use signed_note::{Note, NoteError, StandardVerifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Hash, Tile, TileHashReader, TileReader, check_record, check_tree, prove_record,
    prove_tree, record_hash, tree_hash,
};

/// Our tiles as that implementation asks for them: 256 hashes wide, by the path that C2SP gives them.
struct Tiles<'a, S>(&'a S);

impl<S: TileSource> TileReader for Tiles<'_, S> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = |tile: &Tile| {
            // It begins with the height, which C2SP leaves out because there is one.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            self.0.read(&path).unwrap().ok_or(Error::InvalidInput(path))
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// The log of the vectors, as it lies on the disk.
macro_rules! vectors {
    ($($path:literal)*) => {
        Memory([$((
            $path.split_once('/').unwrap().1.to_owned(),
            include_bytes!(concat!("../../../docs/formats/vectors/ledger/", $path)).to_vec(),
        )),*].into())
    };
}

/// What was signed: its text, once the Ed25519 signature by this key holds.
fn checkpoint(note: &[u8], key: &str) -> Result<Checkpoint, NoteError> {
    let note = Note::from_bytes(note)?;
    let verifier = StandardVerifier::new(key).unwrap();
    let (verified, others) = note.verify(&VerifierList::new(vec![Box::new(verifier)]))?;
    // The other one is by ML-DSA-44, which that implementation does not know and lets stand.
    assert_eq!((verified.len(), others.len()), (1, 1));
    Ok(Checkpoint::from_bytes(note.text()).unwrap())
}

fn key() -> String {
    // The first of the two is the Ed25519 key.
    signers()[0].key().to_string()
}

/// Everything that it can check of one log; every entry, or each so-manieth of many.
fn read(log: &impl TileSource, key: &str, size: u64) {
    let checkpoint = checkpoint(&log.read(CHECKPOINT_PATH).unwrap().unwrap(), key).unwrap();
    assert_eq!((checkpoint.origin(), checkpoint.size()), (ORIGIN, size));
    let root = *checkpoint.hash();
    let tiles = Tiles(log);
    let hashes = TileHashReader::new(size, root, &tiles);
    if size == 0 {
        return;
    }
    assert_eq!(tree_hash(size, &hashes).unwrap(), root);
    for index in (0..size).step_by(1 + usize::try_from(size / 40).unwrap()) {
        let proof = prove_record(size, index, &hashes).unwrap();
        let leaf = record_hash(&entry(index));
        check_record(&proof, size, root, index, leaf).unwrap();
        assert!(check_record(&proof, size, root, index, record_hash(b"another")).is_err());
        assert!(check_record(&proof, size, Hash([7; 32]), index, leaf).is_err());
    }
    for older in [1, size / 2, size].into_iter().filter(|older| *older > 0) {
        let before = tree_hash(older, &hashes).unwrap();
        check_tree(&prove_tree(size, older, &hashes).unwrap(), size, root, older, before).unwrap();
    }
}

#[test]
fn it_reads_our_logs_of_all_kinds_of_sizes() {
    for size in [0, 1, 2, 7, 255, 256, 257, 600, 1_000] {
        read(&Memory::log(size), &key(), size);
    }
}

#[test]
fn it_reads_the_vectors() {
    let seven = vectors!("log-7/checkpoint" "log-7/tile/0/000.p/7" "log-7/tile/entries/000.p/7");
    read(&seven, &key(), 7);
    let many = vectors!(
        "log-300/checkpoint" "log-300/tile/0/000" "log-300/tile/0/001.p/44" "log-300/tile/1/000.p/1"
    );
    read(&many, &key(), 300);
}

#[test]
fn it_refuses_what_we_refuse() {
    let log = Memory::log(300);
    let note = String::from_utf8(log.0[CHECKPOINT_PATH].clone()).unwrap();
    assert!(checkpoint(note.replacen("\n300\n", "\n301\n", 1).as_bytes(), &key()).is_err());
    assert!(checkpoint(&note.as_bytes()[..note.len() - 1], &key()).is_err());
    let root = *checkpoint(note.as_bytes(), &key()).unwrap().hash();
    for (path, bytes) in
        log.0.iter().filter(|(path, _)| path.starts_with("tile/") && !path.contains("entries"))
    {
        let mut altered = log.clone();
        altered.0.get_mut(path).unwrap()[bytes.len() / 2] ^= 1;
        let tiles = Tiles(&altered);
        let hashes = TileHashReader::new(300, root, &tiles);
        let is_included = |index: u64| {
            let proof = prove_record(300, index, &hashes)?;
            check_record(&proof, 300, root, index, record_hash(&entry(index)))
        };
        assert!([0, 128, 299].into_iter().any(|index| is_included(index).is_err()), "{path}");
    }
}
