//! What holds between the tables of a file.

use std::collections::BTreeSet;

use domain::{Employer, Nature, Person};
use vocab::{Path, PersonId};

use super::sheet::Sheet;
use super::{Placed, Site, Tables};

/// Holds the tables against each other.
pub(super) fn all(sheet: &Sheet<'_>, tables: &Tables) {
    sides(sheet, tables);
    treatments(sheet, tables);
    transitions(sheet, tables);
    direct(sheet, tables);
}

/// Whoever pins, approves and receives is not of the side that works.
fn sides(sheet: &Sheet<'_>, tables: &Tables) {
    for (person, at, why) in sheet.ours() {
        let found = tables.people.iter().find(|known| known.id.as_str() == person);
        if found.is_some_and(|found| is_third_party(found, tables)) {
            sheet.fault(
                at,
                format!("`{person}` est d'un fournisseur tiers : {}", why.fr),
                format!("`{person}` is a third party's: {}", why.en),
            );
        }
    }
}

fn is_third_party(person: &Person, tables: &Tables) -> bool {
    match &person.employer {
        Employer::Establishment(_) => false,
        Employer::Provider(id) => tables
            .providers
            .iter()
            .any(|provider| provider.id == *id && provider.nature == Nature::ThirdParty),
    }
}

/// Signed by whoever may, for a service, on its equipment, once.
fn treatments(sheet: &Sheet<'_>, tables: &Tables) {
    let mut seen = BTreeSet::new();
    for placed in &tables.treatments {
        let treatment = &placed.value;
        signed(sheet, tables, &treatment.owner, treatment.span.from, placed.place("owner"));
        let service = tables.services.iter().find(|service| service.id == treatment.service);
        if let (Some(service), Some(equipment)) = (service, &treatment.equipment)
            && !service.equipment.contains(equipment)
        {
            sheet.fault(
                placed.place("equipment"),
                format!("`{equipment}` n'est pas un équipement de la prestation `{}`", treatment.service),
                format!("`{equipment}` is not an equipment of the service `{}`", treatment.service),
            );
        }
        if !seen.insert((treatment.rule, &treatment.service, &treatment.equipment)) {
            sheet.fault(
                placed.at,
                format!(
                    "le risque de {} est déjà traité pour cette prestation et cet équipement",
                    treatment.rule
                ),
                format!("the risk of {} is treated already for this service and equipment", treatment.rule),
            );
        }
    }
}

fn transitions(sheet: &Sheet<'_>, tables: &Tables) {
    let mut seen = BTreeSet::new();
    for placed in &tables.transitions {
        let transition = &placed.value;
        signed(sheet, tables, &transition.signed_by, transition.span.from, placed.place("signed_by"));
        if !seen.insert(&transition.service) {
            sheet.fault(
                placed.at,
                format!("la prestation `{}` a déjà une transition", transition.service),
                format!("the service `{}` has a transition already", transition.service),
            );
        }
    }
}

/// Signed by whoever may, for a service that goes past the gate, once; its flows lead to that service's equipment.
fn direct(sheet: &Sheet<'_>, tables: &Tables) {
    let mut seen = BTreeSet::new();
    for placed in &tables.direct {
        let (decision, service) = (&placed.value, &placed.value.service);
        signed(sheet, tables, &decision.owner, decision.span.from, placed.place("owner"));
        let found = tables.services.iter().find(|known| known.id == *service);
        if found.is_some_and(|found| found.path != Path::Direct) {
            sheet.fault(
                placed.place("service"),
                format!("la prestation `{service}` passe par la poterne (path = \"gateway\")"),
                format!("the service `{service}` goes through the gate (path = \"gateway\")"),
            );
        }
        for flow in &decision.flows {
            if found.is_some_and(|found| !found.equipment.contains(&flow.equipment)) {
                let equipment = &flow.equipment;
                sheet.fault(
                    placed.place("flows"),
                    format!("`{equipment}` n'est pas un équipement de la prestation `{service}`"),
                    format!("`{equipment}` is not an equipment of the service `{service}`"),
                );
            }
        }
        if !seen.insert(service) {
            sheet.fault(
                placed.at,
                format!("l'accès direct de la prestation `{service}` est déjà décrit"),
                format!("the direct path of the service `{service}` is described already"),
            );
        }
    }
}

fn signed(sheet: &Sheet<'_>, tables: &Tables, by: &PersonId, when: vocab::Timestamp, at: usize) {
    if tables.establishment.as_ref().is_some_and(|own| !own.may_treat(by, when)) {
        sheet.fault(
            at,
            format!(
                "`{by}` ne peut pas signer ce jour-là : seul le responsable du SIS, ou un délégué (may_treat = true)"
            ),
            format!(
                "`{by}` may not sign on that day: only the responsable du SIS, or a delegate (may_treat = true)"
            ),
        );
    }
}

/// The values alone, when every table was whole.
pub(super) fn site(tables: Tables) -> Option<Site> {
    fn values<T>(placed: Vec<Placed<T>>) -> Vec<T> {
        placed.into_iter().map(|placed| placed.value).collect()
    }
    Some(Site {
        establishment: tables.establishment?,
        providers: tables.providers,
        people: tables.people,
        engagements: tables.engagements,
        contracts: tables.contracts,
        services: tables.services,
        equipment: tables.equipment,
        treatments: values(tables.treatments),
        transitions: values(tables.transitions),
        direct: values(tables.direct),
    })
}
