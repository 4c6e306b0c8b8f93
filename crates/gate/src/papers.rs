//! Documents that are kept as files: taken, shown, proved, and gone with their term (decision 0028).
//!
//! ```text
//! bytes ─▶ type, size, scanner ─▶ key in the vault ─▶ covered file, durable, not settled
//!       ─▶ the fact and its entry, one transaction ─▶ receipt ─▶ the file settled
//! ```
//!
//! Killed anywhere: without its fact a file that is not settled is nobody's, and the next start removes it; with its fact it
//! is settled then.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{Covers, FILED_COUNT_MAX, FILED_MAX, Filed, FiledAs, Form, NoForm, PaperId, is_filed_name};
use events::{Actor, DocumentFiled, DocumentRefused, ReadingBegan};
use recording::Digest;
use transfer::COVER_KEY;
use vocab::{EstablishmentId, Secret, Text, Timestamp};

use crate::acts::Act;
use crate::ports::{Kept, PortError, Put, Scanned};
use crate::reading::is_reason;
use crate::streams::hex;
use crate::{Gate, Logged, PaperRead};

/// The fewest digits by which a document is called: two of 4,096 with the same ones are as rare as one in 500.
const SHORT: usize = 8;

/// What somebody files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kinds: BTreeSet<FiledAs>,
    /// For evidence from outside: on what.
    pub covers: Option<Covers>,
}

/// Why a document was not taken, or not shown.
#[derive(Debug, Clone)]
pub enum NotFiled {
    /// What is wrong with it.
    Refused(Text),
    /// A part failed.
    Failed(PortError),
}

impl From<PortError> for NotFiled {
    fn from(error: PortError) -> Self {
        Self::Failed(error)
    }
}

impl NotFiled {
    fn because(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Refused(Text::new(fr, en))
    }
}

/// A document that was looked at: whether it is what was filed.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Which.
    pub filed: Filed,
    /// What is wrong; `None`: it is what was filed, byte for byte.
    pub fault: Option<String>,
}

impl Gate {
    /// Takes a document from the host operator: its bytes and its entry are durable when this returns.
    ///
    /// # Errors
    /// [`NotFiled::Refused`]: nothing is kept. [`NotFiled::Failed`]: nothing is kept either, unless it says
    /// [`PortError::Unproved`].
    pub async fn file_document(
        &self,
        establishment: &EstablishmentId,
        filing: Filing,
        bytes: Vec<u8>,
    ) -> Result<Filed, NotFiled> {
        if self.refuge {
            return Err(NotFiled::because(
                "la porte tient le journal de secours : rien n'est déposé avant le retour du magasin de traces",
                "the gate keeps the emergency journal: nothing is filed before the trace store is back",
            ));
        }
        let _alone = self.filing.lock().await;
        let now = self.clock.now();
        let form = self.looks_right(establishment, &filing, &bytes, now).await?;
        let sha256 = Digest::of(&[&bytes]);
        self.has_room(establishment, &hex(&sha256), bytes.len(), now).await?;
        let scanned = self.scan_document(establishment, sha256, &bytes).await?;
        let mut place = [0; 16];
        self.entropy.fill(&mut place)?;
        let filed = Filed {
            sha256: hex(&sha256),
            place: PaperId::from_bytes(place),
            name: filing.name,
            kinds: filing.kinds,
            form,
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            filed_at: now,
            scanned,
            covers: filing.covers,
            confirmed: None,
        };
        self.keep_document(establishment, &filed, bytes).await?;
        self.write_filed(establishment, &filed, sha256).await?;
        // It is read under either name: the next start settles what could not be settled here.
        if let Err(error) = self.papers.settle(establishment, filed.place).await {
            tracing::warn!(%error, "A document is kept and could not be settled yet");
        }
        Ok(filed)
    }

