//! Playing a recording in the terminal, at its own pace or faster.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use recording::Decoder;

use crate::cli::Replay;
use crate::reading::{Opened, each};
use crate::texts::say;
use crate::viewer::Viewer;

/// Slowest and fastest pace.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=1_000.0;
/// Latest moment to begin at, in seconds: a year.
const FROM_MAX: f64 = 366.0 * 86_400.0;

/// Plays it to standard output; the way it ended is said on standard error.
pub(crate) fn play(opened: Opened, asked: &Replay) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let ending = perform(opened, asked, &mut out, &mut rest)?;
    eprintln!("\r\n{}", say("ending", &[&ending]));
    Ok(())
}

/// Waits this long.
fn rest(pause: Duration) {
    let until = Instant::now() + pause;
    while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

fn perform<R: Read>(
    opened: Decoder<R>,
    asked: &Replay,
    out: &mut dyn Write,
    rest: &mut dyn FnMut(Duration),
) -> anyhow::Result<String> {
    let mut pace = Pace::new(asked, opened.header().started_at.as_micros());
    let mut viewer = Viewer::default();
    let play = || {
        each(opened, |record| {
            let at = record.at.as_micros();
            let Some(text) = viewer.show(record) else { return Ok(()) };
            if let Some(pause) = pace.pause(at) {
                out.flush()?;
                rest(pause);
            }
            Ok(out.write_all(text.as_bytes())?)
        })
    };
    // A broken recording is played up to the break; the terminal is put right in both cases.
    let ending = play();
    out.write_all(viewer.end().as_bytes())?;
    out.flush()?;
    ending
}

/// How long to wait before each record.
struct Pace {
    speed: f64,
    pause_max: Duration,
    /// The moment up to which everything was shown: nothing before the beginning is waited for, so that the
    /// screen stands there as it stood.
    shown: i64,
}

impl Pace {
    fn new(asked: &Replay, started: i64) -> Self {
        let from = if asked.from.is_finite() { asked.from.clamp(0.0, FROM_MAX) } else { 0.0 };
        let from = i64::try_from(Duration::from_secs_f64(from).as_micros()).unwrap_or(i64::MAX);
        let speed = if asked.speed.is_nan() { 1.0 } else { asked.speed };
        let idle = asked.idle.and_then(|idle| Duration::try_from_secs_f64(idle).ok());
        Self {
            speed: speed.clamp(*SPEEDS.start(), *SPEEDS.end()),
            pause_max: idle.unwrap_or(Duration::MAX),
            shown: started.saturating_add(from),
        }
    }

    fn pause(&mut self, at: i64) -> Option<Duration> {
        let micros = u64::try_from(at.saturating_sub(self.shown)).ok().filter(|micros| *micros > 0)?;
        self.shown = at;
        Some(Duration::from_micros(micros).div_f64(self.speed).min(self.pause_max))
    }
}

#[cfg(test)]
mod tests {
    use recording::DataKey;
    use vocab::Secret;

    use super::*;

    const SEALED: &[u8] = include_bytes!("../../../docs/formats/vectors/recording/sealed.rec");
    const BROKEN: &[u8] = include_bytes!("../../../docs/formats/vectors/recording/without-chunk-3.rec");

    fn played(
        bytes: &[u8],
        speed: f64,
        from: f64,
        idle: Option<f64>,
    ) -> (anyhow::Result<String>, String, Vec<u128>) {
        let key = DataKey::new(&Secret::new((0..32).collect())).unwrap();
        let which = crate::cli::Which { config: "".into() };
        let why = crate::cli::Why { reason: None, told: None, untold: None, outside: true, which };
        let asked = Replay { file: "".into(), key: "".into(), speed, from, idle, why };
        let (mut out, mut pauses) = (Vec::new(), Vec::new());
        let opened = Decoder::new(bytes, key).unwrap();
        let ending = perform(opened, &asked, &mut out, &mut |pause| pauses.push(pause.as_millis()));
        (ending, String::from_utf8(out).unwrap(), pauses)
    }

    #[test]
    fn the_pace_is_the_recordings_own_faster_later_or_without_long_pauses() {
        for (speed, from, idle, expected) in [
            (1.0, 0.0, None, vec![120, 180, 600, 80, 20, 1000, 0, 599, 100]),
            (2.0, 0.0, None, vec![60, 90, 300, 40, 10, 500, 0, 299, 50]),
            (1.0, 0.95, None, vec![30, 20, 1000, 0, 599, 100]),
            (1.0, 0.0, Some(0.3), vec![120, 180, 300, 80, 20, 300, 0, 300, 100]),
            (f64::NAN, f64::NAN, Some(-1.0), vec![120, 180, 600, 80, 20, 1000, 0, 599, 100]),
            (1.0, 1e300, None, vec![]),
        ] {
            let (ending, text, pauses) = played(SEALED, speed, from, idle);
            assert!(ending.unwrap().contains("terminée par l'intervenant"));
            assert_eq!(pauses, expected, "{speed} {from} {idle:?}");
            assert!(text.contains("$ café\r\nligne de texte"), "all of it is shown, whatever is waited for");
        }
    }

    #[test]
    fn a_broken_recording_is_played_up_to_the_break_and_the_terminal_put_right() {
        let (ending, text, _) = played(BROKEN, 1.0, 0.0, None);
        assert!(format!("{:#}", ending.unwrap_err()).contains("chunk 3"));
        assert!(text.contains("bbbb") && text.ends_with("\u{1b}[?7h\u{1b}[?5l\u{1b}[20l"));
        assert!(!text.contains("erreur"));
    }

    #[test]
    fn resting_lasts_as_long_as_asked() {
        let before = Instant::now();
        rest(Duration::from_millis(20));
        assert!(before.elapsed() >= Duration::from_millis(20));
        rest(Duration::ZERO);
    }
}
