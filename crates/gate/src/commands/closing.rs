//! The end of an intervention: its report, its closing by both parties, the erasure of what left.

use domain::{
    Closing, DueGround, Intervention, Outcome, Report, RequestedVia, ReservedAccount, Reviewed, State, Step,
};
use events::{
    ClosingConfirmed, ClosingProposed, ClosingRejected, ErasureAttested, Fact, InterventionReviewed,
    ReportHandedOver,
};
use recording::Digest;
use vocab::{EquipmentId, Text};

use super::case::{Case, NotDone, Why, not_yours};
use super::plain;
use super::role::Deed;
use crate::bearer::Acted;
use crate::ports::{PortError, Put};
use crate::{Gate, Known, rotation};

/// A report is a few pages: 32 KiB keeps its row small; longer ones go by the agreed channel.
pub const REPORT_MAX: usize = 32 * 1024;

/// Seconds of a day.
const DAY: u64 = 24 * 3600;

type Done = Result<Text, NotDone>;

pub(crate) async fn report(gate: &Gate, who: &Known, name: &str, text: String) -> Result<Acted, NotDone> {
    if text.trim().is_empty() || text.len() > REPORT_MAX {
        return Err(NotDone::new(
            format!(
                "[O5] Un rapport a de 1 à {REPORT_MAX} octets : `report {name} \"…\"`, ou sur l'entrée standard."
            ),
            format!(
                "[O5] A report has 1 to {REPORT_MAX} bytes: `report {name} \"…\"`, or on standard input."
            ),
        ));
    }
    let mut case = gate.case(who, name, Deed::Report).await?;
    if matches!(case.intervention.state, State::Requested | State::Refused | State::Withdrawn) {
        return Err(NotDone::new(
            "[O5] Rien n'a été fait : rien à rapporter.",
            "[O5] Nothing was done: nothing to report.",
        ));
    }
    let standing = case.intervention.report.is_some();
    // What was confirmed was confirmed on this report.
    if standing && case.intervention.state == State::Closed {
        return Err(NotDone::new(
            "[O5] L'intervention est close et son rapport remis : il ne change plus.",
            "[O5] The intervention is closed and its report handed over: it changes no more.",
        ));
    }
    // Each one is kept: a program that repeats itself fills no history.
    if standing && who.by_token.is_some() {
        return Err(NotDone::new(
            "[O5] Un rapport est déjà remis : c'est à la porte qu'on le remplace, soi-même.",
            "[O5] A report is handed over already: it is replaced at the door, by oneself.",
        )
        .because(Why::Token));
    }
    let fact = ReportHandedOver {
        bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
        sha256: Digest::of(&[text.as_bytes()]),
    };
    case.intervention.report = Some(Report { by: who.person.clone(), at: case.now, text });
    let said = Text::new(
        format!("Rapport de {name} remis au bénéficiaire."),
        format!("Report of {name} handed over to the beneficiary."),
    );
    case.write_acted(gate, fact, said).await
}

