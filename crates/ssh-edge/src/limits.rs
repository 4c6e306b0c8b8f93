//! Every limit of the edge, with its arithmetic; and the few that a test or a site may set.

use std::time::Duration;

use crate::door::Descriptors;

/// Window that is offered to each peer for each channel. On a line of 50 ms it carries 40 MB/s; a
/// technician's line is slower than that.
pub(crate) const WINDOW: u32 = 2 * 1024 * 1024;
/// Largest packet that is asked for: what OpenSSH asks for.
pub(crate) const PACKET: u32 = 32 * 1024;
/// Window that is offered while the queue is above its mark: the smallest that the library re-opens
/// (it does so below half of it, so at 0).
pub(crate) const TRICKLE: u32 = 2;
/// After the end of a command's output its exit status is waited for this long: an sshd sends both at once, and
/// a command that closes its output and lives on is told apart by nothing else.
pub(crate) const EXIT_FOLLOWS: Duration = Duration::from_millis(100);
/// While the window trickles, the technician's leg is read at most this often: 500 wake-ups a second
/// instead of as many as the line has round trips. Window adjusts of the other direction wait no longer
/// than this: 2 MiB in 2 ms is 1 GB/s.
pub(crate) const PACE: Duration = Duration::from_millis(2);
/// Messages that wait for the library's loop on the technician's leg: 16 × 32 KiB is half a MiB.
pub(crate) const LIBRARY_QUEUE: usize = 16;
/// Data that a queue puts together in one piece. Single keys that pile up take no more room than a
/// packet.
pub(crate) const PIECE: usize = 32 * 1024;
/// What one queued item costs besides its bytes: the item, its allocation and their slack.
pub(crate) const ITEM_COST: usize = 128;
/// What a queue may hold above its mark before its peer is found to ignore its window: what was on its
/// way (a window of each of 16 channels would be 32 MiB, so connections with that many bulk streams at
/// once are cut) and one packet of the largest size.
pub(crate) const BEYOND_MARK: usize = 2 * WINDOW as usize + 256 * 1024;
/// Requests (signals, sizes) that one channel may have waiting.
pub(crate) const REQUESTS: usize = 256;
/// Events of one connection that wait for its task: 16 channels with their requests.
pub(crate) const EVENTS: usize = 256;
/// Channels of one connection at once.
pub(crate) const CHANNELS: usize = 16;
/// Ways of one connection that are not over yet: a client that closed its channels asks for as many again while
/// their sessions end.
pub(crate) const WAYS: usize = 2 * CHANNELS;
/// Things refused on one connection before it is ended: each is an entry of the ledger.
pub(crate) const REFUSALS: usize = 64;
/// Key offers of one connection: an agent with six keys.
pub(crate) const OFFERS: u32 = 6;
/// Wrong second factors of one connection.
pub(crate) const CODES: u32 = 3;
/// Rejections by the library before it disconnects: one `none`, six keys, three codes.
pub(crate) const REJECTIONS: usize = 1 + OFFERS as usize + CODES as usize;
/// Longest user name: 64 + 1 + 64 + 1 + 64 + 1 + 64 (person, equipment, establishment, intervention).
pub(crate) const NAME: usize = 259;
/// Longest command line that is carried: what a command's stream may carry without a name. What is longer is
/// content, not a command; it counts towards the session's sum ([`gate::NAMELESS_SESSION_MAX`]) too.
pub(crate) const COMMAND: usize = 64 * 1024;
/// Longest name of a terminal.
pub(crate) const TERM: usize = 64;
/// For the standard input of an in-band command: somebody types a report.
pub(crate) const COMMAND_INPUT: Duration = Duration::from_secs(15 * 60);
/// For a document that somebody takes at the door: 20 MiB are 27 MiB of base64, at 45 kB/s.
pub(crate) const GIVING: Duration = Duration::from_secs(10 * 60);
/// Time for the last words to a technician before both legs are cut. With three times [`TO_LEAVE`] after
/// it that is 850 ms: below a second.
pub(crate) const LAST_WORDS: Duration = Duration::from_millis(400);
/// Time for a client to leave by itself, for the disconnect to be sent, and for it to be obeyed.
pub(crate) const TO_LEAVE: Duration = Duration::from_millis(150);
/// For the equipment to grant a terminal or start a process: a slow device forks in a second.
pub(crate) const ANSWER: Duration = Duration::from_secs(15);
/// Bytes exchanged under one key: RFC 4253 section 9 advises 1 GiB.
pub(crate) const REKEY_BYTES: usize = 1 << 30;
/// Time under one key (RFC 4253 section 9).
pub(crate) const REKEY_TIME: Duration = Duration::from_secs(3600);

/// Exit status of a command that the gate refused or cut. OpenSSH's own is 255; 254 tells ours apart.
pub(crate) const EXIT_REFUSED: u32 = 254;

/// The first keep-alive comes this long after the login's time is over at the earliest.
pub(crate) const AFTER_LOGIN: Duration = Duration::from_secs(5);

/// What may be set from outside. The defaults are those of the house.
#[derive(Debug, Clone)]
pub struct Settings {
    /// From the first byte to a complete login: up to 30 s until the telephone shows a code that was not used yet, and
    /// as much to read and type it.
    pub login_grace: Duration,
    /// From the login to the first request (shell, command, subsystem).
    pub first_request: Duration,
    /// A refused login is answered no earlier than this after it was asked, so that the time says nothing
    /// of whether the name exists: a look into the database is far below it.
    pub hide: Duration,
    /// For the equipment to accept a connection.
    pub connect: Duration,
    /// From the first packet to the equipment to a finished login there. Some devices look a name up in
    /// vain before they answer.
    pub dial: Duration,
    /// A leg that takes nothing for this long is cut.
    pub stall: Duration,
    /// Bytes queued in one direction of one connection before its source is held back. With what is on its
    /// way (a window) and in the library that is below 7 MiB.
    pub mark: usize,
    /// Connections that are not logged in, at once, from one source: a provider's building behind one
    /// address at eight in the morning.
    pub waiting_per_source: usize,
    /// The same from everywhere: each costs below 64 KiB, so 32 MiB.
    pub waiting: usize,
    /// Logged-in connections at once. Two sockets each, with the recording and the database below 4
    /// descriptors each.
    pub connections: usize,
    /// Silence after which a peer is asked whether it is still there; three times unanswered, it is gone.
    pub keep_alive: Duration,
    /// The descriptors of the process; absent: they are nobody's concern here.
    pub descriptors: Option<Descriptors>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            login_grace: Duration::from_secs(60),
            first_request: Duration::from_secs(30),
            hide: Duration::from_millis(300),
            connect: Duration::from_secs(10),
            dial: Duration::from_secs(30),
            stall: Duration::from_secs(60),
            mark: 4 * 1024 * 1024,
            waiting_per_source: 32,
            waiting: 512,
            connections: 1_024,
            keep_alive: Duration::from_secs(30),
            descriptors: None,
        }
    }
}
