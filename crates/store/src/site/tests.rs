//! Files against what is said of them, and plans against what stands.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use domain::{HostKeyState, State};
use gate::ports::{Change, Put, Store};
use vocab::{Lang, Timestamp};

use super::*;
use crate::Database;

const EXAMPLE: &str = include_str!("../../../../examples/site.toml");

fn resolve(host: &str) -> Result<Vec<IpAddr>, String> {
    let literal = |text: &str| text.parse::<IpAddr>().map_err(|error| error.to_string());
    match host {
        "one.example" => Ok(vec![literal("192.0.2.50")?]),
        "two.example" => Ok(vec![literal("192.0.2.52")?, literal("192.0.2.51")?]),
        _ => Err("no such host".to_owned()),
    }
}

fn parse(text: &str) -> Result<Site, Vec<Fault>> {
    Site::parse(text, &Outside { resolve: &resolve, dossier: &Outside::no_dossier })
}

fn site(text: &str) -> Site {
    parse(text).unwrap_or_else(|faults| panic!("{}", told(&faults)))
}

fn told(faults: &[Fault]) -> String {
    let lines = faults.iter().map(|fault| format!("{}\n    {}\n", fault.in_lang(Lang::Fr), fault.says.en));
    lines.collect()
}

/// A file and what is said of it. With `UPDATE_EXPECTED=1` in the environment the answers are written anew, for a
/// person to review.
fn check(file: &Path) {
    let said = match parse(&std::fs::read_to_string(file).unwrap()) {
        Ok(_) => "whole\n".to_owned(),
        Err(faults) => told(&faults),
    };
    let expected = file.with_extension("expected");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&expected, &said).unwrap();
    }
    assert_eq!(said, std::fs::read_to_string(&expected).unwrap_or_default(), "{}", file.display());
}

/// What the fuzz target `site` was fed with, or found.
#[test]
fn the_corpus_is_read_or_refused_with_places() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/site");
    let (mut read, mut refused) = (0, 0);
    for case in std::fs::read_dir(corpus).unwrap() {
        let bytes = std::fs::read(case.unwrap().path()).unwrap();
        let Ok(text) = String::from_utf8(bytes) else { continue };
        match parse(&text) {
            Ok(site) => {
                assert_eq!(parse(&site.text()).as_ref(), Ok(&site));
                assert_eq!(parse(&text), Ok(site));
                read += 1;
            }
            Err(faults) => {
                let lines = text.lines().count() + 1;
                assert!(!faults.is_empty() && faults.len() <= FAULTS_MAX);
                assert!(faults.iter().all(|fault| (1..=lines).contains(&fault.line)), "{faults:?}");
                refused += 1;
            }
        }
    }
    assert!(read + refused > 0, "{corpus} is empty");
}

#[test]
fn every_fault_is_told_with_its_place() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/site");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
    files.sort();
    assert!(files.len() >= 20, "{} files", files.len());
    files.iter().for_each(|file| check(file));
}

/// Taking any one line out of the example leaves a file that is read or refused, never one that breaks the reader.
#[test]
fn no_line_is_needed_by_the_reader() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    for gone in 0..lines.len() {
        let rest: Vec<&str> = lines.iter().enumerate().filter(|(n, _)| *n != gone).map(|(_, l)| *l).collect();
        if let Err(faults) = parse(&rest.join("\n")) {
            assert!(faults.iter().all(|fault| fault.line <= lines.len() && fault.column >= 1));
            assert!(!faults.is_empty());
        }
    }
}

#[test]
fn dates_are_local_and_ends_are_inclusive() {
    let contract = site(EXAMPLE).contracts.remove(0);
    // 2026-01-01 and 2028-12-31 in Paris, an hour before UTC in winter.
    assert_eq!(contract.span.from, Timestamp::from_secs(1_767_225_600 - 3_600));
    assert_eq!(contract.span.until, Timestamp::from_secs(1_861_920_000 - 3_600));
}

#[test]
fn names_of_hosts_are_resolved_once_here() {
    let text = EXAMPLE.replace("192.0.2.21:22", "one.example:2022");
    assert_eq!(site(&text).equipment[0].address.to_string(), "192.0.2.50:2022");
}

#[test]
fn a_file_too_long_is_not_read() {
    let faults = parse(&"#".repeat(FILE_MAX + 1)).unwrap_err();
    assert_eq!(faults.len(), 1);
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_795_000_000 + secs)
}

