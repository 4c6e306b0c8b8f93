//! Programs that run beside us: started, read while they run, and ended with us.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Looks until `found` gives something, at most for `patience`.
pub(crate) fn until<T>(patience: Duration, mut found: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        if let Some(value) = found() {
            return Some(value);
        }
        if Instant::now() >= end {
            return None;
        }
        std::thread::park_timeout(LOOK);
    }
}

/// A server. It ends when this value goes, and also when our own process goes in any other way: a small
/// shell holds the other end of a pipe and ends its one child, by its pid, when the pipe closes.
pub(crate) struct Server {
    minder: Child,
    pipe: Option<ChildStdin>,
    log: PathBuf,
}

const MINDER: &str = r#""$@" & child=$!; read -r _; kill "$child" 2>/dev/null; wait "$child""#;

impl Server {
    /// Starts it; what it writes goes to `log`.
    pub(crate) fn start(folder: &Path, words: &[&str], log: PathBuf) -> Result<Self> {
        let file = File::create(&log).with_context(|| log.display().to_string())?;
        let mut minder = Command::new("sh")
            .args(["-c", MINDER, "minder"])
            .args(words)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(file.try_clone()?)
            .stderr(file)
            // Out of the terminal's reach: Ctrl-C ends us, and the pipe tells the minder.
            .process_group(0)
            .spawn()
            .with_context(|| format!("`{}` could not be started", words.join(" ")))?;
        let pipe = minder.stdin.take();
        Ok(Self { minder, pipe, log })
    }

    /// Waits until it answers on this port of loopback.
    pub(crate) fn answers(&self, port: u16, patience: Duration) -> Result<()> {
        let connected = || TcpStream::connect(("127.0.0.1", port)).ok();
        match until(patience, connected) {
            Some(_) => Ok(()),
            None => bail!("nothing answers on port {port}\n{}", self.said()),
        }
    }

    /// Ends it and waits until it is gone.
    pub(crate) fn ends(&mut self) -> Result<()> {
        drop(self.pipe.take());
        Ok(self.minder.wait().map(drop)?)
    }

    /// Its process id: the one child of its minder.
    pub(crate) fn pid(&self) -> Option<u32> {
        let minder = self.minder.id();
        let children = std::fs::read_to_string(format!("/proc/{minder}/task/{minder}/children")).ok()?;
        children.split_whitespace().next()?.parse().ok()
    }

    /// Everything that it wrote up to now.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ended = self.minder.wait();
    }
}

/// A client that is spoken to while it runs.
pub(super) struct Live {
    child: Child,
    pipe: Option<ChildStdin>,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Live {
    /// Starts it, with both its streams read into one text.
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let line = crate::shell::shown(command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{line}` could not be started"))?;
        let said = Arc::new(Mutex::new(Vec::new()));
        if let Some(out) = child.stdout.take() {
            gather(out, Arc::clone(&said));
        }
        if let Some(err) = child.stderr.take() {
            gather(err, Arc::clone(&said));
        }
        let pipe = child.stdin.take();
        Ok(Self { child, pipe, said })
    }

    /// Types a line.
    pub(super) fn types(&mut self, line: &str) -> Result<()> {
        let pipe = self.pipe.as_mut().context("its input is closed")?;
        pipe.write_all(line.as_bytes())?;
        pipe.write_all(b"\n")?;
        Ok(pipe.flush()?)
    }

    /// Everything that it wrote up to now.
    pub(super) fn said(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&said).into_owned()
    }

    /// Waits until `words` were written.
    pub(super) fn shows(&self, words: &str, patience: Duration) -> Result<()> {
        match until(patience, || self.said().contains(words).then_some(())) {
            Some(()) => Ok(()),
            None => bail!("`{words}` did not appear within {patience:?}:\n{}", self.said()),
        }
    }

    /// Waits until it ends by itself.
    pub(super) fn ends(&mut self, patience: Duration) -> Result<ExitStatus> {
        match until(patience, || self.child.try_wait().ok().flatten()) {
            Some(status) => Ok(status),
            None => bail!("it still runs after {patience:?}:\n{}", self.said()),
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn gather(mut from: impl Read + Send + 'static, to: Arc<Mutex<Vec<u8>>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
            to.extend_from_slice(buffer.get(..length).unwrap_or_default());
        }
    });
}
