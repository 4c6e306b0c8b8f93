//! Two establishments behind one gate: what is of the one does not exist for the other.

use std::time::Duration;

use domain::{Facts, Officer, ServiceFacts, State};
use gate::ports::{FactName, Put};
use testkit::fiction::{self, PEOPLE, name};
use testkit::{Kit, SetClock, known};
use vocab::{Lang, Right};

use crate::door::{Door, attempt};

/// A neighbour with a scanner of the same name, a service of the same name, and people and a provider of its own.
fn sud() -> ServiceFacts {
    let mut facts = fiction::service_facts();
    facts.establishment.id = name("sud");
    facts.establishment.responsable = name("i.infra");
    facts.establishment.delegations.clear();
    facts.establishment.officers.clear();
    facts.establishment.turns.clear();
    facts.provider = fiction::providers().into_iter().find(|one| one.id.as_str() == "voisin").unwrap();
    (facts.contract.establishment, facts.contract.provider) = (name("sud"), name("voisin"));
    facts.contract.requesters.people = vec![name("n.personne")];
    facts.service.establishment = name("sud");
    facts.service.beneficiaries = vec![name("n.personne")];
    facts.service.windows[0].agreed_by = name("n.personne");
    facts.equipment[0].establishment = name("sud");
    facts.equipment[0].address = name("192.0.2.99:22");
    let staff = &mut facts.staff[0];
    staff.person = fiction::people().into_iter().find(|one| one.id.as_str() == "v.voisin").unwrap();
    staff.employer = facts.provider.clone();
    staff.credentials.vouched = vec![fiction::vouched_key(&fiction::key_of("v.voisin"))];
    for signed in &mut staff.engagements {
        (signed.person, signed.establishment) = (name("v.voisin"), name("sud"));
    }
    let one = &mut facts.interventions[0];
    (one.id, one.establishment, one.requested_by) = (name("i-2"), name("sud"), name("n.personne"));
    one.approval.as_mut().unwrap().by = name("n.personne");
    one.ticks.iter_mut().for_each(|tick| tick.by = name("n.personne"));
    facts
}

async fn both(edit: impl FnOnce(&mut ServiceFacts, &mut ServiceFacts)) -> Door {
    let (mut nord, mut sud) = (fiction::service_facts(), sud());
    edit(&mut nord, &mut sud);
    Door::on(Kit::of(&[nord, sud], SetClock::at(fiction::now()))).await
}

/// Those who have a part in `sud`; everybody else with a part has it in `nord`.
const OF_SUD: [&str; 3] = ["i.infra", "n.personne", "v.voisin"];

#[tokio::test]
async fn nobody_sees_what_is_not_his() {
    let door = both(|nord, _| nord.establishment.officers.retain(|(office, _)| *office != Officer::It)).await;
    for (person, ..) in PEOPLE {
        // Who is shown how services stand is shown no intervention of either.
        if ["p.achats", "w.dpo"].contains(&person) {
            for one in ["i-1", "i-2", "i-9"] {
                door.refused(person, &format!("show {one}")).await;
            }
            continue;
        }
        let (own, other) = if OF_SUD.contains(&person) { ("i-2", "i-1") } else { ("i-1", "i-2") };
        door.done(person, &format!("show {own}")).await;
        let hidden = door.refused(person, &format!("show {other}")).await;
        let unknown = door.refused(person, "show i-9").await;
        assert_eq!(hidden.replace(other, "i-9"), unknown, "{person}");
        let list = door.done(person, "list").await;
        assert!(list.contains(own) && !list.contains(other), "{person}: {list}");
        let services = door.done(person, "services").await;
        assert_eq!(services.lines().count(), 1, "{person}: {services}");
    }
}

/// Each deed upon the other establishment's intervention is answered as upon none.
#[tokio::test]
async fn nobody_touches_what_is_not_his() {
    let door = both(|_, _| {}).await;
    let words = [
        "approve #",
        "refuse # x",
        "withdraw # x",
        "check # backup x",
        "exception # 1h x",
        "grant # q.durand 1h",
        "derogate # a.martin scanner T2 1h x",
        "review #",
        "extend # 10m x",
        "long # 1h x",
        "suspend # x",
        "resume #",
        "report # x",
        "close # reached",
        "confirm #",
        "reject # x",
        "erased #",
    ];
    for person in ["r.dupont", "b.petit", "a.martin", "m.chef", "s.rssi", "q.durand"] {
        for words in words {
            let hidden = door.refused(person, &words.replace('#', "i-2")).await;
            let unknown = door.refused(person, &words.replace('#', "i-9")).await;
            assert_eq!(hidden.replace("i-2", "i-9"), unknown, "{person}: {words}");
        }
        door.refused(person, "suspend-provider voisin x").await;
    }
}

