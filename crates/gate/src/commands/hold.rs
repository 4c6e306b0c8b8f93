//! Legal holds: what somebody wants kept whatever its age. Placed and released here, by who answers for the
//! establishment, under his own key and second factor; the host operator can do neither.

use domain::{About, Hold, Intervention};
use events::{Actor, Entry, Fact, HoldPlaced, HoldReleased};
use vocab::{EstablishmentId, Lang, PersonId, SessionId, Text, Timestamp};

use super::case::{NotDone, not_yours};
use super::role::Deed;
use crate::acts::Act;
use crate::ports::{FactName, PortError, Put};
use crate::retention::held;
use crate::scribe::Note;
use crate::start::READ_STEP;
use crate::streams::hex;
use crate::traces::Sought;
use crate::{Gate, Known};

type Done = Result<Text, NotDone>;

/// Bytes of a hold's name: two of one establishment with the same one are as rare as none.
const NAME: usize = 4;
/// Most holds in force at once in an establishment: whoever needs more holds everything.
const HOLDS_MAX: usize = 64;

/// What somebody names, in an establishment where he may do this: its traces may be held, or read.
pub(crate) struct Named {
    pub(crate) establishment: EstablishmentId,
    pub(crate) about: About,
    pub(crate) now: Timestamp,
}

/// `<intervention>`, `session <session>`, `person <person>`, `document <hash>` or `all`; the last three with `@<establishment>` where he may
/// in several.
pub(crate) async fn named(gate: &Gate, who: &Known, words: &[&str], deed: Deed) -> Result<Named, NotDone> {
    match words {
        ["session", name] => {
            let unknown = || NotDone::unknown(name);
            let session: SessionId = name.parse().map_err(|_| unknown())?;
            let found = gate.store.sessions(vec![session]).await?;
            let row = found.into_iter().next().ok_or_else(unknown)?.row;
            let case = gate.case(who, row.intervention.as_str(), deed).await;
            let case = case.map_err(|why| {
                if why == NotDone::unknown(row.intervention.as_str()) { unknown() } else { why }
            })?;
            Ok(Named { establishment: row.establishment, about: About::Session(session), now: case.now })
        }
        ["person", name] => {
            let (name, only) = name.split_once('@').map_or((*name, None), |(name, at)| (name, Some(at)));
            let person: PersonId = name.parse().map_err(|_| NotDone::unknown(name))?;
            let (establishment, now) = place(gate, who, only, deed, name).await?;
            Ok(Named { establishment, about: About::Person(person), now })
        }
        ["document", word] => {
            let (hash, only) = word.split_once('@').map_or((*word, None), |(hash, only)| (hash, Some(only)));
            let (establishment, now) = place(gate, who, only, deed, hash).await?;
            let filed = super::papers::find(gate, &establishment, hash).await?;
            Ok(Named { establishment, about: About::Document(filed.sha256), now })
        }
        [name] if *name == "all" || name.starts_with("all@") => {
            let only = name.strip_prefix("all@");
            let (establishment, now) = place(gate, who, only, deed, name).await?;
            Ok(Named { establishment, about: About::All, now })
        }
        [name] => {
            let case = gate.case(who, name, deed).await?;
            let Intervention { establishment, id, .. } = case.intervention;
            Ok(Named { establishment, about: About::Intervention(id), now: case.now })
        }
        _ => Err(NotDone::unknown(&words.join(" "))),
    }
}

/// The establishment in which he may do this, and is of the provider's side in no service.
pub(crate) async fn place(
    gate: &Gate,
    who: &Known,
    only: Option<&str>,
    deed: Deed,
    name: &str,
) -> Result<(EstablishmentId, Timestamp), NotDone> {
    let now = gate.clock.now();
    let (mut refused, mut found) = (NotDone::unknown(name), Vec::new());
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        if only.is_some_and(|only| establishment.id.as_str() != only) || !who.reaches(&establishment.id) {
            continue;
        }
        let (mut may, mut barred) = (false, false);
        for service in gate.store.services(&establishment.id, gate.as_of(now)).await? {
            let facts = gate.store.service_facts(&establishment.id, &service.id, gate.as_of(now)).await?;
            barred |= facts.of_the_provider(&who.person);
            match gate.may(who, &facts, deed, now, name).await {
                Ok(()) => may = true,
                Err(why) => refused = why,
            }
        }
        match (may, barred) {
            (true, false) => found.push(establishment.id),
            (true, true) => refused = not_yours(deed),
            _ => {}
        }
    }
    match found.as_slice() {
        [one] => Ok((one.clone(), now)),
        [] => Err(refused),
        [_, ..] => Err(NotDone::new(
            format!("Vous le pouvez dans plusieurs établissements : écrivez {name}@<établissement>."),
            format!("You may in several establishments: write {name}@<establishment>."),
        )),
    }
}

/// What is kept, and which of it is the signed one. `None`: it is written otherwise.
pub(crate) async fn act(gate: &Gate, who: &Known, words: &[&str]) -> Option<Done> {
    match words {
        ["hold", what @ .., reason] if !what.is_empty() => Some(place_hold(gate, who, what, reason).await),
        ["document", "confirm", hash] => Some(super::papers::confirm(gate, who, hash).await),
        ["release", name, reason] => Some(release(gate, who, name, reason).await),
        _ => None,
    }
}

