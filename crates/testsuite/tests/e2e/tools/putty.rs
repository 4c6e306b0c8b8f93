//! PuTTY's psftp, pscp and plink.

use std::process::Stdio;

use super::{
    LINES, REST, awkward, broke_off, broken, endless, many, named, same, sha256_after, text, told,
    until_begun, without,
};
use crate::support::client::Running;
use crate::support::site::{ENGLISH, SECOND, TECHNICIAN, THIRD};
use crate::support::world::World;
use crate::support::{PATIENCE, finish, sha256};

/// `psftp` with these commands, not yet started.
fn psftp(world: &World, person: &str, commands: &[String]) -> std::process::Command {
    let batch = world.path(&format!("batch-{person}"));
    std::fs::write(&batch, commands.join("\n") + "\nquit\n").unwrap();
    let client = world.client(person);
    let mut command = client.putty("psftp");
    command.arg("-b").arg(batch).arg(client.equipment());
    command
}

#[test]
fn putty_carries_folders() {
    let world = World::start();
    world.intervention();
    // All that `-pw` has to say here is the code; what comes in begins with a Ctrl-C.
    let (odd, there, back) = (world.path("odd"), world.sshd.path("odd"), world.path("back"));
    awkward(&odd, &[LINES]);
    let client = world.client(TECHNICIAN);
    let mut command = client.putty("plink");
    command.arg(client.equipment()).arg("cat; exit 7");
    let input = Stdio::from(std::fs::File::open(odd.join("binaire")).unwrap());
    let plink = Running::with_input(&world, command, input);
    let out = plink.out().to_owned();
    plink.ends(PATIENCE).exits(7);
    assert_eq!(sha256(&out), sha256(&odd.join("binaire")));

    let (lot, lot_there) = (world.path("lot"), world.sshd.path("lot"));
    many(&lot, 1000);
    let commands = [
        format!("put -r {} {}", text(&odd), text(&there)),
        format!("get -r {} {}", text(&there), text(&back)),
        format!("put -r {} {}", text(&lot), text(&lot_there)),
    ];
    finish(psftp(&world, SECOND, &commands), PATIENCE).exits(0);
    assert_eq!(world.ended(2), ["finished"; 2]);
    let ledger = world.ledger();
    same(&odd, &back);
    let files = same(&odd, &there);
    named(&ledger, "in", &there, &files);
    named(&ledger, "out", &there, &files);
    named(&ledger, "in", &lot_there, &same(&lot, &lot_there));
}

#[test]
fn pscp_speaks_both_dialects() {
    let world = World::start();
    world.intervention();
    let mut all = Vec::new();
    for (dialect, people) in [("-scp", [TECHNICIAN, SECOND]), ("-sftp", [THIRD, ENGLISH])] {
        let (odd, back) = (world.path(&format!("odd{dialect}")), world.path(&format!("back{dialect}")));
        let there = world.sshd.path(&format!("odd{dialect}"));
        awkward(&odd, &[]);
        // By itself this client takes no name of nothing but dots and nothing before a backslash; in the old dialect
        // no blank before a name.
        without(&odd, &["...", "arrière\\oblique"]);
        if dialect == "-scp" {
            without(&odd, &[" blancs autour "]);
        }
        for (person, up) in people.into_iter().zip([true, false]) {
            let client = world.client(person);
            let remote = |path: String| format!("{}:{path}", client.equipment());
            let mut command = client.putty("pscp");
            command.args([dialect, "-r", "-p"]);
            if up {
                command.arg(&odd).arg(remote(text(there.parent().unwrap())));
            } else {
                std::fs::create_dir(&back).unwrap();
                command.arg(remote(text(&there))).arg(&back);
            }
            finish(command, PATIENCE).exits(0);
        }
        same(&odd, &back.join(there.file_name().unwrap()));
        // The old dialect announces the folder that its command line names.
        let read = if dialect == "-scp" { there.join("odd-scp") } else { there.clone() };
        all.push((same(&odd, &there), there, read));
    }
    assert_eq!(world.ended(4), ["finished"; 4]);
    let ledger = world.ledger();
    for (files, written, read) in all {
        named(&ledger, "in", &written, &files);
        named(&ledger, "out", &read, &files);
    }
}

#[test]
fn psftp_takes_up_what_broke_off() {
    let world = World::start();
    world.intervention();
    let (up, up_there) = (world.path("up"), world.sshd.path("up"));
    let (down, down_there) = (world.path("down"), world.sshd.path("down"));
    endless(&up);
    endless(&down_there);
    let mut putting =
        Running::new(&world, psftp(&world, TECHNICIAN, &[format!("put {} {}", text(&up), text(&up_there))]));
    until_begun(&mut putting, &up_there);
    drop(putting);
    let have_there = broken(&world, 1, &up, &up_there);
    let mut getting =
        Running::new(&world, psftp(&world, SECOND, &[format!("get {} {}", text(&down_there), text(&down))]));
    until_begun(&mut getting, &down);
    drop(getting);
    let have_here = broken(&world, 2, &down_there, &down);
    let resume = [
        format!("reput {} {}", text(&up), text(&up_there)),
        format!("reget {} {}", text(&down_there), text(&down)),
    ];
    finish(psftp(&world, THIRD, &resume), PATIENCE).exits(0);
    assert_eq!(world.ended(3), ["connection-lost", "connection-lost", "finished"]);
    let ledger = world.ledger();
    for (here, there, direction, have) in
        [(&up, &up_there, "in", have_there), (&down, &down_there, "out", have_here)]
    {
        assert_eq!(sha256(here), sha256(there));
        let entries = told(&ledger, there, 2);
        broke_off(&entries, direction, "channel-ended");
        let rest = &entries[1]["data"];
        assert_eq!((&rest["content"], &rest["outcome"]), (&"part".into(), &"complete".into()), "{rest}");
        assert_eq!((&rest["offset"], &rest["size"]), (&have.into(), &REST.into()), "{rest}");
        assert_eq!(rest["sha256"], sha256_after(&world, here, have), "{rest}");
    }
}
