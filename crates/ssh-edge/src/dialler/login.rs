//! The login on the equipment, with the secret that was lent.

use std::sync::Arc;

use gate::ports::LentSecret;
use russh::MethodKind;
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{Algorithm, Certificate, PrivateKeyWithHashAlg};

use super::Unreached;
use super::handler::Far;

/// Rounds of keyboard-interactive that are answered: a device asks for the password once, some send an
/// empty round after it.
const ROUNDS: usize = 3;

/// Logs in, or says why not.
pub(super) async fn login(
    handle: &mut Handle<Far>,
    user: &str,
    secret: &LentSecret,
) -> Result<(), Unreached> {
    let result = match secret {
        LentSecret::Password(secret) => {
            let password = std::str::from_utf8(secret.expose()).map_err(|_| Unreached::Secret)?;
            with_password(handle, user, password).await
        }
        LentSecret::Key(secret) => {
            let text = std::str::from_utf8(secret.expose()).map_err(|_| Unreached::Secret)?;
            let key = russh::keys::decode_secret_key(text, None).map_err(|_| Unreached::Secret)?;
            with_key(handle, user, key).await
        }
        LentSecret::Certificate { key, certificate } => {
            let text = std::str::from_utf8(key.expose()).map_err(|_| Unreached::Secret)?;
            let key = russh::keys::decode_secret_key(text, None).map_err(|_| Unreached::Secret)?;
            let certificate = Certificate::from_openssh(certificate).map_err(|_| Unreached::Secret)?;
            let answer = handle.authenticate_openssh_cert(user, Arc::new(key), certificate).await;
            answer.map(|answer| answer.success())
        }
    };
    match result {
        Ok(true) => Ok(()),
        Ok(false) => Err(Unreached::LoginRefused),
        // An equipment that has no other method left is disconnected by the library.
        Err(russh::Error::NoAuthMethod) => Err(Unreached::LoginRefused),
        Err(error) => {
            tracing::debug!(%error, "A login on an equipment broke off");
            Err(Unreached::Broken)
        }
    }
}

async fn with_key(
    handle: &mut Handle<Far>,
    user: &str,
    key: russh::keys::PrivateKey,
) -> Result<bool, russh::Error> {
    let hash = if matches!(key.algorithm(), Algorithm::Rsa { .. }) {
        // A server that says nothing of it is old; SHA-256 is what it most probably has.
        handle.best_supported_rsa_hash().await?.unwrap_or(Some(russh::keys::HashAlg::Sha256))
    } else {
        None
    };
    Ok(handle.authenticate_publickey(user, PrivateKeyWithHashAlg::new(Arc::new(key), hash)).await?.success())
}

async fn with_password(handle: &mut Handle<Far>, user: &str, password: &str) -> Result<bool, russh::Error> {
    match handle.authenticate_password(user, password).await? {
        AuthResult::Success => Ok(true),
        AuthResult::Failure { remaining_methods, partial_success: false }
            if remaining_methods.contains(&MethodKind::KeyboardInteractive) =>
        {
            by_keyboard(handle, user, password).await
        }
        AuthResult::Failure { .. } => Ok(false),
    }
}

/// Devices that ask for the password this way only. It is given where one hidden answer is asked for, and
/// once.
async fn by_keyboard(handle: &mut Handle<Far>, user: &str, password: &str) -> Result<bool, russh::Error> {
    let mut given = false;
    let mut response = handle.authenticate_keyboard_interactive_start(user, None).await?;
    for _ in 0..ROUNDS {
        let answers = match &response {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => match prompts.as_slice() {
                [] => Vec::new(),
                [prompt] if !prompt.echo && !given => {
                    given = true;
                    vec![password.to_owned()]
                }
                _ => return Ok(false),
            },
        };
        response = handle.authenticate_keyboard_interactive_respond(answers).await?;
    }
    Ok(matches!(response, KeyboardInteractiveAuthResponse::Success))
}
