//! The relay: one technician's connection after its login.
//!
//! The first request asks the gate; what the gate permits is dialled; then every channel gets its
//! counterpart and two pumps. This task itself moves no byte: it starts channels, obeys the gate's orders,
//! watches that both legs move, and ends both in under a second.

mod channel;
mod commands;
mod holding;
mod jump;
mod outside;
mod parting;
mod pump;
mod say;
mod waits;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::Attempt;
use gate::{Live, Opening, Order};
use session::{Failure, Leg};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout};
use vocab::{Ending, Text};

use self::channel::{Beginning, Shared, carry};
use self::outside::Outside;
use self::say::Mouth;
use crate::dialler::{self, Equipment, Gone, Unreached};
use crate::door::{Asked, Caller, Door, Event, LoggedIn, NearError, Standing};
use crate::lane::Meter;
use crate::leg::Rein;
use crate::limits::LAST_WORDS;
use crate::{agreed, texts};

/// Everything from the login to the end of the connection. What is over before a session lives is boxed, here and below:
/// its room would be kept for as long as the session.
pub(crate) async fn attend(door: Arc<Door>, login: LoggedIn, mut caller: Caller) {
    let mut outside = Outside::default();
    let first = match first_request(&door, &mut caller, &mut outside).await {
        Ok(First::Start(first)) => first,
        Ok(First::Way(asked)) => {
            return Box::pin(commands::attend(&door, &login, caller, First::Way(asked), outside)).await;
        }
        Err(why) => {
            outside.write(&door, &login, &mut caller).await;
            return farewell(caller, why.map(|text| text.in_lang(login.known.lang).to_owned())).await;
        }
    };
    let Some(target) = login.user.target.clone() else {
        return Box::pin(commands::attend(&door, &login, caller, First::Start(first), outside)).await;
    };
    let attempt = Attempt {
        person: login.known.person.clone(),
        login: login.known.proof.clone(),
        target,
        from: caller.from,
        access: first.right(),
    };
    let opened = Box::pin(door.gate.open(login.known.clone(), attempt)).await;
    match opened {
        Ok(opening) => hold(door, opening, caller, first, outside.into_session()).await,
        Err(no) => {
            Box::pin(refuse_all(&door, &mut caller, first, &no.text, &mut outside)).await;
            outside.write(&door, &login, &mut caller).await;
        }
    }
}

/// What a connection asks for first.
enum First {
    Start(Beginning),
    /// Only where no equipment was named.
    Way(Box<Asked>),
}

/// Waits for something to do. An error: there is nothing, and what the person is to be told, if he is still there.
async fn first_request(
    door: &Door,
    caller: &mut Caller,
    outside: &mut Outside,
) -> Result<First, Option<Text>> {
    let deadline = Instant::now() + door.settings.first_request;
    loop {
        let event = tokio::select! {
            event = caller.events.recv() => event,
            _gone = &mut caller.running => return Err(None),
            () = tokio::time::sleep_until(deadline) => return Err(Some(texts::nothing_opened())),
            () = door.stopped() => return Err(Some(texts::gate_stops())),
        };
        match event {
            Some(Event::Start(start)) => return Ok(First::Start(Beginning::new(*start))),
            Some(Event::Way(asked)) => return Ok(First::Way(asked)),
            Some(Event::Refused(what)) => outside.refused(what),
            Some(Event::LoggedIn(_)) => {}
            None => return Err(None),
        }
    }
}

/// Ends a connection that has no channel in which anything could be said.
async fn farewell(mut caller: Caller, text: Option<String>) {
    let Some(text) = text else { return };
    let disconnect = caller.handle.disconnect(russh::Disconnect::ByApplication, text, String::new());
    let words = async {
        let _said = disconnect.await;
    };
    parting::part(&caller.rein, words, &mut caller.running, std::future::ready(())).await;
}

/// Says no to every channel until the technician is gone.
async fn refuse_all(door: &Door, caller: &mut Caller, first: Beginning, text: &str, outside: &mut Outside) {
    let said = timeout(door.settings.first_request, first.mouth.refuse(text)).await;
    if !matches!(said, Ok(Ok(()))) {
        return;
    }
    let until = Instant::now() + door.settings.first_request;
    loop {
        tokio::select! {
            event = caller.events.recv() => match event {
                Some(Event::Start(start)) => {
                    let _said = timeout(LAST_WORDS, Beginning::new(*start).mouth.refuse(text)).await;
                }
                Some(Event::Refused(what)) => outside.refused(what),
                // Who named an equipment asks for no other.
                Some(Event::LoggedIn(_) | Event::Way(_)) => {}
                None => return,
            },
            _gone = &mut caller.running => return,
            () = tokio::time::sleep_until(until) => return,
            () = door.stopped() => return,
        }
    }
}

