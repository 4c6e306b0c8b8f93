//! O5: the report to the beneficiary.

use domain::{Asked, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::direct::seen_by_word;
use crate::evidence::say;
use crate::overdue::{Overdue, closes_new_work, overdue};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, Status};

rule! {
    /// Demande : toute télémaintenance fait l'objet d'un rapport remis à son bénéficiaire au plus tôt ; sa forme
    /// et son canal sont fixés à la signature.
    ///
    /// Pourquoi : celui qui reprend l'équipement doit savoir ce qui y fut fait.
    ///
    /// Ici : le délai, la forme et le canal sont des champs du contrat. Passé le délai après la clôture, le
    /// rapport est en retard et se voit ; si le contrat le prévoit, un retard ferme les nouvelles
    /// interventions planifiées, jamais celle qui est en cours.
    ///
    /// Reste à une personne : juger si le récit est exact.
    fr,
    /// Asks: each maintenance intervention is reported to its beneficiary as soon as possible; form and channel
    /// are fixed at signature.
    ///
    /// Why: whoever takes the equipment back has to know what was done to it.
    ///
    /// Here: delay, form and channel are fields of the contract. Once the delay after the closing is over, the
    /// report is overdue and is seen to be; where the contract says so, an overdue report closes new planned
    /// interventions, never the one at hand.
    ///
    /// Left to a person: to judge whether the account is accurate.
    en,
    O5 {
        fr: "Chaque télémaintenance fait l'objet d'un rapport, dans la forme et le délai convenus.",
        en: "Each maintenance intervention is reported, in the agreed form and delay.",
        audit: [
            (
                "Le récit de dix rapports concorde-t-il avec le journal et les enregistrements ?",
                "Does the account of ten reports agree with the ledger and the recordings?",
            ),
            (
                "Les bénéficiaires les ont-ils reçus par le canal convenu, et à temps pour s'en servir ?",
                "Did the beneficiaries receive them by the agreed channel, and in time to use them?",
            ),
        ],
        product: Observed(
            "Le rapport est attendu, son retard vu et, si le contrat le dit, il ferme les nouvelles interventions ; son récit n'est pas jugé.",
            "The report is expected, its delay seen and, where the contract says so, it closes new interventions; its account is not judged.",
        ),
        kinds: &[Kind::Maintenance],
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract, Lean::Reports],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let Some(terms) = &facts.contract.report else {
        return Finding::new(RuleId::O5, Status::NotApplied)
            .because(say!(
                "Le contrat ne fixe ni forme, ni canal, ni délai du rapport.",
                "The contract fixes neither form nor channel nor delay of the report."
            ))
            .mended_by(
                Mender::Responsable,
                say!("Fixer le rapport au contrat.", "Settle the report in the contract."),
            );
    };
    let (form, channel, days) = (&terms.form, &terms.channel, terms.within_days);
    let Some(Overdue { count, names: list }) = late(facts, now) else {
        let finding = Finding::new(RuleId::O5, Status::MetObserved).because(say!(
            "Aucun rapport en retard. Convenu : {form} ; transmission : {channel} ; délai en jours : {days}.",
            "No report is overdue. Agreed: {form}; handed over: {channel}; days allowed: {days}."
        ));
        return seen_by_word(finding, facts, now);
    };
    let missing = say!("Rapports en retard, {count} : {list}.", "Overdue reports, {count}: {list}.");
    Finding::new(RuleId::O5, Status::Partly { missing: missing.clone() }).because(missing).mended_by(
        Mender::Provider,
        say!("Remettre les rapports en retard.", "Hand over the overdue reports."),
    )
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    closes_new_work(RuleId::O5, asked, late(asked.facts, now), |list| {
        (
            say!(
                "Rapport d'intervention en retard : {list} ; le contrat ferme alors les nouvelles interventions.",
                "Overdue intervention report: {list}; the contract then closes new interventions."
            ),
            say!("Remettre le rapport.", "Hand over the report."),
        )
    })
}

/// Reports that are overdue. Without terms in the contract no delay runs.
fn late(facts: &ServiceFacts, now: Timestamp) -> Option<Overdue> {
    let terms = facts.contract.report.as_ref()?;
    overdue(facts, terms.within_days, now, |intervention| intervention.report.is_none())
}
