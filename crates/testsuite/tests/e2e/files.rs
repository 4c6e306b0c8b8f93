//! Bytes that cross: files by every client, in both directions; and what may not cross.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::client::{Client, Running};
use crate::support::site::{ENGLISH, SECOND, TECHNICIAN, THIRD};
use crate::support::world::World;
use crate::support::{PATIENCE, finish, free_port, noise, run, sha256, until};

const MIB: usize = 1024 * 1024;
/// A little more than a whole number of packets.
const SIZE: usize = 3 * MIB + 17;

/// Takes one file there and one back, with this client, and holds the ledger against them.
fn carries(world: &World, tool: &str, transfer: impl Fn(&str, &str, &str, &str)) {
    let here = |name: &str| world.path(&format!("{tool}-{name}"));
    let there = |name: &str| world.sshd.path(&format!("{tool}-{name}"));
    noise(&here("up"), SIZE, tool.bytes().map(u64::from).sum());
    noise(&there("down"), SIZE, tool.bytes().map(u64::from).product());
    let text = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    transfer(&text(here("up")), &text(there("up")), &text(there("down")), &text(here("down")));
    for name in ["up", "down"] {
        assert_eq!(sha256(&here(name)), sha256(&there(name)), "{tool} {name}");
    }
    for (name, direction) in [("up", "in"), ("down", "out")] {
        let path = text(there(name));
        let mut found = Vec::new();
        until(&format!("{tool} {name} is in the ledger"), Duration::from_secs(20), || {
            found = world.ledger();
            found.retain(|entry| entry["code"] == "file-passed" && entry["data"]["path"] == path.as_str());
            !found.is_empty()
        });
        assert_eq!(found.len(), 1, "{found:#?}");
        let data = &found[0]["data"];
        assert_eq!(data["sha256"], sha256(&here(name)).as_str(), "{data}");
        assert_eq!((&data["direction"], &data["outcome"]), (&direction.into(), &"complete".into()), "{data}");
        assert_eq!(data["size"], SIZE, "{data}");
    }
}

fn scp(client: &Client<'_>, old: bool, from: &str, to: &str) {
    let mut command = client.openssh("scp");
    command.args(old.then_some("-O")).args([from, to]);
    finish(command, PATIENCE).exits(0);
}

#[test]
fn openssh_carries_files() {
    let world = World::start();
    world.intervention();
    carries(&world, "sftp", |up, up_there, down_there, down| {
        let batch = world.path("batch");
        std::fs::write(&batch, format!("put {up} {up_there}\nget {down_there} {down}\n")).unwrap();
        let client = world.client(TECHNICIAN);
        let mut command = client.openssh("sftp");
        command.arg("-b").arg(&batch).arg(client.equipment());
        finish(command, PATIENCE).exits(0);
    });
    for (tool, person, old) in [("scp", SECOND, false), ("scp-old", THIRD, true)] {
        carries(&world, tool, |up, up_there, down_there, down| {
            let client = world.client(person);
            scp(&client, old, up, &format!("{}:{up_there}", client.equipment()));
            let client = world.client(person);
            scp(&client, old, &format!("{}:{down_there}", client.equipment()), down);
        });
    }
    assert_eq!(world.ended(5), ["finished"; 5]);
}

#[test]
fn putty_carries_files_and_commands() {
    let world = World::start();
    world.intervention();
    let client = world.client(TECHNICIAN);
    let mut command = client.putty("plink");
    command.arg(client.equipment()).arg("echo from plink; exit 5");
    assert_eq!(finish(command, PATIENCE).exits(5).out, "from plink\n");
    carries(&world, "psftp", |up, up_there, down_there, down| {
        let batch = world.path("batch");
        std::fs::write(&batch, format!("put {up} {up_there}\nget {down_there} {down}\nquit\n")).unwrap();
        let client = world.client(SECOND);
        let mut command = client.putty("psftp");
        command.arg("-b").arg(&batch).arg(client.equipment());
        finish(command, PATIENCE).exits(0);
    });
    assert_eq!(world.ended(2), ["finished"; 2]);
}

#[test]
fn both_directions_at_once() {
    const BULK: usize = 32 * MIB;
    let world = World::start();
    world.intervention();
    let up = world.path("bulk");
    noise(&up, BULK, 7);
    let client = world.client(TECHNICIAN);
    let input = Stdio::from(std::fs::File::open(&up).unwrap());
    let echo = Running::with_input(&world, client.ssh(&client.equipment(), &["cat"]), input);
    let out = echo.out().to_owned();
    echo.ends(PATIENCE).exits(0);
    assert_eq!(sha256(&out), sha256(&up));
    let found = world.traced("unnamed-content", 2);
    let hash = sha256(&up);
    for entry in &found {
        assert_eq!(entry["data"]["sha256"], hash.as_str(), "{entry}");
        assert_eq!(entry["data"]["size"], BULK, "{entry}");
    }
    let ended = &world.traced("session-ended", 1)[0]["data"];
    assert_eq!(ended["ending"], "finished");
    assert!(ended["inward"]["unparsed"].as_u64().unwrap() >= BULK as u64, "{ended}");
    assert!(ended["outward"]["unparsed"].as_u64().unwrap() >= BULK as u64, "{ended}");
}

