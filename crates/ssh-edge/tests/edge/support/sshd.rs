//! An equipment: OpenSSH's own server, on loopback.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{fingerprint, free_port, make_key, run, until};

/// A running sshd; ended by its process id when dropped.
pub(crate) struct Sshd {
    folder: tempfile::TempDir,
    child: Child,
    pub(crate) port: u16,
    /// Who logs in there: whoever runs the test.
    pub(crate) user: String,
    /// Fingerprint of its host key.
    pub(crate) host_key: String,
}

impl Sshd {
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// With more lines of configuration.
    pub(crate) async fn start_with(lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        make_key(&at("host"));
        make_key(&at("login"));
        std::fs::copy(at("login.pub"), at("authorized_keys")).unwrap();
        let port = free_port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile {}\nAuthorizedKeysFile {}\nStrictModes no\n\
             UsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n\
             MaxSessions 100\nMaxStartups 100\nSetEnv HOME={}\n{lines}\n",
            at("host").display(),
            at("pid").display(),
            at("authorized_keys").display(),
            // Not that of whoever runs the test: what a shell does there first is not of the test.
            folder.path().display(),
        );
        std::fs::write(at("config"), config).unwrap();
        // Where privileges are separated sshd wants this folder; where they are not, it may fail.
        let _unneeded = std::fs::create_dir_all("/run/sshd");
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f", at("config").to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(at("log")).unwrap())
            .spawn()
            .unwrap();
        let user = run("id", &["-un"]).trim().to_owned();
        let host_key = fingerprint(&at("host.pub"));
        let sshd = Self { child, port, user, host_key, folder };
        until("sshd listens", Duration::from_secs(10), || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        })
        .await;
        sshd
    }

    /// A file of its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder, for files to be copied to and from.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The private key that logs in there, in OpenSSH's text.
    pub(crate) fn login_key(&self) -> String {
        std::fs::read_to_string(self.path("login")).unwrap()
    }

    /// What it wrote, for a test that fails.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// The processes that serve connections, by their ids.
    pub(crate) fn children(&self) -> Vec<u32> {
        children(self.child.id())
    }

    /// Kills the server with everything that serves a connection, as a power cut would.
    pub(crate) fn kill(&mut self) {
        let mut all = self.children();
        all.extend(all.clone().into_iter().flat_map(children));
        for pid in all {
            kill("-KILL", pid);
        }
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // A server that was killed by the test is gone already.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Sends a signal to one process.
pub(crate) fn kill(signal: &str, pid: u32) {
    let _gone = Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status();
}

fn children(pid: u32) -> Vec<u32> {
    std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
        .unwrap_or_default()
        .split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect()
}
