//! The contract side and the interventions, as values with their legal transitions.
//!
//! Nothing here is read from a disk or a clock: the store makes one consistent snapshot
//! ([`Facts`]) and everything above works on that.

mod agreement;
mod attempt;
mod contract;
mod country;
mod credentials;
mod direct;
mod document;
mod email;
mod equipment;
mod establishment;
mod facts;
mod intervention;
mod person;
mod provider;
mod retention;
mod risk;
mod service;
mod token;
mod window;
mod zone;

pub use agreement::{Acceptance, Agreement, Heading, PlanVersion, SecurityPlan, Theme};
pub use attempt::{Access, Attempt, Fingerprint, LoginProof, SecondFactor, Target};
pub use contract::{
    Contract, ContractForm, Original, ReportTerms, RequesterCheck, Requesters, Subcontract, Subcontracting,
};
pub use country::{Country, InvalidCountry, TransferBasis};
pub use credentials::{Credentials, VouchedKey};
pub use direct::{DirectPath, Flow, FlowHours, FlowSource, InvalidNetwork, Network};
pub use document::{Clause, Declaration, Declared, DocumentRef, Span};
pub use email::{Email, InvalidEmail};
pub use equipment::{
    DefaultAccounts, Disclosure, Due, DueGround, Equipment, HostKeyState, ReservedAccount, Rotation,
    RotationBy, SecretKind,
};
pub use establishment::{Delegation, Establishment, Officer, Turn};
pub use facts::{Asked, Facts, ServiceFacts, Staff, TraceStore};
pub use intervention::{
    Approval, Closing, Exception, ExceptionAsk, Extension, IllegalStep, Intervention, LongOperation, Outcome,
    RESIDUAL_MAX, RESIDUAL_NAME, Report, RequestedVia, ResidualItem, SetAside, State, Step, Tick,
};
pub use person::{Employer, Engagement, EngagementKind, Person, PersonKey};
pub use provider::{Nature, Provider, Suspension};
pub use retention::{
    About, CountThere, Hold, OpenThere, Purged, RECORDING_DAYS, RECORDING_DAYS_MIN, Retention, TRACE_DAYS,
    TRACE_DAYS_MAX, TRACE_DAYS_MIN, days,
};
pub use risk::{Derogation, Level4, RiskOption, RiskTreatment, Signature, Signed, SignedWhat, Transition};
pub use service::{Assurance, ChecklistItem, ImplementedBy, Purpose, Service};
pub use token::{Scope, Token};
pub use window::{InvalidWindow, LocalMoment, LocalTime, Weekday, Window, WindowKind, Windows};
pub use zone::{UnknownZone, Zone, moment};
