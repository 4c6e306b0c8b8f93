//! `history <kind> <name>[@<establishment>] "reason"`: every version of what is described, for who may read traces.
//! `person <name>[@<establishment>] "reason"`: what is kept about a person, for the data protection officer.

use events::Actor;
use vocab::{PersonId, Text};

use super::Deed;
use super::case::NotDone;
use super::hold::place;
use crate::history::{HISTORY_KINDS, Unseen};
use crate::person::personal_page;
use crate::ports::PortError;
use crate::{Gate, Known};

pub(crate) async fn show(
    gate: &Gate,
    who: &Known,
    kind: &str,
    name: &str,
    reason: &str,
) -> Result<Text, NotDone> {
    let (name, only) = name.split_once('@').map_or((name, None), |(name, only)| (name, Some(only)));
    let (establishment, _) = place(gate, who, only, Deed::ReadTraces, name).await?;
    let by = Actor::Person(who.person.clone());
    let history = gate.history(&establishment, by, [kind, name], reason).await;
    history.map(|history| history.text()).map_err(|why| match why {
        Unseen::Kind => {
            let kinds = HISTORY_KINDS.map(|kind| kind.as_str()).join(", ");
            NotDone::new(format!("L'historique de quoi ? {kinds}"), format!("The history of what? {kinds}"))
        }
        Unseen::Reason => no_reason(),
        Unseen::Unknown => NotDone::unknown(name),
        Unseen::Failed(error) => error.into(),
    })
}

pub(crate) async fn person(gate: &Gate, who: &Known, name: &str, reason: &str) -> Result<Text, NotDone> {
    let (name, only) = name.split_once('@').map_or((name, None), |(name, only)| (name, Some(only)));
    let person: PersonId = name.parse().map_err(|_| NotDone::unknown(name))?;
    let (establishment, _) = place(gate, who, only, Deed::ReadPerson, name).await?;
    let by = Actor::Person(who.person.clone());
    let kept = gate.personal(&establishment, by, &person, reason).await.map_err(|error| match error {
        PortError::Missing(_) => NotDone::unknown(name),
        PortError::Conflict(_) => no_reason(),
        error => error.into(),
    })?;
    // The page is in both languages: it is handed on to the person.
    let page = personal_page(&kept);
    Ok(Text::new(
        format!("À remettre à la personne, et à personne d'autre.\n\n{page}"),
        format!("For the person, and for nobody else.\n\n{page}"),
    ))
}

fn no_reason() -> NotDone {
    NotDone::new(
        "Dites pourquoi vous le lisez, en huit caractères au moins : c'est écrit au journal.",
        "Say why you read it, in eight characters at least: it is written into the ledger.",
    )
}
