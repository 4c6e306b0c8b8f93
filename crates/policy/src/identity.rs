//! Who asks, and whether what he asks for is ready: the conditions that nothing lifts.

use domain::{Asked, Attempt, Facts, HostKeyState, Purpose, Staff};
use vocab::{HouseRule, Kind, Source, Timestamp};

use guide::Admission;

use crate::{Lift, Mender, Refusal, Unmet};

/// The person, active, with the key of this login among his keys and a second factor: whatever derogation
/// there is. Everything else gets the answer of an unknown name.
pub(crate) fn person<'a>(attempt: &Attempt, facts: &'a Facts) -> Result<&'a Staff, Refusal> {
    let known = facts.person.as_ref().filter(|staff| {
        staff.person.id == attempt.person
            && staff.person.active
            && attempt.login.second.is_some()
            && staff.person.keys.iter().any(|key| key.fingerprint == attempt.login.key)
    });
    known.ok_or_else(|| Refusal::unknown_target(attempt, facts.target_known))
}

/// The state of the provider, the service, the intervention and the equipment.
pub(crate) fn state(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let mut unmet = Vec::new();
    stopped(asked, now, &mut unmet);
    intervention(asked, &mut unmet);
    rights(asked, &mut unmet);
    equipment(asked, &mut unmet);
    gate(asked, &mut unmet);
    Admission::refused(unmet)
}

fn missing(
    rule: HouseRule,
    sentence: (impl Into<String>, impl Into<String>),
    remedy: (impl Into<String>, impl Into<String>),
    mender: Mender,
) -> Unmet {
    Unmet {
        source: Source::House(rule),
        sentence: vocab::Text::new(sentence.0, sentence.1),
        remedy: vocab::Text::new(remedy.0, remedy.1),
        mender,
        lift: Lift::Never,
    }
}

fn stopped(asked: &Asked<'_>, now: Timestamp, unmet: &mut Vec<Unmet>) {
    for provider in [&asked.facts.provider, &asked.staff.employer] {
        let held = provider.suspended.as_ref().is_some_and(|suspension| suspension.since <= now);
        if held && unmet.is_empty() {
            unmet.push(missing(
                HouseRule::Suspended,
                (
                    format!("Les accès de {} sont suspendus par l'établissement.", provider.name),
                    format!("The accesses of {} are suspended by the establishment.", provider.name),
                ),
                (
                    "Le responsable du SIS ou son délégué les reprend (resume-provider).",
                    "The responsable of the SIS or a delegate resumes them (resume-provider).",
                ),
                Mender::Responsable,
            ));
        }
    }
}

fn intervention(asked: &Asked<'_>, unmet: &mut Vec<Unmet>) {
    let Some(intervention) = asked.intervention else { return };
    let id = &intervention.id;
    if !intervention.state.opens() {
        unmet.push(missing(
            HouseRule::Intervention,
            (
                format!("L'intervention {id} n'est pas ouverte (état : {}).", intervention.state.as_str()),
                format!("Intervention {id} is not open (state: {}).", intervention.state.as_str()),
            ),
            (
                format!("Un bénéficiaire l'approuve : approve {id}."),
                format!("A beneficiary approves it: approve {id}."),
            ),
            Mender::Beneficiary,
        ));
    }
    if intervention.objective.trim().is_empty() {
        unmet.push(missing(
            HouseRule::Intervention,
            ("L'intervention n'a pas d'objectif.", "The intervention has no objective."),
            ("Le demandeur en dépose une avec son objectif.", "The requester files one with its objective."),
            Mender::Requester,
        ));
    }
    if !intervention.equipment.contains(&asked.equipment.id) {
        unmet.push(missing(
            HouseRule::Scope,
            ("L'équipement n'est pas dans l'intervention.", "The equipment is not in the intervention."),
            ("Le demandeur l'y ajoute par une autre demande.", "The requester adds it by another request."),
            Mender::Requester,
        ));
    }
}

fn rights(asked: &Asked<'_>, unmet: &mut Vec<Unmet>) {
    let service = &asked.facts.service;
    let closed = asked.attempt.access.filter(|right| !service.rights.has(*right));
    if let Some(right) = closed {
        unmet.push(missing(
            HouseRule::Rights,
            (
                format!("La prestation ne donne pas le droit « {} ».", right.as_str()),
                format!("The service does not give the right `{}`.", right.as_str()),
            ),
            ("L'établissement l'ajoute à la prestation.", "The establishment adds it to the service."),
            Mender::It,
        ));
    }
    if matches!(service.purpose, Purpose::OutsideGuide { decided_by: None }) {
        unmet.push(missing(
            HouseRule::Purpose,
            (
                "La finalité est hors du champ du guide et personne n'en a décidé.",
                "The purpose is outside the guide's field and nobody decided on it.",
            ),
            (
                "Le responsable du SIS en décide par écrit.",
                "The responsable of the SIS decides on it in writing.",
            ),
            Mender::Responsable,
        ));
    }
    if service.kind == Kind::Assistance {
        unmet.push(missing(
            HouseRule::Mechanism,
            (
                "Une téléassistance ne passe pas par SSH : elle se fait sur le poste de la personne assistée.",
                "An assistance does not go through SSH: it happens on the assisted person's workstation.",
            ),
            (
                "L'établissement décrit la prestation comme télémaintenance.",
                "The establishment describes the service as maintenance.",
            ),
            Mender::It,
        ));
    }
}

fn equipment(asked: &Asked<'_>, unmet: &mut Vec<Unmet>) {
    let equipment = asked.equipment;
    if !asked.facts.service.equipment.contains(&equipment.id) {
        unmet.push(missing(
            HouseRule::Service,
            ("La prestation ne couvre pas cet équipement.", "The service does not cover this equipment."),
            ("L'établissement l'ajoute à la prestation.", "The establishment adds it to the service."),
            Mender::It,
        ));
    }
    if equipment.account.is_none() {
        unmet.push(missing(
            HouseRule::Account,
            (
                "Aucun compte réservé n'est en coffre pour cet équipement.",
                "No reserved account is in the vault for this equipment.",
            ),
            ("L'équipe informatique le dépose au coffre.", "The IT team puts it into the vault."),
            Mender::It,
        ));
    }
    match &equipment.host_key {
        HostKeyState::Pinned { .. } => {}
        HostKeyState::Unknown => unmet.push(missing(
            HouseRule::HostKey,
            (
                "La clé d'hôte de l'équipement n'a jamais été relevée.",
                "The equipment's host key was never pinned.",
            ),
            ("L'équipe informatique la relève sur place.", "The IT team pins it on site."),
            Mender::It,
        )),
        HostKeyState::Changed { .. } => unmet.push(missing(
            HouseRule::HostKey,
            (
                "L'équipement a montré une autre clé d'hôte que celle relevée.",
                "The equipment showed another host key than the pinned one.",
            ),
            (
                "L'équipe informatique vérifie l'équipement et relève sa clé à nouveau.",
                "The IT team checks the equipment and pins its key again.",
            ),
            Mender::It,
        )),
    }
}

fn gate(asked: &Asked<'_>, unmet: &mut Vec<Unmet>) {
    if !asked.facts.trace_store.capacity_left {
        unmet.push(missing(
            HouseRule::Capacity,
            ("La porte ne peut pas ouvrir une session de plus.", "The gate cannot open one more session."),
            ("Réessayez quand une session se termine.", "Try again when a session ends."),
            Mender::Operator,
        ));
    }
}
