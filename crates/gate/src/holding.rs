//! Uploads that are held (E6): kept whole, looked at, and let go on or not. What was decided is in the ledger before
//! anything goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{DELIVERIES_MAX, DELIVERY_DIGITS, Delivery};
use events::{Actor, DeliveryHeld, FileScanned};
use recording::Digest;
use transfer::{COVER_KEY, Name, Upload};
use vocab::{Secret, Text, Uploads};

use crate::acts::{Act, Acts};
use crate::live::Live;
use crate::ports::{Entropy, PortError, Put, Scanned, Scanner, Spool, Spools, Store, Versioned};
use crate::streams::hex;

/// Where uploads are held, and who looks at them.
#[derive(Clone)]
pub(crate) struct Quarantine {
    pub(crate) spools: Arc<dyn Spools>,
    pub(crate) scanner: Arc<dyn Scanner>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Where it stands who released what.
    pub(crate) store: Arc<dyn Store>,
    pub(crate) acts: Arc<Acts>,
}

/// Uploads of one session that are held at once: a client writes one or two at a time, and each takes memory and a
/// descriptor.
const FILES_MAX: u64 = 16;
/// Bytes of them in all: the longest file that is held at all.
const BYTES_MAX: u64 = 16 << 30;

/// Tries to write down a delivery while others write the same intervention.
const TRIES: u32 = 5;

/// What one session holds.
#[derive(Default)]
pub(crate) struct Shelf {
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Shelf {
    /// One more, or so many bytes more, where that is not too much.
    fn take(count: &AtomicU64, more: u64, most: u64) -> Result<(), PortError> {
        let taken = count.fetch_update(Ordering::AcqRel, Ordering::Acquire, |held| {
            held.checked_add(more).filter(|sum| *sum <= most)
        });
        taken.map(drop).map_err(|_| PortError::Failed("the session holds too much".into()))
    }
}

/// One upload, as far as it came.
pub struct Holding {
    spool: Box<dyn Spool>,
    digest: Digest,
    shelf: Arc<Shelf>,
    bytes: u64,
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.shelf.files.fetch_sub(1, Ordering::AcqRel);
        self.shelf.bytes.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

impl Holding {
    /// Takes the next bytes.
    pub async fn append(&mut self, bytes: Vec<u8>) -> Result<(), PortError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Shelf::take(&self.shelf.bytes, length, BYTES_MAX)?;
        self.bytes = self.bytes.saturating_add(length);
        self.digest.update(&bytes);
        self.spool.append(bytes).await
    }

    /// Bytes from here on, as many as there are and at most so many.
    pub async fn read(&self, from: u64, length: usize) -> Result<Vec<u8>, PortError> {
        self.spool.read(from, length).await
    }
}

impl Live {
    /// Makes room for one more upload.
    pub async fn hold(&self) -> Result<Holding, PortError> {
        let mut key = vec![0; COVER_KEY];
        self.quarantine.entropy.fill(&mut key)?;
        let spool = self.quarantine.spools.begin(Secret::new(key)).await?;
        Shelf::take(&self.shelf.files, 1, FILES_MAX)?;
        Ok(Holding { spool, digest: Digest::new(), shelf: Arc::clone(&self.shelf), bytes: 0 })
    }

