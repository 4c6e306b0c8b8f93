//! O4: what the beneficiary makes sure of before access is granted.

use std::time::Duration;

use domain::{Asked, ChecklistItem, Intervention, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::direct::seen_by_word;
use crate::evidence::{is_said, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, Status, Unmet};

rule! {
    /// Demande : avant d'accorder l'accès, le bénéficiaire d'une télémaintenance s'assure des dispositions
    /// convenues au contrat : sauvegarde, arrêt de la production, isolement, retour arrière, contrôle…
    ///
    /// Pourquoi : c'est lui qui subit l'échec d'une intervention ; lui seul sait si le service peut l'encaisser.
    ///
    /// Ici : chaque point de la liste est coché par un bénéficiaire, jamais par le fournisseur, après
    /// l'approbation, avec sur quoi il s'appuie ou pourquoi il n'en est pas besoin. Tant qu'il en manque un,
    /// l'accès reste fermé. Au palier 2, une liste vide ne vaut pas accord.
    ///
    /// Reste à une personne : que la sauvegarde se restaure, que l'équipement soit vraiment isolé.
    fr,
    /// Asks: before granting access, the beneficiary of maintenance makes sure of what the contract provides
    /// for: backup, stop of production, isolation, way back, control…
    ///
    /// Why: the beneficiary suffers when an intervention fails, and alone knows whether the ward can bear it.
    ///
    /// Here: each item of the list is ticked by a beneficiary, never by the provider, after the approval, with
    /// what it leans on or why it is not needed. While one is missing, the door stays closed. At level 2 an
    /// empty list is no consent.
    ///
    /// Left to a person: that the backup can be restored, that the equipment is really isolated.
    en,
    O4 {
        fr: "Le bénéficiaire vérifie les dispositions convenues avant d'accorder l'accès.",
        en: "The beneficiary checks what was agreed before granting access.",
        audit: [
            (
                "La sauvegarde cochée se restaure-t-elle, et quand l'a-t-on essayé ?",
                "Does the backup that was ticked restore, and when was it tried?",
            ),
            (
                "L'équipement est-il vraiment isolé, ou la production arrêtée, quand la liste le dit ?",
                "Is the equipment really isolated, or production stopped, when the list says so?",
            ),
        ],
        product: Enforced(
            "Tant qu'un bénéficiaire n'a pas coché chaque disposition convenue, l'accès reste fermé.",
            "Until a beneficiary has ticked each agreed measure access stays closed.",
        ),
        kinds: &[Kind::Maintenance],
        level: Level::Two,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Beneficiary],
        leans: &[Lean::Service, Lean::Checks],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let (items, people) = (facts.service.checklist.len(), facts.service.beneficiaries.len());
    if items == 0 {
        let lack = nothing_agreed();
        return Finding::new(RuleId::O4, Status::NotApplied)
            .because(lack.sentence)
            .mended_by(lack.mender, lack.remedy);
    }
    if people == 0 {
        let missing = say!("Aucun bénéficiaire n'est désigné.", "No beneficiary is named.");
        return Finding::new(RuleId::O4, Status::Partly { missing: missing.clone() }).because(missing).mended_by(
            Mender::Responsable,
            say!("Désigner les bénéficiaires de la prestation.", "Name the beneficiaries of the service."),
        );
    }
    let finding = Finding::new(RuleId::O4, Status::MetEnforced).because(say!(
        "Points à vérifier : {items} ; bénéficiaires : {people} ; l'accès attend la dernière coche.",
        "Items to check: {items}; beneficiaries: {people}; the door waits for the last tick."
    )).on_the_word(say!(
            "Ce que le bénéficiaire coche est sa parole ; la poterne ne voit ni la sauvegarde ni l'isolation.",
            "What the beneficiary ticks is his word; the gate sees neither the backup nor the isolation."
        ));
    let finding = match facts.service.checks_within_hours {
        Some(hours) => finding.because(say!(
            "Une vérification de plus de {hours} h ne compte plus, comme convenu.",
            "A check older than {hours} h counts no more, as agreed."
        )),
        None => finding,
    };
    seen_by_word(finding, facts, now)
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let (facts, checklist) = (asked.facts, &asked.facts.service.checklist);
    if checklist.is_empty() {
        return Admission::refused(vec![nothing_agreed()]);
    }
    let Some(intervention) = asked.intervention else {
        return Admission::OPEN;
    };
    let open = checklist.iter().filter(|item| !ticked(item, intervention, facts, now));
    let open: Vec<&str> = open.map(|item| item.text.as_str()).collect();
    if open.is_empty() {
        return Admission::until(good_until(intervention, facts, now));
    }
    let (id, list) = (&intervention.id, open.join(" ; "));
    Admission::refused(vec![unmet(
        RuleId::O4,
        Mender::Beneficiary,
        say!("Pas encore vérifié par un bénéficiaire : {list}.", "Not yet checked by a beneficiary: {list}."),
        say!(
            "Cocher chaque point de l'intervention {id}, avec sa preuve ou la raison de s'en passer.",
            "Tick each item of the intervention {id}, with its evidence or why it is not needed."
        ),
    )])
}

/// Until when all that is ticked is young enough, where an age is agreed: the session ends with the oldest check.
fn good_until(intervention: &Intervention, facts: &ServiceFacts, now: Timestamp) -> Timestamp {
    let Some(age) = age(facts) else { return Timestamp::MAX };
    let newest = |item: &ChecklistItem| {
        let of = intervention.ticks.iter().filter(|tick| tick.item == item.id && tick.at <= now);
        of.map(|tick| tick.at.after(age)).max()
    };
    facts.service.checklist.iter().filter_map(newest).min().unwrap_or(Timestamp::MAX)
}

/// How old a check may be, where that is agreed.
fn age(facts: &ServiceFacts) -> Option<Duration> {
    facts.service.checks_within_hours.map(|hours| Duration::from_secs(u64::from(hours) * 3600))
}

/// Ticked by a beneficiary who is not of the provider's side, after the approval and before now, with
/// something to lean on, and no longer ago than agreed. A plan that goes on without a gap keeps what was ticked for it.
fn ticked(item: &ChecklistItem, intervention: &Intervention, facts: &ServiceFacts, now: Timestamp) -> bool {
    let Some(approval) = &intervention.approval else {
        return false;
    };
    intervention.ticks.iter().any(|tick| {
        tick.item == item.id
            && facts.service.beneficiaries.contains(&tick.by)
            && !facts.of_the_provider(&tick.by)
            && approval.checks_from.unwrap_or(approval.at) <= tick.at
            && tick.at <= now
            && age(facts).is_none_or(|age| now < tick.at.after(age))
            && is_said(&tick.evidence)
    })
}

fn nothing_agreed() -> Unmet {
    unmet(
        RuleId::O4,
        Mender::Responsable,
        say!(
            "Aucune disposition à vérifier avant l'accès n'est convenue.",
            "Nothing is agreed that is to be checked before access."
        ),
        say!(
            "Convenir au contrat des dispositions à vérifier, et les inscrire dans la prestation.",
            "Agree in the contract on what is to be checked, and put it into the service."
        ),
    )
}
