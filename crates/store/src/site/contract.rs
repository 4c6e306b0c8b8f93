//! `[[contract]]`: the act, its plan, its agreement, its lists.

use domain::{
    Acceptance, Agreement, Contract, ContractForm, Heading, NoSubcontracting, Original, PlanVersion,
    ReportTerms, RequesterCheck, Requesters, SecurityPlan, Subcontract, Subcontracting, Theme,
};
use vocab::{EstablishmentId, ProviderId};

use super::audit;
use super::custody;
use super::installed;
use super::parts::word_for;
use super::sheet::Noun;
use super::table::{Item, Table};
use super::write::{Rows, Wall};

/// Versions of texts: more than a file will ever see.
const VERSION_MAX: u32 = 10_000;
/// Days of a delay: a year.
const DELAY_MAX: u32 = 366;
/// Days until a dossier is to be confirmed (C3): a year, three at most.
const CONFIRM_DEFAULT: u32 = 365;
const CONFIRM_MAX: u32 = 1_096;
/// Logs of a year ago are kept nowhere any more (rules.md §3).
const EVIDENCE_MAX: u32 = 365;
/// Words of the choices.
const FORMS: [(&str, ContractForm); 3] = [
    ("reglement", ContractForm::Reglement),
    ("contrat", ContractForm::Contrat),
    ("convention", ContractForm::Convention),
];
const MODES: [(&str, Subcontracting); 4] = [
    ("excluded", Subcontracting::Excluded),
    ("case-by-case", Subcontracting::CaseByCase),
    ("global", Subcontracting::Global),
    ("not-stated", Subcontracting::NotStated),
];
const THEMES: [(&str, Theme); 7] = [
    ("people", Theme::People),
    ("information", Theme::Information),
    ("sites", Theme::Sites),
    ("platform", Theme::Platform),
    ("access", Theme::Access),
    ("continuity", Theme::Continuity),
    ("assurance", Theme::Assurance),
];
const HEADINGS: [(&str, Heading); 5] = [
    ("scope", Heading::Scope),
    ("duties", Heading::Duties),
    ("means", Heading::Means),
    ("procedures", Heading::Procedures),
    ("security", Heading::Security),
];
const CHECKS: [(&str, RequesterCheck); 3] =
    [("list", RequesterCheck::List), ("means", RequesterCheck::Means), ("none", RequesterCheck::None)];

pub(super) fn read(mut table: Table<'_>, own: Option<&EstablishmentId>) -> Option<Contract> {
    let id = table.need("id", |item| item.own_name::<vocab::ContractId>(Noun::Contract));
    let provider: Option<ProviderId> = table.need("provider", |item| item.refer(Noun::Provider));
    let form = table.need("form", |item| item.choice(&FORMS));
    let span = table.span();
    let original = table.need("original", original);
    let document = table.may("document", Item::document);
    let subcontracting = table.may("subcontracting", |item| item.choice(&MODES)).unwrap_or_default();
    let subcontracts = subcontracts(&mut table, provider.as_ref(), subcontracting);
    let no_subcontracting = table.may("no_subcontracting", |item| item.table(no_subcontracting));
    let engagement_version = table.need("engagement_version", |item| item.number(1, VERSION_MAX));
    let plan = SecurityPlan { versions: plan(&mut table) };
    let agreement = table.may("agreement", |item| item.table(agreement));
    let requesters = table.may("requesters", |item| item.table(requesters)).unwrap_or_default();
    let report = table.may("report", |item| item.table(report));
    let erasure = table.need("erasure_within_days", |item| item.number(0, DELAY_MAX));
    let overdue_blocks = table.may("overdue_blocks", Item::flag).unwrap_or_default();
    let entrusted = custody::read(&mut table);
    let installed = installed::read(&mut table);
    let audits = audit::read_all(&mut table);
    let covers = table.may("covers", |item| Some(item.refer_all(Noun::Service))).unwrap_or_default();
    let confirm =
        table.may("confirm_within_days", |item| item.number(1, CONFIRM_MAX)).unwrap_or(CONFIRM_DEFAULT);
    let evidence = table.may("evidence_within_days", |item| item.number(1, EVIDENCE_MAX));
    table.finish();
    Some(Contract {
        id: id?,
        establishment: own.cloned()?,
        provider: provider?,
        form: form?,
        span: span?,
        original: original?,
        document,
        subcontracting,
        subcontracts,
        no_subcontracting,
        engagement_version: engagement_version?,
        plan,
        agreement,
        requesters,
        report,
        erasure_within_days: erasure?,
        overdue_blocks,
        entrusted,
        installed,
        audits,
        covers,
        confirm_within_days: confirm,
        evidence_within_days: evidence,
    })
}

