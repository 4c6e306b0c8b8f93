//! Whoever takes nothing, and whoever says nothing: what the gate holds for them, and whether it gives it back.

use super::client::{Guarded, Peer, signal};
use super::holder::Holder;
use super::house::House;
use super::numbers::{self, count, millis};
use super::report::{Row, Target};
use super::{Scale, pause};
use crate::demo::live::until;
use anyhow::{Context, Result};
use serde_json::json;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const STALLED: &str = "stalled";
const SILENT: &str = "silent";
/// Most that a stalled peer may cost, in MiB.
const MORE: f64 = 16.0;
/// How much of before may be kept afterwards.
const BACK: f64 = 1.3;
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(200);
/// Until what was held is given back.
const AFTER: Duration = Duration::from_secs(10);
/// The time that the gate gives for a login, and some more to look.
const GRACE: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(75);

/// A client that stops reading in a download; a target that stops reading in an upload.
pub(super) fn stalled(house: &mut House, scale: &Scale) -> Result<Vec<Row>> {
    let file = house.path("bulk");
    super::bulk::incompressible(&file, scale.bulk)?;
    let far = file.display().to_string();
    let mut rows = Vec::new();
    fresh(house)?;
    // One that is taken to its end first: what any download costs is not what a stalled one costs more.
    let mut whole = house.client("ssh", Peer::Gate, "default", &[], &[&format!("cat '{far}'")])?;
    house.timed(&mut whole)?;
    pause(AFTER);
    let before = house.gate_memory()?;
    let mut client = house.client("ssh", Peer::Gate, "default", &[], &[&format!("cat '{far}'")])?;
    let client = Guarded(client.stderr(Stdio::null()).spawn()?);
    pause(Duration::from_millis(600));
    let reader = numbers::descendants(client.0.id()).into_iter().next_back().context("no client")?;
    let stopped = Stopped::new(reader)?;
    let most = most(house, scale.stall)?;
    drop((stopped, client));
    rows.extend(told(house, "a client that stops reading", before, most)?);

    let before = house.gate_memory()?;
    let known = numbers::descendants(house.target_pid()?);
    let mut client = house.client("ssh", Peer::Gate, "default", &[], &["cat > /dev/null"])?;
    let client = Guarded(client.stdin(File::open(&file)?).stderr(Stdio::null()).spawn()?);
    pause(Duration::from_millis(600));
    let mut stopped = Vec::new();
    for pid in numbers::descendants(house.target_pid()?).difference(&known) {
        stopped.push(Stopped::new(*pid)?);
    }
    let most = self::most(house, scale.stall)?;
    drop((stopped, client));
    rows.extend(told(house, "a target that stops reading", before, most)?);
    std::fs::remove_file(file)?;
    Ok(rows)
}

/// A gate without a past, but for the first login: what is made once for all is nobody's.
fn fresh(house: &mut House) -> Result<()> {
    house.again()?;
    let mut command = house.client("ssh", Peer::Gate, "default", &[], &["true"])?;
    house.timed(&mut command)?;
    pause(AFTER);
    Ok(())
}

/// The most memory that the gate has for so long.
fn most(house: &House, time: Duration) -> Result<f64> {
    let (end, mut most) = (Instant::now() + time, 0.0_f64);
    while Instant::now() < end {
        most = most.max(house.gate_memory()?);
        pause(LOOK);
    }
    Ok(most)
}

fn told(house: &House, who: &str, before: f64, most: f64) -> Result<[Row; 2]> {
    pause(AFTER);
    let after = house.gate_memory()?;
    println!("  {who}: {:.1} MiB more", (most - before) / 1024.0);
    Ok([
        Row::of_gate(STALLED, format!("{who}: MiB more"), (most - before) / 1024.0).judged(
            (most - before) / 1024.0,
            "MiB",
            Target::AtMost(MORE),
        ),
        Row::of_gate(STALLED, format!("{who}: MiB 10 s after its end"), after / 1024.0).judged(
            after / before,
            "× before",
            Target::AtMost(BACK),
        ),
    ])
}

/// Connections that say nothing: half from one address, the one that a person logs in from meanwhile, half from many.
pub(super) fn silent(house: &mut House, scale: &Scale) -> Result<Vec<Row>> {
    fresh(house)?;
    let before = house.gate_memory()?;
    let mut holder = Holder::start(house)?;
    let many = (0..250)
        .map(|number| format!("127.0.1.{}", number + 1))
        .flat_map(|many| ["127.0.0.1".to_owned(), many]);
    let from: Vec<String> = many.collect();
    let order = json!({ "silent": scale.silent, "from": from, "port": house.ports.gate });
    let connected = holder.number(&order, "connected")?;
    // The last one of them has its time from here on.
    let begin = Instant::now();
    let with = house.gate_memory()?;
    let at_once = holder.number(&json!({ "living": true }), "living")?;
    let mut command = house.client("ssh", Peer::Gate, "default", &[], &["true"])?;
    let login = house.timed(&mut command);
    if let Err(error) = &login {
        println!("  the login failed: {error:#}");
    }
    let dropped = until(LONGEST, || {
        pause(LOOK);
        let living = holder.number(&json!({ "living": true }), "living").ok()?;
        (living == 0).then(|| begin.elapsed())
    });
    drop(holder);
    pause(AFTER);
    let after = house.gate_memory()?;
    let dropped = dropped.map_or(f64::INFINITY, |time| time.as_secs_f64());
    println!("  silent: {connected} connections, all dropped after {dropped:.0} s");
    Ok(vec![
        Row::of_gate(SILENT, "connections that say nothing", count(connected)),
        Row::of_gate(SILENT, "of them held at once", count(at_once)),
        Row::of_gate(SILENT, "memory while they are there: MiB more", (with - before) / 1024.0).judged(
            (with - before) / 1024.0,
            "MiB",
            Target::AtMost(64.0),
        ),
        Row::of_gate(SILENT, "all dropped after: s", dropped).judged(
            dropped,
            "s",
            Target::AtMost(GRACE.as_secs_f64() + 5.0),
        ),
        Row::of_gate(SILENT, "memory 10 s later: MiB", after / 1024.0).judged(
            after / before,
            "× before",
            Target::AtMost(BACK),
        ),
        Row::of_gate(
            SILENT,
            "a person from the crowd's address logs in meanwhile: ms",
            login.as_ref().map_or(0.0, |time| millis(*time)),
        )
        .judged(if login.is_ok() { 1.0 } else { 0.0 }, "of 1", Target::AtLeast(1.0)),
    ])
}

/// A process of ours that is stopped, and goes on when this value goes; also when we end in any other way, after a
/// while: a shell of its own sees to that.
struct Stopped {
    pid: u32,
    shell: Child,
}

const SHELL: &str = r#"kill -STOP "$1"; sleep 120 & s=$!; trap 'kill $s' TERM; wait $s; kill -CONT "$1""#;

impl Stopped {
    fn new(pid: u32) -> Result<Self> {
        let mut shell = Command::new("setsid");
        shell.args(["sh", "-c", SHELL, "stopped", &pid.to_string()]);
        let shell = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(Self { pid, shell })
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("-CONT", self.pid);
        signal("-TERM", self.shell.id());
        let _reaped = self.shell.wait();
    }
}
