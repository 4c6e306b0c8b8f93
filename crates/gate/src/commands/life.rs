//! The life of an intervention, from its request to its last session; how it ends stands in `closing`.

use std::time::Duration;

use domain::{
    Exception, ExceptionAsk, Extension, Intervention, LongOperation, RequestedVia, SetAside, Span, State,
    Step, Tick,
};
use events::{
    Actor, ChecklistTicked, ExceptionAsked, ExceptionGranted, InterventionRefused, InterventionRequested,
    InterventionResumed, InterventionSuspended, InterventionWithdrawn, LongOperationDeclared,
    SessionExtended,
};
use vocab::{EquipmentId, InterventionId, PersonId, Text, Timestamp};

use super::case::{Case, NotDone, state_fr};
use super::plan::{When, said};
use super::role::{Deed, Role, roles_of};
use crate::acts::Act;
use crate::bearer::Acted;
use crate::ports::{PortError, Put};
use crate::scribe::Note;
use crate::{Gate, Known};

/// An exception or derogation lasts 4 hours at the very most (rules.md section 3).
pub(crate) const EMERGENCY_MAX: Duration = Duration::from_secs(4 * 3600);

type Done = Result<Text, NotDone>;

/// What a requester asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The service, by its name.
    pub service: String,
    /// On which of its equipment; empty: on all of it.
    pub equipment: Vec<String>,
    /// What it is to reach.
    pub objective: String,
    /// Why files will leave; absent: none may.
    pub reason_out: Option<String>,
    /// When it is to be worked in.
    pub wanted: When,
    /// Who asked by telephone, where it is somebody else who writes it down.
    pub call: Option<Call>,
}

/// A request by telephone: who asked, and under which number he was called back (O2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The person who asked.
    pub caller: String,
    /// The number that was called.
    pub number: String,
}

/// Requests of one person that wait for a service: each is in every snapshot of it, 16 KiB at most, so half a MiB.
const WAITING_MAX: usize = 32;

pub(crate) async fn request(gate: &Gate, who: &Known, asked: Request) -> Result<Acted, NotDone> {
    let deed = if asked.call.is_some() { Deed::TakeCall } else { Deed::Request };
    let (facts, now) = gate.service(who, &asked.service, deed).await?;
    let equipment = equipment_of(&facts, &asked.equipment)?;
    if asked.objective.trim().is_empty() {
        return Err(NotDone::new(
            "Dites l'objectif de l'intervention.",
            "Say what the intervention is to reach.",
        ));
    }
    not_too_many(&facts, who)?;
    let (requester, via) = asked_by(&facts, who, asked.call.as_ref())?;
    let plan = asked.wanted.span(&facts, now)?;
    let id = gate.store.next_intervention().await?;
    let intervention = Intervention {
        requested_by: requester.clone(),
        requested_via: via.clone(),
        planned: Some(plan),
        ..begun(&id, &facts, who, &asked, &equipment, now)
    };
    let (via, number) = match via {
        RequestedVia::SignedIn => ("signed-in", None),
        RequestedVia::CallBack { number, .. } => ("call-back", Some(number.as_str().into())),
    };
    let said = waits_for(&id, &facts, plan, asked.wanted.is_open_ended());
    let fact = InterventionRequested {
        service: facts.service.id.clone(),
        equipment,
        via: via.into(),
        number,
        requester,
        objective: asked.objective.into(),
        reason_out: asked.reason_out.map(Into::into),
        from: Some(plan.from),
        until: Some(plan.until),
    };
    let note = Note {
        establishment: facts.establishment.id.clone(),
        at: now,
        by: Actor::Person(who.person.clone()),
        session: None,
        intervention: Some(id.clone()),
        fact: fact.into(),
    };
    let puts = vec![Put::Intervention { read_at: 0, value: intervention }];
    let act = Act { puts, sessions: Vec::new(), notes: vec![note], at: now, by: who.person.to_string() };
    let acted = Acted { intervention: id, state: State::Requested, said };
    let through = who.by_token.clone().map(|by| by.through(who.from, Some(&acted))).transpose()?;
    gate.acts.commit_through(act, through).await?;
    Ok(acted)
}

