//! `[[service]]`: what may be done, on what, when, and under whose eyes.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{
    Assurance, ChecklistItem, Clause, Declaration, Declared, Establishment, ImplementedBy, Officer, Purpose,
    Service, UncheckedTicket, Window, WindowKind,
};
use vocab::{Kind, Level, Path, Right, RuleId, Timestamp, Uploads};

use super::parts::word_for;
use super::sheet::Noun;
use super::table::{Item, Table, shown};
use super::time::{duration_text, write_weekly};
use super::write::{Rows, Wall};

/// Ceiling of the idle delay (T10): 30 minutes.
const IDLE_MAX: Duration = Duration::from_secs(30 * 60);
/// Ceiling of the exception (O3): 4 hours.
const EXCEPTION_MAX: Duration = Duration::from_secs(4 * 3_600);
/// Ceiling of the extension: no longer than an exception.
const EXTENSION_MAX: Duration = EXCEPTION_MAX;
const SECOND: Duration = Duration::from_secs(1);
/// A continuous window is agreed again each year (O3).
const CONTINUOUS_MAX: Duration = Duration::from_secs(366 * 86_400);
/// Words of whether a request is qualified before it is approved, and of what becomes of a ticket that cannot be checked.
const QUALIFICATION: [(&str, bool); 2] = [("none", false), ("required", true)];
const UNCHECKED: [(&str, UncheckedTicket); 2] =
    [("note", UncheckedTicket::Note), ("refuse", UncheckedTicket::Refuse)];
/// A check is leant on for a month at most: what is older was checked for another intervention.
const CHECKS_MAX: u32 = 744;
/// Words of how a technician is sure of the gate.
const ASSURANCES: [(&str, Assurance); 3] = [
    ("none", Assurance::None),
    ("fingerprint", Assurance::Fingerprint),
    ("certificate", Assurance::Certificate),
];

pub(super) fn read(mut table: Table<'_>, own: Option<&Establishment>) -> Option<Service> {
    let id = table.need("id", |item| item.own_name::<vocab::ServiceId>(Noun::Service));
    let contract = table.need("contract", |item| item.refer(Noun::Contract));
    let title = table.need("title", Item::text);
    let kind = table.need("kind", |item| item.choice(&Kind::ALL.map(|kind| (kind.as_str(), kind))));
    let level = table.need("level", |item| item.number(1, 2));
    let path = table.may("path", |item| item.choice(&Path::ALL.map(|path| (path.as_str(), path))));
    let (central_traces, local_traces) = traces(&mut table);
    let purpose = table.need("purpose", purpose);
    let until = table.may("until", Item::last_day);
    let equipment = table.need("equipment", |item| item.some(Some).map(|_| item.refer_all(Noun::Equipment)));
    let rights = table.list("rights", |item| item.choice(&Right::ALL.map(|right| (right.as_str(), right))));
    let kinds = [Uploads::Release, Uploads::Hold, Uploads::Tap, Uploads::Off].map(|one| (one.as_str(), one));
    let uploads = table.may("uploads", |item| item.choice(&kinds)).unwrap_or_default();
    let actions = table.list("actions", Item::text);
    let windows = table.each("window", |table| window(table, kind));
    let (qualified, unchecked_ticket) = qualification(&mut table, own);
    let checklist = checklist(&mut table);
    let checks_within_hours = table.may("checks_within_hours", |item| item.number(1, CHECKS_MAX));
    let beneficiaries =
        table.may("beneficiaries", |item| Some(item.refer_all(Noun::Person))).unwrap_or_default();
    table.ours(
        "beneficiaries",
        &beneficiaries,
        ("un bénéficiaire est de l'établissement", "a beneficiary is of the establishment"),
    );
    let idle_secs = table.need("idle", |item| item.duration(SECOND, IDLE_MAX));
    let extension = table.may("extension", |item| item.duration(SECOND, EXTENSION_MAX));
    let exception = table.may("exception", |item| item.duration(SECOND, EXCEPTION_MAX));
    let assurance = table.may("assurance", |item| item.choice(&ASSURANCES)).unwrap_or_default();
    let typed_purpose = table.may("typed_purpose", Item::text);
    let shows_provider_secrets = table.may("shows_provider_secrets", Item::flag).unwrap_or_default();
    let declared = table.may("declared", |item| item.table(declared)).unwrap_or_default();
    let implemented_by = table.may("implemented_by", |item| item.table(implemented_by)).unwrap_or_default();
    table.finish();
    Some(Service {
        id: id?,
        establishment: own?.id.clone(),
        contract: contract?,
        title: title?,
        kind: kind?,
        level: if level? == 1 { Level::One } else { Level::Two },
        path: path.unwrap_or(Path::Gateway),
        central_traces,
        local_traces,
        purpose: purpose?,
        until,
        equipment: equipment?,
        rights: rights.into_iter().collect(),
        uploads,
        actions,
        windows,
        qualified,
        unchecked_ticket,
        checklist,
        checks_within_hours,
        beneficiaries,
        idle_secs: idle_secs?,
        extension_secs: extension.unwrap_or(0),
        exception_secs: exception.unwrap_or(0),
        assurance,
        typed_purpose,
        shows_provider_secrets,
        declared,
        implemented_by,
    })
}

