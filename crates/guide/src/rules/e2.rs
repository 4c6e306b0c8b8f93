//! E2: workstations only for those authorised.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : seules les personnes autorisées accèdent aux postes d'intervention, logiquement et, autant
    /// que possible, physiquement ; au minimum, elles sont sensibilisées et le fournisseur leur fournit le
    /// poste et ses moyens de sécurité.
    ///
    /// Pourquoi : un poste ouvert à d'autres prête ses accès à d'autres.
    ///
    /// Ici : chaque personne vient avec sa propre clé et son propre code ; le poste, lui, est déclaré.
    ///
    /// Reste à une personne : les locaux, la sensibilisation, l'origine du poste.
    fr,
    /// Asks: only authorised persons get at the intervention workstations, logically and, as far as
    /// possible, physically; at the least they are made aware, and the provider supplies workstation and
    /// its security means.
    ///
    /// Why: a workstation that is open to others lends them its accesses.
    ///
    /// Here: each person comes with a key and a code of his own; the workstation itself is declared.
    ///
    /// Left to a person: premises, awareness, where the workstation comes from.
    en,
    E2 {
        fr: "Les postes d'intervention ne sont accessibles qu'aux personnes autorisées.",
        en: "Intervention workstations are for authorised persons only.",
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
    two_facets(RuleId::E2, facts, declared_held(RuleId::E2, facts, now))
}
