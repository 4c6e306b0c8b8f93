//! T5: encryption and mutual authentication up to the access point.

use domain::{Asked, Assurance, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{Held, declared_held, declared_met, declared_only, implemented, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Lift, Mender, Party, Status};

rule! {
    /// Demande : entre la plateforme du fournisseur et le point d'accès, les échanges sont chiffrés et les deux
    /// côtés s'authentifient, de préférence selon le RGS.
    ///
    /// Pourquoi : celui qui se place au milieu ne doit ni lire, ni parler à la place de l'un ou de l'autre.
    ///
    /// Ici : SSH chiffre toujours ; l'intervenant prouve sa clé, la poterne prouve la sienne. Mais la poterne
    /// ne voit pas si le client l'a vérifiée : la règle n'est tenue tout entière que si l'empreinte a été donnée
    /// par un autre chemin, ce que quelqu'un déclare, ou si la poterne montre un certificat de l'établissement. Ce manque se lit au
    /// constat et ne ferme pas la porte : la poterne authentifie l'intervenant de son côté, et refuser ne
    /// rendrait pas le client plus attentif. Une connexion sans clé, elle, est refusée sans recours.
    ///
    /// Reste à une personne : que l'empreinte soit vraiment comparée, et la lecture du RGS.
    fr,
    /// Asks: between the provider's platform and the access point, exchanges are encrypted and both sides
    /// authenticate, preferably by the RGS.
    ///
    /// Why: whoever stands in the middle must neither read nor speak in the place of one or the other.
    ///
    /// Here: SSH always encrypts; the technician proves a key, the gate proves its own. But the gate does not
    /// see whether the client checked it: the rule is wholly met only where the fingerprint was given by
    /// another way, which somebody declares, or where the gate shows a certificate of the establishment. This lack is read in the
    /// finding and does not close the door: on its side the gate has authenticated the technician, and a
    /// refusal would not make the client any more careful. A login without a key is refused without appeal.
    ///
    /// Left to a person: that the fingerprint is really compared, and the reading of the RGS.
    en,
    T5 {
        fr: "Les échanges jusqu'au point d'accès sont chiffrés et authentifiés des deux côtés.",
        en: "Exchanges up to the access point are encrypted and authenticated on both sides.",
        audit: [
            (
                "Chaque intervenant a-t-il comparé l'empreinte de la porte à celle reçue par une autre voie ?",
                "Did each technician compare the door's fingerprint with the one received by another way?",
            ),
            (
                "Les algorithmes absents du RGS sont-ils assumés par écrit ?",
                "Are the algorithms that the RGS does not list assumed in writing?",
            ),
        ],
        product: Observed(
            "SSH chiffre et les deux côtés prouvent leur clé ; tenue si la porte présente un certificat, ou si la remise de son empreinte par une autre voie est déclarée.",
            "SSH encrypts and both sides prove their key; met where the door shows a certificate, or where it is declared that its fingerprint was given by another way.",
        ),
        kinds: &Kind::ALL,
        level: Level::Two,
        branch: Branch::Gateway,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::Equipment, Lean::Keys],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let encrypted = say!(
        "SSH chiffre toujours ; l'intervenant prouve une clé et un second facteur.",
        "SSH always encrypts; the technician proves a key and a second factor."
    );
    if !facts.at_the_gate() {
        return declared_only(RuleId::T5, facts, now, Mender::It);
    }
    let finding = match (facts.service.assurance, declared_held(RuleId::T5, facts, now)) {
        (Assurance::Certificate, _) => Finding::new(RuleId::T5, Status::MetObserved).because(say!(
            "La poterne présente un certificat de l'autorité de l'établissement ; que le poste l'ait vérifié ne se voit pas d'ici.",
            "The gate shows a certificate of the establishment's authority; that the workstation checked it cannot be seen from here."
        )),
        // How the fingerprint came to the provider is somebody's word.
        (Assurance::Fingerprint, Held::Declared(word)) => declared_met(RuleId::T5, word, facts),
        (Assurance::Fingerprint | Assurance::None, _) => {
            let missing = say!(
                "Rien n'assure que le poste de l'intervenant ait vérifié la clé de la poterne.",
                "Nothing makes sure that the technician's workstation checked the gate's key."
            );
            Finding::new(RuleId::T5, Status::Partly { missing: missing.clone() }).because(missing).mended_by(
                Mender::It,
                say!(
                    "Donner l'empreinte de la poterne par un autre chemin et le déclarer, ou faire usage du certificat.",
                    "Give the gate's fingerprint by another way and declare it, or make use of the certificate."
                ),
            )
        }
    };
    implemented(finding.because(encrypted), facts)
}

fn admit(asked: &Asked<'_>, _now: Timestamp) -> Admission {
    if !asked.attempt.login.key.0.is_empty() {
        return Admission::OPEN;
    }
    let lack = unmet(
        RuleId::T5,
        Mender::Technician,
        say!("La connexion n'est prouvée par aucune clé.", "The login is proved by no key."),
        say!("Se connecter avec sa clé SSH.", "Log in with your SSH key."),
    );
    Admission::refused(vec![lack.lifted_by(Lift::Never)])
}
