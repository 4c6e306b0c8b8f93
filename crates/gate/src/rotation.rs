//! A reserved account is given another secret when an intervention is over (T9).
//!
//! ```text
//! due ─▶ began (logged) ─▶ fresh one drawn and kept ─▶ in force at the equipment ─▶ seen to open ─▶ lent first
//!                                                                                          │
//!                              forgotten, written down ◀─ seen to open nothing ◀─ former one taken out of force
//! ```
//! The vault keeps both from the drawing to the forgetting: wherever it breaks off, one of them opens, both are lent,
//! and the same steps are taken again with the same secrets. Nobody works on the equipment meanwhile: whoever is in
//! under the same account could read what passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{Disclosure, Due, DueGround, Equipment, Rotation, SecretKind};
use events::{AccountRotated, AccountRotationBegan, AccountRotationDue, AccountRotationFailed, Actor, Fact};
use tokio::sync::Notify;
use vocab::{EquipmentId, EstablishmentId, Timestamp};

use crate::acts::Act;
use crate::logged::Turn;
use crate::ports::{FactName, PortError, Put, RotationFault, Whose};
use crate::scribe::Note;
use crate::{Gate, Grant, Logged};

/// One try: at most five logins and two commands.
const TRY_MAX: Duration = Duration::from_secs(120);
/// After the first failure; doubled with each that follows.
const AGAIN_FIRST: Duration = Duration::from_secs(60);
/// At most this long until the next try.
const AGAIN_MOST: Duration = Duration::from_secs(3600);
/// How long an opening waits for a change that is going on.
const OPENING_PATIENCE: Duration = Duration::from_secs(20);

/// A secret that was shown to somebody changes after this long at the latest.
pub(crate) const DISCLOSED_FOR: Duration = Duration::from_secs(4 * 3600);

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RotationOutcome {
    /// The account has another secret.
    Done,
    /// Somebody works on the equipment, or its secret is being changed: later.
    Busy,
    /// Nothing is due, or the gate does not change this account's secret.
    NotDue,
    /// It did not succeed, in words for the log: it is tried again.
    Failed(RotationFault),
}

/// The accounts whose secret is to change.
#[derive(Default)]
pub(crate) struct Rotations {
    state: Mutex<State>,
    over: Notify,
}

#[derive(Default)]
struct State {
    due: BTreeMap<Whose, Wait>,
    turning: BTreeSet<Whose>,
}

#[derive(Clone, Copy)]
struct Wait {
    /// When it is tried.
    next: Timestamp,
    failures: u32,
}

impl Rotations {
    /// From then on; at once, where that was before.
    pub(crate) fn add(&self, whose: Whose, since: Timestamp) {
        let mut state = self.locked();
        let wait = state.due.entry(whose).or_insert(Wait { next: since, failures: 0 });
        if wait.failures == 0 {
            wait.next = wait.next.min(since);
        }
    }

    /// How many are to change.
    pub(crate) fn count(&self) -> usize {
        self.locked().due.len()
    }

    pub(crate) fn is_turning(&self, whose: &Whose) -> bool {
        self.locked().turning.contains(whose)
    }

    /// Waits until nobody changes this one, for some time.
    pub(crate) async fn free(&self, whose: &Whose) {
        let free = async {
            loop {
                let over = self.over.notified();
                if !self.is_turning(whose) {
                    return;
                }
                over.await;
            }
        };
        let _patience = tokio::time::timeout(OPENING_PATIENCE, free).await;
    }

    fn alone(&self, whose: &Whose) -> Option<Alone<'_>> {
        let first = self.locked().turning.insert(whose.clone());
        first.then(|| Alone { rotations: self, whose: whose.clone() })
    }

    fn ripe(&self, now: Timestamp) -> Vec<Whose> {
        let state = self.locked();
        // A clock that was put back holds nothing up for longer than it waits at most.
        let ripe = |wait: &Wait| wait.next <= now || wait.next.since(now) > DISCLOSED_FOR.max(AGAIN_MOST);
        state.due.iter().filter(|(_, wait)| ripe(wait)).map(|(whose, _)| whose.clone()).collect()
    }

    fn settle(&self, whose: &Whose) {
        self.locked().due.remove(whose);
    }

    fn later(&self, whose: &Whose, now: Timestamp) {
        let mut state = self.locked();
        let failures = state.due.get(whose).map_or(0, |wait| wait.failures);
        let doubled = AGAIN_FIRST.saturating_mul(2_u32.saturating_pow(failures.min(16)));
        let wait = Wait { next: now.after(doubled.min(AGAIN_MOST)), failures: failures.saturating_add(1) };
        state.due.insert(whose.clone(), wait);
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody opens a session on the equipment while this lives.
pub(crate) struct Alone<'a> {
    rotations: &'a Rotations,
    whose: Whose,
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.rotations.locked().turning.remove(&self.whose);
        self.rotations.over.notify_waiters();
    }
}

/// A secret that changed, and whether it is to change once more.
struct Changed {
    due: Option<Due>,
}