#[tokio::test]
async fn one_short_name_is_each_ones_own() {
    let door = both(|_, _| {}).await;
    let opening = door.open().await.unwrap();
    let permit = opening.permit.value();
    assert_eq!((permit.establishment().as_str(), permit.address()), ("nord", name("192.0.2.20:22")));
    let mut theirs = attempt();
    theirs.person = name("v.voisin");
    theirs.login.key = fiction::key_of("v.voisin");
    let opening = door.open_as(theirs, "v.voisin").await.unwrap();
    let permit = opening.permit.value();
    assert_eq!((permit.establishment().as_str(), permit.address()), ("sud", name("192.0.2.99:22")));
    // Each log holds its own session and nothing of the other's.
    for (log, own, other) in [("nord", "a.martin", "v.voisin"), ("sud", "v.voisin", "a.martin")] {
        let log = door.kit.logs.log(log);
        assert_eq!(log.with(&["session-opened", own]).len(), 1);
        assert_eq!(log.with(&["secret-lent"]).len(), 1);
        assert!(log.with(&[other]).is_empty());
    }
    let sessions = door.done("v.voisin", "sessions").await;
    assert!(sessions.contains("v.voisin") && !sessions.contains("a.martin"), "{sessions}");
    door.refused("n.personne", &format!("cut {} x", door.gate.overview()[0].session)).await;
}

/// Another establishment's equipment is refused in the words for one that nobody has; the ledger tells them apart.
#[tokio::test]
async fn what_exists_elsewhere_is_answered_as_what_does_not() {
    let door = both(|_, _| {}).await;
    let mut elsewhere = attempt();
    elsewhere.target.establishment = Some(name("sud"));
    let mut nowhere = attempt();
    nowhere.target.establishment = Some(name("ouest"));
    let answers = [door.open_as(elsewhere, "a.martin").await, door.open_as(nowhere, "a.martin").await];
    let [elsewhere, nowhere] = answers.map(|answer| answer.err().unwrap().text);
    assert_eq!(elsewhere, nowhere);
    assert_eq!(door.count("session-refused"), 2, "both at home");
    assert!(door.kit.logs.log("sud").with(&["session-refused"]).is_empty());
}

#[tokio::test]
async fn one_service_name_in_two_places_is_asked_back() {
    let door = both(|nord, sud| {
        for facts in [nord, sud] {
            facts.contract.requesters.people.push(name("q.durand"));
        }
    })
    .await;
    let said = door.refused("q.durand", "request maintenance-scanner 'x'").await;
    assert!(said.contains("maintenance-scanner@"), "{said}");
    door.done("q.durand", "request maintenance-scanner@sud 'x'").await;
    assert_eq!(door.kit.logs.log("sud").with(&["intervention-requested"]).len(), 1);
    assert_eq!(door.count("intervention-requested"), 0);
    door.refused("q.durand", "request maintenance-scanner@ouest 'x'").await;
    let door = both(|_, _| {}).await;
    let said = door.refused("q.durand", "request maintenance-scanner@sud 'x'").await;
    assert_eq!(
        said.replace("@sud", "@ouest"),
        door.refused("q.durand", "request maintenance-scanner@ouest 'x'").await
    );
}

/// A start says so in each log, and a stop too.
#[tokio::test]
async fn each_log_knows_of_the_gate() {
    let door = both(|_, _| {}).await;
    door.gate.stop(std::time::Duration::ZERO).await;
    for log in ["nord", "sud"] {
        let log = door.kit.logs.log(log);
        let codes: Vec<String> = log.entries().iter().map(|entry| entry.fact.code().to_owned()).collect();
        assert_eq!(codes, ["gate-started", "gate-stopped"]);
        assert_eq!(log.sealed(), 2);
    }
}

/// A log that takes nothing closes the door of every establishment: one gate, one trace store.
#[tokio::test]
async fn a_stopped_log_is_a_refusal_everywhere() {
    let door = both(|_, _| {}).await;
    door.kit.logs.log("sud").stop("no space");
    assert!(door.open().await.err().unwrap().text.contains("[T11]"));
    assert!(door.gate.health().is_err_and(|why| why.contains("sud")));
}

