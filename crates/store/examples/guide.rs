//! Decides and assesses on a whole deployment in the database, for `cargo xtask bench guide`.
//!
//! `guide FOLDER ESTABLISHMENTS PROVIDERS EQUIPMENT PEOPLE` fills `FOLDER/poterne.db`, then prints its figures as JSON:
//! one decision with its read of facts, the assessment of every service, and what has to be assessed again after one
//! fact changed.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::{
    Attempt, Contract, Equipment, Intervention, Person, Provider, Service, ServiceFacts, Staff, Target,
};
use gate::ports::{Change, FactName, Put, Served, Store};
use store::Database;
use testkit::fiction;
use vocab::{EquipmentId, EstablishmentId, PersonId, ProviderId, ServiceId, Timestamp};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Facts in one transaction of the filling.
const BATCH: usize = 2_000;
/// Decisions and changes that are measured.
const DECISIONS: usize = 2_000;
const CHANGES: usize = 50;

/// How much of everything.
#[derive(Clone, Copy)]
struct Scale {
    establishments: usize,
    providers: usize,
    equipment: usize,
    people: usize,
}

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, sizes @ ..] = words.as_slice() else { return Err("guide FOLDER E P Q N".into()) };
    let sizes: Vec<usize> = sizes.iter().map(|size| size.parse()).collect::<Result<_, _>>()?;
    let [establishments, providers, equipment, people] = sizes[..] else {
        return Err("guide FOLDER ESTABLISHMENTS PROVIDERS EQUIPMENT PEOPLE".into());
    };
    let scale = Scale { establishments, providers, equipment, people };
    std::fs::create_dir_all(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("{}", runtime.block_on(measure(Path::new(folder), scale))?);
    Ok(())
}

async fn measure(folder: &Path, scale: Scale) -> Outcome<String> {
    let now = fiction::now();
    let filled = now.before(Duration::from_secs(3_600));
    let database = Database::open(&folder.join("poterne.db"), filled).await?;
    let begin = Instant::now();
    let site = Site::fill(&database, scale, filled).await?;
    let mut figures = BTreeMap::from([("fill_s", begin.elapsed().as_secs_f64())]);
    let (cpu, before) = (processor()?, waits()?);
    let each = decisions(&database, &site, now).await?;
    let of_each = |all: f64| all / DECISIONS as f64;
    figures.insert("decision_cpu_ms", of_each((processor()? - cpu) * 1e3));
    figures.insert("decision_waits", of_each(waits()? - before));
    percentiles(&mut figures, "decision", each);
    let begin = Instant::now();
    let each = assessments(&database, &site.services, now).await?;
    figures.insert("assess_all_s", begin.elapsed().as_secs_f64());
    figures.insert("services", f64::from(u32::try_from(site.services.len())?));
    percentiles(&mut figures, "assess", each);
    for (kind, changes) in site.changes() {
        percentiles(&mut figures, kind, reassessments(&database, changes, now).await?);
    }
    let figures: Vec<String> =
        figures.into_iter().map(|(name, value)| format!("\"{name}\":{value:.4}")).collect();
    Ok(format!("{{{}}}", figures.join(",")))
}

/// The snapshot of one attempt, read, and the decision on it.
async fn decisions(database: &Database, site: &Site, now: Timestamp) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    for one in site.attempts.iter().cycle().step_by(7).take(DECISIONS) {
        let begin = Instant::now();
        let facts = database.facts_for(one, now).await?;
        let decided = policy::decide(one, &facts, now);
        times.push(begin.elapsed());
        if let Err(refused) = decided {
            return Err(
                format!("refused: {:?}", refused.unmet().first().map(|lack| &lack.sentence.en)).into()
            );
        }
    }
    Ok(times)
}

