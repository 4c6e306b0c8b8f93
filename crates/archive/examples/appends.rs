//! Drives the log as fast as it goes, for `cargo xtask bench ssh`: 64 writers that each wait until their entry is
//! durable, then a log of so many entries for the verifier, and the disk alone beside both.
//!
//! `appends FOLDER ENTRIES SECONDS` writes `FOLDER/log` and `FOLDER/keys` and prints its figures as JSON.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use archive::FolderJournal;
use archive::journal::{APPEND_MAX, Error as JournalError};
use gate::ports::Clock;
use ledger::{Ed25519Signer, MlDsa44Signer, Signer};
use vocab::Timestamp;

const WRITERS: usize = 64;
/// What the sample's entry says of its log.
const ORIGIN: &str = "poterne.invalid/chu-fictif/porte-1";
/// An entry as a gate writes it; its number in its source is put in.
const SAMPLE: &str = include_str!("../../../docs/formats/vectors/events/203-logins-refused.json");
const SYNCS: u32 = 500;

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let mut next = || words.next().ok_or("appends FOLDER ENTRIES SECONDS");
    let (folder, entries, seconds) = (next()?, next()?.parse::<u64>()?, next()?.parse()?);
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let syncs = syncs(folder)?;
    let signers: Vec<Box<dyn Signer>> = vec![
        Box::new(Ed25519Signer::from_seed(ORIGIN, &[1; 32])?),
        Box::new(MlDsa44Signer::from_seed(ORIGIN, &[2; 32])?),
    ];
    let keys: String = signers.iter().map(|signer| format!("{}\n", signer.key())).collect();
    std::fs::write(folder.join("keys"), keys)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let journal = Arc::new(FolderJournal::open(&folder.join("log"), ORIGIN, signers, Arc::new(Wall))?);
    let (rate, times) = runtime.block_on(appends(&journal, Duration::from_secs(seconds)))?;
    let begin = Instant::now();
    runtime.block_on(fill(&journal, entries))?;
    runtime.block_on(journal.seal())?;
    let at =
        |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default().as_secs_f64() * 1e3;
    println!(
        "{{\"appends_per_s\":{rate:.1},\"append_p50_ms\":{:.3},\"append_p99_ms\":{:.3},\"syncs_per_s\":{syncs:.1},\
         \"entries\":{},\"fill_s\":{:.1}}}",
        at(50),
        at(99),
        journal.size(),
        begin.elapsed().as_secs_f64(),
    );
    Ok(())
}

/// Appends and syncs of the disk in a second, one after the other: what one writer without a group could reach.
fn syncs(folder: &Path) -> Result<f64, Box<dyn Error>> {
    let path = folder.join("disk");
    let mut file = File::create(&path)?;
    let begin = Instant::now();
    for _ in 0..SYNCS {
        file.write_all(&[0x5a; 512])?;
        file.sync_data()?;
    }
    let rate = f64::from(SYNCS) / begin.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}

/// All writers for so long: appends a second, and how long each took, sorted.
async fn appends(
    journal: &Arc<FolderJournal>,
    time: Duration,
) -> Result<(f64, Vec<Duration>), Box<dyn Error>> {
    let number = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (journal, number) = (Arc::clone(journal), Arc::clone(&number));
        writers.spawn(async move {
            let mut times = Vec::new();
            while begin.elapsed() < time {
                let entry = entry(number.fetch_add(1, Ordering::Relaxed) + 1);
                let asked = Instant::now();
                journal.append(vec![entry]).await?;
                times.push(asked.elapsed());
            }
            Ok::<_, JournalError>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(of_one) = writers.join_next().await {
        times.extend(of_one??);
    }
    let took = begin.elapsed().as_secs_f64();
    times.sort();
    Ok((f64::from(u32::try_from(times.len())?) / took, times))
}

/// More entries, in the largest groups, until there are so many.
async fn fill(journal: &FolderJournal, entries: u64) -> Result<(), Box<dyn Error>> {
    loop {
        let first = journal.size() + 1;
        let last = entries.min(first - 1 + u64::try_from(APPEND_MAX)?);
        if last < first {
            return Ok(());
        }
        journal.append((first..=last).map(entry).collect()).await?;
    }
}

/// An entry with this number: 16 bytes that differ, then its text.
fn entry(number: u64) -> Vec<u8> {
    let text = SAMPLE.trim_end().replace("\"seq\":203", &format!("\"seq\":{number}"));
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    [&mixed.to_be_bytes()[..], &number.to_be_bytes(), text.as_bytes()].concat()
}
