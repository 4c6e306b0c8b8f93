//! T8: only the flows that are needed.

use domain::{Asked, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_only, say, unmet};
use crate::{Admission, Branch, Finding, Mender, Party};

rule! {
    /// Demande : sur un chemin direct, un filtrage n'autorise que les flux nécessaires à l'intervention.
    ///
    /// Pourquoi : un chemin direct sans filtre ouvre le réseau entier.
    ///
    /// Ici : sans règle de filtrage déclarée (source, cible, port, plage), une prestation en direct n'est
    /// pas ouverte.
    ///
    /// Reste à une personne : relire la règle du pare-feu chaque année.
    fr,
    /// Asks: on a direct path, a filter lets through only the flows that the intervention needs.
    ///
    /// Why: a direct path without a filter opens the whole network.
    ///
    /// Here: without a declared filter rule (source, target, port, window) a direct service is not opened.
    ///
    /// Left to a person: to read the firewall's rule again each year.
    en,
    T8 {
        fr: "Un filtrage n'autorise que les flux nécessaires.",
        en: "A filter lets through only the flows that are needed.",
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Direct,
        condition: None,
        parties: &[Party::SisDelegable],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::T8, facts, now, Mender::It)
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let declared = asked.facts.service.declared(RuleId::T8).and_then(|declared| declared.held.as_ref());
    match declared.filter(|rule| rule.stands(now)) {
        Some(rule) => Admission::until(rule.until),
        None => Admission::refused(vec![unmet(
            RuleId::T8,
            Mender::It,
            say!("Aucune règle de filtrage n'est déclarée pour ce chemin direct.", "No filter rule is declared for this direct path."),
            say!(
                "Déclarer la règle du pare-feu : source, cible, port, plage.",
                "Declare the firewall's rule: source, target, port, window."
            ),
        )]),
    }
}
