//! An assessment as people read it, and as programs do.

use domain::Purpose;
use guide::{Facet, Finding, Mender, Status};
use serde_json::{Value, json};
use vocab::{Lang, Level, Text};

use super::Assessment;
use super::links::{json as linked, short};
use crate::document;

impl Assessment {
    /// All of it: the level, then every rule; what is lacking with its reasons and what would mend it. What others named is
    /// in it, so that whoever shows it on a terminal has to make it printable.
    pub fn text(&self, lang: Lang) -> String {
        let (facts, service) = (&self.facts, &self.facts.service);
        let mut page = format!("{} — {}, {}\n", service.id, facts.provider.id, self.aims_at(lang));
        let at = facts.establishment.zone.show(self.at);
        page += &format!("{} : {}\n", at, self.level.sentence.in_lang(lang));
        for finding in &self.level.findings {
            page += &self.line(finding, lang);
        }
        page.trim_end().to_owned()
    }

    /// One line of it.
    pub fn summary(&self, lang: Lang) -> String {
        let service = &self.facts.service;
        format!("{}@{} — {}", service.id, service.establishment, self.level.sentence.in_lang(lang))
    }

    fn aims_at(&self, lang: Lang) -> String {
        let service = &self.facts.service;
        let (kind, path) = (document::kind(service.kind), document::path(service.path));
        let level = u8::from(self.level.target);
        let level = Text::new(format!("palier {level} visé"), format!("aiming at level {level}"));
        [kind, path, level].map(|part| part.in_lang(lang).to_owned()).join(", ")
    }

    /// As JSON; sentences in both languages, moments in RFC 3339, UTC.
    pub fn json(&self) -> Value {
        let (facts, level) = (&self.facts, &self.level);
        let number = |level: Level| u8::from(level);
        json!({
            "establishment": facts.establishment.id,
            "service": facts.service.id,
            "provider": facts.provider.id,
            "contract": facts.contract.id,
            "kind": facts.service.kind,
            "path": facts.service.path,
            "equipment": facts.service.equipment,
            "at": self.at.to_string(),
            "target": number(level.target),
            "reached": level.reached.map(number),
            "transition": guide::transition_holds(facts, self.at).is_some(),
            "outside_the_guide": matches!(facts.service.purpose, Purpose::OutsideGuide { .. }),
            "sentence": level.sentence,
            "level_1": level.one,
            "level_2": level.two,
            "rules": level.findings.iter().map(|finding| self.rule(finding)).collect::<Vec<_>>(),
        })
    }

    fn line(&self, finding: &Finding, lang: Lang) -> String {
        let mut line = format!("{:<4}{}", finding.rule.as_str(), finding.status.text().in_lang(lang));
        if let Status::NotApplicable(cause) = finding.status {
            return line + " : " + cause.text().in_lang(lang) + "\n";
        }
        if !finding.concerns.is_empty() {
            let on = finding.concerns.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
            line += &format!(" ({on})");
        }
        line.push('\n');
        let mut said: Vec<&str> = finding.evidence.iter().map(|said| said.in_lang(lang)).collect();
        if let Status::Partly { missing } = &finding.status
            && !said.contains(&missing.in_lang(lang))
        {
            said.insert(0, missing.in_lang(lang));
        }
        for said in said {
            // What others named stands in it: none of that begins a line of its own.
            line += &format!("      {}\n", said.replace('\n', " "));
        }
        if let Some(said) = finding.by_word.as_ref().filter(|_| finding.status.is_met()) {
            line += &format!("      {}\n", said.in_lang(lang).replace('\n', " "));
        }
        let (links, more) = finding.links(&self.facts, self.at);
        if !links.is_empty() {
            let mut all: Vec<String> = links.iter().map(|link| short(link, &self.entries, lang)).collect();
            all.extend((more > 0).then(|| format!("+{more}")));
            line += &format!("      {}\n", all.join(" "));
        }
        if let Some((remedy, mender)) = &finding.remedy {
            line += &format!("      → {} ({})\n", remedy.in_lang(lang), mender.text().in_lang(lang));
        }
        line
    }

    fn rule(&self, finding: &Finding) -> Value {
        let (links, more) = finding.links(&self.facts, self.at);
        let mut rule = json!({
            "rule": finding.rule,
            "status": finding.status.code(),
            "concerns": finding.concerns,
            "evidence": finding.evidence,
            "links": links.iter().map(|link| linked(link, self)).collect::<Vec<_>>(),
            "links_more": more,
            "clause": finding.facets.as_ref().map(|facets| facet(&facets.clause)),
            "held": finding.facets.as_ref().map(|facets| facet(&facets.held)),
            "remedy": finding.remedy.as_ref().map(|(remedy, mender)| remedied(remedy, *mender)),
        });
        let more = match &finding.status {
            // Without a paper it is a bare word.
            Status::MetDeclared { document: None, date, expiry } => {
                json!({ "declared": date.to_string(), "until": expiry.to_string() })
            }
            Status::MetDeclared { document: Some(document), date, expiry } => json!({
                "document": document.name,
                "declared": date.to_string(),
                "until": expiry.to_string(),
            }),
            Status::Partly { missing } => json!({ "missing": missing }),
            Status::NotAppliedTreated { options, owner, until } => {
                json!({ "options": options, "owner": owner, "until": until.to_string() })
            }
            Status::MetEnforced | Status::MetObserved if finding.by_word.is_some() => {
                json!({ "by_word": finding.by_word })
            }
            _ => json!({}),
        };
        if let (Value::Object(rule), Value::Object(more)) = (&mut rule, more) {
            rule.extend(more);
        }
        rule
    }
}

fn facet(facet: &Facet) -> Value {
    match facet {
        Facet::Present(said) => json!({ "is": "present", "said": said }),
        Facet::Missing(said) => json!({ "is": "missing", "said": said }),
        Facet::Unknown(said) => json!({ "is": "unknown", "said": said }),
        Facet::NotApplicable(cause) => json!({ "is": "not-applicable", "said": cause.text() }),
    }
}

fn remedied(remedy: &Text, mender: Mender) -> Value {
    json!({ "what": remedy, "who": mender.text() })
}
