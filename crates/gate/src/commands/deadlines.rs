//! What expires, for those who speak for the establishment and those who audit it.

use guide::deadlines_of_all;
use vocab::{Lang, Text};

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
            Ok(()) => all.push(Deadlines { establishment, at: now, list: deadlines_of_all(&facts, now) }),
            Err(lack) => lacks = lack,
        }
    }
    if all.is_empty() {
        return Err(lacks);
    }
    let page = |lang| all.iter().map(|one| one.text(lang)).collect::<Vec<_>>().join("\n\n");
    Ok(Text::new(page(Lang::Fr), page(Lang::En)))
}
