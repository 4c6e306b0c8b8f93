//! Every event of the catalogue is written by something: one that nothing writes promises an auditor what no log has.

use crate::breach::Breach;
use crate::files::{self, File};

const CATALOGUE: &str = "crates/events/src/catalogue.rs";
/// Who reads events, or makes them for tests.
const READERS: [&str; 3] = ["crates/events/", "crates/testkit/", "crates/poterne-verify/"];

/// Every event that no code outside tests makes.
pub(super) fn check(files: &[File]) -> Vec<Breach> {
    let Some(catalogue) = files::find(files, CATALOGUE) else {
        return vec![Breach::new(CATALOGUE, "is missing: it is the catalogue of events")];
    };
    let writers: Vec<&str> = files.iter().filter(|file| writes(file)).map(|file| code(&file.text)).collect();
    named(&catalogue.text)
        .filter(|(_, name)| !writers.iter().any(|text| is_made(text, name)))
        .map(|(line, name)| {
            let place = format!("{CATALOGUE}:{line}");
            Breach::new(
                place,
                format!("nothing writes `{name}`: write it where it is due, or retire its number"),
            )
        })
        .collect()
}

/// The events, each with its line: `160 FactsPurged "facts-purged" { …`.
fn named(catalogue: &str) -> impl Iterator<Item = (usize, &str)> {
    catalogue.lines().zip(1..).filter_map(|(line, number)| {
        let (event, rest) = line.trim().split_once(' ')?;
        let (name, rest) = rest.split_once(' ')?;
        let is_one = event.len() == 3 && event.parse::<u16>().is_ok() && rest.starts_with('"');
        is_one.then_some((number, name))
    })
}

fn writes(file: &File) -> bool {
    let is_code = file.path.starts_with("crates/") && file.path.contains("/src/") && file.has_ending("rs");
    is_code && !file.is_test_by_place() && !READERS.iter().any(|reader| file.path.starts_with(reader))
}

/// Without the tests at its end.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod").next().unwrap_or_default()
}

/// Whether a value of this name is made: its members stand behind it, and nothing takes them out of it.
fn is_made(text: &str, name: &str) -> bool {
    let opening = format!("{name} {{");
    text.match_indices(&opening).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let members =
            text.get(at + opening.len()..).and_then(|rest| rest.split('}').next()).unwrap_or_default();
        let whole = !line.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        let taken = line.trim_start().starts_with("let ") && !line.contains("= ");
        whole && !taken && !members.trim_end().ends_with("..") && !line.contains("struct ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn an_event_that_nothing_writes_is_found() {
        let catalogue = "catalogue! {\n    /// A.\n    100 Began \"began\" { }\n    101 Ended \"ended\" {\n";
        let said = |text: &str| {
            let files = [file(CATALOGUE, catalogue), file("crates/gate/src/a.rs", text)];
            check(&files).into_iter().map(|breach| breach.place).collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(said("note(Began { at });\nlet fact = Ended { at }.into();"), none);
        let read = "note(Began { at });\nlet Ended { at } = fact;\nlet NotEnded { at } = fact; matches!(x, Ended { .. })";
        assert_eq!(said(read), ["crates/events/src/catalogue.rs:4"]);
        let tested = "note(Ended { at });\n#[cfg(test)]\nmod tests { note(Began { at }); }";
        assert_eq!(said(tested), ["crates/events/src/catalogue.rs:3"]);
    }
}
