//! The trace store is lost in the middle of the night: the gate keeps the emergency journal elsewhere, only a derogation
//! opens, and afterwards the ledger names it.

use std::process::Command;

use crate::operators::get;
use crate::support::disk::How;
use crate::support::site::{ENGLISH, EQUIPMENT, RESPONSABLE, SECOND, TECHNICIAN, THIRD};
use crate::support::world::{World, program};
use crate::support::{Done, PATIENCE, SmallDisk, finish, may_mount, run, until};

/// The evidence is on a disk of its own, and this is the place for the emergency journal.
fn on_its_own_disk(world: &mut World, refuge: &str) -> SmallDisk {
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let (evidence, kept) = (world.path("data/evidence"), world.path("kept"));
    std::fs::rename(&evidence, &kept).unwrap();
    std::fs::create_dir(&evidence).unwrap();
    let disk = SmallDisk::mount(&evidence);
    run("cp", &["-a", &format!("{}/.", kept.display()), evidence.to_str().unwrap()]);
    let refuge = world.path(refuge);
    std::fs::create_dir(&refuge).unwrap();
    world.configure(&format!("refuge = \"{}\"", refuge.display()));
    world.open_door();
    disk
}

/// No room is left on it.
fn fill(world: &World, disk: &SmallDisk) {
    let size = run("du", &["-sk", world.path("data/evidence").to_str().unwrap()]);
    let used: u64 = size.split_whitespace().next().unwrap().parse().unwrap();
    disk.shrink(&format!("{}k", used + 64));
}

/// It is full in the middle of a session, and the gate starts again on the emergency journal.
fn lose(world: &mut World, disk: &SmallDisk) {
    let flow = world.speaking(TECHNICIAN);
    fill(world, disk);
    flow.ends(PATIENCE);
    assert_eq!(world.gate_ends(), Some(1));
    world.open_door();
    until("it says so", PATIENCE, || world.log().contains("The trace store is lost"));
}

/// Opens the emergency's only way in, to one technician.
fn derogate(world: &World) {
    let derogate = format!("derogate i-1 {SECOND} {EQUIPMENT} T11 2h 'Deux patients attendent'");
    world.says(RESPONSABLE, &derogate).exits(0);
}

/// The gate is killed while that one works.
fn crash_inside(world: &mut World) {
    let flow = world.client(SECOND).starts("echo begun; sleep 600");
    flow.until_says("begun");
    world.kill_gate();
    flow.ends(PATIENCE);
}

/// What the journal of the emergency that was laid aside says, which is whole.
fn laid_aside(world: &World, refuge: &str) -> Done {
    let aside = std::fs::read_dir(world.path(refuge)).unwrap().map(|entry| entry.unwrap().path());
    let aside = aside.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("joined+"));
    let aside: Vec<_> = aside.map(|path| path.join("valbrume")).filter(|path| path.exists()).collect();
    let [aside] = aside.as_slice() else { panic!("{aside:?}") };
    verify(world, aside, "valbrume.secours.keys").exits(0).says("Everything is whole.")
}

fn verify(world: &World, folder: &std::path::Path, keys: &str) -> Done {
    let mut command = Command::new(program("poterne-verify"));
    command
        .arg(folder)
        .arg("--key")
        .arg(world.path(&format!("data/public/{keys}")))
        .args(["--print", "--lang", "en"]);
    finish(command, PATIENCE)
}

fn count(done: &Done, code: &str) -> usize {
    done.out.lines().filter(|line| line.contains(&format!("\"code\":\"{code}\""))).count()
}

