//! What an auditor needs of one service over a time.

use std::collections::{BTreeMap, BTreeSet};

use documents::{OnFile, Pack, Passed, Question, Refused, Session, Step};
use domain::{HostKeyState, ServiceFacts, Span};
use events::Entry;
use vocab::{EstablishmentId, InterventionId, PersonId, ServiceId, Source};

use super::around;
use super::gathered::Gathered;
use super::grounds;
use super::report::{of_intervention, qualified_line};
use super::sheet::{Sheet, titled};
use super::words;
use crate::Gate;
use crate::commands::state;
use crate::ports::PortError;

/// Of which service, over which time, to which entry of the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) establishment: &'a EstablishmentId,
    pub(super) service: &'a ServiceId,
    pub(super) span: Span,
    /// A time that is over.
    pub(super) past: bool,
    /// The entries under the checkpoint that the document names: it tells of no other.
    pub(super) entries: u64,
}

impl Gate {
    /// Who prints a pack reads the traces of a service: that is an entry before anything is handed out.
    pub(super) async fn pack(&self, sheet: &mut Sheet<'_>, scope: Scope<'_>) -> Result<Pack, PortError> {
        let Scope { establishment, service, span, past, .. } = scope;
        let at = past.then_some(span.until);
        let (mut statement, facts) = self.stated(sheet, establishment, service, at).await?;
        let reason = sheet.pick("dossier de preuves", "evidence pack");
        let subject = Some(format!("service {service}"));
        self.reading(establishment, events::Actor::Host, "traces", subject, &reason).await?;
        let mut gathered = Gathered::of(scope, &facts);
        let mut tell = |index, entry: &Entry| gathered.take(sheet, index, entry);
        self.told(establishment, "", &mut tell).await?;
        gathered.settle(scope.entries);
        statement.assessed = self.held_against(gathered.assessed.take(), &facts, at).await?;
        gathered.told.name(sheet).await?;
        pinned(sheet, &facts, &mut gathered.told.sessions).await?;
        let interventions = self.passed(sheet, &gathered.interventions, &mut gathered.steps).await?;
        let comings = std::mem::take(&mut gathered.comings);
        let sessions = std::mem::take(&mut gathered.told.sessions);
        let (people, grounds) = self.grounds(sheet, establishment, service, &comings, &sessions).await?;
        let changes = self.moved(sheet, scope, std::mem::take(&mut gathered.changes)).await?;
        gathered.name(sheet).await?;
        let around = around::around(sheet, &facts, at.unwrap_or_else(|| self.clock.now())).await?;
        let documents = self.on_file(sheet, establishment, service, span).await?;
        let refused =
            gathered.refused.iter().map(|(source, times)| counted(sheet, *source, *times)).collect();
        Ok(Pack {
            from: sheet.moment(span.from),
            until: sheet.moment(span.until),
            service: titled(service, &statement.service.title),
            interventions,
            sessions_more: gathered.told.sessions_more,
            people,
            grounds,
            gates: grounds::gates(sheet, facts.level()),
            attempts: gathered.attempts,
            attempts_more: gathered.attempts_more,
            refused,
            changes,
            changes_more: gathered.changes_more,
            readings: gathered.readings,
            readings_more: gathered.readings_more,
            vouched: gathered.vouched,
            vouched_more: gathered.vouched_more,
            tallied: gathered.tallied,
            begins: gathered.begins,
            questions: questions(sheet, &statement),
            sessions,
            statement,
            documents,
            stamps: gathered.stamped.told((gathered.tallied.first, gathered.tallied.after)),
            around,
        })
    }

