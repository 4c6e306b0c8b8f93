//! The secret of an account changes when the intervention in which it was lent is closed (T9), on a real Linux system:
//! `passwd` for a password, the account's own file for a key.

use std::process::Stdio;
use std::time::Duration;

use crate::support::linux::{Linux, USER};
use crate::support::site::{BENEFICIARY, ENGLISH, EQUIPMENT, SECOND, SECURITY, TECHNICIAN, THIRD};
use crate::support::world::World;
use crate::support::{may_mount, until};

const FIRST: &str = "premier-Secret-fictif-1";
const OTHER: &str = "Autre-secret-fictif-2";

/// The scanner of the site is this machine, and the gate changes its secret.
fn described(world: &World, linux: &Linux, secret: &str) {
    let site = world.path("site.toml");
    let text = std::fs::read_to_string(&site).unwrap();
    let (port, key) = (world.sshd.port, world.sshd.host_key());
    let before = format!("account = {{ login = \"{}\", secret = \"key\" }}", world.sshd.user);
    let account = format!("account = {{ login = \"{USER}\", secret = \"{secret}\", rotation = \"linux\" }}");
    let text = text
        .replacen(&before, &account, 1)
        .replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{}", linux.port))
        .replacen(&key, &linux.host_key(), 1);
    assert!(text.contains(&account) && text.contains(&linux.host_key()));
    std::fs::write(&site, text).unwrap();
    world.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0);
}

fn name() -> String {
    format!("{EQUIPMENT}.valbrume")
}

/// Puts a password into the vault; what is said of it.
fn store(world: &World, password: &str) -> String {
    let file = world.path("password");
    std::fs::write(&file, password).unwrap();
    let mut command = world.command(&["account", &name(), "--password-stdin"]);
    let done = command.stdin(std::fs::File::open(&file).unwrap()).stdout(Stdio::piped()).output().unwrap();
    assert!(done.status.success());
    String::from_utf8(done.stdout).unwrap()
}

/// Nothing of a secret, neither of the equipment nor of the vault, in a log or an argument list.
fn nothing_is_told(world: &World, linux: &Linux, secrets: &[&str]) {
    let all = format!("{}{}", world.log(), std::fs::read_to_string(linux.path("log")).unwrap());
    for secret in secrets {
        assert!(!all.contains(secret));
    }
    assert!(!all.contains("PRIVATE KEY"));
}

#[test]
fn a_password_changes_when_the_intervention_is_closed() {
    if !may_mount() {
        return;
    }
    let (world, mut linux) = (World::start(), Linux::start(FIRST));
    described(&world, &linux, "password");
    store(&world, FIRST);
    world.intervention();
    world.client(TECHNICIAN).exec("id -un").exits(0).says(USER);
    world.ended(1);
    let first = linux.shadow();
    world.poterne(&["rotate", &name()]).exits(0).says("un autre secret");
    let second = linux.shadow();
    assert_ne!(first, second);
    // What is lent from now on opens.
    world.client(SECOND).exec("id -un").exits(0).says(USER);
    world.ended(2);
    // The machine is away when the operator asks for another: it is tried again until it is back.
    linux.stop();
    world.poterne(&["rotate", &name()]).exits(1).says("refused").says("réessaie");
    linux.boot();
    world.poterne(&["rotate", &name()]).exits(0).says("un autre secret");
    assert_ne!(linux.shadow(), second);
    world.client(THIRD).exec("id -un").exits(0).says(USER);
    world.ended(3);
    // Somebody changed it at the machine: no secret of the gate's opens, and that is said; the operator stores it anew.
    linux.set_password(OTHER);
    world.poterne(&["rotate", &name()]).exits(1).says("login");
    store(&world, OTHER);
    world.client(ENGLISH).exec("id -un").exits(0).says(USER);
    world.ended(4);
    let other = linux.shadow();
    world.says(TECHNICIAN, "close i-1 reached").exits(0);
    world.says(BENEFICIARY, "confirm i-1").exits(0).says("[T9]").says(EQUIPMENT);
    world.traced("account-rotated", 3);
    assert_ne!(linux.shadow(), other);
    nothing_is_told(&world, &linux, &[FIRST, OTHER]);
    let entries = world.ledger();
    let of = |code: &str| entries.iter().filter(|entry| entry["code"] == code).count();
    assert_eq!((of("account-rotation-due"), of("account-rotation-failed")), (4, 2));
}

