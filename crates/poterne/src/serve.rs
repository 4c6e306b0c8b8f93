//! `poterne serve`: the door opens.

use std::path::Path;
use std::sync::Arc;

use control::Socket;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::Config;
use crate::desk::OwnDesk;
use crate::init::door_key;
use crate::outward::{self, Leaving};
use crate::programs;
use crate::sandbox::Sandbox;
use crate::texts::{Because as _, from_vault, of_control, say};
use crate::wiring;

/// How often the trace store is looked at.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);
/// How long receivers of copies may take for what is left: with the 10 s of the sessions well within the unit's 30.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(8);
/// Descriptors beside those of sessions: logs, database, listeners, receivers of copies, standard streams, and room.
const DESCRIPTORS_BASE: u64 = 256;
/// Descriptors of uploads that are held: the file, and the scanner's connection.
const DESCRIPTORS_HELD: u64 = 2 * archive::SPOOLS_MAX as u64;
/// Descriptors of one session: two sockets and its recording, and one to spare.
const DESCRIPTORS_EACH: u64 = 4;
/// Of those beside the sessions, what is never given to a connection: what the gate opens as it runs.
const DESCRIPTORS_KEPT: u64 = DESCRIPTORS_BASE / 2;

pub(crate) async fn serve(config: &Path, sandbox: &Sandbox) -> anyhow::Result<()> {
    let config = Config::read(config)?;
    let Leaving { receivers, mail, authorities } = Leaving::read(&config)?;
    let programs = programs::of(&config)?;
    let descriptors = raise_descriptors(config.gate.sessions_max, programs::descriptors(&config))?;
    let house = Arc::new(wiring::open(config).await?);
    // Before anybody sees the door open: whoever does may tell it to close at once, and it closes in order.
    let told = until_told()?;
    let gate = Arc::clone(&house.gate);
    let config = &house.config;
    let socket =
        Socket::bind(&config.control_socket()).await.map_err(|error| anyhow::anyhow!(of_control(&error)))?;
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(socket.serve(Arc::clone(&gate), Arc::new(OwnDesk(Arc::clone(&house)))));
    if let Some(address) = config.gate.metrics {
        let listener = TcpListener::bind(address).await.because("metrics_on", &[&address])?;
        let host = control::Host { sandbox: sandbox.word() };
        tasks.spawn(control::serve_http(listener, Arc::clone(&gate), host));
    }
    if let Some(programs) = programs {
        tasks.spawn(programs::start(&house, programs).await?);
    }
    tasks.spawn(Arc::clone(&gate).supervise());
    let sending = outward::start(&house, receivers)?;
    for mail in mail {
        tasks.spawn(outward::start_mail(&house, mail)?);
    }
    for authority in authorities {
        tasks.spawn(outward::start_stamps(&house, &authority)?);
    }
    let key =
        door_key(&from_vault(house.vault.door_key(config.gate.name.as_str())).because("door_key", &[])?)?;
    let (stop, stopping) = watch::channel(false);
    let mut doors = tokio::task::JoinSet::new();
    for listener in listeners(config).await? {
        tracing::info!(address = %listener.local_addr()?, key = %key.fingerprint().0, "The door is open");
        let settings = ssh_edge::Settings { descriptors: Some(descriptors), ..Default::default() };
        doors.spawn(ssh_edge::serve(listener, Arc::clone(&gate), key.clone(), settings, stopping.clone()));
    }
    let mut lost = false;
    tokio::select! {
        () = told => {}
        // The next start finds it lost, and keeps the emergency journal.
        () = until_lost(&house), if config.gate.refuge.is_some() && !gate.on_refuge() => {
            tracing::error!("The trace store is lost: the gate starts again");
            lost = true;
        }
        // None of these ends by itself: a gate that watches no more must not stay open.
        _ = tasks.join_next() => tracing::error!("A part of the gate ended: the door closes"),
        _ = doors.join_next() => tracing::error!("A door ended: all of them close"),
    }
    tracing::info!("The door closes");
    let _nobody = stop.send(true);
    gate.stop(std::time::Duration::from_secs(10)).await;
    // What was written down at the stop leaves too, where somebody is there to take it.
    sending.finish(FAREWELL).await;
    doors.shutdown().await;
    tasks.shutdown().await;
    house.database.close().await;
    if lost {
        anyhow::bail!(say("trace_store_lost", &[]));
    }
    Ok(())
}

/// Where the door stands.
async fn listeners(config: &Config) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for address in &config.gate.listen {
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            // Where IPv6 takes IPv4 along, the second address is taken already.
            Err(error) if !listeners.is_empty() && error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).because("door_on", &[address]),
        }
    }
    Ok(listeners)
}

/// Resolves when the ledger or the recordings take nothing any more. What is left of the disk for those who are in is theirs:
/// as long as somebody is, recordings are lost only when none can be created.
async fn until_lost(house: &Arc<wiring::House>) {
    let mut looks = tokio::time::interval(LOOK);
    loop {
        looks.tick().await;
        if let Err(why) = house.logs.healthy() {
            tracing::error!(%why, "The ledger takes nothing");
            return;
        }
        let Err(why) = house.recordings.health() else { continue };
        if house.gate.overview().is_empty() || !takes_recordings(house).await {
            tracing::error!(%why, "The store of recordings takes nothing");
            return;
        }
    }
}

async fn takes_recordings(house: &Arc<wiring::House>) -> bool {
    let house = Arc::clone(house);
    let tried = tokio::task::spawn_blocking(move || house.logs.try_recordings(&house.recordings));
    tried.await.is_ok_and(|tried| tried.is_ok())
}

/// Resolves when the gate is told to stop, from this call on.
fn until_told() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Raises the limit of open files to what the sessions need, or refuses to start: running out of them is
/// never noticed by losing a recording. Where more can be had, connections that wait have theirs too.
fn raise_descriptors(sessions: u32, programs: u64) -> anyhow::Result<ssh_edge::Descriptors> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = DESCRIPTORS_BASE + DESCRIPTORS_HELD + programs + DESCRIPTORS_EACH * u64::from(sessions);
    let doors = ssh_edge::Settings::default();
    let waiting = u64::try_from(doors.waiting + doors.connections).unwrap_or(u64::MAX);
    let limit = getrlimit(Resource::Nofile);
    let wanted = needed.saturating_add(waiting).min(limit.maximum.unwrap_or(u64::MAX)).max(needed);
    let mut has = limit.current.unwrap_or(u64::MAX);
    if has < wanted {
        let raised = Rlimit { current: Some(wanted), maximum: limit.maximum.map(|most| most.max(wanted)) };
        setrlimit(Resource::Nofile, raised).because("open_files", &[&sessions, &needed])?;
        has = wanted;
    }
    let kept = DESCRIPTORS_KEPT + DESCRIPTORS_HELD + programs;
    Ok(ssh_edge::Descriptors { limit: has, kept, each: DESCRIPTORS_EACH - 1 })
}
