//! An equipment: OpenSSH's own server, on loopback.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{children, fingerprint, free_port, listens, make_key, pause, run};

/// A running sshd; ended by its process id when dropped.
pub(crate) struct Sshd {
    folder: tempfile::TempDir,
    child: Child,
    pub(crate) port: u16,
    /// Who logs in there: whoever runs the test.
    pub(crate) user: String,
}

impl Sshd {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_key(&folder.path().join("host"));
        for name in ["authorized_keys", "authority", "principals"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        // Where privileges are separated sshd wants this folder; where they are not, it may fail.
        let _unneeded = std::fs::create_dir_all("/run/sshd");
        let user = run("id", &["-un"]).trim().to_owned();
        let (child, port) = listening(folder.path());
        Self { folder, child, port, user }
    }

    /// A file of its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Fingerprint of its host key.
    pub(crate) fn host_key(&self) -> String {
        fingerprint(&self.path("host.pub"))
    }

    /// Lets the holder of this key in.
    pub(crate) fn authorize(&self, line: &str) {
        std::fs::write(self.path("authorized_keys"), format!("{line}\n")).unwrap();
    }

    /// Lets in who has a certificate of this authority for this name, and nobody else.
    pub(crate) fn trust(&self, authority: &str, principal: &str) {
        std::fs::write(self.path("authorized_keys"), "").unwrap();
        std::fs::write(self.path("authority"), format!("{authority}\n")).unwrap();
        std::fs::write(self.path("principals"), format!("{principal}\n")).unwrap();
    }

    /// Starts again with another host key, as somebody in its place would; at the same address.
    pub(crate) fn change_host_key(&mut self) {
        self.stop();
        for name in ["host", "host.pub"] {
            std::fs::remove_file(self.path(name)).unwrap();
        }
        make_key(&self.path("host"));
        self.child = spawn(self.folder.path(), self.port).unwrap_or_else(|| panic!("sshd: {}", self.log()));
    }

    /// The processes that serve connections, by their ids.
    pub(crate) fn children(&self) -> Vec<u32> {
        children(self.child.id())
    }

    /// What it logged since it was started.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("--- sshd\n{}", self.log());
        }
    }
}

/// Takes another port when somebody was faster.
fn listening(folder: &Path) -> (Child, u16) {
    for _ in 0..5 {
        let port = free_port();
        if let Some(child) = spawn(folder, port) {
            return (child, port);
        }
    }
    panic!("sshd: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default());
}

fn spawn(folder: &Path, port: u16) -> Option<Child> {
    let at = |name: &str| folder.join(name).display().to_string();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile {}\nAuthorizedKeysFile {}\nStrictModes no\n\
         UsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n\
         AllowTcpForwarding yes\nX11Forwarding yes\nAllowAgentForwarding yes\nMaxStartups 100\n\
         TrustedUserCAKeys {}\nAuthorizedPrincipalsFile {}\nSetEnv HOME={}\n",
        at("host"),
        at("pid"),
        at("authorized_keys"),
        at("authority"),
        at("principals"),
        // Not that of whoever runs the test: what a shell does there first is not of the test.
        folder.display(),
    );
    std::fs::write(at("config"), config).unwrap();
    let mut child = Command::new("/usr/sbin/sshd")
        .args(["-D", "-e", "-f", &at("config")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(at("log")).unwrap())
        .spawn()
        .unwrap_or_else(|error| panic!("/usr/sbin/sshd (package openssh-server): {error}"));
    let start = Instant::now();
    while !listens(port) {
        if child.try_wait().unwrap().is_some() || start.elapsed() > Duration::from_secs(10) {
            // Killed or gone already: both are the end of it.
            let _gone = child.kill();
            child.wait().unwrap();
            return None;
        }
        pause();
    }
    child.try_wait().unwrap().is_none().then_some(child)
}
