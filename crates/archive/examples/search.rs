//! Looks for a person, an equipment and a day in a long log, for `cargo xtask bench guide`.
//!
//! `search FOLDER ENTRIES PEOPLE EQUIPMENT DAYS` writes `FOLDER/log`: as many entries of sessions, spread over so many
//! names and days; then prints how long each search took, and what it found, as JSON.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use archive::FolderJournal;
use archive::journal::APPEND_MAX;
use domain::About;
use events::Envelope;
use gate::ports::Clock;
use gate::traces::Sought;
use ledger::{Ed25519Signer, Signer};
use vocab::Timestamp;

/// What the sample's entries say of their log.
const ORIGIN: &str = "poterne.invalid/chu-fictif/porte-1";
/// Entries as a gate writes them for one session; names and times are put in.
const SAMPLES: [&str; 4] = [
    include_str!("../../../docs/formats/vectors/events/301-session-opened.json"),
    include_str!("../../../docs/formats/vectors/events/320-secret-lent.json"),
    include_str!("../../../docs/formats/vectors/events/400-recording-progress.json"),
    include_str!("../../../docs/formats/vectors/events/302-session-ended.json"),
];
/// When the samples happened, in microseconds.
const BEGIN: u64 = 1_790_000_000_000_000;
const DAY: u64 = 86_400_000_000;

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(i64::try_from(BEGIN).unwrap_or(i64::MAX))
    }
}

/// How much of everything.
#[derive(Clone, Copy)]
struct Scale {
    entries: u64,
    people: u64,
    equipment: u64,
    days: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, sizes @ ..] = words.as_slice() else { return Err("search FOLDER ENTRIES P E D".into()) };
    let sizes: Vec<u64> = sizes.iter().map(|size| size.parse()).collect::<Result<_, _>>()?;
    let [entries, people, equipment, days] = sizes[..] else {
        return Err("search FOLDER ENTRIES PEOPLE EQUIPMENT DAYS".into());
    };
    let scale = Scale { entries, people, equipment, days };
    std::fs::create_dir_all(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("{}", runtime.block_on(measure(Path::new(folder), scale))?);
    Ok(())
}

async fn measure(folder: &Path, scale: Scale) -> Result<String, Box<dyn Error>> {
    let signers: Vec<Box<dyn Signer>> = vec![Box::new(Ed25519Signer::from_seed(ORIGIN, &[1; 32])?)];
    let journal = FolderJournal::open(&folder.join("log"), ORIGIN, signers, Arc::new(Wall))?;
    while journal.size() < scale.entries {
        let until = scale.entries.min(journal.size() + u64::try_from(APPEND_MAX)?);
        journal.append((journal.size()..until).map(|number| entry(number, scale)).collect()).await?;
    }
    journal.seal().await?;
    // What is looked for has to be readable: a search that decodes nothing would be a fast one.
    for number in 0..SAMPLES.len() as u64 {
        Envelope::decode(&entry(number, scale))?;
    }
    let day = |number: u64| Timestamp::from_micros(i64::try_from(BEGIN + number * DAY).unwrap_or(i64::MAX));
    let searches = [
        ("person", Sought::new().about(About::Person("p-7".parse()?))),
        ("equipment", Sought::new().on("e-7".parse()?)),
        ("day", Sought::new().between(Some(day(7)), Some(day(8)))),
    ];
    let mut figures = vec![format!("\"entries\":{}", journal.size())];
    for (name, sought) in searches {
        let mut best = (Duration::MAX, 0_u64);
        for _ in 0..3 {
            let (begin, mut found) = (Instant::now(), 0_u64);
            let count = |_, _: &[u8]| {
                found += 1;
                ControlFlow::Continue(())
            };
            sought.each(&journal, 0..journal.size(), count).await?;
            best = best.min((begin.elapsed(), found));
        }
        figures.push(format!("\"{name}_s\":{:.4},\"{name}_found\":{}", best.0.as_secs_f64(), best.1));
    }
    Ok(format!("{{{}}}", figures.join(",")))
}

/// An entry with this number: 16 bytes that differ, then its text.
fn entry(number: u64, scale: Scale) -> Vec<u8> {
    let (session, kind) = (number / SAMPLES.len() as u64, number % SAMPLES.len() as u64);
    let sample = usize::try_from(kind).ok().and_then(|kind| SAMPLES.get(kind)).copied().unwrap_or_default();
    let at = BEGIN + number * (scale.days * DAY / scale.entries);
    let mut text = sample.trim_end().replace("1790000000000000", &at.to_string());
    text = text.replace("person:a.martin", &format!("person:p-{}", session % scale.people));
    for (what, name) in [("\"equipment\":\"", "e"), ("\"person\":\"", "p")] {
        let many = if name == "e" { scale.equipment } else { scale.people };
        let Some((head, rest)) = text.split_once(what) else { continue };
        let Some((_, tail)) = rest.split_once('"') else { continue };
        text = format!("{head}{what}{name}-{}\"{tail}", session % many);
    }
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    [&mixed.to_be_bytes()[..], &number.to_be_bytes(), text.as_bytes()].concat()
}
