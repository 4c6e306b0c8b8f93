//! One complete set of facts, in which nothing is missing: each test changes one thing of it.
//!
//! A made-up hospital, its scanner, a provider's technician, and one approved maintenance at level 2 on a
//! Tuesday morning. Changes are written in files, as paths into the facts (see [`World::set`]).

use std::collections::BTreeMap;

use domain::*;
use serde_json::{Value, json};
use vocab::{Kind, Level, Path, Right, RuleId, Timestamp};

/// The moment of the attempt, where a row names no other: a Tuesday.
const NOW: &str = "2026-11-24 10:00";

/// Facts, attempt and moment as one tree, so that a file may change any part of them.
#[derive(Debug, Clone)]
pub(crate) struct World(Value);

impl World {
    /// Nothing is missing.
    pub(crate) fn complete() -> Self {
        let (facts, attempt) = (facts(), attempt());
        Self(json!({ "facts": facts, "attempt": attempt, "now": at(NOW) }))
    }

    /// The decision on it.
    pub(crate) fn decide(&self) -> Result<policy::Permit, policy::Refusal> {
        let Value::Object(mut tree) = self.0.clone() else { panic!("the world is a tree") };
        let mut take = |name: &str| tree.remove(name).unwrap_or_else(|| panic!("no `{name}`"));
        let attempt: Attempt = serde_json::from_value(take("attempt")).unwrap();
        let now: Timestamp = serde_json::from_value(take("now")).unwrap();
        let facts: Facts = serde_json::from_value(take("facts")).unwrap();
        policy::decide(&attempt, &facts, now)
    }

    pub(crate) fn set_all(&mut self, changes: &BTreeMap<String, Value>) {
        for (path, value) in changes {
            self.set(path, value.clone());
        }
    }

    /// Sets what stands at a path such as `contract.span.until`. What is not there is a fault of the
    /// file, unless the last name begins with `+`: a new key, or (`+` alone) one more of a list. The
    /// values `t:2026-11-24 10:00` (local time) and `z:…` (UTC) are moments, `!none` is nothing, and
    /// `!remove` takes away.
    pub(crate) fn set(&mut self, path: &str, value: Value) {
        let value = read(value);
        for root in roots(path) {
            let mut steps: Vec<&str> = root.split('.').collect();
            let last = steps.pop().unwrap();
            let mut place = &mut self.0;
            for step in steps {
                place = enter(place, step).unwrap_or_else(|| panic!("no `{step}` on the way to `{root}`"));
            }
            put(place, last, value.clone(), &root);
        }
    }
}

/// Short names for what the tables change most.
fn roots(path: &str) -> Vec<String> {
    let (head, rest) = path.split_once('.').map_or((path, ""), |(head, rest)| (head, rest));
    let places: &[&str] = match head {
        "service" => &["facts.services.0.service"],
        "contract" => &["facts.services.0.contract"],
        "provider" => &["facts.services.0.provider"],
        "establishment" => &["facts.services.0.establishment"],
        "equipment" => &["facts.services.0.equipment.0"],
        "intervention" => &["facts.services.0.interventions.0"],
        "interventions" => &["facts.services.0.interventions"],
        "unsettled" => &["facts.services.0.unsettled"],
        "treatments" => &["facts.services.0.treatments"],
        "transition" => &["facts.services.0.transition"],
        // The caller stands in the facts twice.
        "staff" => &["facts.person", "facts.services.0.staff.0"],
        "store" => &["facts.trace_store", "facts.services.0.trace_store"],
        other => return vec![format!("{other}{}{rest}", if rest.is_empty() { "" } else { "." })],
    };
    let dot = if rest.is_empty() { "" } else { "." };
    places.iter().map(|place| format!("{place}{dot}{rest}")).collect()
}

fn enter<'a>(place: &'a mut Value, step: &str) -> Option<&'a mut Value> {
    match place {
        Value::Object(map) => map.get_mut(step),
        Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    }
}

fn put(place: &mut Value, last: &str, value: Value, path: &str) {
    match (place, last.strip_prefix('+')) {
        (Value::Array(list), Some(_)) => list.push(value),
        (Value::Object(map), Some(new)) => drop(map.insert(new.to_owned(), value)),
        (Value::Object(map), None) if value == json!("!remove") => {
            assert!(map.remove(last).is_some(), "no `{path}` to remove");
        }
        (Value::Array(list), None) if value == json!("!remove") => drop(list.remove(last.parse().unwrap())),
        (place, None) => {
            *enter(place, last).unwrap_or_else(|| panic!("no `{path}` to set")) = value;
        }
        (_, Some(_)) => panic!("nothing can be added at `{path}`"),
    }
}