pub(crate) async fn propose_closing(
    gate: &Gate,
    who: &Known,
    name: &str,
    outcome: Outcome,
) -> Result<Acted, NotDone> {
    let mut case = gate.case(who, name, Deed::ProposeClosing).await?;
    let open = gate.store.open_sessions(&case.intervention.id).await?;
    if open > 0 && who.by_token.is_some() {
        return Err(NotDone::new(
            format!("Sessions ouvertes : {open}. Proposer la clôture les fermerait : faites-le à la porte, vous-même."),
            format!("Open sessions: {open}. Proposing to close would close them: do it at the door, yourself."),
        )
        .because(Why::Token));
    }
    if let Some(work) = case.intervention.under_way_past().next() {
        let technician = &work.technician;
        return Err(NotDone::new(
            format!(
                "{technician} intervient encore hors de la poterne, dit le journal : end {name} {technician}"
            ),
            format!("{technician} is still at work past the gate, says the ledger: end {name} {technician}"),
        ));
    }
    let by_establishment = !case.facts.of_the_provider(&who.person);
    if by_establishment && outcome == Outcome::Unreachable {
        // The guide wants the responsable's own word for it, besides the provider's.
        if !Deed::ConfirmUnreachable.is_of(&who.person, &case.facts, case.now) {
            return Err(not_yours(Deed::ConfirmUnreachable));
        }
    }
    case.step(Step::ProposeClosing)?;
    let proposed_at = case.now;
    case.intervention.closing = Some(Closing {
        outcome,
        proposed_by: who.person.clone(),
        proposed_at,
        by_establishment,
        confirmed_by: None,
        confirmed_at: None,
    });
    // Nothing is worked in what is proposed to be closed.
    let ends = |text: Text| match open {
        0 => text,
        open => Text::new(
            format!("{} Sessions ouvertes, qui se ferment maintenant : {open}.", text.fr),
            format!("{} Open sessions, which close now: {open}.", text.en),
        ),
    };
    let said = ends(proposed(name, outcome, by_establishment));
    let side = Some(if by_establishment { "establishment" } else { "provider" }.into());
    case.write_acted(gate, ClosingProposed { outcome: outcome_code(outcome).into(), side }, said).await
}

/// What is said of a closing that was proposed: to whom it is to confirm.
fn proposed(name: &str, outcome: Outcome, by_establishment: bool) -> Text {
    let (what_fr, what_en) = match outcome {
        Outcome::Reached => ("objectif atteint", "objective reached"),
        Outcome::Unreachable => ("objectif non atteignable", "objective unreachable"),
    };
    let (who_fr, who_en) = match (by_establishment, outcome) {
        (true, _) => ("Le fournisseur", "The provider"),
        (false, Outcome::Reached) => ("Le bénéficiaire", "The beneficiary"),
        (false, Outcome::Unreachable) => ("Le responsable du SIS", "The responsable du SIS"),
    };
    Text::new(
        format!("Clôture proposée : {what_fr}. {who_fr} confirme : confirm {name}"),
        format!("Closing proposed: {what_en}. {who_en} confirms: confirm {name}"),
    )
}

fn outcome_code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Reached => "reached",
        Outcome::Unreachable => "unreachable",
    }
}

pub(crate) async fn confirm_closing(gate: &Gate, who: &Known, name: &str) -> Done {
    // Which signature is needed depends on what is proposed: it is read first by one who may see it.
    let seen = gate.case(who, name, Deed::See).await?;
    let Some(read) = seen.intervention.closing.clone() else {
        return Err(NotDone::new("[E9] Aucune clôture n'est proposée.", "[E9] No closing is proposed."));
    };
    let (deed, unanswered) = who_confirms(&read, &seen, who);
    let mut case = gate.case(who, name, deed).await?;
    case.step(Step::ConfirmClosing)?;
    all_over(gate, &case).await?;
    let now = case.now;
    if let Some(closing) = &mut case.intervention.closing {
        if closing.proposed_by == who.person || *closing != read {
            return Err(NotDone::new(
                "[E9] La clôture est confirmée par l'autre partie que celle qui la propose.",
                "[E9] A closing is confirmed by the other party than the one that proposes it.",
            ));
        }
        (closing.confirmed_by, closing.confirmed_at) = (Some(who.person.clone()), Some(now));
    }
    let outcome = read.outcome;
    let items = case.intervention.left();
    let days = case.facts.contract.erasure_within_days;
    let (report_fr, report_en) = match &case.intervention.report {
        Some(_) => (String::new(), String::new()),
        None => (
            format!(" [O5] Le rapport n'est pas encore remis (report {name})."),
            format!(" [O5] The report is not handed over yet (report {name})."),
        ),
    };
    let Due { equipment, also, said } = secrets_to_change(&case);
    let owner = case.establishment().clone();
    let fact = ClosingConfirmed { outcome: outcome_code(outcome).into(), unanswered };
    case.write_with(gate, fact, also).await?;
    equipment.into_iter().for_each(|one| gate.rotations.add((owner.clone(), one), now));
    let (renewed_fr, renewed_en) = (said.fr, said.en);
    Ok(Text::new(
        format!(
            "Intervention {name} close.{report_fr}{renewed_fr} Le fournisseur atteste l'effacement (éléments sortis : {items}) sous {days} jours : erased {name}"
        ),
        format!(
            "Intervention {name} closed.{report_en}{renewed_en} The provider attests the erasure (items that left: {items}) within {days} days: erased {name}"
        ),
    ))
}