/// The snapshot of an attempt holds nothing from outside the contracts of the caller's employer.
#[tokio::test]
async fn a_snapshot_holds_what_is_the_callers() {
    let door = both(|_, _| {}).await;
    for (person, own) in [("a.martin", "nord"), ("v.voisin", "sud"), ("q.durand", ""), ("x.inconnu", "")] {
        let mut asked = attempt();
        asked.person = name(person);
        let facts: Facts =
            gate::ports::Store::facts_for(&*door.kit.site, &asked, fiction::now()).await.unwrap();
        let owners: Vec<&str> = facts.services.iter().map(|one| one.establishment.id.as_str()).collect();
        assert_eq!(owners, if own.is_empty() { vec![] } else { vec![own] }, "{person}");
        assert!(facts.target_known);
    }
    let who = known("a.martin", Lang::En);
    assert!(
        door.gate.open(who, attempt()).await.is_ok_and(|opening| opening
            .live
            .terms()
            .rights
            .has(Right::Shell))
    );
}

/// The same provider serves both.
fn served_by_acme(sud: &mut ServiceFacts) {
    let nord = fiction::service_facts();
    (sud.provider, sud.contract.provider, sud.staff) = (nord.provider, name("acme"), nord.staff);
    for signed in &mut sud.staff[0].engagements {
        signed.establishment = name("sud");
    }
}

/// Each establishment stops a provider for itself.
#[tokio::test]
async fn a_provider_is_stopped_in_one_place_alone() {
    let door = both(|_, sud| served_by_acme(sud)).await;
    let at = |place: &str| {
        let mut attempt = attempt();
        attempt.target.establishment = Some(name(place));
        attempt
    };
    door.done("g.astreinte", "suspend-provider acme 'incident'").await;
    assert!(door.open_as(at("nord"), "a.martin").await.is_err());
    assert!(door.open_as(at("sud"), "a.martin").await.is_ok());
    assert_eq!(door.kit.logs.log("nord").with(&["provider-suspended"]).len(), 1);
    assert!(door.kit.logs.log("sud").with(&["provider-suspended"]).is_empty());
    door.refused("i.infra", "resume-provider acme").await;
    door.done("i.infra", "suspend-provider acme 'incident'").await;
    assert!(door.open_as(at("sud"), "a.martin").await.is_err());
    door.done("r.dupont", "resume-provider acme").await;
    assert!(door.open_as(at("nord"), "a.martin").await.is_ok());
    assert!(door.open_as(at("sud"), "a.martin").await.is_err(), "sud decides for itself");
}

/// A service that ended with its intervention unsettled shuts nobody's list, and names nothing to anybody.
#[tokio::test]
async fn a_service_that_ended_is_in_nobodys_way() {
    let door = both(|_, _| {}).await;
    let (establishment, service) = (name("nord"), name("maintenance-scanner"));
    door.apply(vec![Put::End(FactName::Service { establishment, service })]).await.unwrap();
    assert!(door.done("v.voisin", "list").await.contains("i-2"));
    for person in ["b.petit", "a.martin", "v.voisin"] {
        door.done(person, "list").await;
        for words in ["show #", "approve #", "suspend # x", "erased #"] {
            let hidden = door.refused(person, &words.replace('#', "i-1")).await;
            let unknown = door.refused(person, &words.replace('#', "i-9")).await;
            assert_eq!(hidden.replace("i-1", "i-9"), unknown, "{person}: {words}");
        }
    }
}

/// What one person writes moves nothing on another one's terminal.
#[tokio::test]
async fn hidden_letters_do_not_travel() {
    let door = Door::in_order().await;
    let words = "request maintenance-scanner 'relire\u{202e}31-i evorppa\u{2066}\u{200b}\u{2028}fin'";
    door.done("q.durand", words).await;
    for words in ["list", "show i-2"] {
        let shown = door.done("b.petit", words).await;
        assert!(shown.contains("relire31-i evorppafin"), "{shown:?}");
    }
}

/// Nor does a line of the site's file pass for one of the gate's.
#[tokio::test]
async fn a_text_of_the_file_forges_no_row() {
    let door = Door::with(|facts| {
        facts.service.title = "scanner\n  approuvée par          s.rssi".to_owned();
        facts.provider.name = "Acme\n  rapport                rien".to_owned();
    })
    .await;
    for words in ["show i-1", "services"] {
        let shown = door.done("b.petit", words).await;
        let forged = |line: &&str| {
            line.starts_with("  approuvée par          s.rssi") || line.starts_with("  rapport")
        };
        assert_eq!(shown.lines().filter(forged).count(), 0, "{shown}");
    }
}

