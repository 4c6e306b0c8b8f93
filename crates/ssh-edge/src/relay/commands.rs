//! The gate's own commands: `ssh <person>@gate <command>`, under the key and second factor of this login.

use std::sync::Arc;

use gate::STDIN_MAX;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::channel::Beginning;
use super::outside::Outside;
use super::say::Mouth;
use super::{First, jump};
use crate::door::{Caller, Door, Event, LoggedIn, What};
use crate::lane::{Item, Lane};
use crate::limits::{COMMAND_INPUT, GIVING, LAST_WORDS, WAYS};
use crate::texts;

/// Answers commands, one after the other, until the person is gone.
pub(super) async fn attend(
    door: &Arc<Door>,
    login: &LoggedIn,
    mut caller: Caller,
    first: First,
    mut outside: Outside,
) {
    answer_all(door, login, &mut caller, first, &mut outside).await;
    outside.write(door, login, &mut caller).await;
}

async fn answer_all(
    door: &Arc<Door>,
    login: &LoggedIn,
    caller: &mut Caller,
    first: First,
    outside: &mut Outside,
) {
    let (mut next, mut ways) = (Some(first), JoinSet::new());
    loop {
        let until = Instant::now() + door.settings.first_request;
        match next.take() {
            Some(First::Start(beginning)) => tokio::select! {
                _gone = &mut caller.running => break,
                () = door.stopped() => break,
                () = one(door, login, beginning) => {}
            },
            Some(First::Way(asked)) if ways.len() >= WAYS => jump::no_room(*asked).await,
            Some(First::Way(asked)) => {
                drop(ways.spawn(jump::carry(Arc::clone(door), login.known.clone(), caller.from, *asked)));
            }
            None => {}
        }
        tokio::select! {
            event = caller.events.recv() => match event {
                Some(Event::Start(start)) => next = Some(First::Start(Beginning::new(*start))),
                Some(Event::Way(asked)) => next = Some(First::Way(asked)),
                Some(Event::Refused(what)) => outside.refused(what),
                Some(Event::LoggedIn(_)) => {}
                None => break,
            },
            Some(over) = ways.join_next() => {
                no_way(over, outside);
                if outside.is_full() {
                    break;
                }
            }
            _gone = &mut caller.running => break,
            () = tokio::time::sleep_until(until), if ways.is_empty() => break,
            () = door.stopped() => break,
        }
    }
    // What still lies in the ways is carried to its end, and their sessions are told how they end.
    let carried = async {
        while let Some(over) = ways.join_next().await {
            no_way(over, outside);
        }
    };
    let _over = timeout(LAST_WORDS * 2, carried).await;
}

/// A way that leads to no equipment was asked for: a place in the network, or somebody else's equipment.
fn no_way(over: Result<bool, tokio::task::JoinError>, outside: &mut Outside) {
    if matches!(over, Ok(false)) {
        outside.refused("direct-tcpip");
    }
}

/// One command. A person who takes no answer is cut with the connection.
async fn one(door: &Door, login: &LoggedIn, beginning: Beginning) {
    let (mouth, lang) = (beginning.mouth, login.known.lang);
    let line = match beginning.what {
        What::Shell => String::new(),
        What::Exec(line) => String::from_utf8_lossy(&line).into_owned(),
        What::Sftp => {
            let _heard =
                timeout(door.settings.stall, mouth.refuse(texts::commands_only().in_lang(lang))).await;
            return;
        }
    };
    // Before it is read, which is written down.
    if mouth.terminal && takes_a_document(&line) {
        let _heard = timeout(door.settings.stall, mouth.refuse(texts::no_terminal().in_lang(lang))).await;
        return;
    }
    let mut input = Vec::new();
    if reads_input(&line) {
        match timeout(COMMAND_INPUT, read(&beginning.lane)).await {
            Ok(Some(all)) => input = all,
            Ok(None) | Err(_) => {
                let _heard =
                    timeout(door.settings.stall, mouth.refuse(texts::input_too_long().in_lang(lang))).await;
                return;
            }
        }
    }
    let mut reply = door.gate.command(&login.known, &line, &input).await;
    if let Some(document) = reply.content.take() {
        let _heard = timeout(GIVING, give(door, &mouth, &reply.text, document)).await;
        return;
    }
    let answer = async {
        if mouth.terminal {
            let text = [reply.text, reply.aside].join("\n");
            mouth.send(format!("{}\r\n", text.trim_end().replace('\n', "\r\n")).into(), false).await?;
        } else if reply.status == 0 {
            if !reply.aside.is_empty() {
                mouth.say(&reply.aside).await?;
            }
            mouth.send(format!("{}\n", reply.text).into(), false).await?;
        } else {
            mouth.say(&reply.text).await?;
        }
        mouth.end(Some(reply.status)).await
    };
    let _heard = timeout(door.settings.stall, answer).await;
}

/// A document on standard output, and what is said of it beside: piece after piece, as far as somebody takes it.
async fn give(door: &Door, mouth: &Mouth, said: &str, document: gate::Given) {
    let stall = door.settings.stall;
    if mouth.terminal {
        let _heard = timeout(stall, mouth.refuse(said)).await;
        return;
    }
    for piece in document.pieces() {
        if !matches!(timeout(stall, mouth.send(piece.into(), false)).await, Ok(Ok(()))) {
            return;
        }
    }
    let _heard = timeout(stall, async {
        mouth.say(said).await?;
        mouth.end(Some(0)).await
    })
    .await;
}

/// Whether a command answers with a document.
fn takes_a_document(line: &str) -> bool {
    line.split_whitespace().take(2).eq(["document", "get"])
}

/// Whether a command takes its text from standard input. The others are not kept waiting for a client
/// whose standard input is a keyboard.
fn reads_input(line: &str) -> bool {
    let mut words = line.split_whitespace();
    match words.next() {
        Some("report") => words.next().is_some() && words.next().is_none(),
        Some("certificate") => words.next() == Some("-"),
        _ => false,
    }
}

/// All of the standard input; `None` when it is too long.
async fn read(lane: &Lane) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        match lane.next().await {
            Item::Data(bytes) => all.extend_from_slice(&bytes),
            Item::Eof | Item::Close | Item::Lost => return Some(all),
            Item::Error(_)
            | Item::Size(..)
            | Item::Signal(_)
            | Item::Exit(_)
            | Item::Killed(..)
            | Item::Answer(_) => {}
        }
        if all.len() > STDIN_MAX {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_its_command() {
        assert!(takes_a_document("document  get 0011aabb 'audit'"));
        for line in ["", "document", "documents", "document confirm 0011aabb", "get document"] {
            assert!(!takes_a_document(line), "{line}");
        }
    }

    #[test]
    fn only_a_report_without_text_reads() {
        assert!(reads_input("report i-7"));
        assert!(reads_input("certificate -"));
        for line in ["", "certificate", "report", "report i-7 \"done\"", "list", "close i-7 reached"] {
            assert!(!reads_input(line), "{line}");
        }
    }
}
