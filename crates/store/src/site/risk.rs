//! `[[treatment]]` and `[[transition]]`: what is proposed for the responsable to sign, at the door.

use std::collections::BTreeSet;

use domain::{Level4, RiskOption, RiskTreatment, Transition};

use super::Placed;
use super::parts::word_for;
use super::sheet::Noun;
use super::table::{Item, Table, shown};
use super::write::{Rows, Wall};

/// Words of the options of section 4.
const OPTIONS: [(&str, RiskOption); 4] = [
    ("reduce", RiskOption::Reduce),
    ("accept", RiskOption::Accept),
    ("avoid", RiskOption::Avoid),
    ("transfer", RiskOption::Transfer),
];

pub(super) fn treatment(mut table: Table<'_>) -> Option<Placed<RiskTreatment>> {
    let rule = table.need("rule", |item| {
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
    });
    let service = table.need("service", |item| item.refer(Noun::Service));
    let equipment = table.may("equipment", |item| item.refer(Noun::Equipment));
    let threat = table.need("threat", Item::text);
    let likelihood = table.need("likelihood", level4);
    let impact = table.need("impact", level4);
    let options = options(&mut table);
    let measures = table.need("measures", Item::text);
    let residual = table.need("residual", level4);
    let transfer = table.may("transfer", Item::document);
    let owner = table.need("owner", |item| item.refer(Noun::Person));
    let (span, review) = table.reviewed();
    table.finish();
    if options.contains(&RiskOption::Transfer) != transfer.is_some() {
        table.fault(
            "transfer",
            "l'option transfer et le document transfer vont ensemble",
            "the option transfer and the document transfer go together",
        );
    }
    let treatment = RiskTreatment {
        rule: rule?,
        service: service?,
        equipment,
        threat: threat?,
        likelihood: likelihood?,
        impact: impact?,
        options,
        measures: measures?,
        residual: residual?,
        transfer,
        owner: owner?,
        span: span?,
        review: review?,
        signed: None,
    };
    Some(Placed::new(treatment, &table))
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

/// What [`treatment`] reads. A signature is an act of the door, and in no file.
pub(super) fn write_treatment(treatment: &RiskTreatment, wall: &Wall<'_>) -> Rows {
    let RiskTreatment {
        rule,
        service,
        equipment,
        threat,
        likelihood,
        impact,
        options,
        measures,
        residual,
        transfer,
        owner,
        span,
        review,
        signed: _,
    } = treatment;
    let level = |level: Level4| u32::from(u8::from(level));
    let rows = Rows::default()
        .text("rule", rule.as_str())
        .text("service", service.as_str())
        .may("equipment", equipment.as_ref().map(vocab::EquipmentId::as_str))
        .text("threat", threat)
        .number("likelihood", level(*likelihood))
        .number("impact", level(*impact))
        .list("options", options.iter().map(|option| word_for(&OPTIONS, *option)))
        .text("measures", measures)
        .number("residual", level(*residual))
        .may_document("transfer", transfer.as_ref())
        .text("owner", owner.as_str());
    wall.span(rows, *span).text("review", wall.day(*review))
}

/// What [`transition`] reads.
pub(super) fn write_transition(transition: &Transition, wall: &Wall<'_>) -> Rows {
    let Transition { service, signed_by, span, plan, signed: _ } = transition;
    let rows = Rows::default().text("service", service.as_str()).text("signed_by", signed_by.as_str());
    wall.span(rows, *span).document("plan", plan)
}
