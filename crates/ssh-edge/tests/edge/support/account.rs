//! Every byte is accounted for: what the ledger says of a session, against what both legs carried.
//!
//! The edge counts each leg where the library hands data over and takes it, and says so when both are over.
//! The ledger's account comes from elsewhere: from the recording's streams and the parsers. Both are compared
//! at the end of every test.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{LazyLock, Mutex, Once};

use events::{Entry, Fact, Flow, SessionEnded};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};
use vocab::SessionId;

/// Data that both legs of a session carried, in channels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) from_technician: u64,
    pub(crate) to_technician: u64,
    pub(crate) from_equipment: u64,
    pub(crate) to_equipment: u64,
}

static CARRIED: LazyLock<Mutex<BTreeMap<String, Carried>>> = LazyLock::new(Mutex::default);

/// Listens to what the edge says of its legs, from now on and once.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Ears).unwrap());
}

/// Holds the account of every session that ended in this log against what its legs carried; its channels too.
pub(crate) fn check(entries: &[Entry]) {
    for (session, end) in ends(entries) {
        let carried = carried(session);
        assert_eq!(came(&end.inward), carried.from_technician, "inward: {end:?}\n{carried:?}");
        assert_eq!(came(&end.outward), carried.from_equipment, "outward: {end:?}\n{carried:?}");
        // What could not be sent any more, because the other side was gone, was let through all the same.
        assert!(carried.to_equipment <= let_through(&end.inward), "to the equipment: {end:?}\n{carried:?}");
        assert!(
            carried.to_technician <= let_through(&end.outward),
            "to the technician: {end:?}\n{carried:?}"
        );
        channels(session, entries);
    }
}

/// The same, and everything that was let through was sent: nobody left before his time.
pub(crate) fn check_sent(entries: &[Entry]) {
    check(entries);
    for (session, end) in ends(entries) {
        let carried = carried(session);
        assert_eq!(carried.to_equipment, let_through(&end.inward), "{end:?}\n{carried:?}");
        assert_eq!(carried.to_technician, let_through(&end.outward), "{end:?}\n{carried:?}");
    }
}

fn ends(entries: &[Entry]) -> impl Iterator<Item = (SessionId, &SessionEnded)> {
    entries.iter().filter_map(|entry| match &entry.fact {
        Fact::SessionEnded(end) => Some((entry.session?, end)),
        _ => None,
    })
}

fn carried(session: SessionId) -> Carried {
    // The lock is given back before anything fails: the gate's own tasks take it too.
    let said = CARRIED.lock().unwrap().get(&session.to_string()).copied();
    said.unwrap_or_else(|| panic!("nothing was said of the legs of {session}"))
}

/// Every channel that began has its end, once, and nothing ends that did not begin.
fn channels(session: SessionId, entries: &[Entry]) {
    let (mut opened, mut closed) = (Vec::new(), Vec::new());
    for entry in entries.iter().filter(|entry| entry.session == Some(session)) {
        match &entry.fact {
            Fact::ChannelOpened(one) => opened.push(one.channel),
            Fact::ChannelClosed(one) => closed.push(one.channel),
            _ => {}
        }
    }
    opened.sort_unstable();
    closed.sort_unstable();
    assert_eq!(opened, closed, "channels of {session}");
}

fn came(flow: &Flow) -> u64 {
    flow.parsed + flow.unparsed + flow.elided + flow.refused
}

fn let_through(flow: &Flow) -> u64 {
    flow.parsed + flow.unparsed + flow.elided + flow.own
}

/// Hears one sentence of the edge.
struct Ears;

#[derive(Default)]
struct Heard {
    words: String,
    session: String,
    carried: Carried,
}

impl Visit for Heard {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "from_technician" => self.carried.from_technician = value,
            "to_technician" => self.carried.to_technician = value,
            "from_equipment" => self.carried.from_equipment = value,
            "to_equipment" => self.carried.to_equipment = value,
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.words = format!("{value:?}"),
            "session" => self.session = format!("{value:?}"),
            _ => {}
        }
    }
}

impl Subscriber for Ears {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= Level::INFO && metadata.target() == "ssh_edge::relay"
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut heard = Heard::default();
        event.record(&mut heard);
        if heard.words == "Both legs are over" {
            CARRIED.lock().unwrap().insert(heard.session, heard.carried);
        }
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
