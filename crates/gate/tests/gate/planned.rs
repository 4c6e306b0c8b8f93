//! The plan of an intervention, requests by telephone, a closing by either side, and what is read again.

use domain::{RequestedVia, ServiceFacts, Span, State};
use events::Fact;
use gate::Order;
use gate::ports::Store as _;
use testkit::fiction::{at, name};
use vocab::{Ending, Level, Right, RuleId};

use crate::door::Door;

fn requested(facts: &mut ServiceFacts) {
    let one = &mut facts.interventions[0];
    (one.state, one.approval) = (State::Requested, None);
    one.ticks.clear();
}

fn worked(facts: &mut ServiceFacts) {
    let one = &mut facts.interventions[0];
    (one.state, one.sessions) = (State::Open, 1);
}

/// What the last line of an answer asks for: the command that approves.
fn line_of(said: &str) -> String {
    said.lines().last().unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_request_says_when_or_is_told_when() {
    let door = Door::in_order().await;
    // The agreed period of the service is Tuesday, 18:00 to 20:00 in Paris; it is one now.
    let said = door.done("q.durand", "request maintenance-scanner 'disque'").await;
    assert!(said.contains("du 2026-11-24 18:30 au 2026-12-01 20:00"), "{said}");
    assert!(said.contains("plan i-2"), "{said}");
    let spans = [
        ("--from '2026-12-01 17:00'", "du 2026-12-01 17:00 au 2026-12-01 20:00"),
        ("--from '2026-12-01 18:30' --for 45m", "du 2026-12-01 18:30 au 2026-12-01 19:15"),
        ("--until '2026-11-24 19:00'", "du 2026-11-24 18:30 au 2026-11-24 19:00"),
        ("--from '2026-11-20 08:00' --for 2h", "du 2026-11-24 18:30 au 2026-11-24 20:30"),
        ("--for 744h", "du 2026-11-24 18:30 au 2026-12-25 18:30"),
    ];
    for (words, span) in spans {
        let said = door.done("q.durand", &format!("request maintenance-scanner {words} 'disque'")).await;
        assert!(said.contains(span), "{words}: {said}");
    }
    let refused = [
        ("--until '2026-11-24 18:30'", "avant de commencer"),
        ("--from '2026-12-01 19:00' --until '2026-12-01 18:00'", "avant de commencer"),
        ("--from demain", "date et une heure"),
        ("--for 745h", "31 jours"),
        ("--from '2027-12-01 18:00' --for 1h", "un an à l'avance"),
    ];
    for (words, why) in refused {
        let said = door.refused("q.durand", &format!("request maintenance-scanner {words} 'disque'")).await;
        assert!(said.contains(why), "{words}: {said}");
    }
    for words in ["--for 1h --until '2026-12-01 18:00'", "--for", "--for lundi", "--quand demain"] {
        let reply = door.say("q.durand", &format!("request maintenance-scanner {words} 'disque'")).await;
        assert_eq!(reply.status, 2, "{words}: {}", reply.text);
    }
}

#[tokio::test]
async fn an_approval_names_its_plan_and_its_agreement() {
    let door = Door::with(|facts| {
        requested(facts);
        facts.contract.agreement.as_mut().unwrap().document.sha256 = "ab".repeat(32);
    })
    .await;
    let shown = door.done("b.petit", "show i-1").await;
    for words in ["convention.pdf (v3, SHA-256 abab", "règles de sécurité: article", "lire les journaux"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let said = door.done("b.petit", "approve i-1").await;
    assert!(
        said.contains("du 2026-11-23 09:00 au 2026-12-23 19:00") && said.contains("SHA-256 abab"),
        "{said}"
    );
    let entry = door.acts().pop().unwrap();
    let Fact::InterventionApproved(fact) = entry.fact else { panic!("{entry:?}") };
    assert_eq!((fact.agreement, fact.sha256), (3, Some([0xab; 32])));
    assert_eq!((fact.from, fact.until), (Some(at("2026-11-23 08:00")), Some(at("2026-12-23 18:00"))));
    assert_eq!(door.stands().approval.unwrap().agreement_sha256, "ab".repeat(32));
}

/// One approval opens for the span that it names, and not for ever.
#[tokio::test]
async fn outside_its_plan_nothing_opens() {
    let door = Door::with(|facts| {
        facts.interventions[0].planned =
            Some(Span { from: at("2026-11-24 08:00"), until: at("2026-11-24 18:00") });
    })
    .await;
    assert!(door.open().await.is_ok());
    door.kit.clock.set(at("2026-12-01 17:30"));
    let refused = door.open().await.err().unwrap();
    let said = refused.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("est prévue du 2026-11-24 09:00 au 2026-11-24 19:00"), "{said}");
    // Approved long ago, before plans were asked for: for a month.
    let old = |days: &'static str| {
        Door::with(move |facts| {
            let one = &mut facts.interventions[0];
            one.planned = None;
            one.approval.as_mut().unwrap().at = at(days);
        })
    };
    assert!(old("2026-10-25 17:30").await.open().await.is_ok());
    assert!(old("2026-10-24 17:29").await.open().await.is_err());
    // What was asked for before plans were is planned when it is approved.
    let door = Door::with(|facts| {
        requested(facts);
        facts.interventions[0].planned = None;
    })
    .await;
    door.done("b.petit", "approve i-1").await;
    assert_eq!(
        door.stands().planned,
        Some(Span { from: at("2026-11-24 17:30"), until: at("2026-12-01 19:00") })
    );
}

