//! Backups: taken at work, restored on a bare machine, and never a silent fork.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::operators::get;
use crate::support::client::Client;
use crate::support::site::{BENEFICIARY, REQUESTER, SECOND, TECHNICIAN};
use crate::support::world::World;
use crate::support::{Done, PATIENCE, SmallDisk, finish, may_mount, run, until};

/// A backup of this world, taken now.
pub(crate) fn backup(world: &World, name: &str, more: &[&str]) -> PathBuf {
    let to = world.path(name);
    let done = world.poterne(&[&["backup", "--to", to.to_str().unwrap()], more].concat()).exits(0);
    done.says("La clé du coffre n'y est pas");
    to
}

/// The machine is lost; on a bare one there is nothing but the vault's key. Returns what the former one kept.
pub(crate) fn bare(world: &mut World, name: &str) -> PathBuf {
    let (data, former) = (world.path("data"), world.path(name));
    fs::rename(&data, &former).unwrap();
    fs::create_dir(&data).unwrap();
    run("cp", &["-p", former.join("vault.key").to_str().unwrap(), data.to_str().unwrap()]);
    former
}

pub(crate) fn restore(world: &World, backup: &Path) -> Done {
    restore_with(world, backup, &world.path("reader.key"))
}

fn restore_with(world: &World, backup: &Path, key: &Path) -> Done {
    world.poterne(&["restore", backup.to_str().unwrap(), "--key", key.to_str().unwrap()])
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn position(entries: &[Value], code: &str) -> usize {
    entries.iter().position(|entry| entry["code"] == code).unwrap()
}

/// A holder's key of `age`; returns its public half.
fn age_key(world: &World, name: &str) -> String {
    let path = world.path(name);
    run("age-keygen", &["-o", path.to_str().unwrap()]);
    let text = fs::read_to_string(&path).unwrap();
    text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned()
}

#[test]
fn taken_at_work_and_restored_on_a_bare_machine() {
    let mut world = World::start();
    world.intervention();
    world.client(TECHNICIAN).exec("exit 3").exits(3);
    assert_eq!(world.ended(1), ["finished"]);
    let given = world.client(TECHNICIAN).command("certificate").exits(0).out;
    fs::write(world.path("given.pub"), given).unwrap();
    let by_certificate = |world: &World| {
        let given = format!("-oCertificateFile={}", world.path("given.pub").display());
        Client::new(world, TECHNICIAN, String::new())
            .option("-oBatchMode=yes")
            .option(&given)
            .command("whoami")
    };
    by_certificate(&world).exits(0);
    let mut speaking = world.speaking(SECOND);
    let taken = backup(&world, "one.age", &[]);
    assert!(speaking.runs(), "it goes on: {}", speaking.said());
    assert_eq!(names(&world.path("data")).iter().filter(|name| *name == "leaving").count(), 0);
    let told = world.traced("backup-taken", 1);
    assert_eq!((&told[0]["by"], &told[0]["data"]["recordings"]), (&"host operator".into(), &2.into()));
    let measured = || get(world.metrics, "/metrics").contains("\npoterne_backup_timestamp_seconds 1");
    assert!(measured());
    // What comes after the backup is lost with the machine.
    world.says(REQUESTER, "request scanner-tm 'Après la sauvegarde'").exits(0).says("i-2");
    world.traced("intervention-requested", 2);
    world.kill_gate();
    speaking.ends(PATIENCE);
    let former = bare(&mut world, "former");

    let done = restore(&world, &taken).exits(0);
    let entries = told[0]["data"]["entries"].as_u64().unwrap();
    done.says(&format!("journal de valbrume : {entries} entrées")).says("l'ancienne machine");
    world.open_door();
    // Whoever was in when the backup was taken ended by crash; everything else is as it was.
    assert_eq!(world.ended(2), ["finished", "crash"]);
    world.says(BENEFICIARY, "interventions").exits(0).says("i-1").says_nothing_of("i-2");
    assert_eq!(by_certificate(&world).status, Some(255), "a certificate does not come back");
    world.client(TECHNICIAN).exec("exit 4").exits(4);
    assert_eq!(world.ended(3), ["finished", "crash", "finished"]);
    let ledger = world.ledger();
    let restored = &ledger[position(&ledger, "ledger-restored")];
    assert_eq!(
        position(&ledger, "ledger-restored") as u64,
        entries,
        "the first entry after what was restored"
    );
    for member in ["manifest", "taken", "entries", "root"] {
        assert_eq!(restored["data"][member], told[0]["data"][member], "{member}");
    }
    assert!(!ledger.iter().any(|entry| entry["code"] == "backup-taken"), "told after it was taken");
    // Whoever verifies is shown it; whoever kept a later checkpoint of the former log is told what is missing.
    let shown = world.verify(&world.evidence(), &["--lang", "en"]).exits(0);
    shown.says(&format!("restored at entry {entries} from a backup of")).says("Everything is whole.");
    let kept = former.join("evidence/valbrume/checkpoint");
    let since = world.verify(&world.evidence(), &["--lang", "en", "--since", kept.to_str().unwrap()]);
    since.exits(1).says(&format!("declared at entry {entries}: entries {entries} to"));
    // It is said once, and a second start does not say it again.
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    world.open_door();
    world.traced("ledger-restored", 1);
    // What a backup's time is kept for: the next start knows it.
    let again = backup(&world, "two.age", &[]);
    world.kill_gate();
    world.open_door();
    assert!(get(world.metrics, "/metrics").contains("\npoterne_backup_timestamp_seconds 1"));
    // What was restored is restored again: both stand in the ledger.
    world.kill_gate();
    bare(&mut world, "former-2");
    restore(&world, &again).exits(0);
    world.open_door();
    world.traced("ledger-restored", 2);
}

#[test]
fn taken_while_acts_go_on() {
    let mut world = World::start();
    // Each of these is an act: it changes database, vault and ledger.
    let act = |world: &World| world.poterne(&["enrol", TECHNICIAN]).exits(0);
    let enrolled = |world: &World| -> Vec<u64> {
        let of = |entry: &Value| {
            let his = entry["code"] == "second-factor-enrolled" && entry["data"]["person"] == TECHNICIAN;
            his.then(|| entry["data"]["enrolment"].as_u64().unwrap())
        };
        world.ledger().iter().filter_map(of).collect()
    };
    let backups: Vec<PathBuf> = std::thread::scope(|scope| {
        let world = &world;
        let taking =
            scope.spawn(|| (0..3).map(|round| backup(world, &format!("{round}.age"), &[])).collect());
        while !taking.is_finished() {
            act(world);
        }
        taking.join().unwrap()
    });
    world.traced("backup-taken", 3);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    for (round, taken) in backups.iter().enumerate() {
        bare(&mut world, &format!("former-{round}"));
        restore(&world, taken).exits(0);
        world.open_door();
        // Facts and ledger are of one moment: the next number follows the last one that was written down.
        let before = enrolled(&world);
        act(&world);
        let after = before.len() + 1;
        world.stop_gate();
        assert_eq!(world.gate_ends(), Some(0));
        assert_eq!(enrolled(&world), (1..=after as u64).collect::<Vec<_>>(), "round {round}");
    }
}

#[test]
fn what_is_no_whole_backup_of_this_gate_restores_nothing() {
    let mut world = World::start();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    // Where no gate runs, the command does it itself.
    let taken = backup(&world, "whole.age", &[]);
    // What exists is not overwritten, and what is not empty is not restored into.
    world.poterne(&["backup", "--to", taken.to_str().unwrap()]).exits(1).says("existe déjà");
    let full = restore(&world, &taken).exits(1);
    full.says("n'est pas vide");
    bare(&mut world, "former");
    let nothing_left = || assert_eq!(names(&world.path("data")), ["vault.key"]);

    let bytes = fs::read(&taken).unwrap();
    let altered = world.path("altered.age");
    let half = bytes.len() / 2;
    for (what, bytes) in [
        ("cut", bytes[..bytes.len() - 1].to_vec()),
        ("half", bytes[..half].to_vec()),
        ("longer", [bytes.as_slice(), b"x"].concat()),
        ("flipped", bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == half)).collect()),
        ("first", bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 3)).collect()),
        ("nothing", Vec::new()),
        ("another thing", b"SQLite format 3\0".repeat(1000)),
    ] {
        fs::write(&altered, bytes).unwrap();
        restore(&world, &altered)
            .exits(1)
            .says("n'est pas une sauvegarde entière")
            .says_nothing_of("panicked");
        nothing_left();
        assert!(!what.is_empty());
    }
    let other = world.path("other.key");
    world.asked(&["reader-key", other.to_str().unwrap(), "--label", "autre"]).exits(0);
    restore_with(&world, &taken, &other).exits(1).says("n'est pas chiffrée pour cette clé");
    nothing_left();
    // Another gate's configuration; another vault's key.
    let config = fs::read_to_string(world.path("poterne.toml")).unwrap();
    fs::write(world.path("poterne.toml"), config.replace("porte-1", "porte-2")).unwrap();
    restore(&world, &taken).exits(1).says("de la porte `porte-1`");
    fs::write(world.path("poterne.toml"), &config).unwrap();
    nothing_left();
    // An emergency that the backup knows nothing of.
    let refuge = world.path("secours");
    fs::create_dir(&refuge).unwrap();
    fs::write(refuge.join("held"), "7").unwrap();
    world.configure(&format!("refuge = \"{}\"", refuge.display()));
    restore(&world, &taken).exits(1).says("journal d'une urgence");
    fs::write(world.path("poterne.toml"), &config).unwrap();
    nothing_left();
    let key = world.path("data/vault.key");
    let own = fs::read(&key).unwrap();
    fs::write(&key, format!("poterne-vault-key-1 {}=\n", "A".repeat(43))).unwrap();
    restore(&world, &taken).exits(1).says_nothing_of("panicked");
    nothing_left();

    // Without the key nothing says whose it is: the first start does.
    let (away, data) = (world.path("away"), world.path("data"));
    fs::rename(&key, &away).unwrap();
    restore(&world, &taken).exits(0).says("Le coffre n'a pas été essayé");
    let declaration = fs::read_to_string(data.join("restored.json")).unwrap();
    fs::write(&key, own).unwrap();
    run("chmod", &["600", key.to_str().unwrap()]);
    let mut forged: Value = serde_json::from_str(&declaration).unwrap();
    forged["seal"] = "0".repeat(64).into();
    fs::write(data.join("restored.json"), forged.to_string()).unwrap();
    let refused = finish(world.command(&["serve"]), PATIENCE);
    refused.exits(1).says("forgée");
    fs::write(data.join("restored.json"), declaration).unwrap();
    world.open_door();
    world.traced("ledger-restored", 1);
}

