//! E9: what left the hospital is erased when the intervention ends.

use domain::{Asked, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::direct::held_by_word;
use crate::evidence::{Held, declared_held, say, two_facets};
use crate::overdue::{Overdue, closes_new_work, overdue};
use crate::{Admission, Branch, Finding, Lean, Party};

rule! {
    /// Demande : à la fin de chaque intervention, les données résiduelles venues du SIS (fichiers temporaires,
    /// mémoire) sont effacées de la plateforme du fournisseur. L'intervention, qui peut compter plusieurs
    /// sessions, ne finit que lorsque son objectif est atteint, ou que responsable et fournisseur déclarent
    /// ensemble qu'il ne peut l'être.
    ///
    /// Pourquoi : ce qui reste chez le fournisseur échappe à l'établissement.
    ///
    /// Ici : chaque fichier sorti est nommé, mesuré, haché ; aucun ne sort sans motif. Clore « hors
    /// d'atteinte » demande les deux parties. L'attestation d'effacement est due dans le délai du contrat, que
    /// des fichiers soient sortis ou non ; si le contrat le prévoit, un retard ferme les nouvelles
    /// interventions planifiées. Là où aucune intervention n'a encore été close, la tenue est déclarée.
    ///
    /// Reste à une personne : l'effacement lui-même, la mémoire, les copies d'écran.
    fr,
    /// Asks: at the end of each intervention, residual data from the SIS (temporary files, memory) are erased
    /// from the provider's platform. The intervention, which may take several sessions, ends only when its
    /// objective is reached, or when responsable and provider jointly declare that it cannot be.
    ///
    /// Why: what stays at the provider's is out of the establishment's hands.
    ///
    /// Here: each file that leaves is named, measured, hashed; none leaves without a reason. Closing as
    /// unreachable takes both parties. The attestation of erasure is due within the contract's delay, whether
    /// files left or not; where the contract says so, an overdue one closes new planned interventions.
    /// Where no intervention was closed yet, the holding is declared.
    ///
    /// Left to a person: the erasure itself, memory, screen copies.
    en,
    E9 {
        fr: "Les données résiduelles sont effacées à la fin de chaque intervention, et l'effacement attesté.",
        en: "Residual data are erased at the end of each intervention, and the erasure is attested.",
        audit: [
            (
                "Tout ce qui est sorti d'après le journal figure-t-il sur l'attestation d'effacement ?",
                "Does all that left according to the ledger stand on the attestation of erasure?",
            ),
            (
                "Comment fichiers temporaires, mémoire et copies d'écran sont-ils effacés, et qui l'a vu faire ?",
                "How are temporary files, memory and screenshots erased, and who saw it done?",
            ),
        ],
        product: Observed(
            "Ce qui sort est nommé et haché, l'attestation attendue et son retard vu ; l'effacement lui-même ne l'est pas.",
            "What leaves is named and hashed, the attestation expected and its delay seen; the erasure itself is not.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract, Lean::Erasures],
        two_facets: true,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let days = facts.contract.erasure_within_days;
    let held = match late(facts, now) {
        None if facts.settled > 0 => {
            let settled = facts.settled;
            Held::Observed(say!(
                "Interventions closes, effacement attesté : {settled} ; aucune attestation en retard (délai : {days} jours).",
                "Interventions closed, erasure attested: {settled}; no attestation is overdue (delay: {days} days)."
            ))
        }
        // Where nothing was closed yet, nothing was seen to be erased.
        None => declared_held(RuleId::E9, facts, now),
        Some(Overdue { names: list, .. }) => Held::Missing(say!(
            "Attestation d'effacement en retard : {list}.",
            "Overdue attestation of erasure: {list}."
        )),
    };
    two_facets(RuleId::E9, facts, now, held_by_word(RuleId::E9, facts, now, held))
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    closes_new_work(RuleId::E9, asked, late(asked.facts, now), |list| {
        (
            say!(
                "Attestation d'effacement en retard : {list} ; le contrat ferme alors les nouvelles interventions.",
                "Overdue attestation of erasure: {list}; the contract then closes new interventions."
            ),
            say!("Effacer les données résiduelles et l'attester.", "Erase the residual data and attest it."),
        )
    })
}

/// Attestations of erasure that are overdue.
fn late(facts: &ServiceFacts, now: Timestamp) -> Option<Overdue> {
    overdue(facts, facts.contract.erasure_within_days, now, |intervention| {
        // What the provider proposed to close waits for the establishment, not for the provider.
        let proposed = intervention.closing.as_ref().is_some_and(|closing| !closing.by_establishment);
        intervention.erasure.is_none() && (!proposed || intervention.closed_at().is_some())
    })
}
