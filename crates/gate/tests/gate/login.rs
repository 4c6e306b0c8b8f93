//! Who comes: a key, then a code; what is answered says nothing of the name.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use gate::LoginRefused;
use testkit::fiction::{key_of, name};
use testkit::{CODE, Mishap, Step};
use vocab::Lang;

use crate::door::Door;

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

impl Door {
    pub(crate) async fn login(
        &self,
        person: &str,
        key: &str,
        code: &str,
    ) -> Result<gate::Known, LoginRefused> {
        self.gate.second_factor(&name(person), &key_of(key), code, FROM, "OpenSSH_9").await
    }
}

#[tokio::test]
async fn a_key_and_a_code_are_written_down_before_they_are_believed() {
    let door = Door::in_order().await;
    assert!(door.gate.verified_key(&name("a.martin"), &key_of("a.martin")).await);
    let known = door.login("a.martin", "a.martin", CODE).await.unwrap();
    assert_eq!((known.person.as_str(), known.lang), ("a.martin", Lang::Fr));
    assert!(known.proof.second.is_some());
    assert_eq!(door.count("login-succeeded"), 1);
    door.kit.log().stop("no space");
    assert_eq!(door.login("a.martin", "a.martin", CODE).await.err(), Some(LoginRefused::Unable));
}

/// A stranger, another's key, a person who left: one answer, and nobody's code is burnt or counted.
#[tokio::test]
async fn without_a_key_of_his_nobody_is_asked_for_a_code() {
    let door = Door::with(|facts| facts.staff[0].person.active = false).await;
    for (person, key) in [("x.inconnu", "x.inconnu"), ("b.petit", "q.durand"), ("a.martin", "a.martin")] {
        assert!(!door.gate.verified_key(&name(person), &key_of(key)).await, "{person}");
        for _ in 0..5 {
            assert_eq!(door.login(person, key, CODE).await.err(), Some(LoginRefused::Wrong), "{person}");
        }
    }
    assert!(!door.kit.troubles.asked().contains(&Step::CheckCode));
    assert_eq!((door.count("login-refused"), door.count("person-locked")), (15, 0));
    door.login("b.petit", "b.petit", CODE).await.unwrap();
}

#[tokio::test]
async fn three_wrong_codes_lock_for_a_minute_and_say_so_once() {
    let door = Door::in_order().await;
    for expected in [LoginRefused::Wrong, LoginRefused::Wrong, LoginRefused::Locked, LoginRefused::Locked] {
        assert_eq!(door.login("b.petit", "b.petit", "000000").await.err(), Some(expected));
    }
    assert_eq!(door.login("b.petit", "b.petit", CODE).await.err(), Some(LoginRefused::Locked));
    assert_eq!(door.count("person-locked"), 1);
    door.login("q.durand", "q.durand", CODE).await.unwrap();
    door.kit.clock.pass(Duration::from_secs(60));
    door.login("b.petit", "b.petit", CODE).await.unwrap();
}

#[tokio::test]
async fn a_port_that_fails_is_a_no() {
    for step in [Step::ReadKey, Step::CheckCode, Step::ReadSite, Step::Append, Step::Draw] {
        for how in [Mishap::full(), Mishap::lost_answer()] {
            let door = Door::in_order().await;
            door.kit.troubles.next(step, how);
            let refused = door.login("b.petit", "b.petit", CODE).await.err();
            assert_eq!(refused, Some(LoginRefused::Unable), "{step:?}");
        }
    }
    let door = Door::in_order().await;
    door.kit.troubles.always(Step::ReadKey, Mishap::full());
    assert!(!door.gate.verified_key(&name("b.petit"), &key_of("b.petit")).await);
}

/// One login may carry several commands: a key that was withdrawn meanwhile carries no more.
#[tokio::test]
async fn a_key_that_was_withdrawn_carries_no_more() {
    let door = Door::in_order().await;
    let known = door.login("a.martin", "a.martin", CODE).await.unwrap();
    assert_eq!(door.gate.command(&known, "whoami", b"").await.status, 0);
    door.kit.site.change(|facts| facts.staff[0].person.keys.clear());
    assert_eq!(door.gate.command(&known, "whoami", b"").await.status, 1);
    assert!(door.gate.open(known, crate::door::attempt()).await.is_err());
}

#[tokio::test]
async fn the_greeting_says_how_long_it_is_kept() {
    let door = Door::with(|facts| facts.establishment.recording_days = 321).await;
    let text = door.gate.greeting().await;
    assert!(text.fr.contains("321") && text.en.contains("321"), "{text:?}");
}
