//! While a session lives: each change of facts that makes the decision a no closes it, with an event of its own.

use std::sync::Arc;
use std::time::Duration;

use domain::{Acceptance, HostKeyState, ServiceFacts, State};
use gate::{Gate, Live, Order};
use testkit::fiction::{self, at, name};
use testkit::{Kit, Mishap, SetClock, Step};
use tokio::task::JoinHandle;
use vocab::{Ending, Right, Rights};

use crate::door::{Door, Edit};

/// A gate that is supervised, in a runtime whose time goes as fast as nothing happens.
struct Watched {
    door: Door,
    live: Arc<Live>,
    orders: tokio::sync::mpsc::Receiver<Order>,
    supervising: JoinHandle<()>,
}

impl Watched {
    async fn start(edit: impl FnOnce(&mut ServiceFacts)) -> Self {
        let mut facts = fiction::service_facts();
        edit(&mut facts);
        Self::at(facts, fiction::now()).await
    }

    async fn at(facts: ServiceFacts, moment: vocab::Timestamp) -> Self {
        let door = Door::on(Kit::of(&[facts], SetClock::running(moment))).await;
        let supervising = tokio::spawn(Gate::supervise(door.gate.clone()));
        let live = door.open().await.unwrap_or_else(|refused| panic!("{}", refused.text)).live;
        let orders = live.orders().unwrap();
        Self { door, live, orders, supervising }
    }

    /// The order to close, within so long; `None` when there is none.
    async fn closed_within(&mut self, span: Duration) -> Option<(Ending, Option<vocab::Text>)> {
        let wait = async {
            loop {
                if let Order::Close(ending, text) = self.orders.recv().await? {
                    return Some((ending, text));
                }
            }
        };
        tokio::time::timeout(span, wait).await.ok().flatten()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.supervising.abort();
    }
}

/// Every change after which the decision is no, one at a time.
const CHANGES: [(&str, Edit); 28] = [
    ("the person is no longer active", |facts| facts.staff[0].person.active = false),
    ("the key was withdrawn", |facts| facts.staff[0].person.keys.clear()),
    ("nobody vouches for the key any more", |facts| facts.staff[0].credentials.vouched.clear()),
    ("a new second factor was drawn", |facts| facts.staff[0].credentials.enrolment = 1),
    ("the person moved", |facts| facts.staff[0].person.country = None),
    ("the person left the employer", |facts| {
        facts.staff[0].person.employer = domain::Employer::Provider(name("voisin"))
    }),
    ("an engagement was withdrawn", |facts| {
        facts.staff[0].engagements[0].withdrawn_at = Some(fiction::now())
    }),
    ("an engagement is gone", |facts| drop(facts.staff[0].engagements.pop())),
    ("the provider is suspended", |facts| {
        let (provider, by) = (name("acme"), name("s.rssi"));
        let since = fiction::now();
        facts.suspensions.push(domain::Suspension {
            provider,
            since,
            by,
            reason: "x".to_owned(),
            incidents: Vec::new(),
            resumed: None,
        });
    }),
    ("a place of the provider is unknown", |facts| facts.provider.places[0].1 = None),
    ("the contract is over", |facts| facts.contract.span.until = fiction::now()),
    ("the agreement is gone", |facts| facts.contract.agreement = None),
    ("the agreement is over", |facts| facts.contract.agreement.as_mut().unwrap().span.until = fiction::now()),
    ("a new version of the engagements counts", |facts| facts.contract.engagement_version = 3),
    ("the security plan was refused", |facts| {
        facts.contract.plan.versions[0].acceptance = Acceptance::Pending
    }),
    ("the requester was struck off", |facts| facts.contract.requesters.people.clear()),
    ("the service lost the equipment", |facts| facts.service.equipment = vec![name("console")]),
    ("the service lost its window", |facts| facts.service.windows.clear()),
    ("the checklist has one item more", |facts| {
        facts
            .service
            .checklist
            .push(domain::ChecklistItem { id: "new".to_owned(), text: "nouveau".to_owned() });
    }),
    ("a check was taken back", |facts| drop(facts.interventions[0].ticks.pop())),
    ("the equipment is gone", |facts| facts.equipment.clear()),
    ("the host key changed", |facts| {
        let (pinned, seen) = (domain::Fingerprint("a".to_owned()), domain::Fingerprint("b".to_owned()));
        facts.equipment[0].host_key = HostKeyState::Changed { pinned, seen, at: fiction::now() };
    }),
    ("the reserved account is gone", |facts| facts.equipment[0].account = None),
    ("the equipment left its zone", |facts| facts.equipment[0].admin_zone = None),
    ("the equipment moved to another address", |facts| facts.equipment[0].address = name("192.0.2.99:22")),
    ("another host key is pinned", |facts| {
        let fingerprint = domain::Fingerprint("SHA256:other".to_owned());
        facts.equipment[0].host_key =
            HostKeyState::Pinned { fingerprint, by: name("r.dupont"), at: fiction::now() };
    }),
    ("the intervention is suspended", |facts| facts.interventions[0].state = State::Suspended),
    ("the intervention never was", |facts| facts.interventions.clear()),
];