async fn assessments(database: &Database, services: &[Served], now: Timestamp) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    for (establishment, service) in services {
        let begin = Instant::now();
        let facts = database.service_facts(establishment, service, now).await?;
        let level = guide::level_reached(&facts, now);
        times.push(begin.elapsed());
        if level.reached.is_none() {
            return Err(format!("{service} of {establishment}: {}", level.sentence.en).into());
        }
    }
    Ok(times)
}

/// From a change that is written to the last assessment that it may have changed.
async fn reassessments(database: &Database, changes: Vec<Put>, now: Timestamp) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    for put in changes {
        let name: FactName = put.name().ok_or("no fact")?;
        database.commit(Change { puts: vec![put], ..Change::default() }, now, "bench").await?;
        let begin = Instant::now();
        let touched: Vec<Served> = database.touched(vec![name], now).await?.into_iter().collect();
        assessments(database, &touched, now).await?;
        times.push(begin.elapsed());
    }
    Ok(times)
}

/// Processor time of this process and its threads, those that ended included, in seconds: clock ticks of 10 ms (proc(5)).
fn processor() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').ok_or("stat")?.1.split_whitespace().skip(11).take(2);
    let ticks: f64 = fields.map(|ticks| ticks.parse::<f64>().unwrap_or_default()).sum();
    Ok(ticks / 100.0)
}

/// How often its threads waited for something: each is a waking, whatever else the machine does.
fn waits() -> Outcome<f64> {
    let mut all = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let status = std::fs::read_to_string(task?.path().join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        all += line.ok_or("status")?.trim().parse::<f64>()?;
    }
    Ok(all)
}

