//! Documents that are kept as files, at the door: which are there, and somebody who looked at one and says that it is the
//! signed one. Their bytes are no text for a terminal: the host operator exports them, for a reason that is written down.

use domain::{Confirmed, Filed};
use events::{Actor, DocumentConfirmed};
use vocab::{EstablishmentId, Text};

use super::case::{NotDone, Why};
use super::hold::place;
use super::role::Deed;
use crate::acts::Act;
use crate::papers::NotFiled;
use crate::ports::{PortError, Put};
use crate::scribe::Note;
use crate::{Gate, Known};

type Done = Result<Text, NotDone>;

/// `documents[@<establishment>]`: those that are kept.
pub(crate) async fn list(gate: &Gate, who: &Known, word: &str) -> Done {
    let only = word.strip_prefix("documents@");
    let (establishment, _) = place(gate, who, only, Deed::SeeDocuments, "documents").await?;
    let all = gate.filed(&establishment).await?;
    if all.is_empty() {
        return Ok(Text::new("Aucun document au coffre.", "No document is on file."));
    }
    let lines: Vec<Text> = all.iter().map(line).collect();
    let of = |pick: fn(&Text) -> &str| lines.iter().map(pick).collect::<Vec<_>>().join("\n");
    Ok(Text::new(of(|text| &text.fr), of(|text| &text.en)))
}

/// `document confirm <hash>`: this is the signed one.
pub(crate) async fn confirm(gate: &Gate, who: &Known, word: &str) -> Done {
    let (hash, only) = word.split_once('@').map_or((word, None), |(hash, only)| (hash, Some(only)));
    let (establishment, now) = place(gate, who, only, Deed::ConfirmDocument, hash).await?;
    // What is purged meanwhile does not come back: it is read when nothing is purged.
    let _alone = gate.retaining.lock().await;
    let mut filed = find(gate, &establishment, hash).await?;
    if let Some(Confirmed { by, at }) = &filed.confirmed {
        return Err(NotDone::new(
            format!("{by} l'a déjà confirmé le {at}."),
            format!("{by} confirmed it already, on {at}."),
        ));
    }
    filed.confirmed = Some(Confirmed { by: who.person.clone(), at: now });
    let sha256 = crate::papers::unhex(&filed.sha256)
        .ok_or_else(|| PortError::Failed(format!("`{}` is no hash", filed.sha256)))?;
    let fact = DocumentConfirmed { sha256, name: filed.name.as_str().into() }.into();
    let by = Actor::Person(who.person.clone());
    let note =
        Note { establishment: establishment.clone(), at: now, by, session: None, intervention: None, fact };
    let said = line(&filed);
    let puts = vec![Put::Filed { establishment, value: filed }];
    let act = Act { puts, sessions: Vec::new(), notes: vec![note], at: now, by: who.person.to_string() };
    gate.acts.commit(act).await?;
    Ok(Text::new(format!("Confirmé : {}", said.fr), format!("Confirmed: {}", said.en)))
}

/// The document whose hash begins so.
pub(crate) async fn find(gate: &Gate, establishment: &EstablishmentId, hash: &str) -> Result<Filed, NotDone> {
    gate.filed_one(establishment, hash).await.map_err(|why| match why {
        NotFiled::Refused(text) => NotDone { why: Why::Refused, text },
        NotFiled::Failed(error) => error.into(),
    })
}

/// One, in a line.
fn line(filed: &Filed) -> Text {
    let kinds = filed.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join("+");
    let (short, form, bytes, at, name) =
        (filed.short(), filed.form.as_str(), filed.bytes, filed.filed_at, &filed.name);
    let head = format!("{short}  {kinds}  {form}  {bytes}  {at}  {name}");
    let covers = filed.covers.as_ref().map(|covers| {
        let (from, until) = (covers.span.from, covers.span.until);
        format!("  [{} · {} · {from} – {until}]", covers.source.as_str(), covers.service)
    });
    let head = head + &covers.unwrap_or_default();
    match &filed.confirmed {
        Some(Confirmed { by, at }) => Text::new(
            format!("{head}  signé selon {by}, {at}"),
            format!("{head}  the signed one, says {by}, {at}"),
        ),
        None => Text::new(
            format!("{head}  déposé par l'exploitant"),
            format!("{head}  filed by the host operator"),
        ),
    }
}
