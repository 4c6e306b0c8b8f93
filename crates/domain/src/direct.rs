//! A way past the gate: what the responsable decided about it, and what a filter lets through (T1, T6, T8).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use vocab::{EquipmentId, PersonId, ServiceId};

use crate::{DocumentRef, Signature, Span};

/// Widest network that a flow may come from: 256 addresses of IPv4, one site's own prefix of IPv6. A filter that lets
/// more through lets strangers through (T8).
const PREFIX_MIN: (u8, u8) = (24, 48);

/// What is no network that a filter may name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNetwork {
    /// Not a network at all.
    #[error("`{0}` is not a network, such as 198.51.100.7, 198.51.100.0/28 or 2001:db8:7::/48")]
    Form(String),
    /// Bits are set behind the prefix.
    #[error("`{0}` has bits set behind its prefix")]
    Host(String),
    /// So many addresses that it filters nothing.
    #[error("`{0}` is too wide: at least /{min} for IPv4, /{min_six} for IPv6", min = PREFIX_MIN.0, min_six = PREFIX_MIN.1)]
    Wide(String),
}

/// A few addresses: an IP literal, or a network in CIDR notation (RFC 4632, RFC 4291).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl std::str::FromStr for Network {
    type Err = InvalidNetwork;
    fn from_str(given: &str) -> Result<Self, InvalidNetwork> {
        let form = || InvalidNetwork::Form(given.to_owned());
        let (address, prefix) = given.split_once('/').map_or((given, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| form())?;
        let (bits, length, min) = match address {
            IpAddr::V4(four) => (u128::from(u32::from(four)) << 96, 32, PREFIX_MIN.0),
            IpAddr::V6(six) => (u128::from(six), 128, PREFIX_MIN.1),
        };
        let prefix = match prefix {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map_err(|_| form())?
            }
            Some(_) => return Err(form()),
            None => length,
        };
        if prefix > length {
            return Err(form());
        }
        if bits.checked_shl(u32::from(prefix)).unwrap_or(0) != 0 {
            return Err(InvalidNetwork::Host(given.to_owned()));
        }
        if prefix < min { Err(InvalidNetwork::Wide(given.to_owned())) } else { Ok(Self { address, prefix }) }
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;
    fn try_from(given: String) -> Result<Self, InvalidNetwork> {
        given.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> String {
        network.to_string()
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let whole = if self.address.is_ipv4() { 32 } else { 128 };
        if self.prefix == whole { self.address.fmt(f) } else { write!(f, "{}/{}", self.address, self.prefix) }
    }
}

/// By what a filter knows who comes (T8: addresses, or a list of certificates).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowSource {
    /// By where it comes from.
    Network(Network),
    /// By the certificate that it shows, in words: its subject, or its fingerprint.
    Certificate(String),
}

/// When a filter is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowHours {
    /// In the agreed periods of the service only (O3).
    Windows,
    /// At any hour.
    Always,
}

/// One flow that a filter lets through, and nothing beside it (T8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// To which equipment.
    pub equipment: EquipmentId,
    /// To which port of it; never 0.
    pub port: u16,
    /// From whom.
    pub source: FlowSource,
    /// When.
    pub hours: FlowHours,
}

/// The responsable's decision that a service goes past the gate, on the provider's recommendation (T1, T6), with the
/// flows that a filter lets through (T8). The site's file proposes it; signed at the door it is a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectPath {
    /// Which service.
    pub service: ServiceId,
    /// Why it cannot go through the gate.
    pub reason: String,
    /// Solution and protocol, in words.
    pub solution: String,
    /// What the provider recommends.
    pub recommendation: DocumentRef,
    /// What the filter lets through: each equipment has at least one flow.
    pub flows: Vec<Flow>,
    /// The responsable, or his delegate in writing.
    pub owner: PersonId,
    /// From when and until when it holds.
    pub span: Span,
    /// When it is looked at again, before its end.
    pub review: vocab::Timestamp,
    /// The owner's signature under these very words; `None`: it is proposed, and decides nothing.
    #[serde(default)]
    pub signed: Option<Signature>,
}

impl DirectPath {
    /// Whether the filter knows this equipment.
    pub fn covers(&self, equipment: &EquipmentId) -> bool {
        self.flows.iter().any(|flow| flow.equipment == *equipment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_a_few_addresses() {
        let check = |given: &str, says: &str| match given.parse::<Network>() {
            Ok(network) => assert_eq!(network.to_string(), says),
            Err(error) => assert!(error.to_string().contains(says), "{given}: {error}"),
        };
        check("198.51.100.7", "198.51.100.7");
        check("198.51.100.7/32", "198.51.100.7");
        check("198.51.100.0/24", "198.51.100.0/24");
        check("2001:db8:7::/48", "2001:db8:7::/48");
        check("2001:db8::1", "2001:db8::1");
        for wide in ["0.0.0.0/0", "::/0", "198.51.0.0/16", "2001:db8::/32"] {
            check(wide, "too wide");
        }
        for host in ["198.51.100.7/24", "2001:db8::1/64", "198.51.100.1/31"] {
            check(host, "behind its prefix");
        }
        for form in
            ["", "any", "198.51.100.7/33", "198.51.100.7/", "198.51.100.7/+4", "2001:db8::/129", "a/24"]
        {
            check(form, "is not a network");
        }
    }
}
