//! O7: the beneficiary's presence.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::declared_only;
use crate::{Branch, Finding, Lean, Mender, Party};

rule! {
    /// Demande : le bénéficiaire est présent et suit les actions faites sur son poste, du début à la fin.
    ///
    /// Pourquoi : un consentement sans regard n'est plus un contrôle.
    ///
    /// Ici : la porte SSH ne porte aucune téléassistance ; la tenue par un autre moyen est déclarée.
    ///
    /// Reste à une personne : l'attention elle-même.
    fr,
    /// Asks: the beneficiary is present and follows what is done on the workstation, from beginning to end.
    ///
    /// Why: consent without eyes is no longer control.
    ///
    /// Here: the SSH door carries no assistance; the holding by other means is declared.
    ///
    /// Left to a person: attention itself.
    en,
    O7 {
        fr: "Le bénéficiaire est présent et suit les actions pendant toute la téléassistance.",
        en: "The beneficiary is present and follows what is done during the whole assistance.",
        audit: [
            (
                "Qu'arrive-t-il quand l'utilisateur s'éloigne ou verrouille son poste ?",
                "What happens when the user walks away or locks the workstation?",
            ),
            (
                "Deux utilisateurs assistés récemment ont-ils suivi l'assistance jusqu'au bout ?",
                "Did two users who were lately assisted follow it to the end?",
            ),
        ],
        product: Declared(
            "Aucune téléassistance ne passe par cette porte ; la tenue par un autre moyen est lue telle que déclarée.",
            "No assistance passes this door; what another means does is read as declared.",
        ),
        kinds: &[Kind::Assistance],
        level: Level::Two,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Beneficiary],
        leans: &[Lean::Service],
        two_facets: false,
        assess: assess,
        admit: None,
    }
}

/// As declared: the gate cannot see it.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::O7, facts, now, Mender::Beneficiary)
}
