//! What every test stands on.

pub(crate) mod abrupt;
pub(crate) mod account;
pub(crate) mod client;
pub(crate) mod facts;
pub(crate) mod rogue;
pub(crate) mod sshd;
pub(crate) mod world;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;

/// Runs a program that has to succeed, and returns what it printed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output =
        Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Makes an Ed25519 key pair without a passphrase: `path` and `path.pub`.
pub(crate) fn make_key(path: &Path) {
    run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path.to_str().unwrap()]);
}

/// The fingerprint of a public key file.
pub(crate) fn fingerprint(public: &Path) -> String {
    run("ssh-keygen", &["-lf", public.to_str().unwrap()]).split_whitespace().nth(1).unwrap().to_owned()
}

/// Waits until something holds; fails with its name when it does not in time.
pub(crate) async fn until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < limit, "{what}: not within {limit:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Reads what a program says until these words are in it; fails when it ends before.
pub(crate) async fn until_said(said: &mut (impl tokio::io::AsyncRead + Unpin), words: &str) {
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains(words) {
        assert_ne!(said.read_buf(&mut heard).await.unwrap(), 0, "it ends before it says `{words}`");
    }
}

/// A port that is free at this moment.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Resident memory of this process, in bytes.
pub(crate) fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

/// Processor time that this process has spent. The kernel counts it in hundredths of a second.
pub(crate) fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}
