//! E6: no propagation from the platform.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur empêche que codes malveillants et incidents passent de sa plateforme au SIS par
    /// les échanges de la prestation.
    ///
    /// Pourquoi : la session porte aussi ce que le poste porte.
    ///
    /// Ici : la poterne rompt le protocole ; redirections, agent et canaux imprévus sont fermés ; chaque
    /// fichier est nommé et haché. L'antivirus de la plateforme est déclaré.
    ///
    /// Reste à une personne : la protection de la plateforme elle-même.
    fr,
    /// Asks: the provider keeps malware and incidents from passing from its platform to the SIS through the
    /// exchanges of the service.
    ///
    /// Why: the session also carries what the workstation carries.
    ///
    /// Here: the gate breaks the protocol; forwarding, agent and unforeseen channels are closed; each file is
    /// named and hashed. The platform's antivirus is declared.
    ///
    /// Left to a person: the protection of the platform itself.
    en,
    E6 {
        fr: "Rien ne se propage de la plateforme du fournisseur au SIS par les échanges.",
        en: "Nothing spreads from the provider's platform to the SIS through the exchanges.",
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
    two_facets(RuleId::E6, facts, declared_held(RuleId::E6, facts, now))
}
