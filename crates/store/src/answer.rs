//! What programs were answered: each once, kept for a day.

use gate::ports::Answered;
use vocab::Timestamp;

use crate::StoreError;
use crate::sqlite::Db;

/// Keeps an answer, and lets those go that are older than a day.
pub(crate) async fn keep(db: &mut Db, answered: &Answered, at: Timestamp) -> Result<(), StoreError> {
    let old = at.before(gate::ANSWERS_KEPT);
    sqlx::query("delete from answer where at < $1").bind(old.as_micros()).execute(&mut *db).await?;
    // Whoever asked twice at once is refused here, with all that the second act would have changed.
    sqlx::query("insert into answer (token, key, request, body, at) values ($1, $2, $3, $4, $5)")
        .bind(&answered.token)
        .bind(&answered.key)
        .bind(answered.request.as_slice())
        .bind(&answered.body)
        .bind(at.as_micros())
        .execute(db)
        .await?;
    Ok(())
}

/// The answer under this key, given since then.
pub(crate) async fn get(
    db: &mut Db,
    token: &str,
    key: &str,
    since: Timestamp,
) -> Result<Option<Answered>, StoreError> {
    let row: Option<(Vec<u8>, String)> =
        sqlx::query_as("select request, body from answer where token = $1 and key = $2 and at >= $3")
            .bind(token)
            .bind(key)
            .bind(since.as_micros())
            .fetch_optional(db)
            .await?;
    let Some((request, body)) = row else { return Ok(None) };
    let request = request.try_into().map_err(|_| StoreError::Column("answer.request"))?;
    Ok(Some(Answered { token: token.to_owned(), key: key.to_owned(), request, body }))
}
