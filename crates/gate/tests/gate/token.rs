//! Tokens: what they prove and for how long, what they reach, and that what is asked twice is done once.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use domain::{Outcome, Person, Scope, ServiceFacts, State};
use events::{Actor, Fact};
use gate::ports::{FactName, Put};
use gate::{Bearer, BearerRefused, NotDone, Once, Request, TraceAsked, Why, Wish, Written};
use testkit::fiction::{self, name};
use testkit::{Kit, Mishap, SetClock, Step};
use vocab::PersonId;

use crate::door::Door;
use crate::vouch::vouch;

const ALL: &str = "read:services,read:conformity,read:interventions,read:traces,write:requests,write:reports";
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

impl Door {
    /// What a person's new token is shown as.
    async fn token(&self, person: &str, scopes: &str) -> String {
        let said = self.done(person, &format!("token new nuit --scope {scopes}")).await;
        said.lines().next().unwrap().to_owned()
    }

    async fn bears(&self, person: &str, scopes: &str) -> Bearer {
        let shown = self.token(person, scopes).await;
        self.gate.bearer(&shown, HERE).await.unwrap()
    }

    async fn refuses(&self, shown: &str) -> BearerRefused {
        self.gate.bearer(shown, HERE).await.unwrap_err()
    }

    async fn asks(&self, bearer: &Bearer, key: &str, objective: &str) -> Result<Written, NotDone> {
        let asked = Request {
            service: "maintenance-scanner".to_owned(),
            equipment: Vec::new(),
            objective: objective.to_owned(),
            reason_out: None,
            wanted: gate::When::default(),
            call: None,
        };
        let once = Once::new(key, &[objective.as_bytes()]);
        self.gate.write_by(bearer, once, Wish::Request(asked)).await
    }
}

fn id(shown: &str) -> String {
    format!("t-{}", shown.split('_').nth(1).unwrap())
}

#[tokio::test]
async fn a_token_is_shown_once_and_counts_until_it_is_revoked_or_over() {
    let door = Door::in_order().await;
    let shown = door.token("q.durand", "write:requests,read:interventions").await;
    let bearer = door.gate.bearer(&shown, HERE).await.unwrap();
    let token = bearer.token();
    assert_eq!(token.scopes, [Scope::ReadInterventions, Scope::WriteRequests]);
    assert_eq!((token.person.as_str(), token.establishment.as_str()), ("q.durand", "nord"));
    assert_eq!(token.until.since(door.kit.now()), Duration::from_secs(30 * 86_400));
    // What it is shown as stands nowhere: neither in the facts nor in the log.
    let secret = shown.rsplit('_').next().unwrap();
    assert!(!door.kit.site.whole().contains(secret));
    assert!(door.kit.log().with(&[secret]).is_empty());
    let made = door.kit.log().entries().into_iter().find_map(|entry| match entry.fact {
        Fact::TokenMade(fact) => Some((entry.by, fact)),
        _ => None,
    });
    let (by, made) = made.unwrap();
    assert_eq!(
        (by, made.scopes.as_str()),
        (Actor::Person(name("q.durand")), "read:interventions,write:requests")
    );

    // Another secret under its name, its name alone, nothing.
    let mut other = shown.clone();
    let last = other.pop();
    other.push(if last == Some('0') { '1' } else { '0' });
    for wrong in [other.as_str(), "", "poterne", secret, &shown.to_uppercase(), &format!("{shown} ")] {
        assert_eq!(door.refuses(wrong).await, BearerRefused::Wrong, "{wrong}");
    }
    door.refused("q.durand", "token new nuit --scope read:services").await;
    door.done("q.durand", &format!("token revoke {}", id(&shown))).await;
    assert_eq!(door.refuses(&shown).await, BearerRefused::Wrong);
    assert_eq!(door.count("token-revoked"), 1);

    // For its days, and not a moment longer, though the clock be put back afterwards.
    let said = door.done("q.durand", "token new nuit --days 2 --scope read:services").await;
    let shown = said.lines().next().unwrap();
    door.kit.clock.pass(Duration::from_secs(2 * 86_400 - 1));
    door.gate.bearer(shown, HERE).await.unwrap();
    door.kit.clock.pass(Duration::from_secs(1));
    assert_eq!(door.refuses(shown).await, BearerRefused::Expired);
    assert!(door.done("q.durand", "token list").await.contains("expiré"));
    for bad in ["--days 0 --scope read:services", "--days 366 --scope read:services", "--scope read:all"] {
        door.refused("q.durand", &format!("token new autre {bad}")).await;
    }
    door.refused("q.durand", "token new Nuit --scope read:services").await;
}

