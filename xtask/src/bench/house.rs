//! The house of the figures: one target, one sshd to jump through, one gate, and many fictitious technicians.
//!
//! A login takes a one-time code, and a code is taken once in 30 seconds: so that a hundred logins in a row measure the
//! login and not the waiting, there are hundreds of technicians, each with his own key and second factor.

use super::client::Asker;
use super::numbers;
use crate::demo::house::{self as demo, PEOPLE};
use crate::demo::live::{Server, until};
use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long a server may take to answer.
const START: Duration = Duration::from_secs(30);
/// Pairs in one vouching: what the door takes.
const PAIRS: usize = 32;
/// The equipment.
pub(super) const EQUIPMENT: &str = "scanner-1";
/// Most sessions at once: those that idle, and a few for whoever looks whether the door is still open.
const SESSIONS_MAX: u32 = 1_020;
/// OpenSSH's limits, out of the way of what is measured.
const SSHD: &str = "StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
    PermitRootLogin prohibit-password\nPrintMotd no\nPrintLastLog no\nMaxStartups 2000\nMaxSessions 100\n\
    PerSourceMaxStartups none\nLogLevel ERROR\nUseDNS no\n";

/// Everything that runs. Fields are dropped in order: the gate ends first.
pub(super) struct House {
    gate: Server,
    jump: Server,
    target: Server,
    pub(super) folder: PathBuf,
    pub(super) ports: Ports,
    pub(super) asker: Asker,
    pub(super) login: String,
    pub(super) technicians: usize,
    hertz: f64,
    _alone: File,
}

/// Where everybody listens, on loopback.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub(super) gate: u16,
    pub(super) jump: u16,
    pub(super) target: u16,
}

impl House {
    /// Builds the programs as they ship, furnishes the folder, starts the servers.
    pub(super) fn open(technicians: usize) -> Result<Self> {
        let (folder, alone) = demo::fresh_folder("bench")?;
        for (name, from) in demo::build(true)? {
            let to = folder.join("app").join(name);
            std::fs::copy(&from, &to).with_context(|| from.display().to_string())?;
        }
        println!("  {technicians} technicians, each with a key and a second factor …");
        let place = Place { folder: &folder, ports: free_ports()?, login: demo::login()?, technicians };
        place.clients()?;
        let target = place.sshd("target", place.ports.target)?;
        let jump = place.sshd("jump", place.ports.jump)?;
        place.gate()?;
        let gate = serve(&folder, place.ports.gate)?;
        let asker = Asker::start(&folder)?;
        let (login, ports) = (place.login.clone(), place.ports);
        let hertz = shell::output(Command::new("getconf").arg("CLK_TCK"))?.trim().parse()?;
        let mut house =
            Self { gate, jump, target, folder, ports, asker, login, technicians, hertz, _alone: alone };
        house.vouch()?;
        house.prepare()?;
        Ok(house)
    }

    /// Ends the gate in order and starts it again: memory is judged on one that has no past.
    pub(super) fn again(&mut self) -> Result<()> {
        self.gate.ends()?;
        self.gate = serve(&self.folder, self.ports.gate)?;
        Ok(())
    }

    /// The gate's process.
    pub(super) fn gate_pid(&self) -> Result<u32> {
        self.gate.pid().with_context(|| format!("the gate is gone\n{}", self.gate.said()))
    }

    /// The target's listening process.
    pub(super) fn target_pid(&self) -> Result<u32> {
        self.target.pid().context("the target is gone")
    }

    /// The jump's listening process.
    pub(super) fn jump_pid(&self) -> Result<u32> {
        self.jump.pid().context("the jump is gone")
    }

    /// The gate's memory in KiB.
    pub(super) fn gate_memory(&self) -> Result<f64> {
        numbers::memory_kib(self.gate_pid()?).context("the gate's memory cannot be read")
    }

