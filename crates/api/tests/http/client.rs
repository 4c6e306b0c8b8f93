//! The house of these tests, and its plain client.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use api::{App, Limits, PER_MINUTE, Tls};
use domain::ServiceFacts;
use gate::Gate;
use serde_json::Value;
use testkit::{Kit, known};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use vocab::Lang;

pub(crate) const ALL: &str =
    "read:services,read:conformity,read:interventions,read:traces,write:requests,write:reports";

/// A gate that serves.
pub(crate) struct House {
    pub(crate) kit: Kit,
    pub(crate) gate: Arc<Gate>,
    pub(crate) address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// It has this status, and is the problem of this name.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, problem: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["type"], format!("urn:poterne:problem:{problem}"), "{body}");
        assert_eq!(body["status"], status);
        body
    }

    #[track_caller]
    pub(crate) fn found(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.headers["content-type"], "application/json");
        self.json()
    }
}

impl House {
    pub(crate) async fn in_order() -> Self {
        Self::with(|_| {}, PER_MINUTE, None).await
    }

    pub(crate) async fn with(
        edit: impl FnOnce(&mut ServiceFacts),
        per_minute: u32,
        tls: Option<Tls>,
    ) -> Self {
        let kit = Kit::with(edit);
        let gate = kit.boot().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = App::new(Arc::clone(&gate), per_minute, 2);
        let serving = tokio::spawn(api::serve(listener, tls, app, Limits::default()));
        Self { kit, gate, address, serving }
    }

    /// A new token of this person.
    pub(crate) async fn token(&self, person: &str, scopes: &str) -> String {
        let line = format!("token new nuit --scope {scopes}");
        let reply = self.gate.command(&known(person, Lang::Fr), &line, b"").await;
        assert_eq!(reply.status, 0, "{}", reply.text);
        reply.text.lines().next().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.say("GET", path, &[("Authorization", &format!("Bearer {token}"))], b"").await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, key: &str, body: &str) -> Answer {
        let headers = [
            ("Authorization", format!("Bearer {token}")),
            ("Content-Type", "application/json".to_owned()),
            ("Idempotency-Key", key.to_owned()),
        ];
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.say("POST", path, &headers, body.as_bytes()).await
    }

    /// Any request at all.
    pub(crate) async fn say(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{more}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // Whoever sends too much is told so before he has sent all of it.
        let _perhaps = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _perhaps = stream.read_to_end(&mut answer).await;
        read(&String::from_utf8_lossy(&answer))
    }
}

pub(crate) fn read(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Answer { status, headers: lines.filter_map(header).collect(), body: body.to_owned() }
}
