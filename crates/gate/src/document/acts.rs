//! What was done in a session, act by act, as the ledger has it. What was typed or shown in a terminal is not in the
//! ledger: it is in the recording, and only its readers see it.

use documents::Act;
use events::{
    ChannelClosed, ChannelOpened, ChannelRefused, Entry, Fact, FileOperation, FilePassed, FileScanned,
};

use super::sheet::{Sheet, hex};
use super::words;

/// Letters of a command or path that are printed: five lines. The ledger has all of it.
const SAID_MAX: usize = 500;

/// What an entry tells of an act; `None`: it tells of none.
pub(super) fn act(sheet: &Sheet<'_>, index: u64, entry: &Entry) -> Option<Act> {
    let blank = Act {
        entry: index,
        at: sheet.moment(entry.at),
        channel: None,
        what: String::new(),
        said: None,
        sha256: None,
        outcome: None,
        ended: None,
        refused: false,
    };
    let until = |at| Some(sheet.moment(at).wall);
    Some(match &entry.fact {
        Fact::ChannelOpened(fact) => opened(sheet, fact, blank),
        Fact::FilePassed(fact) => passed(sheet, fact, blank),
        Fact::FileScanned(fact) => scanned(sheet, fact, blank),
        Fact::FileOperation(fact) => operated(sheet, fact, blank),
        Fact::UnnamedContent(fact) => Act {
            channel: Some(fact.channel),
            what: way(sheet, fact.direction.as_str(), "flux sans nom", "content without a name"),
            said: Some(format!("{}, {}", fact.stream.as_str(), bytes(sheet, fact.size))),
            sha256: Some(hex(&fact.sha256)),
            ..blank
        },
        Fact::ChannelRefused(fact) => refused(sheet, fact, blank),
        Fact::RequestRefused(fact) => Act {
            channel: Some(fact.channel),
            what: sheet.pick("demande refusée", "request refused"),
            said: Some(cut(&[Some(fact.request.as_str()), fact.path.as_ref().map(|path| path.as_str())])),
            outcome: Some(fact.why.as_str().to_owned()),
            refused: true,
            ..blank
        },
        Fact::SessionExtended(fact) => Act {
            what: sheet.pick("plage prolongée", "window extended"),
            said: Some(cut(&[Some(fact.reason.as_str())])),
            outcome: until(fact.until),
            ..blank
        },
        Fact::LongOperationDeclared(fact) => Act {
            what: sheet.pick("opération longue déclarée", "long operation declared"),
            said: Some(cut(&[Some(fact.reason.as_str())])),
            outcome: until(fact.until),
            ..blank
        },
        Fact::RecheckRefused(fact) => Act {
            what: sheet.pick("plus autorisée : fermée", "no longer permitted: closed"),
            said: Some(fact.codes.iter().map(|code| code.code()).collect::<Vec<_>>().join(", ")),
            refused: true,
            ..blank
        },
        _ => return None,
    })
}

/// How a command ended, told beside it.
pub(super) fn ended(sheet: &Sheet<'_>, acts: &mut [Act], index: u64, closed: &ChannelClosed) {
    let of_channel = |act: &&mut Act| act.channel == Some(closed.channel) && act.ended.is_none();
    let Some(act) = acts.iter_mut().find(of_channel) else { return };
    act.ended = Some(index);
    act.outcome = match (closed.exit, &closed.signal) {
        (Some(code), _) => Some(sheet.pick(&format!("code de sortie {code}"), &format!("exit code {code}"))),
        (None, Some(signal)) => Some(format!("signal {}", signal.as_str())),
        (None, None) => Some(sheet.pick("fermé sans code de sortie", "closed without an exit code")),
    };
}

fn opened(sheet: &Sheet<'_>, fact: &ChannelOpened, blank: Act) -> Act {
    Act {
        channel: Some(fact.channel),
        what: words::channel(sheet, fact.right),
        said: fact.command.as_ref().map(|command| cut(&[Some(command.as_str())])),
        ..blank
    }
}

fn passed(sheet: &Sheet<'_>, fact: &FilePassed, blank: Act) -> Act {
    let outcome = match fact.outcome.as_str() {
        "complete" => sheet.pick("complet", "complete"),
        other => other.to_owned(),
    };
    let cause = fact.cause.as_ref().map(|cause| format!(" : {}", cause.as_str())).unwrap_or_default();
    Act {
        // Its channel has its own end.
        what: way(sheet, fact.direction.as_str(), "fichier", "file"),
        said: Some(cut(&[Some(fact.path.as_str())])),
        sha256: fact.sha256.map(|sha256| hex(&sha256)),
        outcome: Some(format!("{}, {outcome}{cause}", bytes(sheet, fact.size))),
        ..blank
    }
}

fn scanned(sheet: &Sheet<'_>, fact: &FileScanned, blank: Act) -> Act {
    let found = fact.found.as_ref().map(|found| format!(" ({})", found.as_str())).unwrap_or_default();
    let verdict = match fact.verdict.as_str() {
        "clean" => sheet.pick("rien trouvé", "nothing found"),
        "found" => sheet.pick("code malveillant trouvé", "malware found"),
        _ => sheet.pick("non analysé", "not scanned"),
    };
    let released = match fact.released {
        true => sheet.pick("remis à l'équipement", "released to the equipment"),
        false => sheet.pick("non remis", "not released"),
    };
    Act {
        what: sheet.pick("fichier retenu et analysé", "file held and scanned"),
        said: Some(cut(&[Some(fact.path.as_str())])),
        sha256: Some(hex(&fact.sha256)),
        outcome: Some(format!("{verdict}{found}, {released}")),
        refused: !fact.released,
        ..blank
    }
}

fn operated(sheet: &Sheet<'_>, fact: &FileOperation, blank: Act) -> Act {
    let to = fact.to.as_ref().map(|to| to.as_str());
    Act {
        what: sheet.pick("opération sur les fichiers", "operation on files"),
        said: Some(cut(&[Some(fact.operation.as_str()), Some(fact.path.as_str()), to])),
        outcome: fact.status.as_ref().map(|status| status.as_str().to_owned()),
        ..blank
    }
}

fn refused(sheet: &Sheet<'_>, fact: &ChannelRefused, blank: Act) -> Act {
    let detail = fact.detail.as_ref().map(|detail| detail.as_str());
    Act {
        what: sheet.pick("demande refusée", "request refused"),
        said: Some(cut(&[Some(fact.asked.as_str()), detail])),
        outcome: Some(fact.why.as_str().to_owned()),
        refused: true,
        ..blank
    }
}

/// Which way it went.
fn way(sheet: &Sheet<'_>, direction: &str, french: &str, english: &str) -> String {
    match direction {
        "out" => sheet.pick(&format!("{french} sorti"), &format!("{english} that left")),
        _ => sheet.pick(&format!("{french} entré"), &format!("{english} that came in")),
    }
}

/// A length to the byte, so that it can be compared.
fn bytes(sheet: &Sheet<'_>, size: u64) -> String {
    sheet.pick(&format!("{size} octets"), &format!("{size} bytes"))
}

/// Words one after the other, cut where they are longer than anybody reads.
fn cut(parts: &[Option<&str>]) -> String {
    let whole = parts.iter().flatten().copied().collect::<Vec<_>>().join(" ");
    let length = whole.chars().count();
    if length <= SAID_MAX {
        return whole;
    }
    let start: String = whole.chars().take(SAID_MAX).collect();
    format!("{start}… [+ {}]", length.saturating_sub(SAID_MAX))
}
