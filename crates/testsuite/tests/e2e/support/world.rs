//! A gate with a hospital behind it: the built programs, a real equipment, persons with keys and telephones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;

use super::client::{Client, Running};
use super::disk::Disk;
use super::phone::Phone;
use super::site::{self, BENEFICIARY, EQUIPMENT, REQUESTER, RESPONSABLE, RIGHTS, Site};
use super::sshd::Sshd;
use super::{Done, PATIENCE, fingerprint, finish, free_port, make_key, signal, until};

/// A world of one test; ended by process ids when dropped.
pub(crate) struct World {
    pub(crate) sshd: Sshd,
    pub(crate) metrics: u16,
    folder: tempfile::TempDir,
    gate: Option<Child>,
    disk: Option<Disk>,
    door: u16,
    starts: u32,
    phones: Mutex<BTreeMap<&'static str, Phone>>,
}

impl World {
    /// The gate serves, the site is applied, the account is in the vault, everybody is vouched for; no
    /// intervention yet.
    pub(crate) fn start() -> Self {
        Self::with_rights(RIGHTS)
    }

    /// The same, with these rights on the service.
    pub(crate) fn with_rights(rights: &[&str]) -> Self {
        let world = Self::strangers(rights);
        let everybody: Vec<String> = site::people().map(|person| world.print_of(person)).collect();
        world.says(RESPONSABLE, &format!("vouch {}", everybody.join(" "))).exits(0);
        world
    }

    /// The same, and nobody is vouched for.
    pub(crate) fn strangers(rights: &[&str]) -> Self {
        let mut world = Self {
            sshd: Sshd::start(),
            metrics: free_port(),
            folder: tempfile::tempdir().unwrap(),
            gate: None,
            disk: None,
            door: 0,
            starts: 0,
            phones: Mutex::default(),
        };
        world.describe(rights);
        world.initialise();
        world.open_door();
        world.commission();
        world
    }

    fn describe(&self, rights: &[&str]) {
        let config = format!(
            "[gate]\nname = \"porte-1\"\nhome = \"valbrume\"\ndata = \"data\"\nlisten = [\"127.0.0.1:0\"]\n\
             metrics = \"127.0.0.1:{}\"\n",
            self.metrics
        );
        std::fs::write(self.path("poterne.toml"), config).unwrap();
        let askpass = "#!/bin/sh\nprintf '%s\\n' \"$POTERNE_TEST_CODE\"\n";
        std::fs::write(self.path("askpass"), askpass).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(self.path("askpass"), mode).unwrap();
        let host_key = self.sshd.host_key();
        let site = Site { port: self.sshd.port, host_key: &host_key, login: &self.sshd.user, rights };
        let text = site.text(|person| {
            make_key(&self.path(person));
            let line = std::fs::read_to_string(self.path(&format!("{person}.pub"))).unwrap();
            line.trim_end().trim_end_matches(" test").to_owned()
        });
        std::fs::write(self.path("site.toml"), text).unwrap();
    }

    fn initialise(&self) {
        let reader = self.path("reader.key");
        let line = self.asked(&["reader-key", reader.to_str().unwrap(), "--label", "rssi"]).exits(0).out;
        std::fs::write(self.path("recipients"), line).unwrap();
        let recipients = self.path("recipients");
        self.poterne(&["init", "--recipients", recipients.to_str().unwrap()]).exits(0);
    }

    /// Starts the gate, again after it was ended; waits until its door is open.
    #[track_caller]
    pub(crate) fn open_door(&mut self) {
        assert!(self.tries_door(), "the gate ended: {}", self.log());
    }

    /// The same, by a command of the test's own.
    pub(crate) fn open_door_with(&mut self, serve: Command) {
        assert!(self.tries_door_with(serve), "the gate ended: {}", self.log());
    }

    /// The same, whether or not it ends before.
    pub(crate) fn tries_door(&mut self) -> bool {
        let mut serve = Command::new(program("poterne"));
        if let Some(disk) = &self.disk {
            disk.stands_before(&mut serve);
        }
        serve.args(["serve", "--config"]).arg(self.path("poterne.toml"));
        self.tries_door_with(serve)
    }

