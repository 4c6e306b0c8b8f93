//! The rules of a firewall: what is written is what nftables takes, and what is brought is compared and written down.

use std::process::Command;

use crate::support::site::RESPONSABLE;
use crate::support::world::World;

const SERVICE: &str = "scanner-tm";
/// The gate as the firewall sees it.
const GATE: &str = "192.0.2.1";

#[test]
fn t3_rules_are_written_for_nftables_and_an_export_is_held_against_them() {
    let world = World::start();
    let flows = ["--service", SERVICE, "--gate", GATE, "--interface", "wan0"];
    let written = world.poterne(&[&["filter", "rules"], &flows[..]].concat()).exits(0);
    let rules = world.path("rules.nft");
    std::fs::write(&rules, &written.out).unwrap();
    let text = std::fs::read_to_string(&rules).unwrap();
    assert!(text.contains("ip saddr 192.0.2.1") && text.contains("daddr 127.0.0.1 drop"), "{text}");
    // Where the kernel lets nobody ask, nft says so and checks nothing; a syntax that it does not take it says first.
    let checked = Command::new("nft").args(["-c", "-f"]).arg(&rules).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success() || said.contains("Operation not permitted"), "{said}\n{text}");
    // What it wrote itself is what it reads.
    let table = world.poterne(&[&["filter", "rules", "--as", "csv"], &flows[..]].concat()).exits(0);
    let file = world.path("rules.csv");
    std::fs::write(&file, &table.out).unwrap();
    let check = |file: &std::path::Path| {
        world.poterne(&[&["filter", "check", file.to_str().unwrap(), "--as", "csv"], &flows[..]].concat())
    };
    check(&file).exits(0).says("0 plus larges");
    let open = world.path("open.csv");
    std::fs::write(&open, "source,destination,port\nany,any,any\n").unwrap();
    check(&open).exits(1).says("plus large");
    let entries = world.traced("filter-checked", 2);
    let wider: Vec<_> = entries.iter().map(|entry| entry["data"]["wider"].as_u64()).collect();
    assert_eq!(wider, [Some(0), Some(1)]);
    let assessed = world.says(RESPONSABLE, &format!("assess {SERVICE}")).exits(0);
    assessed.says("laisse passer plus que ce que décrit le dossier").says("[filter-checked, entrée ");
    check(&world.path("poterne.toml")).exits(1).says("n'est pas un tableau CSV");
}