/// Applies a file as the gate does; says what was planned.
async fn apply(db: &Database, text: &str, secs: i64) -> Plan {
    let site = site(text);
    let current = db.current(&site.establishment.id, at(secs)).await.unwrap();
    let plan = Plan::new(&current, &site);
    let told = plan.change(text);
    assert_eq!(told.added + told.changed + told.ended, plan.puts().len() as u64);
    let change = Change { puts: told.puts, ..Change::default() };
    db.commit(change, at(secs), "apply").await.unwrap();
    let after = db.current(&site.establishment.id, at(secs)).await.unwrap();
    assert!(
        Plan::new(&after, &site).is_empty(),
        "applied twice: {}",
        Plan::new(&after, &site).in_words(Lang::En)
    );
    plan
}

async fn database() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(&folder.path().join("poterne.db"), at(0)).await.unwrap();
    (folder, db)
}

#[tokio::test]
async fn the_example_applies_and_applies_again_without_a_change() {
    let (_folder, db) = database().await;
    let plan = apply(&db, EXAMPLE, 10).await;
    assert_eq!((plan.count(What::Changed), plan.count(What::Ended)), (0, 0));
    assert_eq!(plan.count(What::Added), plan.items().len() as u64);
    let again = apply(&db, EXAMPLE, 20).await;
    assert!(again.is_empty() && again.items().is_empty());
    assert_eq!(again.in_words(Lang::Fr), "rien à changer\n");
    let facts =
        db.service_facts(&"valmorin".parse().unwrap(), &"scanner-tm".parse().unwrap(), at(30)).await.unwrap();
    assert_eq!((facts.equipment.len(), facts.staff.len(), facts.treatments.len()), (2, 3, 1));
}

#[tokio::test]
async fn a_plan_says_what_changes_in_words() {
    let (_folder, db) = database().await;
    apply(&db, EXAMPLE, 10).await;
    let text = EXAMPLE
        .replace("idle = \"10 min\"", "idle = \"15 min\"")
        .replace("until = \"2028-12-31\"\noriginal", "until = \"2029-12-31\"\noriginal")
        .replace("rights = [\"shell\", \"exec\", ", "rights = [\"shell\", ");
    let (before, after) = text.split_once("[[treatment]]").unwrap();
    assert!(after.contains("T9"));
    let plan = apply(&db, before, 20).await;
    assert_eq!(
        plan.in_words(Lang::Fr),
        "  ~ contrat scanner-2026 (imagerie-fictive)
      span.until: 2029-01-01 00:00 → 2030-01-01 00:00
  ~ prestation scanner-tm (Télémaintenance des scanners)
      idle_secs: 600 → 900
      rights: shell, exec, sftp-read, sftp-write, scp → shell, sftp-read, sftp-write, scp
  - traitement du risque de T9, scanner-tm, scanner-2
0 ajoutés, 2 modifiés, 1 terminés
"
    );
    assert!(plan.in_words(Lang::En).ends_with("0 added, 2 changed, 1 ended\n"));
}

#[tokio::test]
async fn acts_of_people_survive_the_file() {
    let (_folder, db) = database().await;
    apply(&db, EXAMPLE, 10).await;
    let house = "valmorin".parse().unwrap();
    let current = db.current(&house, at(20)).await.unwrap();
    let suspension = domain::Suspension {
        provider: "imagerie-fictive".parse().unwrap(),
        since: at(15),
        by: "r.exemple".parse().unwrap(),
        reason: "incident chez le fournisseur".to_owned(),
        incidents: Vec::new(),
        resumed: None,
    };
    let mut signed = current.engagements[0].clone();
    signed.withdrawn_at = Some(at(15));
    let mut scanner = current.equipment[0].clone();
    let print = |letter: &str| domain::Fingerprint(format!("SHA256:{}", letter.repeat(43)));
    scanner.host_key = HostKeyState::Changed { pinned: print("A"), seen: print("B"), at: at(15) };
    let puts = vec![
        Put::Suspension { establishment: house.clone(), value: suspension.clone() },
        Put::Engagement(signed.clone()),
        Put::Equipment(scanner.clone()),
    ];
    db.commit(Change { puts, ..Change::default() }, at(20), "r.exemple").await.unwrap();
    assert!(apply(&db, EXAMPLE, 30).await.is_empty());
    // A pin in the file that is older than what was seen changes nothing; a newer one counts.
    let pinned = |day: &str| {
        let line = "account = { login = \"poterne-scanner-1\"";
        let pin = format!(
            "host_key = {{ fingerprint = \"{}\", by = \"b.exemple\", at = \"{day}\" }}",
            print("A").0
        );
        EXAMPLE.replace(line, &format!("{pin}\n{line}"))
    };
    assert!(apply(&db, &pinned("2026-01-01"), 40).await.is_empty());
    assert_eq!(apply(&db, &pinned("2027-01-01"), 50).await.count(What::Changed), 1);
    let after = db.current(&house, at(60)).await.unwrap();
    assert!(matches!(after.equipment[0].host_key, HostKeyState::Pinned { .. }));
    assert!(after.engagements.contains(&signed));
    let service = current.services[0].id.clone();
    assert_eq!(db.service_facts(&house, &service, at(60)).await.unwrap().suspensions, [suspension]);
}

