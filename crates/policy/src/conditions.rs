//! Who and what, before any rule of the guide: the conditions of the house that nothing lifts.

use std::collections::BTreeSet;

use domain::{Asked, Attempt, Facts, HostKeyState, Purpose, Staff, Suspension};
use guide::{Admission, Lift, Mender, Unmet, exception_in_force, plan_until};
use vocab::{HouseRule, Kind, Source, Text, Timestamp};

use crate::Refusal;
use crate::refusal::InternalCode;

/// The person, when the login proves who it is: known, active, with one of his own keys and a second
/// factor. Otherwise nothing else is looked at, so that nothing else is told.
pub(crate) fn identified<'a>(attempt: &Attempt, facts: &'a Facts) -> Result<&'a Staff, Refusal> {
    let Some(staff) = &facts.person else {
        return Err(Refusal::unknown_target(InternalCode::UnknownPerson));
    };
    let person = &staff.person;
    let key = &attempt.login.key;
    let mut lacks = Vec::new();
    if person.id != attempt.person || !person.active {
        lacks.push(inactive());
    }
    if key.0.is_empty() || !person.keys.iter().any(|known| known.fingerprint == *key) {
        lacks.push(unmet(
            HouseRule::Identity,
            Mender::Provider,
            Text::new(
                "La clé présentée n'est pas une clé de cette personne.",
                "The key shown is not one of this person's keys.",
            ),
            Text::new(
                "Se connecter avec sa clé, ou faire enregistrer la nouvelle.",
                "Log in with the right key, or have the new one registered.",
            ),
        ));
    }
    if attempt.login.second.is_none() {
        lacks.push(unmet(
            HouseRule::SecondFactor,
            Mender::Technician,
            Text::new("Le second facteur manque.", "The second factor is missing."),
            Text::new(
                "Se reconnecter et donner le code à usage unique.",
                "Log in again and give the one-time code.",
            ),
        ));
    }
    if lacks.is_empty() { Ok(staff) } else { Err(Refusal::unidentified(lacks)) }
}

/// Nobody works in the name of an account that is stopped.
pub(crate) fn inactive() -> Unmet {
    unmet(
        HouseRule::Identity,
        Mender::Provider,
        Text::new("Ce compte personnel n'est pas actif.", "This personal account is not active."),
        Text::new(
            "Faire réactiver la personne par son employeur.",
            "Have the person reactivated by the employer.",
        ),
    )
}

/// A key that nobody vouched for towards this establishment: whoever entered it could have been anybody.
pub(crate) fn unvouched(attempt: &Attempt, staff: &Staff) -> Option<Unmet> {
    let (id, key) = (&attempt.person, &attempt.login.key.0);
    if staff.credentials.outlived_by(&attempt.login) {
        return Some(unmet(
            HouseRule::Credentials,
            Mender::Technician,
            Text::new(
                format!(
                    "Le second facteur de {id}, ou ce qui attestait sa clé, a été remplacé depuis cette connexion."
                ),
                format!(
                    "The second factor of {id}, or who vouched for the key, was replaced since this login."
                ),
            ),
            Text::new("Se reconnecter.", "Log in again."),
        ));
    }
    (!staff.credentials.hold(&attempt.login.key)).then(|| {
        unmet(
            HouseRule::Credentials,
            Mender::Provider,
            Text::new(
                format!(
                    "Personne n'a encore attesté pour cet établissement que cette clé et ce second facteur sont ceux de {id}."
                ),
                format!("Nobody has vouched yet, for this establishment, that this key and second factor are {id}'s."),
            ),
            Text::new(
                format!(
                    "Lire l'empreinte de la clé au téléphone à un représentant du fournisseur ou au RSSI, qui l'atteste : vouch {id}={key}"
                ),
                format!(
                    "Read the key's fingerprint over the telephone to who speaks for the provider or to the security officer, who vouches: vouch {id}={key}"
                ),
            ),
        )
    })
}

/// What no door can do without, beside the person.
pub(crate) fn of_the_house(asked: &Asked<'_>, facts: &Facts, now: Timestamp) -> Admission {
    let checks = [
        service(asked),
        ended(asked, now),
        scope(asked),
        purpose(asked, now),
        mechanism(asked),
        rights(asked),
        account(asked),
        host_key(asked),
        capacity(asked, facts),
    ];
    with(checks, asked, now)
}

/// The same of work that does not pass the gate: nothing of the gate's own means.
pub(crate) fn past_the_gate(asked: &Asked<'_>, now: Timestamp) -> Admission {
    with([service(asked), ended(asked, now), scope(asked), purpose(asked, now)], asked, now)
}

