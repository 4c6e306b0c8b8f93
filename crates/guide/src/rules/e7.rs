//! E7: software that is delivered.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp, Uploads};

use crate::evidence::{declared_held, say, two_facets};
use crate::{Branch, Finding, Lean, Party};

rule! {
    /// Demande : contre les codes malveillants et les vulnérabilités connues dans les logiciels transmis et
    /// leurs mises à jour ; par exemple, les signaler pour en décider ensemble.
    ///
    /// Pourquoi : une mise à jour entre avec tous les droits.
    ///
    /// Ici : chaque fichier entrant est nommé, mesuré et haché, ce qui permet de suivre une livraison ; si la prestation
    /// le dit (uploads = "release"), il attend qu'une personne de l'établissement libère ce contenu-là. Le reste est
    /// déclaré. La télésurveillance n'est pas concernée : un agent mis à jour relève de E5.
    ///
    /// Reste à une personne : le développement sûr chez le fournisseur, ses avis de vulnérabilité.
    fr,
    /// Asks: against malware and known vulnerabilities in software that is delivered and in its updates; for
    /// example, to report them for a joint decision.
    ///
    /// Why: an update comes in with every right.
    ///
    /// Here: each file that comes in is named, measured and hashed, so that a delivery can be followed; where the service
    /// says so (uploads = "release"), it waits until a person of the establishment releases this very content. The rest is
    /// declared. Monitoring is not concerned: an updated agent falls under E5.
    ///
    /// Left to a person: secure development at the provider's, its notices of vulnerability.
    en,
    E7 {
        fr: "Les logiciels livrés et leurs mises à jour sont exempts de codes malveillants et suivis pour leurs vulnérabilités.",
        en: "Delivered software and its updates are free of malware and watched for vulnerabilities.",
        audit: [
            (
                "Comment le fournisseur s'assure-t-il qu'un logiciel livré est sain et sans vulnérabilité connue ?",
                "How does the provider make sure that delivered software is clean and without known vulnerability?",
            ),
            (
                "Une mise à jour se suit-elle de bout en bout : origine, empreinte, signature, accord, installation ?",
                "Can one update be followed from end to end: origin, hash, signature, release, installation?",
            ),
        ],
        product: Declared(
            "Chaque fichier entrant est nommé, mesuré, haché et, si la prestation le dit, analysé puis libéré par une personne ; le reste est lu tel que déclaré.",
            "Each inbound file is named, measured, hashed and, where the service says so, scanned and released by a person; the rest is read as declared.",
        ),
        kinds: &[Kind::Maintenance, Kind::Assistance],
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

/// Clause and holding as declared: the gate cannot see either, beside who releases what comes in.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let finding = two_facets(RuleId::E7, facts, now, declared_held(RuleId::E7, facts, now));
    if facts.service.uploads != Uploads::Release || !facts.at_the_gate() {
        return finding;
    }
    finding.because(say!(
        "Chaque fichier déposé par transfert attend qu'une personne de l'établissement libère ce contenu-là.",
        "Each file that is brought by a transfer waits until a person of the establishment releases this very content."
    ))
}
