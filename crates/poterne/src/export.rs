//! A recording as an asciicast v2 file, for asciinema's player.
//!
//! One line of JSON for the header, then one for each event. Bytes that are not UTF-8 are replaced; a
//! character that is split over two records is put together.

use std::io::Write;

use serde_json::json;

use crate::reading::{Opened, Shown, each, shown};

/// The size of a terminal that never said its own.
const USUAL: (u32, u32) = (80, 24);

/// Writes the whole recording.
pub(crate) fn asciicast(opened: Opened, out: &mut dyn Write) -> anyhow::Result<()> {
    let header = opened.header().clone();
    let started = header.started_at.as_micros();
    let mut events: Vec<(i64, &'static str, String)> = Vec::new();
    let (mut size, mut split) = (None, Vec::new());
    each(opened, |record| {
        let at = record.at.as_micros().saturating_sub(started);
        match shown(record.body) {
            Some(Shown::Bytes(bytes)) => {
                split.extend_from_slice(&bytes);
                let text = whole_characters(&mut split);
                if !text.is_empty() {
                    events.push((at, "o", text));
                }
            }
            Some(Shown::Size(columns, rows)) if size.is_none() => size = Some((columns, rows)),
            Some(Shown::Size(columns, rows)) => events.push((at, "r", format!("{columns}x{rows}"))),
            Some(Shown::Remark(words)) => events.push((at, "m", words)),
            None => {}
        }
        Ok(())
    })?;
    if !split.is_empty() {
        let at = events.last().map_or(0, |event| event.0);
        events.push((at, "o", String::from_utf8_lossy(&split).into_owned()));
    }
    let (width, height) = size.unwrap_or(USUAL);
    let head = json!({
        "version": 2,
        "width": width,
        "height": height,
        "timestamp": header.started_at.as_secs(),
        "title": format!("{} {}", header.establishment, header.session),
    });
    writeln!(out, "{head}")?;
    for (at, kind, text) in events {
        let secs = std::time::Duration::from_micros(u64::try_from(at).unwrap_or(0)).as_secs_f64();
        writeln!(out, "{}", json!([secs, kind, text]))?;
    }
    Ok(())
}

/// Takes what is whole; leaves the beginning of a character whose end has not come.
fn whole_characters(bytes: &mut Vec<u8>) -> String {
    let whole = match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        // Something in the middle is no UTF-8: only an unfinished character at the very end waits.
        Err(_) => {
            let last = bytes.utf8_chunks().last().map_or(0, |chunk| chunk.invalid().len());
            let unfinished = bytes.len().saturating_sub(last);
            let tail = bytes.get(unfinished..).unwrap_or_default();
            let waits = std::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none());
            if waits { unfinished } else { bytes.len() }
        }
    };
    let rest = bytes.split_off(whole);
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = rest;
    text
}

#[cfg(test)]
mod tests {
    use super::whole_characters;

    fn check(pieces: &[&[u8]], expected: &[&str], left: &[u8]) {
        let mut held = Vec::new();
        let said: Vec<String> = pieces
            .iter()
            .map(|piece| {
                held.extend_from_slice(piece);
                whole_characters(&mut held)
            })
            .collect();
        assert_eq!(said, expected);
        assert_eq!(held, left);
    }

    #[test]
    fn a_split_character_is_put_together() {
        check(&[b"caf\xc3", b"\xa9!"], &["caf", "é!"], b"");
        check(&[b"\xff\xfeok"], &["\u{fffd}\u{fffd}ok"], b"");
        check(&[b"\xffa\xf0\x9f", b"\x99\x82"], &["\u{fffd}a", "🙂"], b"");
        check(&[b"end\xe2\x82"], &["end"], b"\xe2\x82");
    }
}
