//! `ssh -J`: an inner connection, ended here under the name of the equipment.
//!
//! The technician's client opens a way to the equipment through the connection that he has logged in on, and speaks SSH
//! through it. We answer in the equipment's place: what comes of it is a connection like any other, whose login is the
//! outer one's. So the tools that know only ProxyJump are decided about, filtered and recorded as all others.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use domain::Target;
use gate::Known;
use russh::ChannelOpenFailure;
use russh::keys::Certificate;
use russh::server;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::door::{Asked, Caller, Door, Event, LoggedIn, Near};
use crate::lane::{Item, Lane};
use crate::leg::{Leg, Rein};
use crate::limits::EVENTS;
use crate::texts;
use crate::user::User;

/// The port that a client asks for when nobody told it another.
const SSH: u32 = 22;

/// Carries one inner connection from its asking to its end; whether there is such a way. Boxed, because it leads back
/// to where it came from.
pub(super) fn carry(
    door: Arc<Door>,
    known: Known,
    from: IpAddr,
    asked: Asked,
) -> Pin<Box<dyn Future<Output = bool> + Send>> {
    Box::pin(answer(door, known, from, asked))
}

/// There are too many.
pub(super) async fn no_room(asked: Asked) {
    asked.reply.reject(ChannelOpenFailure::ResourceShortage).await;
    asked.place.close();
}

async fn answer(door: Arc<Door>, known: Known, from: IpAddr, asked: Asked) -> bool {
    // It is a connection like any other, before its login too: nobody waits in another room for that.
    let Some(_room) = door.place() else {
        no_room(asked).await;
        return true;
    };
    let Asked { reply, write, lane, place, host, port } = asked;
    let name = format!("{}+{host}", known.person);
    let target = User::parse(&name).and_then(|user| user.target);
    let found = match &target {
        Some(target) => door.gate.way_to(&known, target, &door.public()).await,
        None => None,
    };
    let way = found.filter(|way| port == SSH || port == u32::from(way.port));
    let (Some(target), Some(way)) = (target, way) else {
        let text = texts::no_such_way(&host).in_lang(known.lang).to_owned();
        reply.reject(ChannelOpenFailure::Other { code: PROHIBITED, reason: text }).await;
        place.close();
        return false;
    };
    reply.accept().await;
    let stream = Crossing {
        lane: Arc::clone(&lane),
        to: Box::pin(write.make_writer()),
        next: None,
        rest: Bytes::new(),
    };
    let (leg, rein) = Leg::new(stream);
    let cut = CutInner(rein.clone());
    let certificate = way.certificate.and_then(|line| Certificate::from_openssh(&line).ok());
    inner(&door, known, from, target, leg, rein, certificate).await;
    drop(cut);
    lane.shut();
    place.close();
    let _closed = write.close().await;
    true
}

/// SSH_OPEN_ADMINISTRATIVELY_PROHIBITED (RFC 4254 section 5.1), with words.
const PROHIBITED: u32 = 1;

async fn inner(
    door: &Arc<Door>,
    known: Known,
    from: IpAddr,
    target: Target,
    leg: Leg<Crossing>,
    rein: Rein,
    certificate: Option<Certificate>,
) {
    let grace = Instant::now() + door.settings.login_grace;
    let (tell, mut events) = mpsc::channel(EVENTS);
    let user = User { person: known.person.clone(), target: Some(target) };
    let near = Near::inside(Arc::clone(door), from, rein.clone(), LoggedIn { known, user }, tell);
    let (standing, meter) = near.books();
    let config = Arc::new(door.config_under(certificate));
    let started = timeout_at(grace, server::run_stream(config, leg, near)).await;
    let Ok(Ok(mut running)) = started else { return };
    let handle = running.handle();
    let login = tokio::select! {
        event = events.recv() => event,
        _gone = &mut running => None,
        () = tokio::time::sleep_until(grace) => None,
        () = door.stopped() => None,
    };
    let Some(Event::LoggedIn(login)) = login else { return };
    let caller = Caller { from, rein, handle, events, running, standing, meter };
    super::attend(Arc::clone(door), *login, caller).await;
}

/// The inner connection ends with its task.
struct CutInner(Rein);

impl Drop for CutInner {
    fn drop(&mut self) {
        self.0.cut();
    }
}

type NextItem = Pin<Box<dyn Future<Output = Item> + Send>>;

/// What crosses the channel of a way, as a stream. The library's loop puts into the lane and never waits for us.
struct Crossing {
    lane: Arc<Lane>,
    to: Pin<Box<dyn AsyncWrite + Send>>,
    next: Option<NextItem>,
    rest: Bytes,
}

impl AsyncRead for Crossing {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        while self.rest.is_empty() {
            let lane = Arc::clone(&self.lane);
            let next = self.next.get_or_insert_with(|| Box::pin(async move { lane.next().await }));
            let item = ready!(next.as_mut().poll(cx));
            self.next = None;
            match item {
                Item::Data(bytes) => self.rest = bytes,
                Item::Eof | Item::Close | Item::Lost => {
                    // Whoever asks again is told the same.
                    self.next = Some(Box::pin(std::future::ready(Item::Close)));
                    return Poll::Ready(Ok(()));
                }
                _ => {}
            }
        }
        let length = self.rest.len().min(buffer.remaining());
        buffer.put_slice(&self.rest.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Crossing {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.to.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.to.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.to.as_mut().poll_shutdown(cx)
    }
}
