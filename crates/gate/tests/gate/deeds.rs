//! Who may do what: each row of `tables/deeds.txt` for each person of the site, done or refused.

use std::collections::BTreeSet;

use domain::{
    Closing, Exception, ExceptionAsk, Officer, Outcome, ServiceFacts, SetAside, Span, State, Suspension, Turn,
};
use gate::{Deed, Reply};
use testkit::fiction::{self, at, name};
use testkit::known;
use vocab::Lang;

use crate::door::Door;

/// What each person of the site is towards the service, in the words of the table.
const PARTS: [(&str, &[&str]); 17] = [
    ("a.martin", &["Technician"]),
    ("m.chef", &["Manager"]),
    ("q.durand", &["Requester"]),
    ("b.petit", &["Beneficiary"]),
    (
        "r.dupont",
        &[
            "Responsable",
            "Power(Treat)",
            "Power(Derogate)",
            "Power(Review)",
            "Power(Close)",
            "Power(Provider)",
            "Power(Vouch)",
            "Power(Keep)",
            "Power(Traces)",
            "Power(Tokens)",
            "Power(Documents)",
        ],
    ),
    (
        "d.leroy",
        &[
            "Delegate",
            "Power(Treat)",
            "Power(Derogate)",
            "Power(Review)",
            "Power(Close)",
            "Power(Provider)",
            "Power(Vouch)",
            "Power(Keep)",
            "Power(Traces)",
            "Power(Tokens)",
            "Power(Documents)",
        ],
    ),
    // A deed for risks, and one for the night: neither gives anything else.
    ("e.risque", &["Delegate", "Power(Treat)"]),
    ("h.garde", &["Delegate", "Power(Derogate)"]),
    ("s.rssi", &["Security"]),
    ("g.astreinte", &["Oncall"]),
    ("z.audit", &["Auditor"]),
    ("i.infra", &["It"]),
    ("y.biomed", &["Biomedical"]),
    ("p.achats", &["Purchasing"]),
    ("w.dpo", &["Dpo"]),
    ("n.personne", &[]),
    ("v.voisin", &[]),
];

/// A row of the table.
pub(crate) struct Row {
    pub(crate) deed: &'static str,
    roles: BTreeSet<&'static str>,
}

pub(crate) fn table() -> Vec<Row> {
    let rows = include_str!("../../tables/deeds.txt").lines().map(|line| {
        let (deed, roles) = line.split_once(": ").unwrap();
        let roles = roles.trim_matches(['[', ']']).split(", ").filter(|role| !role.is_empty());
        Row { deed, roles: roles.collect() }
    });
    rows.collect()
}

/// How a deed is tried: on which site, by which words, and how many entries it leaves when it is done. `SESSION`
/// in the words is a live session. A row of the table that is not here fails.
pub(crate) struct Try {
    edit: fn(&mut ServiceFacts, &str),
    pub(crate) words: &'static str,
    acts: usize,
}

