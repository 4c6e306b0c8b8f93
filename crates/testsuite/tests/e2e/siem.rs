//! Copies of the ledger at a real receiver: rsyslog over TLS, killed at bad moments, and the gate too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::operators::get;
use crate::support::site::{RESPONSABLE, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, finish, free_port, listens, until};

/// What its receiver has confirmed is told after 20 seconds, and a receiver that was away is asked again after 8 at most here.
const CONFIRMED: Duration = Duration::from_secs(60);

fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../outbox/testdata").join(name)
}

/// rsyslog as the hospital's collector; ended by its process id when dropped.
struct Collector {
    child: Option<Child>,
    folder: PathBuf,
    port: u16,
}

impl Collector {
    /// It shows this certificate, and asks the gate for its own if it is to.
    fn start(world: &World, name: &str, shows: &str, asks: bool) -> Self {
        let folder = world.path(name);
        std::fs::create_dir_all(&folder).unwrap();
        let mut collector = Self { child: None, folder, port: free_port() };
        collector.configure(shows, asks);
        collector.run();
        collector
    }

    fn configure(&self, shows: &str, asks: bool) {
        let mode = if asks { "x509/certvalid" } else { "anon" };
        let text = format!(
            r#"global(workDirectory="{folder}" maxMessageSize="64k" defaultNetstreamDriver="ossl"
  defaultNetstreamDriverCAFile="{ca}" defaultNetstreamDriverCertFile="{shows}.pem" defaultNetstreamDriverKeyFile="{shows}.key")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="{mode}")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="t" type="string" string="%syslogfacility-text% %syslogseverity-text% %hostname% %app-name% %msgid% %structured-data%%msg%\n")
action(type="omfile" file="{folder}/received" template="t" asyncWriting="off" flushOnTXEnd="on")
"#,
            folder = self.folder.display(),
            ca = certificate("ca.pem").display(),
            shows = certificate(shows).display(),
            port = self.port,
        );
        std::fs::write(self.folder.join("conf"), text).unwrap();
    }

    fn run(&mut self) {
        let child = Command::new("rsyslogd")
            .args(["-n", "-f"])
            .arg(self.folder.join("conf"))
            .arg("-i")
            .arg(self.folder.join("pid"))
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        self.child = Some(child);
        until("rsyslog listens", PATIENCE, || listens(self.port));
    }

    /// As a power cut would.
    fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        // Its place is free again.
        let _left = std::fs::remove_file(self.folder.join("pid"));
    }

    /// What came, by index in the log: head, and the event. What came twice is the same.
    fn received(&self) -> BTreeMap<u64, (String, Value)> {
        let text = std::fs::read_to_string(self.folder.join("received")).unwrap_or_default();
        let mut all = BTreeMap::new();
        // A line that is just being written is none yet.
        for line in text.lines().filter(|line| line.ends_with('}')) {
            let (head, event) = line.split_once("] ").or_else(|| line.split_once(']')).unwrap();
            let (_, after) = head.split_once(" index=\"").unwrap();
            let index: u64 = after.split('"').next().unwrap().parse().unwrap();
            let event: Value = serde_json::from_str(event.trim_start()).unwrap();
            let came = (head.to_owned(), event);
            if let Some(before) = all.insert(index, came.clone()) {
                assert_eq!(before, came);
            }
        }
        all
    }

    /// Waits until it has the whole ledger as it is now, every entry in its place.
    #[track_caller]
    fn has_all(&self, world: &World) -> BTreeMap<u64, (String, Value)> {
        let ledger = world.ledger();
        until("the collector has every entry", CONFIRMED, || self.received().len() >= ledger.len());
        let received = self.received();
        for (index, entry) in (0..).zip(&ledger) {
            assert_eq!(&received[&index].1, entry, "{index}");
        }
        received
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "--- rsyslog\n{}",
                std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
            );
        }
        if let Some(mut child) = self.child.take() {
            let _gone = child.kill();
            let _reaped = child.wait();
        }
    }
}

/// The section of a receiver.
fn section(port: u16, more: &str) -> String {
    format!(
        "\n[[siem]]\nname = \"siem-1\"\naddress = \"127.0.0.1:{port}\"\nserver_name = \"siem.exemple.invalid\"\n\
         ca = \"{}\"\nclass = \"sensitive\"\nmessage_max = 65536\n{more}\n",
        certificate("ca.pem").display()
    )
}

