//! How one service stands towards the guide, at a moment.

use serde::{Deserialize, Serialize};

use crate::{Contract, Derogation, Moment, Named, Paper, Service};

/// The statement per provider and service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The moment it is about.
    pub at: Moment,
    /// Whether that is a moment of the past, shown from what was known of it.
    pub past: bool,
    /// The service.
    pub service: Service,
    /// Under which contract, with whom.
    pub contract: Contract,
    /// The level reached; none.
    pub reached: Option<u8>,
    /// Until when it runs in transition, under which no level is reached.
    pub transition: Option<Moment>,
    /// The whole sentence.
    pub sentence: String,
    /// The count at level 1.
    pub one: Count,
    /// The count at level 2, where that is the target.
    pub two: Option<Count>,
    /// All 38 rules, in the guide's order.
    pub rules: Vec<RuleLine>,
    /// Every treatment of risk that is recorded for the service, in force or not, in the order of the rules.
    pub risks: Vec<Risk>,
    /// Emergency derogations that are in force or not reviewed.
    pub derogations: Vec<Derogation>,
    /// Digest of the facts that it was reckoned from, as in `service-assessed`.
    pub facts: String,
    /// The last assessment that the ledger has of the service, up to then; none, or nobody looked.
    pub assessed: Option<Assessed>,
}

/// An entry that says how the service stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessed {
    /// Its index.
    pub entry: u64,
    /// When.
    pub at: Moment,
    /// Digest of the facts of that moment, hexadecimal.
    pub facts: String,
    /// Whether each rule stood then as this statement says.
    pub same: bool,
}

/// The count of the applicable rules of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Rules that apply.
    pub applicable: u64,
    /// Met, however it is known.
    pub met: u64,
    /// Of these, by declaration only.
    pub declared: u64,
    /// Of those that the gate enforces or observes, so many whose content is somebody's word.
    pub on_word: u64,
    /// Not met; treated risks are among them.
    pub not_applied: u64,
    /// Of these, with their risk treated.
    pub treated: u64,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleLine {
    /// Its name: `C1`…
    pub rule: String,
    /// What it asks, in one sentence of ours.
    pub asks: String,
    /// Its status, a code of `events.md` section 4.
    pub code: String,
    /// Its status in words.
    pub status: String,
    /// The equipment at fault.
    pub concerns: Vec<String>,
    /// What the finding leans on; why it is not asked, where it is not.
    pub evidence: Vec<String>,
    /// Where that can be looked up, each in one short piece: `[contract c-1 v2, entry 12]`, `[d-1a2b3c4d]`, `[risk-treated, entry
    /// 40]`; at last `+3` where there are more.
    pub links: Vec<String>,
    /// Whether the contract says it, for rules that have the two facets.
    pub clause: Option<Facet>,
    /// Whether it is held.
    pub held: Option<Facet>,
    /// The declaration it rests on.
    pub declared: Option<Declared>,
    /// Where the gate enforces or observes it on somebody's word: what is only said.
    pub by_word: Option<String>,
    /// The treatment of its risk.
    pub treated: Option<Treated>,
    /// What would mend it.
    pub remedy: Option<Remedy>,
}

/// One of the two facets of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facet {
    /// `present`, `missing`, `unknown` or `not-applicable`.
    pub is: String,
    /// What is known of it.
    pub said: String,
}

/// A declaration that a rule rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// The paper behind it.
    pub document: Option<Paper>,
    /// When it was given.
    pub at: Moment,
    /// Until when it may be leant on.
    pub until: Moment,
}

/// The treatment of the risk of a rule that is not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Treated {
    /// The options taken, in words.
    pub options: Vec<String>,
    /// Who took the risk.
    pub owner: Named,
    /// Until when.
    pub until: Moment,
    /// What is done instead.
    pub measures: String,
}

/// A treatment of the risk of a rule (section 4 of the guide).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// The rule.
    pub rule: String,
    /// On which equipment, or in which batch; empty: all of the service.
    pub part: String,
    /// The threats of section 2.2, in words.
    pub threats: Vec<String>,
    /// What else is to be said of them.
    pub remark: String,
    /// Likelihood as things are, 1 to 4.
    pub likelihood: u8,
    /// Impact as things are, 1 to 4.
    pub impact: u8,
    /// How great the risk is by the matrix, in words.
    pub risk: String,
    /// The options taken, in words.
    pub options: Vec<String>,
    /// What is done, a line each.
    pub measures: Vec<String>,
    /// Likelihood of what is left.
    pub residual_likelihood: u8,
    /// Impact of what is left.
    pub residual_impact: u8,
    /// How great what is left is.
    pub residual: String,
    /// Who takes it.
    pub owner: Named,
    /// From when it holds.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
    /// By when it is looked at again.
    pub review: Moment,
    /// When its owner signed it; nobody did.
    pub signed: Option<Moment>,
    /// Whether it may be leant on at the moment of the statement.
    pub holds: bool,
}

/// What would mend a rule, and who can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// What.
    pub what: String,
    /// Who.
    pub who: String,
}
