//! Many small files by sftp. The gate names and hashes each of them in the ledger.

use super::Scale;
use super::client::Peer;
use super::house::House;
use super::numbers::{count, median};
use super::report::{Row, Target};
use anyhow::Result;
use std::collections::BTreeMap;

const PART: &str = "files";
const BYTES: usize = 4_096;

/// Files a second, all peers in turn. The second value is how many files passed the gate.
pub(super) fn run(house: &mut House, scale: &Scale) -> Result<(Vec<Row>, usize)> {
    let here = house.path("small/here");
    std::fs::create_dir_all(&here)?;
    let source = house.path("small/noise");
    super::bulk::incompressible(&source, BYTES * scale.files)?;
    for (number, bytes) in std::fs::read(&source)?.chunks(BYTES).enumerate() {
        std::fs::write(here.join(format!("f{number:05}")), bytes)?;
    }
    let mut speeds: BTreeMap<(&str, Peer), Vec<f64>> = BTreeMap::new();
    for round in 0..scale.rounds {
        for peer in Peer::ALL {
            for way in ["put", "get"] {
                speeds.entry((way, peer)).or_default().push(once(house, scale, peer, way)?);
            }
        }
        println!("  files: round {}", round + 1);
    }
    std::fs::remove_dir_all(house.path("small"))?;
    let middle = |way, peer| median(speeds.get(&(way, peer)).map(Vec::as_slice).unwrap_or_default());
    let rows = ["put", "get"].map(|way| {
        let [direct, jump, gate] = Peer::ALL.map(|peer| middle(way, peer));
        Row::of_gate(PART, format!("{way}, {} × 4 KiB: files/s", scale.files), gate)
            .beside(Some(direct), Some(jump))
            .judged(gate / direct, "× direct", Target::AtLeast(0.5))
    });
    Ok((rows.to_vec(), 2 * scale.rounds * scale.files))
}

fn once(house: &mut House, scale: &Scale, peer: Peer, way: &str) -> Result<f64> {
    let (here, there, back) = (house.path("small/here"), house.path("small/there"), house.path("small/back"));
    let (from, to) = if way == "put" { (&here, &there) } else { (&there, &back) };
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    let batch = house.path("batch");
    std::fs::write(&batch, format!("-{way} {}/* {}/\n", from.display(), to.display()))?;
    let batch = batch.display().to_string();
    let mut command = house.client("sftp", peer, "default", &["-oBatchMode=no", "-b", &batch], &[])?;
    let took = house.timed(&mut command)?;
    anyhow::ensure!(std::fs::read_dir(to)?.count() == scale.files, "files are missing after `{way}`");
    Ok(count(scale.files) / took.as_secs_f64())
}
