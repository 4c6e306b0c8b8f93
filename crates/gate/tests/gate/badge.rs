//! Certificates towards the door: who is given one, until when, and what they are good for.

use std::net::{IpAddr, Ipv4Addr};

use domain::{Fingerprint, SecondFactor};
use events::Fact;
use gate::{Badge, ENROLMENT_EXTENSION, Known, LoginRefused, Shown};
use testkit::fiction::{at, key_of, name};
use testkit::{AUTHORITY, Mishap, Step};
use vocab::Lang;

use crate::door::{Door, attempt};

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

impl Door {
    /// The technician's certificate, as a client shows it.
    async fn given(&self) -> Shown {
        self.done("a.martin", "certificate").await;
        let badge = self.kit.safe.badges().pop().unwrap();
        shown(&badge, self.given_at())
    }

    /// Where the last one stands in the ledger.
    fn given_at(&self) -> u64 {
        let all = self.kit.log().entries();
        all.iter().rposition(|entry| matches!(entry.fact, Fact::CertificateGiven(_))).unwrap() as u64
    }

    async fn shows(&self, person: &str, shown: &Shown) -> Result<Known, LoginRefused> {
        self.gate.certified(&name(person), shown, FROM, "OpenSSH_9").await
    }
}

/// What the vault would sign.
fn shown(badge: &Badge, serial: u64) -> Shown {
    let until = u64::try_from(badge.until.as_secs()).unwrap();
    Shown {
        key: key_of(badge.person.as_str()),
        authority: Fingerprint(AUTHORITY.to_owned()),
        of_user: true,
        principals: vec![badge.person.to_string()],
        valid_after: until - 8 * 3600,
        valid_before: until,
        critical: vec![("source-address".to_owned(), badge.from.to_string())],
        extensions: vec![(ENROLMENT_EXTENSION.to_owned(), badge.enrolment.to_string())],
        serial,
    }
}

#[tokio::test]
async fn it_is_given_to_whom_a_session_is_open_and_lives_no_longer() {
    let door = Door::in_order().await;
    let reply = door.say("a.martin", "certificate").await;
    assert_eq!((reply.status, reply.text), (0, format!("certificate a.martin {}", door.given_at())));
    assert!(reply.aside.contains("127.0.0.1") && reply.aside.contains("1 h 30"), "{}", reply.aside);
    let badge = door.kit.safe.badges().pop().unwrap();
    assert_eq!((badge.until, badge.from, badge.enrolment), (at("2026-11-24 19:00"), FROM, 0));
    assert!(badge.key.starts_with("ssh-ed25519 "), "{}", badge.key);
    // The requester and the beneficiary have no sessions.
    for person in ["b.petit", "q.durand"] {
        let said = door.refused(person, "certificate").await;
        assert!(said.contains("rien à certifier"), "{person}: {said}");
    }
}

#[tokio::test]
async fn a_window_of_the_night_is_prepared_in_the_evening() {
    for (now, until) in [
        // The window begins at 17:00 UTC.
        ("2026-11-24 08:59", None),
        ("2026-11-24 09:01", Some("2026-11-24 17:01")),
        ("2026-11-24 16:00", Some("2026-11-24 19:00")),
        ("2026-11-24 19:00", None),
    ] {
        let door = Door::in_order().await;
        door.kit.clock.set(at(now));
        let reply = door.say("a.martin", "certificate").await;
        assert_eq!(reply.status, u32::from(until.is_none()), "{now}: {}", reply.text);
        assert_eq!(door.kit.safe.badges().pop().map(|badge| badge.until), until.map(at), "{now}");
    }
    let door = Door::with(|facts| facts.interventions[0].state = domain::State::Suspended).await;
    door.refused("a.martin", "certificate").await;
}

/// A connection that is kept gives no certificate after certificate for one code.
#[tokio::test]
async fn one_code_is_good_for_a_shift() {
    let door = Door::in_order().await;
    door.kit.clock.set(at("2026-11-24 09:01"));
    let known = door.logged_in("a.martin", Lang::Fr);
    for (now, until) in [
        ("2026-11-24 09:02", Some("2026-11-24 17:01")),
        ("2026-11-24 17:00", Some("2026-11-24 17:01")),
        ("2026-11-24 17:01", None),
        ("2026-11-24 18:00", None),
    ] {
        door.kit.clock.set(at(now));
        let before = door.kit.safe.badges().len();
        let reply = door.gate.command(&known, "certificate", b"").await;
        assert_eq!(reply.status, u32::from(until.is_none()), "{now}: {}", reply.text);
        let given = door.kit.safe.badges().split_off(before).pop().map(|badge| badge.until);
        assert_eq!(given, until.map(at), "{now}");
    }
}

#[tokio::test]
async fn it_is_for_the_key_of_that_login_alone() {
    let door = Door::in_order().await;
    let known = door.logged_in("a.martin", Lang::Fr);
    door.done("a.martin", "certificate").await;
    let line = door.kit.safe.badges()[0].key.clone();
    let say = async |given: &str| door.gate.command(&known, "certificate -", given.as_bytes()).await;
    assert_eq!(say(&format!("{line} a.martin@portable\n")).await.status, 0);
    for other in ["", "ssh-ed25519", "ssh-ed25519 BBBB", &line.replace("ssh-ed25519", "ssh-rsa")] {
        let reply = say(other).await;
        assert!(reply.status == 1 && reply.text.contains("connexion"), "{other}: {}", reply.text);
    }
    assert_eq!(door.kit.safe.badges().len(), 2);
}