#[tokio::test]
async fn what_the_file_drops_ends_unless_others_lean_on_it() {
    let (_folder, db) = database().await;
    apply(&db, EXAMPLE, 10).await;
    // A second hospital works with the same firm.
    let other = EXAMPLE.replace("\"valmorin\"", "\"montclair\"");
    apply(&db, &other, 20).await;
    let without = {
        let (before, rest) = EXAMPLE.split_once("[[person]]\nid = \"t.imagerie\"").unwrap();
        let (_, after) = rest.split_once("[[person]]").unwrap();
        let text = format!("{before}[[person]]{after}");
        let (before, rest) = text.split_once("[[engagement]]\nperson = \"t.imagerie\"").unwrap();
        let (_, after) = rest.split_once("[[engagement]]").unwrap();
        format!("{before}[[engagement]]{after}")
    };
    let plan = apply(&db, &without, 30).await;
    let of = |what| plan.items().iter().filter(|item| item.what == what).count();
    // The person stays, because the other hospital leans on him; his engagements towards this one end.
    assert_eq!((of(What::Kept), of(What::Ended)), (1, 2), "{}", plan.in_words(Lang::En));
    assert!(db.person(&"t.imagerie".parse().unwrap(), at(40)).await.unwrap().is_some());
    let here =
        db.service_facts(&"valmorin".parse().unwrap(), &"scanner-tm".parse().unwrap(), at(40)).await.unwrap();
    let there = db
        .service_facts(&"montclair".parse().unwrap(), &"scanner-tm".parse().unwrap(), at(40))
        .await
        .unwrap();
    let signed = |facts: &domain::ServiceFacts| {
        facts.staff.iter().find(|s| s.person.id.as_str() == "t.imagerie").unwrap().engagements.len()
    };
    assert_eq!((signed(&here), signed(&there)), (0, 2));
    assert!(db.interventions(&"valmorin".parse().unwrap(), &State::ALL).await.unwrap().is_empty());
}

/// The key lines of the example, with the fingerprints that ssh-keygen printed for them.
#[test]
fn fingerprints_are_those_of_ssh_keygen() {
    let site = site(EXAMPLE);
    let print = |who: &str| {
        let person = site.people.iter().find(|person| person.id.as_str() == who).unwrap();
        person.keys[0].fingerprint.0.clone()
    };
    assert_eq!(print("d.exemple"), "SHA256:L6GBhVteYSG9m1wFUq6ZJbIU/xplAFNQ4y2acSaWq4A");
    assert_eq!(print("k.tubes"), "SHA256:6okgiZ2cdenPL0S7MEsFOUjtzzv6xszq+TUvkZvMClk");
}

/// A title or a name of several lines passes for no line of the plan.
#[tokio::test]
async fn no_text_forges_a_line_of_the_plan() {
    let (_folder, db) = database().await;
    let forged = "name = \"X)\\n  = personne z.faux (gardée)\\n  + personne d.exemple (";
    let named = "[[person]]\nid = \"d.exemple\"\n";
    let text = EXAMPLE.replacen(&format!("{named}name = \""), &format!("{named}{forged}"), 1);
    assert_ne!(text, EXAMPLE);
    let site = site(&text);
    let current = db.current(&site.establishment.id, at(0)).await.unwrap();
    let plan = Plan::new(&current, &site).in_words(Lang::Fr);
    assert!(
        plan.contains("z.faux") && !plan.lines().any(|line| line.starts_with("  = personne z.faux")),
        "{plan}"
    );
}