/// Whoever answers for the establishment sees and revokes those of others; nobody else knows that they are there.
#[tokio::test]
async fn tokens_of_others_are_seen_by_who_answers_for_them() {
    let door = Door::in_order().await;
    let shown = door.token("a.martin", "write:reports").await;
    let id = id(&shown);
    assert_eq!(door.done("b.petit", "token list").await, "Aucun jeton.");
    assert!(door.refused("b.petit", &format!("token revoke {id}")).await.contains("ne vous revient pas"));
    assert!(door.done("s.rssi", "token list").await.contains("a.martin"));
    door.done("s.rssi", &format!("token revoke {id}")).await;
    assert_eq!(door.refuses(&shown).await, BearerRefused::Wrong);
}

/// With its key, its person, his side, his second factor and his vouching; and none of them brings it back.
#[tokio::test]
async fn a_token_falls_with_what_it_stands_on() {
    let person = |door: &Door| -> Person { door.kit.site.first_service().staff[0].person.clone() };
    type Gone = fn(&Person) -> Vec<Put>;
    let gone: [Gone; 4] = [
        |one| vec![Put::Person(Person { keys: Vec::new(), ..one.clone() })],
        |one| vec![Put::Person(Person { active: false, ..one.clone() })],
        |one| vec![Put::End(FactName::Person(one.id.clone()))],
        |one| vec![Put::Person(Person { on_behalf_of: Some(name("voisin")), ..one.clone() })],
    ];
    for gone in gone {
        let door = Door::in_order().await;
        let shown = door.token("a.martin", ALL).await;
        let before = person(&door);
        door.apply(gone(&before)).await.unwrap();
        assert_eq!(door.refuses(&shown).await, BearerRefused::Wrong);
        door.apply(vec![Put::Person(before)]).await.unwrap();
        door.done("s.rssi", &vouch("a.martin")).await;
        door.done("a.martin", "whoami").await;
        assert_eq!(door.refuses(&shown).await, BearerRefused::Wrong, "it came back");
    }
    let door = Door::in_order().await;
    let shown = door.token("a.martin", ALL).await;
    let a_martin: PersonId = name("a.martin");
    door.gate.enrolling(&a_martin).await.unwrap();
    door.gate.drawn(&a_martin);
    assert_eq!(door.refuses(&shown).await, BearerRefused::Wrong);
    // Nobody vouched for the new one: he makes none.
    assert!(door.refused("a.martin", "token new autre --scope read:services").await.contains("attesté"));
}

