//! What the edge saw, written down: channels, legs, files, content without a name.

use std::net::IpAddr;

use domain::{RESIDUAL_MAX, ResidualItem};
use events::{
    Actor, Algorithms, AskedOutside, ChannelClosed, ChannelOpened, ChannelRefused, Entry, EquipmentReached,
    EquipmentUnreachable, Fact, FileOperation, FilePassed, HostKeyChanged, Range, RequestRefused,
    TechnicianLeg, UnnamedContent,
};
use recording::{Body, Track};
use session::{ChannelKind, Input};
use transfer::{Cause, Content, Direction, FileReport, Operation, OperationReport, RefusedReport, Report};
use vocab::{EquipmentId, PersonId, Right, SessionId, Timestamp};

use crate::Gate;
use crate::live::Live;
use crate::nameless::{Barred, NAMELESS_MAX};
use crate::streams::{StreamEnd, hex};

/// What one leg of SSH agreed on, in the names of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the protocol's")]
pub struct Agreed {
    pub kex: String,
    pub host_key: String,
    pub cipher_in: String,
    pub cipher_out: String,
    pub mac_in: String,
    pub mac_out: String,
}

impl From<Agreed> for Algorithms {
    fn from(agreed: Agreed) -> Self {
        Self {
            kex: agreed.kex.into(),
            host_key: agreed.host_key.into(),
            cipher_in: agreed.cipher_in.into(),
            cipher_out: agreed.cipher_out.into(),
            mac_in: agreed.mac_in.into(),
            mac_out: agreed.mac_out.into(),
        }
    }
}

/// Something that left the equipment: what E9 asks to be erased at the end.
#[derive(Debug, Clone)]
pub(crate) struct Left {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) sha256: Option<[u8; 32]>,
    pub(crate) at: Timestamp,
}

/// What left in one session and is not written down with its intervention yet: as many as that lists, at most.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    pub(crate) items: Vec<Left>,
    /// How many more.
    pub(crate) more: u64,
}

