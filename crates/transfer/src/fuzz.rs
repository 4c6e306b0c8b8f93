//! Entry points for fuzzing: any bytes, cut into pieces and turns by the first of them.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{Allowed, Held, Next, Release, ScpCommand, Status, Tap, Upload};

/// Feeds a tap of SFTP. Never panics; the account always adds up.
pub fn fuzz_sftp(data: &[u8]) {
    let Some((rights, script)) = data.split_first() else { return };
    let allowed = Allowed {
        list: rights & 1 != 0,
        take_out: rights & 2 != 0,
        write: rights & 4 != 0,
        put: rights & 8 == 0,
    };
    drive(if rights & 16 == 0 { Tap::sftp(allowed) } else { Tap::sftp_holding(allowed) }, script);
}

/// Feeds a tap of SCP, its command line first.
pub fn fuzz_scp(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (line, script) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if let Ok(Some(command)) = ScpCommand::parse(line) {
        let again = ScpCommand::parse(&command.line());
        assert_eq!(
            again.as_ref().ok(),
            Some(&Some(command.clone())),
            "the line put together anew means the same"
        );
        if let Ok(tap) = Tap::scp(command.clone(), Allowed::ALL) {
            drive(tap, script);
        }
        if let Ok(tap) = Tap::scp_holding(command, Allowed::ALL) {
            drive(tap, script);
        }
    }
}

/// Each piece starts with a byte: its top bit is the side, the rest the length.
fn drive(mut tap: Tap, mut script: &[u8]) {
    let mut releases = VecDeque::new();
    while let Some((first, rest)) = script.split_first() {
        let length = usize::from(first & 0x7f).min(rest.len());
        let (piece, rest) = rest.split_at_checked(length).unwrap_or_default();
        script = rest;
        let piece = Bytes::copy_from_slice(piece);
        let step = if first & 0x80 == 0 { tap.client_sent(piece) } else { tap.server_sent(piece) };
        releases.extend(step.held.into_iter().filter_map(|held| match held {
            Held::Whole(upload) => Some((tap.release(upload.clone(), "0".to_owned()), upload)),
            Held::Begun { .. } | Held::Content { .. } | Held::Gone { .. } => None,
        }));
        go_on(&mut tap, &mut releases);
        adds_up(&tap);
    }
    let _ = tap.finish();
    let account = tap.account();
    assert_eq!(account.inward.held + account.outward.held, 0, "nothing is undecided at the end");
}

/// Lets held files go on, one after the other: every third is refused, and every fourth lost on the way.
fn go_on(tap: &mut Tap, releases: &mut VecDeque<(Option<Release>, Upload)>) {
    while let Some((release, upload)) = releases.front_mut() {
        let done = match release {
            Some(release) if upload.file % 3 != 2 => {
                let (mut step, mut next) = tap.drive(release, None);
                while let Next::Content { length, .. } = next {
                    let length = if upload.file % 4 == 3 { 0 } else { length };
                    (step, next) = tap.drive(release, Some(Bytes::from(vec![0; length])));
                }
                drop(step);
                match next {
                    Next::Done(status) => status,
                    Next::Wait | Next::Content { .. } => return,
                }
            }
            _ => Status::FAILURE,
        };
        let _answer = tap.decided(upload, done, "done");
        releases.pop_front();
    }
}

fn adds_up(tap: &Tap) {
    let account = tap.account();
    for flow in [account.inward, account.outward] {
        assert_eq!(
            flow.received,
            flow.released + flow.refused + flow.consumed + flow.held,
            "every byte is accounted for"
        );
    }
}
