//! Uploads that are held until ClamAV has looked at them (E6).

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::client::Client;
use crate::support::site::{BENEFICIARY, SECOND, TECHNICIAN};
use crate::support::world::World;
use crate::support::{Done, PATIENCE, finish, noise, sha256, until};

const MIB: usize = 1024 * 1024;
/// What the daemon's one signature finds.
pub(crate) const BAD: &str = "plainly-fictitious-malware";
/// Longer than the daemon takes.
const TOO_LONG: usize = 5 * MIB;

/// ClamAV's daemon with one signature; ended by its process id when dropped.
pub(crate) struct Clamd {
    child: Child,
    pub(crate) socket: PathBuf,
}

impl Clamd {
    pub(crate) fn start(world: &World) -> Self {
        let folder = world.path("clam");
        std::fs::create_dir_all(folder.join("db")).unwrap();
        let hex: String = BAD.bytes().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(folder.join("db/test.ndb"), format!("Poterne.Test:0:*:{hex}\n")).unwrap();
        let socket = folder.join("clamd.sock");
        let config = format!(
            "DatabaseDirectory {}\nLocalSocket {}\nForeground yes\nStreamMaxLength 4M\nAlertExceedsMax yes\nLogFile {}\n",
            folder.join("db").display(),
            socket.display(),
            folder.join("log").display(),
        );
        std::fs::write(folder.join("conf"), config).unwrap();
        let child = Command::new("clamd")
            .arg("-c")
            .arg(folder.join("conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let clamd = Self { child, socket };
        until("clamd listens", PATIENCE, || std::os::unix::net::UnixStream::connect(&clamd.socket).is_ok());
        clamd
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        // It may have been ended by the test.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A technician who logs in as often as he likes, because he has a certificate.
struct Script<'a> {
    world: &'a World,
    certificate: PathBuf,
}

impl<'a> Script<'a> {
    fn new(world: &'a World) -> Self {
        let given = world.client(TECHNICIAN).command("certificate").exits(0);
        let certificate = world.path("given.pub");
        std::fs::write(&certificate, given.out).unwrap();
        Self { world, certificate }
    }

    fn client(&self) -> Client<'a> {
        Client::new(self.world, TECHNICIAN, String::new())
            .option("-oBatchMode=yes")
            .option(&format!("-oCertificateFile={}", self.certificate.display()))
    }

    fn sftp(&self, batch: &str) -> Done {
        let file = self.world.path("batch");
        std::fs::write(&file, batch).unwrap();
        let client = self.client();
        let mut command = client.openssh("sftp");
        command.arg("-b").arg(&file).arg(client.equipment());
        finish(command, PATIENCE)
    }

    fn scp(&self, old: bool, from: &Path, to: &Path) -> Done {
        let client = self.client();
        let mut command = client.openssh("scp");
        command.args(old.then_some("-O")).arg(from).arg(format!("{}:{}", client.equipment(), to.display()));
        finish(command, PATIENCE)
    }
}

fn verdicts(world: &World) -> Vec<(String, bool)> {
    let all = world.ledger();
    let scanned = all.iter().filter(|entry| entry["code"] == "file-scanned");
    scanned
        .map(|entry| {
            let data = &entry["data"];
            let verdict = data["verdict"].as_str().unwrap();
            let why = if verdict == "clean" { "" } else { data["found"].as_str().unwrap() };
            (format!("{verdict} {why}").trim().to_owned(), data["released"].as_bool().unwrap())
        })
        .collect()
}

#[test]
fn e7_software_waits_until_a_person_of_the_hospital_releases_this_very_content() {
    let mut world = World::start();
    let clamd = Clamd::start(&world);
    world.holds(Some(&clamd.socket.display().to_string()));
    let site = world.path("site.toml");
    let held = std::fs::read_to_string(&site).unwrap();
    std::fs::write(&site, held.replace("uploads = \"hold\"", "uploads = \"release\"")).unwrap();
    world.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0);
    let intervention = world.intervention();
    let script = Script::new(&world);
    let (update, there) = (world.path("maj.bin"), world.sshd.path("maj.bin"));
    noise(&update, MIB + 3, 7);
    let put = |file: &Path| script.sftp(&format!("put \"{}\" \"{}\"\n", file.display(), there.display()));

    let said = put(&update).exits(1).says("E7").said();
    let arrived = || std::fs::read(&there).unwrap_or_default();
    assert_eq!(arrived(), b"", "nothing reaches the equipment");
    let begins = |file: &Path, digits: usize| sha256(file).chars().take(digits).collect::<String>();
    let digits = begins(&update, 16);
    assert!(said.contains(&format!("accept {intervention} {digits}")), "{said}");
    // Neither who brought it, nor eight digits that another content may have.
    world.says(TECHNICIAN, &format!("accept {intervention} {digits}")).exits(1);
    world.says(BENEFICIARY, &format!("accept {intervention} {}", begins(&update, 8))).exits(1);
    world.says(BENEFICIARY, &format!("accept {intervention} {digits}")).exits(0);
    put(&update).exits(0);
    assert_eq!(sha256(&there), sha256(&update));
    // Another content is another.
    let altered = world.path("autre.bin");
    noise(&altered, MIB + 3, 8);
    put(&altered).exits(1).says("E7");
    world
        .says(BENEFICIARY, &format!("decline {intervention} {} 'pas attendu'", begins(&altered, 16)))
        .exits(0);
    put(&altered).exits(1).says("E7");
    assert_ne!(sha256(&there), sha256(&altered));
    world.traced("delivery-held", 2);
    world.traced("delivery-settled", 2);
}

#[test]
fn e6_the_equipment_sees_what_was_found_clean_and_nothing_else() {
    let mut world = World::start();
    let mut clamd = Clamd::start(&world);
    world.holds(Some(&clamd.socket.display().to_string()));
    world.intervention();
    let script = Script::new(&world);
    let (here, there) = (|name: &str| world.path(name), |name: &str| world.sshd.path(name));
    let old = there("old");
    std::fs::write(&old, "what was there").unwrap();

    // Clean: a long file, an empty one, one in the place of another.
    noise(&here("clean"), 3 * MIB + 17, 1);
    std::fs::write(here("empty"), "").unwrap();
    let [clean, empty] = ["clean", "empty"].map(|name| (here(name), there(&format!("{name} é"))));
    let line = |(from, to): &(PathBuf, PathBuf)| format!("put \"{}\" \"{}\"\n", from.display(), to.display());
    script.sftp(&format!("{}{}", line(&clean), line(&empty))).exits(0);
    script.scp(false, &clean.0, &old).exits(0);
    let copied = there("copied");
    script.scp(true, &clean.0, &copied).exits(0);
    for arrived in [&clean.1, &old, &copied] {
        assert_eq!(sha256(arrived), sha256(&clean.0));
    }
    assert_eq!(std::fs::read(&empty.1).unwrap(), b"");

    // Malware, in the middle of a file; then the daemon's limit; then without the daemon.
    std::fs::write(here("bad"), format!("{}{BAD}{}", "x".repeat(100_000), "y".repeat(100_000))).unwrap();
    let bad = (here("bad"), there("bad"));
    script.sftp(&line(&bad)).exits(1).says("Poterne.Test");
    for by_old in [false, true] {
        assert_ne!(script.scp(by_old, &bad.0, &old).says("Poterne.Test").status, Some(0));
    }
    noise(&here("long"), TOO_LONG, 2);
    let long = (here("long"), there("long"));
    script.sftp(&line(&long)).exits(1).says("pas pu être analysé");
    clamd.child.kill().unwrap();
    clamd.child.wait().unwrap();
    script.sftp(&line(&clean)).exits(1).says("pas pu être analysé");
    assert!(!bad.1.exists() && !long.1.exists());
    assert_eq!(sha256(&old), sha256(&clean.0), "what was there is untouched");
    let beside = std::fs::read_dir(old.parent().unwrap()).unwrap();
    let beside: Vec<String> = beside.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!beside.iter().any(|name| name.contains(".poterne")), "{beside:?}");

