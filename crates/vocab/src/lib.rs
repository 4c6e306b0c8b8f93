//! The words of the house: typed names, time, secrets, kinds, levels, rules, rights, terms.
//!
//! Everything here is a value in memory. Nothing here decides, reads a clock or touches a file.

mod address;
mod class;
mod ending;
mod id;
mod kind;
mod rights;
mod rule;
mod secret;
mod terms;
mod text;
mod time;

pub use address::{Address, InvalidAddress};
pub use class::Class;
pub use ending::{Ending, UnknownCode};
pub use id::{
    BootId, ContractId, EquipmentId, EstablishmentId, GateId, InterventionId, InvalidName, PersonId,
    ProviderId, RecordingId, ServiceId, SessionId,
};
pub use kind::{Kind, Level, Path};
pub use rights::{Right, Rights};
pub use rule::{HouseRule, RuleId, Source, UnknownRule};
pub use secret::Secret;
pub use terms::Terms;
pub use text::{Lang, Text};
pub use time::Timestamp;
