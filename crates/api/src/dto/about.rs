//! The token, the establishment, the rules.

use domain::Establishment;
use gate::TokenSeen;
use serde::Serialize;
use utoipa::ToSchema;

use super::Said;

/// The token that is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenView {
    /// What it is called at the door.
    id: String,
    /// What its person calls it.
    name: String,
    /// In whose name it acts.
    person: String,
    /// The one establishment that it is for.
    establishment: String,
    /// What it may be used for.
    scopes: Vec<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    made_at: String,
    /// From when on it proves nothing.
    #[schema(format = DateTime)]
    until: String,
}

impl From<TokenSeen> for TokenView {
    fn from(token: TokenSeen) -> Self {
        Self {
            id: token.id,
            name: token.name,
            person: token.person,
            establishment: token.establishment.to_string(),
            scopes: token.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            made_at: token.made_at.to_string(),
            until: token.until.to_string(),
        }
    }
}

/// An establishment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EstablishmentView {
    /// Its name in paths.
    id: String,
    /// Its name in words.
    title: String,
    /// Its time zone, of the IANA table.
    zone: String,
}

impl EstablishmentView {
    pub(crate) fn of(one: &Establishment) -> Self {
        Self { id: one.id.to_string(), title: one.title.clone(), zone: one.zone.name().to_owned() }
    }
}

/// A rule of the guide.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleView {
    /// Its name, such as O3.
    id: String,
    /// From which level on it is asked.
    level: u8,
    /// For which kinds of intervention.
    kinds: Vec<String>,
    /// On which path: `both`, `gateway` or `direct`.
    branch: String,
    /// Whether the contract has to say it, beside its being held.
    two_facets: bool,
    /// Who implements it.
    parties: Vec<Said>,
    /// What it asks, in one sentence.
    wording: Said,
    /// Its manual page.
    manual: Said,
    /// What an auditor is left to ask, a question a line.
    audit: Said,
}

impl RuleView {
    pub(crate) fn of(rule: &guide::Rule) -> Self {
        Self {
            id: rule.id.as_str().to_owned(),
            level: u8::from(rule.level),
            kinds: rule.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
            branch: rule.branch.as_str().to_owned(),
            two_facets: rule.two_facets,
            parties: rule.parties.iter().map(|party| party.name().into()).collect(),
            wording: rule.wording.into(),
            manual: rule.manual.into(),
            audit: rule.audit.into(),
        }
    }
}
