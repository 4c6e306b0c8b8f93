//! C3: the provider's administrative situation.

use domain::{Declaration, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{Held, declared_held, say, two_facets};
use crate::{Branch, Finding, Lean, Party};

rule! {
    /// Demande : le fournisseur déclare tout changement de sa situation administrative ; il peut le publier sur
    /// son espace client, avec un message à ses clients.
    ///
    /// Pourquoi : un rachat ou un changement de siège change qui répond, et devant qui.
    ///
    /// Ici : la clause et la tenue sont lues telles que déclarées, ou la tenue dans le dossier que le fournisseur
    /// signe et que l'on importe : chaque changement fait un avis à lire. Une déclaration périmée, un dossier que
    /// nul n'a confirmé à temps se voient au constat et ne ferment pas la porte.
    ///
    /// Reste à une personne : comparer avec le registre public, et retrouver l'avis du dernier changement.
    fr,
    /// Asks: the provider declares every change of its administrative situation; it may publish it in its
    /// customer space, with a message to its customers.
    ///
    /// Why: a takeover or a change of seat changes who answers, and before whom.
    ///
    /// Here: clause and holding are read as declared, or the holding in the dossier that the provider signs and
    /// that is imported: each change makes a notice to be read. An expired declaration, or a dossier that nobody
    /// confirmed in time, is seen in the finding and does not close the door.
    ///
    /// Left to a person: to compare with the public register, and to find the notice of the last change.
    en,
    C3 {
        fr: "Le fournisseur déclare tout changement de sa situation administrative.",
        en: "The provider declares every change of its administrative situation.",
        audit: [
            (
                "La fiche du fournisseur concorde-t-elle avec le registre public : nom, siège, dirigeants ?",
                "Does the provider's record agree with the public register: name, seat, officers?",
            ),
            (
                "Où est l'avis du dernier changement, et combien de jours après lui fut-il donné ?",
                "Where is the notice of the last change, and how many days after it was it given?",
            ),
        ],
        product: Declared(
            "La clause et sa tenue sont lues telles que déclarées, jusqu'à leur échéance.",
            "Clause and holding are read as declared, until they expire.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Provider, Lean::Notices],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

/// A signed dossier that is good, none of whose changes waits to be read, is the provider's own declaration; without one,
/// clause and holding are read as declared: the gate cannot see either.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let Some(dossier) = &facts.provider.dossier else {
        return two_facets(RuleId::C3, facts, now, declared_held(RuleId::C3, facts, now));
    };
    let zone = &facts.establishment.zone;
    let until = dossier.good_until(facts.contract.confirm_within_days);
    let (serial, dated, last, paper) =
        (dossier.serial, zone.date(dossier.dated), zone.last_date(until), &dossier.file.name);
    if until <= now {
        let held = Held::Missing(say!(
            "Le dossier signé n° {serial} du {dated:#} ({paper}) n'est plus confirmé depuis le {last:#}.",
            "The signed dossier no. {serial} of {dated} ({paper}) is not confirmed since {last}."
        ));
        return two_facets(RuleId::C3, facts, now, held);
    }
    let word = Declaration {
        by: dossier.confirmed_by.to_string(),
        at: dossier.dated,
        until,
        document: dossier.file.clone(),
    };
    let finding = two_facets(RuleId::C3, facts, now, Held::Declared(&word)).because(say!(
        "Dossier signé par le fournisseur, n° {serial} du {dated:#}, à confirmer avant le {last}.",
        "Dossier signed by the provider, no. {serial} of {dated}, to be confirmed until {last}."
    ));
    let unread: Vec<String> = facts
        .notices
        .iter()
        .filter(|notice| notice.read.is_none())
        .map(|notice| notice.serial.to_string())
        .collect();
    if unread.is_empty() {
        return finding;
    }
    let unread = unread.join(", ");
    finding.because(say!(
        "Avis de changement que personne n'a encore lu : dossier n° {unread}.",
        "Notices of change that nobody has read yet: dossier no. {unread}."
    ))
}
