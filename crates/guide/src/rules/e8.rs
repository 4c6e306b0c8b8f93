//! E8: access to what is produced is controlled.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur gère en configuration ce qu'il produit ou fournit (sources, exécutables,
    /// documentation, données de test) et contrôle qui y accède.
    ///
    /// Pourquoi : qui peut modifier la source peut modifier tous les équipements.
    ///
    /// Ici : rien ne s'en voit à la porte ; la clause et sa tenue sont déclarées.
    ///
    /// Reste à une personne : demander la liste des accès au dépôt.
    fr,
    /// Asks: the provider keeps what it produces or supplies (source, binaries, documents, test data) under
    /// configuration management and controls who gets at it.
    ///
    /// Why: whoever can change the source can change every device.
    ///
    /// Here: nothing of it shows at the door; the clause and its being held are declared.
    ///
    /// Left to a person: to ask for the list of accesses to the repository.
    en,
    E8 {
        fr: "Le fournisseur contrôle l'accès aux composants qu'il produit ou fournit.",
        en: "The provider controls access to the components it produces or supplies.",
        kinds: &[Kind::Maintenance],
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
    two_facets(RuleId::E8, facts, declared_held(RuleId::E8, facts, now))
}