const EVERYTHING: &str = include_str!("../../testdata/site/everything.toml");

/// What is written is what was read.
fn written(site: &Site) -> String {
    let text = site.text();
    assert_eq!(parse(&text).as_ref(), Ok(site), "{text}");
    text
}

#[test]
fn what_is_read_is_written_again() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/site");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = files
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .filter_map(|path| std::fs::read_to_string(path).ok());
    let whole = texts.chain([EXAMPLE.to_owned()]).filter_map(|text| parse(&text).ok());
    let written_again: Vec<String> = whole.map(|site| written(&site)).collect();
    assert_eq!(written_again.len(), 3);
    let text = written(&site(EXAMPLE));
    assert!(text.contains("weekly = \"mon-fri 18:30-23:30\""), "{text}");
    assert!(
        text.contains("\n[[contract.subcontractor]]\n") && text.contains("\n[service.declared.E2]\n"),
        "{text}"
    );
    // What is written is written the same again.
    assert_eq!(site(&text).text(), text);
}

/// The file of everything has each field of each table, so that a field that is forgotten in the writing is missed.
/// What only the gate knows of a fact is named here.
#[test]
fn nothing_that_the_file_may_say_is_forgotten() {
    use serde_json::Value;
    const OF_THE_GATE: [&str; 7] = [
        "signed",
        "transferred",
        "secret_held",
        "login_shared_with",
        "secret_shared_with",
        "rotated_at",
        "rotation_due",
    ];
    fn walk(value: &Value, path: &str, said: &mut std::collections::BTreeMap<String, bool>) {
        let has = !matches!(value, Value::Null) && value.as_array().is_none_or(|list| !list.is_empty());
        *said.entry(path.to_owned()).or_default() |= has;
        match value {
            Value::Object(members) => {
                // The keys of these two are names of rules.
                let of_rules = path.ends_with(".declared") || path.ends_with(".implemented_by");
                members.iter().for_each(|(key, inner)| {
                    walk(inner, &format!("{path}.{}", if of_rules { "*" } else { key }), said);
                });
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, path, said)),
            _ => {}
        }
    }
    let site = site(EVERYTHING);
    let mut said = std::collections::BTreeMap::new();
    let current = Current {
        establishment: Some(site.establishment.clone()),
        providers: site.providers.clone(),
        people: site.people.clone(),
        engagements: site.engagements.clone(),
        contracts: site.contracts.clone(),
        services: site.services.clone(),
        equipment: site.equipment.clone(),
        treatments: site.treatments.clone(),
        transitions: site.transitions.clone(),
        direct: site.direct.clone(),
        ..Current::default()
    };
    for put in Plan::new(&Current::default(), &site).puts() {
        let kind = format!("{put:?}").split(['(', ' ']).next().unwrap().to_owned();
        walk(&diff::json(put), &kind, &mut said);
    }
    let silent: Vec<&String> = said
        .iter()
        .filter(|(path, has)| !**has && !OF_THE_GATE.iter().any(|own| path.ends_with(&format!(".{own}"))))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "no value in everything.toml: {silent:?}");
    assert_eq!(current.site(), Some(site));
}

/// What stands, with what people did at the gate since, is exported; applying that changes nothing.
#[tokio::test]
async fn what_stands_is_exported_and_applying_it_changes_nothing() {
    for text in [EXAMPLE, EVERYTHING] {
        let (_folder, db) = database().await;
        apply(&db, text, 10).await;
        // A second hospital with people of its own works with the same firms.
        let other = EXAMPLE
            .replace("\"valmorin\"", "\"montclair\"")
            .replace(".exemple\"", ".autre\"")
            .replace("managers = [\"i.autre\"]\n", "")
            .replace("support-valmorin", "support-autre");
        apply(&db, &other, 15).await;
        let house = "valmorin".parse().unwrap();
        let current = db.current(&house, at(20)).await.unwrap();
        let mut signed = current.engagements[0].clone();
        signed.withdrawn_at = Some(Timestamp::from_micros(at(15).as_micros() + 17));
        let mut pinned = current.equipment[0].clone();
        let print = |letter: &str| domain::Fingerprint(format!("SHA256:{}", letter.repeat(43)));
        pinned.host_key =
            HostKeyState::Pinned { fingerprint: print("A"), by: "b.exemple".parse().unwrap(), at: at(16) };
        let mut changed = current.equipment[1].clone();
        changed.host_key = HostKeyState::Changed { pinned: print("A"), seen: print("B"), at: at(17) };
        let puts = vec![Put::Engagement(signed), Put::Equipment(pinned), Put::Equipment(changed)];
        db.commit(Change { puts, ..Change::default() }, at(20), "b.exemple").await.unwrap();
        let exported = db.current(&house, at(30)).await.unwrap().site().unwrap().text();
        // Nobody can tell whose a firm is that no contract names; its people are told by their employer.
        assert!(!exported.contains(".autre\"") && !exported.contains("montclair"), "{exported}");
        let plan = apply(&db, &exported, 40).await;
        assert!(plan.is_empty(), "{}", plan.in_words(Lang::En));
        // On another machine it is whole, and the key that changed is pinned by nobody.
        let (_elsewhere, fresh) = database().await;
        apply(&fresh, &exported, 50).await;
        let there = fresh.current(&house, at(60)).await.unwrap();
        assert_eq!(there.equipment[1].host_key, HostKeyState::Unknown);
        assert!(there.engagements[0].withdrawn_at.is_some());
        assert_eq!(there.site().unwrap().text(), exported);
    }
}

