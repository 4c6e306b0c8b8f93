//! Who holds what, read from public files alone: it needs neither the vault's key nor a gate that stands still.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use vault::RecipientKey;
use vault::age::Recipient;
use vocab::EstablishmentId;

use crate::config::Config;
use crate::texts::{from_vault, say};
use crate::wiring::establishments;

/// Fewer than two who can open something is one accident from nobody.
pub(crate) const LEAST: usize = 2;

/// What stands, and what is to be done about it.
#[derive(Default)]
struct State {
    stands: Vec<String>,
    missing: Vec<String>,
}

/// Shows it. The status says whether something is missing.
pub(super) fn show(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let config = Config::read(file)?;
    let mut state = State::default();
    for establishment in establishments(&config)? {
        state.ledger(&config, &establishment);
        state.readers(&config, &establishment)?;
    }
    state.vault(&config);
    state.holders(&config);
    if json {
        println!("{:#}", json!({"stands": state.stands, "missing": state.missing}));
        return Ok(if state.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    for line in &state.stands {
        println!("{line}");
    }
    println!("{}", say("keys_advice", &[]));
    if state.missing.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("\n{}", say("keys_missing", &[]));
    for (number, line) in (1..).zip(&state.missing) {
        println!("{number}. {line}");
    }
    Ok(ExitCode::FAILURE)
}

impl State {
    fn ledger(&mut self, config: &Config, establishment: &EstablishmentId) {
        let public = config.public_keys(establishment);
        self.stands.push(say("keys_ledger", &[establishment, &public.display()]));
        if !public.exists() {
            self.missing.push(say("keys_no_ledger", &[&public.display()]));
        }
    }

    fn readers(&mut self, config: &Config, establishment: &EstablishmentId) -> anyhow::Result<()> {
        let file = config.vault().join("recipients").join(format!("{establishment}.pub"));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let readers = if text.is_empty() { Vec::new() } else { from_vault(RecipientKey::read_all(&text))? };
        let labels: Vec<&str> = readers.iter().map(|reader| reader.label.as_str()).collect();
        self.stands.push(say("keys_readers", &[establishment, &readers.len(), &labels.join(", ")]));
        if readers.len() < LEAST {
            self.missing.push(say("keys_few_readers", &[establishment]));
        }
        Ok(())
    }

    fn vault(&mut self, config: &Config) {
        let key = config.vault_key();
        let beside = key.starts_with(&config.gate.data) && key.exists();
        if beside {
            self.stands.push(say("keys_vault_beside", &[&key.display()]));
            self.missing.push(say("keys_beside", &[&key.display()]));
        } else {
            self.stands.push(say("keys_vault_apart", &[]));
        }
    }

    fn holders(&mut self, config: &Config) {
        let text = config.gate.holders.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        let holders = text.and_then(|text| Recipient::read_all(&text, LEAST).ok()).unwrap_or_default();
        self.stands.push(say("keys_holders", &[&holders.len()]));
        if holders.len() < LEAST {
            self.missing.push(say("keys_few_holders", &[]));
        }
    }
}
