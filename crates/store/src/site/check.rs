//! What holds between the tables of a file.

use std::collections::BTreeSet;

use domain::{Employer, HostKeyState, Nature, Person};
use vocab::PersonId;

use super::sheet::Sheet;
use super::{Placed, Site, Tables};

/// Holds the tables against each other.
pub(super) fn all(sheet: &Sheet<'_>, tables: &Tables) {
    employers(sheet, tables);
    host_keys(sheet, tables);
    treatments(sheet, tables);
    transitions(sheet, tables);
    services(sheet, tables);
}

/// A provider never bears the name of the establishment: `employer` would mean two things.
fn employers(sheet: &Sheet<'_>, tables: &Tables) {
    let Some(own) = &tables.establishment else { return };
    for provider in tables.providers.iter().filter(|provider| provider.id.as_str() == own.id.as_str()) {
        sheet.fault(
            0,
            format!("un fournisseur porte le nom de l'établissement, `{}` : en changer un", provider.id),
            format!("a provider bears the name of the establishment, `{}`: change one", provider.id),
        );
    }
}

/// Pinned by the establishment, never by the technician.
fn host_keys(sheet: &Sheet<'_>, tables: &Tables) {
    for placed in &tables.equipment {
        let HostKeyState::Pinned { by, .. } = &placed.value.host_key else { continue };
        let person = tables.people.iter().find(|person| person.value.id == *by);
        if person.is_some_and(|person| is_third_party(&person.value, tables)) {
            sheet.fault(
                placed.place("host_key"),
                format!("`{by}` est d'un fournisseur tiers : la clé d'hôte est épinglée par l'établissement"),
                format!("`{by}` is a third party's: the host key is pinned by the establishment"),
            );
        }
    }
}

fn is_third_party(person: &Person, tables: &Tables) -> bool {
    match &person.employer {
        Employer::Establishment(_) => false,
        Employer::Provider(id) => {
            tables.providers.iter().any(|provider| provider.id == *id && provider.nature == Nature::ThirdParty)
        }
    }
}

/// Signed by whoever may, for a service, on its equipment, once.
fn treatments(sheet: &Sheet<'_>, tables: &Tables) {
    let mut seen = BTreeSet::new();
    for placed in &tables.treatments {
        let treatment = &placed.value;
        signed(sheet, tables, &treatment.owner, treatment.span.from, placed.place("owner"));
        let service = tables.services.iter().find(|service| service.value.id == treatment.service);
        if let (Some(service), Some(equipment)) = (service, &treatment.equipment)
            && !service.value.equipment.contains(equipment)
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
                format!("le risque de {} est déjà traité pour cette prestation et cet équipement", treatment.rule),
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

/// Whoever checks and receives the report is not of the side that works.
fn services(sheet: &Sheet<'_>, tables: &Tables) {
    for placed in &tables.services {
        for person in &placed.value.beneficiaries {
            let found = tables.people.iter().find(|known| known.value.id == *person);
            if found.is_some_and(|found| is_third_party(&found.value, tables)) {
                sheet.fault(
                    placed.place("beneficiaries"),
                    format!("`{person}` est d'un fournisseur tiers : un bénéficiaire est de l'établissement"),
                    format!("`{person}` is a third party's: a beneficiary is of the establishment"),
                );
            }
        }
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
        people: values(tables.people),
        engagements: tables.engagements,
        contracts: tables.contracts,
        services: values(tables.services),
        equipment: values(tables.equipment),
        treatments: values(tables.treatments),
        transitions: values(tables.transitions),
    })
}
