//! The report of an intervention, as a document.

use std::time::Duration;

use documents::{Agreed, Check, Closing, Exception, Left, Planned, Qualified, Report, Reviewed, Words};
use domain::{Intervention, Outcome, RequestedVia, ServiceFacts};
use vocab::{EstablishmentId, InterventionId, PersonId, Timestamp};

use super::log::{Most, Told};
use super::sheet::{Sheet, of_derogation, of_service, titled};
use crate::Gate;
use crate::commands::{state, ticket_shown};
use crate::ports::PortError;

const DAY: u64 = 24 * 3600;

impl Gate {
    pub(super) async fn report(
        &self,
        sheet: &mut Sheet<'_>,
        establishment: &EstablishmentId,
        id: &InterventionId,
        now: Timestamp,
    ) -> Result<Report, PortError> {
        let found = self.store.intervention(id).await?.map(|found| found.value);
        let found = found.filter(|one| one.establishment == *establishment);
        let one = found.ok_or_else(|| PortError::Missing(format!("the intervention `{id}`")))?;
        // Its service as it is, or as it was when this was asked for, where it ended since.
        let facts = match self.store.service_facts(establishment, &one.service, self.as_of(now)).await {
            Err(PortError::Missing(_)) => {
                self.store.service_facts(establishment, &one.service, one.requested_at).await?
            }
            facts => facts?,
        };
        sheet.meet(&of_service(&facts)).await?;
        sheet.meet(&of_intervention(&one)).await?;
        let mut told = Told::default();
        let word = format!("\"intervention\":\"{id}\"");
        let most = Most { sessions: Report::SESSIONS_MAX, files: Report::FILES_MAX, acts: 0 };
        let mut tell = |index, entry: &events::Entry| {
            // The word may stand in what somebody typed: the envelope says whose entry it is.
            if entry.intervention.as_ref() == Some(id) {
                told.take(sheet, index, entry, most);
            }
        };
        self.told(establishment, &word, &mut tell).await?;
        told.name(sheet).await?;
        Ok(reported(sheet, &facts, &one, told, now))
    }
}

fn reported(
    sheet: &Sheet<'_>,
    facts: &ServiceFacts,
    one: &Intervention,
    told: Told,
    now: Timestamp,
) -> Report {
    let contract = &facts.contract;
    let due = |days: u32| {
        one.closed_at().map(|at| sheet.moment(at.after(Duration::from_secs(u64::from(days) * DAY))))
    };
    let equipment = one.equipment.iter().map(|id| {
        let known = facts.equipment.iter().find(|known| known.id == *id);
        titled(id, known.map_or("", |known| &known.title))
    });
    Report {
        intervention: one.id.to_string(),
        state: sheet.say(&state(one.state)),
        service: sheet.service(facts),
        contract: sheet.contract(facts, now),
        equipment: equipment.collect(),
        objective: one.objective.clone(),
        reason_out: one.reason_out.clone(),
        requested: sheet.done(&one.requested_by, one.requested_at, None),
        requested_via: via(sheet, &one.requested_via),
        qualified: one.qualification.as_ref().map(|one| qualified(sheet, one)),
        approved: one.approval.as_ref().map(|by| sheet.done(&by.by, by.at, by.relayed_by.as_ref())),
        planned: one.plan(facts.service.kind).map(|span| planned(sheet, span)),
        planned_anew: one
            .move_asked
            .as_ref()
            .filter(|_| !one.state.is_over())
            .map(|asked| planned(sheet, asked.span)),
        agreement: one
            .approval
            .as_ref()
            .map(|by| Agreed { version: by.agreement_version, sha256: by.agreement_sha256.clone() }),
        checks: checks(sheet, facts, one),
        exceptions: one.exceptions.iter().map(|one| exception(sheet, one)).collect(),
        derogations: one.derogations.iter().map(|one| sheet.derogation(one)).collect(),
        words: one.report.as_ref().map(|report| Words {
            handed: sheet.done(&report.by, report.at, None),
            text: report.text.clone(),
        }),
        terms: contract.report.as_ref().map(|terms| format!("{}, {}", terms.form, terms.channel)),
        report_due: contract.report.as_ref().and_then(|terms| due(terms.within_days)),
        erasure_due: due(contract.erasure_within_days),
        sessions: told.sessions,
        sessions_more: told.sessions_more,
        files: told.files,
        files_more: told.files_more,
        closing: one.closing.as_ref().map(|closing| Closing {
            reached: closing.outcome == Outcome::Reached,
            proposed: sheet.done(&closing.proposed_by, closing.proposed_at, None),
            confirmed: closing
                .confirmed_by
                .as_ref()
                .zip(closing.confirmed_at)
                .map(|(by, at)| sheet.done(by, at, None)),
        }),
        left: one.residual.iter().map(|item| left(sheet, item)).collect(),
        left_more: one.residual_more,
        erased: one.erasure.as_ref().map(|(at, by)| sheet.done(by, *at, None)),
        reviewed: one
            .reviewed
            .as_ref()
            .map(|read| Reviewed { done: sheet.done(&read.by, read.at, None), note: read.note.clone() }),
    }
}

