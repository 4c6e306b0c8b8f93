//! `[establishment]`: whose file this is.

use domain::{Delegation, Establishment, Officer, Zone};
use vocab::EstablishmentId;

use super::sheet::Noun;
use super::table::{Item, Table, shown};

/// Days that recordings are kept when nothing is said: 12 months.
const RECORDING_DAYS: u32 = 365;
/// Ten years: longer than any limitation period a recording could serve.
const RECORDING_DAYS_MAX: u32 = 3_653;

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
    let recording_days = table.may("recording_days", |item| item.number(1, RECORDING_DAYS_MAX));
    let officers = table.may("officers", |item| item.table(officers)).unwrap_or_default();
    let delegations = table.each("delegation", delegation);
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
        recording_days: recording_days.unwrap_or(RECORDING_DAYS),
    })
}

fn officers(mut table: Table<'_>) -> Option<Vec<(Officer, vocab::PersonId)>> {
    let offices = [
        ("security", Officer::Security),
        ("it", Officer::It),
        ("oncall", Officer::Oncall),
        ("auditor", Officer::Auditor),
    ];
    let mut all = Vec::new();
    for (word, office) in offices {
        let people = table.may(word, |item| Some(item.refer_all(Noun::Person))).unwrap_or_default();
        // An auditor reads and changes nothing: he is often another firm's.
        if office != Officer::Auditor {
            table.ours(
                word,
                &people,
                ("cet office revient à l'établissement", "this office belongs to the establishment"),
            );
        }
        all.extend(people.into_iter().map(|person| (office, person)));
    }
    table.finish();
    Some(all)
}

fn delegation(mut table: Table<'_>) -> Option<Delegation> {
    let to = table.need("to", |item| item.refer(Noun::Person));
    let span = table.span();
    let may_treat = table.may("may_treat", Item::flag).unwrap_or_default();
    let may_derogate = table.may("may_derogate", Item::flag).unwrap_or_default();
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
    if !may_treat && !may_derogate {
        table.sheet.fault(
            table.at,
            "cette délégation ne donne rien : may_treat ou may_derogate doit valoir true",
            "this delegation gives nothing: may_treat or may_derogate has to be true",
        );
    }
    Some(Delegation { to: to?, span: span?, may_treat, may_derogate, deed: deed? })
}