pub(crate) fn trial(deed: &str) -> Try {
    let done = |edit, words| Try { edit, words, acts: 1 };
    match deed {
        "See" => Try { edit: |_, _| {}, words: "show i-1", acts: 0 },
        "Assess" => Try { edit: |_, _| {}, words: "assess maintenance-scanner", acts: 0 },
        "Deadlines" => Try { edit: |_, _| {}, words: "deadlines", acts: 0 },
        "Request" => done(|_, _| {}, "request maintenance-scanner 'changer un disque'"),
        "TakeCall" => done(
            |_, _| {},
            "request maintenance-scanner --caller c.appelant --called-back 0199001234 'changer un disque'",
        ),
        "Plan" => done(|_, _| {}, "plan i-1 --for 2h 'pas fini'"),
        "Qualify" => done(requested, "qualify i-1 degraded INC-7 'Cadre fictif' 0199001234 'panne'"),
        "Approve" => done(requested, "approve i-1"),
        "Refuse" => done(requested, "refuse i-1 'pas maintenant'"),
        "Withdraw" => done(requested, "withdraw i-1 'résolu'"),
        "Check" => done(|_, _| {}, "check i-1 backup 'numéro 43'"),
        "AskException" => done(|_, _| {}, "exception i-1 1h 'panne'"),
        "GrantException" => done(exception_asked, "grant i-1 q.durand 1h"),
        "Derogate" => done(|_, _| {}, "derogate i-1 a.martin scanner C2 1h 'panne'"),
        "Review" => done(excepted, "review i-1 'vu'"),
        "ReviewClosed" => done(closed_by_others, "review i-1 --closed 'rien à signaler'"),
        "AnswerForProvider" => done(proposed_here, "confirm i-1"),
        "ConfirmUnanswered" => done(unanswered, "confirm i-1"),
        "Extend" => done(|_, _| {}, "extend i-1 30m 'presque fini'"),
        "DeclareLong" => done(|_, _| {}, "long i-1 2h 'copie'"),
        "Suspend" => done(|_, _| {}, "suspend i-1 'attendre'"),
        "Resume" => done(suspended, "resume i-1"),
        "ResumeOfSecurity" => done(suspended_by_security, "resume i-1"),
        "Report" => done(|_, _| {}, "report i-1 'disque changé'"),
        "ProposeClosing" => done(|_, _| {}, "close i-1 reached"),
        "ConfirmReached" => done(|facts, _| proposed(facts, Outcome::Reached), "confirm i-1"),
        "ConfirmUnreachable" => done(|facts, _| proposed(facts, Outcome::Unreachable), "confirm i-1"),
        "RejectClosing" => done(|facts, _| proposed(facts, Outcome::Reached), "reject i-1 'pas fini'"),
        "AttestErasure" => done(closed, "erased i-1"),
        "SuspendProvider" => done(|_, _| {}, "suspend-provider acme 'incident'"),
        // That it is declared, and that nothing of the provider's is open any more.
        "DeclareIncident" => {
            Try { edit: |_, _| {}, words: "declare-incident acme '2026-11-24 18:10' 'poste volé'", acts: 2 }
        }
        "ResumeProvider" => done(provider_suspended, "resume-provider acme"),
        "Vouch" => done(|_, _| {}, "vouch a.martin=SHA256:a+martinAAAAAAA"),
        // That it is treated, and what the signature covers.
        "Sign" => Try { edit: treatment_proposed, words: "sign maintenance-scanner T2 MARK", acts: 2 },
        "AskDisclosure" => done(password, "disclose scanner 'écran noir'"),
        "GrantDisclosure" => done(password, "grant-secret scanner g.astreinte"),
        "PlaceHold" => done(|_, _| {}, "hold i-1 'plainte'"),
        "ReleaseHold" => done(|_, _| {}, "release HOLD 'classée'"),
        "SeeKept" => Try { edit: |_, _| {}, words: "retention", acts: 0 },
        // Written beside the acts: it changes no fact.
        "ReadPerson" => Try { edit: |_, _| {}, words: "person a.martin 'demande du 3 mars'", acts: 0 },
        "ReadTraces" => Try { edit: |_, _| {}, words: "traces i-1 'audit de mai'", acts: 0 },
        "MakeToken" => done(|_, _| {}, "token new nuit --scope read:services"),
        // One's own; of another's, the table says who.
        "RevokeToken" => done(|_, _| {}, "token revoke TOKEN"),
        "SeeDocuments" => Try { edit: |_, _| {}, words: "documents", acts: 0 },
        "ConfirmDocument" => done(|_, _| {}, "document confirm PAPER"),
        // Written beside the acts: it changes no fact.
        "ReadDocument" => Try { edit: |_, _| {}, words: "document get PAPER 'audit de mai'", acts: 0 },
        "ConfirmCustody" => done(given_back, "witness maintenance-scanner c-1/boitier WITNESS"),
        "ConfirmCommissioning" => done(in_service, "witness maintenance-scanner scanner WITNESS"),
        "DecideTogether" => {
            done(postponed, "witness maintenance-scanner c-1/sonde/CVE-2026-0001/establishment WITNESS")
        }
        "DecideForProvider" => {
            done(postponed, "witness maintenance-scanner c-1/sonde/CVE-2026-0001/provider WITNESS")
        }
        "Attend" => done(|_, _| {}, "attend i-1 1h"),
        "ReviewAccounts" => done(|_, _| {}, "accounts maintenance-scanner ACCOUNTS"),
        "ReleaseFile" => done(brought, "accept i-1 abababababababab"),
        "ConsentPast" => done(past_the_gate, "consent i-1 a.martin"),
        "BeginPast" => done(past_the_gate, "begin i-1 a.martin"),
        "EndPast" => done(begun_past_the_gate, "end i-1 a.martin"),
        "ReadNotice" => done(changed, "notice read acme"),
        // Which code is to be asked for.
        "Relay" => Try {
            edit: derogates_too,
            words: "voice y.biomed derogate i-1 a.martin scanner C2 1h 'panne'",
            acts: 0,
        },
        // Written beside the acts: it changes no fact.
        "Cut" => Try { edit: |_, _| {}, words: "cut SESSION 'assez'", acts: 0 },
        other => panic!("the row `{other}` of the table has no trial"),
    }
}

