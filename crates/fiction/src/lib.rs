//! A plainly fictitious site on which everything is in order: one maintenance service at level 2 through
//! the gate, a Tuesday evening window, one approved intervention. All tests stand on it, from the rules of the
//! guide to the door: each changes one thing and says what follows.
//!
//! It sees the contract side and nothing above it, so that the tests of the core may use it
//! (`docs/decisions/0007-one-fictitious-site.md`).

#![expect(clippy::panic, clippy::unwrap_used, reason = "a site that is not whole is a fault of the tests")]

mod people;

use std::net::{IpAddr, Ipv4Addr};

use domain::*;
use vocab::*;

pub use people::{PEOPLE, key_of, people, providers};

/// Inside the window: Tuesday 24 November 2026, 18:30 in Paris.
pub fn now() -> Timestamp {
    at("2026-11-24 17:30")
}

/// When somebody logged in who does so just now, whatever the clock of the test says: after everything.
pub fn just_now() -> Timestamp {
    at("2100-01-01 00:00")
}

/// A moment in UTC, to the minute.
pub fn at(moment: &str) -> Timestamp {
    let utc = "UTC".parse().unwrap();
    moment.parse::<LocalMoment>().unwrap().in_zone(&utc).unwrap()
}

/// A name of any sort.
pub fn name<T: std::str::FromStr>(given: &str) -> T {
    given.parse().ok().unwrap_or_else(|| panic!("`{given}` is not a name"))
}

/// A document on paper.
pub fn paper(given: &str) -> DocumentRef {
    DocumentRef { name: given.to_owned(), sha256: String::new() }
}

/// The span of the contract: this year and half of the next.
pub fn year() -> Span {
    Span { from: at("2026-01-01 00:00"), until: at("2027-06-30 00:00") }
}

/// Everything about the one service.
pub fn service_facts() -> ServiceFacts {
    ServiceFacts {
        establishment: establishment(),
        provider: provider("acme", "Acme Imagerie (fictif)"),
        contract: contract(),
        service: service(),
        equipment: vec![equipment()],
        staff: vec![staff()],
        provider_side: [name("a.martin"), name("m.chef")].into(),
        suspensions: Vec::new(),
        interventions: vec![intervention()],
        unsettled: Vec::new(),
        settled: 0,
        links: Vec::new(),
        filed: Vec::new(),
        notices: Vec::new(),
        witnesses: Vec::new(),
        filter_check: None,
        accounts_review: None,
        treatments: Vec::new(),
        transition: None,
        direct: Some(direct_path()),
        unreviewed: Vec::new(),
        versions: Vec::new(),
        trace_store: TraceStore::WELL,
        scanning: false,
        unseen: false,
    }
}

/// The decision to go past the gate, in order, and without effect while the service goes through it.
fn direct_path() -> DirectPath {
    let owner: PersonId = name("r.dupont");
    DirectPath {
        service: name("maintenance-scanner"),
        reason: "le constructeur n'admet aucun relais".to_owned(),
        solution: "tunnel IPsec du constructeur jusqu'au scanner".to_owned(),
        recommendation: paper("recommandation-acme.pdf"),
        flows: vec![Flow {
            equipment: name("scanner"),
            port: 22,
            source: FlowSource::Network(name("198.51.100.0/28")),
            hours: FlowHours::Windows,
        }],
        owner: owner.clone(),
        span: year(),
        review: at("2027-01-01 00:00"),
        signed: Some(signature("r.dupont", at("2026-01-05 00:00"))),
    }
}

/// A signature at the door, which reaches what the service is; nobody described the console.
pub fn signature(by: &str, when: Timestamp) -> Signature {
    let Service { equipment: named, rights, contract, path, .. } = service();
    let scanner = equipment();
    let reached = |one: EquipmentId| {
        let described = (one == scanner.id).then(|| Reached {
            address: Some(scanner.address),
            account: scanner.account.as_ref().map(|account| account.login.clone()),
        });
        (one, described.unwrap_or_default())
    };
    let equipment = named.into_iter().map(reached).collect();
    let cover = Cover { equipment, rights, contract, provider: name("acme"), path };
    Signature { by: name(by), at: when, cover: Some(cover) }
}

