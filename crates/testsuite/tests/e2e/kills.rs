//! `kill -9` at seeded points of the real program: before, within or after one of the steps that it takes on its disk
//! and on its sockets, while sessions, uploads, acts of people and of the host operator are under way.
//!
//! After each: the gate opens again; what a client was told is in the ledger, once; what was never asked for is not;
//! every session has its end; the evidence verifies; and what opens is what the ledger says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::client::Client;
use crate::support::disk::How;
use crate::support::site::{
    BENEFICIARY, ENGLISH, FOREIGN, REQUESTER, RESPONSABLE, SECOND, SECURITY, TECHNICIAN,
};
use crate::support::world::World;
use crate::support::{Dice, Done, PATIENCE, finish, noise, points};

/// Seeds of an ordinary run and of a long one; of the long one so many share a world.
const FEW: u64 = 6;
const MANY: u64 = 1_000;
const OF_A_WORLD: u64 = 50;
/// A start of the gate takes about so many steps, and what follows in one life so many.
const STEPS_OF_A_START: u64 = 40;
const STEPS_OF_A_LIFE: u64 = 350;

#[test]
fn killed_at_seeded_points() {
    let seeds: Vec<u64> = points(FEW, MANY).collect();
    for seeds in seeds.chunks(usize::try_from(OF_A_WORLD).unwrap()) {
        let mut house = House::open();
        for seed in seeds {
            println!("seed {seed}");
            house.life(*seed);
        }
    }
}

/// One thing that somebody did, or tried to.
#[derive(Debug)]
pub(crate) struct Deed {
    /// The event that it leaves.
    code: &'static str,
    /// What the event says of this one and of no other.
    marker: Option<String>,
    /// Whether somebody was told that it is done.
    told: bool,
}

impl Deed {
    pub(crate) fn new(code: &'static str, marker: Option<&str>, told: bool) -> Self {
        Self { code, marker: marker.map(str::to_owned), told }
    }
}

/// A world whose disk fails when it is told to, and its people.
pub(crate) struct House {
    pub(crate) world: World,
    certificate: PathBuf,
    /// Entries that were looked at.
    seen: usize,
}

impl House {
    pub(crate) fn open() -> Self {
        let mut world = World::start();
        world.disk();
        world.holds(None);
        world.intervention();
        let given = world.client(TECHNICIAN).command("certificate").exits(0);
        let certificate = world.path("given.pub");
        std::fs::write(&certificate, given.out).unwrap();
        let mut house = Self { world, certificate, seen: 0 };
        house.seen = house.at_rest().len();
        house
    }

    /// One life: the gate starts, is killed somewhere, and starts again; each start may be the one that is killed.
    fn life(&mut self, seed: u64) {
        let mut dice = Dice::of_point(seed);
        let hows = [How::Before, How::Middle, How::After];
        // It dies at its start, one time in three; it may die there again.
        while dice.below(3) == 0 {
            self.world.disk().forget();
            self.world.disk().fails(dice.below(STEPS_OF_A_START), dice.one_of(&hows));
            self.world.tries_door();
            self.world.kill_gate();
        }
        self.world.disk().forget();
        self.world.open_door();
        let (how, steps) = (dice.one_of(&hows), dice.below(STEPS_OF_A_LIFE));
        self.world.disk().fails(steps, how);
        let deeds = self.traffic(&mut dice, &seed.to_string());
        println!("{how:?} step {steps}, reached: {}", !self.world.gate_runs());
        self.world.kill_gate();
        self.judge(deeds);
    }

    /// Everybody at once, until the gate is gone or all of it was done.
    pub(crate) fn traffic(&self, dice: &mut Dice, about: &str) -> Vec<Deed> {
        let dices = [1, 2, 3].map(|_| Dice::seeded(dice.roll()));
        std::thread::scope(|scope| {
            let [inside, host, people] = dices;
            let of = |name: &str| format!("{name}-{about}");
            let all = [
                scope.spawn({
                    let name = of("session");
                    move || self.sessions(inside, &name)
                }),
                scope.spawn({
                    let name = of("host");
                    move || self.host(host, &name)
                }),
                scope.spawn({
                    let name = of("act");
                    move || self.acts(people, &name)
                }),
            ];
            all.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        })
    }

