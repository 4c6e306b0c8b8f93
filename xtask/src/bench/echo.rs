//! One key at a time through a terminal: until its echo is back.

use super::Scale;
use super::client::{Guarded, Peer};
use super::house::House;
use super::numbers::{millis, percentile};
use super::report::{Row, Target};
use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::time::Instant;

const PART: &str = "echo";
/// What the far side says when it is ready.
const READY: &[u8] = b"READY";

/// A client with a terminal at the far side, typed to through pipes.
struct Typist {
    _client: Guarded,
    keys: ChildStdin,
    screen: ChildStdout,
    times: Vec<f64>,
}

impl Typist {
    fn start(house: &mut House, peer: Peer) -> Result<Self> {
        // The terminal echoes by itself, key by key; nothing else is written to it.
        let words = ["stty -icanon echo min 1 time 0 && echo READY && exec cat > /dev/null"];
        let mut command = house.client("ssh", peer, "default", &["-tt", "-e", "none"], &words)?;
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let keys = child.stdin.take().context("no standard input")?;
        let screen = child.stdout.take().context("no standard output")?;
        let mut typist = Self { _client: Guarded(child), keys, screen, times: Vec::new() };
        let mut shown = Vec::new();
        while !shown.windows(READY.len()).any(|end| end == READY) || !shown.ends_with(b"\n") {
            shown.push(typist.next()?);
        }
        Ok(typist)
    }

    fn next(&mut self) -> Result<u8> {
        let mut byte = [0];
        self.screen.read_exact(&mut byte).context("the terminal is gone")?;
        Ok(byte[0])
    }

    fn key(&mut self, key: u8) -> Result<()> {
        let begin = Instant::now();
        self.keys.write_all(&[key])?;
        let shown = self.next()?;
        self.times.push(millis(begin.elapsed()));
        ensure!(shown == key, "`{}` was echoed as {shown}", char::from(key));
        Ok(())
    }
}

/// The same keys through all three, one key each in turn.
pub(super) fn run(house: &mut House, scale: &Scale) -> Result<Vec<Row>> {
    let mut typists = Vec::new();
    for peer in Peer::ALL {
        typists.push(Typist::start(house, peer)?);
    }
    for (_, key) in (0..scale.keys).zip((b'a'..=b'z').cycle()) {
        for typist in &mut typists {
            typist.key(key)?;
        }
    }
    println!("  echo: {} keys", scale.keys);
    let mut rows = Vec::new();
    for (share, name, more) in [(0.5, "p50", 0.1), (0.99, "p99", 0.3)] {
        let mut times = typists.iter().map(|typist| percentile(&typist.times, share));
        let (direct, jump) = (times.next().unwrap_or_default(), times.next().unwrap_or_default());
        let gate = times.next().unwrap_or_default();
        rows.push(Row::of_gate(PART, format!("{name}: ms"), gate).beside(Some(direct), Some(jump)).judged(
            gate - direct,
            "ms more than direct",
            Target::AtMost(more),
        ));
    }
    Ok(rows)
}
