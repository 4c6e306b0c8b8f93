//! What a viewer sees of a recording: text, with nothing in it that commands more than a screen.
//!
//! A recording holds what an equipment sent, hostile or not. Sequences that draw pass; those that make a
//! terminal answer, report, write to the clipboard, the title or a printer do not. The recording itself
//! stays as it is.

use std::collections::BTreeMap;

use recording::{Body, Record, Track};

use crate::texts::say;

/// Longest control sequence that is still taken for one; a title or clipboard text is swallowed up to
/// [`STRING_MAX`], so that nothing hides the rest of a session.
const SEQUENCE_MAX: usize = 64;
const STRING_MAX: usize = 4 * 1024;
/// Characters of a remark that are shown: a command line may be 64 KiB, of which the recording has all.
const REMARK_MAX: usize = 1_024;

/// What a viewer sees of a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Text for the screen, control sequences that draw included.
    Text(String),
    /// The screen has this size.
    Size(u32, u32),
    /// A remark of the recording itself.
    Remark(String),
}

/// The streams of a session, on their way to one screen.
#[derive(Default)]
pub(crate) struct Screen {
    streams: BTreeMap<(u32, Track), Stream>,
}

impl Screen {
    /// What is seen of a record, if anything.
    pub(crate) fn show(&mut self, record: Record) -> Option<Shown> {
        match record.body {
            Body::Data { track: Track::Mark, bytes } => Some(Shown::Remark(plain(&bytes))),
            Body::Data { track: Track::Typed | Track::Stdin, .. }
            | Body::Unseen { .. }
            | Body::File { .. } => None,
            Body::Data { track, bytes } => {
                let stream = self.streams.entry((record.channel, track)).or_default();
                let text = stream.take(&bytes, track != Track::Output);
                (!text.is_empty()).then_some(Shown::Text(text))
            }
            Body::Size { columns, rows } => Some(Shown::Size(columns, rows)),
            Body::Elided { length, .. } => Some(Shown::Remark(say("elided", &[&length]))),
        }
    }

    /// What is left when nothing comes any more: characters that broke off.
    pub(crate) fn rest(&mut self) -> String {
        self.streams
            .values_mut()
            .filter(|stream| !stream.split.is_empty())
            .map(|_| char::REPLACEMENT_CHARACTER)
            .collect()
    }
}

/// A remark on one line, without what commands a terminal, and no longer than a reader wants it.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut shown: String = text.chars().filter(|c| !vocab::is_hidden(*c)).take(REMARK_MAX).collect();
    if text.chars().count() > REMARK_MAX {
        shown.push_str(&format!("… ({} octets)", bytes.len()));
    }
    shown
}

#[derive(Default)]
struct Stream {
    /// The beginning of a character whose end has not come: at most 3 bytes.
    split: Vec<u8>,
    state: State,
    after_return: bool,
}

impl Stream {
    /// `lines`: the stream never met a terminal, so its line feeds are not yet new lines of a screen.
    fn take(&mut self, bytes: &[u8], lines: bool) -> String {
        self.split.extend_from_slice(bytes);
        let text = whole_characters(&mut self.split);
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            if lines && c == '\n' && !self.after_return {
                self.pass('\r', &mut out);
            }
            self.after_return = c == '\r';
            self.pass(c, &mut out);
        }
        out
    }

    fn pass(&mut self, c: char, out: &mut String) {
        self.state = match (std::mem::take(&mut self.state), c) {
            // Cancel and substitute end any sequence.
            (_, '\u{18}' | '\u{1a}') => State::Ground,
            (State::Text(_), '\u{7}' | '\u{9c}') => State::Ground,
            (_, '\u{1b}') => State::Escape(String::new()),
            (State::Text(length), _) if length < STRING_MAX => State::Text(length + 1),
            (State::Escape(before), _) => escape(before, c, out),
            (State::Control(before), _) => control(before, c, out),
            (State::Ground | State::Text(_), _) => ground(c, out),
        };
    }
}

/// Where in a control sequence a stream is (ECMA-48 section 5).
#[derive(Default)]
enum State {
    #[default]
    Ground,
    /// After ESC and these intermediate characters.
    Escape(String),
    /// After CSI and these parameters.
    Control(String),
    /// In a string for the terminal itself: title, clipboard, device control. So many characters of it came.
    Text(usize),
}

fn ground(c: char, out: &mut String) -> State {
    match c {
        '\u{9b}' => return State::Control(String::new()),
        '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => return State::Text(0),
        // Bell, backspace, tab, the line feeds, return, and the two shifts of character sets.
        '\u{7}'..='\u{f}' => out.push(c),
        _ if c.is_control() => {}
        _ => out.push(c),
    }
    State::Ground
}

