//! `[[equipment]]`: where it is, its host key, the account reserved on it.

use std::net::IpAddr;

use domain::{
    Commissioning, DefaultAccounts, Equipment, Fingerprint, HostKeyState, ReservedAccount, RotationBy,
    SecretKind,
};
use vocab::{Address, EquipmentId, EstablishmentId};

use super::key;
use super::parts::word_for;
use super::sheet::Noun;
use super::table::{Item, Table, shown};
use super::write::{Rows, Wall};

/// Port of SSH, when none is said.
const SSH_PORT: u16 = 22;
/// Longest name of the domain name system.
const HOST_MAX: usize = 253;
/// Longest downtime of a plan: a week, in minutes.
const DOWNTIME_MAX: u32 = 7 * 24 * 60;
/// Longest login that we send: that of common systems.
const LOGIN_MAX: usize = 64;
/// Words of the forms of a secret, and of who changes it.
const SECRETS: [(&str, SecretKind); 3] =
    [("password", SecretKind::Password), ("key", SecretKind::Key), ("certificate", SecretKind::Certificate)];
const HANDS: [(&str, RotationBy); 2] = [("by-hand", RotationBy::Hand), ("linux", RotationBy::Linux)];

pub(super) fn read(mut table: Table<'_>, own: Option<&EstablishmentId>) -> Option<Equipment> {
    let id = table.need("id", equipment_id);
    let title = table.need("title", Item::text);
    let address = table.need("address", address);
    let holds_data = table.may("holds_data", Item::flag).unwrap_or_default();
    let admin_zone = table.may("admin_zone", Item::text);
    let own_link = table.may("own_link", Item::text);
    let host_key = table.may("host_key", |item| item.table(host_key)).unwrap_or_default();
    let account = table.may("account", |item| item.table(account));
    let default_accounts = table.may("default_accounts", default_accounts).unwrap_or_default();
    let old_algorithms = table.list("old_algorithms", |item| item.word(64));
    let commissioning = table.may("commissioning", |item| item.table(commissioning));
    table.finish();
    Some(Equipment {
        id: id?,
        establishment: own.cloned()?,
        title: title?,
        address: address?,
        holds_data,
        admin_zone,
        own_link,
        host_key,
        account,
        default_accounts,
        old_algorithms,
        commissioning,
    })
}

/// A name without a dot: behind a dot stands the establishment, in `scanner.nord`.
fn equipment_id(item: Item<'_>) -> Option<EquipmentId> {
    let id: EquipmentId = item.own_name(Noun::Equipment)?;
    if id.as_str().contains('.') {
        return item.fault(
            format!(
                "`{id}` : le nom d'un équipement est sans point, car le point le sépare de l'établissement"
            ),
            format!(
                "`{id}`: the name of an equipment has no dot, because a dot parts it from the establishment"
            ),
        );
    }
    Some(id)
}

fn address(item: Item<'_>) -> Option<Address> {
    let given = item.raw()?;
    let Some((host, port)) = host_and_port(given) else {
        return item.fault(
            format!(
                "`{}` n'est pas une adresse : 192.0.2.7, 192.0.2.7:2022, [2001:db8::7]:22 ou scanner.example:22",
                shown(given)
            ),
            format!(
                "`{}` is not an address: 192.0.2.7, 192.0.2.7:2022, [2001:db8::7]:22 or scanner.example:22",
                shown(given)
            ),
        );
    };
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Some(Address::new(ip, port));
    }
    let mut found = match (item.sheet.outside.resolve)(host) {
        Ok(found) => found,
        Err(why) => {
            let (host, why) = (shown(host), shown(&why));
            return item.fault(
                format!("le nom `{host}` ne se résout pas ({why}) : corriger le nom, ou donner l'adresse IP"),
                format!("the name `{host}` does not resolve ({why}): correct it, or give the IP address"),
            );
        }
    };
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [ip] => Some(Address::new(*ip, port)),
        several => {
            let all: Vec<String> = several.iter().take(8).map(ToString::to_string).collect();
            let (host, all) = (shown(host), all.join(", "));
            item.fault(
                format!("le nom `{host}` a {} adresses ({all}) : écrire celle qu'il faut", several.len()),
                format!("the name `{host}` has {} addresses ({all}): write the right one", several.len()),
            )
        }
    }
}

