//! A small fictitious deployment to write into a database.

use domain::{
    Attempt, Contract, ContractForm, Employer, Engagement, EngagementKind, Equipment, Establishment,
    Fingerprint, Intervention, LoginProof, Nature, Original, Person, PersonKey, Provider, Purpose,
    ReservedAccount, SecretKind, Service, Span, State, Subcontract, Target, UncheckedTicket,
};
use gate::ports::{Change, PortError, Put, SessionRow, Store};
use vocab::{BootId, Kind, Level, Path, RecordingId, SessionId, Timestamp};

use crate::Database;

/// A database in a folder of its own.
pub(super) struct World {
    pub(super) folder: tempfile::TempDir,
    pub(super) db: Database,
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("poterne.db"), at(0)).await.unwrap();
        Self { folder, db }
    }

    pub(super) async fn put(&self, put: Put, secs: i64) -> Result<u64, PortError> {
        self.puts(vec![put], secs).await
    }

    pub(super) async fn puts(&self, puts: Vec<Put>, secs: i64) -> Result<u64, PortError> {
        self.db.commit(Change { puts, ..Change::default() }, at(secs), "test").await
    }

    /// One hospital, one provider with one technician, one service on one scanner.
    pub(super) async fn with_hospital() -> Self {
        let world = Self::new().await;
        world.puts(hospital("nord"), 10).await.unwrap();
        world.puts(firm(), 10).await.unwrap();
        world
    }

    /// The intervention `id` of `nord`'s scanner service, brought to a state step by step.
    pub(super) async fn intervention(&self, id: &str, path: &[State], secs: i64) {
        for (read_at, state) in std::iter::once(&State::Requested).chain(path).enumerate() {
            let put = Put::Intervention { read_at: read_at as u64, value: standing(id, *state) };
            self.put(put, secs).await.unwrap();
        }
    }
}

pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

pub(super) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(name: &str) -> T {
    name.parse().unwrap()
}

pub(super) fn hospital(name: &str) -> Vec<Put> {
    vec![
        Put::Establishment(establishment(name)),
        Put::Contract(contract(name, "c-acme", "acme")),
        Put::Equipment(equipment(name, "scanner", "maint-scanner")),
        Put::Service(service(name, "scanner-tm", "c-acme", &["scanner"])),
    ]
}

pub(super) fn firm() -> Vec<Put> {
    vec![
        Put::Provider(provider("acme")),
        Put::Person(person("a.martin", "acme")),
        Put::Engagement(engagement("nord", "a.martin", EngagementKind::Confidentiality)),
        Put::Engagement(engagement("nord", "a.martin", EngagementKind::Limitation)),
    ]
}

pub(super) fn establishment(name: &str) -> Establishment {
    Establishment {
        id: id(name),
        title: format!("Hôpital fictif {name}"),
        zone: id("Europe/Paris"),
        responsable: id("h.chef"),
        delegations: Vec::new(),
        officers: Vec::new(),
        turns: Vec::new(),
        recording_days: 365,
        retention: domain::Retention::default(),
        audits: Vec::new(),
    }
}

pub(super) fn provider(name: &str) -> Provider {
    Provider {
        id: id(name),
        name: name.to_owned(),
        nature: Nature::ThirdParty,
        country: Some(id("FR")),
        places: Vec::new(),
        sources: Vec::new(),
        transfers: Vec::new(),
        managers: Vec::new(),
        registration: None,
        address: None,
        contacts: Vec::new(),
        dossier: None,
    }
}

pub(super) fn person(name: &str, employer: &str) -> Person {
    Person {
        id: id(name),
        name: name.to_owned(),
        phone: None,
        email: None,
        lang: vocab::Lang::Fr,
        active: true,
        employer: Employer::Provider(id(employer)),
        on_behalf_of: None,
        country: Some(id("FR")),
        keys: vec![PersonKey { line: "ssh-ed25519 AAAA".to_owned(), fingerprint: key(name) }],
    }
}

pub(super) fn key(name: &str) -> Fingerprint {
    Fingerprint(format!("SHA256:{name}"))
}

pub(super) fn engagement(establishment: &str, person: &str, kind: EngagementKind) -> Engagement {
    Engagement {
        person: id(person),
        establishment: id(establishment),
        kind,
        version: 1,
        signed_at: at(0),
        withdrawn_at: None,
        attestation: None,
        paper: None,
    }
}

