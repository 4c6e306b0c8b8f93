//! Certificates as OpenSSH sees them: the bytes of `ssh-keygen`, and what a real sshd makes of ours.

use super::*;
use crate::tests::{field as of, unhex};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

const VECTOR: &str = include_str!("../../../../docs/formats/vectors/keys/certificate.txt");

fn seed(name: &str) -> [u8; 32] {
    unhex(of(VECTOR, name)).try_into().unwrap()
}

fn purpose(until: Timestamp) -> Purpose {
    Purpose {
        principal: "scanner.nord".into(),
        key_id: of(VECTOR, "key-id").into(),
        serial: 42,
        until,
        terminal: true,
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_secs(i64::try_from(since.as_secs()).unwrap())
}

#[test]
fn we_write_what_openssh_writes() {
    let authority = Authority::from_seed(&seed("authority-seed")).unwrap();
    assert_eq!(authority.line("poterne:nord"), of(VECTOR, "authority"));
    let (key, nonce) = (openssh::pair(&seed("key-seed")).unwrap(), seed("nonce"));
    let line =
        authority.for_equipment(&key, &nonce, &purpose(Timestamp::MAX), Timestamp::from_secs(1_795_478_400));
    assert_eq!(line, of(VECTOR, "certificate"));
}

/// An equipment that trusts the authority for one login, as one asks sshd to; reached without a port.
struct Equipment {
    folder: TempDir,
    authority: Authority,
    login: String,
}

impl Equipment {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::from_seed(&[5; 32]).unwrap();
        let login = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        let made = Self { folder, authority, login: login.trim().to_owned() };
        made.write("authority.pub", &made.authority.line("poterne:nord"));
        made.write("principals", "scanner.nord\n");
        made.write(
            "host",
            std::str::from_utf8(SshKey::from_seed(&[6; 32], "host").unwrap().private.expose()).unwrap(),
        );
        made.configure("AuthorizedPrincipalsFile @principals");
        // Where privileges are separated sshd wants this folder; where they are not, it may fail.
        let _unneeded = std::fs::create_dir_all("/run/sshd");
        made
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        crate::disk::replace(Path::new(&self.at(name)), text.as_bytes()).unwrap();
    }

    fn configure(&self, line: &str) {
        let config = format!(
            "HostKey {}\nTrustedUserCAKeys {}\n{}\nAuthorizedKeysFile none\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nPermitRootLogin yes\nLogLevel VERBOSE\n",
            self.at("host"),
            self.at("authority.pub"),
            line.replace('@', &self.at("")),
        );
        self.write("config", &config);
    }

    /// What comes of OpenSSH's client with what was issued, and what sshd says of it.
    fn enter(&self, issued: &Issued, terminal: bool) -> (Output, String) {
        self.write("key", std::str::from_utf8(issued.key.expose()).unwrap());
        self.write("key-cert.pub", &format!("{}\n", issued.line));
        let _earlier = std::fs::remove_file(self.at("log"));
        let proxy = format!("/usr/sbin/sshd -i -f {} -E {}", self.at("config"), self.at("log"));
        let output = Command::new("ssh")
            .args([
                "-F",
                "none",
                "-i",
                &self.at("key"),
                "-o",
                &format!("CertificateFile={}", self.at("key-cert.pub")),
            ])
            .args(["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"])
            .args(["-o", "UserKnownHostsFile=/dev/null", "-o", &format!("ProxyCommand={proxy}")])
            .args([if terminal { "-tt" } else { "-T" }, &format!("{}@equipment", self.login), "echo in"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (output, std::fs::read_to_string(self.at("log")).unwrap_or_default())
    }

    fn opens(&self, issued: &Issued) -> bool {
        let (output, log) = self.enter(issued, false);
        let open = output.stdout == b"in\n";
        assert!(open == output.status.success() && log.contains("Connection from"), "{output:?}\n{log}");
        open
    }
}

#[test]
fn an_equipment_opens_for_its_own_name_in_time_and_by_its_own_authority() {
    let equipment = Equipment::new();
    let issue = |purpose: &Purpose, at| equipment.authority.issue(purpose, at).unwrap();
    let (right, now) = (purpose(Timestamp::MAX), now());
    let (output, log) = equipment.enter(&issue(&right, now), false);
    assert_eq!(output.stdout, b"in\n", "{output:?}\n{log}");
    assert!(
        log.contains("ID \"poterne nord 42\" (serial 42)"),
        "the equipment's own log leads to ours: {log}"
    );
    let second = Duration::from_secs(1);
    // Its clock is behind by a minute, or ahead by one; there is time enough for a slow machine.
    assert!(equipment.opens(&issue(&right, now.after(BEFORE).before(second))), "a clock that is behind");
    let minute = Duration::from_secs(60);
    assert!(equipment.opens(&issue(&right, now.before(minute))), "a clock that is ahead");
    assert!(!equipment.opens(&issue(&right, now.before(AFTER).before(second))), "over");
    assert!(!equipment.opens(&issue(&right, now.after(minute * 10))), "to come");
    assert!(!equipment.opens(&issue(&purpose(now.before(second)), now)), "the window is over");
    let other = Purpose { principal: "imager.nord".into(), ..right.clone() };
    assert!(!equipment.opens(&issue(&other, now)), "another equipment's");
    let stranger = Authority::from_seed(&[7; 32]).unwrap().issue(&right, now).unwrap();
    assert!(!equipment.opens(&stranger), "another establishment's");
    let swapped = Issued { key: issue(&right, now).key, line: issue(&right, now).line };
    assert!(!equipment.opens(&swapped), "another login's key");
    equipment.write("principals", "imager.nord\n");
    assert!(!equipment.opens(&issue(&right, now)), "an equipment of another name");
    equipment.configure("");
    assert!(!equipment.opens(&issue(&right, now)), "an equipment that was told no name");
}

#[test]
fn a_certificate_permits_a_terminal_at_most() {
    let equipment = Equipment::new();
    for terminal in [true, false] {
        let asked = Purpose { terminal, ..purpose(Timestamp::MAX) };
        let issued = equipment.authority.issue(&asked, now()).unwrap();
        let (output, log) = equipment.enter(&issued, true);
        // A client that insists on a terminal leaves without one.
        let said = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        assert_eq!(said == "in\n", terminal, "{output:?}\n{log}");
        let refused = String::from_utf8_lossy(&output.stderr).contains("PTY allocation request failed");
        assert_eq!(refused, !terminal, "{output:?}\n{log}");
        let listed =
            Command::new("ssh-keygen").args(["-L", "-f", &equipment.at("key-cert.pub")]).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        let (before, extensions) = listed.split_once("Extensions:").unwrap();
        assert!(before.contains("Critical Options: (none)") && before.contains("Serial: 42"), "{listed}");
        assert_eq!(extensions.trim(), if terminal { "permit-pty" } else { "(none)" });
    }
}

#[test]
fn nothing_secret_is_in_a_certificate_and_no_two_are_alike() {
    let authority = Authority::from_seed(&[5; 32]).unwrap();
    let issue = || authority.issue(&purpose(Timestamp::MAX), Timestamp::from_secs(0)).unwrap();
    let (one, two) = (issue(), issue());
    assert!(one.line != two.line && one.key != two.key);
    assert!(one.line.ends_with(" scanner.nord") && !one.line.contains("PRIVATE"));
}

/// Keys of every kind that one has without a security key, as OpenSSH makes and reads them.
#[test]
fn a_technicians_certificate_is_read_by_openssh() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let authority = Authority::from_seed(&[5; 32]).unwrap();
    for (kind, bits) in
        [("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "3072")]
    {
        let name = at(&format!("{kind}{bits}"));
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", kind, "-b", bits, "-N", "", "-C", "a comment", "-f", &name])
            .status()
            .unwrap();
        assert!(made.success());
        let badge = gate::Badge {
            gate: "porte-1".parse().unwrap(),
            person: "a.martin".parse().unwrap(),
            key: std::fs::read_to_string(format!("{name}.pub")).unwrap(),
            enrolment: 3,
            from: "2001:db8::7".parse().unwrap(),
            until: Timestamp::from_secs(1_795_478_400 + 3_600),
        };
        let line = authority.for_technician(&badge, 42, Timestamp::from_secs(1_795_478_400)).unwrap();
        std::fs::write(format!("{name}-cert.pub"), line).unwrap();
        let read = Command::new("ssh-keygen")
            .env("TZ", "UTC")
            .args(["-L", "-f", &format!("{name}-cert.pub")])
            .output()
            .unwrap();
        let text = String::from_utf8(read.stdout).unwrap();
        let field = |name: &str| {
            let (_, after) = text.split_once(&format!("{name}:")).unwrap_or_else(|| panic!("{name}: {text}"));
            after.lines().next().unwrap().trim().to_owned()
        };
        assert_eq!(field("Serial"), "42");
        assert_eq!(field("Key ID"), "\"poterne a.martin 42\"");
        assert_eq!(field("Valid"), "from 2026-11-23T23:59:00 to 2026-11-24T01:00:00", "{text}");
        assert!(field("Signing CA").contains(&authority.fingerprint().0), "{text}");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let block = |head: &str| {
            let from = lines.iter().position(|line| line.starts_with(head)).unwrap();
            lines[from + 1..].iter().take_while(|line| !line.ends_with(':')).copied().collect::<Vec<_>>()
        };
        assert_eq!(block("Principals:"), ["a.martin"]);
        assert_eq!(block("Critical Options:"), ["source-address 2001:db8::7"]);
        assert!(block("Extensions:")[0].starts_with("enrolment@poterne"), "{text}");
    }
    let bad = gate::Badge {
        gate: "porte-1".parse().unwrap(),
        person: "a.martin".parse().unwrap(),
        key: String::new(),
        enrolment: 0,
        from: "192.0.2.7".parse().unwrap(),
        until: Timestamp::MAX,
    };
    for key in ["", "ssh-ed25519", "ssh-ed25519 !!", "ssh-dss AAAAB3NzaC1kc3M=", "ssh-ed25519 AAAA"] {
        let badge = gate::Badge { key: key.to_owned(), ..bad.clone() };
        let refused = authority.for_technician(&badge, 1, Timestamp::from_secs(0));
        assert!(matches!(refused, Err(Error::Invalid(_))), "{key}");
    }
}
