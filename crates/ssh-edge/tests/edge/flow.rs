//! Flow: both ways at once, either side stalled, over a renewal of keys.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use ssh_edge::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vocab::Ending;

use crate::support::client::{finish, finish_within};
use crate::support::sshd::{Sshd, kill};
use crate::support::world::World;
use crate::support::{memory, processor_time, run, until};

const MIB: usize = 1 << 20;

/// A file of bytes that nothing can compress.
fn noise(folder: &Path, name: &str, length: usize) -> PathBuf {
    let path = folder.join(name);
    let text = path.to_str().unwrap();
    run("sh", &["-c", &format!("head -c {length} /dev/urandom > {text}")]);
    path
}

fn same(one: &Path, other: &Path) {
    run("cmp", &[one.to_str().unwrap(), other.to_str().unwrap()]);
}

async fn echo(length: usize, options: &[&str], limit: Duration) {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let before = noise(world.folder.path(), "before", length);
    let after = world.folder.path().join("after");
    let client = options.iter().fold(world.client(), |client, option| client.option(option));
    let (input, output) = (std::fs::File::open(&before).unwrap(), std::fs::File::create(&after).unwrap());
    let start = Instant::now();
    let child = client.ssh(&["cat"]).stdin(input).stdout(Stdio::from(output)).spawn().unwrap();
    let done = finish_within(child, limit).await;
    let speed = length as f64 / MIB as f64 / start.elapsed().as_secs_f64();
    println!("{} MiB each way: {speed:.0} MiB/s", length / MIB);
    assert_eq!(done.status, Some(0), "{}\n{}", done.err, sshd.log());
    same(&before, &after);
    assert_eq!(world.ending().await, Ending::Finished);
    let unnamed = world.log.with(&["unnamed-content", &length.to_string()]);
    assert_eq!(unnamed.len(), 2, "{unnamed:#?}");
    world.all_was_sent();
}

