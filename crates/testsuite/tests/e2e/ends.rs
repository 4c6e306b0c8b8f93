//! How sessions end, other than by their technician.

use crate::support::client::Running;
use crate::support::site::{ENGLISH, RESPONSABLE, SECOND, SECURITY, TECHNICIAN, THIRD};
use crate::support::world::World;
use crate::support::{PATIENCE, SmallDisk, listens, may_mount, run, until};

#[test]
fn operators_see_watch_and_cut() {
    let world = World::start();
    world.intervention();
    world.poterne(&["session", "list"]).exits(0).says("Aucune session ouverte.");
    let first = world.speaking(TECHNICIAN);
    // What would make the watcher's terminal answer, or write to his clipboard.
    let hostile = "while sleep 0.1; do printf 'tick\\033]52;c;eA==\\007\\033[6n\\033[c\\033P$qm\\033\\\\\\233\\342'; done";
    let second = world.client(SECOND).starts(hostile);
    second.until_says("tick");
    let third = world.speaking(THIRD);
    let live = world.live();
    let people: Vec<_> = live.iter().map(|one| one["person"].as_str().unwrap()).collect();
    assert_eq!(people, [TECHNICIAN, SECOND, THIRD]);
    world.poterne(&["session", "list"]).exits(0).says(TECHNICIAN).says("scanner-1");

    let id = live[0]["session"].as_str().unwrap();
    let watch = Running::new(
        &world,
        world.command(&["session", "watch", id.get(..12).unwrap(), "--reason", "suivi de la panne"]),
    );
    watch.until_says("tick");

    world.poterne(&["session", "cut", "ffffffff", "--reason", "erreur"]).exits(1);
    // A cut is an order of events, not a time that a busy machine could miss: the edge's own test holds that a
    // parting takes less than a second whatever the client does.
    world.poterne(&["session", "cut", id, "--reason", "Geste fictif"]).exits(0);
    let told = first.ends(PATIENCE);
    until("the leg to the equipment is over", PATIENCE, || world.sshd.children().len() == 2);
    assert_ne!(told.status, Some(0));
    told.says("Session coupée par l'établissement.");
    watch.ends(PATIENCE).exits(0).says("fin de la session");
    until("it is off the list", PATIENCE, || world.live().len() == 2);
    let id = live[1]["session"].as_str().unwrap();
    let watch =
        Running::new(&world, world.command(&["session", "watch", id, "--reason", "suivi de la panne"]));
    watch.until_says("\u{fffd}tick");

    world.poterne(&["session", "cut", "all", "--reason", "Exercice fictif"]).exits(0);
    second.ends(PATIENCE);
    third.ends(PATIENCE);
    until("both legs are over", PATIENCE, || world.sshd.children().is_empty());
    let watched = watch.ends(PATIENCE).exits(0).out;
    let shown = watched.strip_suffix("\u{1b}[!p\u{1b}[0m\u{1b}[?25h\u{1b}[?7h\u{1b}[?5l\u{1b}[20l").unwrap();
    assert!(!shown.contains(|c: char| c.is_control() && !"\r\n".contains(c)), "{shown:?}");
    assert_eq!(world.ended(3), ["cut"; 3]);
    // Each was cut, and then closed its channel, and then ended: nothing else came in between.
    for one in &live {
        let of_it = |entry: &serde_json::Value| entry["session"] == one["session"];
        let codes: Vec<String> = world
            .ledger()
            .iter()
            .filter(|entry| of_it(entry))
            .map(|entry| entry["code"].as_str().unwrap().to_owned())
            .collect();
        let place = |code: &str| codes.iter().position(|known| known == code).unwrap();
        assert!(place("session-cut") < place("session-ended"), "{codes:?}");
        assert!(!codes.iter().any(|code| code == "session-warned"), "{codes:?}");
    }
    assert_eq!(world.traced("session-cut", 3)[0]["data"]["reason"], "Geste fictif");
    world.traced("watch-began", 2);
    world.traced("watch-ended", 2);
}

#[test]
fn e4_the_security_officer_suspends_a_provider() {
    let world = World::start();
    world.intervention();
    let (french, english) = (world.speaking(TECHNICIAN), world.speaking(ENGLISH));
    world.says(TECHNICIAN, "suspend-provider scanfab 'Essai'").exits(1);
    world.says(SECURITY, "suspend-provider scanfab 'Alerte fictive'").exits(0);
    let (french, english) = (french.ends(PATIENCE), english.ends(PATIENCE));
    assert_ne!(french.status, Some(0));
    french.says("Session fermée : elle n'est plus autorisée");
    english.says("Session closed: it is no longer permitted");
    assert_eq!(world.ended(2), ["no-longer-permitted"; 2]);
    world.traced("recheck-refused", 2);
    world.traced("provider-suspended", 1);
    world.client(SECOND).exec("true").exits(254).says("Accès refusé.").says("suspendu");
    // Whoever stops all is not who starts again.
    world.says(SECURITY, "resume-provider scanfab").exits(1);
    world.says(RESPONSABLE, "resume-provider scanfab 'Alerte levée'").exits(0);
    world.client(SECOND).exec("exit 4").exits(4);
}

