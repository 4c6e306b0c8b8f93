//! How findings and refusals are put together: sentences in two languages, the two facets, declarations.

use domain::{Audit, Declaration, DocumentRef, ImplementedBy, Officer, ServiceFacts};
use vocab::{EquipmentId, HouseRule, PersonId, RuleId, Source, Text, Timestamp};

use crate::{Cause, Facet, Facets, Finding, Lift, Mender, Status, Unmet};

/// One sentence in both languages, with values by name.
macro_rules! say {
    ($fr:literal, $en:literal $(,)?) => {
        vocab::Text::new(format_args!($fr).to_string(), format_args!($en).to_string())
    };
}
pub(crate) use say;

/// How the facet *actually held* stands.
pub(crate) enum Held<'a> {
    /// The gate refuses whoever would break it.
    Enforced(Text),
    /// The gate sees that it is.
    Observed(Text),
    /// Somebody says so.
    Declared(&'a Declaration),
    /// It is not.
    Missing(Text),
    /// It is not, in these ways; at least one.
    Lacks(Vec<Unmet>),
    /// Nobody said.
    Unknown,
    /// It is not asked.
    NotApplicable(Cause),
}

/// So many lacks are told in one finding; of ten thousand people nobody reads more.
const LACKS_TOLD: usize = 5;

/// What the service declares about the holding of a rule.
pub(crate) fn declared_held(rule: RuleId, facts: &ServiceFacts, now: Timestamp) -> Held<'_> {
    match facts.service.declared(rule).and_then(|declared| declared.held.as_ref()) {
        Some(declaration) if declaration.stands(now) => Held::Declared(declaration),
        Some(declaration) => {
            let until = facts.establishment.zone.last_day(declaration.until);
            Held::Missing(say!(
                "La déclaration n'est pas en cours de validité (échéance {until}).",
                "The declaration is not valid now (expiry {until})."
            ))
        }
        None => Held::Unknown,
    }
}

/// A contractual rule: its clause as declared for the service, and its holding as given.
pub(crate) fn two_facets(rule: RuleId, facts: &ServiceFacts, now: Timestamp, held: Held<'_>) -> Finding {
    with_clause(rule, facts, clause(rule, facts, now), held)
}

/// Where the contract says it, as declared for the service. A contract that is not in force binds nobody to its clauses.
fn clause(rule: RuleId, facts: &ServiceFacts, now: Timestamp) -> Facet {
    match facts.service.declared(rule) {
        Some(domain::Declared { clause: Some(clause), .. }) if !facts.contract.span.holds(now) => {
            let (article, act) = (&clause.article, &facts.contract.id);
            let Text { fr, en } = paper(facts, &clause.document);
            Facet::Missing(say!(
                "Clause : {fr}, {article}, d'un acte qui n'est pas en vigueur (« {act} »).",
                "Clause: {en}, {article}, of an act that is not in force (`{act}`)."
            ))
        }
        Some(domain::Declared { clause: Some(clause), .. }) => {
            let (article, Text { fr, en }) = (&clause.article, paper(facts, &clause.document));
            Facet::Present(say!("Clause : {fr}, {article}.", "Clause: {en}, {article}."))
        }
        _ => Facet::Unknown(say!(
            "Personne n'a indiqué où le contrat le dit.",
            "Nobody said where the contract says it."
        )),
    }
}

/// A contractual rule whose clause is a fact of its own.
pub(crate) fn with_clause(rule: RuleId, facts: &ServiceFacts, clause: Facet, held: Held<'_>) -> Finding {
    let lacks = if let Held::Lacks(lacks) = &held { lacks.clone() } else { Vec::new() };
    let (status_if_clause, held) = holding(rule, facts, held);
    let mend_held = || lacks.first().map_or_else(mend_held, |lack| (lack.remedy.clone(), lack.mender));
    let (status, remedy) = match (&clause, &held, status_if_clause) {
        (Facet::Present(_), _, Some(met)) => (met, None),
        (Facet::Present(_), Facet::Missing(missing) | Facet::Unknown(missing), _) => {
            (Status::Partly { missing: missing.clone() }, Some(mend_held()))
        }
        (Facet::Missing(missing) | Facet::Unknown(missing), Facet::Present(_), _) => {
            (Status::Partly { missing: missing.clone() }, Some(mend_clause()))
        }
        (Facet::Unknown(_), Facet::Unknown(_) | Facet::NotApplicable(_), _) => {
            (Status::Unknown, Some(mend_clause()))
        }
        _ => (Status::NotApplied, Some(mend_clause())),
    };
    let mut finding = Finding::new(rule, status);
    finding.evidence = [&clause, &held].into_iter().map(Facet::said).collect();
    finding.evidence.extend(lacks.iter().skip(1).take(LACKS_TOLD - 1).map(|lack| lack.sentence.clone()));
    let more = lacks.len().saturating_sub(LACKS_TOLD);
    if more > 0 {
        finding = finding.because(say!("Et {more} autre(s) défaut(s).", "And {more} other lack(s)."));
    }
    finding.facets = Some(Facets { clause, held });
    finding.remedy = remedy;
    finding
}

