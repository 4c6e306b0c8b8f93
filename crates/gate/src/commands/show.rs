//! What a person may see: interventions, services, requesters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::{Establishment, Intervention, Officer, RequestedVia, ServiceFacts, Span, State};
use vocab::{EquipmentId, EstablishmentId, Lang, PersonId, ServiceId, Text, Timestamp};

use super::approve::agreement_shown;
use super::case::{NotDone, state_fr};
use super::life::grant_line;
use super::plain;
use super::plan::{approve_line, said};
use super::qualify::shown;
use super::role::{Deed, roles_of};
use crate::login::LOCKS_TOLD;
use crate::ports::PortError;
use crate::{Gate, Known};

/// Most interventions listed at once.
pub(super) const LIST_MAX: usize = 200;

pub(crate) async fn interventions(gate: &Gate, who: &Known) -> Result<Text, NotDone> {
    let now = gate.clock.now();
    let live = [State::Requested, State::Approved, State::Open, State::Suspended, State::Closing];
    let (mut fr, mut en) = locks(gate, who, now).await?;
    let all = visible_interventions(gate, who, &live).await?;
    for (intervention, _) in &all {
        let line = |state: &str| {
            format!(
                "{:<8} {:<18} {:<14} {}\n",
                intervention.id, state, intervention.service, intervention.objective
            )
        };
        fr.push_str(&line(state_fr(intervention.state)));
        en.push_str(&line(intervention.state.as_str()));
    }
    if all.is_empty() {
        fr.push_str("Aucune intervention en cours pour vous.");
        en.push_str("No intervention in progress for you.");
    }
    Ok(Text::new(fr.trim_end(), en.trim_end()))
}

/// The interventions in these states that concern somebody, where he comes for them, each with its service: read once, and
/// held once, however many of its interventions there are.
pub(crate) async fn visible_interventions(
    gate: &Gate,
    who: &Known,
    states: &[State],
) -> Result<Vec<(Intervention, Arc<ServiceFacts>)>, NotDone> {
    let now = gate.clock.now();
    let mut found = Vec::new();
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        if !who.reaches(&establishment.id) {
            continue;
        }
        // `None`: none of this service is his to see.
        let mut services: BTreeMap<ServiceId, Option<Arc<ServiceFacts>>> = BTreeMap::new();
        for one in gate.store.interventions(&establishment.id, states).await? {
            if found.len() == LIST_MAX {
                return Ok(found);
            }
            let facts = match services.get(&one.service) {
                Some(facts) => facts.clone(),
                None => {
                    let facts = seen_by(gate, who, &establishment.id, &one.service, now).await?;
                    services.insert(one.service.clone(), facts.clone());
                    facts
                }
            };
            found.extend(facts.map(|facts| (one, facts)));
        }
    }
    Ok(found)
}

