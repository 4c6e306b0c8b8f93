//! A recording as an asciicast v2 file, for asciinema's player.
//!
//! One line of JSON for the header, then one for each event, written as they are read. Bytes that are not
//! UTF-8 are replaced; what would command more than a screen is left out (see [`screen`](crate::screen)).

use std::io::{Read, Write};
use std::time::Duration;

use recording::Decoder;
use serde_json::json;

use crate::reading::each;
use crate::screen::{Screen, Shown};
use crate::texts::say;

/// The size of a terminal that never said its own.
const USUAL: (u32, u32) = (80, 24);
/// Remarks that may come before the first screen: the channels of one connection, and as many files.
const REMARKS_MAX: usize = 64;

/// Writes the whole recording, its title with what it may show. An error leaves a beginning that whoever asked must throw away.
pub(crate) fn asciicast<R: Read>(
    opened: Decoder<R>,
    class: Option<&str>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let header = opened.header();
    let started = header.started_at.as_micros();
    let title = [format!("{} {}", header.establishment, header.session)];
    let title = title.into_iter().chain(class.map(str::to_owned)).collect::<Vec<_>>().join(" — ");
    let mut cast =
        Cast { started_at: header.started_at.as_secs(), title, remarks: Vec::new(), begun: false, out };
    let (mut screen, mut last) = (Screen::default(), 0);
    each(opened, |record| {
        last = record.at.as_micros().saturating_sub(started);
        match screen.show(record) {
            Some(shown) => cast.event(last, shown),
            None => Ok(()),
        }
    })?;
    let rest = screen.rest();
    if !rest.is_empty() {
        cast.event(last, Shown::Text(rest))?;
    }
    if !cast.begun && cast.remarks.is_empty() {
        // A player refuses a file without any event.
        cast.remarks.push((last, say("nothing_shown", &[])));
    }
    cast.begin(USUAL)?;
    Ok(cast.out.flush()?)
}

/// A file that is being written. Its first line says the size of the screen, so it waits for that.
struct Cast<'a> {
    started_at: i64,
    title: String,
    remarks: Vec<(i64, String)>,
    begun: bool,
    out: &'a mut dyn Write,
}

impl Cast<'_> {
    fn event(&mut self, at: i64, shown: Shown) -> anyhow::Result<()> {
        match shown {
            // A client without a window of its own says 0 by 0, which no player can draw.
            Shown::Size(0, _) | Shown::Size(_, 0) => Ok(()),
            Shown::Size(columns, rows) if !self.begun => self.begin((columns, rows)),
            Shown::Size(columns, rows) => self.line(at, "r", &format!("{columns}x{rows}")),
            Shown::Remark(words) if !self.begun && self.remarks.len() < REMARKS_MAX => {
                self.remarks.push((at, words));
                Ok(())
            }
            Shown::Remark(words) => {
                self.begin(USUAL)?;
                self.line(at, "m", &words)
            }
            Shown::Text(text) => {
                self.begin(USUAL)?;
                self.line(at, "o", &text)
            }
        }
    }

    fn begin(&mut self, (width, height): (u32, u32)) -> anyhow::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        let head = json!({
            "version": 2,
            "width": width,
            "height": height,
            "timestamp": self.started_at,
            "title": self.title,
        });
        writeln!(self.out, "{head}")?;
        std::mem::take(&mut self.remarks).iter().try_for_each(|(at, words)| self.line(*at, "m", words))
    }

    fn line(&mut self, at: i64, kind: &str, text: &str) -> anyhow::Result<()> {
        let secs = Duration::from_micros(u64::try_from(at).unwrap_or(0)).as_secs_f64();
        Ok(writeln!(self.out, "{}", json!([secs, kind, text]))?)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use recording::DataKey;
    use serde_json::Value;
    use vocab::Secret;

    use super::*;

    const SEALED: &[u8] = include_bytes!("../../../docs/formats/vectors/recording/sealed.rec");
    const EMPTY: &[u8] = include_bytes!("../../../docs/formats/vectors/recording/empty.rec");

    fn exported(bytes: &[u8]) -> String {
        let key = DataKey::new(&Secret::new((0..32).collect())).unwrap();
        let mut out = Vec::new();
        asciicast(Decoder::new(bytes, key).unwrap(), None, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_line_is_what_asciicast_v2_asks_for() {
        let text = exported(SEALED);
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["version"], 2);
        assert_eq!((&lines[0]["width"], &lines[0]["height"]), (&json!(80), &json!(24)));
        assert_eq!(lines[0]["timestamp"], 1_800_000_000);
        let expected = [
            json!([0.0, "m", "shell"]),
            json!([0.12, "o", "Cette session est enregistrée.\r\n"]),
            json!([0.3, "o", "$ caf"]),
            json!([0.9, "o", "é\r\n"]),
            json!([0.98, "r", "132x43"]),
        ];
        assert_eq!(&lines[1..6], &expected);
        assert_eq!(lines.last(), Some(&json!([2.7, "m", "exit 1"])));
        let times: Vec<f64> = lines[1..].iter().map(|line| line[0].as_f64().unwrap()).collect();
        assert!(times.is_sorted());
        // A file without an event is refused by asciinema's player ("recording is missing events").
        let empty = exported(EMPTY);
        let lines: Vec<Value> = empty.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), &lines[1]), (2, &json!([0.0, "m", "rien n'a été montré"])));
    }

    #[test]
    fn asciinema_reads_it() {
        let file = std::env::temp_dir().join(format!("poterne-export-{}.cast", std::process::id()));
        std::fs::write(&file, exported(SEALED)).unwrap();
        // It wants a terminal of its own, which `script` lends it.
        let cat = format!("asciinema cat '{}'", file.display());
        let read = Command::new("script").args(["-qec", &cat, "/dev/null"]).output();
        let there = Command::new("asciinema").arg("--version").output().is_ok();
        std::fs::remove_file(&file).unwrap();
        let Some(read) = read.ok().filter(|_| there) else {
            eprintln!("skipped: asciinema or script is not installed");
            return;
        };
        let shown = String::from_utf8(read.stdout).unwrap().replace('\r', "");
        assert!(read.status.success(), "{shown}");
        let begin = "Cette session est enregistrée.\n$ café\nligne de texte";
        assert!(shown.starts_with(begin), "{shown:?}");
        assert!(shown.contains("aaaaaaaabbbb") && shown.contains("erreur\n"), "{shown:?}");
    }
}
