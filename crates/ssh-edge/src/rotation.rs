//! The secret of a reserved account, changed on a Linux system over SSH (T9): `passwd` or `chpasswd` for a password, the
//! account's own `authorized_keys` for a key.
//!
//! A secret crosses standard input only, never a command line. What counts is no program's answer but a login: the
//! fresh secret is in force when it opens, the former one out of force when it opens nothing.

use std::time::Duration;

use bytes::Bytes;
use gate::ports::{Boxed, Lent, LentSecret, Pair, RotationFault, Rotator};
use gate::{Grant, Logged};
use russh::keys::PrivateKey;
use tokio::time::timeout;
use vocab::Secret;

use crate::dialler::{self, Equipment, Unreached};
use crate::lane::Item;
use crate::limits::Settings;

/// A command that changes a secret: PAM may wait some seconds after a wrong answer.
const COMMAND: Duration = Duration::from_secs(20);
/// What a command may answer before nobody listens any more: `id -u` is a line, a refusal some of them.
const ANSWER_MAX: usize = 4 * 1024;

/// The account's keys, changed in one replacement of the file. `$f` is where the keys are, through links; what stands
/// there is copied with its mode and owner first.
const KEYS: &str = r#"set -eu
umask 077
f=$(readlink -f "$HOME/.ssh/authorized_keys")
t="$f.poterne"
trap 'rm -f "$t"' EXIT
cp -p "$f" "$t"
"#;
/// Beside each line with the former key the same line with the fresh one: its options stay.
const ADD: &str = r#"if ! grep -qF "$fresh" "$f"; then
awk -v former="$former" -v fresh="$fresh" '{ print; i = index($0, former); if (i) print substr($0, 1, i - 1) fresh substr($0, i + length(former)) }' "$f" > "$t"
grep -qF "$fresh" "$t"
sync "$t" 2>/dev/null || sync
mv -f "$t" "$f"
fi
"#;
/// Every line with the former key goes.
const DROP: &str = r#"awk -v former="$former" 'index($0, former) == 0' "$f" > "$t"
grep -qF "$fresh" "$t"
sync "$t" 2>/dev/null || sync
mv -f "$t" "$f"
"#;

/// Changes secrets by logging in.
pub struct SshRotator {
    settings: Settings,
}

impl SshRotator {
    /// With the times of the door.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    async fn dial(
        &self,
        grant: &Logged<Grant>,
        login: &str,
        secret: &LentSecret,
    ) -> Result<Equipment, Unreached> {
        let lent = Lent { login: login.to_owned(), secret: copy(secret), spare: None };
        dialler::dial(grant, &lent, &self.settings).await
    }

    /// The leg with the former secret; `None`: it is the fresh one that opens already.
    async fn with_former(
        &self,
        grant: &Logged<Grant>,
        pair: &Pair,
    ) -> Result<Option<Equipment>, RotationFault> {
        match self.dial(grant, &pair.login, &pair.former).await {
            Ok(equipment) => Ok(Some(equipment)),
            Err(Unreached::LoginRefused) => {
                self.dial(grant, &pair.login, &pair.fresh).await.map_err(unreached)?.farewell().await;
                Ok(None)
            }
            Err(why) => Err(unreached(why)),
        }
    }

    async fn establish(&self, grant: &Logged<Grant>, pair: &Pair) -> Result<(), RotationFault> {
        let Some(equipment) = self.with_former(grant, pair).await? else { return Ok(()) };
        match (&pair.former, &pair.fresh) {
            (LentSecret::Password(former), LentSecret::Password(fresh)) => {
                change_password(&equipment, &pair.login, former, fresh).await?;
            }
            (LentSecret::Key(former), LentSecret::Key(fresh)) => {
                run(&equipment, "sh -s", script(former, fresh, ADD)?).await?.well()?;
            }
            _ => return Err(fault("form", None)),
        }
        equipment.farewell().await;
        let proof = self.dial(grant, &pair.login, &pair.fresh).await;
        proof.map_err(|why| fault("unproved", Some(why.code().to_owned())))?.farewell().await;
        Ok(())
    }

    async fn retire(&self, grant: &Logged<Grant>, pair: &Pair) -> Result<(), RotationFault> {
        if let (LentSecret::Key(former), LentSecret::Key(fresh)) = (&pair.former, &pair.fresh) {
            let equipment = self.dial(grant, &pair.login, &pair.fresh).await.map_err(unreached)?;
            run(&equipment, "sh -s", script(former, fresh, DROP)?).await?.well()?;
            equipment.farewell().await;
        }
        match self.dial(grant, &pair.login, &pair.former).await {
            Err(Unreached::LoginRefused) => Ok(()),
            Err(why) => Err(unreached(why)),
            Ok(equipment) => {
                equipment.farewell().await;
                Err(fault("former-opens", None))
            }
        }
    }
}

