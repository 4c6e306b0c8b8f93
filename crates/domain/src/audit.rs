//! Audits and what they found: of a provider under a contract (C8), of the access point (T4).

use serde::{Deserialize, Serialize};
use vocab::Timestamp;

use crate::{DocumentRef, days};

/// Days until a finding is to be closed when nothing else is agreed (rules.md 2.2, C8).
const FINDING_DAYS: u32 = 30;

/// A finding that was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingClosed {
    /// When.
    pub at: Timestamp,
    /// The paper that shows it.
    pub document: DocumentRef,
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFinding {
    /// Its name in the report.
    pub id: String,
    /// What it says, in a sentence.
    pub what: String,
    /// The end of the time until which it is to be closed; `None`: 30 days after the audit.
    #[serde(default)]
    pub due: Option<Timestamp>,
    /// How it was closed; `None`: it is open.
    #[serde(default)]
    pub closed: Option<FindingClosed>,
}

/// An audit that is planned or was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Its name.
    pub id: String,
    /// The day for which it is planned.
    #[serde(default)]
    pub planned: Option<Timestamp>,
    /// The day on which it was done.
    #[serde(default)]
    pub done: Option<Timestamp>,
    /// Its report.
    #[serde(default)]
    pub document: Option<DocumentRef>,
    /// What it found.
    #[serde(default)]
    pub findings: Vec<AuditFinding>,
}

impl Audit {
    /// Its findings that are open now, each with the end of its time.
    pub fn open(&self, now: Timestamp) -> impl Iterator<Item = (&AuditFinding, Timestamp)> {
        let done = self.done.filter(|done| *done <= now);
        self.findings.iter().filter_map(move |finding| {
            let closed = finding.closed.as_ref().is_some_and(|closed| closed.at <= now);
            let due = finding.due.or(Some(done?.after(days(FINDING_DAYS))))?;
            (done.is_some() && !closed).then_some((finding, due))
        })
    }

    /// Those of them whose time is over.
    pub fn overdue(&self, now: Timestamp) -> impl Iterator<Item = (&AuditFinding, Timestamp)> {
        self.open(now).filter(move |(_, due)| *due <= now)
    }

    /// The day for which it is planned, as long as it was not done.
    pub fn awaited(&self, now: Timestamp) -> Option<Timestamp> {
        self.planned.filter(|_| self.done.is_none_or(|done| done > now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_due_thirty_days_after_its_audit_unless_said() {
        let day = |count: u32| Timestamp::from_micros(0).after(days(count));
        let paper = || DocumentRef { name: "preuve.pdf".to_owned(), sha256: String::new() };
        let finding = |id: &str, due, closed: Option<u32>| AuditFinding {
            id: id.to_owned(),
            what: "constat fictif".to_owned(),
            due,
            closed: closed.map(|at| FindingClosed { at: day(at), document: paper() }),
        };
        let audit = Audit {
            id: "audit-1".to_owned(),
            planned: Some(day(8)),
            done: Some(day(10)),
            document: Some(paper()),
            findings: vec![
                finding("usual", None, None),
                finding("said", Some(day(15)), None),
                finding("closed", Some(day(15)), Some(12)),
            ],
        };
        let open = |at: u32| audit.open(day(at)).map(|(one, _)| one.id.as_str()).collect::<Vec<_>>();
        let overdue = |at: u32| audit.overdue(day(at)).map(|(one, _)| one.id.as_str()).collect::<Vec<_>>();
        assert_eq!(open(9), [""; 0], "it was not done yet");
        assert_eq!((open(11), open(12)), (vec!["usual", "said", "closed"], vec!["usual", "said"]));
        assert_eq!((overdue(14), overdue(15), overdue(40)), (vec![], vec!["said"], vec!["usual", "said"]));
        assert_eq!((audit.awaited(day(9)), audit.awaited(day(10))), (Some(day(8)), None));
    }
}
