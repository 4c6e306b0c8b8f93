//! Where an equipment is.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

/// An address that is not an IP literal with a port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an IP address with a port, such as 192.0.2.7:22 or [2001:db8::7]:22")]
pub struct InvalidAddress(String);

/// An IP literal and a port. Names are resolved once, when the site is described, never by the door:
/// a permit says where to dial, and nothing is looked up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(SocketAddr);

impl Address {
    /// From its parts.
    pub fn new(ip: IpAddr, port: u16) -> Self {
        Self(SocketAddr::new(ip, port))
    }

    /// For the one place that dials.
    pub fn socket(self) -> SocketAddr {
        self.0
    }
}

impl std::str::FromStr for Address {
    type Err = InvalidAddress;
    fn from_str(given: &str) -> Result<Self, InvalidAddress> {
        let socket: SocketAddr = given.parse().map_err(|_| InvalidAddress(given.to_owned()))?;
        if socket.port() == 0 { Err(InvalidAddress(given.to_owned())) } else { Ok(Self(socket)) }
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;
    fn try_from(given: String) -> Result<Self, InvalidAddress> {
        given.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.to_string()
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