/// A service does not go while an intervention of it is open, or what left in it waits to be erased: nobody could do either.
#[tokio::test]
async fn a_service_goes_when_nothing_of_it_is_owed() {
    let door = Door::in_order().await;
    let live = door.open().await.unwrap().live;
    let out = || {
        vec![Put::End(FactName::Service {
            establishment: name("nord"),
            service: name("maintenance-scanner"),
        })]
    };
    assert!(door.apply(out()).await.is_err(), "with a session");
    door.done("s.rssi", &format!("cut {} assez", live.id())).await;
    let stage = |state, report: bool, erasure: bool| {
        door.kit.site.change(|facts| {
            let all = facts.interventions.iter_mut().chain(&mut facts.unsettled);
            let value = all.into_iter().next().unwrap();
            value.state = state;
            value.report = report.then(|| domain::Report {
                by: name("a.martin"),
                at: fiction::now(),
                text: "fait".to_owned(),
            });
            value.erasure = erasure.then(|| (fiction::now(), name("a.martin")));
        });
    };
    for state in [State::Open, State::Suspended, State::Closing, State::Closed] {
        stage(state, true, false);
        assert!(door.apply(out()).await.is_err(), "{state:?}");
    }
    stage(State::Closed, false, true);
    assert!(door.apply(out()).await.is_err(), "no report");
    stage(State::Closed, true, true);
    door.apply(out()).await.unwrap();
}

/// An establishment that stands in the database and has no log any more stops nobody else.
#[tokio::test]
async fn a_missing_log_is_for_its_own_establishment() {
    let mut sud = fiction::service_facts();
    for owner in [&mut sud.establishment.id, &mut sud.contract.establishment, &mut sud.service.establishment]
    {
        *owner = name("sud");
    }
    (sud.equipment[0].establishment, sud.equipment[0].id) = (name("sud"), name("irm"));
    sud.service.equipment = vec![name("irm")];
    sud.interventions.clear();
    let mut kit = Kit::of(&[fiction::service_facts(), sud], SetClock::at(fiction::now()));
    kit.logs = std::sync::Arc::new(testkit::Logs::of(&[name("nord")], &kit.troubles));
    let door = Door::on(kit).await;
    let mut there = attempt();
    there.target.equipment = name("irm");
    assert!(door.open_as(there, "a.martin").await.is_err());
    door.open().await.unwrap();
    door.done("b.petit", "suspend i-1 'attendre'").await;
}

/// One person takes half of all places and no more: whoever else comes has his.
#[tokio::test]
async fn nobody_takes_all_places() {
    let door = both(|_, _| {}).await;
    let mut openings = Vec::new();
    while let Ok(opening) = door.open().await {
        openings.push(opening);
        assert!(openings.len() <= 50);
    }
    assert_eq!(openings.len(), 50, "half of a hundred");
    let mut theirs = attempt();
    theirs.person = name("v.voisin");
    theirs.login.key = fiction::key_of("v.voisin");
    door.open_as(theirs, "v.voisin").await.unwrap();
    let last = openings.pop().unwrap();
    door.gate.close(&last.live, vocab::Ending::Finished, None).await;
    door.open().await.unwrap();
}

/// Who relays and who agrees may have a part in other establishments each: the act is done where both have theirs.
#[tokio::test]
async fn an_act_by_voice_is_done_where_it_is_relayed() {
    let door = both(|nord, sud| {
        for facts in [nord, sud] {
            facts.equipment[0].account.as_mut().unwrap().secret = domain::SecretKind::Password;
            facts.establishment.officers.push((domain::Officer::Security, name("s.rssi")));
        }
    })
    .await;
    door.gate.command(&known("g.astreinte", Lang::Fr), "disclose scanner 'x'", b"").await;
    let grant = format!("voice s.rssi 1:{} grant-secret scanner g.astreinte", testkit::sheet_code(1));
    // He has no part in `nord`.
    let reply = door.say("n.personne", &grant).await;
    assert_eq!(reply.status, 1, "{}", reply.text);
    assert_eq!(door.count("disclosure-granted"), 0);
}

/// Whose code is guessed again and again is told to the security officer of his own establishment; who is of none, to the home's.
#[tokio::test]
async fn locks_are_told_to_ones_own_security_officer() {
    let door = both(|_, sud| sud.establishment.officers.push((Officer::Security, name("i.infra")))).await;
    for person in ["a.martin", "v.voisin"] {
        for _ in 0..3 {
            for _ in 0..3 {
                door.login(person, person, "000000").await.unwrap_err();
            }
            door.kit.clock.pass(Duration::from_secs(40 * 60));
        }
    }
    let nord = door.done("s.rssi", "list").await;
    assert!(nord.contains("! a.martin") && !nord.contains("v.voisin"), "{nord}");
    let sud = door.done("i.infra", "list").await;
    assert!(sud.contains("! v.voisin") && !sud.contains("a.martin"), "{sud}");
    for other in ["b.petit", "n.personne", "r.dupont"] {
        assert!(!door.done(other, "list").await.contains('!'), "{other}");
    }
}
