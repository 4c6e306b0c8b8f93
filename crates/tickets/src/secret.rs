//! How the gate says to the tool who asks. What is secret is marked so, and in no log.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::{Refusal, Scheme};

/// Longest file of a secret: tokens are some hundred bytes, a signed one 4 KiB.
const SECRET_MAX: u64 = 16 * 1024;
/// Most headers of one's own.
const HEADERS_MAX: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Headers(pub(crate) Vec<(HeaderName, HeaderValue)>);

impl Headers {
    pub(crate) fn read(secret: Option<&(Scheme, PathBuf)>) -> Result<Self, Refusal> {
        let Some((scheme, path)) = secret else { return Ok(Self::default()) };
        let text = text(path)?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        let wrong = |why: &str| Refusal::File { path: path.clone(), why: why.to_owned() };
        let own = |value: String| vec![(AUTHORIZATION, value)];
        let all = match (scheme, lines.as_slice()) {
            (Scheme::Bearer, [token]) => own(format!("Bearer {token}")),
            (Scheme::Bearer, _) => return Err(wrong("one line, the token, and nothing else")),
            (Scheme::Basic, [login, password]) if !login.contains(':') => {
                own(format!("Basic {}", STANDARD.encode(format!("{login}:{password}"))))
            }
            (Scheme::Basic, _) => return Err(wrong("two lines, login and password, and nothing else")),
            (Scheme::Headers, lines) if (1..=HEADERS_MAX).contains(&lines.len()) => {
                let named = |line: &&str| {
                    let (name, value) = line.split_once(':')?;
                    Some((name.trim().parse().ok()?, value.trim().to_owned()))
                };
                let all: Option<Vec<_>> = lines.iter().map(named).collect();
                all.ok_or_else(|| wrong("lines `Name: value`"))?
            }
            (Scheme::Headers, _) => return Err(wrong("one to eight lines `Name: value`")),
        };
        let marked = |(name, value): (HeaderName, String)| {
            let mut value = HeaderValue::try_from(value).map_err(|_| wrong("it holds what no header may"))?;
            value.set_sensitive(true);
            // What says where to or how long is ours to say.
            let ours = [
                "host",
                "content-length",
                "transfer-encoding",
                "connection",
                "upgrade",
                "te",
                "accept-encoding",
            ];
            if ours.contains(&name.as_str()) {
                Err(wrong("this header is not yours to set"))
            } else {
                Ok((name, value))
            }
        };
        all.into_iter().map(marked).collect::<Result<_, _>>().map(Self)
    }
}

fn text(path: &Path) -> Result<String, Refusal> {
    let unreadable =
        |why: &dyn std::fmt::Display| Refusal::File { path: path.to_path_buf(), why: why.to_string() };
    let about = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if about.permissions().mode() & 0o007 != 0 {
        return Err(Refusal::Open(path.to_path_buf()));
    }
    if about.len() > SECRET_MAX {
        return Err(unreadable(&"it is too long"));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(&error))
}
