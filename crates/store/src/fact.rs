//! Facts: documents whose versions are closed and followed, never changed.

use std::time::Duration;

use domain::{Employer, Equipment, RiskTreatment, SignedWhat};
use gate::ports::{FactName, Stood};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vocab::{EquipmentId, EstablishmentId, ServiceId, Timestamp};

use crate::StoreError;
use crate::sqlite::Db;

pub(crate) use gate::ports::FactKind as Kind;

/// How far behind the newest version of a fact an act may be dated, and still count from that version on: what a
/// time server takes back in one step. More than that is a clock nobody may lean on, and the act is refused.
const CLOCK_STEP: Duration = Duration::from_secs(10);

/// Where a fact stands: its kind, whose it is (empty: the deployment's), its name.
pub(crate) struct Place {
    pub(crate) kind: Kind,
    pub(crate) establishment: String,
    pub(crate) name: String,
}

impl Place {
    pub(crate) fn new(kind: Kind, establishment: &EstablishmentId, name: impl ToString) -> Self {
        Self { kind, establishment: establishment.to_string(), name: name.to_string() }
    }

    pub(crate) fn common(kind: Kind, name: impl ToString) -> Self {
        Self { kind, establishment: String::new(), name: name.to_string() }
    }

    pub(crate) fn signature(at: &EstablishmentId, service: &ServiceId, what: &SignedWhat) -> Self {
        let (establishment, service, what) = (at.clone(), service.clone(), what.clone());
        Self::from(&FactName::Signature { establishment, service, what })
    }
}

impl From<&FactName> for Place {
    fn from(name: &FactName) -> Self {
        let establishment = name.establishment().map(ToString::to_string).unwrap_or_default();
        Self { kind: name.kind(), establishment, name: name.label() }
    }
}

/// A fact to be written: where it stands, what it is looked for by, what it says.
pub(crate) struct Written {
    place: Place,
    link: String,
    also: String,
    body: String,
}

impl Written {
    pub(crate) fn new(place: Place, link: impl ToString, value: &impl Serialize) -> Result<Self, StoreError> {
        let body = serde_json::to_string(value)
            .map_err(|source| StoreError::Unwritable(place.kind.as_str(), source))?;
        Ok(Self { place, link: link.to_string(), also: String::new(), body })
    }

    /// With a second word that it is looked for by.
    pub(crate) fn also(self, also: impl ToString) -> Self {
        Self { also: also.to_string(), ..self }
    }
}

/// An equipment as it is kept: what the store works out itself is left out.
pub(crate) fn own_words(equipment: &Equipment) -> Equipment {
    let mut equipment = equipment.clone();
    if let Some(account) = &mut equipment.account {
        account.login_shared_with.clear();
        account.secret_shared_with.clear();
        (account.rotated_at, account.rotation_due) = (None, None);
        account.secret_held = false;
    }
    equipment
}

/// A treatment as it is kept: what the store finds elsewhere is left out.
pub(crate) fn as_proposed(treatment: &RiskTreatment) -> RiskTreatment {
    RiskTreatment { signed: None, transferred: None, ..treatment.clone() }
}

/// What an equipment is looked for by: the login of its reserved account.
pub(crate) fn equipment_link(equipment: &Equipment) -> String {
    equipment.account.as_ref().map(|account| account.login.clone()).unwrap_or_default()
}

/// What a person is looked for by: the provider that employs him.
pub(crate) fn person_link(employer: &Employer) -> String {
    match employer {
        Employer::Provider(id) => id.to_string(),
        Employer::Establishment(_) => String::new(),
    }
}

