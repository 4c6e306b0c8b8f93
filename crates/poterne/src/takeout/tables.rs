//! What stands, as tables: a file for each kind of thing, a line for each thing, moments on the establishment's wall.
//!
//! The tables are for people and their spreadsheets; what has several values in a cell has them with `; ` between.
//! Nothing is left out of the description itself and of the JSON.

mod details;

use std::fmt::Display;

use domain::{
    Avoided, Closing, Custody, DocumentRef, Employer, FlowSource, HostKeyState, Measure, Original,
    RequestedVia, Span, WindowKind,
};
use serde::Serialize;
use vocab::Timestamp;

use super::Everything;
use crate::csv;

/// All tables, with the names of their files.
pub(crate) fn all(all: &Everything) -> Vec<(&'static str, String)> {
    let mut tables = vec![
        ("equipment.csv", equipment(all)),
        ("people.csv", people(all)),
        ("providers.csv", providers(all)),
        ("engagements.csv", engagements(all)),
        ("contracts.csv", contracts(all)),
        ("entrusted.csv", entrusted(all)),
        ("subcontractors.csv", subcontractors(all)),
        ("requesters.csv", requesters(all)),
        ("services.csv", services(all)),
        ("windows.csv", windows(all)),
        ("treatments.csv", treatments(all)),
        ("direct.csv", direct(all)),
        ("interventions.csv", interventions(all)),
    ];
    tables.extend(details::all(all));
    tables
}

/// A table under writing.
struct Table(String);

impl Table {
    fn new<const N: usize>(head: [&str; N]) -> Self {
        Self(csv::line(head))
    }

    fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0 += &csv::line(cells.iter().map(String::as_str));
    }
}

/// The word that a value has in JSON: the one of the file.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(serde_json::Value::Object(members)) => members.keys().next().cloned().unwrap_or_default(),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

fn joined<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join("; ")
}

fn may<T: Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn paper(document: Option<&DocumentRef>) -> String {
    may(document.map(|document| document.name.as_str()))
}

impl Everything {
    fn show(&self, at: Timestamp) -> String {
        self.establishment.zone.show(at)
    }

    fn shown(&self, at: Option<Timestamp>) -> String {
        may(at.map(|at| self.show(at)))
    }

    fn span(&self, span: Span) -> [String; 2] {
        [self.show(span.from), self.show(span.until)]
    }
}

fn equipment(all: &Everything) -> String {
    let mut table = Table::new([
        "id",
        "title",
        "address",
        "holds_data",
        "admin_zone",
        "host_key",
        "host_key_state",
        "login",
        "secret",
        "rotation",
        "default_accounts",
        "old_algorithms",
        "own_link",
        "commissioning_planned",
        "commissioning_downtime_minutes",
        "commissioning_agreed_by",
        "commissioning_rollback",
        "commissioned_at",
        "commissioned_by",
    ]);
    for one in &all.equipment {
        let (state, key) = match &one.host_key {
            HostKeyState::Unknown => ("unknown", String::new()),
            HostKeyState::Pinned { fingerprint, .. } => ("pinned", fingerprint.0.clone()),
            HostKeyState::Changed { pinned, .. } => ("changed", pinned.0.clone()),
        };
        let account = one.account.as_ref();
        table.row([
            one.id.to_string(),
            one.title.clone(),
            one.address.to_string(),
            one.holds_data.to_string(),
            may(one.admin_zone.as_ref()),
            key,
            state.to_owned(),
            may(account.map(|account| &account.login)),
            may(account.map(|account| word(&account.secret))),
            may(account.map(|account| word(&account.rotation))),
            word(&one.default_accounts),
            joined(&one.old_algorithms),
            may(one.own_link.as_ref()),
            all.shown(one.commissioning.as_ref().map(|plan| plan.planned)),
            may(one.commissioning.as_ref().map(|plan| plan.downtime_minutes)),
            may(one.commissioning.as_ref().map(|plan| &plan.agreed_by)),
            may(one.commissioning.as_ref().map(|plan| &plan.rollback)),
            all.shown(one.commissioning.as_ref().and_then(|plan| plan.done.as_ref()).map(|(at, _)| *at)),
            may(one.commissioning.as_ref().and_then(|plan| plan.done.as_ref()).map(|(_, by)| by)),
        ]);
    }
    table.0
}