/// What is entrusted is told when it comes and when it goes, and not again.
#[tokio::test]
async fn what_is_entrusted_is_told_when_it_comes_and_when_it_goes() {
    use gate::CustodyEvent::{Ended, Received, Removed};
    let (_folder, db) = database().await;
    let told = async |text: &str| {
        let site = site(text);
        let current = db.current(&site.establishment.id, at(5)).await.unwrap();
        let change = Plan::new(&current, &site).change(text);
        let told = |one: &gate::CustodyChange| {
            (one.contract.to_string(), one.provider.to_string(), one.item.id.clone(), one.event)
        };
        change.custody.iter().map(told).collect::<Vec<_>>()
    };
    let of = |provider: &str, id: &str, event| ("c-1".to_owned(), provider.to_owned(), id.to_owned(), event);
    let first = [
        of("sous", "boitier", Received),
        of("firme", "manuel", Received),
        of("firme", "manuel", Ended),
        of("firme", "licence", Received),
        of("firme", "licence", Ended),
    ];
    assert_eq!(told(EVERYTHING).await, first);
    apply(&db, EVERYTHING, 1).await;
    assert_eq!(told(EVERYTHING).await, []);
    let due = "return_by = \"2026-11-30\"\n";
    let longer = EVERYTHING.replace(due, "return_by = \"2026-12-15\"\n");
    assert_eq!(told(&longer).await, []);
    let back =
        EVERYTHING.replace(due, "state = { kind = \"returned\", at = \"2026-03-01\", to = \"coursier\" }\n");
    assert_eq!(told(&back).await, [of("sous", "boitier", Ended)]);
    let (before, rest) = EVERYTHING.split_once("[[contract.entrusted]]\nid = \"boitier\"").unwrap();
    let (_, after) = rest.split_once("[[contract.entrusted]]").unwrap();
    assert_eq!(
        told(&format!("{before}[[contract.entrusted]]{after}")).await,
        [of("sous", "boitier", Removed)]
    );
}

mod any_text {
    use proptest::prelude::*;

