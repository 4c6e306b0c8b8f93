//! `[[direct]]`: a way past the gate, proposed for the responsable to sign, at the door (T1, T6, T8).

use domain::{DirectPath, Flow, FlowHours, FlowSource};

use super::Placed;
use super::parts::word_for;
use super::sheet::Noun;
use super::table::{Item, Table, shown};
use super::write::{Rows, Wall};

/// Words of when a flow may pass.
const HOURS: [(&str, FlowHours); 2] = [("windows", FlowHours::Windows), ("always", FlowHours::Always)];

pub(super) fn read(mut table: Table<'_>) -> Option<Placed<DirectPath>> {
    let service = table.need("service", |item| item.refer(Noun::Service));
    let reason = table.need("reason", Item::text);
    let solution = table.need("solution", Item::text);
    let recommendation = table.need("recommendation", Item::document);
    let flows = table.need("flows", |item| item.some(|flow| flow.table(flow_of)));
    let owner = table.need("owner", |item| item.refer(Noun::Person));
    let (span, review) = table.reviewed();
    table.finish();
    let decision = DirectPath {
        service: service?,
        reason: reason?,
        solution: solution?,
        recommendation: recommendation?,
        flows: flows?,
        owner: owner?,
        span: span?,
        review: review?,
        signed: None,
    };
    Some(Placed::new(decision, &table))
}

fn flow_of(mut table: Table<'_>) -> Option<Flow> {
    let equipment = table.need("equipment", |item| item.refer(Noun::Equipment));
    let port = table.need("port", |item| item.number(1, u32::from(u16::MAX)));
    let network = table.may("from", network);
    let certificate = table.may("certificate", Item::text);
    let hours = table.need("hours", |item| item.choice(&HOURS));
    let (by_network, by_certificate) = (table.gave("from"), table.gave("certificate"));
    table.finish();
    if by_network == by_certificate {
        table.sheet.fault(
            table.at,
            "un flux vient ou bien d'un réseau (from), ou bien de qui montre un certificat (certificate)",
            "a flow comes either from a network (from), or from whoever shows a certificate (certificate)",
        );
        return None;
    }
    let source = network.map(FlowSource::Network).or(certificate.map(FlowSource::Certificate));
    Some(Flow { equipment: equipment?, port: u16::try_from(port?).ok()?, source: source?, hours: hours? })
}

pub(super) fn network(item: Item<'_>) -> Option<domain::Network> {
    let given = item.raw()?;
    match given.parse() {
        Ok(network) => Some(network),
        Err(domain::InvalidNetwork::Wide(_)) => item.fault(
            format!(
                "`{}` laisse passer trop de monde : au moins /24 en IPv4, /48 en IPv6 (T8)",
                shown(given)
            ),
            format!("`{}` lets too many through: at least /24 for IPv4, /48 for IPv6 (T8)", shown(given)),
        ),
        Err(domain::InvalidNetwork::Host(_)) => item.fault(
            format!(
                "`{}` : l'adresse dépasse son préfixe, comme 198.51.100.7 dans 198.51.100.0/28",
                shown(given)
            ),
            format!(
                "`{}`: the address goes beyond its prefix, as 198.51.100.7 in 198.51.100.0/28",
                shown(given)
            ),
        ),
        Err(domain::InvalidNetwork::Form(_)) => item.fault(
            format!("`{}` n'est pas un réseau, comme 198.51.100.7 ou 198.51.100.0/28", shown(given)),
            format!("`{}` is not a network, such as 198.51.100.7 or 198.51.100.0/28", shown(given)),
        ),
    }
}

/// What [`read`] reads. A signature is an act of the door, and in no file.
pub(super) fn write(decision: &DirectPath, wall: &Wall<'_>) -> Rows {
    let DirectPath { service, reason, solution, recommendation, flows, owner, span, review, signed: _ } =
        decision;
    let flow = |flow: &Flow| {
        let Flow { equipment, port, source, hours } = flow;
        let rows = Rows::default().text("equipment", equipment.as_str()).number("port", u32::from(*port));
        let rows = match source {
            FlowSource::Network(network) => rows.text("from", network.to_string()),
            FlowSource::Certificate(shown) => rows.text("certificate", shown),
        };
        rows.text("hours", word_for(&HOURS, *hours))
    };
    let rows = Rows::default()
        .text("service", service.as_str())
        .text("reason", reason)
        .text("solution", solution)
        .document("recommendation", recommendation)
        .inline_list("flows", flows.iter().map(flow))
        .text("owner", owner.as_str());
    wall.span(rows, *span).text("review", wall.day(*review))
}
