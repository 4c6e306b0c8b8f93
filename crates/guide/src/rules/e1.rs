//! E1: the platform is secured.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur protège sa plateforme d'intervention : disponibilité, données, logiciels.
    ///
    /// Pourquoi : ce qui atteint la plateforme atteint, par elle, tous ses clients.
    ///
    /// Ici : la poterne ne donne aucun accès réseau à la plateforme, elle ne relaie que des protocoles ; la
    /// protection elle-même est déclarée (PAS, certificats).
    ///
    /// Reste à une personne : comparer le PAS à un échantillon de postes.
    fr,
    /// Asks: the provider protects its platform: availability, data, software.
    ///
    /// Why: whatever reaches the platform reaches all its customers through it.
    ///
    /// Here: the gate gives the platform no access to the network, it relays protocols only; the protection
    /// itself is declared (security plan, certificates).
    ///
    /// Left to a person: to compare the plan with a sample of workstations.
    en,
    E1 {
        fr: "Le fournisseur protège sa plateforme d'intervention.",
        en: "The provider protects its intervention platform.",
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
    two_facets(RuleId::E1, facts, declared_held(RuleId::E1, facts, now))
}