/// Records a fact from `at` on. The version that stood is closed; one that says the same stays: `false`.
pub(crate) async fn put(db: &mut Db, fact: &Written, at: Timestamp, by: &str) -> Result<bool, StoreError> {
    let place = &fact.place;
    let (version, from) = match standing(db, place).await? {
        Some(stands) if stands.body == fact.body => return Ok(false),
        Some(stands) => (stands.version + 1, close(db, &stands, at, by).await?),
        None => following(db, place, at).await?,
    };
    sqlx::query(
        "insert into fact (kind, establishment, name, version, link, also, valid_from, recorded_at, recorded_by, body)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(place.kind.as_str())
    .bind(&place.establishment)
    .bind(&place.name)
    .bind(version)
    .bind(&fact.link)
    .bind(&fact.also)
    .bind(from.as_micros())
    .bind(at.as_micros())
    .bind(by)
    .bind(&fact.body)
    .execute(db)
    .await?;
    Ok(true)
}

/// Ends a fact at `at` if it stands; `false`: it does not.
pub(crate) async fn end_any(db: &mut Db, place: &Place, at: Timestamp, by: &str) -> Result<bool, StoreError> {
    match standing(db, place).await? {
        Some(stands) => close(db, &stands, at, by).await.map(|_| true),
        None => Ok(false),
    }
}

/// Ends a fact at `at`, without a successor.
pub(crate) async fn end(db: &mut Db, place: &Place, at: Timestamp, by: &str) -> Result<(), StoreError> {
    if end_any(db, place, at, by).await? {
        Ok(())
    } else {
        Err(StoreError::Missing(format!("{} `{}`", place.kind.as_str(), place.name)))
    }
}

/// `at`, or the moment of what is recorded already when the clock is a step behind it.
pub(crate) fn not_before(at: Timestamp, recorded: Timestamp) -> Result<Timestamp, StoreError> {
    let behind = recorded.since(at);
    if behind > CLOCK_STEP { Err(StoreError::ClockBehind(behind.as_secs())) } else { Ok(at.max(recorded)) }
}

struct Standing {
    id: i64,
    version: i64,
    valid_from: Timestamp,
    body: String,
}

/// The version that stands now, if one does.
pub(crate) async fn stands<T: DeserializeOwned>(db: &mut Db, place: &Place) -> Result<Option<T>, StoreError> {
    let stands = standing(db, place).await?;
    stands.map(|stands| read(place.kind, &place.name, &stands.body)).transpose()
}

async fn standing(db: &mut Db, place: &Place) -> Result<Option<Standing>, StoreError> {
    let row: Option<(i64, i64, i64, String)> = sqlx::query_as(
        "select id, version, valid_from, body from fact
         where kind = $1 and establishment = $2 and name = $3 and valid_until is null",
    )
    .bind(place.kind.as_str())
    .bind(&place.establishment)
    .bind(&place.name)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(id, version, from, body)| Standing {
        id,
        version,
        valid_from: Timestamp::from_micros(from),
        body,
    }))
}

async fn close(db: &mut Db, stands: &Standing, at: Timestamp, by: &str) -> Result<Timestamp, StoreError> {
    let until = not_before(at, stands.valid_from)?;
    sqlx::query("update fact set valid_until = $1, closed_at = $2, closed_by = $3 where id = $4")
        .bind(until.as_micros())
        .bind(at.as_micros())
        .bind(by)
        .bind(stands.id)
        .execute(db)
        .await?;
    Ok(until)
}

/// Version and first moment of a fact that does not stand: new, or ended before.
async fn following(db: &mut Db, place: &Place, at: Timestamp) -> Result<(i64, Timestamp), StoreError> {
    let last: Option<(i64, i64)> = sqlx::query_as(
        "select version, valid_until from fact
         where kind = $1 and establishment = $2 and name = $3 order by version desc limit 1",
    )
    .bind(place.kind.as_str())
    .bind(&place.establishment)
    .bind(&place.name)
    .fetch_optional(db)
    .await?;
    match last {
        Some((version, until)) => Ok((version + 1, not_before(at, Timestamp::from_micros(until))?)),
        None => Ok((1, at)),
    }
}