#[test]
fn half_of_a_restoration_never_serves() {
    let mut world = World::start();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    fs::create_dir(world.path("data/restoring")).unwrap();
    let refused = finish(world.command(&["serve"]), PATIENCE);
    refused.exits(1).says("une restauration n'est pas finie");
    world.poterne(&["enrol", REQUESTER]).exits(1).says("une restauration n'est pas finie");
    fs::remove_dir(world.path("data/restoring")).unwrap();
    world.open_door();
}

#[test]
fn a_disk_that_is_full_is_said_and_nothing_is_left() {
    if !may_mount() {
        return;
    }
    let mut world = World::start();
    let small = world.path("small");
    fs::create_dir(&small).unwrap();
    let disk = SmallDisk::mount(&small);
    disk.shrink("64k");
    world
        .poterne(&["backup", "--to", small.to_str().unwrap()])
        .exits(1)
        .says("il n'en reste rien")
        .says("plus de place");
    assert_eq!(names(&small), [""; 0]);
    assert_eq!(names(&world.path("data")).iter().filter(|name| *name == "leaving").count(), 0);
    disk.shrink("64m");
    world.poterne(&["backup", "--to", small.to_str().unwrap()]).exits(0);
    world.traced("backup-taken", 1);
    let taken = small.join(names(&small).pop().unwrap());
    assert!(taken.to_str().unwrap().contains("poterne-porte-1-"), "{}", taken.display());
    // The other way round: no room where it is restored.
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    bare(&mut world, "former");
    let data = world.path("data");
    let key = fs::read(data.join("vault.key")).unwrap();
    let tight = SmallDisk::mount(&data);
    fs::write(data.join("vault.key"), &key).unwrap();
    run("chmod", &["600", data.join("vault.key").to_str().unwrap()]);
    tight.shrink("100k");
    restore(&world, &taken).exits(1).says("plus de place");
    assert_eq!(names(&data), ["vault.key"]);
    tight.shrink("320m");
    restore(&world, &taken).exits(0);
    world.open_door();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
}