    // What cannot be held is refused with a sentence: appending, resuming.
    std::fs::write(there("half"), &std::fs::read(&clean.0).unwrap()[..MIB]).unwrap();
    let reput = format!("reput {} {}\n", clean.0.display(), there("half").display());
    script.sftp(&reput).exits(1).says("en entier");
    assert_eq!(std::fs::metadata(there("half")).unwrap().len(), MIB as u64);
    let expected = [
        ("clean", true),
        ("clean", true),
        ("clean", true),
        ("clean", true),
        ("found Poterne.Test.UNOFFICIAL", false),
        ("found Poterne.Test.UNOFFICIAL", false),
        ("found Poterne.Test.UNOFFICIAL", false),
        ("not-scanned too-long", false),
        ("not-scanned unreachable", false),
    ];
    until("all of it is in the ledger", PATIENCE, || verdicts(&world).len() == expected.len());
    assert_eq!(verdicts(&world), expected.map(|(verdict, released)| (verdict.to_owned(), released)));
    let passed: Vec<String> = world
        .ledger()
        .iter()
        .filter(|entry| entry["code"] == "file-passed")
        .map(|entry| {
            assert_eq!(entry["data"]["outcome"], "complete", "{entry}");
            entry["data"]["path"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(passed, [&clean.1, &empty.1, &old, &copied].map(|path| path.display().to_string()));
    assert_eq!(world.ended(9), ["finished"; 9]);
}

/// Nothing of an upload that breaks off reaches the equipment; and the policy `none` lets go and says so.
#[test]
fn a_broken_upload_leaves_nothing_and_without_a_scanner_it_is_said() {
    let mut world = World::start();
    world.holds(None);
    world.intervention();
    let script = Script::new(&world);
    let big = world.path("big");
    noise(&big, 64 * MIB, 3);
    let there = world.sshd.path("big");
    let client = script.client().option("-l8000");
    let mut command = client.openssh("scp");
    command.arg(&big).arg(format!("{}:{}", client.equipment(), there.display()));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("it is under way", PATIENCE, || {
        let io = std::fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap();
        let read = io.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap();
        read.parse::<usize>().unwrap() > 3 * MIB
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(world.ended(1).len(), 1);
    assert!(!there.exists());

    let client = world.client(SECOND);
    let small = world.path("small");
    std::fs::write(&small, BAD).unwrap();
    let mut command = client.putty("psftp");
    let batch = world.path("psftp-batch");
    let arrived = world.sshd.path("small");
    std::fs::write(&batch, format!("put {} {}\nquit\n", small.display(), arrived.display())).unwrap();
    command.arg("-b").arg(&batch).arg(client.equipment());
    finish(command, PATIENCE).exits(0);
    assert_eq!(std::fs::read_to_string(&arrived).unwrap(), BAD);
    assert_eq!(verdicts(&world), [("not-scanned none".to_owned(), true)]);
}