fn requested(facts: &mut ServiceFacts, _: &str) {
    let one = &mut facts.interventions[0];
    (one.state, one.approval) = (State::Requested, None);
    one.ticks.clear();
}

fn given_back(facts: &mut ServiceFacts, _: &str) {
    facts.contract.entrusted = vec![crate::witness::box_given_back()];
}

fn in_service(facts: &mut ServiceFacts, _: &str) {
    crate::witness::put_in_service(facts);
}

fn postponed(facts: &mut ServiceFacts, _: &str) {
    facts.contract.installed = vec![crate::witness::postponed_probe()];
}

fn brought(facts: &mut ServiceFacts, _: &str) {
    facts.interventions[0].deliveries.push(crate::held::delivery());
}

fn past_the_gate(facts: &mut ServiceFacts, _: &str) {
    crate::past::consented(facts);
}

fn begun_past_the_gate(facts: &mut ServiceFacts, _: &str) {
    crate::past::begun(facts);
}

fn exception_asked(facts: &mut ServiceFacts, _: &str) {
    facts.interventions[0].exception_asked = Some(ExceptionAsk {
        by: name("q.durand"),
        at: fiction::now(),
        secs: 3600,
        reason: "panne".to_owned(),
    });
}

/// Granted by somebody who has no part in any of the trials.
fn excepted(facts: &mut ServiceFacts, _: &str) {
    facts.interventions[0].exceptions.push(Exception {
        requested_by: name("q.durand"),
        approved_by: name("b.petit"),
        relayed_by: None,
        reason: "panne".to_owned(),
        span: Span { from: at("2026-11-24 16:00"), until: at("2026-11-24 17:00") },
        reviewed: None,
    });
}

fn suspended(facts: &mut ServiceFacts, _: &str) {
    facts.interventions[0].state = State::Suspended;
}

fn proposed(facts: &mut ServiceFacts, outcome: Outcome) {
    let one = &mut facts.interventions[0];
    one.state = State::Closing;
    one.closing = Some(Closing {
        outcome,
        proposed_by: name("x.ancien"),
        proposed_at: fiction::now(),
        by_establishment: false,
        confirmed_by: None,
        confirmed_at: None,
    });
}

fn closed(facts: &mut ServiceFacts, _: &str) {
    proposed(facts, Outcome::Reached);
    let one = &mut facts.interventions[0];
    one.state = State::Closed;
    let closing = one.closing.as_mut().unwrap();
    (closing.confirmed_by, closing.confirmed_at) = (Some(name("b.petit")), Some(fiction::now()));
}

/// By people who have no part in any of the trials.
fn closed_by_others(facts: &mut ServiceFacts, person: &str) {
    closed(facts, person);
    let one = &mut facts.interventions[0];
    one.requested_by = name("x.ancien");
    one.approval.as_mut().unwrap().by = name("x.ancien");
    one.closing.as_mut().unwrap().confirmed_by = Some(name("x.autre"));
}

fn proposed_here(facts: &mut ServiceFacts, _: &str) {
    proposed(facts, Outcome::Reached);
    facts.interventions[0].closing.as_mut().unwrap().by_establishment = true;
}

/// By the establishment, a week ago.
fn unanswered(facts: &mut ServiceFacts, person: &str) {
    proposed_here(facts, person);
    facts.interventions[0].closing.as_mut().unwrap().proposed_at = at("2026-11-17 17:30");
}

fn suspended_by_security(facts: &mut ServiceFacts, _: &str) {
    let one = &mut facts.interventions[0];
    one.state = State::Suspended;
    one.set_aside = Some(SetAside {
        by: name("s.rssi"),
        at: fiction::now(),
        reason: "incident".to_owned(),
        by_security: true,
    });
}