/// One person's requests that wait in a service are bounded, those that he wrote down for callers among them.
fn not_too_many(facts: &domain::ServiceFacts, who: &Known) -> Result<(), NotDone> {
    let his = |one: &&Intervention| {
        let taken = matches!(&one.requested_via, RequestedVia::CallBack { by, .. } if *by == who.person);
        one.state == State::Requested && (one.requested_by == who.person || taken)
    };
    if facts.interventions.iter().filter(his).count() < WAITING_MAX {
        return Ok(());
    }
    Err(NotDone::new(
        format!(
            "{WAITING_MAX} demandes de vous attendent déjà pour cette prestation : faites-en décider, ou retirez-en (withdraw)."
        ),
        format!(
            "{WAITING_MAX} requests of yours wait for this service already: have them decided, or withdraw some (withdraw)."
        ),
    ))
}

/// Who asks, and how he is known: signed in himself, or called back by the one who writes it down (O2).
fn asked_by(
    facts: &domain::ServiceFacts,
    who: &Known,
    call: Option<&Call>,
) -> Result<(PersonId, RequestedVia), NotDone> {
    let Some(call) = call else { return Ok((who.person.clone(), RequestedVia::SignedIn)) };
    let caller: PersonId = call.caller.parse().map_err(|_| {
        NotDone::new(
            "[O2] Nommez le demandeur comme une personne : p.nom.",
            "[O2] Name the caller as a person: p.name.",
        )
    })?;
    if caller == who.person || facts.of_the_provider(&caller) {
        return Err(NotDone::new(
            "[O2] Le demandeur est quelqu'un d'autre que vous, et n'est pas du côté du fournisseur.",
            "[O2] The caller is somebody else than you, and not of the provider's side.",
        ));
    }
    if !domain::is_telephone(&call.number) {
        return Err(NotDone::new(
            "[O2] Donnez le numéro que vous avez rappelé (six chiffres au moins).",
            "[O2] Give the number that you called back (six digits at least).",
        ));
    }
    Ok((caller, RequestedVia::CallBack { number: call.number.clone(), by: who.person.clone() }))
}

/// What is said to whoever asked: when it is planned, and whose approval it waits for.
fn waits_for(id: &InterventionId, facts: &domain::ServiceFacts, plan: Span, by_default: bool) -> Text {
    let beneficiaries = names(&facts.service.beneficiaries);
    let first = match facts.service.qualified {
        true => {
            Text::new(" Elle est d'abord à qualifier (qualify).", " It is to be qualified first (qualify).")
        }
        false => Text::new("", ""),
    };
    let Text { fr, en } = said(plan, &facts.establishment.zone);
    let hint = match by_default {
        true => Text::new(
            format!(" (pour une autre durée : plan {id} --from '…' --until '…' \"raison\")"),
            format!(" (for another span: plan {id} --from '…' --until '…' \"reason\")"),
        ),
        false => Text::new("", ""),
    };
    Text::new(
        format!(
            "Intervention {id} demandée, {fr}{}.{} Elle attend l'approbation de : {beneficiaries}.\n  approve {id}",
            hint.fr, first.fr
        ),
        format!(
            "Intervention {id} requested, {en}{}.{} It waits for the approval of: {beneficiaries}.\n  approve {id}",
            hint.en, first.en
        ),
    )
}

/// An intervention of which nothing is settled but the request.
fn begun(
    id: &InterventionId,
    facts: &domain::ServiceFacts,
    who: &Known,
    asked: &Request,
    equipment: &[EquipmentId],
    now: Timestamp,
) -> Intervention {
    Intervention {
        id: id.clone(),
        establishment: facts.establishment.id.clone(),
        service: facts.service.id.clone(),
        equipment: equipment.to_vec(),
        objective: asked.objective.clone(),
        reason_out: asked.reason_out.clone(),
        requested_by: who.person.clone(),
        requested_at: now,
        requested_via: RequestedVia::SignedIn,
        state: State::Requested,
        planned: None,
        move_asked: None,
        qualification: None,
        approval: None,
        ticks: Vec::new(),
        exception_asked: None,
        exceptions: Vec::new(),
        derogations: Vec::new(),
        extension: None,
        long_operation: None,
        set_aside: None,
        closing: None,
        report: None,
        residual: Vec::new(),
        residual_more: 0,
        erasure: None,
        reviewed: None,
        sessions: 0,
        consent: None,
        attendance: None,
        deliveries: Vec::new(),
        past: Vec::new(),
    }
}