fn read(value: Value) -> Value {
    match value {
        Value::String(text) if text == "!none" => Value::Null,
        Value::String(text) if text.starts_with("t:") || text.starts_with("z:") => json!(at(&text)),
        Value::Array(list) => list.into_iter().map(read).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, read(value))).collect(),
        other => other,
    }
}

/// A moment: local time in Paris, or with `z:` before it UTC.
pub(crate) fn at(text: &str) -> Timestamp {
    let (zone, text) = match text.strip_prefix("z:") {
        Some(text) => ("Etc/UTC", text),
        None => ("Europe/Paris", text.strip_prefix("t:").unwrap_or(text)),
    };
    let moment: LocalMoment = text.parse().unwrap_or_else(|error| panic!("{error}"));
    moment.in_zone(&zone.parse().unwrap()).unwrap()
}

/// A name of any sort.
fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(name: &str) -> T {
    name.parse().unwrap()
}

fn paper(name: &str) -> DocumentRef {
    DocumentRef { name: name.to_owned(), sha256: String::new() }
}

fn span(from: &str, until: &str) -> Span {
    Span { from: at(from), until: at(until) }
}

/// All year, and the next.
fn long() -> Span {
    span("2026-01-01 00:00", "2028-01-01 00:00")
}

fn attempt() -> Attempt {
    Attempt {
        person: id("t.durand"),
        login: LoginProof { key: Fingerprint("SHA256:durand".to_owned()), second: Some(SecondFactor::Totp) },
        target: Target { equipment: id("scanner"), establishment: None, intervention: None },
        from: "203.0.113.7".parse().unwrap(),
        access: Some(Right::Shell),
    }
}

fn facts() -> Facts {
    let staff = staff();
    Facts {
        person: Some(staff.clone()),
        target_known: true,
        services: vec![ServiceFacts {
            establishment: establishment(),
            provider: provider(),
            contract: contract(),
            service: service(),
            equipment: vec![scanner()],
            staff: vec![staff],
            interventions: vec![intervention()],
            unsettled: Vec::new(),
            treatments: Vec::new(),
            transition: None,
            trace_store: TraceStore::WELL,
        }],
        trace_store: TraceStore::WELL,
    }
}

fn establishment() -> Establishment {
    Establishment {
        id: id("ch-exemple"),
        title: "Centre hospitalier d'Exemple".to_owned(),
        zone: id("Europe/Paris"),
        responsable: id("d.directrice"),
        delegations: vec![Delegation {
            to: id("g.garde"),
            span: long(),
            may_treat: false,
            may_derogate: true,
            deed: paper("délégation de garde"),
        }],
        officers: vec![
            (Officer::It, id("i.infra")),
            (Officer::Security, id("s.rssi")),
            (Officer::Oncall, id("g.garde")),
            (Officer::Auditor, id("a.audit")),
        ],
        recording_days: 180,
    }
}

fn provider() -> Provider {
    Provider {
        id: id("imagerie-fictive"),
        name: "Imagerie Fictive".to_owned(),
        nature: Nature::ThirdParty,
        country: Some(id("FR")),
        places: vec![("relais de Lyon".to_owned(), Some(id("FR")))],
        transfers: Vec::new(),
        managers: vec![id("m.patron")],
        suspended: None,
    }
}

fn staff() -> Staff {
    let signed = |kind| Engagement {
        person: id("t.durand"),
        establishment: id("ch-exemple"),
        kind,
        version: 2,
        signed_at: at("2026-02-01 09:00"),
        withdrawn_at: None,
        attestation: Some(paper("attestation de l'employeur")),
    };
    Staff {
        person: Person {
            id: id("t.durand"),
            name: "T. Durand".to_owned(),
            phone: None,
            lang: vocab::Lang::Fr,
            active: true,
            employer: Employer::Provider(id("imagerie-fictive")),
            on_behalf_of: None,
            country: Some(id("FR")),
            keys: vec![PersonKey {
                line: "ssh-ed25519 AAAA".to_owned(),
                fingerprint: Fingerprint("SHA256:durand".to_owned()),
            }],
        },
        employer: provider(),
        engagements: vec![signed(EngagementKind::Confidentiality), signed(EngagementKind::Limitation)],
    }
}

