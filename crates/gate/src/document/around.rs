//! What stands around a service and is kept with its contract, for a pack.

use std::collections::{BTreeMap, BTreeSet};

use documents::{Around, Audited, Commissioned, Custody, Named, Point, Requesters, Subcontractor};
use domain::{Contract, Entrust, Equipment, RequesterCheck, ServiceFacts, Subcontracting, Witnessed};
use vocab::{PersonId, ProviderId, Timestamp};

use super::sheet::{Sheet, paper, titled};
use crate::ports::PortError;

pub(super) async fn around(
    sheet: &mut Sheet<'_>,
    facts: &ServiceFacts,
    now: Timestamp,
) -> Result<Around, PortError> {
    sheet.meet(&of_around(facts)).await?;
    let contract = &facts.contract;
    let ours = |one: &&domain::Entrusted| one.service.as_ref().is_none_or(|id| *id == facts.service.id);
    let of_provider = contract.audits.iter().map(|audit| ("C8", audit));
    let of_gate = facts.establishment.audits.iter().map(|audit| ("T4", audit));
    let mut around = Around {
        subcontractors: subcontractors(sheet, contract),
        subcontracting: subcontracting(sheet, contract),
        requesters: requesters(sheet, contract),
        audits: of_provider.chain(of_gate).map(|(rule, audit)| audited(sheet, rule, audit, now)).collect(),
        entrusted: contract.entrusted.iter().filter(ours).map(|one| custody(sheet, facts, one)).collect(),
        commissioned: facts.equipment.iter().filter_map(|one| commissioned(sheet, facts, one)).collect(),
        more: 0,
    };
    let mut more = cut(&mut around.subcontractors);
    more = more.saturating_add(cut(&mut around.audits)).saturating_add(cut(&mut around.entrusted));
    around.more = more.saturating_add(cut(&mut around.commissioned));
    Ok(around)
}

/// At most so many lines; how many more there were.
fn cut<T>(list: &mut Vec<T>) -> u64 {
    let more = list.len().saturating_sub(Around::LINES_MAX);
    list.truncate(Around::LINES_MAX);
    u64::try_from(more).unwrap_or(u64::MAX)
}

/// Everybody whom these lists name.
fn of_around(facts: &ServiceFacts) -> Vec<PersonId> {
    let contract = &facts.contract;
    let mut all: Vec<PersonId> = contract.requesters.people.clone();
    for one in &contract.entrusted {
        all.push(one.received_by.clone());
        if let domain::Custody::Destroyed { by, .. } = &one.state {
            all.push(by.clone());
        }
    }
    for plan in facts.equipment.iter().filter_map(|one| one.commissioning.as_ref()) {
        all.push(plan.agreed_by.clone());
        all.extend(plan.done.iter().map(|(_, by)| by.clone()));
    }
    all.extend(facts.witnesses.iter().map(|one| one.by.clone()));
    all
}

/// Tier by tier: under the provider first, then under those, as often as there are tiers.
fn subcontractors(sheet: &Sheet<'_>, contract: &Contract) -> Vec<Subcontractor> {
    let mut tiers: BTreeMap<&ProviderId, u64> = BTreeMap::from([(&contract.provider, 0)]);
    let mut above: BTreeSet<&ProviderId> = BTreeSet::from([&contract.provider]);
    for tier in 1.. {
        let under = contract.subcontracts.iter().filter(|sub| above.contains(&sub.under));
        let fresh: BTreeSet<&ProviderId> =
            under.map(|sub| &sub.provider).filter(|one| !tiers.contains_key(*one)).collect();
        if fresh.is_empty() {
            break;
        }
        tiers.extend(fresh.iter().map(|one| (*one, tier)));
        above = fresh;
    }
    let mut all: Vec<Subcontractor> = contract
        .subcontracts
        .iter()
        .map(|sub| Subcontractor {
            provider: sub.provider.to_string(),
            under: sub.under.to_string(),
            tier: tiers.get(&sub.provider).copied().unwrap_or(0),
            since: sheet.moment(sub.listed_at),
            until: sub.ended_at.map(|at| sheet.moment(at)),
            authorised: sub.authorised.as_ref().map(paper),
            flow_down: sub.flow_down.as_ref().map(paper),
        })
        .collect();
    all.sort_by(|one, other| (one.tier, &one.provider).cmp(&(other.tier, &other.provider)));
    all
}

