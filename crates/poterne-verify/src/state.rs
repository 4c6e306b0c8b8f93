//! How a service stood towards the 38 rules at a moment, by the entries of its changes alone.

use std::collections::BTreeMap;

use events::{Object, Value};
use vocab::{Text, Timestamp};

use crate::story::Line;
use crate::texts::say;

/// What is asked, of which service at which moment, and what the entries say of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) service: String,
    pub(crate) at: Option<Timestamp>,
    /// The level, as the last assessment up to then says it.
    level: Option<Text>,
    /// Each rule, by letter and number, with the last change up to then and the first one after.
    rules: BTreeMap<(Option<char>, usize, String), [Option<Told>; 2]>,
}

/// What one entry says of a rule: what it is since, or was until then.
#[derive(Debug, Clone)]
struct Told {
    index: u64,
    at: Timestamp,
    code: String,
    more: String,
}

impl State {
    /// Takes an entry of `service-assessed`.
    pub(crate) fn entry(&mut self, line: &Line<'_>) -> Result<(), Text> {
        let assessed = line.entry.n == events::number::SERVICE_ASSESSED;
        let Some(asked) = self.at.filter(|_| assessed) else { return Ok(()) };
        if line.member::<String>("service")? != self.service {
            return Ok(());
        }
        let (index, at, later) = (line.index, line.entry.at, line.entry.at > asked);
        if !later {
            let (target, reached): (u64, Option<u64>) = (line.member("target")?, line.member("reached")?);
            let reached = reached.map_or_else(|| "—".to_owned(), |level| level.to_string());
            let transition = line.member::<Value>("transition")? == Value::Flag(true);
            let key = if transition { "state_transition" } else { "state" };
            self.level = Some(say(key, &[&self.service, &asked, &target, &reached, &index, &at]));
        }
        for changed in line.member::<Vec<Value>>("changed")? {
            let Value::Object(said) = changed else { continue };
            let rule = text(&said, "rule");
            let [is, next] = self.rules.entry((rule.chars().next(), rule.len(), rule)).or_default();
            let (word, place) = if later { ("was", next) } else { ("is", is) };
            let told = Told { index, at, code: text(&said, word), more: more(&said) };
            *place = place.take().filter(|_| later).or(Some(told));
        }
        Ok(())
    }

    /// In lines; none where nothing was asked.
    pub(crate) fn lines(&self, whole: bool) -> Vec<Text> {
        let Some(at) = self.at else { return Vec::new() };
        let level = self.level.clone().unwrap_or_else(|| say("state_none", &[&self.service, &at]));
        let rules = self.rules.iter().map(|((_, _, rule), told)| line(&format!("  {rule:<4}"), told));
        let unproved = (!whole).then(|| say("state_unproved", &[]));
        std::iter::once(level).chain(rules).chain(unproved).collect()
    }
}

/// Where the next change says that it stood otherwise, what lies between is in no entry of this log.
fn line(rule: &str, told: &[Option<Told>; 2]) -> Text {
    match told {
        [Some(is), Some(next)] if is.code != next.code => {
            say("stood_otherwise", &[&rule, &is.code, &is.index, &is.at, &is.more, &next.index, &next.code])
        }
        [Some(is), _] => say("stood", &[&rule, &is.code, &is.index, &is.at, &is.more]),
        [None, Some(next)] => say("stood_before", &[&rule, &next.code, &next.index]),
        [None, None] => Text::new("", ""),
    }
}

fn text(said: &Object, name: &str) -> String {
    if let Some(Value::Text(text)) = said.get(name) { text.clone() } else { "—".to_owned() }
}

/// Until when, and the two facets, as the entry has them.
fn more(said: &Object) -> String {
    let mut parts = String::new();
    if let Some(Value::Integer(until)) = said.get("until") {
        parts += &format!(" → {}", Timestamp::from_micros(*until));
    }
    for name in ["clause", "held"] {
        if let Some(Value::Flag(flag)) = said.get(name) {
            parts += &format!(" {name} {}", if *flag { "✓" } else { "✗" });
        }
    }
    parts
}