/// Whose the confirmation is, and for how many days the provider left the establishment's proposal unanswered where that lets
/// somebody else of the establishment confirm it: that the objective is reached the guide lets one side say (E9); that it
/// cannot be, both have to.
fn who_confirms(closing: &Closing, case: &Case, who: &Known) -> (Deed, Option<u64>) {
    if !closing.by_establishment {
        let deed = match closing.outcome {
            Outcome::Reached => Deed::ConfirmReached,
            Outcome::Unreachable => Deed::ConfirmUnreachable,
        };
        return (deed, None);
    }
    let silent = case.now.since(closing.proposed_at).as_secs() / DAY;
    let long = silent >= u64::from(guide::CLOSING_DAYS) && closing.outcome == Outcome::Reached;
    if !long {
        return (Deed::AnswerForProvider, None);
    }
    (Deed::ConfirmUnanswered, (!case.facts.of_the_provider(&who.person)).then_some(silent))
}

/// The secrets that a closing makes due, what it writes of them, and what is said.
struct Due {
    equipment: Vec<EquipmentId>,
    also: Vec<(Put, Fact)>,
    said: Text,
}

/// The secrets that were lent in this intervention and that the gate changes now (T9).
fn secrets_to_change(case: &Case) -> Due {
    let closed = &case.intervention;
    let mut due = Due { equipment: Vec::new(), also: Vec::new(), said: Text::new("", "") };
    for one in
        case.facts.equipment.iter().filter(|one| closed.equipment.contains(&one.id) && closed.sessions > 0)
    {
        let ground = DueGround::Closed(closed.id.clone());
        // One that was due before is tried again, too.
        if one.account.as_ref().is_some_and(ReservedAccount::rotates) {
            due.equipment.push(one.id.clone());
        }
        if let Some((put, fact)) = rotation::made_due(one, case.now, ground) {
            due.also.push((put, fact.into()));
        }
    }
    if !due.equipment.is_empty() {
        let names = due.equipment.iter().map(EquipmentId::as_str).collect::<Vec<_>>().join(", ");
        due.said = Text::new(
            format!(" [T9] La porte renouvelle le secret de : {names}."),
            format!(" [T9] The gate changes the secret of: {names}."),
        );
    }
    due
}

/// What an open session lets out would be missing from what is confirmed and attested.
async fn all_over(gate: &Gate, case: &Case) -> Result<(), NotDone> {
    if gate.store.open_sessions(&case.intervention.id).await? == 0 {
        return Ok(());
    }
    Err(NotDone::new(
        "[E9] Une session de cette intervention n'est pas terminée : attendez sa fin, ou coupez-la (sessions, cut).",
        "[E9] A session of this intervention is not over: wait for its end, or cut it (sessions, cut).",
    ))
}

pub(crate) async fn reject_closing(gate: &Gate, who: &Known, name: &str, reason: String) -> Done {
    let seen = gate.case(who, name, Deed::See).await?;
    let theirs = seen.intervention.closing.as_ref().is_some_and(|closing| closing.by_establishment);
    let deed = if theirs { Deed::AnswerForProvider } else { Deed::RejectClosing };
    let mut case = gate.case(who, name, deed).await?;
    if case.read_at != seen.read_at {
        return Err(PortError::Conflict("it changed in between".to_owned()).into());
    }
    let aside = case.intervention.set_aside.is_some();
    case.step(if aside { Step::RejectToSuspended } else { Step::RejectClosing })?;
    case.intervention.closing = None;
    case.write(gate, ClosingRejected { reason: reason.into() }).await?;
    let (fr, en) = if aside { ("suspendue", "suspended") } else { ("ouverte", "open") };
    Ok(Text::new(
        format!("Clôture de {name} refusée ; l'intervention reste {fr}."),
        format!("Closing of {name} rejected; the intervention stays {en}."),
    ))
}

