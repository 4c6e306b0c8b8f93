//! `[[treatment]]` and `[[transition]]`: what is proposed for the responsable to sign, at the door.

use std::collections::BTreeSet;

use domain::{
    Avoided, Equipment, Estimate, Level4, Measure, RiskOption, RiskTreatment, Service, ThreatId, Transition,
};
use vocab::{ContractId, EquipmentId, PersonId, Right, RuleId, ServiceId};

use super::Placed;
use super::parts::word_for;
use super::sheet::{Noun, Sheet};
use super::table::{Item, Table, shown};
use super::write::{Rows, Wall};

/// Words of the options of section 4.
const OPTIONS: [(&str, RiskOption); 4] = [
    ("reduce", RiskOption::Reduce),
    ("accept", RiskOption::Accept),
    ("avoid", RiskOption::Avoid),
    ("transfer", RiskOption::Transfer),
];

/// A treatment as the file has it, before it is known for which services: one that names several, or a zone, is one for
/// each of them.
pub(super) struct Draft {
    services: Vec<ServiceId>,
    zone: Option<String>,
    equipment: BTreeSet<EquipmentId>,
    /// Everything else; its service is the one that is given.
    of: Box<dyn Fn(ServiceId, BTreeSet<EquipmentId>) -> RiskTreatment>,
}

pub(super) fn treatment(mut table: Table<'_>) -> Option<Placed<Draft>> {
    let rule = table.need("rule", rule);
    let scope = scope(&mut table);
    let threats = table.need("threats", |item| item.some(threat)).unwrap_or_default();
    let remark = table.may("remark", Item::text).unwrap_or_default();
    let likelihood = table.need("likelihood", level4);
    let impact = table.need("impact", level4);
    let options = options(&mut table);
    let measures = table.list("measures", |item| item.table(measure));
    let left = table.may("residual", |item| item.table(residual));
    let avoided = table.may("avoid", |item| item.table(avoided));
    let transfer: Option<ContractId> = table.may("transfer", |item| item.refer(Noun::Contract));
    let owner: Option<PersonId> = table.need("owner", |item| item.refer(Noun::Person));
    let span = table.span();
    // The review is on that day: the treatment holds until it is over.
    let review = table.need("review", Item::last_day);
    table.finish();
    let before = Estimate { likelihood: likelihood?, impact: impact? };
    let left = left.unwrap_or(before);
    answered(&table, &options, &measures, avoided.as_ref(), transfer.as_ref());
    estimated(&table, &options, before, left);
    let (rule, owner, span, review) = (rule?, owner?, span?, review?);
    if review <= span.from || review > span.until {
        table.fault("review", "la revue a lieu entre from et until", "the review is between from and until");
    }
    let Scope { services, zone, equipment, batch } = scope?;
    let base = move |service, equipment| RiskTreatment {
        rule,
        service,
        equipment,
        batch: batch.clone(),
        threats: threats.iter().copied().collect(),
        remark: remark.clone(),
        before,
        options: options.clone(),
        measures: measures.clone(),
        residual: left,
        avoided: avoided.clone(),
        transfer: transfer.clone(),
        transferred: None,
        owner: owner.clone(),
        span,
        review,
        signed: None,
    };
    let draft = Draft { services, zone, equipment, of: Box::new(base) };
    Some(Placed::new(draft, &table))
}

/// For what: one service or several, or a zone, and which of their equipment.
struct Scope {
    services: Vec<ServiceId>,
    zone: Option<String>,
    equipment: BTreeSet<EquipmentId>,
    batch: Option<String>,
}

fn scope(table: &mut Table<'_>) -> Option<Scope> {
    let service: Option<ServiceId> = table.may("service", |item| item.refer(Noun::Service));
    let services: Vec<ServiceId> =
        table.may("services", |item| Some(item.refer_all(Noun::Service))).unwrap_or_default();
    let zone = table.may("zone", Item::text);
    let equipment: Vec<EquipmentId> = table
        .may("equipment", |item| match item.value.is_str() {
            true => item.refer(Noun::Equipment).map(|one| vec![one]),
            false => Some(item.refer_all(Noun::Equipment)),
        })
        .unwrap_or_default();
    let batch = table.may("batch", Item::batch);
    let ways = [service.is_some(), !services.is_empty(), zone.is_some()];
    if ways.into_iter().filter(|given| *given).count() != 1 {
        table.fault(
            "service",
            "un traitement nomme service, ou services, ou zone : l'un des trois",
            "a treatment names service, or services, or zone: one of the three",
        );
        return None;
    }
    if zone.is_some() && !equipment.is_empty() {
        table.fault(
            "equipment",
            "une zone dit elle-même quels équipements",
            "a zone says itself which equipment",
        );
    }
    if (service.is_none() || equipment.len() > 1) && batch.is_none() {
        table.sheet.fault(
            table.at,
            "ce qui traite plusieurs prestations ou équipements à la fois porte un nom : batch = \"reprise-2026\"",
            "what treats several services or equipments at once bears a name: batch = \"takeover-2026\"",
        );
    }
    let services = service.into_iter().chain(services).collect();
    Some(Scope { services, zone, equipment: equipment.into_iter().collect(), batch })
}

