//! What the database keeps about one person, in all versions.

use gate::ports::PortError;
use serde_json::{Value, json};
use vocab::{PersonId, Timestamp};

use crate::sqlite::Db;
use crate::{Database, StoreError};

/// What is kept about one person.
#[derive(Debug, Default)]
pub struct About {
    /// His own facts, every version: keys, engagements, vouchings, second factors, tokens.
    pub facts: Vec<Value>,
    /// Where else he is named: kind, whose, name. What stands there is about others, too.
    pub named_in: Vec<Value>,
    /// His sessions, with their recordings.
    pub sessions: Vec<Value>,
    /// Everybody who was ever described, with the name in words: who is to be left out.
    pub people: Vec<(String, String)>,
}

impl Database {
    /// What is kept about a person, in one consistent read.
    ///
    /// # Errors
    /// The database failed.
    pub async fn about(&self, person: &PersonId) -> Result<About, PortError> {
        let mut tx = self.read().await?;
        Ok(about(&mut tx, person).await?)
    }
}

async fn about(db: &mut Db, person: &PersonId) -> Result<About, StoreError> {
    let people: Vec<(String, String)> = sqlx::query_as(
        "select distinct name, coalesce(json_extract(body, '$.name'), '') from fact where kind = 'person'",
    )
    .fetch_all(&mut *db)
    .await?;
    Ok(About {
        facts: facts(db, person).await?,
        named_in: named_in(db, person).await?,
        sessions: sessions(db, person).await?,
        people,
    })
}

async fn facts(db: &mut Db, person: &PersonId) -> Result<Vec<Value>, StoreError> {
    type Row = (String, String, i64, i64, Option<i64>, String);
    let rows: Vec<Row> = sqlx::query_as(
        "select kind, establishment, version, valid_from, valid_until, body from fact
         where (kind in ('person', 'vouching', 'enrolment') and name = $1) or (kind in ('engagement', 'token') and link = $1)
         order by kind, establishment, name, version",
    )
    .bind(person.as_str())
    .fetch_all(db)
    .await?;
    let fact = |(kind, establishment, version, from, until, body): Row| {
        let body: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
        let (from, until) = (moment(Some(from)), moment(until));
        json!({ "kind": kind, "establishment": establishment, "version": version, "from": from, "until": until, "body": body })
    };
    Ok(rows.into_iter().map(fact).collect())
}

async fn named_in(db: &mut Db, person: &PersonId) -> Result<Vec<Value>, StoreError> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "select distinct kind, establishment, name from fact
         where kind not in ('person', 'vouching', 'enrolment', 'engagement') and instr(body, $1) > 0
         union select 'intervention', establishment, id from intervention where instr(body, $1) > 0
         order by 1, 2, 3",
    )
    .bind(format!("\"{person}\""))
    .fetch_all(db)
    .await?;
    let named =
        |(kind, establishment, name)| json!({ "kind": kind, "establishment": establishment, "name": name });
    Ok(rows.into_iter().map(named).collect())
}

async fn sessions(db: &mut Db, person: &PersonId) -> Result<Vec<Value>, StoreError> {
    type Row = (String, String, String, String, String, i64, Option<i64>);
    let rows: Vec<Row> = sqlx::query_as(
        "select session, recording, establishment, equipment, intervention, opened_at, ended_at from session
         where person = $1 order by opened_at, session",
    )
    .bind(person.as_str())
    .fetch_all(db)
    .await?;
    let session = |(session, recording, establishment, equipment, intervention, opened, ended): Row| {
        let (opened, ended) = (moment(Some(opened)), moment(ended));
        json!({
            "session": session, "recording": recording, "establishment": establishment, "equipment": equipment,
            "intervention": intervention, "opened": opened, "ended": ended,
        })
    };
    Ok(rows.into_iter().map(session).collect())
}

fn moment(micros: Option<i64>) -> String {
    micros.map(|micros| Timestamp::from_micros(micros).to_string()).unwrap_or_default()
}