    /// Papers that are kept, and evidence on the service over the time.
    async fn on_file(
        &self,
        sheet: &mut Sheet<'_>,
        establishment: &EstablishmentId,
        service: &ServiceId,
        span: Span,
    ) -> Result<Vec<OnFile>, PortError> {
        let mut listed = Vec::new();
        let all = self.filed(establishment).await?;
        for one in all.iter().filter(|one| domain::bears_on(one, service, span)).take(Pack::LISTED_MAX) {
            let confirmed = one.confirmed.as_ref().map(|confirmed| confirmed.by.clone());
            sheet.meet(confirmed.as_slice()).await?;
            let kinds: Vec<&str> = one.kinds.iter().map(|kind| kind.as_str()).collect();
            let source = one.covers.as_ref().map(|covers| format!(" ({})", covers.source.as_str()));
            listed.push(OnFile {
                name: one.name.clone(),
                kinds: kinds.join(", ") + &source.unwrap_or_default(),
                sha256: one.sha256.clone(),
                bytes: one.bytes,
                filed: sheet.moment(one.filed_at),
                from: one.covers.as_ref().map(|covers| sheet.moment(covers.span.from)),
                until: one.covers.as_ref().map(|covers| sheet.moment(covers.span.until)),
                confirmed_by: confirmed.as_ref().map(|by| sheet.person(by)),
            });
        }
        Ok(listed)
    }

    async fn passed(
        &self,
        sheet: &mut Sheet<'_>,
        all: &BTreeSet<InterventionId>,
        steps: &mut BTreeMap<InterventionId, (Vec<Step>, u64)>,
    ) -> Result<Vec<Passed>, PortError> {
        let mut passed = Vec::new();
        for id in all.iter().take(Pack::LISTED_MAX) {
            let Some(found) = self.store.intervention(id).await? else { continue };
            let one = found.value;
            sheet.meet(&of_intervention(&one)).await?;
            let (mut steps, steps_more) = steps.remove(id).unwrap_or_default();
            let who: Vec<PersonId> = steps.iter().filter_map(|step| step.by.id.parse().ok()).collect();
            sheet.meet(&who).await?;
            steps.iter_mut().for_each(|step| sheet.name(&mut step.by));
            passed.push(Passed {
                intervention: one.id.to_string(),
                objective: one.objective.clone(),
                requested_by: sheet.person(&one.requested_by),
                qualified: one.qualification.as_ref().map(|one| qualified_line(sheet, one)),
                approved_by: one.approval.as_ref().map(|by| sheet.person(&by.by)),
                state: sheet.say(&state(one.state)),
                reported: one.report.is_some(),
                erased: one.erasure.is_some(),
                left: one.left(),
                steps,
                steps_more,
            });
        }
        Ok(passed)
    }
}

/// A reason of refusals, and how often it was given.
fn counted(sheet: &Sheet<'_>, source: Source, times: u64) -> Refused {
    let reason = words::reason(sheet, source);
    Refused { code: reason.code, said: reason.said, times }
}

/// Where the pinned key of each session comes from: the fact says who made sure of it, and when.
async fn pinned(
    sheet: &mut Sheet<'_>,
    facts: &ServiceFacts,
    sessions: &mut [Session],
) -> Result<(), PortError> {
    for session in sessions {
        let known = facts.equipment.iter().find(|one| one.id.as_str() == session.equipment);
        let (Some(traced), Some(known)) = (session.traced.as_mut(), known) else { continue };
        let HostKeyState::Pinned { fingerprint, by, at } = &known.host_key else { continue };
        if traced.host_key.as_ref().is_none_or(|shown| shown.said != fingerprint.0) {
            continue;
        }
        sheet.meet(std::slice::from_ref(by)).await?;
        let (by, on) = (sheet.person(by).title, sheet.day(*at));
        traced.pinned = sheet.pick(
            &format!("inscrite par {by}, le {on}, selon le dossier du site"),
            &format!("pinned by {by} on {on}, as the site's file says"),
        );
    }
    Ok(())
}

/// What an auditor is left to ask of each rule; of one that is not asked, whether the reason for that is so.
fn questions(sheet: &Sheet<'_>, statement: &documents::Statement) -> Vec<Question> {
    let cause = |rule: &guide::Rule| {
        let line = statement.rules.iter().find(|line| line.rule == rule.id.as_str())?;
        guide::Cause::ALL.into_iter().find(|cause| cause.code().as_str() == line.code)
    };
    let asks = |rule: &guide::Rule| match cause(rule) {
        Some(cause) => sheet.say(&cause.audit()),
        None => rule.audit.in_lang(sheet.lang).trim_end().to_owned(),
    };
    guide::RULES.iter().map(|rule| Question { rule: rule.id.as_str().to_owned(), asks: asks(rule) }).collect()
}
