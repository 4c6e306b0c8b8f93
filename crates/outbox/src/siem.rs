//! Copies of the ledgers for receivers of security events: syslog over TLS (RFC 5424, RFC 5425).
//!
//! The durable log is the spool. A small file for each log and receiver (`cursor`) says up to where the receiver has
//! it; what was sent after that is sent again when the connection breaks or the program ends, and no entry is passed
//! over. The protocol has no acknowledgement: an entry counts as received when its connection stood for [`SETTLE`] after
//! it was written, in which time the system breaks a connection whose bytes the other side does not take
//! ([`UNTAKEN`]), or when the receiver read to the end and closed.

mod feed;
mod tls;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use events::siem::{MESSAGE_MAX, MESSAGE_MIN, Wanted};
use gate::Gate;
use tokio::sync::watch;
use tokio::task::JoinSet;
use vocab::{Class, EstablishmentId};

pub use tls::{Refusal, Tls, TlsFiles};

/// Receivers of one gate: the hospital's, its group's, a national one, and one to change over to.
pub const RECEIVERS_MAX: usize = 4;
/// A connection that stood this long after an entry was written to it has delivered it. Longer than [`UNTAKEN`], so that a
/// connection that does not deliver is broken before.
pub const SETTLE: Duration = Duration::from_secs(20);
/// The system breaks a connection whose bytes were not taken for so long.
pub const UNTAKEN: Duration = Duration::from_secs(15);
/// The fastest that may be asked for, in entries a second: 10,000 × 8 KiB = 80 MB/s, more than a log grows.
pub const RATE_MAX: u32 = 10_000;

/// A receiver.
#[derive(Debug, Clone)]
pub struct Receiver {
    name: String,
    tls: Tls,
    wanted: Wanted,
    rate: u32,
    alarm: Duration,
}

/// What is asked of a receiver beside how it is reached.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Its name in metrics, cursor files and the ledger: 1 to 32 of `a-z 0-9 . _ -`.
    pub name: String,
    /// What is sent of an entry.
    pub wanted: Wanted,
    /// Entries a second at most, 1 to [`RATE_MAX`].
    pub rate: u32,
    /// Unreachable for longer than this, and the ledger says so.
    pub alarm: Duration,
}

impl Receiver {
    /// A receiver that is reached in this way, on these terms.
    ///
    /// # Errors
    /// Which of the terms is outside its limits.
    pub fn new(terms: Terms, tls: Tls) -> Result<Self, Refusal> {
        let Terms { name, wanted, rate, alarm } = terms;
        let of_a_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !begins || name.len() > 32 || !name.chars().all(of_a_name) {
            return Err(Refusal::Name(name));
        }
        if !(MESSAGE_MIN..=MESSAGE_MAX).contains(&wanted.longest) {
            return Err(Refusal::Longest(wanted.longest));
        }
        if !(1..=RATE_MAX).contains(&rate) {
            return Err(Refusal::Rate(rate));
        }
        let wanted = Wanted { class: wanted.class.min(Class::Sensitive), ..wanted };
        Ok(Self { name, tls, wanted, rate, alarm })
    }
}

/// A log, and the name by which a receiver knows it.
#[derive(Debug, Clone)]
pub struct Source {
    /// Whose.
    pub establishment: EstablishmentId,
    /// Its origin (`ledger.md` section 1).
    pub origin: String,
}

/// The copies on their way; dropped, nothing more is sent.
pub struct Sending {
    feeds: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// Begins to send to each receiver the logs that are for it. `folder` is where the cursors are.
///
/// # Errors
/// If the folder cannot be made, or if a log is not one of the gate's.
pub fn start(
    gate: &Arc<Gate>,
    receivers: &[(Receiver, Vec<Source>)],
    folder: PathBuf,
) -> Result<Sending, String> {
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let (stop, stopping) = watch::channel(false);
    let mut feeds = JoinSet::new();
    for (receiver, sources) in receivers {
        for source in sources {
            let feed =
                feed::Sender::new(gate, receiver, source, &folder).map_err(|error| error.to_string())?;
            feeds.spawn(feed.run(stopping.clone()));
        }
    }
    Ok(Sending { feeds, stop })
}

impl Sending {
    /// Sends what is in the logs by now, where a connection stands, and ends in order; within `patience`.
    pub async fn finish(mut self, patience: Duration) {
        let _nobody = self.stop.send(true);
        let all = async { while self.feeds.join_next().await.is_some() {} };
        // What was not sent by then is sent after the next start.
        let _late = tokio::time::timeout(patience, all).await;
    }
}
