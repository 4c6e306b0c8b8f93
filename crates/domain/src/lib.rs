//! The contract side and the interventions, as values with their legal transitions.
//!
//! Nothing here is read from a disk or a clock: the store makes one consistent snapshot
//! ([`Facts`]) and everything above works on that.

mod agreement;
mod attempt;
mod attendance;
mod audit;
mod contract;
mod country;
mod credentials;
mod custody;
mod delivery;
mod direct;
mod document;
mod dossier;
mod email;
mod equipment;
mod establishment;
mod facts;
mod filed;
mod filter;
mod form;
mod installed;
mod intervention;
mod past;
mod person;
mod plan;
mod provider;
mod qualification;
mod retention;
mod review;
mod risk;
mod service;
mod token;
mod window;
mod witness;
mod zone;

pub use agreement::{Acceptance, Agreement, Heading, PlanVersion, SecurityPlan, Theme};
pub use attempt::{Access, Attempt, Fingerprint, LoginProof, SecondFactor, Target};
pub use attendance::{ATTENDANCE_MAX, Attendance};
pub use audit::{Audit, AuditFinding, FindingClosed};
pub use contract::{
    Contract, ContractForm, NoSubcontracting, Original, ReportTerms, RequesterCheck, Requesters, Subcontract,
    Subcontracting,
};
pub use country::{Country, InvalidCountry, TransferBasis};
pub use credentials::{Credentials, VouchedKey};
pub use custody::{Custody, Entrust, Entrusted};
pub use delivery::{DELIVERIES_MAX, DELIVERY_DIGITS, DELIVERY_NAME, Delivery, RELEASE_TERM, Settled};
pub use direct::{DirectPath, Flow, FlowHours, FlowSource, InvalidNetwork, Network};
pub use document::{Clause, Declaration, Declared, DocumentRef, Span};
pub use dossier::{Contact, Dossier, Notice, Tier};
pub use email::{Email, InvalidEmail};
pub use equipment::{
    Commissioning, DefaultAccounts, Disclosure, Due, DueGround, Equipment, HostKeyState, ReservedAccount,
    Rotation, RotationBy, SecretKind,
};
pub use establishment::{Delegation, Establishment, Officer, Power, Turn};
pub use facts::{
    Asked, FactVersion, Facts, GateSeen, ServiceFacts, Staff, TraceStore, UNREVIEWED_DAYS, UNREVIEWED_MAX,
};
pub use filed::{
    Confirmed, Covers, EVIDENCE_DAYS, EvidenceSource, FILED_COUNT_MAX, FILED_MAX, FILED_NAME_MAX, Filed,
    FiledAs, InvalidPaperId, PAPER_DAYS, PaperId, bears_on, is_filed_name,
};
pub use filter::{FilterCheck, REVIEW_MAX};
pub use form::{Form, NoForm};
pub use installed::{
    Cvss, Decision, Installed, InvalidCvss, Open, Party, Postponed, VULNERABILITY_MAX, Vulnerability,
    is_vulnerability,
};
pub use intervention::{
    Approval, Closing, Exception, ExceptionAsk, Extension, IllegalStep, Intervention, LongOperation, Outcome,
    RESIDUAL_MAX, RESIDUAL_NAME, Report, RequestedVia, ResidualItem, Reviewed, SetAside, State, Step, Tick,
};
pub use past::{CONSENT, PAST_MAX, PastConsent, PastWork};
pub use person::{Employer, Engagement, EngagementKind, Person, PersonKey};
pub use plan::{PLAN_AHEAD, PlanAsk, plan_max};
pub use provider::{INCIDENTS_KEPT, Incident, Nature, Provider, Suspension};
pub use qualification::{
    CareImpact, Qualification, TELEPHONE_MAX, TICKET_MAX, Ticket, TicketCheck, UnknownImpact, is_telephone,
    is_ticket,
};
pub use retention::{
    About, CountThere, FACT_DAYS, FACT_DAYS_MAX, FACT_DAYS_MIN, Hold, OpenThere, Purged, RECORDING_DAYS,
    RECORDING_DAYS_MIN, Retention, Silence, TRACE_DAYS, TRACE_DAYS_MAX, TRACE_DAYS_MIN, days,
};
pub use review::{Accounts, AccountsReview};
pub use risk::{
    Avoided, Cover, Derogation, Estimate, Level4, Measure, RISK_MATRIX, Reached, Risk, RiskOption,
    RiskTreatment, Signature, Signed, SignedWhat, ThreatId, Transition, TreatmentPart,
};
pub use service::{Assurance, ChecklistItem, ImplementedBy, Purpose, Service, UncheckedTicket};
pub use token::{Scope, Token};
pub use window::{InvalidWindow, LocalMoment, LocalTime, Weekday, Window, WindowKind, Windows};
pub use witness::{Witness, Witnessed, WitnessedWhat};
pub use zone::{Day, UnknownZone, Zone, moment};