#[tokio::test]
async fn a_session_ends_with_the_plan() {
    let door = Door::with(|facts| {
        facts.interventions[0].planned =
            Some(Span { from: at("2026-11-24 08:00"), until: at("2026-11-24 18:00") });
    })
    .await;
    let opening = door.open().await.unwrap();
    assert_eq!(opening.live.terms().ends_at, at("2026-11-24 18:00"));
    // The window goes on: no extension of it carries a plan that ended before.
    let said = door.refused("a.martin", "extend i-1 30m 'presque fini'").await;
    assert!(said.contains("plan i-1"), "{said}");
}

#[tokio::test]
async fn another_plan_takes_another_approval_of_that_very_plan() {
    let door = Door::in_order().await;
    let asked = door.done("a.martin", "plan i-1 --from '2026-12-29 18:00' --for 1h 'pièce attendue'").await;
    let line = line_of(&asked);
    assert!(line.starts_with("approve i-1 "), "{asked}");
    // What was approved stands meanwhile, and nobody approves unseen.
    assert!(door.open().await.is_ok());
    let said = door.refused("b.petit", "approve i-1").await;
    assert!(said.contains("demandée par a.martin") && said.contains(&line), "{said}");
    assert!(door.done("b.petit", "show i-1").await.contains(&line));
    let other = line_of(&door.done("q.durand", "plan i-1 --until '2026-12-08 20:00' 'plus tôt'").await);
    assert_ne!(line, other);
    door.refused("b.petit", &line).await;
    door.refused("a.martin", &other).await;
    assert!(!door.stands().ticks.is_empty());
    // It goes on where the former one stands: what was checked for it stands.
    door.done("b.petit", &other).await;
    let one = door.stands();
    assert_eq!(
        (one.planned.unwrap().until, one.ticks.len(), one.move_asked),
        (at("2026-12-08 19:00"), 2, None)
    );
    assert_eq!((door.count("plan-move-asked"), door.count("intervention-moved")), (2, 1));
    assert!(door.open().await.is_ok());
    // And once more: since the first approval.
    let first = door.stands().approval.unwrap().checks_from;
    door.kit.clock.set(at("2026-11-24 18:00"));
    let again = line_of(&door.done("q.durand", "plan i-1 --until '2026-12-08 19:00' 'moins'").await);
    door.done("b.petit", &again).await;
    assert_eq!((first, door.stands().approval.unwrap().checks_from), (Some(at("2026-11-23 10:00")), first));
    assert!(door.open().await.is_ok());
    // A gap behind the former one: a backup of then is none.
    door.kit.clock.set(at("2026-11-25 08:00"));
    let later = line_of(&door.done("a.martin", "plan i-1 --from '2026-12-15 18:00' --for 2h 'pièce'").await);
    let said = door.done("b.petit", &later).await;
    assert!(said.contains("check i-1 backup"), "{said}");
    assert!(door.stands().ticks.is_empty());
    let Fact::InterventionMoved(fact) = door.acts().pop().unwrap().fact else { panic!("no move") };
    assert!(fact.checks_void);
    assert_eq!(door.stands().approval.unwrap().checks_from, None);
    door.refused("b.petit", &later).await;
    // A stranger's part it is not; what is over is planned no more.
    door.refused("s.rssi", "plan i-1 --for 1h 'x'").await;
    let closed = Door::with(|facts| facts.interventions[0].state = State::Withdrawn).await;
    closed.refused("q.durand", "plan i-1 --for 1h 'x'").await;
}

