//! Another key for the vault, while the door is closed. Whatever breaks it off, the same command takes it up: both key
//! files stay where they are, and each sealed file is under one of them.

use gate::ports::Clock as _;
use store::Database;
use vault::{Vault, pieces};

use crate::cli::Rotate;
use crate::config::Config;
use crate::texts::{Because as _, from_vault, of_store, say};
use crate::wiring::SystemClock;

pub(super) async fn rotate(asked: &Rotate) -> anyhow::Result<()> {
    let config = Config::read(&asked.which.config)?;
    let former = asked.key.clone().unwrap_or_else(|| config.vault_key());
    // The lock of the database first: a gate that serves has it, and nothing is drawn then.
    let now = SystemClock.now();
    let database = Database::open(&config.database(), now).await;
    let database = database.map_err(|error| of_store(&error)).because("database", &[])?;
    if !asked.new.exists() {
        from_vault(Vault::create_key(&asked.new)).because("vault_key", &[])?;
    }
    let done = from_vault(vault::rekey(&config.vault(), &former, &asked.new)).because("vault", &[])?;
    database.close().await;
    let (was, is) = (from_vault(pieces::key_id(&former))?, from_vault(pieces::key_id(&asked.new))?);
    println!("{}", say("keys_rotated", &[&was, &is, &done.resealed, &done.before]));
    println!("{}", say("keys_place", &[&asked.new.display(), &former.display()]));
    Ok(())
}
