//! Dialogues recorded between real programs (OpenSSH 9.2, PuTTY 0.78) and OpenSSH's server, as
//! `testdata/README.md` says, and what must become of them.

use crate::{Account, Allowed, ScpCommand, Side, Tap, Violation};

use super::{line, send};

/// One message of a dialogue.
type Message<'a> = (Side, &'a [u8]);

struct Dialogue<'a> {
    command: Option<ScpCommand>,
    messages: Vec<Message<'a>>,
}

fn read(mut file: &[u8]) -> Dialogue<'_> {
    let mut dialogue = Dialogue { command: None, messages: Vec::new() };
    while let Some((kind, rest)) = file.split_first() {
        let (length, rest) = rest.split_first_chunk::<4>().unwrap();
        let (message, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        file = rest;
        match kind {
            b'X' => dialogue.command = Some(ScpCommand::parse(message).unwrap().unwrap()),
            b'C' => dialogue.messages.push((Side::Client, message)),
            b'S' => dialogue.messages.push((Side::Server, message)),
            other => panic!("unknown kind {other}"),
        }
    }
    dialogue
}

/// All that a dialogue leads to.
#[derive(Debug, PartialEq)]
struct Result {
    to_server: Vec<u8>,
    to_client: Vec<u8>,
    reports: Vec<String>,
    account: Account,
    end: Option<Violation>,
}

fn play(dialogue: &Dialogue<'_>, cut: impl Fn(usize, &[u8]) -> Vec<usize>) -> Result {
    let mut tap = match &dialogue.command {
        None => Tap::sftp(Allowed::ALL),
        Some(command) => Tap::scp(command.clone(), Allowed::ALL).unwrap(),
    };
    let (mut to_server, mut to_client, mut reports, mut end) = (Vec::new(), Vec::new(), Vec::new(), None);
    for (index, (side, message)) in dialogue.messages.iter().enumerate() {
        let mut rest = *message;
        for length in cut(index, message) {
            let (piece, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            let step = send(&mut tap, *side, piece);
            to_server.extend(step.to_server.concat());
            to_client.extend(step.to_client.concat());
            reports.extend(step.reports.iter().map(line));
            end = end.or(step.end);
        }
        assert!(rest.is_empty());
    }
    reports.extend(tap.finish().iter().map(line));
    Result { to_server, to_client, reports, account: tap.account(), end }
}

fn check(name: &str, file: &[u8], golden: &str) {
    let dialogue = read(file);
    let whole = play(&dialogue, |_, message| vec![message.len()]);
    assert_eq!(whole.end, None, "{name}");
    let said = |side| -> Vec<u8> {
        dialogue
            .messages
            .iter()
            .filter(|message| message.0 == side)
            .flat_map(|message| message.1)
            .copied()
            .collect()
    };
    // The programs spoke without a gate: what they asked for because it was offered to them is refused here.
    if whole.account.inward.refused == 0 {
        assert_eq!(whole.to_server, said(Side::Client), "{name}: nothing of what the client says is changed");
    }
    if dialogue.command.is_some() {
        assert_eq!(whole.to_client, said(Side::Server), "{name}: nothing of what the server says is changed");
    }
    let account = whole.account;
    let summary = format!(
        "{}\nin {} out {} refused {} generated {}\n",
        whole.reports.join("\n"),
        account.inward.released,
        account.outward.released,
        account.inward.refused + account.outward.refused,
        account.inward.generated + account.outward.generated,
    );
    assert_eq!(summary, golden, "{name}:\n{summary}");

    for size in [1, 2, 3, 5, 9, 13, 64, 1000, 4096] {
        let cut = play(&dialogue, |_, message| vec![size; message.len().div_ceil(size)]);
        assert!(cut == whole, "{name}: pieces of {size}");
    }
    // In two at every byte, where the dialogue is small enough for that.
    for index in 0..dialogue.messages.len() {
        let length = dialogue.messages[index].1.len();
        for at in (1..length).filter(|at| *at < 600 || at % 997 == 0) {
            if file.len() > 5000 && at > 60 {
                break;
            }
            let cut = play(
                &dialogue,
                |i, message| if i == index { vec![at, message.len()] } else { vec![message.len()] },
            );
            assert!(cut == whole, "{name}: message {index} cut at {at}");
        }
    }
}

macro_rules! dialogues {
    ($($test:ident $name:literal)*) => {
        $(#[test]
        fn $test() {
            check(
                $name,
                include_bytes!(concat!("../../testdata/", $name, ".bin")),
                include_str!(concat!("../../testdata/", $name, ".txt")),
            );
        })*
    };
}

dialogues! {
    openssh_sftp "openssh-sftp"
    openssh_sftp_small_requests "openssh-sftp-small-requests"
    openssh_sftp_resume "openssh-sftp-resume"
    openssh_scp_over_sftp "openssh-scp-over-sftp"
    psftp "psftp"
    scp_upload "scp-upload"
    scp_upload_tree "scp-upload-tree"
    scp_upload_refused "scp-upload-refused"
    scp_download "scp-download"
    scp_download_tree "scp-download-tree"
    scp_download_missing "scp-download-missing"
    pscp_upload "pscp-upload"
    pscp_download "pscp-download"
}