#[tokio::test]
async fn it_gives_what_its_person_has_at_that_moment_and_its_scopes_alone() {
    let door = Door::in_order().await;
    let all = door.bears("q.durand", ALL).await;
    door.gate.services_by(&all).await.unwrap();
    assert_eq!(door.gate.interventions_by(&all, &State::ALL).await.unwrap().len(), 1);
    // A requester sees no assessment, reads no traces, writes no report.
    let why = |not: NotDone| not.why;
    assert_eq!(
        door.gate.assessment_by(&all, "maintenance-scanner", None).await.map_err(why).err(),
        Some(Why::NotYours)
    );
    assert_eq!(door.gate.deadlines_by(&all).await.map_err(why).err(), Some(Why::NotYours));
    let asked = TraceAsked { reason: "audit de mai".to_owned(), ..TraceAsked::default() };
    assert_eq!(door.gate.traces_by(&all, &asked).await.map_err(why).err(), Some(Why::NotYours));
    let report = Wish::Report("i-1".to_owned(), "fait".to_owned());
    assert_eq!(
        door.gate.write_by(&all, Once::new("k", &[]), report).await.map_err(why).err(),
        Some(Why::NotYours)
    );
    assert_eq!(door.gate.intervention_by(&all, "i-77").await.map_err(why).err(), Some(Why::Unknown));

    // Without the scope, though he may.
    let few = door.done("q.durand", "token new autre --scope read:services").await;
    let few = door.gate.bearer(few.lines().next().unwrap(), HERE).await.unwrap();
    assert_eq!(door.asks(&few, "k", "panne").await.map_err(why).err(), Some(Why::Token));
    assert_eq!(door.gate.sessions_by(&few).await.map_err(why).err(), Some(Why::Token));
    assert_eq!(door.gate.intervention_by(&few, "i-1").await.map_err(why).err(), Some(Why::Token));
    assert_eq!(door.count("intervention-requested"), 0);

    // Taken off the list meanwhile: the token that asked a moment ago asks nothing any more.
    door.asks(&all, "k1", "panne").await.unwrap();
    door.kit.site.change(|facts| facts.contract.requesters.people.clear());
    assert_eq!(door.asks(&all, "k2", "panne").await.map_err(why).err(), Some(Why::Unknown));
    assert_eq!(
        door.asks(&all, "k1", "panne").await.map_err(why).err(),
        Some(Why::Unknown),
        "nor is he told again"
    );
    assert!(door.gate.services_by(&all).await.unwrap().is_empty());
}

/// Another establishment, in which the same person has the same part.
fn elsewhere() -> ServiceFacts {
    let mut facts = fiction::service_facts();
    facts.establishment.id = name("sud");
    facts.contract.establishment = name("sud");
    facts.service.establishment = name("sud");
    facts.equipment.iter_mut().for_each(|one| one.establishment = name("sud"));
    facts
        .staff
        .iter_mut()
        .flat_map(|staff| &mut staff.engagements)
        .for_each(|one| one.establishment = name("sud"));
    facts.interventions.iter_mut().for_each(|one| {
        (one.establishment, one.id) = (name("sud"), name("i-9"));
    });
    facts
}

#[tokio::test]
async fn a_token_of_one_establishment_sees_nothing_of_another() {
    let kit = Kit::of(&[fiction::service_facts(), elsewhere()], SetClock::at(fiction::now()));
    let door = Door::on(kit).await;
    assert!(door.refused("q.durand", &format!("token new nuit --scope {ALL}")).await.contains("plusieurs"));
    let said = door.done("q.durand", &format!("token new nuit@nord --scope {ALL}")).await;
    let nord = door.gate.bearer(said.lines().next().unwrap(), HERE).await.unwrap();
    let seen = door.gate.interventions_by(&nord, &State::ALL).await.unwrap();
    assert_eq!(seen.iter().map(|(one, _)| one.id.as_str()).collect::<Vec<_>>(), ["i-1"]);
    assert!(
        door.gate.services_by(&nord).await.unwrap().iter().all(|one| one.establishment.id.as_str() == "nord")
    );
    let unknown = door.gate.intervention_by(&nord, "i-77").await.unwrap_err();
    let other = door.gate.intervention_by(&nord, "i-9").await.unwrap_err();
    assert_eq!(other.why, Why::Unknown);
    assert_eq!(unknown.text.fr.replace("i-77", ""), other.text.fr.replace("i-9", ""));
    let withdrawn = Wish::Withdraw("i-9".to_owned(), "résolu".to_owned());
    let refused = door.gate.write_by(&nord, Once::new("k", &[]), withdrawn).await.unwrap_err();
    assert_eq!(refused.why, Why::Unknown);
    // Its service's full name is no name here.
    let asked = Request {
        service: "maintenance-scanner@sud".to_owned(),
        equipment: Vec::new(),
        objective: "panne".to_owned(),
        reason_out: None,
        wanted: gate::When::default(),
        call: None,
    };
    let refused = door.gate.write_by(&nord, Once::new("k", &[]), Wish::Request(asked)).await.unwrap_err();
    assert_eq!(refused.why, Why::Unknown);
    // What the service is in the token's own establishment.
    let asked = door.asks(&nord, "k", "panne").await.unwrap();
    let id = asked.acted.intervention.as_str();
    assert_eq!(door.kit.site.stands(id).establishment.as_str(), "nord");
}

