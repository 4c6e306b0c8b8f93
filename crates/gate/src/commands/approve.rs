//! The approval: of a request with its plan, and of another plan later. The agreement is made known in the act (O1).

use domain::{Agreement, Approval, Heading, PlanAsk, RequestedVia, ServiceFacts, Span, State, Step};
use events::{InterventionApproved, InterventionMoved};
use vocab::{Lang, Text, Timestamp};

use super::case::{Case, NotDone};
use super::plan::{approve_line, mark, said};
use super::role::Deed;
use super::{plain, qualify};
use crate::papers::unhex;
use crate::{Gate, Known};

/// `approve i-12`: the request as it was made; `approve i-12 <mark>`: with the other plan that waits.
pub(crate) async fn approve(
    gate: &Gate,
    who: &Known,
    name: &str,
    given: Option<&str>,
) -> Result<Text, NotDone> {
    let mut case = gate.case(who, name, Deed::Approve).await?;
    let state = case.intervention.state;
    // Whoever approves in a state from which nothing is approved is told that, and nothing to do first.
    if state == State::Requested {
        qualify::demanded(&case)?;
        somebody_else(&case, who)?;
    }
    let moved = the_other_plan(&case, given)?;
    let again = moved.is_some() && matches!(state, State::Approved | State::Open | State::Suspended);
    if !again {
        case.step(Step::Approve)?;
    }
    let plan = match moved.as_ref().map(|asked| asked.span).or(case.intervention.planned) {
        Some(plan) => plan,
        // Asked for before plans were.
        None => Span { from: case.now, until: guide::plan_end(&case.facts, case.now, case.now) },
    };
    not_past(&case, plan)?;
    let Some(agreement) = case.facts.contract.agreement.clone() else {
        return Err(NotDone::new(
            "[O1] Le contrat n'a pas de convention de service à porter à votre connaissance.",
            "[O1] The contract has no service agreement to make known to you.",
        ));
    };
    let kept = goes_on(&case, plan).filter(|_| again);
    let void = again && kept.is_none() && !case.intervention.ticks.is_empty();
    if void {
        case.intervention.ticks.clear();
    }
    case.intervention.approval = Some(Approval { checks_from: kept, ..given_by(who, case.now, &agreement) });
    case.intervention.planned = Some(plan);
    case.intervention.move_asked = case.intervention.move_asked.take().filter(|_| moved.is_none());
    let words = done(&case, name, plan, &agreement);
    let (version, sha256) = (u64::from(agreement.version), unhex(&agreement.document.sha256));
    let Span { from, until } = plan;
    if again {
        let fact = InterventionMoved { from, until, agreement: version, sha256, checks_void: void };
        case.write(gate, fact).await?;
    } else {
        let (from, until) = (Some(from), Some(until));
        case.write(gate, InterventionApproved { agreement: version, sha256, from, until }).await?;
    }
    Ok(words)
}

fn given_by(who: &Known, at: Timestamp, agreement: &Agreement) -> Approval {
    Approval {
        by: who.person.clone(),
        at,
        agreement_version: agreement.version,
        agreement_sha256: agreement.document.sha256.clone(),
        checks_from: None,
        relayed_by: who.relayed_by.clone(),
    }
}

/// Whoever took a request by telephone vouches for its caller, and does not approve it too.
fn somebody_else(case: &Case, who: &Known) -> Result<(), NotDone> {
    match &case.intervention.requested_via {
        RequestedVia::CallBack { by, .. } if *by == who.person => Err(NotDone::new(
            "[O2] Qui a pris l'appel et rappelé le demandeur n'approuve pas lui-même la demande.",
            "[O2] Whoever took the call and called back does not approve the request himself.",
        )),
        _ => Ok(()),
    }
}

/// The other plan that waits, if it is the one that is meant. One that somebody else asked for than who made the request stands
/// beside the plan of the request, and displaces it in no hand; his own takes its place.
fn the_other_plan(case: &Case, given: Option<&str>) -> Result<Option<PlanAsk>, NotDone> {
    let id = &case.intervention.id;
    match (case.intervention.move_asked.as_ref().filter(|_| !case.intervention.state.is_over()), given) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(NotDone::new(
            format!("Aucune autre durée n'attend d'être approuvée (show {id})."),
            format!("No other span waits to be approved (show {id})."),
        )),
        (Some(asked), Some(given)) if mark(asked) == given => Ok(Some(asked.clone())),
        (Some(asked), None) if stands_beside(case, asked) => Ok(None),
        (Some(asked), _) => {
            let Text { fr, en } = said(asked.span, &case.facts.establishment.zone);
            let (by, reason, line) = (&asked.by, plain(&asked.reason), approve_line(id, asked));
            Err(NotDone::new(
                format!(
                    "Une autre durée est demandée par {by} : {fr} (« {reason} »). Pour l'approuver :\n  {line}"
                ),
                format!("Another span is asked for by {by}: {en} (\"{reason}\"). To approve it:\n  {line}"),
            ))
        }
    }
}

