//! E9: what left the hospital is erased when the intervention ends.

use std::time::Duration;

use domain::{Asked, Intervention, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{Held, declared_held, say, two_facets, unmet};
use crate::{Admission, Branch, Finding, Mender, Party};

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
    /// interventions planifiées.
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
    ///
    /// Left to a person: the erasure itself, memory, screen copies.
    en,
    E9 {
        fr: "Les données résiduelles sont effacées à la fin de chaque intervention, et l'effacement attesté.",
        en: "Residual data are erased at the end of each intervention, and the erasure is attested.",
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        two_facets: true,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let late = overdue(facts, now);
    let days = facts.contract.erasure_within_days;
    let held = if late.is_empty() {
        match declared_held(RuleId::E9, facts, now) {
            word @ Held::Declared(_) => word,
            _ => Held::Observed(say!(
                "Aucune attestation d'effacement en retard (délai : {days} jours).",
                "No attestation of erasure is overdue (delay: {days} days)."
            )),
        }
    } else {
        let list = names(&late);
        Held::Missing(say!(
            "Attestation d'effacement en retard : {list}.",
            "Overdue attestation of erasure: {list}."
        ))
    };
    two_facets(RuleId::E9, facts, held)
}

/// An overdue attestation closes planned work that has not begun, where the contract says so.
fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let begun = asked.intervention.is_some_and(|intervention| intervention.sessions > 0);
    if !asked.facts.contract.overdue_blocks || begun {
        return Admission::OPEN;
    }
    let late = overdue(asked.facts, now);
    if late.is_empty() {
        return Admission::OPEN;
    }
    let list = names(&late);
    Admission::refused(vec![unmet(
        RuleId::E9,
        Mender::Provider,
        say!(
            "Attestation d'effacement en retard : {list} ; le contrat ferme alors les nouvelles interventions.",
            "Overdue attestation of erasure: {list}; the contract then closes new interventions."
        ),
        say!("Effacer les données résiduelles et l'attester.", "Erase the residual data and attest it."),
    )])
}

/// Closed interventions whose erasure is not attested in time.
fn overdue(facts: &ServiceFacts, now: Timestamp) -> Vec<&Intervention> {
    let delay = Duration::from_secs(u64::from(facts.contract.erasure_within_days) * 24 * 3600);
    let missing = facts.unsettled.iter().filter(|intervention| intervention.erasure.is_none());
    missing.filter(|i| i.closed_at().is_some_and(|closed| closed.after(delay) <= now)).collect()
}

fn names(interventions: &[&Intervention]) -> String {
    interventions.iter().map(|intervention| intervention.id.as_str()).collect::<Vec<_>>().join(", ")
}