/// Somebody who relays nothing for others holds a deed for the night.
fn derogates_too(facts: &mut ServiceFacts, _: &str) {
    let deeds = &mut facts.establishment.delegations;
    let night = deeds.iter().find(|deed| deed.to == name("h.garde")).unwrap().clone();
    deeds.push(domain::Delegation { to: name("y.biomed"), ..night });
}

/// The provider's dossier changed its address.
fn changed(facts: &mut ServiceFacts, _: &str) {
    facts.notices.push(domain::Notice {
        provider: name("acme"),
        serial: 2,
        was: Some(1),
        at: fiction::now(),
        changed: vec!["address: Lyon → Lille".to_owned()],
        read: None,
    });
}

/// Proposed by the site's file for the one who tries to sign it.
fn treatment_proposed(facts: &mut ServiceFacts, person: &str) {
    crate::sign::proposed(facts);
    facts.treatments[0].owner = name(person);
}

/// The scanner has a password, which opens its console.
fn password(facts: &mut ServiceFacts, _: &str) {
    facts.equipment[0].account.as_mut().unwrap().secret = domain::SecretKind::Password;
}

fn provider_suspended(facts: &mut ServiceFacts, _: &str) {
    facts.suspensions.push(Suspension {
        provider: name("acme"),
        since: fiction::now(),
        by: name("s.rssi"),
        reason: "incident".to_owned(),
        incidents: Vec::new(),
        resumed: None,
    });
}

/// One person tries one deed on a site of his own: what was answered in each language, once it is sure that a
/// done deed left its entries and a refused one changed nothing.
async fn tried(deed: &str, person: &str, also: impl Fn(&mut ServiceFacts)) -> [Reply; 2] {
    tried_after(deed, person, also, async |_| {}).await
}

/// The same, after something more has happened.
async fn tried_after(
    deed: &str,
    person: &str,
    also: impl Fn(&mut ServiceFacts),
    then: impl AsyncFn(&Door),
) -> [Reply; 2] {
    let Try { edit, words, acts } = trial(deed);
    let mut replies = Vec::new();
    for lang in [Lang::Fr, Lang::En] {
        let door = Door::with(|facts| {
            edit(facts, person);
            also(facts);
        })
        .await;
        let session = match words.contains("SESSION") {
            true => Some(door.open().await.unwrap_or_else(|refused| panic!("{deed}: {}", refused.text))),
            false => None,
        };
        if words.starts_with("grant-secret") {
            door.done("g.astreinte", "disclose scanner 'écran noir'").await;
        }
        let hold = match words.contains("HOLD") {
            true => {
                let said = door.done("s.rssi", "hold i-1 'plainte'").await;
                said.split_whitespace().find(|word| word.starts_with("h-")).unwrap_or_default().to_owned()
            }
            false => String::new(),
        };
        let token = match words.contains("TOKEN") {
            true => {
                // Somebody else's.
                let maker = if person == "q.durand" { "b.petit" } else { "q.durand" };
                let said = door.done(maker, "token new autre --scope read:services").await;
                said.split_whitespace().find(|word| word.starts_with("t-")).unwrap_or_default().to_owned()
            }
            false => String::new(),
        };
        let paper = match words.contains("PAPER") {
            true => crate::papers::contract(&door).await.short().to_owned(),
            false => String::new(),
        };
        then(&door).await;
        let id = session.as_ref().map(|opening| opening.live.id().to_string()).unwrap_or_default();
        let shown = door.say_in(lang, person, "sign maintenance-scanner").await.text;
        let witness = match words.contains("WITNESS") {
            true => {
                let whoever = match deed {
                    "ConfirmCustody" => "s.rssi",
                    "DecideTogether" => "r.dupont",
                    "DecideForProvider" => "m.chef",
                    _ => "i.infra",
                };
                let shown = door.say_in(lang, whoever, "witness maintenance-scanner").await.text;
                let line = shown.lines().next().unwrap_or_default();
                line.split(' ').next_back().unwrap_or_default().to_owned()
            }
            false => String::new(),
        };
        let accounts = match words.contains("ACCOUNTS") {
            true => crate::reviews::mark(&door).await,
            false => String::new(),
        };
        let mark = shown.lines().next().and_then(|line| line.split(' ').next_back()).unwrap_or_default();
        let words = words
            .replace("SESSION", &id)
            .replace("WITNESS", &witness)
            .replace("ACCOUNTS", &accounts)
            .replace("MARK", mark)
            .replace("HOLD", &hold)
            .replace("TOKEN", &token)
            .replace("PAPER", &paper);
        let (before, written) = (door.kit.site.whole(), door.acts().len());
        let reply = door.say_in(lang, person, &words).await;
        let left = door.acts().len() - written;
        match reply.status {
            0 => assert_eq!(left, acts, "{deed} by {person}: entries of acts"),
            1 => {
                assert_eq!(left, 0, "{deed} by {person} was refused and left an entry of an act");
                assert_eq!(
                    door.kit.site.whole(),
                    before,
                    "{deed} by {person} was refused and changed something"
                );
            }
            other => panic!("{deed} by {person}: status {other}: {}", reply.text),
        }
        replies.push(reply);
    }
    replies.try_into().unwrap()
}

