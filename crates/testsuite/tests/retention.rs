//! Months pass over real logs and recordings, a gate that dies at any step of purging them, and the real verifier
//! after each death: what it finds is whole, and nothing within its term is gone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use archive::{FolderJournal, FolderRecordings};
use events::Actor;
use gate::ports::{Boxed, Container, Journal, Journals, PortError, Receipt, Recorder, Recordings, Sealed};
use gate::{Gate, Logged, Parts, Removal, Settings, Stamped};
use ledger::{Ed25519Signer, MlDsa44Signer, Signer};
use recording::{Header, Recipient};
use testkit::fiction::{self, name};
use testkit::{Kit, Step, Troubles, known};
use vocab::{Ending, EstablishmentId, Lang, RecordingId, Secret, Timestamp};

const ORIGIN: &str = "poterne.invalid/nord/gate-1";
const DAY: Duration = Duration::from_secs(86_400);
/// What the site of these tests says.
const TRACES: u32 = 183;
const TAPES: u32 = 30;
/// Stories with deaths; with `POTERNE_LONG` in the environment, many.
const FEW: u64 = 6;
const MANY: u64 = 400;

fn signers() -> Vec<Box<dyn Signer>> {
    vec![
        Box::new(Ed25519Signer::from_seed(ORIGIN, &[1; 32]).unwrap()),
        Box::new(MlDsa44Signer::from_seed(ORIGIN, &[2; 32]).unwrap()),
    ]
}

/// A port that dies before or after what it is asked, where the troubles say so.
struct Dying<T>(T, Arc<Troubles>);

impl<T> Dying<T> {
    async fn around<R>(
        &self,
        step: Step,
        work: impl Future<Output = Result<R, PortError>>,
    ) -> Result<R, PortError> {
        self.1.around(step, || Ok(())).await?;
        let done = work.await;
        self.1.around(step, || Ok(())).await?;
        done.inspect_err(|why| eprintln!("{step:?}: {why}"))
    }
}

impl Journal for Dying<Arc<FolderJournal>> {
    fn append(&self, entries: Vec<Vec<u8>>) -> Boxed<'_, Result<Vec<Receipt>, PortError>> {
        Box::pin(self.around(Step::Append, Journal::append(&*self.0, entries)))
    }
    fn size(&self) -> u64 {
        self.0.size()
    }
    fn first(&self) -> u64 {
        self.0.first()
    }
    fn root_at(&self, size: u64) -> Boxed<'_, Result<[u8; 32], PortError>> {
        Box::pin(self.around(Step::ReadLog, self.0.root_at(size)))
    }
    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(self.around(Step::PurgeEntries, Journal::purge(&*self.0, removal)))
    }
    fn read(&self, from: u64, until: u64) -> Boxed<'_, Result<Vec<Vec<u8>>, PortError>> {
        Box::pin(self.around(Step::ReadLog, self.0.read(from, until)))
    }
    fn health(&self) -> Result<(), String> {
        self.0.health()
    }
    fn seal(&self) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(self.around(Step::Checkpoint, Journal::seal(&*self.0)))
    }
    fn checkpoint(&self) -> (u64, Vec<u8>) {
        Journal::checkpoint(&*self.0)
    }
    fn put_stamp(&self, stamp: &Logged<Stamped>) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(self.around(Step::PutStamp, Journal::put_stamp(&*self.0, stamp)))
    }
}

struct Home(Arc<Dying<Arc<FolderJournal>>>);

impl Journals for Home {
    fn of(&self, establishment: &EstablishmentId) -> Option<Arc<dyn Journal>> {
        (establishment.as_str() == "nord").then(|| Arc::clone(&self.0) as Arc<dyn Journal>)
    }
    fn home(&self) -> (EstablishmentId, Arc<dyn Journal>) {
        (name("nord"), Arc::clone(&self.0) as Arc<dyn Journal>)
    }
    fn all(&self) -> Vec<(EstablishmentId, Arc<dyn Journal>)> {
        vec![self.home()]
    }
}

impl Recordings for Dying<FolderRecordings> {
    fn create(&self, header: Header, key: Secret) -> Boxed<'_, Result<Arc<dyn Recorder>, PortError>> {
        // The kit's vault knows no reader.
        let recipients = vec![Recipient { key_id: b"k".to_vec(), wrapped: vec![7; 40] }];
        let header = Header { recipients, ..header };
        Box::pin(self.around(Step::CreateRecording, Recordings::create(&self.0, header, key)))
    }
    fn seal_crashed(
        &self,
        establishment: &EstablishmentId,
        recording: RecordingId,
        at: Timestamp,
    ) -> Boxed<'_, Result<Sealed, PortError>> {
        Box::pin(
            self.around(Step::SealCrashed, Recordings::seal_crashed(&self.0, establishment, recording, at)),
        )
    }
    fn discard(
        &self,
        establishment: &EstablishmentId,
        recording: RecordingId,
    ) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(self.around(Step::DiscardRecording, self.0.discard(establishment, recording)))
    }
    fn containers(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Vec<Container>, PortError>> {
        Box::pin(self.around(Step::ListRecordings, self.0.containers(establishment)))
    }
    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(self.around(Step::PurgeRecordings, self.0.purge(removal)))
    }
    fn health(&self) -> Result<(), String> {
        Recordings::health(&self.0)
    }
}

