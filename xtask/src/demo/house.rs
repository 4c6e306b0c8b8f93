//! The fictitious hospital: a fresh folder with its people, its scanner (a real sshd), and its gate.

use super::live::Server;
use crate::{shell, typesetter, workspace};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Login name, name of the script in `bin`, name in words.
pub(crate) const PEOPLE: &[(&str, &str, &str)] = &[
    ("h.marchand", "marchand", "Hélène Marchand, directrice"),
    ("r.faure", "faure", "Rémi Faure, RSSI"),
    ("c.morel", "morel", "Claire Morel, demandeuse"),
    ("l.leroy", "leroy", "Luc Leroy, bénéficiaire"),
    ("m.girard", "girard", "Mona Girard, responsable chez ScanFab"),
    ("a.durand", "durand", "Alice Durand, technicienne de ScanFab"),
    ("s.nguyen", "nguyen", "Sophie Nguyen, technicienne de ScanFab"),
    ("b.petit", "petit", "Bruno Petit, technicien de ScanFab"),
];

/// A Unix socket's path may have 108 bytes; `data/control.sock` and the end of it need 20.
const FOLDER_MAX: usize = 80;
/// How long a server may take to answer.
const START: Duration = Duration::from_secs(30);

/// Everything that runs. Fields are dropped in order: the gate ends before its scanner.
pub(super) struct House {
    pub(super) gate: Server,
    _scanner: Server,
    pub(super) folder: PathBuf,
    /// The secret of the scanner's account in the forms that it may be seen in. No file holds it in clear.
    pub(super) secret: Vec<Vec<u8>>,
    /// Locked while we are here: two demonstrations in one folder would take it from each other.
    _alone: File,
}

/// What one run of a program gave.
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Ran {
    /// Everything that was seen.
    pub(super) fn seen(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// The line that a script showed, then what was answered to it.
    pub(super) fn dialogue(&self) -> String {
        let line = self.err.lines().find(|line| line.contains("$ "));
        format!("{}\n{}", line.unwrap_or_default(), self.out)
    }

    /// An error with everything that was seen, if it ended with another code.
    pub(super) fn with_code(self, code: i32) -> Result<Self> {
        if self.code != Some(code) {
            bail!("ended with {:?} where {code} was due:\n{}", self.code, super::tail(&self.seen()));
        }
        Ok(self)
    }
}

impl House {
    /// One of the scripts in `bin`, not started yet.
    pub(super) fn script(&self, name: &str, words: &[&str]) -> Command {
        let mut command = Command::new(self.folder.join("bin").join(name));
        command.args(words);
        command
    }

    /// Runs one of the scripts to its end.
    pub(super) fn run(&self, name: &str, words: &[&str]) -> Result<Ran> {
        let mut command = Command::new("timeout");
        command.arg("90").arg(self.folder.join("bin").join(name)).args(words).stdin(Stdio::null());
        let output = command.output().with_context(|| format!("`{name}` could not be started"))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) })
    }

    /// Builds the programs and the folder, starts the scanner and the gate.
    pub(super) fn open(name: &str) -> Result<Self> {
        let (folder, alone) = fresh_folder(name)?;
        let mut programs = build(false)?;
        programs.push(typesetter::build(&workspace::root()?)?);
        for (name, from) in programs {
            let to = folder.join("app").join(name);
            std::fs::copy(&from, &to).with_context(|| from.display().to_string())?;
        }
        let [gate_port, scanner_port] = free_ports()?;
        let place = Place { folder: &folder, gate_port, scanner_port, login: login()? };
        println!("  clés, codes, établissement / keys, codes, establishment: {}", folder.display());
        place.people()?;
        let scanner = place.scanner()?;
        place.gate()?;
        let secret = place.secret()?;
        let words = ["app/poterne", "serve", "--config", "poterne.toml"];
        let gate = Server::start(&folder, &words, folder.join("gate.log"))?;
        gate.answers(gate_port, START)?;
        Ok(Self { gate, _scanner: scanner, folder, secret, _alone: alone })
    }
}

/// Builds both programs, as they ship or for daily work; cargo's progress goes to the terminal. Returns each name
/// with its file.
pub(crate) fn build(release: bool) -> Result<Vec<(String, PathBuf)>> {
    let root = workspace::root()?;
    let mut cargo = shell::cargo(&root);
    cargo.args(["build", "--locked", "-p", "poterne", "-p", "poterne-verify"]);
    if release {
        cargo.arg("--release");
    }
    println!("$ {}", shell::shown(&cargo));
    cargo.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    let output = cargo.output().context("cargo could not be started")?;
    if !output.status.success() {
        bail!("cargo build ended with {}", output.status);
    }
    let mut found = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let program = message.get("executable").and_then(serde_json::Value::as_str).map(PathBuf::from);
        let name = message.pointer("/target/name").and_then(serde_json::Value::as_str);
        if let (Some(program), Some(name)) = (program, name) {
            found.push((name.to_owned(), program));
        }
    }
    Ok(found)
}