fn escape(mut before: String, c: char, out: &mut String) -> State {
    match (before.as_str(), c) {
        ("", '[') => return State::Control(before),
        ("", ']' | 'P' | 'X' | '^' | '_') => return State::Text(0),
        (_, ' '..='/') if before.len() < 2 => {
            before.push(c);
            return State::Escape(before);
        }
        // Saved cursor, index, tab stop, reset, keypad; the choice of a character set; alignment.
        ("", '7' | '8' | 'D' | 'E' | 'H' | 'M' | 'c' | '=' | '>')
        | ("(" | ")" | "*" | "+" | "#", '0'..='~') => {
            out.push('\u{1b}');
            out.push_str(&before);
            out.push(c);
        }
        _ => {}
    }
    State::Ground
}

fn control(mut before: String, c: char, out: &mut String) -> State {
    match c {
        ' '..='?' if before.len() < SEQUENCE_MAX => {
            before.push(c);
            State::Control(before)
        }
        '@'..='~' => {
            if let Some(parameters) = drawing(&before, c) {
                out.push_str("\u{1b}[");
                out.push_str(&parameters);
                out.push(c);
            }
            State::Ground
        }
        _ => State::Ground,
    }
}

/// The parameters with which a control sequence may pass; `None` when it does more than draw.
fn drawing(parameters: &str, last: char) -> Option<String> {
    let numbers = parameters.chars().all(|c| c.is_ascii_digit() || c == ';' || c == ':');
    match (parameters.strip_prefix('?'), last) {
        (Some(modes), 'h' | 'l') => modes_of(modes, &SCREEN_MODES).map(|modes| format!("?{modes}")),
        (None, 'h' | 'l') => modes_of(parameters, &[4, 20]),
        (Some(part), 'J' | 'K') if part.chars().all(|c| c.is_ascii_digit()) => Some(parameters.to_owned()),
        // Cursor, erasing, inserting, scrolling, tabs, repeating, attributes, margins.
        (
            None,
            '@'..='M' | 'P' | 'S' | 'T' | 'X' | 'Z' | '`' | 'a' | 'b' | 'd'..='g' | 'm' | 'r' | 's' | 'u',
        ) if numbers => Some(parameters.to_owned()),
        // The shape of the cursor; a soft reset.
        (None, 'q') if parameters.ends_with(' ') && parameters.len() <= 3 => Some(parameters.to_owned()),
        (None, 'p') if parameters == "!" => Some(parameters.to_owned()),
        _ => None,
    }
}

/// Modes of the screen: cursor keys, width, reverse, origin, wrap, blinking and visible cursor, the other
/// screen. Not among them: mouse, focus and paste, which make the terminal speak.
const SCREEN_MODES: [u32; 11] = [1, 3, 5, 6, 7, 12, 25, 47, 1047, 1048, 1049];

fn modes_of(asked: &str, allowed: &[u32]) -> Option<String> {
    let kept: Vec<&str> =
        asked.split(';').filter(|mode| mode.parse().is_ok_and(|mode| allowed.contains(&mode))).collect();
    (!kept.is_empty()).then(|| kept.join(";"))
}

/// Takes what is whole; leaves the beginning of a character whose end has not come. What is no UTF-8 is
/// replaced.
fn whole_characters(bytes: &mut Vec<u8>) -> String {
    let unfinished = bytes.utf8_chunks().last().map_or(0, |chunk| chunk.invalid().len());
    let start = bytes.len().saturating_sub(unfinished);
    let tail = bytes.get(start..).unwrap_or_default();
    // An error without a length is one that more bytes could mend.
    let waits = std::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none());
    let rest = if waits { bytes.split_off(start) } else { Vec::new() };
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = rest;
    text
}

#[cfg(test)]
mod tests {
    use vocab::Timestamp;

    use super::*;

    fn data(channel: u32, track: Track, bytes: &[u8]) -> Record {
        Record { at: Timestamp::from_secs(0), channel, body: Body::Data { track, bytes: bytes.to_vec() } }
    }

    /// Shown whole, and byte by byte: the same.
    fn check(track: Track, bytes: &[u8], expected: &str) {
        let text = |shown| match shown {
            Some(Shown::Text(text)) => text,
            other => {
                assert_eq!(other, None);
                String::new()
            }
        };
        let (mut whole, mut split) = (Screen::default(), Screen::default());
        assert_eq!(text(whole.show(data(0, track, bytes))) + &whole.rest(), expected, "{bytes:?}");
        let pieces: String = bytes.iter().map(|byte| text(split.show(data(0, track, &[*byte])))).collect();
        assert_eq!(pieces + &split.rest(), expected, "{bytes:?} byte by byte");
    }

