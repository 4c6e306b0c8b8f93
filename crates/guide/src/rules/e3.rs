//! E3: who is or was connected can be told.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur peut dire à tout moment qui est, ou fut, connecté depuis sa plateforme.
    ///
    /// Pourquoi : une action sans auteur n'engage personne.
    ///
    /// Ici : de notre côté une personne a une identité, deux facteurs, et aucune session n'est anonyme ; ce
    /// que la plateforme du fournisseur sait d'elle-même est déclaré, et s'éprouve en demandant son journal
    /// d'une session.
    ///
    /// Reste à une personne : demander le journal du fournisseur pour une date choisie.
    fr,
    /// Asks: the provider can tell at any time who is, or was, connected from its platform.
    ///
    /// Why: an action without an author binds nobody.
    ///
    /// Here: on our side one person has one identity, two factors, and no session is anonymous; what the
    /// provider's platform knows of itself is declared, and tested by asking for its log of a session.
    ///
    /// Left to a person: to ask for the provider's log of a chosen date.
    en,
    E3 {
        fr: "Le fournisseur peut dire à tout moment qui est ou fut connecté.",
        en: "The provider can tell at any time who is or was connected.",
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    two_facets(RuleId::E3, facts, declared_held(RuleId::E3, facts, now))
}
