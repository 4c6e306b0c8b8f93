//! What is missing for each equipment that was taken, from the same findings as `poterne assess`: the rules that look at
//! an equipment itself (its zone, its account), its host key, and the secret of its account.

use std::collections::BTreeMap;

use domain::{Equipment, HostKeyState, Service, ServiceFacts, TraceStore};
use gate::ports::Clock as _;
use guide::Mender;
use store::site::{Outside, Site};
use vocab::{EquipmentId, Lang, RuleId, Text};

use super::draft::{Draft, SKELETON};
use super::of_table;
use crate::texts::say_in;
use crate::wiring::SystemClock;

/// The service that would hold them: what is asked of an equipment is asked through one.
const SERVICE: &str = r#"
[[service]]
id = "prestation"
contract = "contrat"
title = "Prestation"
kind = "maintenance"
level = 2
purpose = "functioning"
equipment = ["#;

/// The rules whose finding looks at an equipment itself.
const RULES: [RuleId; 2] = [RuleId::T2, RuleId::T9];

/// What each equipment lacks: in a word, and what would mend it.
pub(super) fn of_each(drafts: &[Draft]) -> Vec<(EquipmentId, Vec<(Text, Text)>)> {
    let Some(site) = site(drafts) else { return Vec::new() };
    site.equipment.iter().map(|equipment| (equipment.id.clone(), of_one(&site, equipment))).collect()
}

/// A line for each equipment, then what mends what.
pub(super) fn report(drafts: &[Draft], lang: Lang) -> String {
    let mut mends: BTreeMap<String, Text> = BTreeMap::new();
    let mut text = String::new();
    for (equipment, lacks) in of_each(drafts) {
        let words: Vec<&str> = lacks.iter().map(|(word, _)| word.in_lang(lang)).collect();
        text += &format!("  {equipment}: {}\n", words.join(", "));
        mends.extend(lacks.into_iter().map(|(word, mend)| (word.in_lang(lang).to_owned(), mend)));
    }
    if text.is_empty() {
        return text;
    }
    let head = say_in(lang, "import_lacks", &[]);
    let mends: String =
        mends.iter().map(|(word, mend)| format!("  {word}: {}\n", mend.in_lang(lang))).collect();
    format!("{head}\n{text}{}\n{mends}", say_in(lang, "import_mends", &[]))
}

/// The equipments as the file's reader gives them. Their addresses were judged already, and nothing here needs them.
fn site(drafts: &[Draft]) -> Option<Site> {
    let anywhere = |_: &str| Ok(vec![std::net::IpAddr::from([192, 0, 2, 1])]);
    let names: Vec<String> = drafts.iter().map(|draft| format!("\"{}\"", draft.id)).collect();
    let equipment: String = drafts.iter().map(Draft::text).collect();
    let service = format!("{SERVICE}{}]\nidle = \"10 min\"\n", names.join(", "));
    Site::parse(
        &format!("{SKELETON}{equipment}{service}"),
        &Outside { resolve: &anywhere, dossier: &Outside::no_dossier },
    )
    .ok()
}

/// What one lacks: in a word, and what would mend it.
fn of_one(site: &Site, equipment: &Equipment) -> Vec<(Text, Text)> {
    let mut lacks = Vec::new();
    if let (Some(provider), Some(contract), Some(service)) =
        (site.providers.first(), site.contracts.first(), site.services.first())
    {
        let facts = ServiceFacts {
            establishment: site.establishment.clone(),
            provider: provider.clone(),
            contract: contract.clone(),
            service: Service { equipment: vec![equipment.id.clone()], ..service.clone() },
            equipment: vec![shared(equipment, &site.equipment)],
            staff: Vec::new(),
            provider_side: std::collections::BTreeSet::new(),
            suspensions: Vec::new(),
            interventions: Vec::new(),
            unsettled: Vec::new(),
            settled: 0,
            links: Vec::new(),
            filed: Vec::new(),
            notices: Vec::new(),
            witnesses: Vec::new(),
            filter_check: None,
            accounts_review: None,
            treatments: Vec::new(),
            transition: None,
            direct: None,
            unreviewed: Vec::new(),
            versions: Vec::new(),
            trace_store: TraceStore::WELL,
            scanning: false,
            unseen: false,
        };
        let findings = guide::assess(&facts, facts.level(), SystemClock.now());
        for finding in findings.into_iter().filter(|finding| RULES.contains(&finding.rule)) {
            if let (true, Some((remedy, mender))) = (finding.status.is_lacking(), finding.remedy) {
                lacks.push((Text::new(finding.rule.as_str(), finding.rule.as_str()), by(remedy, mender)));
            }
        }
    }
    if equipment.host_key == HostKeyState::Unknown {
        lacks.push((of_table("import_host_key", &[]), of_table("import_pin", &[])));
    }
    if equipment.account.is_some() {
        lacks.push((of_table("import_secret", &[]), of_table("import_vault", &[])));
    }
    lacks
}

fn by(remedy: Text, mender: Mender) -> Text {
    let who = mender.text();
    Text::new(format!("{} ({})", remedy.fr, who.fr), format!("{} ({})", remedy.en, who.en))
}

/// An equipment with what the store will find of its login.
fn shared(equipment: &Equipment, all: &[Equipment]) -> Equipment {
    let mut equipment = equipment.clone();
    let id = equipment.id.clone();
    if let Some(account) = &mut equipment.account {
        let same = |other: &&Equipment| {
            other.id != id && other.account.as_ref().is_some_and(|theirs| theirs.login == account.login)
        };
        account.login_shared_with = all.iter().filter(same).map(|other| other.id.clone()).collect();
    }
    equipment
}
