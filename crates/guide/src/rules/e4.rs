//! E4: incidents at the provider's place.

use domain::{Incident, ServiceFacts, Suspension};
use vocab::{Kind, Level, ProviderId, RuleId, Text, Timestamp};

use crate::evidence::{declared_held, say, two_facets};
use crate::{Branch, Finding, Lean, Party};

rule! {
    /// Demande : le fournisseur a les moyens et procédures de l'art contre les incidents, humains,
    /// organisationnels, techniques ou physiques, de son environnement.
    ///
    /// Pourquoi : l'incident du fournisseur devient celui de l'établissement par la session ouverte.
    ///
    /// Ici : un incident déclaré par le fournisseur ou par l'établissement (declare-incident) suspend en un acte
    /// tous les accès du fournisseur, sessions comprises ; la reprise revient à l'établissement. Les procédures
    /// sont déclarées.
    ///
    /// Reste à une personne : annoncer l'incident, et s'exercer à le faire.
    fr,
    /// Asks: the provider has means and procedures of the state of the art against incidents, human,
    /// organisational, technical or physical, in its environment.
    ///
    /// Why: the provider's incident becomes the establishment's through the open session.
    ///
    /// Here: an incident that the provider or the establishment declares (declare-incident) suspends all of the
    /// provider's accesses in one act, live sessions included; resuming is the establishment's. The procedures
    /// are declared.
    ///
    /// Left to a person: to announce the incident, and to drill it.
    en,
    E4 {
        fr: "Le fournisseur combat les incidents de son environnement qui menacent la prestation.",
        en: "The provider fights incidents in its own environment that threaten the service.",
        audit: [
            (
                "Qui prévient l'établissement d'un incident chez le fournisseur, de jour comme de nuit ?",
                "Who warns the establishment of an incident at the provider, by day and by night?",
            ),
            (
                "Au dernier exercice, combien de temps entre l'annonce et la coupure de ses accès ?",
                "At the last drill, how long between the announcement and the cut of its accesses?",
            ),
        ],
        product: Declared(
            "Un incident annoncé coupe en un acte tous les accès du fournisseur ; ses procédures sont lues telles que déclarées.",
            "An incident that is announced cuts all of the provider's accesses in one act; its procedures are read as declared.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract, Lean::Suspensions],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

/// Clause and holding as declared: the gate cannot see either. What was declared of incidents stands beside it.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let mut finding = two_facets(RuleId::E4, facts, now, declared_held(RuleId::E4, facts, now));
    let behind = |suspension: &&Suspension| {
        facts.provider.id == suspension.provider
            || facts.contract.subcontracts.iter().any(|sub| sub.provider == suspension.provider)
    };
    for suspension in facts.suspensions.iter().filter(behind) {
        let resumed = suspension.resumed.as_ref().map(|(at, _)| *at);
        let last = suspension.incidents.len().saturating_sub(1);
        for (index, incident) in suspension.incidents.iter().enumerate() {
            let until = resumed.filter(|_| index == last);
            let goes_on = resumed.is_none() && index == last;
            finding.evidence.push(told(facts, &suspension.provider, incident, until, goes_on));
        }
    }
    finding
}

/// One incident: noticed, declared, how long between, and when the last one was over.
fn told(
    facts: &ServiceFacts,
    provider: &ProviderId,
    incident: &Incident,
    resumed: Option<Timestamp>,
    goes_on: bool,
) -> Text {
    let show = |at| facts.establishment.zone.show(at);
    let Incident { noticed_at, declared_at, by, what } = incident;
    let (noticed, declared) = (show(*noticed_at), show(*declared_at));
    let minutes = declared_at.since(*noticed_at).as_secs() / 60;
    let (fr, en) = match (resumed, goes_on) {
        (Some(at), _) => (format!("repris le {}", show(at)), format!("resumed on {}", show(at))),
        (None, true) => ("accès suspendus".to_owned(), "accesses suspended".to_owned()),
        (None, false) => ("accès alors suspendus".to_owned(), "accesses suspended then".to_owned()),
    };
    say!(
        "Incident chez {provider}, constaté le {noticed}, déclaré par {by} le {declared} ({minutes} min après) : {what} ; {fr}.",
        "Incident at {provider}, noticed on {noticed}, declared by {by} on {declared} ({minutes} min later): {what}; {en}."
    )
}