/// Whether the deed was done; a refusal says why in both languages.
fn is_done(about: &str, replies: &[Reply; 2]) -> bool {
    let [fr, en] = replies;
    assert_eq!(fr.status, en.status, "{about}");
    assert!(!fr.text.trim().is_empty() && !en.text.trim().is_empty(), "{about}");
    assert_ne!(fr.text, en.text, "{about}: one text for both languages");
    fr.status == 0
}

/// What is answered to a name that nobody gave to anything.
async fn unknown(deed: &str, person: &str) -> Reply {
    let door = Door::in_order().await;
    let words = trial(deed).words;
    let words = words
        .replace("i-1", "i-77")
        .replace("maintenance-scanner", "rien")
        .replace("acme", "personne")
        .replace("disclose scanner", "disclose rien")
        .replace("grant-secret scanner", "grant-secret rien")
        .replace("a.martin=", "x.inconnu=")
        .replace("HOLD", "h-00000000")
        .replace("TOKEN", "t-0000000000000000")
        .replace("token new nuit", "token new nuit@rien")
        .replace("PAPER", "00000000");
    door.say(person, &words.replace("SESSION", "0123456789abcdef0123456789abcdef")).await
}

/// The name that was given, out of an answer.
fn without_name(text: &str) -> String {
    let Some((before, rest)) = text.split_once('«') else { return text.to_owned() };
    let (_, after) = rest.split_once('»').unwrap();
    format!("{before}…{after}")
}

