//! The light client: one process that holds many sessions, or many silent connections.

use super::client::Peer;
use super::house::{EQUIPMENT, House};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Logins under way at once: enough that both cores work, few enough that nobody waits for long.
const AT_ONCE: usize = 8;

/// It ends with us.
pub(super) struct Holder {
    child: Child,
    order: ChildStdin,
    told: BufReader<ChildStdout>,
}

/// How many came in, how long each took, and what the others were told.
#[derive(Default)]
pub(super) struct Opened {
    pub(super) times: Vec<f64>,
    pub(super) failed: Vec<String>,
}

impl Holder {
    pub(super) fn start(house: &House) -> Result<Self> {
        let program = house.path("app/holder.py");
        std::fs::write(&program, include_str!("holder.py"))?;
        let mut child = Command::new("/usr/bin/python3")
            .arg("-Wignore")
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("python3 could not be started")?;
        let order = child.stdin.take().context("no standard input")?;
        let told = BufReader::new(child.stdout.take().context("no standard output")?);
        Ok(Self { child, order, told })
    }

    fn say(&mut self, order: &Value) -> Result<()> {
        Ok(writeln!(self.order, "{order}")?)
    }

    fn hear(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.told.read_line(&mut line)? == 0 {
            bail!("the light client is gone");
        }
        serde_json::from_str(&line).with_context(|| line.clone())
    }

    /// An order with its one answer: a number under this name.
    pub(super) fn number(&mut self, order: &Value, name: &str) -> Result<usize> {
        self.say(order)?;
        let answer = self.hear()?;
        let number = answer.get(name).and_then(Value::as_u64).with_context(|| answer.to_string())?;
        Ok(usize::try_from(number)?)
    }

    /// Opens so many sessions by this way, a few at once.
    pub(super) fn open(&mut self, house: &mut House, peer: Peer, sessions: usize) -> Result<Opened> {
        let (mut opened, mut asked, mut answered) = (Opened::default(), 0, 0);
        while answered < sessions {
            if asked < sessions && asked - answered < AT_ONCE {
                let order = order(house, peer, asked)?;
                self.say(&order)?;
                asked += 1;
                continue;
            }
            let answer = self.hear()?;
            answered += 1;
            match answer.get("ms").and_then(Value::as_f64) {
                Some(took) => opened.times.push(took),
                None => opened.failed.push(answer.to_string()),
            }
            if answered % 100 == 0 {
                println!("  {answered} of {sessions} sessions by {}", peer.host());
            }
        }
        Ok(opened)
    }
}

fn order(house: &mut House, peer: Peer, number: usize) -> Result<Value> {
    if peer == Peer::Gate {
        let code = house.asker.code("any")?;
        let key = house.path(&format!("people/{}", code.person));
        let user = format!("{}+{EQUIPMENT}", code.person);
        return Ok(json!({
            "open": number, "port": house.ports.gate, "user": user, "key": key, "code": code.code
        }));
    }
    let jump = (peer == Peer::Jump).then(|| json!([house.ports.jump, house.login]));
    let key = house.path("clients/operator");
    Ok(json!({ "open": number, "port": house.ports.target, "user": house.login, "key": key, "jump": jump }))
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