/// The risk of a rule, treated and signed by the responsable, from the beginning of November to the end of the year.
pub fn treatment(rule: RuleId) -> RiskTreatment {
    let estimate = |likelihood: u8, impact: u8| Estimate {
        likelihood: Level4::try_from(likelihood).unwrap_or_else(|error| panic!("{error}")),
        impact: Level4::try_from(impact).unwrap_or_else(|error| panic!("{error}")),
    };
    RiskTreatment {
        rule,
        service: name("maintenance-scanner"),
        equipment: std::collections::BTreeSet::new(),
        batch: None,
        threats: [ThreatId::Functions].into(),
        remark: String::new(),
        before: estimate(2, 3),
        options: [RiskOption::Reduce, RiskOption::Accept].into(),
        measures: vec![Measure {
            what: "surveillance en direct".to_owned(),
            by: name("i.infra"),
            until: at("2026-12-01 00:00"),
            done: None,
        }],
        residual: estimate(1, 3),
        avoided: None,
        transfer: None,
        transferred: None,
        owner: name("r.dupont"),
        span: Span { from: at("2026-11-01 00:00"), until: at("2026-12-31 00:00") },
        review: at("2026-12-15 00:00"),
        signed: Some(signature("r.dupont", at("2026-11-01 00:00"))),
    }
}

/// The provider's seventh dossier, of this day, which says itself until when it is good.
pub fn dossier(dated: &str, until: &str) -> Dossier {
    Dossier {
        file: paper("acme.dossier.toml"),
        serial: 7,
        dated: at(dated),
        valid_until: at(until),
        key: key_of("m.chef"),
        confirmed_by: name("p.achats"),
        confirmed_at: at("2026-01-12 09:00"),
        tiers: Vec::new(),
    }
}

/// The snapshot for the technician's attempt.
pub fn facts() -> Facts {
    let service = service_facts();
    let person = service.staff.first().cloned();
    Facts { person, target_known: true, services: vec![service], trace_store: TraceStore::WELL }
}

/// The technician's attempt to open a terminal on the scanner.
pub fn attempt() -> Attempt {
    Attempt {
        person: name("a.martin"),
        login: LoginProof { key: key(), second: Some(SecondFactor::Totp), enrolment: 0, at: just_now() },
        target: Target { equipment: name("scanner"), establishment: None, intervention: None },
        from: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
        access: Some(Right::Shell),
    }
}

/// The key of the technician.
pub fn key() -> Fingerprint {
    key_of("a.martin")
}

fn establishment() -> Establishment {
    Establishment {
        id: name("nord"),
        title: "Hôpital fictif du Nord".to_owned(),
        zone: name("Europe/Paris"),
        responsable: name("r.dupont"),
        delegations: vec![
            Delegation { may: further(), ..delegation("d.leroy", true, true) },
            delegation("e.risque", true, false),
            delegation("h.garde", false, true),
        ],
        officers: vec![
            (Officer::It, name("i.infra")),
            (Officer::Security, name("s.rssi")),
            (Officer::Oncall, name("g.astreinte")),
            (Officer::Biomedical, name("y.biomed")),
            (Officer::Purchasing, name("p.achats")),
            (Officer::Dpo, name("w.dpo")),
        ],
        turns: vec![Turn { office: Officer::Auditor, person: name("z.audit"), span: year() }],
        recording_days: 180,
        retention: domain::Retention::default(),
        audits: Vec::new(),
    }
}

/// What a deed gives beside treating and derogating.
fn further() -> Vec<Power> {
    Power::ALL.into_iter().filter(|power| !matches!(power, Power::Treat | Power::Derogate)).collect()
}

/// A deed of the responsable: to treat risks, to derogate, or both.
fn delegation(to: &str, may_treat: bool, may_derogate: bool) -> Delegation {
    Delegation {
        to: name(to),
        span: year(),
        may_treat,
        risk_up_to: Risk::Moderate,
        may_derogate,
        may: Vec::new(),
        services: Vec::new(),
        deed: paper("delegation.pdf"),
    }
}

