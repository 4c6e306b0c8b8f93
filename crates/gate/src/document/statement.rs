//! How a service stands, as a document.

use documents::{
    Assessed, Count, Declared, Facet, ProviderStatement, Remedy, Risk, RuleLine, Statement, Treated,
};
use domain::ServiceFacts;
use events::{Entry, Fact};
use guide::{Finding, Standing, Status, Tally};
use vocab::{EstablishmentId, Lang, ProviderId, ServiceId, Timestamp};

use super::sheet::{Sheet, count, hex, interventions, number, of_service, paper, titled};
use crate::Gate;
use crate::assess::{Assessment, short};
use crate::digest::digest;
use crate::ports::PortError;
use crate::treatment;

impl Gate {
    /// The data of a statement that is not printed.
    pub(crate) async fn statement_alone(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
        at: Option<Timestamp>,
        lang: Lang,
    ) -> Result<Statement, PortError> {
        let owner = self.owner(establishment, self.clock.now()).await?;
        self.statement(&mut Sheet::new(self, lang, owner.zone), establishment, service, at).await
    }

    pub(super) async fn statement(
        &self,
        sheet: &mut Sheet<'_>,
        establishment: &EstablishmentId,
        service: &ServiceId,
        at: Option<Timestamp>,
    ) -> Result<Statement, PortError> {
        self.stated(sheet, establishment, service, at).await.map(|(statement, _)| statement)
    }

    /// The statement, with the entry under the checkpoint that says how the service stood.
    pub(super) async fn statement_in_ledger(
        &self,
        sheet: &mut Sheet<'_>,
        (establishment, service): (&EstablishmentId, &ServiceId),
        at: Option<Timestamp>,
        entries: u64,
    ) -> Result<Statement, PortError> {
        let (mut statement, facts) = self.stated(sheet, establishment, service, at).await?;
        let until = at.unwrap_or_else(|| self.clock.now());
        let mut last = None;
        let mut tell = |index, entry: &Entry| {
            if index < entries && entry.at <= until {
                last = assessed_entry(sheet, service, index, entry).or(last.take());
            }
        };
        self.told(establishment, "\"service-assessed\"", &mut tell).await?;
        statement.assessed = self.held_against(last, &facts, at).await?;
        Ok(statement)
    }

    /// The statements of all services of a provider that an establishment has at a moment.
    pub(super) async fn provider_statement(
        &self,
        sheet: &mut Sheet<'_>,
        (establishment, provider): (&EstablishmentId, &ProviderId),
        at: Option<Timestamp>,
        entries: u64,
    ) -> Result<ProviderStatement, PortError> {
        let (moment, as_of) = at.map_or_else(|| self.now_as_of(), |at| (at, at));
        let mut services = Vec::new();
        let (mut title, mut more) = (None, 0_u64);
        for service in self.store.services(establishment, as_of).await? {
            let facts = self.store.service_facts(establishment, &service.id, as_of).await?;
            if facts.provider.id != *provider {
                continue;
            }
            title = Some(titled(provider, &facts.provider.name));
            if services.len() >= ProviderStatement::SERVICES_MAX {
                more = more.saturating_add(1);
                continue;
            }
            let of = (establishment, &service.id);
            services.push(self.statement_in_ledger(sheet, of, at, entries).await?);
        }
        let title = title.ok_or_else(|| PortError::Missing(format!("a service of `{provider}`")))?;
        Ok(ProviderStatement {
            at: sheet.moment(moment),
            past: at.is_some(),
            provider: title,
            services,
            services_more: more,
        })
    }

    /// Whether the rules stand as they were last written down.
    pub(super) async fn held_against(
        &self,
        last: Option<Assessed>,
        facts: &ServiceFacts,
        at: Option<Timestamp>,
    ) -> Result<Option<Assessed>, PortError> {
        let Some(mut last) = last else { return Ok(None) };
        let (moment, as_of) = at.map_or_else(|| self.now_as_of(), |at| (at, at));
        let (establishment, service) = (&facts.establishment.id, &facts.service.id);
        let written = self.store.standing(establishment, service, as_of).await?;
        let now = Standing::of(facts, moment);
        last.same = written.is_some_and(|written| written.rules == now.rules);
        Ok(Some(last))
    }