#[tokio::test]
async fn a_plan_that_is_past_is_not_approved() {
    let door = Door::with(requested).await;
    door.kit.clock.set(at("2026-12-29 17:30"));
    let said = door.refused("b.petit", "approve i-1").await;
    assert!(said.contains("plan i-1"), "{said}");
    let line = line_of(&door.done("q.durand", "plan i-1 --for 1h 'enfin'").await);
    door.refused("b.petit", "approve i-1").await;
    door.done("b.petit", &line).await;
    assert_eq!((door.stands().state, door.count("intervention-approved")), (State::Approved, 1));
}

/// Before its first approval a request keeps its plan, whatever somebody else asks for; both wait, and each is approved by itself.
#[tokio::test]
async fn another_hand_displaces_no_request() {
    let door = Door::with(requested).await;
    let asked = door.stands().planned;
    let line = line_of(&door.done("a.martin", "plan i-1 --from '2026-12-29 18:00' --for 1h 'pièce'").await);
    let entry = door.acts().pop().unwrap();
    let told = door.gate.notices_of(&entry).await.unwrap();
    let [notice] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(notice.text, gate::NoticeText::Plan);
    assert!(
        notice
            .gaps
            .iter()
            .any(|(name, text)| *name == "what" && text.fr.contains("29 18:00") && text.fr.contains("pièce"))
    );
    let said = door.done("b.petit", "approve i-1").await;
    assert!(said.contains("Une autre durée reste demandée par a.martin") && said.contains(&line), "{said}");
    let one = door.stands();
    assert_eq!((one.state, one.planned), (State::Approved, asked));
    assert!(one.move_asked.is_some());
    door.kit.clock.pass(std::time::Duration::from_secs(60));
    door.done("b.petit", &line).await;
    assert_eq!(door.stands().planned.unwrap().from, at("2026-12-29 17:00"));
    // The requester's own takes the place of his first one, and is approved by its mark.
    let door = Door::with(requested).await;
    let line = line_of(&door.done("q.durand", "plan i-1 --for 1h 'plus court'").await);
    door.refused("b.petit", "approve i-1").await;
    door.done("b.petit", &line).await;
}

/// What is closed and nobody read again is a deadline, whether or not anything else of it is due, and for a year.
#[tokio::test]
async fn a_closed_intervention_that_nobody_reviews_is_a_deadline() {
    let door = Door::with(worked).await;
    let due = async || {
        let (home, service) = (name("nord"), name("maintenance-scanner"));
        let facts = door.kit.site.service_facts(&home, &service, door.kit.now()).await.unwrap();
        let all = guide::deadlines(&facts, door.kit.now());
        all.iter().filter(|one| one.what.fr.contains("close i-1 est à relire")).count()
    };
    door.done("a.martin", "report i-1 'disque changé'").await;
    assert_eq!(due().await, 0, "it is not closed");
    door.done("a.martin", "close i-1 reached").await;
    door.done("b.petit", "confirm i-1").await;
    assert_eq!(due().await, 1);
    door.done("m.chef", "erased i-1").await;
    assert_eq!(due().await, 1, "settled, and not read");
    door.done("s.rssi", "review i-1 --closed 'vu'").await;
    assert_eq!(due().await, 0);
}