/// `hold <what> "reason"`.
async fn place_hold(gate: &Gate, who: &Known, what: &[&str], reason: &str) -> Done {
    let Named { establishment, about, now } = named(gate, who, what, Deed::PlaceHold).await?;
    // Nothing goes between what is found and what is held.
    let _alone = gate.retaining.lock().await;
    if let About::Document(sha256) = &about {
        // It may have gone since it was found.
        super::papers::find(gate, &establishment, sha256).await?;
    }
    let holds = gate.store.holds(&establishment, gate.as_of(now)).await?;
    if holds.len() >= HOLDS_MAX {
        return Err(NotDone::new(
            format!("{HOLDS_MAX} gels sont en vigueur : levez-en un, ou gelez tout (hold all \"raison\")."),
            format!("{HOLDS_MAX} holds are in force: release one, or hold everything (hold all \"reason\")."),
        ));
    }
    let mut random = [0; NAME];
    gate.entropy.fill(&mut random)?;
    let id = format!("h-{}", hex(&random));
    if holds.iter().any(|one| one.id == id) {
        return Err(PortError::Conflict(id).into());
    }
    let first = first_of(gate, &establishment, &about).await?;
    let (placed_by, reason) = (who.person.clone(), reason.to_owned());
    let hold = Hold { id: id.clone(), about, reason, placed_by, placed_at: now, first };
    let fact = HoldPlaced {
        hold: id.as_str().into(),
        about: hold.about.as_str().into(),
        name: hold.about.name().map(Into::into),
        reason: hold.reason.as_str().into(),
        first,
    };
    let said = held(&hold);
    let put = Put::Hold { establishment: establishment.clone(), value: hold };
    write(gate, who, &establishment, now, put, fact.into()).await?;
    Ok(Text::new(
        format!("Posé : {}\nPour le lever : release {id} \"raison\"", said.fr),
        format!("Placed: {}\nTo release it: release {id} \"reason\"", said.en),
    ))
}

/// `release <hold> "reason"`.
async fn release(gate: &Gate, who: &Known, name: &str, reason: &str) -> Done {
    let (id, only) = name.split_once('@').map_or((name, None), |(id, only)| (id, Some(only)));
    let (establishment, now) = place(gate, who, only, Deed::ReleaseHold, id).await?;
    let _alone = gate.retaining.lock().await;
    let holds = gate.store.holds(&establishment, gate.as_of(now)).await?;
    if !holds.iter().any(|one| one.id == id) {
        return Err(NotDone::unknown(id));
    }
    let fact = HoldReleased { hold: id.into(), reason: reason.into() };
    let put = Put::End(FactName::Hold { establishment: establishment.clone(), id: id.to_owned() });
    write(gate, who, &establishment, now, put, fact.into()).await?;
    Ok(Text::new(
        format!("Gel {id} levé : ce qui a passé sa durée part à la prochaine purge."),
        format!("Hold {id} released: what is past its term goes with the next purge."),
    ))
}

/// `holds[@<establishment>]`: those in force.
pub(crate) async fn list(gate: &Gate, who: &Known, word: &str) -> Done {
    let only = word.strip_prefix("holds@");
    let (establishment, now) = place(gate, who, only, Deed::SeeKept, "holds").await?;
    let holds = gate.store.holds(&establishment, gate.as_of(now)).await?;
    let lines: Vec<Text> = holds.iter().map(held).collect();
    if lines.is_empty() {
        return Ok(Text::new("Aucun gel en vigueur.", "No hold is in force."));
    }
    let of = |pick: fn(&Text) -> &str| lines.iter().map(pick).collect::<Vec<_>>().join("\n");
    Ok(Text::new(of(|text| &text.fr), of(|text| &text.en)))
}

/// `retention[@<establishment>]`: what is kept, until when, what would go now and what holds it back.
pub(crate) async fn kept(gate: &Gate, who: &Known, word: &str) -> Done {
    let only = word.strip_prefix("retention@");
    let (establishment, _) = place(gate, who, only, Deed::SeeKept, "retention").await?;
    match gate.keeping(&establishment).await? {
        Some(keeping) => Ok(Text::new(keeping.text(Lang::Fr), keeping.text(Lang::En))),
        None => Err(NotDone::new(
            "Le journal d'urgence est tenu : rien n'est supprimé avant le retour du magasin de traces.",
            "The emergency journal is kept: nothing is removed before the trace store is back.",
        )),
    }
}

async fn write(
    gate: &Gate,
    who: &Known,
    establishment: &EstablishmentId,
    now: Timestamp,
    put: Put,
    fact: Fact,
) -> Result<(), NotDone> {
    let (establishment, by) = (establishment.clone(), Actor::Person(who.person.clone()));
    let note = Note { establishment, at: now, by, session: None, intervention: None, fact };
    let act =
        Act { puts: vec![put], sessions: Vec::new(), notes: vec![note], at: now, by: who.person.to_string() };
    gate.acts.commit(act).await?;
    Ok(())
}

/// The index of the first entry that a hold protects; the end of the log when nothing is said of it yet. One that cannot
/// be read may be about it.
async fn first_of(gate: &Gate, establishment: &EstablishmentId, about: &About) -> Result<u64, PortError> {
    let journal = gate.journals.of(establishment);
    let journal = journal.ok_or_else(|| PortError::Missing(format!("the log of `{establishment}`")))?;
    let sought = Sought::new().about(about.clone());
    let (mut from, size) = (journal.first(), journal.size());
    while from < size {
        let until = size.min(from + READ_STEP);
        let read = journal.read(from, until).await?;
        if let Some(at) = read.iter().position(|bytes| sought.fits(bytes) || Entry::decode(bytes).is_err()) {
            return Ok(from + at as u64);
        }
        from = until;
    }
    Ok(size)
}
