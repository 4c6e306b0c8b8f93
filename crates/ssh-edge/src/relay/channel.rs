//! One channel of a session: its right, its counterpart on the equipment, its life.

use std::sync::{Arc, Mutex, PoisonError};

use gate::Live;
use russh::server;
use session::Leg;
use tokio::sync::watch;
use transfer::{Allowed, ScpCommand, Tap};
use vocab::{Right, Text, Uploads};

use super::pump::{Bridge, Carries, End, Files, Hands};
use super::say::Mouth;
use super::waits::Waits;
use crate::dialler::{Equipment, FarChannel};
use crate::door::{Start, Terminal, What};
use crate::lane::{Item, Lane};
use crate::limits::ANSWER;
use crate::texts;

/// What every channel of a session shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) live: Arc<Live>,
    pub(crate) equipment: Arc<Equipment>,
    pub(crate) waits: Arc<Waits>,
    pub(crate) held: watch::Receiver<bool>,
    pub(crate) handle: server::Handle,
}

/// A channel that was started, before anything is done.
pub(crate) struct Beginning {
    pub(crate) number: u32,
    pub(crate) mouth: Mouth,
    pub(crate) lane: Arc<Lane>,
    pub(crate) what: What,
    pub(crate) terminal: Option<Terminal>,
}

impl Beginning {
    pub(crate) fn new(start: Start) -> Self {
        let number = start.write.id().into();
        let terminal = start.terminal.is_some();
        let mouth = Mouth { write: Arc::new(start.write), place: start.place, terminal };
        Self { number, mouth, lane: start.lane, what: start.what, terminal: start.terminal }
    }

    /// The right that is asked for first; unknown for SFTP, which reads or writes as it goes.
    pub(crate) fn right(&self) -> Option<Right> {
        match &self.what {
            What::Shell => Some(Right::Shell),
            What::Sftp => None,
            What::Exec(line) => match ScpCommand::parse(line) {
                Ok(None) => Some(Right::Exec),
                Ok(Some(_)) | Err(_) => Some(Right::Scp),
            },
        }
    }
}

/// What is asked of the equipment, and how it is carried.
struct Plan {
    begun: Begun,
    carries: Carries,
    ask: Ask,
}

/// A channel that is open in the session's machine and in the ledger. However it ends, it is closed there: when
/// this is dropped.
pub(crate) struct Begun {
    live: Arc<Live>,
    number: u32,
    /// How the process ended, as the equipment said it.
    exit: Mutex<(Option<u32>, Option<String>)>,
}

impl Begun {
    /// Opens it, or says why not.
    fn open(live: &Arc<Live>, number: u32, right: Right, command: Option<&str>) -> Result<Self, Text> {
        live.channel_opened(number, right, command).map_err(texts::barred)?;
        Ok(Self { live: Arc::clone(live), number, exit: Mutex::default() })
    }

    /// The process ended with this status.
    pub(crate) fn exited(&self, status: u32) {
        self.exit.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(status);
    }

    /// The process was ended by this signal.
    pub(crate) fn killed(&self, signal: String) {
        self.exit.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(signal);
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let (status, signal) = std::mem::take(&mut *self.exit.lock().unwrap_or_else(PoisonError::into_inner));
        // Content without a name is written down by this.
        let _streams = self.live.channel_closed(self.number, status, signal.as_deref());
    }
}

enum Ask {
    Shell,
    Exec(Vec<u8>),
    Sftp,
}

/// Carries one channel from its start to its end. Returns whether its technician's side is closed too.
pub(crate) async fn carry(shared: Shared, beginning: Beginning) -> bool {
    let (live, lang) = (Arc::clone(&shared.live), shared.live.lang());
    let mouth = beginning.mouth.clone();
    let number = beginning.number;
    let waits = Arc::clone(&shared.waits);
    let shut = Shut(Arc::clone(&beginning.lane));
    let end = match plan(&live, &beginning) {
        Ok(plan) => match bridge(shared, beginning, plan).await {
            Ok(bridge) => bridge.run().await,
            Err(end) => end,
        },
        Err(text) => End::Refused(text),
    };
    drop(shut);
    // A technician who is gone hears nothing; the session's own task finds that out.
    let _heard = match end {
        End::Equipment => mouth.close().await,
        End::Refused(text) => {
            let text = text.in_lang(lang);
            live.notice(number, text, mouth.line(text).len());
            let _wait = waits.begin(Leg::Technician);
            mouth.refuse(text).await
        }
        End::Technician => Ok(()),
        End::Gone => return false,
    };
    true
}