fn with<const N: usize>(checks: [Option<Unmet>; N], asked: &Asked<'_>, now: Timestamp) -> Admission {
    // A suspension counts once it stands, whatever the clock says: it was never announced.
    let alone = Admission {
        until: asked.facts.service.until.filter(|until| now < *until).unwrap_or(Timestamp::MAX),
        unmet: suspensions(asked)
            .into_iter()
            .map(|suspension| suspended(suspension, asked))
            .chain(checks.into_iter().flatten())
            .chain(intervention(asked, now))
            .collect(),
    };
    alone.and(planned(asked, now)).and(attended(asked, now))
}

/// How this establishment has stopped one of those behind the person: the contract's provider, the employer, and
/// the provider on whose behalf the person comes.
fn suspensions<'a>(asked: &Asked<'a>) -> Vec<&'a Suspension> {
    let principal = asked.staff.person.on_behalf_of.as_ref();
    let behind: BTreeSet<_> =
        [&asked.facts.provider.id, &asked.staff.employer.id].into_iter().chain(principal).collect();
    behind.into_iter().filter_map(|provider| asked.facts.suspension(provider)).collect()
}

fn suspended(suspension: &Suspension, asked: &Asked<'_>) -> Unmet {
    let known = [&asked.facts.provider, &asked.staff.employer];
    let name = known
        .into_iter()
        .find(|known| known.id == suspension.provider)
        .map_or(suspension.provider.as_str(), |known| known.name.as_str());
    let reason = &suspension.reason;
    unmet(
        HouseRule::Suspended,
        Mender::Security,
        Text::new(
            format!("Tous les accès de {name} sont suspendus : {reason}."),
            format!("All accesses of {name} are suspended: {reason}."),
        ),
        Text::new(
            "Attendre que l'établissement lève la suspension.",
            "Wait until the establishment lifts the suspension.",
        ),
    )
}

/// The pieces belong together: equipment, service, contract, provider and establishment.
fn service(asked: &Asked<'_>) -> Option<Unmet> {
    let facts = asked.facts;
    let covers = facts.service.equipment.contains(&asked.equipment.id)
        && facts.service.contract == facts.contract.id
        && facts.contract.provider == facts.provider.id
        && facts.contract.establishment == facts.establishment.id
        && facts.service.establishment == facts.establishment.id
        && asked.equipment.establishment == facts.establishment.id;
    let (service, equipment) = (&facts.service.id, &asked.equipment.id);
    (!covers).then(|| {
        unmet(
            HouseRule::Service,
            Mender::It,
            Text::new(
                format!("La prestation « {service} » ne couvre pas l'équipement {equipment}."),
                format!("The service `{service}` does not cover the equipment {equipment}."),
            ),
            Text::new("Inscrire l'équipement dans la prestation.", "Put the equipment into the service."),
        )
    })
}

/// A service that was stopped, as when its risk is avoided (section 4 of the guide).
fn ended(asked: &Asked<'_>, now: Timestamp) -> Option<Unmet> {
    let until = asked.facts.service.until.filter(|until| *until <= now)?;
    let (service, day) = (&asked.facts.service.id, asked.facts.establishment.zone.last_day(until));
    Some(unmet(
        HouseRule::Service,
        Mender::Responsable,
        Text::new(
            format!("La prestation « {service} » a pris fin le {day}."),
            format!("The service `{service}` ended on {day}."),
        ),
        Text::new(
            "Faire décider par le responsable du SIS qu'elle reprend.",
            "Have the responsable du SIS decide that it goes on.",
        ),
    ))
}

fn scope(asked: &Asked<'_>) -> Option<Unmet> {
    let intervention = asked.intervention?;
    let inside = intervention.equipment.contains(&asked.equipment.id)
        && intervention.service == asked.facts.service.id
        && intervention.establishment == asked.facts.establishment.id;
    let (id, equipment) = (&intervention.id, &asked.equipment.id);
    (!inside).then(|| {
        unmet(
            HouseRule::Scope,
            Mender::Requester,
            Text::new(
                format!("L'intervention {id} ne porte pas sur l'équipement {equipment}."),
                format!("The intervention {id} is not about the equipment {equipment}."),
            ),
            Text::new(
                "Nommer la bonne intervention, ou en demander une.",
                "Name the right intervention, or ask for one.",
            ),
        )
    })
}

