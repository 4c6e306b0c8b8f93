//! What a viewer's terminal is given, of a recording or of a session that is watched: what the
//! [`Screen`](crate::screen) lets pass, and at the end a terminal that is as it was.

use recording::Record;

use crate::screen::{Screen, Shown};

/// What a session may have left on the viewer's terminal: margins, attributes, a hidden cursor, no wrapping,
/// colours turned round, lines that also return.
const RESET: &str = "\u{1b}[!p\u{1b}[0m\u{1b}[?25h\u{1b}[?7h\u{1b}[?5l\u{1b}[20l";
const LEAVE_OTHER_SCREEN: &str = "\u{1b}[?1049l";

/// One viewer's terminal.
#[derive(Default)]
pub(crate) struct Viewer {
    screen: Screen,
    other_screen: bool,
}

impl Viewer {
    /// What is to be written for a record, if it is one that is seen. It may be nothing.
    pub(crate) fn show(&mut self, record: Record) -> Option<String> {
        Some(match self.screen.show(record)? {
            Shown::Text(text) => {
                // Any private mode may be this one, alone or among others.
                self.other_screen |= text.contains("\u{1b}[?");
                text
            }
            // The viewer's window is his own.
            Shown::Size(..) => String::new(),
            Shown::Remark(words) => remark(&words),
        })
    }

    /// What is to be written at the end, wherever that is.
    pub(crate) fn end(&mut self) -> String {
        let leave = if self.other_screen { LEAVE_OTHER_SCREEN } else { "" };
        format!("{}{leave}{RESET}", self.screen.rest())
    }
}

/// A remark that is not the session's own.
pub(crate) fn remark(words: &str) -> String {
    format!("\r\n[{words}]\r\n")
}

#[cfg(test)]
mod tests {
    use recording::{Body, Track};
    use vocab::Timestamp;

    use super::*;

    /// What an equipment may send to drive the terminal of who looks: answers, clipboard, title, device control,
    /// windows, printers, mouse and paste, whole and broken off, in seven and in eight bits.
    pub(crate) const HOSTILE: &[&[u8]] = &[
        b"\x1b]52;c;ZWNobyBwd25lZAo=\x07",
        b"\x1b]52;c;?\x1b\\",
        b"\x1b]0;title\x07\x1b]2;title\x1b\\\x1b]8;;http://evil.invalid\x07",
        b"\x1b]10;?\x07\x1b]4;1;?\x07\x1b]1337;File=inline=1:AAAA\x07",
        b"\x1bP+q544e\x1b\\\x1bP$qm\x1b\\\x1bP0;1|17/ab\x1b\\",
        b"\x1b[c\x1b[>c\x1b[=c\x1b[5n\x1b[6n\x1b[?6n\x1b[?15n\x1b[x\x1b[>q\x1b[18t\x1b[21t\x1b[14t",
        b"\x1b[?1$p\x1b[?u\x1b[>1u\x1b[1;1;1;1;1;1*y\x1b[?996n\x1bZ\x05",
        b"\x1b[4i\x1b[5i\x1b[?5i\x1b[3;0;0t\x1b[8;1;1t\x1b[2t",
        b"\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h\x1b[?1004h\x1b[?2004h\x1b[?9h",
        b"\x1b_Gi=1,a=q;AAAA\x1b\\\x1b^x\x1b\\\x1bXx\x1b\\",
        "\u{9b}6n\u{9b}c\u{9d}52;c;x\u{9c}\u{90}$qm\u{9c}\u{9f}x\u{9c}\u{9e}x\u{9c}\u{98}x\u{9c}\u{85}\u{8d}\u{9a}".as_bytes(),
        b"\x9b6n\x9d52;c;x\x9c\x90$qm\x9c",
        b"\xc3\x1b]52;c;x\x07\xe2\x82\x1b[6n\xf0\x9f\x99\x1b[c",
        b"\x1b[\x1b[6n\x1b]0;\x1b]52;c;x\x07\x18\x1b[>c\x1b[6\x18n",
        b"\x1b[1\x00;\x7f6n\x1b%G\x1b N\x1b[20\x9bn",
        b"\x1b]52;c;broken off",
        b"\x1b[?",
    ];

    /// The sequences in a text, by their last character, with what leads to it.
    fn sequences(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('\u{1b}') {
            let end = match after.strip_prefix('[') {
                Some(inner) => inner.find(|c| ('@'..='~').contains(&c)).map_or(after.len(), |at| at + 2),
                None => after.find(|c| !(' '..='/').contains(&c)).map_or(after.len(), |at| at + 1),
            };
            let (sequence, next) = after.split_at(end);
            found.push(sequence.to_owned());
            rest = next;
        }
        found
    }

    fn is_safe(text: &str) -> bool {
        let controls = |c: char| c.is_control() && !"\u{1b}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{e}\u{f}".contains(c);
        let draws = |sequence: &String| match sequence.strip_prefix('[') {
            Some(inner) => {
                let (parameters, last) = inner.split_at(inner.len().saturating_sub(1));
                match parameters.strip_prefix('?') {
                    Some(modes) => {
                        let mut modes = modes.split(';');
                        "hl".contains(last)
                            && modes.all(|mode| {
                                ["1", "3", "5", "6", "7", "12", "25", "47", "1047", "1048", "1049"]
                                    .contains(&mode)
                            })
                    }
                    None => {
                        !"cntixyi".contains(last)
                            && (last != "p" || parameters == "!")
                            && (last != "q" || parameters.ends_with(' '))
                    }
                }
            }
            None => !sequence.starts_with([']', 'P', 'X', '^', '_', 'Z', '%']),
        };
        !text.contains(controls) && sequences(text).iter().all(draws)
    }

    #[test]
    fn no_equipment_drives_the_terminal_of_who_looks() {
        assert!(
            !is_safe("\u{1b}[6n")
                && !is_safe("\u{1b}]52;c;x")
                && !is_safe("\u{9b}1m")
                && is_safe("\u{1b}[1mx")
        );
        for track in [Track::Output, Track::Stdout, Track::Stderr, Track::Notice, Track::Mark] {
            for pieces in [usize::MAX, 1, 2, 3] {
                let mut viewer = Viewer::default();
                let mut shown = String::new();
                for hostile in HOSTILE {
                    for piece in hostile.chunks(pieces.min(hostile.len())) {
                        let body = Body::Data { track, bytes: piece.to_vec() };
                        let record = Record { at: Timestamp::from_secs(0), channel: 1, body };
                        shown.extend(viewer.show(record));
                        // Another stream in between joins nothing to anything.
                        let body = Body::Data { track: Track::Output, bytes: b"x".to_vec() };
                        let record = Record { at: Timestamp::from_secs(0), channel: 2, body };
                        shown.extend(viewer.show(record));
                    }
                }
                shown.push_str(&viewer.end());
                assert!(is_safe(&shown), "{track:?} in pieces of {pieces}: {shown:?}");
                assert!(shown.ends_with(RESET));
            }
        }
    }
}
