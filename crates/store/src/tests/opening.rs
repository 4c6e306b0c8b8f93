//! Opening: new, again, twice, newer, altered, foreign, damaged.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use gate::ports::Store;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::fixtures::*;
use crate::{Database, StoreError};

async fn said(path: &Path) -> String {
    match Database::open(path, at(0)).await {
        Ok(_) => "opened".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Does something to a closed database file that only a hand could do.
async fn by_hand(path: &Path, sql: &'static str) {
    let mut db = SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test]
async fn what_was_written_is_there_again() {
    let world = World::with_hospital().await;
    world.db.close().await;
    let path = world.folder.path().join("poterne.db");
    drop(world.db);
    let again = Database::open(&path, at(50)).await.unwrap();
    assert_eq!(again.establishments(at(50)).await.unwrap().len(), 1);
    assert_eq!(again.health().await, Ok(()));
}

#[tokio::test]
async fn nobody_else_may_read_the_file() {
    let world = World::with_hospital().await;
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
    let path = world.folder.path().join("poterne.db");
    world.db.close().await;
    drop(world.db);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let _again = Database::open(&path, at(0)).await.unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn one_process_at_a_time() {
    let world = World::new().await;
    let path = world.folder.path().join("poterne.db");
    assert!(said(&path).await.contains("in use by another process"));
    drop(world.db);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poterne.db");
    Database::open(&path, at(0)).await.unwrap().close().await;
    by_hand(&path, "insert into migration values (99, 'later', 0, '')").await;
    assert!(matches!(Database::open(&path, at(0)).await, Err(StoreError::Newer { found: 99, known: 13 })));
}

#[tokio::test]
async fn a_migration_in_other_words_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poterne.db");
    Database::open(&path, at(0)).await.unwrap().close().await;
    by_hand(&path, "update migration set sql = sql || ' ' where version = 2").await;
    assert!(said(&path).await.contains("migration 2"));
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poterne.db");
    by_hand(&path, "create table diary (page text)").await;
    assert!(said(&path).await.contains("another program"));
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let world = World::with_hospital().await;
    let path = world.folder.path().join("poterne.db");
    world.db.close().await;
    drop(world.db);
    let whole = std::fs::read(&path).unwrap();

    let mut torn = whole.clone();
    torn.truncate(whole.len() / 2);
    std::fs::write(&path, &torn).unwrap();
    assert!(said(&path).await.contains("damaged"), "half a file: {}", said(&path).await);

    let mut scribbled = whole.clone();
    for page in scribbled.chunks_mut(4096).skip(2) {
        page[..64].fill(0xaa);
    }
    std::fs::write(&path, &scribbled).unwrap();
    assert!(said(&path).await.contains("damaged"), "scribbled: {}", said(&path).await);

    std::fs::write(&path, b"this is a letter, not a database, and long enough to be read as one".repeat(99))
        .unwrap();
    assert!(said(&path).await.contains("damaged"), "no header: {}", said(&path).await);
}

#[tokio::test]
async fn a_full_disk_is_trouble_until_a_write_succeeds() {
    let world = World::with_hospital().await;
    // The disk is made full for SQLite: no page more than there are.
    let mut tx = world.db.write().await.unwrap();
    let pages: i64 = sqlx::query_scalar("pragma max_page_count = 1").fetch_one(&mut *tx).await.unwrap();
    tx.rollback().await.unwrap();
    assert!(pages > 1);
    let mut big = establishment("nord");
    big.title = "x".repeat(1 << 20);
    let refused = world.put(gate::ports::Put::Establishment(big), 30).await.unwrap_err();
    assert!(refused.to_string().contains("full"), "{refused}");
    assert_eq!(world.db.establishments(at(40)).await.unwrap()[0].title, "Hôpital fictif nord");
    // A small write still finds room in the pages there are: the store takes changes again.
    assert_eq!(world.db.health().await, Ok(()));
}