fn people(all: &Everything) -> String {
    let head =
        ["id", "name", "phone", "email", "lang", "active", "employer", "on_behalf_of", "country", "keys"];
    let mut table = Table::new(head);
    for one in &all.people {
        let employer = match &one.employer {
            Employer::Establishment(id) => id.to_string(),
            Employer::Provider(id) => id.to_string(),
        };
        table.row([
            one.id.to_string(),
            one.name.clone(),
            may(one.phone.as_ref()),
            may(one.email.as_ref()),
            word(&one.lang),
            one.active.to_string(),
            employer,
            may(one.on_behalf_of.as_ref()),
            may(one.country.as_ref().map(domain::Country::as_str)),
            joined(one.keys.iter().map(|key| &key.line)),
        ]);
    }
    table.0
}

fn providers(all: &Everything) -> String {
    let head = [
        "id",
        "name",
        "nature",
        "country",
        "registration",
        "address",
        "contacts",
        "places",
        "transfers",
        "managers",
        "dossier",
        "dossier_serial",
        "dossier_date",
        "dossier_key",
    ];
    let mut table = Table::new(head);
    for one in &all.providers {
        let dossier = one.dossier.as_ref();
        let contact = |contact: &domain::Contact| {
            let domain::Contact { about, name, phone, email } = contact;
            let parts = [Some(about), Some(name), phone.as_ref(), email.as_ref()];
            parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ")
        };
        let place = |(name, country): &(String, Option<domain::Country>)| {
            format!("{name} ({})", country.as_ref().map_or("?", domain::Country::as_str))
        };
        table.row([
            one.id.to_string(),
            one.name.clone(),
            word(&one.nature),
            may(one.country.as_ref().map(domain::Country::as_str)),
            may(one.registration.as_ref()),
            may(one.address.as_ref()),
            joined(one.contacts.iter().map(contact)),
            joined(one.places.iter().map(place)),
            joined(
                one.transfers.iter().map(|basis| format!("{} ({})", basis.country.as_str(), basis.ground)),
            ),
            joined(&one.managers),
            paper(dossier.map(|dossier| &dossier.file)),
            may(dossier.map(|dossier| dossier.serial)),
            may(dossier.map(|dossier| all.establishment.zone.day(dossier.dated))),
            may(dossier.map(|dossier| dossier.key.0.as_str())),
        ]);
    }
    table.0
}

fn engagements(all: &Everything) -> String {
    let mut table = Table::new(["person", "kind", "version", "signed", "withdrawn", "attestation", "paper"]);
    for one in &all.engagements {
        table.row([
            one.person.to_string(),
            word(&one.kind),
            one.version.to_string(),
            all.show(one.signed_at),
            all.shown(one.withdrawn_at),
            paper(one.attestation.as_ref()),
            paper(one.paper.as_ref()),
        ]);
    }
    table.0
}