/// What comes after a channel's task finds no counterpart: it is counted, and kept nowhere.
struct Shut(Arc<Lane>);

impl Drop for Shut {
    fn drop(&mut self) {
        self.0.shut();
    }
}

/// Holds the channel against its right. An error is what the technician is told; nothing is open then.
fn plan(live: &Arc<Live>, beginning: &Beginning) -> Result<Plan, Text> {
    let terms = live.terms();
    let number = beginning.number;
    let open = |right: Right, command: Option<&str>| Begun::open(live, number, right, command);
    match &beginning.what {
        What::Shell => {
            let begun = open(Right::Shell, None)?;
            let carries = if beginning.terminal.is_some() { Carries::Terminal } else { Carries::Streams };
            Ok(Plan { begun, carries, ask: Ask::Shell })
        }
        What::Sftp => {
            let begun = open(Right::SftpRead, None)?;
            let allowed = Allowed::sftp(&terms);
            let tap = match terms.uploads {
                Uploads::Release | Uploads::Hold => Tap::sftp_holding(allowed),
                Uploads::Tap | Uploads::Off => Tap::sftp(allowed),
            };
            let files = Files::new(tap);
            Ok(Plan { begun, carries: Carries::Files(files), ask: Ask::Sftp })
        }
        What::Exec(line) => {
            let shown = readable(line);
            let scp = ScpCommand::parse(line).map_err(|refusal| {
                live.channel_refused(Some(number), Right::Scp.as_str(), "command-line", Some(&shown));
                refusal.text()
            })?;
            if let Some(command) = scp {
                return copy(live, number, command, &shown);
            }
            // In a terminal a command is what a shell would be, and needs that right: without a terminal on the
            // equipment, what somebody types at his own would be the content of a stream.
            let in_terminal = beginning.terminal.is_some();
            let right = if !terms.rights.has(Right::Exec) {
                Right::Exec
            } else if moves_files(line) {
                Right::Bulk
            } else if in_terminal {
                Right::Shell
            } else {
                Right::Exec
            };
            let begun = open(right, Some(&shown))?;
            let carries = if right == Right::Shell { Carries::Terminal } else { Carries::Streams };
            Ok(Plan { begun, carries, ask: Ask::Exec(line.clone()) })
        }
    }
}

/// A copy by the old protocol. It is begun only when its direction is permitted too.
fn copy(live: &Arc<Live>, number: u32, command: ScpCommand, shown: &str) -> Result<Plan, Text> {
    let terms = live.terms();
    let ask = Ask::Exec(command.line());
    let open = || Begun::open(live, number, Right::Scp, Some(shown));
    let tap = match terms.uploads {
        Uploads::Release | Uploads::Hold => Tap::scp_holding(command, Allowed::scp(&terms)),
        Uploads::Tap | Uploads::Off => Tap::scp(command, Allowed::scp(&terms)),
    };
    match tap {
        Ok(tap) => Ok(Plan { begun: open()?, carries: Carries::Files(Files::new(tap)), ask }),
        Err(forbidden) if terms.rights.has(Right::Scp) => {
            live.channel_refused(Some(number), Right::Scp.as_str(), forbidden.code(), Some(shown));
            Err(texts::forbidden(forbidden))
        }
        // Without the right nothing is begun: this says so.
        Err(why) => open().and(Err(texts::forbidden(why))),
    }
}

/// A command line as it stands in ledger and recording: bytes that are no text are spelled out.
fn readable(line: &[u8]) -> String {
    line.utf8_chunks().fold(String::with_capacity(line.len()), |mut text, chunk| {
        text.push_str(chunk.valid());
        text.push_str(&chunk.invalid().escape_ascii().to_string());
        text
    })
}

/// Programs whose streams are files that the gate cannot see: they need the right `bulk` from their first
/// byte. Whatever else a command is, its streams need it from 64 KiB on.
const MOVERS: [&[u8]; 5] = [b"rsync", b"tar", b"cpio", b"sftp-server", b"scp"];