#[test]
fn recordings_may_travel_apart() {
    let mut world = World::start();
    world.intervention();
    world.client(TECHNICIAN).exec("echo apart").exits(0);
    assert_eq!(world.ended(1), ["finished"]);
    let speaking = world.speaking(SECOND);
    let taken = backup(&world, "apart.age", &["--without-recordings"]);
    world.kill_gate();
    speaking.ends(PATIENCE);
    let former = bare(&mut world, "former");
    // The bare machine has no configuration either: that of the backup is taken.
    let config = fs::read_to_string(world.path("poterne.toml")).unwrap();
    fs::remove_file(world.path("poterne.toml")).unwrap();
    restore(&world, &taken).exits(0).says("1 enregistrements n'étaient pas dans la sauvegarde");
    assert_eq!(fs::read_to_string(world.path("poterne.toml")).unwrap(), config);
    let data = world.path("data");
    let check = || {
        let mut command = std::process::Command::new("sha256sum");
        command.args(["-c", "recordings-apart.sha256"]).current_dir(&data);
        finish(command, PATIENCE)
    };
    assert_eq!(check().status, Some(1), "it is not there");
    // The one that was live is in the backup, so that it can be closed; the other comes from its own copy.
    assert_eq!(world.recordings().len(), 1);
    let inside: Vec<PathBuf> = world.recordings();
    let copies = former.join("evidence/valbrume/recordings");
    for name in names(&copies) {
        let to = world.evidence().join("recordings").join(&name);
        if !inside.contains(&to) {
            fs::copy(copies.join(&name), to).unwrap();
        }
    }
    check().exits(0);
    world.open_door();
    assert_eq!(world.ended(2), ["finished", "crash"]);
}