#[tokio::test]
async fn nothing_is_signed_that_is_not_written_down() {
    for step in [Step::Append, Step::Draw, Step::ReadSite, Step::ReadFacts, Step::ReadService] {
        let door = Door::in_order().await;
        door.kit.troubles.next(step, Mishap::full());
        assert_eq!(door.say("a.martin", "certificate").await.status, 1, "{step:?}");
        assert!(door.kit.safe.badges().is_empty(), "{step:?}");
    }
}

#[tokio::test]
async fn it_opens_sessions_and_no_act_is_done_with_it() {
    let door = Door::in_order().await;
    let shown = door.given().await;
    let known = door.shows("a.martin", &shown).await.unwrap();
    assert_eq!(known.proof.second, Some(SecondFactor::Certificate));
    for line in ["", "help", "whoami", "interventions", "show i-1", "services", "sessions"] {
        assert_eq!(door.gate.command(&known, line, b"").await.status, 0, "{line}");
    }
    let before = door.acts().len();
    for line in [
        "certificate",
        "certificate -",
        "report i-1 fait",
        "exception i-1 1h nuit",
        "close i-1 reached",
        "cut 00000000000000000000000000000000 motif",
        "vouch a.martin=SHA256:abcdefghijklmnop",
        "long i-1 1h motif",
        "nonsense",
    ] {
        let reply = door.gate.command(&known, line, b"").await;
        assert!(reply.status == 1 && reply.text.contains("certificat"), "{line}: {}", reply.text);
    }
    assert_eq!((door.acts().len(), door.kit.safe.badges().len()), (before, 1));
    let mut attempt = attempt();
    attempt.login = known.proof.clone();
    let opening = door.gate.open(known, attempt).await.unwrap_or_else(|no| panic!("{}", no.text));
    drop(opening);
    let entries = door.kit.log().entries();
    let seconds = entries.iter().filter_map(|entry| match &entry.fact {
        Fact::LoginSucceeded(login) => Some(login.second.as_str().to_owned()),
        Fact::SessionOpened(session) => Some(session.second.as_str().to_owned()),
        _ => None,
    });
    assert_eq!(
        seconds.collect::<Vec<_>>(),
        [format!("certificate {}", shown.serial), "certificate".to_owned()]
    );
}

/// Each is one thing away from a certificate that is taken.
#[tokio::test]
async fn it_falls_with_its_key_and_with_its_second_factor() {
    let door = Door::in_order().await;
    let shown = door.given().await;
    door.shows("a.martin", &shown).await.unwrap();
    let refused = async |shown: &Shown, person: &str, why: &str| {
        let before = door.count("login-refused");
        assert_eq!(door.shows(person, shown).await.err(), Some(LoginRefused::Wrong), "{why}");
        // The pen writes meanwhile.
        for _ in 0..1_000 {
            if door.count("login-refused") > before {
                break;
            }
            tokio::task::yield_now().await;
        }
        let entries = door.kit.log().entries();
        let last = entries.iter().rev().find_map(|entry| match &entry.fact {
            Fact::LoginRefused(refused) => Some(refused.why.as_str().to_owned()),
            _ => None,
        });
        assert_eq!((door.count("login-refused"), last.as_deref()), (before + 1, Some(why)));
    };
    refused(&shown, "b.petit", "certificate-principal").await;
    let other = Shown { key: key_of("b.petit"), ..shown.clone() };
    refused(&other, "a.martin", "certificate-key").await;
    let forged = Shown { authority: Fingerprint("SHA256:other".to_owned()), ..shown.clone() };
    refused(&forged, "a.martin", "certificate-authority").await;
    // A second factor that is being drawn, then one that was.
    door.gate.enrolling(&name("a.martin")).await.unwrap();
    refused(&shown, "a.martin", "certificate-outlived").await;
    door.gate.drawn(&name("a.martin"));
    refused(&shown, "a.martin", "certificate-outlived").await;
    door.kit.site.change(|facts| facts.staff[0].person.keys.clear());
    refused(&shown, "a.martin", "certificate-key").await;
}

/// What has expired does not come back with a clock that is put back.
#[tokio::test]
async fn it_ends_for_good() {
    let door = Door::in_order().await;
    let shown = door.given().await;
    door.kit.clock.set(at("2026-11-24 19:00"));
    assert_eq!(door.shows("a.martin", &shown).await.err(), Some(LoginRefused::Wrong));
    // An act of that moment remembers how late it was.
    door.kit.site.change(|_| {});
    door.done("b.petit", "suspend i-1 arrêt").await;
    door.kit.clock.set(at("2026-11-24 17:30"));
    assert_eq!(door.shows("a.martin", &shown).await.err(), Some(LoginRefused::Wrong));
}

#[tokio::test]
async fn a_login_that_cannot_be_written_down_is_none() {
    for step in [Step::ReadKey, Step::ReadSite, Step::Append, Step::Certify] {
        let door = Door::in_order().await;
        let shown = door.given().await;
        door.kit.troubles.next(step, Mishap::full());
        assert_eq!(door.shows("a.martin", &shown).await.err(), Some(LoginRefused::Unable), "{step:?}");
    }
}