#[tokio::test(start_paused = true)]
async fn each_change_that_takes_a_condition_away_closes_the_session() {
    let mut faults = Vec::new();
    for (about, change) in CHANGES {
        let mut watched = Watched::start(|_| {}).await;
        watched.door.kit.site.change(change);
        match watched.closed_within(Duration::from_secs(1)).await {
            Some((Ending::NoLongerPermitted, Some(text))) if text.fr != text.en => {}
            other => faults.push(format!("{about}: {other:?}")),
        }
        watched.door.gate.close(&watched.live, Ending::Finished, None).await;
        let sessions = watched.door.kit.site.sessions();
        if sessions[0].1 != Some(Ending::NoLongerPermitted) {
            faults.push(format!("{about}: ended as {:?}", sessions[0].1));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Expiry closes what it opened: when its review is due, what a treatment opened is closed.
#[tokio::test(start_paused = true)]
async fn a_review_that_falls_due_closes_the_session() {
    let mut facts = fiction::service_facts();
    facts.equipment[0].admin_zone = None;
    let review = fiction::now().after(Duration::from_secs(300));
    let treatment = fiction::treatment(vocab::RuleId::T2);
    facts.treatments.push(domain::RiskTreatment { review, ..treatment });
    let mut watched = Watched::at(facts, fiction::now()).await;
    assert!(watched.closed_within(Duration::from_secs(299)).await.is_none());
    assert!(watched.closed_within(Duration::from_secs(62)).await.is_some());
    assert!(watched.door.open().await.err().unwrap().text.contains("[T2]"));
}

/// What a signature does not cover any more closes as well.
#[tokio::test(start_paused = true)]
async fn a_right_that_is_added_closes_what_a_treatment_opened() {
    let mut facts = fiction::service_facts();
    facts.equipment[0].admin_zone = None;
    facts.treatments.push(fiction::treatment(vocab::RuleId::T2));
    let mut watched = Watched::at(facts, fiction::now()).await;
    watched.door.kit.site.change(|facts| facts.service.rights = facts.service.rights.with(Right::Bulk));
    assert!(watched.closed_within(Duration::from_secs(1)).await.is_some());
}

/// Where the decision itself is no, it stands in the ledger with its codes, once.
#[tokio::test(start_paused = true)]
async fn a_recheck_that_is_no_has_an_event_of_its_own() {
    let mut watched = Watched::start(|_| {}).await;
    watched.door.kit.site.change(|facts| facts.contract.span.until = fiction::now());
    assert!(watched.closed_within(Duration::from_secs(1)).await.is_some());
    watched.door.kit.site.change(|facts| facts.contract.agreement = None);
    tokio::time::sleep(Duration::from_secs(120)).await;
    let said = watched.door.kit.log().with(&["recheck-refused", "C1"]);
    assert_eq!(said.len(), 1, "{said:?}");
}

/// Acts of people close it just as well.
#[tokio::test(start_paused = true)]
async fn each_act_that_stops_an_intervention_closes_its_session() {
    let acts = [
        ("b.petit", "suspend i-1 'attendre'"),
        ("s.rssi", "suspend i-1 'incident'"),
        ("a.martin", "close i-1 reached"),
        ("m.chef", "close i-1 unreachable"),
        ("s.rssi", "suspend-provider acme 'incident'"),
        ("g.astreinte", "suspend-provider acme 'incident'"),
    ];
    for (person, words) in acts {
        let mut watched = Watched::start(|_| {}).await;
        watched.door.done(person, words).await;
        let closed = watched.closed_within(Duration::from_secs(1)).await;
        assert_eq!(closed.map(|(ending, _)| ending), Some(Ending::NoLongerPermitted), "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_changes_nothing_for_it_leaves_a_session_alone() {
    let changes: [(&str, Edit); 5] = [
        ("a title", |facts| facts.service.title = "autre".to_owned()),
        ("another requester", |facts| facts.contract.requesters.people.push(name("n.personne"))),
        ("another right", |facts| facts.service.rights = facts.service.rights.with(Right::Scp)),
        ("an officer", |facts| drop(facts.establishment.officers.pop())),
        ("a report", |facts| {
            let by = name("m.chef");
            facts.interventions[0].report =
                Some(domain::Report { by, at: fiction::now(), text: "x".to_owned() });
        }),
    ];
    for (about, change) in changes {
        let mut watched = Watched::start(|_| {}).await;
        let rights = watched.live.terms().rights;
        watched.door.kit.site.change(change);
        assert_eq!(watched.closed_within(Duration::from_secs(90)).await, None, "{about}");
        assert_eq!(watched.live.terms().rights, rights, "{about}: a session is never widened");
    }
}

#[tokio::test(start_paused = true)]
async fn a_right_that_is_lost_is_lost_to_the_session_and_closes_its_channels() {
    let mut watched = Watched::start(|_| {}).await;
    let _right = watched.live.channel_opened(1, Right::Shell, None);
    // What is permitted is shown in it.
    assert!(matches!(watched.orders.recv().await, Some(Order::Warn(..))));
    watched.door.kit.site.change(|facts| facts.service.rights = Rights::NONE.with(Right::SftpRead));
    let order = tokio::time::timeout(Duration::from_secs(1), watched.orders.recv()).await.unwrap();
    assert_eq!(order, Some(Order::CloseChannels(vec![1])));
    assert_eq!(watched.live.terms().rights, Rights::NONE.with(Right::SftpRead));
    // What was lost does not come back to this session.
    watched.door.kit.site.change(|facts| facts.service.rights = facts.service.rights.with(Right::Shell));
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert_eq!(watched.live.terms().rights, Rights::NONE.with(Right::SftpRead));
}

#[tokio::test(start_paused = true)]
async fn time_alone_closes_it() {
    // The window ends at 19:00 UTC.
    let mut watched = Watched::at(fiction::service_facts(), at("2026-11-24 18:50")).await;
    let (live, working) = (watched.live.clone(), tokio::time::Duration::from_secs(60));
    let _right = live.channel_opened(1, Right::Shell, None);
    let typing = tokio::spawn(async move {
        loop {
            tokio::time::sleep(working).await;
            live.activity(1, session::Leg::Technician, 1);
        }
    });
    let closed = watched.closed_within(Duration::from_secs(10 * 60 + 2)).await;
    assert_eq!(closed.map(|(ending, _)| ending), Some(Ending::WindowEnd));
    typing.abort();
    let mut watched = Watched::start(|_| {}).await;
    let closed = watched.closed_within(Duration::from_secs(10 * 60 + 2)).await;
    assert_eq!(closed.map(|(ending, _)| ending), Some(Ending::Idle));
}

/// When a session that is worked in ends, opened at this moment under a window of Sunday from 01:00 to 02:30, in minutes.
async fn minutes_of_a_night(moment: &str) -> u64 {
    let mut facts = fiction::service_facts();
    let long = domain::Span { until: at("2028-01-01 00:00"), ..fiction::year() };
    facts.contract.span = long;
    facts.contract.agreement.as_mut().unwrap().span = long;
    let day = Duration::from_secs(24 * 3600);
    facts.interventions[0].planned =
        Some(domain::Span { from: at(moment).before(day), until: at(moment).after(day) });
    facts.service.windows[0].when = domain::WindowKind::Weekly {
        days: vec![domain::Weekday::Sun],
        from: name("01:00"),
        to: name("02:30"),
    };
    let mut watched = Watched::at(facts, at(moment)).await;
    let (live, clock) = (watched.live.clone(), watched.door.kit.clock.clone());
    let _right = live.channel_opened(1, Right::Shell, None);
    let typing = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            live.activity(1, session::Leg::Technician, 1);
        }
    });
    let closed = watched.closed_within(Duration::from_secs(3 * 3600)).await;
    typing.abort();
    assert_eq!(closed.map(|(ending, _)| ending), Some(Ending::WindowEnd), "{moment}");
    gate::ports::Clock::now(&*clock).since(at(moment)).as_secs() / 60
}

/// The clock on the wall decides, in both nights when it is put on or back.
#[tokio::test(start_paused = true)]
async fn a_night_with_an_hour_more_or_less_ends_by_the_clock_on_the_wall() {
    // 02:30 comes twice: it ends at the second one, 01:30 UTC.
    assert_eq!(minutes_of_a_night("2027-10-31 00:40").await, 50);
    // 02:30 does not come: it ends as the hour is left out, 01:00 UTC.
    assert_eq!(minutes_of_a_night("2027-03-28 00:20").await, 40);
    // An ordinary night.
    assert_eq!(minutes_of_a_night("2026-11-29 00:50").await, 40);
}

/// Somebody puts the clock on by an hour: the window is over then.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_put_on_ends_what_is_over_by_then() {
    let mut watched = Watched::at(fiction::service_facts(), at("2026-11-24 18:50")).await;
    watched.door.kit.clock.set(at("2026-11-24 19:50"));
    let closed = watched.closed_within(Duration::from_secs(2)).await;
    assert_eq!(closed.map(|(ending, _)| ending), Some(Ending::WindowEnd));
}

#[tokio::test(start_paused = true)]
async fn a_trace_store_that_fails_closes_it() {
    let mut watched = Watched::start(|_| {}).await;
    watched.door.kit.log().stop("no space");
    let closed = watched.closed_within(Duration::from_secs(2)).await;
    assert_eq!(closed.map(|(ending, _)| ending), Some(Ending::StoreLost));
    let mut watched = Watched::start(|_| {}).await;
    watched.door.kit.troubles.always(Step::ReadFacts, Mishap::full());
    let closed = watched.closed_within(Duration::from_secs(62)).await;
    assert_eq!(closed.map(|(ending, _)| ending), Some(Ending::StoreLost), "the facts cannot be read");
    let mut watched = Watched::start(|_| {}).await;
    watched.door.kit.tapes.disk.send_replace(testkit::Disk::Lost);
    assert_eq!(watched.live.keep_up().await, Err(Ending::RecordingLost));
    let closed = watched.closed_within(Duration::from_secs(2)).await;
    assert_eq!(closed.map(|(ending, _)| ending), Some(Ending::RecordingLost));
}

/// It was decided and written down, and before the secret was lent the provider was suspended: nothing is lent.
#[tokio::test(start_paused = true)]
async fn a_suspension_between_the_decision_and_the_lending_is_seen() {
    let door = Door::in_order().await;
    let site = door.kit.site.clone();
    door.kit.troubles.first(Step::Append, async move {
        site.change(|facts| facts.staff[0].person.active = false);
    });
    assert!(door.open().await.is_err());
    assert!(door.kit.safe.lent().is_empty());
    assert!(door.gate.overview().is_empty());
    assert_eq!(door.kit.site.sessions()[0].1, Some(Ending::NoLongerPermitted));
    assert!(door.kit.tapes.open().is_empty());
}

/// Whatever happens to a session while its opening is being written: of one that comes to be it is written after its
/// opening, of one that never was nothing is.
#[tokio::test(start_paused = true)]
async fn nothing_is_written_of_a_session_before_its_opening() {
    for step in [Step::ReadIntervention, Step::Commit, Step::Append] {
        for conflict in [false, true] {
            let door = Door::in_order().await;
            let supervising = tokio::spawn(door.gate.clone().supervise());
            let (site, gate) = (door.kit.site.clone(), door.gate.clone());
            door.kit.troubles.first(step, async move {
                match conflict {
                    true => site.change(|facts| facts.interventions[0].state = domain::State::Suspended),
                    false => site.change(|facts| facts.staff[0].person.active = false),
                }
                // Somebody cuts and somebody watches it; it is asked again meanwhile.
                tokio::spawn(async move {
                    (gate.cut("all", "essai").await, gate.watch("0000", "suivi de la panne").await.err())
                });
                tokio::time::sleep(Duration::from_secs(3)).await;
            });
            assert!(door.open().await.is_err(), "{step:?} {conflict}");
            tokio::time::sleep(Duration::from_secs(3)).await;
            supervising.abort();
            door.tells_sessions_in_order();
            assert!(door.gate.overview().is_empty() && door.kit.safe.lent().is_empty());
        }
    }
}

/// A watch is written down before anything is shown, and its end too; a cut is made before it is written.
#[tokio::test(start_paused = true)]
async fn watched_and_cut() {
    let mut watched = Watched::start(|_| {}).await;
    let id = watched.live.id().to_string();
    let mut watch = watched.door.gate.watch(id.get(..8).unwrap(), "suivi de la panne").await.unwrap();
    assert_eq!(watched.door.count("watch-began"), 1);
    assert_eq!(watched.door.count("reading-began"), 1, "with its reason");
    assert!(watched.door.gate.watch(&id, " vu ").await.is_err(), "a word says no reason");
    assert_eq!(watched.door.count("watch-began"), 1);
    let _right = watched.live.channel_opened(1, Right::Shell, None);
    watched.live.shown(1, b"seen");
    assert!(matches!(watch.records.recv().await.unwrap().body, recording::Body::Data { .. }));
    drop(watch);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(watched.door.count("watch-ended"), 1);
    // Somebody else comes after the last one went, and both see the same.
    watched.live.shown(1, b"unseen");
    let mut two = Vec::new();
    for _ in 0..2 {
        two.push(watched.door.gate.watch(id.get(..8).unwrap(), "suivi de la panne").await.unwrap());
    }
    watched.live.shown(1, b"seen by two");
    for watch in &mut two {
        let body = watch.records.recv().await.unwrap().body;
        assert!(matches!(body, recording::Body::Data { bytes, .. } if bytes == b"seen by two"));
    }
    drop(two);
    assert!(
        watched.door.gate.watch("0000", "suivi de la panne").await.is_err()
            && watched.door.gate.cut("nobody", "x").await.is_err()
    );

    watched.door.kit.log().stop("no space");
    assert!(
        watched.door.gate.watch(&id, "suivi de la panne").await.is_err(),
        "a watch that cannot be written down is none"
    );
    assert!(watched.door.gate.cut("all", "incident").await.is_err(), "not written");
    let closed = watched.closed_within(Duration::from_secs(1)).await;
    assert!(closed.is_some(), "cut all the same");
}

/// How a session ends whose contract is over, when such a step never comes back.
async fn ends_while_hanging(step: Step, span: Duration) -> Option<Ending> {
    let mut watched = Watched::start(|_| {}).await;
    assert!(watched.closed_within(Duration::from_secs(5)).await.is_none());
    watched.door.kit.troubles.first(step, std::future::pending());
    watched.door.kit.site.change(|facts| facts.contract.span.until = fiction::now());
    watched.closed_within(span).await.map(|(ending, _)| ending)
}

/// A log that hangs holds back no end, and a database that hangs holds nothing open.
#[tokio::test(start_paused = true)]
async fn what_hangs_keeps_nothing_open() {
    let log = ends_while_hanging(Step::Append, Duration::from_secs(2)).await;
    assert_eq!(log, Some(Ending::NoLongerPermitted));
    let database = ends_while_hanging(Step::ReadFacts, Duration::from_secs(15)).await;
    assert_eq!(database, Some(Ending::StoreLost));
}
