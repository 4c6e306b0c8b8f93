//! `poterne init`: everything a gate needs before it opens for the first time. What exists is left as it
//! is, so that it may be run again for a further establishment.

use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use vault::{RecipientKey, Vault};
use vocab::EstablishmentId;

use crate::cli::Init;
use crate::config::Config;
use crate::keys::LEAST;
use crate::texts::{Because as _, from_vault, say};

pub(crate) fn init(asked: &Init) -> anyhow::Result<()> {
    let config = Config::read(&asked.which.config)?;
    let file = asked.recipients.display();
    let recipients = std::fs::read_to_string(&asked.recipients).because("recipients_read", &[&file])?;
    from_vault(RecipientKey::read_all(&recipients)).because("recipients_in", &[&file])?;
    folder(&config.gate.data)?;
    let key = config.vault_key();
    if !key.exists() {
        from_vault(Vault::create_key(&key)).because("vault_key", &[])?;
        println!("{}", say("key_made", &[&key.display()]));
    }
    let vault = from_vault(Vault::open(&config.vault(), &key)).because("vault", &[])?;
    let gate = config.gate.name.as_str();
    let door = match vault.door_key(gate) {
        Err(vault::Error::Missing { .. }) => vault.create_door_key(gate),
        door => door,
    };
    let door = door_key(&from_vault(door).because("door_key", &[])?)?;
    println!("{}\n  {}\n  {}", say("door_shown", &[]), door.fingerprint().0, door.public());
    let public = config.gate.data.join("public");
    folder(&public)?;
    for establishment in std::iter::once(&config.gate.home).chain(&asked.establishment) {
        folder(&config.evidence(establishment))?;
        let (readers, kept) = readers(&vault, establishment, &recipients).because("recipients", &[])?;
        let origin = config.origin(establishment);
        let signers = match vault.log_signers(&origin) {
            Err(vault::Error::Missing { .. }) => vault.create_log_signers(&origin),
            signers => signers,
        };
        let signers = from_vault(signers).because("log_keys", &[])?;
        let keys = config.public_keys(establishment);
        std::fs::write(&keys, crate::keys_file(&signers)).because("file_write", &[&keys.display()])?;
        println!("{}", say("made", &[establishment, &readers.len()]));
        println!("  {}", say("made_keys", &[&keys.display()]));
        if kept {
            println!("  {}", say("readers_stay", &[&labels(&readers), establishment]));
        }
        if readers.len() < LEAST {
            println!("  {}", say("keys_few_readers", &[establishment]));
        }
    }
    Ok(())
}

/// The establishment's readers, and whether it keeps others than those of this file: who may read what is recorded is
/// changed by `poterne keys readers` alone, which tells the ledger.
fn readers(
    vault: &Vault,
    establishment: &EstablishmentId,
    text: &str,
) -> anyhow::Result<(Vec<RecipientKey>, bool)> {
    match vault.recipients(establishment) {
        Err(vault::Error::Missing { .. }) => {
            Ok((from_vault(vault.put_recipients(establishment, text))?, false))
        }
        there => {
            let (there, named) = (from_vault(there)?, from_vault(RecipientKey::read_all(text))?);
            let ids = |keys: &[RecipientKey]| keys.iter().map(RecipientKey::id).collect::<BTreeSet<_>>();
            let differ = ids(&there) != ids(&named);
            Ok((there, differ))
        }
    }
}

fn labels(readers: &[RecipientKey]) -> String {
    readers.iter().map(|reader| reader.label.as_str()).collect::<Vec<_>>().join(", ")
}

/// The door's key as the SSH edge reads it.
pub(crate) fn door_key(key: &vault::SshKey) -> anyhow::Result<ssh_edge::HostKey> {
    let text = std::str::from_utf8(key.private.expose()).because("door_key", &[])?;
    ssh_edge::HostKey::from_openssh(text).because("door_key", &[])
}

/// Makes a folder that is closed to others, where it is not there.
pub(crate) fn folder(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).because("folder", &[&path.display()])
}
