//! `poterne init`: everything a gate needs before it opens for the first time. What exists is left as it
//! is, so that it may be run again for a further establishment.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::Context;
use vault::Vault;

use crate::cli::Init;
use crate::config::Config;

pub(crate) fn init(asked: &Init) -> anyhow::Result<()> {
    let config = Config::read(&asked.which.config)?;
    let recipients = std::fs::read_to_string(&asked.recipients)
        .with_context(|| format!("cannot read the recipients `{}`", asked.recipients.display()))?;
    vault::RecipientKey::read_all(&recipients).with_context(|| {
        format!(
            "the recipients in `{}`: `poterne reader-key` prints one line for each reader",
            asked.recipients.display()
        )
    })?;
    folder(&config.gate.data)?;
    let key = config.vault_key();
    if !key.exists() {
        Vault::create_key(&key).context("the vault's key")?;
        println!("Clé du coffre : {} — à sauvegarder à part, sans elle le coffre est perdu.", key.display());
    }
    let vault = Vault::open(&config.vault(), &key).context("the vault")?;
    let gate = config.gate.name.as_str();
    let door = match vault.door_key(gate) {
        Ok(door) => door,
        Err(vault::Error::Missing { .. }) => vault.create_door_key(gate).context("the door's host key")?,
        Err(error) => return Err(error).context("the door's host key"),
    };
    let door = door_key(&door)?;
    println!("Clé d'hôte de la porte, à remettre aux intervenants par un autre canal (T5) :");
    println!("  {}\n  {}", door.fingerprint().0, door.public());
    let public = config.gate.data.join("public");
    folder(&public)?;
    for establishment in std::iter::once(&config.gate.home).chain(&asked.establishment) {
        folder(&config.evidence(establishment))?;
        let readers = vault.put_recipients(establishment, &recipients).context("the recipients")?;
        let origin = config.origin(establishment);
        let signers = match vault.log_signers(&origin) {
            Ok(signers) => signers,
            Err(vault::Error::Missing { .. }) => {
                vault.create_log_signers(&origin).context("the ledger's keys")?
            }
            Err(error) => return Err(error).context("the ledger's keys"),
        };
        let keys = public.join(format!("{establishment}.keys"));
        std::fs::write(&keys, crate::keys_file(&signers)).with_context(|| keys.display().to_string())?;
        println!("Établissement {establishment} : {} lecteur(s) des enregistrements ;", readers.len());
        println!("  clés publiques du journal, à garder hors de cette machine : {}", keys.display());
    }
    Ok(())
}

/// The door's key as the SSH edge reads it.
pub(crate) fn door_key(key: &vault::SshKey) -> anyhow::Result<ssh_edge::HostKey> {
    let text = std::str::from_utf8(key.private.expose()).context("the door's host key")?;
    ssh_edge::HostKey::from_openssh(text).context("the door's host key")
}

fn folder(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the folder `{}`", path.display()))
}