fn contracts(all: &Everything) -> String {
    let mut table = Table::new([
        "id",
        "provider",
        "form",
        "from",
        "until",
        "original",
        "document",
        "subcontracting",
        "engagement_version",
        "plans",
        "agreement",
        "report_within_days",
        "erasure_within_days",
        "overdue_blocks",
        "covers",
        "confirm_within_days",
        "evidence_within_days",
    ]);
    for one in &all.contracts {
        let original = match &one.original {
            Original::Paper { filed, .. } => format!("paper: {filed}"),
            Original::Electronic { assumed_by } => format!("electronic: {assumed_by}"),
            Original::Missing => "missing".to_owned(),
        };
        let plan = |plan: &domain::PlanVersion| {
            format!("{} {} ({})", plan.version, plan.document.name, word(&plan.acceptance))
        };
        let [from, until] = all.span(one.span);
        table.row([
            one.id.to_string(),
            one.provider.to_string(),
            word(&one.form),
            from,
            until,
            original,
            paper(one.document.as_ref()),
            word(&one.subcontracting),
            one.engagement_version.to_string(),
            joined(one.plan.versions.iter().map(plan)),
            may(one.agreement.as_ref().map(|text| format!("{} {}", text.version, text.document.name))),
            may(one.report.as_ref().map(|terms| terms.within_days)),
            one.erasure_within_days.to_string(),
            one.overdue_blocks.to_string(),
            joined(one.covers.iter()),
            one.confirm_within_days.to_string(),
            may(one.evidence_within_days),
        ]);
    }
    table.0
}

fn entrusted(all: &Everything) -> String {
    let mut table = Table::new([
        "contract",
        "id",
        "what",
        "nature",
        "provider",
        "service",
        "equipment",
        "received",
        "received_by",
        "return_by",
        "state",
        "ended",
        "to",
    ]);
    for contract in &all.contracts {
        for one in &contract.entrusted {
            let (ended, to) = match &one.state {
                Custody::Held => (None, String::new()),
                Custody::Returned { at, to } => (Some(*at), to.clone()),
                Custody::Destroyed { at, by } => (Some(*at), by.to_string()),
            };
            table.row([
                contract.id.to_string(),
                one.id.clone(),
                one.what.clone(),
                word(&one.nature),
                one.provider.as_ref().unwrap_or(&contract.provider).to_string(),
                may(one.service.as_ref()),
                may(one.equipment.as_ref()),
                all.show(one.received_at),
                one.received_by.to_string(),
                all.shown(one.return_by),
                one.state.as_str().to_owned(),
                all.shown(ended),
                to,
            ]);
        }
    }
    table.0
}

fn subcontractors(all: &Everything) -> String {
    let head = ["contract", "provider", "under", "listed", "ended", "authorised", "flow_down"];
    let mut table = Table::new(head);
    for contract in &all.contracts {
        for one in &contract.subcontracts {
            table.row([
                contract.id.to_string(),
                one.provider.to_string(),
                one.under.to_string(),
                all.show(one.listed_at),
                all.shown(one.ended_at),
                paper(one.authorised.as_ref()),
                paper(one.flow_down.as_ref()),
            ]);
        }
    }
    table.0
}

fn requesters(all: &Everything) -> String {
    let mut table =
        Table::new(["contract", "check", "list_version", "sent", "acknowledged", "person", "name", "phone"]);
    for contract in &all.contracts {
        let list = &contract.requesters;
        for id in &list.people {
            let person = all.people.iter().find(|person| person.id == *id);
            table.row([
                contract.id.to_string(),
                word(&list.check),
                list.version.to_string(),
                all.shown(list.sent_at),
                all.shown(list.acknowledged_at),
                id.to_string(),
                may(person.map(|person| &person.name)),
                may(person.and_then(|person| person.phone.as_ref())),
            ]);
        }
    }
    table.0
}

