//! The schema, in steps that only go forward.
//!
//! Each applied step is kept in the database word for word: a step that was changed after it was applied is
//! found by comparing, without a checksum that could be argued about.

use sqlx::{Connection, SqliteConnection};
use vocab::Timestamp;

use crate::StoreError;

/// One step.
struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

/// All steps, in order, numbered from 1 without a gap.
const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "facts", sql: include_str!("../migrations/sqlite/0001_facts.sql") },
    Migration {
        version: 2,
        name: "interventions",
        sql: include_str!("../migrations/sqlite/0002_interventions.sql"),
    },
    Migration { version: 3, name: "sessions", sql: include_str!("../migrations/sqlite/0003_sessions.sql") },
    Migration { version: 4, name: "outbox", sql: include_str!("../migrations/sqlite/0004_outbox.sql") },
    Migration {
        version: 5,
        name: "set aside again",
        sql: include_str!("../migrations/sqlite/0005_set_aside_again.sql"),
    },
];

/// Marks the file as ours in its header: `Ptrn` in ASCII.
const APPLICATION_ID: i64 = 0x5074_726e;

/// Brings the database to the last schema, or says why it cannot be.
pub(crate) async fn bring_up(
    db: &mut SqliteConnection,
    path: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    check_owner(db, path).await?;
    check_health(db).await?;
    let applied = applied(db).await?;
    let known = MIGRATIONS.last().map_or(0, |last| last.version);
    let found = applied.last().map_or(0, |last| last.0);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (index, step) in MIGRATIONS.iter().enumerate() {
        match applied.get(index) {
            Some((version, sql)) if *version == step.version && sql == step.sql => {}
            Some(_) => return Err(StoreError::Altered { version: step.version, name: step.name }),
            None => apply(db, step, now).await?,
        }
    }
    Ok(())
}

async fn check_owner(db: &mut SqliteConnection, path: &str) -> Result<(), StoreError> {
    let owner: i64 = sqlx::query_scalar("pragma application_id").fetch_one(&mut *db).await?;
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_master").fetch_one(&mut *db).await?;
    match (owner, tables) {
        (APPLICATION_ID, _) => Ok(()),
        (0, 0) => {
            // The value of APPLICATION_ID: a pragma takes no parameter.
            sqlx::raw_sql("pragma application_id = 1349808750").execute(&mut *db).await?;
            Ok(())
        }
        _ => Err(StoreError::Foreign(path.to_owned())),
    }
}

/// Reads every page once: a damaged database is found at the start, not in the night.
async fn check_health(db: &mut SqliteConnection) -> Result<(), StoreError> {
    let answer: String = sqlx::query_scalar("pragma quick_check(1)").fetch_one(db).await?;
    if answer == "ok" { Ok(()) } else { Err(StoreError::Corrupt(answer)) }
}

async fn applied(db: &mut SqliteConnection) -> Result<Vec<(i64, String)>, StoreError> {
    sqlx::raw_sql(
        "create table if not exists migration (
            version integer primary key, name text not null, applied_at integer not null, sql text not null
        ) strict",
    )
    .execute(&mut *db)
    .await?;
    Ok(sqlx::query_as("select version, sql from migration order by version").fetch_all(db).await?)
}

async fn apply(db: &mut SqliteConnection, step: &Migration, now: Timestamp) -> Result<(), StoreError> {
    let mut tx = db.begin_with("begin immediate").await?;
    sqlx::raw_sql(step.sql).execute(&mut *tx).await?;
    sqlx::query("insert into migration (version, name, applied_at, sql) values ($1, $2, $3, $4)")
        .bind(step.version)
        .bind(step.name)
        .bind(now.as_micros())
        .bind(step.sql)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    tracing::info!(version = step.version, name = step.name, "Schema brought forward");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_without_a_gap() {
        for (index, step) in MIGRATIONS.iter().enumerate() {
            assert_eq!(usize::try_from(step.version).unwrap(), index + 1, "{}", step.name);
        }
        assert_eq!(APPLICATION_ID, 1_349_808_750);
    }
}
