//! C8: the establishment may audit.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{Held, say, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le contrat permet au responsable du SIS de faire contrôler, s'il le souhaite, que le
    /// fournisseur tient ses engagements.
    ///
    /// Pourquoi : une promesse que nul ne peut vérifier s'oublie.
    ///
    /// Ici : la clause suffit ; n'avoir jamais contrôlé est conforme, car c'est une faculté. Un auditeur
    /// peut tout lire, et ne rien changer.
    ///
    /// Reste à une personne : décider d'un contrôle et en suivre les constats.
    fr,
    /// Asks: the contract lets the responsable of the SIS have it controlled, if he wishes, that the
    /// provider keeps its promises.
    ///
    /// Why: a promise that nobody can check is forgotten.
    ///
    /// Here: the clause is enough; never having audited is in order, because it is an option. An auditor
    /// reads everything and changes nothing.
    ///
    /// Left to a person: to decide on an audit and follow its findings up.
    en,
    C8 {
        fr: "Le responsable peut faire contrôler le fournisseur.",
        en: "The responsable may have the provider audited.",
        kinds: &Kind::ALL,
        level: Level::Two,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

fn assess(facts: &ServiceFacts, _now: Timestamp) -> Finding {
    let option = say!(
        "Contrôler est une faculté : ne l'avoir jamais exercée est conforme.",
        "To audit is an option: never having used it is in order."
    );
    two_facets(RuleId::C8, facts, Held::Observed(option))
}
