//! T8: a filter on the direct path.

use domain::{Asked, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_only, say, unmet};
use crate::{Admission, Branch, Finding, Mender, Party};

rule! {
    /// Demande : sur un chemin direct, un dispositif de filtrage n'autorise que les flux nécessaires : par
    /// adresse, ou par liste blanche de certificats.
    ///
    /// Pourquoi : un flux de trop est un accès de trop.
    ///
    /// Ici : le pare-feu n'est pas le nôtre ; ce qu'il laisse passer est déclaré, et demandé avant d'ouvrir.
    ///
    /// Reste à une personne : relire les règles du pare-feu chaque année.
    fr,
    /// Asks: on a direct path, a filter lets only necessary flows pass: by address, or by a white list of
    /// certificates.
    ///
    /// Why: one flow too many is one access too many.
    ///
    /// Here: the firewall is not ours; what it lets pass is declared, and asked for before opening.
    ///
    /// Left to a person: to review the firewall's rules each year.
    en,
    T8 {
        fr: "En direct, un filtre n'autorise que les flux nécessaires à l'intervention.",
        en: "On a direct path, a filter lets only the flows pass that the intervention needs.",
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

/// As declared: the gate cannot see it.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::T8, facts, now, Mender::It)
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let declared = asked.facts.service.declared(RuleId::T8).and_then(|declared| declared.held.as_ref());
    match declared.filter(|filter| filter.stands(now)) {
        Some(filter) => Admission::until(filter.until),
        None => Admission::refused(vec![unmet(
            RuleId::T8,
            Mender::It,
            say!(
                "Aucun filtrage n'est déclaré pour ce chemin direct.",
                "No filter is declared for this direct path."
            ),
            say!(
                "Déclarer ce que le pare-feu laisse passer : source, cible, port, période.",
                "Declare what the firewall lets pass: source, target, port, period."
            ),
        )]),
    }
}