/// A step that went wrong, and how.
struct Broken(&'static str, RotationFault);

fn broken<E: std::fmt::Display>(step: &'static str, why: &'static str) -> impl Fn(E) -> Broken {
    move |error| Broken(step, RotationFault { why, detail: Some(error.to_string()) })
}

/// What makes a secret due from then on: nothing where it is already, or where the gate does not change it. One that was
/// disclosed is due for whoever changes it.
pub(crate) fn made_due(
    equipment: &Equipment,
    since: Timestamp,
    ground: DueGround,
) -> Option<(Put, AccountRotationDue)> {
    let account = equipment.account.as_ref()?;
    let ours = account.rotates() || ground == DueGround::Disclosed;
    if !ours || account.rotation_due.as_ref().is_some_and(|due| due.since <= since) {
        return None;
    }
    let fact = AccountRotationDue { equipment: equipment.id.clone(), ground: ground.as_str().into() };
    let value = Rotation { rotated_at: account.rotated_at, due: Some(Due { since, ground }) };
    let (establishment, equipment) = (equipment.establishment.clone(), equipment.id.clone());
    Some((Put::Rotation { establishment, equipment, value }, fact))
}

impl Gate {
    /// How many secrets are to change and did not yet.
    pub fn rotations_due(&self) -> usize {
        self.rotations.count()
    }

    /// The host operator asks for a new secret: it is due from now on, and tried at once. An account that the gate does
    /// not change is [`RotationOutcome::NotDue`].
    pub async fn rotate_now(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
    ) -> Result<RotationOutcome, PortError> {
        let now = self.clock.now();
        let whose = (establishment.clone(), equipment.clone());
        let found = self.store.equipment(establishment, equipment, self.as_of(now)).await?;
        let found = found.ok_or_else(|| PortError::Missing(format!("equipment `{equipment}`")))?;
        if let Some((put, fact)) = made_due(&found, now, DueGround::Asked) {
            let note = of(&whose, now, Actor::Host, fact.into());
            let by = "host operator".to_owned();
            self.acts
                .commit(Act { puts: vec![put], sessions: Vec::new(), notes: vec![note], at: now, by })
                .await?;
        }
        let tried = self.rotate(&whose).await;
        if tried == RotationOutcome::Busy {
            self.rotations.add(whose, now);
        }
        Ok(tried)
    }

    /// A secret was put into the vault by hand. `another`: than the vault had before, so that nothing is due. What was
    /// there already is no change: it stays due as it was, and what was shown of it stays shown.
    pub async fn account_stored(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        tag: &str,
        another: bool,
    ) -> Result<(), PortError> {
        let (whose, now) = ((establishment.clone(), equipment.clone()), self.clock.now());
        if another {
            self.changed(whose.clone(), tag, now, Vec::new(), false, "host operator").await?;
            self.rotations.settle(&whose);
            return Ok(());
        }
        // The gate may have died between the vault and the database, or the vault been given another key.
        let tag = Put::AccountTag { establishment: whose.0, equipment: whose.1, tag: Some(tag.to_owned()) };
        let by = "host operator".to_owned();
        let act = Act { puts: vec![tag], sessions: Vec::new(), notes: Vec::new(), at: now, by };
        self.acts.commit(act).await.map(drop)
    }

    /// Changes what is due, for as long as the program runs.
    pub(crate) async fn rotate_all(&self, mut ticks: tokio::time::Interval) {
        loop {
            ticks.tick().await;
            for whose in self.rotations.ripe(self.clock.now()) {
                self.rotate(&whose).await;
            }
        }
    }

    /// One try, if nobody is in the way.
    async fn rotate(&self, whose: &Whose) -> RotationOutcome {
        let Some(_alone) = self.alone(whose).await else { return RotationOutcome::Busy };
        let tried = tokio::time::timeout(TRY_MAX, self.turn(whose)).await;
        let late = || Err(Broken("all", RotationFault { why: "timeout", detail: None }));
        match tried.unwrap_or_else(|_| late()) {
            Ok(None) => {
                self.rotations.settle(whose);
                RotationOutcome::NotDue
            }
            Ok(Some(Changed { due })) => {
                self.rotations.settle(whose);
                due.into_iter().for_each(|due| self.rotations.add(whose.clone(), due.since));
                RotationOutcome::Done
            }
            Err(Broken(step, fault)) => {
                let now = self.clock.now();
                self.rotations.later(whose, now);
                tracing::error!(equipment = %whose.1, step, %fault, "A secret could not be changed");
                let fact = AccountRotationFailed {
                    equipment: whose.1.clone(),
                    step: step.into(),
                    why: fault.why.into(),
                    detail: fault.detail.clone().map(Into::into),
                };
                if let Err(error) = self.scribe.note(of(whose, now, Actor::Gate, fact.into())).await {
                    tracing::error!(%error, "That could not be written down");
                }
                RotationOutcome::Failed(fault)
            }
        }
    }

    /// Keeps openings away, unless somebody is in already.
    async fn alone(&self, whose: &Whose) -> Option<Alone<'_>> {
        // An opening looks under the same lock.
        let _openings = self.openings.lock().await;
        let here =
            |permit: &policy::Permit| (permit.establishment(), permit.equipment()) == (&whose.0, &whose.1);
        if self.sessions.all().iter().any(|live| here(&live.permit)) {
            return None;
        }
        self.rotations.alone(whose)
    }

    /// Keeps changes and openings away while a secret is put into the vault by hand: one that comes into force meanwhile
    /// would be forgotten.
    pub(crate) async fn unturned(&self, whose: &Whose) -> Option<Alone<'_>> {
        self.rotations.free(whose).await;
        let _openings = self.openings.lock().await;
        self.rotations.alone(whose)
    }

    /// All steps, or where it broke. `None`: nothing is due here any more.
    async fn turn(&self, whose: &Whose) -> Result<Option<Changed>, Broken> {
        let now = self.clock.now();
        let found = self.store.equipment(&whose.0, &whose.1, self.as_of(now)).await;
        let Some(found) = found.map_err(broken("begin", "store"))? else { return Ok(None) };
        let Some(account) = found.account.as_ref().filter(|one| one.rotates() && one.rotation_due.is_some())
        else {
            return Ok(None);
        };
        let (login, form) = (account.login.clone(), form(account.secret));
        let unpinned = || Broken("begin", RotationFault { why: "host-key", detail: None });
        let turn = Turn::of(&found).ok_or_else(unpinned)?;
        let began = AccountRotationBegan {
            equipment: whose.1.clone(),
            login: login.as_str().into(),
            form: form.into(),
        };
        let noted = self.scribe.note(of(whose, now, Actor::Gate, began.into())).await;
        let grant = Logged::new(Grant::Rotation(turn), noted.map_err(broken("begin", "ledger"))?);
        let pair = self.vault.begin_rotation(&grant).await.map_err(broken("begin", "vault"))?;
        if !pair.proved {
            self.rotator.establish(&grant, &pair).await.map_err(|fault| Broken("establish", fault))?;
            self.vault.prove_rotation(&grant).await.map_err(broken("prove", "vault"))?;
        }
        self.rotator.retire(&grant, &pair).await.map_err(|fault| Broken("retire", fault))?;
        let tag = self.vault.end_rotation(&grant).await.map_err(broken("end", "vault"))?;
        let now = self.clock.now();
        let fact =
            AccountRotated { equipment: whose.1.clone(), login: login.as_str().into(), form: form.into() };
        let notes = vec![of(whose, now, Actor::Gate, fact.into())];
        let changed = self.changed(whose.clone(), &tag, now, notes, pair.again, "gate").await;
        changed.map(Some).map_err(broken("end", "store"))
    }

    /// The account has another secret since now. One that was there already when somebody was shown what there was
    /// (`seen`) is due as it was then.
    async fn changed(
        &self,
        whose: Whose,
        tag: &str,
        now: Timestamp,
        mut notes: Vec<Note>,
        seen: bool,
        by: &str,
    ) -> Result<Changed, PortError> {
        let (establishment, equipment) = &whose;
        let disclosure = self.store.disclosure(establishment, equipment, self.as_of(now)).await?;
        let shown = disclosure.as_ref().and_then(Disclosure::last_shown);
        let due = shown
            .filter(|_| seen)
            .map(|at| Due { since: at.after(DISCLOSED_FOR).max(now), ground: DueGround::Disclosed });
        if let Some(due) = &due {
            let ground = due.ground.as_str().into();
            let fact = AccountRotationDue { equipment: equipment.clone(), ground };
            notes.push(of(&whose, now, Actor::Gate, fact.into()));
        }
        let (establishment, equipment) = whose;
        // What is asked for and was not shown yet goes on; what was shown is over.
        let told = disclosure.filter(|one| one.last_shown().is_some()).map(|one| match one.shown_at {
            Some(_) => Put::End(FactName::Disclosure {
                establishment: establishment.clone(),
                equipment: equipment.clone(),
            }),
            None => Put::Disclosure {
                establishment: establishment.clone(),
                equipment: equipment.clone(),
                value: Disclosure { shown_before: None, ..one },
            },
        });
        let mut puts = vec![
            Put::AccountTag {
                establishment: establishment.clone(),
                equipment: equipment.clone(),
                tag: Some(tag.to_owned()),
            },
            Put::Rotation {
                establishment,
                equipment,
                value: Rotation { rotated_at: Some(now), due: due.clone() },
            },
        ];
        puts.extend(told);
        self.acts.commit(Act { puts, sessions: Vec::new(), notes, at: now, by: by.to_owned() }).await?;
        Ok(Changed { due })
    }
}

/// The word of the ledger for a kind of secret.
fn form(secret: SecretKind) -> &'static str {
    match secret {
        SecretKind::Password => "password",
        SecretKind::Key => "key",
        SecretKind::Certificate => "certificate",
    }
}

fn of(whose: &Whose, at: Timestamp, by: Actor, fact: Fact) -> Note {
    Note { establishment: whose.0.clone(), at, by, session: None, intervention: None, fact }
}
