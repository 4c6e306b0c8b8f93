//! Where the tool is: a URL with the ticket's place in it.

use std::net::IpAddr;

use crate::Refusal;

/// What stands for the ticket.
const TICKET: &str = "{ticket}";
/// Longest URL: far above those of tools, far below what servers take.
const URL_MAX: usize = 2_048;

/// A URL, taken apart once.
pub(crate) struct Place {
    pub(crate) encrypted: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Path and query, with the ticket's place in it.
    target: String,
}

impl Place {
    pub(crate) fn read(url: &str) -> Result<Self, Refusal> {
        let wrong = || Refusal::Url(url.to_owned());
        let (encrypted, rest) = match url.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return Err(wrong()),
        };
        let (authority, target) = rest.split_once('/').ok_or_else(wrong)?;
        // No fragment, no login in the URL, nothing that begins another line.
        let plain = url.len() <= URL_MAX && url.bytes().all(|b| b.is_ascii_graphic());
        if !plain || authority.contains(['@', '{', '?']) || target.contains('#') || !target.contains(TICKET) {
            return Err(wrong());
        }
        let (host, port) = host_and_port(authority, if encrypted { 443 } else { 80 }).ok_or_else(wrong)?;
        let local = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !encrypted && !local {
            return Err(Refusal::Plain(url.to_owned()));
        }
        Ok(Self { encrypted, host, port, target: format!("/{target}") })
    }

    /// Path and query for one ticket.
    pub(crate) fn target(&self, number: &str) -> String {
        let escaped: String = number
            .bytes()
            .map(|b| match b {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(b).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect();
        self.target.replace(TICKET, &escaped)
    }

    /// For the header `Host`, and for people.
    pub(crate) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{host}:{}", self.port)
    }
}

fn host_and_port(authority: &str, usual: u16) -> Option<(String, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(inside) => {
            let (host, after) = inside.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let port = match port {
        Some(port) if digits(port) => port.parse().ok().filter(|port| *port != 0)?,
        Some(_) => return None,
        None => usual,
    };
    (!host.is_empty() && host.len() <= 253).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_and_what_is_not_encrypted_is_refused_by_name() {
        let check = |url: &str, expected: Option<(&str, u16, &str)>| {
            let read =
                Place::read(url).ok().map(|place| (place.host.clone(), place.port, place.target("INC-7#2")));
            let expected = expected.map(|(host, port, target)| (host.to_owned(), port, target.to_owned()));
            assert_eq!(read, expected, "{url}");
        };
        check(
            "https://glpi.exemple/apirest.php/Ticket/{ticket}",
            Some(("glpi.exemple", 443, "/apirest.php/Ticket/INC-7%232")),
        );
        check(
            "https://itop.exemple:8443/rest?key={ticket}&v=1",
            Some(("itop.exemple", 8443, "/rest?key=INC-7%232&v=1")),
        );
        check("http://127.0.0.1:8080/{ticket}", Some(("127.0.0.1", 8080, "/INC-7%232")));
        check("http://[::1]:8080/{ticket}", Some(("::1", 8080, "/INC-7%232")));
        for wrong in [
            "",
            "glpi.exemple/{ticket}",
            "ftp://glpi.exemple/{ticket}",
            "https://glpi.exemple/ticket",
            "https://{ticket}.exemple/x{ticket}",
            "https://glpi.exemple:/{ticket}",
            "https://glpi.exemple:0/{ticket}",
            "https://glpi.exemple:+1/{ticket}",
            "https://login:secret@glpi.exemple/{ticket}",
            "https://glpi.exemple/{ticket} HTTP/1.1",
            "https://glpi.exemple/{ticket}\r\nX: y",
            "https://glpi.exemple/{ticket}#x",
            "https:///{ticket}",
        ] {
            assert!(matches!(Place::read(wrong), Err(Refusal::Url(_))), "{wrong}");
        }
        for plain in
            ["http://glpi.exemple/{ticket}", "http://192.0.2.7/{ticket}", "http://localhost/{ticket}"]
        {
            assert!(matches!(Place::read(plain), Err(Refusal::Plain(_))), "{plain}");
        }
    }
}