fn equipment_of(facts: &domain::ServiceFacts, named: &[String]) -> Result<Vec<EquipmentId>, NotDone> {
    if named.is_empty() {
        return Ok(facts.service.equipment.clone());
    }
    named
        .iter()
        .map(|name| {
            let known = facts.service.equipment.iter().find(|id| id.as_str() == name);
            known.cloned().ok_or_else(|| {
                NotDone::new(
                    format!("« {name} » n'est pas un équipement de la prestation {}.", facts.service.id),
                    format!("`{name}` is not an equipment of the service {}.", facts.service.id),
                )
            })
        })
        .collect()
}

fn names(people: &[PersonId]) -> String {
    people.iter().map(PersonId::as_str).collect::<Vec<_>>().join(", ")
}

pub(crate) async fn refuse(gate: &Gate, who: &Known, name: &str, reason: String) -> Done {
    let mut case = gate.case(who, name, Deed::Refuse).await?;
    case.step(Step::Refuse)?;
    case.write(gate, InterventionRefused { reason: reason.into() }).await?;
    Ok(Text::new(format!("Intervention {name} refusée."), format!("Intervention {name} refused.")))
}

pub(crate) async fn withdraw(gate: &Gate, who: &Known, name: &str, reason: String) -> Result<Acted, NotDone> {
    let mut case = gate.case(who, name, Deed::Withdraw).await?;
    case.step(Step::Withdraw)?;
    let said = Text::new(format!("Intervention {name} retirée."), format!("Intervention {name} withdrawn."));
    case.write_acted(gate, InterventionWithdrawn { reason: reason.into() }, said).await
}

pub(crate) async fn check(
    gate: &Gate,
    who: &Known,
    name: &str,
    item: &str,
    evidence: String,
    not_needed: bool,
) -> Done {
    let mut case = gate.case(who, name, Deed::Check).await?;
    let items = &case.facts.service.checklist;
    if !items.iter().any(|known| known.id == item) {
        let known = items.iter().map(|known| known.id.as_str()).collect::<Vec<_>>().join(", ");
        return Err(NotDone::new(
            format!("« {item} » n'est pas une vérification de cette prestation : {known}."),
            format!("`{item}` is not a check of this service: {known}."),
        ));
    }
    if !case.intervention.state.opens() {
        return Err(NotDone::new(
            "Les vérifications se cochent après l'approbation, tant que l'intervention n'est pas close.",
            "Checks are ticked after the approval, as long as the intervention is not closed.",
        ));
    }
    case.intervention.ticks.retain(|tick| tick.item != item);
    let tick = Tick {
        item: item.to_owned(),
        by: who.person.clone(),
        at: case.now,
        evidence: evidence.clone(),
        not_needed,
    };
    case.intervention.ticks.push(tick);
    let left = case
        .facts
        .service
        .checklist
        .iter()
        .filter(|known| case.intervention.ticks.iter().all(|tick| tick.item != known.id))
        .count();
    case.write(gate, ChecklistTicked { item: item.into(), needed: !not_needed, evidence: evidence.into() })
        .await?;
    Ok(Text::new(
        format!("Vérification « {item} » cochée ; il en reste {left}."),
        format!("Check `{item}` ticked; {left} left."),
    ))
}

pub(crate) async fn ask_exception(
    gate: &Gate,
    who: &Known,
    name: &str,
    span: Duration,
    reason: String,
) -> Done {
    let mut case = gate.case(who, name, Deed::AskException).await?;
    let most = Duration::from_secs(u64::from(case.facts.service.exception_secs)).min(EMERGENCY_MAX);
    if span > most {
        return Err(NotDone::new(
            format!("[O3] La procédure d'exception convenue permet au plus {} min.", most.as_secs() / 60),
            format!("[O3] The agreed exception procedure allows {} min at most.", most.as_secs() / 60),
        ));
    }
    let secs = u32::try_from(span.as_secs()).unwrap_or(u32::MAX);
    // Whoever grants repeats asker and span: under them stands one reason.
    let waits = case.intervention.exception_asked.as_ref();
    if waits.is_some_and(|old| old.by == who.person && old.secs == secs && old.reason != reason) {
        return Err(NotDone::new(
            "[O3] Votre demande de cette durée attend déjà, avec une autre raison (show).",
            "[O3] Your question for this span waits already, with another reason (show).",
        ));
    }
    let asked = ExceptionAsk { by: who.person.clone(), at: case.now, secs, reason: reason.clone() };
    let line = grant_line(name, &asked);
    case.intervention.exception_asked = Some(asked);
    case.write(gate, ExceptionAsked { secs: u64::from(secs), reason: reason.into() }).await?;
    Ok(Text::new(
        format!("Exception demandée. Une autre personne doit l'accorder :\n  {line}"),
        format!("Exception asked for. Somebody else has to grant it:\n  {line}"),
    ))
}

