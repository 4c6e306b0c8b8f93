//! Entries on their way to their logs.

use gate::ports::Waiting;
use vocab::EstablishmentId;

use crate::StoreError;
use crate::sqlite::Db;

/// Drained entries that stay for a look at what happened last: 4,096 × 400 bytes is 1.6 MiB in daily work. The
/// rest leaves: the entries are in their logs, where they are purged with their certificate, and nothing of them
/// may live on here.
const KEPT: u64 = 4_096;

/// Adds an entry; returns its place in the order of all acts.
pub(crate) async fn add(
    db: &mut Db,
    establishment: &EstablishmentId,
    entry: &[u8],
) -> Result<u64, StoreError> {
    let seq: i64 =
        sqlx::query_scalar("insert into outbox (establishment, entry) values ($1, $2) returning seq")
            .bind(establishment.as_str())
            .bind(entry)
            .fetch_one(db)
            .await?;
    u64::try_from(seq).map_err(|_| StoreError::Column("outbox.seq"))
}

/// The oldest waiting entries after a place, in order.
pub(crate) async fn waiting(db: &mut Db, after: u64, limit: u32) -> Result<Vec<Waiting>, StoreError> {
    let rows: Vec<(i64, String, Vec<u8>)> = sqlx::query_as(
        "select seq, establishment, entry from outbox where drained = 0 and seq > $1 order by seq limit $2",
    )
    .bind(number(after)?)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|(seq, establishment, entry)| {
            Ok(Waiting {
                seq: u64::try_from(seq).map_err(|_| StoreError::Column("outbox.seq"))?,
                establishment: establishment
                    .parse()
                    .map_err(|_| StoreError::Column("outbox.establishment"))?,
                entry,
            })
        })
        .collect()
}

/// Marks every entry up to a place as drained, and remembers the size of each log.
pub(crate) async fn drained(
    db: &mut Db,
    upto: u64,
    logs: &[(EstablishmentId, u64)],
) -> Result<(), StoreError> {
    sqlx::query("update outbox set drained = 1 where drained = 0 and seq <= $1")
        .bind(number(upto)?)
        .execute(&mut *db)
        .await?;
    for (establishment, size) in logs {
        sqlx::query(
            "insert into outbox_mark (establishment, size) values ($1, $2)
             on conflict (establishment) do update set size = excluded.size
                 where excluded.size > outbox_mark.size",
        )
        .bind(establishment.as_str())
        .bind(number(*size)?)
        .execute(&mut *db)
        .await?;
    }
    sqlx::query("delete from outbox where drained = 1 and seq <= $1")
        .bind(number(upto.saturating_sub(KEPT))?)
        .execute(db)
        .await?;
    Ok(())
}

/// The size of the log that was remembered last; 0 when none was.
pub(crate) async fn drained_upto(db: &mut Db, establishment: &EstablishmentId) -> Result<u64, StoreError> {
    let size: Option<i64> = sqlx::query_scalar("select size from outbox_mark where establishment = $1")
        .bind(establishment.as_str())
        .fetch_optional(db)
        .await?;
    u64::try_from(size.unwrap_or(0)).map_err(|_| StoreError::Column("outbox_mark.size"))
}

fn number(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Range("sequence number"))
}
