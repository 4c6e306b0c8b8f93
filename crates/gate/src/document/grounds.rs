//! Was it allowed: who came, and what was true when a session was opened, from the facts as they were then.

use std::collections::BTreeMap;

use documents::{Come, Ground, Pack, Reason, Session};
use domain::{EngagementKind, ServiceFacts, Staff, Weekday, Window, WindowKind};
use guide::{Finding, Status};
use vocab::{EstablishmentId, HouseRule, Level, PersonId, RuleId, ServiceId, Source, Timestamp};

use super::sheet::{Sheet, titled};
use super::words;
use crate::Gate;
use crate::ports::PortError;

/// Somebody who came to the service, or tried to.
#[derive(Debug, Clone)]
pub(super) struct Coming {
    pub(super) at: Timestamp,
    pub(super) person: PersonId,
    /// The entry that let him in; it was refused.
    pub(super) opened: Option<u64>,
}

impl Gate {
    /// Who came, each as he was known when he first did, and the conditions of each session; those that are the same are
    /// told once.
    pub(super) async fn grounds(
        &self,
        sheet: &mut Sheet<'_>,
        establishment: &EstablishmentId,
        service: &ServiceId,
        comings: &[Coming],
        sessions: &[Session],
    ) -> Result<(Vec<Come>, Vec<Ground>), PortError> {
        let mut people: BTreeMap<PersonId, Come> = BTreeMap::new();
        let mut grounds: Vec<Ground> = Vec::new();
        for coming in comings {
            let listed = coming.opened.and_then(|entry| sessions.iter().find(|one| one.entry == entry));
            let fresh = !people.contains_key(&coming.person) && people.len() < Pack::PEOPLE_MAX;
            if listed.is_none() && !fresh {
                continue;
            }
            let facts = match self.store.service_facts(establishment, service, coming.at).await {
                Ok(facts) => facts,
                // The service was not described yet: there is nothing to know him by.
                Err(PortError::Missing(_)) => continue,
                Err(error) => return Err(error),
            };
            let staff = facts.staff.iter().find(|staff| staff.person.id == coming.person);
            if fresh {
                sheet.meet(std::slice::from_ref(&coming.person)).await?;
                people.insert(coming.person.clone(), come(sheet, &facts, staff, coming));
            }
            let Some(session) = listed else { continue };
            let agreed: Vec<PersonId> =
                facts.service.windows.iter().map(|window| window.agreed_by.clone()).collect();
            sheet.meet(&agreed).await?;
            let conditions = conditions(sheet, &facts, staff, coming.at);
            match grounds.iter_mut().find(|ground| ground.conditions == conditions) {
                Some(ground) => ground.entries.push(session.entry),
                None => grounds.push(Ground { entries: vec![session.entry], conditions }),
            }
        }
        Ok((people.into_values().collect(), grounds))
    }
}

/// What closes the door when it is not so: rules of the guide, then of the house. The house's rules on what the guide asks
/// at level 2 only are asked where level 1 is aimed at.
pub(super) fn gates(sheet: &Sheet<'_>, level: Level) -> Vec<Reason> {
    let guide = guide::RULES.iter().filter(|rule| rule.admit.is_some()).map(|rule| Source::Guide(rule.id));
    let at_one = |rule: &HouseRule| {
        use HouseRule::{Checklist, Encryption, IdleClose, Requester, Window};
        matches!(rule, Requester | Window | Checklist | Encryption | IdleClose)
    };
    let house = HouseRule::ALL.into_iter().filter(|rule| level == Level::One || !at_one(rule));
    guide.chain(house.map(Source::House)).map(|source| words::reason(sheet, source)).collect()
}

fn come(sheet: &Sheet<'_>, facts: &ServiceFacts, staff: Option<&Staff>, coming: &Coming) -> Come {
    let bound = |kind| {
        let signed = staff?.bound_by(kind, facts.contract.engagement_version, coming.at)?;
        Some(sheet.moment(signed.signed_at))
    };
    Come {
        person: sheet.person(&coming.person),
        employer: staff.map(|staff| titled(&staff.employer.id, &staff.employer.name)),
        country: staff
            .and_then(|staff| staff.person.country.as_ref())
            .map(|country| country.as_str().to_owned()),
        confidentiality: bound(EngagementKind::Confidentiality),
        limitation: bound(EngagementKind::Limitation),
        at: sheet.moment(coming.at),
    }
}

