//! `poterne filter rules|check`: the rules of a firewall that is not ours, written from the flows on file, and compared with them once
//! they are exported (T8; T3 for what leads past the gate). Decision 0038.

mod compare;
mod flows;
mod read;
mod write;

use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::Path;

use anyhow::bail;
use control::{Content, Errand};
use domain::{FilterCheck, ServiceFacts};
use gate::ports::{Clock as _, Store as _};
use recording::Digest;
use serde::{Deserialize, Serialize};
use vocab::Lang;

use crate::backup::hex;
use crate::cli::{FilterDo, FilterForm};
use crate::desk::{failed, served};
use crate::operator::errand;
use crate::texts::{Because as _, say, say_in, spoken};
use crate::wiring::{House, SystemClock};

/// Longest export: 8 MiB; a rule of nftables is some 500 bytes of JSON.
const FILE_MAX: u64 = 8 << 20;
/// Longest name of an interface (Linux: IFNAMSIZ without its end).
const INTERFACE_MAX: usize = 15;

/// What is asked of the gate.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    service: String,
    gate: Vec<IpAddr>,
    interface: Option<String>,
    ask: Ask,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Ask {
    RulesNft,
    RulesCsv,
    CheckNft,
    CheckCsv,
}

/// What the gate answers.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    text: String,
    wider: u32,
}

/// The gate's part.
pub(crate) async fn answer(
    house: &House,
    asked: &str,
    content: Content,
    lang: Lang,
) -> Result<String, String> {
    let asked: Asked = serde_json::from_str(asked).map_err(failed(lang))?;
    let (owner, service) = served(house, &asked.service, lang).await?.pop().ok_or_else(String::new)?;
    let now = SystemClock.now();
    let facts = house.database.service_facts(&owner, &service, now).await.map_err(failed(lang))?;
    let described = flows::described(&facts, &asked.gate);
    if let Some(unknown) = described.unknown.first() {
        return Err(say_in(lang, "filter_undescribed", &[unknown]));
    }
    if described.flows.is_empty() {
        return Err(say_in(lang, "filter_no_flows", &[&service]));
    }
    let interface = asked.interface.as_deref();
    let answered = match asked.ask {
        Ask::RulesNft => {
            let interface = interface.ok_or_else(|| say_in(lang, "filter_interface", &[]))?;
            Answered { text: write::nft(&facts, &described, interface, lang), wider: 0 }
        }
        Ask::RulesCsv => Answered { text: write::table(&facts, &described), wider: 0 },
        Ask::CheckNft | Ask::CheckCsv => {
            let file = Digest::of(&[&content.0]);
            let (check, text) = checked(&facts, &described, &asked, (&content.0, &file), lang)?;
            let wider = check.wider;
            house.gate.filter_checked(&owner, file, check).await.map_err(failed(lang))?;
            Answered { text, wider }
        }
    };
    serde_json::to_string(&answered).map_err(failed(lang))
}

fn checked(
    facts: &ServiceFacts,
    described: &flows::Described,
    asked: &Asked,
    (bytes, hash): (&[u8], &[u8; 32]),
    lang: Lang,
) -> Result<(FilterCheck, String), String> {
    let unreadable = |key: &'static str| say_in(lang, key, &[]);
    let text = std::str::from_utf8(bytes).map_err(|_| say_in(lang, "filter_not_text", &[]))?;
    let (form, chains) = match asked.ask {
        Ask::CheckCsv => ("csv", vec![read::table(text).map_err(unreadable)?]),
        _ => ("nft", read::nft(text, asked.interface.as_deref()).map_err(unreadable)?),
    };
    let found = compare::best(&described.flows, &chains, lang);
    let check = FilterCheck {
        service: facts.service.id.clone(),
        at: SystemClock.now(),
        sha256: hex(hash),
        form: form.to_owned(),
        flows: described.flows.iter().map(|one| one.flow.clone()).collect(),
        rules: found.rules,
        missing: found.missing,
        wider: found.wider,
    };
    let mut lines = found.lines;
    lines.push(say_in(lang, "filter_counts", &[&found.rules, &found.wider, &found.missing, &check.sha256]));
    Ok((check, lines.join("\n")))
}

/// The command line's part.
pub(crate) async fn run(what: FilterDo) -> anyhow::Result<()> {
    let (of, form, file) = match what {
        FilterDo::Rules { of, form } => (of, form, None),
        FilterDo::Check { of, form, file } => (of, form, Some(file)),
    };
    let named = |name: &String| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        (1..=INTERFACE_MAX).contains(&name.len()) && name.bytes().all(plain)
    };
    if of.interface.as_ref().is_some_and(|name| !named(name)) {
        bail!(say("filter_interface", &[]));
    }
    let ask = match (form, &file) {
        (FilterForm::Nft, None) => Ask::RulesNft,
        (FilterForm::Csv, None) => Ask::RulesCsv,
        (FilterForm::Nft, Some(_)) => Ask::CheckNft,
        (FilterForm::Csv, Some(_)) => Ask::CheckCsv,
    };
    let content = Content(file.as_deref().map(contents).transpose()?.unwrap_or_default());
    let asked = Asked { service: of.service, gate: of.gate, interface: of.interface, ask };
    let asked = serde_json::to_string(&asked)?;
    let answer = errand(&of.which.config, Errand::Filter { asked, content, lang: spoken() }).await?;
    let answered: Answered = serde_json::from_str(&answer).because("control.answer", &[])?;
    println!("{}", answered.text.trim_end());
    if answered.wider > 0 {
        bail!(say("filter_is_wider", &[&answered.wider]));
    }
    Ok(())
}

fn contents(file: &Path) -> anyhow::Result<Vec<u8>> {
    let read = File::open(file).because("file_read", &[&file.display()])?;
    let mut bytes = Vec::new();
    read.take(FILE_MAX + 1).read_to_end(&mut bytes).because("file_read", &[&file.display()])?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= FILE_MAX) {
        return Ok(bytes);
    }
    bail!(say("filter_too_long", &[]))
}