/// At night the exception opens an hour outside plan and window, granted by somebody else.
#[tokio::test]
async fn the_exception_opens_the_hour_alone() {
    let door = Door::with(|facts| {
        facts.interventions[0].planned =
            Some(Span { from: at("2026-11-24 08:00"), until: at("2026-11-24 19:00") });
    })
    .await;
    door.kit.clock.set(at("2026-11-25 02:00"));
    assert!(door.open().await.is_err());
    door.done("q.durand", "exception i-1 1h 'panne'").await;
    door.done("g.astreinte", "grant i-1 q.durand 1h").await;
    let opening = door.open().await.unwrap();
    assert_eq!(opening.live.terms().ends_at, at("2026-11-25 03:00"));
    let opened = door.kit.log().entries().into_iter().find_map(|entry| match entry.fact {
        Fact::SessionOpened(opened) => Some(opened),
        _ => None,
    });
    let lifted: Vec<_> = opened.unwrap().lifted.iter().map(|one| one.source.code()).collect();
    assert_eq!(lifted, ["house:intervention", "O3"]);
}

#[tokio::test]
async fn a_call_is_called_back_and_approved_by_somebody_else() {
    let words = |caller: &str, number: &str| {
        format!("request maintenance-scanner --caller '{caller}' --called-back '{number}' --for 2h 'panne'")
    };
    let door = Door::with(|facts| facts.service.beneficiaries.push(name("g.astreinte"))).await;
    for (caller, number) in [
        ("a.martin", "0199001234"),
        ("g.astreinte", "0199001234"),
        ("c.ide", "poste"),
        ("Une Infirmière", "0199001234"),
    ] {
        door.refused("g.astreinte", &words(caller, number)).await;
    }
    door.refused("q.durand", &words("c.ide", "0199001234")).await;
    door.refused("a.martin", &words("c.ide", "0199001234")).await;
    for half in ["--caller c.ide", "--called-back 0199001234"] {
        let reply = door.say("g.astreinte", &format!("request maintenance-scanner {half} 'panne'")).await;
        assert_eq!(reply.status, 2, "{half}");
    }
    door.done("g.astreinte", &words("c.ide", "0199001234")).await;
    let one = door.kit.site.stands("i-2");
    let via = RequestedVia::CallBack { number: "0199001234".to_owned(), by: name("g.astreinte") };
    assert_eq!((one.requested_by.as_str(), one.requested_via), ("c.ide", via));
    let Fact::InterventionRequested(fact) = door.acts().pop().unwrap().fact else { panic!("no request") };
    assert_eq!((fact.via.as_str(), fact.requester.as_str()), ("call-back", "c.ide"));
    assert!(door.done("b.petit", "show i-2").await.contains("rappelé au 0199001234 par g.astreinte"));
    let said = door.refused("g.astreinte", "approve i-2").await;
    assert!(said.contains("[O2]"), "{said}");
    door.done("b.petit", "approve i-2").await;
    for item in ["backup", "rollback"] {
        door.done("b.petit", &format!("check i-2 {item} 'fait'")).await;
    }
    let mut attempt = crate::door::attempt();
    attempt.target.intervention = Some(name("i-2"));
    assert!(door.open_as(attempt, "a.martin").await.is_ok());
}

#[tokio::test]
async fn the_establishment_closes_and_the_provider_confirms() {
    let door = Door::with(worked).await;
    let said = door.done("b.petit", "close i-1 reached").await;
    assert!(said.contains("Le fournisseur confirme"), "{said}");
    assert!(door.stands().closing.unwrap().by_establishment);
    for person in ["b.petit", "r.dupont", "s.rssi", "q.durand"] {
        door.refused(person, "confirm i-1").await;
    }
    door.refused("b.petit", "reject i-1 'non'").await;
    door.done("a.martin", "reject i-1 'pas fini'").await;
    assert_eq!(door.stands().state, State::Open);
    door.done("r.dupont", "close i-1 unreachable").await;
    door.done("m.chef", "confirm i-1").await;
    assert_eq!(door.stands().state, State::Closed);
    // That it cannot be reached is the responsable's word.
    let door = Door::with(worked).await;
    door.refused("b.petit", "close i-1 unreachable").await;
    // What the provider proposes the establishment confirms, as ever.
    door.done("a.martin", "close i-1 reached").await;
    door.refused("m.chef", "confirm i-1").await;
    door.done("b.petit", "confirm i-1").await;
}