/// The conditions of a session, rule by rule, with what was true of them.
fn conditions(sheet: &Sheet<'_>, facts: &ServiceFacts, staff: Option<&Staff>, at: Timestamp) -> Vec<Reason> {
    let findings = guide::assess(facts, facts.level(), at);
    let asked = |finding: &&Finding| {
        guide::rule(finding.rule).admit.is_some() && !matches!(finding.status, Status::NotApplicable(_))
    };
    findings.iter().filter(asked).map(|finding| condition(sheet, facts, staff, at, finding)).collect()
}

fn condition(
    sheet: &Sheet<'_>,
    facts: &ServiceFacts,
    staff: Option<&Staff>,
    at: Timestamp,
    finding: &Finding,
) -> Reason {
    let engaged = |kind| {
        let version = facts.contract.engagement_version;
        match staff.and_then(|staff| staff.bound_by(kind, version, at)) {
            Some(signed) => {
                let (version, day) = (signed.version, sheet.day(signed.signed_at));
                sheet.pick(
                    &format!("engagement de la personne, version {version}, signé le {day}"),
                    &format!("the person's engagement, version {version}, signed on {day}"),
                )
            }
            None => sheet
                .pick("aucun engagement de la personne en vigueur", "no engagement of the person in force"),
        }
    };
    let said = match finding.rule {
        RuleId::C2 => {
            let country =
                staff.and_then(|staff| staff.person.country.as_ref()).map_or("?", |one| one.as_str());
            let seat = facts.provider.country.as_ref().map_or("?", |one| one.as_str());
            sheet.pick(
                &format!("pays de la personne : {country} ; du fournisseur : {seat}"),
                &format!("country of the person: {country}; of the provider: {seat}"),
            )
        }
        RuleId::C6 => engaged(EngagementKind::Confidentiality),
        RuleId::C7 => engaged(EngagementKind::Limitation),
        RuleId::O3 => windows(sheet, &facts.service.windows),
        _ => {
            let evidence = finding.evidence.iter().map(|said| sheet.say(said)).collect::<Vec<_>>().join(" ");
            let status = sheet.say(&finding.status.text());
            // A rule that is not met closes the door for a part of it only; that part was not at stake, or it was lifted.
            if finding.status.is_met() {
                evidence
            } else {
                sheet.pick(
                    &format!("rien qui fermait cet accès, ou levé ; état de la règle : {status}"),
                    &format!("nothing that closed this access, or lifted; the rule stands: {status}"),
                )
            }
        }
    };
    Reason { code: finding.rule.as_str().to_owned(), said }
}

/// When access was agreed, and with whom (O3).
fn windows(sheet: &Sheet<'_>, windows: &[Window]) -> String {
    if windows.is_empty() {
        return sheet.pick("aucune plage convenue", "no window agreed");
    }
    let all = windows.iter().map(|window| {
        let (by, on) = (sheet.person(&window.agreed_by).title, sheet.day(window.agreed_at));
        let when = when(sheet, &window.when);
        sheet.pick(
            &format!("{when}, convenue avec {by} le {on}"),
            &format!("{when}, agreed with {by} on {on}"),
        )
    });
    let all = all.collect::<Vec<_>>().join(" ; ");
    sheet.pick(&format!("plage {all}"), &format!("window {all}"))
}

fn when(sheet: &Sheet<'_>, kind: &WindowKind) -> String {
    match kind {
        WindowKind::Weekly { days, from, to } => {
            let (from, to) = (String::from(*from), String::from(*to));
            let days = if days.len() == 7 {
                sheet.pick("tous les jours", "every day")
            } else {
                days.iter().map(|day| weekday(sheet, *day)).collect::<Vec<_>>().join(", ")
            };
            sheet.pick(&format!("{days} de {from} à {to}"), &format!("{days} from {from} to {to}"))
        }
        WindowKind::OneOff { from, to } => {
            let (from, to) = (String::from(*from), String::from(*to));
            sheet.pick(&format!("du {from} au {to}"), &format!("from {from} to {to}"))
        }
        WindowKind::Continuous { renew_by } => {
            let until = sheet.day(*renew_by);
            sheet.pick(
                &format!("permanente, à renouveler avant le {until}"),
                &format!("continuous, to be agreed again before {until}"),
            )
        }
    }
}

fn weekday(sheet: &Sheet<'_>, day: Weekday) -> String {
    let (fr, en) = match day {
        Weekday::Mon => ("lundi", "Monday"),
        Weekday::Tue => ("mardi", "Tuesday"),
        Weekday::Wed => ("mercredi", "Wednesday"),
        Weekday::Thu => ("jeudi", "Thursday"),
        Weekday::Fri => ("vendredi", "Friday"),
        Weekday::Sat => ("samedi", "Saturday"),
        Weekday::Sun => ("dimanche", "Sunday"),
    };
    sheet.pick(fr, en)
}