fn planned(sheet: &Sheet<'_>, span: domain::Span) -> Planned {
    Planned { from: sheet.moment(span.from), until: sheet.moment(span.until) }
}

fn qualified(sheet: &Sheet<'_>, one: &domain::Qualification) -> Qualified {
    Qualified {
        done: sheet.done(&one.by, one.at, None),
        reason: one.reason.clone(),
        impact: sheet.say(&one.impact.text()),
        referent: format!("{}, {}", one.referent, one.telephone),
        ticket: one.ticket.as_ref().map(|ticket| sheet.say(&ticket_shown(ticket))),
    }
}

/// Impact and ticket in one line, for a list.
pub(super) fn qualified_line(sheet: &Sheet<'_>, one: &domain::Qualification) -> String {
    let ticket = one.ticket.as_ref().map(|ticket| format!(" ; {}", sheet.say(&ticket_shown(ticket))));
    format!("{}{}", sheet.say(&one.impact.text()), ticket.unwrap_or_default())
}

fn checks(sheet: &Sheet<'_>, facts: &ServiceFacts, one: &Intervention) -> Vec<Check> {
    let check = |item: &domain::ChecklistItem| {
        let tick = one.ticks.iter().find(|tick| tick.item == item.id);
        Check {
            item: item.text.clone(),
            ticked: tick.map(|tick| sheet.done(&tick.by, tick.at, None)),
            evidence: tick.map(|tick| tick.evidence.clone()).unwrap_or_default(),
            not_needed: tick.is_some_and(|tick| tick.not_needed),
        }
    };
    facts.service.checklist.iter().map(check).collect()
}

fn exception(sheet: &Sheet<'_>, one: &domain::Exception) -> Exception {
    Exception {
        requested_by: sheet.person(&one.requested_by),
        approved_by: sheet.person(&one.approved_by),
        relayed_by: one.relayed_by.as_ref().map(|by| sheet.person(by)),
        reason: one.reason.clone(),
        from: sheet.moment(one.span.from),
        until: sheet.moment(one.span.until),
        reviewed: one.reviewed.as_ref().map(|(at, by)| sheet.done(by, *at, None)),
    }
}

fn left(sheet: &Sheet<'_>, item: &domain::ResidualItem) -> Left {
    Left { name: item.name.clone(), size: item.size, sha256: item.sha256.clone(), at: sheet.moment(item.at) }
}

fn via(sheet: &Sheet<'_>, via: &RequestedVia) -> String {
    match via {
        RequestedVia::SignedIn => sheet.pick("sous sa propre identité", "under his own identity"),
        RequestedVia::CallBack { number, by } => {
            let by = sheet.person(by).title;
            sheet.pick(
                &format!("par téléphone, rappelé au {number} par {by}"),
                &format!("by telephone, called back at {number} by {by}"),
            )
        }
    }
}

/// Everybody whom an intervention names.
pub(super) fn of_intervention(one: &Intervention) -> Vec<PersonId> {
    let mut all = vec![one.requested_by.clone()];
    if let RequestedVia::CallBack { by, .. } = &one.requested_via {
        all.push(by.clone());
    }
    all.extend(one.qualification.iter().map(|qualified| qualified.by.clone()));
    all.extend(one.approval.iter().flat_map(|by| std::iter::once(&by.by).chain(&by.relayed_by)).cloned());
    all.extend(one.ticks.iter().map(|tick| tick.by.clone()));
    for one in &one.exceptions {
        all.extend([&one.requested_by, &one.approved_by].into_iter().chain(&one.relayed_by).cloned());
        all.extend(one.reviewed.iter().map(|(_, by)| by.clone()));
    }
    all.extend(one.derogations.iter().flat_map(of_derogation));
    all.extend(one.report.iter().map(|report| report.by.clone()));
    all.extend(
        one.closing.iter().flat_map(|by| std::iter::once(&by.proposed_by).chain(&by.confirmed_by)).cloned(),
    );
    all.extend(one.erasure.iter().map(|(_, by)| by.clone()));
    all.extend(one.reviewed.iter().map(|read| read.by.clone()));
    all
}
