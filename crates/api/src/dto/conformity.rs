//! How a service stands, and what expires: written by the gate, for the command line and for programs alike
//! (`Assessment::json`, `Deadlines::json`). These are their shapes, for the description; a test holds them to it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Said;

/// How a service stands towards the guide at a moment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssessmentView {
    establishment: String,
    service: String,
    provider: String,
    contract: String,
    /// `monitoring`, `maintenance` or `assistance`.
    kind: String,
    /// `gateway` or `direct`.
    path: String,
    equipment: Vec<String>,
    /// The moment.
    #[schema(format = DateTime)]
    at: String,
    /// The level that is aimed at.
    target: u8,
    /// The level that is reached; null: none.
    reached: Option<u8>,
    /// Whether it runs in transition, under which no level is reached.
    transition: bool,
    /// Whether the site says that the guide does not concern it.
    outside_the_guide: bool,
    /// All of it in one sentence.
    sentence: Said,
    /// The count at level 1.
    level_1: TallyView,
    /// The count at level 2, where that is aimed at.
    level_2: Option<TallyView>,
    /// The 38 rules, in the guide's order.
    rules: Vec<FindingView>,
}

/// How many rules of a level stand how.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TallyView {
    applicable: u64,
    met: u64,
    /// Of these, by declaration only.
    declared: u64,
    /// Of those that the gate enforces or observes, so many whose content is somebody's word.
    on_word: u64,
    not_applied: u64,
    treated: u64,
}

/// The finding on one rule.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindingView {
    rule: String,
    /// `met-enforced`, `met-observed`, `met-declared`, `partly`, `not-applied-treated`, `not-met` or why it is not asked.
    status: String,
    /// The equipment at fault.
    concerns: Vec<String>,
    /// What the finding leans on.
    evidence: Vec<Said>,
    /// Where that can be looked up, the first ones.
    links: Vec<LinkView>,
    /// So many more.
    links_more: u64,
    /// What the gate enforces or observes on somebody's word, and what that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by_word: Option<Said>,
    /// Whether the contract says it, where it has to.
    clause: Option<FacetView>,
    /// Whether it is held, where the contract has to say it.
    held: Option<FacetView>,
    /// What would mend it, and who can.
    remedy: Option<RemedyView>,
    /// The paper behind somebody's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    /// When that word was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    declared: Option<String>,
    /// Until when that word, or a treatment, counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    until: Option<String>,
    /// What is missing, where it is met in part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missing: Option<Said>,
    /// How the risk is treated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    options: Option<Vec<String>>,
    /// Who answers for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
}

/// Where what a finding leans on can be looked up: a fact, a paper that is kept, an act, or what the gate saw itself.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkView {
    /// `fact`, `paper`, `act` or `observation`.
    is: String,
    /// Of a fact: of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Of a fact or paper: what it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Of a fact: the number of the version that stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    /// Of a fact: since when it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    since: Option<String>,
    /// Of a paper: SHA-256, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// Of an act: the code of its event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Of an act: in which intervention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    intervention: Option<String>,
    /// Of an observation: `trace-store` or `scanner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    /// Of an act or an observation: when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    at: Option<String>,
    /// The index of its entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry: Option<u64>,
    /// In the ledger of which establishment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ledger: Option<String>,
}

/// One side of a rule that has two.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FacetView {
    /// `present`, `missing`, `unknown` or `not-applicable`.
    is: String,
    said: Said,
}

/// What would mend it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemedyView {
    what: Said,
    who: Said,
}

/// What expires.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeadlinesView {
    establishment: String,
    /// The moment.
    #[schema(format = DateTime)]
    at: String,
    /// The nearest first.
    deadlines: Vec<DeadlineView>,
}

/// One thing that expires.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeadlineView {
    /// `overdue`, or within how many days: 7, 30 or 90.
    within: WithinView,
    #[schema(format = DateTime)]
    due: String,
    /// The rule, or `house:` and the rule of the house.
    rule: String,
    what: Said,
    /// What happens then.
    then: Said,
    /// Who can do something.
    who: Said,
}

/// How near it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum WithinView {
    /// In days.
    Days(u8),
    /// It is over.
    Overdue(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    use domain::ServiceFacts;
    use testkit::fiction;

    /// Shapes that take what the gate writes, and write the same again.
    #[track_caller]
    fn held_to<T: Serialize + serde::de::DeserializeOwned>(written: serde_json::Value) {
        let read: T = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
    }

    fn assessment(facts: ServiceFacts) -> serde_json::Value {
        let at = fiction::now();
        let level = guide::level_reached(&facts, at);
        gate::Assessment { at, facts, level, entries: gate::Entries::default() }.json()
    }

    #[test]
    fn the_shapes_are_those_of_what_is_written() {
        let in_order = fiction::service_facts();
        let mut lacking = in_order.clone();
        lacking.contract.agreement = None;
        lacking.staff.clear();
        for facts in [in_order.clone(), lacking] {
            held_to::<AssessmentView>(assessment(facts));
        }
        let establishment = in_order.establishment.clone();
        let at = domain::moment("2027-06-01T00:00:00Z").unwrap();
        let list = guide::deadlines_of_all(std::slice::from_ref(&in_order), at);
        assert!(!list.is_empty());
        held_to::<DeadlinesView>(gate::Deadlines { establishment, at, list }.json());
    }
}