    /// What tells a temporary name on the equipment from all others.
    pub fn tag(&self) -> Result<String, PortError> {
        let mut bytes = [0; 8];
        self.quarantine.entropy.fill(&mut bytes)?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Whether an upload that is whole may go on: it is scanned, and that is in the ledger before this answers. An
    /// error is what the technician is told.
    pub async fn judge(&self, channel: u32, upload: &Upload, holding: &Holding) -> Result<(), Text> {
        let (path, size) = (&upload.path, upload.size);
        if holding.spool.length() != size {
            return Err(lost(path));
        }
        let scanned = self.quarantine.scanner.scan(&*holding.spool).await;
        // What somebody wants to be scanned and was not does not go on; where there is no scanner, that was decided.
        let (verdict, engine, found, goes_on) = match &scanned {
            Scanned::Clean { engine } => ("clean", Some(engine), None, true),
            Scanned::Found { engine, name } => ("found", Some(engine), Some(name.as_str()), false),
            Scanned::NotScanned(why) => {
                ("not-scanned", None, Some(*why), !self.quarantine.scanner.is_there())
            }
        };
        let sha256 = holding.digest.clone().value();
        // What a person has to release goes on once somebody did; what was not looked at waits for nobody.
        let waits = match goes_on && self.terms().uploads == Uploads::Release {
            true => self.waits_for_release(upload, sha256).await?,
            false => None,
        };
        let goes_on = goes_on && waits.is_none();
        let fact = FileScanned {
            channel: u64::from(channel),
            path: path.to_string().as_str().into(),
            size,
            sha256,
            verdict: verdict.into(),
            engine: engine.map(|engine| engine.as_str().into()),
            found: found.map(Into::into),
            released: goes_on,
        };
        self.scribe.note(self.note(Actor::Gate, fact)).await.map_err(|error| {
            tracing::error!(%error, "What was decided of a file could not be written down");
            lost(path)
        })?;
        if let Some(said) = waits {
            return Err(said);
        }
        match scanned {
            _ if goes_on => Ok(()),
            Scanned::Found { name, .. } => Err(Text::new(
                format!(
                    "{path} : refusé, l'analyse y a trouvé « {name} » (E6). L'équipement n'en a rien reçu ; faites \
                     examiner le poste d'où vient ce fichier."
                ),
                format!(
                    "{path}: refused, the scan found `{name}` in it (E6). The equipment received none of it; have the \
                     workstation examined that this file comes from."
                ),
            )),
            Scanned::Clean { .. } | Scanned::NotScanned(_) => Err(Text::new(
                format!(
                    "{path} : refusé, le fichier n'a pas pu être analysé (E6). L'équipement n'en a rien reçu ; \
                     prévenez l'équipe informatique, puis recommencez."
                ),
                format!(
                    "{path}: refused, the file could not be scanned (E6). The equipment received none of it; tell \
                     the IT team, then try again."
                ),
            )),
        }
    }
}

impl Live {
    /// Whether this content still waits for a person of the establishment, and what the technician is told then; it is written down
    /// with the intervention before he is. An error is what he is told where nobody knows.
    async fn waits_for_release(&self, upload: &Upload, sha256: [u8; 32]) -> Result<Option<Text>, Text> {
        let path = &upload.path;
        for _ in 0..TRIES {
            let now = self.now();
            let read = self.quarantine.store.intervention(self.permit.intervention()).await;
            let Ok(Some(Versioned { version, mut value })) = read else { return Err(lost(path)) };
            let (id, hash) = (value.id.clone(), hex(&sha256));
            let known = value.delivery(&hash).map(|one| (one.is_released(now), one.settled.clone()));
            match known {
                Some((true, _)) => return Ok(None),
                Some((false, settled)) => {
                    return Ok(Some(held(path, &id, &hash, settled.is_some_and(|word| !word.released))));
                }
                None => {}
            }
            let delivery = Delivery {
                sha256: hash.clone(),
                name: path.to_string(),
                size: upload.size,
                by: self.attempt.person.clone(),
                at: now,
                session: self.id,
                settled: None,
            };
            if !value.brought(delivery) {
                return Err(crowded(path));
            }
            let fact = DeliveryHeld { path: path.to_string().as_str().into(), size: upload.size, sha256 };
            let note = self.note(Actor::Gate, fact);
            let puts = vec![Put::Intervention { read_at: version, value }];
            let act = Act { puts, sessions: Vec::new(), notes: vec![note], at: now, by: "gate".to_owned() };
            match self.quarantine.acts.commit(act).await {
                Ok(_) => return Ok(Some(held(path, &id, &hash, false))),
                // Somebody else wrote the intervention in the same moment.
                Err(PortError::Conflict(_)) => {}
                Err(error) => {
                    tracing::error!(session = %self.id, %error, "A delivery could not be written down");
                    return Err(lost(path));
                }
            }
        }
        Err(lost(path))
    }
}

/// What is said where an intervention has all the contents that it keeps.
fn crowded(path: &Name) -> Text {
    Text::new(
        format!(
            "{path} : {DELIVERIES_MAX} contenus ont déjà été déposés dans cette intervention, et celui-ci ne peut plus attendre (E7). \
             Réunissez-les en une archive, ou demandez une autre intervention."
        ),
        format!(
            "{path}: {DELIVERIES_MAX} contents were brought in this intervention already, and this one cannot wait (E7). Make one \
             archive of them, or ask for another intervention."
        ),
    )
}

/// What is said of a content that waits, or that was refused.
fn held(path: &Name, id: &vocab::InterventionId, hash: &str, refused: bool) -> Text {
    let short = hash.get(..DELIVERY_DIGITS).unwrap_or(hash);
    if refused {
        return Text::new(
            format!("{path} : refusé par l'établissement (E7, {short}). L'équipement n'en a rien reçu."),
            format!("{path}: refused by the establishment (E7, {short}). The equipment received none of it."),
        );
    }
    Text::new(
        format!(
            "{path} : sain, et retenu jusqu'à ce qu'une personne de l'établissement le libère (E7). L'équipement n'en a \
             rien reçu. Qu'elle dise : accept {id} {short} ; puis déposez-le de nouveau, à l'identique. SHA-256 {hash}"
        ),
        format!(
            "{path}: clean, and held until a person of the establishment releases it (E7). The equipment received none \
             of it. Have that person say: accept {id} {short}; then bring it again, unchanged. SHA-256 {hash}"
        ),
    )
}

/// What is said of an upload that could not be kept whole, or whose fate could not be written down.
fn lost(path: &Name) -> Text {
    Text::new(
        format!(
            "{path} : la porte n'a pas pu retenir ce fichier ou écrire ce qu'il en est (E6) ; l'équipement n'en a rien reçu."
        ),
        format!(
            "{path}: the gate could not hold this file or write down what became of it (E6); the equipment received \
             none of it."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_holds_so_much_and_no_more() {
        let count = AtomicU64::new(0);
        assert!(Shelf::take(&count, BYTES_MAX - 1, BYTES_MAX).is_ok());
        assert!(Shelf::take(&count, 2, BYTES_MAX).is_err());
        assert!(Shelf::take(&count, u64::MAX, BYTES_MAX).is_err());
        assert!(Shelf::take(&count, 1, BYTES_MAX).is_ok());
        assert_eq!(count.into_inner(), BYTES_MAX);
    }
}