#[test]
fn a_key_changes_in_its_own_line_and_no_other() {
    if !may_mount() {
        return;
    }
    let (world, linux) = (World::start(), Linux::start(FIRST));
    described(&world, &linux, "key");
    let drawn = world.poterne(&["account", &name(), "--new-key"]).exits(0).out;
    let line = drawn.lines().last().unwrap().to_owned();
    let others = "# les autres restent\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpY3RpdmVmaWN0aXZlZmljdGl2ZWZpY3RpdmUx autre\n";
    linux.authorize(&format!("{others}restrict,pty {line}\n"));
    world.intervention();
    world.client(TECHNICIAN).exec("id -un").exits(0).says(USER);
    world.ended(1);
    world.says(TECHNICIAN, "close i-1 reached").exits(0);
    world.says(BENEFICIARY, "confirm i-1").exits(0).says("[T9]").says(EQUIPMENT);
    world.traced("account-rotated", 1);
    let keys = linux.keys();
    assert!(keys.starts_with(others), "{keys}");
    let own: Vec<&str> = keys.lines().skip(2).collect();
    let [own] = own.as_slice() else { panic!("{keys}") };
    assert!(
        own.starts_with("restrict,pty ssh-ed25519 ") && !own.contains(line.split(' ').nth(1).unwrap()),
        "{keys}"
    );
    nothing_is_told(&world, &linux, &[]);
}

/// Wherever the power goes, something that is lent opens afterwards, and the change comes to its end.
#[test]
fn the_gate_is_killed_while_it_changes_a_secret() {
    if !may_mount() {
        return;
    }
    let (mut world, linux) = (World::start(), Linux::start(FIRST));
    described(&world, &linux, "password");
    store(&world, FIRST);
    world.intervention();
    for round in 0..6_u64 {
        let log = || std::fs::read_to_string(linux.path("log")).unwrap();
        let (logins, shadow) = (log().matches("Accepted password").count(), linux.shadow());
        let mut ask = world.command(&["rotate", &name()]);
        let mut asked = ask.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Each round gets further: before the first login, after it, once the password is another, and so on.
        until("it gets that far", Duration::from_secs(30), || match round {
            0 => true,
            1 | 2 => log().matches("Accepted password").count() > logins,
            3 | 4 => linux.shadow() != shadow,
            _ => log().matches("Failed password").count() > 0,
        });
        world.kill_gate();
        asked.wait().unwrap();
        world.open_door();
        let person = [TECHNICIAN, SECOND, THIRD, ENGLISH][usize::try_from(round % 4).unwrap()];
        let done = world.client(person).exec("id -un");
        assert!(done.status == Some(0) && done.out.contains(USER), "{round}: {}", done.said());
        until("the change comes to its end", Duration::from_secs(60), || {
            world.poterne(&["rotate", &name()]).said().contains("un autre secret")
        });
    }
    world.client(TECHNICIAN).exec("id -un").exits(0).says(USER);
}

/// Somebody repairs on the spot: the password is shown to the one who asked when another has granted it, it opens the
/// machine, and it is another one once it is given back.
#[test]
fn a_password_is_disclosed_for_a_repair_and_changes_afterwards() {
    if !may_mount() {
        return;
    }
    let (world, linux) = (World::start(), Linux::start(FIRST));
    described(&world, &linux, "password");
    store(&world, FIRST);
    world.poterne(&["rotate", &name()]).exits(0).says("un autre secret");
    world.says(TECHNICIAN, &format!("disclose {EQUIPMENT} 'écran noir'")).exits(1);
    world.says(BENEFICIARY, &format!("disclose {EQUIPMENT} 'écran noir'")).exits(0).says("grant-secret");
    world.says(SECURITY, &format!("grant-secret {EQUIPMENT} {BENEFICIARY}")).exits(0);
    let shown = world.says(BENEFICIARY, &format!("reveal {EQUIPMENT}")).exits(0).out;
    let line = shown.lines().find_map(|line| line.trim().strip_prefix(USER)).unwrap();
    let password = line.trim();
    assert!(linux.opens_for(&world.path("askpass"), password));
    let before = linux.shadow();
    // Who was shown it may not make it count as changed by storing it again.
    assert!(store(&world, password).contains("rien n'a changé"));
    world.says(BENEFICIARY, &format!("returned {EQUIPMENT}")).exits(0).says("renouvelle");
    world.traced("account-rotated", 2);
    assert_ne!(linux.shadow(), before);
    assert!(!linux.opens_for(&world.path("askpass"), password));
    world.traced("secret-disclosed", 1);
    nothing_is_told(&world, &linux, &[password]);
    assert!(!format!("{:?}", world.ledger()).contains(password));
}