    /// Its name, its size, what it is, and its type.
    async fn looks_right(
        &self,
        establishment: &EstablishmentId,
        filing: &Filing,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<Form, NotFiled> {
        if bytes.len() > FILED_MAX {
            let most = FILED_MAX / (1024 * 1024);
            return Err(NotFiled::because(
                format!("le fichier dépasse {most} Mio"),
                format!("the file is longer than {most} MiB"),
            ));
        }
        if !is_filed_name(&filing.name) {
            return Err(NotFiled::because(
                "un nom a une ligne d'au plus 120 octets, sans barre oblique, sans caractère caché et sans point devant",
                "a name has one line of at most 120 bytes, no slash, no hidden character and no dot in front",
            ));
        }
        let evidence = filing.kinds.contains(&FiledAs::Evidence);
        if filing.kinds.is_empty()
            || evidence != filing.covers.is_some()
            || (evidence && filing.kinds.len() > 1)
        {
            return Err(NotFiled::because(
                "dites ce que c'est : contract, agreement, plan, audit, attestation, engagement ; une preuve externe \
                 (evidence) est seule, et dit de qui, sur quelle prestation et quelle période",
                "say what it is: contract, agreement, plan, audit, attestation, engagement; external evidence stands \
                 alone, and says whose, on which service and over which time",
            ));
        }
        if let Some(covers) = &filing.covers {
            if covers.span.from >= covers.span.until || covers.span.until > now {
                return Err(NotFiled::because(
                    "la période d'une preuve a un début et une fin, et elle est passée",
                    "the time of evidence has a beginning and an end, and lies in the past",
                ));
            }
            let services = self.store.services(establishment, self.as_of(now)).await?;
            if !services.iter().any(|one| one.id == covers.service) {
                let service = &covers.service;
                return Err(NotFiled::because(
                    format!("« {service} » : aucune prestation de ce nom dans {establishment}"),
                    format!("`{service}`: {establishment} has no service of this name"),
                ));
            }
        }
        let form = Form::of(bytes).map_err(|why| NotFiled::Refused(why.text()))?;
        if !evidence && !form.is_paper() {
            return Err(NotFiled::Refused(NoForm::Unknown.text()));
        }
        Ok(form)
    }

    /// Whether it is there already, and whether there is room.
    async fn has_room(
        &self,
        establishment: &EstablishmentId,
        sha256: &str,
        bytes: usize,
        now: Timestamp,
    ) -> Result<(), NotFiled> {
        let all = self.store.filed(establishment, self.as_of(now)).await?;
        if let Some(there) = all.iter().find(|one| one.sha256 == sha256) {
            let (name, at) = (&there.name, there.filed_at);
            return Err(NotFiled::because(
                format!("ce fichier est déjà déposé depuis le {at}, sous le nom « {name} »"),
                format!("this file is on file since {at}, as `{name}`"),
            ));
        }
        let sum = all.iter().fold(0_u64, |sum, one| sum.saturating_add(one.bytes));
        let sum = sum.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if all.len() >= FILED_COUNT_MAX || sum > self.papers_max {
            let (count, most) = (FILED_COUNT_MAX, self.papers_max / (1024 * 1024));
            return Err(NotFiled::because(
                format!(
                    "{establishment} a le plus qu'il peut garder : {count} documents, {most} Mio (documents.total_mib)"
                ),
                format!(
                    "{establishment} has as much as it may keep: {count} documents, {most} MiB (documents.total_mib)"
                ),
            ));
        }
        Ok(())
    }

    /// The scanner that found nothing; `None`: there is none. What was found, and what a scanner did not finish, is written
    /// down and not taken.
    async fn scan_document(
        &self,
        establishment: &EstablishmentId,
        sha256: [u8; 32],
        bytes: &[u8],
    ) -> Result<Option<String>, NotFiled> {
        if !self.quarantine.scanner.is_there() {
            return Ok(None);
        }
        let mut key = vec![0; COVER_KEY];
        self.entropy.fill(&mut key)?;
        let mut spool = self.quarantine.spools.begin(Secret::new(key)).await?;
        spool.append(bytes.to_vec()).await?;
        let (why, engine, found) = match self.quarantine.scanner.scan(&*spool).await {
            Scanned::Clean { engine } => return Ok(Some(engine)),
            Scanned::Found { engine, name } => ("found", Some(engine), name),
            Scanned::NotScanned(why) => ("not-scanned", None, why.to_owned()),
        };
        let fact = DocumentRefused {
            sha256,
            bytes: spool.length(),
            why: why.into(),
            engine: engine.map(Into::into),
            found: Some(found.as_str().into()),
        };
        self.scribe.note(self.host_note(establishment.clone(), fact)).await?;
        Err(match why {
            "found" => NotFiled::because(
                format!(
                    "refusé : l'analyse y a trouvé « {found} » ; faites examiner le poste d'où vient ce fichier"
                ),
                format!(
                    "refused: the scan found `{found}` in it; have the workstation examined that it comes from"
                ),
            ),
            _ => NotFiled::because(
                format!("refusé : le fichier n'a pas pu être analysé ({found})"),
                format!("refused: the file could not be scanned ({found})"),
            ),
        })
    }

    /// Its key, then its bytes, both durable. What fails leaves nothing, or what the next start removes.
    async fn keep_document(
        &self,
        establishment: &EstablishmentId,
        filed: &Filed,
        bytes: Vec<u8>,
    ) -> Result<(), PortError> {
        let key = self.vault.paper_key(establishment, filed.place).await?;
        let kept = self.papers.keep(establishment, filed.place, key, Arc::new(bytes)).await;
        if kept.is_err() {
            self.drop_document(establishment, filed.place).await;
        }
        kept
    }

    /// What was not filed goes: the bytes, then their key. What cannot be removed is removed by the next start.
    async fn drop_document(&self, establishment: &EstablishmentId, place: PaperId) {
        let gone = self.papers.discard(establishment, place).await;
        let gone = match gone {
            Ok(()) => self.vault.discard_paper_key(establishment, place).await,
            failed => failed,
        };
        if let Err(error) = gone {
            tracing::warn!(%error, "What is left of a document that was not filed goes with the next start");
        }
    }

    async fn write_filed(
        &self,
        establishment: &EstablishmentId,
        filed: &Filed,
        sha256: [u8; 32],
    ) -> Result<(), PortError> {
        let covers = filed.covers.as_ref();
        let fact = DocumentFiled {
            name: filed.name.as_str().into(),
            kinds: filed.kinds.iter().map(|kind| kind.as_str().into()).collect(),
            form: filed.form.as_str().into(),
            sha256,
            bytes: filed.bytes,
            place: filed.place.to_string().into(),
            engine: filed.scanned.as_deref().map(Into::into),
            writer: covers.map(|covers| covers.source.as_str().into()),
            service: covers.map(|covers| covers.service.clone()),
            from: covers.map(|covers| covers.span.from),
            until: covers.map(|covers| covers.span.until),
            since: None,
        };
        let put = Put::Filed { establishment: establishment.clone(), value: filed.clone() };
        let note = self.host_note(establishment.clone(), fact);
        let (at, by) = (filed.filed_at, "host operator".to_owned());
        let done =
            self.acts.commit(Act { puts: vec![put], sessions: Vec::new(), notes: vec![note], at, by }).await;
        match done {
            Ok(_) => Ok(()),
            Err(error @ (PortError::Conflict(_) | PortError::Missing(_))) => {
                // It was surely not done.
                self.drop_document(establishment, filed.place).await;
                Err(error)
            }
            // Whether it was done is not known: the next start knows.
            Err(error) => Err(error),
        }
    }

    /// The documents that are kept for an establishment, the oldest first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn filed(&self, establishment: &EstablishmentId) -> Result<Vec<Filed>, PortError> {
        let mut all = self.store.filed(establishment, self.as_of(self.clock.now())).await?;
        all.sort_by(|one, other| (one.filed_at, &one.sha256).cmp(&(other.filed_at, &other.sha256)));
        Ok(all)
    }