impl Item<'_> {
    /// The name of a batch: as any name, because it is typed at the door.
    fn batch(self) -> Option<String> {
        self.name::<ServiceId>().map(|name| name.to_string())
    }
}

fn rule(item: Item<'_>) -> Option<RuleId> {
    let given = item.raw()?;
    match given.parse() {
        Ok(rule) => Some(rule),
        Err(_) => item.fault(
            format!(
                "`{}` n'est pas une règle du guide : C1 à C8, E1 à E9, A1, O1 à O8, T1 à T12",
                shown(given)
            ),
            format!(
                "`{}` is not a rule of the guide: C1 to C8, E1 to E9, A1, O1 to O8, T1 to T12",
                shown(given)
            ),
        ),
    }
}

/// A threat of the guide's §2.2, by its name in the catalogue.
fn threat(item: Item<'_>) -> Option<ThreatId> {
    let given = item.raw()?;
    let found = ThreatId::ALL.into_iter().find(|threat| threat.as_str() == given);
    found.or_else(|| {
        let known = ThreatId::ALL.map(ThreatId::as_str).join(", ");
        item.fault(
            format!("`{}` n'est pas une menace du § 2.2 du guide : {known}", shown(given)),
            format!("`{}` is not a threat of the guide's §2.2: {known}", shown(given)),
        )
    })
}

fn measure(mut table: Table<'_>) -> Option<Measure> {
    let what = table.need("what", Item::text);
    let by = table.need("by", |item| item.refer(Noun::Person));
    let until = table.need("until", Item::last_day);
    let done = table.may("done", Item::day);
    table.finish();
    Some(Measure { what: what?, by: by?, until: until?, done })
}

fn residual(mut table: Table<'_>) -> Option<Estimate> {
    let likelihood = table.need("likelihood", level4);
    let impact = table.need("impact", level4);
    table.finish();
    Some(Estimate { likelihood: likelihood?, impact: impact? })
}

fn avoided(mut table: Table<'_>) -> Option<Avoided> {
    let rights = table.list("rights", |item| item.choice(&Right::ALL.map(|right| (right.as_str(), right))));
    let equipment: Vec<EquipmentId> =
        table.may("equipment", |item| Some(item.refer_all(Noun::Equipment))).unwrap_or_default();
    let ends = table.may("ends", Item::last_day);
    table.finish();
    Some(Avoided { rights: rights.into_iter().collect(), equipment: equipment.into_iter().collect(), ends })
}

/// Each option brings what it asks for, and nothing stands there without its option.
fn answered(
    table: &Table<'_>,
    options: &BTreeSet<RiskOption>,
    measures: &[Measure],
    avoided: Option<&Avoided>,
    transfer: Option<&ContractId>,
) {
    if options.contains(&RiskOption::Reduce) && measures.is_empty() {
        table.fault(
            "options",
            "l'option reduce demande une mesure au moins : measures = [{ what, by, until }]",
            "the option reduce asks for at least one measure: measures = [{ what, by, until }]",
        );
    }
    if options.contains(&RiskOption::Avoid) != avoided.is_some() {
        table.fault(
            "avoid",
            "l'option avoid et ce qui a changé vont ensemble : avoid = { rights, equipment, ends }",
            "the option avoid and what changed go together: avoid = { rights, equipment, ends }",
        );
    }
    if options.contains(&RiskOption::Transfer) != transfer.is_some() {
        table.fault(
            "transfer",
            "l'option transfer et le contrat transfer vont ensemble",
            "the option transfer and the contract transfer go together",
        );
    }
}

