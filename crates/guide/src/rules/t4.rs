//! T4: the access point is audited again and again.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::declared_only;
use crate::{Branch, Finding, Mender, Party};

rule! {
    /// Demande : le point d'accès fait l'objet d'audits de sécurité renouvelés, de sa mise en œuvre et de
    /// sa résistance.
    ///
    /// Pourquoi : ce qui tenait l'an dernier peut ne plus tenir.
    ///
    /// Ici : le dernier audit est déclaré avec sa date et son échéance ; un audit échu rend la règle non
    /// tenue, et ne coupe rien.
    ///
    /// Reste à une personne : la compétence de l'auditeur, les suites données.
    fr,
    /// Asks: the access point undergoes repeated security audits, of how it is set up and how it resists.
    ///
    /// Why: what held last year may hold no longer.
    ///
    /// Here: the last audit is declared with its date and expiry; an expired one makes the rule unmet, and
    /// cuts nothing.
    ///
    /// Left to a person: the auditor's competence, and what became of the findings.
    en,
    T4 {
        fr: "Le point d'accès est audité à intervalles convenus.",
        en: "The access point is audited at agreed intervals.",
        kinds: &Kind::ALL,
        level: Level::Two,
        branch: Branch::Gateway,
        condition: None,
        parties: &[Party::SisDelegable],
        two_facets: false,
        assess: assess,
        admit: None,
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::T4, facts, now, Mender::Security)
}
