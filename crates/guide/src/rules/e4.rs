//! E4: incidents at the provider are handled.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur traite les incidents de sécurité de son environnement : personnes,
    /// organisation, technique, locaux.
    ///
    /// Pourquoi : un incident chez lui est un danger chez nous dès qu'une porte est ouverte.
    ///
    /// Ici : un incident annoncé suspend tous ses accès en un acte (`suspend-provider`), et coupe ses
    /// sessions ; la procédure du fournisseur est déclarée.
    ///
    /// Reste à une personne : annoncer l'incident, et décider de la reprise.
    fr,
    /// Asks: the provider handles security incidents of its environment: people, organisation, technique,
    /// premises.
    ///
    /// Why: an incident there is a danger here as soon as a door is open.
    ///
    /// Here: an announced incident suspends all its accesses in one act (`suspend-provider`) and cuts its
    /// sessions; the provider's procedure is declared.
    ///
    /// Left to a person: to announce the incident, and to decide on resuming.
    en,
    E4 {
        fr: "Le fournisseur traite les incidents de sécurité de son environnement.",
        en: "The provider handles the security incidents of its environment.",
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
    two_facets(RuleId::E4, facts, declared_held(RuleId::E4, facts, now))
}
