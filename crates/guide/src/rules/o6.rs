//! O6: assistance under the beneficiary's control.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::declared_only;
use crate::{Branch, Finding, Lean, Mender, Party};

rule! {
    /// Demande : le bénéficiaire autorise explicitement la prise de main ou le simple suivi de son poste, et
    /// peut, s'il le souhaite, moduler l'accès aux données.
    ///
    /// Pourquoi : c'est son écran, et ce qui s'y lit est confié à lui.
    ///
    /// Ici : la porte SSH ne porte aucune téléassistance, faute de pouvoir recueillir ce consentement au poste
    /// ; la tenue par un autre moyen est déclarée.
    ///
    /// Reste à une personne : que le consentement soit libre.
    fr,
    /// Asks: the beneficiary explicitly authorises the taking over, or the mere viewing, of the workstation,
    /// and may modulate access to data.
    ///
    /// Why: it is that person's screen, and what is read on it was entrusted to that person.
    ///
    /// Here: the SSH door carries no assistance, because it cannot gather this consent at the workstation; the
    /// holding by other means is declared.
    ///
    /// Left to a person: that consent is free.
    en,
    O6 {
        fr: "La téléassistance se fait sous le contrôle du bénéficiaire, qui l'autorise et en module l'accès.",
        en: "Assistance takes place under the control of the beneficiary, who authorises it and modulates access.",
        audit: [
            (
                "L'utilisateur pouvait-il refuser, ou n'accorder que la vue, sans qu'on le lui reproche ?",
                "Could the user refuse, or grant viewing only, without being blamed for it?",
            ),
            (
                "Par quel outil se fait l'assistance, et un administrateur peut-il y passer outre au consentement ?",
                "By which tool is assistance given, and can an administrator override the consent in it?",
            ),
        ],
        product: Declared(
            "Aucune téléassistance ne passe par cette porte ; la tenue par un autre moyen est lue telle que déclarée.",
            "No assistance passes this door; what another means does is read as declared.",
        ),
        kinds: &[Kind::Assistance],
        level: Level::One,
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
    declared_only(RuleId::O6, facts, now, Mender::Beneficiary)
}
