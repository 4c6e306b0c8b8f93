//! `[[contract.entrusted]]`: what the provider entrusted to the establishment, and what became of it.

use std::collections::BTreeSet;

use domain::{Custody, Entrust, Entrusted};

use super::parts::word_for;
use super::sheet::Noun;
use super::table::{Item, Table, shown};
use super::write::{Rows, Wall};

/// Words of what sort of thing it is.
const SORTS: [(&str, Entrust); 2] = [("means", Entrust::Means), ("information", Entrust::Information)];
const STATES: [&str; 3] = ["held", "returned", "destroyed"];

pub(super) fn read(table: &mut Table<'_>) -> Vec<Entrusted> {
    let mut seen = BTreeSet::new();
    table.each("entrusted", |table| one(table, &mut seen))
}

fn one(mut table: Table<'_>, seen: &mut BTreeSet<String>) -> Option<Entrusted> {
    let id = table.need("id", Item::name::<vocab::ServiceId>).map(|id| id.to_string());
    let what = table.need("what", Item::text);
    let nature = table.need("nature", |item| item.choice(&SORTS));
    let provider = table.may("provider", |item| item.refer(Noun::Provider));
    let service = table.may("service", |item| item.refer(Noun::Service));
    let equipment = table.may("equipment", |item| item.refer(Noun::Equipment));
    let received_at = table.need("received", Item::day);
    let received_by = table.need("received_by", |item| item.refer(Noun::Person));
    table.ours(
        "received_by",
        received_by.as_slice(),
        (
            "ce qui est confié est reçu par l'établissement",
            "what is entrusted is received by the establishment",
        ),
    );
    let return_by = table.may("return_by", Item::last_day);
    let state = table.may("state", state).unwrap_or(Custody::Held);
    table.finish();
    let id = id?;
    if !seen.insert(id.clone()) {
        let given = shown(&id);
        table.fault("id", format!("`{given}` figure deux fois"), format!("`{given}` stands there twice"));
    }
    let received_at = received_at?;
    let ended = match &state {
        Custody::Held => None,
        Custody::Returned { at, .. } | Custody::Destroyed { at, .. } => Some(*at),
    };
    if return_by.is_some_and(|due| due <= received_at) {
        table.fault("return_by", "la fin précède le début", "the end is before the beginning");
    }
    if ended.is_some_and(|at| at < received_at) {
        table.fault(
            "state",
            "rendu ou détruit avant d'avoir été reçu",
            "given back or destroyed before it was received",
        );
    }
    Some(Entrusted {
        id,
        what: what?,
        nature: nature?,
        provider,
        service,
        equipment,
        received_at,
        received_by: received_by?,
        return_by,
        state,
    })
}

fn state(item: Item<'_>) -> Option<Custody> {
    let (word_at, word, mut table) = item.variant()?;
    let found = match word {
        "held" => Some(Custody::Held),
        "returned" => {
            let at = table.need("at", Item::day);
            let to = table.need("to", Item::text);
            at.zip(to).map(|(at, to)| Custody::Returned { at, to })
        }
        "destroyed" => {
            let at = table.need("at", Item::day);
            let by = table.need("by", |item| item.refer(Noun::Person));
            table.ours(
                "by",
                by.as_slice(),
                ("l'établissement détruit ce qu'il détient", "the establishment destroys what it holds"),
            );
            at.zip(by).map(|(at, by)| Custody::Destroyed { at, by })
        }
        other => return word_at.no_such_word(other, &STATES),
    };
    table.finish();
    found
}

/// What [`read`] reads.
pub(super) fn write(entrusted: &Entrusted, wall: &Wall<'_>) -> Rows {
    let Entrusted {
        id,
        what,
        nature,
        provider,
        service,
        equipment,
        received_at,
        received_by,
        return_by,
        state,
    } = entrusted;
    let rows = Rows::default()
        .text("id", id)
        .text("what", what)
        .text("nature", word_for(&SORTS, *nature))
        .may("provider", provider.as_ref().map(vocab::ProviderId::as_str))
        .may("service", service.as_ref().map(vocab::ServiceId::as_str))
        .may("equipment", equipment.as_ref().map(vocab::EquipmentId::as_str))
        .text("received", wall.day(*received_at))
        .text("received_by", received_by.as_str())
        .may("return_by", return_by.map(|until| wall.last_day(until)));
    let word = Rows::default().text("kind", state.as_str());
    rows.inline(
        "state",
        match state {
            Custody::Held => word,
            Custody::Returned { at, to } => word.text("at", wall.day(*at)).text("to", to),
            Custody::Destroyed { at, by } => word.text("at", wall.day(*at)).text("by", by.as_str()),
        },
    )
}
