//! O8: the beneficiary can stop at any moment.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::declared_only;
use crate::{Branch, Finding, Mender, Party};

rule! {
    /// Demande : le bénéficiaire peut interrompre la téléassistance à tout moment, et a été formé à le
    /// faire.
    ///
    /// Pourquoi : un bouton qu'on n'a jamais essayé ne sert pas.
    ///
    /// Ici : moyen et formation sont déclarés, tant qu'aucun poste assisté ne les constate.
    ///
    /// Reste à une personne : la qualité de la formation.
    fr,
    /// Asks: the beneficiary can interrupt the assistance at any moment, and was trained to do so.
    ///
    /// Why: a button that was never tried is of no use.
    ///
    /// Here: means and training are declared, as long as no assisted workstation observes them.
    ///
    /// Left to a person: the quality of the training.
    en,
    O8 {
        fr: "Le bénéficiaire peut interrompre à tout moment, et sait le faire.",
        en: "The beneficiary can interrupt at any moment, and knows how.",
        kinds: &[Kind::Assistance],
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Beneficiary],
        two_facets: false,
        assess: assess,
        admit: None,
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::O8, facts, now, Mender::Beneficiary)
}
