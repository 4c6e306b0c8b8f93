//! Who holds what: the state of the keys, the vault's key by two of three holders, another key for the vault.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::site::{EQUIPMENT, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, finish, run};

/// A holder's key of `age`; returns its public line.
fn holder(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    run("age-keygen", &["-o", path.to_str().unwrap()]);
    run("age-keygen", &["-y", path.to_str().unwrap()])
}

#[test]
fn what_is_missing_is_said_until_it_is_there() {
    let mut world = World::start();
    let first = world.poterne(&["keys"]).exits(1);
    first
        .says("1 lecteur(s) : rssi")
        .says("au moins deux lecteurs")
        .says("à côté du coffre")
        .says("0 détenteur(s)");

    // Whoever begins with one reader is told at once.
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let recipients = world.path("recipients");
    let init = ["init", "--recipients", recipients.to_str().unwrap()];
    world.poterne(&init).exits(0).says("au moins deux lecteurs");

    // A second reader, two holders, and the vault's key apart: as the door is handed it by systemd.
    let second = world.path("second.key");
    let line = world.asked(&["reader-key", second.to_str().unwrap(), "--label", "dsi"]).exits(0).out;
    let readers = fs::read_to_string(world.path("recipients")).unwrap() + &line;
    fs::write(world.path("recipients"), readers).unwrap();
    let lines = ["one", "two"].map(|name| holder(&world.path(""), name));
    fs::write(world.path("holders.txt"), lines.concat()).unwrap();
    world.configure("holders = \"holders.txt\"");
    // Run again, `init` leaves who reads as it is, and says what changes it.
    world.poterne(&init).exits(0).says("ses lecteurs restent ceux d'avant (rssi)").says("keys readers");
    let change = ["keys", "readers", "valbrume", "--recipients", recipients.to_str().unwrap()];
    world.poterne(&change).exits(0).says("2 lecteur(s)").says("Arrivés : [dsi]");
    let apart = tempfile::tempdir().unwrap();
    fs::rename(world.path("data/vault.key"), apart.path().join("vault.key")).unwrap();
    let mut serve = world.command(&["serve"]);
    serve.env("CREDENTIALS_DIRECTORY", apart.path());
    world.open_door_with(serve);
    let last = world.poterne(&["keys"]).exits(0);
    last.says("2 lecteur(s) : rssi, dsi").says("remise à la porte par systemd").says_nothing_of("Il manque");
    world.intervention();
    world.client(TECHNICIAN).exec("true").exits(0);
}

/// Two establishments at one gate: whoever adds the second gives it its readers, and the first keeps its own.
#[test]
fn a_further_establishment_does_not_read_the_first_ones_recordings() {
    let mut world = World::start();
    let reader = |label: &str| {
        let key = world.path(&format!("{label}.key"));
        let line = world.asked(&["reader-key", key.to_str().unwrap(), "--label", label]).exits(0).out;
        let file = world.path(&format!("{label}.txt"));
        fs::write(&file, line).unwrap();
        file
    };
    let (other, later) = (reader("ailleurs"), reader("dsi"));
    let (other, later) = (other.to_str().unwrap(), later.to_str().unwrap());
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let init = ["init", "--recipients", other, "--establishment", "ailleurs"];
    world.poterne(&init).exits(0).says("ses lecteurs restent ceux d'avant (rssi)");
    let readers = world.poterne(&["keys"]).exits(1);
    readers.says("valbrume : 1 lecteur(s) : rssi").says("ailleurs : 1 lecteur(s) : ailleurs");

    // Of the running gate too: who reads is changed by one command, for one establishment, and its ledger says so first.
    world.open_door();
    world.poterne(&["keys", "readers", "valbrume", "--recipients", later]).exits(0);
    world.traced("readers-changed", 1);
    let again = world.poterne(&["keys", "readers", "valbrume", "--recipients", later]).exits(0);
    again.says("rien n'a changé");
    world.traced("readers-changed", 1);
    for (name, said) in [("personne", "personne"), ("../x", "../x")] {
        assert_ne!(
            world.poterne(&["keys", "readers", name, "--recipients", later]).status,
            Some(0),
            "{said}"
        );
    }
    let readers = world.poterne(&["keys"]).exits(1);
    readers.says("valbrume : 1 lecteur(s) : dsi").says("ailleurs : 1 lecteur(s) : ailleurs");
}

