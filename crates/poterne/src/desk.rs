//! Errands of the host operator: the site's description, accounts, second factors. Done by the process that
//! holds the database and the vault, whether it serves or not.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;

use control::{Desk, Errand};
use domain::SecretKind;
use gate::ports::{Boxed, Clock};
use store::site::{Outside, Plan, Site};
use vault::{NewSecret, Sharing};
use vocab::{EquipmentId, EstablishmentId, Lang, PersonId, Secret};

use crate::wiring::{House, SystemClock};

/// Does errands in this house.
pub(crate) struct OwnDesk(pub(crate) Arc<House>);

impl Desk for OwnDesk {
    fn run(&self, errand: Errand) -> Boxed<'_, Result<String, String>> {
        let house = Arc::clone(&self.0);
        Box::pin(async move {
            match errand {
                Errand::Site { text, apply, lang } => {
                    site(&house, text, apply, lang.parse().unwrap_or_default()).await
                }
                Errand::Account { equipment, form, secret, shared } => {
                    account(&house, &equipment, &form, Secret::new(secret.into_bytes()), shared).await
                }
                Errand::Codes { person } => codes(&house, &person).await,
            }
        })
    }
}

async fn site(house: &House, text: String, apply: bool, lang: Lang) -> Result<String, String> {
    let read = text.clone();
    let parsed = tokio::task::spawn_blocking(move || Site::parse(&read, &Outside { resolve: &resolve }))
        .await
        .map_err(|_| "the file could not be read".to_owned())?;
    let site = parsed.map_err(|faults| {
        let line = |fault: &store::site::Fault| {
            format!("{}:{}: {}", fault.line, fault.column, fault.says.in_lang(lang))
        };
        faults.iter().map(line).collect::<Vec<_>>().join("\n")
    })?;
    let failed = |error: gate::ports::PortError| error.to_string();
    let current = house.database.current(&site.establishment.id, SystemClock.now()).await.map_err(failed)?;
    let plan = Plan::new(&current, &site);
    let words = plan.in_words(lang);
    if !apply || plan.is_empty() {
        return Ok(words);
    }
    let applied = house.gate.apply_site(plan.change(&text)).await.map_err(failed)?;
    let said = match lang {
        Lang::Fr => format!("Appliqué ; trace n° {} du journal.", applied.index),
        Lang::En => format!("Applied; entry {} of the ledger.", applied.index),
    };
    Ok(format!("{words}\n{said}"))
}

/// All addresses of a name, asked of the system's resolver, once, when the site is described.
fn resolve(name: &str) -> Result<Vec<IpAddr>, String> {
    let found = (name, 0).to_socket_addrs().map_err(|error| error.to_string())?;
    Ok(found.map(|address| address.ip()).collect())
}

async fn account(
    house: &House,
    name: &str,
    form: &str,
    secret: Secret,
    shared: bool,
) -> Result<String, String> {
    let unknown = || format!("`{name}` is no equipment: write `<equipment>.<establishment>`");
    let (equipment, establishment) = name.rsplit_once('.').ok_or_else(unknown)?;
    let equipment: EquipmentId = equipment.parse().map_err(|_| unknown())?;
    let establishment: EstablishmentId = establishment.parse().map_err(|_| unknown())?;
    let found = house.gate.equipment(&establishment, &equipment).await.map_err(|error| error.to_string())?;
    let Some((login, described)) =
        found.and_then(|found| found.account).map(|account| (account.login, account.secret))
    else {
        return Err(format!(
            "`{name}` has no reserved account in the site's description: give it a login there first"
        ));
    };
    if kind_of(form) != described {
        return Err(format!(
            "the site's description says another kind of secret for `{name}`: change one of the two"
        ));
    }
    let sharing = if shared { Sharing::Recorded } else { Sharing::Refused };
    house
        .gate
        .storing_account(&establishment, &equipment, &login, form)
        .await
        .map_err(|error| error.to_string())?;
    let (vault, kept, new_form) = (house.vault.clone(), login.clone(), form.to_owned());
    let (owner, device) = (establishment.clone(), equipment.clone());
    let placed = tokio::task::spawn_blocking(move || {
        let put = |secret| vault.put_account(&owner, &device, &kept, secret, sharing);
        match new_form.as_str() {
            "password" => put(NewSecret::Password(secret)).map(|placed| (placed, None)),
            "key" => put(NewSecret::Key(secret)).map(|placed| (placed, None)),
            "certificate" => {
                put(NewSecret::Certificate).and_then(|placed| Ok((placed, Some(vault.authority(&owner)?))))
            }
            _ => vault
                .create_key_account(&owner, &device, &kept, sharing)
                .map(|(line, placed)| (placed, Some(line))),
        }
    })
    .await
    .map_err(|_| "the vault stopped".to_owned())?;
    let (placed, line) = placed.map_err(|error| error.to_string())?;
    house
        .database
        .set_account_tag(&establishment, &equipment, Some(&placed.tag), SystemClock.now(), "host operator")
        .await
        .map_err(|error| error.to_string())?;
    let mut said = format!("Compte réservé de {name} au coffre (identifiant : {login}).");
    if !placed.login_shared_with.is_empty() || !placed.secret_shared_with.is_empty() {
        said.push_str("\nAttention : identifiant ou secret partagé avec un autre équipement (T9 non tenue).");
    }
    if let Some(line) = line {
        said.push_str(&match described {
            SecretKind::Certificate => format!(
                "\nSur l'équipement, dans le fichier de TrustedUserCAKeys :\n{line}\n\
                 et dans le fichier d'AuthorizedPrincipalsFile pour {login}, rien que :\n{name}"
            ),
            _ => format!("\nLigne pour authorized_keys de l'équipement :\n{line}"),
        });
    }
    Ok(said)
}

/// What `account` in the site's description has to say for this form.
fn kind_of(form: &str) -> SecretKind {
    match form {
        "password" => SecretKind::Password,
        "certificate" => SecretKind::Certificate,
        _ => SecretKind::Key,
    }
}

async fn codes(house: &House, person: &str) -> Result<String, String> {
    let id: PersonId = person.parse().map_err(|_| format!("`{person}` is no name"))?;
    let vault = house.vault.clone();
    let who = id.clone();
    house.gate.enrolling(&id).await.map_err(|error| error.to_string())?;
    let link = tokio::task::spawn_blocking(move || vault.enrol_codes(&who))
        .await
        .map_err(|_| "the vault stopped".to_owned())?
        .map_err(|error| error.to_string())?;
    String::from_utf8(link.expose().to_vec()).map_err(|_| "the link cannot be written".to_owned())
}
