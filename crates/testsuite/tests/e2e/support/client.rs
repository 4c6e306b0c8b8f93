//! Real clients of persons: OpenSSH's and PuTTY's.

use std::process::{Child, Command, Stdio};

use super::site::EQUIPMENT;
use super::world::World;
use super::{Done, PATIENCE, ended, finish, run};

/// One login of one person: a code is taken once.
pub(crate) struct Client<'a> {
    world: &'a World,
    person: String,
    code: String,
    options: Vec<String>,
}

impl<'a> Client<'a> {
    pub(crate) fn new(world: &'a World, person: &str, code: String) -> Self {
        Self { world, person: person.to_owned(), code, options: Vec::new() }
    }

    /// With more arguments before the host.
    pub(crate) fn option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    /// Where a session on the equipment goes: `user@host`.
    pub(crate) fn equipment(&self) -> String {
        format!("{}+{EQUIPMENT}@127.0.0.1", self.person)
    }

    /// A program of OpenSSH with the options that all of them share, and nobody at its terminal.
    pub(crate) fn openssh(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command
            .args(["-F", "/dev/null"])
            // The first value of an option counts.
            .args(&self.options)
            .args(["-oIdentitiesOnly=yes", "-oIdentityAgent=none", "-oBatchMode=no"])
            .arg(format!("-oUserKnownHostsFile={}", self.world.path("known_hosts").display()))
            .args(["-oStrictHostKeyChecking=accept-new", "-oGlobalKnownHostsFile=/dev/null"])
            .arg("-oLogLevel=ERROR")
            .arg(if name == "ssh" { "-p" } else { "-P" })
            .arg(self.world.door().to_string())
            .arg("-i")
            .arg(self.world.path(&self.person))
            .env("SSH_ASKPASS", self.world.path("askpass"))
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("POTERNE_TEST_CODE", &self.code);
        command
    }

    /// `ssh` on this target, with these words behind it.
    pub(crate) fn ssh(&self, target: &str, words: &[&str]) -> Command {
        let mut command = self.openssh("ssh");
        command.arg(target).args(words);
        command
    }

    /// A command of the gate.
    pub(crate) fn command(&self, line: &str) -> Done {
        finish(self.ssh(&format!("{}@127.0.0.1", self.person), &[line]), PATIENCE)
    }

    /// A command on the equipment, to its end.
    pub(crate) fn exec(&self, line: &str) -> Done {
        finish(self.ssh(&self.equipment(), &[line]), PATIENCE)
    }

    /// A command on another equipment.
    pub(crate) fn exec_on(&self, equipment: &str, line: &str) -> Done {
        finish(self.ssh(&format!("{}+{equipment}@127.0.0.1", self.person), &[line]), PATIENCE)
    }

    /// A command on the equipment, left running.
    pub(crate) fn starts(&self, line: &str) -> Running {
        Running::new(self.ssh(&self.equipment(), &[line]))
    }

    /// A program of PuTTY with the options that all of them share.
    pub(crate) fn putty(&self, name: &str) -> Command {
        let path = |name: &str| self.world.path(name).display().to_string();
        let key = format!("{}.ppk", self.person);
        if !self.world.path(&key).exists() {
            run("puttygen", &[&path(&self.person), "-O", "private", "-o", &path(&key)]);
        }
        let log = self.world.log();
        let (_, shown) = log.split_once(" key=").unwrap();
        let mut command = Command::new(name);
        command
            .args(["-batch", "-hostkey", shown.split_whitespace().next().unwrap()])
            .args(["-P", &self.world.door().to_string(), "-pw", &self.code, "-i", &path(&key)])
            .env("HOME", self.world.path(""));
        command
    }
}

/// A client that was left running; killed when dropped.
pub(crate) struct Running(Option<Child>);

impl Running {
    /// Starts it; its input stays open and empty, its output is kept.
    pub(crate) fn new(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(Some(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))))
    }

    /// Whether it runs still.
    pub(crate) fn runs(&mut self) -> bool {
        self.0.as_mut().unwrap().try_wait().unwrap().is_none()
    }

    /// Waits for its end, which comes in time or the test fails.
    #[track_caller]
    pub(crate) fn ends(mut self, limit: std::time::Duration) -> Done {
        ended(self.0.take().unwrap(), limit)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // It may have ended by itself.
            let _gone = child.kill();
            let _reaped = child.wait();
        }
    }
}