pub(crate) async fn attest_erasure(gate: &Gate, who: &Known, name: &str) -> Done {
    let mut case = gate.case(who, name, Deed::AttestErasure).await?;
    if case.intervention.state != State::Closed {
        return Err(NotDone::new(
            "[E9] L'effacement s'atteste après la clôture de l'intervention.",
            "[E9] Erasure is attested after the intervention is closed.",
        ));
    }
    if case.intervention.erasure.is_some() {
        return Err(NotDone::new("[E9] L'effacement est déjà attesté.", "[E9] Erasure is attested already."));
    }
    case.intervention.erasure = Some((case.now, who.person.clone()));
    let items = case.intervention.left();
    case.write(gate, ErasureAttested { items }).await?;
    Ok(Text::new(
        format!("Effacement attesté, mémoire et écrans compris ; éléments sortis : {items}."),
        format!("Erasure attested, memory and screens included; items that left: {items}."),
    ))
}

/// `review i-12 --closed "note"`: a closed intervention is read again by somebody who had no hand in it. Before it, what was
/// permitted and what was done are shown by `show`.
pub(crate) async fn review(gate: &Gate, who: &Known, name: &str, note: String) -> Done {
    let mut case = gate.case(who, name, Deed::ReviewClosed).await?;
    let one = &case.intervention;
    if one.state != State::Closed {
        return Err(NotDone::new(
            "Une intervention se relit une fois close.",
            "An intervention is reviewed once it is closed.",
        ));
    }
    if let Some(reviewed) = &one.reviewed {
        let (by, at) = (&reviewed.by, case.facts.establishment.zone.show(reviewed.at));
        return Err(NotDone::new(
            format!("Déjà relue par {by} le {at}."),
            format!("Reviewed by {by} already, on {at}."),
        ));
    }
    if note.trim().is_empty() {
        return Err(NotDone::new("Dites ce que la relecture a donné.", "Say what the review came to."));
    }
    if had_a_hand(one, who) {
        return Err(NotDone::new(
            "Qui a demandé, approuvé, rapporté ou clos ne relit pas : quelqu'un d'autre le fait.",
            "Whoever asked, approved, reported or closed does not review it: somebody else does.",
        ));
    }
    let actions = case.facts.service.actions.iter().map(|action| format!("\n    {}", plain(action)));
    let actions: String = actions.collect();
    case.intervention.reviewed = Some(Reviewed { by: who.person.clone(), at: case.now, note: note.clone() });
    case.write(gate, InterventionReviewed { note: note.into() }).await?;
    Ok(Text::new(
        format!("Intervention {name} relue. Étaient permis :{actions}"),
        format!("Intervention {name} reviewed. Permitted were:{actions}"),
    ))
}

fn had_a_hand(one: &Intervention, who: &Known) -> bool {
    let taker = match &one.requested_via {
        RequestedVia::CallBack { by, .. } => Some(by),
        RequestedVia::SignedIn => None,
    };
    let approval = one.approval.as_ref().map(|given| (Some(&given.by), given.relayed_by.as_ref()));
    let closing =
        one.closing.as_ref().map(|closing| (Some(&closing.proposed_by), closing.confirmed_by.as_ref()));
    let pairs = [approval, closing].into_iter().flatten().flat_map(|(one, other)| [one, other]);
    let others = [Some(&one.requested_by), taker, one.report.as_ref().map(|report| &report.by)];
    pairs.chain(others).flatten().any(|hand| *hand == who.person)
}