impl Remains {
    pub(crate) fn add(&mut self, left: Left) {
        let same = |there: &Left| {
            (&there.name, &there.sha256) == (&left.name, &left.sha256) && left.sha256.is_some()
        };
        if self.items.iter().any(same) {
            return;
        }
        if self.items.len() < RESIDUAL_MAX {
            self.items.push(left);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

impl Left {
    /// As it stands in the intervention.
    pub(crate) fn item(&self, session: SessionId) -> ResidualItem {
        ResidualItem {
            session,
            name: self.name.clone(),
            size: self.size,
            sha256: self.sha256.map(|hash| hex(&hash)),
            at: self.at,
        }
    }

    /// As it stands in an entry of the ledger: what a crashed session let out is found again there.
    pub(crate) fn of_entry(entry: &Entry) -> Option<Self> {
        let out = |direction: &events::Word| direction.as_str() == Direction::Out.code();
        match &entry.fact {
            Fact::FilePassed(file) if out(&file.direction) && file.size > 0 => Some(Self {
                name: file.path.as_str().to_owned(),
                size: file.size,
                sha256: file.sha256,
                at: entry.at,
            }),
            Fact::UnnamedContent(content) if out(&content.direction) => Some(Self {
                name: unnamed(content.stream.as_str()).to_owned(),
                size: content.size,
                sha256: Some(content.sha256),
                at: entry.at,
            }),
            _ => None,
        }
    }

    /// What a channel carried that nobody saw the end of: how much is not known, that something may have left is.
    pub(crate) fn unmeasured(at: Timestamp) -> Self {
        Self { name: "contenu non mesuré (session interrompue)".to_owned(), size: 0, sha256: None, at }
    }
}

/// The name of what has none, as the guide's reader sees it: what a terminal showed is no file.
fn unnamed(stream: &str) -> &'static str {
    if stream == track_code(Track::Output) { "contenu affiché" } else { "contenu non nommé" }
}

impl Live {
    /// The technician's leg, once.
    pub fn technician_leg(&self, from: IpAddr, client: &str, agreed: Agreed) {
        self.observe(TechnicianLeg { from, client: client.into(), algorithms: agreed.into() });
    }

    /// The equipment showed its pinned key and took the login.
    pub fn reached(&self, host_key: &str, server: &str, agreed: Agreed) {
        self.observe(EquipmentReached {
            equipment: self.permit.equipment().clone(),
            address: self.permit.address(),
            host_key: host_key.into(),
            server: server.into(),
            algorithms: agreed.into(),
        });
    }

    /// The equipment could not be reached or refused the login. `why` is a code: `refused`, `timeout`…
    pub fn unreachable(&self, why: &'static str, detail: Option<String>) {
        self.observe(EquipmentUnreachable {
            equipment: self.permit.equipment().clone(),
            address: self.permit.address(),
            why: why.into(),
            detail: detail.map(Into::into),
        });
    }

    /// The equipment showed another host key than the pinned one.
    ///
    /// No session opens on it until the establishment has looked and pinned again: that is recorded when
    /// this one ends.
    pub(crate) fn host_key_changed(&self, shown: &str) {
        self.saw_host_key(shown);
        self.observe(HostKeyChanged {
            equipment: self.permit.equipment().clone(),
            address: self.permit.address(),
            pinned: self.permit.host_key().0.as_str().into(),
            shown: shown.into(),
        });
    }

    /// A channel was opened under a right: it is one of the permit's, or it is written down that it is not
    /// and the edge refuses the channel. SFTP opens under either of its rights; its parser holds each
    /// request against its own. What was opened is closed by [`Live::channel_closed`], once.
    ///
    /// # Errors
    /// Nothing was opened.
    pub fn channel_opened(&self, channel: u32, right: Right, command: Option<&str>) -> Result<(), Barred> {
        let rights = self.terms().rights;
        let sftp = matches!(right, Right::SftpRead | Right::SftpWrite);
        let has =
            rights.has(right) || (sftp && (rights.has(Right::SftpRead) || rights.has(Right::SftpWrite)));
        if !has {
            return Err(self.barred(channel, Barred::Right(right), command));
        }
        if let Some(line) = command.filter(|_| !rights.has(Right::Bulk)) {
            self.streams.asked(self.now(), line.len()).map_err(|why| self.barred(channel, why, command))?;
        }
        let kind = match right {
            Right::Shell => ChannelKind::Shell,
            Right::Exec | Right::Bulk => ChannelKind::Exec,
            Right::SftpRead | Right::SftpWrite => ChannelKind::Sftp,
            Right::Scp => ChannelKind::Scp,
        };
        if !self.begin(channel, kind) {
            return Err(self.barred(channel, Barred::Channels, command));
        }
        if kind == ChannelKind::Shell {
            self.streams.keyboard(channel);
            // What a command gives back is somebody's data: nothing of ours is put into it.
            if command.is_none() {
                self.shown_in(channel);
            }
        }
        // The ledger keeps the start of a long line and its hash: the recording has it whole.
        self.mark(
            channel,
            command.map_or_else(|| right.as_str().to_owned(), |line| format!("{} {line}", right.as_str())),
        );
        let command = command.map(Into::into);
        self.observe(ChannelOpened { channel: u64::from(channel), right, command });
        Ok(())
    }

    /// Writes down that something was barred.
    pub(crate) fn barred(&self, channel: u32, why: Barred, command: Option<&str>) -> Barred {
        let (asked, code, limit) = why.codes();
        self.channel_refused(Some(channel), asked.as_str(), code, limit.or(command));
        why
    }

    /// A point to find again in the recording.
    fn mark(&self, channel: u32, text: String) {
        self.streams.mark(self.now(), channel, Body::Data { track: Track::Mark, bytes: text.into_bytes() });
    }

    /// Something that is closed was asked for: a forwarding, an agent, an unknown request.
    pub fn channel_refused(
        &self,
        channel: Option<u32>,
        asked: &str,
        why: &'static str,
        detail: Option<&str>,
    ) {
        self.observe(ChannelRefused {
            channel: channel.map(u64::from),
            asked: asked.into(),
            why: why.into(),
            detail: detail.map(Into::into),
        });
    }

    /// A channel is over. Content without a name is written down with its hash. Returns what crossed in
    /// its streams.
    pub fn channel_closed(&self, channel: u32, exit: Option<u32>, signal: Option<&str>) -> Vec<StreamEnd> {
        let ends = self.streams.channel_over(self.now(), channel);
        self.step(Input::ChannelClosed { channel });
        for end in ends.iter().filter(|end| end.length > NAMELESS_MAX) {
            self.unnamed(channel, end);
        }
        let (exit, signal) = (exit.map(u64::from), signal.map(Into::into));
        self.observe(ChannelClosed { channel: u64::from(channel), exit, signal });
        ends
    }

    fn unnamed(&self, channel: u32, end: &StreamEnd) {
        let inward = matches!(end.track, Track::Stdin | Track::Typed);
        self.observe(UnnamedContent {
            channel: u64::from(channel),
            direction: if inward { Direction::In } else { Direction::Out }.code().into(),
            stream: track_code(end.track).into(),
            size: end.length,
            recorded: end.recorded,
            sha256: end.sha256,
        });
        if !inward {
            self.left(unnamed(track_code(end.track)).to_owned(), end.length, Some(end.sha256));
        }
    }

    /// What a protocol's parser reported.
    pub fn reported(&self, channel: u32, report: Report) {
        let channel = u64::from(channel);
        match report {
            Report::File(file) => self.file(channel, file),
            Report::Operation(done) => self.operation(channel, &done),
            Report::Refused(refused) => self.request_refused(channel, &refused),
        }
    }

    /// What the parser of a channel counted, when the channel is over.
    pub fn parsed(&self, account: &transfer::Account) {
        self.streams.parsed(account);
    }

    fn file(&self, channel: u64, file: FileReport) {
        let path = file.path.to_string();
        let mark = format!("{} {path} ({} B)", file.direction.code(), file.size);
        self.mark(u32::try_from(channel).unwrap_or(u32::MAX), mark);
        if file.direction == Direction::Out && file.size > 0 {
            self.left(path.clone(), file.size, file.content.sha256().copied());
        }
        let (offset, ranges, more) = match &file.content {
            Content::Part { offset, .. } => (Some(*offset), None, None),
            Content::Ranges { ranges, more } => {
                let ranges = ranges.iter().map(|(from, to)| Range { from: *from, to: *to }).collect();
                (None, Some(ranges), Some(*more))
            }
            Content::Whole { .. } | Content::Appended { .. } => (None, None, None),
        };
        self.observe(FilePassed {
            channel,
            path: path.into(),
            announced: file.announced.map(|name| name.to_string().into()),
            direction: file.direction.code().into(),
            size: file.size,
            content: content_code(&file.content).into(),
            offset,
            sha256: file.content.sha256().copied(),
            ranges,
            more,
            outcome: file.outcome.code().into(),
            cause: file.outcome.cause().map(|cause| cause_text(cause).into()),
        });
    }

    fn operation(&self, channel: u64, done: &OperationReport) {
        let (path, to, detail) = match &done.operation {
            Operation::Remove { path }
            | Operation::MakeFolder { path }
            | Operation::RemoveFolder { path } => (path, None, None),
            Operation::Rename { from, to, replacing } => {
                (from, Some(to), replacing.then(|| "replacing".to_owned()))
            }
            Operation::HardLink { from, to } => (from, Some(to), None),
            Operation::SymbolicLink { target, link } => (link, Some(target), None),
            Operation::SetAttributes { path, attributes, link } => {
                (path, None, Some(attributes_text(attributes, *link)))
            }
        };
        self.observe(FileOperation {
            channel,
            operation: done.operation.code().into(),
            path: path.to_string().into(),
            to: to.map(|to| to.to_string().into()),
            detail: detail.map(Into::into),
            status: done.status.map(|status| status.name().into()),
        });
    }

    fn request_refused(&self, channel: u64, refused: &RefusedReport) {
        self.observe(RequestRefused {
            channel,
            request: refused.request.to_string().into(),
            path: refused.path.as_ref().map(|path| path.to_string().into()),
            why: refused.why.code().into(),
        });
    }

    fn left(&self, name: String, size: u64, sha256: Option<[u8; 32]>) {
        self.leave(Left { name, size, sha256, at: self.now() });
    }
}

impl Gate {
    /// What is closed was asked for, so often, by a person who is logged in, on a connection that opened no
    /// session. It is durable when this returns.
    pub async fn asked_outside(
        &self,
        person: &PersonId,
        equipment: Option<EquipmentId>,
        from: IpAddr,
        asked: Vec<&str>,
        times: usize,
    ) {
        let times = u64::try_from(times).unwrap_or(u64::MAX);
        let fact =
            AskedOutside { equipment, from, asked: asked.into_iter().map(Into::into).collect(), times };
        let note = self.home_note(self.clock.now(), Actor::Person(person.clone()), fact.into());
        if let Err(error) = self.scribe.note(note).await {
            tracing::error!(%error, "What was asked for without a session could not be written down");
        }
    }
}

fn attributes_text(attributes: &transfer::Attributes, link: bool) -> String {
    let mut parts = Vec::new();
    parts.extend(attributes.size.map(|size| format!("size={size}")));
    parts.extend(attributes.owner.map(|(user, group)| format!("owner={user}:{group}")));
    parts.extend(attributes.mode.map(|mode| format!("mode={mode:o}")));
    parts.extend(attributes.times.map(|(_, modified)| format!("mtime={modified}")));
    parts.extend(link.then(|| "link".to_owned()));
    parts.join(" ")
}

fn cause_text(cause: &Cause) -> String {
    match cause {
        Cause::ChannelEnded => "channel-ended".to_owned(),
        Cause::EndNotSeen => "end-not-seen".to_owned(),
        Cause::Gaps => "gaps".to_owned(),
        Cause::Status(status) => format!("status {}", status.name()),
        Cause::Said(words) => format!("said {words}"),
    }
}

fn content_code(content: &Content) -> &'static str {
    match content {
        Content::Whole { .. } => "whole",
        Content::Part { .. } => "part",
        Content::Appended { .. } => "appended",
        Content::Ranges { .. } => "ranges",
    }
}

fn track_code(track: Track) -> &'static str {
    match track {
        Track::Output => "output",
        Track::Typed => "typed",
        Track::Stdin => "stdin",
        Track::Stdout => "stdout",
        Track::Stderr => "stderr",
        Track::Notice => "notice",
        Track::Mark => "mark",
    }
}