fn subcontracting(sheet: &Sheet<'_>, contract: &Contract) -> String {
    match contract.subcontracting {
        Subcontracting::NotStated => {
            sheet.pick("le contrat n'en dit rien", "the contract says nothing of it")
        }
        Subcontracting::Excluded => sheet.pick("exclue", "excluded"),
        Subcontracting::CaseByCase => {
            sheet.pick("sur autorisation, cas par cas", "by authorisation, case by case")
        }
        Subcontracting::Global => sheet.pick("sur autorisation générale", "by a general authorisation"),
    }
}

fn requesters(sheet: &Sheet<'_>, contract: &Contract) -> Requesters {
    let asked = &contract.requesters;
    Requesters {
        known_by: match asked.check {
            RequesterCheck::None => sheet.pick("rien n'est convenu", "nothing is agreed"),
            RequesterCheck::List => sheet.pick("liste remise au fournisseur", "list handed to the provider"),
            RequesterCheck::Means => sheet.pick(
                "clé personnelle et second facteur, ou rappel",
                "personal key and second factor, or a call back",
            ),
        },
        version: asked.version,
        people: asked.people.iter().map(|id| sheet.person(id)).collect(),
        sent: asked.sent_at.map(|at| sheet.moment(at)),
        acknowledged: asked.acknowledged_at.map(|at| sheet.moment(at)),
    }
}

fn audited(sheet: &Sheet<'_>, rule: &str, audit: &domain::Audit, now: Timestamp) -> Audited {
    let due = |id: &str| audit.open(now).find(|(open, _)| open.id == id).map(|(_, due)| due);
    Audited {
        audit: audit.id.clone(),
        rule: rule.to_owned(),
        planned: audit.planned.map(|at| sheet.moment(at)),
        done: audit.done.map(|at| sheet.moment(at)),
        document: audit.document.as_ref().map(paper),
        points: audit
            .findings
            .iter()
            .map(|one| Point {
                point: one.id.clone(),
                what: one.what.clone(),
                due: due(&one.id).or(one.due).map(|at| sheet.last(at)),
                closed: one.closed.as_ref().map(|closed| sheet.moment(closed.at)),
                document: one.closed.as_ref().map(|closed| paper(&closed.document)),
            })
            .collect(),
    }
}

fn custody(sheet: &Sheet<'_>, facts: &ServiceFacts, one: &domain::Entrusted) -> Custody {
    let (ended, to) = match &one.state {
        domain::Custody::Held => (None, None),
        domain::Custody::Returned { at, to } => (Some(*at), Some(to.clone())),
        domain::Custody::Destroyed { at, by } => (Some(*at), Some(sheet.person(by).title)),
    };
    let of = Witnessed::Entrusted { contract: facts.contract.id.clone(), item: one.clone() };
    Custody {
        item: one.id.clone(),
        what: one.what.clone(),
        nature: match one.nature {
            Entrust::Means => sheet.pick("moyen", "means"),
            Entrust::Information => sheet.pick("information", "information"),
        },
        received: sheet.moment(one.received_at),
        by: sheet.person(&one.received_by),
        until: sheet.last(one.due(facts.contract.span.until)),
        state: sheet.say(&one.state.text()),
        ended: ended.map(|at| sheet.moment(at)),
        to,
        confirmed_by: confirmed(sheet, facts, &of),
    }
}

fn commissioned(sheet: &Sheet<'_>, facts: &ServiceFacts, one: &Equipment) -> Option<Commissioned> {
    let plan = one.commissioning.as_ref()?;
    Some(Commissioned {
        equipment: titled(&one.id, &one.title),
        planned: sheet.moment(plan.planned),
        downtime_minutes: plan.downtime_minutes,
        agreed_by: sheet.person(&plan.agreed_by),
        agreed: sheet.moment(plan.agreed_at),
        rollback: plan.rollback.clone(),
        done: plan.done.as_ref().map(|(at, _)| sheet.moment(*at)),
        done_by: plan.done.as_ref().map(|(_, by)| sheet.person(by)),
        confirmed_by: one.put_in_service().and_then(|of| confirmed(sheet, facts, &of)),
    })
}

fn confirmed(sheet: &Sheet<'_>, facts: &ServiceFacts, of: &Witnessed) -> Option<Named> {
    facts.witness(of).map(|one| sheet.person(&one.by))
}
