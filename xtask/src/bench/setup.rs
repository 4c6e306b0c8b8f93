//! `ssh host true`: a connection from nothing to the exit status, with everything that the gate makes durable.

use super::Scale;
use super::client::Peer;
use super::house::House;
use super::numbers::{count, millis, percentile};
use super::report::{Row, Target};
use anyhow::Result;

const PART: &str = "setup";
/// Who, with which key exchange forced.
const RUNNERS: [(Peer, &str); 5] = [
    (Peer::Gate, "default"),
    (Peer::Direct, "curve25519"),
    (Peer::Direct, "default"),
    (Peer::Jump, "curve25519"),
    (Peer::Jump, "default"),
];
/// How much longer than directly it may take, in milliseconds.
const MORE: f64 = 15.0;

/// Each in turn, so often.
pub(super) fn run(house: &mut House, scale: &Scale) -> Result<Vec<Row>> {
    let mut times = RUNNERS.map(|_| Vec::new());
    let mut cpu = 0.0;
    for _ in 0..scale.setups {
        for ((peer, choice), times) in RUNNERS.into_iter().zip(&mut times) {
            let mut command = house.client("ssh", peer, choice, &[], &["true"])?;
            let before = house.gate_cpu()?;
            times.push(millis(house.timed(&mut command)?));
            if peer == Peer::Gate {
                cpu += house.gate_cpu()? - before;
            }
        }
    }
    println!("  set-up: {} runs of each", scale.setups);
    let mut rows = Vec::new();
    for (share, name) in [(0.5, "p50"), (0.95, "p95")] {
        let [gate, direct, direct_default, jump, jump_default] =
            times.each_ref().map(|times| percentile(times, share));
        let target = if share == 0.5 { Target::AtMost(MORE) } else { Target::Told };
        rows.push(
            Row::of_gate(PART, format!("{name}, curve25519 everywhere: ms"), gate)
                .beside(Some(direct), Some(jump))
                .judged(gate - direct, "ms more than direct", target),
        );
        rows.push(
            Row::of_gate(PART, format!("{name}, each peer's default exchange: ms"), gate)
                .beside(Some(direct_default), Some(jump_default))
                .judged(gate - direct_default, "ms more than direct", Target::Told),
        );
    }
    rows.push(Row::of_gate(PART, "processor time of the gate for each: ms", cpu * 1e3 / count(scale.setups)));
    Ok(rows)
}
