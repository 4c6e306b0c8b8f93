//! Real clients of persons: OpenSSH's and PuTTY's.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::site::EQUIPMENT;
use super::world::World;
use super::{Done, PATIENCE, children, finish, run, until};

/// One login of one person: a code is taken once.
pub(crate) struct Client<'a> {
    world: &'a World,
    person: String,
    code: String,
    options: Vec<String>,
    intervention: String,
}

impl<'a> Client<'a> {
    pub(crate) fn new(world: &'a World, person: &str, code: String) -> Self {
        Self { world, person: person.to_owned(), code, options: Vec::new(), intervention: String::new() }
    }

    /// With more arguments before the host.
    pub(crate) fn option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    /// In this intervention, where several are open.
    pub(crate) fn within(mut self, intervention: &str) -> Self {
        self.intervention = format!("+{intervention}");
        self
    }

    /// The user name that leads to the equipment.
    pub(crate) fn user(&self) -> String {
        format!("{}+{EQUIPMENT}{}", self.person, self.intervention)
    }

    /// The code of this login.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// Where a session on the equipment goes: `user@host`.
    pub(crate) fn equipment(&self) -> String {
        format!("{}@127.0.0.1", self.user())
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
        Running::new(self.world, self.ssh(&self.equipment(), &[line]))
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

/// A program that was left running; killed when dropped. What it says goes to files, so that nothing waits
/// for a reader.
pub(crate) struct Running {
    child: Option<Child>,
    out: PathBuf,
    err: PathBuf,
}

impl Running {
    /// Starts it; its input stays open and empty.
    pub(crate) fn new(world: &World, command: Command) -> Self {
        Self::with_input(world, command, Stdio::piped())
    }

    /// Starts it with this input.
    pub(crate) fn with_input(world: &World, mut command: Command, input: Stdio) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = |stream: &str| world.path(&format!("{stream}-{number}"));
        let (out, err) = (path("out"), path("err"));
        command
            .stdin(input)
            .stdout(std::fs::File::create(&out).unwrap())
            .stderr(std::fs::File::create(&err).unwrap());
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child: Some(child), out, err }
    }

    /// Where its output is.
    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    /// What it has said up to now.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", text(&self.out), text(&self.err))
    }

    /// Waits until it has said this.
    #[track_caller]
    pub(crate) fn until_says(&self, words: &str) {
        until(&format!("`{words}` is said"), PATIENCE, || self.said().contains(words));
    }

    /// Whether it runs still.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.as_mut().unwrap().try_wait().unwrap().is_none()
    }

    /// The programs that it started, by their ids.
    pub(crate) fn children(&self) -> Vec<u32> {
        children(self.child.as_ref().unwrap().id())
    }

    /// Waits for its end, which comes in time or the test fails.
    #[track_caller]
    pub(crate) fn ends(mut self, limit: Duration) -> Done {
        let mut status = None;
        until("a program ends", limit, || {
            status = self.child.as_mut().unwrap().try_wait().unwrap();
            status.is_some()
        });
        Done { status: status.unwrap().code(), out: text(&self.out), err: text(&self.err) }
    }
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _gone = child.kill();
            let _reaped = child.wait();
        }
    }
}