    proptest! {
        /// Whatever bytes replace a part of the example: an answer, never a panic, and every fault has a place.
        #[test]
        fn is_answered(from in 0usize..9_000, many in 0usize..200, put in "[ -~\\n\"\\[\\]={}]{0,40}") {
            let mut text = super::EXAMPLE.to_owned();
            let floor = |text: &str, mut at: usize| { while !text.is_char_boundary(at) { at -= 1; } at };
            let from = floor(&text, from.min(text.len()));
            let until = floor(&text, (from + many).min(text.len()));
            text.replace_range(from..until.max(from), &put);
            match super::parse(&text) {
                Ok(site) => prop_assert_eq!(super::parse(&site.text()), Ok(site)),
                Err(faults) => {
                    prop_assert!(!faults.is_empty());
                    for fault in faults {
                        prop_assert!(fault.line >= 1 && fault.column >= 1);
                        prop_assert!(!fault.says.fr.is_empty() && !fault.says.en.is_empty());
                    }
                }
            }
        }

        /// Whatever people type into a text, and whenever something happened: it comes back.
        #[test]
        fn is_written_again(title in "[^\\p{C}]{0,60}", day in 0i64..4_000, minute in 0i64..1_440, end in 1i64..400, idle in 1u32..1_800) {
            let text = super::EVERYTHING;
            let mut site = super::site(text);
            let zone = site.establishment.zone.clone();
            let title: String = title.chars().filter(|c| !vocab::is_hidden(*c)).collect();
            prop_assume!(!title.trim().is_empty());
            site.establishment.title = title.trim().to_owned();
            site.services[0].actions = vec![title.trim().to_owned(); 2];
            site.services[0].idle_secs = idle;
            let moment = |day: i64, minute: i64| {
                vocab::Timestamp::from_secs(1_700_000_000 / 86_400 * 86_400 + day * 86_400 + minute * 60)
            };
            // A local midnight, in a zone that has no summer time.
            let midnight = |day: i64| moment(day, 4 * 60);
            prop_assert!(zone.show(midnight(day)).ends_with(" 00:00"));
            site.engagements[0].signed_at = moment(day, minute);
            site.engagements[0].withdrawn_at = Some(moment(day + end, minute));
            site.contracts[2].span = domain::Span { from: midnight(day), until: midnight(day + end) };
            site.services[0].windows[1].agreed_at = moment(day, minute);
            // Two tables, where one table made both.
            let written = site.text();
            prop_assert_eq!(super::parse(&written), Ok(site));
        }

        /// A key line with any bit of its blob turned is no key, or another key: never the same one.
        #[test]
        fn keys_are_read_whole(bit in 0usize..(51 * 8)) {
            use base64::Engine;
            let engine = base64::engine::general_purpose::STANDARD;
            let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILEdFq0WF16TB6VEBgLRtyYZ79cAwr9leekrcZs3DiVY";
            let whole = crate::site::key::person_key(line).unwrap();
            let mut blob = engine.decode(line.split_once(' ').unwrap().1).unwrap();
            blob[bit / 8] ^= 1 << (bit % 8);
            let turned = crate::site::key::person_key(&format!("ssh-ed25519 {}", engine.encode(&blob)));
            if bit < 19 * 8 {
                prop_assert!(turned.is_err(), "the algorithm and the lengths");
            } else {
                prop_assert_ne!(turned.unwrap().fingerprint, whole.fingerprint);
            }
        }
    }
}

const FLEET: &str = r#"format = 1
[establishment]
id = "clairval"
title = "Hôpital fictif de Clairval"
zone = "Europe/Paris"
responsable = "d.exemple"
[[person]]
id = "d.exemple"
name = "Dominique Exemple"
employer = "clairval"
[[provider]]
id = "firme"
name = "Firme fictive"
nature = "third-party"
[[contract]]
id = "c-1"
provider = "firme"
form = "contrat"
from = "2026-01-01"
until = "2026-12-31"
original = "missing"
engagement_version = 1
erasure_within_days = 15
"#;

/// Four hundred equipments of four services, of one zone but for the last, as a take-over leaves them.
fn fleet(treatment: &str) -> String {
    let mut text = FLEET.to_owned();
    for service in 0..4 {
        let names: Vec<String> = (0..100).map(|number| format!("\"e{}\"", service * 100 + number)).collect();
        text += &format!(
            "[[service]]\nid = \"s{service}\"\ncontract = \"c-1\"\ntitle = \"S\"\nkind = \"maintenance\"\nlevel = 1\n\
             purpose = \"functioning\"\nequipment = [{}]\nrights = [\"shell\"]\nidle = \"10 min\"\n",
            names.join(", ")
        );
    }
    for number in 0..400 {
        let zone = if number == 399 { "ailleurs" } else { "reprise" };
        text += &format!(
            "[[equipment]]\nid = \"e{number}\"\ntitle = \"E\"\naddress = \"192.0.2.7:{}\"\nadmin_zone = \"{zone}\"\n",
            1000 + number
        );
    }
    text + treatment
}

const BATCH: &str = r#"[[treatment]]
rule = "T9"
SCOPE
batch = "reprise-2026"
threats = ["functions", "information"]
likelihood = 3
impact = 3
options = ["reduce"]
measures = [{ what = "un compte par équipement", by = "d.exemple", until = "2026-09-30" }]
residual = { likelihood = 2, impact = 3 }
owner = "d.exemple"
from = "2026-02-01"
until = "2026-12-31"
review = "2026-09-30"
"#;

