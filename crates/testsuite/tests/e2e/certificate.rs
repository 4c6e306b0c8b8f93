//! Equipment that trusts the establishment's authority: a key and a certificate for each login.

use crate::support::site::{ENGLISH, EQUIPMENT, SECOND, TECHNICIAN};
use crate::support::world::World;

#[test]
fn an_equipment_opens_for_a_certificate_in_its_own_name() {
    let world = World::start();
    world.intervention();
    let name = format!("{EQUIPMENT}.valbrume");
    // What the vault keeps is what the site's description says, whichever of the two comes first.
    world.poterne(&["account", &name, "--certificate"]).exits(1).says(&name);
    let site = world.path("site.toml");
    let text = std::fs::read_to_string(&site).unwrap();
    std::fs::write(&site, text.replace("secret = \"key\"", "secret = \"certificate\"")).unwrap();
    world.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0);
    world.client(TECHNICIAN).exec("echo in").exits(254).says_nothing_of("in\n");
    let placed = world.poterne(&["account", &name, "--certificate"]).exits(0).out;
    let authority = placed.lines().find(|line| line.starts_with("ssh-ed25519 ")).unwrap();
    let principal = placed.lines().last().unwrap();
    assert!(authority.ends_with(" poterne:valbrume") && principal == name, "{placed}");
    // Asked again it says the same: other equipment trusts it already.
    let again = world.poterne(&["account", &name, "--certificate"]).exits(0).out;
    assert_eq!(again, placed);
    world.sshd.trust(authority, principal);
    world.client(TECHNICIAN).exec("echo in").exits(0).says("in");
    let terminal = world.client(SECOND).option("-tt");
    terminal.exec("test -t 0 && echo terminal").exits(0).says("terminal");
    // Its own log leads to ours.
    let lent = world.traced("secret-lent", 3);
    for entry in &lent[1..] {
        let permit = &entry["data"]["permit"];
        let said = format!("ID poterne valbrume {permit} (serial {permit})");
        assert!(world.sshd.log().contains(&said), "{said}: {}", world.sshd.log());
    }
    world.sshd.trust(authority, "irm-1.valbrume");
    world.client(ENGLISH).exec("echo in").exits(254).says_nothing_of("in\n");
    let refused = world.traced("equipment-unreachable", 1);
    assert_eq!(refused[0]["data"]["why"], "login");
    let log = world.log();
    assert!(!log.contains("PRIVATE KEY") && !log.contains("cert-v01"), "{log}");
}