/// What is left is never greater than before; and accepting changes nothing.
fn estimated(table: &Table<'_>, options: &BTreeSet<RiskOption>, before: Estimate, left: Estimate) {
    if !left.within(before) {
        table.fault(
            "residual",
            "le risque résiduel n'est pas plus grand qu'avant le traitement",
            "the residual risk is no greater than before the treatment",
        );
    } else if options.iter().all(|option| *option == RiskOption::Accept) && left != before {
        table.fault(
            "residual",
            "accepter seul ne change rien au risque : retirer residual, ou dire ce qui le réduit",
            "accepting alone changes nothing of the risk: take residual away, or say what reduces it",
        );
    }
}

/// Most equipment of one treatment: their names stand in one entry, 512 × 67 bytes = 34 KiB of its 64.
const EQUIPMENT_MAX: usize = 512;

/// Each treatment of the file, for each service that it is about.
pub(super) fn expanded(
    sheet: &Sheet<'_>,
    drafts: Vec<Placed<Draft>>,
    services: &[Service],
    equipment: &[Equipment],
) -> Vec<Placed<RiskTreatment>> {
    let mut found = Vec::new();
    for Placed { value, at, places } in drafts {
        let place = |key: &str| places.get(key).copied().unwrap_or(at);
        let in_zone: BTreeSet<EquipmentId> = equipment
            .iter()
            .filter(|one| value.zone.is_some() && one.admin_zone == value.zone)
            .map(|one| one.id.clone())
            .collect();
        let wanted = if value.zone.is_some() { &in_zone } else { &value.equipment };
        let touches = |service: &&Service| match &value.zone {
            Some(_) => service.equipment.iter().any(|one| in_zone.contains(one)),
            None => value.services.contains(&service.id),
        };
        let mut met = BTreeSet::new();
        for service in services.iter().filter(touches) {
            let here: BTreeSet<EquipmentId> =
                service.equipment.iter().filter(|one| wanted.contains(*one)).cloned().collect();
            if !wanted.is_empty() && here.is_empty() {
                no_equipment(sheet, place("equipment"), wanted, &service.id);
                continue;
            }
            let reached = if wanted.is_empty() { service.equipment.len() } else { here.len() };
            if reached > EQUIPMENT_MAX {
                sheet.fault(
                    at,
                    format!("plus de {EQUIPMENT_MAX} équipements de `{}` en un traitement", service.id),
                    format!("more than {EQUIPMENT_MAX} equipments of `{}` in one treatment", service.id),
                );
            }
            met.extend(here.iter().cloned());
            let treatment = (value.of)(service.id.clone(), here);
            found.push(Placed { value: treatment, at, places: places.clone() });
        }
        if let Some(zone) = value.zone.as_ref().filter(|_| met.is_empty()) {
            no_zone(sheet, place("zone"), zone, equipment);
        }
        let known = |one: &&EquipmentId| equipment.iter().any(|known| known.id == **one);
        if let Some(lone) =
            wanted.iter().filter(known).find(|one| !met.contains(*one)).filter(|_| !met.is_empty())
        {
            sheet.fault(
                place("equipment"),
                format!("`{lone}` n'est un équipement d'aucune de ces prestations"),
                format!("`{lone}` is an equipment of none of these services"),
            );
        }
    }
    found
}

fn no_equipment(sheet: &Sheet<'_>, at: usize, wanted: &BTreeSet<EquipmentId>, service: &ServiceId) {
    let named = wanted.first().map(ToString::to_string).unwrap_or_default();
    sheet.fault(
        at,
        format!("`{named}` n'est pas un équipement de la prestation `{service}`"),
        format!("`{named}` is not an equipment of the service `{service}`"),
    );
}

fn no_zone(sheet: &Sheet<'_>, at: usize, zone: &str, equipment: &[Equipment]) {
    let known: BTreeSet<&str> = equipment.iter().filter_map(|one| one.admin_zone.as_deref()).collect();
    let known = known.into_iter().collect::<Vec<_>>().join(", ");
    let zone = shown(zone);
    sheet.fault(
        at,
        format!("aucune prestation n'a d'équipement dans la zone `{zone}` ; zones : {known}"),
        format!("no service has equipment in the zone `{zone}`; zones: {known}"),
    );
}

fn options(table: &mut Table<'_>) -> BTreeSet<RiskOption> {
    let given = table.need("options", |item| item.some(|option| option.choice(&OPTIONS)));
    given.unwrap_or_default().into_iter().collect()
}

