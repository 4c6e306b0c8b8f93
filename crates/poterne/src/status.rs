//! `poterne status`: how the running gate is.

use serde_json::Value;
use vocab::{Timestamp, printable_lines};

use control::Request;

use crate::cli::Status;
use crate::operator::asked;
use crate::texts::say;

pub(crate) async fn status(which: &Status) -> anyhow::Result<()> {
    let state = asked(&which.which.config, Request::Status).await?;
    let text = if which.json { format!("{state:#}") } else { lines(&state).join("\n") };
    println!("{}", printable_lines(&text));
    Ok(())
}

fn lines(state: &Value) -> Vec<String> {
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64).unwrap_or_default();
    let flag = |key: &str| state.get(key).and_then(Value::as_bool);
    let moment =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_i64).map(Timestamp::from_micros);
    let gate = text(state, "gate");
    let mut lines = vec![match text(state, "unwell") {
        why if why.is_empty() => say("status_well", &[&gate]),
        why => say("status_unwell", &[&gate, &why]),
    }];
    lines.push(say("status_sessions", &[&number(state, "sessions")]));
    for (name, size) in state.get("logs").and_then(Value::as_object).into_iter().flatten() {
        lines.push(say("status_log", &[name, &size.as_u64().unwrap_or_default()]));
    }
    let clock = match flag("clock_kept") {
        Some(true) => "status_clock_kept",
        Some(false) => "status_clock_lost",
        None => "status_clock",
    };
    lines.push(say(clock, &[&number(state, "clock_jumps")]));
    lines.push(say("status_rotations", &[&number(state, "rotations_due")]));
    lines.push(match moment(state, "last_backup") {
        Some(last) => say("status_backup", &[&last]),
        None => say("status_no_backup", &[]),
    });
    for feed in state.get("feeds").and_then(Value::as_array).into_iter().flatten() {
        let (receiver, log) = (text(feed, "receiver"), text(feed, "establishment"));
        let (waiting, behind) = (number(feed, "waiting"), number(feed, "behind"));
        lines.push(match moment(feed, "lost") {
            Some(since) => say("status_siem_lost", &[&receiver, &log, &since, &waiting, &behind]),
            None => say("status_siem", &[&receiver, &log, &waiting, &behind]),
        });
    }
    for one in state.get("stampings").and_then(Value::as_array).into_iter().flatten() {
        let (authority, log) = (text(one, "authority"), text(one, "establishment"));
        let (waiting, dash) = (number(one, "waiting"), "-".to_owned());
        let last = moment(one, "last").map_or(dash, |last| last.to_string());
        lines.push(match moment(one, "lost") {
            Some(since) => say("status_stamps_lost", &[&authority, &log, &since, &waiting]),
            None => say("status_stamps", &[&authority, &log, &waiting, &last]),
        });
    }
    if let Some(mail) = state.get("mail").filter(|mail| mail.is_object()) {
        lines.push(say("status_mail", &[&number(mail, "waiting"), &number(mail, "given_up")]));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_told_line_by_line() {
        let state = serde_json::json!({
            "gate": "porte-1", "unwell": "full", "sessions": 2, "logs": {"nord": 7}, "clock_kept": false, "clock_jumps": 1,
            "rotations_due": 3, "last_backup": null,
            "feeds": [{"receiver": "siem-1", "establishment": "nord", "waiting": 5, "behind": 61, "lost": 1_790_000_000_000_000_i64},
                      {"receiver": "siem-2", "establishment": "nord", "waiting": 0, "behind": 0, "lost": null}],
            "mail": {"waiting": 4, "given_up": 0}
        });
        let said = lines(&state);
        assert_eq!(said.len(), 9);
        assert!(
            said[0].contains("full") && said[6].contains("2026-09-21") && said[6].contains("61"),
            "{said:?}"
        );
        assert!(!said.iter().any(|line| line.contains("{}") || line.starts_with("status_")), "{said:?}");
    }
}
