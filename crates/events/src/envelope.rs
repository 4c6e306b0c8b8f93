//! The entry as every reader sees it: 16 random bytes, then the envelope around an event's data.

use vocab::{BootId, EstablishmentId, GateId, InterventionId, PersonId, RecordingId, SessionId, Timestamp};

use crate::Error;
use crate::field::{Field, part, wrong};
use crate::value::{self, Value};

/// The longest entry, random bytes included: what a ledger takes.
pub const ENTRY_MAX: usize = 65_535;
/// Random bytes before the text, so that a hash that outlives its entry says nothing of it.
pub const RANDOM_LEN: usize = 16;
/// Numbers of the events that make a log complete (`docs/formats/events.md` section 6).
#[expect(missing_docs, reason = "the names are those of the catalogue")]
pub mod number {
    pub const GATE_STOPPED: u64 = 101;
    pub const LEDGER_RESTORED: u64 = 102;
    pub const ENTRIES_PURGED: u64 = 130;
    pub const RECORDING_PURGED: u64 = 131;
    pub const HOLD_PLACED: u64 = 132;
    pub const HOLD_RELEASED: u64 = 133;
    pub const CHECKPOINT_TIMESTAMPED: u64 = 150;
    pub const SESSION_OPENED: u64 = 301;
    pub const SESSION_ENDED: u64 = 302;
    pub const SESSION_CRASHED: u64 = 303;
    pub const SECRET_LENT: u64 = 320;
    pub const RECORDING_PROGRESS: u64 = 400;
    pub const RECORDING_SEALED: u64 = 401;
    pub const SERVICE_ASSESSED: u64 = 630;
}

/// The version of the format.
pub(crate) const VERSION: u64 = 1;

part! {
    /// The envelope, under the names that it is written with; `data` is the event's own.
    pub Envelope {
        at: Timestamp, boot: BootId, by: Actor, code: String, data: Value, est: EstablishmentId, gate: GateId,
        intervention: Option<InterventionId>, n: u64, rec: Timestamp, seq: u64, session: Option<SessionId>,
        src: String, v: u64
    }
}

part! {
    /// How far a recording is durable (`recording.md` section 3): whole chunks, where the last one ends, root.
    pub Mark { chunks: u64, bytes: u64, root: [u8; 32] }
}

part! {
    /// A session that was open at the boundary of a purge, and the index of its opening.
    pub OpenAt { session: SessionId, recording: RecordingId, boot: BootId, index: u64, at: Timestamp }
}

part! {
    /// The last number that a source of a boot had given before the boundary of a purge.
    pub CountAt { boot: BootId, source: String, last: u64 }
}

part! {
    /// What the certificate of a purge says, to whoever judges it.
    pub Purged {
        from: u64, until: u64, root: [u8; 32], opened: u64, ended: u64, open: Vec<OpenAt>, counts: Vec<CountAt>,
        tallies: Value, newest: Timestamp, days: u64, reason: Option<Value>, holds: u64, held_from: Option<u64>
    }
}

part! {
    /// What is said of a recording that is removed.
    pub Gone { recording: RecordingId, root: [u8; 32], bytes: u64, ended: Timestamp, days: u64 }
}

part! {
    /// What is said of a hold.
    pub Held { hold: String, about: String, name: Option<String>, reason: Value, first: u64 }
}

impl Envelope {
    /// Reads an entry of a ledger. Only the one right spelling is taken.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > ENTRY_MAX {
            return Err(Error::TooLong(bytes.len()));
        }
        let text = bytes.get(RANDOM_LEN..).ok_or(Error::TooShort(bytes.len()))?;
        let text = std::str::from_utf8(text).map_err(|error| Error::Utf8(error.valid_up_to()))?;
        let value = value::parse(text)?;
        if let Value::Object(members) = &value
            && let Some(Value::Integer(version)) = members.get("v")
            && u64::try_from(*version) != Ok(VERSION)
        {
            return Err(Error::Version(*version));
        }
        let envelope = Self::read(Some(value))?;
        let again = envelope.text();
        match text.bytes().zip(again.bytes()).position(|(one, other)| one != other) {
            None if text.len() == again.len() => Ok(envelope),
            at => Err(Error::NotCanonical(at.unwrap_or(again.len().min(text.len())))),
        }
    }

    /// The event's data, whole.
    pub fn whole<T: Field>(&self) -> Result<T, Error> {
        T::read(Some(self.data.clone())).map_err(|error| error.within("data"))
    }

    /// A member of the event's data.
    pub fn member<T: Field>(&self, name: &str) -> Result<T, Error> {
        let data = if let Value::Object(data) = &self.data { data.get(name).cloned() } else { None };
        T::read(data).map_err(|error| error.within(name).within("data"))
    }

    pub(crate) fn text(&self) -> String {
        self.value().map(|value| value.to_string()).unwrap_or_default()
    }
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