fn percentiles(figures: &mut BTreeMap<&'static str, f64>, name: &'static str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| {
        times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    let (p50, p99): (&'static str, &'static str) = match name {
        "decision" => ("decision_p50_ms", "decision_p99_ms"),
        "assess" => ("assess_p50_ms", "assess_p99_ms"),
        "equipment" => ("equipment_p50_ms", "equipment_p99_ms"),
        "person" => ("person_p50_ms", "person_p99_ms"),
        "contract" => ("contract_p50_ms", "contract_p99_ms"),
        _ => ("provider_p50_ms", "provider_p99_ms"),
    };
    figures.insert(p50, at(50).as_secs_f64() * 1e3);
    figures.insert(p99, at(99).as_secs_f64() * 1e3);
}

/// What is asked of a deployment in which everything is in order.
struct Site {
    /// The first services, of which facts are changed.
    facts: Vec<ServiceFacts>,
    services: Vec<Served>,
    attempts: Vec<Attempt>,
}

impl Site {
    /// Writes it, service by service: each provider has one contract with one establishment, and one service under it.
    async fn fill(database: &Database, scale: Scale, filled: Timestamp) -> Outcome<Self> {
        let share = |all: usize| (all / scale.providers).max(1);
        let mut site = Self { facts: Vec::new(), services: Vec::new(), attempts: Vec::new() };
        let mut waiting = Vec::new();
        for number in 0..scale.providers {
            let one =
                service(number, number % scale.establishments, share(scale.equipment), share(scale.people))?;
            site.services.push((one.establishment.id.clone(), one.service.id.clone()));
            site.attempts.extend(attempt(&one));
            waiting.extend(testkit::puts(&one));
            waiting.extend(one.interventions.iter().flat_map(life));
            if waiting.len() >= BATCH || number + 1 == scale.providers {
                let puts = std::mem::take(&mut waiting);
                database.commit(Change { puts, ..Change::default() }, filled, "bench").await?;
            }
            if site.facts.len() < CHANGES {
                site.facts.push(one);
            }
        }
        Ok(site)
    }

    /// One new version of a fact of each kind, some times over.
    fn changes(&self) -> [(&'static str, Vec<Put>); 4] {
        let some = || self.facts.iter().cycle().take(CHANGES).enumerate();
        let equipment = some().filter_map(|(nth, one)| {
            let first = one.equipment.first()?;
            Some(Put::Equipment(Equipment { title: format!("titre {nth}"), ..first.clone() }))
        });
        let person = some().filter_map(|(nth, one)| {
            let first = one.staff.first()?;
            Some(Put::Person(Person { name: format!("nom {nth}"), ..first.person.clone() }))
        });
        let contract = some().map(|(nth, one)| {
            let erasure_within_days = u32::try_from(nth).unwrap_or(7) + 8;
            Put::Contract(Contract { erasure_within_days, ..one.contract.clone() })
        });
        let provider = some().map(|(nth, one)| {
            Put::Provider(Provider { name: format!("raison {nth}"), ..one.provider.clone() })
        });
        [
            ("equipment", equipment.collect()),
            ("person", person.collect()),
            ("contract", contract.collect()),
            ("provider", provider.collect()),
        ]
    }
}

fn named<T: std::str::FromStr>(what: &str, number: usize) -> T {
    fiction::name(&format!("{what}-{number}"))
}

fn service(number: usize, at: usize, equipment: usize, people: usize) -> Outcome<ServiceFacts> {
    let mut facts = fiction::service_facts();
    let owner: EstablishmentId = named("hopital", at);
    let (provider, id): (ProviderId, ServiceId) = (named("firme", number), named("prestation", number));
    facts.establishment.id = owner.clone();
    facts.direct = None;
    let template = facts.equipment.first().cloned().ok_or("no equipment")?;
    let staff = facts.staff.first().cloned().ok_or("nobody")?;
    facts.provider.id = provider.clone();
    (facts.contract.id, facts.contract.establishment, facts.contract.provider) =
        (named("contrat", number), owner.clone(), provider.clone());
    let devices = (0..equipment).map(|nth| number * equipment + nth);
    facts.equipment = devices
        .map(|nth| {
            let mut one =
                Equipment { id: named("equipement", nth), establishment: owner.clone(), ..template.clone() };
            if let Some(account) = &mut one.account {
                account.login = format!("poterne-{nth}");
            }
            one
        })
        .collect();
    let names: Vec<EquipmentId> = facts.equipment.iter().map(|one| one.id.clone()).collect();
    facts.service = Service {
        id: id.clone(),
        establishment: owner.clone(),
        contract: facts.contract.id.clone(),
        equipment: names.clone(),
        ..facts.service
    };
    facts.staff = (0..people).map(|nth| technician(&staff, number * people + nth, &facts)).collect();
    facts.interventions = facts
        .interventions
        .iter()
        .map(|one| Intervention {
            id: named("i", number),
            establishment: owner.clone(),
            service: id.clone(),
            equipment: names.clone(),
            ..one.clone()
        })
        .collect();
    Ok(facts)
}

fn technician(template: &Staff, number: usize, facts: &ServiceFacts) -> Staff {
    let mut staff = template.clone();
    let id: PersonId = named("personne", number);
    staff.person.id = id.clone();
    staff.person.employer = domain::Employer::Provider(facts.provider.id.clone());
    staff.employer = facts.provider.clone();
    for signed in &mut staff.engagements {
        (signed.person, signed.establishment) = (id.clone(), facts.establishment.id.clone());
    }
    staff
}

fn attempt(facts: &ServiceFacts) -> Option<Attempt> {
    let (staff, equipment) = (facts.staff.last()?, facts.equipment.last()?);
    let target = Target {
        equipment: equipment.id.clone(),
        establishment: Some(facts.establishment.id.clone()),
        intervention: None,
    };
    Some(Attempt { person: staff.person.id.clone(), target, ..fiction::attempt() })
}

/// From the request to where it stands: the database takes no shorter way.
fn life(one: &Intervention) -> Vec<Put> {
    let asked = Intervention { state: domain::State::Requested, ..one.clone() };
    (0..).zip([asked, one.clone()]).map(|(read_at, value)| Put::Intervention { read_at, value }).collect()
}
