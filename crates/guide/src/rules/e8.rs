//! E8: configuration management of components.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Lean, Party};

rule! {
    /// Demande : une gestion de configuration qui permet de contrôler l'accès aux composants produits ou
    /// fournis pour la maintenance : sources, exécutables, documentation, jeux d'essai.
    ///
    /// Pourquoi : qui modifie la source modifie tous les sites.
    ///
    /// Ici : rien ne passe par la session ; la clause et la tenue sont lues telles que déclarées.
    ///
    /// Reste à une personne : demander la liste de ceux qui accèdent au dépôt.
    fr,
    /// Asks: configuration management by which access to components made or supplied for maintenance is
    /// controlled: sources, executables, documentation, test data.
    ///
    /// Why: whoever changes the source changes every site.
    ///
    /// Here: nothing of this passes through the session; clause and holding are read as declared.
    ///
    /// Left to a person: to ask for the list of those who get at the repository.
    en,
    E8 {
        fr: "Le fournisseur maîtrise par gestion de configuration l'accès aux composants qu'il produit ou fournit.",
        en: "The provider controls by configuration management who gets at the components it makes or supplies.",
        audit: [
            (
                "Qui accède aux sources, exécutables, documents et jeux d'essai, et qui relit cette liste ?",
                "Who gets at sources, executables, documents and test data, and who reviews that list?",
            ),
            (
                "L'empreinte de ce qui est installé est-elle celle de la version livrée ?",
                "Is the hash of what is installed that of the delivered version?",
            ),
            (
                "Les jeux d'essai sont-ils exempts de données de vrais patients ?",
                "Are the test data free of data of real patients?",
            ),
        ],
        product: Declared(
            "Rien de cela ne passe par la porte : clause et tenue sont lues telles que déclarées.",
            "Nothing of this passes the door: clause and holding are read as declared.",
        ),
        kinds: &[Kind::Maintenance],
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

/// Clause and holding as declared: the gate cannot see either.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    two_facets(RuleId::E8, facts, now, declared_held(RuleId::E8, facts, now))
}
