//! Seven complete establishments: what their files and the acts of their people make of the 38 rules.
//!
//! Each folder of `establishments` holds the site's file, the acts of people beside it, and the findings that a person
//! reviewed against the guide's text, rule by rule. With `UPDATE_EXPECTED=1` in the environment the findings are written
//! anew, for a person to review.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};

use domain::{
    Approval, Due, DueGround, Exception, Intervention, LocalMoment, Outcome, Report, Rotation, ServiceFacts,
    Signature, Signed, Span, State, Zone,
};
use gate::ports::{Change, Put, Store};
use guide::{LevelReached, level_reached};
use serde::Deserialize;
use store::Database;
use store::site::{Current, Outside, Plan, Site};
use vocab::{EquipmentId, EstablishmentId, InterventionId, PersonId, RuleId, ServiceId, Timestamp};

/// Which they are: a folder that nobody reads, or one that is gone, is seen.
const ESTABLISHMENTS: [&str; 7] = ["cabinet", "clinique", "echu", "ehpad", "groupe", "interne", "rangs"];

/// What people did beside the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Acts {
    now: String,
    #[serde(default)]
    scanning: bool,
    #[serde(default)]
    signature: Vec<Signing>,
    #[serde(default)]
    secret: Vec<SecretTag>,
    #[serde(default)]
    disclosed: Vec<DisclosedSecret>,
    #[serde(default)]
    intervention: Vec<Closed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signing {
    service: ServiceId,
    what: String,
    by: PersonId,
    at: String,
}

/// Two equal tags are one secret.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretTag {
    equipment: EquipmentId,
    tag: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisclosedSecret {
    equipment: EquipmentId,
    since: String,
}

/// An intervention that is closed, with what it owes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    id: InterventionId,
    service: ServiceId,
    equipment: EquipmentId,
    closed: String,
    reported: Option<String>,
    erased: Option<String>,
    exception: Option<Excepted>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Excepted {
    from: String,
    until: String,
}

#[tokio::test]
async fn each_establishment_stands_as_a_person_found_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/establishments");
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(&root).unwrap().map(|one| one.unwrap().path()).collect();
    folders.sort();
    let names: Vec<&str> = folders.iter().map(|one| one.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ESTABLISHMENTS);
    for folder in &folders {
        check(folder).await;
    }
}

