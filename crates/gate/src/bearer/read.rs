//! What a program may see in somebody's name: what he sees himself, in the one establishment of its token.

use std::sync::Arc;

use domain::{Establishment, Intervention, Scope, ServiceFacts, State};
use vocab::{EstablishmentId, Lang, Timestamp};

use super::Bearer;
use crate::commands::{Deed, NotDone, visible_interventions, visible_services};
use crate::{Assessment, Deadlines, Gate, Seen};

/// What a token is, for its bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSeen {
    /// What it is looked for by.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// In whose name it acts.
    pub person: String,
    /// Where.
    pub establishment: EstablishmentId,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub made_at: Timestamp,
    /// From when on it proves nothing.
    pub until: Timestamp,
}

impl Bearer {
    /// The establishment that it is for.
    pub fn establishment(&self) -> &EstablishmentId {
        &self.token.establishment
    }

    /// What the token is looked for by.
    pub fn id(&self) -> &str {
        &self.token.id
    }

    /// The token, without what proves it.
    pub fn token(&self) -> TokenSeen {
        let token = &self.token;
        TokenSeen {
            id: token.id.clone(),
            name: token.name.clone(),
            person: token.person.to_string(),
            establishment: token.establishment.clone(),
            scopes: token.scopes.clone(),
            made_at: token.made_at,
            until: token.until,
        }
    }

    /// A service by its short name, with the establishment that is meant. A name that says its own is none.
    pub(super) fn full_name(&self, service: &str) -> Result<String, NotDone> {
        if service.contains('@') {
            return Err(NotDone::unknown(service));
        }
        Ok(format!("{service}@{}", self.token.establishment))
    }

    pub(super) fn has(&self, scope: Scope) -> Result<(), NotDone> {
        self.known.by_token.as_ref().map_or(Ok(()), |by| by.has(scope))
    }
}

impl Gate {
    /// The establishment of the token.
    pub async fn establishment_by(&self, bearer: &Bearer) -> Result<Establishment, NotDone> {
        let all = self.store.establishments(self.as_of(self.clock.now())).await?;
        let found = all.into_iter().find(|one| one.id == *bearer.establishment());
        found.ok_or_else(|| NotDone::unknown(bearer.establishment().as_str()))
    }

    /// The services that concern him.
    pub async fn services_by(&self, bearer: &Bearer) -> Result<Vec<ServiceFacts>, NotDone> {
        bearer.has(Scope::ReadServices)?;
        visible_services(self, &bearer.known).await
    }

    /// How one stands, or stood.
    pub async fn assessment_by(
        &self,
        bearer: &Bearer,
        service: &str,
        at: Option<Timestamp>,
    ) -> Result<Assessment, NotDone> {
        crate::commands::assessed(self, &bearer.known, &bearer.full_name(service)?, |_, now| match at {
            Some(at) if at > now => {
                Err(NotDone::new("Ce moment n'est pas encore passé.", "That moment is not past yet."))
            }
            at => Ok(at),
        })
        .await
    }

    /// The data of its statement, in one language.
    pub async fn statement_by(
        &self,
        bearer: &Bearer,
        service: &str,
        at: Option<Timestamp>,
        lang: Lang,
    ) -> Result<documents::Statement, NotDone> {
        // Whoever may see the assessment may have it as a statement; it is asked there.
        let seen = self.assessment_by(bearer, service, at).await?;
        let (establishment, service) = (seen.facts.establishment.id, seen.facts.service.id);
        Ok(self.statement_alone(&establishment, &service, at, lang).await?)
    }

    /// What expires.
    pub async fn deadlines_by(&self, bearer: &Bearer) -> Result<Deadlines, NotDone> {
        let (now, who) = (self.clock.now(), &bearer.known);
        who.scope(Deed::Deadlines)?;
        let establishment = self.establishment_by(bearer).await?;
        let mut facts = self.facts_of(&establishment, now).await?;
        let any = facts.iter().any(|one| self.sees(bearer, one, now));
        facts.retain(|one| Deed::Deadlines.is_of(&who.person, one, now));
        if facts.is_empty() {
            let none = || NotDone::unknown(establishment.id.as_str());
            return Err(if any { crate::commands::not_yours(Deed::Deadlines) } else { none() });
        }
        self.vouched(who, &establishment.id, now).await?;
        Ok(Deadlines { list: crate::commands::seen_by(&who.person, &facts, now), establishment, at: now })
    }

    /// The interventions that he sees, in these states.
    pub async fn interventions_by(
        &self,
        bearer: &Bearer,
        states: &[State],
    ) -> Result<Vec<(Intervention, Arc<ServiceFacts>)>, NotDone> {
        let who = &bearer.known;
        who.scope(Deed::See)?;
        let now = self.clock.now();
        let mut all = visible_interventions(self, who, states).await?;
        all.retain(|(_, facts)| Deed::See.is_of(&who.person, facts, now));
        Ok(all)
    }

    /// One of them.
    pub async fn intervention_by(
        &self,
        bearer: &Bearer,
        name: &str,
    ) -> Result<(Intervention, ServiceFacts), NotDone> {
        let case = self.case(&bearer.known, name, Deed::See).await?;
        Ok((case.intervention, case.facts))
    }

    /// The sessions that are open now.
    pub async fn sessions_by(&self, bearer: &Bearer) -> Result<Vec<Seen>, NotDone> {
        bearer.known.scope(Deed::See)?;
        let seen = self.seen_by(&bearer.known).await?;
        Ok(seen)
    }

    /// Whether he sees a service at all.
    pub(super) fn sees(&self, bearer: &Bearer, facts: &ServiceFacts, now: Timestamp) -> bool {
        !crate::roles_of(&bearer.known.person, facts, now).is_empty()
    }
}
