//! What a finding leans on, as links beside its sentences: the facts with their versions, the papers by their hashes, the acts
//! by their moments, what the gate saw itself. A reader follows them into the ledger, the documents and the facts.
//!
//! Which facts those are, each rule says in its own file ([`Lean`]); here they are found. Nothing is named that is not in
//! the facts.

use domain::{
    DocumentRef, EngagementKind, FactVersion, ImplementedBy, Intervention, ServiceFacts, Witnessed,
};
use vocab::{EquipmentId, InterventionId, Timestamp, Uploads};

use crate::{Finding, Status, rule, transition_holds, treatment_holds};

/// Links told of one finding: what one follows in a sitting. More are counted.
pub const LINKS_MAX: usize = 12;

/// On which facts a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lean {
    /// The establishment.
    House,
    /// The provider.
    Provider,
    /// The contract, and its paper.
    Contract,
    /// The security assurance plan in force.
    Plan,
    /// The service agreement.
    Agreement,
    /// The service.
    Service,
    /// Its equipment; where some is at fault, that.
    Equipment,
    /// The people of the provider's side.
    People,
    /// What they signed.
    Engagements(EngagementKind),
    /// Who vouched for their keys.
    Keys,
    /// Subcontractors and their papers.
    Subcontracts,
    /// The grounds of work outside the Union.
    Transfers,
    /// What changed of the provider (C3).
    Notices,
    /// Audits of the establishment and of the contract.
    Audits,
    /// Providers that are stopped, and why (E4).
    Suspensions,
    /// The decision to go past the gate.
    Direct,
    /// Evidence from outside.
    Outside,
    /// What was entrusted, and who confirmed that it is given back.
    Custody,
    /// Who signed that a known vulnerability stays (E5).
    Decisions,
    /// How a filter was compared with what is on file.
    Filter,
    /// Who looked at who may come of the provider.
    Accounts,
    /// Secrets that were changed.
    Rotations,
    /// Requests of interventions.
    Requests,
    /// Their approvals.
    Approvals,
    /// What was checked for them.
    Checks,
    /// Exceptions to the windows.
    Exceptions,
    /// Reports.
    Reports,
    /// Attestations of erasure.
    Erasures,
    /// That the gate can write its traces.
    TraceStore,
    /// Whether the gate has a scanner.
    Scanner,
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// A fact, in the version that stood.
    Fact(FactVersion),
    /// A paper that is kept here.
    Paper {
        /// As it is called.
        name: String,
        /// SHA-256, hexadecimal: what it is known by.
        sha256: String,
    },
    /// An act: its entry stands in the establishment's ledger.
    Act {
        /// The code of the event.
        code: &'static str,
        /// In which intervention.
        intervention: Option<InterventionId>,
        /// The moment that the entry bears.
        at: Timestamp,
    },
    /// What the gate saw itself.
    Seen {
        /// `trace-store` or `scanner`.
        what: &'static str,
        /// When.
        at: Timestamp,
    },
}

/// The codes of the acts that findings are linked to.
pub const ACTS: [&str; 24] = [
    "checklist-ticked",
    "commissioning-confirmed",
    "account-rotated",
    "direct-path-decided",
    "document-filed",
    "document-confirmed",
    "entrusted-confirmed",
    "erasure-attested",
    "exception-granted",
    "exception-reviewed",
    "incident-declared",
    "intervention-approved",
    "intervention-qualified",
    "intervention-requested",
    "notice-read",
    "person-vouched",
    "provider-resumed",
    "provider-suspended",
    "report-handed-over",
    "risk-treated",
    "transition-signed",
    "vulnerability-postponed",
    "filter-checked",
    "accounts-reviewed",
];

impl Finding {
    /// What the finding leans on, each once, the first ones of many, and how many there are more. Not asked of the service,
    /// a rule leans on the service alone.
    pub fn links(&self, facts: &ServiceFacts, now: Timestamp) -> (Vec<Link>, usize) {
        let mut all = Links { facts, now, found: Vec::new() };
        if matches!(self.status, Status::NotApplicable(_)) {
            all.fact("service", facts.service.id.as_str());
        } else {
            all.treated(self);
            all.declared(self);
            rule(self.rule).leans.iter().for_each(|lean| all.lean(*lean, &self.concerns));
        }
        let more = all.found.len().saturating_sub(LINKS_MAX);
        all.found.truncate(LINKS_MAX);
        (all.found, more)
    }
}

struct Links<'a> {
    facts: &'a ServiceFacts,
    now: Timestamp,
    found: Vec<Link>,
}

impl<'a> Links<'a> {
    fn add(&mut self, link: Link) {
        if !self.found.contains(&link) {
            self.found.push(link);
        }
    }

    /// A fact, if its version is known.
    fn fact(&mut self, kind: &str, name: &str) {
        let key = |one: &FactVersion| (one.kind.as_str(), one.name.as_str()).cmp(&(kind, name));
        let place = self.facts.versions.binary_search_by(key).ok();
        let found = place.and_then(|place| self.facts.versions.get(place)).cloned();
        found.into_iter().for_each(|version| self.add(Link::Fact(version)));
    }

