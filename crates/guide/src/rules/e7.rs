//! E7: delivered software is clean.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur lutte contre les codes malveillants et les vulnérabilités connues dans les
    /// logiciels qu'il transmet et leurs mises à jour.
    ///
    /// Pourquoi : une mise à jour s'installe avec confiance.
    ///
    /// Ici : chaque fichier entrant est nommé, mesuré et haché, de sorte qu'une livraison se compare plus
    /// tard à ce qui fut annoncé ; le reste est déclaré.
    ///
    /// Reste à une personne : comparer l'empreinte à celle de l'éditeur avant d'installer.
    fr,
    /// Asks: the provider fights malware and known vulnerabilities in the software that it delivers and its
    /// updates.
    ///
    /// Why: an update is installed in good faith.
    ///
    /// Here: each file that comes in is named, measured and hashed, so that a delivery can later be held
    /// against what was announced; the rest is declared.
    ///
    /// Left to a person: to compare the hash with the maker's before installing.
    en,
    E7 {
        fr: "Les logiciels livrés et leurs mises à jour sont exempts de codes malveillants et de failles connues.",
        en: "Delivered software and its updates are free of malware and known flaws.",
        kinds: &[Kind::Maintenance, Kind::Assistance],
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    two_facets(RuleId::E7, facts, declared_held(RuleId::E7, facts, now))
}
