//! The gate's ports in memory: a clock to set, seeded dice, a store, logs, recordings and a vault.
//!
//! Each is a real implementation, as strict as the one it stands for: the store keeps history and refuses
//! illegal steps, a log gives the receipt of an entry that stands in it. Each does what no disk does when it is
//! asked to: it fails at a step, or does it and loses the answer, or lets something else happen first
//! ([`Troubles`]). [`Kit`] puts them together around the fictitious site.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a port that is misused is a fault of the test")]

mod about;
mod asides;
mod clock;
mod desk;
mod device;
mod dice;
mod facts;
mod journal;
mod kit;
mod outbox;
mod papers;
mod quarantine;
mod record;
mod recordings;
mod site;
mod snapshot;
mod store;
#[cfg(test)]
mod tests;
mod troubles;
mod vault;

pub use asides::Shelf;
pub use clock::SetClock;
pub use desk::Desk;
pub use device::Device;
pub use dice::Dice;
pub use fiction;
pub use journal::{Log, Logs};
pub use kit::{Kit, known};
pub use papers::Cabinet;
pub use quarantine::{Bench, Nose, Sniffer};
pub use recordings::{Disk, Tape, Tapes};
pub use site::{Site, puts};
pub use troubles::{Mishap, Step, Troubles};
pub use vault::{AUTHORITY, CODE, Lending, Safe, sheet_code};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A test that failed while it held the lock has said so already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