    fn act(&mut self, code: &'static str, at: Timestamp) {
        self.add(Link::Act { code, intervention: None, at });
    }

    fn acts(&mut self, of: &Intervention, code: &'static str, at: impl IntoIterator<Item = Timestamp>) {
        let link = |at| Link::Act { code, intervention: Some(of.id.clone()), at };
        at.into_iter().map(link).for_each(|link| self.add(link));
    }

    /// A paper, where it is kept here: a name alone leads nowhere.
    fn paper(&mut self, named: &DocumentRef) {
        let Some(filed) = self.facts.filed.iter().find(|filed| filed.is(named)) else { return };
        self.add(Link::Paper { name: filed.name.clone(), sha256: filed.sha256.clone() });
        self.act("document-filed", filed.filed_at);
        filed.confirmed.iter().for_each(|one| self.act("document-confirmed", one.at));
    }

    /// The treatment that a treated rule rests on; the transition under which what is enforced is observed only.
    fn treated(&mut self, finding: &Finding) {
        let (facts, now) = (self.facts, self.now);
        if matches!(finding.status, Status::NotAppliedTreated { .. }) {
            let holds = facts
                .treatments
                .iter()
                .filter(|one| one.rule == finding.rule && treatment_holds(one, facts, now));
            for one in holds {
                self.fact("treatment", &one.fact_name());
                one.signed.iter().for_each(|signed| self.act("risk-treated", signed.at));
            }
        }
        let observed = finding.status == Status::MetObserved;
        if let Some(transition) = transition_holds(facts, now).filter(|_| observed) {
            self.fact("transition", facts.service.id.as_str());
            transition.signed.iter().for_each(|signed| self.act("transition-signed", signed.at));
        }
    }

    /// What is declared of the rule for the service, and on which papers.
    fn declared(&mut self, finding: &Finding) {
        let service = &self.facts.service;
        let implemented = match service.implemented_by.get(&finding.rule) {
            Some(ImplementedBy::Provider(clause)) => Some(clause),
            _ => None,
        };
        let declared = service.declared(finding.rule);
        if declared.is_some() || implemented.is_some() {
            self.fact("service", service.id.as_str());
        }
        let clause = declared.and_then(|declared| declared.clause.as_ref());
        let held = declared.and_then(|declared| declared.held.as_ref()).map(|word| &word.document);
        let clauses = [clause, implemented].into_iter().flatten().map(|clause| &clause.document);
        clauses.chain(held).for_each(|named| self.paper(named));
    }

    fn lean(&mut self, lean: Lean, concerns: &[EquipmentId]) {
        let facts = self.facts;
        match lean {
            Lean::House => self.fact("establishment", facts.establishment.id.as_str()),
            Lean::Provider => self.fact("provider", facts.provider.id.as_str()),
            Lean::Service => self.fact("service", facts.service.id.as_str()),
            Lean::Contract
            | Lean::Plan
            | Lean::Agreement
            | Lean::Subcontracts
            | Lean::Audits
            | Lean::Custody
            | Lean::Decisions => {
                self.contract(lean);
            }
            Lean::Equipment | Lean::Rotations => self.equipment(lean, concerns),
            Lean::People | Lean::Engagements(_) | Lean::Keys | Lean::Transfers => self.people(lean),
            Lean::Notices | Lean::Suspensions => self.provider(lean),
            Lean::Direct | Lean::Outside => self.direct(lean),
            Lean::Filter => {
                facts.filter_check.iter().for_each(|checked| self.act("filter-checked", checked.at));
            }
            Lean::Accounts => {
                facts.accounts_review.iter().for_each(|seen| self.act("accounts-reviewed", seen.at));
            }
            Lean::TraceStore | Lean::Scanner => self.seen(lean),
            Lean::Requests
            | Lean::Approvals
            | Lean::Checks
            | Lean::Exceptions
            | Lean::Reports
            | Lean::Erasures => {
                facts.interventions.iter().chain(&facts.unsettled).for_each(|one| self.of(lean, one))
            }
        }
    }

    fn contract(&mut self, lean: Lean) {
        let (facts, now) = (self.facts, self.now);
        let contract = &facts.contract;
        self.fact("contract", contract.id.as_str());
        match lean {
            Lean::Plan => contract.plan.in_force(now).iter().for_each(|plan| self.paper(&plan.document)),
            Lean::Agreement => contract.agreement.iter().for_each(|one| self.paper(&one.document)),
            Lean::Subcontracts => {
                let listed = contract.subcontracts.iter().filter(|sub| sub.listed(now));
                listed
                    .flat_map(|sub| sub.authorised.iter().chain(&sub.flow_down))
                    .for_each(|one| self.paper(one));
            }
            Lean::Audits => {
                let audits = contract.audits.iter().chain(&facts.establishment.audits);
                audits.filter_map(|audit| audit.document.as_ref()).for_each(|report| self.paper(report));
            }
            Lean::Custody | Lean::Decisions => {
                for one in &facts.witnesses {
                    let (of, code) = match one.of {
                        Witnessed::Entrusted { .. } => (Lean::Custody, "entrusted-confirmed"),
                        Witnessed::Commissioned { .. } => (Lean::Custody, "commissioning-confirmed"),
                        Witnessed::Decided { .. } => (Lean::Decisions, "vulnerability-postponed"),
                    };
                    if of == lean {
                        self.act(code, one.at);
                    }
                }
            }
            _ => contract.document.iter().for_each(|paper| self.paper(paper)),
        }
    }