    fn tries_door_with(&mut self, mut serve: Command) -> bool {
        self.starts += 1;
        let log = self.log_path();
        let child = serve
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        self.gate = Some(child);
        let mut door = None;
        until("the door opens", PATIENCE, || {
            let text = std::fs::read_to_string(&log).unwrap();
            door = text.lines().find_map(opened_at);
            door.is_some() || !self.gate_runs()
        });
        self.door = door.unwrap_or(self.door);
        door.is_some()
    }

    /// The disk under the gate's data, which can be told to fail: from the next start on.
    pub(crate) fn disk(&mut self) -> &Disk {
        let (plan, under) = (self.path("plan"), self.path("data"));
        self.disk.get_or_insert_with(|| Disk::new(plan, under))
    }

    /// Whether its disk failed since it was told to.
    pub(crate) fn disk_failed(&self) -> bool {
        self.disk.as_ref().is_some_and(|disk| disk.happened() > 0)
    }

    /// Whether the gate has not ended.
    pub(crate) fn gate_runs(&mut self) -> bool {
        self.gate.as_mut().is_some_and(|gate| gate.try_wait().unwrap().is_none())
    }

    /// Stops the gate in order and starts it again.
    pub(crate) fn reopen(&mut self) {
        self.stop_gate();
        assert_eq!(self.gate_ends(), Some(0));
        self.open_door();
    }

    /// Adds a line to the section of the gate in its configuration, for its next start.
    pub(crate) fn configure(&self, line: &str) {
        let config = std::fs::read_to_string(self.path("poterne.toml")).unwrap();
        std::fs::write(self.path("poterne.toml"), config.replacen("[gate]", &format!("[gate]\n{line}"), 1))
            .unwrap();
    }

    /// The process of the gate.
    pub(crate) fn gate_id(&self) -> u32 {
        self.gate.as_ref().unwrap().id()
    }