#[tokio::test(flavor = "multi_thread")]
async fn bulk_crosses_both_ways_at_once() {
    echo(200 * MIB, &[], Duration::from_secs(120)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_renewed_by_the_client_while_bulk_crosses() {
    echo(64 * MIB, &["RekeyLimit=8M"], Duration::from_secs(120)).await;
}

/// Longer than CI's ordinary run; `POTERNE_LONG=1` runs it.
fn long() -> bool {
    std::env::var_os("POTERNE_LONG").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_renewed_by_the_gate_after_a_gibibyte() {
    if long() {
        echo(1400 * MIB, &[], Duration::from_secs(600)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_renewed_by_the_equipment_while_bulk_crosses() {
    let sshd = Sshd::start_with("RekeyLimit 4M").await;
    let world = World::start(&sshd).await;
    let done = world.client().run(&["head -c 67108864 /dev/zero"]).await;
    assert_eq!((done.status, done.bytes.len()), (Some(0), 64 * MIB), "{}\n{}", done.err, sshd.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_grows_on_the_way_is_not_slowed_down() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let packed = world.folder.path().join("packed");
    run("sh", &["-c", &format!("head -c 268435456 /dev/zero | gzip -1 > {}", packed.display())]);
    let input = std::fs::File::open(&packed).unwrap();
    let start = Instant::now();
    let done = finish(world.client().ssh(&["gunzip | wc -c"]).stdin(input).spawn().unwrap()).await;
    assert_eq!(done.out.trim(), "268435456", "{done:?}");
    let input = std::fs::File::open(&packed).unwrap();
    let child = world.client().ssh(&["gunzip"]).stdin(input).spawn().unwrap();
    let done = finish(child).await;
    assert_eq!(done.bytes.len(), 268_435_456, "{}", done.err);
    // A window that trickles makes it a hundred times slower: then neither ends before the test's patience does.
    println!("gunzip: {:.0} MiB/s", 512.0 / start.elapsed().as_secs_f64());
}

fn short() -> Settings {
    Settings { stall: Duration::from_secs(3), ..Settings::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equipment_that_takes_nothing_is_cut_and_memory_is_bounded() {
    let sshd = Sshd::start().await;
    let world = World::alone(&sshd, short()).await;
    let mut child = world.client().ssh(&["sleep 600"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let pushing = tokio::spawn(async move {
        let piece = vec![7; MIB];
        let mut pushed = 0_usize;
        while stdin.write_all(&piece).await.is_ok() {
            pushed += piece.len();
        }
        pushed
    });
    until("the session is open", Duration::from_secs(10), || !world.log.with(&["channel-opened"]).is_empty())
        .await;
    let start = memory();
    let mut most = 0;
    // The queue fills first.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (spent, began) = (processor_time(), Instant::now());
    while world.log.with(&["session-ended"]).is_empty() {
        most = most.max(memory().saturating_sub(start));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let load = (processor_time() - spent).as_secs_f64() / began.elapsed().as_secs_f64();
    assert_eq!(world.ending().await, Ending::Stalled);
    let done = finish(child).await;
    let pushed = pushing.await.unwrap();
    println!(
        "pushed {} MiB, memory + {} KiB, {:.1} % of a core, {done:?}",
        pushed / MIB,
        most / 1024,
        load * 100.0
    );
    assert!(load < 0.25, "{load}");
    // The queue's mark, a window on its way, and what client, sockets and server hold.
    assert!(pushed < 20 * MIB, "{} MiB", pushed / MIB);
    assert!(most < 30 * MIB, "{} MiB", most / MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_technician_who_takes_nothing_is_cut_and_memory_is_bounded() {
    let sshd = Sshd::start().await;
    let world = World::alone(&sshd, short()).await;
    let mut child = world.client().ssh(&["cat /dev/zero"]).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1024]).await.unwrap();
    let start = memory();
    let mut most = 0;
    while world.log.with(&["session-ended"]).is_empty() {
        most = most.max(memory().saturating_sub(start));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.ending().await, Ending::Stalled);
    assert!(most < 30 * MIB, "{} MiB", most / MIB);
    println!("memory + {} KiB", most / 1024);
    drop(stdout);
    finish(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_whose_process_is_stopped_is_cut() {
    let sshd = Sshd::start().await;
    let world = World::alone(&sshd, short()).await;
    let child = world.client().ssh(&["cat /dev/zero"]).stdout(Stdio::null()).spawn().unwrap();
    until("the session is open", Duration::from_secs(10), || !world.log.with(&["channel-opened"]).is_empty())
        .await;
    let pid = child.id().unwrap();
    kill("-STOP", pid);
    let start = memory();
    assert_eq!(world.ending().await, Ending::Stalled);
    assert!(memory().saturating_sub(start) < 30 * MIB);
    kill("-CONT", pid);
    finish(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_equipment_is_waited_for() {
    let sshd = Sshd::start().await;
    let world = World::with(&sshd, |_| {}, short()).await;
    let before = noise(world.folder.path(), "before", 24 * MIB);
    let input = std::fs::File::open(&before).unwrap();
    // Slower than the client pushes, never silent for as long as the limit.
    let slow =
        "while dd bs=65536 count=32 iflag=fullblock 2>/dev/null | wc -c | grep -v '^0$'; do sleep 0.3; done";
    let done = finish(world.client().ssh(&[slow]).stdin(input).spawn().unwrap()).await;
    let total: usize = done.out.lines().map(|line| line.trim().parse::<usize>().unwrap()).sum();
    assert_eq!((total, done.status.is_some()), (24 * MIB, true), "{}", done.err);
    assert_eq!(world.ending().await, Ending::Finished);
}

/// Prints what an idle session costs; `POTERNE_LONG=1` runs it.
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_session_is_small() {
    if !long() {
        return;
    }
    let sshd = Sshd::start_with("MaxStartups 1000").await;
    let world = World::alone(&sshd, Settings::default()).await;
    let mut clients = Vec::new();
    let mut at_ten = 0;
    for number in 1..=60_usize {
        clients.push(world.client().ssh(&["cat"]).stdin(Stdio::piped()).spawn().unwrap());
        until("a session opens", Duration::from_secs(20), || {
            world.log.with(&["channel-opened"]).len() == number
        })
        .await;
        if number == 10 {
            at_ten = memory();
        }
    }
    let each = memory().saturating_sub(at_ten) / 50;
    println!("an idle session: {} KiB", each / 1024);
    assert!(each < 400 * 1024, "{each}");
    let start = Instant::now();
    for _ in 0..10 {
        assert_eq!(world.client().run(&["true"]).await.status, Some(0));
    }
    println!("a session's set-up with its client: {:?}", start.elapsed() / 10);
}
