//! Words that have no place in a committed file: unfinished work, silenced lints, paths of one machine.

use crate::breach::Breach;
use crate::files::File;

/// In Rust source. Written in two halves, so that this file does not find itself.
const UNFINISHED: &[(&str, &str, &str)] = &[
    ("TO", "DO", "finish it, or write down in docs/decisions why not"),
    ("FIX", "ME", "finish it, or write down in docs/decisions why not"),
    ("XX", "X", "finish it, or write down in docs/decisions why not"),
    ("todo", "!", "finish it"),
    ("unimplemented", "!", "finish it"),
    ("#[", "ignore", "a test runs, or it is removed"),
    ("#[", "allow(", "use `#[expect(…, reason = \"…\")]`"),
    ("#![", "allow(", "use `#![expect(…, reason = \"…\")]`"),
];

/// In any text: folders that only one machine has.
const MACHINE: &[(&str, &str)] = &[("/wo", "rk/"), ("/ro", "ot/"), ("/tmp", "/h/")];

/// Every such word, with its line.
pub(super) fn check(files: &[File]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            let place = || format!("{}:{}", file.path, index + 1);
            let unfinished = UNFINISHED.iter().filter(|_| file.has_ending("rs"));
            for (start, end, instead) in unfinished {
                let word = format!("{start}{end}");
                if has_word(line, &word) {
                    breaches.push(Breach::new(place(), format!("`{word}`: {instead}")));
                }
            }
            for (start, end) in MACHINE {
                let path = format!("{start}{end}");
                if has_word(line, &path) {
                    breaches.push(Breach::new(place(), format!("`{path}` is a path of one machine")));
                }
            }
        }
    }
    breaches
}

/// Whether `line` has `word`, not as a part of a longer word or path.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let whole_before = |before: &str| !before.ends_with(|c: char| is_part(c) || c == '.');
    let whole_after = |after: &str| !word.ends_with(is_part) || !after.starts_with(is_part);
    line.match_indices(word).any(|(at, _)| {
        let (before, rest) = line.split_at(at);
        whole_before(before) && rest.strip_prefix(word).is_some_and(whole_after)
    })
}

#[cfg(test)]
mod tests {
    use super::{File, check};

    fn said(path: &str, text: &str) -> usize {
        check(&[File { path: path.to_owned(), text: text.to_owned() }]).len()
    }

    #[test]
    fn unfinished_work_is_found_in_source() {
        for (start, end, _) in super::UNFINISHED {
            let text = format!("//! Docs.\n    {start}{end} here\n");
            assert_eq!(said("a.rs", &text), 1, "{text}");
            assert_eq!(said("a.md", &text), 0, "{text}");
        }
        assert_eq!(said("a.rs", "\"MASTODON XXXX\" // todos"), 0);
    }

    #[test]
    fn paths_of_one_machine_are_found_anywhere() {
        for (start, end) in super::MACHINE {
            assert_eq!(said("a.md", &format!("see {start}{end}notes")), 1);
            assert_eq!(said("a.md", &format!("see example.org{start}{end}notes")), 0);
        }
    }
}
