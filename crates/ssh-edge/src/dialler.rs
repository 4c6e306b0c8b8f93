//! The dialler: from the gate to the equipment.
//!
//! It dials the address of the permit, which is never looked up again; it goes on only when the host key is
//! the pinned one; it logs in with the secret that was lent for this session.

mod handler;
mod login;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use domain::Fingerprint;
use gate::ports::{Lent, LentSecret};
use gate::{Agreed, Grant, Logged};
use russh::client::{self, Msg};
use russh::{Channel, ChannelId, ChannelWriteHalf, Disconnect};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use self::handler::Far;
use crate::lane::{Flood, Item, Lane, Meter};
use crate::leg::{Leg, Rein};
use crate::limits::{LAST_WORDS, PACKET, REKEY_BYTES, REKEY_TIME, Settings, WINDOW};
use crate::profile;

/// Why the equipment was not reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreached {
    /// No answer to the connection.
    #[error("the equipment is down")]
    Down,
    /// The connection was refused.
    #[error("the equipment refuses the connection")]
    Refusing,
    /// Connected, and then nothing.
    #[error("the equipment hangs")]
    Hanging,
    /// Another host key than the pinned one: the one that was seen.
    #[error("the host key is `{}`, not the pinned one", .0.0)]
    HostKeyChanged(Fingerprint),
    /// No algorithm in common.
    #[error("no algorithm in common")]
    Algorithms,
    /// The description names an algorithm that is not in the table.
    #[error("the description names an unknown algorithm")]
    Description,
    /// The lent secret cannot be used.
    #[error("the secret cannot be read")]
    Secret,
    /// The login was refused.
    #[error("the equipment refused the login")]
    LoginRefused,
    /// Anything else.
    #[error("the equipment broke the dialogue")]
    Broken,
}

impl Unreached {
    /// The code for the ledger.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Refusing => "refused",
            Self::Hanging => "timeout",
            Self::HostKeyChanged(_) => "host-key",
            Self::Algorithms => "algorithms",
            Self::Description => "description",
            Self::Secret => "secret",
            Self::LoginRefused => "login",
            Self::Broken => "protocol",
        }
    }
}

/// How the leg ended, once it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// It lives.
    Not,
    /// It was closed, or its connection broke.
    Closed,
    /// It was ended by us, because the equipment ignored its limits.
    Flooded,
}

/// What the library's loop and our side share of the leg to the equipment.
pub(crate) struct Lanes {
    all: Mutex<HashMap<ChannelId, Arc<Lane>>>,
    /// What came in them.
    meter: Arc<Meter>,
    /// Bytes of data that were sent in them.
    sent: AtomicU64,
}

impl Lanes {
    fn new(meter: Arc<Meter>) -> Self {
        Self { all: Mutex::default(), meter, sent: AtomicU64::new(0) }
    }

    /// Data came in a channel. Where nobody reads it any more, it is only counted.
    pub(crate) fn data(&self, channel: ChannelId, data: &[u8], error: bool) -> Result<(), Flood> {
        match self.get(channel) {
            Some(lane) => lane.data(data, error),
            None => {
                self.meter.stray(data.len());
                Ok(())
            }
        }
    }

    pub(crate) fn get(&self, channel: ChannelId) -> Option<Arc<Lane>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).get(&channel).cloned()
    }

    /// The leg is gone: whoever waits for something from it is told, after what it had sent.
    fn lose_all(&self) {
        for lane in self.all.lock().unwrap_or_else(PoisonError::into_inner).values() {
            // A lane that is full is of a session that ends as a violation.
            let _full = lane.put(Item::Lost);
        }
    }

    fn add(&self, channel: ChannelId, lane: Arc<Lane>) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).insert(channel, lane);
    }

    pub(crate) fn remove(&self, channel: ChannelId) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&channel);
    }
}

/// The leg to the equipment, logged in. Dropping it cuts it.
pub(crate) struct Equipment {
    handle: client::Handle<Far>,
    lanes: Arc<Lanes>,
    meter: Arc<Meter>,
    rein: Rein,
    gone: watch::Receiver<Gone>,
    /// What was negotiated.
    pub(crate) agreed: Agreed,
}

/// One channel to the equipment.
pub(crate) struct FarChannel {
    /// Our way to it.
    pub(crate) write: Arc<ChannelWriteHalf<Msg>>,
    /// What comes from it.
    pub(crate) lane: Arc<Lane>,
    lanes: Arc<Lanes>,
}

