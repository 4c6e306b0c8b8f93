//! What falls with a fact that changes or ends: a vouching with its key, a signature with its words, a token with the
//! vouching that it was made under. None comes back when the key or the words do: somebody has to look again (decisions
//! 0009, 0010 and 0026).

use domain::{
    Contract, Credentials, Equipment, Person, RiskTreatment, Signature, Signed, SignedWhat, Token,
    VouchedKey, Witness, Witnessed, WitnessedWhat,
};
use gate::ports::FactName;
use vocab::{EstablishmentId, PersonId, Timestamp};

use crate::StoreError;
use crate::fact::{self, Kind, Place, Written};
use crate::sqlite::Db;

/// What leaned on the former version of this fact falls.
pub(crate) async fn with(db: &mut Db, name: &FactName, at: Timestamp, by: &str) -> Result<(), StoreError> {
    let signature = match name {
        // A vouching as well: its key may have gone after whoever vouched had read it.
        FactName::Person(person) | FactName::Vouching { person, .. } => {
            vouchings(db, person, at, by).await?;
            return tokens(db, person, at, by).await;
        }
        // A new second factor makes every vouching void, and what was made under the former one.
        FactName::Enrolment(person) => return tokens(db, person, at, by).await,
        FactName::Treatment { establishment, service, rule, part } => {
            let what = SignedWhat::Treatment(*rule, part.clone());
            let signature = Place::signature(establishment, service, &what);
            let stands: Option<RiskTreatment> = fact::stands(db, &Place::from(name)).await?;
            let under: Option<(Signature, Signed)> = fact::stands(db, &signature).await?;
            // That a measure was done, or that a batch has more equipment, changes no word that was signed.
            let words = stands.map(|stands| Signed::Treatment(stands.words()));
            if words.is_some() && words == under.map(|(_, words)| words) {
                return Ok(());
            }
            signature
        }
        FactName::Contract { .. } | FactName::Equipment { .. } => return witnesses(db, name, at, by).await,
        FactName::Transition { establishment, service } => {
            Place::signature(establishment, service, &SignedWhat::Transition)
        }
        FactName::Direct { establishment, service } => {
            Place::signature(establishment, service, &SignedWhat::Direct)
        }
        _ => return Ok(()),
    };
    fact::end_any(db, &signature, at, by).await.map(drop)
}

/// What people confirmed of a contract or an equipment, and does not stand there in these words any more.
async fn witnesses(db: &mut Db, name: &FactName, at: Timestamp, by: &str) -> Result<(), StoreError> {
    let (establishment, link, said): (_, _, Vec<Witnessed>) = match name {
        FactName::Contract { establishment, contract } => {
            let stands: Option<Contract> = fact::stands(db, &Place::from(name)).await?;
            let said = stands.iter().flat_map(Contract::says).collect();
            (establishment, WitnessedWhat::of_contract(contract), said)
        }
        FactName::Equipment { establishment, equipment } => {
            let stands: Option<Equipment> = fact::stands(db, &Place::from(name)).await?;
            let said = stands.iter().filter_map(Equipment::put_in_service).collect();
            (establishment, WitnessedWhat::Commissioned(equipment.clone()).link(), said)
        }
        _ => return Ok(()),
    };
    let all: Vec<Witness> = fact::standing_here(db, Kind::Witness, establishment, &link).await?;
    for gone in all.iter().filter(|one| !said.contains(&one.of)) {
        let name = FactName::Witness { establishment: establishment.clone(), what: gone.of.what() };
        fact::end_any(db, &Place::from(&name), at, by).await?;
    }
    Ok(())
}

/// The tokens of this person that nothing stands behind any more.
async fn tokens(db: &mut Db, person: &PersonId, at: Timestamp, by: &str) -> Result<(), StoreError> {
    let enrolment: Option<u32> = fact::stands(db, &Place::common(Kind::Enrolment, person)).await?;
    for token in fact::standing_linked::<Token>(db, Kind::Token, person.as_str()).await? {
        let vouched: Option<Vec<VouchedKey>> =
            fact::stands(db, &Place::new(Kind::Vouching, &token.establishment, person)).await?;
        let credentials =
            Credentials { enrolment: enrolment.unwrap_or(0), vouched: vouched.unwrap_or_default() };
        if !token.stands_on(&credentials) {
            fact::end_any(db, &Place::common(Kind::Token, &token.id), at, by).await?;
        }
    }
    Ok(())
}

/// Before a person is written: whoever goes over to another side was vouched for by the former one.
pub(crate) async fn of_mover(
    db: &mut Db,
    person: &Person,
    at: Timestamp,
    by: &str,
) -> Result<(), StoreError> {
    let before: Option<Person> = fact::stands(db, &Place::common(Kind::Person, &person.id)).await?;
    if before.is_some_and(|before| !person.stays_with(&before)) {
        for (establishment, _) in standing(db, &person.id).await? {
            fact::end_any(db, &Place::new(Kind::Vouching, &establishment, &person.id), at, by).await?;
        }
    }
    Ok(())
}

/// In every establishment: the vouchings of keys that this person does not hold any more.
async fn vouchings(db: &mut Db, id: &PersonId, at: Timestamp, by: &str) -> Result<(), StoreError> {
    let person: Option<Person> = fact::stands(db, &Place::common(Kind::Person, id)).await?;
    for (establishment, mut keys) in standing(db, id).await? {
        let before = keys.len();
        keys.retain(|vouched| person.as_ref().is_some_and(|person| person.shows(&vouched.key)));
        let place = Place::new(Kind::Vouching, &establishment, id);
        if keys.is_empty() {
            fact::end_any(db, &place, at, by).await?;
        } else if keys.len() < before {
            fact::put(db, &Written::new(place, "", &keys)?, at, by).await?;
        }
    }
    Ok(())
}

async fn standing(
    db: &mut Db,
    person: &PersonId,
) -> Result<Vec<(EstablishmentId, Vec<VouchedKey>)>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select establishment, body from fact where kind = $1 and name = $2 and valid_until is null",
    )
    .bind(Kind::Vouching.as_str())
    .bind(person.as_str())
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|(establishment, body)| {
            let keys = fact::read(Kind::Vouching, person.as_str(), &body)?;
            let establishment =
                establishment.parse().map_err(|_| StoreError::Column("fact.establishment"))?;
            Ok((establishment, keys))
        })
        .collect()
}
