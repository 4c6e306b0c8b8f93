//! O7: the beneficiary is there all the time.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::declared_only;
use crate::{Branch, Finding, Mender, Party};

rule! {
    /// Demande : le bénéficiaire d'une téléassistance est présent et suit ce qui se fait sur son poste
    /// pendant toute la durée.
    ///
    /// Pourquoi : seul celui qui regarde peut arrêter.
    ///
    /// Ici : la présence est déclarée, tant qu'aucun poste assisté ne la constate.
    ///
    /// Reste à une personne : l'attention.
    fr,
    /// Asks: the beneficiary of an assistance is there and follows what is done on his workstation for its
    /// whole duration.
    ///
    /// Why: only he who watches can stop it.
    ///
    /// Here: presence is declared, as long as no assisted workstation observes it.
    ///
    /// Left to a person: attention.
    en,
    O7 {
        fr: "Le bénéficiaire est présent et suit l'assistance du début à la fin.",
        en: "The beneficiary is present and follows the assistance from beginning to end.",
        kinds: &[Kind::Assistance],
        level: Level::Two,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Beneficiary],
        two_facets: false,
        assess: assess,
        admit: None,
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::O7, facts, now, Mender::Beneficiary)
}
