//! A thousand sessions that are recorded and idle: what each costs the gate, and what is left of it afterwards.

use super::client::Peer;
use super::holder::Holder;
use super::house::House;
use super::numbers::{self, count, median};
use super::report::{Row, Target};
use super::{Scale, pause};
use anyhow::Result;
use serde_json::json;
use std::time::Duration;

const PART: &str = "idle";
/// Memory of the gate for each session, in KiB.
const EACH: f64 = 200.0;
/// How much of before it may keep afterwards.
const BACK: f64 = 1.3;
/// Until what was begun is durable and given back.
const SETTLE: Duration = Duration::from_secs(5);
/// When the memory is looked at after the last session closed.
const AFTER: Duration = Duration::from_secs(10);

/// The gate with all sessions; a jump with fewer, because each is a process there.
pub(super) fn run(house: &mut House, scale: &Scale) -> Result<Vec<Row>> {
    house.again()?;
    let mut holder = Holder::start(house)?;
    // What is made once for all is no part of what each costs.
    holder.open(house, Peer::Gate, 8)?;
    holder.number(&json!({ "close": true }), "closed")?;
    pause(AFTER);
    let before = house.gate_memory()?;
    let cpu = house.gate_cpu()?;
    let opened = holder.open(house, Peer::Gate, scale.sessions)?;
    let sessions = opened.times.len();
    for why in opened.failed.iter().take(3) {
        println!("  not opened: {why}");
    }
    let cpu = (house.gate_cpu()? - cpu) * 1e3 / count(sessions.max(1));
    pause(SETTLE);
    let with = house.gate_memory()?;
    let answered = holder.number(&json!({ "answer": true }), "answered")?;
    holder.number(&json!({ "close": true }), "closed")?;
    pause(AFTER);
    let after = house.gate_memory()?;
    drop(holder);
    let jump = jump(house, scale.jump_sessions)?;
    let each = (with - before) / count(sessions.max(1));
    Ok(vec![
        Row::of_gate(
            PART,
            format!("sessions open at once, of {} asked for", scale.sessions),
            count(sessions),
        )
        .beside(None, Some(count(scale.jump_sessions)))
        .judged(count(sessions) / count(scale.sessions), "of them", Target::AtLeast(1.0)),
        Row::of_gate(PART, "memory for each: KiB (PSS)", each).beside(None, Some(jump)).judged(
            each,
            "KiB",
            Target::AtMost(EACH),
        ),
        Row::of_gate(PART, "that answer afterwards", count(answered)).judged(
            count(answered) / count(sessions.max(1)),
            "of them",
            Target::AtLeast(1.0),
        ),
        Row::of_gate(PART, "memory before: MiB", before / 1024.0),
        Row::of_gate(PART, "memory with all of them: MiB", with / 1024.0),
        Row::of_gate(PART, "memory 10 s after they closed: MiB", after / 1024.0).judged(
            after / before,
            "× before",
            Target::AtMost(BACK),
        ),
        Row::of_gate(PART, "login of the light client, 8 at once, p50: ms", median(&opened.times)),
        Row::of_gate(PART, "processor time of the gate for each login: ms", cpu),
    ])
}

/// Memory of a jump's sshd for each session: all its processes together.
fn jump(house: &mut House, sessions: usize) -> Result<f64> {
    let pid = house.jump_pid()?;
    let memory = || -> f64 {
        numbers::descendants(pid).into_iter().chain([pid]).filter_map(numbers::memory_kib).sum()
    };
    let before = memory();
    let mut holder = Holder::start(house)?;
    let opened = holder.open(house, Peer::Jump, sessions)?;
    pause(SETTLE);
    let with = memory();
    holder.number(&json!({ "close": true }), "closed")?;
    Ok((with - before) / count(opened.times.len().max(1)))
}
