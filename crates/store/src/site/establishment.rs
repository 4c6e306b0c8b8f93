//! `[establishment]`: whose file this is.

use std::time::Duration;

use domain::{
    Delegation, Establishment, FACT_DAYS, FACT_DAYS_MAX, FACT_DAYS_MIN, Officer, Power, RECORDING_DAYS,
    RECORDING_DAYS_MIN, Retention, Risk, Span, TRACE_DAYS, TRACE_DAYS_MAX, TRACE_DAYS_MIN, Turn, Zone,
};
use vocab::{EstablishmentId, ServiceId};

use super::audit;
use super::sheet::Noun;
use super::table::{Item, Table, shown};
use super::write::{Rows, Wall};

/// A turn is at most a year and a day of a leap year: a mandate without an end is no mandate.
const TURN_MAX: Duration = Duration::from_secs(366 * 86_400);

/// First its name, because people name it as their employer, and its zone, because all dates are local to it.
pub(super) fn name_and_zone(mut table: Table<'_>) -> Option<()> {
    if let Some(name) = table.may("id", |item| item.value.as_str()) {
        table.sheet.set_own(name);
    }
    let zone = table.may("zone", |item| {
        let given = item.raw()?;
        match given.parse::<Zone>() {
            Ok(zone) => Some(zone),
            Err(_) => item.fault(
                format!("`{}` n'est pas un fuseau horaire de l'IANA, comme Europe/Paris", shown(given)),
                format!("`{}` is not a time zone of the IANA table, such as Europe/Paris", shown(given)),
            ),
        }
    });
    table.sheet.set_zone(zone?);
    Some(())
}

pub(super) fn read(mut table: Table<'_>) -> Option<Establishment> {
    let id = table.need("id", Item::name::<EstablishmentId>);
    let title = table.need("title", Item::text);
    table.need("zone", |_| Some(()));
    let responsable = table.need("responsable", |item| item.refer(Noun::Person));
    let retention = retention(&mut table);
    let recording_days = table.may("recording_days", |item| recording_days(item, retention.trace_days));
    let officers = table.may("officers", |item| item.table(officers)).unwrap_or_default();
    let turns = table.each("turn", turn);
    let delegations = table.each("delegation", delegation);
    let audits = audit::read_all(&mut table);
    table.finish();
    table.ours(
        "responsable",
        responsable.as_slice(),
        ("le responsable du SIS est de l'établissement", "the responsable du SIS is of the establishment"),
    );
    Some(Establishment {
        id: id?,
        title: title?,
        zone: table.sheet.zone()?.clone(),
        responsable: responsable?,
        delegations,
        officers,
        turns,
        recording_days: recording_days.unwrap_or(RECORDING_DAYS),
        retention,
        audits,
    })
}

/// More than a year of traces, or more than five of facts, is justified in words, which stand in the certificate of each purge.
fn retention(table: &mut Table<'_>) -> Retention {
    let reason = table.may("trace_reason", Item::text);
    let days = table.may("trace_days", |item| match item.number(TRACE_DAYS_MIN, TRACE_DAYS_MAX)? {
        long if long > TRACE_DAYS && reason.is_none() => item.fault(
            format!("plus de {TRACE_DAYS} jours demandent une justification : `trace_reason`"),
            format!("more than {TRACE_DAYS} days need a justification: `trace_reason`"),
        ),
        days => Some(days),
    });
    let fact_reason = table.may("fact_reason", Item::text);
    let fact_days = table.may("fact_days", |item| match item.number(FACT_DAYS_MIN, FACT_DAYS_MAX)? {
        long if long > FACT_DAYS && fact_reason.is_none() => item.fault(
            format!("plus de {FACT_DAYS} jours demandent une justification : `fact_reason`"),
            format!("more than {FACT_DAYS} days need a justification: `fact_reason`"),
        ),
        days => Some(days),
    });
    Retention {
        trace_days: days.unwrap_or(TRACE_DAYS),
        reason,
        fact_days: fact_days.unwrap_or(FACT_DAYS),
        fact_reason,
    }
}

fn recording_days(item: Item<'_>, trace_days: u32) -> Option<u32> {
    match item.number(RECORDING_DAYS_MIN, TRACE_DAYS_MAX)? {
        long if long > trace_days => item.fault(
            format!("un enregistrement n'est pas gardé plus longtemps que les traces qui l'expliquent ({trace_days} jours)"),
            format!("a recording is not kept longer than the traces that explain it ({trace_days} days)"),
        ),
        days => Some(days),
    }
}

fn officers(mut table: Table<'_>) -> Option<Vec<(Officer, vocab::PersonId)>> {
    let mut all = Vec::new();
    for office in Officer::ALL.into_iter().filter(|office| *office != Officer::Auditor) {
        let word = office.as_str();
        let people = table.may(word, |item| Some(item.refer_all(Noun::Person))).unwrap_or_default();
        table.ours(word, &people, OF_THE_ESTABLISHMENT);
        all.extend(people.into_iter().map(|person| (office, person)));
    }
    table.finish();
    Some(all)
}

/// Whoever holds an office answers to the establishment; an auditor reads, and is often another firm's.
const OF_THE_ESTABLISHMENT: (&str, &str) =
    ("cet office revient à l'établissement", "this office belongs to the establishment");