/// Adds it to the configuration, for the gate's next start.
fn add(world: &World, section: &str) {
    let mut config = std::fs::read_to_string(world.path("poterne.toml")).unwrap();
    config.push_str(section);
    std::fs::write(world.path("poterne.toml"), config).unwrap();
}

fn gauge(world: &World, name: &str) -> u64 {
    let page = get(world.metrics, "/metrics");
    let line = page.lines().find(|line| line.starts_with(&format!("poterne_{name}{{"))).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn every_entry_reaches_the_collector_whoever_dies() {
    let mut world = World::start();
    let mut collector = Collector::start(&world, "rsyslog", "receiver", true);
    let own = format!(
        "certificate = \"{}\"\nkey = \"{}\"\nunreachable_minutes = 0",
        certificate("gate.pem").display(),
        certificate("gate.key").display()
    );
    add(&world, &section(collector.port, &own));
    world.reopen();
    // Everything that was in the ledger before there was a receiver comes too.
    let received = collector.has_all(&world);
    let opened = received.values().find(|(_, event)| event["code"] == "login-succeeded").unwrap();
    assert!(opened.0.starts_with("authpriv notice porte-1 poterne login-succeeded [poterne@32473 origin=\"poterne.invalid/valbrume/porte-1\""), "{}", opened.0);
    assert!(get(world.metrics, "/healthz").contains("\nsandbox: whole\n"), "under the sandbox");
    assert!(get(world.metrics, "/healthz").contains("\nsiem siem-1 valbrume: ok, "));

    // The collector dies in the middle of a session, then the gate with entries that nobody else has.
    world.intervention();
    let flow = world.speaking(TECHNICIAN);
    collector.kill();
    until("it is missed", PATIENCE, || gauge(&world, "siem_reachable") == 0);
    world.traced("siem-unreachable", 1);
    assert!(gauge(&world, "siem_waiting_entries") > 0);
    let health = get(world.metrics, "/healthz");
    assert!(
        health.starts_with("HTTP/1.1 200 ") && health.contains("\nsiem siem-1 valbrume: unreachable, "),
        "{health}"
    );
    world.poterne(&["status"]).exits(0).says("INJOIGNABLE depuis").says("Sessions ouvertes : 1");
    world.kill_gate();
    flow.ends(PATIENCE);
    world.open_door();
    world.says(RESPONSABLE, "sessions").exits(0);
    collector.run();
    collector.has_all(&world);
    // It is told once that it was away, whatever was tried and restarted, and once that it is back.
    until("it is told that it is back", CONFIRMED, || {
        world.ledger().iter().any(|entry| entry["code"] == "siem-caught-up")
    });
    world.traced("siem-caught-up", 1);
    world.traced("siem-unreachable", 1);
    collector.has_all(&world);
    world.poterne(&["status"]).exits(0).says("Copies vers `siem-1`, journal `valbrume` : 0 traces");
    assert_eq!((gauge(&world, "siem_waiting_entries"), gauge(&world, "siem_reachable")), (0, 1));

    // Told to stop, the gate sends what it says of it; the next start goes on from there.
    let before = collector.received().len();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let stopped = collector.has_all(&world);
    assert!(stopped.len() > before && stopped.values().next_back().unwrap().1["code"] == "gate-stopped");
    world.open_door();
    collector.has_all(&world);
}

#[test]
fn whoever_is_not_the_collector_gets_nothing() {
    let mut world = World::strangers(&["shell"]);
    // It has a certificate of the right authority, for another name; then one of ours that no authority here signed.
    let elsewhere = Collector::start(&world, "elsewhere", "elsewhere", false);
    let stranger = Collector::start(&world, "stranger", "receiver", false);
    add(&world, &section(elsewhere.port, ""));
    let other = section(stranger.port, "")
        .replace("siem-1", "siem-2")
        .replace("testdata/ca.pem", "testdata/other-ca.pem");
    add(&world, &other);
    world.reopen();
    until("both are refused", PATIENCE, || {
        let log = world.log();
        log.contains("not valid for name") && log.contains("UnknownIssuer")
    });
    assert!(elsewhere.received().is_empty() && stranger.received().is_empty());
    assert!(gauge(&world, "siem_waiting_entries") > 0);
}

#[test]
fn what_is_not_encrypted_or_not_there_opens_no_door() {
    let mut world = World::strangers(&["shell"]);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let config = std::fs::read_to_string(world.path("poterne.toml")).unwrap();
    for (from, to, why) in [
        ("127.0.0.1:6514", "tcp://siem.exemple:514", "is not encrypted: entries leave over TLS only"),
        ("testdata/ca.pem", "testdata/none.pem", "none.pem"),
        ("rate = 1", "rate = 0", "0 entries a second"),
        ("rate = 1", "tls = false", "tls"),
    ] {
        let section = section(6_514, "rate = 1").replace(from, to);
        std::fs::write(world.path("poterne.toml"), format!("{config}{section}")).unwrap();
        assert!(!world.tries_door(), "{to}");
        assert_eq!(world.gate_ends(), Some(1));
        assert!(world.log().contains(why), "{}", world.log());
    }
    let twice = section(6_514, "").repeat(2);
    std::fs::write(world.path("poterne.toml"), format!("{config}{twice}")).unwrap();
    assert!(!world.tries_door());
    assert!(world.log().contains("deux destinataires `[[siem]]` s'appellent `siem-1`"), "{}", world.log());
    std::fs::write(world.path("poterne.toml"), config).unwrap();
    world.open_door();
}

/// Two establishments at one gate: a receiver gets the log of those that name it, and nothing leaves before somebody wrote whose.
#[test]
fn a_receiver_of_one_establishment_gets_nothing_of_another() {
    let mut world = World::start();
    let collector = Collector::start(&world, "rsyslog", "receiver", false);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let readers = world.path("recipients");
    let init = ["init", "--recipients", readers.to_str().unwrap(), "--establishment", "ailleurs"];
    world.poterne(&init).exits(0);
    let file = world.path("poterne.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    let configured = |more: &str| {
        std::fs::write(&file, format!("{config}{}", section(collector.port, more))).unwrap();
    };
    for (more, why) in [
        ("", "chaque section `[[siem]]` dit pour lesquels"),
        ("establishments = []", "chaque section `[[siem]]` dit pour lesquels"),
        ("establishments = [\"nord\"]", "nomme `nord`, qui n'est pas à cette porte"),
    ] {
        configured(more);
        assert!(!world.tries_door(), "{more}");
        assert!(world.log().contains(why), "{}", world.log());
    }
    configured("establishments = [\"ailleurs\"]");
    world.open_door();
    until("it has what is its own", CONFIRMED, || {
        collector.received().values().any(|(_, event)| event["code"] == "gate-started")
    });
    world.intervention();
    world.client(TECHNICIAN).exec("true").exits(0);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let received = collector.received();
    assert!(received.values().any(|(_, event)| event["code"] == "gate-stopped"), "to the end");
    for (head, event) in received.values() {
        assert!(head.contains("origin=\"poterne.invalid/ailleurs/porte-1\""), "{head}");
        assert_eq!(event["est"], "ailleurs");
    }
}

/// The forms of others, read by readers of others: a message for each event, and what a receiver is sent of a real ledger.
#[test]
fn the_words_of_others_are_xml_and_json() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors/siem");
    let reads = |what: &str, file: &Path| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/tools/read_siem.py");
        let mut python = Command::new("/usr/bin/python3");
        python.arg(script).arg(what).arg(file);
        finish(python, PATIENCE).exits(0).out.trim().parse::<usize>().unwrap()
    };
    assert!(reads("atna", &vectors.join("atna.txt")) > 50);
    assert!(reads("ocsf", &vectors.join("ocsf.txt")) > 70);

    let mut world = World::strangers(&["shell"]);
    let collectors = ["atna", "ocsf"].map(|format| Collector::start(&world, format, "receiver", false));
    for (collector, format) in collectors.iter().zip(["atna", "ocsf"]) {
        add(&world, &section(collector.port, &format!("format = \"{format}\"")).replace("siem-1", format));
    }
    world.reopen();
    for (collector, format) in collectors.iter().zip(["atna", "ocsf"]) {
        let file = collector.folder.join("received");
        let came = || std::fs::read_to_string(&file).unwrap_or_default().contains("gate-started");
        until(format, CONFIRMED, came);
        assert!(reads(format, &file) > 3);
    }
}
