//! The reader of Rust source, on the texts that deceive simple readers.

use super::Source;

const DECEIVING: &str = r####"//! Module docs.
/* fn not_one() { /* nested } */
 */
fn first() -> char {
    let open = '{'; // fn commented() {
    let text = "} fn in_text() { \" }";
    let raw = r#"}}} " fn in_raw() {"#;
    let life: &'static str = "x";
    '}'
}

trait Door { fn closed(&self, n: [u8; 4]); }

#[cfg(test)]
#[expect(clippy::panic, reason = "tests")]
mod checks {
    fn helper() {
    }
}

#[cfg(test)]
mod tests;

fn last() {}
"####;

#[test]
fn functions_are_found_and_only_those() {
    let source = Source::read(DECEIVING);
    let found: Vec<_> = source.functions.iter().map(|f| (f.name.as_str(), f.line, f.length)).collect();
    assert_eq!(found, [("first", 4, 7), ("last", 24, 1)]);
    assert_eq!(source.modules_left_out, ["tests"]);
}

#[test]
fn lines_are_counted_without_tests_comments_and_blanks() {
    let source = Source::read(DECEIVING);
    assert_eq!(source.length(), 24 - 6 - 2);
    assert_eq!(source.code_lines(), 7 + 1 + 1);
}

#[test]
fn a_whole_file_of_tests() {
    let source = Source::read("#![cfg(test)]\nfn helper() {}\n");
    assert_eq!((source.length(), source.functions.len()), (0, 0));
}

#[test]
fn what_a_feature_carries_is_left_out_without_it() {
    let text = "#[cfg(feature = \"write\")]\nmod writer;\n// #[cfg(feature = \"write\")]\nfn a() {}\n\
                #[cfg(feature = \"read\")]\nfn b() {}\n#[cfg(feature = \"write\")]\nfn c() {\n}\n";
    let source = Source::read_without(text, &["write"]);
    assert_eq!(source.modules_left_out, ["writer"]);
    assert_eq!(source.functions.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((source.code_lines(), Source::read(text).code_lines()), (3, 8));
}

#[test]
fn an_unfinished_file_ends_quietly() {
    for text in ["fn a() { \"", "/* /*", "r#\"", "'\\", "#[cfg(test)]", "fn ", ""] {
        assert!(Source::read(text).functions.is_empty(), "{text}");
    }
}
