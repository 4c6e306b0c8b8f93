//! T2: an administration network between the access point and the equipment.

use domain::{Asked, Equipment, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{against_the_word, declared_only, is_said, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party};

rule! {
    /// Demande : entre le point d'accès et l'équipement, les flux d'administration ont leur propre réseau :
    /// câblé à part, ou isolé du reste par un moyen logique (DMZ, et mieux encore VPN).
    ///
    /// Pourquoi : la session ne doit pouvoir atteindre que ce pour quoi elle fut ouverte, et rien ne doit
    /// atteindre l'équipement par le même chemin sans passer par le point d'accès.
    ///
    /// Ici : la poterne refuse un équipement dont aucune zone d'administration n'est indiquée, et n'atteint
    /// que lui. Que la zone soit bien isolée est déclaré.
    ///
    /// Reste à une personne : le câblage et la configuration des commutateurs.
    fr,
    /// Asks: the equipment is linked to the access point by an administration network, physically apart or
    /// logically isolated (DMZ, preferably VPN).
    ///
    /// Why: a session should reach only what it was opened for, and nothing should reach the equipment by the
    /// same way without passing the access point.
    ///
    /// Here: the gate refuses an equipment for which no administration zone is given, and reaches that
    /// equipment only. That the zone is isolated is declared.
    ///
    /// Left to a person: the cabling and the configuration of switches.
    en,
    T2 {
        fr: "Un réseau d'administration isolé relie le point d'accès à l'équipement.",
        en: "An isolated administration network links the access point to the equipment.",
        audit: [
            (
                "L'équipement répond-il sur ses ports d'administration depuis le réseau des utilisateurs, ou depuis un voisin ?",
                "Does the equipment answer on its administration ports from the users' network, or from a neighbour?",
            ),
            (
                "Câblage et commutateurs sont-ils ceux du plan ?",
                "Are cabling and switches those of the plan?",
            ),
        ],
        product: Declared(
            "Un équipement sans zone d'administration est refusé ; que la zone soit isolée est lu tel que déclaré.",
            "An equipment without an administration zone is refused; that the zone is isolated is read as declared.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Gateway,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::Equipment],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let outside: Vec<_> =
        facts.equipment.iter().filter(|e| !zoned(e)).map(|equipment| equipment.id.clone()).collect();
    if outside.is_empty() {
        return declared_only(RuleId::T2, facts, now, Mender::It);
    }
    let count = outside.len();
    let sentence = say!(
        "Équipements sans zone d'administration : {count}.",
        "Equipment without an administration zone: {count}."
    );
    against_the_word(RuleId::T2, facts, now, outside, sentence).mended_by(
        Mender::It,
        say!("Relier l'équipement par une zone d'administration.", "Link the equipment by an administration zone."),
    )
}

fn admit(asked: &Asked<'_>, _now: Timestamp) -> Admission {
    if zoned(asked.equipment) {
        return Admission::OPEN;
    }
    let id = &asked.equipment.id;
    Admission::refused(vec![unmet(
        RuleId::T2,
        Mender::It,
        say!(
            "L'équipement {id} n'est dans aucune zone d'administration.",
            "The equipment {id} is in no administration zone."
        ),
        say!(
            "Relier l'équipement par un réseau d'administration isolé et indiquer sa zone.",
            "Link the equipment by an isolated administration network and give its zone."
        ),
    )])
}

fn zoned(equipment: &Equipment) -> bool {
    equipment.admin_zone.as_deref().is_some_and(is_said)
}
