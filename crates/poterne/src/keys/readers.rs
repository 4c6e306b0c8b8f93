//! Who may read what is recorded for an establishment: changed in one place, told to its ledger before it holds. What was
//! recorded before stays readable by those of then.

use control::Errand;
use vault::RecipientKey;
use vocab::{EstablishmentId, Lang, printable_lines};

use super::LEAST;
use crate::cli::Readers;
use crate::desk::failed;
use crate::operator::errand;
use crate::texts::{Because as _, of_vault, say_in, spoken};
use crate::wiring::House;

pub(super) async fn readers(asked: &Readers) -> anyhow::Result<()> {
    let file = asked.recipients.display();
    let text = std::fs::read_to_string(&asked.recipients).because("recipients_read", &[&file])?;
    let establishment = asked.establishment.to_string();
    let errand = errand(&asked.which.config, Errand::Readers { establishment, text, lang: spoken() });
    println!("{}", printable_lines(&errand.await?));
    Ok(())
}

/// Puts these readers in the place of the former ones; the same ones again change nothing, and leave no entry.
pub(crate) async fn change(
    house: &House,
    establishment: &str,
    text: String,
    lang: Lang,
) -> Result<String, String> {
    let owner: EstablishmentId =
        establishment.parse().map_err(|_| say_in(lang, "no_name", &[&establishment]))?;
    let vault = house.vault.clone();
    let told = |error: vault::Error| of_vault(lang, &error);
    let present = RecipientKey::read_all(&text).map_err(told)?;
    let former = match vault.recipients(&owner) {
        Err(vault::Error::Missing { .. }) => {
            return Err(say_in(lang, "readers_of_nobody", &[&owner]));
        }
        former => former.map_err(told)?,
    };
    let gone = without(&former, &present);
    let come = without(&present, &former);
    if gone.is_empty() && come.is_empty() {
        return Ok(say_in(lang, "readers_same", &[&owner, &present.len()]));
    }
    let ids = |keys: &[RecipientKey]| keys.iter().map(RecipientKey::id).collect();
    let told_first = house.gate.readers_changing(&owner, ids(&former), ids(&present)).await;
    told_first.map_err(failed(lang))?;
    let kept = owner.clone();
    let put = tokio::task::spawn_blocking(move || vault.put_recipients(&kept, &text)).await;
    put.map_err(|_| say_in(lang, "vault_stopped", &[]))?.map_err(told)?;
    let mut said =
        vec![say_in(lang, "readers_changed", &[&owner, &present.len(), &come.join(", "), &gone.join(", ")])];
    if present.len() < LEAST {
        said.push(say_in(lang, "keys_few_readers", &[&owner]));
    }
    Ok(said.join("\n"))
}

/// The labels of those that are not among the others.
fn without(keys: &[RecipientKey], others: &[RecipientKey]) -> Vec<String> {
    let ids: Vec<String> = others.iter().map(RecipientKey::id).collect();
    keys.iter().filter(|key| !ids.contains(&key.id())).map(|key| key.label.clone()).collect()
}