fn services(all: &Everything) -> String {
    let mut table = Table::new([
        "id",
        "contract",
        "title",
        "kind",
        "level",
        "path",
        "central_traces",
        "purpose",
        "until",
        "equipment",
        "rights",
        "uploads",
        "actions",
        "beneficiaries",
        "checklist",
        "idle_seconds",
        "extension_seconds",
        "exception_seconds",
        "assurance",
        "typed_purpose",
        "qualified",
        "unchecked_ticket",
        "shows_provider_secrets",
        "declared",
        "delegated",
    ]);
    for one in &all.services {
        table.row([
            one.id.to_string(),
            one.contract.to_string(),
            one.title.clone(),
            one.kind.as_str().to_owned(),
            u8::from(one.level).to_string(),
            one.path.as_str().to_owned(),
            one.central_traces.to_string(),
            word(&one.purpose),
            one.until.map(|until| all.establishment.zone.last_day(until)).unwrap_or_default(),
            joined(&one.equipment),
            joined(one.rights.iter().map(vocab::Right::as_str)),
            one.uploads.as_str().to_owned(),
            joined(&one.actions),
            joined(&one.beneficiaries),
            joined(one.checklist.iter().map(|item| format!("{}: {}", item.id, item.text))),
            one.idle_secs.to_string(),
            one.extension_secs.to_string(),
            one.exception_secs.to_string(),
            word(&one.assurance),
            may(one.typed_purpose.as_ref()),
            one.qualified.to_string(),
            word(&one.unchecked_ticket),
            one.shows_provider_secrets.to_string(),
            joined(one.declared.keys()),
            joined(one.implemented_by.keys()),
        ]);
    }
    table.0
}

fn windows(all: &Everything) -> String {
    let mut table = Table::new(["service", "kind", "days", "from", "to", "agreed_by", "agreed_at"]);
    for service in &all.services {
        for one in &service.windows {
            let (kind, days, from, to) = match &one.when {
                WindowKind::Weekly { days, from, to } => {
                    ("weekly", joined(days.iter().map(word)), String::from(*from), String::from(*to))
                }
                WindowKind::OneOff { from, to } => {
                    ("once", String::new(), String::from(*from), String::from(*to))
                }
                WindowKind::Continuous { renew_by } => {
                    ("continuous", String::new(), String::new(), all.show(*renew_by))
                }
            };
            table.row([
                service.id.to_string(),
                kind.to_owned(),
                days,
                from,
                to,
                one.agreed_by.to_string(),
                all.show(one.agreed_at),
            ]);
        }
    }
    table.0
}

impl Everything {
    fn measure(&self, measure: &Measure) -> String {
        let Measure { what, by, until, done } = measure;
        let done = done.map(|done| format!(", done {}", self.establishment.zone.day(done)));
        let until = self.establishment.zone.last_day(*until);
        format!("{what} ({by}, {until}{})", done.unwrap_or_default())
    }

    fn avoided(&self, what: &Avoided) -> String {
        let Avoided { rights, equipment, ends } = what;
        let rights = rights.iter().map(|right| format!("without {}", right.as_str()));
        let equipment = equipment.iter().map(|one| format!("without {one}"));
        let ends = ends.map(|ends| format!("ends {}", self.establishment.zone.last_day(ends)));
        joined(rights.chain(equipment).chain(ends))
    }
}

fn treatments(all: &Everything) -> String {
    let mut table = Table::new([
        "rule",
        "service",
        "equipment",
        "batch",
        "threats",
        "remark",
        "likelihood",
        "impact",
        "risk",
        "options",
        "measures",
        "residual_likelihood",
        "residual_impact",
        "residual_risk",
        "avoided",
        "transfer",
        "owner",
        "from",
        "until",
        "review",
        "signed",
    ]);
    for one in &all.treatments {
        let [from, until] = all.span(one.span);
        table.row([
            one.rule.to_string(),
            one.service.to_string(),
            joined(one.equipment.iter()),
            may(one.batch.as_ref()),
            joined(one.threats.iter().map(word)),
            one.remark.clone(),
            word(&one.before.likelihood),
            word(&one.before.impact),
            word(&one.before.risk()),
            joined(one.options.iter().map(word)),
            joined(one.measures.iter().map(|measure| all.measure(measure))),
            word(&one.residual.likelihood),
            word(&one.residual.impact),
            word(&one.residual.risk()),
            one.avoided.as_ref().map(|what| all.avoided(what)).unwrap_or_default(),
            may(one.transfer.as_ref()),
            one.owner.to_string(),
            from,
            until,
            all.show(one.review),
            one.signed.is_some().to_string(),
        ]);
    }
    table.0
}