/// A service that concerns somebody.
async fn seen_by(
    gate: &Gate,
    who: &Known,
    establishment: &EstablishmentId,
    service: &ServiceId,
    now: Timestamp,
) -> Result<Option<Arc<ServiceFacts>>, NotDone> {
    match gate.store.service_facts(establishment, service, gate.as_of(now)).await {
        Ok(facts) => {
            Ok(Some(facts).filter(|facts| !roles_of(&who.person, facts, now).is_empty()).map(Arc::new))
        }
        // The service ended with its intervention unsettled: it is nobody's to see here.
        Err(PortError::Missing(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// For the security officer: who of his establishment's people was locked again and again by wrong codes. Somebody else may
/// hold the key. Who is of no establishment here is told to the home's.
async fn locks(gate: &Gate, who: &Known, now: Timestamp) -> Result<(String, String), NotDone> {
    let often = gate.lockouts.often(LOCKS_TOLD, now);
    let (mut own, mut known) = (BTreeSet::new(), BTreeSet::new());
    let mut of_home = false;
    if !often.is_empty() {
        for establishment in gate.store.establishments(gate.as_of(now)).await? {
            let all = gate.facts_of(&establishment, now).await?;
            let theirs = often.iter().map(|(person, _)| person);
            let theirs: Vec<_> =
                theirs.filter(|one| is_of(one, &establishment, &all, now)).cloned().collect();
            if establishment.holds(&who.person, Officer::Security, now) && who.reaches(&establishment.id) {
                of_home |= establishment.id == gate.home;
                own.extend(theirs.iter().cloned());
            }
            known.extend(theirs);
        }
    }
    let told = |person: &PersonId| own.contains(person) || (of_home && !known.contains(person));
    let often = || often.iter().filter(|(person, _)| told(person));
    let fr = often().map(|(person, locks)| {
        format!("! {person} : {locks} verrouillages sans un jour de calme ; appelez cette personne.\n")
    });
    let en = often().map(|(person, locks)| {
        format!("! {person}: locked {locks} times without a day of quiet; call this person.\n")
    });
    Ok((fr.collect(), en.collect()))
}

/// Whether somebody is one of an establishment's people: by an office, a deed, or a part in one of its services.
pub(crate) fn is_of(
    person: &PersonId,
    establishment: &Establishment,
    services: &[ServiceFacts],
    now: Timestamp,
) -> bool {
    establishment.responsable == *person
        || establishment.office_holders().any(|holder| holder == person)
        || establishment.delegations.iter().any(|deed| deed.to == *person)
        || services.iter().any(|facts| !roles_of(person, facts, now).is_empty())
}

/// The services that concern somebody, where he comes for them.
pub(crate) async fn visible_services(gate: &Gate, who: &Known) -> Result<Vec<ServiceFacts>, NotDone> {
    let now = gate.clock.now();
    let mut found = Vec::new();
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        if who.reaches(&establishment.id) {
            let all = gate.facts_of(&establishment, now).await?;
            found.extend(all.into_iter().filter(|facts| !roles_of(&who.person, facts, now).is_empty()));
        }
    }
    Ok(found)
}

pub(crate) async fn services(gate: &Gate, who: &Known) -> Result<Text, NotDone> {
    let mut lines = String::new();
    for facts in visible_services(gate, who).await? {
        let service = &facts.service;
        // One that is still to be put into service has a mark.
        let waits = |id: &EquipmentId| {
            facts.equipment.iter().any(|known| known.id == *id && known.to_commission().is_some())
        };
        let shown = |id: &EquipmentId| if waits(id) { format!("{id}*") } else { id.to_string() };
        let equipment = service.equipment.iter().map(shown).collect::<Vec<_>>().join(", ");
        lines.push_str(&format!(
            "{:<16} {} — {} ({equipment})\n",
            service.id,
            plain(&facts.provider.name),
            plain(&service.title)
        ));
    }
    if lines.is_empty() {
        return Ok(Text::new("Aucune prestation ne vous concerne.", "No service concerns you."));
    }
    let lines = lines.trim_end().to_owned();
    Ok(Text::new(lines.clone(), lines))
}

/// For `known_hosts`: the establishments' own word for their equipment, when it is reached through the door by its name.
pub(crate) async fn known_hosts(gate: &Gate, person: &PersonId) -> Result<Text, NotDone> {
    let now = gate.clock.now();
    let mut lines = Vec::new();
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        let mut names = Vec::new();
        for service in gate.store.services(&establishment.id, gate.as_of(now)).await? {
            let facts = gate.store.service_facts(&establishment.id, &service.id, gate.as_of(now)).await?;
            if !roles_of(person, &facts, now).is_empty() {
                names.extend(facts.equipment.iter().flat_map(|one| [one.id.to_string(), one.full_name()]));
            }
        }
        names.sort();
        names.dedup();
        if !names.is_empty() {
            let authority = gate.vault.host_authority(&establishment.id).await?;
            lines.push(format!("@cert-authority {} {authority}", names.join(",")));
        }
    }
    if lines.is_empty() {
        return Err(NotDone::new("Aucune prestation ne vous concerne.", "No service concerns you."));
    }
    let lines = lines.join("\n");
    Ok(Text::new(lines.clone(), lines))
}

pub(crate) async fn one(gate: &Gate, who: &Known, name: &str) -> Result<Text, NotDone> {
    let case = gate.case(who, name, Deed::See).await?;
    Ok(Text::new(
        page(&case.intervention, &case.facts, Lang::Fr),
        page(&case.intervention, &case.facts, Lang::En),
    ))
}

/// Who decided; by voice, with who relayed it.
fn by_whom(person: &PersonId, relayed: Option<&PersonId>, lang: Lang) -> String {
    match (relayed, lang) {
        (None, _) => person.to_string(),
        (Some(relayed), Lang::Fr) => format!("{person} (par la voix, relayé par {relayed})"),
        (Some(relayed), Lang::En) => format!("{person} (by voice, relayed by {relayed})"),
    }
}

fn page(one: &Intervention, facts: &ServiceFacts, lang: Lang) -> String {
    let fr = lang == Lang::Fr;
    let pick = |french: &'static str, english: &'static str| if fr { french } else { english };
    let state = if fr { state_fr(one.state) } else { one.state.as_str() };
    let mut page = format!("{} — {state}\n", one.id);
    let mut row = |label: &str, value: &str| {
        if !value.is_empty() {
            // Several lines, of a report or of the site's file, are set in: none passes for a row.
            page.push_str(&format!("  {label:<22} {}\n", plain(value)));
        }
    };
    row(pick("objectif", "objective"), &one.objective);
    row(pick("prestation", "service"), &format!("{} — {}", facts.service.id, facts.service.title));
    row(pick("fournisseur", "provider"), &facts.provider.name);
    let equipment = one.equipment.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
    row(pick("équipement", "equipment"), &equipment);
    for equipment in facts.equipment.iter().filter(|known| one.equipment.contains(&known.id)) {
        if let Some(plan) = equipment.to_commission() {
            let (id, day, minutes) =
                (&equipment.id, facts.establishment.zone.day(plan.planned), plan.downtime_minutes);
            let text = format!("{id}, {day}, {minutes} min — {}", plan.rollback);
            row(pick("à mettre en service", "to be put in service"), &text);
        }
    }
    row(pick("demandée par", "requested by"), &asked_by(one, lang));
    for (label, value) in when(one, facts).into_iter().chain(qualified(one, facts)) {
        row(label.in_lang(lang), value.in_lang(lang));
    }
    if one.state == State::Requested {
        row(pick("convention (O1)", "agreement (O1)"), &agreement_shown(facts, lang));
    }
    row(pick("actions permises", "permitted actions"), &facts.service.actions.join("\n"));
    row(
        pick("approuvée par", "approved by"),
        &one.approval.as_ref().map(|one| by_whom(&one.by, one.relayed_by.as_ref(), lang)).unwrap_or_default(),
    );
    for item in &facts.service.checklist {
        let tick = one.ticks.iter().find(|tick| tick.item == item.id);
        let text = tick.map_or_else(
            || pick("à vérifier", "to check").to_owned(),
            |tick| format!("✓ {} ({})", tick.evidence, tick.by),
        );
        row(&item.id, &text);
    }
    row(pick("sorties permises", "files may leave"), one.reason_out.as_deref().unwrap_or(pick("non", "no")));
    for (label, value) in emergencies(one, facts, lang) {
        row(label.in_lang(lang), &value);
    }
    row(pick("sessions", "sessions"), &one.sessions.to_string());
    if let Some(there) = &one.attendance {
        row(
            pick("suivie par", "followed by"),
            &format!("{} ({})", there.by, facts.establishment.zone.show(there.until)),
        );
    }
    for delivery in &one.deliveries {
        row(pick("fichier déposé", "file brought"), &brought(delivery, one, lang));
    }
    for work in &one.past {
        row(pick("hors de la poterne", "past the gate"), &past(work, facts, lang));
    }
    for (label, value) in afterwards(one, lang) {
        row(label.in_lang(lang), &value);
    }
    page.trim_end().to_owned()
}

/// A content that was brought: what it is, and what a person said of it (E7).
fn brought(delivery: &domain::Delivery, one: &Intervention, lang: Lang) -> String {
    let (name, size, hash, by) = (&delivery.name, delivery.size, &delivery.sha256, &delivery.by);
    let said = match &delivery.settled {
        Some(word) if word.released => {
            Text::new(format!("libéré par {}", word.by), format!("released by {}", word.by))
        }
        Some(word) => Text::new(format!("refusé par {}", word.by), format!("refused by {}", word.by)),
        None => {
            let line = format!("accept {} {}", one.id, delivery.short());
            Text::new(format!("à libérer : {line}"), format!("to be released: {line}"))
        }
    };
    let unit = if lang == Lang::Fr { "o" } else { "bytes" };
    format!("{name} ({size} {unit}, {by}) {hash} : {}", said.in_lang(lang))
}

/// Who worked past the gate, from when to when, and on whose word.
fn past(work: &domain::PastWork, facts: &ServiceFacts, lang: Lang) -> String {
    let zone = &facts.establishment.zone;
    let (technician, began, by) = (&work.technician, zone.show(work.began), &work.declared_by);
    let consent = work
        .consent_by
        .as_ref()
        .map(|by| Text::new(format!(", avec l'accord de {by}"), format!(", with the consent of {by}")));
    let consent = consent.unwrap_or_else(|| Text::new("", ""));
    let text = match &work.ended {
        Some((at, said_by)) => {
            let ended = zone.show(*at);
            Text::new(
                format!("{technician}, du {began} ({by}{}) au {ended} ({said_by})", consent.fr),
                format!("{technician}, from {began} ({by}{}) until {ended} ({said_by})", consent.en),
            )
        }
        None => {
            let until = zone.show(work.until);
            Text::new(
                format!(
                    "{technician}, depuis le {began} ({by}{}), jusqu'au {until} au plus tard",
                    consent.fr
                ),
                format!("{technician}, since {began} ({by}{}), until {until} at the latest", consent.en),
            )
        }
    };
    text.in_lang(lang).to_owned()
}

/// What left, and what was said and read of it afterwards.
fn afterwards(one: &Intervention, lang: Lang) -> Vec<(Text, String)> {
    let left = one.residual.iter().map(|item| {
        let hash = item.sha256.as_deref().unwrap_or("");
        (Text::new("sorti", "left"), format!("{} ({} o) {hash}", item.name, item.size))
    });
    let more = (one.residual_more > 0).then(|| {
        let more = one.residual_more;
        let words = Text::new(
            format!("et {more} autres, nommés dans le journal"),
            format!("and {more} more, named in the ledger"),
        );
        (Text::new("sorti", "left"), words.in_lang(lang).to_owned())
    });
    let report = one
        .report
        .as_ref()
        .map(|report| (Text::new("rapport", "report"), format!("{} ({})", report.text, report.by)));
    let erased = one
        .erasure
        .as_ref()
        .map(|(_, by)| (Text::new("effacement attesté", "erasure attested"), by.to_string()));
    let reviewed = one
        .reviewed
        .as_ref()
        .map(|read| (Text::new("relue", "reviewed"), format!("{} ({})", read.note, read.by)));
    left.chain(more).chain(report).chain(erased).chain(reviewed).collect()
}

/// Who asked; by telephone, with who called back.
fn asked_by(one: &Intervention, lang: Lang) -> String {
    let RequestedVia::CallBack { number, by } = &one.requested_via else {
        return one.requested_by.to_string();
    };
    let asked = &one.requested_by;
    match lang {
        Lang::Fr => format!("{asked} (par téléphone, rappelé au {number} par {by})"),
        Lang::En => format!("{asked} (by telephone, called back under {number} by {by})"),
    }
}

/// The plan, and the other one that waits for an approval.
fn when(one: &Intervention, facts: &ServiceFacts) -> Vec<(Text, Text)> {
    let zone = &facts.establishment.zone;
    let label = Text::new("prévue", "planned");
    let plan = one.plan(facts.service.kind).map(|plan| (label, said(plan, zone)));
    let moved = one.move_asked.as_ref().filter(|_| !one.state.is_over()).map(|asked| {
        let Text { fr, en } = said(asked.span, zone);
        let (by, line, reason) = (&asked.by, approve_line(&one.id, asked), plain(&asked.reason));
        let label = Text::new("autre durée demandée", "other span asked for");
        (
            label,
            Text::new(format!("{fr}, {by} — {reason} — {line}"), format!("{en}, {by} — {reason} — {line}")),
        )
    });
    plan.into_iter().chain(moved).collect()
}

/// How the request was qualified, or that it is to be.
fn qualified(one: &Intervention, facts: &ServiceFacts) -> Vec<(Text, Text)> {
    let Some(said) = &one.qualification else {
        let waits = facts.service.qualified && one.state.qualifies();
        let label = Text::new("qualification", "qualification");
        let id = &one.id;
        let text = Text::new(format!("à faire (qualify {id})"), format!("to be done (qualify {id})"));
        return waits.then_some((label, text)).into_iter().collect();
    };
    let both = |text: String| Text::new(text.clone(), text);
    let (who, when) = (&said.by, facts.establishment.zone.show(said.at));
    let mut rows = vec![
        (Text::new("qualifiée par", "qualified by"), both(format!("{who}, {when}"))),
        (Text::new("raison", "reason"), both(said.reason.clone())),
        (Text::new("impact sur les soins", "impact on care"), said.impact.text()),
        (Text::new("référent", "referent"), both(format!("{}, {}", said.referent, said.telephone))),
    ];
    rows.extend(
        said.ticket.as_ref().map(|ticket| (Text::new("suivie sous", "tracked under"), shown(ticket))),
    );
    rows
}

/// What was opened beside the ordinary way, and whether it was reviewed.
fn emergencies(one: &Intervention, facts: &ServiceFacts, lang: Lang) -> Vec<(Text, String)> {
    let until = |span: Span| facts.establishment.zone.show(span.until);
    let to_review = Text::new("à revoir", "to be reviewed");
    let reviewed = |by: &Option<(Timestamp, PersonId)>| match by {
        Some((_, by)) => format!("✓ {by}"),
        None => format!("({})", to_review.in_lang(lang)),
    };
    let asked = one.exception_asked.iter().map(|asked| {
        let label = Text::new("exception demandée", "exception asked for");
        (label, format!("{} — {}", asked.reason, grant_line(one.id.as_str(), asked)))
    });
    let exceptions = one.exceptions.iter().map(|one| {
        let (asked, granted, until, reason) = (
            &one.requested_by,
            by_whom(&one.approved_by, one.relayed_by.as_ref(), lang),
            until(one.span),
            &one.reason,
        );
        let label = Text::new("exception (O3)", "exception (O3)");
        (label, format!("{asked} → {granted}, {until} — {reason} {}", reviewed(&one.reviewed)))
    });
    let derogations = one.derogations.iter().map(|one| {
        let rules = one.rules.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let signed = by_whom(&one.signed_by, one.relayed_by.as_ref(), lang);
        let (whom, on, reason) = (&one.person, &one.equipment, &one.reason);
        let (until, reviewed) = (until(one.span), reviewed(&one.reviewed));
        let label = Text::new("dérogation", "derogation");
        (label, format!("{rules}, {signed} → {whom}, {on}, {until} — {reason} {reviewed}"))
    });
    asked.chain(exceptions).chain(derogations).collect()
}
