//! O8: stopping assistance at any moment.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::declared_only;
use crate::{Branch, Finding, Lean, Mender, Party};

rule! {
    /// Demande : le bénéficiaire a le moyen technique d'interrompre la téléassistance à tout moment, et a été
    /// formé à s'en servir.
    ///
    /// Pourquoi : un arrêt que l'on ne trouve pas n'arrête rien.
    ///
    /// Ici : la porte SSH ne porte aucune téléassistance ; le moyen et la formation, par un autre outil, sont
    /// déclarés.
    ///
    /// Reste à une personne : la qualité de la formation.
    fr,
    /// Asks: the beneficiary has the technical means to stop assistance at any moment, and was trained to use
    /// them.
    ///
    /// Why: a stop that one cannot find stops nothing.
    ///
    /// Here: the SSH door carries no assistance; means and training, by another tool, are declared.
    ///
    /// Left to a person: the quality of the training.
    en,
    O8 {
        fr: "Le bénéficiaire peut interrompre la téléassistance à tout moment, et sait le faire.",
        en: "The beneficiary can stop assistance at any moment, and knows how.",
        audit: [
            (
                "Un utilisateur pris au hasard sait-il arrêter l'assistance, et l'arrêt est-il immédiat ?",
                "Does a user taken at random know how to stop assistance, and is the stop immediate?",
            ),
            (
                "Quand et comment les utilisateurs furent-ils formés, et où en est la liste ?",
                "When and how were users trained, and where is the list?",
            ),
        ],
        product: Declared(
            "Aucune téléassistance ne passe par cette porte ; le moyen et la formation sont lus tels que déclarés.",
            "No assistance passes this door; means and training are read as declared.",
        ),
        kinds: &[Kind::Assistance],
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Beneficiary, Party::Sis],
        leans: &[Lean::Service],
        two_facets: false,
        assess: assess,
        admit: None,
    }
}

/// As declared: the gate cannot see it.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::O8, facts, now, Mender::Beneficiary)
}
