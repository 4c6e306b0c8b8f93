//! Who comes: a key, then a code, each held by the gate itself.

use crate::support::site::{ENGLISH, RESPONSABLE, RIGHTS, SECOND, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, finish};

#[test]
fn a_code_is_taken_once() {
    let world = World::strangers(RIGHTS);
    let client = world.client(TECHNICIAN).option("-oNumberOfPasswordPrompts=1");
    client.command("whoami").exits(0).says(TECHNICIAN);
    client.command("whoami").exits(255).says("Permission denied");
    // The next one is.
    world.says(TECHNICIAN, "whoami").exits(0);
    world.traced("login-succeeded", 2);
    world.traced("login-refused", 1);
    let codes = world.log();
    assert!(!codes.contains("secret="), "{codes}");
}

#[test]
fn neither_a_key_alone_nor_a_code_alone() {
    let world = World::start();
    let no_code = world.client(TECHNICIAN).option("-oPreferredAuthentications=publickey");
    no_code.command("whoami").exits(255);
    // Another person's key, with one's own code.
    let swapped = world.client(TECHNICIAN).option("-oNumberOfPasswordPrompts=1");
    let mut command = swapped.ssh(&format!("{SECOND}@127.0.0.1"), &["whoami"]);
    command.args(["-v"]);
    finish(command, PATIENCE).exits(255);
    let no_key = world
        .client(SECOND)
        .option("-oPubkeyAuthentication=no")
        .option("-oPreferredAuthentications=keyboard-interactive,password");
    no_key.command("whoami").exits(255);
    // Nobody but the responsable came in, who vouched for everybody before.
    let logins = world.traced("login-succeeded", 1);
    assert_eq!(logins[0]["by"], format!("person:{RESPONSABLE}"));
}

#[test]
fn three_wrong_codes_lock_one_person_only() {
    let world = World::start();
    let wrong = world.client(TECHNICIAN);
    let mut command = wrong.ssh(&format!("{TECHNICIAN}@127.0.0.1"), &["whoami"]);
    command.env("POTERNE_TEST_CODE", "000000");
    finish(command, PATIENCE).exits(255);
    // The right code does not help now; others come in.
    wrong.command("whoami").exits(255);
    world.says(ENGLISH, "whoami").exits(0).says("You are");
    let locked = world.traced("person-locked", 1);
    assert_eq!(locked[0]["data"]["person"], TECHNICIAN);
}
