//! Everything that can expire, before it does: what ends, when, what follows and who can mend it. One function of the facts
//! and of the time; a mail, a screen and a command say the same.
//!
//! What is signed or declared warns 90, 30 and 7 days before its end. What an intervention owes afterwards (report,
//! attestation, review) is told from the moment on that it is owed.

mod ending;
mod owed;
mod things;

use std::time::Duration;

use domain::{Declaration, Officer, RiskTreatment, ServiceFacts, WindowKind};
use vocab::{Path, RuleId, Source, Text, Timestamp};

use crate::evidence::say;
use crate::rules::t4::AUDIT_MAX;
use crate::{Applicability, Conditions, Mender, Status, applies, treatment_holds};

/// The smallest time there is here.
const MOMENT: Duration = Duration::from_micros(1);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// An emergency act is reviewed within two days of its end, all days counted (rules.md §3).
const REVIEW_DAYS: u32 = 2;

/// A closed intervention is reviewed within a month; proposed by us, the guide gives no number.
const CLOSED_REVIEW_DAYS: u32 = 30;

/// A proposed closing is answered within a week; proposed by us, the guide gives no number.
pub const CLOSING_DAYS: u32 = 7;

/// How near a deadline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Within {
    /// It is past.
    Overdue,
    /// Seven days at most.
    Week,
    /// Thirty days at most.
    Month,
    /// Ninety days at most.
    Quarter,
}

impl Within {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Overdue, Self::Week, Self::Month, Self::Quarter];

    /// Of a moment, seen from now; `None`: it is far.
    pub fn of(due: Timestamp, now: Timestamp) -> Option<Self> {
        let ahead = |days: u32| due <= now.after(DAY * days);
        [(Self::Overdue, 0), (Self::Week, 7), (Self::Month, 30), (Self::Quarter, 90)]
            .into_iter()
            .find(|(_, days)| ahead(*days))
            .map(|(within, _)| within)
    }

    /// In words.
    pub fn text(self) -> Text {
        let (fr, en) = match self {
            Self::Overdue => ("Échu", "Overdue"),
            Self::Week => ("Dans les 7 jours", "Within 7 days"),
            Self::Month => ("Dans les 30 jours", "Within 30 days"),
            Self::Quarter => ("Dans les 90 jours", "Within 90 days"),
        };
        Text::new(fr, en)
    }
}

/// Something that ends, or that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// How near it is.
    pub within: Within,
    /// When.
    pub due: Timestamp,
    /// The rule that it bears on.
    pub rule: Source,
    /// What ends or is owed.
    pub what: Text,
    /// What follows when nothing is done.
    pub then: Text,
    /// Who can mend it.
    pub mender: Mender,
}

/// The deadlines of one service, the nearest first.
pub fn deadlines(facts: &ServiceFacts, now: Timestamp) -> Vec<Deadline> {
    let mut list = List { facts, now, found: Vec::new() };
    list.acts();
    list.delegations();
    list.turns();
    list.direct();
    list.evidence();
    list.declarations();
    list.audits();
    list.windows();
    list.endings();
    list.risks();
    list.dossier();
    list.engagements();
    list.secrets();
    list.custody();
    list.vulnerabilities();
    list.filter();
    list.past_work();
    list.yearly();
    list.commissioning();
    list.interventions();
    in_order(list.found)
}

/// The deadlines of several services, each once: what they have in common (a contract, a delegation) is told once.
pub fn deadlines_of_all<'a>(
    services: impl IntoIterator<Item = &'a ServiceFacts>,
    now: Timestamp,
) -> Vec<Deadline> {
    in_order(services.into_iter().flat_map(|facts| deadlines(facts, now)).collect())
}

/// The nearest first, each once.
fn in_order(mut all: Vec<Deadline>) -> Vec<Deadline> {
    let order = |one: &Deadline, other: &Deadline| {
        let key = |one: &Deadline| (one.due, one.rule);
        key(one).cmp(&key(other)).then_with(|| one.what.fr.cmp(&other.what.fr))
    };
    all.sort_by(order);
    all.dedup();
    all
}

struct List<'a> {
    facts: &'a ServiceFacts,
    now: Timestamp,
    found: Vec<Deadline>,
}