    /// Processor seconds of the gate up to now.
    pub(super) fn gate_cpu(&self) -> Result<f64> {
        numbers::cpu_seconds(self.gate_pid()?, self.hertz).context("the gate's time cannot be read")
    }

    /// Processor seconds of the jump's sshd and of all its sessions; waits until they are over, since a process counts
    /// with its parent once it has ended.
    pub(super) fn jump_cpu(&self) -> Result<f64> {
        let pid = self.jump_pid()?;
        until(START, || numbers::descendants(pid).is_empty().then_some(()))
            .context("the jump's sessions stay")?;
        numbers::cpu_seconds(pid, self.hertz).context("the jump's time cannot be read")
    }

    /// What the gate said last.
    pub(super) fn gate_said(&self) -> String {
        let said = self.gate.said();
        let lines: Vec<&str> = said.lines().collect();
        lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
    }

    /// A file of the folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The director vouches for everybody; one login, as many commands as it takes.
    fn vouch(&mut self) -> Result<()> {
        let everybody = everybody(self.technicians);
        let pairs: Vec<String> = everybody
            .iter()
            .map(|person| {
                Ok(format!("{person}={}", print(&self.folder.join(format!("people/{person}.pub")))?))
            })
            .collect::<Result<_>>()?;
        let lines: Vec<String> =
            pairs.chunks(PAIRS).map(|pairs| format!("vouch {}", pairs.join(" "))).collect();
        self.commands("h.marchand", &lines)
    }

    /// An intervention that is approved and whose checklist is ticked.
    fn prepare(&mut self) -> Result<()> {
        let request = "request scanner-maintenance --out 'fichiers de mesure' 'Mesure de la porte'";
        self.commands("c.morel", &[request.to_owned()])?;
        self.commands(
            "l.leroy",
            &["approve i-1".to_owned(), "check i-1 sauvegarde 'Sauvegarde de la nuit'".to_owned()],
        )
    }

    /// Commands of the door over one connection of one person.
    fn commands(&mut self, person: &str, lines: &[String]) -> Result<()> {
        let code = self.asker.code(person)?;
        let socket = self.path("clients/master");
        let base = |master: &str| {
            let mut ssh = Command::new("timeout");
            ssh.arg("120").arg("ssh").arg("-F").arg(self.path("clients/default"));
            ssh.arg("-i").arg(self.path(&format!("people/{person}"))).args(["-l", person]);
            ssh.arg(format!("-oControlMaster={master}")).arg(format!("-oControlPath={}", socket.display()));
            ssh.stdin(Stdio::null());
            ssh
        };
        for (number, line) in lines.iter().enumerate() {
            // The first one logs in and stays for the others.
            let mut ssh = base(if number == 0 { "auto" } else { "no" });
            code.give(&mut ssh).arg("-oControlPersist=20").arg("gate").arg(line);
            let output = ssh.stderr(File::create(self.path("said"))?).output()?;
            if !output.status.success() {
                let said = std::fs::read_to_string(self.path("said")).unwrap_or_default();
                bail!(
                    "`{line}` of {person}: {said}{}\n{}",
                    String::from_utf8_lossy(&output.stdout),
                    self.gate_said()
                );
            }
        }
        // It may be gone already.
        let _gone =
            base("no").args(["-O", "exit", "gate"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        Ok(())
    }

    /// Verifies everything that this run wrote; returns what the verifier said and how many files its ledger names.
    pub(super) fn verified(&self) -> Result<(bool, usize)> {
        let mut verify = Command::new(self.path("app/poterne-verify"));
        verify
            .arg(self.path("data/evidence/valbrume"))
            .arg("--key")
            .arg(self.path("data/public/valbrume.keys"));
        let output = verify.args(["--lang", "en", "--print"]).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let lines: Vec<&str> = said.lines().filter(|line| !line.contains("\"v\":1}")).collect();
            println!("{}", lines.join("\n"));
        }
        Ok((output.status.success(), said.matches("\"code\":\"file-passed\"").count()))
    }
}

fn serve(folder: &Path, port: u16) -> Result<Server> {
    let words = ["app/poterne", "serve", "--config", "poterne.toml"];
    let gate = Server::start(folder, &words, folder.join("gate.log"))?;
    gate.answers(port, START)?;
    Ok(gate)
}

/// Ports that were free a moment ago; all are held until all are chosen.
fn free_ports() -> Result<Ports> {
    let listen = || TcpListener::bind(("127.0.0.1", 0));
    let (gate, jump, target) = (listen()?, listen()?, listen()?);
    let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
    Ok(Ports { gate: port(&gate)?, jump: port(&jump)?, target: port(&target)? })
}

/// Name of a technician.
pub(super) fn technician(number: usize) -> String {
    format!("t.{number:04}")
}

/// Everybody, the director first: she vouches for herself, then for the others.
fn everybody(technicians: usize) -> Vec<String> {
    let known = PEOPLE.iter().map(|(person, ..)| (*person).to_owned());
    known.chain((0..technicians).map(technician)).collect()
}

/// Fingerprint of a public key.
fn print(public: &Path) -> Result<String> {
    let shown = shell::output(Command::new("ssh-keygen").arg("-lf").arg(public))?;
    Ok(shown.split_whitespace().nth(1).context("ssh-keygen gave no fingerprint")?.to_owned())
}

/// The folder while it is furnished.
struct Place<'a> {
    folder: &'a Path,
    ports: Ports,
    login: String,
    technicians: usize,
}

