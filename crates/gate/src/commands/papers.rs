//! Documents that are kept as files, at the door: which are there, and somebody who looked at one and says that it is the
//! signed one. Who may read one has its bytes, as lines of base64, for a reason that is written down first.

use domain::{Confirmed, Filed, FiledAs};
use events::{Actor, DocumentConfirmed};
use vocab::{EstablishmentId, Text};

use super::case::{NotDone, Why};
use super::hold::place;
use super::role::Deed;
use crate::acts::Act;
use crate::papers::NotFiled;
use crate::ports::{PortError, Put};
use crate::scribe::Note;
use crate::{Gate, Given, Known};

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

/// `document get <hash>[@<establishment>] "reason"`: its bytes. That they are read, by whom and why, is in the ledger before.
pub(crate) async fn get(
    gate: &Gate,
    who: &Known,
    word: &str,
    reason: &str,
) -> Result<(Text, Given), NotDone> {
    let (hash, only) = word.split_once('@').map_or((word, None), |(hash, only)| (hash, Some(only)));
    let (establishment, _) = place(gate, who, only, Deed::ReadDocument, hash).await?;
    let filed = find(gate, &establishment, hash).await?;
    if filed.kinds.contains(&FiledAs::Evidence) {
        // What a firewall or a provider wrote down names people as the ledger does.
        place(gate, who, Some(establishment.as_str()), Deed::ReadTraces, hash).await?;
    }
    let Some(room) = Given::room(&gate.giving) else {
        return Err(NotDone::new(
            "D'autres documents sont en cours de remise : réessayez dans un instant.",
            "Other documents are being given out: try again in a moment.",
        ));
    };
    let by = Actor::Person(who.person.clone());
    let (filed, bytes) =
        gate.read_document(&establishment, by, &filed.sha256, reason).await.map_err(not_read)?;
    let (name, bytes_, sha256) = (&filed.name, filed.bytes, &filed.sha256);
    let said = Text::new(
        format!(
            "« {name} », {bytes_} octets, SHA-256 {sha256}, en base64 :\n  \
             ssh … document get … | base64 -d > fichier   (Windows : certutil -decode)"
        ),
        format!(
            "`{name}`, {bytes_} bytes, SHA-256 {sha256}, in base64:\n  \
             ssh … document get … | base64 -d > file   (Windows: certutil -decode)"
        ),
    );
    Ok((said, Given::new(bytes, room)))
}

fn not_read(why: NotFiled) -> NotDone {
    match why {
        NotFiled::Refused(text) => NotDone { why: Why::Refused, text },
        NotFiled::Failed(error) => error.into(),
    }
}

/// The document whose hash begins so.
pub(crate) async fn find(gate: &Gate, establishment: &EstablishmentId, hash: &str) -> Result<Filed, NotDone> {
    gate.filed_one(establishment, hash).await.map_err(not_read)
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
