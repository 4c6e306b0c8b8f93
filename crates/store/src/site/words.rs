//! A plan, as it is shown to whoever reviews it.

use domain::{EngagementKind, TreatmentPart};
use gate::ports::{FactName, Put};
use serde_json::{Value, json};
use vocab::{Lang, Text};

use super::plan::{Item, Plan, What};

/// The title of a fact, for a line of a plan.
pub(super) fn title(put: &Put) -> String {
    match put {
        Put::Establishment(value) => value.title.clone(),
        Put::Provider(value) => value.name.clone(),
        Put::Person(value) => value.name.clone(),
        Put::Service(value) => value.title.clone(),
        Put::Equipment(value) => value.title.clone(),
        Put::Contract(value) => value.provider.to_string(),
        _ => String::new(),
    }
}

pub(super) fn plan(plan: &Plan, lang: Lang) -> String {
    let mut text = String::new();
    for item in plan.items() {
        text.push_str(&line(item, lang));
        for detail in &item.details {
            let nothing = || "—".to_owned();
            let before = detail.before.clone().unwrap_or_else(nothing);
            let after = detail.after.clone().unwrap_or_else(nothing);
            text.push_str(&format!("      {}: {before} → {after}\n", detail.field));
        }
    }
    let count = |what| plan.count(what);
    let counts = Text::new(
        format!(
            "{} ajoutés, {} modifiés, {} terminés\n",
            count(What::Added),
            count(What::Changed),
            count(What::Ended)
        ),
        format!(
            "{} added, {} changed, {} ended\n",
            count(What::Added),
            count(What::Changed),
            count(What::Ended)
        ),
    );
    let none = Text::new("rien à changer\n", "nothing to change\n");
    text.push_str(if plan.is_empty() { none.in_lang(lang) } else { counts.in_lang(lang) });
    text
}

pub(super) fn json(plan: &Plan) -> Value {
    let item = |item: &Item| {
        let name = name(&item.name);
        let details = item
            .details
            .iter()
            .map(|detail| json!({"field": detail.field, "before": detail.before, "after": detail.after}));
        json!({
            "what": word(item.what),
            "name": {"fr": name.fr, "en": name.en},
            "title": item.title,
            "shared": item.shared,
            "details": Value::from_iter(details),
        })
    };
    json!({
        "establishment": plan.establishment().as_str(),
        "added": plan.count(What::Added),
        "changed": plan.count(What::Changed),
        "ended": plan.count(What::Ended),
        "items": Value::from_iter(plan.items().iter().map(item)),
    })
}

const fn word(what: What) -> &'static str {
    match what {
        What::Added => "added",
        What::Changed => "changed",
        What::Ended => "ended",
        What::Kept => "kept",
    }
}

fn line(item: &Item, lang: Lang) -> String {
    let sign = match item.what {
        What::Added => '+',
        What::Changed => '~',
        What::Ended => '-',
        What::Kept => '=',
    };
    // No line of a title passes for one of the plan.
    let title = item.title.replace('\n', " ");
    let title = if title.is_empty() { String::new() } else { format!(" ({title})") };
    let name = name(&item.name);
    let note = match (item.what, item.shared) {
        (What::Kept, _) => Text::new(
            " : gardé, un autre établissement en dépend",
            ": kept, another establishment leans on it",
        ),
        (_, true) => {
            Text::new(" : un autre établissement en dépend aussi", ": another establishment leans on it too")
        }
        (_, false) => Text::new("", ""),
    };
    format!("  {sign} {}{title}{}\n", name.in_lang(lang), note.in_lang(lang))
}

fn name(name: &FactName) -> Text {
    let both = |fr: &str, en: &str, id: &dyn std::fmt::Display| {
        Text::new(format!("{fr} {id}"), format!("{en} {id}"))
    };
    match name {
        FactName::Establishment(id) => both("établissement", "establishment", id),
        FactName::Provider(id) => both("fournisseur", "provider", id),
        FactName::Person(id) => both("personne", "person", id),
        FactName::Engagement { person, kind, version, .. } => {
            let (fr, en) = match kind {
                EngagementKind::Confidentiality => ("confidentialité", "confidentiality"),
                EngagementKind::Limitation => ("limitation des actions", "limitation of actions"),
            };
            Text::new(
                format!("engagement de {person}, {fr}, version {version}"),
                format!("engagement of {person}, {en}, version {version}"),
            )
        }
        FactName::Contract { contract, .. } => both("contrat", "contract", contract),
        FactName::Service { service, .. } => both("prestation", "service", service),
        FactName::Equipment { equipment, .. } => both("équipement", "equipment", equipment),
        FactName::Treatment { service, rule, part, .. } => {
            let on = match part {
                TreatmentPart::All => String::new(),
                TreatmentPart::Equipment(equipment) => format!(", {equipment}"),
                TreatmentPart::Batch(name) => format!(" ({name})"),
            };
            Text::new(
                format!("traitement du risque de {rule}, {service}{on}"),
                format!("treatment of the risk of {rule}, {service}{on}"),
            )
        }
        FactName::Transition { service, .. } => both("transition de", "transition of", service),
        FactName::Direct { service, .. } => both("accès direct de", "direct path of", service),
        FactName::Suspension { provider, .. } => both("suspension de", "suspension of", provider),
        FactName::Vouching { person, .. } => both("clés attestées de", "keys vouched for of", person),
        FactName::Signature { service, .. } => both("signature pour", "signature for", service),
        FactName::Enrolment(person) => both("second facteur de", "second factor of", person),
        FactName::AccountTag { equipment, .. } => {
            both("empreinte du secret de", "hash of the secret of", equipment)
        }
        FactName::Notice { provider, .. } => both("avis sur", "notice about", provider),
        FactName::Witness { what, .. } => both("confirmation de", "confirmation of", what),
        FactName::FilterCheck { service, .. } => both("filtrage comparé de", "filter compared of", service),
        FactName::AccountsReview { provider, .. } => {
            both("comptes relus de", "accounts reviewed of", provider)
        }
        FactName::Hold { id, .. } => both("gel", "hold", id),
        FactName::Token(id) => both("jeton", "token", id),
        FactName::Filed { sha256, .. } => both("document", "document", sha256),
        FactName::Seen(establishment) => {
            both("état de la porte pour", "state of the gate for", establishment)
        }
        FactName::Purged(establishment) => both("purge de", "purge of", establishment),
        FactName::Standing { service, .. } => both("constats de", "findings on", service),
        FactName::Disclosure { equipment, .. } => {
            both("divulgation du secret de", "disclosure of the secret of", equipment)
        }
        FactName::Rotation { equipment, .. } => {
            both("renouvellement du secret de", "rotation of the secret of", equipment)
        }
    }
}
