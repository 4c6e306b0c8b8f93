//! A provider signs what it says of itself with OpenSSH's own tool; the hospital imports it with its site's file, reads what
//! changed, and nobody gets a right by it.

use std::process::Command;

use crate::support::site::{MANAGER, SECURITY, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, fingerprint, finish, make_key};

const TYPED: &str = r#"[[provider]]
id = "scanfab"
name = "ScanFab SAS (fictif)"
nature = "third-party"
country = "FR"
places = [{ name = "plateforme", country = "FR" }]
managers = ["m.chef"]
"#;

const DOSSIER: &str = r#"format = 1
serial = 1
date = "2026-01-20"
valid_until = "2099-12-31"
[provider]
id = "scanfab"
name = "ScanFab SAS (fictif)"
registration = "000 000 001"
country = "FR"
address = "1, rue imaginaire, Lyon"
places = [{ name = "plateforme", country = "FR" }]
[[person]]
id = "n.nouveau"
name = "Noé Nouveau (fictif)"
country = "FR"
keys = ["KEY"]
"#;

fn signs(world: &World, person: &str) {
    let file = world.path("scanfab.toml");
    let _none = std::fs::remove_file(world.path("scanfab.toml.sig"));
    let mut sign = Command::new("ssh-keygen");
    sign.args(["-Y", "sign", "-n", "poterne-dossier", "-f"]).arg(world.path(person)).arg(&file);
    finish(sign, PATIENCE).exits(0);
}

#[test]
fn a_dossier_is_signed_once_and_imported_with_its_changes() {
    let world = World::start();
    let (file, site) = (world.path("scanfab.toml"), world.path("site.toml"));
    let (file, site) = (file.to_str().unwrap(), site.to_str().unwrap());
    let new = ["dossier", "new", file, "--id", "scanfab", "--name", "ScanFab SAS (fictif)"];
    world.asked(&new).exits(0).says("ssh-keygen -Y sign");
    world.asked(&new).exits(1);
    world.asked(&["dossier", "check", file]).exits(1).says("Sans signature");
    signs(&world, MANAGER);
    let key = fingerprint(&world.path(&format!("{MANAGER}.pub")));
    world.asked(&["dossier", "check", file]).exits(0).says(&key).says("confirmed_by");

    make_key(&world.path("n.nouveau"));
    let line = std::fs::read_to_string(world.path("n.nouveau.pub")).unwrap();
    let dossier = DOSSIER.replace("KEY", line.trim_end());
    let described = std::fs::read_to_string(site).unwrap();
    let pinned = format!(
        "[[provider]]\nid = \"scanfab\"\nnature = \"third-party\"\nmanagers = [\"m.chef\"]\n\
         dossier = {{ file = \"scanfab.toml\", key = \"{key}\", confirmed_by = \"r.ssi\", confirmed_at = \"2026-01-21\" }}\n"
    );
    assert!(described.contains(TYPED));
    std::fs::write(site, described.replace(TYPED, &pinned)).unwrap();
    let apply = |dossier: &str, signer: Option<&str>| {
        std::fs::write(file, dossier).unwrap();
        if let Some(signer) = signer {
            signs(&world, signer);
        }
        world.poterne(&["apply", site, "--yes"])
    };
    // The template's signature is of the template; another key is not the pinned one.
    apply(&dossier, None).exits(1).says("signature");
    apply(&dossier, Some(TECHNICIAN)).exits(1).says("est signé par la clé");
    apply(&dossier, Some(MANAGER)).exits(0);
    let imported = &world.traced("dossier-imported", 1)[0];
    assert_eq!((&imported["data"]["serial"], &imported["data"]["people"]), (&1.into(), &6.into()));
    world.traced("provider-changed", 1);
    // The person of the dossier is known, and nobody vouched for his key.
    world.traced_at_least("person-keys-changed", 1);
    world.says(SECURITY, "people").exits(0).says("n.nouveau");

    world.says(TECHNICIAN, "notices").exits(1);
    world.says(SECURITY, "notices").exits(0).says("scanfab").says("à lire");
    world.says(TECHNICIAN, "notice read scanfab").exits(1);
    world.says(SECURITY, "notice read scanfab").exits(0);
    world.traced("notice-read", 1);

    let moved = dossier.replace("serial = 1", "serial = 2").replace("Lyon", "Lille");
    apply(&moved, Some(MANAGER)).exits(0).says("address");
    let changed = &world.traced("provider-changed", 2)[1];
    assert_eq!(changed["data"]["changed"][0], "address: 1, rue imaginaire, Lyon → 1, rue imaginaire, Lille");
    apply(&dossier, Some(MANAGER)).exits(1).says("plus ancien");
    let quietly = moved.replace("Lille", "Brest");
    apply(&quietly, Some(MANAGER)).exits(1).says("un changement porte un nouveau numéro");
    // What stands comes out typed, and goes in again without a change.
    let exported = world.poterne(&["export", "site"]).exits(0).out;
    let out = world.path("exported.toml");
    std::fs::write(&out, exported).unwrap();
    world.poterne(&["apply", out.to_str().unwrap(), "--dry-run"]).exits(0).says("rien à changer");
    // Those who were vouched for go on.
    world.intervention();
    world.client(TECHNICIAN).exec("exit 3").exits(3);
}
