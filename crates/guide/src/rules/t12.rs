//! T12: traces on the equipment, where they cannot be central.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::declared_only;
use crate::{Branch, Condition, Finding, Mender, Party};

rule! {
    /// Demande : là où les traces ne peuvent être centralisées (T11), elles sont gardées sur l'équipement
    /// ou dans l'espace de son outil.
    ///
    /// Pourquoi : mieux vaut une trace dispersée que pas de trace.
    ///
    /// Ici : pour la télésurveillance et la téléassistance seulement ; sans objet dès que T11 est tenue. La
    /// conservation est déclarée.
    ///
    /// Reste à une personne : retrouver les traces du mois passé sur l'équipement.
    fr,
    /// Asks: where traces cannot be central (T11), they are kept on the equipment or in the space of its
    /// tool.
    ///
    /// Why: a scattered trace is better than none.
    ///
    /// Here: for monitoring and assistance only; moot as soon as T11 is met. The keeping is declared.
    ///
    /// Left to a person: to find last month's traces on the equipment.
    en,
    T12 {
        fr: "À défaut de centralisation, les traces sont gardées sur l'équipement.",
        en: "Where they are not central, traces are kept on the equipment.",
        kinds: &[Kind::Monitoring, Kind::Assistance],
        level: Level::Two,
        branch: Branch::Both,
        condition: Some(Condition::WithoutCentralTraces),
        parties: &[Party::SisDelegable],
        two_facets: false,
        assess: assess,
        admit: None,
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::T12, facts, now, Mender::It)
}
