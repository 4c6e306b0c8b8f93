//! Clients of the three ways to the target: directly, through an sshd (ProxyJump), through the gate.

use super::house::{EQUIPMENT, House};
use super::numbers;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Configurations of the client by name: the default, and what is forced. A choice holds on both legs of a jump.
pub(super) const CHOICES: &[(&str, &str)] = &[
    ("default", ""),
    ("curve25519", "KexAlgorithms curve25519-sha256\n"),
    ("aes128-gcm", "Ciphers aes128-gcm@openssh.com\n"),
    ("chacha20", "Ciphers chacha20-poly1305@openssh.com\n"),
];

/// Longest run of one client; a gibibyte takes seconds.
const LONGEST: &str = "300";

/// A way to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer {
    /// OpenSSH to OpenSSH.
    Direct,
    /// The same through a second sshd, which sees nothing of what passes.
    Jump,
    /// Through the gate, which records.
    Gate,
}

impl Peer {
    /// In the order of the table.
    pub(super) const ALL: [Self; 3] = [Self::Direct, Self::Jump, Self::Gate];

    /// The alias in the client's configuration.
    pub(super) fn host(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Jump => "jump",
            Self::Gate => "gate",
        }
    }
}

/// The people's telephones: a process that hands codes out.
pub(super) struct Asker {
    child: Child,
    ask: ChildStdin,
    told: BufReader<ChildStdout>,
    askpass: std::path::PathBuf,
}

/// A person with a code that was not used yet.
pub(super) struct Code {
    pub(super) person: String,
    pub(super) code: String,
    askpass: std::path::PathBuf,
}

impl Code {
    /// Lets a client of OpenSSH find the code: in its environment, never in its arguments.
    pub(super) fn give<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("SSH_ASKPASS", &self.askpass)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("POTERNE_CODE", &self.code)
    }
}

impl Asker {
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let program = folder.join("app/phone.py");
        std::fs::write(&program, include_str!("phone.py"))?;
        let mut child = Command::new("/usr/bin/python3")
            .arg(program)
            .arg(folder.join("people"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("python3 could not be started")?;
        let ask = child.stdin.take().context("no standard input")?;
        let told = BufReader::new(child.stdout.take().context("no standard output")?);
        Ok(Self { child, ask, told, askpass: folder.join("clients/askpass") })
    }

    /// A code of this person; `any`: of a technician who has one.
    pub(super) fn code(&mut self, person: &str) -> Result<Code> {
        writeln!(self.ask, "{person}")?;
        let mut line = String::new();
        self.told.read_line(&mut line)?;
        let (person, code) = line.trim().split_once(' ').context("the telephones are silent")?;
        Ok(Code { person: person.to_owned(), code: code.to_owned(), askpass: self.askpass.clone() })
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl House {
    /// `ssh` or `sftp` to the target by this way, logged in as one more technician at the gate, with these options
    /// before the host and words behind it. It is ended from outside when it takes too long.
    pub(super) fn client(
        &mut self,
        program: &str,
        peer: Peer,
        choice: &str,
        options: &[&str],
        words: &[&str],
    ) -> Result<Command> {
        let mut command = Command::new("timeout");
        command.args([LONGEST, program, "-F"]).arg(self.path(&format!("clients/{choice}")));
        if peer == Peer::Gate {
            let code = self.asker.code("any")?;
            command.arg("-i").arg(self.path(&format!("people/{}", code.person)));
            command.arg(format!("-oUser={}+{EQUIPMENT}", code.person));
            code.give(&mut command);
        }
        command.args(options).arg(peer.host()).args(words).stdin(Stdio::null()).stdout(Stdio::null());
        Ok(command)
    }

    /// Runs a client to its end; returns how long that took. What it says on its standard error is told when it fails.
    pub(super) fn timed(&self, command: &mut Command) -> Result<Duration> {
        command.stderr(File::create(self.path("said"))?);
        let begin = Instant::now();
        let status = command.status()?;
        let took = begin.elapsed();
        if !status.success() {
            let said = std::fs::read_to_string(self.path("said")).unwrap_or_default();
            bail!("`{}` ended with {status}: {said}\n{}", crate::shell::shown(command), self.gate_said());
        }
        Ok(took)
    }
}

/// A client that ends with this value. It was started under a program that ends it in any other case.
pub(super) struct Guarded(pub(super) Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        for pid in numbers::descendants(self.0.id()) {
            signal("-KILL", pid);
        }
        let _reaped = self.0.wait();
    }
}

/// Sends a signal to a process of ours.
pub(super) fn signal(name: &str, pid: u32) {
    let mut kill = Command::new("kill");
    // It may be gone already.
    let _gone = kill.args([name, &pid.to_string()]).stdout(Stdio::null()).stderr(Stdio::null()).status();
}
