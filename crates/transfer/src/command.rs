//! The command line by which a client asks for the old copy protocol: `scp -t path` or `scp -f path`.
//!
//! The equipment's shell would read the client's line, so it never gets it: the line is taken apart here,
//! everything that a shell would act upon is refused, and [`ScpCommand::line`] is put together anew.

use vocab::Text;

use crate::Name;

/// A longer line is refused: 64 paths of ordinary length, or one of 4 KiB with every byte escaped.
const MAX_LINE: usize = 8192;
/// Several paths come only from `scp 'host:a b' .`, an old habit.
const MAX_PATHS: usize = 64;
const MAX_PATH: usize = 4096;

/// Which end of the copy the equipment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `-t`: files go to the equipment.
    To,
    /// `-f`: files come from the equipment.
    From,
}

/// Why a line is not carried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandRefusal {
    /// Longer than 8192 bytes, or a path longer than 4096.
    #[error("the scp command line is too long")]
    TooLong,
    /// A character that the equipment's shell would act upon.
    #[error("the scp command line holds `{}`, which a shell would act upon: quote it", .0.escape_default())]
    Shell(char),
    /// A quote or backslash without its end.
    #[error("the scp command line has an open quote")]
    OpenQuote,
    /// An option other than `-t -f -r -d -p -v`, both directions at once, or an option after a path.
    #[error("the scp command line has an option that is not understood")]
    Option,
    /// No path, an empty path, or too many.
    #[error("the scp command line names no path, or too many")]
    Paths,
}

impl CommandRefusal {
    /// The sentence for the technician.
    pub fn text(&self) -> Text {
        let fr = match self {
            Self::TooLong => "la ligne de commande scp est trop longue".to_owned(),
            Self::Shell(c) => format!(
                "la ligne de commande scp contient `{}`, qu'un interpréteur exécuterait : mettez-le entre guillemets",
                c.escape_default()
            ),
            Self::OpenQuote => "la ligne de commande scp contient un guillemet non fermé".to_owned(),
            Self::Option => "la ligne de commande scp contient une option qui n'est pas comprise".to_owned(),
            Self::Paths => "la ligne de commande scp ne nomme aucun chemin, ou trop de chemins".to_owned(),
        };
        Text::new(fr, self.to_string())
    }
}

/// A command line of the old copy protocol, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScpCommand {
    mode: Mode,
    recursive: bool,
    folder: bool,
    preserve: bool,
    verbose: bool,
    paths: Vec<Word>,
}

impl ScpCommand {
    /// Takes the line of an exec request apart. `None` when it is not the remote end of `scp`: then it is
    /// a command like any other.
    ///
    /// # Errors
    /// It is `scp`, but cannot be carried: refuse the request, whatever other rights there are.
    pub fn parse(line: &[u8]) -> Result<Option<Self>, CommandRefusal> {
        let first =
            line.split(|byte| b" \t".contains(byte)).find(|word| !word.is_empty()).unwrap_or_default();
        let program = first.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if program != b"scp" || !first.iter().all(|byte| is_plain(*byte)) || !looks_remote(line) {
            return Ok(None);
        }
        if line.len() > MAX_LINE {
            return Err(CommandRefusal::TooLong);
        }
        let words = words(line)?;
        let mut flags = Vec::new();
        let mut rest = words.into_iter().skip(1).peekable();
        while let Some(word) = rest.next_if(|word| word.first() == Some(b'-') && word.0.len() > 1) {
            let option = word.text();
            if option == b"--" {
                break;
            }
            flags.extend(option.into_iter().skip(1));
        }
        let has = |flag: u8| flags.contains(&flag);
        let mode = match (has(b't'), has(b'f')) {
            (true, false) => Mode::To,
            (false, true) => Mode::From,
            (true, true) | (false, false) => return Err(CommandRefusal::Option),
        };
        if !flags.iter().all(|flag| b"tfrdpv".contains(flag)) {
            return Err(CommandRefusal::Option);
        }
        let paths: Vec<Word> = rest.collect();
        check_paths(mode, &paths)?;
        Ok(Some(Self {
            mode,
            recursive: has(b'r'),
            folder: has(b'd'),
            preserve: has(b'p'),
            verbose: has(b'v'),
            paths,
        }))
    }

    /// Which way files go.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether folders may be copied (`-r`).
    pub const fn recursive(&self) -> bool {
        self.recursive
    }

    /// The path, or the paths with a blank between them, as the client meant them.
    pub fn path(&self) -> Name {
        let texts: Vec<Vec<u8>> = self.paths.iter().map(Word::text).collect();
        let all = texts.join(&b' ');
        Name::new(all.get(..MAX_PATH).unwrap_or(&all))
    }

    /// The line for the equipment, put together anew: a shell finds nothing in it to act upon but, when
    /// reading, the wildcards that the client left bare. The program is the equipment's own `scp`, whatever path
    /// was given: another one of that name could be anything.
    pub fn line(&self) -> Vec<u8> {
        let mut line = b"scp".to_vec();
        let flags = [
            (self.verbose, " -v"),
            (self.recursive, " -r"),
            (self.preserve, " -p"),
            (self.folder, " -d"),
            (self.mode == Mode::To, " -t"),
            (self.mode == Mode::From, " -f"),
            // Only where it is needed: small equipment does not know it.
            (self.paths.iter().any(Word::may_look_like_option), " --"),
        ];
        for (_, flag) in flags.into_iter().filter(|(set, _)| *set) {
            line.extend_from_slice(flag.as_bytes());
        }
        for path in &self.paths {
            line.push(b' ');
            path.quote(&mut line);
        }
        line
    }
}

