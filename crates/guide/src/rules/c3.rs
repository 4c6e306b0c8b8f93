//! C3: the provider's administrative situation.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur déclare tout changement de sa situation administrative ; il peut le publier sur
    /// son espace client, avec un message à ses clients.
    ///
    /// Pourquoi : un rachat ou un changement de siège change qui répond, et devant qui.
    ///
    /// Ici : la clause et la tenue sont lues telles que déclarées ; une déclaration périmée se voit au constat
    /// et ne ferme pas la porte.
    ///
    /// Reste à une personne : comparer avec le registre public, et retrouver l'avis du dernier changement.
    fr,
    /// Asks: the provider declares every change of its administrative situation; it may publish it in its
    /// customer space, with a message to its customers.
    ///
    /// Why: a takeover or a change of seat changes who answers, and before whom.
    ///
    /// Here: clause and holding are read as declared; an expired declaration is seen in the finding and does
    /// not close the door.
    ///
    /// Left to a person: to compare with the public register, and to find the notice of the last change.
    en,
    C3 {
        fr: "Le fournisseur déclare tout changement de sa situation administrative.",
        en: "The provider declares every change of its administrative situation.",
        audit: [
            (
                "La fiche du fournisseur concorde-t-elle avec le registre public : nom, siège, dirigeants ?",
                "Does the provider's record agree with the public register: name, seat, officers?",
            ),
            (
                "Où est l'avis du dernier changement, et combien de jours après lui fut-il donné ?",
                "Where is the notice of the last change, and how many days after it was it given?",
            ),
        ],
        product: Declared(
            "La clause et sa tenue sont lues telles que déclarées, jusqu'à leur échéance.",
            "Clause and holding are read as declared, until they expire.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

/// Clause and holding as declared: the gate cannot see either.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    two_facets(RuleId::C3, facts, now, declared_held(RuleId::C3, facts, now))
}
