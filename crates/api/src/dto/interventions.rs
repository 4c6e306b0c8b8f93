//! An intervention, its steps, and the sessions that are open.

use domain::{Intervention, Outcome, ServiceFacts, Tick};
use gate::{Acted, Seen};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{PersonId, Timestamp};

use super::{Said, names};

/// One intervention.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InterventionView {
    id: String,
    service: String,
    provider: String,
    equipment: Vec<String>,
    /// `requested`, `approved`, `open`, `suspended`, `closing`, `closed`, `refused` or `withdrawn`.
    state: String,
    objective: String,
    /// Why files may leave; null: none may.
    reason_out: Option<String>,
    /// From when on it may be worked in, as asked for until it is approved; null: asked for before plans were.
    #[schema(format = DateTime)]
    planned_from: Option<String>,
    /// Until when.
    #[schema(format = DateTime)]
    planned_until: Option<String>,
    /// What was done with it, the oldest first.
    steps: Vec<StepView>,
    /// What the beneficiary checks before access.
    checklist: Vec<CheckView>,
    /// The exceptions of O3 that were granted.
    exceptions: Vec<ExceptionView>,
    /// Why it is set aside; null: it is not.
    set_aside: Option<String>,
    /// The report; null: none was handed over.
    report: Option<String>,
    /// How many items left the hospital and are to be erased.
    left: u64,
    /// How many sessions were opened.
    sessions: u32,
}

/// Something that was done with it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepView {
    /// `requested`, `approved`, `set-aside`, `closing-proposed`, `closing-confirmed`, `report` or `erasure`.
    step: String,
    #[schema(format = DateTime)]
    at: String,
    by: String,
    /// Who relayed what was agreed to by voice.
    relayed_by: Option<String>,
    /// How a closing ends it: `reached` or `unreachable`.
    outcome: Option<String>,
}

/// One check before access.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckView {
    item: String,
    text: String,
    done: Option<TickView>,
}

/// That it was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TickView {
    by: String,
    #[schema(format = DateTime)]
    at: String,
    evidence: String,
    /// Whether it was said not to be needed, with the reason as evidence.
    not_needed: bool,
}

/// An exception of O3.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExceptionView {
    requested_by: String,
    approved_by: String,
    reason: String,
    #[schema(format = DateTime)]
    from: String,
    #[schema(format = DateTime)]
    until: String,
    reviewed: bool,
}

fn step(name: &str, at: Timestamp, by: &PersonId) -> StepView {
    let (at, by) = (at.to_string(), by.to_string());
    StepView { step: name.to_owned(), at, by, relayed_by: None, outcome: None }
}

fn steps(one: &Intervention) -> Vec<StepView> {
    let outcome = |outcome| match outcome {
        Outcome::Reached => Some("reached".to_owned()),
        Outcome::Unreachable => Some("unreachable".to_owned()),
    };
    let mut all = vec![(one.requested_at, step("requested", one.requested_at, &one.requested_by))];
    if let Some(given) = &one.approval {
        let relayed_by = given.relayed_by.as_ref().map(ToString::to_string);
        all.push((given.at, StepView { relayed_by, ..step("approved", given.at, &given.by) }));
    }
    if let Some(aside) = &one.set_aside {
        all.push((aside.at, step("set-aside", aside.at, &aside.by)));
    }
    if let Some(closing) = &one.closing {
        let (at, by, outcome) = (closing.proposed_at, &closing.proposed_by, outcome(closing.outcome));
        all.push((at, StepView { outcome: outcome.clone(), ..step("closing-proposed", at, by) }));
        if let (Some(at), Some(by)) = (closing.confirmed_at, &closing.confirmed_by) {
            all.push((at, StepView { outcome, ..step("closing-confirmed", at, by) }));
        }
    }
    if let Some(report) = &one.report {
        all.push((report.at, step("report", report.at, &report.by)));
    }
    if let Some((at, by)) = &one.erasure {
        all.push((*at, step("erasure", *at, by)));
    }
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, step)| step).collect()
}

impl InterventionView {
    pub(crate) fn of(one: &Intervention, facts: &ServiceFacts) -> Self {
        let tick = |tick: &Tick| TickView {
            by: tick.by.to_string(),
            at: tick.at.to_string(),
            evidence: tick.evidence.clone(),
            not_needed: tick.not_needed,
        };
        let check = |item: &domain::ChecklistItem| CheckView {
            item: item.id.clone(),
            text: item.text.clone(),
            done: one.ticks.iter().find(|tick| tick.item == item.id).map(tick),
        };
        let exception = |one: &domain::Exception| ExceptionView {
            requested_by: one.requested_by.to_string(),
            approved_by: one.approved_by.to_string(),
            reason: one.reason.clone(),
            from: one.span.from.to_string(),
            until: one.span.until.to_string(),
            reviewed: one.reviewed.is_some(),
        };
        Self {
            id: one.id.to_string(),
            service: one.service.to_string(),
            provider: facts.provider.id.to_string(),
            equipment: names(&one.equipment),
            state: one.state.as_str().to_owned(),
            objective: one.objective.clone(),
            reason_out: one.reason_out.clone(),
            planned_from: one.planned.map(|plan| plan.from.to_string()),
            planned_until: one.planned.map(|plan| plan.until.to_string()),
            steps: steps(one),
            checklist: facts.service.checklist.iter().map(check).collect(),
            exceptions: one.exceptions.iter().map(exception).collect(),
            set_aside: one.set_aside.as_ref().map(|aside| aside.reason.clone()),
            report: one.report.as_ref().map(|report| report.text.clone()),
            left: one.left(),
            sessions: one.sessions,
        }
    }
}

/// A session that is open now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    id: String,
    person: String,
    provider: String,
    equipment: String,
    service: String,
    intervention: String,
    /// From which address.
    from: String,
    #[schema(format = DateTime)]
    since: String,
    #[schema(format = DateTime)]
    until: String,
    recorded_bytes: u64,
    /// What it is open by beside the ordinary way: a treatment, an exception, a derogation, a transition.
    lifted: Vec<String>,
}

impl SessionView {
    pub(crate) fn of(one: &Seen) -> Self {
        Self {
            id: one.session.to_string(),
            person: one.person.to_string(),
            provider: one.provider.clone(),
            equipment: one.equipment.clone(),
            service: one.service.clone(),
            intervention: one.intervention.clone(),
            from: one.from.clone(),
            since: one.opened_at.to_string(),
            until: one.ends_at.to_string(),
            recorded_bytes: one.recorded_bytes,
            lifted: one.lifted.clone(),
        }
    }
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActedView {
    /// The intervention.
    intervention: String,
    /// Where it stands, or stood when this was done.
    state: String,
    /// What is said of it at the door.
    said: Said,
}

impl ActedView {
    pub(crate) fn of(acted: &Acted) -> Self {
        Self {
            intervention: acted.intervention.to_string(),
            state: acted.state.as_str().to_owned(),
            said: (&acted.said).into(),
        }
    }
}
