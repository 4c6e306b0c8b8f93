//! `ssh -J`: an equipment by its own name, for tools that know only ProxyJump.

use std::path::PathBuf;
use std::process::Command;

use crate::support::site::{EQUIPMENT, FOREIGN, TECHNICIAN};
use crate::support::world::World;
use crate::support::{Done, PATIENCE, finish, noise, sha256};

/// A technician's machine: his configuration of `ssh`, with a certificate, so that nobody has to be asked.
struct Desk {
    config: PathBuf,
}

impl Desk {
    fn new(world: &World) -> Self {
        let path = |name: &str| world.path(name).display().to_string();
        let given = world.client(TECHNICIAN).command("certificate").exits(0).out;
        std::fs::write(world.path("given.pub"), given).unwrap();
        let known = world.client(TECHNICIAN).command("known-hosts").exits(0).out;
        assert!(known.starts_with("@cert-authority ") && known.contains(EQUIPMENT), "{known}");
        assert!(!known.contains(FOREIGN), "{known}");
        std::fs::write(world.path("known_jump"), known).unwrap();
        let text = format!(
            "Host door\n HostName 127.0.0.1\n Port {}\n User {TECHNICIAN}\n IdentityFile {}\n CertificateFile {}\n \
             UserKnownHostsFile {}\n StrictHostKeyChecking accept-new\n\
             Host * !door\n ProxyJump door\n User whoever\n IdentityFile none\n UserKnownHostsFile {}\n \
             StrictHostKeyChecking yes\n\
             Host *\n GlobalKnownHostsFile /dev/null\n IdentitiesOnly yes\n IdentityAgent none\n BatchMode yes\n LogLevel INFO\n",
            world.door(),
            path(TECHNICIAN),
            path("given.pub"),
            path("known_hosts"),
            path("known_jump"),
        );
        let config = world.path("ssh_config");
        std::fs::write(&config, text).unwrap();
        Self { config }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("-F").arg(&self.config);
        command
    }

    fn ssh(&self, words: &[&str]) -> Done {
        let mut command = self.command("ssh");
        command.args(words);
        finish(command, PATIENCE)
    }
}

#[test]
fn an_equipment_is_reached_by_its_own_name() {
    let world = World::start();
    world.intervention();
    let desk = Desk::new(&world);
    assert_eq!(desk.ssh(&[EQUIPMENT, "echo inside; exit 7"]).exits(7).out, "inside\n");
    let full = format!("{EQUIPMENT}.valbrume");
    assert_eq!(
        desk.ssh(&[&full, "-p", &world.sshd.port.to_string(), "echo inside"]).exits(0).out,
        "inside\n"
    );
    desk.ssh(&["-tt", EQUIPMENT, "tty"]).exits(0).says("/dev/pts");

    // Files, by tools that know nothing of a gate.
    let here = world.path("up");
    noise(&here, 5 * 1024 * 1024 + 3, 11);
    let there = world.sshd.path("up");
    let mut scp = desk.command("scp");
    scp.arg(&here).arg(format!("{EQUIPMENT}:{}", there.display()));
    finish(scp, PATIENCE).exits(0);
    let back = world.path("back");
    let mut rsync = Command::new("rsync");
    rsync.arg("-e").arg(format!("ssh -F {}", desk.config.display()));
    rsync.arg(format!("{EQUIPMENT}:{}", there.display())).arg(&back);
    finish(rsync, PATIENCE).exits(0);
    for copy in [&there, &back] {
        assert_eq!(sha256(copy), sha256(&here));
    }

    // Neither another's equipment, nor one that does not exist, nor another port, nor a place in the network.
    for words in
        [&[FOREIGN, "id"][..], &["nowhere", "id"], &["127.0.0.1", "id"], &["-p", "80", EQUIPMENT, "id"]]
    {
        let done = desk.ssh(words);
        assert_eq!(done.status, Some(255), "{words:?}");
        done.says("n'est le nom d'aucun appareil");
    }
    // What is closed is closed inside too.
    let done = desk.ssh(&["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:9", EQUIPMENT, "id"]);
    assert_eq!(done.status, Some(255));
    let outside = world.traced("asked-outside", 5);
    let asked: Vec<_> = outside.iter().map(|entry| &entry["data"]["asked"][0]).collect();
    assert_eq!(asked.iter().filter(|what| **what == "direct-tcpip").count(), 4, "{asked:?}");
    assert_eq!(asked.iter().filter(|what| **what == "tcpip-forward").count(), 1, "{asked:?}");

    assert_eq!(world.ended(5), ["finished"; 5]);
    let opened = world.traced("session-opened", 5);
    assert!(opened.iter().all(|entry| entry["data"]["second"] == "certificate"), "{opened:#?}");
    let passed = world.traced("file-passed", 1);
    assert_eq!(passed[0]["data"]["sha256"], sha256(&here).as_str());
    assert_eq!(passed[0]["data"]["path"], there.display().to_string());
}

/// It is decided as always: outside an intervention, the refusal with its rule and remedy is said inside.
#[test]
fn what_is_not_permitted_is_refused_inside_with_its_reasons() {
    let world = World::start();
    let intervention = world.intervention();
    let desk = Desk::new(&world);
    world.says(crate::support::site::SECURITY, &format!("suspend {intervention} 'Arrêt fictif'")).exits(0);
    desk.ssh(&[EQUIPMENT, "id"]).exits(254).says("suspendue");
    let mut sftp = desk.command("sftp");
    let batch = world.path("batch");
    std::fs::write(&batch, "pwd\n").unwrap();
    sftp.arg("-b").arg(&batch).arg(EQUIPMENT);
    assert_ne!(finish(sftp, PATIENCE).says("suspendue").status, Some(0));
    world.traced("session-refused", 2);
}

/// One outer connection carries several, each a session of its own; it ends, and they end with it.
#[test]
fn several_ways_through_one_connection() {
    let world = World::start();
    world.intervention();
    let desk = Desk::new(&world);
    let socket = world.path("mux");
    let mut master = desk.command("ssh");
    master.arg("-M").arg("-S").arg(&socket).args(["-N", "door"]);
    let mut master = master.spawn().unwrap();
    crate::support::until("the connection is shared", PATIENCE, || socket.exists());
    let proxy =
        format!("ProxyCommand=ssh -F {} -S {} -W %h:%p door", desk.config.display(), socket.display());
    let runs: Vec<_> = (0..3)
        .map(|number| {
            let mut command = desk.command("ssh");
            command.args(["-o", "ProxyJump=none", "-o", &proxy, EQUIPMENT, &format!("echo {number}; cat")]);
            crate::support::client::Running::new(&world, command)
        })
        .collect();
    for (number, run) in runs.iter().enumerate() {
        run.until_says(&number.to_string());
    }
    assert_eq!(world.live().len(), 3);
    // A command of the gate's, on the same connection.
    let mut command = desk.command("ssh");
    command.arg("-S").arg(&socket).args(["door", "whoami"]);
    finish(command, PATIENCE).exits(0).says(TECHNICIAN);
    master.kill().unwrap();
    master.wait().unwrap();
    assert_eq!(world.ended(3).len(), 3);
    drop(runs);
    assert!(world.live().is_empty());
}
