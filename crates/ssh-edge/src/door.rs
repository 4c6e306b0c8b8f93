//! The door: from technicians to the gate.

mod full;
mod handler;
mod login;
mod room;
mod standing;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use gate::Gate;
use russh::keys::Certificate;
use russh::server::{self, RunningSession};
use russh::{MethodKind, MethodSet};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

pub use self::full::Descriptors;
use self::full::Threshold;
pub(crate) use self::handler::{Asked, Event, LoggedIn, Near, NearError, Start, Terminal, What};
use self::room::{Room, Seat};
pub(crate) use self::standing::{Last, Place, Standing};
use crate::keys::HostKey;
use crate::lane::Meter;
use crate::leg::{Leg, Rein};
use crate::limits::{
    AFTER_LOGIN, EVENTS, LIBRARY_QUEUE, PACKET, REJECTIONS, REKEY_BYTES, REKEY_TIME, Settings, WINDOW,
};
use crate::{profile, relay};

/// What all connections share.
pub(crate) struct Door {
    pub(crate) gate: Arc<Gate>,
    pub(crate) settings: Settings,
    room: Arc<Room>,
    connections: Arc<Semaphore>,
    config: Arc<server::Config>,
    key: HostKey,
    stopping: watch::Receiver<bool>,
}

impl Door {
    /// The door's own key, as a line of OpenSSH.
    pub(crate) fn public(&self) -> String {
        self.key.public()
    }

    /// For an inner connection, which is shown this certificate of the door's key.
    pub(crate) fn config_under(&self, certificate: Option<Certificate>) -> server::Config {
        server::Config {
            methods: MethodSet::from([MethodKind::None, MethodKind::PublicKey].as_slice()),
            certificates: certificate.into_iter().collect(),
            ..config(&self.key, &self.settings)
        }
    }

    /// Room for one more connection that is logged in; `None`: there is none.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.connections).try_acquire_owned().ok()
    }

    /// Whether there is room for those who are in, and not for this connection too.
    fn is_short(&self, stream: &TcpStream) -> bool {
        let left = self.gate.places_left();
        self.settings.descriptors.is_some_and(|descriptors| descriptors.are_short(stream, left))
    }

    /// Resolves when the gate is being stopped.
    pub(crate) async fn stopped(&self) {
        // A sender that is gone says the same as `true`.
        let _stop = self.stopping.clone().wait_for(|stop| *stop).await.is_err();
    }
}

/// Serves technicians until `stopping` turns true (or its sender is gone), then closes every session in
/// order and returns.
pub async fn serve(
    listener: TcpListener,
    gate: Arc<Gate>,
    key: HostKey,
    settings: Settings,
    stopping: watch::Receiver<bool>,
) {
    let door = Arc::new(Door {
        gate,
        room: Room::new(settings.waiting_per_source, settings.waiting),
        connections: Arc::new(Semaphore::new(settings.connections)),
        config: Arc::new(config(&key, &settings)),
        key,
        stopping,
        settings,
    });
    let threshold = Threshold::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if door.is_short(&stream) => {
                    door.gate.turned_away();
                    threshold.turn_away(stream);
                }
                Ok((stream, peer)) => {
                    if let Some(arrival) = Arrival::of(&door, stream, peer) {
                        connections.spawn(connection(Arc::clone(&door), arrival));
                    }
                }
                Err(error) => {
                    // No descriptor left, most probably: those who are in may leave meanwhile.
                    tracing::error!(%error, "A connection could not be accepted");
                    tokio::time::sleep(AFTER_ACCEPT_ERROR).await;
                }
            },
            Some(ended) = connections.join_next() => note_panic(ended),
            () = door.stopped() => break,
        }
    }
    drop(listener);
    while let Some(ended) = connections.join_next().await {
        note_panic(ended);
    }
}

/// Before the next try after an accept that failed.
const AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(100);

/// A panic ends its own session only; it is a fault of ours or of the library's.
fn note_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "A connection's task failed");
    }
}