fn turn(mut table: Table<'_>) -> Option<Turn> {
    let offices = Officer::ALL.map(|office| (office.as_str(), office));
    let office = table.need("office", |item| item.choice(&offices));
    let person = table.need("person", |item| item.refer(Noun::Person));
    let from = table.need("from", Item::moment);
    let until = table.need("until", Item::moment);
    table.finish();
    if office != Some(Officer::Auditor) {
        table.ours("person", person.as_slice(), OF_THE_ESTABLISHMENT);
    }
    let span = Span { from: from?, until: until? };
    if span.until <= span.from || span.until > span.from.after(TURN_MAX) {
        table.fault(
            "until",
            "la fin suit le début, d'un an au plus",
            "the end is after the beginning, by a year at most",
        );
    }
    Some(Turn { office: office?, person: person?, span })
}

/// What [`read`] reads.
pub(super) fn write(own: &Establishment, wall: &Wall<'_>) -> Rows {
    let Establishment {
        id,
        title,
        zone,
        responsable,
        delegations,
        officers,
        turns,
        recording_days,
        retention,
        audits,
    } = own;
    let Retention { trace_days, reason, fact_days, fact_reason } = retention;
    let mut offices = Rows::default();
    for office in Officer::ALL {
        let holds = officers.iter().filter(|(held, _)| *held == office);
        offices = offices.list(office.as_str(), holds.map(|(_, person)| person.as_str()));
    }
    let delegation = |deed: &Delegation| {
        let Delegation { to, span, may_treat, risk_up_to, may_derogate, may, services, deed } = deed;
        wall.span(Rows::default().text("to", to.as_str()), *span)
            .flag("may_treat", *may_treat)
            .text("risk_up_to", risk_up_to.as_str())
            .flag("may_derogate", *may_derogate)
            .list("may", may.iter().map(|power| power.as_str()))
            .list("services", services.iter().map(ServiceId::as_str))
            .document("deed", deed)
    };
    let turn = |turn: &Turn| {
        let Turn { office, person, span } = turn;
        Rows::default()
            .text("office", office.as_str())
            .text("person", person.as_str())
            .text("from", wall.moment(span.from))
            .text("until", wall.moment(span.until))
    };
    Rows::default()
        .text("id", id.as_str())
        .text("title", title)
        .text("zone", zone.name())
        .text("responsable", responsable.as_str())
        .number("recording_days", *recording_days)
        .number("trace_days", *trace_days)
        .may("trace_reason", reason.as_ref())
        .number("fact_days", *fact_days)
        .may("fact_reason", fact_reason.as_ref())
        .table("officers", offices)
        .each("turn", turns.iter().map(turn))
        .each("delegation", delegations.iter().map(delegation))
        .each("audit", audits.iter().map(|one| audit::write(one, wall)))
}

/// What `may` names: treating and derogating have their own words.
const DELEGATED: [Power; 8] = [
    Power::Review,
    Power::Close,
    Power::Provider,
    Power::Vouch,
    Power::Keep,
    Power::Traces,
    Power::Tokens,
    Power::Documents,
];

fn delegation(mut table: Table<'_>) -> Option<Delegation> {
    let to = table.need("to", |item| item.refer(Noun::Person));
    let span = table.span();
    let may_treat = table.may("may_treat", Item::flag).unwrap_or_default();
    let risks = Risk::ALL.map(|risk| (risk.as_str(), risk));
    let risk_up_to = table.may("risk_up_to", |item| item.choice(&risks)).unwrap_or(Risk::Moderate);
    let may_derogate = table.may("may_derogate", Item::flag).unwrap_or_default();
    let powers: Vec<(&str, Power)> = DELEGATED.map(|power| (power.as_str(), power)).into();
    let mut may: Vec<Power> = Vec::new();
    for (power, item) in table.list("may", |item| Some((item.choice(&powers)?, item))) {
        if may.contains(&power) {
            let _told: Option<()> = item.twice(power.as_str());
        } else {
            may.push(power);
        }
    }
    let services: Vec<ServiceId> =
        table.may("services", |item| Some(item.refer_all(Noun::Service))).unwrap_or_default();
    if let Some(whole) = may.iter().find(|power| power.is_of_the_whole()).filter(|_| !services.is_empty()) {
        table.fault(
            "services",
            format!("`{}` vaut pour tout l'établissement : une délégation limitée à des prestations ne peut le donner", whole.as_str()),
            format!("`{}` concerns the whole establishment: a deed that names services cannot give it", whole.as_str()),
        );
    }
    let deed = table.need("deed", Item::document);
    table.finish();
    table.ours(
        "to",
        to.as_slice(),
        (
            "le responsable délègue à l'établissement même",
            "the responsable delegates within the establishment",
        ),
    );
    if !may_treat && !may_derogate && may.is_empty() {
        table.sheet.fault(
            table.at,
            "cette délégation ne donne rien : may_treat ou may_derogate doit valoir true, ou `may` nommer quelque chose",
            "this delegation gives nothing: may_treat or may_derogate has to be true, or `may` to name something",
        );
    }
    Some(Delegation { to: to?, span: span?, may_treat, risk_up_to, may_derogate, may, services, deed: deed? })
}