#[tokio::test]
async fn each_row_of_the_table_for_each_person() {
    let mut faults = Vec::new();
    for row in table() {
        for (person, parts) in PARTS {
            let replies = tried(row.deed, person, |_| {}).await;
            let about = format!("{} by {person}", row.deed);
            let may = parts.iter().any(|part| row.roles.contains(part));
            if is_done(&about, &replies) != may {
                faults.push(format!("{about}: may: {may}, answered: {}", replies[0].text));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The table names no role that nobody of the site has: a row is tried by all of its roles.
#[test]
fn every_role_of_the_table_is_somebodys() {
    let had: BTreeSet<&str> = PARTS.iter().flat_map(|(_, parts)| parts.iter().copied()).collect();
    for row in table() {
        assert!(row.roles.is_subset(&had), "{}: {:?}", row.deed, row.roles);
    }
    let people: BTreeSet<&str> = PARTS.iter().map(|(person, _)| *person).collect();
    assert_eq!(people, fiction::PEOPLE.iter().map(|(person, ..)| *person).collect());
}

/// Whoever has no part learns nothing: the answer for what exists is the one for what does not.
#[tokio::test]
async fn a_stranger_is_answered_as_for_an_unknown_name() {
    for row in table() {
        for (person, _) in PARTS.into_iter().filter(|(_, parts)| parts.is_empty()) {
            let [fr, _] = tried(row.deed, person, |_| {}).await;
            let other = unknown(row.deed, person).await;
            assert_eq!(fr.status, other.status, "{} by {person}", row.deed);
            assert_eq!(without_name(&fr.text), without_name(&other.text), "{} by {person}", row.deed);
        }
    }
}

/// A key that nobody has does nothing at all, and a person who was deactivated neither.
#[tokio::test]
async fn without_a_known_key_nothing_is_done() {
    let door = Door::in_order().await;
    let before = door.kit.site.whole();
    for row in table() {
        let words = trial(row.deed).words;
        for lang in [Lang::Fr, Lang::En] {
            let mut stolen = known("b.petit", lang);
            stolen.proof.key = fiction::key_of("v.voisin");
            for who in [known("x.inconnu", lang), stolen] {
                let reply = door.gate.command(&who, words, b"").await;
                assert_eq!(reply.status, 1, "{}: {}", row.deed, reply.text);
            }
        }
    }
    assert_eq!(door.kit.site.whole(), before);
    assert!(door.acts().is_empty());
}

/// A deed that names services gives nothing elsewhere, and nothing that concerns the whole establishment.
#[tokio::test]
async fn a_deed_for_some_services_ends_there() {
    let here = ["Delegate", "Power(Treat)", "Power(Derogate)", "Power(Review)", "Power(Close)"];
    let mut faults = Vec::new();
    for row in table() {
        for (service, roles) in [("maintenance-scanner", &here[..]), ("autre", &[])] {
            let limited = |facts: &mut ServiceFacts| {
                let deed = facts.establishment.delegations.iter_mut().find(|deed| deed.to == name("d.leroy"));
                deed.unwrap().services = vec![name(service)];
            };
            let replies = tried(row.deed, "d.leroy", limited).await;
            let may = roles.iter().any(|role| row.roles.contains(role));
            if is_done(row.deed, &replies) != may {
                faults.push(format!("{} for {service}: may: {may}, {}", row.deed, replies[0].text));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every office of the establishment at once.
fn all_offices(facts: &mut ServiceFacts, person: &str) {
    facts.service.beneficiaries.push(name(person));
    facts.contract.requesters.people.push(name(person));
    facts.establishment.delegations[0].to = name(person);
    facts.establishment.responsable = name(person);
    facts.establishment.officers.extend(Officer::ALL.map(|office| (office, name(person))));
    let turn = |office| Turn { office, person: name(person), span: fiction::year() };
    facts.establishment.turns.extend(Officer::ALL.map(turn));
}

/// Whoever is of the provider's side never speaks for the establishment, whatever office he was given: he may do
/// what the provider's side may, and see.
async fn the_providers_side_stays_there(deeds: impl Fn(&str) -> bool) {
    let mut faults = Vec::new();
    for row in table().into_iter().filter(|row| deeds(row.deed)) {
        for (person, part) in [("a.martin", "Technician"), ("m.chef", "Manager")] {
            let replies = tried(row.deed, person, |facts| all_offices(facts, person)).await;
            // What a manager and a technician may, a person of their side with an office may too: the office adds
            // nothing and takes nothing.
            let may = row.roles.contains(part);
            if is_done(row.deed, &replies) && !may {
                faults.push(format!("{} by {person}, who holds every office", row.deed));
            }
            if !is_done(row.deed, &replies) && may {
                faults.push(format!("{} by {person}: {}", row.deed, replies[0].text));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn a_person_of_the_providers_side_never_speaks_for_the_establishment() {
    // Past the gate there is a decision of the responsable, who is another person here.
    let elsewhere = ["Cut", "SuspendProvider", "ResumeProvider", "BeginPast"];
    the_providers_side_stays_there(|deed| !elsewhere.contains(&deed)).await;
}

#[tokio::test]
async fn a_person_of_the_providers_side_stops_and_resumes_no_provider() {
    the_providers_side_stays_there(|deed| ["SuspendProvider", "ResumeProvider"].contains(&deed)).await;
}

#[tokio::test]
async fn a_person_of_the_providers_side_cuts_no_session() {
    the_providers_side_stays_there(|deed| deed == "Cut").await;
}

/// A key for which nobody vouches stops and sees, and does nothing else.
#[tokio::test]
async fn without_somebody_who_vouches_one_stops_and_sees_and_nothing_else() {
    let mut faults = Vec::new();
    for row in table() {
        let deed = Deed::ALL.into_iter().find(|deed| format!("{deed:?}") == row.deed).unwrap();
        for (person, parts) in PARTS {
            if !parts.iter().any(|part| row.roles.contains(part)) {
                continue;
            }
            // A new second factor makes the vouching void.
            let enrolled = async |door: &Door| door.gate.enrolling(&name(person)).await.unwrap();
            let [fr, en] = tried_after(row.deed, person, |_| {}, enrolled).await;
            if is_done(row.deed, &[fr.clone(), en]) != deed.is_stop() {
                faults.push(format!("{} by {person}: {}", row.deed, fr.text));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