/// A session that is open in the ledger: whatever happens from here on, it gets its end, even when the
/// door itself is dropped.
async fn hold(
    door: Arc<Door>,
    opening: Opening,
    caller: Caller,
    first: Beginning,
    refused: Vec<&'static str>,
) {
    let ended = tokio::spawn(async move {
        let (gate, live) = (Arc::clone(&door.gate), Arc::clone(&opening.live));
        let near = Near {
            rein: caller.rein.clone(),
            meter: Arc::clone(&caller.meter),
            standing: Arc::clone(&caller.standing),
        };
        let far = Arc::new(OnceLock::new());
        // A task of its own: a panic in it ends this session only, and is told.
        let run = tokio::spawn(run(door, opening, caller, first, refused, Arc::clone(&far)));
        let (ending, detail) = run.await.unwrap_or_else(|error| {
            tracing::error!(session = %live.id(), %error, "A session's task failed");
            (Ending::Crash, Some(INTERNAL.to_owned()))
        });
        near.rein.cut();
        settle(&live, &near, far.get());
        gate.close(&live, ending, detail).await;
    });
    if let Err(error) = ended.await {
        tracing::error!(%error, "The end of a session could not be carried out");
    }
}

/// The technician's leg, as it is left.
struct Near {
    rein: Rein,
    meter: Arc<Meter>,
    standing: Arc<Standing>,
}

/// Every byte is accounted for: what came and nobody took was refused, and then the four states are what both
/// legs carried. An account that does not add up is a fault of ours, and is said.
fn settle(live: &Live, near: &Near, far: Option<&Arc<Equipment>>) {
    let (from_technician, untaken) = near.meter.account();
    live.refused_bytes(true, untaken);
    let ((from_equipment, untaken), to_equipment) = far.map_or(((0, 0), 0), |far| far.account());
    live.refused_bytes(false, untaken);
    let crossings = live.crossings();
    if (crossings.inward.came(), crossings.outward.came()) != (from_technician, from_equipment) {
        tracing::error!(session = %live.id(), from_technician, from_equipment, ?crossings, "The account of a session's bytes does not add up");
    }
    tracing::info!(
        session = %live.id(),
        from_technician,
        to_technician = near.standing.sent(),
        from_equipment,
        to_equipment,
        sockets = ?(near.rein.carried(), far.map(|far| far.rein().carried())),
        "Both legs are over"
    );
}

/// What the ledger says of a fault of ours.
const INTERNAL: &str = "internal error";

type Outcome = (Ending, Option<String>);

async fn run(
    door: Arc<Door>,
    opening: Opening,
    mut caller: Caller,
    first: Beginning,
    refused: Vec<&'static str>,
    far: Arc<OnceLock<Arc<Equipment>>>,
) -> Outcome {
    let live = Arc::clone(&opening.live);
    live.technician_leg(caller.from, &caller.rein.hello(), agreed::with_client(&caller.rein.take_hello()));
    refused.into_iter().for_each(|what| live.channel_refused(None, what, "closed", None));
    let Some(mut orders) = live.orders() else {
        return (Ending::Crash, Some("the session was held twice".to_owned()));
    };
    let dialled = tokio::select! {
        dialled = Box::pin(dialler::dial(&opening.permit, &opening.lent, &door.settings)) => dialled,
        ended = &mut caller.running => return (technician_left(&live, &ended, &caller.standing), None),
        (ending, text) = closing(&live, &mut orders) => {
            if let Some(text) = &text {
                tell(&live, &mut caller, &first.mouth, text).await;
            }
            return (ending, None);
        }
        () = door.stopped() => {
            tell(&live, &mut caller, &first.mouth, texts::gate_stops().in_lang(live.lang())).await;
            return (Ending::GateStopped, None);
        }
    };
    // The secret has done its work.
    drop(opening.lent);
    let equipment = match dialled {
        Ok(equipment) => Arc::new(equipment),
        Err(why) => return unreached(&door, &live, &mut caller, &first.mouth, &why).await,
    };
    let permit = opening.permit.value();
    let server = equipment.rein().hello();
    live.reached(&permit.host_key().0, &server, equipment.agreed.clone());
    drop(equipment.rein().take_hello());
    let (hold, held) = watch::channel(false);
    let shared = Shared {
        live: Arc::clone(&live),
        equipment,
        waits: Arc::default(),
        held,
        handle: caller.handle.clone(),
    };
    let equipment = Arc::clone(far.get_or_init(|| Arc::clone(&shared.equipment)));
    let mut desk = Desk {
        door,
        live: Arc::clone(&live),
        shared,
        hold,
        channels: BTreeMap::new(),
        tasks: JoinSet::new(),
        left: Left::No,
        broken: false,
    };
    desk.begin(first);
    let outcome = desk.serve(caller, orders).await;
    // Every channel is accounted for before the session is closed.
    desk.tasks.shutdown().await;
    let _gone = timeout(LAST_WORDS, equipment.farewell()).await;
    outcome
}

