//! Sessions: opened, then ended once.

use gate::ports::{SessionChange, SessionRow};
use vocab::{BootId, InterventionId, Timestamp};

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
    type Row = (String, String, String, String, String, String, String, String, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "select session, recording, boot, establishment, person, service, equipment, intervention, opened_at
         from session where ended_at is null and boot <> $1 order by opened_at, session",
    )
    .bind(boot.to_string())
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|(session, recording, boot, establishment, person, service, equipment, intervention, opened)| {
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
        })
        .collect()
}

fn column<T: std::str::FromStr>(name: &'static str, value: &str) -> Result<T, StoreError> {
    value.parse().map_err(|_| StoreError::Column(name))
}
