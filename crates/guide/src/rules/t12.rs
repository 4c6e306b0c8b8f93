//! T12: traces kept on the equipment.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_only, is_said, say};
use crate::{Branch, Finding, Lean, Mender, Party, Status, outside};

rule! {
    /// Demande : si la centralisation des traces (T11) n'est pas possible, elles peuvent être gardées sur
    /// l'équipement ou dans l'espace de l'outil.
    ///
    /// Pourquoi : une trace au loin vaut mieux qu'aucune.
    ///
    /// Ici : sans objet quand T11 est tenue. Sinon, la tenue est déclarée, et la raison écrite ; sans elle, rien ne
    /// tient lieu de T11. La télémaintenance
    /// n'est pas concernée : rien n'y remplace T11.
    ///
    /// Reste à une personne : que les journaux de l'équipement soient complets.
    fr,
    /// Asks: where centralising traces (T11) is not possible, they may be kept on the equipment or in the
    /// tool's space.
    ///
    /// Why: a trace far away is better than none.
    ///
    /// Here: moot where T11 is met. Otherwise the holding is declared and the reason written; without it nothing
    /// stands in for T11. Maintenance is not
    /// concerned: nothing stands in for T11 there.
    ///
    /// Left to a person: that the equipment's logs are complete.
    en,
    T12 {
        fr: "À défaut de traces centralisées, elles sont gardées sur l'équipement ou dans son outillage.",
        en: "Where traces are not centralised, they are kept on the equipment or in its tooling.",
        audit: [
            (
                "Les traces du mois dernier sortent-elles de l'équipement, complètes et à l'heure ?",
                "Do last month's traces come out of the equipment, complete and on time?",
            ),
            (
                "Pourquoi ne peut-on centraliser, et qui l'a revu depuis ?",
                "Why can they not be centralised, and who has looked again since?",
            ),
        ],
        product: Declared(
            "Des traces gardées ailleurs sont lues telles que déclarées.",
            "Traces kept elsewhere are read as declared.",
        ),
        kinds: &[Kind::Monitoring, Kind::Assistance],
        level: Level::Two,
        branch: Branch::Both,
        condition: Some(crate::Condition::WithoutCentralTraces),
        parties: &[Party::SisDelegable],
        leans: &[Lean::Service, Lean::Outside],
        two_facets: false,
        assess: assess,
        admit: None,
    }
}

/// As declared, with the reason why traces cannot be centralised: without one T12 stands in for nothing.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let finding = outside::shown(declared_only(RuleId::T12, facts, now, Mender::It), facts, now);
    match &facts.service.local_traces {
        Some(reason) if is_said(reason) => finding.because(say!(
            "Centralisation impossible, pour cette raison : {reason}.",
            "Centralising is impossible, for this reason: {reason}."
        )),
        _ if finding.status.is_met() => {
            let missing = say!(
                "Rien ne dit pourquoi les traces ne peuvent pas être centralisées.",
                "Nothing says why traces cannot be centralised."
            );
            Finding::new(RuleId::T12, Status::Partly { missing: missing.clone() }).because(missing).mended_by(
                Mender::Responsable,
                say!("Écrire la raison (local_traces), ou centraliser.", "Write the reason (local_traces), or centralise."),
            )
        }
        _ => finding,
    }
}
