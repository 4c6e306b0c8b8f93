//! What was typed, where the service records it: only what the terminal echoed.
//!
//! A line is kept only when every byte of it came back, in order, as the first thing that the
//! equipment showed next. One byte that did not come back makes the whole line unseen: a password that
//! is half like the text around it never leaks by half.

/// Longest line looked at. What is longer is unseen: 4 KiB is the terminal's own limit (N_TTY).
const LINE_MAX: usize = 4_096;

/// What is known of what was typed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typing {
    /// This was typed and shown.
    Shown(Vec<u8>),
    /// So many bytes were typed and not shown.
    Unseen(u64),
}

impl Typing {
    /// How many of its bytes are kept.
    pub(crate) fn shown(&self) -> u64 {
        match self {
            Self::Shown(line) => u64::try_from(line.len()).unwrap_or(u64::MAX),
            Self::Unseen(_) => 0,
        }
    }
}

/// Follows one terminal.
#[derive(Default)]
pub(crate) struct Typed {
    /// Typed and not settled yet.
    line: Vec<u8>,
    /// How much of the line was echoed.
    echoed: usize,
    /// Something was shown that was not the echo.
    broken: bool,
}

impl Typed {
    /// The technician typed this. What is settled by it comes back.
    pub(crate) fn typed(&mut self, bytes: &[u8]) -> Vec<Typing> {
        let mut settled = Vec::new();
        for byte in bytes {
            // An earlier line whose echo came whole ends before the next one begins; one whose echo did
            // not come by now is unseen.
            if self.line.last().is_some_and(|last| ends_line(*last)) {
                settled.push(self.settle());
            }
            self.line.push(*byte);
            if self.line.len() >= LINE_MAX {
                self.broken = true;
                settled.push(self.settle());
            }
        }
        settled
    }

    /// The equipment showed this.
    pub(crate) fn shown(&mut self, bytes: &[u8]) -> Option<Typing> {
        if self.line.is_empty() {
            return None;
        }
        let waiting = self.line.get(self.echoed..).unwrap_or_default();
        let same = waiting.iter().zip(bytes).take_while(|(typed, shown)| typed == shown).count();
        self.echoed += same;
        // What follows the echo of a whole line is the answer to it; anything else breaks the line.
        if self.echoed < self.line.len() && same < bytes.len() {
            self.broken = true;
        }
        let over = self.line.last().is_some_and(|last| ends_line(*last));
        (over && (self.broken || self.echoed == self.line.len())).then(|| self.settle())
    }

    /// The terminal is closed.
    pub(crate) fn closed(&mut self) -> Option<Typing> {
        (!self.line.is_empty()).then(|| self.settle())
    }

    fn settle(&mut self) -> Typing {
        let line = std::mem::take(&mut self.line);
        let whole = !self.broken && self.echoed == line.len();
        (self.echoed, self.broken) = (0, false);
        if whole {
            return Typing::Shown(line);
        }
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        drop(vocab::Secret::new(line));
        Typing::Unseen(length)
    }
}

fn ends_line(byte: u8) -> bool {
    byte == b'\r' || byte == b'\n'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echoed_line_is_kept() {
        let mut typed = Typed::default();
        for byte in b"ls -l" {
            assert!(typed.typed(&[*byte]).is_empty());
            assert_eq!(typed.shown(&[*byte]), None);
        }
        assert!(typed.typed(b"\r").is_empty());
        assert_eq!(typed.shown(b"\r\ntotal 0\r\n"), Some(Typing::Shown(b"ls -l\r".to_vec())));
    }

    #[test]
    fn a_password_is_a_length() {
        let mut typed = Typed::default();
        assert!(typed.typed(b"hunter2\r").is_empty());
        assert_eq!(typed.shown(b"\r\nhunting is closed\r\n"), Some(Typing::Unseen(8)));
    }

    #[test]
    fn half_an_echo_is_none() {
        let mut typed = Typed::default();
        typed.typed(b"secret");
        assert_eq!(typed.shown(b"sec"), None);
        assert_eq!(typed.shown(b"****"), None);
        typed.typed(b"\r");
        assert_eq!(typed.shown(b"\r\n"), Some(Typing::Unseen(7)));
    }

    #[test]
    fn what_never_came_back_is_unseen() {
        let mut typed = Typed::default();
        assert!(typed.typed(b"abc\r").is_empty());
        assert_eq!(typed.typed(b"d"), vec![Typing::Unseen(4)]);
        assert_eq!(typed.closed(), Some(Typing::Unseen(1)));
        assert_eq!(typed.closed(), None);
    }

    proptest::proptest! {
        /// Whatever is typed and shown, what is settled has the length of what was typed.
        #[test]
        fn nothing_is_lost(steps in proptest::collection::vec((proptest::bool::ANY, proptest::collection::vec(0u8..128, 0..20)), 0..50)) {
            let (mut typed, mut given, mut settled) = (Typed::default(), 0u64, 0u64);
            let mut count = |typing: &Typing| settled += match typing {
                Typing::Shown(line) => line.len() as u64,
                Typing::Unseen(length) => *length,
            };
            for (is_typed, bytes) in steps {
                if is_typed {
                    given += bytes.len() as u64;
                    typed.typed(&bytes).iter().for_each(&mut count);
                } else {
                    typed.shown(&bytes).iter().for_each(&mut count);
                }
            }
            typed.closed().iter().for_each(&mut count);
            proptest::prop_assert_eq!(given, settled);
        }
    }
}