/// What only starts another program.
const STARTERS: [&[u8]; 7] = [b"sudo", b"doas", b"env", b"nice", b"exec", b"command", b"nohup"];

fn moves_files(line: &[u8]) -> bool {
    let name = |word: &[u8]| word.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
    let starts = |word: &&[u8]| {
        STARTERS.contains(&name(word).as_slice()) || word.starts_with(b"-") || word.contains(&b'=')
    };
    let words = line.split(|byte| b" \t".contains(byte)).filter(|word| !word.is_empty());
    let mut programs = words.skip_while(starts);
    programs.next().is_some_and(|word| MOVERS.contains(&name(word).as_slice()))
}

/// Opens the channel on the equipment and asks for the same there.
async fn bridge(shared: Shared, beginning: Beginning, plan: Plan) -> Result<Bridge, End> {
    let opened = tokio::time::timeout(ANSWER, shared.equipment.open()).await;
    // An equipment that answers nothing is told as one that refuses.
    let far =
        opened.map_err(|_elapsed| End::Refused(texts::not_started()))?.map_err(|error| match error {
            russh::Error::ChannelOpenFailure(_) => End::Refused(texts::not_started()),
            _ => End::Gone,
        })?;
    // Streams have no terminal on the equipment, whatever was asked for: one would take what is typed without
    // showing it, and that is recorded nowhere.
    let terminal = beginning.terminal.as_ref().filter(|_| matches!(plan.carries, Carries::Terminal));
    if let Some(terminal) = terminal {
        let (columns, rows) = terminal.size;
        shared.live.resized(beginning.number, columns, rows)?;
        shared.live.asked(beginning.number, terminal.term.len() + MODE * terminal.modes.len())?;
        far.write.request_pty(true, &terminal.term, columns, rows, 0, 0, &terminal.modes).await?;
        // Without one the command runs all the same, as OpenSSH's client has it.
        let _granted = answer(&shared.live, &far).await?;
    }
    match plan.ask {
        Ask::Shell => far.write.request_shell(true).await?,
        Ask::Exec(line) => far.write.exec(true, line).await?,
        Ask::Sftp => far.write.request_subsystem(true, "sftp").await?,
    }
    if !answer(&shared.live, &far).await? {
        return Err(End::Refused(texts::not_started()));
    }
    Ok(Bridge {
        number: beginning.number,
        live: shared.live,
        waits: shared.waits,
        held: shared.held,
        mouth: beginning.mouth,
        handle: shared.handle,
        lane: beginning.lane,
        far,
        carries: plan.carries,
        hands: Hands::default(),
        begun: plan.begun,
    })
}

/// A mode of a terminal: its number, and four bytes.
const MODE: usize = 5;

/// The equipment's answer to a request. It sends nothing else before it; if it does, that is refused.
async fn answer(live: &Live, far: &FarChannel) -> Result<bool, End> {
    match tokio::time::timeout(ANSWER, far.lane.next()).await {
        Ok(Item::Answer(granted)) => Ok(granted),
        Ok(Item::Close) => Ok(false),
        Ok(other) => {
            live.refused_bytes(false, other.bytes());
            Err(End::Refused(texts::not_started()))
        }
        Err(_elapsed) => Err(End::Refused(texts::not_started())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_read_whole() {
        assert_eq!(readable("cat /tmp/été".as_bytes()), "cat /tmp/été");
        assert_eq!(readable(b"cat /tmp/\xe9t\xe9"), "cat /tmp/\\xe9t\\xe9");
    }

    #[test]
    fn movers_are_known_by_their_name() {
        for line in [
            "rsync --server -e.LsfxCIvu . /x",
            "/usr/bin/rsync --server",
            "tar cf - /",
            "sudo tar xf -",
            "env LC_ALL=C rsync --server",
            "/usr/lib/openssh/sftp-server",
        ] {
            assert!(moves_files(line.as_bytes()), "{line}");
        }
        for line in ["ls", "cat /etc/tar", "echo tar", "sudo", "env A=/tar ls", "systemctl restart pacs", ""]
        {
            assert!(!moves_files(line.as_bytes()), "{line}");
        }
    }
}
