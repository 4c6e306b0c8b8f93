//! Versions as they are recorded, and how they go when they are old: named with their certificate, removed after it.

use gate::ports::{Doomed, FactKind, Old, Record, RecordKind, Wanted, Within};
use vocab::{Ending, EstablishmentId, Timestamp};

use crate::sqlite::Db;
use crate::{StoreError, session};

/// Rows that go in one transaction: some milliseconds of the one writer.
const AT_ONCE: i64 = 256;

/// Versions by establishment, name and number.
pub(crate) async fn all(db: &mut Db, wanted: &Wanted) -> Result<Vec<Record>, StoreError> {
    match wanted.kind {
        RecordKind::Fact(kind) => facts(db, kind, wanted).await,
        RecordKind::Intervention => interventions(db, wanted).await,
        RecordKind::Session => sessions(db, wanted).await,
    }
}

/// Whose, as it is asked; `None`: of whomever.
fn whose(within: &Within) -> Option<&str> {
    match within {
        Within::One(establishment) => Some(establishment.as_str()),
        Within::Deployment => Some(""),
        Within::Everywhere => None,
    }
}

fn before(wanted: &Wanted) -> i64 {
    wanted.closed_before.unwrap_or(Timestamp::MAX).as_micros()
}

/// A version: whose, called, number, from, until, by whom, closed by whom, body.
type VersionRow = (String, String, i64, i64, Option<i64>, String, Option<String>, String);

fn version_of(kind: RecordKind, row: VersionRow) -> Result<Record, StoreError> {
    let (establishment, name, version, from, until, by, closed_by, body) = row;
    Ok(Record {
        kind,
        establishment: owner(&establishment)?,
        name,
        version: number(version)?,
        from: Timestamp::from_micros(from),
        until: until.map(Timestamp::from_micros),
        by,
        closed_by,
        body,
    })
}

async fn facts(db: &mut Db, kind: FactKind, wanted: &Wanted) -> Result<Vec<Record>, StoreError> {
    let rows: Vec<VersionRow> = sqlx::query_as(
        "select establishment, name, version, valid_from, valid_until, recorded_by, closed_by, body from fact
         where kind = $1 and ($2 is null or establishment = $2) and ($3 is null or name = $3)
             and ($4 = 0 or valid_until < $5)
         order by establishment, name, version",
    )
    .bind(kind.as_str())
    .bind(whose(&wanted.within))
    .bind(wanted.name.as_deref())
    .bind(i64::from(wanted.closed_before.is_some()))
    .bind(before(wanted))
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| version_of(RecordKind::Fact(kind), row)).collect()
}

async fn interventions(db: &mut Db, wanted: &Wanted) -> Result<Vec<Record>, StoreError> {
    // A version stands until the next one.
    let rows: Vec<VersionRow> = sqlx::query_as(
        "select i.establishment, i.id, h.version, h.changed_at, n.changed_at, h.changed_by, n.changed_by, h.body
         from intervention i join intervention_history h on h.intervention = i.id
         left join intervention_history n on n.intervention = i.id and n.version = h.version + 1
         where ($1 is null or i.establishment = $1) and ($2 is null or i.id = $2) and ($3 = 0 or n.changed_at < $4)
         order by i.establishment, i.id, h.version",
    )
    .bind(whose(&wanted.within))
    .bind(wanted.name.as_deref())
    .bind(i64::from(wanted.closed_before.is_some()))
    .bind(before(wanted))
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| version_of(RecordKind::Intervention, row)).collect()
}

async fn sessions(db: &mut Db, wanted: &Wanted) -> Result<Vec<Record>, StoreError> {
    let rows: Vec<(String, Option<i64>, Option<String>)> = sqlx::query_as(
        "select session, ended_at, ending from session
         where ($1 is null or establishment = $1) and ($2 is null or intervention = $2) and ($3 = 0 or ended_at < $4)
         order by establishment, session",
    )
    .bind(whose(&wanted.within))
    .bind(wanted.name.as_deref())
    .bind(i64::from(wanted.closed_before.is_some()))
    .bind(before(wanted))
    .fetch_all(&mut *db)
    .await?;
    let mut found = Vec::new();
    for (name, ended, ending) in rows {
        let id = name.parse().map_err(|_| StoreError::Column("session.session"))?;
        let ending: Option<Ending> =
            ending.map(|word| word.parse()).transpose().map_err(|_| StoreError::Column("session.ending"))?;
        let known = session::named(db, &[id]).await?;
        found.extend(known.into_iter().map(|then| Record {
            kind: RecordKind::Session,
            establishment: Some(then.row.establishment.clone()),
            name: name.clone(),
            version: 1,
            from: then.row.opened_at,
            until: ended.map(Timestamp::from_micros),
            by: then.row.person.to_string(),
            closed_by: None,
            body: then.row.told(ending),
        }));
    }
    Ok(found)
}

