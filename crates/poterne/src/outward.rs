//! What leaves by itself: copies of the ledgers for the receivers that the configuration names.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{anyhow, bail};
use events::siem::{ENTERPRISE_EXAMPLE, MESSAGE_USUAL, Wanted};
use outbox::siem::{self, RECEIVERS_MAX, Receiver, Sending, Source, Terms, Tls, TlsFiles};
use vocab::Class;

use crate::config::{Config, SiemSection, Travels};
use crate::refuge::RefugeFolder;
use crate::texts::{Because as _, say};
use crate::wiring::House;

/// Entries a second, unless the configuration says otherwise: 1,000 × 8 KiB = 8 MB/s, and a day's log of a large hospital
/// (some 100,000 entries) in two minutes.
const RATE: u32 = 1_000;
/// How long a receiver may be away before the ledger says so, unless the configuration says otherwise.
const ALARM_MINUTES: u32 = 15;

/// The receivers of the configuration; their files are read.
pub(crate) fn receivers(config: &Config) -> anyhow::Result<Vec<Receiver>> {
    if config.siem.len() > RECEIVERS_MAX {
        bail!(say("siem_many", &[&RECEIVERS_MAX]));
    }
    let mut receivers = Vec::new();
    for (index, section) in config.siem.iter().enumerate() {
        if config.siem.iter().take(index).any(|other| other.name == section.name) {
            bail!(say("siem_twice", &[&section.name]));
        }
        receivers.push(receiver(section).because("siem_config", &[&section.name])?);
    }
    Ok(receivers)
}

fn receiver(section: &SiemSection) -> anyhow::Result<Receiver> {
    let SiemSection { ca, certificate, key, .. } = section.clone();
    let tls = Tls::new(&section.address, section.server_name.as_deref(), &TlsFiles { ca, certificate, key })?;
    let wanted = Wanted {
        class: match section.class {
            Travels::Public => Class::Public,
            Travels::Sensitive => Class::Sensitive,
        },
        enterprise: section.enterprise.unwrap_or(ENTERPRISE_EXAMPLE),
        longest: section.message_max.unwrap_or(MESSAGE_USUAL),
    };
    let minutes = section.unreachable_minutes.unwrap_or(ALARM_MINUTES);
    let alarm = Duration::from_secs(60 * u64::from(minutes));
    let terms = Terms { name: section.name.clone(), wanted, rate: section.rate.unwrap_or(RATE), alarm };
    Ok(Receiver::new(terms, tls)?)
}

/// Begins to send the logs that this gate writes.
pub(crate) fn start(house: &House, receivers: &[Receiver]) -> anyhow::Result<Sending> {
    let config = &house.config;
    let refuge = RefugeFolder::of(config).filter(|_| house.gate.on_refuge());
    let origin = |name| match &refuge {
        Some(refuge) => refuge.place(name).1,
        None => config.origin(name),
    };
    let sources: Vec<Source> = house
        .logs
        .folders()
        .map(|(name, _)| Source { establishment: name.clone(), origin: origin(name) })
        .collect();
    siem::start(&Arc::clone(&house.gate), receivers, &sources, config.siem_cursors())
        .map_err(|why| anyhow!(why))
}