/// In a state that opens, with an objective, approved by somebody of the establishment.
fn intervention(asked: &Asked<'_>, now: Timestamp) -> Vec<Unmet> {
    let Some(intervention) = asked.intervention else {
        return Vec::new();
    };
    let (id, state) = (&intervention.id, intervention.state);
    let mut lacks = Vec::new();
    if !state.opens() {
        let (fr, en) = crate::choose::state_in_words(state);
        lacks.push(unmet(
            HouseRule::Intervention,
            Mender::Beneficiary,
            Text::new(format!("L'intervention {id} est {fr}."), format!("The intervention {id} is {en}.")),
            Text::new(
                "Faire avancer l'intervention, ou en demander une autre.",
                "Move the intervention on, or ask for another.",
            ),
        ));
    }
    if intervention.objective.trim().is_empty() {
        lacks.push(unmet(
            HouseRule::Intervention,
            Mender::Requester,
            Text::new(
                format!("L'intervention {id} n'a pas d'objectif."),
                format!("The intervention {id} has no objective."),
            ),
            Text::new(
                "Demander l'intervention avec son objectif.",
                "Ask for the intervention with its objective.",
            ),
        ));
    }
    let approved = intervention.approval.as_ref().is_some_and(|approval| {
        let (establishment, by) = (&asked.facts.establishment, &approval.by);
        let entitled = asked.facts.service.beneficiaries.contains(by)
            || establishment.responsable == *by
            || establishment.holds(by, domain::Officer::Oncall, approval.at);
        let theirs = *by == asked.attempt.person || asked.facts.of_the_provider(by);
        approval.at <= now && entitled && !theirs
    });
    if state.opens() && !approved {
        lacks.push(unmet(
            HouseRule::Intervention,
            Mender::Beneficiary,
            Text::new(
                format!("L'intervention {id} n'est approuvée par aucun bénéficiaire."),
                format!("The intervention {id} is approved by no beneficiary."),
            ),
            Text::new("La faire approuver.", "Have it approved."),
        ));
    }
    lacks
}

/// Inside the plan that was approved with it: one approval opens neither in every agreed period nor for ever. Somebody who
/// grants the exception of O3 agrees to the hour himself.
fn planned(asked: &Asked<'_>, now: Timestamp) -> Admission {
    // Without an approval there is no plan to keep to, and that is said already.
    let Some(intervention) = asked.intervention.filter(|intervention| intervention.approval.is_some()) else {
        return Admission::OPEN;
    };
    if let Some(end) = plan_until(asked, now) {
        let exception = exception_in_force(asked, now).map(|exception| exception.span.until);
        return Admission::until(exception.map_or(end, |until| until.max(end)));
    }
    let (id, zone) = (&intervention.id, &asked.facts.establishment.zone);
    let Some(plan) = intervention.plan(asked.facts.service.kind) else { return Admission::OPEN };
    let (from, until, it_is) = (zone.show(plan.from), zone.show(plan.until), zone.show(now));
    let sentence = Text::new(
        format!("L'intervention {id} est prévue du {from} au {until} (il est {it_is})."),
        format!("The intervention {id} is planned from {from} to {until} (it is {it_is})."),
    );
    let remedy = if now < plan.from {
        Text::new(
            format!("Attendre, ou demander une autre durée (plan {id} …), qu'un bénéficiaire approuve."),
            format!("Wait, or ask for another span (plan {id} …), which a beneficiary approves."),
        )
    } else {
        Text::new(
            format!(
                "Demander une autre durée (plan {id} …), qu'un bénéficiaire approuve ; ou clore (close {id} …)."
            ),
            format!(
                "Ask for another span (plan {id} …), which a beneficiary approves; or close it (close {id} …)."
            ),
        )
    };
    let lack = unmet(HouseRule::Intervention, Mender::Requester, sentence, remedy);
    Admission::refused(vec![Unmet { lift: Lift::ExceptionAlone, ..lack }])
}

/// Work on data is under the establishment's control (guide, section 1.2.2): somebody of it says that he follows, and the session ends
/// with that. Whether he looks, no gate sees.
fn attended(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let Some(intervention) =
        asked.intervention.filter(|_| asked.facts.service.purpose == Purpose::DataUnderControl)
    else {
        return Admission::OPEN;
    };
    let theirs = |by| asked.facts.of_the_provider(by) || *by == asked.attempt.person;
    let there = intervention.attendance.as_ref().filter(|there| !theirs(&there.by));
    if let Some(until) = there.and_then(|_| intervention.attended_until(now)) {
        return Admission::until(until);
    }
    let id = &intervention.id;
    Admission::refused(vec![unmet(
        HouseRule::Purpose,
        Mender::Beneficiary,
        Text::new(
            "Des données sont traitées sous le contrôle de l'établissement, et personne n'en suit l'intervention.",
            "Data are worked on under the establishment's control, and nobody of it follows the intervention.",
        ),
        Text::new(
            format!("Qu'une personne de l'établissement dise qu'elle la suit : attend {id} 1h"),
            format!("Have somebody of the establishment say that he follows it: attend {id} 1h"),
        ),
    )])
}

