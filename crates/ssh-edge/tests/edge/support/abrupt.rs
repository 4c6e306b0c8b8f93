//! A client that leaves as PuTTY's do: it closes its channels, and then its connection without a word.

use std::sync::Arc;

use russh::Channel;
use russh::client::{self, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use testkit::CODE;

use super::facts::{EQUIPMENT, PERSON};
use super::world::World;

/// A connection that is logged in, and a second hand on its socket.
pub(crate) struct Abrupt {
    handle: Handle<Trusting>,
    socket: std::net::TcpStream,
}

struct Trusting;

impl client::Handler for Trusting {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

impl Abrupt {
    pub(crate) async fn start(world: &World) -> Self {
        let socket = std::net::TcpStream::connect(("127.0.0.1", world.port)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let stream = tokio::net::TcpStream::from_std(socket.try_clone().unwrap()).unwrap();
        let config = Arc::new(client::Config::default());
        let mut handle = client::connect_stream(config, stream, Trusting).await.unwrap();
        let user = format!("{PERSON}+{EQUIPMENT}");
        let text = std::fs::read_to_string(world.folder.path().join("id")).unwrap();
        let key = russh::keys::decode_secret_key(&text, None).unwrap();
        let key = PrivateKeyWithHashAlg::new(Arc::new(key), None);
        assert!(!handle.authenticate_publickey(&user, key).await.unwrap().success(), "one factor is not two");
        handle.authenticate_keyboard_interactive_start(&user, None).await.unwrap();
        let answer = handle.authenticate_keyboard_interactive_respond(vec![CODE.to_owned()]).await.unwrap();
        assert!(matches!(answer, KeyboardInteractiveAuthResponse::Success));
        Self { handle, socket }
    }

    /// Starts a command.
    pub(crate) async fn exec(&self, command: &str) -> Channel<client::Msg> {
        let channel = self.handle.channel_open_session().await.unwrap();
        channel.exec(true, command).await.unwrap();
        channel
    }

    /// Opens a channel and starts nothing in it.
    pub(crate) async fn opens(&self) -> Channel<client::Msg> {
        self.handle.channel_open_session().await.unwrap()
    }

    /// What was sent up to now has been heard when this returns.
    pub(crate) async fn is_heard(&self) {
        // It is answered in the order of what was sent.
        self.handle.send_ping().await.unwrap();
    }

    /// Closes a channel; the gate has heard it when this returns.
    pub(crate) async fn closes(&self, channel: Channel<client::Msg>) {
        channel.close().await.unwrap();
        self.is_heard().await;
    }

    /// Closes the connection without a word.
    pub(crate) fn leaves(self) {
        self.socket.shutdown(std::net::Shutdown::Both).unwrap();
    }
}