/// The newest moment at which any fact began or ended.
pub(crate) async fn newest(db: &mut Db) -> Result<Option<Timestamp>, StoreError> {
    let newest: Option<i64> = sqlx::query_scalar(
        "select max(moment) from
             (select valid_from as moment from fact union all select valid_until from fact) as moments",
    )
    .fetch_one(db)
    .await?;
    Ok(newest.map(Timestamp::from_micros))
}

/// The last moment at which a fact of an establishment or of the deployment named this hash; the end of time: one does now.
/// What is kept of a document itself names it to nobody.
pub(crate) async fn named_until(
    db: &mut Db,
    establishment: &EstablishmentId,
    sha256: &str,
) -> Result<Option<Timestamp>, StoreError> {
    // Whether any: a moment says when the last one ended, or none that one stands.
    let row: (i64, Option<i64>, i64) = sqlx::query_as(
        "select count(*), max(valid_until), count(*) - count(valid_until) from fact
         where establishment in ('', $1) and kind not in ('filed', 'hold', 'token') and instr(body, $2) > 0",
    )
    .bind(establishment.as_str())
    .bind(sha256)
    .fetch_one(db)
    .await?;
    Ok(match row {
        (0, ..) => None,
        (_, Some(until), 0) => Some(Timestamp::from_micros(until)),
        _ => Some(Timestamp::MAX),
    })
}

/// The fact at this place, as it was valid at a moment.
pub(crate) async fn get<T: DeserializeOwned>(
    db: &mut Db,
    place: &Place,
    as_of: Timestamp,
) -> Result<Option<T>, StoreError> {
    let body: Option<String> = sqlx::query_scalar(
        "select body from fact
         where kind = $1 and establishment = $2 and name = $3
             and valid_from <= $4 and (valid_until is null or valid_until > $4)",
    )
    .bind(place.kind.as_str())
    .bind(&place.establishment)
    .bind(&place.name)
    .bind(as_of.as_micros())
    .fetch_optional(db)
    .await?;
    body.map(|body| read(place.kind, &place.name, &body)).transpose()
}

/// The versions of the fact at this place that stood at any moment since, the newest first.
pub(crate) async fn versions_since<T: DeserializeOwned>(
    db: &mut Db,
    place: &Place,
    since: Timestamp,
) -> Result<Vec<T>, StoreError> {
    let bodies: Vec<String> = sqlx::query_scalar(
        "select body from fact where kind = $1 and establishment = $2 and name = $3
             and (valid_until is null or valid_until >= $4)
         order by version desc",
    )
    .bind(place.kind.as_str())
    .bind(&place.establishment)
    .bind(&place.name)
    .bind(since.as_micros())
    .fetch_all(db)
    .await?;
    bodies.iter().map(|body| read(place.kind, &place.name, body)).collect()
}

/// All facts of a kind of an establishment (`None`: of the deployment), by name.
pub(crate) async fn list<T: DeserializeOwned>(
    db: &mut Db,
    kind: Kind,
    establishment: Option<&EstablishmentId>,
    as_of: Timestamp,
) -> Result<Vec<T>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name, body from fact
         where kind = $1 and establishment = $2
             and valid_from <= $3 and (valid_until is null or valid_until > $3)
         order by name",
    )
    .bind(kind.as_str())
    .bind(establishment.map_or("", EstablishmentId::as_str))
    .bind(as_of.as_micros())
    .fetch_all(db)
    .await?;
    rows.iter().map(|(name, body)| read(kind, name, body)).collect()
}

/// Number and first moment of the version of each of these facts that stood at a moment.
pub(crate) async fn version_of_each(
    db: &mut Db,
    names: &[FactName],
    as_of: Timestamp,
) -> Result<Vec<Stood>, StoreError> {
    let places = names.iter().map(Place::from);
    let asked: Vec<_> = places.map(|place| (place.kind.as_str(), place.establishment, place.name)).collect();
    let asked = serde_json::to_string(&asked).map_err(|source| StoreError::Unwritable("question", source))?;
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
        "select q.key, f.version, f.valid_from from json_each($1) q cross join fact f
         where f.kind = q.value ->> 0 and f.establishment = q.value ->> 1 and f.name = q.value ->> 2
             and f.valid_from <= $2 and (f.valid_until is null or f.valid_until > $2)",
    )
    .bind(asked)
    .bind(as_of.as_micros())
    .fetch_all(db)
    .await?;
    let mut found = vec![None; names.len()];
    for (place, version, from) in rows {
        let place = usize::try_from(place).ok().and_then(|place| found.get_mut(place));
        let version = u32::try_from(version).map_err(|_| StoreError::Column("fact.version"))?;
        *place.ok_or(StoreError::Column("question"))? = Some((version, Timestamp::from_micros(from)));
    }
    Ok(found)
}