    /// The service holds uploads from now on; the gate starts again, with this scanner behind it.
    pub(crate) fn holds(&mut self, clamd: Option<&str>) {
        let site = std::fs::read_to_string(self.path("site.toml")).unwrap();
        let held = site.replacen("\nrights = ", "\nuploads = \"hold\"\nrights = ", 1);
        assert_ne!(site, held);
        std::fs::write(self.path("site.toml"), held).unwrap();
        if let Some(clamd) = clamd {
            let mut config = std::fs::read_to_string(self.path("poterne.toml")).unwrap();
            config.push_str(&format!("\n[scanner]\nclamd = \"{clamd}\"\n"));
            std::fs::write(self.path("poterne.toml"), config).unwrap();
        }
        self.reopen();
        let site = self.path("site.toml");
        self.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0);
    }

    fn commission(&self) {
        let site = self.path("site.toml");
        self.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0);
        let account = self.poterne(&["account", &format!("{EQUIPMENT}.valbrume"), "--new-key"]).exits(0);
        self.sshd.authorize(account.out.lines().last().unwrap());
        for person in site::people() {
            self.enrol(person);
        }
    }

    /// Draws a second factor for a person, who has it on the telephone from now on.
    pub(crate) fn enrol(&self, person: &'static str) {
        let link = self.poterne(&["enrol", person]).exits(0).out;
        let mut phones = self.phones.lock().unwrap();
        let phone = match phones.remove(person) {
            Some(phone) => phone.renewed(&link),
            None => Phone::new(&link),
        };
        phones.insert(person, phone);
    }

    /// What is vouched for: a person and the fingerprint of his key.
    pub(crate) fn print_of(&self, person: &str) -> String {
        format!("{person}={}", fingerprint(&self.path(&format!("{person}.pub"))))
    }

    /// An intervention that is approved and checked: `i-1`.
    pub(crate) fn intervention(&self) -> &'static str {
        self.says(REQUESTER, "request scanner-tm --out 'journaux du constructeur' 'Panne fictive'").exits(0);
        self.says(BENEFICIARY, "approve i-1").exits(0);
        self.says(BENEFICIARY, "check i-1 sauvegarde 'Sauvegarde de la nuit'").exits(0);
        "i-1"
    }

    /// A file of the world's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The port of the door.
    pub(crate) fn door(&self) -> u16 {
        self.door
    }

    /// What an auditor is shown.
    pub(crate) fn evidence(&self) -> PathBuf {
        self.path("data/evidence/valbrume")
    }

    /// The recordings on the disk.
    pub(crate) fn recordings(&self) -> Vec<PathBuf> {
        let found = std::fs::read_dir(self.evidence().join("recordings"));
        found.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    }

    /// A person's client, with his next code.
    pub(crate) fn client(&self, person: &str) -> Client<'_> {
        let code = self.phones.lock().unwrap().get_mut(person).unwrap().code();
        Client::new(self, person, code)
    }

    /// The same, or none when his next code is not there yet.
    pub(crate) fn client_at_once(&self, person: &str) -> Option<Client<'_>> {
        let code = self.phones.lock().unwrap().get_mut(person).unwrap().code_at_once()?;
        Some(Client::new(self, person, code))
    }

    /// A command of the door, under a person's own key and second factor.
    pub(crate) fn says(&self, person: &str, command: &str) -> Done {
        self.client(person).command(command)
    }

    /// `poterne` with these arguments and this gate's configuration.
    pub(crate) fn poterne(&self, arguments: &[&str]) -> Done {
        finish(self.command(arguments), PATIENCE)
    }

    /// The same, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program_in_french("poterne");
        command.args(arguments).arg("--config").arg(self.path("poterne.toml"));
        command
    }

    /// `poterne` with these arguments alone.
    pub(crate) fn asked(&self, arguments: &[&str]) -> Done {
        let mut command = program_in_french("poterne");
        command.args(arguments);
        finish(command, PATIENCE)
    }

    /// `poterne-verify` on a folder of evidence, with this gate's public keys.
    pub(crate) fn verify(&self, evidence: &Path, more: &[&str]) -> Done {
        let mut command = Command::new(program("poterne-verify"));
        command.arg(evidence).arg("--key").arg(self.path("data/public/valbrume.keys")).args(more);
        finish(command, PATIENCE)
    }

    /// Every entry of the ledger, verified, in whatever moment of its writing the folder is met.
    #[track_caller]
    pub(crate) fn ledger(&self) -> Vec<Value> {
        let done = self.verify(&self.evidence(), &["--print", "--lang", "en"]);
        let entry = |line: &str| {
            let entry: Value = serde_json::from_str(line.get(line.find('{')?..)?).ok()?;
            entry.is_object().then_some(entry)
        };
        done.exits(0).says("Everything is whole.").out.lines().filter_map(entry).collect()
    }

    /// Waits until so many entries with this code are under the signed checkpoint, and returns them. An
    /// acknowledged entry may wait a second for it.
    #[track_caller]
    pub(crate) fn traced(&self, code: &str, count: usize) -> Vec<Value> {
        let entries = self.traced_at_least(code, count);
        assert_eq!(entries.len(), count, "{code}: {entries:#?}");
        entries
    }

    /// The same, of which there may be more.
    #[track_caller]
    pub(crate) fn traced_at_least(&self, code: &str, count: usize) -> Vec<Value> {
        let mut entries = Vec::new();
        until(code, Duration::from_secs(20), || {
            entries = self.ledger();
            entries.retain(|entry| entry["code"] == code);
            entries.len() >= count
        });
        entries
    }

    /// Waits until so many sessions are over; returns how they ended, in order.
    #[track_caller]
    pub(crate) fn ended(&self, count: usize) -> Vec<String> {
        let mut endings = Vec::new();
        let mut entries = Vec::new();
        until("sessions are over", Duration::from_secs(20), || {
            entries = self.ledger();
            endings = entries.iter().filter_map(ending).collect();
            endings.len() >= count
        });
        assert_eq!(endings.len(), count, "{endings:?}");
        self.accounted(&entries);
        endings
    }

    /// Every byte is accounted for: the four states of each ended session are what the gate says that both legs
    /// carried, which it counts elsewhere.
    #[track_caller]
    fn accounted(&self, entries: &[Value]) {
        let logs: Vec<String> = (1..=self.starts)
            .map(|start| std::fs::read_to_string(self.path(&format!("gate-{start}.log"))).unwrap())
            .collect();
        let said: Vec<&str> = logs
            .iter()
            .flat_map(|log| log.lines())
            .filter(|line| line.contains("Both legs are over"))
            .collect();
        let number = |line: &str, name: &str| -> u64 {
            let (_, after) = line.split_once(&format!("{name}=")).unwrap();
            after.split(' ').next().unwrap().parse().unwrap()
        };
        for end in entries.iter().filter(|entry| entry["code"] == "session-ended") {
            let session = end["session"].as_str().unwrap();
            let line = said.iter().find(|line| line.contains(session)).unwrap();
            for (flow, leg) in [("inward", "from_technician"), ("outward", "from_equipment")] {
                let states = ["parsed", "unparsed", "elided", "refused"];
                let came: u64 = states.iter().map(|state| end["data"][flow][state].as_u64().unwrap()).sum();
                assert_eq!(came, number(line, leg), "{flow}: {end}\n{line}");
            }
        }
    }

    /// Starts a command on the equipment that speaks and goes on; waits until it is heard.
    #[track_caller]
    pub(crate) fn speaking(&self, person: &str) -> Running {
        let running = self.client(person).starts("echo begun; while sleep 0.1; do echo tick; done");
        running.until_says("tick");
        running
    }

    /// The live sessions, as `poterne session list` tells them.
    pub(crate) fn live(&self) -> Vec<Value> {
        let list = self.poterne(&["session", "list", "--json"]).exits(0).out;
        serde_json::from_str::<Value>(&list).unwrap().as_array().unwrap().clone()
    }

    /// Ends the gate as a power cut would.
    pub(crate) fn kill_gate(&mut self) {
        let mut gate = self.gate.take().unwrap();
        gate.kill().unwrap();
        gate.wait().unwrap();
    }

    /// Waits for the end of a gate that was told to stop; returns its exit status.
    pub(crate) fn gate_ends(&mut self) -> Option<i32> {
        let mut gate = self.gate.take().unwrap();
        let mut status = None;
        until("the gate ends", Duration::from_secs(20), || {
            status = gate.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().code()
    }

    /// Resident memory of the gate, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.gate.as_ref().unwrap().id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
    }

    /// Tells the gate to stop in order.
    pub(crate) fn stop_gate(&self) {
        signal("-TERM", self.gate.as_ref().unwrap().id());
    }

    /// What the gate logged since its last start.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.path(&format!("gate-{}.log", self.starts))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- gate\n{}", self.log());
        }
        if let Some(mut gate) = self.gate.take() {
            // It may have ended by itself: that is what the log above tells.
            let _gone = gate.kill();
            let _reaped = gate.wait();
        }
    }
}

/// How a session ended, where this entry is of its end.
fn ending(entry: &Value) -> Option<String> {
    match entry["code"].as_str() {
        Some("session-ended") => Some(entry["data"]["ending"].as_str().unwrap().to_owned()),
        Some("session-crashed") => Some("crash".to_owned()),
        _ => None,
    }
}

/// The port in the line that says that the door is open.
fn opened_at(line: &str) -> Option<u16> {
    let (_, after) = line.split_once("The door is open address=127.0.0.1:")?;
    after.split(' ').next()?.parse().ok()
}

/// A program of the product, built beside this test.
/// Whoever runs the tests has a language of his own.
fn program_in_french(name: &str) -> Command {
    let mut command = Command::new(program(name));
    command.env("LC_ALL", "C.UTF-8");
    command
}

pub(crate) fn program(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let built = here.parent().unwrap().parent().unwrap().join(name);
    assert!(built.exists(), "`{}` is not there: cargo build -p poterne -p poterne-verify", built.display());
    built
}
