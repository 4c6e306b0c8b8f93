//! The ordinary story: refused with reasons, prepared, entered, proved.

use crate::support::PATIENCE;
use crate::support::client::Running;
use crate::support::finish;
use crate::support::site::{BENEFICIARY, ENGLISH, EQUIPMENT, FOREIGN, MANAGER, REQUESTER, TECHNICIAN};
use crate::support::world::World;

#[test]
fn a_planned_intervention_from_refusal_to_proof() {
    let world = World::start();
    // Nothing is planned: each is told so in his language, with the remedy and who can mend it.
    let french = world.client(TECHNICIAN).exec("true");
    assert_ne!(french.status, Some(0));
    french.says("Accès refusé.").says("Remède :").says("Qui :").says_nothing_of("Access refused");
    let english = world.client(ENGLISH).exec("true");
    assert_ne!(english.status, Some(0));
    english.says("Access refused.").says("Remedy:").says("Who:").says_nothing_of("Accès refusé");

    // One may not do another's deed.
    world.says(TECHNICIAN, "request scanner-tm 'Panne fictive'").exits(1);
    world.says(REQUESTER, "request scanner-tm --out 'journaux' 'Panne fictive'").exits(0).says("i-1");
    world.says(REQUESTER, "approve i-1").exits(1);
    world.client(ENGLISH).exec("true").says("Access refused.");
    world.says(BENEFICIARY, "approve i-1").exits(0).says("sauvegarde");
    // The check is missing still, and it alone.
    world.client(TECHNICIAN).exec("true").says("[O4]").says_nothing_of("[O2]");
    world.says(BENEFICIARY, "check i-1 sauvegarde 'Sauvegarde de la nuit'").exits(0);

    let inside = world.client(ENGLISH).exec("echo inside; echo aside >&2; exit 7").exits(7);
    assert_eq!(inside.out, "inside\n");
    inside.says("aside");
    world.says(MANAGER, "show i-1").exits(0).says("Panne fictive");

    assert_eq!(world.ended(1), ["finished"]);
    let ledger = world.ledger();
    let count = |code: &str| ledger.iter().filter(|entry| entry["code"] == code).count();
    for (code, times) in [
        ("session-refused", 4),
        ("intervention-requested", 1),
        ("intervention-approved", 1),
        ("checklist-ticked", 1),
        ("session-opened", 1),
        ("secret-lent", 1),
        ("equipment-reached", 1),
        ("recording-sealed", 1),
    ] {
        assert_eq!(count(code), times, "{code}");
    }
    let opened = ledger.iter().find(|entry| entry["code"] == "session-opened").unwrap();
    assert_eq!(opened["intervention"], "i-1");
    assert_eq!(opened["data"]["person"], ENGLISH);
    assert_eq!(opened["data"]["equipment"], EQUIPMENT);

    // Who holds the reader's key sees what was shown; who does not sees nothing.
    let recording = world.recordings().pop().unwrap();
    let (recording, key) = (recording.to_str().unwrap(), world.path("reader.key"));
    let key = key.to_str().unwrap();
    let replay = ["replay", recording, "--key", key, "--speed", "100"];
    let unexplained = world.asked(&replay);
    assert_ne!(unexplained.status, Some(0), "why it is read is asked for");
    unexplained.says_nothing_of("inside");
    let config = world.path("poterne.toml");
    let why = ["--reason", "contrôle de mai", "--config", config.to_str().unwrap()];
    world.asked(&[&replay[..], &why[..]].concat()).exits(0).says("inside").says("aside");
    let reading = world.traced("reading-began", 1);
    assert_eq!(reading[0]["data"]["reason"], "contrôle de mai");
    let bytes = std::fs::read(recording).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"inside"));
    let other = world.path("other.key");
    let other = other.to_str().unwrap();
    world.asked(&["reader-key", other, "--label", "autre"]).exits(0);
    let unread = world.asked(&["replay", recording, "--key", other, "--outside"]);
    assert_ne!(unread.status, Some(0));
    unread.says_nothing_of("inside");
}

#[test]
fn a_terminal_on_the_equipment() {
    let world = World::start();
    world.intervention();
    let typed = world.path("typed");
    std::fs::write(&typed, "echo $((6 * 7)) on $(tty); echo secret-word >/dev/null; exit 9\n").unwrap();
    let client = world.client(TECHNICIAN).option("-tt");
    let input = std::fs::File::open(&typed).unwrap().into();
    let shell = Running::with_input(&world, client.ssh(&client.equipment(), &[]), input);
    shell.ends(PATIENCE).exits(9).says("42 on /dev/pts/");
    assert_eq!(world.ended(1), ["finished"]);
    assert_eq!(world.traced("channel-opened", 1)[0]["data"]["right"], "shell");
    let cast = world.path("shell.cast");
    let (recording, key) = (world.recordings().pop().unwrap(), world.path("reader.key"));
    let paths = [&recording, &key, &cast].map(|path| path.to_str().unwrap().to_owned());
    world.asked(&["export", &paths[0], "--key", &paths[1], "--asciicast", &paths[2], "--outside"]).exits(0);
    let text = std::fs::read_to_string(&cast).unwrap();
    let head: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(head["version"], 2, "{head}");
    assert!(text.contains("42 on /dev/pts/"), "{text}");
}

#[test]
fn c7_what_is_not_yours_does_not_exist() {
    let world = World::start();
    world.intervention();
    let foreign = world.client(TECHNICIAN).exec_on(FOREIGN, "true");
    let unknown = world.client(TECHNICIAN).exec_on("nexiste-9", "true");
    assert_ne!(foreign.status, Some(0));
    assert_eq!((foreign.status, foreign.said()), (unknown.status, unknown.said()));
    foreign.says("Accès refusé.").says_nothing_of("autrefab");
    // The ledger tells them apart.
    let known: Vec<_> = world
        .traced("session-refused", 2)
        .iter()
        .map(|entry| entry["data"]["target_known"].clone())
        .collect();
    assert_eq!(known, [true, false]);

    // A stranger with a key of his own learns as little as a person known with a wrong key.
    std::fs::copy(world.path("z.autre"), world.path("nobody")).unwrap();
    let client = world.client(TECHNICIAN);
    let mut commands =
        [client.ssh("nobody+scanner-1@127.0.0.1", &["true"]), client.ssh("r.ssi@127.0.0.1", &["whoami"])];
    let said: Vec<String> = commands
        .iter_mut()
        .map(|command| {
            let command = std::mem::replace(command, std::process::Command::new("true"));
            let done = finish(command, PATIENCE).exits(255);
            done.said().replace("nobody+scanner-1", "X").replace("r.ssi", "X")
        })
        .collect();
    assert_eq!(said[0], said[1]);
    assert!(said[0].contains("Permission denied"), "{}", said[0]);
}