/// A provider, in order.
pub fn provider(id: &str, title: &str) -> Provider {
    Provider {
        id: name(id),
        name: title.to_owned(),
        nature: Nature::ThirdParty,
        country: Some(name("FR")),
        registration: None,
        address: None,
        contacts: Vec::new(),
        places: vec![("relais-1".to_owned(), Some(name("DE")))],
        sources: Vec::new(),
        transfers: Vec::new(),
        managers: vec![name("m.chef")],
        dossier: None,
    }
}

fn contract() -> Contract {
    Contract {
        id: name("c-1"),
        establishment: name("nord"),
        provider: name("acme"),
        form: ContractForm::Contrat,
        span: year(),
        original: Original::Paper { received_at: at("2026-01-02 00:00"), filed: "armoire 1".to_owned() },
        document: Some(paper("contrat.pdf")),
        subcontracting: Subcontracting::CaseByCase,
        subcontracts: Vec::new(),
        no_subcontracting: Some(NoSubcontracting {
            at: at("2026-01-02 00:00"),
            document: paper("attestation-sans-sous-traitance.pdf"),
        }),
        engagement_version: 2,
        plan: SecurityPlan {
            versions: vec![PlanVersion {
                version: 1,
                document: paper("pas.pdf"),
                themes: Theme::ALL.map(|theme| (theme, "chapitre".to_owned())).to_vec(),
                acceptance: Acceptance::Standard { at: at("2026-01-05 00:00"), by: name("r.dupont") },
            }],
        },
        agreement: Some(Agreement {
            version: 3,
            span: Span { from: at("2026-01-01 00:00"), until: at("2027-05-31 00:00") },
            document: paper("convention.pdf"),
            headings: Heading::ALL.map(|heading| (heading, "article".to_owned())).to_vec(),
        }),
        requesters: Requesters {
            check: RequesterCheck::List,
            people: vec![name("q.durand")],
            version: 4,
            sent_at: Some(at("2026-11-01 08:00")),
            acknowledged_at: Some(at("2026-11-02 08:00")),
        },
        report: Some(ReportTerms {
            form: "document".to_owned(),
            channel: "portail".to_owned(),
            within_days: 2,
        }),
        erasure_within_days: 7,
        overdue_blocks: true,
        entrusted: Vec::new(),
        installed: Vec::new(),
        audits: Vec::new(),
        covers: Vec::new(),
        confirm_within_days: 365,
        evidence_within_days: None,
    }
}

fn service() -> Service {
    Service {
        id: name("maintenance-scanner"),
        establishment: name("nord"),
        contract: name("c-1"),
        title: "Maintenance du scanner".to_owned(),
        kind: Kind::Maintenance,
        level: Level::Two,
        path: Path::Gateway,
        central_traces: true,
        // Without effect while traces are centralised.
        local_traces: Some("le constructeur ne sait pas les envoyer".to_owned()),
        purpose: Purpose::Functioning,
        until: None,
        equipment: vec![name("scanner"), name("console")],
        rights: Rights::NONE.with(Right::Shell).with(Right::SftpRead),
        uploads: Uploads::default(),
        actions: vec!["lire les journaux".to_owned()],
        windows: vec![Window {
            when: WindowKind::Weekly { days: vec![Weekday::Tue], from: name("18:00"), to: name("20:00") },
            agreed_by: name("b.petit"),
            agreed_at: at("2026-01-10 00:00"),
        }],
        qualified: false,
        unchecked_ticket: UncheckedTicket::Note,
        checklist: vec![
            ChecklistItem { id: "backup".to_owned(), text: "sauvegarde faite".to_owned() },
            ChecklistItem { id: "rollback".to_owned(), text: "retour arrière prêt".to_owned() },
        ],
        checks_within_hours: None,
        beneficiaries: vec![name("b.petit")],
        idle_secs: 600,
        extension_secs: 1800,
        exception_secs: 7200,
        assurance: Assurance::Fingerprint,
        typed_purpose: None,
        shows_provider_secrets: false,
        declared: RuleId::ALL.into_iter().map(|rule| (rule, declared())).collect(),
        implemented_by: std::collections::BTreeMap::new(),
    }
}

