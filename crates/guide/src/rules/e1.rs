//! E1: the security of the provider's platform.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Lean, Party};

rule! {
    /// Demande : le fournisseur protège la plateforme d'où partent ses interventions : qui y accède, ce qu'elle
    /// garde, les logiciels qu'elle porte.
    ///
    /// Pourquoi : qui tient la plateforme tient tous les SIS qu'elle atteint.
    ///
    /// Ici : la plateforme n'a jamais d'accès au réseau ; la poterne parle le protocole à sa place. Le reste
    /// est déclaré : rubriques du plan, certificats.
    ///
    /// Reste à une personne : rapprocher le plan d'assurance de la réalité.
    fr,
    /// Asks: the provider sees to the security of its intervention platform: access, data and software.
    ///
    /// Why: whoever holds the platform holds every SIS it reaches.
    ///
    /// Here: the platform never has access to the network; the gate speaks the protocol in its place. The rest
    /// is declared: sections of the plan, certificates.
    ///
    /// Left to a person: to hold the assurance plan against reality.
    en,
    E1 {
        fr: "Le fournisseur protège sa plateforme : accès, données, logiciels.",
        en: "The provider protects its platform: access, data, software.",
        audit: [
            (
                "Un échantillon de postes et de serveurs confirme-t-il ce que le plan d'assurance dit de la plateforme ?",
                "Does a sample of workstations and servers confirm what the assurance plan says of the platform?",
            ),
            (
                "Quels certificats la couvrent, sur quel périmètre, jusqu'à quand ?",
                "Which certificates cover it, over what scope, until when?",
            ),
        ],
        product: Declared(
            "La plateforme n'a jamais d'accès au réseau ; sa propre sécurité est lue telle que déclarée.",
            "The platform never has access to the network; its own security is read as declared.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

/// Clause and holding as declared: the gate cannot see either.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    two_facets(RuleId::E1, facts, now, declared_held(RuleId::E1, facts, now))
}