    /// The technician's client, which needs no code.
    pub(crate) fn script(&self) -> Client<'_> {
        Client::new(&self.world, TECHNICIAN, String::new())
            .within("i-1")
            .option("-oBatchMode=yes")
            .option(&format!("-oCertificateFile={}", self.certificate.display()))
    }

    /// Sessions: a command, one that says a lot, an upload that is held.
    fn sessions(&self, mut dice: Dice, name: &str) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for number in 0..1 + dice.below(2) {
            let marker = format!("{name}-{number}");
            match dice.below(3) {
                0 => {
                    let done = self.script().exec(&format!("echo {marker}"));
                    deeds.push(Deed::new("session-opened", None, done.out.contains(&marker)));
                }
                1 => {
                    let long = format!("echo {marker}; head -c 400000 /dev/urandom");
                    let done = self.script().exec(&long);
                    deeds.push(Deed::new("session-opened", None, done.out.contains(&marker)));
                }
                _ => deeds.extend(self.upload(&marker)),
            }
        }
        deeds
    }

    fn upload(&self, marker: &str) -> [Deed; 2] {
        let (from, batch) = (self.world.path(marker), self.world.path("batch"));
        noise(&from, 100_000, 7);
        let to = self.world.sshd.path(marker);
        std::fs::write(&batch, format!("put {} {}\n", from.display(), to.display())).unwrap();
        let client = self.script();
        let mut command = client.openssh("sftp");
        command.arg("-b").arg(&batch).arg(client.equipment());
        let told = finish(command, PATIENCE).status == Some(0);
        std::fs::remove_file(&from).unwrap();
        [Deed::new("file-scanned", Some(marker), told), Deed::new("session-opened", None, told)]
    }

    /// The host operator, who needs no code: second factors, accounts, the site's file, a backup. Where the gate is gone
    /// the command does it itself.
    fn host(&self, mut dice: Dice, name: &str) -> Vec<Deed> {
        let world = &self.world;
        let succeeds = |done: Done| done.status == Some(0);
        let mut deeds = Vec::new();
        for number in 0..1 + dice.below(2) {
            deeds.push(match dice.below(4) {
                0 => {
                    let told = succeeds(world.poterne(&["enrol", "z.autre"]));
                    Deed::new("second-factor-enrolled", None, told)
                }
                1 => {
                    let account = [&*format!("{FOREIGN}.valbrume"), "--new-key"];
                    let told = succeeds(world.poterne(&[&["account"], &account[..]].concat()));
                    Deed::new("account-stored", None, told)
                }
                2 => {
                    let site = world.path("site.toml");
                    let text = std::fs::read_to_string(&site).unwrap();
                    let (before, after) = text.split_once("name = \"AutreFab").unwrap();
                    let (_, after) = after.split_once('"').unwrap();
                    std::fs::write(&site, format!("{before}name = \"AutreFab {name} {number}\"{after}"))
                        .unwrap();
                    let told = succeeds(world.poterne(&["apply", site.to_str().unwrap(), "--yes"]));
                    Deed::new("site-applied", None, told)
                }
                _ => {
                    let to = world.path(&format!("{name}-{number}.age"));
                    let told = succeeds(world.poterne(&["backup", "--to", to.to_str().unwrap()]));
                    // It has its name once it stands in the ledger.
                    let named = to.exists();
                    assert!(!told || named);
                    if named {
                        std::fs::remove_file(&to).unwrap();
                    }
                    Deed::new("backup-taken", None, named)
                }
            });
        }
        deeds
    }

    /// Acts of people, each by whoever may and has a code.
    fn acts(&self, mut dice: Dice, name: &str) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for number in 0..2 {
            let marker = format!("{name}-{number}");
            let (person, code, words) = match dice.below(8) {
                0 | 1 => {
                    (REQUESTER, "intervention-requested", format!("request scanner-tm --out x '{marker}'"))
                }
                2 => (BENEFICIARY, "checklist-ticked", format!("check i-1 sauvegarde '{marker}'")),
                3 => (SECURITY, "intervention-suspended", format!("suspend i-1 '{marker}'")),
                4 => (RESPONSABLE, "intervention-resumed", "resume i-1".to_owned()),
                5 => (ENGLISH, "long-operation-declared", format!("long i-1 30m '{marker}'")),
                6 => (BENEFICIARY, "intervention-approved", "approve i-2".to_owned()),
                _ => (SECOND, "certificate-given", "certificate".to_owned()),
            };
            if let Some(client) = self.world.client_at_once(person) {
                let told = client.command(&words).status == Some(0);
                let marker = words.contains(&marker).then_some(marker);
                deeds.push(Deed::new(code, marker.as_deref(), told));
            }
        }
        deeds
    }

    /// The gate stops in order; then everything is under its checkpoint.
    fn at_rest(&mut self) -> Vec<Value> {
        self.world.stop_gate();
        assert_eq!(self.world.gate_ends(), Some(0), "{}", self.world.log());
        self.world.ledger()
    }

    /// What the next start finds, on a sound disk. The gate does not run before and after it.
    pub(crate) fn judge(&mut self, mut deeds: Vec<Deed>) {
        self.world.disk().forget();
        self.world.open_door();
        assert!(self.world.live().is_empty());
        let opens = self.opens(&mut deeds);
        let all = self.at_rest();
        ends_once(&all);
        // What opened is what the ledger says, before whoever judges took it up again.
        let mut moves: Vec<bool> = all.iter().filter_map(set_aside).collect();
        if deeds.last().is_some_and(|deed| deed.code == "intervention-resumed" && deed.told && !opens) {
            moves.pop();
        }
        assert_eq!(opens, !moves.pop().unwrap_or_default());
        let new: Vec<(&Value, String)> =
            all.iter().skip(self.seen).map(|entry| (entry, entry.to_string())).collect();
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for deed in &deeds {
            let (told, tried) = counts.entry(deed.code).or_default();
            (*told, *tried) = (*told + usize::from(deed.told), *tried + 1);
            let Some(marker) = &deed.marker else { continue };
            let found = new
                .iter()
                .filter(|(entry, text)| entry["code"] == deed.code && text.contains(marker))
                .count();
            assert!(found == 1 || found == 0 && !deed.told, "{deed:?} stands {found} times: {new:#?}");
            self.nothing_unwritten(marker, found);
        }
        for (code, (told, tried)) in counts {
            let found = new.iter().filter(|(entry, _)| entry["code"] == code).count();
            assert!((told..=tried).contains(&found), "{code}: {told} told, {tried} tried, {found} stand");
        }
        let told = deeds.iter().filter(|deed| deed.told).count();
        println!("{} entries, {told} of {} deeds were told", new.len(), deeds.len());
        self.seen = all.len();
    }

    /// Nothing of a held upload is on the equipment whose verdict is not in the ledger.
    fn nothing_unwritten(&self, marker: &str, found: usize) {
        if marker.starts_with("session") && found == 0 {
            let there = names(&self.world.sshd.path(""));
            assert!(!there.iter().any(|name| name.contains(marker)), "{marker}: {there:?}");
        }
    }

    /// Whether the intervention opens; no other equipment does, and nobody without a second factor. What was set aside
    /// is taken up again where somebody can, so that the next life has sessions.
    fn opens(&self, deeds: &mut Vec<Deed>) -> bool {
        let done = self.script().exec("echo inside");
        let opens = done.out.contains("inside");
        assert_eq!(done.status, Some(if opens { 0 } else { 254 }), "{}", done.said());
        deeds.push(Deed::new("session-opened", None, opens));
        assert_eq!(self.script().exec_on(FOREIGN, "true").status, Some(254));
        let bare = Client::new(&self.world, SECOND, "000000".to_owned())
            .option("-oNumberOfPasswordPrompts=1")
            .exec("true");
        assert_eq!(bare.status, Some(255), "{}", bare.said());
        if !opens && let Some(client) = self.world.client_at_once(RESPONSABLE) {
            client.command("resume i-1").exits(0);
            deeds.push(Deed::new("intervention-resumed", None, true));
        }
        opens
    }
}

/// Whether an entry sets the intervention aside, or takes it up again.
fn set_aside(entry: &Value) -> Option<bool> {
    let is = |code: &str| entry["intervention"] == "i-1" && entry["code"] == code;
    match () {
        () if is("intervention-suspended") => Some(true),
        () if is("intervention-resumed") => Some(false),
        () => None,
    }
}

/// Every session that was opened has one end.
fn ends_once(all: &[Value]) {
    let of = |codes: &[&str]| {
        let mut sessions: Vec<&str> = all
            .iter()
            .filter(|entry| codes.iter().any(|code| entry["code"] == *code))
            .map(|entry| entry["session"].as_str().unwrap())
            .collect();
        sessions.sort_unstable();
        sessions
    };
    assert_eq!(of(&["session-opened"]), of(&["session-ended", "session-crashed"]));
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}
