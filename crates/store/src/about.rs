//! What the database keeps about one person, in all versions.

use gate::ports::AboutPerson;
use serde_json::{Value, json};
use vocab::{EstablishmentId, PersonId, Timestamp};

use crate::StoreError;
use crate::sqlite::Db;

/// What is kept about a person for one establishment: what is its own, and what the person is in the whole deployment (keys,
/// second factor). Nothing where he has no part in it.
pub(crate) async fn about(
    db: &mut Db,
    person: &PersonId,
    establishment: &EstablishmentId,
) -> Result<AboutPerson, StoreError> {
    let people: Vec<(String, String)> = sqlx::query_as(
        "select distinct name, coalesce(json_extract(body, '$.name'), '') from fact where kind = 'person' order by 1, 2",
    )
    .fetch_all(&mut *db)
    .await?;
    // He may be anybody's: who asks for an establishment in which he has no part is told nothing of him.
    if !has_part(db, person, establishment).await? {
        return Ok(AboutPerson { people, ..AboutPerson::default() });
    }
    Ok(AboutPerson {
        facts: facts(db, person, establishment).await?,
        named_in: named_in(db, person, establishment).await?,
        sessions: sessions(db, person, establishment).await?,
        interventions: interventions(db, person, establishment).await?,
        people,
    })
}

/// Whether a person has, or had, a part in an establishment: named in something of it, in a session of it, employed by it, or
/// one of a provider that a contract of it names.
async fn has_part(db: &mut Db, person: &PersonId, whose: &EstablishmentId) -> Result<bool, StoreError> {
    let found: i64 = sqlx::query_scalar(
        "select exists (select 1 from fact where establishment = $2 and (link = $1 or name = $1 or instr(body, $3) > 0))
             or exists (select 1 from intervention where establishment = $2 and instr(body, $3) > 0)
             or exists (select 1 from session where establishment = $2 and person = $1)
             or exists (select 1 from fact p where p.kind = 'person' and p.name = $1
                        and json_extract(p.body, '$.employer.establishment') = $2)
             or exists (select 1 from fact p join fact c on c.kind = 'contract' and c.establishment = $2
                        where p.kind = 'person' and p.name = $1
                        and instr(c.body, '\"' || json_extract(p.body, '$.employer.provider') || '\"') > 0)
             or exists (select 1 from fact p join fact c on c.kind = 'contract' and c.establishment = $2
                        where p.kind = 'provider' and instr(p.body, $3) > 0 and instr(c.body, '\"' || p.name || '\"') > 0)",
    )
    .bind(person.as_str())
    .bind(whose.as_str())
    .bind(format!("\"{person}\""))
    .fetch_one(db)
    .await?;
    Ok(found != 0)
}

async fn facts(db: &mut Db, person: &PersonId, whose: &EstablishmentId) -> Result<Vec<Value>, StoreError> {
    type Row = (String, String, i64, i64, Option<i64>, String);
    let rows: Vec<Row> = sqlx::query_as(
        "select kind, establishment, version, valid_from, valid_until, body from fact
         where ((kind in ('person', 'vouching', 'enrolment') and name = $1) or (kind in ('engagement', 'token') and link = $1))
           and establishment in ('', $2) and (kind <> 'token' or json_extract(body, '$.establishment') = $2)
         order by kind, establishment, name, version",
    )
    .bind(person.as_str())
    .bind(whose.as_str())
    .fetch_all(db)
    .await?;
    let fact = |(kind, establishment, version, from, until, body): Row| {
        let body: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
        let (from, until) = (moment(Some(from)), moment(until));
        json!({ "kind": kind, "establishment": establishment, "version": version, "from": from, "until": until, "body": body })
    };
    Ok(rows.into_iter().map(fact).collect())
}

async fn named_in(db: &mut Db, person: &PersonId, whose: &EstablishmentId) -> Result<Vec<Value>, StoreError> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "select distinct kind, establishment, name from fact
         where kind not in ('person', 'vouching', 'enrolment', 'engagement') and instr(body, $1) > 0
           and (establishment = $2 or (kind = 'provider' and exists (select 1 from fact c where c.kind = 'contract'
                and c.establishment = $2 and instr(c.body, '\"' || fact.name || '\"') > 0)))
         union select 'intervention', establishment, id from intervention where instr(body, $1) > 0 and establishment = $2
         order by 1, 2, 3",
    )
    .bind(format!("\"{person}\""))
    .bind(whose.as_str())
    .fetch_all(db)
    .await?;
    let named =
        |(kind, establishment, name)| json!({ "kind": kind, "establishment": establishment, "name": name });
    Ok(rows.into_iter().map(named).collect())
}

async fn sessions(db: &mut Db, person: &PersonId, whose: &EstablishmentId) -> Result<Vec<Value>, StoreError> {
    type Row = (String, String, String, String, String, i64, Option<i64>);
    let rows: Vec<Row> = sqlx::query_as(
        "select session, recording, establishment, equipment, intervention, opened_at, ended_at from session
         where person = $1 and establishment = $2 order by opened_at, session",
    )
    .bind(person.as_str())
    .bind(whose.as_str())
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

/// Those that name him, and those that he entered.
async fn interventions(
    db: &mut Db,
    person: &PersonId,
    whose: &EstablishmentId,
) -> Result<Vec<Value>, StoreError> {
    let rows: Vec<(String, i64, String)> = sqlx::query_as(
        "select id, changed_at, body from intervention where establishment = $2
             and (instr(body, $3) > 0 or exists (select 1 from session where intervention = intervention.id and person = $1))
         order by id",
    )
    .bind(person.as_str())
    .bind(whose.as_str())
    .bind(format!("\"{person}\""))
    .fetch_all(db)
    .await?;
    let told = |(id, changed, body): (String, i64, String)| {
        let body: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
        let (service, state) = (body.get("service").cloned(), body.get("state").cloned());
        let changed = moment(Some(changed));
        json!({ "intervention": id, "service": service, "state": state, "changed": changed, "body": body })
    };
    Ok(rows.into_iter().map(told).collect())
}

fn moment(micros: Option<i64>) -> String {
    micros.map(|micros| Timestamp::from_micros(micros).to_string()).unwrap_or_default()
}
