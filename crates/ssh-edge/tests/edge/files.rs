//! Files: SFTP and both forms of SCP with OpenSSH's clients, and PuTTY's clients.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use testkit::CODE;
use tokio::process::Command;
use vocab::{Ending, Right, Rights};

use crate::support::client::{Client, Done, finish, finish_within};
use crate::support::facts::{EQUIPMENT, PERSON};
use crate::support::sshd::Sshd;
use crate::support::world::World;
use crate::support::{run, until};

const MIB: usize = 1 << 20;

fn noise(folder: &Path, name: &str, length: usize) -> PathBuf {
    let path = folder.join(name);
    run("sh", &["-c", &format!("head -c {length} /dev/urandom > '{}'", path.display())]);
    path
}

fn sha256(path: &Path) -> String {
    run("sha256sum", &[path.to_str().unwrap()]).split_whitespace().next().unwrap().to_owned()
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Runs `sftp` with these commands.
async fn sftp(client: &Client<'_>, world: &World, commands: &[String], limit: Duration) -> Done {
    let batch = world.folder.path().join("batch");
    std::fs::write(&batch, commands.join("\n") + "\n").unwrap();
    let mut command = client.program("sftp");
    command.arg("-b").arg(&batch).arg(client.host());
    finish_within(command.spawn().unwrap(), limit).await
}

/// One file each way at OpenSSH's ordinary request depth, named in the ledger with its hash.
async fn both_ways(length: usize, limit: Duration) {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let (up, down) = (noise(world.folder.path(), "up", length), noise(sshd.folder(), "there", length));
    let (up_there, down_here) = (sshd.path("up-there"), world.folder.path().join("down-here"));
    let speed = |start: Instant| length as f64 / MIB as f64 / start.elapsed().as_secs_f64();
    let start = Instant::now();
    let done =
        sftp(&world.client(), &world, &[format!("put {} {}", text(&up), text(&up_there))], limit).await;
    println!("sftp put {} MiB: {:.0} MiB/s", length / MIB, speed(start));
    assert_eq!(done.status, Some(0), "{done:?}\n{}", sshd.log());
    let start = Instant::now();
    let done =
        sftp(&world.client(), &world, &[format!("get {} {}", text(&down), text(&down_here))], limit).await;
    println!("sftp get {} MiB: {:.0} MiB/s", length / MIB, speed(start));
    assert_eq!(done.status, Some(0), "{done:?}\n{}", sshd.log());
    for (one, other, direction) in [(&up, &up_there, "\"in\""), (&down, &down_here, "\"out\"")] {
        let hash = sha256(one);
        assert_eq!(hash, sha256(other));
        let size = length.to_string();
        world.traced(&["file-passed", &hash, direction, "\"whole\"", "\"complete\"", &size], 1).await;
    }
    assert_eq!(world.ending().await, Ending::Finished);
    world.all_was_sent();
}

#[tokio::test(flavor = "multi_thread")]
async fn sftp_carries_files_both_ways() {
    both_ways(256 * MIB, Duration::from_secs(120)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sftp_carries_a_gibibyte_both_ways() {
    if std::env::var_os("POTERNE_LONG").is_some() {
        both_ways(1024 * MIB, Duration::from_secs(600)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sftp_holds_to_its_rights() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let here = noise(world.folder.path(), "here", 1000);
    let there = noise(sshd.folder(), "there", 1000);
    let put = format!("put {} {}", text(&here), text(&sshd.path("new")));
    let get = format!("get {} {}", text(&there), text(&world.folder.path().join("got")));
    let list = format!("ls {}", text(sshd.folder()));
    let limit = Duration::from_secs(20);

    world.rights(Rights::NONE.with(Right::SftpRead));
    let done = sftp(&world.client(), &world, &[list.clone(), get.clone()], limit).await;
    assert_eq!(done.status, Some(0), "{done:?}");
    let done = sftp(&world.client(), &world, std::slice::from_ref(&put), limit).await;
    assert_ne!(done.status, Some(0), "{done:?}");
    assert!(!sshd.path("new").exists());

    world.rights(Rights::NONE.with(Right::SftpWrite));
    let done = sftp(&world.client(), &world, &[put], limit).await;
    assert_eq!((done.status, sshd.path("new").exists()), (Some(0), true), "{done:?}");
    let done = sftp(&world.client(), &world, std::slice::from_ref(&get), limit).await;
    assert_ne!(done.status, Some(0), "{done:?}");

    // Without a reason on the intervention nothing leaves, whatever the rights (E9).
    world.rights(Rights::NONE.with(Right::SftpRead));
    world.site.change(|facts| facts.interventions[0].reason_out = None);
    std::fs::remove_file(world.folder.path().join("got")).unwrap();
    let done = sftp(&world.client(), &world, &[get], limit).await;
    assert!(done.status != Some(0) && done.err.matches("(E9)").count() == 1, "said once, by rule: {done:?}");
    world.traced(&["request-refused", "no-reason-to-take-out"], 1).await;

    world.rights(Rights::NONE.with(Right::Exec));
    let done = sftp(&world.client(), &world, &[list], limit).await;
    assert!(done.status != Some(0) && done.err.contains("`sftp-read`"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn small_files_and_changes_are_each_named() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let folder = world.folder.path().join("many");
    std::fs::create_dir(&folder).unwrap();
    for number in 0..200 {
        std::fs::write(folder.join(format!("file-{number}")), format!("content {number}")).unwrap();
    }
    let there = sshd.path("many");
    let commands = [
        format!("mkdir {}", text(&there)),
        format!("put {}/* {}", text(&folder), text(&there)),
        format!("rename {0}/file-0 {0}/renamed", text(&there)),
        format!("rm {}/file-1", text(&there)),
    ];
    let start = Instant::now();
    let done = sftp(&world.client(), &world, &commands, Duration::from_secs(60)).await;
    assert_eq!(done.status, Some(0), "{done:?}");
    println!("200 small files: {:?}", start.elapsed());
    world.ending().await;
    assert_eq!(world.log.with(&["file-passed", "\"in\""]).len(), 200);
    for (code, name) in [("mkdir", "many"), ("rename", "renamed"), ("remove", "file-1")] {
        assert!(
            !world.log.with(&["file-operation", name]).is_empty(),
            "{code}: {:#?}",
            world.log.with(&["file-operation"])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_forms_of_scp_carry_files_both_ways() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    for old in [false, true] {
        let tag = if old { "old" } else { "new" };
        let up = noise(world.folder.path(), &format!("up-{tag}"), 8 * MIB);
        let down = noise(sshd.folder(), &format!("there {tag}"), 8 * MIB);
        let copied = sshd.path(&format!("copied-{tag}"));
        let fetched = world.folder.path().join(format!("fetched-{tag}"));
        let client = world.client();
        let scp = async |from: &str, to: &str| {
            let mut command = client.program("scp");
            if old {
                command.arg("-O");
            }
            finish(command.args(["-p", from, to]).spawn().unwrap()).await
        };
        let remote = |path: &Path| format!("{}:{}", client.host(), text(path));
        let done = scp(&text(&up), &remote(&copied)).await;
        assert_eq!(done.status, Some(0), "{tag}: {done:?}\n{}", sshd.log());
        // The old protocol is quoted for a shell.
        let from = if old { remote(&down).replace("there old", "there\\ old") } else { remote(&down) };
        let done = scp(&from, &text(&fetched)).await;
        assert_eq!(done.status, Some(0), "{tag}: {done:?}\n{}", sshd.log());
        assert_eq!((sha256(&up), sha256(&down)), (sha256(&copied), sha256(&fetched)));
        for (path, direction) in [(&up, "\"in\""), (&down, "\"out\"")] {
            world.traced(&["file-passed", &sha256(path), direction], 1).await;
        }
        world.ending().await;
    }
    assert!(!world.log.with(&["channel-opened", "\"scp\""]).is_empty());
    world.all_was_sent();
}

#[tokio::test(flavor = "multi_thread")]
async fn rsync_needs_the_right_to_unparsed_bulk() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let file = noise(world.folder.path(), "file", 300_000);
    let there = sshd.path("synced");
    let client = world.client();
    let ssh = client.program("ssh");
    let words: Vec<_> = ssh.as_std().get_args().map(|word| word.to_str().unwrap().to_owned()).collect();
    let rsync = async || {
        let mut command = Command::new("rsync");
        command.arg("-e").arg(format!("ssh {}", words.join(" "))).arg(&file).arg(format!(
            "{}:{}",
            client.host(),
            text(&there)
        ));
        for (name, value) in ssh.as_std().get_envs() {
            command.env(name, value.unwrap());
        }
        finish(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
            .await
    };
    let done = rsync().await;
    assert_eq!((done.status, sha256(&file)), (Some(0), sha256(&there)), "{done:?}");
    world.ending().await;
    assert!(!world.log.with(&["unnamed-content", "stdin"]).is_empty());
    std::fs::remove_file(&there).unwrap();
    world.rights(Rights::NONE.with(Right::Exec));
    let done = rsync().await;
    assert!(done.status != Some(0) && done.err.contains("`bulk`") && !there.exists(), "{done:?}");
}

/// One of PuTTY's clients. The only question without echo is answered by `-pw`.
fn putty(world: &World, program: &str) -> Command {
    let folder = world.folder.path();
    let key = folder.join("id.ppk");
    if !key.exists() {
        run("puttygen", &[&text(&folder.join("id")), "-O", "private", "-o", &text(&key)]);
    }
    let host_key = crate::support::fingerprint(&folder.join("door.pub"));
    let mut command = Command::new(program);
    command
        .args(["-batch", "-hostkey", &host_key, "-P", &world.port.to_string(), "-pw", CODE])
        .arg("-i")
        .arg(key)
        .env("HOME", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn plink_runs_commands() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mut command = putty(&world, "plink");
    command.arg(format!("{PERSON}+{EQUIPMENT}@127.0.0.1")).arg("echo from plink; exit 5");
    let done = finish(command.spawn().unwrap()).await;
    assert_eq!((done.status, done.out.as_str()), (Some(5), "from plink\n"), "{done:?}");
    assert_eq!(world.ending().await, Ending::Finished);
    world.all_was_sent();
}

#[tokio::test(flavor = "multi_thread")]
async fn psftp_carries_files_both_ways() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let (up, down) = (noise(world.folder.path(), "up", 8 * MIB), noise(sshd.folder(), "there", 8 * MIB));
    let (up_there, down_here) = (sshd.path("up-there"), world.folder.path().join("down-here"));
    let batch = world.folder.path().join("batch");
    let commands =
        format!("put {} {}\nget {} {}\nquit\n", text(&up), text(&up_there), text(&down), text(&down_here));
    std::fs::write(&batch, commands).unwrap();
    let mut command = putty(&world, "psftp");
    command.arg("-b").arg(&batch).arg(format!("{PERSON}+{EQUIPMENT}@127.0.0.1"));
    let done = finish(command.spawn().unwrap()).await;
    assert_eq!(done.status, Some(0), "{done:?}");
    assert_eq!((sha256(&up), sha256(&down)), (sha256(&up_there), sha256(&down_here)));
    world.traced(&["file-passed", &sha256(&up)], 1).await;
    world.traced(&["file-passed", &sha256(&down)], 1).await;
    assert_eq!(world.ending().await, Ending::Finished);
    world.all_was_sent();
}

/// A transfer knows from its beginning whether files may leave: when the reason is taken back, it ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_reason_that_is_taken_back_ends_a_transfer() {
    use tokio::io::AsyncWriteExt as _;
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let (first, second) = (noise(sshd.folder(), "first", 1000), noise(sshd.folder(), "second", 1000));
    let (here, not_here) = (world.folder.path().join("here"), world.folder.path().join("not-here"));
    let client = world.client();
    let mut command = client.program("sftp");
    command.arg("-b").arg("-").arg(client.host()).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(format!("get {} {}\n", text(&first), text(&here)).as_bytes()).await.unwrap();
    until("the first is here", Duration::from_secs(20), || here.exists()).await;
    world.site.change(|facts| facts.interventions[0].reason_out = None);
    until("its channel is closed", Duration::from_secs(20), || {
        !world.log.with(&["channel-closed"]).is_empty()
    })
    .await;
    // A client that is gone takes no more commands.
    let _gone = stdin.write_all(format!("get {} {}\n", text(&second), text(&not_here)).as_bytes()).await;
    drop(stdin);
    finish_within(child, Duration::from_secs(60)).await;
    assert!(!not_here.exists());
}
