//! The machine has no more room: who is in stays, who comes is told so.

use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::operators::get;
use crate::support::site::{BENEFICIARY, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, until};

/// 256, 512 for held uploads, and 4 for each of four sessions: no gate of four starts with less.
const LIMIT: &str = "--nofile=784:784";
/// More than are given away under that limit, and fewer than the waiting room has seats for.
const SILENT: usize = 240;

#[test]
fn who_comes_is_told_before_descriptors_run_out() {
    let mut world = World::start();
    world.intervention();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    world.configure("sessions_max = 4");
    let serve = world.command(&["serve"]);
    let mut limited = Command::new("prlimit");
    limited.arg(LIMIT).arg(serve.get_program()).args(serve.get_args());
    world.open_door_with(limited);
    let speaking = world.speaking(TECHNICIAN);

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/tools/silent.py");
    let mut silent = Command::new("python3")
        .args([script, &world.door().to_string(), &SILENT.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut held = [0; 3];
    silent.stdout.as_mut().unwrap().read_exact(&mut held).unwrap();
    assert_eq!(held, *b"240");
    until("they are turned away", PATIENCE, || refused(&world) > 0);

    // Those who say nothing are let go after a while; until then not everybody can be told.
    until("there is a word for who comes", PATIENCE, || {
        let mut said = Vec::new();
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", world.door())).unwrap();
        // One that is let go without a word may be reset.
        let _reset = stream.read_to_end(&mut said);
        String::from_utf8_lossy(&said).contains("The door is full")
    });

    // One more is told why by his own client; nothing of the machine's is used up.
    world.client(BENEFICIARY).command("show i-1").exits(255).says("The door is full: try again");
    let open = std::fs::read_dir(format!("/proc/{}/fd", world.gate_id())).unwrap().count();
    assert!((100..784 - 512).contains(&open), "{open}");

    // Who is in goes on, and is recorded.
    let before = speaking.said().len();
    until("the session goes on", PATIENCE, || speaking.said().len() > before);

    // They leave, and there is room.
    drop(silent.stdin.take());
    assert!(silent.wait().unwrap().success());
    until("there is room", PATIENCE, || {
        std::fs::read_dir(format!("/proc/{}/fd", world.gate_id())).unwrap().count() < 100
    });
    world.says(BENEFICIARY, "show i-1").exits(0).says("i-1");
    drop(speaking);
    world.ended(1);
    let turned = refused(&world);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let told = world.traced("connections-refused", 1);
    assert_eq!(
        (told[0]["data"]["count"].as_u64(), &told[0]["data"]["why"]),
        (Some(turned), &"descriptors".into())
    );
}

/// How many were turned away, as the measures say.
fn refused(world: &World) -> u64 {
    let page = get(world.metrics, "/metrics");
    let line = page.lines().find_map(|line| line.strip_prefix("poterne_connections_refused_total ")).unwrap();
    line.parse().unwrap()
}