    fn now_as_of(&self) -> (Timestamp, Timestamp) {
        let now = self.clock.now();
        (now, self.as_of(now))
    }

    /// The same, with what it was reckoned from.
    pub(super) async fn stated(
        &self,
        sheet: &mut Sheet<'_>,
        establishment: &EstablishmentId,
        service: &ServiceId,
        at: Option<Timestamp>,
    ) -> Result<(Statement, ServiceFacts), PortError> {
        let assessed = self.assessment(establishment, service, at).await?;
        sheet.meet(&of_service(&assessed.facts)).await?;
        Ok((stated(sheet, &assessed, at.is_some()), assessed.facts))
    }
}

fn stated(sheet: &Sheet<'_>, assessed: &Assessment, past: bool) -> Statement {
    let Assessment { at, facts, level, .. } = assessed;
    let transition = guide::transition_holds(facts, *at);
    // What opened beside the rules is shown for as long as it holds, and until somebody has reviewed it.
    let shown = |one: &&domain::Derogation| one.span.holds(*at) || one.reviewed.is_none();
    let derogations = interventions(facts).flat_map(|one| &one.derogations).filter(shown);
    Statement {
        at: sheet.moment(*at),
        past,
        service: sheet.service(facts),
        contract: sheet.contract(facts, *at),
        reached: level.reached.map(number),
        transition: transition.map(|one| sheet.last(one.span.until)),
        sentence: sheet.say(&level.sentence),
        one: tally(level.one),
        two: level.two.map(tally),
        rules: level.findings.iter().map(|finding| line(sheet, assessed, finding)).collect(),
        risks: facts.treatments.iter().map(|one| risk(sheet, assessed, one)).collect(),
        derogations: derogations.map(|one| sheet.derogation(one)).collect(),
        facts: hex(&digest(facts)),
        assessed: None,
    }
}

/// The assessment of this service that an entry tells.
pub(super) fn assessed_entry(
    sheet: &Sheet<'_>,
    service: &ServiceId,
    index: u64,
    entry: &Entry,
) -> Option<Assessed> {
    let Fact::ServiceAssessed(fact) = &entry.fact else { return None };
    let told = || Assessed { entry: index, at: sheet.moment(entry.at), facts: hex(&fact.facts), same: false };
    (fact.service == *service).then(told)
}

fn tally(tally: Tally) -> Count {
    Count {
        applicable: count(tally.applicable),
        met: count(tally.met),
        declared: count(tally.declared),
        on_word: count(tally.on_word),
        not_applied: count(tally.not_applied),
        treated: count(tally.treated),
    }
}

fn line(sheet: &Sheet<'_>, assessed: &Assessment, finding: &Finding) -> RuleLine {
    let found: Vec<String> = finding.evidence.iter().map(|said| sheet.say(said)).collect();
    let more = match &finding.status {
        Status::Partly { missing } => Some(sheet.say(missing)),
        Status::NotApplicable(cause) => Some(sheet.say(&cause.text())),
        _ => None,
    };
    let evidence =
        more.into_iter().filter(|said| !found.contains(said)).chain(found.iter().cloned()).collect();
    let facets = finding.facets.as_ref();
    let (links, more) = finding.links(&assessed.facts, assessed.at);
    let links = links.iter().map(|link| short(link, &assessed.entries, sheet.lang));
    let links = links.chain((more > 0).then(|| format!("+{more}"))).collect();
    RuleLine {
        rule: finding.rule.as_str().to_owned(),
        asks: guide::rule(finding.rule).wording.in_lang(sheet.lang).to_owned(),
        code: finding.status.code().as_str().to_owned(),
        status: sheet.say(&finding.status.text()),
        concerns: finding.concerns.iter().map(ToString::to_string).collect(),
        evidence,
        links,
        clause: facets.map(|both| facet(sheet, &both.clause)),
        held: facets.map(|both| facet(sheet, &both.held)),
        declared: declared(sheet, &finding.status),
        by_word: finding.by_word.as_ref().filter(|_| finding.status.is_met()).map(|said| sheet.say(said)),
        treated: treated(sheet, assessed, finding),
        remedy: finding
            .remedy
            .as_ref()
            .map(|(what, who)| Remedy { what: sheet.say(what), who: sheet.say(&who.text()) }),
    }
}