/// A site whose traces lie on a folder, over many boots.
struct World {
    kit: Kit,
    folder: tempfile::TempDir,
    /// How long the log was at which moment.
    grew: Mutex<Vec<(u64, Timestamp)>>,
}

/// One boot.
struct Boot {
    gate: Arc<Gate>,
    log: Arc<FolderJournal>,
}

impl World {
    fn new() -> Self {
        let kit = Kit::with(|facts| {
            facts.establishment.retention.trace_days = TRACES;
            facts.establishment.recording_days = TAPES;
        });
        let world = Self { kit, folder: tempfile::tempdir().unwrap(), grew: Mutex::default() };
        let keys: String = signers().iter().map(|signer| format!("{}\n", signer.key())).collect();
        std::fs::write(world.path("keys"), keys).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn evidence(&self) -> PathBuf {
        self.path("evidence/nord")
    }

    async fn boot(&self) -> Boot {
        let log = FolderJournal::open(&self.evidence(), ORIGIN, signers(), self.kit.clock.clone());
        let log = Arc::new(log.unwrap());
        let recordings = FolderRecordings::open(&self.path("evidence"), 0).unwrap();
        let dying = Dying(Arc::clone(&log), Arc::clone(&self.kit.troubles));
        let parts = Parts {
            journals: Arc::new(Home(Arc::new(dying))),
            recordings: Arc::new(Dying(recordings, Arc::clone(&self.kit.troubles))),
            ..self.kit.parts()
        };
        let settings = Settings {
            name: name("gate-1"),
            version: "test".to_owned(),
            sessions_max: 100,
            papers_max: 64 * 1024 * 1024,
            restored: None,
            last_backup: None,
            refuge: None,
            over: None,
        };
        Boot { gate: Gate::start(settings, parts).await.unwrap(), log }
    }

    /// One boot to its end.
    fn live(&self, life: impl AsyncFnOnce(&Boot)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let boot = self.boot().await;
            life(&boot).await;
            boot.gate.stop(Duration::from_secs(1)).await;
            boot.log.close().unwrap();
        });
    }

    /// One boot that dies after so many steps, with every task of it.
    fn dies(&self, steps: usize, life: impl AsyncFnOnce(&Boot)) {
        self.kit.troubles.dies_after(steps, true);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let lived = async {
                let boot = self.boot().await;
                life(&boot).await;
            };
            tokio::select! {
                biased;
                () = self.kit.troubles.died() => {}
                () = lived => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(10));
        self.kit.troubles.over();
    }

    /// The real verifier on what lies there: all of it is whole.
    fn verifies(&self, about: &str) -> serde_json::Value {
        let mut command = Command::new(program("poterne-verify"));
        let asked = command.arg(self.evidence()).arg("--key").arg(self.path("keys")).arg("--json");
        let done = asked.output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{about}: {said}{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_str(&said).unwrap()
    }

    /// Nothing that was written within the term is gone.
    fn keeps_its_term(&self, first: u64, about: &str) {
        let now = gate::ports::Clock::now(&*self.kit.clock);
        for (size, at) in self.grew.lock().unwrap().iter().filter(|(size, _)| *size < first) {
            let days = now.since(*at).as_secs() / 86_400;
            assert!(days >= TRACES.into(), "{about}: entry {size} of {days} days is gone");
        }
    }

    fn notes(&self, boot: &Boot) {
        self.grew.lock().unwrap().push((boot.log.size(), gate::ports::Clock::now(&*self.kit.clock)));
    }
}

fn program(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let built = here.parent().and_then(Path::parent).unwrap().join(name);
    assert!(built.exists(), "`{}` is not there: cargo build -p poterne-verify", built.display());
    built
}

impl Boot {
    async fn say(&self, person: &str, line: &str) -> gate::Reply {
        let mut who = known(person, Lang::Fr);
        who.since = fiction::now();
        self.gate.command(&who, line, b"").await
    }

    async fn done(&self, person: &str, line: &str) -> String {
        let reply = self.say(person, line).await;
        assert_eq!(reply.status, 0, "{person}: {line}: {}", reply.text);
        reply.text
    }

