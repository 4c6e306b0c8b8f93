//! What the library tells us of a technician's connection. After the login nothing here waits: data goes
//! into the lanes, requests into the events.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use gate::{Known, LoginRefused};
use russh::keys::Certificate;
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, ChannelWriteHalf, MethodKind, MethodSet, Pty, Sig};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::Door;
use super::login::Login;
use super::room::{Progress, Seat};
use super::standing::{Place, Standing};
use crate::keys;
use crate::lane::{Flood, Item, Lane, Meter, short_name};
use crate::leg::Rein;
use crate::limits::{CHANNELS, COMMAND, NAME, REFUSALS, TERM, TRICKLE, WINDOW};
use crate::texts;
use crate::user::User;

/// An error that ends the connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NearError {
    #[error(transparent)]
    Library(#[from] russh::Error),
    #[error(transparent)]
    Flood(#[from] Flood),
    #[error("too much that is closed was asked for")]
    TooManyRefusals,
    #[error("the connection's task is gone or overrun")]
    Overrun,
}

/// What becomes known on a connection.
pub(crate) enum Event {
    /// Both factors were verified.
    LoggedIn(Box<LoggedIn>),
    /// A channel starts to do something.
    Start(Box<Start>),
    /// Something closed was asked for, and refused.
    Refused(&'static str),
    /// A way to an equipment is asked for.
    Way(Box<Asked>),
}

/// A way to an equipment, on a connection that asked for no session of its own (`ssh -J`).
pub(crate) struct Asked {
    /// Whoever takes it answers.
    pub(crate) reply: ChannelOpenHandle,
    pub(crate) write: ChannelWriteHalf<Msg>,
    pub(crate) lane: Arc<Lane>,
    pub(crate) place: Arc<Place>,
    /// The name that was asked for.
    pub(crate) host: String,
    pub(crate) port: u32,
}

/// A complete login.
pub(crate) struct LoggedIn {
    pub(crate) known: Known,
    pub(crate) user: User,
}

/// What a channel is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Shell,
    Exec(Vec<u8>),
    Sftp,
}

/// A terminal that was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    pub(crate) term: String,
    pub(crate) size: (u32, u32),
    pub(crate) modes: Vec<(Pty, u32)>,
}

/// A channel that starts.
pub(crate) struct Start {
    pub(crate) write: ChannelWriteHalf<Msg>,
    pub(crate) lane: Arc<Lane>,
    pub(crate) place: Arc<Place>,
    pub(crate) what: What,
    pub(crate) terminal: Option<Terminal>,
}

/// Our ears on the technician's leg.
pub(crate) struct Near {
    door: Arc<Door>,
    from: IpAddr,
    rein: Rein,
    seat: Option<Seat>,
    login: Login,
    logged_in: Option<LoggedIn>,
    /// Whether it may ask for ways: it logged in without naming an equipment.
    asks_ways: bool,
    /// Whether it is the inner connection of a way, whose login was the outer one's.
    inside: bool,
    events: mpsc::Sender<Event>,
    meter: Arc<Meter>,
    standing: Arc<Standing>,
    channels: HashMap<ChannelId, Open>,
    refusals: usize,
}

/// A channel that is open.
struct Open {
    lane: Arc<Lane>,
    place: Arc<Place>,
    /// Until it starts.
    write: Option<ChannelWriteHalf<Msg>>,
    /// It is a way to an equipment: its inner connection ends with this one.
    way: bool,
    terminal: Option<Terminal>,
}

impl Near {
    pub(crate) fn new(
        door: Arc<Door>,
        from: IpAddr,
        rein: Rein,
        seat: Seat,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Self::seated(door, from, rein, Some(seat), events)
    }

    fn seated(
        door: Arc<Door>,
        from: IpAddr,
        rein: Rein,
        seat: Option<Seat>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let meter = Meter::pacing(door.settings.mark, rein.clone());
        Self {
            door,
            from,
            rein,
            seat,
            login: Login::default(),
            logged_in: None,
            asks_ways: false,
            inside: false,
            events,
            meter,
            standing: Arc::default(),
            channels: HashMap::new(),
            refusals: 0,
        }
    }

    /// The inner connection of a way: it is logged in by the outer one, which holds the seat.
    pub(crate) fn inside(
        door: Arc<Door>,
        from: IpAddr,
        rein: Rein,
        login: LoggedIn,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let mut near = Self::seated(door, from, rein, None, events);
        (near.logged_in, near.inside) = (Some(login), true);
        near
    }

