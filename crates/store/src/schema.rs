//! The schema, in steps that only go forward.
//!
//! Each applied step is kept in the database word for word: a step that was changed after it was applied is
//! found by comparing, without a checksum that could be argued about.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::{Connection, SqliteConnection};
use vocab::Timestamp;

use crate::StoreError;

/// One step.
struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

/// All steps, in order, numbered from 1. A number that no step has was given to one that never left its maker.
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
    Migration {
        version: 6,
        name: "found by name",
        sql: include_str!("../migrations/sqlite/0006_found_by_name.sql"),
    },
    Migration { version: 7, name: "answers", sql: include_str!("../migrations/sqlite/0007_answers.sql") },
    Migration {
        version: 9,
        name: "qualified first",
        sql: include_str!("../migrations/sqlite/0009_qualified_first.sql"),
    },
    Migration {
        version: 12,
        name: "planned and agreed",
        sql: include_str!("../migrations/sqlite/0012_planned_and_agreed.sql"),
    },
    Migration {
        version: 13,
        name: "what is old goes",
        sql: include_str!("../migrations/sqlite/0013_what_is_old_goes.sql"),
    },
];

/// Marks the file as ours in its header: `Ptrn` in ASCII.
const APPLICATION_ID: i64 = 0x5074_726e;

/// Brings the database to the last schema, or says why it cannot be. Returns where it was copied to before.
pub(crate) async fn bring_up(
    db: &mut SqliteConnection,
    path: &Path,
    now: Timestamp,
) -> Result<Option<PathBuf>, StoreError> {
    bring_up_by(MIGRATIONS, db, path, now).await
}

async fn bring_up_by(
    steps: &[Migration],
    db: &mut SqliteConnection,
    path: &Path,
    now: Timestamp,
) -> Result<Option<PathBuf>, StoreError> {
    check_owner(db, path).await?;
    check_health(db).await?;
    make_list(db).await?;
    let applied = applied(db).await?;
    let missing = missing(steps, &applied)?;
    // What there is nothing of yet needs no copy.
    let kept = match applied.last() {
        Some((found, _)) if !missing.is_empty() => Some(keep(db, path, *found, now).await?),
        _ => None,
    };
    for step in missing {
        apply(db, step, now).await?;
    }
    Ok(kept)
}

/// Says whether this program knows the database, and changes nothing.
pub(crate) async fn inspect(db: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    if owner(db).await? != APPLICATION_ID {
        return Err(StoreError::Foreign(path.display().to_string()));
    }
    check_health(db).await?;
    missing(MIGRATIONS, &applied(db).await?).map(|_| ())
}

/// The steps that were not applied, after a look at those that were.
fn missing<'a>(steps: &'a [Migration], applied: &[(i64, String)]) -> Result<&'a [Migration], StoreError> {
    let known = steps.last().map_or(0, |last| last.version);
    let found = applied.last().map_or(0, |last| last.0);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (step, (version, sql)) in steps.iter().zip(applied) {
        if *version != step.version || sql != step.sql {
            return Err(StoreError::Altered { version: step.version, name: step.name });
        }
    }
    Ok(steps.get(applied.len()..).unwrap_or_default())
}

/// Copies the database as it is before the first step, beside it: whoever goes back to the former program puts it
/// in its place.
async fn keep(
    db: &mut SqliteConnection,
    path: &Path,
    found: i64,
    now: Timestamp,
) -> Result<PathBuf, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".schema-{found}-{}", now.to_string().replace([':', '-'], "")));
    let kept = PathBuf::from(name);
    copy(db, &kept).await?;
    tracing::info!(schema = found, kept = %kept.display(), "Database copied before its schema changes");
    Ok(kept)
}

/// Copies the whole database into a file of its own, durable and closed to others when this returns.
pub(crate) async fn copy(db: &mut SqliteConnection, to: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::File { path: to.display().to_string(), source };
    // What an earlier try left is of no use; the file is there, and private, before anything is in it.
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600).open(to).map_err(failed)?;
    let text = to.to_str().ok_or(StoreError::Column("a path that is no text"))?;
    let copied = sqlx::query("vacuum into $1").bind(text).execute(db).await.map_err(StoreError::from);
    let synced = copied.and_then(|_| File::open(to).and_then(|file| file.sync_all()).map_err(failed));
    if synced.is_err() {
        // A half of a copy helps nobody.
        let _gone = std::fs::remove_file(to);
    }
    synced
}

async fn owner(db: &mut SqliteConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("pragma application_id").fetch_one(db).await?)
}