/// What leaves opens without Poterne: `age`, `tar`, `sha256sum`.
#[test]
fn what_leaves_opens_with_standard_tools() {
    let mut world = World::start();
    let (one, two) = (age_key(&world, "one.txt"), age_key(&world, "two.txt"));
    let opened = |sealed: &Path, identity: &str, to: &str| {
        let to = world.path(to);
        let identity = world.path(identity);
        run(
            "age",
            &["-d", "-i", identity.to_str().unwrap(), "-o", to.to_str().unwrap(), sealed.to_str().unwrap()],
        );
        to
    };

    fs::write(world.path("holders"), format!("{one}\n{two}\n")).unwrap();
    let recipients = world.path("holders").to_str().unwrap().to_owned();
    let taken = backup(&world, "standard.age", &["--recipients", &recipients]);
    let archive = opened(&taken, "two.txt", "standard.tar");
    let folder = world.path("unpacked");
    fs::create_dir(&folder).unwrap();
    run("tar", &["xf", archive.to_str().unwrap(), "-C", folder.to_str().unwrap()]);
    let mut check = std::process::Command::new("sha256sum");
    check.args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&folder);
    finish(check, PATIENCE).exits(0);
    assert!(!run("find", &[folder.to_str().unwrap()]).contains("vault.key"));
    world.verify(&folder.join("evidence/valbrume"), &[]).exits(0).says("Tout est entier.");
    let export = |name: &str| {
        let to = world.path(name);
        (world.poterne(&["vault-export", "--to", to.to_str().unwrap()]), to)
    };
    export("none.age").0.exits(1).says("gate.holders");
    assert!(!world.path("none.age").exists() && !world.path("none.age.tmp").exists());
    // Whoever restores may have either kind of key.
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    bare(&mut world, "former");
    restore_with(&world, &taken, &world.path("one.txt")).exits(0);
    world.open_door();
    world.traced("ledger-restored", 1);
}