/// The command that grants this and nothing else.
pub(crate) fn grant_line(name: &str, asked: &ExceptionAsk) -> String {
    format!("grant {name} {} {}m", asked.by, asked.secs / 60)
}

/// Whoever grants says to whom and how much: a question that changed meanwhile is not the one he answers.
pub(crate) async fn grant_exception(
    gate: &Gate,
    who: &Known,
    name: &str,
    asker: &str,
    span: Duration,
) -> Done {
    let mut case = gate.case(who, name, Deed::GrantException).await?;
    let Some(asked) = case.intervention.exception_asked.take() else {
        return Err(NotDone::new(
            "[O3] Aucune exception n'est demandée.",
            "[O3] No exception was asked for.",
        ));
    };
    if asked.by.as_str() != asker || u64::from(asked.secs) != span.as_secs() {
        let (by, minutes, reason, line) =
            (&asked.by, asked.secs / 60, &asked.reason, grant_line(name, &asked));
        return Err(NotDone::new(
            format!("[O3] Ce n'est pas ce qui est demandé : {by}, {minutes} min, « {reason} ».\n  {line}"),
            format!("[O3] This is not what was asked for: {by}, {minutes} min, \"{reason}\".\n  {line}"),
        ));
    }
    if asked.by == who.person {
        return Err(NotDone::new(
            "[O3] Qui demande l'exception ne peut pas l'accorder.",
            "[O3] Whoever asks for the exception cannot grant it.",
        ));
    }
    if !case.intervention.state.opens() {
        return Err(NotDone::new(
            "[O3] L'intervention doit d'abord être approuvée.",
            "[O3] The intervention has to be approved first.",
        ));
    }
    let until = case.now.after(Duration::from_secs(u64::from(asked.secs)).min(EMERGENCY_MAX));
    let span = Span { from: case.now, until };
    let fact = ExceptionGranted {
        requester: asked.by.clone(),
        reason: asked.reason.clone().into(),
        from: span.from,
        until,
    };
    case.intervention.exceptions.push(Exception {
        requested_by: asked.by,
        approved_by: who.person.clone(),
        relayed_by: who.relayed_by.clone(),
        reason: asked.reason.clone(),
        span,
        reviewed: None,
    });
    let (minutes, told) = (asked.secs / 60, asked.reason);
    case.write(gate, fact).await?;
    Ok(Text::new(
        format!(
            "Exception demandée par {asker} accordée pour {minutes} min, à qui intervient dans {name}, hors plage seulement (« {told} ») ; elle sera à revoir (review {name})."
        ),
        format!(
            "Exception asked for by {asker} granted for {minutes} min, to whoever works in {name}, the window only (\"{told}\"); it is to be reviewed (review {name})."
        ),
    ))
}

pub(crate) async fn extend(gate: &Gate, who: &Known, name: &str, span: Duration, reason: String) -> Done {
    let mut case = gate.case(who, name, Deed::Extend).await?;
    under_way(&case)?;
    let most = Duration::from_secs(u64::from(case.facts.service.extension_secs));
    if span > most {
        return Err(NotDone::new(
            format!("[O3] Le prolongement convenu est de {} min au plus.", most.as_secs() / 60),
            format!("[O3] The agreed extension is {} min at most.", most.as_secs() / 60),
        ));
    }
    let Some(window_end) = guide::windows_until(&case.facts, case.now) else {
        return Err(NotDone::new(
            "[O3] Aucune plage n'est ouverte maintenant.",
            "[O3] No window is open now.",
        ));
    };
    if case.intervention.extension.as_ref().is_some_and(|old| old.window_end == window_end) {
        return Err(NotDone::new(
            "[O3] Cette plage a déjà été prolongée une fois.",
            "[O3] This window was extended once already.",
        ));
    }
    let plan = case.intervention.plan(case.facts.service.kind);
    if let Some(plan) = plan.filter(|plan| plan.until < window_end) {
        let end = case.facts.establishment.zone.show(plan.until);
        return Err(NotDone::new(
            format!(
                "L'intervention est prévue jusqu'au {end}, avant la fin de la plage : demandez une autre durée (plan {name} …)."
            ),
            format!(
                "The intervention is planned until {end}, before the window ends: ask for another span (plan {name} …)."
            ),
        ));
    }
    let until = window_end.after(span);
    case.intervention.extension =
        Some(Extension { by: who.person.clone(), reason: reason.clone(), window_end, until });
    case.write(gate, SessionExtended { until, reason: reason.into() }).await?;
    let minutes = span.as_secs() / 60;
    Ok(Text::new(
        format!("Plage prolongée de {minutes} min, une fois."),
        format!("Window extended by {minutes} min, once."),
    ))
}

