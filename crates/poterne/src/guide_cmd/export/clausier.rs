//! The 38 rules beside the *Clausier sécurité santé* (version 2, May 2024), which hospitals put into their tenders.
//!
//! Only numbers that this project has read stand here. Where the subject was read and its number not, and where nothing
//! was, the state is `to-complete`: whoever has the text at hand writes the number in. None is guessed.

use guide::{Manual, RULES};
use vocab::{Lang, RuleId};

use crate::csv;

/// One place of the Clausier that a rule meets.
struct Place {
    rule: RuleId,
    /// `None`: not read.
    number: Option<&'static str>,
    subject: Manual,
}

macro_rules! places {
    ($($rule:ident $number:expr, $fr:literal / $en:literal;)+) => {
        [$(Place { rule: RuleId::$rule, number: $number, subject: Manual { fr: $fr, en: $en } }),+]
    };
}

static PLACES: [Place; 20] = places! {
    C4 None, "changement de sous-traitant : 21 jours pour s'y opposer" / "change of subcontractor: 21 days to object";
    C8 None, "audit une fois l'an, sur 15 jours de préavis, correction sous 30 jours" / "audit once a year, on 15 days' notice, mended within 30 days";
    E1 Some("9"), "auto-évaluation PAMS chaque année" / "yearly PAMS self-assessment";
    E3 Some("9"), "le fournisseur connaît chaque personne et chaque action, et en donne la trace sur demande" / "the provider knows each person and action, and gives the trace on request";
    E4 Some("9"), "le RSSI est prévenu des incidents" / "the security officer is told of incidents";
    E5 None, "correctifs : un mois au-delà de CVSS 8,9, trois mois de 7 à 8,9" / "patches: one month above CVSS 8.9, three months from 7 to 8.9";
    E7 Some("12.2"), "mises à jour d'origine et d'intégrité contrôlées, analysables avant installation, retour arrière" / "updates of controlled origin and integrity, scannable before installation, with rollback";
    E9 Some("9"), "les données résiduelles sont retirées" / "residual data are removed";
    O1 Some("O-9.1"), "les catégories de données des outils de surveillance sont décrites" / "the data categories of monitoring tools are described";
    O3 Some("9"), "l'établissement ouvre et ferme l'accès, à la demande" / "the hospital opens and closes access, on demand";
    O3 Some("12.2"), "télémaintenance annoncée, planifiée avec début et fin, exception possible en urgence" / "maintenance announced, planned with start and end, exception possible in an emergency";
    O5 Some("9"), "compte rendu détaillé" / "detailed report";
    O5 Some("12.2"), "compte rendu" / "report";
    T1 Some("9"), "par le point d'accès de l'établissement ; celui du fournisseur seulement s'il protège, trace, donne des preuves opposables et se laisse auditer" / "through the hospital's gateway; the provider's only with protection, traceability, opposable evidence and audit right";
    T3 Some("O-9.3"), "aucun autre outil de prise en main sur les postes de travail" / "no other remote-control tool on workstations";
    T5 None, "TLS 1.2 au moins" / "TLS 1.2 at least";
    T8 Some("12.2"), "adresses publiques du fournisseur déclarées, matrice des flux" / "the provider's public addresses declared, matrix of flows";
    T11 Some("O-6.2"), "traces des succès et des échecs" / "traces of success and failure";
    T11 Some("O-6.4"), "traces par ATNA, syslog, requête ou fichier décrit" / "traces by ATNA, syslog, query or described file";
    T11 Some("O-6.5"), "traces purgeables" / "traces can be purged";
};

/// The table, as CSV: a line for each place, and one for each rule that has none yet.
pub(super) fn table(lang: Lang) -> String {
    let mut text = csv::line(["rule", "wording", "clausier_2024", "subject", "state"]);
    for rule in RULES {
        let places: Vec<&Place> = PLACES.iter().filter(|place| place.rule == rule.id).collect();
        let wording = rule.wording.in_lang(lang);
        if places.is_empty() {
            text += &csv::line([rule.id.as_str(), wording, "", "", "to-complete"]);
        }
        for place in places {
            let state = if place.number.is_some() { "stated" } else { "to-complete" };
            let subject = place.subject.in_lang(lang);
            text += &csv::line([rule.id.as_str(), wording, place.number.unwrap_or_default(), subject, state]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_stands_there_and_no_number_is_invented() {
        let table = table(Lang::En);
        for id in RuleId::ALL {
            assert!(table.lines().any(|line| line.starts_with(&format!("{id},"))), "{id}");
        }
        assert!(PLACES.iter().map(|place| place.rule).is_sorted());
        // The numbers that were read, and no other.
        let read = ["9", "12.2", "O-6.2", "O-6.4", "O-6.5", "O-9.1", "O-9.3"];
        assert!(PLACES.iter().all(|place| place.number.is_none_or(|number| read.contains(&number))));
        let stated = table.lines().filter(|line| line.ends_with(",stated")).count();
        let open = table.lines().filter(|line| line.ends_with(",to-complete")).count();
        assert_eq!((stated, open), (16, 26));
    }
}