/// Whether traces are centralised, and why not (T11, T12).
fn traces(table: &mut Table<'_>) -> (bool, Option<String>) {
    let central = table.may("central_traces", Item::flag).unwrap_or(true);
    let local = table.may("local_traces", Item::text);
    if central && local.is_some() {
        table.fault(
            "local_traces",
            "local_traces dit pourquoi les traces ne sont pas centralisées (central_traces = false)",
            "local_traces says why traces are not centralised (central_traces = false)",
        );
    }
    (central, local)
}

/// Whether requests are qualified first, which somebody has to hold an office for.
fn qualification(table: &mut Table<'_>, own: Option<&Establishment>) -> (bool, UncheckedTicket) {
    let qualified = table.may("qualification", |item| item.choice(&QUALIFICATION)).unwrap_or_default();
    let may = |office: Officer| matches!(office, Officer::It | Officer::Biomedical | Officer::Oncall);
    let nobody = |own: &Establishment| {
        !own.officers.iter().any(|(office, _)| may(*office)) && !own.turns.iter().any(|turn| may(turn.office))
    };
    if qualified && own.is_some_and(nobody) {
        table.fault(
            "qualification",
            "personne ne pourrait qualifier : [establishment] doit donner l'office it, biomedical ou oncall à quelqu'un",
            "nobody could qualify: [establishment] has to give somebody the office it, biomedical or oncall",
        );
    }
    (qualified, table.may("unchecked_ticket", |item| item.choice(&UNCHECKED)).unwrap_or_default())
}

fn purpose(item: Item<'_>) -> Option<Purpose> {
    let (word_at, word, mut table) = item.variant()?;
    let found = match word {
        "functioning" => Purpose::Functioning,
        "data-under-control" => Purpose::DataUnderControl,
        "outside-guide" => {
            Purpose::OutsideGuide { decided_by: table.may("decided_by", |item| item.refer(Noun::Person)) }
        }
        other => {
            return word_at.no_such_word(other, &["functioning", "data-under-control", "outside-guide"]);
        }
    };
    table.finish();
    Some(found)
}

fn window(mut table: Table<'_>, kind: Option<Kind>) -> Option<Window> {
    let weekly = table.may("weekly", Item::weekly);
    let once = table.may("once", |item| item.table(once));
    let continuous = table.may("continuous_until", Item::last_day);
    let agreed_by = table.need("agreed_by", |item| item.refer(Noun::Person));
    let agreed_at = table.need("agreed_at", Item::moment);
    table.finish();
    let given = ["weekly", "once", "continuous_until"].map(|key| table.gave(key));
    if given.iter().filter(|there| **there).count() != 1 {
        table.sheet.fault(
            table.at,
            "une plage est ou bien weekly, ou bien once, ou bien continuous_until",
            "a window is either weekly, or once, or continuous_until",
        );
        return None;
    }
    let agreed_at = agreed_at?;
    if let Some(until) = continuous {
        check_continuous(&table, kind, agreed_at, until);
    }
    let continuous = continuous.map(|renew_by| WindowKind::Continuous { renew_by });
    Some(Window { when: weekly.or(once).or(continuous)?, agreed_by: agreed_by?, agreed_at })
}

fn once(mut table: Table<'_>) -> Option<WindowKind> {
    let from = table.need("from", Item::local_moment);
    let to = table.need("to", Item::local_moment);
    table.finish();
    let (from, to) = (from?, to?);
    if from >= to {
        table.fault("to", "la fin précède le début", "the end is before the beginning");
    }
    Some(WindowKind::OneOff { from, to })
}