#[tokio::test]
async fn what_is_asked_twice_is_done_once() {
    let door = Door::in_order().await;
    let bearer = door.bears("q.durand", ALL).await;
    let first = door.asks(&bearer, "k1", "panne").await.unwrap();
    let again = door.asks(&bearer, "k1", "panne").await.unwrap();
    assert_eq!((first.again, again.again, &first.acted), (false, true, &again.acted));
    assert_eq!((door.count("intervention-requested"), door.count("token-acted")), (1, 1));
    // Beside its entry, of the same act and intervention, who comes by which token.
    let entries = door.kit.log().entries();
    let at = entries.iter().position(|entry| entry.fact.code() == "intervention-requested").unwrap();
    let Fact::TokenActed(beside) = &entries[at + 1].fact else { panic!("{:?}", entries[at + 1]) };
    assert_eq!((beside.act.as_str(), beside.name.as_str()), ("intervention-requested", "nuit"));
    assert_eq!(entries[at].intervention, entries[at + 1].intervention);
    assert_eq!(entries[at + 1].by, Actor::Person(name("q.durand")));

    // The same key for something else; another key for the same.
    assert_eq!(door.asks(&bearer, "k1", "autre panne").await.unwrap_err().why, Why::Reused);
    assert!(!door.asks(&bearer, "k2", "panne").await.unwrap().again);
    assert_eq!(door.count("intervention-requested"), 2);
    // The same key of another token is another key.
    let other = door.done("q.durand", "token new autre --scope write:requests").await;
    let other = door.gate.bearer(other.lines().next().unwrap(), HERE).await.unwrap();
    assert!(!door.asks(&other, "k1", "panne").await.unwrap().again);

    // After a day it is forgotten.
    door.kit.clock.pass(Duration::from_secs(24 * 3600 + 1));
    assert!(!door.asks(&bearer, "k1", "panne").await.unwrap().again);
    door.kit.site.change(|facts| facts.interventions[0].state = State::Open);
    // What is refused is kept by nobody: asked again when it can be done, it is.
    let withdraw = |name: &str| Wish::Withdraw(name.to_owned(), "résolu".to_owned());
    let refused = door.gate.write_by(&bearer, Once::new("k9", &[]), withdraw("i-1")).await.unwrap_err();
    assert_eq!(refused.why, Why::Refused);
    door.kit.site.change(|facts| {
        (facts.interventions[0].state, facts.interventions[0].approval) = (State::Requested, None);
    });
    let done = door.gate.write_by(&bearer, Once::new("k9", &[]), withdraw("i-1")).await.unwrap();
    assert_eq!((done.again, done.acted.state), (false, State::Withdrawn));
    let again = door.gate.write_by(&bearer, Once::new("k9", &[]), withdraw("i-1")).await.unwrap();
    assert!(again.again && again.acted == done.acted);
}