fn owner(establishment: &str) -> Result<Option<EstablishmentId>, StoreError> {
    let named = (!establishment.is_empty()).then(|| establishment.parse());
    named.transpose().map_err(|_| StoreError::Column("fact.establishment"))
}

fn number(version: i64) -> Result<u64, StoreError> {
    u64::try_from(version).map_err(|_| StoreError::Column("fact.version"))
}

/// Whether a fact that stands, of the establishment or of the deployment (`None`: of whomever), or an intervention that is there
/// holds this as a word of its own. What is kept of documents, holds and tokens names nobody whom it needs.
pub(crate) async fn names(
    db: &mut Db,
    establishment: Option<&EstablishmentId>,
    word: &str,
) -> Result<bool, StoreError> {
    let found: i64 = sqlx::query_scalar(
        "select exists (
                 select 1 from fact where valid_until is null and ($1 is null or establishment in ('', $1))
                     and kind not in ('filed', 'hold', 'token', 'purged') and instr(body, $2) > 0)
             or exists (
                 select 1 from intervention where ($1 is null or establishment = $1) and instr(body, $2) > 0)",
    )
    .bind(establishment.map(EstablishmentId::as_str))
    .bind(format!("\"{word}\""))
    .fetch_one(db)
    .await?;
    Ok(found != 0)
}

/// Names what is to go. The database refuses what stands or is due, and a second certificate.
pub(crate) async fn doom(db: &mut Db, doomed: &Doomed) -> Result<(), StoreError> {
    for row in &doomed.rows {
        let named = match row {
            Old::Fact { kind, establishment, name, version } => {
                let version = i64::try_from(*version).map_err(|_| StoreError::Range("version"))?;
                sqlx::query(
                    "insert into doomed (establishment, root, fact)
                     select $1, $2, id from fact where kind = $3 and establishment = $4 and name = $5 and version = $6",
                )
                .bind(doomed.establishment.as_str())
                .bind(doomed.root.as_slice())
                .bind(kind.as_str())
                .bind(establishment.as_ref().map_or("", EstablishmentId::as_str))
                .bind(name)
                .bind(version)
                .execute(&mut *db)
                .await?
            }
            Old::Intervention { id, version } => {
                let version = i64::try_from(*version).map_err(|_| StoreError::Range("version"))?;
                sqlx::query(
                    "insert into doomed (establishment, root, intervention)
                     select $1, $2, id from intervention where establishment = $1 and id = $3 and version = $4",
                )
                .bind(doomed.establishment.as_str())
                .bind(doomed.root.as_slice())
                .bind(id.as_str())
                .bind(version)
                .execute(&mut *db)
                .await?
            }
        };
        if named.rows_affected() != 1 {
            return Err(StoreError::Conflict(format!("{row:?} changed meanwhile")));
        }
    }
    Ok(())
}

/// The root of the certificate under which something is there still.
pub(crate) async fn doomed(db: &mut Db, at: &EstablishmentId) -> Result<Option<[u8; 32]>, StoreError> {
    let root: Option<Vec<u8>> =
        sqlx::query_scalar("select root from doomed where establishment = $1 limit 1")
            .bind(at.as_str())
            .fetch_optional(db)
            .await?;
    root.map(|root| root.try_into().map_err(|_| StoreError::Column("doomed.root"))).transpose()
}

/// Removes some of what is named under this root; `false`: all of it is gone.
pub(crate) async fn remove_some(
    db: &mut Db,
    at: &EstablishmentId,
    root: &[u8; 32],
) -> Result<bool, StoreError> {
    let named: Vec<(i64, Option<i64>, Option<String>)> = sqlx::query_as(
        "select id, fact, intervention from doomed where establishment = $1 and root = $2 order by id limit $3",
    )
    .bind(at.as_str())
    .bind(root.as_slice())
    .bind(AT_ONCE)
    .fetch_all(&mut *db)
    .await?;
    for (row, fact, intervention) in &named {
        if let Some(fact) = fact {
            sqlx::query("delete from fact where id = $1").bind(fact).execute(&mut *db).await?;
        }
        if let Some(intervention) = intervention {
            for statement in [
                "delete from session where intervention = $1",
                "delete from intervention_history where intervention = $1",
                "delete from intervention where id = $1",
            ] {
                sqlx::query(statement).bind(intervention).execute(&mut *db).await?;
            }
        }
        sqlx::query("delete from doomed where id = $1").bind(row).execute(&mut *db).await?;
    }
    Ok(!named.is_empty())
}
