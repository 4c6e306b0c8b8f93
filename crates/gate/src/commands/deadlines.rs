//! What expires, for those who speak for the establishment and those who audit it.

use domain::ServiceFacts;
use guide::{Deadline, Mender, deadlines_of_all};
use vocab::{Lang, PersonId, Text, Timestamp};

use super::case::{NotDone, not_yours};
use super::role::Deed;
use crate::deadlines::Deadlines;
use crate::{Gate, Known};

/// `deadlines`: of the services for which the person may see them, in each establishment where somebody vouched for him.
pub(crate) async fn of(gate: &Gate, who: &Known) -> Result<Text, NotDone> {
    let now = gate.clock.now();
    let (mut all, mut lacks) = (Vec::new(), not_yours(Deed::Deadlines));
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        let mut facts = gate.facts_of(&establishment, now).await?;
        facts.retain(|one| Deed::Deadlines.is_of(&who.person, one, now));
        if facts.is_empty() {
            continue;
        }
        match gate.vouched(who, &establishment.id, now).await {
            Ok(()) => all.push(Deadlines { establishment, at: now, list: seen_by(&who.person, &facts, now) }),
            Err(lack) => lacks = lack,
        }
    }
    if all.is_empty() {
        return Err(lacks);
    }
    let page = |lang| all.iter().map(|one| one.text(lang)).collect::<Vec<_>>().join("\n\n");
    Ok(Text::new(page(Lang::Fr), page(Lang::En)))
}

/// What expires of these services, for one person: whoever is of the provider's side sees what is that side's to mend.
pub(crate) fn seen_by(who: &PersonId, services: &[ServiceFacts], now: Timestamp) -> Vec<Deadline> {
    let (theirs, ours): (Vec<_>, Vec<_>) = services.iter().partition(|facts| facts.of_the_provider(who));
    let mut all = deadlines_of_all(theirs, now);
    all.retain(|one| matches!(one.mender, Mender::Provider | Mender::Technician));
    all.extend(deadlines_of_all(ours, now));
    all.sort_by_key(|one| one.due);
    all.dedup();
    all
}