    fn equipment(&mut self, lean: Lean, concerns: &[EquipmentId]) {
        let at_fault = |id: &EquipmentId| concerns.is_empty() || concerns.contains(id);
        let facts = self.facts;
        for one in facts.equipment.iter().filter(|one| at_fault(&one.id)) {
            if lean == Lean::Equipment {
                self.fact("equipment", one.id.as_str());
            } else if let Some(at) = one.account.as_ref().and_then(|account| account.rotated_at) {
                self.act("account-rotated", at);
            }
        }
    }

    fn people(&mut self, lean: Lean) {
        let facts = self.facts;
        for staff in &facts.staff {
            match lean {
                Lean::People => self.fact("person", staff.person.id.as_str()),
                Lean::Keys => {
                    let vouched = staff
                        .person
                        .keys
                        .iter()
                        .filter_map(|key| staff.credentials.vouching(&key.fingerprint));
                    vouched.for_each(|one| self.act("person-vouched", one.at));
                }
                Lean::Engagements(kind) => {
                    for signed in staff.engagements.iter().filter(|signed| signed.kind == kind) {
                        self.fact("engagement", &signed.fact_name());
                        signed.paper.iter().chain(&signed.attestation).for_each(|paper| self.paper(paper));
                    }
                }
                _ => staff.employer.transfers.iter().for_each(|ground| self.paper(&ground.document)),
            }
        }
        if lean == Lean::Transfers {
            facts.provider.transfers.iter().for_each(|ground| self.paper(&ground.document));
        }
    }

    fn provider(&mut self, lean: Lean) {
        let facts = self.facts;
        if lean == Lean::Notices {
            for notice in &facts.notices {
                self.fact("notice", &notice.fact_name());
                notice.read.iter().for_each(|(_, at)| self.act("notice-read", *at));
            }
            return;
        }
        for one in &facts.suspensions {
            self.fact("suspension", one.provider.as_str());
            // An incident that is declared stops the provider by the same act.
            let declared = one.incidents.iter().any(|incident| incident.declared_at == one.since);
            self.act(if declared { "incident-declared" } else { "provider-suspended" }, one.since);
            one.incidents.iter().for_each(|incident| self.act("incident-declared", incident.declared_at));
            one.resumed.iter().for_each(|(at, _)| self.act("provider-resumed", *at));
        }
    }

    fn direct(&mut self, lean: Lean) {
        let facts = self.facts;
        if lean == Lean::Outside {
            for filed in facts.filed.iter().filter(|filed| filed.covers.is_some()) {
                self.add(Link::Paper { name: filed.name.clone(), sha256: filed.sha256.clone() });
                self.act("document-filed", filed.filed_at);
            }
        } else if let Some(decision) = &facts.direct {
            self.fact("direct", facts.service.id.as_str());
            self.paper(&decision.recommendation);
            decision.signed.iter().for_each(|signed| self.act("direct-path-decided", signed.at));
        }
    }

    /// What the gate saw of itself: nothing where that is not known of the moment, or the service does not pass it.
    fn seen(&mut self, lean: Lean) {
        // Without uploads that are held, nothing leans on the scanner.
        let idle = lean == Lean::Scanner && self.facts.service.uploads != Uploads::Hold;
        if self.facts.unseen || !self.facts.at_the_gate() || idle {
            return;
        }
        let what = if lean == Lean::Scanner { "scanner" } else { "trace-store" };
        self.add(Link::Seen { what, at: self.now });
    }

    fn of(&mut self, lean: Lean, one: &Intervention) {
        match lean {
            Lean::Requests => {
                self.acts(one, "intervention-requested", [one.requested_at]);
                let qualified = one.qualification.iter().map(|qualified| qualified.at);
                self.acts(one, "intervention-qualified", qualified);
            }
            Lean::Approvals => {
                self.acts(one, "intervention-approved", one.approval.iter().map(|given| given.at))
            }
            Lean::Checks => self.acts(one, "checklist-ticked", one.ticks.iter().map(|tick| tick.at)),
            Lean::Exceptions => {
                let reviewed = |exception: &domain::Exception| exception.reviewed.as_ref().map(|(at, _)| *at);
                self.acts(one, "exception-granted", one.exceptions.iter().map(|granted| granted.span.from));
                self.acts(one, "exception-reviewed", one.exceptions.iter().filter_map(reviewed));
            }
            Lean::Reports => self.acts(one, "report-handed-over", one.report.iter().map(|report| report.at)),
            _ => self.acts(one, "erasure-attested", one.erasure.iter().map(|(at, _)| *at)),
        }
    }
}
