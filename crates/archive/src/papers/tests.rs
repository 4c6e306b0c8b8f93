//! Documents on a folder: whole, covered, and refused when anything of them was changed.

use super::*;
use proptest::prelude::*;

fn run<T>(act: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(act)
}

/// A folder of evidence with these establishments, and documents in it.
fn house(owners: &[&str]) -> (tempfile::TempDir, FolderPapers) {
    let folder = tempfile::tempdir().unwrap();
    owners.iter().for_each(|owner| fs::create_dir(folder.path().join(owner)).unwrap());
    let papers = FolderPapers { evidence: folder.path().to_path_buf(), free_min: 0 };
    (folder, papers)
}

fn key(byte: u8) -> Secret {
    Secret::new(vec![byte; 32])
}

const PLACE: PaperId = PaperId::from_bytes([7; 16]);

fn nord() -> EstablishmentId {
    "nord".parse().unwrap()
}

fn keep(papers: &FolderPapers, bytes: &[u8]) -> Result<(), PortError> {
    run(papers.keep(&nord(), PLACE, key(1), Arc::new(bytes.to_vec())))
}

#[test]
fn it_is_whole_and_covered_before_it_is_settled() {
    let (folder, papers) = house(&["nord"]);
    let content = b"plainly fictitious ".repeat(20_000);
    keep(&papers, &content).unwrap();
    let own = folder.path().join("nord/documents");
    let there = |ending: &str| fs::read(own.join(format!("{PLACE}.{ending}")));
    let sealed = there("part").unwrap();
    assert!(!sealed.windows(7).any(|window| window == b"plainly"), "nothing of it is seen");
    assert_eq!(run(papers.all(&nord())).unwrap(), [Kept { place: PLACE, settled: false }]);
    assert_eq!(run(papers.read(&nord(), PLACE, key(1))).unwrap(), content);
    for _ in 0..2 {
        run(papers.settle(&nord(), PLACE)).unwrap();
        assert_eq!((there("doc").unwrap(), there("part").is_err()), (sealed.clone(), true));
    }
    assert_eq!(run(papers.read(&nord(), PLACE, key(1))).unwrap(), content);
    let listed = papers.listed().unwrap();
    assert_eq!(listed[0].length, sealed.len() as u64);
    assert_eq!(listed[0].name, format!("{PLACE}.doc"));
    // A place is used once, and what is settled is not discarded.
    assert!(keep(&papers, b"other").is_err());
    run(papers.discard(&nord(), PLACE)).unwrap();
    assert_eq!(run(papers.read(&nord(), PLACE, key(1))).unwrap(), content);
}

#[test]
fn what_an_earlier_run_was_writing_goes() {
    let (folder, papers) = house(&["nord", "sud"]);
    papers.sweep().unwrap();
    keep(&papers, b"kept").unwrap();
    let own = folder.path().join("nord/documents");
    fs::write(own.join(format!("{}.new", PaperId::from_bytes([8; 16]))), b"half").unwrap();
    fs::write(own.join("of somebody else"), b"x").unwrap();
    papers.sweep().unwrap();
    assert_eq!(fs::read_dir(&own).unwrap().count(), 2);
    assert_eq!(run(papers.all(&nord())).unwrap(), [Kept { place: PLACE, settled: false }]);
    run(papers.discard(&nord(), PLACE)).unwrap();
    run(papers.discard(&nord(), PLACE)).unwrap();
    assert_eq!(run(papers.all(&nord())).unwrap(), []);
    assert!(matches!(run(papers.read(&nord(), PLACE, key(1))), Err(PortError::Missing(_))));
}

#[test]
fn what_was_changed_is_refused() {
    let (folder, papers) = house(&["nord", "sud"]);
    keep(&papers, &vec![9; PIECE + 5]).unwrap();
    let path = folder.path().join(format!("nord/documents/{PLACE}.part"));
    let sealed = fs::read(&path).unwrap();
    let refused = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        run(papers.read(&nord(), PLACE, key(1))).is_err()
    };
    for at in [0, 8, 9, 16, 17, HEAD + PIECE, HEAD + PIECE + COVER_TAG, sealed.len() - 1] {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(refused(&altered), "byte {at}");
    }
    // Pieces in another order, one missing, one more; a length that says otherwise.
    let (head, pieces) = sealed.split_at(HEAD);
    let (first, second) = pieces.split_at(PIECE + COVER_TAG);
    assert!(refused(&[head, second, first].concat()));
    assert!(refused(&[head, first].concat()));
    assert!(refused(&[&sealed[..], second].concat()));
    assert!(refused(b""));
    let longer = u64::try_from(FILED_MAX + 1).unwrap().to_be_bytes();
    assert!(refused(&[MAGIC, &longer[..], pieces].concat()));
    assert!(!refused(&sealed));
    assert!(run(papers.read(&nord(), PLACE, key(2))).is_err(), "with another key");
    assert!(run(papers.read(&"sud".parse().unwrap(), PLACE, key(1))).is_err(), "of another establishment");
}

#[test]
fn what_the_gate_must_write_stays_free() {
    let (folder, papers) = house(&["nord"]);
    let full = FolderPapers { free_min: u64::MAX / 2, ..papers };
    assert!(keep(&full, b"x").is_err());
    assert_eq!(fs::read_dir(folder.path().join("nord/documents")).unwrap().count(), 0);
    assert!(FolderPapers::new(folder.path()).free_min >= 4 * FREE_MIN);
    let (_folder, papers) = house(&["nord"]);
    assert!(keep(&papers, &vec![0; FILED_MAX + 1]).is_err());
    keep(&papers, &vec![0; FILED_MAX]).unwrap();
    assert_eq!(run(papers.read(&nord(), PLACE, key(1))).unwrap().len(), FILED_MAX);
    assert_eq!(papers.listed().unwrap()[0].length, FILE_MAX);
    assert!(
        run(papers.keep(&nord(), PaperId::from_bytes([3; 16]), Secret::new(vec![1; 31]), Arc::default()))
            .is_err()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_was_put_in_comes_out(length in prop_oneof![0_usize..4, PIECE - 2..PIECE + 3, 0..4 * PIECE]) {
        let (_folder, papers) = house(&["nord"]);
        let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        keep(&papers, &content).unwrap();
        prop_assert!(run(papers.read(&nord(), PLACE, key(1))).unwrap() == content);
    }
}
