//! E4: incidents at the provider's place.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur a les moyens et procédures de l'art contre les incidents, humains,
    /// organisationnels, techniques ou physiques, de son environnement.
    ///
    /// Pourquoi : l'incident du fournisseur devient celui de l'établissement par la session ouverte.
    ///
    /// Ici : un incident annoncé suspend en un acte tous les accès du fournisseur, sessions comprises ; la
    /// reprise revient à l'établissement. Les procédures sont déclarées.
    ///
    /// Reste à une personne : annoncer l'incident, et s'exercer à le faire.
    fr,
    /// Asks: the provider has means and procedures of the state of the art against incidents, human,
    /// organisational, technical or physical, in its environment.
    ///
    /// Why: the provider's incident becomes the establishment's through the open session.
    ///
    /// Here: an announced incident suspends all of the provider's accesses in one act, live sessions included;
    /// resuming is the establishment's. The procedures are declared.
    ///
    /// Left to a person: to announce the incident, and to drill it.
    en,
    E4 {
        fr: "Le fournisseur combat les incidents de son environnement qui menacent la prestation.",
        en: "The provider fights incidents in its own environment that threaten the service.",
        audit: [
            (
                "Qui prévient l'établissement d'un incident chez le fournisseur, de jour comme de nuit ?",
                "Who warns the establishment of an incident at the provider, by day and by night?",
            ),
            (
                "Au dernier exercice, combien de temps entre l'annonce et la coupure de ses accès ?",
                "At the last drill, how long between the announcement and the cut of its accesses?",
            ),
        ],
        product: Declared(
            "Un incident annoncé coupe en un acte tous les accès du fournisseur ; ses procédures sont lues telles que déclarées.",
            "An incident that is announced cuts all of the provider's accesses in one act; its procedures are read as declared.",
        ),
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

/// Clause and holding as declared: the gate cannot see either.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    two_facets(RuleId::E4, facts, now, declared_held(RuleId::E4, facts, now))
}
