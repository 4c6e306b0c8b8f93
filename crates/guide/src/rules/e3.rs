//! E3: knowing who is connected.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, say, two_facets};
use crate::{Branch, Finding, Lean, Party};

rule! {
    /// Demande : le fournisseur peut dire en toute circonstance qui se connecte ou s'est connecté à sa
    /// plateforme, et en tient la trace.
    ///
    /// Pourquoi : derrière « le support » il doit toujours y avoir un nom.
    ///
    /// Ici : une personne est une identité, avec sa clé et son second facteur ; les comptes génériques
    /// n'existent pas. Du côté du fournisseur, la tenue est déclarée et s'éprouve en lui demandant sa trace
    /// d'une session donnée.
    ///
    /// Reste à une personne : les journaux de la plateforme, et la vérification d'identité par l'employeur.
    fr,
    /// Asks: the provider can tell in every circumstance who connects or connected to its platform, and keeps
    /// traces of it.
    ///
    /// Why: behind `support` there should always be a name.
    ///
    /// Here: one person is one identity, with a key and a second factor; generic accounts do not exist. On the
    /// provider's side the holding is declared, and is tested by asking for its own trace of a given session.
    ///
    /// Left to a person: the platform's logs, and the employer's check of identity.
    en,
    E3 {
        fr: "Le fournisseur sait à tout moment qui est ou fut connecté à sa plateforme, et en garde trace.",
        en: "The provider can tell at any time who is or was connected to its platform, and keeps traces of it.",
        audit: [
            (
                "Pour une session prise au hasard, le fournisseur nomme-t-il la personne d'après ses propres traces, et en combien de temps ?",
                "For a session taken at random, does the provider name the person from its own traces, and how soon?",
            ),
            (
                "Comment a-t-il vérifié l'identité de chacun, et reste-t-il chez lui un compte partagé ?",
                "How did it check each one's identity, and is a shared account left on its side?",
            ),
        ],
        product: Declared(
            "À la porte, une personne est une identité et un compte générique n'existe pas ; la plateforme du fournisseur est lue telle que déclarée.",
            "At the door one person is one identity and no generic account exists; the provider's platform is read as declared.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract, Lean::Accounts],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

/// Clause and holding as declared: the gate cannot see either.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    reviewed(two_facets(RuleId::E3, facts, now, declared_held(RuleId::E3, facts, now)), facts, now)
}

/// Whether somebody of the establishment confirmed this year who may come for the provider. It is told: the rule is about the
/// provider's platform, and lowers by nothing of it.
fn reviewed(finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    let zone = &facts.establishment.zone;
    let late = facts.accounts_due() <= now;
    match &facts.accounts_review {
        Some(review) => {
            let (by, at, people) = (&review.by, zone.date(review.at), review.accounts.len());
            let finding = finding.because(say!(
                "Personnes et clés du fournisseur relues à la porte par {by} le {at:#} : {people}.",
                "People and keys of the provider reviewed at the door by {by} on {at}: {people}."
            ));
            if !late {
                return finding;
            }
            finding.because(say!("La revue annuelle est en retard.", "The yearly review is overdue."))
        }
        None if late => finding.because(say!(
            "Personne n'a relu cette année les personnes et les clés du fournisseur : accounts.",
            "Nobody reviewed the people and keys of the provider this year: accounts."
        )),
        None => finding,
    }
}
