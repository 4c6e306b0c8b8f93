//! A technician's certificate: scripts need no code, and nobody else's certificate opens anything.

use std::path::{Path, PathBuf};

use crate::support::client::Client;
use crate::support::site::{SECOND, TECHNICIAN};
use crate::support::world::World;
use crate::support::{Done, PATIENCE, finish, make_key, run, until};

/// As a script does: nobody answers, and the certificate lies in a file.
fn script(world: &World, person: &str, certificate: &Path, target: &str, words: &[&str]) -> Done {
    let client = Client::new(world, person, String::new())
        .option("-oBatchMode=yes")
        .option(&format!("-oCertificateFile={}", certificate.display()));
    finish(client.ssh(target, words), PATIENCE)
}

/// A certificate as somebody else would make it.
fn forged(world: &World, person: &str, principal: &str, options: &[&str]) -> PathBuf {
    let authority = world.path("forger");
    if !authority.exists() {
        make_key(&authority);
    }
    let key = world.path(&format!("{person}.pub"));
    let copy = world.path("forged.pub");
    std::fs::copy(key, &copy).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (authority, copy) = (text(&authority), text(&copy));
    let mut words = vec!["-q", "-s", &authority, "-I", "poterne forged", "-n", principal, "-V", "-1m:+1h"];
    words.extend(options);
    words.push(&copy);
    run("ssh-keygen", &words);
    world.path("forged-cert.pub")
}

#[test]
fn a_script_needs_no_code_and_only_its_own_certificate_opens() {
    let world = World::start();
    world.intervention();
    let given = world.client(TECHNICIAN).command("certificate").exits(0);
    let certificate = world.path("given.pub");
    std::fs::write(&certificate, &given.out).unwrap();
    let mut read = finish(
        {
            let mut command = std::process::Command::new("ssh-keygen");
            command.arg("-L").arg("-f").arg(&certificate);
            command
        },
        PATIENCE,
    )
    .exits(0);
    for words in [TECHNICIAN, "source-address 127.0.0.1", "enrolment@poterne", "user certificate"] {
        read = read.says(words);
    }
    let equipment = world.client(TECHNICIAN).equipment();
    for round in ["one", "two"] {
        let done = script(&world, TECHNICIAN, &certificate, &equipment, &["echo", round]);
        assert_eq!(done.exits(0).out, format!("{round}\n"));
    }
    let (given, logins) = (world.traced("certificate-given", 1), world.traced("session-opened", 2));
    let all = world.ledger();
    let serial = all.iter().position(|entry| entry["code"] == "certificate-given").unwrap();
    let seconds = all.iter().filter(|entry| entry["code"] == "login-succeeded");
    let seconds: Vec<&str> =
        seconds.map(|entry| entry["data"]["second"].as_str().unwrap()).filter(|one| *one != "totp").collect();
    let expected = format!("certificate {serial}");
    assert_eq!(seconds, [expected.as_str(), expected.as_str()]);
    assert_eq!(given[0]["data"]["from"], "127.0.0.1");
    assert!(logins.iter().all(|opened| opened["data"]["second"] == "certificate"), "{logins:#?}");

    // Acts need the code, and so does the next certificate.
    let me = format!("{TECHNICIAN}@127.0.0.1");
    script(&world, TECHNICIAN, &certificate, &me, &["interventions"]).exits(0).says("i-1");
    for act in ["report i-1 fait", "certificate"] {
        script(&world, TECHNICIAN, &certificate, &me, &[act]).exits(1).says("code");
    }
    // In the name of another person, and certificates that somebody else made.
    let second = world.client(SECOND).equipment();
    script(&world, TECHNICIAN, &certificate, &second, &["echo", "in"]).exits(255);
    let source = ["-O", "clear", "-O", "source-address=127.0.0.1", "-O", "extension:enrolment@poterne=1"];
    for (principal, options) in [
        (TECHNICIAN, source.as_slice()),
        (TECHNICIAN, &[]),
        (&format!("{TECHNICIAN},{SECOND}"), &source),
        (SECOND, &["-O", "force-command=id"]),
    ] {
        let certificate = forged(&world, TECHNICIAN, principal, options);
        let done = script(&world, TECHNICIAN, &certificate, &equipment, &["echo", "in"]);
        done.exits(255);
    }
    // A new second factor makes it void; the key with the new code is still good for whoever vouches anew.
    world.enrol(TECHNICIAN);
    script(&world, TECHNICIAN, &certificate, &equipment, &["echo", "in"]).exits(255);
    for why in
        ["certificate-principal", "certificate-authority", "certificate-critical", "certificate-outlived"]
    {
        until(why, PATIENCE, || {
            let all = world.ledger();
            all.iter().any(|entry| entry["code"] == "login-refused" && entry["data"]["why"] == why)
        });
    }
    assert_eq!(world.ended(2), ["finished"; 2]);
}
