//! E5: no malware in the means placed here.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur lutte contre les codes malveillants et les vulnérabilités connues dans les
    /// moyens qu'il place dans le SIS et dont il répond.
    ///
    /// Pourquoi : un boîtier oublié est une porte que personne ne garde.
    ///
    /// Ici : la clause et sa tenue sont déclarées ; une mise à jour poussée vers un agent de surveillance
    /// relève de cette règle.
    ///
    /// Reste à une personne : l'inventaire des moyens placés, et la décision commune sur une vulnérabilité.
    fr,
    /// Asks: the provider fights malware and known vulnerabilities in the means that it places in the SIS
    /// under its responsibility.
    ///
    /// Why: a forgotten box is a door that nobody guards.
    ///
    /// Here: the clause and its being held are declared; an update pushed to a monitoring agent falls under
    /// this rule.
    ///
    /// Left to a person: the inventory of the means, and the joint decision on a vulnerability.
    en,
    E5 {
        fr: "Les moyens placés dans le SIS sont protégés des codes malveillants et des failles connues.",
        en: "The means placed in the SIS are protected against malware and known flaws.",
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
    two_facets(RuleId::E5, facts, declared_held(RuleId::E5, facts, now))
}