/// An IP literal or a name, and a port.
fn host_and_port(given: &str) -> Option<(&str, u16)> {
    if given.parse::<IpAddr>().is_ok() {
        return Some((given, SSH_PORT));
    }
    let (host, port) = match given.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, after.strip_prefix(':').map_or(Some(SSH_PORT).filter(|_| after.is_empty()), port))
        }
        None => match given.split_once(':') {
            Some((host, after)) => (host, port(after)),
            None => (given, Some(SSH_PORT)),
        },
    };
    let named = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && host.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && host.len() <= HOST_MAX
        // What has no letter is an address that is none: 192.0.2.300.
        && host.bytes().any(|b| b.is_ascii_alphabetic());
    if named || host.parse::<IpAddr>().is_ok() { Some((host, port?)) } else { None }
}

fn port(given: &str) -> Option<u16> {
    let digits = given.bytes().all(|b| b.is_ascii_digit());
    given.parse().ok().filter(|port| digits && *port != 0)
}

/// The pin of the host key. Whether another one was seen since is the store's to know.
fn host_key(mut table: Table<'_>) -> Option<HostKeyState> {
    let line = table.may("line", |item| match key::host_key(item.raw()?) {
        Ok(fingerprint) => Some(fingerprint),
        Err(says) => item.fault(says.fr, says.en),
    });
    let printed = table.may("fingerprint", Item::printed_key);
    let by = table.need("by", |item| item.refer(Noun::Person));
    let at = table.need("at", Item::moment);
    table.finish();
    table.ours(
        "by",
        by.as_slice(),
        ("la clé d'hôte est épinglée par l'établissement", "the host key is pinned by the establishment"),
    );
    if (table.place("line") == table.at) == (table.place("fingerprint") == table.at) {
        table.sheet.fault(
            table.at,
            "la clé d'hôte se donne ou bien par line (ssh-keyscan), ou bien par fingerprint (SHA256:…)",
            "the host key is given either by line (ssh-keyscan) or by fingerprint (SHA256:…)",
        );
        return None;
    }
    Some(HostKeyState::Pinned { fingerprint: line.or(printed)?, by: by?, at: at? })
}

impl Item<'_> {
    /// A key's fingerprint, as OpenSSH prints it.
    pub(super) fn printed_key(self) -> Option<Fingerprint> {
        let given = self.raw()?;
        match key::printed(given) {
            Some(fingerprint) => Some(fingerprint),
            None => self.fault(
                format!("`{}` n'est pas une empreinte : SHA256: suivi de 43 caractères", shown(given)),
                format!("`{}` is not a fingerprint: SHA256: and 43 characters", shown(given)),
            ),
        }
    }
}

fn account(mut table: Table<'_>) -> Option<ReservedAccount> {
    let login = table.need("login", |item| item.word(LOGIN_MAX));
    let secret = table.need("secret", |item| item.choice(&SECRETS));
    let rotation = table.may("rotation", |item| item.choice(&HANDS)).unwrap_or_default();
    if (secret, rotation) == (Some(SecretKind::Certificate), RotationBy::Linux) {
        table.fault(
            "rotation",
            "un certificat est neuf à chaque connexion : il n'y a rien à renouveler",
            "a certificate is new for each login: there is nothing to rotate",
        );
    }
    table.finish();
    Some(ReservedAccount {
        login: login?,
        secret: secret?,
        login_shared_with: Vec::new(),
        secret_shared_with: Vec::new(),
        secret_held: false,
        rotation,
        rotated_at: None,
        rotation_due: None,
    })
}

fn default_accounts(item: Item<'_>) -> Option<DefaultAccounts> {
    let (word_at, word, mut table) = item.variant()?;
    let found = match word {
        "not-checked" => Some(DefaultAccounts::NotChecked),
        "clean" => {
            let at = table.need("at", Item::moment);
            let by = table.need("by", |item| item.refer(Noun::Person));
            at.zip(by).map(|(at, by)| DefaultAccounts::Clean { at, by })
        }
        "left" => {
            let logins = table.need("logins", |item| Some(item.list(|login| login.word(LOGIN_MAX))));
            logins.map(|logins| DefaultAccounts::Left { logins })
        }
        other => return word_at.no_such_word(other, &["not-checked", "clean", "left"]),
    };
    table.finish();
    found
}

/// The plan of putting it into service, and that it was done.
fn commissioning(mut table: Table<'_>) -> Option<Commissioning> {
    let planned = table.need("planned", Item::day);
    let downtime = table.need("downtime_minutes", |item| item.number(0, DOWNTIME_MAX));
    let agreed_by = table.need("agreed_by", |item| item.refer(Noun::Person));
    let agreed_at = table.need("agreed_at", Item::day);
    let rollback = table.need("rollback", Item::text);
    let done_at = table.may("done", Item::day);
    let done_by = table.may("done_by", |item| item.refer(Noun::Person));
    for (key, person) in [("agreed_by", &agreed_by), ("done_by", &done_by)] {
        let why = (
            "l'établissement convient de l'arrêt et le constate",
            "the establishment agrees to the downtime, and sees it done",
        );
        table.ours(key, person.as_slice(), why);
    }
    if table.gave("done") != table.gave("done_by") {
        table.fault("done", "done et done_by vont ensemble", "done and done_by go together");
    }
    if done_at.zip(agreed_at).is_some_and(|(done, agreed)| done < agreed) {
        table.fault("done", "mis en service avant d'être convenu", "put into service before it was agreed");
    }
    table.finish();
    Some(Commissioning {
        planned: planned?,
        downtime_minutes: downtime?,
        agreed_by: agreed_by?,
        agreed_at: agreed_at?,
        rollback: rollback?,
        done: done_at.zip(done_by),
    })
}

