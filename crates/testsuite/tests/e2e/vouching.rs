//! No person is asserted: whoever operates the host puts keys and second factors in, and is nobody by that.

use crate::support::site::{BENEFICIARY, MANAGER, REQUESTER, RESPONSABLE, RIGHTS, SECURITY, TECHNICIAN};
use crate::support::world::World;
use crate::support::{fingerprint, make_key};

/// Puts a key of the operator's beside the person's in the site's file, and applies it.
fn slip_in(world: &World, person: &str) {
    make_key(&world.path("operator"));
    let line = std::fs::read_to_string(world.path("operator.pub")).unwrap();
    let line = line.trim_end().trim_end_matches(" test");
    let own = std::fs::read_to_string(world.path(&format!("{person}.pub"))).unwrap();
    let own = own.trim_end().trim_end_matches(" test");
    let site = std::fs::read_to_string(world.path("site.toml")).unwrap();
    let both = site.replace(&format!("[\"{own}\"]"), &format!("[\"{own}\", \"{line}\"]"));
    assert_ne!(site, both);
    std::fs::write(world.path("site.toml"), both).unwrap();
    world.poterne(&["apply", world.path("site.toml").to_str().unwrap(), "--yes"]).exits(0);
}

#[test]
fn an_operator_who_adds_a_key_and_draws_a_code_acts_for_nobody() {
    let world = World::start();
    world.says(REQUESTER, "request scanner-tm 'Panne fictive'").exits(0);
    slip_in(&world, BENEFICIARY);
    world.enrol(BENEFICIARY);
    let with_own_key = world.says(BENEFICIARY, "approve i-1");
    with_own_key.exits(1).says("attesté").says(&format!("vouch {BENEFICIARY}=SHA256:"));
    // Nor does the operator's, with the code that he drew himself.
    let operator = world.client(BENEFICIARY).option("-i").option(world.path("operator").to_str().unwrap());
    let own_print = fingerprint(&world.path("operator.pub"));
    operator.command("approve i-1").exits(1).says(&format!("vouch {BENEFICIARY}={own_print}"));
    // The security officer compares with what the person reads out: the operator's key is not that one.
    world.says(SECURITY, "people").exits(0).says("à attester");
    world
        .says(SECURITY, &format!("vouch {BENEFICIARY}=SHA256:AAAAAAAAAAAA"))
        .exits(1)
        .says("prévenez le RSSI");
    world.says(SECURITY, &format!("vouch {}", world.print_of(BENEFICIARY))).exits(0);
    world.says(BENEFICIARY, "approve i-1").exits(0);

    let keys = world.traced("person-keys-changed", 11);
    let added = keys.last().unwrap();
    assert_eq!(added["by"], "host operator", "{added}");
    assert_eq!(added["data"]["added"][0], fingerprint(&world.path("operator.pub")), "{added}");
    let drawn = world.traced("second-factor-enrolled", 10);
    assert_eq!(
        (&drawn[9]["data"]["person"], &drawn[9]["data"]["enrolment"]),
        (&BENEFICIARY.into(), &2.into())
    );
    let vouched = world.traced("person-vouched", 10);
    assert_eq!(vouched[0]["data"]["founding"], true, "{}", vouched[0]);
    assert!(vouched[1..].iter().all(|entry| entry["data"]["founding"] == false));
    assert_eq!(vouched[9]["by"], format!("person:{SECURITY}"));
}

#[test]
fn nothing_is_done_before_somebody_vouches() {
    let world = World::strangers(RIGHTS);
    world.says(REQUESTER, "request scanner-tm 'Panne fictive'").exits(1).says("attesté");
    world.client(TECHNICIAN).exec("true").exits(254).says("attesté").says_nothing_of("intervention");
    // Only the responsable begins, with the key of this very login, and with himself.
    world.says(SECURITY, &format!("vouch {}", world.print_of(SECURITY))).exits(1);
    world.says(RESPONSABLE, &format!("vouch {}", world.print_of(SECURITY))).exits(1).says("votre propre clé");
    world
        .says(RESPONSABLE, &format!("vouch {} {}", world.print_of(RESPONSABLE), world.print_of(SECURITY)))
        .exits(0);
    world.says(SECURITY, &format!("vouch {}", world.print_of(MANAGER))).exits(0);
    // Who speaks for the provider vouches for its people, and for no one of the hospital.
    world.says(MANAGER, &format!("vouch {}", world.print_of(TECHNICIAN))).exits(0);
    world.says(MANAGER, &format!("vouch {}", world.print_of(REQUESTER))).exits(1).says("inconnu");
    world.client(TECHNICIAN).exec("true").exits(254).says("Aucune intervention");
    world.traced("person-vouched", 4);
}
