//! The life of an intervention, each act by the person whose act it is, and by nobody else.

use crate::support::site::{BENEFICIARY, ENGLISH, MANAGER, REQUESTER, RESPONSABLE, SECURITY, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, finish, noise};

#[test]
fn from_report_to_erasure() {
    let world = World::start();
    world.intervention();
    // A file leaves: it is to be erased at the end.
    let there = world.sshd.path("journal.log");
    noise(&there, 1_000, 5);
    let client = world.client(TECHNICIAN);
    let mut command = client.openssh("sftp");
    let batch = world.path("batch");
    std::fs::write(&batch, format!("get {} {}\n", there.display(), world.path("got").display())).unwrap();
    command.arg("-b").arg(&batch).arg(client.equipment());
    finish(command, PATIENCE).exits(0);
    assert_eq!(world.ended(1), ["finished"]);

    world.says(REQUESTER, "report i-1 'Rien vu'").exits(1);
    world.says(TECHNICIAN, "report i-1 'Tube fictif remplacé'").exits(0);
    world.says(REQUESTER, "close i-1 reached").exits(1);
    world.says(BENEFICIARY, "close i-1 unreachable").exits(1);
    world.says(ENGLISH, "erased i-1").exits(1);
    world.says(MANAGER, "erased i-1").exits(1).says("[E9]");
    world.says(MANAGER, "close i-1 reached").exits(0).says("confirm i-1");
    world.says(SECURITY, "confirm i-1").exits(1);
    // Nobody enters while it is being closed, and nobody afterwards.
    world.client(ENGLISH).exec("true").exits(254).says("Access refused.");
    world.says(RESPONSABLE, "show i-1").exits(0).says("journal.log").says("Tube fictif remplacé");
}

#[test]
fn closing_takes_both_parties() {
    let world = World::start();
    world.intervention();
    world.says(TECHNICIAN, "close i-1 unreachable").exits(0);
    // Unreachable is confirmed by the responsable, not by the beneficiary; reached the other way round. Each may say no.
    world.says(BENEFICIARY, "confirm i-1").exits(1);
    world.says(MANAGER, "confirm i-1").exits(1);
    world.says(RESPONSABLE, "confirm i-1").exits(0).says("erased i-1");
    world.says(MANAGER, "erased i-1").exits(0);
    world.says(MANAGER, "erased i-1").exits(1).says("[E9]");
    world.says(TECHNICIAN, "close i-1 reached").exits(1);
    world.client(ENGLISH).exec("true").exits(254).says("Access refused.");
    for (code, by) in
        [("closing-proposed", TECHNICIAN), ("closing-confirmed", RESPONSABLE), ("erasure-attested", MANAGER)]
    {
        let entry = &world.traced(code, 1)[0];
        assert_eq!(entry["by"], format!("person:{by}"), "{entry}");
    }
}

/// An approval is of one span: another one takes another approval, of that very span.
#[test]
fn another_span_takes_another_approval() {
    let world = World::start();
    world.intervention();
    let asked = world.says(TECHNICIAN, "plan i-1 --for 3h 'Pièce fictive attendue'").exits(0);
    let line = asked.out.lines().last().unwrap().trim().to_owned();
    world.says(BENEFICIARY, "approve i-1").exits(1).says(&line);
    world.says(TECHNICIAN, &line).exits(1);
    world.client(TECHNICIAN).exec("true").exits(0);
    world.says(BENEFICIARY, &line).exits(0);
    world.says(BENEFICIARY, &line).exits(1);
    world.client(TECHNICIAN).exec("true").exits(0);
    assert_eq!(world.traced("plan-move-asked", 1).len(), 1);
    let moved = &world.traced("intervention-moved", 1)[0];
    assert_eq!(moved["by"], format!("person:{BENEFICIARY}"), "{moved}");
    let lasts = moved["data"]["until"].as_i64().unwrap() - moved["data"]["from"].as_i64().unwrap();
    assert_eq!(lasts, 3 * 3600 * 1_000_000, "{moved}");
}

#[test]
fn suspended_and_refused() {
    let world = World::start();
    world.intervention();
    let speaking = world.speaking(TECHNICIAN);
    world.says(ENGLISH, "suspend i-1 'Essai'").exits(1);
    world.says(BENEFICIARY, "suspend i-1 'Examen en cours'").exits(0);
    speaking.ends(PATIENCE).says("n'est plus autorisée");
    world.client(ENGLISH).exec("true").exits(254);
    world.says(SECURITY, "resume i-1").exits(0);
    world.client(ENGLISH).exec("exit 3").exits(3);
    assert_eq!(world.ended(2), ["no-longer-permitted", "finished"]);

    world.says(REQUESTER, "request scanner-tm 'Autre panne fictive'").exits(0).says("i-2");
    world.says(REQUESTER, "withdraw i-2 'Réparé'").exits(0);
    world.says(SECURITY, "no-such-command").exits(2).says("no-such-command").says("help");
    world.says(SECURITY, "whoami").exits(0).says(SECURITY);
}