    /// What is known of its channels, and of what came in them.
    pub(crate) fn books(&self) -> (Arc<Standing>, Arc<Meter>) {
        (Arc::clone(&self.standing), Arc::clone(&self.meter))
    }

    fn came(&self, progress: Progress) {
        if let Some(seat) = &self.seat {
            seat.came(progress);
        }
    }

    /// Whatever name, key or certificate is given inside, it is the outer login's person who comes, to where the way
    /// leads; nobody else logs in there.
    fn comes_inside(&self) -> bool {
        self.inside && self.logged_in.is_some()
    }

    /// Waits as long as any failure takes, whatever it was; longer for a source that fails often.
    async fn hide(&self, start: Instant) {
        let more = self.door.room.failed(self.from, std::time::Instant::now());
        sleep_until(start + self.door.settings.hide + more).await;
    }

    fn tell(&self, event: Event) -> Result<(), NearError> {
        self.events.try_send(event).map_err(|_| NearError::Overrun)
    }

    fn refuse(&mut self, what: &'static str) -> Result<(), NearError> {
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals > REFUSALS {
            return Err(NearError::TooManyRefusals);
        }
        self.tell(Event::Refused(what))
    }

    /// Refuses a request on a channel.
    fn refuse_request(
        &mut self,
        channel: ChannelId,
        what: &'static str,
        session: &mut Session,
    ) -> Result<(), NearError> {
        session.channel_failure(channel)?;
        self.refuse(what)
    }

    /// Starts a channel, once.
    fn start(&mut self, channel: ChannelId, what: What, session: &mut Session) -> Result<(), NearError> {
        let ready = self.channels.get_mut(&channel).and_then(|open| {
            let (lane, place) = (Arc::clone(&open.lane), Arc::clone(&open.place));
            Some(Start { write: open.write.take()?, lane, place, what, terminal: open.terminal.take() })
        });
        let Some(start) = ready else {
            return Ok(session.channel_failure(channel)?);
        };
        // Granted here, in the order of the requests (the library keeps one flag for all of a channel).
        // What the gate or the equipment refuses later is said on the standard error.
        session.channel_success(channel)?;
        self.tell(Event::Start(Box::new(start)))
    }

    /// Whether the verified key is one of this person's, and who that is.
    async fn knows(&self, user: &str, key: &domain::Fingerprint) -> Option<User> {
        let parsed = User::parse(user)?;
        self.door.gate.verified_key(&parsed.person, key).await.then_some(parsed)
    }

    async fn check_code(&mut self, user: &str, code: Option<String>, start: Instant) -> Auth {
        let Some(verified) = self.login.for_code(user) else {
            self.hide(start).await;
            return rejected(MethodKind::PublicKey);
        };
        let Some(code) = code else {
            return ask_code();
        };
        let (person, client) = (&verified.user.person, self.rein.hello());
        match self.door.gate.second_factor(person, &verified.key, &code, self.from, &client).await {
            Ok(known) => {
                self.logged_in = Some(LoggedIn { known, user: verified.user });
                Auth::Accept
            }
            Err(refused) => {
                self.login.code_wrong();
                self.hide(start).await;
                if refused == LoginRefused::Wrong {
                    return rejected(MethodKind::KeyboardInteractive);
                }
                self.login.exhaust();
                // A round without questions: it only tells.
                Auth::Partial {
                    name: Cow::Borrowed(""),
                    instructions: Cow::Borrowed(texts::no_login(refused)),
                    prompts: Cow::Borrowed(&[]),
                }
            }
        }
    }
}

/// No; what may be tried next is this.
fn rejected(next: MethodKind) -> Auth {
    Auth::Reject { proceed_with_methods: Some(only(next)), partial_success: false }
}

fn only(method: MethodKind) -> MethodSet {
    MethodSet::from([method].as_slice())
}

/// Prohibited (RFC 4254 section 5.1), with a sentence that the client shows.
fn no_forwarding() -> ChannelOpenFailure {
    ChannelOpenFailure::Other { code: 1, reason: texts::NO_FORWARDING.to_owned() }
}

fn ask_code() -> Auth {
    Auth::Partial {
        name: Cow::Borrowed(""),
        instructions: Cow::Borrowed(""),
        prompts: Cow::Owned(vec![(Cow::Borrowed(texts::code_prompt()), false)]),
    }
}

impl Handler for Near {
    type Error = NearError;

    async fn authentication_banner(&mut self) -> Result<Option<String>, NearError> {
        self.came(Progress::Speaking);
        let greeting = self.door.gate.greeting().await;
        Ok(Some(format!("{}\r\n{}\r\n", greeting.fr, greeting.en)))
    }

