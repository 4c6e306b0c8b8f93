//! Ansible over OpenSSH: the first of its connections logs in, the others share it.

use std::path::Path;
use std::process::Command;

use super::{awkward, same, sha256, text, without};
use crate::support::client::Client;
use crate::support::site::{EQUIPMENT, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, finish};

/// A program of Ansible, in a world of its own.
fn ansible(world: &World, client: &Client<'_>, program: &str) -> Command {
    let ssh = client.openssh("ssh");
    // The same words go to ssh, sftp and scp, to which a port is not the same letter: it gives that itself.
    let port = world.door().to_string();
    let words: Vec<_> = ssh
        .get_args()
        .map(|word| word.to_str().unwrap())
        .filter(|word| *word != "-p" && *word != port)
        .collect();
    // By itself it asks for no second factor, and keeps a connection for a minute.
    let shared = format!("-oControlMaster=auto -oControlPersist=60s -oControlPath={}", control(world));
    let methods =
        "-oPreferredAuthentications=publickey,keyboard-interactive -oKbdInteractiveAuthentication=yes";
    let there = |name: &str| text(&world.sshd.path(name));
    let line = format!(
        "{EQUIPMENT} ansible_host=127.0.0.1 ansible_port={} ansible_user={} ansible_python_interpreter=/usr/bin/python3\n",
        port,
        client.user()
    );
    std::fs::write(world.path("ansible.cfg"), "").unwrap();
    std::fs::write(world.path("inventory"), format!("[equipment]\n{line}")).unwrap();
    let mut command = Command::new(program);
    command
        .arg("-i")
        .arg(world.path("inventory"))
        .env("ANSIBLE_CONFIG", world.path("ansible.cfg"))
        .env("ANSIBLE_HOME", world.path("ansible"))
        .env("ANSIBLE_LOCAL_TEMP", world.path("ansible-local"))
        .env("ANSIBLE_REMOTE_TMP", there("ansible-remote"))
        .env("ANSIBLE_SSH_ARGS", format!("-C {shared} {methods} {}", words.join(" ")))
        .env("ANSIBLE_NOCOLOR", "1")
        .env("LC_ALL", "C.UTF-8");
    for (name, value) in ssh.get_envs() {
        command.env(name, value.unwrap());
    }
    command
}

fn control(world: &World) -> String {
    text(&world.path("shared"))
}

#[test]
fn ansible_copies_runs_and_fetches() {
    let world = World::start();
    world.intervention();
    let (odd, there, back) = (world.path("odd"), world.sshd.path("odd"), world.path("back"));
    awkward(&odd, &[]);
    // Each file costs it five commands: a handful is enough. Of a name with wildcards it makes one that sftp expands.
    without(
        &odd,
        &[
            "\"guillemets\"",
            "--",
            "...",
            "$HOME `id` $(id)",
            "a;b|c&d>e<f",
            "~",
            "漢字",
            "étoile*?[a]",
            "arrière\\oblique",
        ],
    );
    std::fs::remove_dir_all(odd.join("sous dossier")).unwrap();
    let client = world.client(TECHNICIAN);
    let mut ping = ansible(&world, &client, "ansible");
    ping.args(["equipment", "-m", "ansible.builtin.ping"]);
    finish(ping, PATIENCE).exits(0).says("SUCCESS").says("pong");
    let hash = sha256(&odd.join("binaire"));
    let values = [("odd", text(&odd)), ("there", text(&there)), ("back", text(&back)), ("hash", hash)];
    let mut play = ansible(&world, &client, "ansible-playbook");
    for (name, value) in values {
        play.arg("-e").arg(format!("{name}={value}"));
    }
    play.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/tools/play.yml"));
    finish(play, 3 * PATIENCE).exits(0).says("failed=0").says_nothing_of("mechanism failed");
    let mut leave = client.ssh(&client.equipment(), &[]);
    leave.args(["-O", "exit", &format!("-oControlPath={}", control(&world))]);
    finish(leave, PATIENCE).exits(0);

    let files = same(&odd, &there);
    for name in ["binaire", "vide", "deux mots", "l'été", "..a"] {
        assert_eq!(sha256(&back.join(name)), sha256(&odd.join(name)), "{name}");
    }
    assert_eq!(world.ended(1), ["finished"]);
    // It copies to a place of its own, and moves there on the equipment: each content passed once.
    let ledger = world.ledger();
    for (name, (size, hash)) in &files {
        let inward = ledger.iter().filter(|entry| {
            let data = &entry["data"];
            entry["code"] == "file-passed" && data["direction"] == "in" && data["sha256"] == hash.as_str()
        });
        let found: Vec<_> = inward.map(|entry| &entry["data"]).collect();
        assert!(
            found.iter().any(|data| data["size"] == *size && data["outcome"] == "complete"),
            "{}: {found:?}",
            name.display()
        );
    }
}