/// Every version that a fact ever had, in their order, each with its end.
pub(crate) async fn versions<T: DeserializeOwned>(
    db: &mut Db,
    place: &Place,
) -> Result<Vec<(Option<Timestamp>, T)>, StoreError> {
    let rows: Vec<(Option<i64>, String)> = sqlx::query_as(
        "select valid_until, body from fact where kind = $1 and establishment = $2 and name = $3 order by version",
    )
    .bind(place.kind.as_str())
    .bind(&place.establishment)
    .bind(&place.name)
    .fetch_all(db)
    .await?;
    let version = |(until, body): &(Option<i64>, String)| {
        Ok((until.map(Timestamp::from_micros), read(place.kind, &place.name, body)?))
    };
    rows.iter().map(version).collect()
}

/// Every version that ever stood of the deployment's facts of a kind.
pub(crate) async fn all_versions<T: DeserializeOwned>(db: &mut Db, kind: Kind) -> Result<Vec<T>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select name, body from fact where kind = $1 and establishment = '' order by id")
            .bind(kind.as_str())
            .fetch_all(db)
            .await?;
    rows.iter().map(|(name, body)| read(kind, name, body)).collect()
}

/// All facts of a kind in the whole deployment, by establishment and name.
pub(crate) async fn everywhere<T: DeserializeOwned>(
    db: &mut Db,
    kind: Kind,
    as_of: Timestamp,
) -> Result<Vec<T>, StoreError> {
    let rows = rows_everywhere(db, kind, as_of).await?;
    rows.iter().map(|(_, name, body)| read(kind, name, body)).collect()
}

/// All facts of a kind that establishments have of their equipment, with whose they are.
pub(crate) async fn of_equipment<T: DeserializeOwned>(
    db: &mut Db,
    kind: Kind,
    as_of: Timestamp,
) -> Result<Vec<(EstablishmentId, EquipmentId, T)>, StoreError> {
    let column = |_| StoreError::Column("fact.name");
    let one = |(establishment, name, body): &(String, String, String)| {
        let whose = (establishment.parse().map_err(column)?, name.parse().map_err(column)?);
        Ok((whose.0, whose.1, read(kind, name, body)?))
    };
    rows_everywhere(db, kind, as_of).await?.iter().map(one).collect()
}

/// Establishment, name and body of all facts of a kind.
async fn rows_everywhere(
    db: &mut Db,
    kind: Kind,
    as_of: Timestamp,
) -> Result<Vec<(String, String, String)>, StoreError> {
    let rows = sqlx::query_as(
        "select establishment, name, body from fact
         where kind = $1 and valid_from <= $2 and (valid_until is null or valid_until > $2)
         order by establishment, name",
    );
    Ok(rows.bind(kind.as_str()).bind(as_of.as_micros()).fetch_all(db).await?)
}

/// Those facts of a kind that are looked for by this link, by name.
pub(crate) async fn linked<T: DeserializeOwned>(
    db: &mut Db,
    kind: Kind,
    establishment: Option<&EstablishmentId>,
    link: &str,
    as_of: Timestamp,
) -> Result<Vec<T>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name, body from fact
         where kind = $1 and establishment = $2 and link = $3
             and valid_from <= $4 and (valid_until is null or valid_until > $4)
         order by name",
    )
    .bind(kind.as_str())
    .bind(establishment.map_or("", EstablishmentId::as_str))
    .bind(link)
    .bind(as_of.as_micros())
    .fetch_all(db)
    .await?;
    rows.iter().map(|(name, body)| read(kind, name, body)).collect()
}