    async fn auth_none(&mut self, _user: &str) -> Result<Auth, NearError> {
        if self.comes_inside() {
            return Ok(Auth::Accept);
        }
        self.login.begin_key();
        Ok(rejected(MethodKind::PublicKey))
    }

    async fn auth_password(&mut self, user: &str, _password: &str) -> Result<Auth, NearError> {
        let start = Instant::now();
        if self.inside {
            return Ok(rejected(MethodKind::PublicKey));
        }
        // A client to which the code is a password (paramiko's) offers it as one before it lets itself be asked.
        let next =
            if self.login.has_key(user) { MethodKind::KeyboardInteractive } else { MethodKind::PublicKey };
        self.door.gate.login_failed(user, "password", None, self.from);
        self.hide(start).await;
        Ok(rejected(next))
    }

    async fn auth_publickey_offered(
        &mut self,
        _user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, NearError> {
        self.login.begin_key();
        if self.login.offer() && keys::acceptable(offer.public_key, offer.algorithm) {
            return Ok(Auth::Accept);
        }
        Ok(rejected(MethodKind::PublicKey))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, NearError> {
        if self.comes_inside() {
            return Ok(Auth::Accept);
        }
        let start = Instant::now();
        self.login.begin_key();
        let key_print = keys::fingerprint(key.public_key);
        // Asked again: the library may have taken an offer for accepted that was accepted for another name.
        if keys::acceptable(key.public_key, key.algorithm)
            && let Some(parsed) = self.knows(user, &key_print).await
        {
            if let Some(seat) = &self.seat {
                seat.verified(&parsed.person);
            }
            self.login.key_verified(user, parsed, key_print);
            return Ok(Auth::Reject {
                proceed_with_methods: Some(only(MethodKind::KeyboardInteractive)),
                partial_success: true,
            });
        }
        self.door.gate.login_failed(user, "key", Some(&key_print), self.from);
        self.hide(start).await;
        Ok(rejected(MethodKind::PublicKey))
    }

    async fn auth_openssh_certificate(
        &mut self,
        user: &str,
        certificate: &Certificate,
    ) -> Result<Auth, NearError> {
        if self.comes_inside() {
            return Ok(Auth::Accept);
        }
        let start = Instant::now();
        self.login.begin_key();
        let (shown, client) = (keys::shown(certificate), self.rein.hello());
        match User::parse(user).filter(|_| keys::is_signed(certificate)) {
            // The key of it was offered before, and found acceptable there.
            Some(parsed) => {
                if let Ok(known) = self.door.gate.certified(&parsed.person, &shown, self.from, &client).await
                {
                    self.logged_in = Some(LoggedIn { known, user: parsed });
                    return Ok(Auth::Accept);
                }
            }
            None => self.door.gate.login_failed(user, "certificate", Some(&shown.key), self.from),
        }
        self.hide(start).await;
        Ok(rejected(MethodKind::PublicKey))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, NearError> {
        let start = Instant::now();
        let code = response.map(|mut answers| {
            let first = answers.next().unwrap_or_default();
            String::from_utf8_lossy(first.get(..CODE.min(first.len())).unwrap_or_default()).trim().to_owned()
        });
        Ok(self.check_code(user, code, start).await)
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> Result<(), NearError> {
        self.seat = None;
        match self.logged_in.take() {
            Some(login) => {
                self.asks_ways = !self.inside && login.user.target.is_none();
                self.tell(Event::LoggedIn(Box::new(login)))
            }
            // Never reached; nobody is let in by the library alone.
            None => Err(NearError::Overrun),
        }
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), NearError> {
        // The library tells nothing more of a channel that we closed.
        self.channels.retain(|_, open| !open.place.is_closed());
        if self.channels.len() >= CHANNELS {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return self.refuse("channels");
        }
        let (_unread, write) = channel.split();
        let (lane, place) = (Lane::new(&self.meter), Place::open(&self.standing));
        self.channels
            .insert(write.id(), Open { lane, place, write: Some(write), way: false, terminal: None });
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), NearError> {
        match self.channels.remove(&channel) {
            Some(open) => {
                open.place.close();
                Ok(open.lane.put(Item::Close)?)
            }
            None => Ok(()),
        }
    }

    async fn channel_eof(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), NearError> {
        match self.channels.get(&channel) {
            Some(open) => Ok(open.lane.put(Item::Eof)?),
            None => Ok(()),
        }
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        _session: &mut Session,
    ) -> Result<(), NearError> {
        match self.channels.get(&channel) {
            Some(open) => Ok(open.lane.data(data, false)?),
            None => {
                self.meter.stray(data.len());
                Ok(())
            }
        }
    }

    async fn extended_data(
        &mut self,
        _channel: ChannelId,
        _code: u32,
        data: &[u8],
        _session: &mut Session,
    ) -> Result<(), NearError> {
        // No client has a standard error.
        self.meter.stray(data.len());
        self.refuse("extended-data")
    }

    fn adjust_window(&mut self, _channel: ChannelId, _current: u32) -> u32 {
        if self.meter.throttle() { TRICKLE } else { WINDOW }
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), NearError> {
        let readable = term.len() <= TERM && term.bytes().all(|byte| byte.is_ascii_graphic());
        match self.channels.get_mut(&channel) {
            Some(open) if open.write.is_some() && open.terminal.is_none() && readable => {
                open.terminal =
                    Some(Terminal { term: term.to_owned(), size: (columns, rows), modes: modes.to_vec() });
                Ok(session.channel_success(channel)?)
            }
            _ => Ok(session.channel_failure(channel)?),
        }
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Session,
    ) -> Result<(), NearError> {
        self.refuse_request(channel, "x11", session)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut Session,
    ) -> Result<(), NearError> {
        // Refused as the protocol has it: nobody is told, because every client sends some.
        Ok(session.channel_failure(channel)?)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), NearError> {
        self.start(channel, What::Shell, session)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), NearError> {
        if data.len() > COMMAND || data.contains(&0) {
            return self.refuse_request(channel, "exec", session);
        }
        self.start(channel, What::Exec(data.to_vec()), session)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), NearError> {
        if name == "sftp" {
            return self.start(channel, What::Sftp, session);
        }
        self.refuse_request(channel, "subsystem", session)
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        session: &mut Session,
    ) -> Result<(), NearError> {
        let Some(open) = self.channels.get_mut(&channel) else { return Ok(()) };
        match &mut open.terminal {
            Some(terminal) => terminal.size = (columns, rows),
            None => open.lane.put(Item::Size(columns, rows))?,
        }
        Ok(session.channel_success(channel)?)
    }

    async fn signal(
        &mut self,
        channel: ChannelId,
        signal: Sig,
        _session: &mut Session,
    ) -> Result<(), NearError> {
        match self.channels.get(&channel) {
            Some(open) => Ok(open.lane.put(Item::Signal(short_name(signal)))?),
            None => Ok(()),
        }
    }

    async fn agent_request(
        &mut self,
        _channel: ChannelId,
        _session: &mut Session,
    ) -> Result<bool, NearError> {
        self.refuse("agent").map(|()| false)
    }

    async fn tcpip_forward(
        &mut self,
        _address: &str,
        _port: &mut u32,
        _session: &mut Session,
    ) -> Result<bool, NearError> {
        self.refuse("tcpip-forward").map(|()| false)
    }

    async fn streamlocal_forward(&mut self, _path: &str, _session: &mut Session) -> Result<bool, NearError> {
        self.refuse("streamlocal-forward").map(|()| false)
    }

    async fn channel_open_x11(
        &mut self,
        _channel: Channel<Msg>,
        _address: &str,
        _port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), NearError> {
        reply.reject(no_forwarding()).await;
        self.refuse("x11")
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _originator: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), NearError> {
        self.channels.retain(|_, open| !open.place.is_closed());
        if !self.asks_ways || self.channels.len() >= CHANNELS || host.len() > NAME {
            reply.reject(no_forwarding()).await;
            return self.refuse("direct-tcpip");
        }
        let (_unread, write) = channel.split();
        let (lane, place) = (Lane::new(&self.meter), Place::open(&self.standing));
        let (ours, its) = (Arc::clone(&lane), Arc::clone(&place));
        self.channels
            .insert(write.id(), Open { lane: ours, place: its, write: None, way: true, terminal: None });
        self.tell(Event::Way(Box::new(Asked { reply, write, lane, place, host: host.to_owned(), port })))
    }

    async fn channel_open_forwarded_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _host: &str,
        _port: u32,
        _originator: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), NearError> {
        reply.reject(no_forwarding()).await;
        self.refuse("forwarded-tcpip")
    }

    async fn channel_open_direct_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _path: &str,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), NearError> {
        reply.reject(no_forwarding()).await;
        self.refuse("direct-streamlocal")
    }
}

impl Drop for Near {
    fn drop(&mut self) {
        for open in self.channels.values().filter(|open| open.way) {
            // One that is full of requests is ended by its task.
            let _full = open.lane.put(Item::Lost);
        }
    }
}

/// Bytes of an answer that are looked at: a code has six digits.
const CODE: usize = 64;
