//! The gate dies at any step that it asks of its ports, with that step done or not, in whatever people do: a thousand
//! seeds, each a story and its deaths. The next boot finds a whole site.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use domain::State;
use events::Actor;
use gate::ports::{Put, Receipt};
use gate::{Backup, LogState, Opening};
use testkit::Kit;
use testkit::fiction::name;
use vocab::Ending;

use crate::door::{Door, may_take_out, takes_out};
use crate::walk::legal;

/// Each with a story of its own.
const SEEDS: u64 = 1_000;
/// About as many steps as are asked for, so that deaths come everywhere.
const STEPS_OF_A_START: u64 = 16;
const STEPS_OF_A_DEED: u64 = 8;

/// What people say, in an order in which it is done; `#` is the intervention.
const WORDS: [(&str, &str); 18] = [
    ("q.durand", "request maintenance-scanner 'autre chose'"),
    ("b.petit", "approve i-2"),
    ("b.petit", "check i-2 backup 'numéro 2'"),
    ("b.petit", "check i-1 backup 'numéro 1'"),
    ("q.durand", "exception i-1 1h 'panne'"),
    ("b.petit", "grant i-1 q.durand 1h"),
    ("r.dupont", "derogate i-1 a.martin scanner C2 1h 'panne'"),
    ("s.rssi", "review i-1 'vu'"),
    ("a.martin", "extend i-1 30m 'presque'"),
    ("a.martin", "long i-1 2h 'copie'"),
    ("a.martin", "certificate"),
    ("s.rssi", "suspend-provider acme 'incident'"),
    ("r.dupont", "resume-provider acme 'réglé'"),
    ("b.petit", "suspend i-1 'attendre'"),
    ("b.petit", "resume i-1"),
    ("a.martin", "report i-1 'fait'"),
    ("a.martin", "close i-1 reached"),
    ("b.petit", "confirm i-1"),
];

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

/// What was answered before the gate died.
#[derive(Default)]
struct Told {
    /// Entries of acts.
    acts: usize,
    /// Sessions that were opened, each with the place of its permit.
    permits: Vec<Receipt>,
    /// Whether something was under way when it died.
    under_way: bool,
}

/// One life of a gate, to its death: every task of it is gone at that moment. It dies in the middle of a step, or of
/// nothing.
fn lives(kit: &Kit, dice: &mut Dice, deeds: u64, told: &Mutex<Told>) {
    let steps = usize::try_from(dice.below(STEPS_OF_A_START + deeds * STEPS_OF_A_DEED)).unwrap();
    kit.troubles.over();
    kit.troubles.dies_after(steps, dice.below(2) == 0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        tokio::select! {
            biased;
            () = kit.troubles.died() => {}
            () = life(kit, dice, deeds, told) => {}
        }
    });
    kit.troubles.over();
}

async fn life(kit: &Kit, dice: &mut Dice, deeds: u64, told: &Mutex<Told>) {
    let Ok(gate) = kit.boot().await else { return std::future::pending().await };
    let door = Door { kit: kit.clone(), gate };
    let (mut words, mut open) = (usize::try_from(dice.below(18)).unwrap(), Vec::new());
    for _ in 0..deeds {
        told.lock().unwrap().under_way = true;
        let acts = deed(&door, dice, &mut words, &mut open, told).await;
        {
            let mut told = told.lock().unwrap();
            (told.acts, told.under_way) = (told.acts + acts, false);
        }
        // What was observed is on its way.
        for _ in 0..dice.below(4) {
            tokio::task::yield_now().await;
        }
    }
}

/// One thing that somebody does; returns how many entries of acts it left.
async fn deed(
    door: &Door,
    dice: &mut Dice,
    words: &mut usize,
    open: &mut Vec<Opening>,
    told: &Mutex<Told>,
) -> usize {
    let before = of_people(door);
    match dice.below(8) {
        0..4 => {
            // Mostly the next ones, so that they come to something.
            *words += 1 + usize::try_from(dice.below(2)).unwrap();
            let (person, line) = WORDS[*words % WORDS.len()];
            door.say(person, line).await;
        }
        4 | 5 => {
            if let Ok(opening) = door.open().await {
                told.lock().unwrap().permits.push(opening.permit.receipt());
                takes_out(&opening.live);
                open.push(opening);
            }
        }
        6 if !open.is_empty() => door.gate.close(&open.remove(0).live, Ending::Finished, None).await,
        _ => host(door, dice).await,
    }
    of_people(door) - before
}

/// Entries of acts that the gate did not do by itself.
fn of_people(door: &Door) -> usize {
    door.acts().iter().filter(|entry| entry.by != Actor::Gate).count()
}