/// The status that the holding earns when the clause stands, and the facet as it is shown.
fn holding(rule: RuleId, facts: &ServiceFacts, held: Held<'_>) -> (Option<Status>, Facet) {
    let unknown = || {
        Facet::Unknown(say!("Rien n'est déclaré sur sa tenue.", "Nothing is declared about its being held."))
    };
    match held {
        Held::Enforced(said) => (Some(Status::MetEnforced), Facet::Present(said)),
        Held::Observed(said) => (Some(Status::MetObserved), Facet::Present(said)),
        Held::Declared(word) => (Some(declared_status(word)), Facet::Present(declared_by(word, facts))),
        Held::Missing(said) => (None, Facet::Missing(said)),
        Held::Lacks(lacks) => match lacks.into_iter().next() {
            Some(lack) => (None, Facet::Missing(lack.sentence)),
            None => (None, unknown()),
        },
        Held::Unknown => (None, unknown()),
        Held::NotApplicable(cause) => (Some(by_clause(rule, facts)), Facet::NotApplicable(cause)),
    }
}

/// Met by what the contract says and nothing else, for as long as it is in force.
pub(crate) fn by_clause(rule: RuleId, facts: &ServiceFacts) -> Status {
    let clause = facts.service.declared(rule).and_then(|declared| declared.clause.as_ref());
    Status::MetDeclared {
        document: clause.map(|clause| clause.document.clone()),
        date: facts.contract.span.from,
        expiry: facts.contract.span.until,
    }
}

/// A rule with one facet that the gate cannot see: it reads what is declared, and says so.
pub(crate) fn declared_only(rule: RuleId, facts: &ServiceFacts, now: Timestamp, mender: Mender) -> Finding {
    let finding = match declared_held(rule, facts, now) {
        Held::Declared(word) => declared_met(rule, word, facts),
        Held::Missing(said) => Finding::new(rule, Status::NotApplied).because(said),
        _ => Finding::new(rule, Status::Unknown)
            .because(say!("Rien n'est déclaré sur cette règle.", "Nothing is declared about this rule.")),
    };
    let finding = implemented(finding, facts);
    if finding.status.is_met() {
        return finding;
    }
    finding.mended_by(
        mender,
        say!(
            "Mettre la règle en œuvre, puis la déclarer : par qui, quand, jusqu'à quand, sur quel document.",
            "Give effect to the rule, then declare it: by whom, when, until when, on which document."
        ),
    )
}

/// What is plainly not so on some equipment, whatever is declared: partly met where it is declared and some equipment
/// does not belie it, not applied otherwise.
pub(crate) fn against_the_word(
    rule: RuleId,
    facts: &ServiceFacts,
    now: Timestamp,
    at_fault: Vec<EquipmentId>,
    sentence: Text,
) -> Finding {
    let status = match declared_held(rule, facts, now) {
        Held::Declared(_) if at_fault.len() < facts.equipment.len() => {
            Status::Partly { missing: sentence.clone() }
        }
        _ => Status::NotApplied,
    };
    Finding::new(rule, status).because(sentence).on(at_fault)
}

/// Met, by this word only.
pub(crate) fn declared_met(rule: RuleId, word: &Declaration, facts: &ServiceFacts) -> Finding {
    Finding::new(rule, declared_status(word)).because(declared_by(word, facts))
}

/// Adds who implements a technical rule, where the contract hands it to the provider.
pub(crate) fn implemented(finding: Finding, facts: &ServiceFacts) -> Finding {
    match facts.service.implemented_by.get(&finding.rule) {
        Some(ImplementedBy::Provider(clause)) => {
            let (article, Text { fr, en }) = (&clause.article, paper(facts, &clause.document));
            finding.because(say!(
                "Mise en œuvre par le fournisseur, par délégation : {fr}, {article}.",
                "Implemented by the provider, by delegation: {en}, {article}."
            ))
        }
        Some(ImplementedBy::Sis) | None => finding,
    }
}

fn declared_status(word: &Declaration) -> Status {
    Status::MetDeclared { document: Some(word.document.clone()), date: word.at, expiry: word.until }
}

fn declared_by(word: &Declaration, facts: &ServiceFacts) -> Text {
    let zone = &facts.establishment.zone;
    let (by, at, until) = (&word.by, zone.day(word.at), zone.last_day(word.until));
    let Text { fr, en } = paper(facts, &word.document);
    say!(
        "Sur déclaration seule : {by}, le {at}, valable jusqu'au {until}, document : {fr}.",
        "By declaration only: {by}, on {at}, valid until {until}, document: {en}."
    )
}

