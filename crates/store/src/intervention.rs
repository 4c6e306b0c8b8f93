//! Interventions: one row that stands, and every version it had.

use std::collections::BTreeMap;

use domain::{Intervention, State, UNREVIEWED_DAYS, UNREVIEWED_MAX, days};
use gate::ports::Versioned;
use vocab::{EstablishmentId, InterventionId, ServiceId, Timestamp};

use crate::sqlite::Db;
use crate::{StoreError, fact};

/// Writes an intervention that was read at `read_at` (0: it is new). Whoever read an older version than the one
/// that stands is refused; the database refuses illegal steps of the state.
pub(crate) async fn put(
    db: &mut Db,
    read_at: u64,
    value: &Intervention,
    at: Timestamp,
    by: &str,
) -> Result<(), StoreError> {
    let body =
        serde_json::to_string(value).map_err(|source| StoreError::Unwritable("intervention", source))?;
    match version_of(db, &value.id).await? {
        None if read_at == 0 => insert(db, value, &body, at, by).await,
        Some((stands, changed_at)) if read_at == stands => {
            update(db, read_at, value, &body, fact::not_before(at, changed_at)?, by).await
        }
        found => Err(StoreError::Conflict(format!(
            "intervention `{}` was read at version {read_at}, it stands at {}",
            value.id,
            found.map_or(0, |(version, _)| version)
        ))),
    }
}

async fn version_of(db: &mut Db, id: &InterventionId) -> Result<Option<(u64, Timestamp)>, StoreError> {
    let row: Option<(i64, i64)> =
        sqlx::query_as("select version, changed_at from intervention where id = $1")
            .bind(id.as_str())
            .fetch_optional(db)
            .await?;
    row.map(|(version, at)| {
        let version = u64::try_from(version).map_err(|_| StoreError::Column("intervention.version"))?;
        Ok((version, Timestamp::from_micros(at)))
    })
    .transpose()
}

async fn insert(
    db: &mut Db,
    value: &Intervention,
    body: &str,
    at: Timestamp,
    by: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into intervention
             (id, establishment, service, state, settled, version, changed_at, changed_by, body)
         values ($1, $2, $3, $4, $5, 1, $6, $7, $8)",
    )
    .bind(value.id.as_str())
    .bind(value.establishment.as_str())
    .bind(value.service.as_str())
    .bind(value.state.as_str())
    .bind(i64::from(value.is_settled()))
    .bind(at.as_micros())
    .bind(by)
    .bind(body)
    .execute(db)
    .await?;
    Ok(())
}

async fn update(
    db: &mut Db,
    read_at: u64,
    value: &Intervention,
    body: &str,
    at: Timestamp,
    by: &str,
) -> Result<(), StoreError> {
    let read_at = i64::try_from(read_at).map_err(|_| StoreError::Range("version"))?;
    let done = sqlx::query(
        "update intervention
         set establishment = $1, service = $2, state = $3, settled = $4, version = version + 1,
             changed_at = $5, changed_by = $6, body = $7
         where id = $8 and version = $9",
    )
    .bind(value.establishment.as_str())
    .bind(value.service.as_str())
    .bind(value.state.as_str())
    .bind(i64::from(value.is_settled()))
    .bind(at.as_micros())
    .bind(by)
    .bind(body)
    .bind(value.id.as_str())
    .bind(read_at)
    .execute(db)
    .await?;
    match done.rows_affected() {
        1 => Ok(()),
        _ => Err(StoreError::Conflict(format!("intervention `{}` changed meanwhile", value.id))),
    }
}

/// The intervention as it stands, with its version.
pub(crate) async fn get(
    db: &mut Db,
    id: &InterventionId,
) -> Result<Option<Versioned<Intervention>>, StoreError> {
    let row: Option<(i64, String)> = sqlx::query_as("select version, body from intervention where id = $1")
        .bind(id.as_str())
        .fetch_optional(db)
        .await?;
    row.map(|(version, body)| {
        let version = u64::try_from(version).map_err(|_| StoreError::Column("intervention.version"))?;
        Ok(Versioned { version, value: read(id.as_str(), &body)? })
    })
    .transpose()
}