/// `target/<name>`, or a folder with a shorter path where that is too long for a socket; what an earlier
/// demonstration left there goes. The file beside it is locked while this one runs.
pub(crate) fn fresh_folder(name: &str) -> Result<(PathBuf, File)> {
    let root = workspace::root()?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |path| root.join(path));
    std::fs::create_dir_all(&target).with_context(|| target.display().to_string())?;
    let mut folder = target.join(name);
    if folder.as_os_str().len() > FOLDER_MAX {
        folder = std::env::temp_dir().join(format!("poterne-{name}-{}", login()?));
    }
    let beside = folder.with_extension("lock");
    let alone = File::create(&beside).with_context(|| beside.display().to_string())?;
    if alone.try_lock().is_err() {
        bail!("another demonstration runs in {}", folder.display());
    }
    if folder.join("app").exists() {
        std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    for part in ["app", "bin", "people", "scanner", "auditor"] {
        std::fs::create_dir_all(folder.join(part)).with_context(|| folder.display().to_string())?;
    }
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
    Ok((folder, alone))
}

/// Ports that were free a moment ago; all are held until all are chosen.
fn free_ports() -> Result<[u16; 2]> {
    let (one, two) = (TcpListener::bind(("127.0.0.1", 0))?, TcpListener::bind(("127.0.0.1", 0))?);
    Ok([one.local_addr()?.port(), two.local_addr()?.port()])
}

pub(crate) fn login() -> Result<String> {
    Ok(shell::output(Command::new("id").arg("-un"))?.trim().to_owned())
}

/// The folder while it is furnished.
struct Place<'a> {
    folder: &'a Path,
    gate_port: u16,
    scanner_port: u16,
    login: String,
}

