//! The trace store is lost in the middle of the night: the gate keeps the emergency journal elsewhere, only a derogation
//! opens, and afterwards the ledger names it.

use std::process::Command;

use crate::support::site::{ENGLISH, EQUIPMENT, RESPONSABLE, SECOND, TECHNICIAN, THIRD};
use crate::support::world::{World, program};
use crate::support::{Done, PATIENCE, SmallDisk, finish, may_mount, run, until};

/// The evidence is on a disk of its own, and there is a place for the emergency journal.
fn on_its_own_disk(world: &mut World) -> SmallDisk {
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let (evidence, kept) = (world.path("data/evidence"), world.path("kept"));
    std::fs::rename(&evidence, &kept).unwrap();
    std::fs::create_dir(&evidence).unwrap();
    let disk = SmallDisk::mount(&evidence);
    run("cp", &["-a", &format!("{}/.", kept.display()), evidence.to_str().unwrap()]);
    let refuge = world.path("secours");
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
    let disk = on_its_own_disk(&mut world);
    let flow = world.speaking(TECHNICIAN);

    // The store is lost: the session with it, and the gate stops to start again on the emergency journal.
    fill(&world, &disk);
    flow.ends(PATIENCE);
    assert_eq!(world.gate_ends(), Some(1));
    world.open_door();
    until("it says so", PATIENCE, || world.log().contains("The trace store is lost"));
    let refused = world.client(SECOND).exec("echo in").exits(254);
    refused.says("T11").says("journal de secours").says_nothing_of("in\n");
    let derogate = format!("derogate i-1 {SECOND} {EQUIPMENT} T11 2h 'Deux patients attendent'");
    world.says(RESPONSABLE, &derogate).exits(0);
    // For the one who is named, and nobody else; recorded, and crash-safe as ever.
    world.client(THIRD).exec("echo in").exits(254);
    world.client(SECOND).exec("echo in").exits(0).says("in");
    let flow = world.client(SECOND).starts("echo begun; sleep 600");
    flow.until_says("begun");
    world.kill_gate();
    flow.ends(PATIENCE);
    world.open_door();
    world.client(SECOND).exec("echo again").exits(0).says("again");

    // The disk is mended: the next start joins the two, and the ordinary life goes on.
    disk.shrink("320m");
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    world.open_door();
    until("it is over", PATIENCE, || world.log().contains("The emergency is over"));
    world.client(ENGLISH).exec("echo in").exits(0).says("in");
    until("the session is over", PATIENCE, || world.live().is_empty());
    let joined = world.traced("refuge-joined", 1);
    let aside = std::fs::read_dir(world.path("secours")).unwrap().map(|entry| entry.unwrap().path());
    let aside = aside.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("joined-"));
    let aside: Vec<_> = aside.collect();
    let [aside] = aside.as_slice() else { panic!("{aside:?}") };
    let apart = verify(&world, &aside.join("valbrume"), "valbrume.secours.keys")
        .exits(0)
        .says("Everything is whole.");
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
