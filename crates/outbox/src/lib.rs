//! What leaves the hospital's gate for others to see: copies of the ledgers for its receivers of security events
//! ([`siem`], `docs/formats/siem.md`).
//!
//! Nothing here decides or proves: the ledger does. A receiver that is not there delays nothing and nobody.

pub mod siem;
