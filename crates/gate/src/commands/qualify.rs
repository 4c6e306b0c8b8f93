//! Qualifying a request: the establishment's referent says why, what care bears, who answers meanwhile, under which ticket.
//! Between request and approval, where the service demands it; later again, when one of these changes.

use domain::{CareImpact, Qualification, Ticket, TicketCheck, UncheckedTicket, is_telephone, is_ticket};
use events::InterventionQualified;
use vocab::Text;

use super::case::{Case, NotDone, state_fr};
use super::role::Deed;
use crate::ports::TicketAnswer;
use crate::{Gate, Known};

/// Longest name of a referent: a person and a function.
const REFERENT_MAX: usize = 200;

/// What the referent says.
pub(crate) struct Said<'a> {
    pub(crate) impact: &'a str,
    /// `-`: without one.
    pub(crate) ticket: &'a str,
    pub(crate) referent: &'a str,
    pub(crate) telephone: &'a str,
    pub(crate) reason: &'a str,
}

/// `qualify i-12 <impact> <ticket>|- "referent" "telephone" "reason"`.
pub(crate) async fn qualify(gate: &Gate, who: &Known, name: &str, said: Said<'_>) -> Result<Text, NotDone> {
    let (impact, ticket) = Box::pin(looked_into(gate, who, name, &said)).await?;
    // The tool may have taken its time: what stands is read again, and nobody is written over.
    let mut case = gate.case(who, name, Deed::Qualify).await?;
    in_time(&case)?;
    let qualification = Qualification {
        by: who.person.clone(),
        at: case.now,
        reason: said.reason.to_owned(),
        impact,
        referent: said.referent.to_owned(),
        telephone: said.telephone.to_owned(),
        ticket,
    };
    let fact = InterventionQualified {
        impact: impact.as_str().into(),
        reason: qualification.reason.clone().into(),
        referent: qualification.referent.clone().into(),
        telephone: qualification.telephone.as_str().into(),
        ticket: qualification.ticket.as_ref().map(|one| one.number.as_str().into()),
        check: qualification.ticket.as_ref().map(|one| one.check.as_str().into()),
    };
    let words = done(name, &qualification);
    case.intervention.qualification = Some(qualification);
    case.write(gate, fact).await?;
    Ok(words)
}

/// Whether this person may qualify it now, what he says, and what the tool says of the ticket.
async fn looked_into(
    gate: &Gate,
    who: &Known,
    name: &str,
    said: &Said<'_>,
) -> Result<(CareImpact, Option<Ticket>), NotDone> {
    let case = gate.case(who, name, Deed::Qualify).await?;
    in_time(&case)?;
    let impact = checked(said)?;
    Ok((impact, ticket(gate, &case, said.ticket).await?))
}

fn done(name: &str, one: &Qualification) -> Text {
    let (impact, ticket) = (one.impact.text(), one.ticket.as_ref().map(shown));
    let of =
        |lang| ticket.as_ref().map_or_else(String::new, |text: &Text| format!(" ; {}", text.in_lang(lang)));
    Text::new(
        format!("Intervention {name} qualifiée : {}{}.", impact.fr, of(vocab::Lang::Fr)),
        format!("Intervention {name} qualified: {}{}.", impact.en, of(vocab::Lang::En)),
    )
}

/// A ticket in one line.
pub(crate) fn shown(ticket: &Ticket) -> Text {
    let (number, Text { fr, en }) = (&ticket.number, ticket.check.text());
    Text::new(format!("ticket {number} ({fr})"), format!("ticket {number} ({en})"))
}

fn in_time(case: &Case) -> Result<(), NotDone> {
    let state = case.intervention.state;
    if state.qualifies() {
        return Ok(());
    }
    Err(NotDone::new(
        format!("[O1] L'intervention est « {} » : elle ne se qualifie plus.", state_fr(state)),
        format!("[O1] The intervention is `{}`: it is qualified no more.", state.as_str()),
    ))
}