impl Place<'_> {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> Result<()> {
        let path = self.folder.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        Ok(std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode))?)
    }

    /// A fresh key; returns its public line.
    fn key(&self, name: &str) -> Result<String> {
        let path = self.path(name);
        if let Some(folder) = Path::new(&path).parent() {
            std::fs::create_dir_all(folder)?;
        }
        shell::output(
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&path),
        )?;
        Ok(std::fs::read_to_string(format!("{path}.pub"))?.trim().to_owned())
    }

    fn poterne(&self, words: &[&str]) -> Result<String> {
        let mut command = Command::new(self.folder.join("app/poterne"));
        shell::output(command.current_dir(self.folder).args(words).stdin(Stdio::null()))
    }

    /// What all clients share: one configuration for each choice of cipher and key exchange. In a file and not in
    /// arguments, because a jump's first leg reads the file alone.
    fn clients(&self) -> Result<()> {
        let operator = self.key("clients/operator")?;
        self.write("clients/authorized_keys", &format!("{operator}\n"), 0o600)?;
        let (operator, login) = (self.path("clients/operator"), &self.login);
        let Ports { gate, jump, target } = self.ports;
        for (name, choice) in super::client::CHOICES {
            let text = format!(
                "Host *\n{choice}IdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile /dev/null\n\
                 GlobalKnownHostsFile /dev/null\nStrictHostKeyChecking no\nLogLevel ERROR\nHostName 127.0.0.1\n\
                 PreferredAuthentications publickey,keyboard-interactive\nServerAliveInterval 0\n\
                 Host direct jump\nPort {target}\nHost hop\nPort {jump}\nHost gate\nPort {gate}\n\
                 Host jump\nProxyJump hop\nHost direct jump hop\nUser {login}\nIdentityFile \"{operator}\"\n"
            );
            self.write(&format!("clients/{name}"), &text, 0o600)?;
        }
        self.write("clients/askpass", "#!/bin/sh\nprintf '%s\\n' \"$POTERNE_CODE\"\n", 0o700)
    }

    fn sshd(&self, name: &str, port: u16) -> Result<Server> {
        self.key(&format!("{name}/host"))?;
        let pam = if demo::locked_root() { "yes" } else { "no" };
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey \"{}\"\nPidFile none\nAuthorizedKeysFile \"{}\"\n\
             UsePAM {pam}\n{SSHD}AllowUsers {}\nSubsystem sftp internal-sftp\nSetEnv \"HOME={}\"\n",
            self.path(&format!("{name}/host")),
            self.path("clients/authorized_keys"),
            self.login,
            // What a person's own shell does at its start is nobody's figure.
            self.path(&format!("{name}/home")),
        );
        std::fs::create_dir_all(self.path(&format!("{name}/home")))?;
        self.write(&format!("{name}/sshd_config"), &config, 0o600)?;
        let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| Path::new(path).exists());
        let words =
            [sshd.context("there is no sshd")?, "-D", "-e", "-f", &self.path(&format!("{name}/sshd_config"))];
        let server = Server::start(self.folder, &words, self.folder.join(format!("{name}.log")))?;
        server.answers(port, START)?;
        Ok(server)
    }

    /// Everything that a gate needs before it opens.
    fn gate(&self) -> Result<()> {
        let config = format!(
            "[gate]\nname = \"porte-1\"\nhome = \"valbrume\"\ndata = \"data\"\nlisten = [\"127.0.0.1:{}\"]\n\
             sessions_max = {SESSIONS_MAX}\n",
            self.ports.gate
        );
        self.write("poterne.toml", &config, 0o600)?;
        let readers = self.poterne(&["reader-key", "auditor/reader.key", "--label", "rssi"])?;
        self.write("auditor/recipients.txt", &readers, 0o644)?;
        self.poterne(&["init", "--recipients", "auditor/recipients.txt"])?;
        self.write("site.toml", &self.site()?, 0o644)?;
        self.poterne(&["apply", "site.toml", "--yes"])?;
        for person in everybody(self.technicians) {
            let link = self.poterne(&["enrol", &person])?;
            self.write(&format!("people/{person}.otp"), &link, 0o600)?;
        }
        let account = self.poterne(&["account", &format!("{EQUIPMENT}.valbrume"), "--new-key"])?;
        let line = account.lines().last().context("no key for the account")?;
        let known = std::fs::read_to_string(self.path("clients/authorized_keys"))?;
        self.write("clients/authorized_keys", &format!("{known}{line}\n"), 0o600)
    }

    /// The demonstration's hospital, with every right, the longest silence, and all the technicians.
    fn site(&self) -> Result<String> {
        let mut site = include_str!("../demo/site.toml").to_owned();
        for (from, to) in [("\"scp\"]", "\"scp\", \"bulk\"]"), ("idle = \"10 min\"", "idle = \"30 min\"")] {
            ensure!(site.contains(from), "the demonstration's site has no `{from}`");
            site = site.replace(from, to);
        }
        site = site
            .replace("@SCANNER_PORT@", &self.ports.target.to_string())
            .replace("@SCANNER_KEY@", &print(&self.folder.join("target/host.pub"))?)
            .replace("@LOGIN@", &self.login);
        let mut later = String::new();
        for (mark, when) in [("@PAST@", "-300 days"), ("@LATER@", "-290 days"), ("@UNTIL@", "+700 days")] {
            let date = shell::output(Command::new("date").args(["-d", when, "+%F"]))?;
            site = site.replace(mark, date.trim());
            if mark == "@LATER@" {
                date.trim().clone_into(&mut later);
            }
        }
        for (person, ..) in PEOPLE {
            site = site.replace(&format!("@KEY:{person}@"), &self.key(&format!("people/{person}"))?);
        }
        for person in (0..self.technicians).map(technician) {
            let key = self.key(&format!("people/{person}"))?;
            site.push_str(&format!(
                "\n[[person]]\nid = \"{person}\"\nname = \"Personne {person} (fictive)\"\nemployer = \"scanfab\"\n\
                 country = \"FR\"\nkeys = [\"{key}\"]\n\n[[engagement]]\nperson = \"{person}\"\n\
                 kinds = [\"confidentiality\", \"limitation\"]\nversion = 1\nsigned = \"{later}\"\n\
                 attestation = \"Attestation {person}\"\n"
            ));
        }
        Ok(site)
    }
}
