//! What holds between the tables of a file.

use std::collections::BTreeSet;

use domain::{Employer, Nature, Person, RiskTreatment, Service, SignedWhat};
use vocab::{Path, PersonId, ServiceId};

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

/// Signed by whoever may leave that risk, for a service, once; what it leans on stands in this file.
fn treatments(sheet: &Sheet<'_>, tables: &Tables) {
    let mut seen = BTreeSet::new();
    for placed in &tables.treatments {
        let treatment = &placed.value;
        may_leave(sheet, tables, placed);
        let service = tables.services.iter().find(|service| service.id == treatment.service);
        if let Some(service) = service {
            avoided(sheet, placed, service);
            transferred(sheet, tables, placed, service);
        }
        let what = SignedWhat::Treatment(treatment.rule, treatment.part());
        if !seen.insert((&treatment.service, what)) {
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

fn may_leave(sheet: &Sheet<'_>, tables: &Tables, placed: &Placed<RiskTreatment>) {
    let treatment = &placed.value;
    let (owner, from, risk) = (&treatment.owner, treatment.span.from, treatment.residual.risk());
    let service = &treatment.service;
    signed(sheet, tables, owner, service, from, placed.place("owner"));
    let reaches = |own: &domain::Establishment| own.may_leave(owner, service, risk, from);
    if tables.establishment.as_ref().is_some_and(|own| own.may_treat(owner, service, from) && !reaches(own)) {
        let (fr, en) = (risk.text().fr, risk.as_str());
        sheet.fault(
            placed.place("owner"),
            format!(
                "le risque résiduel est {fr} : la délégation de `{owner}` ne va pas jusque-là (risk_up_to) ; il \
                 revient au responsable du SIS lui-même"
            ),
            format!(
                "the residual risk is {en}: the deed of `{owner}` does not reach so far (risk_up_to); it belongs \
                 to the responsable du SIS himself"
            ),
        );
    }
}

/// *Avoid*: what was changed is so in the service of this very file.
fn avoided(sheet: &Sheet<'_>, placed: &Placed<RiskTreatment>, service: &Service) {
    let Some(what) = &placed.value.avoided else { return };
    if what.stands_in(service) {
        return;
    }
    let id = &service.id;
    sheet.fault(
        placed.place("avoid"),
        format!(
            "rien de tel n'a changé dans la prestation `{id}` : compte un droit (rights) ou un équipement (equipment) \
             qu'elle n'a plus, ou une fin (ends) qu'elle ne dépasse pas (until de la prestation)"
        ),
        format!(
            "nothing of the kind has changed in the service `{id}`: what counts is a right (rights) or an equipment \
             (equipment) that it has no more, or an end (ends) that it does not pass (until of the service)"
        ),
    );
}

/// *Transfer*: the contract is in force when the treatment begins, and covers the service.
fn transferred(sheet: &Sheet<'_>, tables: &Tables, placed: &Placed<RiskTreatment>, service: &Service) {
    let Some(id) = &placed.value.transfer else { return };
    let Some(contract) = tables.contracts.iter().find(|contract| contract.id == *id) else { return };
    if !contract.span.holds(placed.value.span.from) {
        sheet.fault(
            placed.place("transfer"),
            format!("le contrat `{id}` n'est pas en vigueur au début du traitement"),
            format!("the contract `{id}` is not in force when the treatment begins"),
        );
    }
    if service.contract != *id && !contract.covers.contains(&service.id) {
        let service = &service.id;
        sheet.fault(
            placed.place("transfer"),
            format!("le contrat `{id}` ne couvre pas la prestation `{service}` : l'inscrire dans ses covers"),
            format!("the contract `{id}` does not cover the service `{service}`: put it into its covers"),
        );
    }
}

fn transitions(sheet: &Sheet<'_>, tables: &Tables) {
    let mut seen = BTreeSet::new();
    for placed in &tables.transitions {
        let transition = &placed.value;
        signed(
            sheet,
            tables,
            &transition.signed_by,
            &transition.service,
            transition.span.from,
            placed.place("signed_by"),
        );
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
        signed(sheet, tables, &decision.owner, service, decision.span.from, placed.place("owner"));
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

fn signed(
    sheet: &Sheet<'_>,
    tables: &Tables,
    by: &PersonId,
    service: &ServiceId,
    when: vocab::Timestamp,
    at: usize,
) {
    if tables.establishment.as_ref().is_some_and(|own| !own.may_treat(by, service, when)) {
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
        dossiers: tables.dossiers,
    })
}
