//! What is kept and why, in words.

use domain::Hold;
use events::Actor;
use vocab::{EstablishmentId, InterventionId, Lang, RecordingId, SessionId, Text, Timestamp};

use crate::Gate;
use crate::ports::PortError;

/// What is kept of one establishment, and what stands in the way of more going.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// Whose.
    pub establishment: EstablishmentId,
    /// The first entry that is there, and how many the log has in all.
    pub entries: (u64, u64),
    /// Recordings that are there.
    pub recordings: u64,
    /// Days that traces and recordings are kept.
    pub days: (u32, u32),
    /// Why it is more than a year.
    pub reason: Option<String>,
    /// What would go now: entries up to this index, so many recordings, so many documents.
    pub due: (u64, u64, u64),
    /// Emergency journals that would go now.
    pub emergencies: u64,
    /// Versions of facts, and interventions, that would go now; days that they are kept after their contract; why those are
    /// more than five years.
    pub rows: (u64, u32, Option<String>),
    /// The entry that has to stay, and why.
    pub stop: Option<(u64, Text)>,
    /// What is kept whatever its age.
    pub holds: Vec<Hold>,
}

impl Gate {
    /// What is kept of an establishment; `None`: nobody has described it, or the traces are those of an emergency.
    pub async fn keeping(&self, establishment: &EstablishmentId) -> Result<Option<Keeping>, PortError> {
        let Some(round) = self.round(establishment, Actor::Gate).await? else { return Ok(None) };
        let (draft, stop) = round.look().await?;
        let first = round.journal.first();
        let recordings = self.recordings.containers(establishment).await?.len() as u64;
        let documents = round.documents_due().await?.len() as u64;
        let due = (draft.map_or(first, |draft| draft.until), round.due().await?.len() as u64, documents);
        let emergencies = round.asides_due().await?.len() as u64;
        let rows = round.rows_due().await?;
        Ok(Some(Keeping {
            establishment: establishment.clone(),
            entries: (first, round.journal.size()),
            recordings,
            days: (round.terms.traces, round.terms.recordings),
            reason: round.terms.reason,
            due,
            emergencies,
            rows: (rows, round.terms.facts, round.terms.fact_reason),
            stop,
            holds: round.holds,
        }))
    }
}

impl Keeping {
    /// For a terminal.
    pub fn text(&self, lang: Lang) -> String {
        let Self { establishment, entries: (first, size), recordings, days: (traces, tapes), .. } = self;
        let (upto, due, documents) = self.due;
        let mut fr = format!(
            "{establishment} : traces {traces} jours, enregistrements {tapes} jours\n  entrées {first} à {} gardées, \
             {recordings} enregistrements\n  à supprimer maintenant : {} entrées, {due} enregistrements, \
             {documents} documents\n",
            size.saturating_sub(1),
            upto - first,
        );
        let mut en = format!(
            "{establishment}: traces {traces} days, recordings {tapes} days\n  entries {first} to {} kept, {recordings} \
             recordings\n  to be purged now: {} entries, {due} recordings, {documents} documents\n",
            size.saturating_sub(1),
            upto - first,
        );
        if let Some(reason) = &self.reason {
            fr.push_str(&format!("  plus d'un an parce que : {reason}\n"));
            en.push_str(&format!("  more than a year because: {reason}\n"));
        }
        let (rows, days, reason) = &self.rows;
        fr.push_str(&format!(
            "  base : versions closes et interventions soldées gardées {days} jours après la fin de leur contrat ; à \
             supprimer maintenant : {rows}\n"
        ));
        en.push_str(&format!(
            "  database: closed versions and settled interventions kept {days} days after their contract ended; to be \
             purged now: {rows}\n"
        ));
        if let Some(reason) = reason {
            fr.push_str(&format!("  plus de cinq ans parce que : {reason}\n"));
            en.push_str(&format!("  more than five years because: {reason}\n"));
        }
        if self.emergencies > 0 {
            fr.push_str(&format!("  à supprimer aussi : {} journaux de secours\n", self.emergencies));
            en.push_str(&format!("  to be purged too: {} emergency journals\n", self.emergencies));
        }
        if let Some((index, why)) = &self.stop {
            fr.push_str(&format!("  l'entrée {index} reste : {}\n", why.fr));
            en.push_str(&format!("  entry {index} stays: {}\n", why.en));
        }
        for hold in &self.holds {
            let Text { fr: one, en: other } = held(hold);
            fr.push_str(&format!("  {one}\n"));
            en.push_str(&format!("  {other}\n"));
        }
        Text::new(fr.trim_end(), en.trim_end()).in_lang(lang).to_owned()
    }
}

/// A hold, in a line.
pub(crate) fn held(hold: &Hold) -> Text {
    let Hold { id, about, reason, placed_by, placed_at, first } = hold;
    let name = about.name().map(|name| format!(" {name}")).unwrap_or_default();
    let about_fr = match about.as_str() {
        "all" => "tout",
        "person" => "personne",
        other => other,
    };
    Text::new(
        format!(
            "gel {id} ({about_fr}{name}), à partir de l'entrée {first}, posé par {placed_by} le {placed_at} : {reason}"
        ),
        format!(
            "hold {id} ({}{name}), from entry {first} on, placed by {placed_by} on {placed_at}: {reason}",
            about.as_str()
        ),
    )
}

pub(super) fn young(at: Timestamp, days: u32) -> Text {
    Text::new(
        format!("elle est du {at}, il y a moins de {days} jours"),
        format!("it is of {at}, less than {days} days ago"),
    )
}

pub(super) fn unsettled(id: &InterventionId) -> Text {
    Text::new(
        format!("l'intervention {id} n'est pas soldée (clôture, revue des exceptions, effacement attesté)"),
        format!("the intervention {id} is not settled (closing, exceptions reviewed, erasure attested)"),
    )
}

pub(super) fn recorded(recording: RecordingId) -> Text {
    Text::new(
        format!("l'enregistrement {recording} de cette session est encore là"),
        format!("the recording {recording} of this session is still there"),
    )
}

pub(super) fn open(session: SessionId) -> Text {
    Text::new(
        format!("la session {session} n'est pas terminée"),
        format!("the session {session} has not ended"),
    )
}

pub(super) fn unreadable() -> Text {
    Text::new("elle ne se lit pas", "it cannot be read")
}
