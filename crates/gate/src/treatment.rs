//! A treatment of risk in words: what its owner signs, and what a statement shows.

use std::collections::BTreeSet;

use domain::{Avoided, Cover, Estimate, Measure, Reached, RiskTreatment, Zone};
use guide::{IMPACTS, LIKELIHOODS, Manual};
use vocab::{EquipmentId, Lang, Right};

use crate::commands::plain;
use crate::document;

/// Everything that somebody decided, a line each, two columns in.
pub(crate) fn page(one: &RiskTreatment, zone: &Zone, lang: Lang) -> String {
    let say = |fr: String, en: String| if lang == Lang::Fr { fr } else { en };
    let mut lines = threats(one, lang);
    let (before, left) = (estimate(one.before, lang), estimate(one.residual, lang));
    lines.push(say(format!("risque : {before}"), format!("risk: {before}")));
    let options: Vec<String> =
        one.options.iter().map(|option| option.text().in_lang(lang).to_owned()).collect();
    let options = options.join(", ");
    lines.push(say(format!("traitement : {options}"), format!("treatment: {options}")));
    lines.extend(one.measures.iter().map(|measure| measured(measure, zone, lang)));
    lines.extend(one.avoided.as_ref().map(|what| avoided(what, zone, lang)));
    if let Some(contract) = &one.transfer {
        lines.push(say(
            format!("transféré par le contrat {contract}"),
            format!("transferred by the contract {contract}"),
        ));
    }
    lines.push(say(format!("risque résiduel : {left}"), format!("residual risk: {left}")));
    let (from, until) = (zone.day(one.span.from), zone.last_day(one.span.until));
    let review = zone.last_day(one.review);
    lines.push(say(
        format!("du {from} au {until} ; sans revue au {review}, il ne traite plus rien"),
        format!("from {from} until {until}; without a review by {review} it treats nothing any more"),
    ));
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

fn threats(one: &RiskTreatment, lang: Lang) -> Vec<String> {
    let titles =
        one.threats.iter().filter_map(|id| guide::threat(*id)).map(|threat| said(threat.title, lang));
    let (word, remark) = match lang {
        Lang::Fr => ("menace : ", "remarque : "),
        Lang::En => ("threat: ", "remark: "),
    };
    let mut lines: Vec<String> = titles.map(|title| format!("{word}{title}")).collect();
    if !one.remark.is_empty() {
        lines.push(format!("{remark}{}", plain(&one.remark)));
    }
    lines
}

fn said(manual: Manual, lang: Lang) -> &'static str {
    match lang {
        Lang::Fr => manual.fr,
        Lang::En => manual.en,
    }
}

/// `fort (vraisemblance 3, possible ; impact 4, critique)`.
pub(crate) fn estimate(of: Estimate, lang: Lang) -> String {
    let step = |scale: &[Manual; 4], level: u8| {
        let step = scale.get(usize::from(level).saturating_sub(1));
        step.map(|step| said(*step, lang).to_lowercase()).unwrap_or_default()
    };
    let (likelihood, impact) = (u8::from(of.likelihood), u8::from(of.impact));
    let (likely, grave) = (step(&LIKELIHOODS, likelihood), step(&IMPACTS, impact));
    let risk = of.risk().text();
    let risk = risk.in_lang(lang);
    match lang {
        Lang::Fr => format!("{risk} (vraisemblance {likelihood}, {likely} ; impact {impact}, {grave})"),
        Lang::En => format!("{risk} (likelihood {likelihood}, {likely}; impact {impact}, {grave})"),
    }
}

/// One measure: what, who, until when.
pub(crate) fn measured(measure: &Measure, zone: &Zone, lang: Lang) -> String {
    let (what, by, until) = (plain(&measure.what), &measure.by, zone.last_day(measure.until));
    match lang {
        Lang::Fr => format!("mesure : {what} ({by}, avant le {until} inclus)"),
        Lang::En => format!("measure: {what} ({by}, by {until})"),
    }
}

pub(crate) fn avoided(what: &Avoided, zone: &Zone, lang: Lang) -> String {
    let Avoided { rights, equipment, ends } = what;
    let rights: Vec<&str> = rights.iter().map(Right::as_str).collect();
    let (rights, equipment) = (rights.join(", "), names(equipment));
    let ends = ends.map(|ends| zone.last_day(ends));
    let parts = match lang {
        Lang::Fr => [
            (!rights.is_empty()).then(|| format!("sans le droit {rights}")),
            (!equipment.is_empty()).then(|| format!("sans l'équipement {equipment}")),
            ends.map(|day| format!("la prestation finit le {day}")),
        ],
        Lang::En => [
            (!rights.is_empty()).then(|| format!("without the right {rights}")),
            (!equipment.is_empty()).then(|| format!("without the equipment {equipment}")),
            ends.map(|day| format!("the service ends on {day}")),
        ],
    };
    let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(" ; ");
    if lang == Lang::Fr { format!("évité : {parts}") } else { format!("avoided: {parts}") }
}

/// What a signature reaches: the equipment, how many and which and how it is reached, the rights, the contract with its
/// provider, and the path.
pub(crate) fn reach(cover: &Cover, lang: Lang) -> String {
    let count = cover.equipment.len();
    let equipment = cover.equipment.iter().map(|(name, reached)| described(name, reached));
    let equipment = equipment.collect::<Vec<_>>().join(", ");
    let rights: Vec<&str> = cover.rights.iter().map(Right::as_str).collect();
    let rights = if rights.is_empty() { "—".to_owned() } else { rights.join(", ") };
    let (contract, provider, path) = (&cover.contract, &cover.provider, document::path(cover.path));
    let path = path.in_lang(lang);
    match lang {
        Lang::Fr => format!(
            "  couvre {count} équipement(s) : {equipment}\n  avec les droits : {rights}\n  sous le contrat {contract} de {provider}, {path}\n"
        ),
        Lang::En => format!(
            "  covers {count} equipment(s): {equipment}\n  with the rights: {rights}\n  under the contract {contract} of {provider}, {path}\n"
        ),
    }
}

/// `scanner (poterne@192.0.2.20:22)`; the name alone where nothing more is known.
fn described(name: &EquipmentId, reached: &Reached) -> String {
    match (&reached.account, &reached.address) {
        (Some(account), Some(address)) => format!("{name} ({}@{address})", plain(account)),
        (None, Some(address)) => format!("{name} ({address})"),
        (_, None) => name.to_string(),
    }
}

fn names(all: &BTreeSet<EquipmentId>) -> String {
    all.iter().map(EquipmentId::as_str).collect::<Vec<_>>().join(", ")
}