impl FarChannel {
    /// Sends data.
    pub(crate) async fn send(&self, bytes: Bytes) -> Result<(), russh::Error> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.write.data_bytes(bytes).await?;
        self.lanes.sent.fetch_add(length, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for FarChannel {
    /// However the channel ended here, it ends there: nothing of it goes on running for nobody.
    fn drop(&mut self) {
        self.lanes.remove(self.write.id());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let write = Arc::clone(&self.write);
            runtime.spawn(async move { timeout(LAST_WORDS, write.close()).await });
        }
    }
}

impl Equipment {
    /// Opens a channel.
    pub(crate) async fn open(&self) -> Result<FarChannel, russh::Error> {
        let channel: Channel<Msg> = self.handle.channel_open_session().await?;
        let (_unread, write) = channel.split();
        let lane = Lane::new(&self.meter);
        self.lanes.add(write.id(), Arc::clone(&lane));
        Ok(FarChannel { write: Arc::new(write), lane, lanes: Arc::clone(&self.lanes) })
    }

    /// Our hand on the leg.
    pub(crate) fn rein(&self) -> &Rein {
        &self.rein
    }

    /// Bytes of data that came from it, and those of them that nobody took; and bytes that were sent to it.
    pub(crate) fn account(&self) -> ((u64, u64), u64) {
        (self.meter.account(), self.lanes.sent.load(Ordering::Relaxed))
    }

    /// Resolves when the leg is over.
    pub(crate) fn gone(&self) -> watch::Receiver<Gone> {
        self.gone.clone()
    }

    /// Says good-bye; the leg may be cut after it.
    pub(crate) async fn farewell(&self) {
        // A leg that is gone needs none.
        let _gone = self.handle.disconnect(Disconnect::ByApplication, "", "").await;
    }
}

impl Drop for Equipment {
    fn drop(&mut self) {
        self.rein.cut();
    }
}

/// Dials, checks the host key, logs in. It takes nothing but a grant that stands in the ledger.
pub(crate) async fn dial(
    grant: &Logged<Grant>,
    lent: &Lent,
    settings: &Settings,
) -> Result<Equipment, Unreached> {
    match (dial_with(grant, &lent.login, &lent.secret, settings).await, &lent.spare) {
        // A change of the secret broke off: it is the other one then.
        (Err(Unreached::LoginRefused), Some(spare)) => dial_with(grant, &lent.login, spare, settings).await,
        (dialled, _) => dialled,
    }
}

async fn dial_with(
    grant: &Logged<Grant>,
    user: &str,
    secret: &LentSecret,
    settings: &Settings,
) -> Result<Equipment, Unreached> {
    let grant = grant.value();
    let preferred = profile::towards_equipment(grant.old_algorithms()).map_err(|error| {
        tracing::error!(%error, "A description cannot be dialled");
        Unreached::Description
    })?;
    let deadline = Instant::now() + settings.dial;
    let connected = timeout(settings.connect, TcpStream::connect(grant.address().socket())).await;
    let stream = match connected {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            return Err(Unreached::Refusing);
        }
        Ok(Err(_)) | Err(_) => return Err(Unreached::Down),
    };
    // Without it a keystroke may wait for an acknowledgement. If it fails, it is only slower.
    let _slower = stream.set_nodelay(true);
    let (leg, rein) = Leg::new(stream);
    let guard = CutOnDrop(Some(rein.clone()));
    let meter = Meter::holding(settings.mark, rein.clone());
    let lanes = Arc::new(Lanes::new(Arc::clone(&meter)));
    let (far, seen, gone) = Far::new(grant.host_key().clone(), Arc::clone(&lanes));
    let config = Arc::new(config(preferred, settings));
    let connecting = async {
        let mut handle =
            client::connect_stream(config, leg, far).await.map_err(|error| seen.explain(&error))?;
        login::login(&mut handle, user, secret).await?;
        Ok(handle)
    };
    let handle = match timeout_at(deadline, connecting).await {
        Err(_) => return Err(Unreached::Hanging),
        Ok(connected) => connected?,
    };
    guard.keep();
    Ok(Equipment { handle, lanes, meter, rein, gone, agreed: seen.agreed() })
}

fn config(preferred: russh::Preferred, settings: &Settings) -> client::Config {
    client::Config {
        client_id: russh::SshId::Standard("SSH-2.0-Poterne".into()),
        limits: russh::Limits::new(REKEY_BYTES, REKEY_BYTES, REKEY_TIME),
        window_size: WINDOW,
        maximum_packet_size: PACKET,
        // Nothing is read from the library's own queues: their readers are dropped, so nothing waits.
        channel_buffer_size: 4,
        preferred,
        inactivity_timeout: None,
        keepalive_interval: Some(settings.keep_alive),
        keepalive_max: 3,
        anonymous: false,
        gex: client::GexParams::default(),
        nodelay: true,
    }
}

/// Cuts a leg that did not come to be.
struct CutOnDrop(Option<Rein>);

impl CutOnDrop {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for CutOnDrop {
    fn drop(&mut self) {
        if let Some(rein) = &self.0 {
            rein.cut();
        }
    }
}