#[test]
fn a_change_of_the_site_is_asked_of_live_sessions() {
    let world = World::start();
    world.intervention();
    let (first, second) = (world.speaking(TECHNICIAN), world.speaking(SECOND));
    // The engagement of one of them is withdrawn.
    let site = world.path("site.toml");
    let text = std::fs::read_to_string(&site).unwrap();
    let (before, after) = text.split_once(&format!("[[engagement]]\nperson = \"{TECHNICIAN}\"")).unwrap();
    let (_, rest) = after.split_once("[[").unwrap();
    std::fs::write(&site, format!("{before}[[{rest}")).unwrap();
    world.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0).says(TECHNICIAN);
    first.ends(PATIENCE).says("n'est plus autorisée").says("C6");
    until("he is off the list", PATIENCE, || world.live().iter().all(|one| one["person"] == SECOND));
    world.client(TECHNICIAN).exec("true").exits(254).says("[C6]");
    assert_eq!(world.ended(1), ["no-longer-permitted"]);
    drop(second);
    assert_eq!(world.ended(2), ["no-longer-permitted", "connection-lost"]);
}

#[test]
fn a_stop_in_order() {
    let mut world = World::start();
    world.intervention();
    let speaking = world.speaking(TECHNICIAN);
    world.stop_gate();
    let told = speaking.ends(PATIENCE);
    assert_ne!(told.status, Some(0));
    told.says("la passerelle s'arrête");
    assert_eq!(world.gate_ends(), Some(0), "{}", world.log());
    assert!(!listens(world.door()));
    assert_eq!(world.ended(1), ["gate-stopped"]);
    world.open_door();
    world.client(TECHNICIAN).exec("exit 3").exits(3);
    assert_eq!(world.ended(2), ["gate-stopped", "finished"]);
}

#[test]
fn another_host_key_ends_it_until_somebody_has_looked() {
    let mut world = World::start();
    world.intervention();
    world.client(TECHNICIAN).exec("exit 3").exits(3);
    world.sshd.change_host_key();
    let told = world.client(TECHNICIAN).exec("true");
    assert_ne!(told.status, Some(0));
    told.says("la clé d'hôte de l'équipement n'est pas celle qui a été enregistrée");
    assert_eq!(world.ended(2), ["finished", "host-key-changed"]);
    let changed = world.traced("host-key-changed", 1);
    assert_eq!(changed[0]["data"]["shown"], world.sshd.host_key());
    // The key is the old one again or not: nobody enters until the establishment has looked.
    world.client(SECOND).exec("true").exits(254).says("Accès refusé.").says("clé d'hôte");
    world.traced("session-opened", 2);
}

#[test]
fn a_session_that_cannot_be_recorded_does_not_live() {
    if !may_mount() {
        return;
    }
    let mut world = World::start();
    world.intervention();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let recordings = world.evidence().join("recordings");
    std::fs::create_dir_all(&recordings).unwrap();
    let disk = SmallDisk::mount(&recordings);
    world.open_door();

    let flow =
        world.client(TECHNICIAN).starts("echo begun; while head -c 32768 /dev/urandom; do sleep 0.02; done");
    until("the session speaks", PATIENCE, || flow.said().contains("begun"));
    disk.shrink("1m");
    let told = flow.ends(PATIENCE);
    assert_ne!(told.status, Some(0));
    told.says("Session fermée : elle ne peut plus être enregistrée.");
    assert_eq!(world.ended(1), ["recording-lost"]);
    // The container is closed validly all the same: the ledger above was verified with it.
    world.traced("recording-sealed", 1);

    world.client(SECOND).exec("true").exits(254).says("Accès refusé").says("T11");
    world.traced("session-opened", 1);
    // With room again, and after the store's rest, the door opens again: tested beside the store.
}

#[test]
fn without_room_for_traces_nobody_is_in() {
    if !may_mount() {
        return;
    }
    let mut world = World::start();
    world.intervention();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    // Ledger and recordings on the same small disk.
    let (evidence, kept) = (world.evidence(), world.path("kept"));
    std::fs::rename(&evidence, &kept).unwrap();
    std::fs::create_dir(&evidence).unwrap();
    let disk = SmallDisk::mount(&evidence);
    run("cp", &["-r", &format!("{}/.", kept.display()), evidence.to_str().unwrap()]);
    world.open_door();
    let first = world.speaking(TECHNICIAN);
    let size = run("du", &["-sk", evidence.to_str().unwrap()]);
    let kib: u64 = size.split_whitespace().next().unwrap().parse().unwrap();
    disk.shrink(&format!("{kib}k"));
    // Somebody's login cannot be written down: it is refused, and the live session does not stay.
    assert_ne!(world.client(SECOND).exec("true").status, Some(0));
    let told = first.ends(PATIENCE);
    assert_ne!(told.status, Some(0));
    told.says("Session fermée");
    until("nobody is in", PATIENCE, || world.live().is_empty());
    assert_ne!(world.client(SECOND).exec("true").status, Some(0));

    // With room again and a new start, everything that was acknowledged is there and whole.
    world.stop_gate();
    world.gate_ends();
    disk.shrink("320m");
    world.open_door();
    let endings = world.ended(1);
    assert!(["recording-lost", "store-lost"].contains(&endings[0].as_str()), "{endings:?}");
    world.client(THIRD).exec("exit 3").exits(3);
    assert_eq!(world.ended(2)[1], "finished");
}