#[test]
fn the_vault_is_exported_for_two_holders_at_least() {
    let mut world = World::start();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let config = fs::read_to_string(world.path("poterne.toml")).unwrap();
    fs::write(world.path("poterne.toml"), config.replace("data =", "holders = \"holders\"\ndata =")).unwrap();
    world.open_door();
    let (one, two) = (age_key(&world, "one.txt"), age_key(&world, "two.txt"));
    let to = world.path("vault.age");
    let export = || world.poterne(&["vault-export", "--to", to.to_str().unwrap()]);
    fs::write(world.path("holders"), format!("{one}\n")).unwrap();
    export().exits(1).says("2 à 16 destinataires");
    fs::write(world.path("holders"), format!("{one}\n{two}\n")).unwrap();
    export().exits(0).says("1 comptes");
    export().exits(1).says("existe déjà");
    let told = world.traced("vault-exported", 1);
    assert_eq!(told[0]["data"]["recipients"], serde_json::json!([one, two]));
    assert_eq!(told[0]["data"]["accounts"], 1);
    for holder in ["one.txt", "two.txt"] {
        let identity = world.path(holder);
        let clear = run("age", &["-d", "-i", identity.to_str().unwrap(), to.to_str().unwrap()]);
        let lines: Vec<Value> = clear.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["format"], "poterne-vault-export-1");
        assert_eq!((&lines[1]["equipment"], &lines[1]["form"]), (&"scanner-1".into(), &"key".into()));
        assert_eq!(lines.last().unwrap()["end"], lines.len() - 2);
        // The key is the equipment's: its public half is what the equipment trusts.
        let private = world.path(&format!("{holder}.key"));
        fs::write(&private, lines[1]["key"].as_str().unwrap()).unwrap();
        run("chmod", &["600", private.to_str().unwrap()]);
        let public = run("ssh-keygen", &["-y", "-f", private.to_str().unwrap()]);
        let trusted = fs::read_to_string(world.sshd.path("authorized_keys")).unwrap();
        assert!(trusted.contains(public.split_whitespace().nth(1).unwrap()));
    }
    // Where equipment trusts certificates, what signs them is in the export.
    let site = world.path("site.toml");
    let text = fs::read_to_string(&site).unwrap();
    fs::write(&site, text.replace("secret = \"key\"", "secret = \"certificate\"")).unwrap();
    world.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0);
    let placed = world.poterne(&["account", "scanner-1.valbrume", "--certificate"]).exits(0).out;
    let folder = world.path("exports");
    fs::create_dir(&folder).unwrap();
    world.poterne(&["vault-export", "--to", folder.to_str().unwrap()]).exits(0);
    let sealed = folder.join(names(&folder).pop().unwrap());
    let identity = world.path("two.txt");
    let clear = run("age", &["-d", "-i", identity.to_str().unwrap(), sealed.to_str().unwrap()]);
    let lines: Vec<Value> = clear.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        (&lines[1]["form"], &lines[1]["principal"]),
        (&"certificate".into(), &"scanner-1.valbrume".into())
    );
    assert_eq!((&lines[2]["form"], &lines[3]["end"]), (&"authority".into(), &2.into()));
    let private = world.path("authority.key");
    fs::write(&private, lines[2]["key"].as_str().unwrap()).unwrap();
    run("chmod", &["600", private.to_str().unwrap()]);
    let public = run("ssh-keygen", &["-y", "-f", private.to_str().unwrap()]);
    assert!(placed.contains(public.split_whitespace().nth(1).unwrap()), "{placed}");
    // Neither the daily use nor its failures leave anything in the data folder.
    assert!(!names(&world.path("data")).contains(&"leaving".to_owned()));
}

