//! The order of a login: a key whose signature was verified, then the second factor of the same name.
//!
//! The library's list of methods is advertising only: it hands over whatever a client asks for. So the
//! order is kept here, and nowhere else. What was proved is bound to the name under which it was proved; a
//! request under another name, or another key, starts from nothing.

use domain::Fingerprint;

use crate::limits::{CODES, OFFERS};
use crate::user::User;

/// How far a login came.
#[derive(Debug, Default)]
pub(crate) struct Login {
    verified: Option<Verified>,
    offers: u32,
    codes: u32,
}

/// A key that was verified for a person, under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified {
    /// The user name, as it was written.
    name: String,
    /// What it says.
    pub(crate) user: User,
    /// The key.
    pub(crate) key: Fingerprint,
}

impl Login {
    /// A key is offered. The answer depends on how many were, never on the name.
    pub(crate) fn offer(&mut self) -> bool {
        self.offers = self.offers.saturating_add(1);
        self.offers <= OFFERS
    }

    /// Another key comes, or another name: what was proved before is forgotten.
    pub(crate) fn begin_key(&mut self) {
        self.verified = None;
    }

    /// The gate knows this key as this person's.
    pub(crate) fn key_verified(&mut self, name: &str, user: User, key: Fingerprint) {
        self.verified = Some(Verified { name: name.to_owned(), user, key });
    }

    /// Whether a key was verified under this name. Under another name it is forgotten.
    pub(crate) fn has_key(&mut self, name: &str) -> bool {
        self.verified.take_if(|verified| verified.name != name);
        self.verified.is_some()
    }

    /// The second factor is asked for, or answered, under this name: `None` unless a key was verified under
    /// the same name and there are tries left.
    pub(crate) fn for_code(&mut self, name: &str) -> Option<Verified> {
        let _forgotten = self.has_key(name);
        if self.codes >= CODES { None } else { self.verified.clone() }
    }

    /// Nothing more is asked on this connection.
    pub(crate) fn exhaust(&mut self) {
        self.verified = None;
        self.codes = CODES;
    }

    /// A code was wrong.
    pub(crate) fn code_wrong(&mut self) {
        self.codes = self.codes.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> User {
        User::parse(name).unwrap()
    }

    fn key(text: &str) -> Fingerprint {
        Fingerprint(text.to_owned())
    }

    #[test]
    fn no_code_without_a_verified_key_of_the_same_name() {
        let mut login = Login::default();
        assert!(login.for_code("anna").is_none());
        login.key_verified("anna", user("anna"), key("a"));
        assert_eq!(login.for_code("anna").unwrap().key, key("a"));
        assert!(login.for_code("berta").is_none());
        assert!(login.for_code("anna").is_none(), "another name forgets what was proved");
    }

    #[test]
    fn the_name_is_the_whole_name() {
        let mut login = Login::default();
        login.key_verified("anna+a", user("anna+a"), key("a"));
        assert!(login.for_code("anna+b").is_none());
    }

    #[test]
    fn another_key_forgets_the_first() {
        let mut login = Login::default();
        login.key_verified("anna", user("anna"), key("a"));
        login.begin_key();
        assert!(login.for_code("anna").is_none());
    }

    #[test]
    fn offers_and_codes_are_counted() {
        let mut login = Login::default();
        assert_eq!((0..20).filter(|_| login.offer()).count(), OFFERS as usize);
        login.key_verified("anna", user("anna"), key("a"));
        for _ in 0..CODES {
            assert!(login.for_code("anna").is_some());
            login.code_wrong();
        }
        assert!(login.for_code("anna").is_none());
    }

    /// One thing that a client may do.
    #[derive(Debug, Clone)]
    enum Deed {
        Key,
        Known(usize),
        Code(usize),
        Password(usize),
        Wrong,
    }

    proptest::proptest! {
        /// Whatever a client does in whatever order: a code is asked for only under the name whose key was the
        /// last thing proved.
        #[test]
        fn the_order_holds(deeds in proptest::collection::vec(deed(), 0..30)) {
            let names = ["anna+a", "anna+b", "berta+a"];
            let mut login = Login::default();
            let (mut proved, mut wrong) = (None, 0);
            for deed in deeds {
                match deed {
                    Deed::Key => { login.begin_key(); proved = None; }
                    Deed::Known(name) => {
                        login.begin_key();
                        login.key_verified(names[name], user(names[name]), key("k"));
                        proved = Some(name);
                    }
                    Deed::Code(name) => {
                        let asked = login.for_code(names[name]).is_some();
                        proptest::prop_assert_eq!(asked, proved == Some(name) && wrong < CODES);
                        if proved != Some(name) { proved = None; }
                    }
                    Deed::Password(name) => {
                        proptest::prop_assert_eq!(login.has_key(names[name]), proved == Some(name));
                        if proved != Some(name) { proved = None; }
                    }
                    Deed::Wrong => { login.code_wrong(); wrong += 1; }
                }
            }
        }
    }

    fn deed() -> impl proptest::strategy::Strategy<Value = Deed> {
        use proptest::prelude::*;
        prop_oneof![
            Just(Deed::Key),
            (0..3_usize).prop_map(Deed::Known),
            (0..3_usize).prop_map(Deed::Code),
            (0..3_usize).prop_map(Deed::Password),
            Just(Deed::Wrong),
        ]
    }
}
