//! T7: without an access point, encryption and mutual authentication from end to end.

use domain::{Asked, Declaration, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_only, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party};

rule! {
    /// Demande : sur un chemin direct, les échanges sont chiffrés de bout en bout et les deux côtés
    /// s'authentifient, de préférence selon le RGS.
    ///
    /// Pourquoi : personne ne se tient entre l'équipement et la plateforme pour le faire à leur place.
    ///
    /// Ici : rien ne peut être imposé sur un chemin qui n'est pas le nôtre ; la preuve est demandée avant
    /// d'ouvrir, et lue telle que déclarée.
    ///
    /// Reste à une personne : la configuration du fournisseur, vérifiée par une capture.
    fr,
    /// Asks: on a direct path, exchanges are encrypted from end to end and both sides authenticate, preferably
    /// by the RGS.
    ///
    /// Why: nobody stands between equipment and platform to do it in their place.
    ///
    /// Here: nothing can be enforced on a path that is not ours; the proof is asked for before opening, and is
    /// read as declared.
    ///
    /// Left to a person: the provider's configuration, checked by a capture.
    en,
    T7 {
        fr: "En direct, les échanges sont chiffrés et authentifiés de bout en bout.",
        en: "On a direct path, exchanges are encrypted and authenticated from end to end.",
        audit: [
            (
                "Une capture du trafic montre-t-elle quoi que ce soit en clair ?",
                "Does a capture of the traffic show anything in the clear?",
            ),
            (
                "Un client inconnu est-il refusé par l'équipement ?",
                "Is an unknown client refused by the equipment?",
            ),
        ],
        product: Declared(
            "Rien n'est imposé sur un chemin qui n'est pas le nôtre ; la preuve est lue telle que déclarée, et demandée avant d'ouvrir.",
            "Nothing is imposed on a path that is not ours; the proof is read as declared, and asked for before opening.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Direct,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::Direct],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::T7, facts, now, Mender::It)
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    match proof(asked.facts, now) {
        Some(proof) => Admission::until(proof.until),
        None => Admission::refused(vec![unmet(
            RuleId::T7,
            Mender::Provider,
            say!(
                "Rien ne prouve que le chemin direct soit chiffré et authentifié de bout en bout.",
                "Nothing proves that the direct path is encrypted and authenticated from end to end."
            ),
            say!("Fournir la preuve et la déclarer.", "Provide the proof and declare it."),
        )]),
    }
}

fn proof(facts: &ServiceFacts, now: Timestamp) -> Option<&Declaration> {
    facts.service.declared(RuleId::T7)?.held.as_ref().filter(|proof| proof.stands(now))
}