#[test]
fn the_trace_store_is_lost_and_comes_back() {
    if !may_mount() {
        return;
    }
    let mut world = World::start();
    world.intervention();
    let disk = on_its_own_disk(&mut world, "secours");
    // The session is lost with the store, and the gate stops to start again on the emergency journal.
    lose(&mut world, &disk);
    // Whoever watches the gate is told, and nobody takes this for a state to go back to.
    assert!(get(world.metrics, "/metrics").contains("\npoterne_refuge 1\n"));
    assert!(get(world.metrics, "/healthz").starts_with("HTTP/1.1 503"));
    let to = world.path("backup.age");
    let backup = world.poterne(&["backup", "--to", to.to_str().unwrap()]).exits(1);
    backup.says("journal de secours");
    let refused = world.client(SECOND).exec("echo in").exits(254);
    refused.says("T11").says("journal de secours").says_nothing_of("in\n");
    derogate(&world);
    // For the one who is named, and nobody else; recorded, and crash-safe as ever.
    world.client(THIRD).exec("echo in").exits(254);
    world.client(SECOND).exec("echo in").exits(0).says("in");
    crash_inside(&mut world);
    world.open_door();
    world.client(SECOND).exec("echo again").exits(0).says("again");

    // The disk is mended: the next start joins the two, and the ordinary life goes on.
    disk.shrink("320m");
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    world.open_door();
    until("it is over", PATIENCE, || world.log().contains("The emergency is over"));
    assert!(get(world.metrics, "/metrics").contains("\npoterne_refuge 0\n"));
    world.client(ENGLISH).exec("echo in").exits(0).says("in");
    until("the session is over", PATIENCE, || world.live().is_empty());
    let joined = world.traced("refuge-joined", 1);
    let apart = laid_aside(&world, "secours");
    assert_eq!(joined[0]["data"]["origin"], "poterne.invalid/secours/valbrume/porte-1");
    let entries = apart.out.lines().filter(|line| line.contains("\"code\":")).count();
    assert_eq!(joined[0]["data"]["entries"].as_u64().unwrap(), u64::try_from(entries).unwrap());
    // What was done in the emergency stands in its journal, and only there; what was before stands in the ledger.
    assert_eq!((count(&apart, "session-opened"), count(&apart, "session-crashed")), (3, 1));
    assert_eq!((count(&apart, "derogation-signed"), count(&apart, "session-refused")), (1, 2));
    let ledger = verify(&world, &world.evidence(), "valbrume.keys").exits(0).says("Everything is whole.");
    assert_eq!((count(&ledger, "session-opened"), count(&ledger, "derogation-signed")), (2, 0));
    assert!(
        verify(&world, &world.evidence(), "valbrume.secours.keys").status != Some(0),
        "two logs, two keys"
    );
    // The act of the emergency still counts, and is still to be reviewed.
    world.says(RESPONSABLE, "show i-1").exits(0).says("T11");
}

/// Killed at whatever step of the start that ends it, an emergency is joined by the next one: each of its acts stands in
/// its journal once, and nowhere else.
#[test]
fn an_emergency_ends_once_wherever_its_end_breaks_off() {
    if !may_mount() {
        return;
    }
    let mut world = World::start();
    world.intervention();
    // Below the data, whose every step on the disk is counted.
    let disk = on_its_own_disk(&mut world, "data/secours");
    lose(&mut world, &disk);
    derogate(&world);
    crash_inside(&mut world);
    let (data, kept) = (world.path("data"), world.path("as-it-was"));
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        run("cp", &["-a", from.to_str().unwrap(), to.to_str().unwrap()]);
    };
    copy(&data, &kept);
    drop(disk);
    let again = |world: &mut World| {
        std::fs::remove_dir_all(&data).unwrap();
        copy(&kept, &data);
        world.disk().forget();
    };
    again(&mut world);
    world.open_door();
    let steps = world.disk().count();
    world.kill_gate();
    for part in 0..PARTS {
        again(&mut world);
        let how = if part % 2 == 0 { How::Before } else { How::After };
        let step = steps * part / PARTS;
        world.disk().fails(step, how);
        world.tries_door();
        world.kill_gate();
        world.disk().forget();
        world.open_door();
        world.stop_gate();
        assert_eq!(world.gate_ends(), Some(0));
        let apart = laid_aside(&world, "data/secours");
        let ledger = verify(&world, &world.evidence(), "valbrume.keys").exits(0).says("Everything is whole.");
        let both = |code: &str| (count(&apart, code), count(&ledger, code));
        let said = format!("{how:?} step {step} of {steps}");
        assert_eq!(both("derogation-signed"), (1, 0), "{said}");
        assert_eq!(both("session-opened"), (1, 1), "{said}");
        assert_eq!(both("session-crashed"), (1, 0), "{said}");
        assert_eq!(both("refuge-joined"), (0, 1), "{said}");
    }
}

