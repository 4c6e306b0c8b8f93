//! T3: the access point holds, and is not bypassed.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::declared_only;
use crate::{Branch, Finding, Mender, Party};

rule! {
    /// Demande : le point d'accès est protégé des attaques venues des réseaux, et son contournement n'est
    /// pas possible en pratique.
    ///
    /// Pourquoi : une porte gardée à côté d'une porte ouverte ne garde rien.
    ///
    /// Ici : la poterne n'ouvre que ce qui est un droit explicite ; que le réseau ne laisse pas d'autre
    /// chemin est déclaré.
    ///
    /// Reste à une personne : les boîtiers des fournisseurs avec leur propre lien, les autres outils
    /// installés.
    fr,
    /// Asks: the access point is protected against attacks from the networks, and bypassing it is not
    /// possible in practice.
    ///
    /// Why: a guarded door beside an open one guards nothing.
    ///
    /// Here: the gate opens only what is an explicit right; that the network leaves no other way is
    /// declared.
    ///
    /// Left to a person: vendors' boxes with a link of their own, other tools that are installed.
    en,
    T3 {
        fr: "Le point d'accès est protégé et ne peut être contourné en pratique.",
        en: "The access point is protected and cannot be bypassed in practice.",
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Gateway,
        condition: None,
        parties: &[Party::SisDelegable],
        two_facets: false,
        assess: assess,
        admit: None,
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::T3, facts, now, Mender::It)
}
