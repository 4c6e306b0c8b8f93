//! An entry of a ledger as a receiver of security events is sent it (`docs/formats/siem.md`): one message of RFC 5424.
//!
//! The ledger is what proves; a message is a copy that names its entry (origin, index, leaf hash), so that a receiver
//! knows a copy that comes twice and an auditor finds the entry. Nothing is read back from a message.

mod atna;
mod ocsf;

use std::fmt::Write as _;

use vocab::{Class, Timestamp};

use crate::value::Value;
use crate::{Entry, Error, Fact};

/// The number that IANA reserves for examples (RFC 5612): ours until one is registered.
pub const ENTERPRISE_EXAMPLE: u32 = 32_473;
/// The shortest limit of a message: what every receiver takes (RFC 5425 section 4.3.1).
pub const MESSAGE_MIN: usize = 2_048;
/// The usual limit: what every receiver should take (the same section).
pub const MESSAGE_USUAL: usize = 8_192;
/// The longest limit: the largest event (62 KiB), each byte of its two paths escaped already, and its address.
pub const MESSAGE_MAX: usize = 131_072;

/// Security and authorisation messages, not for everybody (RFC 5424 section 6.2.1).
const AUTHPRIV: u8 = 10;

/// What the message says after its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The event as JSON, as `events.md` spells it.
    #[default]
    Rfc5424,
    /// An audit message of DICOM (IHE ATNA); of events that have no code there, nothing is sent.
    Atna,
    /// An event of OCSF as JSON.
    Ocsf,
}

/// How a receiver wants its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// In which form.
    pub format: Format,
    /// How far what is sent may travel: [`Class::Public`] or [`Class::Sensitive`]. What is secret never leaves.
    pub class: Class,
    /// The private enterprise number behind the `@` of what is ours.
    pub enterprise: u32,
    /// Longest message in bytes, [`MESSAGE_MIN`] to [`MESSAGE_MAX`].
    pub longest: usize,
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand<'a> {
    /// The log's origin.
    pub origin: &'a str,
    /// The entry's index in the log.
    pub index: u64,
    /// Its leaf hash (RFC 6962).
    pub leaf: [u8; 32],
}

/// The message about an entry. It is never longer than wanted: the longest members of an event that is too long are left
/// out, and named. An entry that this program cannot read is told as such, not left out. `None`: the format has no word
/// for this event, and it is not sent.
pub fn message(bytes: &[u8], stand: Stand<'_>, wanted: &Wanted) -> Option<Vec<u8>> {
    let text = match Entry::decode(bytes) {
        Ok(entry) => of_entry(&entry, stand, wanted)?,
        Err(error) => unreadable(&error, stand, wanted),
    };
    Some(text.into_bytes())
}

fn of_entry(entry: &Entry, stand: Stand<'_>, wanted: &Wanted) -> Option<String> {
    let class = wanted.class.min(Class::Sensitive);
    let mut event = entry.redacted(class);
    let mut left_out = Vec::new();
    let head = head(entry, stand, wanted);
    loop {
        let said = match wanted.format {
            Format::Rfc5424 => json(&event),
            Format::Atna => atna::xml(entry, entry.fact.atna()?, &event, stand, class),
            Format::Ocsf => ocsf::line(entry, &event, stand, class),
        };
        let text = format!("{head} {said}");
        if text.len() <= wanted.longest || !leave_out_longest(&mut event, &mut left_out) {
            return Some(text);
        }
    }
}

fn head(entry: &Entry, stand: Stand<'_>, wanted: &Wanted) -> String {
    let kind = match wanted.format {
        Format::Rfc5424 | Format::Ocsf => entry.fact.code(),
        // As IHE ATNA has it, by which receivers know such a message.
        Format::Atna => "DICOM+RFC3881",
    };
    let mut head = format!(
        "<{}>1 {} {} poterne {} {kind} ",
        priority(&entry.fact),
        moment(entry.at),
        entry.gate,
        entry.boot,
    );
    let mut params = vec![
        ("number", entry.fact.number().to_string()),
        ("establishment", entry.establishment.to_string()),
        ("recorded", moment(entry.recorded_at)),
    ];
    params.extend(entry.session.map(|session| ("session", session.to_string())));
    params.extend(entry.intervention.as_ref().map(|name| ("intervention", name.to_string())));
    structured(&mut head, stand, wanted, &params);
    head
}

/// The one element of structured data: where the entry stands, and what a receiver sorts by.
fn structured(head: &mut String, stand: Stand<'_>, wanted: &Wanted, more: &[(&str, String)]) {
    let leaf: String = stand.leaf.iter().map(|byte| format!("{byte:02x}")).collect();
    let stands = [("origin", stand.origin.to_owned()), ("index", stand.index.to_string()), ("leaf", leaf)];
    let _infallible = write!(head, "[poterne@{}", wanted.enterprise);
    for (name, value) in stands.iter().chain(more) {
        let _infallible = write!(head, " {name}=\"{}\"", escaped(value));
    }
    head.push(']');
}

fn unreadable(error: &Error, stand: Stand<'_>, wanted: &Wanted) -> String {
    let mut head = format!("<{}>1 - - poterne - unreadable ", AUTHPRIV * 8 + 3);
    structured(&mut head, stand, wanted, &[]);
    let why = Value::Object([("unreadable".to_owned(), Value::Text(error.to_string()))].into());
    format!("{head} {}", json(&why))
}

/// Facility and severity (RFC 5424 section 6.2.1), the severity by the event's outcome as IHE ATNA counts it.
fn priority(fact: &Fact) -> u8 {
    let severity = match fact.outcome() {
        0 => 5,
        4 => 4,
        8 => 3,
        _ => 2,
    };
    AUTHPRIV * 8 + severity
}

/// To the microsecond; `-` for what no calendar of RFC 3339 has.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match text.strip_suffix('Z') {
        Some(whole) if whole.len() == "2026-11-24T00:00:00".len() && !whole.starts_with('-') => {
            format!("{whole}.{:06}Z", at.as_micros().rem_euclid(1_000_000))
        }
        _ => "-".to_owned(),
    }
}

/// A parameter's value (RFC 5424 section 6.3.3).
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '"' | '\\' | ']') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// JSON in which nothing ends a line, moves a cursor or turns the writing.
fn json(value: &Value) -> String {
    vocab::printable(&value.to_string())
}

/// Takes the longest member of the event's data away and names it in `left_out`; then, where that is not enough, everything
/// but the code. `false`: there is no more.
fn leave_out_longest(event: &mut Value, names: &mut Vec<Value>) -> bool {
    let Value::Object(members) = event else { return false };
    let Some(Value::Object(data)) = members.get_mut("data") else { return false };
    let longest = data.iter().max_by_key(|(_, value)| json(value).len()).map(|(name, _)| name.clone());
    if let Some(name) = longest {
        data.remove(&name);
        names.push(Value::Text(name));
    } else {
        members.retain(|name, _| name == "code");
        *names = vec![Value::Text("everything".to_owned())];
    }
    members.insert("left_out".to_owned(), Value::List(names.clone()));
    true
}

#[cfg(test)]
mod tests;
