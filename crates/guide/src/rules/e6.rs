//! E6: nothing spreads through the exchanges.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur empêche qu'un code malveillant ou un incident se propage de sa plateforme
    /// par les échanges de la prestation.
    ///
    /// Pourquoi : c'est par ces échanges que passe un rançongiciel.
    ///
    /// Ici : la poterne rompt le protocole, ferme les redirections, et nomme, mesure et hache chaque
    /// fichier ; aucun antivirus ne les examine encore, et cela est dit. La protection du côté du
    /// fournisseur est déclarée.
    ///
    /// Reste à une personne : l'antivirus de la plateforme.
    fr,
    /// Asks: the provider keeps malware or an incident from spreading from its platform through the
    /// exchanges of the service.
    ///
    /// Why: these exchanges are the way of ransomware.
    ///
    /// Here: the gate breaks the protocol, closes forwardings, and names, measures and hashes each file; no
    /// scanner examines them yet, and that is said. The protection on the provider's side is declared.
    ///
    /// Left to a person: the platform's antivirus.
    en,
    E6 {
        fr: "Rien ne se propage de la plateforme du fournisseur par les échanges.",
        en: "Nothing spreads from the provider's platform through the exchanges.",
        kinds: &Kind::ALL,
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
    two_facets(RuleId::E6, facts, declared_held(RuleId::E6, facts, now))
}