impl Rotator for SshRotator {
    fn establish<'a>(
        &'a self,
        grant: &'a Logged<Grant>,
        pair: &'a Pair,
    ) -> Boxed<'a, Result<(), RotationFault>> {
        Box::pin(self.establish(grant, pair))
    }

    fn retire<'a>(
        &'a self,
        grant: &'a Logged<Grant>,
        pair: &'a Pair,
    ) -> Boxed<'a, Result<(), RotationFault>> {
        Box::pin(self.retire(grant, pair))
    }
}

fn fault(why: &'static str, detail: Option<String>) -> RotationFault {
    RotationFault { why, detail }
}

fn unreached(why: Unreached) -> RotationFault {
    fault(why.code(), Some(why.to_string()))
}

fn copy(secret: &LentSecret) -> LentSecret {
    match secret {
        LentSecret::Password(secret) => LentSecret::Password(secret.clone()),
        LentSecret::Key(secret) => LentSecret::Key(secret.clone()),
        LentSecret::Certificate { key, certificate } => {
            LentSecret::Certificate { key: key.clone(), certificate: certificate.clone() }
        }
    }
}

/// As the superuser by `chpasswd`, else by `passwd`, which asks for the former one.
async fn change_password(
    equipment: &Equipment,
    login: &str,
    former: &Secret,
    fresh: &Secret,
) -> Result<(), RotationFault> {
    let who = run(equipment, "id -u", Secret::new(Vec::new())).await?.well()?;
    let line = |words: &[&[u8]]| {
        let length = words.iter().map(|word| word.len()).sum();
        // Never moved while it grows: a copy would be wiped by nobody.
        let mut line = Vec::with_capacity(length);
        words.iter().for_each(|word| line.extend_from_slice(word));
        Secret::new(line)
    };
    if who.trim() == "0" {
        let said = line(&[login.as_bytes(), b":", fresh.expose(), b"\n"]);
        run(equipment, "env LC_ALL=C chpasswd", said).await?.well()?;
    } else {
        let said = line(&[former.expose(), b"\n", fresh.expose(), b"\n", fresh.expose(), b"\n"]);
        run(equipment, "env LC_ALL=C passwd", said).await?.well()?;
    }
    Ok(())
}

/// What changes the file of keys: both keys are public, and of letters that no shell reads.
fn script(former: &Secret, fresh: &Secret, change: &str) -> Result<Secret, RotationFault> {
    let (former, fresh) = (blob(former)?, blob(fresh)?);
    Ok(Secret::new(format!("former='{former}'\nfresh='{fresh}'\n{KEYS}{change}").into_bytes()))
}

/// The public half of a key as a line of keys has it: base64, nothing else.
fn blob(private: &Secret) -> Result<String, RotationFault> {
    let unreadable = || fault("secret", None);
    let text = std::str::from_utf8(private.expose()).map_err(|_| unreadable())?;
    let key: PrivateKey = russh::keys::decode_secret_key(text, None).map_err(|_| unreadable())?;
    let line = key.public_key().to_openssh().map_err(|_| unreadable())?;
    let blob = line.split(' ').nth(1).ok_or_else(unreadable)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    if blob.bytes().all(plain) { Ok(blob.to_owned()) } else { Err(unreadable()) }
}

/// How a command ended.
struct Ended {
    status: Option<u32>,
    /// The beginning of what it wrote.
    wrote: String,
}

impl Ended {
    /// What it wrote, when it ended well. What it complained of is not told: it may hold a secret.
    fn well(self) -> Result<String, RotationFault> {
        match self.status {
            Some(0) => Ok(self.wrote),
            Some(status) => Err(fault("command", Some(format!("exit {status}")))),
            None => Err(fault("command", None)),
        }
    }
}

/// Runs a command without a terminal, with this on its standard input.
async fn run(equipment: &Equipment, command: &str, input: Secret) -> Result<Ended, RotationFault> {
    let work = async {
        let channel = equipment.open().await?;
        channel.write.exec(true, command).await?;
        // The library's own copy is wiped by nobody.
        channel.send(Bytes::copy_from_slice(input.expose())).await?;
        channel.write.eof().await?;
        let mut ended = Ended { status: None, wrote: String::new() };
        loop {
            match channel.lane.next().await {
                Item::Data(bytes) if ended.wrote.len() < ANSWER_MAX => {
                    ended.wrote.push_str(&String::from_utf8_lossy(&bytes));
                }
                Item::Exit(status) => ended.status = Some(status),
                Item::Answer(false) | Item::Close | Item::Lost => return Ok(ended),
                _ => {}
            }
        }
    };
    match timeout(COMMAND, work).await {
        Ok(Ok(ended)) => Ok(ended),
        Ok(Err::<_, russh::Error>(_)) => Err(fault("protocol", None)),
        Err(_) => Err(fault("timeout", None)),
    }
}