    /// The one document whose hash begins so, by eight digits at least.
    ///
    /// # Errors
    /// [`NotFiled::Refused`]: there is none, or several.
    pub async fn filed_one(&self, establishment: &EstablishmentId, hash: &str) -> Result<Filed, NotFiled> {
        let hash = hash.to_ascii_lowercase();
        let mut found = self.filed(establishment).await?;
        found.retain(|one| hash.len() >= SHORT && one.sha256.starts_with(&hash));
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => Err(NotFiled::because(
                format!(
                    "« {hash} » : aucun document, ou plusieurs, dont l'empreinte commence ainsi (8 chiffres au moins)"
                ),
                format!("`{hash}`: no document, or several, whose hash begins so (at least 8 digits)"),
            )),
        }
    }

    /// The bytes of a document, for somebody who says why: that is written down before it is opened.
    ///
    /// # Errors
    /// [`NotFiled::Refused`]: there is none of this hash, or the reason says nothing. [`NotFiled::Failed`]: it is not what
    /// was filed, among others.
    pub async fn read_document(
        &self,
        establishment: &EstablishmentId,
        by: Actor,
        hash: &str,
        reason: &str,
    ) -> Result<(Filed, Vec<u8>), NotFiled> {
        let filed = self.filed_one(establishment, hash).await?;
        if !is_reason(reason) {
            return Err(NotFiled::because(
                "dites pourquoi, en huit caractères au moins : c'est écrit au journal avant que rien ne soit montré",
                "say why, in eight characters at least: it is written into the ledger before anything is shown",
            ));
        }
        let fact = ReadingBegan {
            what: "document".into(),
            subject: Some(filed.sha256.as_str().into()),
            reason: reason.into(),
        };
        let note = crate::scribe::Note { by, ..self.host_note(establishment.clone(), fact) };
        let receipt = self.scribe.note(note).await?;
        let bytes = self.open_document(establishment, &filed, receipt).await?;
        Ok((filed, bytes))
    }

    /// Opens a document and holds it against its hash.
    async fn open_document(
        &self,
        establishment: &EstablishmentId,
        filed: &Filed,
        receipt: crate::ports::Receipt,
    ) -> Result<Vec<u8>, PortError> {
        let read = PaperRead { establishment: establishment.clone(), place: filed.place };
        let key = self.vault.open_paper(&Logged::new(read, receipt)).await?;
        let bytes = self.papers.read(establishment, filed.place, key).await?;
        if hex(&Digest::of(&[&bytes])) != filed.sha256 {
            return Err(PortError::Failed(format!("the document {} is not what was filed", filed.short())));
        }
        Ok(bytes)
    }

    /// Holds every document of an establishment against its hash. Nothing of any is shown; that they are opened is written
    /// down all the same.
    ///
    /// # Errors
    /// If the store or the ledger fails.
    pub async fn check_documents(&self, establishment: &EstablishmentId) -> Result<Vec<Checked>, PortError> {
        let all = self.filed(establishment).await?;
        let reason = "integrity check: nothing is shown";
        let fact = ReadingBegan { what: "documents".into(), subject: None, reason: reason.into() };
        let receipt = self.scribe.note(self.host_note(establishment.clone(), fact)).await?;
        let mut checked = Vec::with_capacity(all.len());
        for filed in all {
            let opened = self.open_document(establishment, &filed, receipt).await;
            checked.push(Checked { filed, fault: opened.err().map(|error| error.to_string()) });
        }
        Ok(checked)
    }

    /// At start: what an earlier run left half is finished or removed.
    pub(crate) async fn collect_papers(&self) -> Result<(), PortError> {
        // The emergency's traces know nothing of documents.
        let ordinary = if self.refuge { Vec::new() } else { self.journals.all() };
        for (establishment, _) in ordinary {
            let filed = self.store.filed(&establishment, Timestamp::MAX).await?;
            let is_filed = |place: PaperId| filed.iter().any(|one| one.place == place);
            let mut kept = BTreeSet::new();
            for Kept { place, settled } in self.papers.all(&establishment).await? {
                match (is_filed(place), settled) {
                    (true, false) => self.papers.settle(&establishment, place).await?,
                    (false, false) => self.papers.discard(&establishment, place).await?,
                    (false, true) => {
                        // Under a certificate the next purge removes it; without one somebody else put it there.
                        tracing::warn!(%establishment, %place, "A document lies here that is not on file");
                        kept.insert(place);
                    }
                    (true, true) => {}
                }
            }
            for place in self.vault.paper_keys(&establishment).await? {
                if !is_filed(place) && !kept.contains(&place) {
                    self.vault.discard_paper_key(&establishment, place).await?;
                }
            }
        }
        Ok(())
    }
}

/// The 32 bytes of a hash in hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let pair = |at: usize| text.get(at..at.checked_add(2)?).and_then(|two| u8::from_str_radix(two, 16).ok());
    let bytes = (0..text.len()).step_by(2).map(pair).collect::<Option<Vec<u8>>>()?;
    bytes.try_into().ok()
}