impl Place<'_> {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> Result<()> {
        let path = self.folder.join(name);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        Ok(std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))?)
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = self.folder.join(name);
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    }

    /// A fresh key; returns its public line without the comment.
    fn key(&self, name: &str) -> Result<String> {
        let path = self.path(name);
        shell::output(
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(path),
        )?;
        Ok(self.read(&format!("{name}.pub"))?.trim().to_owned())
    }

    fn poterne(&self, words: &[&str]) -> Result<String> {
        let mut command = Command::new(self.folder.join("app/poterne"));
        shell::output(command.current_dir(self.folder).args(words).stdin(Stdio::null()))
    }

    /// A key, a client's configuration and a script for each person.
    fn people(&self) -> Result<()> {
        for (person, short, words) in PEOPLE {
            self.key(&format!("people/{person}"))?;
            let key = self.path(&format!("people/{person}"));
            let known = self.path("people/known_hosts");
            let config = format!(
                "IdentityFile \"{key}\"\nIdentitiesOnly yes\nIdentityAgent none\n\
                 UserKnownHostsFile \"{known}\"\nGlobalKnownHostsFile /dev/null\nStrictHostKeyChecking yes\n\
                 PreferredAuthentications publickey,keyboard-interactive\nServerAliveInterval 15\n"
            );
            self.write(&format!("people/{person}.conf"), &config, 0o600)?;
            let script = self.filled(include_str!("person.sh"));
            let script =
                script.replace("@PERSON@", person).replace("@SHORT@", short).replace("@NAME@", words);
            self.write(&format!("bin/{short}"), &script, 0o755)?;
        }
        self.write("app/code.py", include_str!("code.py"), 0o644)?;
        let (program, people) = (self.path("app/code.py"), self.path("people"));
        self.write(
            "app/askpass",
            &format!("#!/bin/sh\nexec python3 '{program}' '{people}' \"$WHO\"\n"),
            0o755,
        )?;
        self.write("bin/poterne", &self.filled(include_str!("poterne.sh")), 0o755)?;
        self.write("bin/verifier", &self.filled(include_str!("verifier.sh")), 0o755)?;
        self.write("bin/falsifier", &self.filled(include_str!("falsifier.sh")), 0o755)?;
        self.write("bin/completer", &dated(self.filled(include_str!("completer.sh")))?, 0o755)
    }

    fn filled(&self, script: &str) -> String {
        let folder = self.folder.display().to_string();
        script.replace("@FOLDER@", &folder).replace("@PORT@", &self.gate_port.to_string())
    }

    /// A real sshd, on loopback only, that lets in nobody but the account in the vault.
    fn scanner(&self) -> Result<Server> {
        self.key("scanner/host")?;
        let account = self.key("scanner/account")?;
        self.write("scanner/authorized_keys", &format!("{account} poterne\n"), 0o600)?;
        std::fs::create_dir_all(self.folder.join("scanner/files"))?;
        self.write(
            "scanner/files/journal.txt",
            "Scanner fictif : 3 examens, 1 alarme de température.\n",
            0o644,
        )?;
        let config = format!(
            "Port {}\nListenAddress 127.0.0.1\nHostKey \"{}\"\nPidFile none\nAuthorizedKeysFile \"{}\"\n\
             StrictModes no\nUsePAM {}\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin prohibit-password\nAllowUsers {}\nPrintMotd no\nPrintLastLog no\n\
             Subsystem sftp internal-sftp -d \"{}\"\n",
            self.scanner_port,
            self.path("scanner/host"),
            self.path("scanner/authorized_keys"),
            if locked_root() { "yes" } else { "no" },
            self.login,
            self.path("scanner/files"),
        );
        self.write("scanner/sshd_config", &config, 0o600)?;
        let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| Path::new(path).exists());
        let words = [sshd.context("there is no sshd")?, "-D", "-e", "-f", &self.path("scanner/sshd_config")];
        let server = Server::start(self.folder, &words, self.folder.join("scanner.log"))?;
        server.answers(self.scanner_port, START)?;
        Ok(server)
    }

    /// Everything that a gate needs before it opens: as docs/installation.md tells it.
    fn gate(&self) -> Result<()> {
        let config = format!(
            "[gate]\nname = \"porte-1\"\nhome = \"valbrume\"\ndata = \"data\"\nlisten = [\"127.0.0.1:{}\"]\n",
            self.gate_port
        );
        self.write("poterne.toml", &config, 0o600)?;
        let readers = self.poterne(&["reader-key", "auditor/reader.key", "--label", "rssi"])?;
        self.write("auditor/recipients.txt", &readers, 0o644)?;
        let init = self.poterne(&["init", "--recipients", "auditor/recipients.txt"])?;
        let door = init.lines().map(str::trim).find(|line| line.starts_with("ssh-ed25519 "));
        let known = format!("[127.0.0.1]:{} {}\n", self.gate_port, door.context("init gave no host key")?);
        self.write("people/known_hosts", &known, 0o644)?;
        self.write("auditor/valbrume.keys", &self.read("data/public/valbrume.keys")?, 0o644)?;
        self.write("site.toml", &self.site()?, 0o644)?;
        self.poterne(&["apply", "site.toml", "--yes"])?;
        for (person, ..) in PEOPLE {
            self.write(&format!("people/{person}.otp"), &self.poterne(&["enrol", person])?, 0o600)?;
        }
        self.poterne(&["account", "scanner-1.valbrume", "--key", "scanner/account"]).map(drop)
    }

    /// `site.toml` with this run's keys and dates.
    fn site(&self) -> Result<String> {
        let host = shell::output(Command::new("ssh-keygen").args(["-lf", &self.path("scanner/host.pub")]))?;
        let fingerprint = host.split_whitespace().nth(1).context("ssh-keygen gave no fingerprint")?;
        let mut site = include_str!("site.toml")
            .replace("@SCANNER_PORT@", &self.scanner_port.to_string())
            .replace("@SCANNER_KEY@", fingerprint)
            .replace("@LOGIN@", &self.login);
        for (person, ..) in PEOPLE {
            let line = self.read(&format!("people/{person}.pub"))?;
            site = site.replace(&format!("@KEY:{person}@"), line.trim());
        }
        dated(site)
    }

    /// The account's secret as text and as bytes. It is in the vault now, and its file goes.
    fn secret(&self) -> Result<Vec<Vec<u8>>> {
        let text = self.read("scanner/account")?;
        let line = text.lines().nth(3).context("the key has too few lines")?.as_bytes().to_vec();
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let public = self.read("scanner/account.pub")?;
        let public = base64(public.split_whitespace().nth(1).unwrap_or_default());
        let public = public.last_chunk::<32>().context("the public key is too short")?;
        let key = base64(&body);
        // An Ed25519 private key is its 32-byte seed, then the public key once more.
        let seed =
            key.windows(64).rev().find(|window| window.ends_with(public)).and_then(|window| window.get(..32));
        let seed = seed.context("the key has no seed")?.to_vec();
        std::fs::remove_file(self.folder.join("scanner/account"))?;
        Ok(vec![line, seed])
    }
}

/// With days around today in the places that are marked for them.
fn dated(mut text: String) -> Result<String> {
    for (mark, when) in [("@PAST@", "-300 days"), ("@LATER@", "-290 days"), ("@UNTIL@", "+700 days")] {
        let date = shell::output(Command::new("date").args(["-d", when, "+%F"]))?;
        text = text.replace(mark, date.trim());
    }
    Ok(text)
}

/// Bytes of a text in base64; other characters are passed over.
fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for value in text.bytes().filter_map(|byte| ALPHABET.iter().position(|letter| *letter == byte)) {
        held = (held << 6 | u32::try_from(value).unwrap_or_default()) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).unwrap_or_default());
        }
    }
    bytes
}

/// Without PAM, sshd lets nobody into an account whose password is locked, not even with a key.
pub(crate) fn locked_root() -> bool {
    let shadow = std::fs::read_to_string("/etc/shadow").unwrap_or_default();
    shadow.lines().any(|line| line.starts_with("root:!"))
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_read_with_and_without_padding() {
        // RFC 4648, section 10.
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmE", "fooba")]
        {
            assert_eq!(base64(text), bytes.as_bytes(), "{text}");
        }
    }
}
