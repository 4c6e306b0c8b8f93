//! `poterne vault-export`: the accounts of all equipment, for the day that there is no Poterne, sealed for the
//! establishment's own holders (`docs/formats/backup.md` section 4).

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::anyhow;
use control::Errand;
use gate::ports::Clock as _;
use serde::Serialize;
use vault::age::{self, Recipient};
use vault::{Exported, NewSecret};
use vocab::{EquipmentId, EstablishmentId, Lang, Secret, Timestamp};

use super::snapshot::renew;
use super::{Hand, LEAVING, Leaving, Unfinished, place};
use crate::cli::VaultExport;
use crate::config::Config;
use crate::desk::failed;
use crate::texts::{Because as _, from_vault, of_vault, say, say_in, spoken};
use crate::wiring::{House, SystemClock};

const FILE: &str = "vault-export.age";
const FORMAT: &str = "poterne-vault-export-1";
/// Fewer than two holders is one accident from none.
const HOLDERS_MIN: usize = 2;

/// One line of the export.
#[derive(Serialize)]
struct Line<'a> {
    establishment: &'a EstablishmentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    equipment: Option<&'a EquipmentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<&'a str>,
    form: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    spare: bool,
}

/// The command line's part: gives what the gate sealed its place and its name.
pub(crate) async fn export(asked: &VaultExport) -> anyhow::Result<()> {
    let config = Config::read(&asked.which.config)?;
    let leaving = Leaving::take(&config)?;
    let to = place(&asked.to, &config, "vault.age", SystemClock.now());
    let (unfinished, mut file) = Unfinished::create(&to)?;
    let hand = Hand::reach(config).await?;
    let exported = hand.run(Errand::VaultExport { lang: spoken() }).await;
    hand.stop().await;
    let said = exported?;
    let copied = std::fs::File::open(leaving.folder.join(FILE))
        .and_then(|mut sealed| io::copy(&mut sealed, &mut file))
        .and_then(|_| file.sync_all());
    copied.because("file_write", &[&to.display()])?;
    unfinished.name()?;
    println!("{}", say("export_done", &[&to.display(), &said]));
    Ok(())
}

/// The gate's part; the answer is how many accounts there are.
pub(crate) async fn seal(house: &House, lang: Lang) -> Result<String, String> {
    let file = house.config.gate.holders.as_ref().ok_or_else(|| say_in(lang, "export_nobody", &[]))?;
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("{}: {error}", say_in(lang, "recipients_read", &[&file.display()])))?;
    let recipients = Recipient::read_all(&text, HOLDERS_MIN).map_err(|error| of_vault(lang, &error))?;
    let lines: Vec<String> = recipients.iter().map(Recipient::line).collect();
    let counts = house.vault.accounts();
    let logged = house.gate.exporting_vault(&counts, &lines).await.map_err(failed(lang))?;
    let (vault, gate, folder) =
        (house.vault.clone(), house.config.gate.name.to_string(), house.config.gate.data.join(LEAVING));
    let written = tokio::task::spawn_blocking(move || {
        let at = logged.value().at;
        let all = from_vault(vault.export(&logged))?;
        renew(&folder)?;
        write(&folder.join(FILE), &recipients, &gate, at, &all)
    });
    let count = written.await.map_err(failed(lang))?.map_err(|error| failed(lang)(format!("{error:#}")))?;
    Ok(count.to_string())
}

fn write(
    path: &Path,
    recipients: &[Recipient],
    gate: &str,
    at: Timestamp,
    all: &[Exported],
) -> anyhow::Result<usize> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let mut sealing = from_vault(age::seal(io::BufWriter::new(file), recipients))?;
    let head = serde_json::json!({ "format": FORMAT, "gate": gate, "taken": at.to_string() });
    line(&mut sealing, &head)?;
    for one in all {
        match one {
            Exported::Account { establishment, equipment, login, secret, spare } => {
                let account = account(establishment, equipment, login, secret)?;
                line(&mut sealing, &Line { spare: *spare, ..account })?;
            }
            Exported::Authority(establishment, key) => line(
                &mut sealing,
                &Line {
                    establishment,
                    equipment: None,
                    login: None,
                    form: "authority",
                    password: None,
                    key: Some(text(key)?),
                    principal: None,
                    spare: false,
                },
            )?,
        }
    }
    line(&mut sealing, &serde_json::json!({ "end": all.len() }))?;
    let file = sealing.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(all.iter().filter(|one| matches!(one, Exported::Account { spare: false, .. })).count())
}

fn account<'a>(
    establishment: &'a EstablishmentId,
    equipment: &'a EquipmentId,
    login: &'a str,
    secret: &'a NewSecret,
) -> anyhow::Result<Line<'a>> {
    let (form, password, key, principal) = match secret {
        NewSecret::Password(password) => ("password", Some(text(password)?), None, None),
        NewSecret::Key(key) => ("key", None, Some(text(key)?), None),
        NewSecret::Certificate => ("certificate", None, None, Some(format!("{equipment}.{establishment}"))),
    };
    let (equipment, login) = (Some(equipment), Some(login));
    Ok(Line { establishment, equipment, login, form, password, key, principal, spare: false })
}

fn text(secret: &Secret) -> anyhow::Result<&str> {
    std::str::from_utf8(secret.expose()).map_err(|_| anyhow!(say("export_text", &[])))
}

/// Straight into what seals it: no copy of a secret is made on the way.
fn line(to: &mut impl Write, value: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    Ok(to.write_all(b"\n")?)
}
