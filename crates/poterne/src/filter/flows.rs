//! The flows that a filter is to let through, with addresses; networks as ranges.

use std::net::IpAddr;

use domain::{Flow, FlowHours, FlowSource, ServiceFacts};
use vocab::{EquipmentId, Path};

/// Addresses of one family, from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    six: bool,
    from: u128,
    to: u128,
}

impl Range {
    /// Both ends; `None`: of two families, or backwards.
    pub(super) fn between(from: IpAddr, to: IpAddr) -> Option<Self> {
        let alike = from.is_ipv6() == to.is_ipv6();
        let range = Self { six: from.is_ipv6(), from: bits(from), to: bits(to) };
        (alike && range.from <= range.to).then_some(range)
    }

    /// One address.
    pub(super) fn one(address: IpAddr) -> Self {
        Self { six: address.is_ipv6(), from: bits(address), to: bits(address) }
    }

    /// A network; `None`: its prefix is longer than its addresses.
    pub(super) fn network(address: IpAddr, prefix: u32) -> Option<Self> {
        let length: u32 = if address.is_ipv6() { 128 } else { 32 };
        let host = length.checked_sub(prefix)?;
        let mask = u128::MAX.checked_shl(host).unwrap_or(0);
        let all = if address.is_ipv6() { u128::MAX } else { u128::from(u32::MAX) };
        let from = bits(address) & mask & all;
        Some(Self { six: address.is_ipv6(), from, to: from | (!mask & all) })
    }

    /// `198.51.100.7`, `198.51.100.0/28`, `198.51.100.1-198.51.100.9`.
    pub(super) fn parse(given: &str) -> Option<Self> {
        if let Some((from, to)) = given.split_once('-') {
            return Self::between(from.trim().parse().ok()?, to.trim().parse().ok()?);
        }
        match given.split_once('/') {
            Some((address, prefix)) => Self::network(address.parse().ok()?, prefix.parse().ok()?),
            None => Some(Self::one(given.parse().ok()?)),
        }
    }

    /// Every address there is of the family of this one.
    pub(super) fn all_like(address: IpAddr) -> Self {
        let to = if address.is_ipv6() { u128::MAX } else { u128::from(u32::MAX) };
        Self { six: address.is_ipv6(), from: 0, to }
    }

    /// Whether all of the other one is in it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        self.six == other.six && self.from <= other.from && other.to <= self.to
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, to) = (address(self.six, self.from), address(self.six, self.to));
        if from == to { write!(f, "{from}") } else { write!(f, "{from}-{to}") }
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => u128::from(u32::from(four)),
        IpAddr::V6(six) => u128::from(six),
    }
}

fn address(six: bool, bits: u128) -> IpAddr {
    match u32::try_from(bits) {
        Ok(four) if !six => IpAddr::from(four.to_be_bytes()),
        _ => IpAddr::from(bits.to_be_bytes()),
    }
}

/// One flow that a filter is to let through, over TCP.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// As it is on file.
    pub(super) flow: Flow,
    /// From where; `None`: by a certificate, which no packet filter sees.
    pub(super) source: Option<Range>,
    /// To where.
    pub(super) target: IpAddr,
}

/// What is wanted, and equipment that the file does not describe.
pub(super) struct Described {
    pub(super) flows: Vec<Wanted>,
    pub(super) unknown: Vec<EquipmentId>,
}

/// The flows of a service: of a direct path those of its decision; of a service that passes the gate, from the gate's own addresses to
/// each equipment where the gate dials it, and nothing else.
pub(super) fn described(facts: &ServiceFacts, gate: &[IpAddr]) -> Described {
    let flows = match facts.path() {
        Path::Direct => facts.direct.as_ref().map(|direct| direct.flows.clone()).unwrap_or_default(),
        Path::Gateway => facts.equipment.iter().flat_map(|one| from_gate(one, gate)).collect(),
    };
    let mut described = Described { flows: Vec::new(), unknown: Vec::new() };
    for flow in flows {
        match facts.equipment.iter().find(|one| one.id == flow.equipment) {
            None => described.unknown.push(flow.equipment),
            Some(equipment) => {
                let source = match &flow.source {
                    FlowSource::Network(network) => Range::parse(&network.to_string()),
                    FlowSource::Certificate(_) => None,
                };
                let target = equipment.address.socket().ip();
                described.flows.push(Wanted { flow, source, target });
            }
        }
    }
    described
}

fn from_gate(equipment: &domain::Equipment, gate: &[IpAddr]) -> Vec<Flow> {
    let same = |address: &&IpAddr| address.is_ipv6() == equipment.address.socket().is_ipv6();
    let network = |address: &IpAddr| address.to_string().parse().ok();
    gate.iter()
        .filter(same)
        .filter_map(network)
        .map(|network| Flow {
            equipment: equipment.id.clone(),
            port: equipment.address.socket().port(),
            source: FlowSource::Network(network),
            hours: FlowHours::Always,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_in_each_form() {
        let check = |given: &str, shown: Option<&str>| {
            let read = Range::parse(given).map(|range| range.to_string());
            assert_eq!(read.as_deref(), shown, "{given}");
        };
        check("198.51.100.7", Some("198.51.100.7"));
        check("198.51.100.0/30", Some("198.51.100.0-198.51.100.3"));
        check("0.0.0.0/0", Some("0.0.0.0-255.255.255.255"));
        check("2001:db8::/126", Some("2001:db8::-2001:db8::3"));
        check("::/0", Some("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
        check("192.0.2.1-192.0.2.9", Some("192.0.2.1-192.0.2.9"));
        for bad in [
            "",
            "any",
            "192.0.2.9-192.0.2.1",
            "192.0.2.0/33",
            "2001:db8::/129",
            "192.0.2.1-2001:db8::1",
            "2001:db8::1-192.0.2.1",
        ] {
            check(bad, None);
        }
        let (small, wide) =
            (Range::parse("198.51.100.0/28").unwrap(), Range::parse("198.51.0.0/16").unwrap());
        assert!(wide.holds(&small) && !small.holds(&wide));
        assert!(!Range::parse("::/0").unwrap().holds(&small));
    }
}
