//! The gate's part of a document: what is asked for is found, its data gathered, and what was printed written down.

use documents::Ledger;
use gate::ports::{PortError, Store as _};
use gate::{Printed, Wanted};
use ledger::{KeyRing, SignedCheckpoint};
use recording::Digest;
use vocab::{EstablishmentId, Lang, ServiceId, Timestamp};

use super::{Asked, Made};
use crate::backup::{hex, unhex};
use crate::desk::{failed, moment, served};
use crate::texts::say_in;
use crate::wiring::House;

/// The data of a document, as JSON.
pub(crate) async fn gather(house: &House, asked: &str, lang: Lang) -> Result<String, String> {
    if house.gate.on_refuge() {
        // Its journal is another log, and not the whole story.
        return Err(say_in(lang, "document_refuge", &[]));
    }
    let asked: Asked = serde_json::from_str(asked).map_err(failed(lang))?;
    let (establishment, wanted) = wanted(house, &asked, lang).await?;
    if let Wanted::Statement { service, at: None } | Wanted::Pack { service, until: None, .. } = &wanted {
        house.gate.assess_before(&(establishment.clone(), service.clone())).await;
    }
    if let Wanted::Provider { at: None, .. } = &wanted {
        let all = house.gate.services(None).await.map_err(failed(lang))?;
        for served in all.iter().filter(|(whose, _)| *whose == establishment) {
            house.gate.assess_before(served).await;
        }
    }
    let ledger =
        ledger_of(house, &establishment).await.map_err(|error| failed(lang)(format!("{error:#}")))?;
    let made = house.gate.document(&establishment, wanted, lang, ledger).await;
    let made = made.map_err(|error| match error {
        PortError::Missing(_) => say_in(lang, "document_nothing", &[&asked.subject]),
        other => failed(lang)(other),
    })?;
    let data = serde_json::to_string(&made).map_err(failed(lang))?;
    if data.len() > documents::JSON_MAX {
        return Err(say_in(lang, "document_long", &[&documents::JSON_MAX]));
    }
    Ok(data)
}

/// Tells the ledger what was printed; the answer is the index of its entry.
pub(crate) async fn made(house: &House, made: &str, lang: Lang) -> Result<String, String> {
    let made: Made = serde_json::from_str(made).map_err(failed(lang))?;
    let hash = |text: &str| unhex(text).ok_or_else(|| say_in(lang, "document_odd", &[]));
    let printed = Printed {
        sha256: hash(&made.sha256)?,
        data: hash(&made.data)?,
        establishment: made.establishment,
        kind: made.kind,
        subject: made.subject,
        bytes: made.bytes,
    };
    let receipt = house.gate.printed(&printed).await.map_err(failed(lang))?;
    Ok(receipt.index.to_string())
}

async fn wanted(house: &House, asked: &Asked, lang: Lang) -> Result<(EstablishmentId, Wanted), String> {
    let subject = asked.subject.as_str();
    let no_name = || say_in(lang, "no_name", &[&subject]);
    Ok(match asked.kind.as_str() {
        "statement" => {
            let (establishment, service) = one_service(house, subject, lang).await?;
            let at = past(house, &establishment, asked.from.as_deref(), lang).await?;
            (establishment, Wanted::Statement { service, at })
        }
        "provider" => {
            let (provider, owner) = subject.split_once('@').map_or((subject, None), |(p, e)| (p, Some(e)));
            let (provider, establishment) =
                (provider.parse().map_err(|_| no_name())?, owned(house, owner, lang)?);
            let at = past(house, &establishment, asked.from.as_deref(), lang).await?;
            (establishment, Wanted::Provider { provider, at })
        }
        "report" => {
            let intervention = subject.parse().map_err(|_| no_name())?;
            let found = house.database.intervention(&intervention).await.map_err(failed(lang))?;
            let found = found.ok_or_else(|| say_in(lang, "document_nothing", &[&subject]))?;
            (found.value.establishment, Wanted::Report { intervention })
        }
        "engagement" => {
            let (person, owner) = subject.split_once('@').map_or((subject, None), |(p, e)| (p, Some(e)));
            let person = person.parse().map_err(|_| no_name())?;
            (owned(house, owner, lang)?, Wanted::Engagement { person })
        }
        "pack" => {
            let (establishment, service) = one_service(house, subject, lang).await?;
            let from = past(house, &establishment, asked.from.as_deref(), lang).await?;
            let until = past(house, &establishment, asked.until.as_deref(), lang).await?;
            let from = from.unwrap_or(Timestamp::MIN);
            if until.is_some_and(|until| until <= from) {
                return Err(say_in(lang, "document_backwards", &[]));
            }
            (establishment, Wanted::Pack { service, from, until })
        }
        _ => {
            let owner = Some(subject).filter(|subject| !subject.is_empty());
            (owned(house, owner, lang)?, Wanted::Kit { part: asked.part })
        }
    })
}

/// The establishment of this name; without one the gate's home.
fn owned(house: &House, owner: Option<&str>, lang: Lang) -> Result<EstablishmentId, String> {
    match owner {
        Some(owner) => owner.parse().map_err(|_| say_in(lang, "no_name", &[&owner])),
        None => Ok(house.config.gate.home.clone()),
    }
}

async fn one_service(house: &House, name: &str, lang: Lang) -> Result<(EstablishmentId, ServiceId), String> {
    let mut found = served(house, name, lang).await?;
    found.pop().ok_or_else(|| say_in(lang, "no_service", &[&name]))
}

async fn past(
    house: &House,
    establishment: &EstablishmentId,
    given: Option<&str>,
    lang: Lang,
) -> Result<Option<Timestamp>, String> {
    match given {
        Some(given) => moment(house, establishment, given, lang).await.map(Some),
        None => Ok(None),
    }
}

/// The log as it stands, under a checkpoint that was just signed, and with what it is verified.
async fn ledger_of(house: &House, establishment: &EstablishmentId) -> anyhow::Result<Ledger> {
    let missing = || anyhow::anyhow!("`{establishment}`");
    let (_, log) = house.logs.folders().find(|(whose, _)| *whose == establishment).ok_or_else(missing)?;
    log.seal().await?;
    let keys = std::fs::read_to_string(house.config.public_keys(establishment))?;
    let note = log.checkpoint();
    let signed = SignedCheckpoint::verify(&note, &KeyRing::parse(&keys)?)?;
    Ok(Ledger {
        origin: house.config.origin(establishment),
        entries: signed.checkpoint().size,
        root: hex(&signed.checkpoint().root.0),
        key: keys.lines().next().unwrap_or_default().to_owned(),
        keys_sha256: hex(&Digest::of(&[keys.as_bytes()])),
        note: String::from_utf8(note)?,
    })
}
