//! An equipment in memory: which passwords open it, and how they are changed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use gate::ports::{Boxed, LentSecret, Pair, PortError, RotationFault, Rotator};
use gate::{Grant, Logged};

use crate::{Step, Troubles, lock};

/// One equipment. It changes a password only for who knows one that opens.
pub struct Device {
    opens: Mutex<BTreeSet<String>>,
    troubles: Arc<Troubles>,
}

impl Device {
    pub(crate) fn new(password: &str, troubles: Arc<Troubles>) -> Self {
        Self { opens: Mutex::new(BTreeSet::from([password.to_owned()])), troubles }
    }

    /// The passwords that open it.
    pub fn opens(&self) -> Vec<String> {
        lock(&self.opens).iter().cloned().collect()
    }

    /// Somebody at the device itself sets its password.
    pub fn set(&self, password: &str) {
        *lock(&self.opens) = BTreeSet::from([password.to_owned()]);
    }
}

impl Rotator for Device {
    fn establish<'a>(&'a self, _: &'a Logged<Grant>, pair: &'a Pair) -> Boxed<'a, Result<(), RotationFault>> {
        Box::pin(async {
            let work = || {
                let mut opens = lock(&self.opens);
                let (former, fresh) = (word(&pair.former)?, word(&pair.fresh)?);
                if !opens.contains(&former) && !opens.contains(&fresh) {
                    return Err(PortError::Missing("login".to_owned()));
                }
                opens.insert(fresh);
                Ok(())
            };
            self.troubles.around(Step::Establish, work).await.map_err(fault)
        })
    }

    fn retire<'a>(&'a self, _: &'a Logged<Grant>, pair: &'a Pair) -> Boxed<'a, Result<(), RotationFault>> {
        Box::pin(async {
            let work = || {
                let mut opens = lock(&self.opens);
                if !opens.contains(&word(&pair.fresh)?) {
                    return Err(PortError::Missing("login".to_owned()));
                }
                opens.remove(&word(&pair.former)?);
                Ok(())
            };
            self.troubles.around(Step::Retire, work).await.map_err(fault)
        })
    }
}

fn word(secret: &LentSecret) -> Result<String, PortError> {
    match secret {
        LentSecret::Password(secret) => Ok(String::from_utf8_lossy(secret.expose()).into_owned()),
        _ => Err(PortError::Failed("no password".to_owned())),
    }
}

fn fault(error: PortError) -> RotationFault {
    let why = if matches!(error, PortError::Missing(_)) { "login" } else { "command" };
    RotationFault { why, detail: None }
}
