//! The gate's disk as it goes wrong: `disk.c` stands before it, and does what it is told here.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::run;

/// How a step goes wrong; the numbers are those of `disk.c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// The process is killed before it,
    Before,
    /// when half of what is written was,
    Middle,
    /// or when it is done.
    After,
    /// No room is left.
    Full,
    /// Nothing may be written any more.
    ReadOnly,
    /// The disk is broken.
    Broken,
}

impl How {
    const fn number(self) -> u64 {
        match self {
            Self::Before => 1001,
            Self::Middle => 1002,
            Self::After => 1003,
            // ENOSPC, EROFS, EIO: the same on every Linux.
            Self::Full => 28,
            Self::ReadOnly => 30,
            Self::Broken => 5,
        }
    }

    /// Whether the process dies of it.
    pub(crate) fn kills(self) -> bool {
        matches!(self, Self::Before | Self::Middle | Self::After)
    }
}

/// Where each number stands in the plan.
const COUNT: u64 = 0;
const AT: u64 = 1;
const TIMES: u64 = 2;
const HOW: u64 = 3;
const SOCKETS: u64 = 4;
const HAPPENED: u64 = 5;

/// What goes wrong under one folder, for each start of the gate.
pub(crate) struct Disk {
    library: PathBuf,
    plan: PathBuf,
    under: PathBuf,
}

impl Disk {
    /// Everything goes well up to now.
    pub(crate) fn new(plan: PathBuf, under: PathBuf) -> Self {
        let disk = Self { library: library(), plan, under };
        disk.forget();
        disk
    }

    /// The next start counts from nothing, and nothing goes wrong.
    pub(crate) fn forget(&self) {
        fs::write(&self.plan, [0; 48]).unwrap();
    }

    /// For a program that is not yet started.
    pub(crate) fn stands_before(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("POTERNE_TEST_PLAN", &self.plan)
            .env("POTERNE_TEST_UNDER", &self.under);
    }

    /// So many steps from now on, the step goes wrong. Deaths may come at what is sent, too; what else goes wrong
    /// goes on until it is mended.
    pub(crate) fn fails(&self, steps: u64, how: How) {
        self.fails_times(steps, how, u64::MAX);
    }

    /// The same, and the next steps are sound again.
    pub(crate) fn fails_once(&self, steps: u64, how: How) {
        self.fails_times(steps, how, 1);
    }

    fn fails_times(&self, steps: u64, how: How, times: u64) {
        for (place, number) in [
            (AT, 0),
            (TIMES, times),
            (HOW, how.number()),
            (SOCKETS, how.kills().into()),
            (HAPPENED, 0),
            (AT, self.count() + steps + 1),
        ] {
            self.put(place, number);
        }
    }

    /// From now on everything goes well.
    pub(crate) fn is_mended(&self) {
        self.put(AT, 0);
    }

    /// Steps since the last start.
    pub(crate) fn count(&self) -> u64 {
        self.get(COUNT)
    }

    /// How often something went wrong.
    pub(crate) fn happened(&self) -> u64 {
        self.get(HAPPENED)
    }

    fn get(&self, place: u64) -> u64 {
        let mut number = [0; 8];
        File::open(&self.plan).unwrap().read_exact_at(&mut number, place * 8).unwrap();
        u64::from_ne_bytes(number)
    }

    fn put(&self, place: u64, number: u64) {
        let plan = File::options().write(true).open(&self.plan).unwrap();
        plan.write_all_at(&number.to_ne_bytes(), place * 8).unwrap();
    }
}

/// Built once for all tests of this program.
fn library() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/support/disk.c");
        let (built, making) =
            (folder.join("disk.so"), folder.join(format!("disk-{}.so", std::process::id())));
        let [source, to] = [&source, &making].map(|path| path.to_str().unwrap());
        run("cc", &["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", to, source]);
        fs::rename(&making, &built).unwrap();
        built
    };
    BUILT.get_or_init(build).clone()
}
