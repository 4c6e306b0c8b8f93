//! When an intervention is to be worked in: said with the request, moved on demand, by a new approval only (decision 0035).

use std::time::Duration;

use domain::{LocalMoment, PLAN_AHEAD, PlanAsk, ServiceFacts, Span, State, Zone, plan_max};
use events::PlanMoveAsked;
use vocab::{InterventionId, Text, Timestamp};

use super::case::{NotDone, state_fr};
use super::role::Deed;
use super::{line, plain};
use crate::digest::digest;
use crate::streams::hex;
use crate::{Gate, Known};

/// Characters of the mark under a plan: 8 hexadecimal digits are 32 bits. It names one of the few plans that somebody asked
/// for, so that another one that came meanwhile is not approved; whoever may ask for a plan gains nothing by a collision that
/// the beneficiary would not read in the span that is shown with it.
const MARK_LEN: usize = 8;

/// When somebody wants to work, in the establishment's local time (`2026-03-14 22:00`); what is not said has a default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When {
    /// From when; absent: from now.
    pub from: Option<String>,
    /// Until when.
    pub until: Option<String>,
    /// Or for how long.
    pub lasts: Option<Duration>,
}

impl When {
    /// Takes `--from`, `--until` or `--for` with what follows. `None`: there is no such word, or it says nothing.
    pub(super) fn take<'a>(&mut self, word: &str, mut rest: impl Iterator<Item = &'a &'a str>) -> Option<()> {
        match word {
            "--from" if self.from.is_none() => self.from = Some((*rest.next()?).to_owned()),
            "--until" if self.until.is_none() && self.lasts.is_none() => {
                self.until = Some((*rest.next()?).to_owned());
            }
            "--for" if self.until.is_none() && self.lasts.is_none() => {
                self.lasts = Some(line::span(rest.next()?)?);
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether nobody said an end.
    pub(super) fn is_open_ended(&self) -> bool {
        self.until.is_none() && self.lasts.is_none()
    }

    /// The plan that is meant. What began already begins now.
    pub(super) fn span(&self, facts: &ServiceFacts, now: Timestamp) -> Result<Span, NotDone> {
        let zone = &facts.establishment.zone;
        let from = self.from.as_deref().map(|given| moment(given, zone)).transpose()?.unwrap_or(now).max(now);
        let until = match (&self.until, self.lasts) {
            (Some(given), _) => moment(given, zone)?,
            (None, Some(lasts)) => from.after(lasts),
            (None, None) => guide::plan_end(facts, from, now),
        };
        let longest = plan_max(facts.service.kind);
        if until <= from {
            return Err(NotDone::new(
                format!("L'intervention finirait le {}, avant de commencer.", zone.show(until)),
                format!("The intervention would end on {}, before it begins.", zone.show(until)),
            ));
        }
        if from.since(now) > PLAN_AHEAD || until.since(from) > longest {
            let days = longest.as_secs() / (24 * 3600);
            return Err(NotDone::new(
                format!(
                    "Une intervention se prévoit un an à l'avance au plus, et pour {days} jours au plus ; ce qui dure davantage s'approuve de nouveau."
                ),
                format!(
                    "An intervention is planned a year ahead at most, and for {days} days at most; what lasts longer is approved again."
                ),
            ));
        }
        Ok(Span { from, until })
    }
}

fn moment(given: &str, zone: &Zone) -> Result<Timestamp, NotDone> {
    given.parse::<LocalMoment>().ok().and_then(|moment| moment.in_zone(zone)).ok_or_else(|| {
        let shown: String = given.chars().take(40).collect();
        NotDone::new(
            format!("« {shown} » n'est pas une date et une heure du lieu, comme '2026-03-14 22:00'."),
            format!("`{shown}` is not a local date and time, such as '2026-03-14 22:00'."),
        )
    })
}

/// A plan in words: `du 2026-03-14 22:00 au 2026-03-15 02:00`.
pub(super) fn said(span: Span, zone: &Zone) -> Text {
    let (from, until) = (zone.show(span.from), zone.show(span.until));
    Text::new(format!("du {from} au {until}"), format!("from {from} to {until}"))
}

/// Names this plan, asked for by this person at that moment, and no other.
pub(super) fn mark(asked: &PlanAsk) -> String {
    hex(&digest(asked)).chars().take(MARK_LEN).collect()
}

/// The command that approves this plan and nothing else.
pub(super) fn approve_line(id: &InterventionId, asked: &PlanAsk) -> String {
    format!("approve {id} {}", mark(asked))
}

/// `plan i-12 [--from '…'] [--until '…' | --for 4h] "reason"`: asks for another plan. The one that was approved stands until
/// a beneficiary approves this one.
pub(crate) async fn ask(
    gate: &Gate,
    who: &Known,
    name: &str,
    words: &[&str],
) -> Option<Result<Text, NotDone>> {
    let (mut wanted, mut reason) = (When::default(), None);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            said if reason.is_none() && !said.is_empty() && !said.starts_with("--") => reason = Some(said),
            option => wanted.take(option, &mut rest)?,
        }
    }
    let reason = reason.filter(|reason| !reason.trim().is_empty())?.to_owned();
    Some(Box::pin(asked(gate, who, name, wanted, reason)).await)
}

async fn asked(gate: &Gate, who: &Known, name: &str, wanted: When, reason: String) -> Result<Text, NotDone> {
    let mut case = gate.case(who, name, Deed::Plan).await?;
    let state = case.intervention.state;
    if state.is_over() || state == State::Closing {
        return Err(NotDone::new(
            format!("L'intervention est « {} » : il n'y a plus rien à prévoir.", state_fr(state)),
            format!("The intervention is `{}`: there is nothing left to plan.", state.as_str()),
        ));
    }
    let span = wanted.span(&case.facts, case.now)?;
    let asked = PlanAsk { by: who.person.clone(), at: case.now, span, reason: reason.clone() };
    let Text { fr, en } = said(span, &case.facts.establishment.zone);
    let (line, reason) = (approve_line(&case.intervention.id, &asked), plain(&reason));
    case.intervention.move_asked = Some(asked);
    let fact = PlanMoveAsked { from: span.from, until: span.until, reason: reason.as_str().into() };
    case.write(gate, fact).await?;
    Ok(Text::new(
        format!("Demandé : intervention {name} {fr} (« {reason} »). Un bénéficiaire l'approuve :\n  {line}"),
        format!("Asked for: intervention {name} {en} (\"{reason}\"). A beneficiary approves it:\n  {line}"),
    ))
}
