//! Tests from outside: recorded dialogues, a model of both ends, any bytes.

mod dialogues;
mod hold;
mod model;
pub(crate) mod wire;

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use proptest::prelude::*;

use crate::{Account, Content, Operation, Report, Side, Step, Tap, fuzz};

/// SHA-256 as the reports have it.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap()
}

pub(crate) fn send(tap: &mut Tap, side: Side, bytes: &[u8]) -> Step {
    let bytes = Bytes::copy_from_slice(bytes);
    let step = match side {
        Side::Client => tap.client_sent(bytes),
        Side::Server => tap.server_sent(bytes),
    };
    assert_adds_up(&tap.account());
    step
}

pub(crate) fn assert_adds_up(account: &Account) {
    for flow in [account.inward, account.outward] {
        assert_eq!(flow.received, flow.released + flow.refused + flow.consumed + flow.held, "{account:?}");
    }
}

/// One line for one report, for golden files.
pub(crate) fn line(report: &Report) -> String {
    let mut line = String::new();
    match report {
        Report::File(file) => {
            write!(line, "file {} {} {}", file.direction.code(), file.outcome.code(), file.path).unwrap();
            if let Some(announced) = &file.announced {
                write!(line, " announced {announced}").unwrap();
            }
            write!(line, " {} bytes", file.size).unwrap();
            match &file.content {
                Content::Whole { .. } => line.push_str(" whole"),
                Content::Part { offset, .. } => write!(line, " from {offset}").unwrap(),
                Content::Appended { .. } => line.push_str(" appended"),
                Content::Ranges { ranges, more } => write!(line, " ranges {ranges:?} more {more}").unwrap(),
            }
            if let Some(sha256) = file.content.sha256() {
                let start: String = sha256.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                write!(line, " {start}").unwrap();
            }
            if let Some(cause) = file.outcome.cause() {
                write!(line, " because {cause:?}").unwrap();
            }
        }
        Report::Operation(done) => {
            write!(
                line,
                "{} {}",
                done.operation.code(),
                done.status.map_or("unknown", |status| status.name())
            )
            .unwrap();
            match &done.operation {
                Operation::Remove { path }
                | Operation::MakeFolder { path }
                | Operation::RemoveFolder { path } => {
                    write!(line, " {path}").unwrap();
                }
                Operation::Rename { from, to, replacing } => {
                    write!(line, " {from} to {to} {replacing}").unwrap()
                }
                Operation::HardLink { from, to } => write!(line, " {from} to {to}").unwrap(),
                Operation::SymbolicLink { target, link } => write!(line, " {link} to {target}").unwrap(),
                Operation::SetAttributes { path, attributes, link } => {
                    write!(line, " {path} {:?} {link}", attributes.mode.map(|mode| format!("{mode:o}")))
                        .unwrap();
                }
            }
        }
        Report::Refused(refused) => {
            write!(line, "refused {} {:?} {}", refused.request, refused.path, refused.why.code()).unwrap();
        }
    }
    line
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_do_no_harm(data in proptest::collection::vec(any::<u8>(), 0..2048)) {
        fuzz::fuzz_sftp(&data);
        fuzz::fuzz_scp(&data);
    }

    #[test]
    fn any_bytes_after_a_good_line_do_no_harm(data in proptest::collection::vec(any::<u8>(), 0..2048), to in any::<bool>()) {
        let mut all = if to { b"scp -r -t x\n\x81\x00".to_vec() } else { b"scp -r -f x\n\x01\x00".to_vec() };
        all.extend(data);
        fuzz::fuzz_scp(&all);
    }
}