fn declared() -> Declared {
    Declared {
        clause: Some(Clause { document: paper("contrat.pdf"), article: "art. 7".to_owned() }),
        held: Some(Declaration {
            by: "m.chef".to_owned(),
            at: at("2026-06-01 00:00"),
            until: at("2027-06-01 00:00"),
            document: paper("attestation.pdf"),
        }),
    }
}

/// The scanner, in order.
pub fn equipment() -> Equipment {
    Equipment {
        id: name("scanner"),
        establishment: name("nord"),
        title: "Scanner fictif".to_owned(),
        address: name("192.0.2.20:22"),
        holds_data: true,
        admin_zone: Some("biomed".to_owned()),
        own_link: None,
        host_key: HostKeyState::Pinned {
            fingerprint: Fingerprint("SHA256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB".to_owned()),
            by: name("r.dupont"),
            at: at("2026-01-10 00:00"),
        },
        account: Some(ReservedAccount {
            login: "poterne-scanner".to_owned(),
            secret: SecretKind::Key,
            login_shared_with: Vec::new(),
            secret_shared_with: Vec::new(),
            secret_held: true,
            rotation: domain::RotationBy::Hand,
            rotated_at: None,
            rotation_due: None,
        }),
        default_accounts: DefaultAccounts::Clean { at: at("2026-01-10 00:00"), by: name("r.dupont") },
        old_algorithms: Vec::new(),
        commissioning: None,
    }
}

/// The technician: employed by the provider, both engagements signed.
pub fn staff() -> Staff {
    let signed = |kind| Engagement {
        person: name("a.martin"),
        establishment: name("nord"),
        kind,
        version: 2,
        signed_at: at("2026-01-15 00:00"),
        withdrawn_at: None,
        attestation: Some(paper("attestation-employeur.pdf")),
        paper: None,
    };
    Staff {
        person: Person { name: "Anne Martin".to_owned(), ..people::person("a.martin", "acme") },
        employer: provider("acme", "Acme Imagerie (fictif)"),
        engagements: vec![signed(EngagementKind::Confidentiality), signed(EngagementKind::Limitation)],
        credentials: Credentials { enrolment: 0, vouched: vec![vouched_key(&key_of("a.martin"))] },
    }
}

/// A key that the security officer vouched for.
pub fn vouched_key(key: &Fingerprint) -> VouchedKey {
    VouchedKey { key: key.clone(), enrolment: 0, by: name("s.rssi"), at: at("2026-01-16 00:00"), fell: None }
}

/// The approved intervention on the scanner, its checklist ticked.
pub fn intervention() -> Intervention {
    let tick = |item: &str| Tick {
        item: item.to_owned(),
        by: name("b.petit"),
        at: at("2026-11-24 17:00"),
        evidence: "numéro 42".to_owned(),
        not_needed: false,
    };
    Intervention {
        id: name("i-1"),
        establishment: name("nord"),
        service: name("maintenance-scanner"),
        equipment: vec![name("scanner")],
        objective: "mise à jour fictive".to_owned(),
        reason_out: None,
        requested_by: name("q.durand"),
        requested_at: at("2026-11-23 08:00"),
        requested_via: RequestedVia::SignedIn,
        state: State::Approved,
        planned: Some(Span { from: at("2026-11-23 08:00"), until: at("2026-12-23 18:00") }),
        move_asked: None,
        qualification: None,
        approval: Some(Approval {
            by: name("b.petit"),
            at: at("2026-11-23 10:00"),
            agreement_version: 3,
            agreement_sha256: String::new(),
            checks_from: None,
            relayed_by: None,
        }),
        ticks: vec![tick("backup"), tick("rollback")],
        exceptions: Vec::new(),
        derogations: Vec::new(),
        extension: None,
        long_operation: None,
        set_aside: None,
        closing: None,
        report: None,
        residual: Vec::new(),
        residual_more: 0,
        erasure: None,
        reviewed: None,
        sessions: 0,
        consent: None,
        attendance: None,
        deliveries: Vec::new(),
        past: Vec::new(),
        exception_asked: None,
    }
}
