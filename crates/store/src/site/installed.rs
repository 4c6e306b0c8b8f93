//! `[[contract.installed]]`: what the provider placed in the SIS, what is known in it, and what both parties decide about that (E5).

use domain::{Cvss, Installed, Postponed, Vulnerability, is_vulnerability};

use super::sheet::Noun;
use super::table::{Item, Table, shown};
use super::write::{Rows, Wall};

/// Longest name of a version: `12.4.1-rc3+build.20261015` has 25 characters.
const VERSION_MAX: usize = 60;

pub(super) fn read(table: &mut Table<'_>) -> Vec<Installed> {
    let mut seen: Vec<String> = Vec::new();
    table.each("installed", |table| one(table, &mut seen))
}

fn one(mut table: Table<'_>, seen: &mut Vec<String>) -> Option<Installed> {
    let id = table.need("id", Item::name::<vocab::ServiceId>).map(|id| id.to_string());
    let what = table.need("what", Item::text);
    let version = table.need("version", |item| item.word(VERSION_MAX));
    let provider = table.may("provider", |item| item.refer(Noun::Provider));
    let service = table.may("service", |item| item.refer(Noun::Service));
    let equipment = table.may("equipment", |item| item.refer(Noun::Equipment));
    let since = table.need("since", Item::day);
    let removed_at = table.may("removed", Item::day);
    let mut named: Vec<String> = Vec::new();
    let vulnerabilities = table.each("vulnerability", |table| vulnerability(table, &mut named));
    table.finish();
    if let Some(id) = id.as_ref().filter(|id| seen.contains(id)) {
        let given = shown(id);
        table.fault("id", format!("`{given}` figure deux fois"), format!("`{given}` stands there twice"));
    }
    seen.extend(id.clone());
    if removed_at.zip(since).is_some_and(|(removed, since)| removed < since) {
        table.fault("removed", "retiré avant d'avoir été installé", "taken away before it was installed");
    }
    Some(Installed {
        id: id?,
        what: what?,
        version: version?,
        provider,
        service,
        equipment,
        since: since?,
        removed_at,
        vulnerabilities,
    })
}

fn vulnerability(mut table: Table<'_>, named: &mut Vec<String>) -> Option<Vulnerability> {
    let id = table.need("id", identifier);
    let cvss = table.need("cvss", score);
    let known_at = table.need("known", Item::day);
    let correct_by = table.may("correct_by", Item::last_day);
    let corrected_at = table.may("corrected", Item::day);
    let postponed = table.may("postponed", |item| item.table(postponed));
    table.finish();
    let upper = id.as_ref().map(|id| id.to_ascii_uppercase());
    if let Some(given) = upper.as_ref().filter(|id| named.contains(id)) {
        table.fault("id", format!("`{given}` figure deux fois"), format!("`{given}` stands there twice"));
    }
    named.extend(upper);
    let known_at = known_at?;
    if corrected_at.is_some_and(|at| at < known_at) || correct_by.is_some_and(|by| by <= known_at) {
        table.fault("known", "corrigée avant d'être connue", "corrected before it was known");
    }
    if postponed.as_ref().is_some_and(|one| one.until <= known_at) {
        table.fault("postponed", "la fin précède le début", "the end is before the beginning");
    }
    Some(Vulnerability { id: id?, cvss: cvss?, known_at, correct_by, corrected_at, postponed })
}

fn postponed(mut table: Table<'_>) -> Option<Postponed> {
    let until = table.need("until", Item::last_day);
    let reason = table.need("reason", Item::text);
    table.finish();
    Some(Postponed { until: until?, reason: reason? })
}

fn identifier(item: Item<'_>) -> Option<String> {
    let given = item.raw()?;
    if is_vulnerability(given) {
        return Some(given.to_owned());
    }
    let given = shown(given);
    item.fault(
        format!("`{given}` n'est pas l'identifiant d'une vulnérabilité, comme CVE-2026-12345"),
        format!("`{given}` is not the identifier of a vulnerability, such as CVE-2026-12345"),
    )
}

fn score(item: Item<'_>) -> Option<Cvss> {
    let given = item.raw()?;
    if let Ok(score) = given.parse() {
        return Some(score);
    }
    let given = shown(given);
    item.fault(
        format!("`{given}` n'est pas un score CVSS de \"0.0\" à \"10.0\", avec une décimale"),
        format!("`{given}` is not a CVSS score from \"0.0\" to \"10.0\" with one decimal"),
    )
}

/// What [`read`] reads.
pub(super) fn write(installed: &Installed, wall: &Wall<'_>) -> Rows {
    let Installed { id, what, version, provider, service, equipment, since, removed_at, vulnerabilities } =
        installed;
    Rows::default()
        .text("id", id)
        .text("what", what)
        .text("version", version)
        .may("provider", provider.as_ref().map(vocab::ProviderId::as_str))
        .may("service", service.as_ref().map(vocab::ServiceId::as_str))
        .may("equipment", equipment.as_ref().map(vocab::EquipmentId::as_str))
        .text("since", wall.day(*since))
        .may("removed", removed_at.map(|at| wall.day(at)))
        .each("vulnerability", vulnerabilities.iter().map(|one| write_vulnerability(one, wall)))
}

fn write_vulnerability(one: &Vulnerability, wall: &Wall<'_>) -> Rows {
    let Vulnerability { id, cvss, known_at, correct_by, corrected_at, postponed } = one;
    let rows = Rows::default()
        .text("id", id)
        .text("cvss", cvss.to_string())
        .text("known", wall.day(*known_at))
        .may("correct_by", correct_by.map(|by| wall.last_day(by)))
        .may("corrected", corrected_at.map(|at| wall.day(at)));
    match postponed {
        None => rows,
        Some(Postponed { until, reason }) => {
            let words = Rows::default().text("until", wall.last_day(*until)).text("reason", reason);
            rows.inline("postponed", words)
        }
    }
}