/// A paper by its name, and whether it is kept here: by its hash, for a name proves nothing.
pub(crate) fn paper(facts: &ServiceFacts, named: &DocumentRef) -> Text {
    let name = &named.name;
    match facts.filed.iter().find(|filed| filed.is(named)) {
        Some(filed) => {
            let (short, at) = (filed.short(), facts.establishment.zone.day(filed.filed_at));
            say!("{name} (au coffre depuis le {at}, {short})", "{name} (on file since {at}, {short})")
        }
        None => say!("{name} (nommé, pas au coffre)", "{name} (named, not on file)"),
    }
}

/// Papers by their names, each once, and whether each is kept here; of many the first ones.
pub(crate) fn papers<'a>(facts: &ServiceFacts, named: impl Iterator<Item = &'a DocumentRef>) -> Option<Text> {
    let mut each: Vec<&DocumentRef> = Vec::new();
    for one in named {
        if !each.contains(&one) {
            each.push(one);
        }
    }
    let shown: Vec<Text> = each.iter().take(LACKS_TOLD).map(|one| paper(facts, one)).collect();
    let joined = |pick: fn(&Text) -> &str| shown.iter().map(pick).collect::<Vec<_>>().join(" ; ");
    let (fr, en) = (joined(|text| &text.fr), joined(|text| &text.en));
    match each.len().saturating_sub(LACKS_TOLD) {
        _ if each.is_empty() => None,
        0 => Some(Text::new(fr, en)),
        more => Some(say!("{fr} ; et {more} autre(s)", "{en}; and {more} more")),
    }
}

/// What is open of audits, and what is overdue.
pub(crate) fn audited(
    mut finding: Finding,
    audits: &[Audit],
    facts: &ServiceFacts,
    now: Timestamp,
) -> Finding {
    let zone = &facts.establishment.zone;
    for audit in audits {
        let id = &audit.id;
        if let Some(done) = audit.done.filter(|done| *done <= now) {
            let (at, open) = (zone.day(done), audit.open(now).count());
            let Text { fr, en } =
                audit.document.as_ref().map_or_else(|| Text::new("", ""), |report| paper(facts, report));
            finding = finding.because(say!(
                "Audit {id}, fait le {at} : {fr} ; {open} constat(s) ouvert(s).",
                "Audit {id}, done on {at}: {en}; {open} open finding(s)."
            ));
        }
        let late: Vec<&str> = audit.overdue(now).map(|(finding, _)| finding.id.as_str()).collect();
        if !late.is_empty() {
            let late = late.join(", ");
            finding = finding.because(say!(
                "Constats de l'audit {id} en retard : {late}.",
                "Findings of the audit {id} that are overdue: {late}."
            ));
        }
    }
    finding
}

fn mend_clause() -> (Text, Mender) {
    let remedy = say!(
        "Inscrire la clause au contrat, puis indiquer le document et l'article.",
        "Put the clause into the contract, then say which document and article."
    );
    (remedy, Mender::Responsable)
}

fn mend_held() -> (Text, Mender) {
    let remedy = say!(
        "Obtenir du fournisseur la preuve que la clause est tenue, et la déclarer.",
        "Get the provider's proof that the clause is held, and declare it."
    );
    (remedy, Mender::Provider)
}

impl Facet {
    fn said(&self) -> Text {
        match self {
            Self::Present(said) | Self::Missing(said) | Self::Unknown(said) => said.clone(),
            Self::NotApplicable(cause) => {
                let Text { fr, en } = cause.text();
                say!("Tenue {fr}.", "Holding {en}.")
            }
        }
    }
}

/// One unmet condition of a rule of the guide, which a treatment of its risk may lift.
pub(crate) fn unmet(rule: RuleId, mender: Mender, sentence: Text, remedy: Text) -> Unmet {
    Unmet { source: Source::Guide(rule), sentence, remedy, mender, lift: Lift::Treatment }
}

impl Unmet {
    /// With another way to be lifted.
    #[must_use]
    pub(crate) fn lifted_by(mut self, lift: Lift) -> Self {
        self.lift = lift;
        self
    }

    /// The same condition, asked by the house where the guide does not ask it.
    #[must_use]
    pub fn of_the_house(mut self, rule: HouseRule) -> Self {
        self.source = Source::House(rule);
        self
    }
}

/// Whether a person spoke for the establishment in this service at a moment: a beneficiary, an officer who is no mere
/// reader, or the responsable; never somebody of the provider's side.
pub(crate) fn speaks_for_establishment(facts: &ServiceFacts, person: &PersonId, at: Timestamp) -> bool {
    let officer = [Officer::Security, Officer::It, Officer::Oncall, Officer::Biomedical]
        .iter()
        .any(|office| facts.establishment.holds(person, *office, at));
    let ours = facts.service.beneficiaries.contains(person) || facts.establishment.responsable == *person;
    (ours || officer) && !facts.of_the_provider(person)
}

/// Some equipment in one line.
pub(crate) fn names(equipment: &[EquipmentId]) -> String {
    equipment.iter().map(EquipmentId::as_str).collect::<Vec<_>>().join(", ")
}

/// Whether a reference says anything at all.
pub(crate) fn is_said(text: &str) -> bool {
    !text.trim().is_empty()
}