impl List<'_> {
    fn add(&mut self, rule: Source, due: Timestamp, mender: Mender, what: Text, then: Text) {
        if let Some(within) = Within::of(due, self.now) {
            self.found.push(Deadline { within, due, rule, what, then, mender });
        }
    }

    /// Whether a rule is asked of the service at its target level.
    fn asked(&self, rule: RuleId) -> bool {
        let facts = self.facts;
        let conditions = Conditions::of(facts, self.now);
        applies(rule, facts.service.kind, facts.level(), facts.path(), conditions) == Applicability::Applies
    }

    /// Contract and agreement.
    fn acts(&mut self) {
        let contract = &self.facts.contract;
        let (id, provider) = (&contract.id, &contract.provider);
        self.add(
            Source::Guide(RuleId::C1),
            contract.span.until,
            Mender::Responsable,
            say!("Le contrat {id} avec {provider} prend fin.", "The contract {id} with {provider} ends."),
            say!(
                "Ensuite plus rien n'ouvre sous ce contrat.",
                "Nothing opens under this contract afterwards."
            ),
        );
        if let Some(agreement) = &contract.agreement {
            let version = agreement.version;
            self.add(
                Source::Guide(RuleId::O1),
                agreement.span.until,
                Mender::Responsable,
                say!(
                    "La convention de service du contrat {id} (version {version}) prend fin.",
                    "The service agreement of the contract {id} (version {version}) ends."
                ),
                say!(
                    "Ensuite plus rien n'ouvre sous ce contrat.",
                    "Nothing opens under this contract afterwards."
                ),
            );
        }
    }

    /// Mandates of auditors, and a rota of those on call that comes to its end with nobody who holds the office besides.
    fn turns(&mut self) {
        let here = &self.facts.establishment;
        let of = |office: Officer| here.turns.iter().filter(move |turn| turn.office == office);
        for turn in of(Officer::Auditor) {
            let goes_on = of(Officer::Auditor)
                .any(|other| other.person == turn.person && other.span.until > turn.span.until);
            let person = &turn.person;
            if !goes_on {
                self.add(
                    Source::Guide(RuleId::C8),
                    turn.span.until,
                    Mender::Responsable,
                    say!("Le mandat d'audit de {person} prend fin.", "The audit mandate of {person} ends."),
                    say!("Ensuite cette personne ne voit plus rien.", "That person sees nothing afterwards."),
                );
            }
        }
        let standing = here.officers.iter().any(|(office, _)| *office == Officer::Oncall);
        if let Some(last) = of(Officer::Oncall).map(|turn| turn.span.until).max().filter(|_| !standing) {
            self.add(
                Source::Guide(RuleId::O3),
                last,
                Mender::Responsable,
                say!("Le tableau d'astreinte prend fin.", "The rota of those on call ends."),
                say!(
                    "Ensuite personne d'astreinte n'accorde d'exception.",
                    "Nobody on call grants an exception afterwards."
                ),
            );
        }
    }

    /// The signed decision on a direct path: its end, and its review.
    fn direct(&mut self) {
        let service = &self.facts.service.id;
        let direct = self.facts.direct.as_ref().filter(|direct| direct.signed.is_some());
        let Some(direct) = direct.filter(|_| self.facts.path() == Path::Direct) else { return };
        self.add(
            Source::Guide(RuleId::T6),
            direct.span.until,
            Mender::Responsable,
            say!(
                "La décision sur l'accès direct de la prestation {service} prend fin.",
                "The decision on the direct path of the service {service} ends."
            ),
            say!(
                "Ensuite l'accès direct est sans décision.",
                "The direct path is without a decision afterwards."
            ),
        );
        self.add(
            Source::Guide(RuleId::T1),
            direct.review,
            Mender::Responsable,
            say!(
                "L'accès direct de la prestation {service} est à revoir.",
                "The direct path of the service {service} is to be reviewed."
            ),
            say!("Ensuite la règle n'est tenue qu'en partie.", "The rule is met in part only afterwards."),
        );
    }

    /// What is held by declaration only, not what the gate sees for itself; an audit for twelve months at most.
    fn declarations(&mut self) {
        let service = &self.facts.service.id;
        let rules: Vec<RuleId> = RuleId::ALL.into_iter().filter(|rule| self.asked(*rule)).collect();
        for rule in rules {
            let held = self.facts.service.declared(rule).and_then(|declared| declared.held.as_ref());
            let Some(Declaration { at, until, .. }) = held else { continue };
            let due = if rule == RuleId::T4 { (*until).min(at.after(AUDIT_MAX)) } else { *until };
            // As it stood when the declaration last stood: where the gate sees for itself, or where the rule rests on another
            // word (the act, the plan, the agreement), nothing leans on it.
            let last = self.now.min(due.before(MOMENT));
            let status = (crate::rule(rule).assess)(self.facts, last).status;
            if !matches!(status, Status::MetDeclared { date, .. } if date == *at) {
                continue;
            }
            let name = rule.as_str();
            self.add(
                Source::Guide(rule),
                due,
                Mender::Responsable,
                say!(
                    "La déclaration sur {name} pour la prestation {service} n'a plus cours.",
                    "The declaration about {name} for the service {service} holds no more."
                ),
                say!(
                    "Ensuite la règle compte comme non appliquée.",
                    "The rule counts as not applied afterwards."
                ),
            );
        }
    }

    /// Audits that are planned, findings that are open, and the day on which the last audit of the access point grows old.
    fn audits(&mut self) {
        let (facts, now) = (self.facts, self.now);
        let of_provider = facts.contract.audits.iter().map(|audit| (RuleId::C8, Mender::Provider, audit));
        let of_gate = facts.establishment.audits.iter().map(|audit| (RuleId::T4, Mender::It, audit));
        for (rule, mender, audit) in of_provider.chain(of_gate) {
            let id = &audit.id;
            if let Some(planned) = audit.awaited(now) {
                self.add(
                    Source::Guide(rule),
                    planned,
                    Mender::Responsable,
                    say!("L'audit {id} est prévu.", "The audit {id} is planned."),
                    say!(
                        "Il reste prévu tant que son rapport manque.",
                        "It stays planned as long as its report is lacking."
                    ),
                );
            }
            for (finding, due) in audit.open(now) {
                let (name, what) = (&finding.id, &finding.what);
                self.add(
                    Source::Guide(rule),
                    due,
                    mender,
                    say!(
                        "Le constat {name} de l'audit {id} est à clore : {what}",
                        "The finding {name} of the audit {id} is to be closed: {what}"
                    ),
                    say!("L'évaluation dit le retard.", "The assessment says that it is late."),
                );
            }
        }
        let last = facts
            .establishment
            .audits
            .iter()
            .filter_map(|audit| audit.done.filter(|done| *done <= now))
            .max();
        if let Some(last) = last.filter(|_| self.asked(RuleId::T4)) {
            self.add(
                Source::Guide(RuleId::T4),
                last.after(AUDIT_MAX),
                Mender::It,
                say!(
                    "Le dernier audit du point d'accès a douze mois.",
                    "The last audit of the access point is twelve months old."
                ),
                say!(
                    "Ensuite la règle compte comme non appliquée.",
                    "The rule counts as not applied afterwards."
                ),
            );
        }
    }

    /// Continuous periods are agreed again each year.
    fn windows(&mut self) {
        let service = &self.facts.service.id;
        for window in &self.facts.service.windows {
            let WindowKind::Continuous { renew_by } = window.when else { continue };
            let by = &window.agreed_by;
            self.add(
                Source::Guide(RuleId::O3),
                renew_by,
                Mender::Beneficiary,
                say!(
                    "La plage continue de la prestation {service}, convenue avec {by}, est à renouveler.",
                    "The continuous period of the service {service}, agreed with {by}, is to be renewed."
                ),
                say!("Ensuite cette plage n'ouvre plus rien.", "That period opens nothing afterwards."),
            );
        }
    }

    /// Treatments that hold, with their review, and the transition. What another treatment goes on for does not end.
    fn risks(&mut self) {
        let (facts, service) = (self.facts, &self.facts.service.id);
        let began = |treatment: &&RiskTreatment| {
            // As it stood when it was last in force: what has ended is told too.
            let last = self.now.min(treatment.ends().before(MOMENT));
            treatment_holds(treatment, facts, last)
        };
        let held: Vec<&RiskTreatment> = facts.treatments.iter().filter(began).collect();
        for treatment in &held {
            let (rule, owner) = (treatment.rule.as_str(), &treatment.owner);
            let on = treatment.part();
            let goes_on = held.iter().any(|other| {
                other.rule == treatment.rule
                    && other.ends() > treatment.ends()
                    && (other.equipment.is_empty() || other.equipment.is_superset(&treatment.equipment))
            });
            if goes_on {
                continue;
            }
            self.add(
                Source::Guide(treatment.rule),
                treatment.span.until,
                Mender::Responsable,
                say!(
                    "Le traitement du risque de {rule}{on} pour la prestation {service}, signé par {owner}, prend fin.",
                    "The treatment of the risk of {rule}{on} for the service {service}, signed by {owner}, ends."
                ),
                say!(
                    "Ensuite la règle est non appliquée et non traitée : ce qu'elle refuse n'ouvre plus.",
                    "The rule is not applied and not treated afterwards: what it refuses opens no more."
                ),
            );
            self.add(
                Source::Guide(treatment.rule),
                treatment.review,
                Mender::Responsable,
                say!(
                    "Le traitement du risque de {rule}{on} pour la prestation {service} est à revoir.",
                    "The treatment of the risk of {rule}{on} for the service {service} is to be reviewed."
                ),
                say!(
                    "Ensuite il ne traite plus rien, jusqu'à ce qu'un texte revu soit signé.",
                    "It treats nothing afterwards, until a reviewed text is signed."
                ),
            );
            self.transferred(treatment);
            self.measures(treatment);
        }
        if let Some(transition) = facts.transition.as_ref().filter(|transition| transition.signed.is_some()) {
            self.add(
                Source::Guide(RuleId::C1),
                transition.span.until,
                Mender::Responsable,
                say!(
                    "La transition de la prestation {service} prend fin.",
                    "The transition of the service {service} ends."
                ),
                say!(
                    "Ensuite ce que les règles refusent n'ouvre plus.",
                    "What the rules refuse opens no more afterwards."
                ),
            );
        }
    }

    /// A contract that takes a risk over, and whose end is the treatment's.
    fn transferred(&mut self, treatment: &RiskTreatment) {
        let term = treatment.transferred.filter(|term| term.until < treatment.span.until);
        let Some((contract, term)) = treatment.transfer.as_ref().zip(term) else { return };
        let (rule, service) = (treatment.rule.as_str(), &self.facts.service.id);
        self.add(
            Source::Guide(treatment.rule),
            term.until,
            Mender::Responsable,
            say!(
                "Le contrat {contract}, qui prend le risque de {rule} pour la prestation {service}, prend fin.",
                "The contract {contract}, which takes over the risk of {rule} for the service {service}, ends."
            ),
            say!("Le traitement finit avec lui.", "The treatment ends with it."),
        );
    }

    /// What is to be done against a risk, and is not yet.
    fn measures(&mut self, treatment: &RiskTreatment) {
        let (rule, service) = (treatment.rule.as_str(), &self.facts.service.id);
        for measure in treatment.measures.iter().filter(|measure| measure.done.is_none()) {
            let (what, by) = (&measure.what, &measure.by);
            self.add(
                Source::Guide(treatment.rule),
                measure.until,
                Mender::Responsable,
                say!(
                    "La mesure « {what} » ({by}) contre le risque de {rule}, prestation {service}, est attendue.",
                    "The measure \"{what}\" ({by}) against the risk of {rule}, service {service}, is due."
                ),
                say!("L'évaluation dit le retard.", "The assessment says that it is late."),
            );
        }
    }

    /// The provider's signed dossier: the day until which it is to be confirmed (C3), and what nobody has read yet.
    fn dossier(&mut self) {
        let (provider, days) = (&self.facts.provider, self.facts.contract.confirm_within_days);
        if let Some(dossier) = &provider.dossier {
            let (name, serial) = (&provider.id, dossier.serial);
            self.add(
                Source::Guide(RuleId::C3),
                dossier.good_until(days),
                Mender::Provider,
                say!(
                    "Le dossier n° {serial} du fournisseur {name} est à confirmer par un plus récent.",
                    "The dossier no. {serial} of the provider {name} is to be confirmed by a newer one."
                ),
                say!(
                    "Ensuite la règle n'est tenue qu'en partie.",
                    "The rule is met in part only afterwards."
                ),
            );
        }
    }

    /// Engagements that are withdrawn from a known day on, nothing else binding.
    fn engagements(&mut self) {
        let version = self.facts.contract.engagement_version;
        for staff in self.facts.staff.iter().filter(|staff| staff.person.active) {
            for signed in &staff.engagements {
                let Some(ends) = signed.withdrawn_at.filter(|_| signed.binds(version, self.now)) else {
                    continue;
                };
                if staff.bound_by(signed.kind, version, ends).is_some() {
                    continue;
                }
                let person = &staff.person.id;
                let (rule, fr, en) = match signed.kind {
                    domain::EngagementKind::Confidentiality => {
                        (RuleId::C6, "de confidentialité", "of confidentiality")
                    }
                    domain::EngagementKind::Limitation => (RuleId::C7, "de limitation", "of limitation"),
                };
                self.add(
                    Source::Guide(rule),
                    ends,
                    Mender::Provider,
                    say!(
                        "L'engagement {fr} de {person} est retiré.",
                        "The engagement {en} of {person} is withdrawn."
                    ),
                    say!(
                        "Ensuite rien n'ouvre à cette personne.",
                        "Nothing opens to that person afterwards."
                    ),
                );
            }
        }
    }
}