fn original(item: Item<'_>) -> Option<Original> {
    let (word_at, word, mut table) = item.variant()?;
    let found = match word {
        "missing" => Some(Original::Missing),
        "paper" => {
            let received_at = table.need("received", Item::day);
            let filed = table.need("filed", Item::text);
            received_at.zip(filed).map(|(received_at, filed)| Original::Paper { received_at, filed })
        }
        "electronic" => table
            .need("assumed_by", |item| item.refer(Noun::Person))
            .map(|assumed_by| Original::Electronic { assumed_by }),
        other => return word_at.no_such_word(other, &["paper", "electronic", "missing"]),
    };
    table.finish();
    found
}

fn subcontracts(
    table: &mut Table<'_>,
    provider: Option<&ProviderId>,
    mode: Subcontracting,
) -> Vec<Subcontract> {
    let mut places = Vec::new();
    let found = table.each("subcontractor", |table| subcontract(table, provider, &mut places));
    for (sub, at) in found.iter().zip(&places) {
        if !reaches(sub, provider, &found) {
            table.sheet.fault(
                *at,
                "under mène au fournisseur du contrat, par d'autres sous-traitants de la liste au besoin",
                "under leads to the provider of the contract, by other subcontractors of the list if need be",
            );
        }
    }
    let stated = matches!(mode, Subcontracting::CaseByCase | Subcontracting::Global);
    if let (false, Some(first)) = (stated, places.first()) {
        table.sheet.fault(
            *first,
            "une liste de sous-traitants demande subcontracting = \"case-by-case\" ou \"global\"",
            "a list of subcontractors asks for subcontracting = \"case-by-case\" or \"global\"",
        );
    }
    found
}

fn no_subcontracting(mut table: Table<'_>) -> Option<NoSubcontracting> {
    let at = table.need("at", Item::day);
    let document = table.need("document", Item::document);
    table.finish();
    Some(NoSubcontracting { at: at?, document: document? })
}

fn subcontract(
    mut table: Table<'_>,
    provider: Option<&ProviderId>,
    places: &mut Vec<usize>,
) -> Option<Subcontract> {
    let sub = table.need("provider", |item| item.refer(Noun::Provider));
    let under = table.may("under", |item| item.refer(Noun::Provider)).or_else(|| provider.cloned());
    let listed_at = table.need("listed", Item::day);
    let ended_at = table.may("ended", Item::last_day);
    let authorised = table.may("authorised", Item::document);
    let flow_down = table.may("flow_down", Item::document);
    table.finish();
    let found =
        Subcontract { provider: sub?, under: under?, listed_at: listed_at?, ended_at, authorised, flow_down };
    places.push(table.place("under"));
    Some(found)
}

/// Whether a subcontractor works for the contract's provider, over at most as many tiers as there are entries.
fn reaches(sub: &Subcontract, provider: Option<&ProviderId>, all: &[Subcontract]) -> bool {
    let mut under = &sub.under;
    for _ in 0..=all.len() {
        if Some(under) == provider {
            return provider != Some(&sub.provider);
        }
        let Some(next) = all.iter().find(|other| other.provider == *under) else { return false };
        under = &next.under;
    }
    false
}