#[test]
fn content_without_a_name_needs_its_right() {
    let world = World::with_rights(&["exec", "sftp-read"]);
    world.intervention();
    assert_eq!(world.client(TECHNICIAN).exec("head -c 60000 /dev/zero").exits(0).out.len(), 60_000);
    let done = world.client(TECHNICIAN).exec("head -c 9000000 /dev/zero");
    assert_ne!(done.status, Some(0));
    assert!(done.out.len() <= 64 * 1024, "{} bytes came out", done.out.len());
    done.says("`bulk`");
    // Reading is not writing, and a command is not a terminal.
    let there = world.sshd.path("there");
    let batch = world.path("batch");
    std::fs::write(&batch, format!("put {} {}\n", world.path("site.toml").display(), there.display()))
        .unwrap();
    let client = world.client(SECOND);
    let mut command = client.openssh("sftp");
    command.arg("-b").arg(&batch).arg(client.equipment());
    assert_ne!(finish(command, PATIENCE).status, Some(0));
    assert!(!there.exists());
    let client = world.client(SECOND);
    let done = finish(client.ssh(&client.equipment(), &["-tt"]), PATIENCE);
    assert_ne!(done.status, Some(0));
    done.says("shell");
}

#[test]
fn no_way_beside_the_session() {
    let world = World::start();
    world.intervention();
    let port = world.sshd.port;
    // Local forwarding: through the equipment to anything it reaches. From a socket that is nobody else's, as a port might be.
    let local = world.path("way");
    let client = world.client(TECHNICIAN).option(&format!("-L{}:127.0.0.1:{port}", local.display()));
    let inside = Running::new(&world, client.ssh(&client.equipment(), &["echo begun; cat"]));
    inside.until_says("begun");
    let mut heard = Vec::new();
    let mut way = std::os::unix::net::UnixStream::connect(&local).unwrap();
    // Closed in order or cut: nothing came either way.
    let _closed = way.read_to_end(&mut heard);
    assert!(heard.is_empty(), "{heard:?}");
    drop(inside);
    // Remote forwarding: from the equipment to the technician's side.
    let remote = free_port();
    let client = world.client(SECOND).option(&format!("-R127.0.0.1:{remote}:127.0.0.1:{port}"));
    let try_it = format!("! exec 3<>/dev/tcp/127.0.0.1/{remote}");
    finish(client.ssh(&client.equipment(), &[&format!("bash -c '{try_it}'")]), PATIENCE).exits(0);
    // The technician's agent and display stay where they are.
    let agent = Agent::start(&world);
    let client = world.client(THIRD).option("-A").option("-oIdentityAgent=SSH_AUTH_SOCK");
    let mut command = client.ssh(&client.equipment(), &["echo \"agent:$SSH_AUTH_SOCK:\""]);
    command.env("SSH_AUTH_SOCK", &agent.socket);
    finish(command, PATIENCE).says("agent::");
    let client = world.client(ENGLISH).option("-Y");
    let mut command = client.ssh(&client.equipment(), &["echo \"display:$DISPLAY:\""]);
    command.env("DISPLAY", ":99");
    finish(command, PATIENCE).says("display::");

    world.ended(4);
    let refused: Vec<String> = world
        .ledger()
        .iter()
        .filter(|entry| entry["code"] == "channel-refused")
        .map(|entry| entry["data"]["asked"].as_str().unwrap().to_owned())
        .collect();
    for asked in ["direct-tcpip", "tcpip-forward", "agent", "x11"] {
        assert!(refused.iter().any(|one| one == asked), "{asked}: {refused:?}");
    }
}

/// An agent of the technician's, ended by its process id when dropped.
struct Agent {
    child: std::process::Child,
    socket: std::path::PathBuf,
}

impl Agent {
    fn start(world: &World) -> Self {
        let socket = world.path("agent.sock");
        let child =
            Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
        let agent = Self { child, socket };
        until("the agent listens", PATIENCE, || {
            std::os::unix::net::UnixStream::connect(&agent.socket).is_ok()
        });
        run(
            "sh",
            &[
                "-c",
                &format!(
                    "SSH_AUTH_SOCK='{}' ssh-add -q '{}'",
                    agent.socket.display(),
                    world.path(THIRD).display()
                ),
            ],
        );
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
