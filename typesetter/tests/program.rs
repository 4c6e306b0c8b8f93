//! The program as it is started: one document in, one PDF out; otherwise one line and its exit code.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

const STATEMENT: &str = include_str!("../../docs/formats/vectors/documents/statement.json");

fn given(data: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poterne-typesetter"));
    command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end before it has read all.
    let _broken = child.stdin.take().unwrap().write_all(data);
    child.wait_with_output().unwrap()
}

#[test]
fn a_document_is_printed() {
    let done = given(STATEMENT.as_bytes());
    assert_eq!((done.status.code(), done.stderr.as_slice()), (Some(0), &b""[..]));
    assert!(done.stdout.starts_with(b"%PDF-1.7") && done.stdout.trim_ascii_end().ends_with(b"%%EOF"));
    assert_eq!(given(STATEMENT.as_bytes()).stdout, done.stdout, "the same data, other bytes");
}

#[test]
fn what_is_no_document_is_refused_in_one_line() {
    for data in [&b""[..], b"{}", b"%PDF-1.7", &[0xff; 100], &vec![b' '; 9 * 1024 * 1024]] {
        let done = given(data);
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!((done.status.code(), done.stdout.len(), said.lines().count()), (Some(2), 0, 1), "{said}");
    }
}