fn level4(item: Item<'_>) -> Option<Level4> {
    let given = item.number(1, 4)?;
    Level4::try_from(u8::try_from(given).ok()?).ok()
}

pub(super) fn transition(mut table: Table<'_>) -> Option<Placed<Transition>> {
    let service = table.need("service", |item| item.refer(Noun::Service));
    let signed_by = table.need("signed_by", |item| item.refer(Noun::Person));
    let span = table.span();
    let plan = table.need("plan", Item::document);
    table.finish();
    let (signed_by, plan) = (signed_by?, plan?);
    let transition = Transition { service: service?, signed_by, span: span?, plan, signed: None };
    Some(Placed::new(transition, &table))
}

/// What [`treatment`] reads: those of one batch that say the same are one table again. A signature is an act of the door,
/// and in no file.
pub(super) fn write_treatments(treatments: &[RiskTreatment], wall: &Wall<'_>) -> Vec<Rows> {
    let body = |one: &RiskTreatment| RiskTreatment { equipment: BTreeSet::new(), ..one.clone() };
    let mut groups: Vec<Vec<&RiskTreatment>> = Vec::new();
    for one in treatments {
        let alike = |group: &&mut Vec<&RiskTreatment>| {
            group.first().is_some_and(|first| {
                let of_first = RiskTreatment { service: one.service.clone(), ..body(first) };
                // All of a service, and a part of another, are no one list of equipment.
                one.batch.is_some()
                    && of_first == body(one)
                    && first.equipment.is_empty() == one.equipment.is_empty()
            })
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups.iter().map(|group| write_group(group, wall)).collect()
}

fn write_group(group: &[&RiskTreatment], wall: &Wall<'_>) -> Rows {
    let Some(first) = group.first() else { return Rows::default() };
    let RiskTreatment {
        rule,
        service,
        equipment: _,
        batch,
        threats,
        remark,
        before,
        options,
        measures,
        residual,
        avoided,
        transfer,
        transferred: _,
        owner,
        span,
        review,
        signed: _,
    } = first;
    let level = |level: Level4| u32::from(u8::from(level));
    let estimate = |rows: Rows, of: Estimate| {
        let Estimate { likelihood, impact } = of;
        rows.number("likelihood", level(likelihood)).number("impact", level(impact))
    };
    let measure = |measure: &Measure| {
        let Measure { what, by, until, done } = measure;
        Rows::default()
            .text("what", what)
            .text("by", by.as_str())
            .text("until", wall.last_day(*until))
            .may("done", done.map(|done| wall.day(done)))
    };
    let rows = Rows::default().text("rule", rule.as_str());
    let rows = match batch {
        Some(_) => rows.list("services", group.iter().map(|one| one.service.as_str())),
        None => rows.text("service", service.as_str()),
    };
    let all: BTreeSet<&EquipmentId> = group.iter().flat_map(|one| &one.equipment).collect();
    let rows = rows
        .list("equipment", all.iter().map(|one| one.as_str()))
        .may("batch", batch.as_ref())
        .list("threats", threats.iter().map(|threat| threat.as_str()))
        .may("remark", Some(remark).filter(|remark| !remark.is_empty()));
    let rows = estimate(rows, *before)
        .list("options", options.iter().map(|option| word_for(&OPTIONS, *option)))
        .inline_list("measures", measures.iter().map(measure))
        .inline("residual", estimate(Rows::default(), *residual));
    let rows = match avoided {
        Some(Avoided { rights, equipment, ends }) => {
            let what = Rows::default()
                .list("rights", rights.iter().map(Right::as_str))
                .list("equipment", equipment.iter().map(EquipmentId::as_str))
                .may("ends", ends.map(|ends| wall.last_day(ends)));
            rows.inline("avoid", what)
        }
        None => rows,
    };
    let rows = rows.may("transfer", transfer.as_ref().map(ContractId::as_str)).text("owner", owner.as_str());
    wall.span(rows, *span).text("review", wall.last_day(*review))
}

/// What [`transition`] reads.
pub(super) fn write_transition(transition: &Transition, wall: &Wall<'_>) -> Rows {
    let Transition { service, signed_by, span, plan, signed: _ } = transition;
    let rows = Rows::default().text("service", service.as_str()).text("signed_by", signed_by.as_str());
    wall.span(rows, *span).document("plan", plan)
}
