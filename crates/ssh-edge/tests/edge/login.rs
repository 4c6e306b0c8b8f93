//! The login: its order, its limits, and what it does not tell.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use ssh_edge::Settings;

use crate::support::client::{Client, Done, finish};
use crate::support::sshd::Sshd;
use crate::support::world::World;
use crate::support::{make_key, memory, run, until};

async fn check(done: Done, world: &World, reason: &str) {
    assert_eq!(done.status, Some(255), "{done:?}");
    assert_eq!(world.sessions(), 0);
    until(reason, Duration::from_secs(5), || !world.log.with(&["login-refused", reason]).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_factors_are_needed() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let stranger = world.folder.path().join("stranger");
    make_key(&stranger);
    check(world.client().key(Some(&stranger)).run(&["true"]).await, &world, "\"key\"").await;
    check(world.client().user("nobody+scanner").run(&["true"]).await, &world, "nobody").await;
    check(world.client().code("000000").run(&["true"]).await, &world, "second-factor").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_wrong_codes_lock_the_person() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let done = world.client().option("LogLevel=INFO").code("000000").run(&["true"]).await;
    assert!(done.err.contains("locked for a minute") || done.out.contains("locked for a minute"), "{done:?}");
    check(done, &world, "locked").await;
    // The right code does not help for a minute.
    let done = world.client().run(&["true"]).await;
    assert_eq!(done.status, Some(255), "{done:?}");
    assert_eq!(world.log.with(&["login-refused", "second-factor"]).len(), 2, "{:#?}", world.log.texts());
    world.traced(&["person-locked"], 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_second_factor_without_a_key() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    for methods in ["keyboard-interactive", "password", "none", "keyboard-interactive,password"] {
        let client = world.client().key(None).option("PubkeyAuthentication=no");
        let done = client.option(&format!("PreferredAuthentications={methods}")).run(&["true"]).await;
        assert_eq!(done.status, Some(255), "{methods}: {done:?}");
    }
    assert_eq!(world.sessions(), 0);
    assert!(world.log.with(&["login-succeeded"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_banner_says_that_it_is_recorded() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let done = world.client().option("LogLevel=INFO").run(&["true"]).await;
    assert_eq!(done.status, Some(0), "{done:?}");
    for word in ["enregistrée", "recorded", "180"] {
        assert!(done.err.contains(word), "{word}: {done:?}");
    }
    assert_eq!(done.out, "");
}

async fn with_key(world: &World, kind: &str, bits: &str, enrol: bool) -> Done {
    let path = world.folder.path().join(format!("key-{kind}-{bits}"));
    run("ssh-keygen", &["-q", "-t", kind, "-b", bits, "-N", "", "-f", path.to_str().unwrap()]);
    if enrol {
        enrol_key(world, &path);
    }
    world.client().key(Some(&path)).run(&["true"]).await
}

fn enrol_key(world: &World, path: &Path) {
    let key = domain::Fingerprint(crate::support::fingerprint(&path.with_extension("pub")));
    world.site.change(|facts| {
        facts.staff[0].credentials.vouched.push(testkit::fiction::vouched_key(&key));
        let known = domain::PersonKey { line: String::new(), fingerprint: key };
        facts.staff[0].person.keys.push(known);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn modern_keys_log_in_and_old_ones_do_not() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    for (kind, bits) in [("ecdsa", "256"), ("ecdsa", "521"), ("rsa", "3072")] {
        let done = with_key(&world, kind, bits, true).await;
        assert_eq!(done.status, Some(0), "{kind} {bits}: {done:?}");
    }
    let done = with_key(&world, "rsa", "2048", true).await;
    assert_eq!(done.status, Some(255), "{done:?}");
    let rsa = world.folder.path().join("key-rsa-3072");
    let done = world.client().key(Some(&rsa)).option("PubkeyAcceptedAlgorithms=ssh-rsa").run(&["true"]).await;
    assert_eq!(done.status, Some(255), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_full_of_keys_gets_to_the_right_one() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let keys: Vec<_> = (0..5).map(|number| world.folder.path().join(format!("other-{number}"))).collect();
    keys.iter().for_each(|path| make_key(path));
    let right = world.folder.path().join("id");
    let client = |extra: &[std::path::PathBuf]| {
        let client = extra.iter().fold(world.client().key(None), |client, path| {
            client.option(&format!("IdentityFile={}", path.display()))
        });
        client.option(&format!("IdentityFile={}", right.display()))
    };
    let done = client(&keys).run(&["true"]).await;
    assert_eq!(done.status, Some(0), "{done:?}");
    // And locks nobody.
    let done = world.client().run(&["true"]).await;
    assert_eq!(done.status, Some(0), "{done:?}");
    assert!(world.log.with(&["person-locked"]).is_empty());
    let seventh = world.folder.path().join("other-5");
    make_key(&seventh);
    let all: Vec<_> = keys.iter().cloned().chain([seventh]).collect();
    assert_eq!(client(&all).run(&["true"]).await.status, Some(255));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_says_nothing_of_the_name() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let stranger = world.folder.path().join("stranger");
    make_key(&stranger);
    let time = async |client: Client<'_>| {
        let start = Instant::now();
        assert_eq!(client.key(Some(&stranger)).run(&["true"]).await.status, Some(255));
        start.elapsed()
    };
    let mut spans = Vec::new();
    for _ in 0..3 {
        for user in ["a.martin+scanner", "nobody+scanner", "a.martin", "not a name!"] {
            spans.push(time(world.client().user(user)).await);
        }
    }
    // Whatever is checked takes less than the delay that hides it; how much more passes is the machine's load.
    let hidden = Settings::default().hide;
    assert!(spans.iter().all(|span| *span >= hidden), "{spans:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_logs_nobody_in() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let at = |name: &str| world.folder.path().join(name).to_str().unwrap().to_owned();
    make_key(Path::new(&at("ca")));
    run("ssh-keygen", &["-q", "-s", &at("ca"), "-I", "x", "-n", "a.martin", "-V", "+5m", &at("id.pub")]);
    let client = world.client().option(&format!("CertificateFile={}", at("id-cert.pub")));
    // The plain key of the same pair still does.
    let done = client.run(&["true"]).await;
    assert_eq!(done.status, Some(0), "{done:?}");
    world.traced(&["login-refused", "certificate"], 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_takes_too_long_is_dropped() {
    let sshd = Sshd::start().await;
    let settings = Settings { login_grace: Duration::from_secs(2), ..Settings::default() };
    let world = World::with(&sshd, |_| {}, settings).await;
    let connect = || TcpStream::connect(("127.0.0.1", world.port)).unwrap();
    let mut silent = connect();
    let mut endless = connect();
    endless.write_all(&[b'x'; 200]).unwrap();
    let mut polite = connect();
    polite.write_all(b"SSH-2.0-polite\r\n").unwrap();
    let mut garbage = connect();
    garbage.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut newkeys = connect();
    newkeys.write_all(b"SSH-2.0-x\r\n\0\0\0\x0c\x0a\x15\0\0\0\0\0\0\0\0\0\0").unwrap();
    let all = [&mut silent, &mut endless, &mut polite, &mut garbage, &mut newkeys];
    for (number, stream) in all.into_iter().enumerate() {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut sink = Vec::new();
        // Closed or reset: both are an end. It is the gate's doing: this side says nothing more.
        let end = stream.read_to_end(&mut sink);
        let open =
            end.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
        assert!(!open, "connection {number} is still open");
    }
    assert_eq!(world.client().run(&["true"]).await.status, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_silent_connections_keep_nobody_out() {
    let sshd = Sshd::start().await;
    let world = World::alone(&sshd, Settings::default()).await;
    let start = memory();
    let mut silent = Vec::new();
    for number in 0..1_000 {
        let mut stream = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
        if number % 2 == 0 {
            // What displaced it may have come first.
            let _displaced = stream.write_all(b"SSH-2.0-x\r\n");
        }
        silent.push(stream);
    }
    let done = world.client().run(&["true"]).await;
    assert_eq!(done.status, Some(0), "{done:?}");
    let grown = memory().saturating_sub(start);
    println!("a login among 1,000 silent connections: memory + {} KiB", grown / 1024);
    assert!(grown < 32 << 20, "{grown}");
}

/// Whoever looks for his telephone is asked nothing meanwhile: OpenSSH's client takes a keep-alive for a fault then.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_may_take_its_time() {
    let sshd = Sshd::start().await;
    let settings = ssh_edge::Settings { keep_alive: Duration::from_millis(500), ..Default::default() };
    let world = World::with(&sshd, |_| {}, settings).await;
    let client = world.client();
    let slow = world.folder.path().join("slow");
    std::fs::write(&slow, format!("#!/bin/sh\nsleep 2\necho '{}'\n", testkit::CODE)).unwrap();
    run("chmod", &["700", slow.to_str().unwrap()]);
    let done = finish(client.ssh(&["true"]).env("SSH_ASKPASS", &slow).spawn().unwrap()).await;
    assert_eq!(done.status, Some(0), "{done:?}");
}