/// What the host operator does.
async fn host(door: &Door, dice: &mut Dice) {
    let done = match dice.below(4) {
        0 => door.gate.enrolling(&name("n.personne")).await.is_ok(),
        1 => {
            let (nord, scanner) = (name("nord"), name("scanner"));
            door.gate.storing_account(&nord, &scanner, "poterne-scanner", "password").await.is_ok()
        }
        2 => {
            let service = door.kit.site.first_service().service;
            let title = format!("titre {}", dice.below(1_000));
            door.apply(vec![Put::Service(domain::Service { title, ..service })]).await.is_ok()
        }
        _ => {
            let logs = vec![LogState { establishment: name("nord"), entries: 1, root: [7; 32] }];
            let taken = door.kit.now();
            let backup = Backup { manifest: [1; 32], taken, logs, recordings: 0, apart: 0, bytes: 4 };
            door.gate.backed_up(&backup).await.is_ok()
        }
    };
    if !done {
        // It died while it drew something, which cannot wait: whoever asked hears nothing more.
        std::future::pending::<()>().await;
    }
}

/// What the next boot finds.
async fn judge(kit: &Kit, told: &Told, about: &str) {
    let door = Door::on(kit.clone()).await;
    let log = kit.log();
    let entries = log.entries();
    // Nothing that was answered is lost, and nothing stands that nobody asked for: one act was under way at most, and
    // the longest of them, a review, leaves three entries.
    let (acts, most) = (of_people(&door), told.acts + if told.under_way { 3 } else { 0 });
    assert!((told.acts..=most).contains(&acts), "{about}: {} told, {acts} stand", told.acts);
    assert!(told.permits.iter().all(|permit| log.holds(*permit)), "{about}");
    assert!(kit.safe.lent().iter().all(|lending| log.holds(lending.receipt)), "{about}: lent for nothing");
    // Each entry stands once, without a gap in its source; what waited for the log has come there.
    let texts = log.texts();
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len(), "{about}: an entry stands twice");
    let mut numbers: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    entries
        .iter()
        .for_each(|one| numbers.entry((one.boot, one.source.as_str().to_owned())).or_default().push(one.seq));
    for (source, mut numbers) in numbers {
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "{about}: {source:?}");
    }
    for waiting in kit.site.outbox() {
        let waiting = String::from_utf8_lossy(&waiting.entry).into_owned();
        assert!(texts.contains(&waiting), "{about}: {waiting} did not come to the log");
    }
    // Every session has one end, and its recording too; one that was made for a session which never was holds nothing.
    let of = |codes: &[&str]| -> Vec<_> {
        let mut all: Vec<_> = entries
            .iter()
            .filter(|entry| codes.contains(&entry.fact.code()))
            .map(|one| one.session)
            .collect();
        all.sort_unstable();
        all
    };
    let sessions = kit.site.sessions();
    assert_eq!(of(&["session-opened"]), of(&["session-ended", "session-crashed"]), "{about}");
    assert_eq!(of(&["session-opened"]).len(), sessions.len(), "{about}");
    assert!(sessions.iter().all(|(_, ending)| ending.is_some()), "{about}");
    for tape in kit.tapes.open() {
        let of_session = sessions.iter().any(|(row, _)| row.recording == tape.header().recording);
        assert!(!of_session && tape.text(recording::Track::Stdout).is_empty(), "{about}");
    }
    assert!(door.gate.overview().is_empty(), "{about}");
    door.tells_sessions_in_order();
    // The state is what the log says, and what opens opens by it.
    legal(&door);
    let state = entries.iter().filter(|entry| entry.intervention == Some(name("i-1"))).fold(
        State::Approved,
        |state, entry| match entry.fact.code() {
            "session-opened" | "intervention-resumed" | "closing-rejected" => State::Open,
            "intervention-suspended" => State::Suspended,
            "closing-proposed" => State::Closing,
            "closing-confirmed" => State::Closed,
            _ => state,
        },
    );
    assert_eq!(door.stands().state, state, "{about}");
    let opens = door.open().await.is_ok();
    assert!(!opens || matches!(state, State::Approved | State::Open), "{about}: it opens in {state:?}");
}

/// A story, its deaths and the boot after them; how many acts were answered, and whether it died in the middle of one.
fn story(seed: u64) -> (usize, bool) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (kit, told) = (Kit::with(may_take_out), Mutex::new(Told::default()));
    let deeds = 1 + dice.below(8);
    lives(&kit, &mut dice, deeds, &told);
    let told = told.into_inner().unwrap();
    // One time in three it dies again while it starts, before anybody comes.
    while dice.below(3) == 0 {
        lives(&kit, &mut dice, 0, &Mutex::default());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(judge(&kit, &told, &format!("seed {seed}")));
    (told.acts, told.under_way)
}

#[test]
fn it_dies_at_any_step_of_a_thousand_stories() {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let stories: Vec<(usize, bool)> = std::thread::scope(|scope| {
        let share = |first| scope.spawn(move || (first..SEEDS).step_by(cores as usize).map(story).collect());
        let shares: Vec<std::thread::ScopedJoinHandle<'_, Vec<_>>> = (0..cores).map(share).collect();
        shares.into_iter().flat_map(|share| share.join().unwrap()).collect()
    });
    let told: usize = stories.iter().map(|(acts, _)| acts).sum();
    let died = stories.iter().filter(|(_, under_way)| *under_way).count();
    println!("{told} acts were answered, {died} of {SEEDS} deaths came in the middle of something");
    assert!(told > 1_000 && died > 300, "the points are spread over what people do: {told}, {died}");
}