/// The deployment's facts of a kind that stand and are looked for by this link, by name.
pub(crate) async fn standing_linked<T: DeserializeOwned>(
    db: &mut Db,
    kind: Kind,
    link: &str,
) -> Result<Vec<T>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name, body from fact
         where kind = $1 and establishment = '' and link = $2 and valid_until is null
         order by name",
    )
    .bind(kind.as_str())
    .bind(link)
    .fetch_all(db)
    .await?;
    rows.iter().map(|(name, body)| read(kind, name, body)).collect()
}

/// The facts of a kind of an establishment that stand and are looked for by this word, by name.
pub(crate) async fn standing_here<T: DeserializeOwned>(
    db: &mut Db,
    kind: Kind,
    at: &EstablishmentId,
    link: &str,
) -> Result<Vec<T>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name, body from fact
         where kind = $1 and establishment = $2 and link = $3 and valid_until is null
         order by name",
    )
    .bind(kind.as_str())
    .bind(at.as_str())
    .bind(link)
    .fetch_all(db)
    .await?;
    rows.iter().map(|(name, body)| read(kind, name, body)).collect()
}

/// Those of the deployment's facts of a kind that are looked for by this second word, by name.
pub(crate) async fn also_linked<T: DeserializeOwned>(
    db: &mut Db,
    kind: Kind,
    also: &str,
    as_of: Timestamp,
) -> Result<Vec<T>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name, body from fact
         where kind = $1 and establishment = '' and also = $2 and also <> ''
             and valid_from <= $3 and (valid_until is null or valid_until > $3)
         order by name",
    )
    .bind(kind.as_str())
    .bind(also)
    .bind(as_of.as_micros())
    .fetch_all(db)
    .await?;
    rows.iter().map(|(name, body)| read(kind, name, body)).collect()
}

/// The names of an establishment's facts of a kind.
pub(crate) async fn names<T: std::str::FromStr>(
    db: &mut Db,
    kind: Kind,
    establishment: &EstablishmentId,
    as_of: Timestamp,
) -> Result<Vec<T>, StoreError> {
    let names: Vec<String> = sqlx::query_scalar(
        "select name from fact
         where kind = $1 and establishment = $2
             and valid_from <= $3 and (valid_until is null or valid_until > $3)
         order by name",
    )
    .bind(kind.as_str())
    .bind(establishment.as_str())
    .bind(as_of.as_micros())
    .fetch_all(db)
    .await?;
    names.iter().map(|name| name.parse().map_err(|_| StoreError::Column("fact.name"))).collect()
}

/// Equipment of an establishment that has a link of its own to the outside, and which, by name.
pub(crate) async fn own_links(
    db: &mut Db,
    establishment: &EstablishmentId,
    as_of: Timestamp,
) -> Result<Vec<(EquipmentId, String)>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name, also from fact
         where kind = 'equipment' and establishment = $1 and also <> ''
             and valid_from <= $2 and (valid_until is null or valid_until > $2)
         order by name",
    )
    .bind(establishment.as_str())
    .bind(as_of.as_micros())
    .fetch_all(db)
    .await?;
    let parsed = rows.into_iter().map(|(name, link)| Ok((name.parse()?, link)));
    parsed.collect::<Result<_, vocab::InvalidName>>().map_err(|_| StoreError::Column("fact.name"))
}

pub(crate) fn read<T: DeserializeOwned>(kind: Kind, name: &str, body: &str) -> Result<T, StoreError> {
    read_as(kind.as_str(), name, body)
}

/// What a row says, told by this word if it cannot be read.
pub(crate) fn read_as<T: DeserializeOwned>(
    kind: &'static str,
    name: &str,
    body: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|source| StoreError::Body { kind, name: name.to_owned(), source })
}
