//! Real clients of technicians.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use testkit::CODE;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use super::facts::{EQUIPMENT, PERSON};
use super::world::World;

/// How long any client may take, unless a test says otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a client.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) bytes: Vec<u8>,
}

/// OpenSSH's client, with the technician's key and telephone.
pub(crate) struct Client<'a> {
    world: &'a World,
    user: String,
    code: String,
    key: Option<std::path::PathBuf>,
    options: Vec<String>,
}

impl<'a> Client<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self {
            world,
            user: format!("{PERSON}+{EQUIPMENT}"),
            code: CODE.to_owned(),
            key: Some(world.folder.path().join("id")),
            options: Vec::new(),
        }
    }

    pub(crate) fn user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }

    pub(crate) fn code(mut self, code: &str) -> Self {
        code.clone_into(&mut self.code);
        self
    }

    pub(crate) fn key(mut self, key: Option<&std::path::Path>) -> Self {
        self.key = key.map(std::path::Path::to_path_buf);
        self
    }

    pub(crate) fn option(mut self, option: &str) -> Self {
        self.options.push(format!("-o{option}"));
        self
    }

    /// Where scp and sftp go: `user@host`.
    pub(crate) fn host(&self) -> String {
        format!("{}@127.0.0.1", self.user)
    }

    /// A program of OpenSSH with the options that all of them share.
    pub(crate) fn program(&self, name: &str) -> Command {
        let folder = self.world.folder.path();
        let askpass = folder.join(format!("askpass-{}", self.code));
        if !askpass.exists() {
            // Written aside first: another client may be executing it.
            let new = folder.join(format!("askpass-{}-{}", self.code, std::process::id()));
            std::fs::write(&new, format!("#!/bin/sh\necho '{}'\n", self.code)).unwrap();
            std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o700)).unwrap();
            std::fs::rename(&new, &askpass).unwrap();
        }
        let mut command = Command::new(name);
        command
            .args(["-F", "/dev/null"])
            // The first value of an option counts.
            .args(&self.options)
            .args(["-oIdentitiesOnly=yes", "-oIdentityAgent=none", "-oBatchMode=no"])
            .arg(format!("-oUserKnownHostsFile={}", folder.join("known_hosts").display()))
            .args(["-oStrictHostKeyChecking=yes", "-oGlobalKnownHostsFile=/dev/null", "-oLogLevel=ERROR"])
            .arg(if name == "ssh" { "-p" } else { "-P" })
            .arg(self.world.port.to_string())
            .env("SSH_ASKPASS", askpass)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(key) = &self.key {
            command.arg("-i").arg(key);
        }
        command
    }

    /// `ssh` with these arguments behind the host.
    pub(crate) fn ssh(&self, arguments: &[&str]) -> Command {
        let mut command = self.program("ssh");
        command.arg(self.host()).args(arguments);
        command
    }

    /// Runs `ssh` with these arguments behind the host.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Done {
        finish(self.ssh(arguments).spawn().unwrap()).await
    }
}

/// One connection of OpenSSH's client that many commands share.
pub(crate) struct Mux<'a> {
    world: &'a World,
    path: String,
    master: Child,
}

impl<'a> Mux<'a> {
    pub(crate) async fn start(world: &'a World) -> Self {
        let socket = world.folder.path().join("mux");
        let path = format!("ControlPath={}", socket.display());
        let client = world.client().option(&path).option("ControlMaster=yes");
        let master = client.ssh(&["cat"]).stdin(Stdio::piped()).spawn().unwrap();
        super::until("the first connection stands", Duration::from_secs(20), || socket.exists()).await;
        Self { world, path, master }
    }

    /// `ssh` with these arguments behind the host, in a channel of its own.
    pub(crate) fn ssh(&self, arguments: &[&str]) -> Command {
        self.world.client().option(&self.path).ssh(arguments)
    }

    /// Runs `ssh` with these arguments behind the host, in a channel of its own.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Done {
        finish(self.ssh(arguments).spawn().unwrap()).await
    }

    /// Speaks into the first channel.
    pub(crate) async fn says(&mut self, words: &[u8]) {
        self.master.stdin.as_mut().unwrap().write_all(words).await.unwrap();
    }

    /// Waits for the end of the connection.
    pub(crate) async fn waits(mut self) -> Done {
        // Its first channel lives as long as it may be spoken into.
        let _stdin = self.master.stdin.take();
        finish(self.master).await
    }

    /// Ends the first channel, and with it the connection when it is the last.
    pub(crate) async fn leaves(mut self) -> Done {
        drop(self.master.stdin.take());
        finish(self.master).await
    }
}

/// Waits for a client's end.
pub(crate) async fn finish(child: Child) -> Done {
    finish_within(child, PATIENCE).await
}

/// Waits for a client's end, so long.
pub(crate) async fn finish_within(child: Child, limit: Duration) -> Done {
    let output =
        tokio::time::timeout(limit, child.wait_with_output()).await.expect("the client ends").unwrap();
    Done {
        status: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        bytes: output.stdout,
    }
}
