//! A door with everything behind it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use domain::{Fingerprint, ServiceFacts};
use ssh_edge::{HostKey, Settings};
use testkit::{Dice, Disk, Kit, Log, Safe, SetClock, Site, Tape, Tapes, Troubles};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, watch};
use tokio::task::JoinHandle;
use vocab::{Ending, Rights};

use super::client::{Client, Mux};
use super::facts::reached_at;
use super::sshd::Sshd;
use super::{account, fingerprint, make_key, until};

/// One seed for each world.
static SEEDS: AtomicU64 = AtomicU64::new(1);
/// Tests that measure the memory of the process run alone.
static ROOM: LazyLock<Arc<RwLock<()>>> = LazyLock::new(Arc::default);

#[expect(dead_code, reason = "held, not read")]
enum Place {
    Shared(OwnedRwLockReadGuard<()>),
    Alone(OwnedRwLockWriteGuard<()>),
}

/// A door that listens on loopback.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) port: u16,
    pub(crate) site: Arc<Site>,
    pub(crate) log: Arc<Log>,
    pub(crate) safe: Arc<Safe>,
    pub(crate) disk: watch::Sender<Disk>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) troubles: Arc<Troubles>,
    tapes: Arc<Tapes>,
    stop: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
    supervising: JoinHandle<()>,
    _place: Place,
}

impl World {
    /// A door in front of this equipment, with the limits of the house.
    pub(crate) async fn start(sshd: &Sshd) -> Self {
        Self::with(sshd, |_| {}, Settings::default()).await
    }

    /// A door in front of this equipment, while no other test runs.
    pub(crate) async fn alone(sshd: &Sshd, settings: Settings) -> Self {
        let place = Place::Alone(ROOM.clone().write_owned().await);
        Self::at(place, sshd, |_| {}, settings, running()).await
    }

    /// A door in front of this equipment, whose clock stands still.
    pub(crate) async fn timeless(sshd: &Sshd) -> Self {
        let place = Place::Shared(ROOM.clone().read_owned().await);
        Self::at(place, sshd, |_| {}, Settings::default(), SetClock::at(testkit::fiction::now())).await
    }

    /// A door in front of this equipment.
    pub(crate) async fn with(sshd: &Sshd, edit: impl FnOnce(&mut ServiceFacts), settings: Settings) -> Self {
        let place = Place::Shared(ROOM.clone().read_owned().await);
        Self::at(place, sshd, edit, settings, running()).await
    }

    async fn at(
        place: Place,
        sshd: &Sshd,
        edit: impl FnOnce(&mut ServiceFacts),
        settings: Settings,
        clock: SetClock,
    ) -> Self {
        account::listen();
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        make_key(&at("id"));
        make_key(&at("door"));
        let key = Fingerprint(fingerprint(&at("id.pub")));
        let mut facts = reached_at(&key, sshd.port, &sshd.host_key, &sshd.user);
        edit(&mut facts);
        let mut kit = Kit::of(&[facts], clock);
        // Sessions of all worlds have names of their own.
        kit.dice = Arc::new(Dice::seeded(SEEDS.fetch_add(1, Ordering::Relaxed), kit.troubles.clone()));
        kit.safe = Arc::new(Safe::with_key(&sshd.user, sshd.login_key(), kit.troubles.clone()));
        let gate = kit.boot().await.unwrap();
        let supervising = tokio::spawn(gate.clone().supervise());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let host_key = HostKey::from_openssh(&std::fs::read_to_string(at("door")).unwrap()).unwrap();
        std::fs::write(at("known_hosts"), format!("[127.0.0.1]:{port} {}\n", host_key.public())).unwrap();
        let (stop, stopping) = watch::channel(false);
        let serving =
            Some(tokio::spawn(ssh_edge::serve(listener, gate.clone(), host_key, settings, stopping)));
        let (log, disk) = (kit.log(), kit.tapes.disk.clone());
        let Kit { site, safe, tapes, clock, troubles, .. } = kit;
        Self {
            folder,
            port,
            site,
            log,
            safe,
            disk,
            clock,
            troubles,
            tapes,
            stop,
            serving,
            supervising,
            _place: place,
        }
    }

    /// The technician's client.
    pub(crate) fn client(&self) -> Client<'_> {
        Client::new(self)
    }

    /// One connection for many commands, whose first channel lives until it leaves.
    pub(crate) async fn mux(&self) -> Mux<'_> {
        Mux::start(self).await
    }

    /// Gives the service these rights and no other.
    pub(crate) fn rights(&self, rights: Rights) {
        self.site.change(|facts| facts.service.rights = rights);
    }

    /// The recording of the last session.
    pub(crate) fn tape(&self) -> Arc<Tape> {
        self.tapes.all().last().cloned().expect("a session was opened")
    }

    /// Sessions that were opened.
    pub(crate) fn sessions(&self) -> usize {
        self.tapes.all().len()
    }

    /// How the last session ended; waits for it.
    pub(crate) async fn ending(&self) -> Ending {
        let tape = self.tape();
        until("the session ends", Duration::from_secs(20), || tape.ending().is_some()).await;
        let ending = tape.ending().unwrap();
        let code = format!("\"{}\"", ending.as_str());
        until("its end is in the ledger", Duration::from_secs(5), || {
            !self.log.with(&["session-ended", &code]).is_empty()
        })
        .await;
        ending
    }

    /// The entries with these words, as many as there are to be: an observation is written soon after what it tells.
    pub(crate) async fn traced(&self, words: &[&str], count: usize) -> Vec<String> {
        let found = || self.log.with(words);
        let waits = async {
            while found().len() < count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _in_time = tokio::time::timeout(Duration::from_secs(20), waits).await;
        assert_eq!(found().len(), count, "{words:?}: {:#?}", self.log.texts());
        found()
    }

    /// Everything that was let through was sent, and the ledger's account is what both legs carried.
    pub(crate) fn all_was_sent(&self) {
        account::check_sent(&self.log.entries());
    }

    /// Stops the door in order.
    pub(crate) async fn stop(&mut self) {
        self.stop.send(true).unwrap();
        if let Some(serving) = self.serving.take() {
            tokio::time::timeout(Duration::from_secs(10), serving).await.expect("the door stops").unwrap();
        }
    }
}

/// Real time passes, from the middle of the window on.
fn running() -> SetClock {
    SetClock::running(testkit::fiction::now())
}

impl Drop for World {
    fn drop(&mut self) {
        self.supervising.abort();
        if let Some(serving) = &self.serving {
            serving.abort();
        }
        if !std::thread::panicking() {
            account::check(&self.log.entries());
        }
    }
}