async fn check(folder: &Path) {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let resolve = |host: &str| Err(format!("`{host}` is not asked for"));
    let site = Site::parse(&read("site.toml"), &Outside { resolve: &resolve, dossier: &Outside::no_dossier })
        .unwrap_or_else(|faults| {
            let told: Vec<String> = faults.iter().map(|fault| fault.in_lang(vocab::Lang::En)).collect();
            panic!("{}: {}", folder.display(), told.join("\n"))
        });
    let acts: Acts =
        toml::from_str(&read("acts.toml")).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let zone = site.establishment.zone.clone();
    let now = moment(&acts.now, &zone);
    let mut found =
        format!("# Le {}, prestation par prestation : règle, constat, qui peut y remédier.\n", acts.now);
    for facts in stand(&site, &acts, now).await {
        let facts = ServiceFacts { scanning: acts.scanning, ..facts };
        found.push_str(&page(&facts, &level_reached(&facts, now), now));
    }
    let expected = folder.join("expected.txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&expected, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&expected).unwrap_or_default(), "{}", folder.display());
}

/// The facts of each service, through the database.
async fn stand(site: &Site, acts: &Acts, now: Timestamp) -> Vec<ServiceFacts> {
    let (own, zone) = (&site.establishment.id, &site.establishment.zone);
    let folder = tempfile::tempdir().unwrap();
    let before = now.before(std::time::Duration::from_secs(60));
    let database = Database::open(&folder.path().join("poterne.db"), before).await.unwrap();
    let mut puts = Plan::new(&Current::default(), site).puts().to_vec();
    puts.extend(acts.secret.iter().map(|one| Put::AccountTag {
        establishment: own.clone(),
        equipment: one.equipment.clone(),
        tag: Some(one.tag.clone()),
    }));
    puts.extend(acts.disclosed.iter().map(|one| {
        let due = Due { since: moment(&one.since, zone), ground: DueGround::Disclosed };
        let value = Rotation { rotated_at: None, due: Some(due) };
        Put::Rotation { establishment: own.clone(), equipment: one.equipment.clone(), value }
    }));
    let commit =
        async |puts| database.commit(Change { puts, ..Change::default() }, before, "test").await.unwrap();
    commit(puts).await;
    let mut facts = Vec::new();
    for service in &site.services {
        facts.push(database.service_facts(own, &service.id, now).await.unwrap());
    }
    commit(acts.signature.iter().map(|one| signed(site, &facts, one)).collect()).await;
    for one in &acts.intervention {
        for (read_at, value) in (0..).zip(life(site, one)) {
            commit(vec![Put::Intervention { read_at, value }]).await;
        }
    }
    let mut all = Vec::new();
    for service in &site.services {
        let facts = database.service_facts(own, &service.id, now).await.unwrap();
        let versions = gate::versions_of(&database, &facts, now).await.unwrap();
        all.push(ServiceFacts { versions, ..facts });
    }
    all
}

/// The very words that the file proposes, signed.
fn signed(site: &Site, all: &[ServiceFacts], one: &Signing) -> Put {
    let of = |id: &ServiceId| all.iter().find(|facts| facts.service.id == *id).unwrap();
    let treatments =
        site.treatments.iter().map(|one| (Signed::Treatment(one.words()), Some(one.reach(of(&one.service)))));
    let transitions = site.transitions.iter().cloned().map(|one| {
        let reach = one.reach(of(&one.service));
        (Signed::Transition(one), Some(reach))
    });
    let direct = site.direct.iter().cloned().map(|one| (Signed::Direct(one), None));
    let (signed, cover) = treatments
        .chain(transitions)
        .chain(direct)
        .find(|(words, _)| *words.service() == one.service && words.what().to_string() == one.what)
        .unwrap_or_else(|| panic!("`{}` of `{}` is not proposed", one.what, one.service));
    let at = moment(&one.at, &site.establishment.zone);
    let signature = Signature { by: one.by.clone(), at, cover };
    Put::Signature { establishment: site.establishment.id.clone(), signature, signed }
}

/// An intervention from its request to its closing, step by step.
fn life(site: &Site, one: &Closed) -> Vec<Intervention> {
    let (own, zone) = (&site.establishment, &site.establishment.zone);
    let service = site.services.iter().find(|service| service.id == one.service).unwrap();
    let beneficiary = service.beneficiaries.first().unwrap();
    let closed = moment(&one.closed, zone);
    let mut value: Intervention = fresh(&own.id, one, beneficiary, closed);
    let excepted = |span: &Excepted| Exception {
        requested_by: own.responsable.clone(),
        approved_by: beneficiary.clone(),
        relayed_by: None,
        reason: "panne de nuit".to_owned(),
        span: Span { from: moment(&span.from, zone), until: moment(&span.until, zone) },
        reviewed: None,
    };
    value.exceptions = one.exception.iter().map(excepted).collect();
    let steps = [State::Requested, State::Approved, State::Open, State::Closing, State::Closed];
    let mut all: Vec<Intervention> =
        steps.into_iter().map(|state| Intervention { state, ..value.clone() }).collect();
    let last = all.last_mut().unwrap();
    last.closing = Some(domain::Closing {
        outcome: Outcome::Reached,
        proposed_by: "x.intervenant".parse().unwrap(),
        proposed_at: closed,
        by_establishment: false,
        confirmed_by: Some(beneficiary.clone()),
        confirmed_at: Some(closed),
    });
    let report =
        |at: &String| Report { by: beneficiary.clone(), at: moment(at, zone), text: "fait".to_owned() };
    last.report = one.reported.as_ref().map(report);
    last.erasure = one.erased.as_ref().map(|at| (moment(at, zone), beneficiary.clone()));
    all
}

fn fresh(own: &EstablishmentId, one: &Closed, by: &PersonId, at: Timestamp) -> Intervention {
    Intervention {
        id: one.id.clone(),
        establishment: own.clone(),
        service: one.service.clone(),
        equipment: vec![one.equipment.clone()],
        requested_by: by.clone(),
        requested_at: at,
        state: State::Requested,
        approval: testkit::fiction::intervention().approval.map(|given| Approval {
            by: by.clone(),
            at,
            ..given
        }),
        ticks: Vec::new(),
        ..testkit::fiction::intervention()
    }
}

/// What is found of one service, as a person reviews it.
fn page(facts: &ServiceFacts, level: &LevelReached, now: Timestamp) -> String {
    let service = &facts.service;
    let (kind, target, path) = (service.kind.as_str(), u8::from(service.level), service.path.as_str());
    let mut page =
        format!("\n== {} : {kind}, palier {target}, {path}\n-> {}\n", service.id, level.sentence.fr);
    assert_eq!(level.findings.len(), RuleId::ALL.len());
    for finding in &level.findings {
        let code = finding.status.code();
        let mender = finding.remedy.as_ref().map_or("-".to_owned(), |(_, mender)| format!("{mender:?}"));
        let why = finding.evidence.iter().map(|text| text.fr.as_str()).collect::<Vec<_>>().join(" / ");
        page.push_str(&format!("{:<4}{:<20}{mender:<12}{why}\n", finding.rule.as_str(), code.as_str()));
        let (links, more) = finding.links(facts, now);
        let mut links: Vec<String> =
            links.iter().map(|link| gate::short(link, &gate::Entries::default(), vocab::Lang::Fr)).collect();
        links.extend((more > 0).then(|| format!("+{more}")));
        // A rule that is not asked leans on the service alone.
        if finding.status.is_met() || finding.status.is_lacking() {
            page.push_str(&format!("    {}\n", links.join(" ")));
        }
    }
    page
}

fn moment(local: &str, zone: &Zone) -> Timestamp {
    let moment: LocalMoment = local.parse().unwrap_or_else(|error| panic!("{error}"));
    moment.in_zone(zone).unwrap()
}
