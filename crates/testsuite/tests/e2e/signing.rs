//! No signature is asserted: the site's file proposes, and the one whose risk it is signs at the door.

use crate::support::site::{RESPONSABLE, SECURITY, TECHNICIAN};
use crate::support::world::World;

const TREATMENT: &str = r#"
[[treatment]]
rule = "T2"
service = "scanner-tm"
threats = ["functions"]
remark = "surveillance en direct"
likelihood = 2
impact = 2
options = ["accept"]
owner = "d.resp"
from = "2026-01-01"
until = "2099-12-31"
review = "2099-12-01"
"#;

#[test]
fn a_treatment_opens_nothing_before_its_owner_signs() {
    let world = World::start();
    world.intervention();
    let site = world.path("site.toml");
    let apply = |text: &str| {
        std::fs::write(&site, text).unwrap();
        world.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0);
    };
    let described = std::fs::read_to_string(&site).unwrap();
    let proposed = format!("{}{TREATMENT}", described.replace("admin_zone = \"VLAN 12\"\n", ""));
    apply(&proposed);
    world.client(TECHNICIAN).exec("true").exits(254).says("[T2]");
    // Who may not, what is not there, then the owner.
    let shown =
        world.says(RESPONSABLE, "sign scanner-tm").exits(0).says("sign scanner-tm T2 ").says("accepter");
    let line = shown.out.lines().next().unwrap().to_owned();
    world.says(SECURITY, &line).exits(1);
    apply(&proposed.replace("surveillance en direct", "rien"));
    world.says(RESPONSABLE, &line).exits(1).says("il a changé");
    apply(&proposed);
    world.says(RESPONSABLE, &line).exits(0);
    world.client(TECHNICIAN).exec("exit 3").exits(3);
    let signed = &world.traced("risk-treated", 1)[0];
    assert_eq!(
        (&signed["by"], &signed["data"]["rule"]),
        (&format!("person:{RESPONSABLE}").into(), &"T2".into())
    );
    // Other words under the same name are signed by nobody.
    apply(&proposed.replace("surveillance en direct", "rien"));
    world.client(TECHNICIAN).exec("true").exits(254).says("[T2]");
}