/// The request waits for its first approval, with a plan that is not past, and this one is of another hand.
fn stands_beside(case: &Case, asked: &PlanAsk) -> bool {
    let one = &case.intervention;
    let ahead = one.planned.is_some_and(|plan| case.now < plan.until);
    one.state == State::Requested && asked.by != one.requested_by && ahead
}

/// What waits beside the plan that was approved.
fn waits_still(case: &Case) -> Text {
    let Some(asked) = &case.intervention.move_asked else { return Text::new("", "") };
    let Text { fr, en } = said(asked.span, &case.facts.establishment.zone);
    let (by, line) = (&asked.by, approve_line(&case.intervention.id, asked));
    Text::new(
        format!("\nUne autre durée reste demandée par {by}, {fr} : {line}"),
        format!("\nAnother span is still asked for by {by}, {en}: {line}"),
    )
}

fn not_past(case: &Case, plan: Span) -> Result<(), NotDone> {
    if case.now < plan.until {
        return Ok(());
    }
    let (id, Text { fr, en }) = (&case.intervention.id, said(plan, &case.facts.establishment.zone));
    Err(NotDone::new(
        format!(
            "Prévue {fr} : c'est passé. Faites demander une autre durée : plan {id} --from '…' --until '…' \"raison\""
        ),
        format!(
            "Planned {en}: that is past. Have another span asked for: plan {id} --from '…' --until '…' \"reason\""
        ),
    ))
}

/// Since when checks count, where a plan goes on in or at the end of the one before: what was checked for that stands.
fn goes_on(case: &Case, plan: Span) -> Option<Timestamp> {
    let before = case.intervention.plan(case.facts.service.kind)?;
    let approval = case.intervention.approval.as_ref().filter(|_| plan.from <= before.until)?;
    Some(approval.checks_from.unwrap_or(approval.at))
}

fn done(case: &Case, name: &str, plan: Span, agreement: &Agreement) -> Text {
    let ticked = |id: &str| case.intervention.ticks.iter().any(|tick| tick.item == id);
    let items = case.facts.service.checklist.iter().filter(|item| !ticked(&item.id));
    let todo: String =
        items.map(|item| format!("\n  check {name} {} \"…\"   {}", item.id, plain(&item.text))).collect();
    let Text { fr, en } = said(plan, &case.facts.establishment.zone);
    let (known_fr, known_en) = (made_known(agreement, Lang::Fr), made_known(agreement, Lang::En));
    let waits = waits_still(case);
    Text::new(
        format!(
            "Intervention {name} approuvée, {fr} ; convention portée à votre connaissance : {known_fr}{}{}",
            lead(&todo, "\nÀ vérifier avant l'accès :"),
            waits.fr
        ),
        format!(
            "Intervention {name} approved, {en}; agreement made known to you: {known_en}{}{}",
            lead(&todo, "\nTo check before access:"),
            waits.en
        ),
    )
}

fn lead(list: &str, words: &str) -> String {
    if list.is_empty() { String::new() } else { format!("{words}{list}") }
}

/// What `show` says of the agreement that an approval of this intervention makes known.
pub(super) fn agreement_shown(facts: &ServiceFacts, lang: Lang) -> String {
    facts.contract.agreement.as_ref().map(|agreement| made_known(agreement, lang)).unwrap_or_default()
}

/// The agreement as it is made known: its name, version and hash, and where each of its headings stands.
fn made_known(agreement: &Agreement, lang: Lang) -> String {
    let (name, version) = (plain(&agreement.document.name), agreement.version);
    let hash = match agreement.document.sha256.as_str() {
        "" => String::new(),
        hash => format!(", SHA-256 {hash}"),
    };
    let place = |(heading, place): &(Heading, String)| {
        format!("\n    {}: {}", words(*heading).in_lang(lang), plain(place))
    };
    let headings: String = agreement.headings.iter().map(place).collect();
    format!("{name} (v{version}{hash}).{headings}")
}

fn words(heading: Heading) -> Text {
    let (fr, en) = match heading {
        Heading::Scope => ("objectifs et périmètre", "objectives and scope"),
        Heading::Duties => ("obligations de chacun", "duties of each side"),
        Heading::Means => ("moyens", "means"),
        Heading::Procedures => ("procédures", "procedures"),
        Heading::Security => ("règles de sécurité", "security rules"),
    };
    Text::new(fr, en)
}
