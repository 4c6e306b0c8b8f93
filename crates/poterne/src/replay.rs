//! Playing a recording in the terminal, at its own pace or faster.

use std::io::Write;
use std::time::Duration;

use crate::cli::Replay;
use crate::reading::{Opened, Shown, each, shown};

/// Slowest and fastest pace.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=1_000.0;

/// Plays it to standard output; the way it ended is said on standard error.
pub(crate) fn play(opened: Opened, asked: &Replay) -> anyhow::Result<()> {
    let mut pace = Pace::new(asked, opened.header().started_at.as_micros());
    let mut out = std::io::stdout().lock();
    let ending = each(opened, |record| {
        let Some(shown) = shown(record.body) else { return Ok(()) };
        out.flush()?;
        pace.wait(record.at.as_micros());
        match shown {
            Shown::Bytes(bytes) => out.write_all(&bytes)?,
            Shown::Size(..) => {}
            Shown::Remark(words) => write!(out, "\r\n[{words}]\r\n")?,
        }
        Ok(())
    })?;
    out.flush()?;
    eprintln!("\r\n— {ending} —");
    Ok(())
}

/// How long to wait before each record.
struct Pace {
    speed: f64,
    idle_max: f64,
    /// The moment up to which nothing is waited for.
    last: i64,
}

impl Pace {
    fn new(asked: &Replay, started: i64) -> Self {
        let from = asked.from.clamp(0.0, 1e9);
        Self {
            speed: asked.speed.clamp(*SPEEDS.start(), *SPEEDS.end()),
            idle_max: asked.idle.unwrap_or(f64::INFINITY).max(0.0),
            last: started
                .saturating_add(Duration::from_secs_f64(from).as_micros().try_into().unwrap_or(i64::MAX)),
        }
    }

    fn wait(&mut self, at: i64) {
        if at <= self.last {
            return;
        }
        let micros = u64::try_from(at.saturating_sub(self.last)).unwrap_or(0);
        self.last = at;
        let secs = (Duration::from_micros(micros).as_secs_f64() / self.speed).min(self.idle_max);
        std::thread::park_timeout(Duration::from_secs_f64(secs));
    }
}
