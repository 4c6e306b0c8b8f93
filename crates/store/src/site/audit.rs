//! `[[contract.audit]]` and `[[establishment.audit]]`: audits of a provider (C8) and of the access point (T4), what they
//! found, and what became of it.

use domain::{Audit, AuditFinding, FindingClosed};

use super::table::{Item, Table};
use super::write::{Rows, Wall};

pub(super) fn read_all(table: &mut Table<'_>) -> Vec<Audit> {
    let mut seen: Vec<String> = Vec::new();
    table
        .each("audit", |table| {
            let at = table.place("id");
            let found = read(table)?;
            Some((found, at))
        })
        .into_iter()
        .map(|(audit, at)| {
            if seen.contains(&audit.id) {
                let id = &audit.id;
                table.sheet.fault(
                    at,
                    format!("l'audit {id} figure deux fois"),
                    format!("the audit {id} stands there twice"),
                );
            }
            seen.push(audit.id.clone());
            audit
        })
        .collect()
}

fn read(mut table: Table<'_>) -> Option<Audit> {
    let id = table.need("id", Item::text);
    let planned = table.may("planned", Item::day);
    let done = table.may("done", Item::day);
    let document = table.may("document", Item::document);
    let findings = table.each("finding", finding);
    table.finish();
    if planned.is_none() && done.is_none() {
        table.fault("id", "un audit est prévu (planned) ou fait (done)", "an audit is planned or done");
    }
    if done.is_some() && document.is_none() {
        table.fault(
            "done",
            "un audit fait a son rapport (document)",
            "an audit that was done has its report (document)",
        );
    }
    if done.is_none() && !findings.is_empty() {
        table.fault(
            "id",
            "seul un audit fait (done) a des constats",
            "only an audit that was done has findings",
        );
    }
    Some(Audit { id: id?, planned, done, document, findings })
}

fn finding(mut table: Table<'_>) -> Option<AuditFinding> {
    let id = table.need("id", Item::text);
    let what = table.need("what", Item::text);
    let due = table.may("due", Item::last_day);
    let at = table.may("closed", Item::day);
    let document = table.may("closed_by", Item::document);
    table.finish();
    let closed = match (at, document) {
        (Some(at), Some(document)) => Some(FindingClosed { at, document }),
        (None, None) => None,
        _ => {
            table.fault(
                "closed",
                "un constat clos a sa date (closed) et sa preuve (closed_by)",
                "a finding that is closed has its day (closed) and its proof (closed_by)",
            );
            None
        }
    };
    Some(AuditFinding { id: id?, what: what?, due, closed })
}

/// What [`read`] reads.
pub(super) fn write(audit: &Audit, wall: &Wall<'_>) -> Rows {
    let Audit { id, planned, done, document, findings } = audit;
    let finding = |finding: &AuditFinding| {
        let AuditFinding { id, what, due, closed } = finding;
        let rows =
            Rows::default().text("id", id).text("what", what).may("due", due.map(|at| wall.last_day(at)));
        match closed {
            Some(FindingClosed { at, document }) => {
                rows.text("closed", wall.day(*at)).document("closed_by", document)
            }
            None => rows,
        }
    };
    Rows::default()
        .text("id", id)
        .may("planned", planned.map(|at| wall.day(at)))
        .may("done", done.map(|at| wall.day(at)))
        .may_document("document", document.as_ref())
        .each("finding", findings.iter().map(finding))
}
