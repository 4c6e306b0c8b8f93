//! What lies on the disk is damaged, or cannot be written: the gate says so at its start and opens nothing; mended, it
//! opens again.

use std::path::Path;
use std::time::Duration;

use crate::support::site::{BENEFICIARY, TECHNICIAN};
use crate::support::world::World;
use crate::support::{Done, finish, run};

/// The gate is told to serve, and has to end by itself in time.
fn refuses(world: &World) -> Done {
    let done = finish(world.command(&["serve"]), Duration::from_secs(30));
    assert_ne!(done.status, Some(0), "{}", done.said());
    done
}

/// The same under a limit, as a shell sets it.
fn refuses_under(world: &World, limit: &str) -> Done {
    let serve = world.command(&["serve"]);
    let mut shell = std::process::Command::new("prlimit");
    shell.arg(limit).arg(serve.get_program()).args(serve.get_args()).env("LC_ALL", "C.UTF-8");
    let done = finish(shell, Duration::from_secs(30));
    assert_ne!(done.status, Some(0), "{}", done.said());
    done
}

/// Turns one bit in the middle of a file; what it was.
fn damage(path: &Path) -> Vec<u8> {
    let whole = std::fs::read(path).unwrap();
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
    whole
}

#[test]
fn what_is_damaged_is_said_at_the_start_and_nothing_opens() {
    let mut world = World::start();
    let older = world.path("evidence.older");
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    run("cp", &["-a", world.evidence().to_str().unwrap(), older.to_str().unwrap()]);
    world.open_door();
    world.intervention();
    world.client(TECHNICIAN).exec("true").exits(0);
    world.ended(1);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));

    // The database: half of it, and something else in its place.
    let database = world.path("data/poterne.sqlite");
    let whole = std::fs::read(&database).unwrap();
    for broken in [&whole[..whole.len() / 2], &b"this is a letter, and no database ".repeat(400)] {
        std::fs::write(&database, broken).unwrap();
        refuses(&world).says("la base est abîmée");
    }
    std::fs::write(&database, &whole).unwrap();

    // The ledger: a bit of its statement, of its newest tile.
    let evidence = world.evidence();
    for name in ["checkpoint", "tile/0/000.p"] {
        let path = evidence.join(name);
        let path = if path.is_dir() {
            let tiles = std::fs::read_dir(&path).unwrap().map(|tile| tile.unwrap().path());
            tiles
                .max_by_key(|tile| tile.file_name().unwrap().to_str().unwrap().parse::<u32>().unwrap())
                .unwrap()
        } else {
            path
        };
        let kept = damage(&path);
        refuses(&world);
        assert_ne!(world.verify(&evidence, &[]).status, Some(0), "{name}");
        std::fs::write(&path, kept).unwrap();
    }

    // Its disk is not there and the folder under it is empty, or an older copy is in its place: no second history begins.
    let aside = world.path("evidence.aside");
    std::fs::rename(&evidence, &aside).unwrap();
    std::fs::create_dir(&evidence).unwrap();
    refuses(&world).says("n'a que 0 entrées");
    std::fs::remove_dir_all(&evidence).unwrap();
    run("cp", &["-a", older.to_str().unwrap(), evidence.to_str().unwrap()]);
    refuses(&world).says("un état ancien a pris sa place");
    std::fs::remove_dir_all(&evidence).unwrap();
    std::fs::rename(&aside, &evidence).unwrap();

    // The key of the vault, and what it sealed for the door.
    for name in ["data/vault.key", "data/vault/keys/door.sealed"] {
        let kept = damage(&world.path(name));
        refuses(&world);
        std::fs::write(world.path(name), kept).unwrap();
    }

    // The configuration: not TOML, a key that nobody knows, an address that is none.
    let config = world.path("poterne.toml");
    let kept = std::fs::read_to_string(&config).unwrap();
    for broken in ["[gate", &format!("{kept}\nsurprise = 1\n"), &kept.replace("127.0.0.1:0", "nowhere")] {
        std::fs::write(&config, broken).unwrap();
        refuses(&world).says("poterne.toml");
    }
    std::fs::write(&config, kept).unwrap();

    // Fewer descriptors than its sessions need: refused at once, not noticed by a lost recording.
    refuses_under(&world, "--nofile=64:64").says("fichiers");

    // All of it mended: it opens, and everything is still there.
    world.open_door();
    world.client(TECHNICIAN).exec("true").exits(0);
    world.says(BENEFICIARY, "show i-1").exits(0).says("i-1");
    assert_eq!(world.ended(2), ["finished"; 2]);
}

/// A site's file that is broken in any way is refused whole, with its place.
#[test]
fn a_broken_description_changes_nothing() {
    let world = World::start();
    let site = world.path("site.toml");
    let kept = std::fs::read_to_string(&site).unwrap();
    let zone = kept.lines().find(|line| line.starts_with("zone")).unwrap().to_owned();
    for (broken, says) in [
        (kept.replace(&zone, "zone = \"Europe/Nulle_Part\""), "Nulle_Part"),
        (kept.replacen("[establishment]", "[establishment", 1), "site.toml"),
        (format!("{kept}\nsurprise = true\n"), "surprise"),
        (kept.replacen('\n', "\n\0\n", 1), "site.toml"),
        (String::new(), "establishment"),
    ] {
        std::fs::write(&site, broken).unwrap();
        let done = world.poterne(&["apply", site.to_str().unwrap(), "--yes"]);
        assert_ne!(done.status, Some(0), "{says}: {}", done.said());
        done.says(says);
    }
    std::fs::write(&site, kept).unwrap();
    world.intervention();
    world.client(TECHNICIAN).exec("true").exits(0);
    assert_eq!(world.traced("site-applied", 1).len(), 1, "the first one only");
}
