//! O6: assistance under the beneficiary's control.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::declared_only;
use crate::{Branch, Finding, Mender, Party};

rule! {
    /// Demande : le bénéficiaire autorise explicitement la prise de main, ou le simple suivi, de son poste,
    /// et peut moduler l'accès aux données.
    ///
    /// Pourquoi : c'est son écran, et les données de ses patients.
    ///
    /// Ici : aucune téléassistance ne passe par la porte SSH ; jusqu'à ce qu'un poste assisté le recueille
    /// lui-même, le consentement est déclaré.
    ///
    /// Reste à une personne : que le consentement soit libre.
    fr,
    /// Asks: the beneficiary explicitly authorises the take-over, or the mere viewing, of his workstation,
    /// and may limit the access to data.
    ///
    /// Why: it is his screen, and his patients' data.
    ///
    /// Here: no assistance goes through the SSH door; until the assisted workstation itself takes it,
    /// consent is declared.
    ///
    /// Left to a person: that consent is free.
    en,
    O6 {
        fr: "Le bénéficiaire autorise explicitement la prise de main ou le suivi de son poste.",
        en: "The beneficiary explicitly authorises the take-over or viewing of his workstation.",
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
    declared_only(RuleId::O6, facts, now, Mender::Beneficiary)
}
