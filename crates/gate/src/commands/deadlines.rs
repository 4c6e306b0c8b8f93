//! What expires, for those who speak for the establishment and those who audit it.

use vocab::{Lang, PersonId, Text};

use super::case::NotDone;
use crate::Gate;

/// `deadlines`: of the services for which the person may see them.
pub(crate) async fn of(gate: &Gate, person: &PersonId) -> Result<Text, NotDone> {
    let all = gate.deadlines_for(person).await?;
    if all.is_empty() {
        return Err(NotDone::new(
            "Vous ne parlez pour l'établissement dans aucune prestation.",
            "You speak for the establishment in no service.",
        ));
    }
    let page = |lang| all.iter().map(|one| one.text(lang)).collect::<Vec<_>>().join("\n\n");
    Ok(Text::new(page(Lang::Fr), page(Lang::En)))
}
