//! Several questions about facts, answered by one statement.
//!
//! Each statement is a way to the database's thread and back, which takes longer than what it finds there: whoever needs
//! many facts asks for all of them that it can name, and again for what these name.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use vocab::{EquipmentId, EstablishmentId, ProviderId, Timestamp};

use crate::StoreError;
use crate::fact::{self, Kind, Place};
use crate::sqlite::Db;

/// An answer: the question's number, the name, and the body unless names are all.
macro_rules! answer {
    () => {
        "select (q.value ->> 0) || char(31) || f.name || char(31) || case q.value ->> 4 when 1 then '' else f.body end x"
    };
}

/// A fact as it was at a moment.
macro_rules! then {
    () => {
        " and f.valid_from <= $6 and (f.valid_until is null or f.valid_until > $6)"
    };
}

/// Facts as they were at a moment. `cross join` keeps the questions outside and the facts, by index, inside; what asks
/// for names only never reads a body. All answers are one row: each row is a waking of the thread that waits for it.
const ANSWERS: &str = concat!(
    "select group_concat(x, char(30)) from (",
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
    ")",
);

/// What stands between two answers, and between the words of one: neither is in a name, nor in JSON, which escapes it.
const BETWEEN_ROWS: char = '\u{1e}';
const BETWEEN_WORDS: char = '\u{1f}';

/// One question: its number, what is asked of which kind, whose, by which word, and whether the name is all.
#[derive(Serialize)]
struct Question(usize, &'static str, String, String, u8);

/// Questions that are asked at once.
#[derive(Default)]
pub(crate) struct Wave {
    kinds: Vec<Kind>,
    by_name: Vec<Question>,
    by_link: Vec<Question>,
    by_also: Vec<Question>,
    by_kind: Vec<Question>,
    by_owner: Vec<Question>,
}

/// The place of an answer that is one fact, or none.
pub(crate) struct One<T>(usize, PhantomData<fn() -> T>);

/// The place of an answer that is facts, by name.
pub(crate) struct Many<T>(Vec<usize>, PhantomData<fn() -> T>);

/// The place of an answer that is names, in order.
pub(crate) struct Names<T>(Vec<usize>, PhantomData<fn() -> T>);

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
        self.kinds.push(kind);
        self.kinds.len() - 1
    }

    /// Asks everything, as it was at a moment. Nothing asked is no statement.
    ///
    /// # Errors
    /// The database fails, or answers otherwise than asked.
    pub(crate) async fn ask(self, db: &mut Db, as_of: Timestamp) -> Result<Answers, StoreError> {
        let mut answers = Answers { kinds: self.kinds, rows: BTreeMap::new() };
        if answers.kinds.is_empty() {
            return Ok(answers);
        }
        let mut statement = sqlx::query_scalar(ANSWERS);
        for asked in [self.by_name, self.by_link, self.by_also, self.by_kind, self.by_owner] {
            let asked =
                serde_json::to_string(&asked).map_err(|source| StoreError::Unwritable("question", source))?;
            statement = statement.bind(asked);
        }
        let found: Option<String> = statement.bind(as_of.as_micros()).fetch_one(db).await?;
        for row in found.iter().flat_map(|found| found.split(BETWEEN_ROWS)) {
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

/// What was found. Each answer is read once.
pub(crate) struct Answers {
    kinds: Vec<Kind>,
    rows: BTreeMap<usize, Vec<(String, String)>>,
}

impl Answers {
    /// The fact, if there is one.
    pub(crate) fn one<T: DeserializeOwned>(&mut self, at: One<T>) -> Result<Option<T>, StoreError> {
        let mut found = self.many(Many::<T>(vec![at.0], PhantomData))?;
        Ok(found.pop())
    }

    /// The facts, by name.
    pub(crate) fn many<T: DeserializeOwned>(&mut self, at: Many<T>) -> Result<Vec<T>, StoreError> {
        let mut rows = BTreeMap::new();
        let mut kind = Kind::Person;
        for number in at.0 {
            kind = self.kinds.get(number).copied().ok_or(StoreError::Column("question"))?;
            rows.extend(self.rows.remove(&number).unwrap_or_default());
        }
        rows.iter().map(|(name, body)| fact::read(kind, name, body)).collect()
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
}
