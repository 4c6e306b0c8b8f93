//! What leaves by itself: copies of the ledgers for the receivers that the configuration names, mail, and checkpoints to be
//! timestamped.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{anyhow, bail};
use events::siem::{ENTERPRISE_EXAMPLE, Format, MESSAGE_USUAL, Wanted};
use gate::ports::{NoTickets, Tickets};
use outbox::mail::{self, Relay, RelaySettings, Security, Texts};
use outbox::siem::{self, RECEIVERS_MAX, Receiver, Sending, Source, Terms, Tls, TlsFiles};
use outbox::stamps::{self, Authority, EVERY_MAX, PATIENCE_MAX, Place};
use tickets::{Desk, Scheme};
use vocab::{Class, EstablishmentId};

use crate::config::{
    Config, MailSection, MailSecurity, SiemFormat, SiemSection, TicketScheme, TicketsSection,
    TimestampsSection, Travels,
};
use crate::refuge::RefugeFolder;
use crate::texts::{Because as _, say};
use crate::wiring::{House, establishments};

/// Entries a second, unless the configuration says otherwise: 1,000 × 8 KiB = 8 MB/s, and a day's log of a large hospital
/// (some 100,000 entries) in two minutes.
const RATE: u32 = 1_000;
/// How long a receiver may be away before the ledger says so, unless the configuration says otherwise.
const ALARM_MINUTES: u32 = 15;
/// Between two timestamps of a ledger that grew, unless the configuration says otherwise: what was altered within an hour of
/// being written is what an authority cannot tell.
const STAMP_MINUTES: u32 = 60;
/// For an answer of the authority, unless the configuration says otherwise.
const STAMP_SECONDS: u32 = 20;
/// Without a timestamp, before the ledger says so, unless the configuration says otherwise: three of them.
const STAMP_ALARM_MINUTES: u32 = 180;
/// The hour of the day's deadlines, unless the configuration says otherwise.
const DIGEST_HOUR: u8 = 7;

/// What leaves, and for which establishments of this gate; none named: for the only one there is.
pub(crate) struct For<T> {
    what: T,
    establishments: Vec<EstablishmentId>,
}

/// Everything that leaves by itself.
pub(crate) struct Leaving {
    /// Copies of the ledgers.
    pub(crate) receivers: Vec<For<Receiver>>,
    /// Mail.
    pub(crate) mail: Vec<For<mail::Settings>>,
    /// Checkpoints, to be timestamped.
    pub(crate) authorities: Vec<For<Authority>>,
}

impl Leaving {
    /// What the configuration names; its files are read. Every section is of establishments of this gate.
    pub(crate) fn read(config: &Config) -> anyhow::Result<Self> {
        let (receivers, mail) = (receivers(config)?, mail(config)?);
        let authorities = authorities(config)?;
        if let Ok(names) = establishments(config) {
            known("[[siem]]", &receivers, &names)?;
            known("[mail]", &mail, &names)?;
            known("[timestamps]", &authorities, &names)?;
        }
        Ok(Self { receivers, mail, authorities })
    }
}

/// The receivers of the configuration; their files are read.
fn receivers(config: &Config) -> anyhow::Result<Vec<For<Receiver>>> {
    if config.siem.len() > RECEIVERS_MAX {
        bail!(say("siem_many", &[&RECEIVERS_MAX]));
    }
    let mut receivers = Vec::new();
    for (index, section) in config.siem.iter().enumerate() {
        if config.siem.iter().take(index).any(|other| other.name == section.name) {
            bail!(say("siem_twice", &[&section.name]));
        }
        let what = receiver(section).because("siem_config", &[&section.name])?;
        receivers.push(For { what, establishments: section.establishments.clone() });
    }
    Ok(receivers)
}

