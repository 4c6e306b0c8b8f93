//! Whether a key and a second factor are really the person's: somebody else has to have said so.
//!
//! Keys come in with the site's file and second factors are drawn by the host operator, so that whoever operates
//! the host could act as anybody. A key counts once somebody of the establishment, or of the provider for its own
//! people, has compared its fingerprint with the person and vouched for it under his own key and second factor. A
//! new second factor makes the vouching void: it was for the two together.

use serde::{Deserialize, Serialize};
use vocab::{PersonId, Timestamp};

use crate::{Fingerprint, LoginProof};

/// A key that somebody vouched for, towards one establishment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VouchedKey {
    /// The key.
    pub key: Fingerprint,
    /// The second factor that stood beside it, by its number.
    pub enrolment: u32,
    /// Who vouched.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// When the vouching before this one fell, for the same key and second factor: a login of until then is not its
    /// person's any more, though both count again. `None`: none fell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fell: Option<Timestamp>,
}

/// What is known of a person's means to prove who he is, towards one establishment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Credentials {
    /// The number of the second factor that counts now; 0 when none was ever drawn.
    pub enrolment: u32,
    /// The keys that were vouched for, with whichever second factor.
    #[serde(default)]
    pub vouched: Vec<VouchedKey>,
}

impl Credentials {
    /// The vouching that stands behind this key and the second factor that counts now.
    pub fn vouching(&self, key: &Fingerprint) -> Option<&VouchedKey> {
        self.vouched.iter().find(|vouched| vouched.key == *key && vouched.enrolment == self.enrolment)
    }

    /// Whether somebody vouched for this key and the second factor that counts now.
    pub fn hold(&self, key: &Fingerprint) -> bool {
        self.vouching(key).is_some()
    }

    /// Whether this login was made with a second factor that counts no more, or under a vouching that fell since: that somebody
    /// vouched anew is for logins of then.
    pub fn outlived_by(&self, login: &LoginProof) -> bool {
        let fell = self.vouching(&login.key).and_then(|vouched| vouched.fell);
        login.enrolment != self.enrolment || fell.is_some_and(|fell| login.at <= fell)
    }

    /// Whether this login is its person's: the key was vouched for, and both are those that count now.
    pub fn prove(&self, login: &LoginProof) -> bool {
        !self.outlived_by(login) && self.hold(&login.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_second_factor_voids_the_vouching() {
        let key = Fingerprint("SHA256:a".to_owned());
        let by = "r.ssi".parse().unwrap();
        let vouched = vec![VouchedKey { key: key.clone(), enrolment: 1, by, at: Timestamp::MIN, fell: None }];
        let mut credentials = Credentials { enrolment: 1, vouched };
        assert!(credentials.hold(&key));
        assert!(!credentials.hold(&Fingerprint("SHA256:b".to_owned())));
        credentials.enrolment = 2;
        assert!(!credentials.hold(&key));
        assert!(!Credentials::default().hold(&key));
    }

    #[test]
    fn a_login_belongs_to_the_vouching_of_its_time() {
        let key = Fingerprint("SHA256:a".to_owned());
        let at = Timestamp::from_secs;
        let vouched = |fell| {
            let by = "r.ssi".parse().unwrap();
            Credentials {
                enrolment: 1,
                vouched: vec![VouchedKey { key: key.clone(), enrolment: 1, by, at: at(9), fell }],
            }
        };
        let login = |second| LoginProof { key: key.clone(), second: None, enrolment: 1, at: at(second) };
        // Before anybody ever vouched, whoever waited at the door need not come again.
        assert!(vouched(None).prove(&login(1)));
        let again = vouched(Some(at(5)));
        assert!(!again.prove(&login(5)) && again.outlived_by(&login(5)));
        assert!(again.prove(&login(6)) && !again.outlived_by(&login(6)));
    }
}
