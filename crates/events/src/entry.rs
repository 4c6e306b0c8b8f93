//! One event of the catalogue with everything around it, to be written or read.

use vocab::{BootId, Class, EstablishmentId, GateId, InterventionId, SessionId, Timestamp};

use crate::catalogue::Fact;
use crate::envelope::{Actor, Envelope, RANDOM_LEN, VERSION};
use crate::field::{Field, wrong};
use crate::types::Word;
use crate::value::Value;
use crate::{Error, Sha256};

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

impl Entry {
    /// The bytes for the ledger. `random` was drawn for this entry alone; `sha256` hashes what is cut.
    pub fn encode(mut self, random: [u8; RANDOM_LEN], sha256: Sha256<'_>) -> Result<Vec<u8>, Error> {
        self.fact.clip(sha256);
        self.source.clip(sha256);
        let bytes = [random.as_slice(), self.envelope().text().as_bytes()].concat();
        // What could not be read back is not written.
        Self::decode(&bytes).map(|_| bytes)
    }

    /// Reads an entry of a ledger. Only the one right spelling of an event of the catalogue is taken.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let envelope = Envelope::decode(bytes)?;
        let fact = Fact::read(envelope.n, envelope.data.clone()).map_err(|error| error.within("data"))?;
        if fact.code() != envelope.code {
            return wrong("not the code of the event's number").map_err(|error| error.within("code"));
        }
        if fact.data() != envelope.data {
            return wrong("not the canonical spelling").map_err(|error| error.within("data"));
        }
        Ok(Self {
            at: envelope.at,
            recorded_at: envelope.rec,
            source: Word::read(Some(Value::Text(envelope.src))).map_err(|error| error.within("src"))?,
            seq: envelope.seq,
            gate: envelope.gate,
            boot: envelope.boot,
            establishment: envelope.est,
            by: envelope.by,
            session: envelope.session,
            intervention: envelope.intervention,
            fact,
        })
    }

    /// The event as a value, with what may travel up to `class` and nothing else.
    pub fn redacted(&self, class: Class) -> Value {
        let mut envelope = self.envelope();
        if let Value::Object(data) = &mut envelope.data {
            data.retain(|name, _| self.fact.class_of(name) <= class);
        }
        let mut value = envelope.value().unwrap_or(Value::Flag(false));
        if let Value::Object(members) = &mut value {
            // The envelope is public but for the person's name.
            members.retain(|name, _| name != "by" || class >= Class::Sensitive);
        }
        value
    }

    fn envelope(&self) -> Envelope {
        Envelope {
            at: self.at,
            boot: self.boot,
            by: self.by.clone(),
            code: self.fact.code().to_owned(),
            data: self.fact.data(),
            est: self.establishment.clone(),
            gate: self.gate.clone(),
            intervention: self.intervention.clone(),
            n: self.fact.number(),
            rec: self.recorded_at,
            seq: self.seq,
            session: self.session,
            src: self.source.as_str().to_owned(),
            v: VERSION,
        }
    }
}
