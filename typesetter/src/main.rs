//! `poterne-typesetter`: one JSON document on standard input, one PDF on standard output.
//!
//! It reads what providers and technicians wrote, so it trusts none of it: text is data and never markup, what it may read
//! and take is bounded, and from before it looks at the data it opens no file, no socket and no program. The same data makes
//! the same bytes. The format of the data is `docs/formats/documents.md`.

mod cage;
mod text;
mod world;

#[cfg(test)]
mod tests;

use std::io::{Read, Write};
use std::process::ExitCode;

use documents::{Document, FORMAT, JSON_MAX};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Refused { code, why }) => {
            // One line, whatever stands in it; nobody is left to be told when even this fails.
            let _ = writeln!(std::io::stderr(), "poterne-typesetter: {}", vocab::printable(&why));
            ExitCode::from(code)
        }
    }
}

/// Why nothing is printed.
#[derive(Debug)]
pub(crate) struct Refused {
    /// 2: the data is at fault; 1: something else is.
    code: u8,
    why: String,
}

impl Refused {
    pub(crate) fn data(why: impl Into<String>) -> Self {
        Self { code: 2, why: why.into() }
    }

    pub(crate) fn fault(why: impl Into<String>) -> Self {
        Self { code: 1, why: why.into() }
    }
}

fn run() -> Result<(), Refused> {
    cage::enter().map_err(Refused::fault)?;
    let mut data = Vec::new();
    let most = u64::try_from(JSON_MAX).unwrap_or(u64::MAX);
    let mut input = std::io::stdin().lock().take(most.saturating_add(1));
    input.read_to_end(&mut data).map_err(|error| Refused::fault(error.to_string()))?;
    let pdf = typeset(&data)?;
    let mut out = std::io::stdout().lock();
    out.write_all(&pdf).and_then(|()| out.flush()).map_err(|error| Refused::fault(error.to_string()))
}

/// The PDF of one document.
pub(crate) fn typeset(data: &[u8]) -> Result<Vec<u8>, Refused> {
    if data.len() > JSON_MAX {
        return Err(Refused::data(format!("the data has more than {JSON_MAX} bytes")));
    }
    let document: Document = serde_json::from_slice(data)
        .map_err(|error| Refused::data(format!("the data is no document: {error}")))?;
    if document.format != FORMAT {
        return Err(Refused::data(format!(
            "the format is `{}`, this program knows `{FORMAT}`",
            document.format
        )));
    }
    world::print(&document, data)
}
