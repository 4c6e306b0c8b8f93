//! What cannot wait: derogations, their review, and stopping a provider.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Derogation, Span, Suspension};
use events::{
    Actor, DerogationReviewed, DerogationSigned, ExceptionReviewed, ProviderResumed, ProviderSuspended,
};
use vocab::{EstablishmentId, PersonId, ProviderId, ServiceId, Source, Text};

use super::case::NotDone;
use super::life::EMERGENCY_MAX;
use super::role::{Deed, roles_of};
use crate::Gate;
use crate::acts::Act;
use crate::ports::Put;
use crate::scribe::Note;

type Done = Result<Text, NotDone>;

/// What a derogation opens, for whom and for how long.
pub(crate) struct Asked {
    pub(crate) intervention: String,
    pub(crate) person: String,
    pub(crate) equipment: String,
    pub(crate) rules: String,
    pub(crate) span: Duration,
    pub(crate) reason: String,
}

pub(crate) async fn derogate(gate: &Gate, person: &PersonId, asked: Asked) -> Done {
    let mut case = gate.case(person, &asked.intervention, Deed::Derogate).await?;
    let rules = rules_of(&asked.rules)?;
    let staff = case.facts.staff.iter().find(|staff| staff.person.id.as_str() == asked.person);
    let Some(whom) = staff.map(|staff| staff.person.id.clone()) else {
        return Err(NotDone::new(
            format!(
                "« {} » n'est pas un intervenant connu de cette prestation : une dérogation ne vaut que pour une personne identifiée.",
                asked.person
            ),
            format!(
                "`{}` is not a known technician of this service: a derogation only holds for an identified person.",
                asked.person
            ),
        ));
    };
    let Some(equipment) =
        case.intervention.equipment.iter().find(|id| id.as_str() == asked.equipment).cloned()
    else {
        return Err(NotDone::new(
            format!("« {} » n'est pas dans l'intervention.", asked.equipment),
            format!("`{}` is not in the intervention.", asked.equipment),
        ));
    };
    if asked.span > EMERGENCY_MAX {
        return Err(NotDone::new("Une dérogation dure au plus 4 h.", "A derogation lasts 4 h at most."));
    }
    let span = Span { from: case.now, until: case.now.after(asked.span) };
    let fact = DerogationSigned {
        rules: rules.clone(),
        person: whom.clone(),
        equipment: equipment.clone(),
        reason: asked.reason.clone().into(),
        from: span.from,
        until: span.until,
    };
    let codes: BTreeSet<String> = rules.into_iter().map(Source::code).collect();
    let list = codes.iter().cloned().collect::<Vec<_>>().join(", ");
    case.intervention.derogations.push(Derogation {
        intervention: case.intervention.id.clone(),
        rules: codes,
        person: whom,
        equipment,
        reason: asked.reason,
        signed_by: person.clone(),
        span,
        reviewed: None,
    });
    let minutes = asked.span.as_secs() / 60;
    let name = case.intervention.id.clone();
    case.write(gate, fact).await?;
    Ok(Text::new(
        format!(
            "Dérogation d'urgence signée pour {minutes} min : {list}. Elle sera à revoir (review {name})."
        ),
        format!(
            "Emergency derogation signed for {minutes} min: {list}. It is to be reviewed (review {name})."
        ),
    ))
}

fn rules_of(given: &str) -> Result<Vec<Source>, NotDone> {
    given
        .split(',')
        .map(|code| {
            code.trim().parse::<Source>().map_err(|_| {
                NotDone::new(
                    format!("« {code} » n'est pas une règle : C2, O4, house:checklist…"),
                    format!("`{code}` is not a rule: C2, O4, house:checklist…"),
                )
            })
        })
        .collect()
}

/// Reviews the exception and the derogations of an intervention that are over or running.
pub(crate) async fn review(gate: &Gate, person: &PersonId, name: &str, note: Option<String>) -> Done {
    let mut case = gate.case(person, name, Deed::Review).await?;
    let (now, words) = (case.now, || note.clone().map(Into::into));
    let mut notes = Vec::new();
    if let Some(exception) = &mut case.intervention.exception
        && exception.reviewed.is_none()
    {
        if exception.approved_by == *person {
            return Err(own_review());
        }
        exception.reviewed = Some((now, person.clone()));
        notes.push(ExceptionReviewed { note: words() }.into());
    }
    for derogation in case.intervention.derogations.iter_mut().filter(|one| one.reviewed.is_none()) {
        if derogation.signed_by == *person {
            return Err(own_review());
        }
        derogation.reviewed = Some((now, person.clone()));
        notes.push(DerogationReviewed { note: words() }.into());
    }
    let done = notes.len();
    if done == 0 {
        return Err(NotDone::new("Rien à revoir.", "Nothing to review."));
    }
    let notes = notes.into_iter().map(|fact: events::Fact| case.note(fact)).collect();
    let puts = vec![Put::Intervention { read_at: case.read_at, value: case.intervention }];
    gate.acts.commit(Act { puts, sessions: Vec::new(), notes, at: now, by: person.to_string() }).await?;
    Ok(Text::new(format!("{done} acte(s) d'urgence revus."), format!("{done} emergency act(s) reviewed.")))
}

