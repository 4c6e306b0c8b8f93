//! T8: a filter on the direct path.

use domain::{Asked, ServiceFacts};
use vocab::{EquipmentId, Kind, Level, RuleId, Text, Timestamp};

use crate::evidence::{Held, against_the_word, declared_held, declared_only, say, unmet};
use crate::filtered::compared;
use crate::{Admission, Branch, Finding, Lean, Mender, Party, outside};

rule! {
    /// Demande : sur un chemin direct, un dispositif de filtrage n'autorise que les flux nécessaires : par
    /// adresse, ou par liste blanche de certificats.
    ///
    /// Pourquoi : un flux de trop est un accès de trop.
    ///
    /// Ici : les flux permis sont au dossier, dans la décision du responsable : d'où, vers quel équipement, quel
    /// port, à quelles heures ; un réseau trop large est refusé. Le pare-feu n'est pas le nôtre : qu'il les suive
    /// est déclaré. Ses règles s'écrivent d'ici (poterne filter rules) et, exportées, se comparent à ces flux
    /// (poterne filter check) : plus larges, ou pas comparées depuis douze mois, elles démentent la déclaration.
    ///
    /// Reste à une personne : que le fichier apporté soit bien celui du pare-feu.
    fr,
    /// Asks: on a direct path, a filter lets only necessary flows pass: by address, or by a white list of
    /// certificates.
    ///
    /// Why: one flow too many is one access too many.
    ///
    /// Here: the permitted flows are on file, in the responsable's decision: from where, to which equipment, which
    /// port, at which hours; a network that is too wide is refused. The firewall is not ours: that it follows them
    /// is declared. Its rules are written from here (poterne filter rules) and, exported, compared with these flows
    /// (poterne filter check): wider, or not compared for twelve months, they belie what is declared.
    ///
    /// Left to a person: that the file which was brought is the firewall's.
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
            "Les flux permis sont au dossier ; que le pare-feu les suive est lu tel que déclaré, et ses règles apportées le démentent.",
            "The permitted flows are on file; that the firewall follows them is read as declared, and its rules, once brought, belie it.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Direct,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::Direct, Lean::Outside, Lean::Filter],
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
        return compared(past_work(outside::shown(finding, facts, now), facts), facts, now);
    }
    let count = uncovered.len();
    let sentence = say!(
        "Équipements sans flux au dossier : {count}.",
        "Equipment without a flow on file: {count}."
    );
    against_the_word(RuleId::T8, facts, now, uncovered, sentence).mended_by(Mender::It, mend())
}

/// What was done on the path, by what people declared at the door.
fn past_work(finding: Finding, facts: &ServiceFacts) -> Finding {
    let all = facts.interventions.iter().chain(&facts.unsettled);
    let (began, open) = all.fold((0, 0), |(began, open), one| {
        (began + one.past.len(), open + one.under_way_past().count())
    });
    if began == 0 {
        return finding;
    }
    finding.because(say!(
        "Débuts déclarés à la porte dans les interventions non soldées : {began}, dont sans fin : {open}.",
        "Beginnings declared at the door in interventions that are not settled: {began}, without an end: {open}."
    ))
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
