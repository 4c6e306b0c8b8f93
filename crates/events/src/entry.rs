//! The entry: 16 random bytes, then the envelope around one event.

use vocab::{BootId, Class, EstablishmentId, GateId, InterventionId, PersonId, SessionId, Timestamp};

use crate::catalogue::{Fact, part};
use crate::field::{Field, Word, wrong};
use crate::value::{self, Object, Value};
use crate::{Error, Sha256};

/// The longest entry, random bytes included: what a ledger takes.
pub const ENTRY_MAX: usize = 65_535;
/// Random bytes before the text, so that a hash that outlives its entry says nothing of it.
pub const RANDOM_LEN: usize = 16;
/// The version of the format.
const VERSION: u64 = 1;

/// One event with everything around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub at: Timestamp,
    /// When the gate wrote it down.
    pub recorded_at: Timestamp,
    /// Who observed it: `gate`, later the name of an agent.
    pub source: Word,
    /// Its number in the source's sequence: from 1 in each boot and log, without gap or repeat.
    pub seq: u64,
    /// The gate.
    pub gate: GateId,
    /// The gate's boot.
    pub boot: BootId,
    /// Whose log it stands in.
    pub establishment: EstablishmentId,
    /// Who acted.
    pub by: Actor,
    /// In which session, when in one.
    pub session: Option<SessionId>,
    /// In which intervention, when in one.
    pub intervention: Option<InterventionId>,
    /// What happened.
    pub fact: Fact,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The gate itself.
    Gate,
    /// Whoever sits at the host: he may neither approve nor consent.
    Host,
    /// A person who proved who he is in the act.
    Person(PersonId),
}

impl Entry {
    /// The bytes for the ledger. `random` was drawn for this entry alone; `sha256` hashes what is cut.
    pub fn encode(mut self, random: [u8; RANDOM_LEN], sha256: Sha256<'_>) -> Result<Vec<u8>, Error> {
        self.fact.clip(sha256);
        let text = self.wire(self.fact.data()).value().map(|wire| wire.to_string()).unwrap_or_default();
        let bytes = [random.as_slice(), text.as_bytes()].concat();
        // What could not be read back is not written.
        Self::decode(&bytes).map(|_| bytes)
    }

    /// Reads an entry of a ledger. Only the one right spelling is taken.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > ENTRY_MAX {
            return Err(Error::TooLong(bytes.len()));
        }
        let text = bytes.get(RANDOM_LEN..).ok_or(Error::TooShort(bytes.len()))?;
        let text = std::str::from_utf8(text).map_err(|error| Error::Utf8(error.valid_up_to()))?;
        let wire = Wire::read(Some(value::parse(text)?))?;
        let (version, number) = (wire.v, wire.n);
        if version != VERSION {
            return Err(Error::Version(version));
        }
        let fact = Fact::read(number, wire.data).map_err(|error| error.within("data"))?;
        let entry = Self {
            at: wire.at,
            recorded_at: wire.rec,
            source: wire.src,
            seq: wire.seq,
            gate: wire.gate,
            boot: wire.boot,
            establishment: wire.est,
            by: wire.by,
            session: wire.session,
            intervention: wire.intervention,
            fact,
        };
        let again = entry.wire(entry.fact.data()).value().map(|wire| wire.to_string()).unwrap_or_default();
        match text.bytes().zip(again.bytes()).position(|(one, other)| one != other) {
            None if text.len() == again.len() => Ok(entry),
            at => Err(Error::NotCanonical(at.unwrap_or(again.len().min(text.len())))),
        }
    }

    /// The event as a value, with what may travel up to `class` and nothing else.
    pub fn redacted(&self, class: Class) -> Value {
        let mut data = match self.fact.data() {
            Value::Object(data) => data,
            _ => Object::new(),
        };
        data.retain(|name, _| self.fact.class_of(name) <= class);
        let mut wire = match self.wire(Value::Object(data)).value() {
            Some(Value::Object(wire)) => wire,
            _ => Object::new(),
        };
        // The envelope is public but for the person's name.
        wire.retain(|name, _| name != "by" || class >= Class::Sensitive);
        Value::Object(wire)
    }

    fn wire(&self, data: Value) -> Wire {
        Wire {
            at: self.at,
            boot: self.boot,
            by: self.by.clone(),
            code: self.fact.code().into(),
            data,
            est: self.establishment.clone(),
            gate: self.gate.clone(),
            intervention: self.intervention.clone(),
            n: self.fact.number(),
            rec: self.recorded_at,
            seq: self.seq,
            session: self.session,
            src: self.source.clone(),
            v: VERSION,
        }
    }
}

part! {
    /// The envelope as it is written.
    pub(crate) Wire {
        at: Timestamp, boot: BootId, by: Actor, code: Word, data: Value, est: EstablishmentId, gate: GateId,
        intervention: Option<InterventionId>, n: u64, rec: Timestamp, seq: u64, session: Option<SessionId>,
        src: Word, v: u64
    }
}

impl Field for Actor {
    fn value(&self) -> Option<Value> {
        Some(Value::Text(match self {
            Self::Gate => "gate".to_owned(),
            Self::Host => "host operator".to_owned(),
            Self::Person(name) => format!("person:{name}"),
        }))
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        match String::read(value)?.as_str() {
            "gate" => Ok(Self::Gate),
            "host operator" => Ok(Self::Host),
            other => match other.strip_prefix("person:").and_then(|name| name.parse().ok()) {
                Some(name) => Ok(Self::Person(name)),
                None => wrong("neither `gate`, `host operator` nor a person"),
            },
        }
    }
}