/// Interventions of an establishment in these states as they stand, by name.
pub(crate) async fn in_states(
    db: &mut Db,
    establishment: &EstablishmentId,
    states: &[State],
) -> Result<Vec<Intervention>, StoreError> {
    let mut found = Vec::new();
    for state in State::ALL.into_iter().filter(|state| states.contains(state)) {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select id, body from intervention where establishment = $1 and state = $2")
                .bind(establishment.as_str())
                .bind(state.as_str())
                .fetch_all(&mut *db)
                .await?;
        for (id, body) in rows {
            found.push(read(&id, &body)?);
        }
    }
    found.sort_by(by_number);
    Ok(found)
}

/// Closed interventions of a service of which nothing is due but that somebody reviews them, with the moment of their closing: of
/// the last year before a moment, the oldest first.
pub(crate) async fn unreviewed(
    db: &mut Db,
    establishment: &EstablishmentId,
    service: &ServiceId,
    as_of: Timestamp,
) -> Result<Vec<(InterventionId, Timestamp)>, StoreError> {
    let since = as_of.before(days(UNREVIEWED_DAYS));
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select h.intervention, h.body
         from intervention i join intervention_history h on h.intervention = i.id
         where i.establishment = $1 and i.service = $2 and i.settled = 1 and i.changed_at > $4
             and h.version = (
                 select max(version) from intervention_history
                 where intervention = i.id and changed_at <= $3)
             and h.state = 'closed' and json_extract(h.body, '$.reviewed') is null
         order by i.changed_at limit $5",
    )
    .bind(establishment.as_str())
    .bind(service.as_str())
    .bind(as_of.as_micros())
    .bind(since.as_micros())
    .bind(i64::try_from(UNREVIEWED_MAX).map_err(|_| StoreError::Range("limit"))?)
    .fetch_all(db)
    .await?;
    let mut found = Vec::new();
    for (id, body) in rows {
        let value: Intervention = read(&id, &body)?;
        // What owed something then is told as that.
        found.extend(value.closed_at().filter(|_| value.is_settled()).map(|closed| (value.id, closed)));
    }
    found.sort();
    Ok(found)
}

/// What began under services of an establishment and is not settled, by service and number.
pub(crate) async fn owed(
    db: &mut Db,
    establishment: &EstablishmentId,
) -> Result<BTreeMap<ServiceId, Vec<InterventionId>>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select id, body from intervention where establishment = $1 and settled = 0")
            .bind(establishment.as_str())
            .fetch_all(db)
            .await?;
    let mut all: Vec<Intervention> = Vec::new();
    for (id, body) in rows {
        all.push(read(&id, &body)?);
    }
    all.sort_by(by_number);
    let mut owed: BTreeMap<ServiceId, Vec<InterventionId>> = BTreeMap::new();
    for one in all.into_iter().filter(Intervention::is_owed) {
        owed.entry(one.service).or_default().push(one.id);
    }
    Ok(owed)
}

/// The name for the next one: `i-` and a number that is never given twice.
pub(crate) async fn next(db: &mut Db) -> Result<InterventionId, StoreError> {
    let number: i64 = sqlx::query_scalar(
        "update counter set value = value + 1 where name = 'intervention' returning value",
    )
    .fetch_one(db)
    .await?;
    format!("i-{number}").parse().map_err(|_| StoreError::Range("intervention"))
}

/// `i-9` before `i-10`.
pub(crate) fn by_number(one: &Intervention, other: &Intervention) -> std::cmp::Ordering {
    let key = |value: &Intervention| (value.id.as_str().len(), value.id.clone());
    key(one).cmp(&key(other))
}

fn read(id: &str, body: &str) -> Result<Intervention, StoreError> {
    fact::read_as("intervention", id, body)
}