fn contract() -> Contract {
    Contract {
        id: id("marche-2026-07"),
        establishment: id("ch-exemple"),
        provider: id("imagerie-fictive"),
        form: ContractForm::Contrat,
        span: long(),
        original: Original::Paper { received_at: at("2026-01-05 09:00"), filed: "armoire 3".to_owned() },
        document: Some(paper("marché 2026-07")),
        subcontracting: Subcontracting::CaseByCase,
        subcontracts: Vec::new(),
        engagement_version: 2,
        plan: SecurityPlan {
            versions: vec![PlanVersion {
                version: 3,
                document: paper("PAS v3"),
                themes: Theme::ALL.map(|theme| (theme, "chapitre".to_owned())).to_vec(),
                acceptance: Acceptance::Validated { at: at("2026-01-20 09:00"), by: id("d.directrice") },
            }],
        },
        agreement: Some(Agreement {
            version: 1,
            span: long(),
            document: paper("convention de service"),
            headings: Heading::ALL.map(|heading| (heading, "article".to_owned())).to_vec(),
        }),
        requesters: Requesters {
            check: RequesterCheck::List,
            people: vec![id("r.radio")],
            version: 4,
            sent_at: Some(at("2026-06-01 09:00")),
            acknowledged_at: Some(at("2026-06-02 09:00")),
        },
        report: Some(ReportTerms { form: "fiche".to_owned(), channel: "portail".to_owned(), within_days: 2 }),
        erasure_within_days: 7,
        overdue_blocks: true,
    }
}

fn service() -> Service {
    let word = Declared {
        clause: Some(Clause { document: paper("marché 2026-07"), article: "article 9".to_owned() }),
        held: Some(Declaration {
            by: "Imagerie Fictive".to_owned(),
            at: at("2026-02-01 09:00"),
            until: at("2027-02-01 09:00"),
            document: Some(paper("dossier du fournisseur")),
        }),
    };
    Service {
        id: id("scanner-tm"),
        establishment: id("ch-exemple"),
        contract: id("marche-2026-07"),
        title: "Télémaintenance du scanner".to_owned(),
        kind: Kind::Maintenance,
        level: Level::Two,
        path: Path::Gateway,
        central_traces: true,
        purpose: Purpose::Functioning,
        equipment: vec![id("scanner")],
        rights: [Right::Shell, Right::SftpRead].into_iter().collect(),
        actions: vec!["lire les journaux".to_owned()],
        windows: vec![weekdays()],
        checklist: vec![ChecklistItem { id: "backup".to_owned(), text: "sauvegarde faite".to_owned() }],
        beneficiaries: vec![id("b.cadre")],
        idle_secs: 600,
        extension_secs: 1800,
        exception_secs: 2 * 3600,
        assurance: Assurance::Fingerprint,
        typed_purpose: None,
        declared: RuleId::ALL.into_iter().map(|rule| (rule, word.clone())).collect(),
        implemented_by: BTreeMap::new(),
    }
}

/// Monday to Friday, 8 to 18 by the clock on the wall.
fn weekdays() -> Window {
    use Weekday::{Fri, Mon, Thu, Tue, Wed};
    Window {
        when: WindowKind::Weekly { days: vec![Mon, Tue, Wed, Thu, Fri], from: id("08:00"), to: id("18:00") },
        agreed_by: id("b.cadre"),
        agreed_at: at("2026-01-10 09:00"),
    }
}

fn scanner() -> Equipment {
    Equipment {
        id: id("scanner"),
        establishment: id("ch-exemple"),
        title: "Scanner du rez-de-chaussée".to_owned(),
        address: id("192.0.2.7:22"),
        holds_data: true,
        admin_zone: Some("vlan 40".to_owned()),
        host_key: HostKeyState::Pinned {
            fingerprint: Fingerprint("SHA256:scanner".to_owned()),
            by: id("i.infra"),
            at: at("2026-01-12 09:00"),
        },
        account: Some(ReservedAccount {
            login: "poterne-scanner".to_owned(),
            secret: SecretKind::Key,
            login_shared_with: Vec::new(),
            secret_shared_with: Vec::new(),
            rotated_at: None,
        }),
        default_accounts: DefaultAccounts::Clean { at: at("2026-01-12 09:00"), by: id("i.infra") },
        old_algorithms: Vec::new(),
        direct_reason: None,
    }
}

fn intervention() -> Intervention {
    Intervention {
        id: id("int-7"),
        establishment: id("ch-exemple"),
        service: id("scanner-tm"),
        equipment: vec![id("scanner")],
        objective: "remplacer un disque".to_owned(),
        reason_out: None,
        requested_by: id("r.radio"),
        requested_at: at("2026-11-23 09:00"),
        requested_via: RequestedVia::SignedIn,
        state: State::Approved,
        approval: Some(Approval { by: id("b.cadre"), at: at("2026-11-23 10:00"), agreement_version: 1 }),
        ticks: vec![Tick {
            item: "backup".to_owned(),
            by: id("b.cadre"),
            at: at("2026-11-24 09:00"),
            evidence: "travail 4711".to_owned(),
            not_needed: false,
        }],
        exception_asked: None,
        exception: None,
        derogations: Vec::new(),
        extension: None,
        long_operation: None,
        closing: None,
        report: None,
        residual: Vec::new(),
        erasure: None,
        sessions: 0,
    }
}
