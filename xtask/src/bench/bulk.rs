//! One gibibyte that does not compress, by `cat` and by sftp, both ways, for each cipher.

use super::Scale;
use super::client::Peer;
use super::house::House;
use super::numbers::{count, median};
use super::report::{Row, Target};
use crate::shell;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

const PART: &str = "bulk";
const AES: &str = "aes128-gcm";
const CHACHA: &str = "chacha20";
const GIB: f64 = 1_073_741_824.0;

/// How the bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    CatDown,
    CatUp,
    SftpDown,
    SftpUp,
}

impl Way {
    const ALL: [Self; 4] = [Self::CatDown, Self::CatUp, Self::SftpDown, Self::SftpUp];

    fn words(self) -> &'static str {
        match self {
            Self::CatDown => "cat, down",
            Self::CatUp => "cat, up",
            Self::SftpDown => "sftp, down",
            Self::SftpUp => "sftp, up",
        }
    }
}

/// The choices that are measured, with what they are called. The client's default is one of the two others as a rule:
/// then it is measured once.
fn ciphers(house: &House) -> Result<Vec<(&'static str, &'static str)>> {
    let mut ssh = Command::new("ssh");
    ssh.args(["-G", "-F"]).arg(house.path("clients/default")).arg("direct").stdin(Stdio::null());
    let told = shell::output(&mut ssh)?;
    let first = told.lines().find_map(|line| line.strip_prefix("ciphers ")).unwrap_or_default();
    Ok(match first.split([',', '@']).next() {
        Some("chacha20-poly1305") => {
            vec![("default", "ChaCha20, the client's default"), (AES, "AES-128-GCM")]
        }
        Some("aes128-gcm") => vec![("default", "AES-128-GCM, the client's default"), (CHACHA, "ChaCha20")],
        _ => vec![("default", "the client's default"), (AES, "AES-128-GCM"), (CHACHA, "ChaCha20")],
    })
}

/// One run: how long, and the processor seconds of what stands between (nothing, where it is direct).
struct Run {
    took: Duration,
    cpu: f64,
}

/// Runs everything, one way after the other, all peers in turn within each.
pub(super) fn run(house: &mut House, scale: &Scale) -> Result<Vec<Row>> {
    let file = house.path("bulk");
    incompressible(&file, scale.bulk)?;
    let ciphers = ciphers(house)?;
    let mut runs: BTreeMap<(&str, Way, Peer), Vec<Run>> = BTreeMap::new();
    for round in 0..scale.rounds {
        for (choice, _) in &ciphers {
            for way in Way::ALL {
                for peer in Peer::ALL {
                    let run = once(house, choice, way, peer)
                        .with_context(|| format!("{} by {} with {choice}", way.words(), peer.host()))?;
                    runs.entry((*choice, way, peer)).or_default().push(run);
                }
            }
            println!("  bulk: round {}, {choice}", round + 1);
        }
    }
    std::fs::remove_file(file)?;
    let bytes = count(scale.bulk);
    let middle = |choice, way, peer, figure: &dyn Fn(&Run) -> f64| {
        let runs = runs.get(&(choice, way, peer)).map(Vec::as_slice).unwrap_or_default();
        median(&runs.iter().map(figure).collect::<Vec<_>>())
    };
    let speed = |run: &Run| bytes / 1e6 / run.took.as_secs_f64();
    let cost = |run: &Run| run.cpu / (bytes / GIB);
    let mut rows = Vec::new();
    for (choice, cipher) in ciphers {
        for way in Way::ALL {
            let [direct, jump, gate] = Peer::ALL.map(|peer| middle(choice, way, peer, &speed));
            rows.push(
                Row::of_gate(PART, format!("{}, {cipher}: MB/s", way.words()), gate)
                    .beside(Some(direct), Some(jump))
                    .judged(gate / jump, "× jump", Target::AtLeast(1.0)),
            );
            let [_, jump, gate] = Peer::ALL.map(|peer| middle(choice, way, peer, &cost));
            rows.push(
                Row::of_gate(PART, format!("{}, {cipher}: CPU s/GiB", way.words()), gate)
                    .beside(None, Some(jump))
                    .judged(gate / jump, "× jump", Target::AtMost(1.5)),
            );
        }
    }
    Ok(rows)
}

fn once(house: &mut House, choice: &str, way: Way, peer: Peer) -> Result<Run> {
    let file = house.path("bulk");
    let far = file.display().to_string();
    let mut command = match way {
        Way::CatDown => house.client("ssh", peer, choice, &[], &[&format!("cat '{far}'")])?,
        Way::CatUp => house.client("ssh", peer, choice, &[], &["cat > /dev/null"])?,
        Way::SftpDown | Way::SftpUp => {
            let line = if way == Way::SftpUp {
                format!("put {far} /dev/null")
            } else {
                format!("get {far} /dev/null")
            };
            let batch = house.path("batch");
            std::fs::write(&batch, line + "\n")?;
            let batch = batch.display().to_string();
            house.client("sftp", peer, choice, &["-oBatchMode=no", "-b", &batch], &[])?
        }
    };
    if way == Way::CatUp {
        command.stdin(File::open(&file)?);
    }
    let before = between(house, peer)?;
    let took = house.timed(&mut command)?;
    Ok(Run { took, cpu: between(house, peer)? - before })
}

/// Processor seconds up to now of what stands between client and target.
fn between(house: &House, peer: Peer) -> Result<f64> {
    match peer {
        Peer::Direct => Ok(0.0),
        Peer::Jump => house.jump_cpu(),
        Peer::Gate => house.gate_cpu(),
    }
}

/// A file of random bytes, read once so that it lies in memory.
pub(super) fn incompressible(path: &std::path::Path, bytes: usize) -> Result<()> {
    let mut random = File::open("/dev/urandom")?.take(u64::try_from(bytes)?);
    let mut file = File::create(path).with_context(|| path.display().to_string())?;
    std::io::copy(&mut random, &mut file)?;
    file.flush()?;
    Ok(file.sync_all()?)
}