/// The answer was lost, the gate died after the act, or both came at once: it is done once, and told.
#[tokio::test]
async fn an_answer_that_is_lost_is_told_again() {
    let door = Door::in_order().await;
    let bearer = door.bears("q.durand", ALL).await;
    door.kit.troubles.next(Step::Commit, Mishap::lost_answer());
    assert_eq!(door.asks(&bearer, "k1", "panne").await.unwrap_err().why, Why::Unable);
    assert!(door.asks(&bearer, "k1", "panne").await.unwrap().again);
    // Nothing was done, and that is done then.
    door.kit.troubles.next(Step::Commit, Mishap::full());
    assert_eq!(door.asks(&bearer, "k2", "panne").await.unwrap_err().why, Why::Unable);
    assert!(!door.asks(&bearer, "k2", "panne").await.unwrap().again);

    let (one, other) = tokio::join!(door.asks(&bearer, "k3", "panne"), door.asks(&bearer, "k3", "panne"));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.acted == other.acted && one.again != other.again);
    assert_eq!(door.kit.site.whole().matches("objective: \"panne\"").count(), 3);

    // Another boot on the same data knows it too.
    let gate = door.kit.boot().await.unwrap();
    let door = Door { gate, ..door };
    assert!(door.asks(&bearer, "k3", "panne").await.unwrap().again);
    assert_eq!(door.count("intervention-requested"), 3);
}

/// A list reads the facts of a service once, and holds them once, however many interventions it has.
#[tokio::test]
async fn a_list_reads_each_service_once() {
    let door = Door::in_order().await;
    let bearer = door.bears("q.durand", ALL).await;
    let reads = || door.kit.troubles.asked().iter().filter(|step| **step == Step::ReadService).count();
    let listed = async || {
        let before = reads();
        let all = door.gate.interventions_by(&bearer, &[State::Requested, State::Approved]).await.unwrap();
        (all, reads() - before)
    };
    let (few, once) = listed().await;
    for number in 0..20 {
        door.asks(&bearer, &format!("k{number}"), "panne").await.unwrap();
    }
    let (all, reads) = listed().await;
    assert_eq!((all.len(), reads), (few.len() + 20, once));
    assert!(all.iter().all(|(_, facts)| Arc::ptr_eq(facts, &all[0].1)));
}

/// Done, and its entry is not in the ledger: asked for again it is told so again, until it is.
#[tokio::test]
async fn what_is_not_in_the_ledger_is_not_told_as_done() {
    let door = Door::in_order().await;
    let bearer = door.bears("q.durand", ALL).await;
    door.kit.log().stop("full");
    for _ in 0..2 {
        assert_eq!(door.asks(&bearer, "k1", "panne").await.unwrap_err().why, Why::NotLogged);
    }
    assert_eq!(door.count("intervention-requested"), 0);
    // Once the log takes entries again, it is told as done, and was done once.
    door.kit.log().reopen();
    assert!(door.asks(&bearer, "k1", "panne").await.unwrap().again);
    assert_eq!(door.count("intervention-requested"), 1);
}

#[tokio::test]
async fn reports_and_closings_come_by_token_and_are_confirmed_by_a_person() {
    let door = Door::in_order().await;
    let bearer = door.bears("a.martin", "write:reports").await;
    let report = Wish::Report("i-1".to_owned(), "disque\u{202e} changé\nfini".to_owned());
    door.gate.write_by(&bearer, Once::new("r", &[]), report).await.unwrap();
    let stands = door.stands();
    assert_eq!(stands.report.as_ref().unwrap().text, "disque changé\n    fini");
    let closing = Wish::Closing("i-1".to_owned(), Outcome::Reached);
    let done = door.gate.write_by(&bearer, Once::new("c", &[]), closing).await.unwrap();
    assert_eq!((done.acted.state, door.stands().state), (State::Closing, State::Closing));
    door.done("b.petit", "confirm i-1").await;
}