pub(super) fn contract(establishment: &str, name: &str, provider: &str) -> Contract {
    Contract {
        id: id(name),
        establishment: id(establishment),
        provider: id(provider),
        form: ContractForm::Contrat,
        span: Span { from: at(0), until: at(1_000_000) },
        original: Original::Missing,
        document: None,
        subcontracting: domain::Subcontracting::CaseByCase,
        subcontracts: Vec::new(),
        no_subcontracting: None,
        engagement_version: 1,
        plan: domain::SecurityPlan::default(),
        agreement: None,
        requesters: domain::Requesters::default(),
        report: None,
        erasure_within_days: 15,
        overdue_blocks: false,
        entrusted: Vec::new(),
        installed: Vec::new(),
        audits: Vec::new(),
        covers: Vec::new(),
        confirm_within_days: 365,
        evidence_within_days: None,
    }
}

pub(super) fn subcontract(provider: &str, under: &str) -> Subcontract {
    Subcontract {
        provider: id(provider),
        under: id(under),
        listed_at: at(0),
        ended_at: None,
        authorised: None,
        flow_down: None,
    }
}

pub(super) fn equipment(establishment: &str, name: &str, login: &str) -> Equipment {
    Equipment {
        id: id(name),
        establishment: id(establishment),
        title: name.to_owned(),
        address: id("192.0.2.7:22"),
        holds_data: true,
        admin_zone: None,
        own_link: None,
        host_key: domain::HostKeyState::Unknown,
        account: Some(ReservedAccount {
            login: login.to_owned(),
            secret: SecretKind::Password,
            login_shared_with: Vec::new(),
            secret_shared_with: Vec::new(),
            secret_held: false,
            rotation: domain::RotationBy::Hand,
            rotated_at: None,
            rotation_due: None,
        }),
        default_accounts: domain::DefaultAccounts::NotChecked,
        old_algorithms: Vec::new(),
        commissioning: None,
    }
}

pub(super) fn service(establishment: &str, name: &str, contract: &str, equipment: &[&str]) -> Service {
    Service {
        id: id(name),
        establishment: id(establishment),
        contract: id(contract),
        title: name.to_owned(),
        kind: Kind::Maintenance,
        level: Level::Two,
        path: Path::Gateway,
        central_traces: true,
        local_traces: None,
        purpose: Purpose::Functioning,
        equipment: equipment.iter().map(|name| id(name)).collect(),
        rights: vocab::Rights::NONE,
        actions: Vec::new(),
        windows: Vec::new(),
        qualified: false,
        checks_within_hours: None,
        unchecked_ticket: UncheckedTicket::Note,
        checklist: Vec::new(),
        beneficiaries: vec![id("h.chef")],
        idle_secs: 600,
        extension_secs: 0,
        exception_secs: 0,
        assurance: domain::Assurance::Fingerprint,
        typed_purpose: None,
        shows_provider_secrets: false,
        until: None,
        uploads: vocab::Uploads::Tap,
        declared: std::collections::BTreeMap::new(),
        implemented_by: std::collections::BTreeMap::new(),
    }
}

pub(super) fn intervention(name: &str) -> Intervention {
    serde_json::from_value(serde_json::json!({
        "id": name,
        "establishment": "nord",
        "service": "scanner-tm",
        "equipment": ["scanner"],
        "objective": "change the tube",
        "requested_by": "h.chef",
        "requested_at": at(20),
        "requested_via": "signed-in",
        "state": "requested",
        "planned": { "from": at(20), "until": at(20_000) },
        "approval": { "by": "h.chef", "at": at(21), "agreement_version": 1 },
    }))
    .unwrap()
}

/// One in this state, with what the state has to have.
pub(super) fn standing(name: &str, state: State) -> Intervention {
    let closing = matches!(state, State::Closing | State::Closed).then(|| domain::Closing {
        outcome: domain::Outcome::Reached,
        proposed_by: id("a.martin"),
        proposed_at: at(25),
        by_establishment: false,
        confirmed_by: (state == State::Closed).then(|| id("h.chef")),
        confirmed_at: (state == State::Closed).then(|| at(26)),
    });
    Intervention { state, closing, ..intervention(name) }
}

pub(super) fn session(number: u8, intervention: &str) -> SessionRow {
    SessionRow {
        session: SessionId::from_bytes([number; 16]),
        recording: RecordingId::from_bytes([number; 16]),
        boot: BootId::from_bytes([1; 16]),
        establishment: id("nord"),
        person: id("a.martin"),
        service: id("scanner-tm"),
        equipment: id("scanner"),
        intervention: id(intervention),
        opened_at: at(100),
    }
}

pub(super) fn attempt(person: &str, target: &str) -> Attempt {
    Attempt {
        person: id(person),
        login: LoginProof { key: key(person), second: None, enrolment: 0, at: Timestamp::MIN },
        target: Target { equipment: id(target), establishment: None, intervention: None },
        from: std::net::Ipv4Addr::new(198, 51, 100, 1).into(),
        access: None,
    }
}
