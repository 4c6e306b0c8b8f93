//! T1: through an access point, as far as possible.

use domain::{Asked, ServiceFacts};
use vocab::{Kind, Level, Path, RuleId, Timestamp};

use crate::evidence::{implemented, is_said, say, unmet};
use crate::{Admission, Branch, Finding, Mender, Party, Status};

rule! {
    /// Demande : on évite la connexion directe aux équipements qui portent des applications ou des données
    /// personnelles ; autant que possible, un point d'accès s'interpose (alors T2 à T5 s'appliquent, sinon T6
    /// à T8).
    ///
    /// Pourquoi : un seul passage se garde, se ferme et se relit ; vingt accès directs, non.
    ///
    /// Ici : le chemin est un choix de chaque prestation. Par la poterne, la règle est tenue. En direct, il
    /// faut un motif écrit pour chaque équipement, sans quoi la prestation ne s'ouvre pas.
    ///
    /// Reste à une personne : dire pourquoi un point d'accès est impossible.
    fr,
    /// Asks: direct connection to equipment that holds applications or personal data is avoided; as far as
    /// possible an access point stands between (then T2 to T5 apply, else T6 to T8).
    ///
    /// Why: one passage can be guarded, closed and read again; twenty direct ones cannot.
    ///
    /// Here: the path is a choice of each service. Through the gate, the rule is met. Directly, a written
    /// reason is needed for each equipment, without which the service does not open.
    ///
    /// Left to a person: to say why an access point is impossible.
    en,
    T1 {
        fr: "L'accès passe par un point d'accès ; un accès direct est une exception motivée.",
        en: "Access goes through an access point; a direct one is an exception with a reason.",
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::SisDelegable],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, _now: Timestamp) -> Finding {
    let finding = match facts.path() {
        Path::Gateway => Finding::new(RuleId::T1, Status::MetObserved).because(say!(
            "La prestation passe par la poterne.",
            "The service goes through the gate."
        )),
        Path::Direct => {
            let silent = facts.equipment.iter().filter(|equipment| !reasoned(equipment.direct_reason.as_deref()));
            let silent: Vec<_> = silent.map(|equipment| equipment.id.clone()).collect();
            if silent.is_empty() {
                Finding::new(RuleId::T1, Status::MetObserved).because(say!(
                    "Accès direct, motivé pour chaque équipement.",
                    "Direct access, with a reason for each equipment."
                ))
            } else {
                let count = silent.len();
                Finding::new(RuleId::T1, Status::NotApplied)
                    .because(say!(
                        "Accès direct sans motif écrit pour {count} équipement(s).",
                        "Direct access without a written reason for {count} equipment(s)."
                    ))
                    .on(silent)
                    .mended_by(
                        Mender::Responsable,
                        say!("Passer par la poterne, ou écrire le motif.", "Go through the gate, or write the reason."),
                    )
            }
        }
    };
    implemented(finding, facts)
}

fn admit(asked: &Asked<'_>, _now: Timestamp) -> Admission {
    if asked.facts.path() == Path::Gateway || reasoned(asked.equipment.direct_reason.as_deref()) {
        return Admission::OPEN;
    }
    let id = &asked.equipment.id;
    Admission::refused(vec![unmet(
        RuleId::T1,
        Mender::Responsable,
        say!(
            "L'accès direct à {id} est sans motif écrit.",
            "The direct access to {id} has no written reason."
        ),
        say!("Passer la prestation par la poterne, ou écrire le motif.", "Take the service through the gate, or write the reason."),
    )])
}

fn reasoned(reason: Option<&str>) -> bool {
    reason.is_some_and(is_said)
}
