//! T8: a filter on the direct path.

use domain::{Asked, ServiceFacts};
use vocab::{EquipmentId, Kind, Level, RuleId, Text, Timestamp};

use crate::evidence::{Held, against_the_word, declared_held, declared_only, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, outside};

rule! {
    /// Demande : sur un chemin direct, un dispositif de filtrage n'autorise que les flux nécessaires : par
    /// adresse, ou par liste blanche de certificats.
    ///
    /// Pourquoi : un flux de trop est un accès de trop.
    ///
    /// Ici : les flux permis sont au dossier, dans la décision du responsable : d'où, vers quel équipement, quel
    /// port, à quelles heures ; un réseau trop large est refusé. Le pare-feu n'est pas le nôtre : qu'il les suive
    /// est déclaré, et demandé avant d'ouvrir.
    ///
    /// Reste à une personne : relire les règles du pare-feu chaque année.
    fr,
    /// Asks: on a direct path, a filter lets only necessary flows pass: by address, or by a white list of
    /// certificates.
    ///
    /// Why: one flow too many is one access too many.
    ///
    /// Here: the permitted flows are on file, in the responsable's decision: from where, to which equipment, which
    /// port, at which hours; a network that is too wide is refused. The firewall is not ours: that it follows them
    /// is declared, and asked for before opening.
    ///
    /// Left to a person: to review the firewall's rules each year.
    en,
    T8 {
        fr: "En direct, un filtre n'autorise que les flux nécessaires à l'intervention.",
        en: "On a direct path, a filter lets only the flows pass that the intervention needs.",
        audit: [
            (
                "Depuis une autre source, ou vers un autre port, le filtre refuse-t-il ?",
                "From another source, or to another port, does the filter refuse?",
            ),
            (
                "Qui a relu les règles du pare-feu cette année, et qu'en a-t-on retiré ?",
                "Who reviewed the firewall's rules this year, and what was taken out?",
            ),
        ],
        product: Declared(
            "Les flux permis sont au dossier, un réseau trop large y est refusé ; que le pare-feu les suive est lu tel que déclaré.",
            "The permitted flows are on file, a network too wide is refused there; that the firewall follows them is read as declared.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Direct,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::Direct, Lean::Outside],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

/// The flows are on file for each equipment; that the filter follows them is somebody's word.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let uncovered: Vec<EquipmentId> =
        facts.equipment.iter().map(|one| one.id.clone()).filter(|id| !covered(facts, id)).collect();
    if uncovered.is_empty() {
        let flows = facts.direct.as_ref().map_or(0, |direct| direct.flows.len());
        let finding = declared_only(RuleId::T8, facts, now, Mender::It);
        if !finding.status.is_met() {
            return finding;
        }
        let finding = finding.because(say!(
            "{flows} flux au dossier de cette prestation, et aucun autre n'est permis.",
            "Flows on file for this service: {flows}, and no other is permitted."
        ));
        return outside::shown(finding, facts, now);
    }
    let count = uncovered.len();
    let sentence = say!(
        "Équipements sans flux au dossier : {count}.",
        "Equipment without a flow on file: {count}."
    );
    against_the_word(RuleId::T8, facts, now, uncovered, sentence).mended_by(Mender::It, mend())
}

fn covered(facts: &ServiceFacts, equipment: &EquipmentId) -> bool {
    facts.direct.as_ref().is_some_and(|direct| direct.covers(equipment))
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let id = &asked.equipment.id;
    let lack = |sentence| Admission::refused(vec![unmet(RuleId::T8, Mender::It, sentence, mend())]);
    if !covered(asked.facts, id) {
        return lack(say!("Aucun flux vers {id} n'est au dossier.", "No flow to {id} is on file."));
    }
    match declared_held(RuleId::T8, asked.facts, now) {
        Held::Declared(filter) => Admission::until(filter.until),
        _ => lack(say!(
            "Aucun filtrage n'est déclaré pour ce chemin direct.",
            "No filter is declared for this direct path."
        )),
    }
}

fn mend() -> Text {
    say!(
        "Décrire les flux nécessaires (source, équipement, port, heures), les faire appliquer par le pare-feu, et le déclarer.",
        "Describe the necessary flows (source, equipment, port, hours), have the firewall apply them, and declare it."
    )
}