async fn check_owner(db: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let owner = owner(db).await?;
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_master").fetch_one(&mut *db).await?;
    match (owner, tables) {
        (APPLICATION_ID, _) => Ok(()),
        (0, 0) => {
            // The value of APPLICATION_ID: a pragma takes no parameter.
            sqlx::raw_sql("pragma application_id = 1349808750").execute(&mut *db).await?;
            Ok(())
        }
        _ => Err(StoreError::Foreign(path.display().to_string())),
    }
}

/// Reads every page once: a damaged database is found at the start, not in the night.
async fn check_health(db: &mut SqliteConnection) -> Result<(), StoreError> {
    let answer: String = sqlx::query_scalar("pragma quick_check(1)").fetch_one(db).await?;
    if answer == "ok" { Ok(()) } else { Err(StoreError::Corrupt(answer)) }
}

async fn make_list(db: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::raw_sql(
        "create table if not exists migration (
            version integer primary key, name text not null, applied_at integer not null, sql text not null
        ) strict",
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn applied(db: &mut SqliteConnection) -> Result<Vec<(i64, String)>, StoreError> {
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
    use sqlx::ConnectOptions as _;

    use super::*;

    #[test]
    fn steps_are_in_the_order_of_their_numbers() {
        let numbers: Vec<i64> = MIGRATIONS.iter().map(|step| step.version).collect();
        assert!(numbers.first() == Some(&1) && numbers.is_sorted_by(|one, other| one < other), "{numbers:?}");
        assert_eq!(APPLICATION_ID, 1_349_808_750);
    }

    async fn open(path: &Path) -> SqliteConnection {
        sqlx::sqlite::SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .connect()
            .await
            .unwrap()
    }

    async fn schema(db: &mut SqliteConnection) -> i64 {
        applied(db).await.unwrap().last().unwrap().0
    }

    #[tokio::test]
    async fn a_database_is_copied_before_its_schema_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (path, now) = (folder.path().join("a.sqlite"), Timestamp::from_secs(1_790_000_000));
        let (older, last) = (&MIGRATIONS[..MIGRATIONS.len() - 1], MIGRATIONS.last().unwrap().version);
        let former = older.last().unwrap().version;
        let mut db = open(&path).await;
        assert_eq!(bring_up_by(older, &mut db, &path, now).await.unwrap(), None, "there was nothing yet");
        let kept = bring_up(&mut db, &path, now).await.unwrap().unwrap();
        let name = format!("a.sqlite.schema-{former}-20260921T141320Z");
        assert_eq!(kept, folder.path().join(name));
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&kept.metadata().unwrap().permissions()) & 0o777,
            0o600
        );
        assert_eq!(schema(&mut db).await, last);
        let mut before = open(&kept).await;
        assert_eq!(schema(&mut before).await, former);
        // The former program takes what was kept, and not what was brought forward.
        assert_eq!(bring_up_by(older, &mut before, &kept, now).await.unwrap(), None);
        let newer = bring_up_by(older, &mut db, &path, now).await.unwrap_err();
        assert!(matches!(newer, StoreError::Newer { .. }), "{newer}");
        assert_eq!(bring_up(&mut db, &path, now).await.unwrap(), None, "once");
    }

    #[tokio::test]
    async fn without_room_for_the_copy_nothing_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (path, now) = (folder.path().join("a.sqlite"), Timestamp::from_secs(1_790_000_000));
        let older = &MIGRATIONS[..MIGRATIONS.len() - 1];
        let mut db = open(&path).await;
        bring_up_by(older, &mut db, &path, now).await.unwrap();
        let last = older.last().unwrap().version;
        std::fs::create_dir(folder.path().join(format!("a.sqlite.schema-{last}-20260921T141320Z"))).unwrap();
        assert!(bring_up(&mut db, &path, now).await.is_err());
        assert_eq!(schema(&mut db).await, last);
    }

    #[tokio::test]
    async fn a_copy_is_inspected_without_being_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let database = crate::Database::open(&path, Timestamp::from_secs(1)).await.unwrap();
        let copy = folder.path().join("copy.sqlite");
        database.copy_to(&copy).await.unwrap();
        let before = std::fs::read(&copy).unwrap();
        crate::Database::inspect(&copy).await.unwrap();
        assert_eq!(std::fs::read(&copy).unwrap(), before);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5, "nothing lies beside it");
        let empty = folder.path().join("empty.sqlite");
        std::fs::write(&empty, b"").unwrap();
        assert!(crate::Database::inspect(&empty).await.is_err());
        std::fs::write(&copy, &before[..before.len() / 2]).unwrap();
        assert!(crate::Database::inspect(&copy).await.is_err());
    }
}