/// A line for each flow of each way past the gate.
fn direct(all: &Everything) -> String {
    let head = [
        "service",
        "reason",
        "solution",
        "recommendation",
        "equipment",
        "port",
        "source",
        "hours",
        "owner",
        "from",
        "until",
        "review",
        "signed",
    ];
    let mut table = Table::new(head);
    for one in &all.direct {
        for flow in &one.flows {
            let source = match &flow.source {
                FlowSource::Network(network) => network.to_string(),
                FlowSource::Certificate(shown) => shown.clone(),
            };
            let [from, until] = all.span(one.span);
            table.row([
                one.service.to_string(),
                one.reason.clone(),
                one.solution.clone(),
                one.recommendation.name.clone(),
                flow.equipment.to_string(),
                flow.port.to_string(),
                source,
                word(&flow.hours),
                one.owner.to_string(),
                from,
                until,
                all.show(one.review),
                one.signed.is_some().to_string(),
            ]);
        }
    }
    table.0
}

fn ticket(ticket: &domain::Ticket) -> String {
    format!("{} ({})", ticket.number, ticket.check.as_str())
}

/// The columns of the interventions.
const OF_INTERVENTIONS: [&str; 29] = [
    "id",
    "service",
    "equipment",
    "objective",
    "reason_out",
    "requested_by",
    "requested_at",
    "requested_via",
    "state",
    "qualified_by",
    "qualified_at",
    "impact",
    "referent",
    "telephone",
    "ticket",
    "approved_by",
    "approved_at",
    "planned_from",
    "planned_until",
    "sessions",
    "closing",
    "report_by",
    "report_at",
    "report",
    "left",
    "erased_at",
    "erased_by",
    "reviewed_at",
    "reviewed_by",
];

fn interventions(all: &Everything) -> String {
    let mut table = Table::new(OF_INTERVENTIONS);
    for one in &all.interventions {
        let via = match &one.requested_via {
            RequestedVia::SignedIn => "signed-in".to_owned(),
            RequestedVia::CallBack { number, by } => format!("call-back {number} ({by})"),
        };
        let outcome = |closing: &Closing| word(&closing.outcome);
        table.row([
            one.id.to_string(),
            one.service.to_string(),
            joined(&one.equipment),
            one.objective.clone(),
            may(one.reason_out.as_ref()),
            one.requested_by.to_string(),
            all.show(one.requested_at),
            via,
            word(&one.state),
            may(one.qualification.as_ref().map(|one| &one.by)),
            all.shown(one.qualification.as_ref().map(|one| one.at)),
            may(one.qualification.as_ref().map(|one| one.impact.as_str())),
            may(one.qualification.as_ref().map(|one| &one.referent)),
            may(one.qualification.as_ref().map(|one| &one.telephone)),
            may(one.qualification.as_ref().and_then(|one| one.ticket.as_ref()).map(ticket)),
            may(one.approval.as_ref().map(|approval| &approval.by)),
            all.shown(one.approval.as_ref().map(|approval| approval.at)),
            all.shown(one.planned.map(|plan| plan.from)),
            all.shown(one.planned.map(|plan| plan.until)),
            one.sessions.to_string(),
            may(one.closing.as_ref().map(outcome)),
            may(one.report.as_ref().map(|report| &report.by)),
            all.shown(one.report.as_ref().map(|report| report.at)),
            may(one.report.as_ref().map(|report| &report.text)),
            (u64::try_from(one.residual.len()).unwrap_or(u64::MAX).saturating_add(one.residual_more))
                .to_string(),
            all.shown(one.erasure.as_ref().map(|(at, _)| *at)),
            may(one.erasure.as_ref().map(|(_, by)| by)),
            all.shown(one.reviewed.as_ref().map(|one| one.at)),
            may(one.reviewed.as_ref().map(|one| &one.by)),
        ]);
    }
    table.0
}