fn purpose(asked: &Asked<'_>, now: Timestamp) -> Option<Unmet> {
    let Purpose::OutsideGuide { decided_by } = &asked.facts.service.purpose else {
        return None;
    };
    let decided = decided_by
        .as_ref()
        .is_some_and(|by| asked.facts.establishment.may_treat(by, &asked.facts.service.id, now));
    (!decided).then(|| {
        unmet(
            HouseRule::Purpose,
            Mender::Responsable,
            Text::new(
                "La prestation sort du champ du guide (opération sur les données d'application), et le responsable ne l'a pas décidée.",
                "The service is outside the guide's field (operating on application data), and the responsable has not decided it.",
            ),
            Text::new("Enregistrer la décision du responsable du SIS.", "Record the decision of the responsable of the SIS."),
        )
    })
}

/// This door cannot gather a consent at the workstation: nothing labelled assistance passes it, and so
/// nothing goes around O3, O4, O5 and T9 by that name.
fn mechanism(asked: &Asked<'_>) -> Option<Unmet> {
    (asked.facts.service.kind == Kind::Assistance).then(|| {
        unmet(
            HouseRule::Mechanism,
            Mender::Responsable,
            Text::new(
                "Une téléassistance ne passe pas par SSH : personne ne peut y consentir à son poste.",
                "Assistance does not go over SSH: nobody can consent to it at the workstation.",
            ),
            Text::new("Ouvrir une prestation de télémaintenance.", "Open a maintenance service."),
        )
    })
}

fn rights(asked: &Asked<'_>) -> Option<Unmet> {
    let rights = asked.facts.service.rights;
    let lacking = match asked.attempt.access {
        Some(wanted) if rights.has(wanted) => return None,
        Some(wanted) => wanted.as_str(),
        None if rights.iter().next().is_some() => return None,
        None => "—",
    };
    Some(unmet(
        HouseRule::Rights,
        Mender::Responsable,
        Text::new(
            format!("La prestation ne donne pas le droit demandé ({lacking})."),
            format!("The service does not give the right that was asked for ({lacking})."),
        ),
        Text::new(
            "Faire inscrire ce droit dans la prestation, s'il est nécessaire.",
            "Have this right put into the service, if it is needed.",
        ),
    ))
}

fn account(asked: &Asked<'_>) -> Option<Unmet> {
    let usable = asked.equipment.account.as_ref().is_some_and(|account| !account.login.trim().is_empty());
    let id = &asked.equipment.id;
    (!usable).then(|| {
        unmet(
            HouseRule::Account,
            Mender::It,
            Text::new(
                format!("Le coffre n'a pas de compte pour {id}."),
                format!("The vault has no account for {id}."),
            ),
            Text::new(
                "Mettre au coffre le compte réservé de l'équipement.",
                "Put the equipment's reserved account into the vault.",
            ),
        )
    })
}

fn host_key(asked: &Asked<'_>) -> Option<Unmet> {
    let id = &asked.equipment.id;
    let sentence = match &asked.equipment.host_key {
        HostKeyState::Pinned { fingerprint, .. } if !fingerprint.0.is_empty() => return None,
        HostKeyState::Pinned { .. } | HostKeyState::Unknown => Text::new(
            format!("La clé d'hôte de {id} n'a jamais été fixée."),
            format!("The host key of {id} was never pinned."),
        ),
        HostKeyState::Changed { .. } => Text::new(
            format!("La clé d'hôte de {id} a changé depuis qu'elle fut fixée."),
            format!("The host key of {id} has changed since it was pinned."),
        ),
    };
    let remedy = Text::new(
        "Vérifier l'équipement sur place, puis fixer sa clé d'hôte.",
        "Check the equipment on site, then pin its host key.",
    );
    Some(unmet(HouseRule::HostKey, Mender::It, sentence, remedy))
}

/// Room for one more session. Whether traces can be written is T11's; where the two snapshots of the
/// store differ, the worse one counts.
fn capacity(asked: &Asked<'_>, facts: &Facts) -> Option<Unmet> {
    let (gate, service) = (&facts.trace_store, &asked.facts.trace_store);
    let room = gate.capacity_left && service.capacity_left;
    let written = gate.ledger_writable >= service.ledger_writable
        && gate.recordings_writable >= service.recordings_writable;
    (!(room && written)).then(|| {
        unmet(
            HouseRule::Capacity,
            Mender::Operator,
            Text::new(
                "La poterne n'a plus de place pour une session de plus.",
                "The gate has no room left for one more session.",
            ),
            Text::new(
                "Attendre la fin d'une session, ou rétablir l'espace des traces.",
                "Wait until a session ends, or restore the trace store.",
            ),
        )
    })
}

/// One condition of the house, which nothing lifts.
pub(crate) fn unmet(rule: HouseRule, mender: Mender, sentence: Text, remedy: Text) -> Unmet {
    Unmet { source: Source::House(rule), sentence, remedy, mender, lift: Lift::Never }
}
