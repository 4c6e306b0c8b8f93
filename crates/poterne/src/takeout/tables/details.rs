//! What hangs on the things of the other tables: offices and deeds, audits, what plans and agreements speak of, what was
//! ticked and lifted in interventions; and what was done at the door: suspensions, holds, documents, notices.

use super::{Everything, Table, joined, may, paper, word};

pub(super) fn all(all: &Everything) -> Vec<(&'static str, String)> {
    vec![
        ("offices.csv", offices(all)),
        ("delegations.csv", delegations(all)),
        ("installed.csv", installed(all)),
        ("vulnerabilities.csv", vulnerabilities(all)),
        ("audits.csv", audits(all)),
        ("findings.csv", findings(all)),
        ("plan-themes.csv", themes(all)),
        ("agreement-headings.csv", headings(all)),
        ("transitions.csv", transitions(all)),
        ("ticks.csv", ticks(all)),
        ("exceptions.csv", exceptions(all)),
        ("derogations.csv", derogations(all)),
        ("suspensions.csv", suspensions(all)),
        ("holds.csv", holds(all)),
        ("documents.csv", documents(all)),
        ("notices.csv", notices(all)),
    ]
}

/// A line for each office that somebody holds, for good or for a time.
fn offices(all: &Everything) -> String {
    let mut table = Table::new(["office", "person", "from", "until"]);
    let of = &all.establishment;
    table.row(["responsable".to_owned(), of.responsable.to_string(), String::new(), String::new()]);
    for (office, person) in &of.officers {
        table.row([word(office), person.to_string(), String::new(), String::new()]);
    }
    for turn in &of.turns {
        let [from, until] = all.span(turn.span);
        table.row([word(&turn.office), turn.person.to_string(), from, until]);
    }
    table.0
}

/// A line for each thing that a provider placed in the SIS (E5).
fn installed(all: &Everything) -> String {
    let head = ["contract", "id", "what", "version", "provider", "service", "equipment", "since", "removed"];
    let mut table = Table::new(head);
    for contract in &all.contracts {
        for one in &contract.installed {
            table.row([
                contract.id.to_string(),
                one.id.clone(),
                one.what.clone(),
                one.version.clone(),
                may(one.provider.as_ref()),
                may(one.service.as_ref()),
                may(one.equipment.as_ref()),
                all.show(one.since),
                all.shown(one.removed_at),
            ]);
        }
    }
    table.0
}

/// A line for each vulnerability that is known in it.
fn vulnerabilities(all: &Everything) -> String {
    let head =
        ["contract", "installed", "id", "cvss", "known", "due", "corrected", "postponed_until", "reason"];
    let mut table = Table::new(head);
    for contract in &all.contracts {
        for item in &contract.installed {
            for one in &item.vulnerabilities {
                let postponed = one.postponed.as_ref();
                table.row([
                    contract.id.to_string(),
                    item.id.clone(),
                    one.id.clone(),
                    one.cvss.to_string(),
                    all.show(one.known_at),
                    all.shown(one.due()),
                    all.shown(one.corrected_at),
                    all.shown(postponed.map(|postponed| postponed.until)),
                    may(postponed.map(|postponed| &postponed.reason)),
                ]);
            }
        }
    }
    table.0
}

fn delegations(all: &Everything) -> String {
    let head = ["to", "from", "until", "may_treat", "risk_up_to", "may_derogate", "may", "services", "deed"];
    let mut table = Table::new(head);
    for deed in &all.establishment.delegations {
        let [from, until] = all.span(deed.span);
        table.row([
            deed.to.to_string(),
            from,
            until,
            deed.may_treat.to_string(),
            word(&deed.risk_up_to),
            deed.may_derogate.to_string(),
            joined(deed.may.iter().map(word)),
            joined(&deed.services),
            deed.deed.name.clone(),
        ]);
    }
    table.0
}

impl Everything {
    /// Audits with the contract that they are of; of none: of the access point.
    fn audits(&self) -> impl Iterator<Item = (String, &domain::Audit)> {
        let own = self.establishment.audits.iter().map(|audit| (String::new(), audit));
        let of = |contract: &domain::Contract| contract.id.to_string();
        own.chain(self.contracts.iter().flat_map(move |contract| {
            let id = of(contract);
            contract.audits.iter().map(move |audit| (id.clone(), audit))
        }))
    }
}

fn audits(all: &Everything) -> String {
    let mut table = Table::new(["contract", "id", "planned", "done", "document"]);
    for (contract, audit) in all.audits() {
        table.row([
            contract,
            audit.id.clone(),
            all.shown(audit.planned),
            all.shown(audit.done),
            paper(audit.document.as_ref()),
        ]);
    }
    table.0
}

fn findings(all: &Everything) -> String {
    let mut table = Table::new(["contract", "audit", "id", "what", "due", "closed", "document"]);
    for (contract, audit) in all.audits() {
        for one in &audit.findings {
            table.row([
                contract.clone(),
                audit.id.clone(),
                one.id.clone(),
                one.what.clone(),
                all.shown(one.due),
                all.shown(one.closed.as_ref().map(|closed| closed.at)),
                paper(one.closed.as_ref().map(|closed| &closed.document)),
            ]);
        }
    }
    table.0
}

