//! What is kept, with the real program: shown, read with a reason, held at the door, handed out to the one it is about.

use serde_json::Value;

use crate::support::site::{BENEFICIARY, REQUESTER, SECURITY, TECHNICIAN};
use crate::support::world::World;

#[test]
fn what_is_kept_is_told_read_with_a_reason_and_handed_out() {
    let world = World::start();
    let intervention = world.intervention();
    world.client(TECHNICIAN).exec("exit 0").exits(0);
    world.ended(1);
    world.poterne(&["retention", "show"]).exits(0).says("traces 365 jours").says("il y a moins de 365 jours");
    world
        .poterne(&["retention", "run"])
        .exits(0)
        .says("0 entrées, 0 enregistrements et 0 documents supprimés");
    world.poterne(&["retention", "hold"]).exits(2);

    // Why it is read stands in the ledger before anything is shown.
    world.poterne(&["traces", "intervention", intervention]).exits(2);
    world
        .poterne(&["traces", "intervention", intervention, "--reason", "bof"])
        .exits(1)
        .says("huit caractères");
    let read = world.poterne(&["traces", "intervention", intervention, "--reason", "audit de mai"]).exits(0);
    read.says("session-opened").says(TECHNICIAN);
    let reading = world.traced("reading-began", 1);
    assert_eq!(
        (&reading[0]["data"]["reason"], &reading[0]["by"]),
        (&"audit de mai".into(), &"host operator".into())
    );
    world.says(TECHNICIAN, &format!("traces {intervention} 'par curiosité'")).exits(1);
    world
        .says(SECURITY, &format!("traces {intervention} 'incident du 3'"))
        .exits(0)
        .says("intervention-requested");

    // What stands has its versions, for who may read traces.
    world.poterne(&["history", "contract", "ct-1"]).exits(2);
    world.poterne(&["history", "contract", "ct-1", "--reason", "bof"]).exits(1).says("huit caractères");
    world.poterne(&["history", "secret", "ct-1", "--reason", "audit de mai"]).exits(1).says("contract");
    world.poterne(&["history", "contract", "ct-9", "--reason", "audit de mai"]).exits(1).says("ct-9");
    let history = ["history", "contract", "ct-1", "--reason", "audit de mai"];
    world.poterne(&history).exits(0).says("le fichier du site (apply)").says("scanfab").says("en vigueur");
    let told = world.poterne(&[&history[..], &["--json"]].concat()).exits(0).out;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["versions"][0]["version"], &told["versions"][0]["by"]), (&1.into(), &"apply".into()));
    world.says(BENEFICIARY, "history contract ct-1 'par curiosité'").exits(1);
    let line = format!("history intervention {intervention} 'incident du 3'");
    world.says(SECURITY, &line).exits(0).says("approved").says(BENEFICIARY);
    world
        .says(SECURITY, &format!("person {TECHNICIAN} 'demande du 3 mars'"))
        .exits(1)
        .says("protection des données");

    // Held by who answers for it.
    world.says(BENEFICIARY, &format!("hold {intervention} 'plainte'")).exits(1);
    let held = world.says(SECURITY, &format!("hold {intervention} 'plainte'")).exits(0).out;
    let hold = held.split_whitespace().find(|word| word.starts_with("h-")).unwrap().to_owned();
    world.poterne(&["retention", "show"]).exits(0).says(&hold).says("plainte");
    world.says(SECURITY, &format!("release {hold} 'classée'")).exits(0);

    // For the one it is about, and about nobody else.
    let out = world.path("mes-données");
    let asked =
        ["export", "person", TECHNICIAN, "--reason", "demande du 3 mars", "--out", out.to_str().unwrap()];
    world.poterne(&asked).exits(0);
    world.poterne(&asked).exits(1);
    let text = std::fs::read_to_string(out.join(format!("{TECHNICIAN}.json"))).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(all["sessions"].as_array().unwrap().len(), 1, "{text}");
    let interventions = all["interventions"].as_array().unwrap();
    assert_eq!((interventions.len(), &interventions[0]["intervention"]), (1, &intervention.into()), "{text}");
    assert!(
        all["facts"].as_array().unwrap().len() >= 3 && all["not_included"].as_array().unwrap().len() == 7
    );
    let entries = all["logs"][0]["entries"].as_array().unwrap();
    assert!(entries.iter().any(|one| one["entry"]["code"] == "session-opened"), "{text}");
    for other in [BENEFICIARY, REQUESTER, SECURITY] {
        assert!(!text.contains(other), "{other} stands in it");
    }
    let page = std::fs::read_to_string(out.join(format!("{TECHNICIAN}.txt"))).unwrap();
    assert!(page.contains("Ce qui n'y est pas / What is not in it"), "{page}");
    let nobody = ["export", "person", "x.inconnu", "--reason", "demande du 3 mars", "--out"];
    let other = world.path("autre");
    world.poterne(&[&nobody[..], &[other.to_str().unwrap()]].concat()).exits(1);
    assert!(!other.exists());
    world.verify(&world.evidence(), &[]).exits(0);
}

/// Where a gate has several establishments each hands out its own, and nobody opens a backup of all who was not named for it.
#[test]
fn of_several_establishments_each_hands_out_its_own() {
    let mut world = World::start();
    world.intervention();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let readers = world.path("recipients");
    let readers = readers.to_str().unwrap();
    world.poterne(&["init", "--recipients", readers, "--establishment", "ailleurs"]).exits(0);
    world.open_door();
    let export = |more: &[&str], out: &str| {
        let out = world.path(out);
        let asked = ["export", "person", TECHNICIAN, "--reason", "demande du 3 mars", "--out"];
        (world.poterne(&[&asked[..], &[out.to_str().unwrap()], more].concat()), out)
    };
    let (refused, out) = export(&[], "toutes");
    refused.exits(1).says("dites lequel (--establishment)");
    assert!(!out.exists());
    for name in ["nord", "../valbrume"] {
        export(&["--establishment", name], "ailleurs").0.exits(1);
    }
    // He has no part in it: nothing is said of him, and nothing is written down there.
    export(&["--establishment", "ailleurs"], "ailleurs").0.exits(1);
    let (done, out) = export(&["--establishment", "valbrume"], "siennes");
    done.exits(0);
    let text = std::fs::read_to_string(out.join(format!("{TECHNICIAN}.json"))).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(all["logs"].as_array().unwrap().len(), 1);
    assert_eq!(all["logs"][0]["establishment"], "valbrume");
    assert!(!all["facts"].as_array().unwrap().is_empty());

    let to = world.path("tout.tar.age");
    let backup = ["backup", "--to", to.to_str().unwrap()];
    world.poterne(&backup).exits(1).says("dites qui peut l'ouvrir (--recipients)");
    assert!(!to.exists());
    world.poterne(&[&backup[..], &["--recipients", readers]].concat()).exits(0);
}