/// Each of the three stores has its lock, and each says which it is.
#[test]
fn a_second_gate_is_refused_by_ledger_facts_and_vault_each() {
    let mut world = World::start();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    for (lock, says) in [
        ("data/evidence/valbrume/lock", "le journal de `valbrume` est tenu par une autre porte"),
        ("data/poterne.sqlite.lock", "une autre porte tient la base"),
        ("data/vault/lock", "un autre processus tient"),
    ] {
        let held = fs::OpenOptions::new().write(true).open(world.path(lock)).unwrap();
        held.lock().unwrap();
        let refused = finish(world.command(&["serve"]), PATIENCE);
        refused.exits(1).says(says).says_nothing_of("panicked");
        held.unlock().unwrap();
    }
    world.open_door();
    until("it is well", PATIENCE, || world.poterne(&["session", "list"]).status == Some(0));
    world.traced("gate-started", 2);
}

#[test]
fn one_backup_at_a_time() {
    let world = World::start();
    backup(&world, "one.age", &[]);
    let held = fs::OpenOptions::new().write(true).open(world.path("data/leaving.lock")).unwrap();
    held.lock().unwrap();
    let to = world.path("two.age");
    world.poterne(&["backup", "--to", to.to_str().unwrap()]).exits(1).says("une autre sauvegarde");
    assert!(!to.exists());
    held.unlock().unwrap();
    // What one that was killed left is in nobody's way.
    fs::write(world.path("two.age.tmp"), b"half").unwrap();
    backup(&world, "two.age", &[]);
    assert!(!world.path("two.age.tmp").exists());
}

const OLDER: &str = "
import os, sqlite3, sys
path = sys.argv[1]
former = sqlite3.connect(path)
steps = former.execute('select version, name, applied_at, sql from migration order by version').fetchall()
table, = former.execute(\"select sql from sqlite_master where name = 'migration'\").fetchone()
owner, = former.execute('pragma application_id').fetchone()
former.close()
os.remove(path)
db = sqlite3.connect(path)
db.executescript(f'pragma application_id = {owner};' + table)
for step in steps[:-1]:
    db.executescript(step[3])
    db.execute('insert into migration values (?, ?, ?, ?)', step)
db.commit()
";

const NEWER: &str = "
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute(\"insert into migration values (99, 'x', 0, 'x')\")
db.commit()
";

/// Before an update changes the schema the database is copied, and whoever goes back finds it.
#[test]
fn an_update_keeps_the_former_database() {
    let mut world = World::start();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let data = world.path("data");
    let python = |program: &str| {
        run("python3", &["-c", program, data.join("poterne.sqlite").to_str().unwrap()]);
    };
    // The database as the program before the last step of the schema would have made it.
    python(OLDER);
    let kept = || names(&data).into_iter().filter(|name| name.contains(".schema-")).collect::<Vec<_>>();
    assert_eq!(kept(), [""; 0]);
    let site = world.path("site.toml");
    let apply = || world.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0);
    apply().says("Base copiée avant le changement de son schéma");
    assert_eq!(kept().len(), 1);
    apply().says_nothing_of("Base copiée");
    assert_eq!(kept().len(), 1, "once");
    // A database of a program to come is left alone.
    python(NEWER);
    let refused = finish(world.command(&["serve"]), PATIENCE);
    refused.exits(1).says("la base a le schéma 99").says("remettez la copie faite avant");
    fs::rename(data.join(&kept()[0]), data.join("poterne.sqlite")).unwrap();
    world.open_door();
}