/// A stolen token stops nobody's work, and fills no history.
#[tokio::test]
async fn a_token_closes_no_session_and_replaces_no_report() {
    let door = Door::in_order().await;
    let bearer = door.bears("a.martin", "write:reports").await;
    let opening = door.open().await.unwrap();
    let by_token = async |key: &str, wish| door.gate.write_by(&bearer, Once::new(key, &[]), wish).await;
    let report = |text: &str| Wish::Report("i-1".to_owned(), text.to_owned());
    let closing = || Wish::Closing("i-1".to_owned(), Outcome::Reached);
    assert_eq!(by_token("c1", closing()).await.unwrap_err().why, Why::Token);
    assert_eq!(door.stands().state, State::Open);
    by_token("r1", report("un")).await.unwrap();
    assert_eq!(by_token("r2", report("deux")).await.unwrap_err().why, Why::Token);
    door.done("a.martin", "report i-1 'trois'").await;
    door.gate.close(&opening.live, vocab::Ending::Finished, None).await;
    by_token("c2", closing()).await.unwrap();
    door.done("b.petit", "confirm i-1").await;
    // What was confirmed was confirmed on this report.
    door.refused("a.martin", "report i-1 'quatre'").await;
    assert_eq!(door.stands().report.unwrap().text, "trois");
}

#[tokio::test]
async fn nobody_has_more_than_so_many_requests_waiting() {
    let door = Door::in_order().await;
    let words = "request maintenance-scanner --on scanner 'encore'";
    for _ in 0..32 {
        door.done("q.durand", words).await;
    }
    let said = door.refused("q.durand", words).await;
    assert!(said.contains("withdraw"), "{said}");
    door.done("q.durand", "withdraw i-2 'finalement non'").await;
    door.done("q.durand", words).await;
}

#[tokio::test]
async fn traces_are_read_page_by_page_with_a_reason_that_is_written_first() {
    let door = Door::in_order().await;
    let bearer = door.bears("s.rssi", "read:traces").await;
    let bof = TraceAsked { reason: "bof".to_owned(), ..TraceAsked::default() };
    assert_eq!(door.gate.traces_by(&bearer, &bof).await.unwrap_err().why, Why::Refused);
    assert_eq!(door.count("reading-began"), 0);
    door.done("q.durand", "request maintenance-scanner 'panne'").await;
    let asked = TraceAsked {
        person: Some(name("q.durand")),
        limit: Some(1),
        reason: "incident du 3".to_owned(),
        ..TraceAsked::default()
    };
    let (mut cursor, mut codes) = (None, Vec::new());
    loop {
        let page = door.gate.traces_by(&bearer, &TraceAsked { cursor, ..asked.clone() }).await.unwrap();
        assert!(page.entries.len() <= 1);
        codes.extend(page.entries.into_iter().map(|found| found.entry.unwrap().code));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(codes, ["intervention-requested"]);
    let readings = door.count("reading-began");
    assert!(readings >= 1 && door.count("token-acted") == readings);
    let nothing = TraceAsked { until: Some(fiction::at("2020-01-01 00:00")), ..asked.clone() };
    assert!(door.gate.traces_by(&bearer, &nothing).await.unwrap().entries.is_empty());
    let scanner = TraceAsked { person: None, limit: None, equipment: Some(name("scanner")), ..asked };
    let found = door.gate.traces_by(&bearer, &scanner).await.unwrap();
    assert_eq!(found.entries.len(), 1, "{found:?}");

    // Nobody is named among the refusals.
    door.kit.site.change(|facts| facts.interventions.clear());
    assert!(door.open().await.is_err());
    let refusals = door.gate.refusals_by(&bearer, 7).await.unwrap();
    assert!(refusals.attempts == 1 && refusals.complete && !refusals.by_rule.is_empty(), "{refusals:?}");
}

/// Whoever tries tokens fills neither the log nor the disk, and hides no refused login.
#[tokio::test]
async fn a_flood_of_wrong_tokens_is_counted() {
    let door = Door::in_order().await;
    for _ in 0..200 {
        assert_eq!(door.refuses("poterne_x").await, BearerRefused::Wrong);
    }
    door.gate.stop(Duration::from_secs(1)).await;
    assert_eq!((door.count("token-refused"), door.count("tokens-refused")), (60, 1));
    assert_eq!(door.count("logins-refused"), 0);
}