fn own_review() -> NotDone {
    NotDone::new(
        "Qui a accordé ou signé ne revoit pas son propre acte.",
        "Whoever granted or signed does not review his own act.",
    )
}

/// Stops all accesses of a provider in one act (E4): live sessions close, no new one opens.
pub(crate) async fn suspend_provider(gate: &Gate, person: &PersonId, name: &str, reason: String) -> Done {
    let (mut provider, establishment, now) = provider(gate, person, name, Deed::SuspendProvider).await?;
    if provider.suspended.is_some() {
        return Err(NotDone::new(
            format!("{name} est déjà suspendu."),
            format!("{name} is suspended already."),
        ));
    }
    provider.suspended = Some(Suspension { since: now, by: person.clone(), reason: reason.clone() });
    let fact = ProviderSuspended { provider: provider.id.clone(), reason: reason.into() }.into();
    put_provider(gate, person, provider, establishment, now, fact).await?;
    Ok(Text::new(
        format!(
            "Tous les accès de {name} sont suspendus ; ses sessions sont coupées. Reprise par le responsable : resume-provider {name}"
        ),
        format!(
            "All accesses of {name} are suspended; its sessions are cut. The responsable resumes: resume-provider {name}"
        ),
    ))
}

pub(crate) async fn resume_provider(
    gate: &Gate,
    person: &PersonId,
    name: &str,
    reason: Option<String>,
) -> Done {
    let (mut provider, establishment, now) = provider(gate, person, name, Deed::ResumeProvider).await?;
    if provider.suspended.take().is_none() {
        return Err(NotDone::new(format!("{name} n'est pas suspendu."), format!("{name} is not suspended.")));
    }
    let fact = ProviderResumed { provider: provider.id.clone(), reason: reason.map(Into::into) }.into();
    put_provider(gate, person, provider, establishment, now, fact).await?;
    Ok(Text::new(format!("Les accès de {name} reprennent."), format!("The accesses of {name} resume.")))
}

async fn put_provider(
    gate: &Gate,
    person: &PersonId,
    provider: domain::Provider,
    establishment: EstablishmentId,
    now: vocab::Timestamp,
    fact: events::Fact,
) -> Result<(), NotDone> {
    let by = Actor::Person(person.clone());
    let note = Note { establishment, at: now, by, session: None, intervention: None, fact };
    let puts = vec![Put::Provider(provider)];
    gate.acts
        .commit(Act { puts, sessions: Vec::new(), notes: vec![note], at: now, by: person.to_string() })
        .await?;
    Ok(())
}

/// A provider, for somebody who may do this deed in an establishment that has a contract with it.
async fn provider(
    gate: &Gate,
    person: &PersonId,
    name: &str,
    deed: Deed,
) -> Result<(domain::Provider, EstablishmentId, vocab::Timestamp), NotDone> {
    let now = gate.clock.now();
    let id: ProviderId = name.parse().map_err(|_| NotDone::unknown(name))?;
    for establishment in gate.store.establishments(now).await? {
        let services: Vec<ServiceId> = gate
            .store
            .services(&establishment.id, now)
            .await?
            .into_iter()
            .map(|service| service.id)
            .collect();
        for service in services {
            let facts = gate.store.service_facts(&establishment.id, &service, now).await?;
            let concerned =
                facts.provider.id == id || facts.contract.subcontracts.iter().any(|sub| sub.provider == id);
            let roles = roles_of(person, &facts, now);
            if concerned && roles.iter().any(|role| deed.roles().contains(role)) {
                let found = gate.store.provider(&id, now).await?.ok_or_else(|| NotDone::unknown(name))?;
                return Ok((found, establishment.id, now));
            }
        }
    }
    Err(NotDone::unknown(name))
}
