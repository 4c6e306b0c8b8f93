//! T3: an access point that holds, and no way around it.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_only, say};
use crate::filtered::compared;
use crate::{Branch, Finding, Lean, Mender, Party, Status};

rule! {
    /// Demande : le point d'accès est protégé contre les attaques venues des réseaux, et le contourner pour
    /// atteindre le SIS n'est pas possible en pratique.
    ///
    /// Pourquoi : une porte gardée à côté d'une fenêtre ouverte ne garde rien.
    ///
    /// Ici : la poterne n'écoute que ses ports, ne route rien, refuse par défaut. L'absence de contournement
    /// est déclarée ; une liaison propre à un équipement, notée à l'inventaire, la dément. Un boîtier que personne n'a
    /// noté ne se voit pas d'ici.
    ///
    /// Reste à une personne : l'inventaire des boîtiers, des modems et des autres outils de prise de main.
    fr,
    /// Asks: the access point is protected against attacks from the networks, and going around it to reach the
    /// SIS is not possible in practice.
    ///
    /// Why: a guarded door beside an open window guards nothing.
    ///
    /// Here: the gate listens on its own ports only, routes nothing, refuses by default. That nothing goes
    /// around it is declared; a link of an equipment's own, noted in the inventory, belies it. A box that nobody noted
    /// cannot be seen from here.
    ///
    /// Left to a person: the inventory of boxes, modems and other remote-control tools.
    en,
    T3 {
        fr: "Le point d'accès résiste aux attaques du réseau, et nul ne peut en pratique le contourner.",
        en: "The access point withstands attacks from the network, and in practice cannot be gone around.",
        audit: [
            (
                "Un boîtier, un modem 4G ou un outil de prise en main permet-il d'éviter le point d'accès ?",
                "Does a box, a 4G modem or a remote control tool make it possible to go round the access point?",
            ),
            (
                "Depuis le côté du fournisseur, que répondent le point d'accès et le réseau derrière lui ?",
                "From the provider's side, what do the access point and the network behind it answer?",
            ),
        ],
        product: Declared(
            "La porte n'écoute que ses ports, ne route rien et s'enferme elle-même ; que rien ne la contourne est lu tel que déclaré.",
            "The door listens on its ports only, routes nothing and shuts itself in; that nothing goes round it is read as declared.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Gateway,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::Equipment, Lean::Filter],
        two_facets: false,
        assess: assess,
        admit: None,
    }
}

/// As declared: the gate cannot see it. A link that any equipment of the establishment is known to have leads into its
/// network around the gate, whatever is declared.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    if facts.links.is_empty() {
        return compared(declared_only(RuleId::T3, facts, now, Mender::It), facts, now);
    }
    let list = facts.links.iter().map(|(id, link)| format!("{id} ({link})")).collect::<Vec<_>>().join(", ");
    Finding::new(RuleId::T3, Status::NotApplied)
        .because(say!(
            "La liaison propre d'un équipement mène au réseau sans passer par la poterne : {list}.",
            "An equipment's own link leads into the network without passing the gate: {list}."
        ))
        .mended_by(
            Mender::It,
            say!(
                "Faire retirer ou couper la liaison, ou traiter le risque.",
                "Have the link removed or cut, or treat the risk."
            ),
        )
}