#[tokio::test]
async fn a_closing_that_the_provider_leaves_unanswered() {
    let door = Door::with(worked).await;
    door.done("b.petit", "close i-1 reached").await;
    door.kit.clock.set(at("2026-12-01 17:29"));
    door.refused("r.dupont", "confirm i-1").await;
    door.kit.clock.set(at("2026-12-01 17:30"));
    door.refused("b.petit", "confirm i-1").await;
    door.done("r.dupont", "confirm i-1").await;
    let Fact::ClosingConfirmed(fact) = door.acts().pop().unwrap().fact else { panic!("no confirmation") };
    assert_eq!(fact.unanswered, Some(7));
    // Both have to say that it cannot be reached, however long it takes.
    let door = Door::with(worked).await;
    door.done("r.dupont", "close i-1 unreachable").await;
    door.kit.clock.set(at("2026-12-20 17:30"));
    door.refused("d.leroy", "confirm i-1").await;
    door.refused("b.petit", "confirm i-1").await;
    door.done("m.chef", "confirm i-1").await;
    let Fact::ClosingConfirmed(fact) = door.acts().pop().unwrap().fact else { panic!("no confirmation") };
    assert_eq!((fact.outcome.as_str(), fact.unanswered), ("unreachable", None));
}

#[tokio::test]
async fn a_closed_intervention_is_read_again_by_another() {
    let door = Door::with(worked).await;
    let said = door.refused("s.rssi", "review i-1 --closed 'vu'").await;
    assert!(said.contains("une fois close"), "{said}");
    door.done("a.martin", "report i-1 'disque changé'").await;
    door.done("a.martin", "close i-1 reached").await;
    door.done("b.petit", "confirm i-1").await;
    // Who approved and confirmed does not; nor does the provider's side.
    for person in ["b.petit", "a.martin", "m.chef", "q.durand"] {
        door.refused(person, "review i-1 --closed 'vu'").await;
    }
    door.refused("s.rssi", "review i-1 --closed ' '").await;
    let said = door.done("s.rssi", "review i-1 --closed 'rien à redire'").await;
    assert!(said.contains("lire les journaux"), "{said}");
    assert!(door.done("s.rssi", "show i-1").await.contains("rien à redire (s.rssi)"));
    door.refused("i.infra", "review i-1 --closed 'moi aussi'").await;
    assert_eq!(door.count("intervention-reviewed"), 1);
}

/// The technician sees what is permitted in the first terminal, and in no other channel.
#[tokio::test]
async fn what_is_permitted_is_shown_in_the_first_terminal() {
    let door = Door::with(crate::door::may_take_out).await;
    let live = door.open().await.unwrap().live;
    let mut orders = live.orders().unwrap();
    live.channel_opened(1, Right::Exec, Some("uptime")).unwrap();
    assert!(orders.try_recv().is_err());
    live.channel_opened(2, Right::Shell, None).unwrap();
    let Ok(Order::Warn(channels, text)) = orders.try_recv() else { panic!("nothing shown") };
    assert_eq!(channels, [2]);
    assert!(text.fr.contains("i-1") && text.fr.contains("lire les journaux"), "{}", text.fr);
    live.channel_opened(3, Right::Shell, None).unwrap();
    assert!(orders.try_recv().is_err());
    door.gate.close(&live, Ending::Finished, None).await;
}

/// What nobody closes owes all the same, from the end of its plan on.
#[test]
fn what_nobody_closes_owes_its_report() {
    let mut facts = testkit::fiction::service_facts();
    worked(&mut facts);
    facts.contract.report.as_mut().unwrap().within_days = 2;
    let late = |moment: &str| {
        let found = guide::deadlines(&facts, at(moment));
        found.iter().filter(|one| one.rule.code() == "O5" && one.within == guide::Within::Overdue).count()
    };
    assert_eq!([late("2026-12-23 17:59"), late("2026-12-25 17:59"), late("2026-12-25 18:00")], [0, 0, 1]);
    let status = |moment: &str| {
        let findings = guide::assess(&facts, Level::Two, at(moment));
        findings.into_iter().find(|one| one.rule == RuleId::O5).unwrap().status
    };
    assert!(matches!(status("2026-12-25 17:59"), guide::Status::MetObserved));
    assert!(matches!(status("2026-12-25 18:00"), guide::Status::Partly { .. }));
}
