//! What leaves the hospital's gate for others to see: copies of the ledgers for its receivers of security events
//! ([`siem`], `docs/formats/siem.md`), mail to the people whom something concerns ([`mail`]), and checkpoints that an authority stamps ([`stamps`]).
//!
//! Nothing here decides or proves: the ledger does. A receiver or relay that is not there delays nothing and nobody.

mod cursor;
pub mod mail;
pub mod siem;
pub mod stamps;
