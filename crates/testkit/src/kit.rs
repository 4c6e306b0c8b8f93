//! Everything behind one gate.

use std::sync::Arc;

use domain::{LoginProof, SecondFactor, ServiceFacts};
use gate::{Gate, Known, Over, Parts, Refuge, Restored, Settings, StartError};
use vocab::{EstablishmentId, Lang, Timestamp};

use crate::{
    Bench, Cabinet, Desk, Device, Dice, Log, Logs, Safe, SetClock, Shelf, Site, Sniffer, Tapes, Troubles,
};

/// The ports of one gate around the fictitious site. It outlives the gate: another boot finds what the last one
/// left.
#[derive(Clone)]
pub struct Kit {
    /// The clock.
    pub clock: Arc<SetClock>,
    /// The dice.
    pub dice: Arc<Dice>,
    /// The store.
    pub site: Arc<Site>,
    /// The logs.
    pub logs: Arc<Logs>,
    /// The recordings.
    pub tapes: Arc<Tapes>,
    /// The vault.
    pub safe: Arc<Safe>,
    /// The equipment, as its secret is changed.
    pub device: Arc<Device>,
    /// The scanner.
    pub sniffer: Arc<Sniffer>,
    /// The ticketing tool.
    pub desk: Arc<Desk>,
    /// Where documents are kept.
    pub cabinet: Arc<Cabinet>,
    /// The emergency journals that were laid aside.
    pub shelf: Arc<Shelf>,
    /// What goes wrong.
    pub troubles: Arc<Troubles>,
}

impl Kit {
    /// The fictitious site, in order, in the middle of its window.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The fictitious site with one thing changed.
    pub fn with(edit: impl FnOnce(&mut ServiceFacts)) -> Self {
        let mut facts = fiction::service_facts();
        edit(&mut facts);
        Self::of(&[facts], SetClock::at(fiction::now()))
    }

    /// These services, and the people of the fictitious site.
    pub fn of(services: &[ServiceFacts], clock: SetClock) -> Self {
        let (clock, troubles) = (Arc::new(clock), Arc::<Troubles>::default());
        let (people, providers) = (fiction::people(), fiction::providers());
        let owners: Vec<EstablishmentId> =
            services.iter().map(|facts| facts.establishment.id.clone()).collect();
        Self {
            dice: Arc::new(Dice::seeded(1, troubles.clone())),
            site: Arc::new(Site::new(services, people, providers, clock.clone(), troubles.clone())),
            logs: Arc::new(Logs::of(&owners, &troubles)),
            tapes: Arc::new(Tapes::new(troubles.clone())),
            safe: Arc::new(Safe::new("poterne-scanner", "fictif", troubles.clone())),
            device: Arc::new(Device::new("fictif", troubles.clone())),
            sniffer: Arc::default(),
            desk: Arc::default(),
            cabinet: Arc::new(Cabinet::new(troubles.clone())),
            shelf: Arc::default(),
            clock,
            troubles,
        }
    }

    /// The ports, for a gate.
    pub fn parts(&self) -> Parts {
        Parts {
            clock: self.clock.clone(),
            entropy: self.dice.clone(),
            store: self.site.clone(),
            journals: self.logs.clone(),
            recordings: self.tapes.clone(),
            vault: self.safe.clone(),
            rotator: self.device.clone(),
            spools: Arc::new(Bench::new(self.troubles.clone())),
            scanner: self.sniffer.clone(),
            tickets: self.desk.clone(),
            papers: self.cabinet.clone(),
            asides: self.shelf.clone(),
        }
    }

    /// Opens the logs again and starts a gate on all of it.
    pub async fn boot(&self) -> Result<Arc<Gate>, StartError> {
        self.logs.reopen();
        Gate::start(settings(), self.parts()).await
    }

    /// The same, on data that was restored from a backup.
    pub async fn boot_restored(&self, restored: Restored) -> Result<Arc<Gate>, StartError> {
        self.logs.reopen();
        Gate::start(Settings { restored: Some(restored), ..settings() }, self.parts()).await
    }

    /// The same on the emergency journal, while this much of the outbox waits for the ordinary one.
    pub async fn boot_refuge(&self, held: u64) -> Result<Arc<Gate>, StartError> {
        self.logs.reopen();
        Gate::start(Settings { refuge: Some(Refuge { held }), ..settings() }, self.parts()).await
    }

    /// The same on the ordinary journal, once this emergency is over.
    pub async fn boot_joined(&self, over: Over) -> Result<Arc<Gate>, StartError> {
        self.logs.reopen();
        Gate::start(Settings { over: Some(over), ..settings() }, self.parts()).await
    }

    /// Another, empty log in place of the ordinary one: that of an emergency, or of its end.
    pub fn on_logs(self, logs: Arc<Logs>) -> Self {
        Self { logs, ..self }
    }

    /// The home establishment's log.
    pub fn log(&self) -> Arc<Log> {
        self.logs.at_home()
    }

    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        gate::ports::Clock::now(&*self.clock)
    }
}

impl Default for Kit {
    fn default() -> Self {
        Self::new()
    }
}

/// What a gate of the tests is.
fn settings() -> Settings {
    Settings {
        name: fiction::name("gate-1"),
        version: "test".to_owned(),
        sessions_max: 100,
        papers_max: 64 * 1024 * 1024,
        restored: None,
        last_backup: None,
        refuge: None,
        over: None,
    }
}

/// A person of the site who has just proved who he is.
pub fn known(person: &str, lang: Lang) -> Known {
    let proof = LoginProof { key: fiction::key_of(person), second: Some(SecondFactor::Totp), enrolment: 0 };
    let (from, since) = (std::net::Ipv4Addr::LOCALHOST.into(), fiction::now());
    Known { person: fiction::name(person), proof, lang, from, since, relayed_by: None, by_token: None }
}
