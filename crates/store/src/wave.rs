//! Several questions about facts, answered by one statement.
//!
//! Each statement is a way to the database's thread and back, which takes longer than what it finds there: whoever needs
//! many facts asks for all of them that it can name, and again for what these name.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use domain::{DirectPath, Intervention, RiskTreatment, Service, Signature, Signed, Transition};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vocab::{ContractId, EquipmentId, EstablishmentId, InterventionId, ProviderId, ServiceId, Timestamp};

use crate::StoreError;
use crate::fact::{self, Kind, Place};
use crate::sqlite::Db;

/// An answer: the question's number, the name, and the body unless names are all.
macro_rules! answer {
    () => {
        "select (q.value ->> 0) || char(31) || f.name || char(31) || case q.value ->> 4 when 1 then '' else f.body end x"
    };
}

/// An answer of a service: which of its questions, counted from the first, the name, the body.
macro_rules! answer_of_service {
    ($nth:literal) => {
        concat!(" union all select (s.n + ", $nth, ") || char(31) || f.name || char(31) || f.body")
    };
}

/// A fact as it was at a moment.
macro_rules! then {
    () => {
        " and f.valid_from <= $8 and (f.valid_until is null or f.valid_until > $8)"
    };
}

/// Facts as they were at a moment. `cross join` keeps the questions outside and the facts, by index, inside; what asks
/// for names only never reads a body. All answers are one row: each row is a waking of the thread that waits for it.
///
/// `s` are the services that are asked for by name, and those of a contract that cover an equipment. What is due of one
/// are its interventions as they were: what is settled now and did not change since was settled then, and is counted.
///
/// The first word is the version of what others committed, as this statement sees it (`pragma data_version`).
const ANSWERS: &str = concat!(
    "with s(n, establishment, name, body) as materialized (
      select q.value ->> 0, q.value ->> 2, q.value ->> 3, null from json_each($6) q where q.value ->> 1 is null
      union all
      select q.value ->> 0, f.establishment, f.name, f.body from json_each($6) q cross join fact f
      where f.kind = 'service' and f.establishment = q.value ->> 2 and f.link = q.value ->> 1
          and exists (select 1 from json_each(f.body, '$.equipment') e where e.value = q.value ->> 3)",
    then!(),
    ")
    select (select data_version from pragma_data_version) || coalesce(char(30) || group_concat(x, char(30)), '') from (",
    answer!(),
    " from json_each($1) q cross join fact f
      where f.kind = q.value ->> 1 and f.establishment = q.value ->> 2 and f.name = q.value ->> 3",
    then!(),
    " union all ",
    answer!(),
    " from json_each($2) q cross join fact f
      where f.kind = q.value ->> 1 and f.establishment = q.value ->> 2 and f.link = q.value ->> 3",
    then!(),
    " union all ",
    answer!(),
    " from json_each($3) q cross join fact f
      where f.kind = q.value ->> 1 and f.establishment = q.value ->> 2 and f.also = q.value ->> 3 and f.also <> ''",
    then!(),
    " union all ",
    answer!(),
    " from json_each($4) q cross join fact f
      where f.kind = q.value ->> 1 and f.establishment = q.value ->> 2",
    then!(),
    " union all
      select (q.value ->> 0) || char(31) || f.establishment || char(31)
      from json_each($5) q cross join fact f
      where f.kind = q.value ->> 1 and f.name = q.value ->> 3",
    then!(),
    " union all
      select (q.value ->> 0) || char(31) || (q.value ->> 3) || char(31) || (
          select body from intervention_history h where h.intervention = q.value ->> 3 and h.changed_at <= $8
          order by version desc limit 1)
      from json_each($7) q",
    " union all select s.n || char(31) || s.name || char(31) || s.body from s where s.body is not null",
    answer_of_service!(1),
    " from s cross join fact f
      where f.kind = 'treatment' and f.establishment = s.establishment and f.link = s.name",
    then!(),
    answer_of_service!(2),
    " from s cross join fact f
      where f.kind = 'transition' and f.establishment = s.establishment and f.name = s.name",
    then!(),
    answer_of_service!(3),
    " from s cross join fact f
      where f.kind = 'direct' and f.establishment = s.establishment and f.name = s.name",
    then!(),
    // A signature's name begins with its service and a slash, which no name holds; the sign after the slash is a zero.
    answer_of_service!(4),
    " from s cross join fact f
      where f.kind = 'signature' and f.establishment = s.establishment
          and f.name > s.name || '/' and f.name < s.name || '0'",
    then!(),
    " union all select (s.n + 5) || char(31) || h.intervention || char(31) || h.body
      from s cross join intervention i join intervention_history h on h.intervention = i.id
      where i.establishment = s.establishment and i.service = s.name and (i.settled = 0 or i.changed_at > $8)
          and h.version = (
              select max(version) from intervention_history
              where intervention = i.id and changed_at <= $8)",
    " union all select (s.n + 6) || char(31) || s.name || char(31) || count(*)
      from s cross join intervention i
      where i.establishment = s.establishment and i.service = s.name and i.settled = 1 and i.state = 'closed'
          and i.changed_at <= $8
      group by s.n, s.name",
    ")",
);

/// What stands between two answers, and between the words of one: neither is in a name, nor in JSON, which escapes it.
const BETWEEN_ROWS: char = '\u{1e}';
const BETWEEN_WORDS: char = '\u{1f}';

/// One question: its number, what is asked of which kind, whose, by which word, and whether the name is all.
#[derive(Serialize)]
struct Question(usize, &'static str, String, String, u8);

/// What is asked of services: the first number, the contract whose services cover an equipment (or none, and the service is
/// named), whose, and the equipment or the service.
#[derive(Serialize)]
struct OfServices(usize, Option<String>, String, String);

/// What is asked of services, in the order of the statement, by the name that an unreadable answer is told by.
const OF_SERVICES: [&str; 7] = [
    Kind::Service.as_str(),
    Kind::Treatment.as_str(),
    Kind::Transition.as_str(),
    Kind::Direct.as_str(),
    Kind::Signature.as_str(),
    INTERVENTION,
    "settled interventions",
];
const INTERVENTION: &str = "intervention";

/// Questions that are asked at once.
#[derive(Default)]
pub(crate) struct Wave {
    /// What each question is answered with.
    kinds: Vec<&'static str>,
    by_name: Vec<Question>,
    by_link: Vec<Question>,
    by_also: Vec<Question>,
    by_kind: Vec<Question>,
    by_owner: Vec<Question>,
    of_services: Vec<OfServices>,
    interventions: Vec<Question>,
}

/// The place of an answer that is one fact, or none.
pub(crate) struct One<T>(usize, PhantomData<fn() -> T>);

/// The place of an answer that is facts, by name.
pub(crate) struct Many<T>(Vec<usize>, PhantomData<fn() -> T>);

/// The place of an answer that is names, in order.
pub(crate) struct Names<T>(Vec<usize>, PhantomData<fn() -> T>);

/// The place of what is proposed for services, of what was signed, and of their interventions.
pub(crate) struct Life {
    treatments: Many<RiskTreatment>,
    transitions: Many<Transition>,
    direct: Many<DirectPath>,
    signatures: Many<(Signature, Signed)>,
    due: Many<Intervention>,
    settled: Many<u64>,
}

/// What was found of that, of all these services.
pub(crate) struct Lives {
    pub(crate) treatments: Vec<RiskTreatment>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) direct: Vec<DirectPath>,
    pub(crate) signatures: Vec<(Signature, Signed)>,
    /// Those that were not settled, or are not now, as they were.
    pub(crate) due: Vec<Intervention>,
    /// How many closed ones of each service were settled and did not change since.
    pub(crate) settled: BTreeMap<String, u64>,
}

impl Wave {
    /// The fact at this place.
    pub(crate) fn one<T>(&mut self, place: Place) -> One<T> {
        let number = self.number(place.kind);
        self.by_name.push(Question(number, place.kind.as_str(), place.establishment, place.name, 0));
        One(number, PhantomData)
    }

    /// The facts of a kind of an establishment.
    pub(crate) fn all<T>(&mut self, kind: Kind, establishment: &EstablishmentId) -> Many<T> {
        let number = self.number(kind);
        self.by_kind.push(Question(number, kind.as_str(), establishment.to_string(), String::new(), 0));
        Many(vec![number], PhantomData)
    }

    /// The facts of a kind that are looked for by this link; of no establishment: of the deployment.
    pub(crate) fn linked<T>(
        &mut self,
        kind: Kind,
        establishment: Option<&EstablishmentId>,
        link: &str,
    ) -> Many<T> {
        Many(vec![self.by_link(kind, establishment, link, 0)], PhantomData)
    }

    /// The people whom a provider employs, or who come on its behalf.
    pub(crate) fn people_of<T>(&mut self, provider: &ProviderId) -> Many<T> {
        Many(self.people(provider.as_str(), 0), PhantomData)
    }

    /// Their names: all that most questions need of them.
    pub(crate) fn names_of_people_of<T>(&mut self, provider: &ProviderId) -> Names<T> {
        Names(self.people(provider.as_str(), 1), PhantomData)
    }

    /// The equipment whose facts of this kind have this link: a login, or a tag.
    pub(crate) fn equipment_linked(
        &mut self,
        kind: Kind,
        establishment: &EstablishmentId,
        link: &str,
    ) -> Names<EquipmentId> {
        Names(vec![self.by_link(kind, Some(establishment), link, 1)], PhantomData)
    }

    /// The establishments that have an equipment of this name.
    pub(crate) fn owners(&mut self, equipment: &EquipmentId) -> Names<EstablishmentId> {
        let number = self.number(Kind::Equipment);
        let name = equipment.to_string();
        self.by_owner.push(Question(number, Kind::Equipment.as_str(), String::new(), name, 1));
        Names(vec![number], PhantomData)
    }

    /// An intervention, as it was.
    pub(crate) fn intervention(&mut self, id: &InterventionId) -> One<Intervention> {
        let number = self.numbered(INTERVENTION);
        self.interventions.push(Question(number, INTERVENTION, String::new(), id.to_string(), 0));
        One(number, PhantomData)
    }

    /// What is proposed for a service, signed and due.
    pub(crate) fn life(&mut self, establishment: &EstablishmentId, service: &ServiceId) -> Life {
        self.of_services(None, establishment, service.as_str()).1
    }

    /// The services of a contract that cover an equipment, with what is proposed for them, signed and due.
    pub(crate) fn covering(
        &mut self,
        establishment: &EstablishmentId,
        contract: &ContractId,
        equipment: &EquipmentId,
    ) -> (Many<Service>, Life) {
        self.of_services(Some(contract.to_string()), establishment, equipment.as_str())
    }

    fn of_services(
        &mut self,
        contract: Option<String>,
        establishment: &EstablishmentId,
        name: &str,
    ) -> (Many<Service>, Life) {
        let first = self.kinds.len();
        self.kinds.extend(OF_SERVICES);
        self.of_services.push(OfServices(first, contract, establishment.to_string(), name.to_owned()));
        let life = Life {
            treatments: nth(first, 1),
            transitions: nth(first, 2),
            direct: nth(first, 3),
            signatures: nth(first, 4),
            due: nth(first, 5),
            settled: nth(first, 6),
        };
        (nth(first, 0), life)
    }

    fn people(&mut self, provider: &str, names_only: u8) -> Vec<usize> {
        let employed = self.by_link(Kind::Person, None, provider, names_only);
        let sent = self.number(Kind::Person);
        let kind = Kind::Person.as_str();
        self.by_also.push(Question(sent, kind, String::new(), provider.to_owned(), names_only));
        vec![employed, sent]
    }

    fn by_link(
        &mut self,
        kind: Kind,
        establishment: Option<&EstablishmentId>,
        link: &str,
        names_only: u8,
    ) -> usize {
        let number = self.number(kind);
        let whose = establishment.map(ToString::to_string).unwrap_or_default();
        self.by_link.push(Question(number, kind.as_str(), whose, link.to_owned(), names_only));
        number
    }

    fn number(&mut self, kind: Kind) -> usize {
        self.numbered(kind.as_str())
    }

    fn numbered(&mut self, kind: &'static str) -> usize {
        self.kinds.push(kind);
        self.kinds.len() - 1
    }

    /// Asks everything, as it was at a moment. Nothing asked is no statement.
    ///
    /// # Errors
    /// The database fails, or answers otherwise than asked.
    pub(crate) async fn ask(self, db: &mut Db, as_of: Timestamp) -> Result<Answers, StoreError> {
        let mut answers = Answers { kinds: self.kinds, rows: BTreeMap::new(), version: None };
        if answers.kinds.is_empty() {
            return Ok(answers);
        }
        let of_services = written(&self.of_services)?;
        let mut statement = sqlx::query_scalar(ANSWERS);
        for asked in [self.by_name, self.by_link, self.by_also, self.by_kind, self.by_owner] {
            statement = statement.bind(written(&asked)?);
        }
        statement = statement.bind(of_services).bind(written(&self.interventions)?);
        let found: String = statement.bind(as_of.as_micros()).fetch_one(db).await?;
        let mut rows = found.split(BETWEEN_ROWS);
        answers.version = rows.next().map(ToOwned::to_owned);
        for row in rows {
            let mut words = row.splitn(3, BETWEEN_WORDS);
            let (Some(number), Some(name), Some(body)) = (words.next(), words.next(), words.next()) else {
                return Err(StoreError::Column("question"));
            };
            let number = number.parse().map_err(|_| StoreError::Column("question"))?;
            answers.rows.entry(number).or_default().push((name.to_owned(), body.to_owned()));
        }
        Ok(answers)
    }
}

fn nth<T>(first: usize, nth: usize) -> Many<T> {
    Many(vec![first.saturating_add(nth)], PhantomData)
}

fn written<T: Serialize>(asked: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(asked).map_err(|source| StoreError::Unwritable("question", source))
}

/// What was found. Each answer is read once.
pub(crate) struct Answers {
    kinds: Vec<&'static str>,
    rows: BTreeMap<usize, Vec<(String, String)>>,
    version: Option<String>,
}

impl Answers {
    /// The version of what others committed that all of this was read at; two that are the same, on one connection, were
    /// read from one state. `None`: nothing was asked.
    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The fact, if there is one.
    pub(crate) fn one<T: DeserializeOwned>(&mut self, at: One<T>) -> Result<Option<T>, StoreError> {
        let mut found = self.many(Many::<T>(vec![at.0], PhantomData))?;
        Ok(found.pop())
    }

    /// The facts, by name.
    pub(crate) fn many<T: DeserializeOwned>(&mut self, at: Many<T>) -> Result<Vec<T>, StoreError> {
        let mut rows = BTreeMap::new();
        let mut kind = "question";
        for number in at.0 {
            kind = self.kinds.get(number).copied().ok_or(StoreError::Column("question"))?;
            rows.extend(self.rows.remove(&number).unwrap_or_default());
        }
        rows.iter().map(|(name, body)| fact::read_as(kind, name, body)).collect()
    }

    /// The facts as they are written, by name: for whoever reads few of many.
    pub(crate) fn written<T>(&mut self, at: Many<T>) -> BTreeMap<String, String> {
        at.0.iter().filter_map(|number| self.rows.remove(number)).flatten().collect()
    }

    /// The names, in order.
    pub(crate) fn names<T: std::str::FromStr>(&mut self, at: Names<T>) -> Result<Vec<T>, StoreError> {
        let mut names: Vec<String> = Vec::new();
        for number in at.0 {
            names.extend(self.rows.remove(&number).unwrap_or_default().into_iter().map(|(name, _)| name));
        }
        names.sort();
        names.dedup();
        names.iter().map(|name| name.parse().map_err(|_| StoreError::Column("fact.name"))).collect()
    }

    /// What is proposed for services, signed and due.
    pub(crate) fn lives(&mut self, at: Life) -> Result<Lives, StoreError> {
        let settled = at.settled.0.iter().filter_map(|number| self.rows.remove(number)).flatten();
        let settled = settled.map(|(service, count)| {
            Ok((service, count.parse().map_err(|_| StoreError::Column("intervention.settled"))?))
        });
        Ok(Lives {
            settled: settled.collect::<Result<_, StoreError>>()?,
            treatments: self.many(at.treatments)?,
            transitions: self.many(at.transitions)?,
            direct: self.many(at.direct)?,
            signatures: self.many(at.signatures)?,
            due: self.many(at.due)?,
        })
    }
}
