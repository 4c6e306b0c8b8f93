//! A client that leaves as PuTTY's do: it closes its channels, and then its connection without a word.

use std::path::Path;
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
        Self::named(world, &format!("{PERSON}+{EQUIPMENT}")).await
    }

    /// A connection that names no equipment.
    pub(crate) async fn outer(world: &World) -> Self {
        Self::named(world, PERSON).await
    }

    async fn named(world: &World, user: &str) -> Self {
        let socket = std::net::TcpStream::connect(("127.0.0.1", world.port)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let stream = tokio::net::TcpStream::from_std(socket.try_clone().unwrap()).unwrap();
        let config = Arc::new(client::Config::default());
        let mut handle = client::connect_stream(config, stream, Trusting).await.unwrap();
        let key = key(&world.folder.path().join("id"));
        assert!(!handle.authenticate_publickey(user, key).await.unwrap().success(), "one factor is not two");
        handle.authenticate_keyboard_interactive_start(user, None).await.unwrap();
        let answer = handle.authenticate_keyboard_interactive_respond(vec![CODE.to_owned()]).await.unwrap();
        assert!(matches!(answer, KeyboardInteractiveAuthResponse::Success));
        Self { handle, socket }
    }

    /// Whether the gate keeps the connection.
    pub(crate) fn is_there(&self) -> bool {
        !self.handle.is_closed()
    }

    /// A way to an equipment.
    pub(crate) async fn way(&self, host: &str) -> Result<Channel<client::Msg>, russh::Error> {
        self.handle.channel_open_direct_tcpip(host, 22, "127.0.0.1", 1).await
    }

    /// A connection inside a way, which is not logged in.
    pub(crate) async fn inner(&self, host: &str) -> Result<Inner, russh::Error> {
        let stream = self.way(host).await?.into_stream();
        Ok(Inner(client::connect_stream(Arc::default(), stream, Trusting).await?))
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

/// A connection inside a way.
pub(crate) struct Inner(Handle<Trusting>);

impl Inner {
    /// Whether no code is asked for under this name.
    pub(crate) async fn no_code(&mut self, name: &str) -> bool {
        let answer = self.0.authenticate_keyboard_interactive_start(name, None).await.unwrap();
        matches!(answer, KeyboardInteractiveAuthResponse::Failure { .. })
    }

    /// Whether a key is let in under this name.
    pub(crate) async fn knocks(&mut self, name: &str, with: &Path) -> bool {
        self.0.authenticate_publickey(name, key(with)).await.unwrap().success()
    }

    /// A way out of it.
    pub(crate) async fn way(&self, host: &str) -> Result<Channel<client::Msg>, russh::Error> {
        self.0.channel_open_direct_tcpip(host, 22, "127.0.0.1", 1).await
    }

    /// Starts a command.
    pub(crate) async fn exec(&self, command: &str) -> Channel<client::Msg> {
        let channel = self.0.channel_open_session().await.unwrap();
        channel.exec(true, command).await.unwrap();
        channel
    }
}

fn key(path: &Path) -> PrivateKeyWithHashAlg {
    let text = std::fs::read_to_string(path).unwrap();
    PrivateKeyWithHashAlg::new(Arc::new(russh::keys::decode_secret_key(&text, None).unwrap()), None)
}