fn config(key: &HostKey, settings: &Settings) -> server::Config {
    server::Config {
        server_id: russh::SshId::Standard("SSH-2.0-Poterne".into()),
        methods: MethodSet::from([MethodKind::PublicKey].as_slice()),
        // Ours hides; the library's would slow the partial success as well.
        auth_rejection_time: Duration::ZERO,
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key.private()],
        certificates: Vec::new(),
        limits: russh::Limits::new(REKEY_BYTES, REKEY_BYTES, REKEY_TIME),
        window_size: WINDOW,
        maximum_packet_size: PACKET,
        // Nothing is read from the library's own queues: their readers are dropped, so nothing waits.
        channel_buffer_size: 4,
        event_buffer_size: LIBRARY_QUEUE,
        preferred: profile::towards_technicians(),
        max_auth_attempts: REJECTIONS,
        inactivity_timeout: None,
        // Never before the login is complete: OpenSSH's client takes a question in the middle of it for a fault, and
        // its user may be looking for his telephone.
        keepalive_interval: Some(settings.keep_alive.max(settings.login_grace + AFTER_LOGIN)),
        keepalive_max: 3,
        nodelay: true,
    }
}

/// A connection that has a seat.
struct Arrival {
    from: IpAddr,
    grace: Instant,
    leg: Leg<TcpStream>,
    rein: Rein,
    seat: Seat,
}

impl Arrival {
    /// Seats are given in the order of arrival, not in that in which tasks happen to run: whoever comes after a crowd
    /// is displaced by none of it.
    fn of(door: &Door, stream: TcpStream, peer: SocketAddr) -> Option<Self> {
        let from = peer.ip().to_canonical();
        // Without it a keystroke may wait for an acknowledgement. If it fails, it is only slower.
        let _slower = stream.set_nodelay(true);
        let (leg, rein) = Leg::new(stream);
        let Some(seat) = door.room.admit(from, rein.clone(), std::time::Instant::now()) else {
            tracing::info!(%from, "No seat for a connection that is not logged in");
            return None;
        };
        Some(Self { from, grace: Instant::now() + door.settings.login_grace, leg, rein, seat })
    }
}

/// One connection, from its first byte to its end.
async fn connection(door: Arc<Door>, Arrival { from, grace, leg, rein, seat }: Arrival) {
    let guard = Cut(rein.clone());
    // Boxed: its room is not kept for as long as the session.
    let spoken = Box::pin(speak(&door, leg, rein, seat, from, grace)).await;
    let Some(mut caller) = spoken else { return };
    let login = tokio::select! {
        event = caller.events.recv() => event,
        _gone = &mut caller.running => None,
        () = tokio::time::sleep_until(grace) => None,
        () = door.stopped() => None,
    };
    let Some(Event::LoggedIn(login)) = login else { return };
    let Some(_place) = door.place() else {
        tracing::warn!(%from, "No place for one more session");
        return;
    };
    relay::attend(door, *login, caller).await;
    drop(guard);
}

/// A connection whose library loop runs.
pub(crate) struct Caller {
    pub(crate) from: IpAddr,
    pub(crate) rein: Rein,
    pub(crate) handle: server::Handle,
    pub(crate) events: mpsc::Receiver<Event>,
    pub(crate) running: RunningSession<Near>,
    /// Its channels as the client sees them.
    pub(crate) standing: Arc<Standing>,
    /// What came from it.
    pub(crate) meter: Arc<Meter>,
}

async fn speak(
    door: &Arc<Door>,
    leg: Leg<TcpStream>,
    rein: Rein,
    seat: Seat,
    from: IpAddr,
    grace: Instant,
) -> Option<Caller> {
    let (tell, events) = mpsc::channel(EVENTS);
    let near = Near::new(Arc::clone(door), from, rein.clone(), seat, tell);
    let (standing, meter) = near.books();
    let running = timeout_at(grace, server::run_stream(Arc::clone(&door.config), leg, near)).await;
    match running {
        Ok(Ok(running)) => {
            let handle = running.handle();
            Some(Caller { from, rein, handle, events, running, standing, meter })
        }
        Ok(Err(error)) => {
            tracing::debug!(%from, %error, "A connection said nothing that is SSH");
            None
        }
        Err(_elapsed) => {
            tracing::debug!(%from, "A connection stayed silent");
            None
        }
    }
}

/// Cuts the leg however its task ends.
struct Cut(Rein);

impl Drop for Cut {
    fn drop(&mut self) {
        self.0.cut();
    }
}