fn facet(sheet: &Sheet<'_>, facet: &guide::Facet) -> Facet {
    let (is, said) = match facet {
        guide::Facet::Present(said) => ("present", sheet.say(said)),
        guide::Facet::Missing(said) => ("missing", sheet.say(said)),
        guide::Facet::Unknown(said) => ("unknown", sheet.say(said)),
        guide::Facet::NotApplicable(cause) => ("not-applicable", sheet.say(&cause.text())),
    };
    Facet { is: is.to_owned(), said }
}

fn declared(sheet: &Sheet<'_>, status: &Status) -> Option<Declared> {
    let Status::MetDeclared { document, date, expiry } = status else { return None };
    Some(Declared {
        document: document.as_ref().map(paper),
        at: sheet.moment(*date),
        until: sheet.last(*expiry),
    })
}

fn treated(sheet: &Sheet<'_>, assessed: &Assessment, finding: &Finding) -> Option<Treated> {
    let Status::NotAppliedTreated { options, owner, until } = &finding.status else { return None };
    let facts = &assessed.facts;
    let holds = |one: &&domain::RiskTreatment| {
        one.rule == finding.rule && guide::treatment_holds(one, facts, assessed.at)
    };
    // Several may hold for several equipments: what each says and does is told.
    let zone = &facts.establishment.zone;
    let told: Vec<String> =
        facts.treatments.iter().filter(holds).map(|one| told(one, zone, sheet.lang)).collect();
    Some(Treated {
        options: options.iter().map(|option| sheet.say(&option.text())).collect(),
        owner: sheet.person(owner),
        until: sheet.last(*until),
        measures: told.join(" ; "),
    })
}

/// Everything that somebody decided of a risk, and whether it counts at the moment.
fn risk(sheet: &Sheet<'_>, assessed: &Assessment, one: &domain::RiskTreatment) -> Risk {
    let (facts, lang) = (&assessed.facts, sheet.lang);
    let zone = &facts.establishment.zone;
    let threats = one.threats.iter().filter_map(|id| guide::threat(*id));
    let mut measures: Vec<String> =
        one.measures.iter().map(|measure| treatment::measured(measure, zone, lang)).collect();
    measures.extend(one.avoided.as_ref().map(|what| treatment::avoided(what, zone, lang)));
    measures.extend(one.transfer.as_ref().map(|contract| {
        sheet.pick(
            &format!("transféré par le contrat {contract}"),
            &format!("transferred by the contract {contract}"),
        )
    }));
    Risk {
        rule: one.rule.as_str().to_owned(),
        part: match one.part() {
            domain::TreatmentPart::All => String::new(),
            domain::TreatmentPart::Equipment(equipment) => equipment.to_string(),
            domain::TreatmentPart::Batch(batch) => batch,
        },
        threats: threats.map(|threat| threat.title.in_lang(lang).to_owned()).collect(),
        remark: one.remark.clone(),
        likelihood: u8::from(one.before.likelihood),
        impact: u8::from(one.before.impact),
        risk: sheet.say(&one.before.risk().text()),
        options: one.options.iter().map(|option| sheet.say(&option.text())).collect(),
        measures,
        residual_likelihood: u8::from(one.residual.likelihood),
        residual_impact: u8::from(one.residual.impact),
        residual: sheet.say(&one.residual.risk().text()),
        owner: sheet.person(&one.owner),
        from: sheet.moment(one.span.from),
        until: sheet.last(one.span.until),
        review: sheet.last(one.review),
        signed: one.signed.as_ref().map(|signed| sheet.moment(signed.at)),
        holds: guide::treatment_holds(one, facts, assessed.at),
    }
}

/// A treatment on one line: how great the risk was and is, then what is done.
fn told(one: &domain::RiskTreatment, zone: &domain::Zone, lang: Lang) -> String {
    let page = treatment::page(one, zone, lang);
    let lines: Vec<&str> = page.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" · ")
}
