//! An equipment that is not what it should be: a server of the library, with manners of its own.

use std::sync::{Arc, Mutex};

use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{HashAlg, PrivateKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, run_stream};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::facts::pinned;
use super::world::World;

/// The password that it takes.
pub(crate) const PASSWORD: &str = "fictif-42";

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Takes a password.
    Password,
    /// Takes a password, but asks for it as a question.
    Question,
    /// Asks two questions, the second of which the gate has no answer to.
    Curious,
    /// Speaks before it has granted what was asked.
    Early,
    /// Opens channels towards the gate.
    Opens,
    /// Grants nothing.
    Refuses,
    /// Answers no opening of a channel.
    Mute,
}

/// A running rogue.
pub(crate) struct Rogue {
    pub(crate) port: u16,
    host_key: String,
    serving: JoinHandle<()>,
    /// What it saw: passwords that were tried, channels that it was granted.
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
}

impl Rogue {
    pub(crate) async fn start(manner: Manner) -> Self {
        let key = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
        let host_key = key.public_key().fingerprint(HashAlg::Sha256).to_string();
        let methods =
            if manner == Manner::Password { MethodKind::Password } else { MethodKind::KeyboardInteractive };
        let config = Arc::new(Config {
            keys: vec![key],
            methods: MethodSet::from([methods, MethodKind::Password].as_slice()),
            auth_rejection_time: std::time::Duration::ZERO,
            ..Config::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::default());
        let saw = Arc::clone(&seen);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let handler = Manners { manner, seen: Arc::clone(&saw) };
                if let Ok(running) = run_stream(Arc::clone(&config), stream, handler).await {
                    tokio::spawn(running);
                }
            }
        });
        Self { port, host_key, serving, seen }
    }

    /// Puts it in the equipment's place, with its own host key pinned and its password in the vault.
    pub(crate) fn replaces(&self, world: &World) {
        *world.safe.password.lock().unwrap() = Some(PASSWORD.to_owned());
        world.site.change(|facts| {
            let equipment = &mut facts.equipment[0];
            equipment.address = format!("127.0.0.1:{}", self.port).parse().unwrap();
            equipment.host_key = pinned(&self.host_key);
        });
    }

    pub(crate) fn saw(&self, word: &str) -> bool {
        self.seen.lock().unwrap().iter().any(|seen| seen == word)
    }
}

impl Drop for Rogue {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Manners {
    manner: Manner,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Manners {
    fn saw(&self, what: &str) {
        self.seen.lock().unwrap().push(what.to_owned());
    }
}

impl Handler for Manners {
    type Error = russh::Error;

    async fn auth_password(&mut self, _user: &str, password: &str) -> Result<Auth, russh::Error> {
        if self.manner == Manner::Question || self.manner == Manner::Curious {
            let methods = MethodSet::from([MethodKind::KeyboardInteractive].as_slice());
            return Ok(Auth::Reject { proceed_with_methods: Some(methods), partial_success: false });
        }
        Ok(if password == PASSWORD { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _methods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let Some(answers) = response else {
            let password = ("Password: ".into(), false);
            let prompts = match self.manner {
                Manner::Curious => vec![password, ("Your name: ".into(), true)],
                _ => vec![password],
            };
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() });
        };
        let answers: Vec<_> = answers.map(|answer| String::from_utf8_lossy(&answer).into_owned()).collect();
        answers.iter().for_each(|answer| self.saw(answer));
        Ok(if answers == [PASSWORD] { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        if self.manner == Manner::Mute {
            self.saw("asked");
            std::mem::forget(reply);
            return Ok(());
        }
        reply.accept().await;
        if self.manner == Manner::Opens {
            let (handle, seen) = (session.handle(), Arc::clone(&self.seen));
            tokio::spawn(async move {
                let note = |granted: bool, what: &str| {
                    let word = if granted { "granted" } else { "refused" };
                    seen.lock().unwrap().push(format!("{word} {what}"));
                };
                note(handle.channel_open_forwarded_tcpip("a", 1, "b", 2).await.is_ok(), "forwarded-tcpip");
                note(handle.channel_open_forwarded_streamlocal("/a").await.is_ok(), "forwarded-streamlocal");
                note(handle.channel_open_direct_tcpip("a", 1, "b", 2).await.is_ok(), "direct-tcpip");
                note(handle.channel_open_agent().await.is_ok(), "agent");
                note(handle.channel_open_x11("a", 1).await.is_ok(), "x11");
                note(handle.channel_open_session().await.is_ok(), "session");
            });
        }
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _command: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        match self.manner {
            Manner::Early => session.data(channel, "early".as_bytes().to_vec()),
            Manner::Refuses => session.channel_failure(channel),
            Manner::Opens => session.channel_success(channel),
            Manner::Mute | Manner::Password | Manner::Question | Manner::Curious => {
                session.channel_success(channel)?;
                session.data(channel, "from the rogue\n".as_bytes().to_vec())?;
                session.exit_status_request(channel, 0)?;
                session.close(channel)
            }
        }
    }
}
