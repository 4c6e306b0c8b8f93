//! OpenSSH's sftp and scp: folders, ten thousand files, and what breaks off.

use super::{
    BYTES, LINES, REST, awkward, broke_off, broken, endless, length, many, named, same, sha256_after, text,
    told, until_begun,
};
use crate::support::client::Running;
use crate::support::site::{ENGLISH, SECOND, TECHNICIAN, THIRD};
use crate::support::world::World;
use crate::support::{PATIENCE, finish, sha256, signal};

/// `sftp` with these commands, not yet started.
fn sftp(world: &World, person: &str, commands: &[String]) -> std::process::Command {
    let batch = world.path(&format!("batch-{person}"));
    std::fs::write(&batch, commands.join("\n") + "\n").unwrap();
    let client = world.client(person);
    let mut command = client.openssh("sftp");
    command.arg("-b").arg(batch).arg(client.equipment());
    command
}

#[test]
fn sftp_carries_folders_and_ten_thousand_files() {
    const COUNT: usize = 10_000;
    let world = World::start();
    world.intervention();
    let (odd, odd_there, odd_back) = (world.path("odd"), world.sshd.path("odd"), world.path("back"));
    awkward(&odd, &[LINES, BYTES]);
    let (lot, lot_there, lot_back) = (world.path("lot"), world.sshd.path("lot"), world.path("lot-back"));
    many(&lot, COUNT);
    let commands = [
        format!("put -r {} {}", text(&odd), text(&odd_there)),
        format!("get -r {} {}", text(&odd_there), text(&odd_back)),
        format!("put -r {} {}", text(&lot), text(&lot_there)),
        format!("get -r {0}/7 {1}", text(&lot_there), text(&lot_back)),
    ];
    finish(sftp(&world, TECHNICIAN, &commands), 2 * PATIENCE).exits(0);
    assert_eq!(world.ended(1), ["finished"]);
    let ledger = world.ledger();
    same(&odd, &odd_back);
    let files = same(&odd, &odd_there);
    named(&ledger, "in", &odd_there, &files);
    named(&ledger, "out", &odd_there, &files);
    named(&ledger, "in", &lot_there, &same(&lot, &lot_there));
    named(&ledger, "out", &lot_there.join("7"), &same(&lot.join("7"), &lot_back));
}

#[test]
fn the_old_scp_carries_folders() {
    let world = World::start();
    world.intervention();
    let (odd, there, back) = (world.path("odd"), world.sshd.path("là bas"), world.path("back"));
    // Its lines end where a name's would, and its client writes such a name otherwise.
    awkward(&odd, &[BYTES]);
    for (person, from, to) in [(SECOND, None, Some(&there)), (THIRD, Some(&there), None)] {
        let client = world.client(person);
        // It is the equipment's shell that would read the name.
        let remote = |path: &std::path::PathBuf| format!("{}:'{}'", client.equipment(), path.display());
        let mut command = client.openssh("scp");
        command.args(["-O", "-r", "-p"]);
        command.arg(from.map_or_else(|| text(&odd), remote)).arg(to.map_or_else(|| text(&back), remote));
        finish(command, PATIENCE).exits(0);
    }
    assert_eq!(world.ended(2), ["finished"; 2]);
    let ledger = world.ledger();
    same(&odd, &back);
    let files = same(&odd, &there);
    // Below the folder of the command line stands the folder that was announced.
    named(&ledger, "in", &there.join("odd"), &files);
    named(&ledger, "out", &there.join("là bas"), &files);
}

#[test]
fn sftp_takes_up_what_broke_off() {
    let world = World::start();
    world.intervention();
    let (up, up_there) = (world.path("up"), world.sshd.path("up"));
    let (down, down_there) = (world.path("down"), world.sshd.path("down"));
    endless(&up);
    endless(&down_there);

    // Its ssh is killed: the connection breaks.
    let mut putting =
        Running::new(&world, sftp(&world, SECOND, &[format!("put {} {}", text(&up), text(&up_there))]));
    until_begun(&mut putting, &up_there);
    putting.children().into_iter().for_each(|child| signal("-KILL", child));
    assert_ne!(putting.ends(PATIENCE).status, Some(0));
    let have = broken(&world, 1, &up, &up_there);
    let resume = [format!("reput {} {}", text(&up), text(&up_there))];
    finish(sftp(&world, TECHNICIAN, &resume), PATIENCE).exits(0);
    assert_eq!(sha256(&up), sha256(&up_there));
    world.ended(2);
    let entries = told(&world.ledger(), &up_there, 2);
    broke_off(&entries, "in", "channel-ended");
    let rest = &entries[1]["data"];
    assert_eq!((&rest["content"], &rest["outcome"]), (&"appended".into(), &"complete".into()), "{rest}");
    assert_eq!((&rest["size"], &rest["sha256"]), (&REST.into(), &sha256_after(&world, &up, have).into()));

    // The program itself is killed: its ssh leaves in order.
    let mut getting =
        Running::new(&world, sftp(&world, THIRD, &[format!("get {} {}", text(&down_there), text(&down))]));
    until_begun(&mut getting, &down);
    drop(getting);
    let have = broken(&world, 3, &down_there, &down);
    let resume = [format!("reget {} {}", text(&down_there), text(&down))];
    finish(sftp(&world, ENGLISH, &resume), PATIENCE).exits(0);
    assert_eq!(sha256(&down), sha256(&down_there));
    assert_eq!(world.ended(4), ["connection-lost", "finished", "finished", "finished"]);
    let entries = told(&world.ledger(), &down_there, 2);
    assert!(broke_off(&entries, "out", "channel-ended")["size"].as_u64().unwrap() >= have);
    let rest = &entries[1]["data"];
    assert_eq!((&rest["content"], &rest["outcome"]), (&"part".into(), &"complete".into()), "{rest}");
    assert_eq!((&rest["offset"], &rest["size"]), (&have.into(), &REST.into()), "{rest}");
    assert_eq!(rest["sha256"], sha256_after(&world, &down, have), "{rest}");
    assert_eq!(length(&down), have + REST);
}