fn checked(said: &Said<'_>) -> Result<CareImpact, NotDone> {
    let Ok(impact) = said.impact.parse() else {
        return Err(NotDone::new(
            "[O1] Impact sur les soins : none (aucun), degraded (mode dégradé), diverted (reportés ailleurs), stopped (arrêtés).",
            "[O1] Impact on care: none, degraded, diverted (elsewhere), stopped.",
        ));
    };
    let referent = said.referent.trim();
    if referent.is_empty() || referent.len() > REFERENT_MAX || !is_telephone(said.telephone) {
        return Err(NotDone::new(
            "[O1] Dites qui répond pendant les travaux, et sous quel numéro on l'appelle (six chiffres au moins).",
            "[O1] Say who answers during the work, and under which number to call (six digits at least).",
        ));
    }
    if said.reason.trim().is_empty() {
        return Err(NotDone::new("[O1] Dites la raison.", "[O1] Say the reason."));
    }
    Ok(impact)
}

/// What the ticketing tool says, and what the service makes of its silence.
async fn ticket(gate: &Gate, case: &Case, given: &str) -> Result<Option<Ticket>, NotDone> {
    let refuses = case.facts.service.unchecked_ticket == UncheckedTicket::Refuse;
    if given == "-" && !refuses {
        return Ok(None);
    }
    if !is_ticket(given) {
        return Err(NotDone::new(
            "[O1] Donnez le numéro du ticket : lettres, chiffres, - _ . # ; « - » s'il n'y en a pas et que la prestation s'en passe.",
            "[O1] Give the ticket's number: letters, digits, - _ . #; `-` if there is none and the service does without.",
        ));
    }
    let check = match gate.tickets.ask(case.establishment(), given).await {
        TicketAnswer::Counts => TicketCheck::Confirmed,
        TicketAnswer::NoTool if refuses => return Err(unchecked(given)),
        TicketAnswer::NoTool => TicketCheck::NotAsked,
        TicketAnswer::CountsNot(state) => {
            let state = super::plain(&state);
            return Err(NotDone::new(
                format!(
                    "[O1] L'outil de tickets ne laisse pas valoir {given} : {state}. Corrigez le numéro, ou rouvrez le ticket."
                ),
                format!(
                    "[O1] The ticketing tool does not let {given} count: {state}. Correct the number, or open the ticket again."
                ),
            ));
        }
        TicketAnswer::NoAnswer(why) => {
            tracing::warn!(%why, "The ticketing tool did not answer");
            if refuses {
                return Err(unchecked(given));
            }
            TicketCheck::Unchecked
        }
    };
    Ok(Some(Ticket { number: given.to_owned(), check }))
}

fn unchecked(given: &str) -> NotDone {
    NotDone::new(
        format!(
            "[O1] Le ticket {given} n'a pas pu être vérifié, et cette prestation l'exige. Réessayez ; l'équipe informatique sait si l'outil répond."
        ),
        format!(
            "[O1] The ticket {given} could not be checked, and this service demands it. Try again; the IT team knows whether the tool answers."
        ),
    )
}

/// Nobody approves what the service wants qualified, and is not.
pub(super) fn demanded(case: &Case) -> Result<(), NotDone> {
    if !case.facts.service.qualified || case.intervention.qualification.is_some() {
        return Ok(());
    }
    let id = &case.intervention.id;
    Err(NotDone::new(
        format!(
            "[O1] Cette prestation veut que la demande soit d'abord qualifiée, par l'équipe informatique, le biomédical ou l'astreinte :\n  \
             qualify {id} none|degraded|diverted|stopped <ticket>|- \"référent\" \"téléphone\" \"raison\""
        ),
        format!(
            "[O1] This service wants the request qualified first, by the IT team, biomedical engineering or who is on call:\n  \
             qualify {id} none|degraded|diverted|stopped <ticket>|- \"referent\" \"telephone\" \"reason\""
        ),
    ))
}