fn plan(table: &mut Table<'_>) -> Vec<PlanVersion> {
    let mut seen: Vec<u32> = Vec::new();
    table.each("plan", |mut table| {
        let version = table.need("version", |item| item.number(1, VERSION_MAX));
        let document = table.need("document", Item::document);
        let themes = table.may("themes", |item| Some(item.places(&THEMES))).unwrap_or_default();
        let acceptance = table.need("acceptance", acceptance);
        table.finish();
        let version = version?;
        if seen.contains(&version) {
            table.fault(
                "version",
                format!("la version {version} figure deux fois"),
                format!("version {version} stands there twice"),
            );
        }
        seen.push(version);
        Some(PlanVersion { version, document: document?, themes, acceptance: acceptance? })
    })
}

fn acceptance(item: Item<'_>) -> Option<Acceptance> {
    let (word_at, word, mut table) = item.variant()?;
    if word == "pending" {
        table.finish();
        return Some(Acceptance::Pending);
    }
    if !matches!(word, "standard" | "validated") {
        return word_at.no_such_word(word, &["standard", "validated", "pending"]);
    }
    let at = table.need("at", Item::moment);
    let by = table.need("by", |item| item.refer(Noun::Person));
    table.finish();
    let (at, by) = (at?, by?);
    Some(match word {
        "standard" => Acceptance::Standard { at, by },
        _ => Acceptance::Validated { at, by },
    })
}

fn agreement(mut table: Table<'_>) -> Option<Agreement> {
    let version = table.need("version", |item| item.number(1, VERSION_MAX));
    let span = table.span();
    let document = table.need("document", Item::document);
    let headings = table.may("headings", |item| Some(item.places(&HEADINGS))).unwrap_or_default();
    table.finish();
    Some(Agreement { version: version?, span: span?, document: document?, headings })
}

fn requesters(mut table: Table<'_>) -> Option<Requesters> {
    let check = table.need("check", |item| item.choice(&CHECKS));
    let people = table.may("people", |item| Some(item.refer_all(Noun::Person))).unwrap_or_default();
    let version = table.may("version", |item| item.number(1, VERSION_MAX)).unwrap_or(1);
    let sent_at = table.may("sent", Item::moment);
    let acknowledged_at = table.may("acknowledged", Item::moment);
    table.finish();
    if check == Some(RequesterCheck::List) && people.is_empty() {
        table.fault("people", "la liste des demandeurs est vide", "the list of requesters is empty");
    }
    if acknowledged_at.is_some_and(|acknowledged| sent_at.is_none_or(|sent| acknowledged < sent)) {
        table.fault(
            "acknowledged",
            "accusé de réception avant l'envoi : donner sent, une date antérieure",
            "acknowledged before it was sent: give sent, an earlier date",
        );
    }
    Some(Requesters { check: check?, people, version, sent_at, acknowledged_at })
}

fn report(mut table: Table<'_>) -> Option<ReportTerms> {
    let form = table.need("form", Item::text);
    let channel = table.need("channel", Item::text);
    let within_days = table.need("within_days", |item| item.number(0, DELAY_MAX));
    table.finish();
    Some(ReportTerms { form: form?, channel: channel?, within_days: within_days? })
}