    /// So many entries of nothing in particular.
    async fn reads(&self, count: usize) {
        for _ in 0..count {
            self.gate
                .reading(&name("nord"), Actor::Host, "traces", None, "pour le remplissage")
                .await
                .unwrap();
        }
    }

    async fn session(&self, during: impl AsyncFnOnce()) {
        let opening = self.gate.open(known("a.martin", Lang::Fr), fiction::attempt()).await;
        let live = opening.unwrap_or_else(|refused| panic!("{}", refused.text)).live;
        live.notice(0, "bonjour", 7);
        during().await;
        self.gate.close(&live, Ending::Finished, None).await;
    }

    async fn retains(&self) -> gate::Ran {
        self.gate.retain(&name("nord"), Actor::Gate).await.unwrap()
    }
}

/// Two weeks of sessions, one of them across a boundary, and the intervention settled.
fn begun() -> World {
    let world = World::new();
    world.live(async |boot| {
        world.notes(boot);
        for _ in 0..3 {
            boot.session(async || boot.reads(10).await).await;
        }
        boot.session(async || boot.reads(300).await).await;
        world.notes(boot);
        world.kit.clock.pass(DAY * 7);
        for _ in 0..3 {
            boot.session(async || boot.reads(20).await).await;
        }
        boot.done("a.martin", "report i-1 'disque changé'").await;
        boot.done("a.martin", "close i-1 reached").await;
        boot.done("b.petit", "confirm i-1").await;
        boot.done("m.chef", "erased i-1").await;
        world.notes(boot);
    });
    world.verifies("begun");
    world
}

#[test]
fn what_is_old_goes_and_the_rest_verifies() {
    let world = begun();
    // After five weeks the first recordings are old, the second week's are not.
    world.kit.clock.pass(DAY * 25);
    world.live(async |boot| {
        let ran = boot.retains().await;
        assert_eq!((ran.recordings, ran.first), (4, (0, 0)));
        boot.reads(5).await;
    });
    assert_eq!(world.verifies("recordings went")["recordings_purged"], 4);
    // A month each, so that the log sees the time pass.
    for month in 0..6 {
        world.kit.clock.pass(DAY * 30);
        world.live(async |boot| {
            boot.retains().await;
            boot.reads(5).await;
            world.notes(boot);
            world.keeps_its_term(boot.log.first(), &format!("month {month}"));
        });
        let report = world.verifies(&format!("month {month}"));
        println!("month {month}: {}", report["purged"]);
    }
    let report = world.verifies("at the end");
    let purged = report["purged"].as_array().unwrap();
    assert_eq!(purged[0]["from"], 0);
    assert!(purged.last().unwrap()["until"].as_u64().unwrap() >= 256, "{purged:?}");
    let ended: u64 = purged.iter().map(|one| one["ended"].as_u64().unwrap()).sum();
    assert!(ended >= 3, "{purged:?}");
    assert!(!world.evidence().join("tile/entries/000").exists());
    assert!(world.evidence().join("tile/0/000").exists());
}

#[test]
fn a_clock_that_jumps_makes_nothing_old() {
    let world = begun();
    world.kit.clock.pass(DAY * 500);
    world.live(async |boot| {
        let ran = boot.retains().await;
        assert_eq!(ran.first, (0, 0), "a silence of 500 days counts for a month");
    });
    world.verifies("jumped");
}

#[test]
fn a_hold_keeps_what_it_is_about_and_nothing_else_goes_before_it_is_released() {
    let world = begun();
    world.live(async |boot| {
        boot.done("s.rssi", "hold i-1 'plainte du 3 mars'").await;
    });
    for _ in 0..8 {
        world.kit.clock.pass(DAY * 30);
        world.live(async |boot| {
            assert_eq!(
                boot.retains().await,
                gate::Ran { recordings: 0, documents: 0, emergencies: 0, rows: 0, first: (0, 0) }
            );
            boot.reads(2).await;
        });
    }
    world.verifies("held");
    world.live(async |boot| {
        let holds = boot.done("s.rssi", "holds").await;
        let hold = holds.split_whitespace().find(|word| word.starts_with("h-")).unwrap().to_owned();
        boot.done("r.dupont", &format!("release {hold} 'classée'")).await;
        let ran = boot.retains().await;
        assert_eq!((ran.recordings, ran.first.0), (7, 0));
        assert!(ran.first.1 >= 256, "{ran:?}");
    });
    world.verifies("released");
}

/// Five years after the contract ended, in one life: the log sees each month.
async fn years(world: &World, boot: &Boot) {
    for _ in 0..70 {
        world.kit.clock.pass(DAY * 30);
        boot.reads(2).await;
    }
}