fn check_paths(mode: Mode, paths: &[Word]) -> Result<(), CommandRefusal> {
    let most = if mode == Mode::To { 1 } else { MAX_PATHS };
    if paths.is_empty() || paths.len() > most || paths.iter().any(|path| path.0.is_empty()) {
        return Err(CommandRefusal::Paths);
    }
    if paths.iter().any(|path| path.0.len() > MAX_PATH) {
        return Err(CommandRefusal::TooLong);
    }
    // A wildcard on the way in could stand for another place than the one that is reported.
    let bare =
        paths.iter().filter(|_| mode == Mode::To).flat_map(|path| &path.0).find_map(|part| match part {
            Part::Wild(byte) => Some(char::from(*byte)),
            Part::Plain(_) => None,
        });
    bare.map_or(Ok(()), |c| Err(CommandRefusal::Shell(c)))
}

/// Whether a word of the line may be the option `-t` or `-f`; a look before the line is taken apart.
fn looks_remote(line: &[u8]) -> bool {
    line.split(|byte| b" \t\n".contains(byte)).any(|word| {
        let mut bytes = word.iter().filter(|byte| !b"'\"\\".contains(byte));
        bytes.next() == Some(&b'-') && bytes.any(|byte| b"tf".contains(byte))
    })
}

/// One word of the line: each byte with whether the shell may act upon it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Stands for itself.
    Plain(u8),
    /// A bare wildcard, or a bare tilde at the beginning of the word.
    Wild(u8),
}

impl Word {
    fn text(&self) -> Vec<u8> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Plain(byte) | Part::Wild(byte) => *byte,
            })
            .collect()
    }

    fn first(&self) -> Option<u8> {
        self.text().first().copied()
    }

    fn may_look_like_option(&self) -> bool {
        matches!(self.0.first(), Some(Part::Plain(b'-') | Part::Wild(b'*' | b'?' | b'[')))
    }

    /// Adds the word for a shell. Quotes appear only around bytes that need them.
    fn quote(&self, line: &mut Vec<u8>) {
        for part in &self.0 {
            match *part {
                Part::Wild(byte) => line.push(byte),
                Part::Plain(byte) if is_plain(byte) => line.push(byte),
                Part::Plain(b'\'') => line.extend_from_slice(b"\\'"),
                Part::Plain(byte) => line.extend_from_slice(&[b'\'', byte, b'\'']),
            }
        }
    }
}

/// Bytes that no shell acts upon, wherever they stand.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'+' | b',' | b':' | b'@' | b'%')
}

/// Splits the line as a POSIX shell would, and refuses what a shell would act upon.
fn words(line: &[u8]) -> Result<Vec<Word>, CommandRefusal> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if matches!(byte, b' ' | b'\t') {
            words.extend(word.take());
            continue;
        }
        let starts = word.is_none();
        let parts = &mut word.get_or_insert_with(|| Word(Vec::new())).0;
        match byte {
            b'\'' => loop {
                match bytes.next().ok_or(CommandRefusal::OpenQuote)? {
                    b'\'' => break,
                    byte => parts.push(plain(byte)?),
                }
            },
            b'"' => double_quoted(&mut bytes, parts)?,
            b'\\' => parts.push(plain(bytes.next().ok_or(CommandRefusal::OpenQuote)?)?),
            b'~' if starts => parts.push(Part::Wild(byte)),
            b'*' | b'?' => parts.push(Part::Wild(byte)),
            // The shells differ in what excludes: refused.
            b'[' if matches!(bytes.peek(), Some(b'!' | b'^')) => return Err(CommandRefusal::Shell('[')),
            b'[' | b']' => parts.push(Part::Wild(byte)),
            b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' | b'$' | b'`' | b'{' | b'}' => {
                return Err(CommandRefusal::Shell(char::from(byte)));
            }
            b'#' if starts => return Err(CommandRefusal::Shell('#')),
            _ => parts.push(plain(byte)?),
        }
    }
    words.extend(word);
    Ok(words)
}

fn double_quoted(
    bytes: &mut std::iter::Peekable<impl Iterator<Item = u8>>,
    parts: &mut Vec<Part>,
) -> Result<(), CommandRefusal> {
    loop {
        match bytes.next().ok_or(CommandRefusal::OpenQuote)? {
            b'"' => return Ok(()),
            b'\\' if matches!(bytes.peek(), Some(b'$' | b'`' | b'"' | b'\\')) => {
                parts.extend(bytes.next().map(Part::Plain));
            }
            byte @ (b'$' | b'`') => return Err(CommandRefusal::Shell(char::from(byte))),
            byte => parts.push(plain(byte)?),
        }
    }
}

/// A byte that stands for itself; control characters never belong to a path on a command line.
fn plain(byte: u8) -> Result<Part, CommandRefusal> {
    if byte.is_ascii_control() { Err(CommandRefusal::Shell(char::from(byte))) } else { Ok(Part::Plain(byte)) }
}

#[cfg(test)]
mod tests;