#[test]
fn any_two_of_three_make_the_vaults_key_again() {
    let mut world = World::start();
    let names = ["1.key", "2.key", "3.key"];
    let lines = names.map(|name| holder(&world.path(""), name));
    fs::write(world.path("three.txt"), lines.concat()).unwrap();
    let (key, to) = (world.path("data/vault.key"), world.path("pieces"));
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    fs::create_dir(&to).unwrap();
    let split = ["keys", "split", "--key", key.to_str().unwrap(), "--to", to.to_str().unwrap(), "--holders"];
    fs::write(world.path("two.txt"), lines[..2].concat()).unwrap();
    world.asked(&[&split[..], &[&path("two.txt")]].concat()).exits(1);
    let said = world.asked(&[&split[..], &[&path("three.txt")]].concat()).exits(0);

    // Without Poterne: each line of the note, as it stands, gives the key back.
    let lines: Vec<&str> = said.out.lines().filter(|line| line.starts_with("age -d")).collect();
    assert_eq!(lines.len(), 3, "{}", said.out);
    for line in &lines {
        let mut shell = Command::new("sh");
        let line = line.replace("vault-key-", "pieces/vault-key-").replace("> vault.key", "> again.key");
        shell.arg("-ec").arg(line).current_dir(world.path(""));
        finish(shell, PATIENCE).exits(0);
        assert_eq!(fs::read(world.path("again.key")).unwrap(), fs::read(&key).unwrap());
    }

    // With it: not by the same holder twice, nor by the third.
    let piece = lines[0].split(' ').find(|word| word.ends_with(".age")).unwrap();
    let piece = path(&format!("pieces/{piece}"));
    let join = |one: &str, other: &str| {
        let (one, other, made) = (path(one), path(other), path("made.key"));
        world.asked(&["keys", "join", &piece, "--key", &one, "--key", &other, "--to", &made])
    };
    join("1.key", "1.key").exits(1);
    join("1.key", "3.key").exits(1);
    assert!(!world.path("made.key").exists());
    join("2.key", "1.key").exits(0);

    // The machine starts with it, and what is sealed opens.
    let former = world.path("data/vault.key.lost");
    fs::rename(&key, &former).unwrap();
    fs::rename(path("made.key"), &key).unwrap();
    world.reopen();
    world.intervention();
    world.client(TECHNICIAN).exec("true").exits(0);
}

#[test]
fn the_vault_is_given_another_key() {
    let mut world = World::start();
    world.intervention();
    let new = world.path("new.key");
    let rotate = ["keys", "rotate", "--new", new.to_str().unwrap()];
    // Not while the door is open, and nothing is drawn for it.
    world.poterne(&rotate).exits(1);
    assert!(!new.exists());
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let account = world.path(&format!("data/vault/accounts/valbrume/{EQUIPMENT}.sealed"));
    let before = fs::read(&account).unwrap();
    world.poterne(&rotate).exits(0).says("Le coffre est passé de la clé");
    // It broke off after all but one file: the same command takes it up.
    fs::write(&account, &before).unwrap();
    world.poterne(&rotate).exits(0).says("1 fichiers rescellés");
    // With the former key nothing opens; with the new one in its place, everything.
    finish(world.command(&["serve"]), PATIENCE).exits(1).says("autre clé");
    fs::rename(&new, world.path("data/vault.key")).unwrap();
    world.open_door();
    world.client(TECHNICIAN).exec("true").exits(0);
    assert_eq!(world.ended(1), ["finished"]);
    // The ledger says so, once.
    let told = world.traced("vault-key-changed", 1);
    assert_ne!(told[0]["data"]["former"], told[0]["data"]["present"]);
    world.reopen();
    world.traced("gate-started", 3);
    world.traced("vault-key-changed", 1);
}