fn write_commissioning(plan: &Commissioning, wall: &Wall<'_>) -> Rows {
    let Commissioning { planned, downtime_minutes, agreed_by, agreed_at, rollback, done } = plan;
    let rows = Rows::default()
        .text("planned", wall.day(*planned))
        .number("downtime_minutes", *downtime_minutes)
        .text("agreed_by", agreed_by.as_str())
        .text("agreed_at", wall.day(*agreed_at))
        .text("rollback", rollback);
    match done {
        Some((at, by)) => rows.text("done", wall.day(*at)).text("done_by", by.as_str()),
        None => rows,
    }
}

/// What [`read`] reads.
pub(super) fn write(equipment: &Equipment, wall: &Wall<'_>) -> Rows {
    let Equipment {
        id,
        establishment: _,
        title,
        address,
        holds_data,
        admin_zone,
        host_key,
        account,
        default_accounts,
        old_algorithms,
        own_link,
        commissioning,
    } = equipment;
    let mut rows = Rows::default()
        .text("id", id.as_str())
        .text("title", title)
        .text("address", address.to_string())
        .flag("holds_data", *holds_data)
        .may("admin_zone", admin_zone.as_ref());
    if let HostKeyState::Pinned { fingerprint, by, at } = host_key {
        let pin = Rows::default().text("fingerprint", &fingerprint.0).text("by", by.as_str());
        rows = rows.inline("host_key", pin.text("at", wall.moment(*at)));
    }
    if let Some(account) = account {
        rows = rows.inline("account", write_account(account));
    }
    rows = rows
        .inline("default_accounts", write_default_accounts(default_accounts, wall))
        .list("old_algorithms", old_algorithms)
        .may("own_link", own_link.as_ref());
    match commissioning {
        Some(plan) => rows.table("commissioning", write_commissioning(plan, wall)),
        None => rows,
    }
}

/// What the file says of the account; what the store works out of several equipments is not in it.
fn write_account(account: &ReservedAccount) -> Rows {
    let ReservedAccount {
        login,
        secret,
        rotation,
        secret_held: _,
        login_shared_with: _,
        secret_shared_with: _,
        rotated_at: _,
        rotation_due: _,
    } = account;
    Rows::default()
        .text("login", login)
        .text("secret", word_for(&SECRETS, *secret))
        .text("rotation", word_for(&HANDS, *rotation))
}

fn write_default_accounts(found: &DefaultAccounts, wall: &Wall<'_>) -> Rows {
    let rows = Rows::default();
    match found {
        DefaultAccounts::NotChecked => rows.text("kind", "not-checked"),
        DefaultAccounts::Clean { at, by } => {
            rows.text("kind", "clean").text("at", wall.moment(*at)).text("by", by.as_str())
        }
        // An empty list is one too.
        DefaultAccounts::Left { logins } if logins.is_empty() => {
            rows.text("kind", "left").raw("logins", "[]")
        }
        DefaultAccounts::Left { logins } => rows.text("kind", "left").list("logins", logins),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_literals_or_names() {
        let cases = [
            ("192.0.2.7", Some(("192.0.2.7", 22))),
            ("192.0.2.7:2022", Some(("192.0.2.7", 2022))),
            ("2001:db8::7", Some(("2001:db8::7", 22))),
            ("[2001:db8::7]:2022", Some(("2001:db8::7", 2022))),
            ("[2001:db8::7]", Some(("2001:db8::7", 22))),
            ("scanner.example", Some(("scanner.example", 22))),
            ("scanner.example:23", Some(("scanner.example", 23))),
            ("192.0.2.300", None),
            ("192.0.2.7:0", None),
            ("192.0.2.7:99999", None),
            ("192.0.2.7:+22", None),
            ("[2001:db8::7]x", None),
            ("[scanner]:22", None),
            ("a b", None),
            ("-a", None),
            ("", None),
            (":22", None),
        ];
        for (given, expected) in cases {
            assert_eq!(host_and_port(given), expected, "{given:?}");
        }
    }
}
