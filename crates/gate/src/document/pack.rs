//! What an auditor needs of one service over a time.

use std::collections::{BTreeMap, BTreeSet};

use documents::{OnFile, Pack, Passed, Question, Refused, Tallied};
use domain::Span;
use events::{Entry, Fact};
use vocab::{EstablishmentId, InterventionId, RecordingId, ServiceId, SessionId};

use super::log::Told;
use super::report::{of_intervention, qualified_line};
use super::sheet::{Sheet, titled};
use super::stamped::Stamped;
use crate::Gate;
use crate::commands::state;
use crate::ports::PortError;

/// Sessions listed; files are in the report of each intervention.
const MOST: (usize, usize) = (Pack::LISTED_MAX, 0);

/// What the log says of the service, gathered entry by entry.
#[derive(Default)]
struct Gathered {
    /// Its sessions, to their ends wherever they stand.
    told: Told,
    sessions: BTreeMap<SessionId, RecordingId>,
    sealed: BTreeSet<RecordingId>,
    interventions: BTreeSet<InterventionId>,
    refused: BTreeMap<String, u64>,
    tallied: Tallied,
    stamped: Stamped,
    begun: bool,
}

impl Gate {
    pub(super) async fn pack(
        &self,
        sheet: &mut Sheet<'_>,
        establishment: &EstablishmentId,
        service: &ServiceId,
        span: Span,
        past: bool,
    ) -> Result<Pack, PortError> {
        let at = past.then_some(span.until);
        let statement = self.statement(sheet, establishment, service, at).await?;
        let mut gathered = Gathered::default();
        let mut tell = |index, entry: &Entry| gathered.take(sheet, service, span, index, entry);
        let size = self.told(establishment, "", &mut tell).await?;
        if !gathered.begun {
            gathered.tallied.first = size;
        }
        if gathered.tallied.after == 0 {
            gathered.tallied.after = size;
        }
        gathered.told.name(sheet).await?;
        let interventions = self.passed(sheet, &gathered.interventions).await?;
        let unsealed = gathered.sessions.values().filter(|id| !gathered.sealed.contains(id)).count();
        let tallied = &mut gathered.tallied;
        tallied.open = tallied.opened.saturating_sub(tallied.ended).saturating_sub(tallied.crashed);
        tallied.unsealed = u64::try_from(unsealed).unwrap_or(u64::MAX).saturating_sub(tallied.open);
        let documents = self.on_file(sheet, establishment, service, span).await?;
        Ok(Pack {
            from: sheet.moment(span.from),
            until: sheet.moment(span.until),
            service: titled(service, &statement.service.title),
            statement,
            interventions,
            sessions: gathered.told.sessions,
            sessions_more: gathered.told.sessions_more,
            refused: gathered.refused.into_iter().map(|(code, times)| Refused { code, times }).collect(),
            tallied: gathered.tallied,
            questions: questions(sheet),
            documents,
            stamps: gathered.stamped.told((gathered.tallied.first, gathered.tallied.after)),
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
    ) -> Result<Vec<Passed>, PortError> {
        let mut passed = Vec::new();
        for id in all.iter().take(Pack::LISTED_MAX) {
            let Some(found) = self.store.intervention(id).await? else { continue };
            let one = found.value;
            sheet.meet(&of_intervention(&one)).await?;
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
            });
        }
        Ok(passed)
    }
}

/// What an auditor is left to ask of each rule.
fn questions(sheet: &Sheet<'_>) -> Vec<Question> {
    let asks = |rule: &guide::Rule| rule.audit.in_lang(sheet.lang).trim_end().to_owned();
    guide::RULES.iter().map(|rule| Question { rule: rule.id.as_str().to_owned(), asks: asks(rule) }).collect()
}

impl Gathered {
    fn take(&mut self, sheet: &Sheet<'_>, service: &ServiceId, span: Span, index: u64, entry: &Entry) {
        let inside = span.holds(entry.at);
        let tallied = &mut self.tallied;
        if inside && !std::mem::replace(&mut self.begun, true) {
            tallied.first = index;
        }
        if inside {
            tallied.after = index.saturating_add(1);
        }
        self.stamped.take(sheet, index, entry);
        match &entry.fact {
            Fact::LedgerRestored(_) if inside => tallied.restored = tallied.restored.saturating_add(1),
            Fact::RefugeJoined(_) if inside => tallied.refuge = tallied.refuge.saturating_add(1),
            Fact::SessionRefused(refused) if inside && refused.service.as_ref() == Some(service) => {
                for code in &refused.codes {
                    let times = self.refused.entry(code.code()).or_default();
                    *times = times.saturating_add(1);
                }
            }
            Fact::SessionOpened(opened) if inside && opened.service == *service => {
                tallied.opened = tallied.opened.saturating_add(1);
                self.sessions.extend(entry.session.map(|id| (id, opened.recording)));
                self.interventions.extend(entry.intervention.clone());
                self.stamped.proves(index);
                self.told.take(sheet, index, entry, MOST);
                return;
            }
            Fact::InterventionRequested(requested) if inside && requested.service == *service => {
                self.interventions.extend(entry.intervention.clone());
            }
            _ => {}
        }
        // What belongs to a session that was opened in this time is told to its end.
        if !entry.session.is_some_and(|id| self.sessions.contains_key(&id)) {
            return;
        }
        if matches!(entry.fact, Fact::SessionEnded(_) | Fact::SessionCrashed(_) | Fact::RecordingSealed(_)) {
            self.stamped.proves(index);
        }
        match &entry.fact {
            Fact::SessionEnded(_) => tallied.ended = tallied.ended.saturating_add(1),
            Fact::SessionCrashed(_) => tallied.crashed = tallied.crashed.saturating_add(1),
            Fact::RecordingSealed(sealed) => drop(self.sealed.insert(sealed.recording)),
            _ => {}
        }
        self.told.take(sheet, index, entry, MOST);
    }
}
