//! Sessions: opened, then ended once.

use gate::ports::{SessionChange, SessionRow, SessionThen};
use vocab::{BootId, InterventionId, SessionId, Timestamp};

use crate::StoreError;
use crate::sqlite::Db;

/// Records a change. The database refuses a session outside an open intervention, and a second end.
pub(crate) async fn change(db: &mut Db, change: &SessionChange) -> Result<(), StoreError> {
    match change {
        SessionChange::Opened(row) => open(db, row).await,
        SessionChange::Ended { session, at, ending } => {
            let done = sqlx::query("update session set ended_at = $1, ending = $2 where session = $3")
                .bind(at.as_micros())
                .bind(ending.as_str())
                .bind(session.to_string())
                .execute(db)
                .await?;
            match done.rows_affected() {
                1 => Ok(()),
                _ => Err(StoreError::Missing(format!("session `{session}`"))),
            }
        }
    }
}

async fn open(db: &mut Db, row: &SessionRow) -> Result<(), StoreError> {
    sqlx::query(
        "insert into session
             (session, recording, boot, establishment, person, service, equipment, intervention, opened_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(row.session.to_string())
    .bind(row.recording.to_string())
    .bind(row.boot.to_string())
    .bind(row.establishment.as_str())
    .bind(row.person.as_str())
    .bind(row.service.as_str())
    .bind(row.equipment.as_str())
    .bind(row.intervention.as_str())
    .bind(row.opened_at.as_micros())
    .execute(db)
    .await?;
    Ok(())
}

/// How many sessions of this intervention have no end.
pub(crate) async fn open_in(db: &mut Db, intervention: &InterventionId) -> Result<u64, StoreError> {
    let count: i64 =
        sqlx::query_scalar("select count(*) from session where ended_at is null and intervention = $1")
            .bind(intervention.as_str())
            .fetch_one(db)
            .await?;
    Ok(count.unsigned_abs())
}

/// Sessions of other boots than this one that have no end, oldest first.
pub(crate) async fn left_open(db: &mut Db, boot: BootId) -> Result<Vec<SessionRow>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select session, recording, boot, establishment, person, service, equipment, intervention, opened_at
         from session where ended_at is null and boot <> $1 order by opened_at, session",
    )
    .bind(boot.to_string())
    .fetch_all(db)
    .await?;
    rows.into_iter().map(row).collect()
}

type Row = (String, String, String, String, String, String, String, String, i64);

fn row(
    (session, recording, boot, establishment, person, service, equipment, intervention, opened): Row,
) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        session: column("session.session", &session)?,
        recording: column("session.recording", &recording)?,
        boot: column("session.boot", &boot)?,
        establishment: column("session.establishment", &establishment)?,
        person: column("session.person", &person)?,
        service: column("session.service", &service)?,
        equipment: column("session.equipment", &equipment)?,
        intervention: column("session.intervention", &intervention)?,
        opened_at: Timestamp::from_micros(opened),
    })
}

/// Those of these sessions that are known, each with its end if it has one.
pub(crate) async fn named(db: &mut Db, names: &[SessionId]) -> Result<Vec<SessionThen>, StoreError> {
    let mut found = Vec::new();
    for name in names {
        let one: Option<Row> = sqlx::query_as(
            "select session, recording, boot, establishment, person, service, equipment, intervention, opened_at
             from session where session = $1",
        )
        .bind(name.to_string())
        .fetch_optional(&mut *db)
        .await?;
        let Some(one) = one else { continue };
        let ended: Option<i64> = sqlx::query_scalar("select ended_at from session where session = $1")
            .bind(name.to_string())
            .fetch_one(&mut *db)
            .await?;
        found.push(SessionThen { row: row(one)?, ended: ended.map(Timestamp::from_micros) });
    }
    Ok(found)
}

fn column<T: std::str::FromStr>(name: &'static str, value: &str) -> Result<T, StoreError> {
    value.parse().map_err(|_| StoreError::Column(name))
}
