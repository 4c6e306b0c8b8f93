//! The way of an intervention beside its sessions: qualified first, closed by both sides; what a provider entrusts, and whose
//! secrets a recording shows.

use domain::{
    Custody, Entrust, Entrusted, Outcome, Qualification, ServiceFacts, State, TicketCheck, UncheckedTicket,
};
use events::{Actor, Fact};
use gate::ports::TicketAnswer;
use gate::{CustodyChange, CustodyEvent, NotRead, SiteChange, Tape};
use testkit::fiction::{self, name};
use vocab::{Ending, Kind, Path, PersonId, RecordingId, SessionId};

use crate::door::Door;

const QUALIFY: &str = "qualify i-1 degraded INC-7 'Cadre fictif' '01 99 00 12 34' 'image perdue depuis 8 h'";

/// Asked for, and to be qualified before it is approved.
fn demanded(facts: &mut ServiceFacts) {
    facts.service.qualified = true;
    let one = &mut facts.interventions[0];
    (one.state, one.approval) = (State::Requested, None);
    one.ticks.clear();
}

/// The same, and the ticket is to be checked.
fn strictly(facts: &mut ServiceFacts) {
    demanded(facts);
    facts.service.unchecked_ticket = UncheckedTicket::Refuse;
}

#[tokio::test]
async fn o1_nothing_is_approved_before_it_is_qualified_where_the_service_wants_it_so() {
    let door = Door::with(demanded).await;
    let refused = door.refused("b.petit", "approve i-1").await;
    assert!(refused.contains("[O1]") && refused.contains("qualify i-1"), "{refused}");
    assert!(door.done("b.petit", "show i-1").await.contains("à faire (qualify i-1)"));
    let said = door.done("i.infra", QUALIFY).await;
    assert!(said.contains("soins en mode dégradé") && said.contains("INC-7"), "{said}");
    let Some(Qualification { by, impact, telephone, ticket, .. }) = door.stands().qualification else {
        panic!("it is qualified")
    };
    assert_eq!((by.as_str(), impact.as_str(), telephone.as_str()), ("i.infra", "degraded", "01 99 00 12 34"));
    assert_eq!(ticket.unwrap().check, TicketCheck::NotAsked);
    door.done("b.petit", "approve i-1").await;
    let shown = door.done("a.martin", "show i-1").await;
    for words in ["qualifiée par", "image perdue depuis 8 h", "Cadre fictif, 01 99 00 12 34", "ticket INC-7"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for item in ["backup", "rollback"] {
        door.done("b.petit", &format!("check i-1 {item} 'numéro 42'")).await;
    }
    door.open().await.unwrap();
    // The referent goes home while it is worked on: another answers, and the entry says so.
    door.done("g.astreinte", "qualify i-1 diverted INC-7 'Garde fictive' 0199001200 'relève'").await;
    assert_eq!((door.stands().state, door.count("intervention-qualified")), (State::Open, 2));
    let said: Vec<Fact> = door.acts().into_iter().map(|entry| entry.fact).collect();
    let Some(Fact::InterventionQualified(fact)) = said.last() else { panic!("{said:?}") };
    assert_eq!(fact.check, Some("not-asked".into()));
}

#[tokio::test]
async fn a_qualification_says_all_of_it_in_time() {
    let door = Door::with(demanded).await;
    for line in [
        "qualify i-1 terrible INC-7 'Cadre' 0199001234 'panne'",
        "qualify i-1 none INC-7 ' ' 0199001234 'panne'",
        "qualify i-1 none INC-7 'Cadre' 'plus tard' 'panne'",
        "qualify i-1 none INC-7 'Cadre' 0199001234 ' '",
        "qualify i-1 none '../x' 'Cadre' 0199001234 'panne'",
        "qualify i-1 none '' 'Cadre' 0199001234 'panne'",
    ] {
        door.refused("i.infra", line).await;
    }
    door.done("i.infra", "qualify i-1 none - 'Cadre' 0199001234 'panne'").await;
    assert_eq!(door.stands().qualification.unwrap().ticket, None);
    door.done("b.petit", "refuse i-1 'pas maintenant'").await;
    let late = door.refused("i.infra", QUALIFY).await;
    assert!(late.contains("[O1]"), "{late}");
}

#[tokio::test]
async fn a_service_that_does_not_ask_for_it_takes_it_all_the_same() {
    let door = Door::with(|facts| {
        demanded(facts);
        facts.service.qualified = false;
    })
    .await;
    door.done("y.biomed", QUALIFY).await;
    door.done("b.petit", "approve i-1").await;
}

#[tokio::test]
async fn the_tools_word_counts_and_its_silence_is_written_down() {
    let check = async |answer: Option<TicketAnswer>, ticket: &str, edit: fn(&mut ServiceFacts), expected| {
        let door = Door::with(edit).await;
        if let Some(answer) = &answer {
            door.kit.desk.answers(answer.clone());
        }
        let line = QUALIFY.replace("INC-7", ticket);
        let done = match expected {
            Some(_) => door.done("i.infra", &line).await,
            None => door.refused("i.infra", &line).await,
        };
        let found = door.stands().qualification.and_then(|one| one.ticket).map(|ticket| ticket.check);
        assert_eq!(found, expected.flatten(), "{answer:?}: {done}");
        let asked = door.kit.desk.asked();
        assert!(asked.iter().all(|asked| asked == ticket), "{asked:?}");
        done
    };
    use TicketCheck::{Confirmed, NotAsked, Unchecked};
    let silent = || Some(TicketAnswer::NoAnswer("connection refused by desk.exemple".to_owned()));
    let closed = || Some(TicketAnswer::CountsNot("closed".to_owned()));
    check(None, "INC-7", demanded, Some(Some(NotAsked))).await;
    check(Some(TicketAnswer::Counts), "INC-7", demanded, Some(Some(Confirmed))).await;
    // Care goes first, and the entry says that nobody checked. Where the tool stands is nobody's to know.
    let said = check(silent(), "INC-7", demanded, Some(Some(Unchecked))).await;
    assert!(said.contains("n'a pas répondu") && !said.contains("desk.exemple"), "{said}");
    let said = check(closed(), "INC-7", demanded, None).await;
    assert!(said.contains("[O1]") && said.contains("closed"), "{said}");
    check(closed(), "-", demanded, Some(None)).await;
    // Where the service wants its word.
    check(Some(TicketAnswer::Counts), "INC-7", strictly, Some(Some(Confirmed))).await;
    for answer in [None, silent(), closed()] {
        check(answer, "INC-7", strictly, None).await;
    }
    check(Some(TicketAnswer::Counts), "-", strictly, None).await;
}

/// What else came in while the tool was asked is not written over: the qualification is read again.
#[tokio::test]
async fn a_qualification_never_takes_a_state_back() {
    let door = Door::with(demanded).await;
    door.done("i.infra", QUALIFY).await;
    door.done("b.petit", "approve i-1").await;
    door.done("i.infra", QUALIFY).await;
    assert_eq!(door.stands().state, State::Approved);
}

#[tokio::test]
async fn t1_a_direct_service_is_not_opened_at_the_gate() {
    let door = Door::with(|facts| facts.service.path = Path::Direct).await;
    let refused = door.open().await.err().unwrap().text;
    assert!(refused.contains("[T1]") && refused.contains("path = \"gateway\""), "{refused}");
    let door = Door::with(|facts| facts.service.kind = Kind::Assistance).await;
    let refused = door.open().await.err().unwrap().text;
    assert!(refused.contains("téléassistance"), "{refused}");
}

#[tokio::test]
async fn e9_unreachable_takes_both_sides() {
    let door = Door::in_order().await;
    for stranger in ["b.petit", "q.durand", "s.rssi", "z.audit"] {
        door.refused(stranger, "close i-1 unreachable").await;
    }
    let live = door.open().await.unwrap().live;
    door.done("m.chef", "close i-1 unreachable").await;
    let open = door.refused("r.dupont", "confirm i-1").await;
    assert!(open.contains("[E9]") && open.contains("session"), "{open}");
    door.gate.close(&live, Ending::Finished, None).await;
    for one_side in ["m.chef", "a.martin", "b.petit", "s.rssi"] {
        door.refused(one_side, "confirm i-1").await;
    }
    // Whoever could confirm it can say no.
    door.done("d.leroy", "reject i-1 'pas encore'").await;
    assert_eq!(door.stands().state, State::Open);
    door.done("a.martin", "close i-1 unreachable").await;
    door.refused("m.chef", "erased i-1").await;
    door.done("r.dupont", "confirm i-1").await;
    let one = door.stands();
    assert_eq!((one.state, one.closing.unwrap().outcome), (State::Closed, Outcome::Unreachable));
    let due = door.done("r.dupont", "deadlines").await;
    assert!(due.contains("L'attestation d'effacement de l'intervention i-1"), "{due}");
    door.done("m.chef", "erased i-1").await;
    let due = door.done("r.dupont", "deadlines").await;
    assert!(!due.contains("L'attestation d'effacement"), "{due}");
}

/// A recording of a session that was here, with its ends.
async fn recorded(edit: fn(&mut ServiceFacts)) -> (Door, RecordingId, SessionId) {
    let door = Door::with(edit).await;
    let live = door.open().await.unwrap().live;
    door.gate.close(&live, Ending::Finished, None).await;
    let session = live.id();
    let opened = door.kit.log().entries().into_iter().find_map(|entry| match entry.fact {
        Fact::SessionOpened(opened) => Some(opened.recording),
        _ => None,
    });
    (door, opened.unwrap(), session)
}

fn secret(facts: &mut ServiceFacts) {
    facts.service.shows_provider_secrets = true;
}

#[tokio::test]
async fn what_shows_a_providers_secrets_is_read_with_its_word_or_a_reason_why_without() {
    let (door, recording, session) = recorded(secret).await;
    let (manager, technician): (PersonId, PersonId) = (name("m.chef"), name("a.martin"));
    let check = async |told: Option<&PersonId>, untold: Option<&str>, read: bool| {
        let before = door.codes().len();
        let tape = Tape { recording, session, reason: "panne du 24 mai", told, untold };
        let done = door.gate.reading_recording(&name("nord"), Actor::Host, tape).await;
        match (&done, read) {
            (Ok(Some(provider)), true) => assert_eq!(provider.as_str(), "acme"),
            (Err(NotRead::Untold { provider, managers }), false) => {
                assert_eq!((provider.as_str(), managers.as_slice()), ("acme", [name("m.chef")].as_slice()));
                assert_eq!(door.codes().len(), before, "nothing is written of what is not read");
            }
            other => panic!("{told:?} {untold:?}: {other:?}"),
        }
    };
    check(None, None, false).await;
    check(Some(&technician), None, false).await;
    check(None, Some("court"), false).await;
    check(Some(&manager), Some("joint par personne"), false).await;
    check(Some(&technician), Some("joint par personne"), false).await;
    check(Some(&manager), None, true).await;
    check(None, Some("joint par personne"), true).await;
    assert_eq!(door.count("provider-secrets-read"), 2);
    assert_eq!(door.count("reading-began"), 2);
    let mute = Tape { recording, session, reason: "?", told: Some(&manager), untold: None };
    let mute = door.gate.reading_recording(&name("nord"), Actor::Host, mute).await;
    assert!(matches!(mute, Err(NotRead::Reason)), "{mute:?}");
}

#[tokio::test]
async fn what_shows_none_is_read_with_a_reason_alone() {
    let (door, recording, session) = recorded(|_| {}).await;
    let tape = Tape { recording, session, reason: "panne du 24 mai", told: None, untold: None };
    assert!(matches!(door.gate.reading_recording(&name("nord"), Actor::Host, tape).await, Ok(None)));
    assert_eq!((door.count("reading-began"), door.count("provider-secrets-read")), (1, 0));
    // A class that comes later counts for what was recorded before.
    let mut service = fiction::service_facts().service;
    service.shows_provider_secrets = true;
    door.apply(vec![gate::ports::Put::Service(service.clone())]).await.unwrap();
    let classed = door.gate.reading_recording(&name("nord"), Actor::Host, tape).await;
    assert!(matches!(classed, Err(NotRead::Untold { .. })), "{classed:?}");
}

/// What the site's file says of things that a provider entrusted: entries of their own, in the act that applies it.
#[tokio::test]
async fn what_is_entrusted_is_an_entry_when_it_comes_goes_or_vanishes() {
    let door = Door::in_order().await;
    let item = |state| Entrusted {
        id: "boitier".to_owned(),
        what: "boîtier de diagnostic".to_owned(),
        nature: Entrust::Means,
        provider: None,
        service: None,
        equipment: Some(name("scanner")),
        received_at: fiction::at("2026-02-01 00:00"),
        received_by: name("y.biomed"),
        return_by: None,
        state,
    };
    let change = |event, state| {
        let (contract, provider) = (name("c-1"), name("acme"));
        let custody = vec![CustodyChange { contract, provider, item: item(state), event }];
        let puts = Vec::new();
        SiteChange {
            establishment: name("nord"),
            file: [7; 32],
            puts,
            custody,
            dossiers: Vec::new(),
            added: 0,
            changed: 1,
            ended: 0,
        }
    };
    let back = Custody::Returned { at: fiction::at("2026-11-01 00:00"), to: "coursier fictif".to_owned() };
    let steps = [
        (CustodyEvent::Received, Custody::Held, "entrusted-received", None),
        (CustodyEvent::Ended, back, "entrusted-ended", Some("returned")),
        (CustodyEvent::Removed, Custody::Held, "entrusted-ended", Some("removed")),
    ];
    for (event, state, code, word) in steps {
        let before = door.codes().len();
        door.gate.apply_site(change(event, state)).await.unwrap();
        assert_eq!(door.codes()[before..], ["site-applied", code]);
        let last = door.kit.log().entries().pop().unwrap();
        assert!(matches!(last.by, Actor::Host), "{last:?}");
        if let (Some(word), Fact::EntrustedEnded(ended)) = (word, last.fact) {
            assert_eq!(ended.state, word.into());
        }
    }
}