/// What each version of a security assurance plan says of each theme, and where.
fn themes(all: &Everything) -> String {
    let mut table = Table::new(["contract", "version", "document", "acceptance", "theme", "article"]);
    for contract in &all.contracts {
        for version in &contract.plan.versions {
            for (theme, article) in &version.themes {
                table.row([
                    contract.id.to_string(),
                    version.version.to_string(),
                    version.document.name.clone(),
                    word(&version.acceptance),
                    word(theme),
                    article.clone(),
                ]);
            }
        }
    }
    table.0
}

fn headings(all: &Everything) -> String {
    let mut table = Table::new(["contract", "version", "document", "from", "until", "heading", "article"]);
    for contract in &all.contracts {
        if let Some(agreement) = &contract.agreement {
            let [from, until] = all.span(agreement.span);
            for (heading, article) in &agreement.headings {
                table.row([
                    contract.id.to_string(),
                    agreement.version.to_string(),
                    agreement.document.name.clone(),
                    from.clone(),
                    until.clone(),
                    word(heading),
                    article.clone(),
                ]);
            }
        }
    }
    table.0
}

fn transitions(all: &Everything) -> String {
    let mut table = Table::new(["service", "owner", "from", "until", "plan", "signed"]);
    for one in &all.transitions {
        let [from, until] = all.span(one.span);
        table.row([
            one.service.to_string(),
            one.signed_by.to_string(),
            from,
            until,
            one.plan.name.clone(),
            one.signed.is_some().to_string(),
        ]);
    }
    table.0
}

fn ticks(all: &Everything) -> String {
    let mut table = Table::new(["intervention", "item", "by", "at", "evidence", "not_needed"]);
    for intervention in &all.interventions {
        for tick in &intervention.ticks {
            table.row([
                intervention.id.to_string(),
                tick.item.clone(),
                tick.by.to_string(),
                all.show(tick.at),
                tick.evidence.clone(),
                tick.not_needed.to_string(),
            ]);
        }
    }
    table.0
}

fn exceptions(all: &Everything) -> String {
    let mut table = Table::new([
        "intervention",
        "requested_by",
        "approved_by",
        "relayed_by",
        "reason",
        "from",
        "until",
        "reviewed",
        "reviewed_by",
    ]);
    for intervention in &all.interventions {
        for one in &intervention.exceptions {
            let [from, until] = all.span(one.span);
            table.row([
                intervention.id.to_string(),
                one.requested_by.to_string(),
                one.approved_by.to_string(),
                may(one.relayed_by.as_ref()),
                one.reason.clone(),
                from,
                until,
                all.shown(one.reviewed.as_ref().map(|(at, _)| *at)),
                may(one.reviewed.as_ref().map(|(_, by)| by)),
            ]);
        }
    }
    table.0
}

fn derogations(all: &Everything) -> String {
    let mut table = Table::new([
        "intervention",
        "rules",
        "person",
        "equipment",
        "reason",
        "signed_by",
        "relayed_by",
        "from",
        "until",
        "reviewed",
        "reviewed_by",
    ]);
    for one in all.interventions.iter().flat_map(|intervention| &intervention.derogations) {
        let [from, until] = all.span(one.span);
        table.row([
            one.intervention.to_string(),
            joined(&one.rules),
            one.person.to_string(),
            one.equipment.to_string(),
            one.reason.clone(),
            one.signed_by.to_string(),
            may(one.relayed_by.as_ref()),
            from,
            until,
            all.shown(one.reviewed.as_ref().map(|(at, _)| *at)),
            may(one.reviewed.as_ref().map(|(_, by)| by)),
        ]);
    }
    table.0
}

fn suspensions(all: &Everything) -> String {
    let mut table = Table::new(["provider", "since", "by", "reason"]);
    for one in &all.suspensions {
        table.row([one.provider.to_string(), all.show(one.since), one.by.to_string(), one.reason.clone()]);
    }
    table.0
}

fn holds(all: &Everything) -> String {
    let mut table = Table::new(["id", "about", "name", "reason", "placed_by", "placed_at", "first_entry"]);
    for one in &all.holds {
        table.row([
            one.id.clone(),
            one.about.as_str().to_owned(),
            may(one.about.name()),
            one.reason.clone(),
            one.placed_by.to_string(),
            all.show(one.placed_at),
            one.first.to_string(),
        ]);
    }
    table.0
}

fn documents(all: &Everything) -> String {
    let mut table =
        Table::new(["sha256", "name", "filed_as", "form", "bytes", "filed_at", "scanned", "confirmed"]);
    for one in &all.documents {
        table.row([
            one.sha256.clone(),
            one.name.clone(),
            joined(one.kinds.iter().map(word)),
            word(&one.form),
            one.bytes.to_string(),
            all.show(one.filed_at),
            may(one.scanned.as_ref()),
            one.confirmed.is_some().to_string(),
        ]);
    }
    table.0
}

fn notices(all: &Everything) -> String {
    let mut table = Table::new(["provider", "serial", "before", "at", "changed", "read", "read_by"]);
    for one in &all.notices {
        table.row([
            one.provider.to_string(),
            one.serial.to_string(),
            may(one.was),
            all.show(one.at),
            joined(&one.changed),
            all.shown(one.read.as_ref().map(|(_, at)| *at)),
            may(one.read.as_ref().map(|(by, _)| by)),
        ]);
    }
    table.0
}
