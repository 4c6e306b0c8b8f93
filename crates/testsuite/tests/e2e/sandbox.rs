//! The running gate is shut in: every test of this suite runs under its sandbox, and these ones say that it holds.

use std::process::Command;
use std::time::Duration;

use crate::operators::get;
use crate::support::site::TECHNICIAN;
use crate::support::world::World;
use crate::support::{Done, finish, run};

/// `landlock_create_ruleset` and `landlock_restrict_self`, on every architecture.
const LANDLOCK_CREATE: &str = "444";
const LANDLOCK_RESTRICT: &str = "446";
#[cfg(target_arch = "x86_64")]
const SECCOMP: &str = "317";
#[cfg(not(target_arch = "x86_64"))]
const SECCOMP: &str = "277";
const ENOSYS: &str = "38";

/// A line of a thread's status, for each thread of the gate.
fn of_threads(world: &World, name: &str) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", world.gate_id())).unwrap();
    let line = |status: String| {
        let found = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        found.trim().to_owned()
    };
    // A thread that ends while it is looked at says nothing.
    tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok())
        .map(line)
        .collect()
}

#[test]
fn every_thread_of_the_gate_is_shut_in_and_a_link_leads_nowhere() {
    let mut world = World::start();
    world.intervention();
    world.client(TECHNICIAN).exec("true").exits(0);
    for (line, holds) in [("Seccomp:", "2"), ("NoNewPrivs:", "1")] {
        let threads = of_threads(&world, line);
        assert!(threads.len() > 1 && threads.iter().all(|is| is == holds), "{line} {threads:?}");
    }
    assert!(get(world.metrics, "/healthz").contains("\nsandbox: whole\n"));
    assert!(get(world.metrics, "/metrics").contains("\npoterne_sandbox{state=\"whole\"} 1\n"));

    // Whoever can lay a link beside the configuration has the gate read it; what it leads to is out of reach.
    let elsewhere = tempfile::tempdir().unwrap();
    let key = |name: &str| {
        let file = elsewhere.path().join(name);
        run("age-keygen", &["-o", file.to_str().unwrap()]);
        run("age-keygen", &["-y", file.to_str().unwrap()])
    };
    std::fs::write(elsewhere.path().join("holders"), key("a") + &key("b")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("holders"), world.path("holders.txt")).unwrap();
    let leaves = elsewhere.path().join("out");
    std::fs::create_dir(&leaves).unwrap();
    let export = ["vault-export", "--to", leaves.to_str().unwrap()];
    // The control socket in a folder of its own, which is made again where a former run left one.
    std::fs::create_dir(world.path("run")).unwrap();
    std::fs::write(world.path("run/control.sock"), "left").unwrap();
    world.configure("control = \"run/control.sock\"");
    world.configure("holders = \"holders.txt\"");
    world.reopen();
    world.poterne(&["session", "list"]).exits(0);
    world.poterne(&export).exits(1).says("Permission denied");

    // Switched off, it says so, and the same is done.
    world.configure("sandbox = \"off\"");
    world.reopen();
    assert!(world.log().contains("does not shut itself in"), "{}", world.log());
    assert!(of_threads(&world, "Seccomp:").iter().all(|is| is == "0"));
    assert!(get(world.metrics, "/healthz").contains("\nsandbox: off\n"));
    world.poterne(&export).exits(0);
}

/// The gate is told to serve under a kernel that answers otherwise.
fn under(world: &World, answers: &[&str]) -> Command {
    let serve = world.command(&["serve"]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/tools/under_kernel.py");
    let mut command = Command::new("python3");
    command.arg(script).args(answers).arg("--").arg(serve.get_program()).args(serve.get_args());
    command.env("LC_ALL", "C.UTF-8");
    command
}

fn refuses(world: &World, answers: &[&str]) -> Done {
    finish(under(world, answers), Duration::from_secs(30)).exits(1)
}

#[test]
fn a_kernel_without_it_is_said_and_one_that_lies_is_not_believed() {
    let mut world = World::start();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let (no_landlock, no_seccomp) = (format!("{LANDLOCK_CREATE}={ENOSYS}"), format!("{SECCOMP}={ENOSYS}"));

    // It says that it shuts in, and does not.
    refuses(&world, &[&format!("{LANDLOCK_RESTRICT}=0")]).says("ne tient pas").says("`/`");
    refuses(&world, &[&format!("{SECCOMP}=0")]).says("ne tient pas").says("memfd_create");

    // It has not got it: half of it, nothing of it, each said, and the door opens.
    for (answers, word) in [(vec![&*no_landlock], "half"), (vec![&*no_landlock, &*no_seccomp], "none")] {
        world.open_door_with(under(&world, &answers));
        assert!(world.log().contains("not wholly shut in"), "{}", world.log());
        assert!(get(world.metrics, "/healthz").contains(&format!("\nsandbox: {word}\n")));
        world.stop_gate();
        assert_eq!(world.gate_ends(), Some(0));
    }

    // Unless both are demanded.
    world.configure("sandbox = \"required\"");
    refuses(&world, &[&no_landlock]).says("required").says("Landlock");
    refuses(&world, &[&no_seccomp]).says("required").says("seccomp");
    world.open_door();
    assert!(get(world.metrics, "/healthz").contains("\nsandbox: whole\n"));
}