/// One table of the file treats a fleet: for each service that part of it which is in the zone; and what is written of it
/// again is one table.
#[test]
fn one_treatment_is_that_of_a_fleet() {
    let batch = |scope: &str| fleet(&BATCH.replace("SCOPE", scope));
    let by_zone = site(&batch("zone = \"reprise\""));
    let counts: Vec<usize> = by_zone.treatments.iter().map(|one| one.equipment.len()).collect();
    assert_eq!(counts, [100, 100, 100, 99]);
    let text = by_zone.text();
    assert_eq!(text.matches("[[treatment]]").count(), 1);
    assert_eq!(site(&text), by_zone);
    let by_service = site(&batch("services = [\"s0\", \"s3\"]"));
    let of: Vec<&str> = by_service.treatments.iter().map(|one| one.service.as_str()).collect();
    assert_eq!(of, ["s0", "s3"]);
    assert!(by_service.treatments.iter().all(|one| one.equipment.is_empty()), "all that each service has");
    assert_eq!(site(&by_service.text()), by_service);
    let some = site(&batch("services = [\"s0\", \"s1\"]\nequipment = [\"e1\", \"e100\", \"e101\"]"));
    let counts: Vec<usize> = some.treatments.iter().map(|one| one.equipment.len()).collect();
    assert_eq!(counts, [1, 2]);
    assert_eq!(site(&some.text()), some);
    // Applied again, with an equipment more in the zone, the words are those that were signed.
    let wider = site(&batch("zone = \"reprise\"").replace("\"ailleurs\"", "\"reprise\""));
    assert_ne!(wider.treatments[3], by_zone.treatments[3]);
    assert_eq!(wider.treatments[3].words(), by_zone.treatments[3].words());
}

mod dossiers;

/// A fleet goes into the database, is signed at once, and each of its equipments is treated; what is not in it is not, nor
/// what the file adds afterwards.
#[tokio::test]
async fn a_fleet_of_four_hundred_is_treated_where_it_was_signed() {
    let moment = |secs: i64| Timestamp::from_secs(1_780_000_000 + secs);
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("poterne.db"), moment(0)).await.unwrap();
    let commit = async |puts, at| {
        database.commit(Change { puts, ..Change::default() }, at, "test").await.unwrap();
    };
    let own = "clairval".parse().unwrap();
    let described = fleet(&BATCH.replace("SCOPE", "zone = \"reprise\""));
    let apply = async |text: &str, at| {
        let site = site(text);
        let plan = Plan::new(&database.current(&own, at).await.unwrap(), &site);
        commit(plan.puts().to_vec(), at).await;
        site
    };
    let applied = apply(&described, moment(1)).await;
    let mut signed = Vec::new();
    for one in &applied.treatments {
        let facts = database.service_facts(&own, &one.service, moment(2)).await.unwrap();
        let signature =
            domain::Signature { by: one.owner.clone(), at: moment(2), cover: Some(one.reach(&facts)) };
        let words = domain::Signed::Treatment(one.words());
        signed.push(Put::Signature { establishment: own.clone(), signature, signed: words });
    }
    commit(signed, moment(2)).await;
    let treated = async |service: &str, equipment: &str, at| {
        let facts = database.service_facts(&own, &service.parse().unwrap(), at).await.unwrap();
        guide::treatment_for(&facts, vocab::RuleId::T9, &equipment.parse().unwrap(), at).is_some()
    };
    for number in 0..400 {
        let (service, equipment) = (format!("s{}", number / 100), format!("e{number}"));
        assert_eq!(treated(&service, &equipment, moment(3)).await, number != 399, "{equipment}");
    }
    // The zone has one more: what was signed goes on, the newcomer waits.
    apply(&described.replace("\"ailleurs\"", "\"reprise\""), moment(4)).await;
    assert!(treated("s3", "e398", moment(5)).await && !treated("s3", "e399", moment(5)).await);
    // One equipment is moved to another address: it waits, its neighbours go on.
    let moved = described.replace("\"ailleurs\"", "\"reprise\"");
    let moved = moved.replacen("192.0.2.7:1000", "192.0.2.8:1000", 1);
    assert_ne!(moved, described);
    apply(&moved, moment(6)).await;
    assert!(!treated("s0", "e0", moment(7)).await && treated("s0", "e1", moment(7)).await);
    // A right more: nothing of that service is covered before it is signed anew.
    apply(&described.replace("rights = [\"shell\"]", "rights = [\"shell\", \"exec\"]"), moment(6)).await;
    assert!(!treated("s0", "e0", moment(7)).await);
}