#[cfg(test)]
mod tests {
    use domain::RESIDUAL_NAME;

    use super::*;

    fn left(name: &str, hash: u8) -> Left {
        Left { name: name.to_owned(), size: 1, sha256: Some([hash; 32]), at: Timestamp::from_secs(0) }
    }

    /// However much leaves, and under whatever names, the lists stay small and the count right.
    #[test]
    fn the_list_of_what_left_is_bounded() {
        let (mut remains, mut one) = (Remains::default(), testkit::fiction::intervention());
        one.residual.clear();
        for item in [left("a", 1), left("a", 1), left("a", 1), left("a", 2)] {
            remains.add(item);
        }
        assert_eq!(remains.items.len(), 2, "another content under the same name is another thing");
        for number in 0..RESIDUAL_MAX {
            remains.add(left(&format!("{number}{}", "é".repeat(4_096)), 3));
        }
        assert_eq!((remains.items.len(), remains.more), (RESIDUAL_MAX, 2));
        for session in [1, 2] {
            let session = SessionId::from_bytes([session; 16]);
            remains.items.iter().for_each(|left| one.leaves(left.item(session)));
        }
        assert_eq!((one.residual.len(), one.left()), (RESIDUAL_MAX, 2 * RESIDUAL_MAX as u64));
        assert!(one.residual.iter().all(|item| item.name.len() <= RESIDUAL_NAME));
    }
}