/// The order to close, when it comes before anything was dialled.
async fn closing(live: &Live, orders: &mut mpsc::Receiver<Order>) -> (Ending, Option<String>) {
    loop {
        match orders.recv().await {
            Some(Order::Close(ending, text)) => {
                return (ending, text.map(|text| text.in_lang(live.lang()).to_owned()));
            }
            // Nobody sees anything yet.
            Some(_) => {}
            None => return (Ending::Crash, None),
        }
    }
}

/// Tells the technician, the gate, and how it ends.
async fn unreached(door: &Door, live: &Live, caller: &mut Caller, mouth: &Mouth, why: &Unreached) -> Outcome {
    let ending = if let Unreached::HostKeyChanged(shown) = why {
        door.gate.host_key_changed(live, shown).await;
        Ending::HostKeyChanged
    } else {
        live.unreachable(why.code(), None);
        Ending::EquipmentUnreachable
    };
    tell(live, caller, mouth, texts::unreached(why).in_lang(live.lang())).await;
    (ending, Some(why.to_string()))
}

/// The last words of a session whose one channel has no counterpart.
async fn tell(live: &Live, caller: &mut Caller, mouth: &Mouth, text: &str) {
    live.notice(mouth.write.id().into(), text, mouth.line(text).len());
    let _heard = timeout(LAST_WORDS, mouth.refuse(text)).await;
    // His client leaves by itself as soon as it has read the exit status.
    let _left = timeout(LAST_WORDS, &mut caller.running).await;
}

/// The technician's leg is over.
fn technician_left(live: &Live, ended: &Result<(), NearError>, standing: &Standing) -> Ending {
    match ended {
        Ok(()) => live.leg_closed(Leg::Technician, true),
        Err(NearError::Flood(_) | NearError::TooManyRefusals | NearError::Overrun) => {
            live.failed(Failure::Violation)
        }
        Err(NearError::Library(russh::Error::Join(error))) => {
            tracing::error!(session = %live.id(), %error, "The library failed on a technician's leg");
            return Ending::Crash;
        }
        // PuTTY closes the connection behind its last channel without a word.
        Err(NearError::Library(_)) => live.leg_closed(Leg::Technician, standing.is_empty()),
    }
    live.ending().unwrap_or(Ending::ConnectionLost)
}

/// What is known of the end of the equipment's leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    No,
    Seen { flooded: bool },
    Told,
}

async fn equipment_left(gone: &mut watch::Receiver<Gone>) -> Left {
    // A sender that is gone is a leg that is gone.
    let flooded = gone.wait_for(|gone| *gone != Gone::Not).await.is_ok_and(|gone| *gone == Gone::Flooded);
    Left::Seen { flooded }
}

/// A channel that the technician sees open.
struct Open {
    mouth: Mouth,
    task: AbortHandle,
}

/// Where a session is held.
struct Desk {
    door: Arc<Door>,
    live: Arc<Live>,
    shared: Shared,
    hold: watch::Sender<bool>,
    channels: BTreeMap<u32, Open>,
    tasks: JoinSet<(u32, bool)>,
    left: Left,
    /// A task of ours failed.
    broken: bool,
}

impl Desk {
    fn begin(&mut self, beginning: Beginning) {
        let (number, mouth) = (beginning.number, beginning.mouth.clone());
        let shared = self.shared.clone();
        let task = self.tasks.spawn(async move { (number, carry(shared, beginning).await) });
        self.channels.insert(number, Open { mouth, task });
    }