#[test]
fn what_is_over_goes_from_the_database_and_the_log_verifies() {
    let world = begun();
    world.live(async |boot| {
        years(&world, boot).await;
        let keeping = boot.gate.keeping(&name("nord")).await.unwrap().unwrap();
        let ran = boot.retains().await;
        assert!(ran.rows > 0 && ran.rows >= keeping.rows.0, "{ran:?} {keeping:?}");
        assert!(world.kit.site.history("i-1").is_empty());
        boot.reads(300).await;
    });
    world.verifies("rows went");
    // The certificate grows old as any entry does, and the sessions that nobody knows any more hold nothing back.
    for _ in 0..8 {
        world.kit.clock.pass(DAY * 30);
        world.live(async |boot| {
            boot.retains().await;
            boot.reads(40).await;
        });
    }
    world.live(async |boot| assert!(boot.log.first() >= 256, "{}", boot.log.first()));
    world.verifies("the certificate went");
}

#[test]
fn it_dies_at_any_step_of_letting_rows_go() {
    let seeds = if std::env::var_os("POTERNE_LONG").is_some() { MANY } else { FEW };
    for seed in 0..seeds {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let world = begun();
        world.live(async |boot| years(&world, boot).await);
        for lived in 0..4 {
            let steps = usize::try_from(10 + dice.below(200)).unwrap();
            let there = !world.kit.site.history("i-1").is_empty();
            world.dies(steps, async |boot| drop(boot.gate.retain(&name("nord"), Actor::Gate).await));
            let about = format!("seed {seed}, life {lived}, {steps} steps");
            // Whole, or gone; what went stays away.
            assert!(there || world.kit.site.history("i-1").is_empty(), "{about}");
            world.live(async |_| {});
            world.verifies(&about);
        }
        world.live(async |boot| {
            boot.retains().await;
            assert_eq!(boot.retains().await.rows, 0);
        });
        assert!(world.kit.site.history("i-1").is_empty() && world.kit.site.sessions().is_empty());
        world.verifies(&format!("seed {seed}, at the end"));
    }
}

/// Numbers that look like chance, the same for the same seed (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What happens in a life: whatever comes, purging among it.
async fn life(world: &World, boot: &Boot, dice: &mut Dice) {
    for _ in 0..4 {
        match dice.below(6) {
            0 => drop(boot.say("s.rssi", "hold person a.martin 'enquête interne'").await),
            1 => {
                let holds = boot.say("s.rssi", "holds").await.text;
                for hold in holds.split_whitespace().filter(|word| word.starts_with("h-")) {
                    let _done = boot.say("s.rssi", &format!("release {hold} 'terminée'")).await;
                }
            }
            2 => {
                for _ in 0..dice.below(120) {
                    let reason = "pour le remplissage";
                    let _done = boot.gate.reading(&name("nord"), Actor::Host, "traces", None, reason).await;
                }
            }
            _ => drop(boot.gate.retain(&name("nord"), Actor::Gate).await),
        }
        world.notes(boot);
    }
}

#[test]
fn it_dies_at_any_step_of_a_purge() {
    let seeds = if std::env::var_os("POTERNE_LONG").is_some() { MANY } else { FEW };
    let (mut certified, mut tapes) = (0, 0);
    for seed in 0..seeds {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let world = begun();
        for lived in 0..14 {
            world.kit.clock.pass(DAY * (15 + u32::try_from(dice.below(15)).unwrap()));
            let steps = usize::try_from(20 + dice.below(60)).unwrap();
            world.dies(steps, async |boot| life(&world, boot, &mut dice).await);
            // Before anybody mends anything, and after the next boot has.
            let about = format!("seed {seed}, life {lived}");
            world.live(async |boot| {
                world.keeps_its_term(boot.log.first(), &about);
                world.notes(boot);
            });
            world.verifies(&about);
        }
        // In peace, everything that may go goes.
        world.live(async |boot| {
            let holds = boot.done("s.rssi", "holds").await;
            for hold in holds.split_whitespace().filter(|word| word.starts_with("h-")) {
                boot.done("s.rssi", &format!("release {hold} 'terminée'")).await;
            }
            boot.retains().await;
            world.keeps_its_term(boot.log.first(), "at the end");
        });
        let report = world.verifies(&format!("seed {seed}, at the end"));
        certified += report["purged"].as_array().unwrap().len();
        tapes += report["recordings_purged"].as_u64().unwrap();
        let first = std::fs::read_dir(world.evidence().join("recordings")).unwrap().count();
        assert_eq!(first, 0, "seed {seed}: all recordings are old");
    }
    println!("{seeds} stories of 14 deaths: {certified} certificates, {tapes} recordings");
    assert!(certified > 0 && tapes > 0);
}
