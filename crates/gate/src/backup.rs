//! What a backup needs of the gate: a moment in which nothing changes, and what the ledger says of it; and what a
//! gate on restored data says first of all.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use events::{Actor, BackupTaken, Entry, Fact, LedgerRestored, VaultExported, VaultKeyChanged};
use vocab::{EstablishmentId, Timestamp};

use crate::Gate;
use crate::logged::{Export, Logged};
use crate::ports::{Journal, PortError};
use crate::scribe::Note;

/// How much of one log a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    /// Whose log.
    pub establishment: EstablishmentId,
    /// Its entries.
    pub entries: u64,
    /// The root over them.
    pub root: [u8; 32],
}

/// A backup that is whole and durable, and bears its name as soon as the ledger says so.
#[derive(Debug, Clone)]
pub struct Backup {
    /// The SHA-256 of its manifest.
    pub manifest: [u8; 32],
    /// The moment that it shows.
    pub taken: Timestamp,
    /// What it holds of each log.
    pub logs: Vec<LogState>,
    /// Recordings in it.
    pub recordings: u64,
    /// Recordings that it names only.
    pub apart: u64,
    /// Its length.
    pub bytes: u64,
}

/// From what this gate's data was restored, to be declared before anything else is written.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The SHA-256 of the backup's manifest.
    pub manifest: [u8; 32],
    /// The moment that the backup shows.
    pub taken: Timestamp,
    /// When it was restored.
    pub at: Timestamp,
    /// What was restored of each log.
    pub logs: Vec<LogState>,
}

impl Gate {
    /// Does `work` while no act is committed. Every act before it is in its log, and the store knows that; those that
    /// come wait. Observations go on.
    pub async fn standing_still<T>(&self, work: impl Future<Output = T>) -> Result<T, PortError> {
        self.acts.standing_still(work).await
    }

    /// Writes into each log that a backup was taken.
    pub async fn backed_up(&self, backup: &Backup) -> Result<(), PortError> {
        for log in &backup.logs {
            let fact = BackupTaken {
                manifest: backup.manifest,
                taken: backup.taken,
                entries: log.entries,
                root: log.root,
                recordings: backup.recordings,
                apart: backup.apart,
                bytes: backup.bytes,
            };
            self.by_host(log.establishment.clone(), fact).await?;
        }
        self.last_backup.store(backup.taken.as_micros(), Ordering::Release);
        Ok(())
    }

    /// The moment that the last known backup shows.
    pub fn last_backup(&self) -> Option<Timestamp> {
        let micros = self.last_backup.load(Ordering::Acquire);
        (micros != Timestamp::MIN.as_micros()).then(|| Timestamp::from_micros(micros))
    }

    /// Writes into each log that the accounts of its establishment are exported, before they are.
    pub async fn exporting_vault(
        &self,
        accounts: &[(EstablishmentId, u64)],
        recipients: &[String],
    ) -> Result<Logged<Export>, PortError> {
        let mut last = None;
        for (establishment, _) in self.journals.all() {
            let count =
                accounts.iter().find(|(whose, _)| *whose == establishment).map_or(0, |(_, count)| *count);
            let recipients = recipients.iter().map(|line| line.as_str().into()).collect();
            let fact = VaultExported { accounts: count, recipients };
            last = Some(self.scribe.note(self.host_note(establishment, fact)).await?);
        }
        let receipt = last.ok_or_else(|| PortError::Missing("a log".into()))?;
        Ok(Logged::new(Export { at: self.clock.now() }, receipt))
    }

    /// At start, before anything else is written: each log says that it was restored. A start that died in the middle
    /// of this has written it into some already, and it is written once.
    pub(crate) async fn say_restored(&self, restored: &Restored) -> Result<(), PortError> {
        for log in &restored.logs {
            let missing = || PortError::Missing(format!("the log of `{}`", log.establishment));
            let journal = self.journals.of(&log.establishment).ok_or_else(missing)?;
            if journal.size() != log.entries {
                self.said_so(&journal, log, restored).await?;
                continue;
            }
            let fact = LedgerRestored {
                manifest: restored.manifest,
                taken: restored.taken,
                entries: log.entries,
                root: log.root,
            };
            let note = Note { at: restored.at, ..self.host_note(log.establishment.clone(), fact) };
            self.scribe.note(note).await?;
        }
        Ok(())
    }

    /// At start: the vault is under another key than at the last one. Each log says so.
    pub async fn vault_key_changed(&self, former: &str, present: &str) -> Result<(), PortError> {
        for (establishment, _) in self.journals.all() {
            let fact = VaultKeyChanged { former: former.into(), present: present.into() };
            self.scribe.note(self.host_note(establishment, fact)).await?;
        }
        Ok(())
    }

    async fn said_so(
        &self,
        journal: &Arc<dyn Journal>,
        log: &LogState,
        restored: &Restored,
    ) -> Result<(), PortError> {
        let next = journal.read(log.entries, log.entries.saturating_add(1)).await?;
        let said = next.first().and_then(|bytes| Entry::decode(bytes).ok()).map(|entry| entry.fact);
        match said {
            Some(Fact::LedgerRestored(said)) if said.manifest == restored.manifest => Ok(()),
            _ => Err(PortError::Conflict(format!(
                "the log of `{}` went on after it was restored, without saying so",
                log.establishment
            ))),
        }
    }

    pub(crate) fn host_note(&self, establishment: EstablishmentId, fact: impl Into<Fact>) -> Note {
        let (at, by) = (self.clock.now(), Actor::Host);
        Note { establishment, at, by, session: None, intervention: None, fact: fact.into() }
    }

    pub(crate) async fn by_host(
        &self,
        establishment: EstablishmentId,
        fact: impl Into<Fact>,
    ) -> Result<(), PortError> {
        self.scribe.note(self.host_note(establishment, fact)).await.map(|_| ())
    }
}
