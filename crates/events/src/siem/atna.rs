//! The message as an audit message of DICOM (PS3.15 A.5), as IHE ATNA carries it.

use vocab::{Class, PersonId};

use super::{Stand, json, moment};
use crate::value::Value;
use crate::{Actor, Atna, Entry};

/// The codes that `tables/outputs.txt` uses, in the words of the DICOM vocabulary (PS3.16).
const WORDS: [(u32, &str); 20] = [
    (110_100, "Application Activity"),
    (110_101, "Audit Log Used"),
    (110_106, "Export"),
    (110_107, "Import"),
    (110_113, "Security Alert"),
    (110_114, "User Authentication"),
    (110_120, "Application Start"),
    (110_121, "Application Stop"),
    (110_122, "Login"),
    (110_126, "Node Authentication"),
    (110_127, "Emergency Override Started"),
    (110_129, "Security Configuration"),
    (110_131, "Software Configuration"),
    (110_132, "Use of Restricted Function"),
    (110_133, "Audit Recording Stopped"),
    (110_136, "Security Roles Changed"),
    (110_137, "User security Attributes Changed"),
    (110_138, "Emergency Override Stopped"),
    (110_139, "Remote Service Operation Started"),
    (110_140, "Remote Service Operation Stopped"),
];

/// What a code is called.
pub(super) fn words(code: u32) -> &'static str {
    WORDS.iter().find(|(known, _)| *known == code).map_or("", |(_, words)| words)
}

/// One line of XML. `event` is what of the entry may travel.
pub(super) fn xml(entry: &Entry, codes: Atna, event: &Value, stand: Stand<'_>, class: Class) -> String {
    let gate = escaped(entry.gate.as_str());
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><AuditMessage><EventIdentification EventActionCode=\"E\" EventDateTime=\"{}\" EventOutcomeIndicator=\"{}\">{}",
        moment(entry.at),
        codes.outcome,
        code("EventID", codes.event),
    );
    if let Some(kind) = codes.kind {
        xml.push_str(&code("EventTypeCode", kind));
    }
    xml.push_str("</EventIdentification>");
    xml.push_str(&format!("<ActiveParticipant UserID=\"{gate}\" UserIsRequestor=\"false\">"));
    xml.push_str("<RoleIDCode csd-code=\"110150\" codeSystemName=\"DCM\" originalText=\"Application\"/></ActiveParticipant>");
    if class >= Class::Sensitive {
        xml.push_str(&person(entry, event));
    }
    xml.push_str(&format!(
        "<AuditSourceIdentification AuditEnterpriseSiteID=\"{}\" AuditSourceID=\"{gate}\"><AuditSourceTypeCode csd-code=\"4\"/></AuditSourceIdentification>",
        escaped(entry.establishment.as_str()),
    ));
    // A system object (2) that is a security resource (13).
    xml.push_str(&format!(
        "<ParticipantObjectIdentification ParticipantObjectID=\"{}#{}\" ParticipantObjectTypeCode=\"2\" ParticipantObjectTypeCodeRole=\"13\">",
        escaped(stand.origin),
        stand.index,
    ));
    xml.push_str("<ParticipantObjectIDTypeCode csd-code=\"entry\" codeSystemName=\"Poterne\" originalText=\"Ledger entry\"/>");
    xml.push_str(&format!("<ParticipantObjectName>{}</ParticipantObjectName>", entry.fact.code()));
    for (name, value) in [("leaf", base64(&stand.leaf)), ("event", base64(json(event).as_bytes()))] {
        xml.push_str(&format!("<ParticipantObjectDetail type=\"{name}\" value=\"{value}\"/>"));
    }
    xml.push_str("</ParticipantObjectIdentification></AuditMessage>");
    xml
}

/// Whom it is about, or who acted, and from where.
fn person(entry: &Entry, event: &Value) -> String {
    let Some((user, acted)) = user(entry, event) else { return String::new() };
    let mut xml = format!("<ActiveParticipant UserID=\"{}\" UserIsRequestor=\"{acted}\"", escaped(&user));
    if let Some(from) = text(event, "from") {
        // An address of IP (2).
        xml.push_str(&format!(
            " NetworkAccessPointID=\"{}\" NetworkAccessPointTypeCode=\"2\"",
            escaped(from)
        ));
    }
    xml + "/>"
}

/// The person who acted, else the one whom it is about, and whether he acted.
pub(super) fn user(entry: &Entry, event: &Value) -> Option<(String, bool)> {
    match &entry.by {
        Actor::Person(person) => Some((PersonId::to_string(person), true)),
        Actor::Host => Some(("host operator".to_owned(), true)),
        Actor::Gate => Some((text(event, "person")?.to_owned(), false)),
    }
}

/// A member of the event's data that is text.
pub(super) fn text<'a>(event: &'a Value, name: &str) -> Option<&'a str> {
    let Value::Object(members) = event else { return None };
    let Some(Value::Object(data)) = members.get("data") else { return None };
    if let Some(Value::Text(text)) = data.get(name) { Some(text) } else { None }
}

fn code(element: &str, code: u32) -> String {
    format!("<{element} csd-code=\"{code}\" codeSystemName=\"DCM\" originalText=\"{}\"/>", words(code))
}

/// Text in an attribute; what XML has no place for is left out.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&apos;"),
            c if vocab::is_hidden(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => xml.push(c),
        }
    }
    xml
}

/// As RFC 4648 section 4 has it.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| DIGITS.get((bits & 63) as usize).copied().map_or('=', char::from);
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().chain(&[0, 0]).take(3).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        for place in 0..4 {
            text.push(if place <= chunk.len() { digit(bits >> (18 - 6 * place)) } else { '=' });
        }
    }
    text
}