fn check_continuous(table: &Table<'_>, kind: Option<Kind>, agreed_at: Timestamp, until: Timestamp) {
    if kind.is_some_and(|kind| kind != Kind::Monitoring) {
        table.fault(
            "continuous_until",
            "une plage continue n'est admise qu'en télésurveillance (kind = \"monitoring\")",
            "a continuous window is taken for monitoring only (kind = \"monitoring\")",
        );
    }
    if until <= agreed_at || until > agreed_at.after(CONTINUOUS_MAX) {
        table.fault(
            "continuous_until",
            "une plage continue se renouvelle chaque année : au plus un an après agreed_at",
            "a continuous window is agreed again each year: at most a year after agreed_at",
        );
    }
}

fn checklist(table: &mut Table<'_>) -> Vec<ChecklistItem> {
    let mut seen: Vec<String> = Vec::new();
    table.each("checklist", |mut table| {
        // The alphabet of names: it is typed on a command line.
        let id = table.need("id", Item::name::<vocab::ServiceId>).map(|id| id.to_string());
        let text = table.need("text", Item::text);
        table.finish();
        let id = id?;
        if seen.contains(&id) {
            let given = shown(&id);
            table.fault("id", format!("`{given}` figure deux fois"), format!("`{given}` stands there twice"));
        }
        seen.push(id.clone());
        Some(ChecklistItem { id, text: text? })
    })
}

fn rules<'a>(table: &mut Table<'a>) -> Vec<(RuleId, Item<'a>)> {
    let sheet = table.sheet;
    let mut found = Vec::new();
    for (key, at, item) in table.rest() {
        match key.parse() {
            Ok(rule) => found.push((rule, item)),
            Err(_) => sheet.fault(
                at,
                format!(
                    "`{}` n'est pas une règle du guide : C1 à C8, E1 à E9, A1, O1 à O8, T1 à T12",
                    shown(key)
                ),
                format!(
                    "`{}` is not a rule of the guide: C1 to C8, E1 to E9, A1, O1 to O8, T1 to T12",
                    shown(key)
                ),
            ),
        }
    }
    found
}

fn declared(mut table: Table<'_>) -> Option<BTreeMap<RuleId, Declared>> {
    let mut all = BTreeMap::new();
    for (rule, item) in rules(&mut table) {
        let facets = item.table(|mut table| {
            let clause = table.may("clause", |item| item.table(clause));
            let held = table.may("held", |item| item.table(declaration));
            table.finish();
            Some(Declared { clause, held })
        });
        all.extend(facets.map(|facets| (rule, facets)));
    }
    Some(all)
}

fn clause(mut table: Table<'_>) -> Option<Clause> {
    let document = table.need("document", Item::document);
    let article = table.need("article", Item::text);
    table.finish();
    Some(Clause { document: document?, article: article? })
}

fn declaration(mut table: Table<'_>) -> Option<Declaration> {
    let by = table.need("by", Item::text);
    let at = table.need("at", Item::moment);
    let until = table.need("until", Item::last_day);
    let document = table.need("document", Item::document);
    table.finish();
    let (at, until) = (at?, until?);
    if until <= at {
        table.fault("until", "la fin précède le début", "the end is before the beginning");
    }
    Some(Declaration { by: by?, at, until, document: document? })
}

fn implemented_by(mut table: Table<'_>) -> Option<BTreeMap<RuleId, ImplementedBy>> {
    let mut all = BTreeMap::new();
    for (rule, item) in rules(&mut table) {
        if !rule.as_str().starts_with('T') {
            let _: Option<()> = item.fault(
                format!("seules les règles T se délèguent au fournisseur, et non {rule}"),
                format!("only T rules are delegated to the provider, not {rule}"),
            );
        }
        all.extend(item.table(clause).map(|clause| (rule, ImplementedBy::Provider(clause))));
    }
    Some(all)
}

