//! The words of the house: typed names, time, secrets, kinds, levels, rules, rights, terms.
//!
//! Everything here is a value in memory. Nothing here decides, reads a clock or touches a file. What evidence
//! is read with (names, time, endings, texts) is there always; the rest is the feature `full`, on unless
//! switched off.

mod ending;
mod id;
mod text;
mod time;

#[cfg(feature = "full")]
mod address;
#[cfg(feature = "full")]
mod class;
#[cfg(feature = "full")]
mod kind;
#[cfg(feature = "full")]
mod rights;
#[cfg(feature = "full")]
mod rule;
#[cfg(feature = "full")]
mod secret;
#[cfg(feature = "full")]
mod status;
#[cfg(feature = "full")]
mod terms;

pub use ending::{Ending, UnknownCode};
pub use id::{
    BootId, EstablishmentId, GateId, InterventionId, InvalidName, PersonId, RecordingId, SessionId,
};
#[cfg(feature = "full")]
pub use text::printable_lines;
pub use text::{Lang, Text, is_hidden, printable};
pub use time::Timestamp;

#[cfg(feature = "full")]
pub use address::{Address, InvalidAddress};
#[cfg(feature = "full")]
pub use class::Class;
#[cfg(feature = "full")]
pub use id::{ContractId, EquipmentId, ProviderId, ServiceId};
#[cfg(feature = "full")]
pub use kind::{Kind, Level, Path};
#[cfg(feature = "full")]
pub use rights::{Right, Rights};
#[cfg(feature = "full")]
pub use rule::{HouseRule, RuleId, Source, UnknownRule};
#[cfg(feature = "full")]
pub use secret::Secret;
#[cfg(feature = "full")]
pub use status::StatusCode;
#[cfg(feature = "full")]
pub use terms::{Terms, Uploads};
