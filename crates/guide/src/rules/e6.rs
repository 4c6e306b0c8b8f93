//! E6: no propagation from the platform.

use domain::ServiceFacts;
use vocab::{Kind, Level, Right, RuleId, Timestamp, Uploads};

use crate::direct::held_by_word;
use crate::evidence::{Held, declared_held, say, two_facets};
use crate::{Branch, Finding, Lean, Party};

rule! {
    /// Demande : le fournisseur empêche que codes malveillants et incidents passent de sa plateforme au SIS par
    /// les échanges de la prestation.
    ///
    /// Pourquoi : la session porte aussi ce que le poste porte.
    ///
    /// Ici : la poterne rompt le protocole ; redirections, agent et canaux imprévus sont fermés ; chaque
    /// fichier est nommé et haché et, où la prestation le dit, retenu jusqu'à son analyse. L'antivirus de la
    /// plateforme est déclaré.
    ///
    /// Reste à une personne : la protection de la plateforme elle-même.
    fr,
    /// Asks: the provider keeps malware and incidents from passing from its platform to the SIS through the
    /// exchanges of the service.
    ///
    /// Why: the session also carries what the workstation carries.
    ///
    /// Here: the gate breaks the protocol; forwarding, agent and unforeseen channels are closed; each file is
    /// named and hashed and, where the service says so, held until it is scanned. The platform's antivirus is
    /// declared.
    ///
    /// Left to a person: the protection of the platform itself.
    en,
    E6 {
        fr: "Rien ne se propage de la plateforme du fournisseur au SIS par les échanges.",
        en: "Nothing spreads from the provider's platform to the SIS through the exchanges.",
        audit: [
            (
                "Comment la plateforme est-elle protégée des logiciels malveillants, et de quand datent les signatures ?",
                "How is the platform protected from malware, and how old are the signatures?",
            ),
            (
                "Un fichier d'essai EICAR est-il arrêté sur chacun des canaux ouverts ?",
                "Is an EICAR test file stopped on each of the open channels?",
            ),
        ],
        product: Enforced(
            "Imposée là où la prestation ne passe que des fichiers, retenus jusqu'à leur analyse, ou refuse tout dépôt ; ailleurs lue telle que déclarée, et ce qui n'est pas analysé est dit.",
            "Enforced where the service passes files alone, held until they are scanned, or takes no uploads; elsewhere read as declared, and what is not scanned is said.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Service, Lean::Scanner],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

/// The clause as declared. Where every file is scanned before the equipment sees it, or none is taken, and nothing
/// passes unparsed, the gate holds the rule itself; else it is as declared, and what is not scanned is said.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let service = &facts.service;
    // What is typed or piped into a command is no file, and brings content all the same.
    let streams = [Right::Shell, Right::Exec].into_iter().any(|right| service.rights.has(right));
    let bulk = service.rights.has(Right::Bulk);
    let unparsed = streams || bulk;
    let declared = || declared_held(RuleId::E6, facts, now);
    let held = match service.uploads {
        Uploads::Release | Uploads::Hold if facts.unseen => declared(),
        Uploads::Release | Uploads::Hold if facts.scanning && !unparsed => Held::Enforced(say!(
            "Chaque fichier déposé est retenu et analysé avant que l'équipement n'en reçoive rien.",
            "Each uploaded file is held and scanned before the equipment receives anything of it."
        )),
        Uploads::Off if !unparsed => {
            Held::Enforced(say!("La prestation n'accepte aucun dépôt de fichier.", "The service takes no uploads."))
        }
        Uploads::Release | Uploads::Hold | Uploads::Tap | Uploads::Off => declared(),
    };
    let finding = two_facets(RuleId::E6, facts, now, held_by_word(RuleId::E6, facts, now, held));
    let finding = match service.uploads {
        Uploads::Tap => finding.because(say!(
            "Les fichiers déposés passent la porte sans analyse : la prestation les laisse passer au fil de l'eau.",
            "Uploaded files pass the gate without a scan: the service lets them through as they come."
        )),
        Uploads::Release | Uploads::Hold if facts.unseen => finding.because(say!(
            "Si la poterne analysait alors les fichiers retenus n'a pas été gardé.",
            "Whether the gate scanned held files then was not kept."
        )),
        Uploads::Release | Uploads::Hold if !facts.scanning => finding.because(say!(
            "Les dépôts sont retenus, mais cette porte n'a pas d'analyse de fichiers : rien n'est analysé.",
            "Uploads are held, but this gate has no file scanner: nothing is scanned."
        )),
        Uploads::Release | Uploads::Hold | Uploads::Off => finding,
    };
    if bulk {
        return finding.because(say!(
            "Le droit `bulk` laisse passer des contenus que rien n'analyse.",
            "The right `bulk` lets content pass that nothing scans."
        ));
    }
    if streams {
        return finding.because(say!(
            "Ce qui passe par un terminal ou une commande n'est pas analysé : il est mesuré, haché et limité.",
            "What passes by a terminal or a command is not scanned: it is measured, hashed and limited."
        ));
    }
    finding
}
