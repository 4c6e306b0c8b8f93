//! C5: what binds the provider binds its subcontractors.

use std::collections::BTreeSet;

use domain::{Asked, ServiceFacts, Subcontract};
use vocab::{Kind, Level, ProviderId, RuleId, Text, Timestamp};

use crate::evidence::{Held, is_said, paper, say, two_facets, unmet};
use crate::{Admission, Branch, Cause, Condition, Finding, Lean, Mender, Party, Status, Unmet};

rule! {
    /// Demande : quand le fournisseur sous-traite, il reporte sur le sous-traitant les exigences qui pèsent sur
    /// lui.
    ///
    /// Pourquoi : une exigence qui s'arrête au premier rang ne protège de rien au deuxième.
    ///
    /// Ici : la clause est toujours demandée. Qu'elle soit tenue ne l'est que si quelque chose est
    /// sous-traité : alors la preuve du report est exigée à chaque rang, jusqu'au fournisseur, avant qu'une
    /// personne du sous-traitant n'entre. Que rien ne le soit, le fournisseur le déclare, à une date : sans cela la
    /// tenue est inconnue.
    ///
    /// Reste à une personne : lire le sous-contrat, et juger de ce qui s'y fait vraiment.
    fr,
    /// Asks: where the provider subcontracts, it passes on to the subcontractor what it is held to itself.
    ///
    /// Why: a requirement that stops at the first tier protects nothing at the second.
    ///
    /// Here: the clause is always asked for. That it is held is asked only while something is subcontracted:
    /// then the proof is wanted at each tier, up to the provider, before anybody of the subcontractor comes in.
    /// That nothing is, the provider states, on a day: without that the holding is unknown.
    ///
    /// Left to a person: to read the subcontract, and to judge what is really done.
    en,
    C5 {
        fr: "Les exigences sont reportées sur chaque sous-traitant, à chaque rang.",
        en: "The requirements are passed on to each subcontractor, at each tier.",
        audit: [
            (
                "Dans un contrat de sous-traitance pris au hasard, où chaque exigence est-elle reprise ?",
                "In a subcontract taken at random, where is each requirement taken up?",
            ),
            (
                "Un sous-traitant sous-traite-t-il à son tour, et qui a vérifié ce rang ?",
                "Does a subcontractor subcontract in turn, and who checked that tier?",
            ),
        ],
        product: Enforced(
            "Sans preuve que les exigences sont reportées à chaque rang, personne du sous-traitant n'entre ; le sous-contrat n'est pas lu.",
            "Without proof that the requirements are passed on at each tier nobody of the subcontractor comes in; the subcontract is not read.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: Some(Condition::HeldWhileSubcontracting),
        parties: &[Party::Provider],
        leans: &[Lean::Contract, Lean::Subcontracts],
        two_facets: true,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let on_list = facts.contract.subcontracts.iter().filter(|sub| sub.listed(now)).map(|sub| &sub.provider);
    // Whoever comes without being listed has no requirements passed on to him either.
    let others = facts.staff.iter().map(|staff| &staff.employer.id).filter(|id| **id != facts.provider.id);
    let firms: BTreeSet<&ProviderId> = on_list.chain(others).collect();
    if firms.is_empty() {
        return nobody(facts, now);
    }
    let broken: BTreeSet<ProviderId> = firms.into_iter().filter_map(|firm| chain(firm, facts, now).err()).collect();
    let held = if broken.is_empty() {
        Held::Enforced(say!(
            "Le report des exigences est prouvé à chaque rang ; sans preuve, personne n'entre.",
            "The requirements are proved to be passed on at each tier; without proof nobody comes in."
        ))
    } else {
        Held::Lacks(broken.iter().map(unproved).collect())
    };
    two_facets(RuleId::C5, facts, now, held)
}

/// Nobody works under a subcontract, as far as is known: not asked where the provider said so, on a day; unknown where nobody did.
fn nobody(facts: &ServiceFacts, now: Timestamp) -> Finding {
    match facts.contract.no_subcontracting.as_ref().filter(|said| said.at <= now) {
        Some(said) => {
            let at = facts.establishment.zone.date(said.at);
            let Text { fr, en } = paper(facts, &said.document);
            two_facets(RuleId::C5, facts, now, Held::NotApplicable(Cause::Condition)).because(say!(
                "Le fournisseur a déclaré le {at:#} ne rien sous-traiter : {fr}.",
                "The provider stated on {at} that it subcontracts nothing: {en}."
            ))
        }
        None => {
            let finding = two_facets(RuleId::C5, facts, now, Held::Unknown).because(say!(
                "Aucun sous-traitant n'est connu, et le fournisseur n'a pas déclaré, à une date, ne rien sous-traiter.",
                "No subcontractor is known, and the provider did not state, on a day, that it subcontracts nothing."
            ));
            if matches!(finding.status, Status::Unknown) {
                return finding;
            }
            finding.mended_by(
                Mender::Provider,
                say!(
                    "Obtenir du fournisseur sa déclaration datée (no_subcontracting), ou la liste de ses sous-traitants.",
                    "Get the provider's dated statement (no_subcontracting), or the list of its subcontractors."
                ),
            )
        }
    }
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    match chain(&asked.staff.employer.id, asked.facts, now) {
        Ok(until) => Admission::until(until),
        Err(firm) => Admission::refused(vec![unproved(&firm)]),
    }
}

fn unproved(firm: &ProviderId) -> Unmet {
    unmet(
        RuleId::C5,
        Mender::Provider,
        say!(
            "Rien ne prouve que les exigences du contrat pèsent sur « {firm} ».",
            "Nothing proves that the contract's requirements bind `{firm}`."
        ),
        say!(
            "Fournir le document du sous-contrat qui reprend les exigences.",
            "Provide the document of the subcontract that takes over the requirements."
        ),
    )
}

/// Until when the way up to the provider holds; else the first firm on it whose own contract is not proved
/// to hold the requirements. A way that never reaches the provider breaks where it turns.
fn chain(employer: &ProviderId, facts: &ServiceFacts, now: Timestamp) -> Result<Timestamp, ProviderId> {
    let entry = |firm: &ProviderId| -> Option<&Subcontract> {
        facts.contract.subcontracts.iter().find(|sub| sub.provider == *firm && sub.listed(now))
    };
    let (mut firm, mut until) = (employer, Timestamp::MAX);
    // A chain has no more tiers than the list has entries; one more step is a circle.
    for _ in 0..=facts.contract.subcontracts.len() {
        if *firm == facts.provider.id {
            return Ok(until);
        }
        match entry(firm) {
            Some(sub) if sub.flow_down.as_ref().is_some_and(|paper| is_said(&paper.name)) => {
                firm = &sub.under;
                until = until.min(sub.ended_at.unwrap_or(Timestamp::MAX));
            }
            _ => return Err(firm.clone()),
        }
    }
    Err(firm.clone())
}