/// Steps that are tried.
const PARTS: u64 = 16;

/// What hinders the gate, but is not the loss of its traces, brings no emergency; nor does the want of a place for one.
#[test]
fn no_other_trouble_is_an_emergency() {
    if !may_mount() {
        return;
    }
    let mut world = World::start();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let refuge = world.path("secours");
    std::fs::create_dir(&refuge).unwrap();
    world.configure(&format!("refuge = \"{}\"", refuge.display()));
    world.open_door();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    // Another program has the ledger.
    let lock = std::fs::File::open(world.evidence().join("lock")).unwrap();
    lock.lock().unwrap();
    assert!(!world.tries_door(), "{}", world.log());
    assert!(world.log().contains("tenu par une autre porte"), "{}", world.log());
    assert!(!refuge.join("held").exists());
    drop(lock);
    assert_eq!(world.gate_ends(), Some(1));
    // What the gate keeps beside its traces cannot be opened.
    let (spool, aside) = (world.path("data/spool"), world.path("data/spool.aside"));
    std::fs::rename(&spool, &aside).unwrap();
    std::fs::write(&spool, "no folder").unwrap();
    assert!(!world.tries_door(), "{}", world.log());
    assert_eq!(world.gate_ends(), Some(1));
    std::fs::remove_file(&spool).unwrap();
    std::fs::rename(&aside, &spool).unwrap();
    assert!(!refuge.join("held").exists());
    // What an emergency left is no longer what it was: neither taken for none nor guessed.
    for (name, broken) in [("held", ""), ("held", "1 2"), ("over", "3"), ("over", "trois")] {
        std::fs::write(refuge.join(name), broken).unwrap();
        assert!(!world.tries_door(), "{name}: `{broken}`: {}", world.log());
        assert_eq!(world.gate_ends(), Some(1));
        assert!(world.log().contains("ne dit pas ce que l'urgence a de la file"), "{}", world.log());
        std::fs::remove_file(refuge.join(name)).unwrap();
    }
    // The recordings alone cannot be written, while the ledger can: an emergency, and not a door that cuts at each login.
    // So is a disk of the evidence that is not there, with an empty folder in its place.
    let evidence = world.evidence();
    let aside = world.path("evidence.aside");
    for (place, is_folder) in [(evidence.join("recordings"), false), (evidence, true)] {
        std::fs::rename(&place, &aside).unwrap();
        match is_folder {
            true => std::fs::create_dir(&place).unwrap(),
            false => std::fs::write(&place, "no folder").unwrap(),
        }
        world.open_door();
        until("it says so", PATIENCE, || world.log().contains("The trace store is lost"));
        world.stop_gate();
        assert_eq!(world.gate_ends(), Some(0));
        match is_folder {
            true => std::fs::remove_dir_all(&place).unwrap(),
            false => std::fs::remove_file(&place).unwrap(),
        }
        std::fs::rename(&aside, &place).unwrap();
        world.open_door();
        until("it is over", PATIENCE, || world.log().contains("The emergency is over"));
        world.stop_gate();
        assert_eq!(world.gate_ends(), Some(0));
    }
    // Nothing can be written where the emergency journal would be.
    let disk = SmallDisk::mount(&refuge);
    run("mount", &["-o", "remount,ro", refuge.to_str().unwrap()]);
    world.open_door();
    until("it says so", PATIENCE, || world.log().contains("the emergency journal cannot be written:"));
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    drop(disk);
}
