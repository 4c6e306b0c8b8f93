//! T8: a filter on the direct path.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::declared_only;
use crate::{Branch, Finding, Mender, Party};

rule! {
    /// Demande : sur un chemin direct, un dispositif de filtrage n'autorise que les flux nécessaires : par
    /// adresse, ou par liste blanche de certificats.
    ///
    /// Pourquoi : un flux de trop est un accès de trop.
    ///
    /// Ici : le pare-feu n'est pas le nôtre ; ce qu'il laisse passer est déclaré.
    ///
    /// Reste à une personne : relire les règles du pare-feu chaque année.
    fr,
    /// Asks: on a direct path, a filter lets only necessary flows pass: by address, or by a white list of
    /// certificates.
    ///
    /// Why: one flow too many is one access too many.
    ///
    /// Here: the firewall is not ours; what it lets pass is declared.
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
        admit: None,
    }
}

/// As declared: the gate cannot see it.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::T8, facts, now, Mender::It)
}