    /// Until the session ends.
    async fn serve(&mut self, mut caller: Caller, mut orders: mpsc::Receiver<Order>) -> Outcome {
        let mut gone = self.shared.equipment.gone();
        let mut watch = tokio::time::interval((self.door.settings.stall / 8).max(Duration::from_millis(50)));
        loop {
            tokio::select! {
                event = caller.events.recv() => match event {
                    Some(Event::Start(start)) => self.begin(Beginning::new(*start)),
                    Some(Event::Refused(what)) => self.live.channel_refused(None, what, "closed", None),
                    Some(Event::LoggedIn(_) | Event::Way(_)) => {}
                    None => {
                        let ended = (&mut caller.running).await;
                        return (technician_left(&self.live, &ended, &caller.standing), None);
                    }
                },
                ended = &mut caller.running => {
                    return (technician_left(&self.live, &ended, &caller.standing), None);
                }
                order = orders.recv() => match order {
                    Some(Order::Close(ending, text)) => {
                        let text = text.map(|text| text.in_lang(self.live.lang()).to_owned());
                        self.part(caller, text).await;
                        return (ending, None);
                    }
                    Some(order) => self.obey(order),
                    None => return (Ending::Crash, Some("the gate is gone".to_owned())),
                },
                left = equipment_left(&mut gone), if self.left == Left::No => self.left = left,
                Some(done) = self.tasks.join_next() => self.finished(done),
                _ = watch.tick() => self.watch(&caller),
                () = self.door.stopped() => {
                    let text = texts::gate_stops().in_lang(self.live.lang()).to_owned();
                    self.part(caller, Some(text)).await;
                    return (Ending::GateStopped, None);
                }
            }
            if self.broken {
                self.part(caller, Some(texts::internal().in_lang(self.live.lang()).to_owned())).await;
                return (Ending::Crash, Some(INTERNAL.to_owned()));
            }
            self.settle_equipment();
        }
    }

    fn finished(&mut self, done: Result<(u32, bool), tokio::task::JoinError>) {
        match done {
            Ok((number, true)) => drop(self.channels.remove(&number)),
            // The technician's side of it is still open: it gets the last words.
            Ok((_, false)) => {}
            Err(error) if error.is_panic() => {
                tracing::error!(session = %self.live.id(), %error, "A channel's task failed");
                self.broken = true;
            }
            Err(_ended_by_us) => {}
        }
    }

    /// The equipment's leg is over. What it had sent is carried to its end; then the gate is told, and its
    /// order to close follows.
    fn settle_equipment(&mut self) {
        if let Left::Seen { flooded } = self.left
            && (flooded || self.tasks.is_empty())
        {
            self.left = Left::Told;
            if flooded {
                self.live.failed(Failure::Violation);
            } else {
                self.live.leg_closed(Leg::Equipment, self.channels.is_empty());
            }
        }
    }

    /// What is not a closing. Nothing here waits for a technician who does not read.
    fn obey(&mut self, order: Order) {
        match order {
            Order::Warn(numbers, text) => {
                let text = text.in_lang(self.live.lang()).to_owned();
                for (number, mouth) in self.mouths(&numbers).filter(|(_, mouth)| mouth.terminal) {
                    self.live.notice(number, &text, mouth.line(&text).len());
                    let text = text.clone();
                    tokio::spawn(async move { timeout(LAST_WORDS, mouth.say(&text)).await });
                }
            }
            Order::CloseChannels(numbers) => {
                let text = texts::right_lost().in_lang(self.live.lang()).to_owned();
                for number in numbers {
                    let Some(Open { mouth, task }) = self.channels.remove(&number) else { continue };
                    task.abort();
                    self.live.notice(number, &text, mouth.line(&text).len());
                    let text = text.clone();
                    tokio::spawn(async move { timeout(LAST_WORDS, mouth.refuse(&text)).await });
                }
            }
            Order::Hold => drop(self.hold.send(true)),
            Order::Release => drop(self.hold.send(false)),
            Order::Close(..) => {}
        }
    }

    fn mouths<'a>(&'a self, numbers: &'a [u32]) -> impl Iterator<Item = (u32, Mouth)> + 'a {
        numbers.iter().filter_map(|number| Some((*number, self.channels.get(number)?.mouth.clone())))
    }

    /// Both legs have to move.
    fn watch(&self, caller: &Caller) {
        let limit = self.door.settings.stall;
        let sockets = [(Leg::Technician, &caller.rein), (Leg::Equipment, self.shared.equipment.rein())];
        let blocked = sockets.into_iter().find(|(_, rein)| rein.blocked() >= limit).map(|(leg, _)| leg);
        let waiting = self.shared.waits.longest().filter(|(_, since)| *since >= limit).map(|(leg, _)| leg);
        if let Some(leg) = blocked.or(waiting) {
            self.live.failed(Failure::Stalled(leg));
        }
    }

    /// The last words, then both legs are cut: below a second in all, whatever the others do.
    async fn part(&mut self, mut caller: Caller, text: Option<String>) {
        // Nothing crosses any more.
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
        self.shared.equipment.rein().cut();
        let words = async {
            for (number, open) in &self.channels {
                if let Some(text) = &text {
                    self.live.notice(*number, text, open.mouth.line(text).len());
                    let _heard = open.mouth.refuse(text).await;
                } else {
                    let _heard = open.mouth.close().await;
                }
            }
        };
        let reason = text.clone().unwrap_or_default();
        let disconnect = caller.handle.disconnect(russh::Disconnect::ByApplication, reason, String::new());
        parting::part(&caller.rein, words, &mut caller.running, disconnect).await;
    }
}
