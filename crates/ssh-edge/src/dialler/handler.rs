//! What the library tells us of the leg to the equipment. Nothing here waits.

use std::sync::{Arc, Mutex, PoisonError};

use domain::Fingerprint;
use gate::Agreed;
use russh::client::{ChannelOpenHandle, DisconnectReason, Handler, Msg, Session};
use russh::keys::PublicKey;
use russh::{Channel, ChannelId, Sig};
use tokio::sync::watch;

use super::{Gone, Lanes, Unreached};
use crate::agreed;
use crate::keys;
use crate::lane::{Flood, Item, short_name};

/// An error that ends the leg.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FarError {
    #[error(transparent)]
    Library(#[from] russh::Error),
    #[error(transparent)]
    Flood(#[from] Flood),
}

/// Our ears on the leg.
pub(crate) struct Far {
    pinned: Fingerprint,
    seen: Seen,
    lanes: Arc<Lanes>,
    gone: watch::Sender<Gone>,
}

/// What was seen of the equipment while it was dialled.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    other_key: Option<Fingerprint>,
    agreed: Option<Agreed>,
}

impl Seen {
    /// Why a connection failed.
    pub(super) fn explain(&self, error: &FarError) -> Unreached {
        if let Some(other) = &self.locked().other_key {
            return Unreached::HostKeyChanged(other.clone());
        }
        match error {
            FarError::Library(russh::Error::NoCommonAlgo { .. }) => Unreached::Algorithms,
            error => {
                tracing::debug!(%error, "An equipment was not reached");
                Unreached::Broken
            }
        }
    }

    /// What was negotiated.
    pub(super) fn agreed(&self) -> Agreed {
        self.locked().agreed.clone().unwrap_or_else(agreed::nothing)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Far {
    pub(super) fn new(pinned: Fingerprint, lanes: Arc<Lanes>) -> (Self, Seen, watch::Receiver<Gone>) {
        let seen = Seen::default();
        let (gone, listen) = watch::channel(Gone::Not);
        (Self { pinned, seen: seen.clone(), lanes, gone }, seen, listen)
    }

    fn put(&self, channel: ChannelId, item: Item) -> Result<(), FarError> {
        match self.lanes.get(channel) {
            Some(lane) => Ok(lane.put(item)?),
            None => Ok(()),
        }
    }
}

impl Drop for Far {
    /// However the library's loop ends, by a panic too, this handler is dropped with it.
    fn drop(&mut self) {
        self.lanes.lose_all();
        let _known = self.gone.send_if_modified(|gone| {
            let lived = *gone == Gone::Not;
            if lived {
                *gone = Gone::Closed;
            }
            lived
        });
    }
}

impl Handler for Far {
    type Error = FarError;

    async fn check_server_key(
        &mut self,
        key: &russh::keys::PublicKeyOrCertificate,
    ) -> Result<bool, FarError> {
        let found = match key {
            russh::keys::PublicKeyOrCertificate::PublicKey { key, .. } => keys::fingerprint(key),
            // Never offered by us, so never accepted.
            russh::keys::PublicKeyOrCertificate::Certificate(certificate) => {
                keys::fingerprint(&PublicKey::new(certificate.public_key().clone(), ""))
            }
        };
        let plain = matches!(key, russh::keys::PublicKeyOrCertificate::PublicKey { .. });
        if plain && found == self.pinned {
            return Ok(true);
        }
        self.seen.locked().other_key = Some(found);
        Ok(false)
    }

    async fn kex_done(
        &mut self,
        _secret: Option<&[u8]>,
        names: &russh::Names,
        _session: &mut Session,
    ) -> Result<(), FarError> {
        let mut seen = self.seen.locked();
        // The first exchange is the one that is written down; later ones only renew the keys.
        seen.agreed.get_or_insert_with(|| agreed::of(names));
        Ok(())
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        _session: &mut Session,
    ) -> Result<(), FarError> {
        Ok(self.lanes.data(channel, data, false)?)
    }

    async fn extended_data(
        &mut self,
        channel: ChannelId,
        _code: u32,
        data: &[u8],
        _session: &mut Session,
    ) -> Result<(), FarError> {
        Ok(self.lanes.data(channel, data, true)?)
    }

    async fn channel_success(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), FarError> {
        self.put(channel, Item::Answer(true))
    }

    async fn channel_failure(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), FarError> {
        self.put(channel, Item::Answer(false))
    }

    async fn channel_eof(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), FarError> {
        self.put(channel, Item::Eof)
    }

    async fn channel_close(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), FarError> {
        self.put(channel, Item::Close)
    }

    async fn exit_status(
        &mut self,
        channel: ChannelId,
        status: u32,
        _session: &mut Session,
    ) -> Result<(), FarError> {
        self.put(channel, Item::Exit(status))
    }

    async fn exit_signal(
        &mut self,
        channel: ChannelId,
        signal: Sig,
        core_dumped: bool,
        _words: &str,
        _lang: &str,
        _session: &mut Session,
    ) -> Result<(), FarError> {
        // Its words would be content that nobody counts.
        self.put(channel, Item::Killed(short_name(signal), core_dumped, String::new()))
    }

    // An equipment opens nothing towards the gate. The library's own answers accept; dropping the reply
    // refuses.

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _address: &str,
        _port: u32,
        _originator: &str,
        _originator_port: u32,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), FarError> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _path: &str,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), FarError> {
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _channel: Channel<Msg>,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), FarError> {
        Ok(())
    }

    async fn server_channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), FarError> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _host: &str,
        _port: u32,
        _originator: &str,
        _originator_port: u32,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), FarError> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _path: &str,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), FarError> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _channel: Channel<Msg>,
        _originator: &str,
        _originator_port: u32,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), FarError> {
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<FarError>) -> Result<(), FarError> {
        match reason {
            DisconnectReason::ReceivedDisconnect(_) => Ok(()),
            DisconnectReason::Error(error) => {
                if matches!(error, FarError::Flood(_)) {
                    let _nobody = self.gone.send(Gone::Flooded);
                }
                Err(error)
            }
        }
    }
}