    #[test]
    fn characters_are_put_together_and_what_is_none_is_replaced() {
        check(Track::Output, "café 🙂 €".as_bytes(), "café 🙂 €");
        check(Track::Output, b"\xff\xfeok", "\u{fffd}\u{fffd}ok");
        check(Track::Output, b"\xffa\xf0\x9f\x99\x82", "\u{fffd}a🙂");
        check(Track::Output, b"end\xe2\x82", "end\u{fffd}");
        check(Track::Output, b"\xc3(\xe2\x82x", "\u{fffd}(\u{fffd}x");
    }

    #[test]
    fn lines_of_a_command_begin_at_the_left() {
        check(Track::Output, b"a\nb\r\nc", "a\nb\r\nc");
        check(Track::Stdout, b"a\nb\r\nc\n\n", "a\r\nb\r\nc\r\n\r\n");
        check(Track::Stderr, b"\n", "\r\n");
    }

    #[test]
    fn what_draws_passes() {
        for drawn in [
            "\u{1b}[1;31mrouge\u{1b}[0m",
            "\u{1b}[38:2:1:2:3m",
            "\u{1b}[2J\u{1b}[H\u{1b}[10;20H",
            "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?1;7h",
            "\u{1b}(0lqqk\u{1b}(B",
            "\u{1b}7\u{1b}8\u{1b}M\u{1b}c\u{1b}=\u{1b}>",
            "\u{1b}[4h\u{1b}[!p\u{1b}[2 q\u{1b}[5b",
            "\u{7}\u{8}\t\u{e}\u{f}",
        ] {
            check(Track::Output, drawn.as_bytes(), drawn);
        }
    }

    #[test]
    fn what_makes_a_terminal_speak_or_act_does_not() {
        for (hostile, left) in [
            ("a\u{1b}[6nb\u{1b}[c\u{1b}[>c\u{1b}[0x\u{1b}[>q", "ab"),
            ("a\u{1b}]52;c;ZWNobw==\u{7}b\u{1b}]0;titre\u{1b}\\c", "abc"),
            ("a\u{1b}P$q\"p\u{1b}\\b\u{1b}_x\u{1b}\\\u{1b}^y\u{1b}\\\u{1b}Xz\u{1b}\\c", "abc"),
            ("a\u{1b}[21tb\u{1b}[5ic\u{1b}[?1$pd\u{1b}Ze\u{5}f", "abcdef"),
            ("\u{1b}[?1000h\u{1b}[?2004h\u{1b}[?1004;25h\u{1b}[>1u\u{1b}[>4;1m", "\u{1b}[?25h"),
            ("a\u{9b}6nb\u{9d}52;c;x\u{9c}c\u{85}\u{7f}\u{0}d", "abcd"),
            ("a\u{1b}%Gb\u{1b}[1;\u{18}31mc", "ab31mc"),
            ("a\u{1b}]0;t\u{1b}[31mb", "a\u{1b}[31mb"),
        ] {
            check(Track::Output, hostile.as_bytes(), left);
        }
    }

    #[test]
    fn nothing_hides_what_comes_after() {
        let title = format!("\u{1b}]0;{}visible", "x".repeat(STRING_MAX));
        let mut screen = Screen::default();
        let Some(Shown::Text(text)) = screen.show(data(0, Track::Output, title.as_bytes())) else { panic!() };
        assert!(text.ends_with("visible"));
        let parameters = format!("\u{1b}[{}mvisible", "1;".repeat(SEQUENCE_MAX));
        let Some(Shown::Text(text)) = screen.show(data(0, Track::Output, parameters.as_bytes())) else {
            panic!()
        };
        assert!(text.ends_with("visible"));
    }

    #[test]
    fn streams_do_not_cut_into_each_other() {
        let mut screen = Screen::default();
        assert_eq!(screen.show(data(1, Track::Output, b"\xc3")), None);
        assert_eq!(screen.show(data(2, Track::Output, b"x")), Some(Shown::Text("x".to_owned())));
        assert_eq!(screen.show(data(1, Track::Stderr, b"y")), Some(Shown::Text("y".to_owned())));
        assert_eq!(screen.show(data(1, Track::Output, b"\xa9")), Some(Shown::Text("é".to_owned())));
    }

    #[test]
    fn what_was_typed_is_not_shown_and_remarks_are_plain() {
        let mut screen = Screen::default();
        assert_eq!(screen.show(data(0, Track::Typed, b"secret")), None);
        assert_eq!(screen.show(data(0, Track::Stdin, b"secret")), None);
        let remark = Some(Shown::Remark("a[31mb".to_owned()));
        assert_eq!(screen.show(data(0, Track::Mark, b"a\x1b[31mb\n")), remark);
        let long = screen.show(data(0, Track::Mark, &[b'x'; 5_000]));
        assert_eq!(long, Some(Shown::Remark(format!("{}… (5000 octets)", "x".repeat(REMARK_MAX)))));
    }
}
