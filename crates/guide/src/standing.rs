//! What is remembered of an assessment: how far each rule is met, without the words. Two of them are compared to see
//! what changed, and only what changed is written down.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::ServiceFacts;
use serde::{Deserialize, Serialize};
use vocab::{EquipmentId, Level, RuleId, StatusCode, Timestamp};

use crate::{Facet, Finding, LevelReached, Status, Tally, level_reached, transition_holds};

/// How a service stands towards the guide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What it aims at.
    pub target: Level,
    /// What it reaches.
    pub reached: Option<Level>,
    /// Whether it runs in transition, under which no level is reached.
    pub transition: bool,
    /// The count at its target level.
    pub tally: Tally,
    /// All 38 rules.
    pub rules: BTreeMap<RuleId, Stand>,
}

/// How one rule stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// How far it is met, or why it is not asked.
    pub code: StatusCode,
    /// Until when a declaration may be leant on, or a treatment holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether the contract says it, for rules that have the two facets and where it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<bool>,
    /// Whether it is held, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<bool>,
    /// The equipment at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub concerns: Vec<EquipmentId>,
}

/// A rule that stands otherwise than it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed<'a> {
    /// Which.
    pub rule: RuleId,
    /// How it stood; `None`: it was never assessed.
    pub was: Option<&'a Stand>,
    /// How it stands.
    pub is: &'a Stand,
}

impl Standing {
    /// Of one service, now.
    pub fn of(facts: &ServiceFacts, now: Timestamp) -> Self {
        Self::from_level(&level_reached(facts, now), facts, now)
    }

    /// Of an assessment that was made.
    pub fn from_level(level: &LevelReached, facts: &ServiceFacts, now: Timestamp) -> Self {
        Self {
            target: level.target,
            reached: level.reached,
            transition: transition_holds(facts, now).is_some(),
            tally: Tally::of(&level.findings),
            rules: level.findings.iter().map(|finding| (finding.rule, Stand::of(finding))).collect(),
        }
    }

    /// The rules that stand otherwise than before, in the guide's order.
    pub fn changed<'a>(&'a self, before: Option<&'a Self>) -> Vec<Changed<'a>> {
        let was = |rule| before.and_then(|before| before.rules.get(rule));
        self.rules
            .iter()
            .filter(|(rule, is)| was(rule) != Some(is))
            .map(|(rule, is)| Changed { rule: *rule, was: was(rule), is })
            .collect()
    }
}

impl Stand {
    fn of(finding: &Finding) -> Self {
        let until = match finding.status {
            Status::MetDeclared { expiry, .. } => Some(expiry),
            Status::NotAppliedTreated { until, .. } => Some(until),
            _ => None,
        };
        let facets = finding.facets.as_ref();
        Self {
            code: finding.status.code(),
            until,
            clause: facets.and_then(|facets| present(&facets.clause)),
            held: facets.and_then(|facets| present(&facets.held)),
            concerns: finding.concerns.clone(),
        }
    }
}

const fn present(facet: &Facet) -> Option<bool> {
    match facet {
        Facet::Present(_) => Some(true),
        Facet::Missing(_) | Facet::Unknown(_) => Some(false),
        Facet::NotApplicable(_) => None,
    }
}

/// Moments are told apart to the second.
const PRECISION: Duration = Duration::from_secs(1);

/// When a service is to be assessed again although nobody changes anything: the moment from which on it stands otherwise,
/// to the second, or the end of the horizon. What changes and changes back within the horizon may be passed over.
pub fn next_change(
    facts: &ServiceFacts,
    standing: &Standing,
    now: Timestamp,
    horizon: Duration,
) -> Timestamp {
    let (mut same, mut other) = (now, now.after(horizon));
    if Standing::of(facts, other) == *standing {
        return other;
    }
    while other.since(same) > PRECISION {
        let middle = same.after(other.since(same) / 2);
        if Standing::of(facts, middle) == *standing {
            same = middle;
        } else {
            other = middle;
        }
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;
    use fiction::{at, now, service_facts};

    #[test]
    fn only_what_changed_is_told() {
        let mut facts = service_facts();
        let before = Standing::of(&facts, now());
        assert_eq!(before.changed(None).len(), 38, "all of it is new");
        assert!(before.changed(Some(&before)).is_empty());
        facts.service.checklist.clear();
        let after = Standing::of(&facts, now());
        let changed = after.changed(Some(&before));
        let codes: Vec<_> =
            changed.iter().map(|one| (one.rule, one.was.unwrap().code, one.is.code)).collect();
        assert_eq!(codes, [(RuleId::O4, StatusCode::MetEnforced, StatusCode::NotApplied)]);
        assert_eq!((before.reached, after.reached), (Some(Level::Two), Some(Level::One)));
    }

    #[test]
    fn the_next_change_is_found_to_the_second() {
        let mut facts = service_facts();
        let ends = now().after(Duration::from_secs(7 * 3600 + 11));
        facts.contract.span.until = ends;
        let standing = Standing::of(&facts, now());
        let day = Duration::from_secs(86_400);
        let next = next_change(&facts, &standing, now(), day);
        assert!(next >= ends && next.since(ends) <= PRECISION, "{next} for {ends}");
        assert_ne!(Standing::of(&facts, next), standing);
        facts.contract.span.until = at("2099-01-01 00:00");
        let standing = Standing::of(&facts, now());
        assert_eq!(next_change(&facts, &standing, now(), day), now().after(day));
    }
}
