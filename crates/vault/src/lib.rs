//! Where secrets are: of equipment, of one-time codes, of the log, of the door, of recordings.
//!
//! Everything on the disk is sealed under one key that lies elsewhere (`docs/formats/keys.md`). A secret of an
//! equipment leaves for a `Logged<Grant>` and for nothing else; it is never shown, printed or logged. The keys that
//! open recordings are not here at all: the vault knows the establishment's recipients, [`reader`] belongs to those
//! who read.

mod accounts;
pub mod age;
mod certificate;
mod codes;
mod disk;
mod envelope;
mod error;
mod leave;
mod master;
mod openssh;
mod papers;
pub mod pieces;
mod port;
pub mod reader;
mod recipients;
mod rekey;
mod rotation;
mod sheet;
pub mod sshsig;
#[cfg(test)]
mod tests;
mod vault;

pub use accounts::{NewSecret, Placed, Sharing};
pub use error::Error;
pub use leave::Exported;
pub use openssh::SshKey;
pub use port::SystemEntropy;
pub use recipients::RecipientKey;
pub use rekey::{Rekeyed, rekey};
pub use vault::{LogSigners, Vault};