/// What [`read`] reads.
pub(super) fn write(contract: &Contract, wall: &Wall<'_>) -> Rows {
    let Contract {
        id,
        establishment: _,
        provider,
        form,
        span,
        original,
        document,
        subcontracting,
        subcontracts,
        no_subcontracting,
        engagement_version,
        plan: SecurityPlan { versions },
        agreement,
        requesters,
        report,
        erasure_within_days,
        overdue_blocks,
        entrusted,
        installed,
        audits,
        covers,
        confirm_within_days,
        evidence_within_days,
    } = contract;
    let rows = Rows::default()
        .text("id", id.as_str())
        .text("provider", provider.as_str())
        .text("form", word_for(&FORMS, *form));
    let mut rows = wall
        .span(rows, *span)
        .inline("original", write_original(original, wall))
        .may_document("document", document.as_ref())
        .text("subcontracting", word_for(&MODES, *subcontracting));
    if let Some(NoSubcontracting { at, document }) = no_subcontracting {
        let said = Rows::default().text("at", wall.day(*at)).document("document", document);
        rows = rows.inline("no_subcontracting", said);
    }
    let mut rows = rows
        .number("engagement_version", *engagement_version)
        .number("erasure_within_days", *erasure_within_days)
        .flag("overdue_blocks", *overdue_blocks)
        .list("covers", covers.iter().map(|service| service.as_str()))
        .number("confirm_within_days", *confirm_within_days)
        .may_number("evidence_within_days", *evidence_within_days)
        .each("subcontractor", subcontracts.iter().map(|one| write_subcontract(one, wall)))
        .each("plan", versions.iter().map(|one| write_plan(one, wall)))
        .each("audit", audits.iter().map(|one| audit::write(one, wall)));
    if let Some(agreement) = agreement {
        rows = rows.table("agreement", write_agreement(agreement, wall));
    }
    if *requesters != Requesters::default() {
        rows = rows.table("requesters", write_requesters(requesters, wall));
    }
    if let Some(ReportTerms { form, channel, within_days }) = report {
        let terms = Rows::default().text("form", form).text("channel", channel);
        rows = rows.table("report", terms.number("within_days", *within_days));
    }
    rows.each("entrusted", entrusted.iter().map(|one| custody::write(one, wall)))
        .each("installed", installed.iter().map(|one| installed::write(one, wall)))
}

fn write_original(original: &Original, wall: &Wall<'_>) -> Rows {
    let rows = Rows::default();
    match original {
        Original::Missing => rows.text("kind", "missing"),
        Original::Paper { received_at, filed } => {
            rows.text("kind", "paper").text("received", wall.day(*received_at)).text("filed", filed)
        }
        Original::Electronic { assumed_by } => {
            rows.text("kind", "electronic").text("assumed_by", assumed_by.as_str())
        }
    }
}

fn write_subcontract(sub: &Subcontract, wall: &Wall<'_>) -> Rows {
    let Subcontract { provider, under, listed_at, ended_at, authorised, flow_down } = sub;
    Rows::default()
        .text("provider", provider.as_str())
        .text("under", under.as_str())
        .text("listed", wall.day(*listed_at))
        .may("ended", ended_at.map(|at| wall.last_day(at)))
        .may_document("authorised", authorised.as_ref())
        .may_document("flow_down", flow_down.as_ref())
}

fn write_plan(plan: &PlanVersion, wall: &Wall<'_>) -> Rows {
    let PlanVersion { version, document, themes, acceptance } = plan;
    let accepted = |kind: &str, at: &vocab::Timestamp, by: &vocab::PersonId| {
        Rows::default().text("kind", kind).text("at", wall.moment(*at)).text("by", by.as_str())
    };
    let acceptance = match acceptance {
        Acceptance::Pending => Rows::default().text("kind", "pending"),
        Acceptance::Standard { at, by } => accepted("standard", at, by),
        Acceptance::Validated { at, by } => accepted("validated", at, by),
    };
    Rows::default()
        .number("version", *version)
        .document("document", document)
        .inline("acceptance", acceptance)
        .places("themes", &THEMES, themes)
}

fn write_agreement(agreement: &Agreement, wall: &Wall<'_>) -> Rows {
    let Agreement { version, span, document, headings } = agreement;
    wall.span(Rows::default().number("version", *version), *span)
        .document("document", document)
        .places("headings", &HEADINGS, headings)
}

fn write_requesters(requesters: &Requesters, wall: &Wall<'_>) -> Rows {
    let Requesters { check, people, version, sent_at, acknowledged_at } = requesters;
    Rows::default()
        .text("check", word_for(&CHECKS, *check))
        .list("people", people.iter().map(vocab::PersonId::as_str))
        .number("version", *version)
        .may("sent", sent_at.map(|at| wall.moment(at)))
        .may("acknowledged", acknowledged_at.map(|at| wall.moment(at)))
}
