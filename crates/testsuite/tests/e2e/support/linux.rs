//! A Linux system with accounts and passwords of its own: OpenSSH's server and `passwd`, on a copy of `/etc` that no
//! other process sees. It takes root.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{PATIENCE, fingerprint, finish, free_port, listens, make_key, until};

/// Whose account it is.
pub(crate) const USER: &str = "poterne-machine";

/// A running system; ended by its process id when dropped.
pub(crate) struct Linux {
    folder: tempfile::TempDir,
    child: Option<Child>,
    pub(crate) port: u16,
}

impl Linux {
    /// With one account that has this password, and nobody's key.
    pub(crate) fn start(password: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The account reads its keys below this folder.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), mode).unwrap();
        make_key(&folder.path().join("host"));
        let mut linux = Self { folder, child: None, port: free_port() };
        let etc = linux.path("etc");
        let mut copy = Command::new("cp");
        copy.args(["-a", "/etc"]).arg(&etc);
        finish(copy, PATIENCE).exits(0);
        let home = linux.path("home").display().to_string();
        let made = format!(
            "useradd -m -d {home} -s /bin/sh {USER} && printf '%s:%s\\n' {USER} '{password}' | chpasswd && \
             mkdir -p {home}/.ssh && : > {home}/.ssh/authorized_keys && chmod 700 {home}/.ssh && \
             chown -R {USER} {home}/.ssh"
        );
        finish(linux.inside(&made), PATIENCE).exits(0);
        linux.boot();
        linux
    }

    /// A file of its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Fingerprint of its host key.
    pub(crate) fn host_key(&self) -> String {
        fingerprint(&self.path("host.pub"))
    }

    /// The keys that open the account, one a line.
    pub(crate) fn keys(&self) -> String {
        std::fs::read_to_string(self.path("home/.ssh/authorized_keys")).unwrap()
    }

    /// Lets the holders of these keys in.
    pub(crate) fn authorize(&self, lines: &str) {
        std::fs::write(self.path("home/.ssh/authorized_keys"), lines).unwrap();
    }

    /// The hash of the account's password.
    pub(crate) fn shadow(&self) -> String {
        let all = std::fs::read_to_string(self.path("etc/shadow")).unwrap();
        all.lines().find(|line| line.starts_with(USER)).unwrap().to_owned()
    }

    /// Whether this password opens the account, typed by a program that reads it from the environment.
    pub(crate) fn opens_for(&self, askpass: &std::path::Path, password: &str) -> bool {
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "/dev/null", "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null"])
            .args(["-oPreferredAuthentications=password", "-oNumberOfPasswordPrompts=1", "-oLogLevel=ERROR"])
            .args(["-p", &self.port.to_string(), &format!("{USER}@127.0.0.1"), "true"])
            .env("SSH_ASKPASS", askpass)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("POTERNE_TEST_CODE", password);
        finish(ssh, PATIENCE).status == Some(0)
    }

    /// Somebody at the machine itself sets the password.
    pub(crate) fn set_password(&self, password: &str) {
        let set = format!("printf '%s:%s\\n' {USER} '{password}' | chpasswd");
        finish(self.inside(&set), PATIENCE).exits(0);
    }

    /// Cuts its power.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts again, at the same address.
    pub(crate) fn boot(&mut self) {
        let at = |name: &str| self.path(name).display().to_string();
        let config = format!(
            "Port {}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile {}\nUsePAM yes\nPasswordAuthentication yes\n\
             KbdInteractiveAuthentication no\nAuthorizedKeysFile .ssh/authorized_keys\nStrictModes no\n\
             Subsystem sftp internal-sftp\nMaxStartups 100\n",
            self.port,
            at("host"),
            at("pid"),
        );
        std::fs::write(self.path("config"), config).unwrap();
        let _there = std::fs::create_dir_all("/run/sshd");
        let mut serve = self.inside(&format!("exec /usr/sbin/sshd -D -e -f {}", at("config")));
        serve
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.path("log")).unwrap());
        self.child = Some(serve.spawn().unwrap());
        until("the machine listens", Duration::from_secs(10), || listens(self.port));
    }

    /// A command that sees this machine's `/etc`.
    fn inside(&self, command: &str) -> Command {
        let etc = self.path("etc").display().to_string();
        let mut unshare = Command::new("unshare");
        unshare.args([
            "--mount",
            "sh",
            "-c",
            &format!("PATH=$PATH:/usr/sbin:/sbin; mount --bind {etc} /etc && {command}"),
        ]);
        unshare
    }
}

impl Drop for Linux {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("--- machine\n{}", std::fs::read_to_string(self.path("log")).unwrap_or_default());
        }
    }
}