fn receiver(section: &SiemSection) -> anyhow::Result<Receiver> {
    let SiemSection { ca, certificate, key, .. } = section.clone();
    let tls = Tls::new(&section.address, section.server_name.as_deref(), &TlsFiles { ca, certificate, key })?;
    let wanted = Wanted {
        format: match section.format {
            SiemFormat::Rfc5424 => Format::Rfc5424,
            SiemFormat::Atna => Format::Atna,
            SiemFormat::Ocsf => Format::Ocsf,
        },
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

/// What mail is made of, where the configuration has any; files are read, and texts checked. Nobody's mail goes two ways.
fn mail(config: &Config) -> anyhow::Result<Vec<For<mail::Settings>>> {
    let read = |section: &MailSection| {
        let what = mail_of(section).because("mail_config", &[])?;
        Ok(For { what, establishments: section.establishments.clone() })
    };
    let all = config.mail.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    each_once("[mail]", &all)?;
    Ok(all)
}

/// An establishment has one section of a kind at most; several sections name whom they are for.
fn each_once<T>(section: &str, all: &[For<T>]) -> anyhow::Result<()> {
    let mut named = BTreeSet::new();
    for one in all {
        if all.len() > 1 && one.establishments.is_empty() {
            bail!(say("outward_whose", &[&section]));
        }
        if let Some(twice) = one.establishments.iter().find(|name| !named.insert(*name)) {
            bail!(say("outward_twice", &[&section, twice]));
        }
    }
    Ok(())
}

fn mail_of(section: &MailSection) -> anyhow::Result<mail::Settings> {
    let hour = section.digest_hour.unwrap_or(DIGEST_HOUR);
    if hour > 23 {
        bail!(say("mail_hour", &[&hour]));
    }
    let MailSection { relay, server_name, ca, account, .. } = section.clone();
    let security = match section.security {
        MailSecurity::StartTls => Security::StartTls,
        MailSecurity::Tls => Security::Implicit,
    };
    let relay = Relay::new(&RelaySettings { address: relay, server_name, ca, security, account })?;
    let texts = Texts::read(section.texts.as_deref())?;
    Ok(mail::Settings { relay, from: section.from.parse()?, texts, hour })
}

/// Who timestamps, where the configuration has anybody; files are read.
fn authorities(config: &Config) -> anyhow::Result<Vec<For<Authority>>> {
    let read = |section: &TimestampsSection| {
        let what = authority_of(section).because("stamps_config", &[&section.name])?;
        Ok(For { what, establishments: section.establishments.clone() })
    };
    let all = config.timestamps.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    each_once("[timestamps]", &all)?;
    Ok(all)
}

fn authority_of(section: &TimestampsSection) -> anyhow::Result<Authority> {
    if !stamps::is_name(&section.name) {
        bail!(say("stamps_name", &[&section.name]));
    }
    if let Some(policy) = section.policy.as_ref().filter(|policy| !stamps::is_policy(policy)) {
        bail!(say("stamps_policy", &[policy]));
    }
    let every = Duration::from_secs(60 * u64::from(section.every_minutes.unwrap_or(STAMP_MINUTES)));
    let patience = Duration::from_secs(u64::from(section.timeout_seconds.unwrap_or(STAMP_SECONDS)));
    if every.is_zero() || every > EVERY_MAX || patience.is_zero() || patience > PATIENCE_MAX {
        bail!(say("stamps_times", &[&(EVERY_MAX.as_secs() / 60), &PATIENCE_MAX.as_secs()]));
    }
    let pem = std::fs::read(&section.ca).because("file_of", &[&section.ca.display()])?;
    let minutes = section.missing_minutes.unwrap_or(STAMP_ALARM_MINUTES);
    Ok(Authority {
        name: section.name.clone(),
        place: Place::new(&section.address, section.tls_ca.as_deref())?,
        authorities: stamps::authorities(&pem).because("file_of", &[&section.ca.display()])?,
        qualified: section.qualified,
        policy: section.policy.clone(),
        every,
        patience,
        alarm: Duration::from_secs(60 * u64::from(minutes)),
    })
}

/// Begins to have the ledgers stamped, for as long as what is returned is driven.
pub(crate) fn start_stamps(
    house: &House,
    authority: &For<Authority>,
) -> anyhow::Result<impl Future<Output = ()> + use<>> {
    let folder = house.config.stamp_cursors();
    let sources = sources(house, &authority.establishments);
    stamps::start(&house.gate, &authority.what, &sources, &folder).map_err(|why| anyhow!(why))
}

/// The ticketing tool, where the configuration has one; its files are read.
pub(crate) fn tickets(config: &Config) -> anyhow::Result<Arc<dyn Tickets>> {
    let Some(section) = &config.tickets else { return Ok(Arc::new(NoTickets)) };
    let TicketsSection { url, server_name, ca, secret, scheme, state, accepted, establishments } =
        section.clone();
    let scheme = match scheme {
        TicketScheme::Bearer => Scheme::Bearer,
        TicketScheme::Basic => Scheme::Basic,
        TicketScheme::Headers => Scheme::Headers,
    };
    let secret = secret.map(|path| (scheme, path));
    let settings = tickets::Settings { url, server_name, ca, secret, state, accepted, establishments };
    Ok(Arc::new(Desk::new(&settings).because("tickets_config", &[])?))
}

/// `poterne mail texts DIR`.
pub(crate) fn write_texts(folder: &std::path::Path) -> anyhow::Result<()> {
    let written = Texts::write_out(folder)?;
    println!("{}", say("mail_texts", &[&written, &folder.display()]));
    Ok(())
}

/// Begins to tell people, for as long as what is returned is driven.
pub(crate) fn start_mail(
    house: &House,
    settings: For<mail::Settings>,
) -> anyhow::Result<impl Future<Output = ()> + use<>> {
    let folder = house.config.mail_folder();
    let sources = sources(house, &settings.establishments);
    mail::start(&house.gate, settings.what, &sources, &folder).because("folder", &[&folder.display()])
}

/// Begins to send the logs that this gate writes, to each receiver those that are its own.
pub(crate) fn start(house: &House, receivers: Vec<For<Receiver>>) -> anyhow::Result<Sending> {
    let folder = house.config.siem_cursors();
    let own = |one: For<Receiver>| (one.what, sources(house, &one.establishments));
    let receivers: Vec<_> = receivers.into_iter().map(own).collect();
    siem::start(&house.gate, &receivers, folder).map_err(|why| anyhow!(why))
}

/// Whether every section says for which of these establishments it is, and names no other one. Asked before the house is
/// opened; in an emergency, where the establishments cannot be read, [`sources`] gives nothing that nobody asked for.
fn known<T>(section: &str, all: &[For<T>], names: &[EstablishmentId]) -> anyhow::Result<()> {
    for one in all {
        if let Some(unknown) = one.establishments.iter().find(|name| !names.contains(name)) {
            bail!(say("outward_unknown", &[&section, unknown]));
        }
        if one.establishments.is_empty() && names.len() > 1 {
            bail!(say("outward_whose", &[&section]));
        }
    }
    Ok(())
}

/// The logs of these establishments that this gate writes. Where it has one establishment, none need be named; where it has
/// several, what one says goes nowhere before somebody wrote that it does.
fn sources(house: &House, wanted: &[EstablishmentId]) -> Vec<Source> {
    let config = &house.config;
    let refuge = RefugeFolder::of(config).filter(|_| house.gate.on_refuge());
    let origin = |name| match &refuge {
        Some(refuge) => refuge.place(name).1,
        None => config.origin(name),
    };
    let all: Vec<&EstablishmentId> = house.logs.folders().map(|(name, _)| name).collect();
    let is_only = all.len() == 1 && wanted.is_empty();
    let own = all.into_iter().filter(|name| is_only || wanted.contains(name));
    own.map(|name| Source { establishment: name.clone(), origin: origin(name) }).collect()
}
