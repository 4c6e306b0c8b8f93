//! Services side by side, rule by rule: what two providers answer, before either is signed with.

use guide::{Facet, Finding, Status, level_reached};
use serde_json::{Value, json};
use vocab::{Lang, RuleId, Text};

use super::Assessment;
use crate::Gate;
use crate::ports::{PortError, Served};

/// The services that are compared at once: more fit no page.
pub const COMPARED_MAX: usize = 5;
/// Their letters.
const LETTERS: [char; COMPARED_MAX] = ['A', 'B', 'C', 'D', 'E'];

impl Gate {
    /// How a service stands now; where its contract begins later, how it would on its first day.
    ///
    /// # Errors
    /// There is no such service, or it cannot be read.
    pub async fn prospect(&self, (establishment, service): &Served) -> Result<Assessment, PortError> {
        let mut found = self.assessment(establishment, service, None).await?;
        let begins = found.facts.contract.span.from;
        if begins > found.at {
            (found.at, found.level) = (begins, level_reached(&found.facts, begins));
        }
        Ok(found)
    }
}

/// The same services for people: each with its contract and its level, then every rule in which they differ.
pub fn side_by_side(all: &[Assessment], lang: Lang) -> String {
    let mut page = String::new();
    for (letter, one) in LETTERS.iter().zip(all) {
        let (facts, zone) = (&one.facts, &one.facts.establishment.zone);
        page += &format!(
            "{letter}  {} — {}, {} ({})\n   {}\n",
            facts.service.id,
            facts.provider.id,
            facts.contract.id,
            zone.show(one.at),
            one.level.sentence.in_lang(lang)
        );
    }
    let mut same = Vec::new();
    for rule in RuleId::ALL {
        let findings: Vec<&Finding> = all.iter().filter_map(|one| of(one, rule)).collect();
        if differ(&findings) {
            page += &format!("{:<4}{}\n", rule.as_str(), guide::rule(rule).wording.in_lang(lang));
            for (letter, finding) in LETTERS.iter().zip(&findings) {
                page += &format!("    {letter} {}\n", answer(finding, lang));
            }
        } else {
            same.push(rule.as_str());
        }
    }
    let alike = Text::new("De même chez tous", "Alike in all");
    page += &format!("{} : {}", alike.in_lang(lang), same.join(" "));
    page
}

/// The same as JSON.
pub fn side_by_side_json(all: &[Assessment]) -> Value {
    let rules = RuleId::ALL.map(|rule| {
        let findings: Vec<&Finding> = all.iter().filter_map(|one| of(one, rule)).collect();
        json!({ "rule": rule, "differ": differ(&findings) })
    });
    json!({ "services": all.iter().map(Assessment::json).collect::<Vec<_>>(), "rules": rules.to_vec() })
}

fn of(one: &Assessment, rule: RuleId) -> Option<&Finding> {
    one.level.findings.iter().find(|finding| finding.rule == rule)
}

/// By status, clause or holding: two that are declared by different papers do not differ.
fn differ(findings: &[&Finding]) -> bool {
    let key = |finding: &Finding| {
        let facets = finding.facets.as_ref();
        let is_there = |facet: Option<&Facet>| facet.is_some_and(|facet| matches!(facet, Facet::Present(_)));
        let clause = is_there(facets.map(|facets| &facets.clause));
        (finding.status.code(), clause, is_there(facets.map(|facets| &facets.held)))
    };
    findings.windows(2).any(|pair| matches!(pair, [one, other] if key(one) != key(other)))
}

/// The status, then what the contract says of it, and what is held.
fn answer(finding: &Finding, lang: Lang) -> String {
    let mut words = vec![finding.status.text().in_lang(lang).to_owned()];
    match (&finding.facets, &finding.status) {
        (_, Status::NotApplicable(cause)) => words.push(cause.text().in_lang(lang).to_owned()),
        (Some(facets), _) => {
            for facet in [&facets.clause, &facets.held] {
                words.extend(said(facet, lang));
            }
        }
        (None, _) => words.extend(finding.evidence.first().map(|said| said.in_lang(lang).to_owned())),
    }
    words.join(" — ").replace('\n', " ")
}

fn said(facet: &Facet, lang: Lang) -> Option<String> {
    match facet {
        Facet::Present(said) | Facet::Missing(said) | Facet::Unknown(said) => {
            Some(said.in_lang(lang).to_owned())
        }
        Facet::NotApplicable(_) => None,
    }
}