/// What [`read`] reads.
pub(super) fn write(service: &Service, wall: &Wall<'_>) -> Rows {
    let Service {
        id,
        establishment: _,
        contract,
        title,
        kind,
        level,
        path,
        central_traces,
        local_traces,
        purpose,
        until,
        equipment,
        rights,
        uploads,
        actions,
        windows,
        qualified,
        unchecked_ticket,
        checklist,
        checks_within_hours,
        beneficiaries,
        idle_secs,
        extension_secs,
        exception_secs,
        assurance,
        typed_purpose,
        shows_provider_secrets,
        declared,
        implemented_by,
    } = service;
    let item = |item: &ChecklistItem| {
        let ChecklistItem { id, text } = item;
        Rows::default().text("id", id).text("text", text)
    };
    let agreed = |secs: u32| (secs > 0).then(|| duration_text(secs));
    let rows = Rows::default()
        .text("id", id.as_str())
        .text("contract", contract.as_str())
        .text("title", title)
        .text("kind", kind.as_str())
        .number("level", u32::from(u8::from(*level)))
        .text("path", path.as_str())
        .flag("central_traces", *central_traces)
        .may("local_traces", local_traces.as_ref())
        .inline("purpose", write_purpose(purpose))
        .may("until", until.map(|until| wall.last_day(until)))
        .list("equipment", equipment.iter().map(vocab::EquipmentId::as_str))
        .list("rights", rights.iter().map(Right::as_str))
        .text("uploads", uploads.as_str())
        .list("actions", actions)
        .text("qualification", word_for(&QUALIFICATION, *qualified))
        .text("unchecked_ticket", word_for(&UNCHECKED, *unchecked_ticket))
        .inline_list("checklist", checklist.iter().map(item))
        .may_number("checks_within_hours", *checks_within_hours)
        .list("beneficiaries", beneficiaries.iter().map(vocab::PersonId::as_str))
        .text("idle", duration_text(*idle_secs))
        .may("extension", agreed(*extension_secs))
        .may("exception", agreed(*exception_secs))
        .text("assurance", word_for(&ASSURANCES, *assurance))
        .may("typed_purpose", typed_purpose.as_ref())
        .flag("shows_provider_secrets", *shows_provider_secrets)
        .each("window", windows.iter().map(|one| write_window(one, wall)));
    with_delegated(with_declared(rows, declared, wall), implemented_by)
}

fn with_declared(mut rows: Rows, declared: &BTreeMap<RuleId, Declared>, wall: &Wall<'_>) -> Rows {
    for (rule, Declared { clause, held }) in declared {
        let mut facets = Rows::default();
        if let Some(clause) = clause {
            facets = facets.inline("clause", write_clause(clause));
        }
        if let Some(held) = held {
            facets = facets.inline("held", write_declaration(held, wall));
        }
        rows = rows.table(&format!("declared.{rule}"), facets);
    }
    rows
}

fn with_delegated(mut rows: Rows, implemented_by: &BTreeMap<RuleId, ImplementedBy>) -> Rows {
    for (rule, by) in implemented_by {
        match by {
            // What is not delegated is the establishment's.
            ImplementedBy::Sis => {}
            ImplementedBy::Provider(clause) => {
                rows = rows.table(&format!("implemented_by.{rule}"), write_clause(clause));
            }
        }
    }
    rows
}

fn write_purpose(purpose: &Purpose) -> Rows {
    let rows = Rows::default();
    match purpose {
        Purpose::Functioning => rows.text("kind", "functioning"),
        Purpose::DataUnderControl => rows.text("kind", "data-under-control"),
        Purpose::OutsideGuide { decided_by } => {
            let decided_by = decided_by.as_ref().map(vocab::PersonId::as_str);
            rows.text("kind", "outside-guide").may("decided_by", decided_by)
        }
    }
}

fn write_window(window: &Window, wall: &Wall<'_>) -> Rows {
    let Window { when, agreed_by, agreed_at } = window;
    let rows = match when {
        WindowKind::Weekly { days, from, to } => write_weekly(days, *from, *to),
        WindowKind::OneOff { from, to } => {
            let (from, to) = (String::from(*from), String::from(*to));
            Rows::default().inline("once", Rows::default().text("from", from).text("to", to))
        }
        WindowKind::Continuous { renew_by } => {
            Rows::default().text("continuous_until", wall.last_day(*renew_by))
        }
    };
    rows.text("agreed_by", agreed_by.as_str()).text("agreed_at", wall.moment(*agreed_at))
}

fn write_clause(clause: &Clause) -> Rows {
    let Clause { document, article } = clause;
    Rows::default().document("document", document).text("article", article)
}

fn write_declaration(declaration: &Declaration, wall: &Wall<'_>) -> Rows {
    let Declaration { by, at, until, document } = declaration;
    Rows::default()
        .text("by", by)
        .text("at", wall.moment(*at))
        .text("until", wall.last_day(*until))
        .document("document", document)
}
