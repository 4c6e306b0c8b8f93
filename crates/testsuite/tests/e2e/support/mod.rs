//! What every test stands on.

pub(crate) mod client;
pub(crate) mod disk;
pub(crate) mod linux;
pub(crate) mod phone;
pub(crate) mod site;
pub(crate) mod sshd;
pub(crate) mod world;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take that has no shorter limit of its own.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the long forms of tests were asked for (`cargo xtask soak`).
pub(crate) fn is_long() -> bool {
    std::env::var_os("POTERNE_LONG").is_some()
}

/// The points of a seeded test: the first few, or many in its long form. `POTERNE_POINTS=473..500` is for a campaign that
/// was broken off and for a point that is to be seen again.
pub(crate) fn points(few: u64, many: u64) -> std::ops::Range<u64> {
    let Ok(asked) = std::env::var("POTERNE_POINTS") else { return 0..if is_long() { many } else { few } };
    let (from, to) = asked.split_once("..").unwrap();
    from.parse().unwrap()..to.parse().unwrap()
}

/// What came of a program.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// Both streams: what a person at a terminal sees.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Fails with everything that was said when the exit status is another one.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{}", self.said());
        self
    }

    /// Fails when these words were not said, whatever the line breaks between them.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        let said = self.said();
        assert!(one_line(&said).contains(words), "`{words}` is not in: {said}");
        self
    }

    /// Fails when these words were said.
    #[track_caller]
    pub(crate) fn says_nothing_of(self, words: &str) -> Self {
        let said = self.said();
        assert!(!one_line(&said).contains(words), "`{words}` is in: {said}");
        self
    }
}

/// Text without its line breaks and its doubled spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs a program that has to succeed, and returns what it printed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments);
    finish(command, PATIENCE).exits(0).out
}

/// Runs a program to its end, which comes in time or the test fails.
#[track_caller]
pub(crate) fn finish(mut command: Command, limit: Duration) -> Done {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    ended(child, limit)
}

/// Waits for the end of a program whose output is piped.
#[track_caller]
pub(crate) fn ended(mut child: Child, limit: Duration) -> Done {
    let read = |stream: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                stream.read_to_end(&mut bytes).unwrap();
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = read(child.stdout.take().map(|stream| Box::new(stream) as _));
    let err = read(child.stderr.take().map(|stream| Box::new(stream) as _));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > limit {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("no end within {limit:?}: {}{}", out.join().unwrap(), err.join().unwrap());
        }
        pause();
    };
    Done { status: status.code(), out: out.join().unwrap(), err: err.join().unwrap() }
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
#[track_caller]
pub(crate) fn until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < limit, "{what}: not within {limit:?}");
        pause();
    }
}

/// Between two looks at a condition that has its deadline.
#[expect(clippy::disallowed_methods, reason = "what is waited for tells nobody: it is looked at again")]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

/// A port that is free at this moment.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Whether somebody listens there.
pub(crate) fn listens(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// The programs that a program started, by their ids.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
        .unwrap_or_default()
        .split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect()
}

/// Sends a signal to one process of the test's own.
pub(crate) fn signal(name: &str, pid: u32) {
    let _gone = Command::new("kill").args([name, &pid.to_string()]).stderr(Stdio::null()).status();
}

/// Numbers that look like chance, the same for the same seed (xorshift64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Far from those of the neighbouring seeds (the finaliser of splitmix64).
    pub(crate) fn of_point(point: u64) -> Self {
        let mixed = (point + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Self::seeded(mixed ^ (mixed >> 27))
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    /// One of these.
    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

/// A file of so many bytes that do not compress, the same for the same seed.
pub(crate) fn noise(path: &Path, bytes: usize, seed: u64) {
    let mut dice = Dice::seeded(seed);
    let mut data = Vec::with_capacity(bytes + 8);
    while data.len() < bytes {
        data.extend_from_slice(&dice.roll().to_le_bytes());
    }
    data.truncate(bytes);
    std::fs::write(path, data).unwrap();
}

/// SHA-256 of a file, in hexadecimal digits.
pub(crate) fn sha256(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether whoever runs the test may mount: whoever may not is told what was left out.
pub(crate) fn may_mount() -> bool {
    let root = run("id", &["-u"]).trim() == "0";
    if !root {
        println!("skipped: mounting takes root");
    }
    root
}

/// A small disk for a folder of its own, unmounted when dropped. It takes root.
pub(crate) struct SmallDisk(String);

impl SmallDisk {
    pub(crate) fn mount(at: &Path) -> Self {
        let at = at.to_str().unwrap().to_owned();
        run("mount", &["-t", "tmpfs", "-o", "size=320m,mode=700", "tmpfs", &at]);
        Self(at)
    }

    /// Leaves this much of it.
    pub(crate) fn shrink(&self, size: &str) {
        run("mount", &["-o", &format!("remount,size={size}"), &self.0]);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run("umount", &["-l", &self.0]);
    }
}