/// Nothing is prolonged that may not be worked in.
fn under_way(case: &Case) -> Result<(), NotDone> {
    if case.intervention.state.opens() {
        return Ok(());
    }
    let state = case.intervention.state;
    Err(NotDone::new(
        format!("L'intervention est « {} » : il n'y a rien à prolonger.", state_fr(state)),
        format!("The intervention is `{}`: there is nothing to prolong.", state.as_str()),
    ))
}

pub(crate) async fn declare_long(
    gate: &Gate,
    who: &Known,
    name: &str,
    span: Duration,
    reason: String,
) -> Done {
    let mut case = gate.case(who, name, Deed::DeclareLong).await?;
    under_way(&case)?;
    let span = Span { from: case.now, until: case.now.after(span.min(Duration::from_secs(24 * 3600))) };
    case.intervention.long_operation =
        Some(LongOperation { by: who.person.clone(), reason: reason.clone(), span });
    case.write(gate, LongOperationDeclared { until: span.until, reason: reason.into() }).await?;
    let minutes = span.until.since(span.from).as_secs() / 60;
    Ok(Text::new(
        format!("Opération longue déclarée : le silence ne coupe pas pendant {minutes} min, dans la plage."),
        format!("Long operation declared: silence does not cut for {minutes} min, within the window."),
    ))
}

/// Tries of a stop that meets the acts of others: somebody may keep acting, and it has to get through.
const STOP_TRIES: u32 = 8;

/// Sets an intervention aside. Whoever acts on it in the same moment is read again, not told to the one who stops it.
pub(crate) async fn suspend(gate: &Gate, who: &Known, name: &str, reason: String) -> Done {
    for _ in 1..STOP_TRIES {
        match suspend_once(gate, who, name, &reason).await? {
            Err(PortError::Conflict(why)) => tracing::info!(%why, "A stop is tried again"),
            done => return Ok(done?),
        }
    }
    Ok(suspend_once(gate, who, name, &reason).await??)
}

async fn suspend_once(
    gate: &Gate,
    who: &Known,
    name: &str,
    reason: &str,
) -> Result<Result<Text, PortError>, NotDone> {
    let mut case = gate.case(who, name, Deed::Suspend).await?;
    let by_security = roles_of(&who.person, &case.facts, case.now).contains(&Role::Security);
    // The security officer may take over what a beneficiary has set aside: then it is his to take up again.
    let already =
        case.intervention.set_aside.as_ref().filter(|_| case.intervention.state == State::Suspended);
    if !already.is_some_and(|aside| by_security && !aside.by_security) {
        case.step(Step::Suspend)?;
    }
    let (by, at) = (who.person.clone(), case.now);
    case.intervention.set_aside = Some(SetAside { by, at, reason: reason.to_owned(), by_security });
    let written = case.try_write(gate, InterventionSuspended { reason: reason.into() }).await;
    Ok(written.map(|_| {
        Text::new(format!("Intervention {name} suspendue."), format!("Intervention {name} suspended."))
    }))
}

pub(crate) async fn resume(gate: &Gate, who: &Known, name: &str) -> Done {
    // Who may depends on who set it aside: it is read first by one who may see it.
    let seen = gate.case(who, name, Deed::See).await?;
    let by_security = seen.intervention.set_aside.as_ref().is_some_and(|aside| aside.by_security);
    let mut case =
        gate.case(who, name, if by_security { Deed::ResumeOfSecurity } else { Deed::Resume }).await?;
    if case.read_at != seen.read_at {
        return Err(PortError::Conflict("it changed in between".to_owned()).into());
    }
    case.step(Step::Resume)?;
    case.intervention.set_aside = None;
    case.write(gate, InterventionResumed { reason: None }).await?;
    Ok(Text::new(format!("Intervention {name} reprise."), format!("Intervention {name} resumed.")))
}
