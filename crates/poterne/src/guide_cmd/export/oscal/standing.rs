//! How one service stands, in OSCAL: what was found (assessment results), and what is still to be done (plan of action
//! and milestones). Made of the assessment as the gate gives it in JSON (`poterne assess --json`), in one language.

use guide::rule;
use serde_json::{Value, json};
use vocab::{Lang, RuleId};

use super::{CATALOG, control_id, metadata, prop, uuid, word};

/// The two documents, with the names of their files; the second only when something is to be done. `None`: what was
/// given is no assessment.
pub(crate) fn documents(assessment: &Value, lang: Lang, version: &str) -> Option<Vec<(String, Value)>> {
    let stands = Stands::of(assessment, lang, version)?;
    let mut documents = vec![("assessment-results.json".to_owned(), stands.results())];
    documents.extend(stands.plan().map(|plan| ("plan-of-action.json".to_owned(), plan)));
    Some(documents)
}

struct Stands<'a> {
    lang: Lang,
    version: &'a str,
    /// `<service>@<establishment>`.
    name: String,
    at: &'a str,
    assessment: &'a Value,
    found: Vec<Found<'a>>,
}

/// One rule.
struct Found<'a> {
    rule: RuleId,
    status: &'a str,
    said: &'a Value,
}

impl Found<'_> {
    fn applies(&self) -> bool {
        !matches!(
            self.status,
            "not-for-kind" | "above-level" | "other-path" | "central-traces" | "no-condition"
        )
    }

    fn is_met(&self) -> bool {
        self.status.starts_with("met-")
    }

    fn field(&self, key: &str) -> Option<&str> {
        self.said.get(key).and_then(Value::as_str)
    }
}

/// A sentence in one language, from `{ "fr", "en" }`.
fn sentence(said: &Value, lang: Lang) -> &str {
    said.get(word(lang)).and_then(Value::as_str).unwrap_or_default()
}

impl<'a> Stands<'a> {
    fn of(assessment: &'a Value, lang: Lang, version: &'a str) -> Option<Self> {
        let text = |key: &str| assessment.get(key)?.as_str();
        let found = assessment.get("rules")?.as_array()?.iter().map(|said| {
            let named = |key: &str| said.get(key)?.as_str();
            Some(Found { rule: named("rule")?.parse().ok()?, status: named("status")?, said })
        });
        Some(Self {
            lang,
            version,
            name: format!("{}@{}", text("service")?, text("establishment")?),
            at: text("at")?,
            assessment,
            found: found.collect::<Option<Vec<_>>>()?,
        })
    }

    /// The name of a thing of this assessment, whenever and wherever it is written.
    fn uuid(&self, what: &str) -> String {
        uuid(&format!("{} {} {} {} {what}", self.name, self.at, self.version, word(self.lang)))
    }

    fn fr_en(&self, fr: &'static str, en: &'static str) -> &'static str {
        if self.lang == Lang::Fr { fr } else { en }
    }

    fn title(&self) -> String {
        format!("{} {}", self.fr_en("Constats de la prestation", "Findings on the service"), self.name)
    }

    /// What the gate says of the level: never a bare *conforms*.
    fn level(&self) -> &str {
        self.assessment.get("sentence").map(|said| sentence(said, self.lang)).unwrap_or_default()
    }

    fn results(&self) -> Value {
        let applying = || self.found.iter().filter(|found| found.applies());
        let reviewed: Vec<Value> =
            applying().map(|found| json!({ "control-id": control_id(rule(found.rule)) })).collect();
        let no_plan = self.uuid("no plan");
        let flag =
            |key: &str| self.assessment.get(key).and_then(Value::as_bool).unwrap_or_default().to_string();
        let number = |key: &str| self.assessment.get(key).and_then(Value::as_u64);
        let reached = number("reached").map_or_else(|| "none".to_owned(), |level| level.to_string());
        json!({ "assessment-results": {
            "uuid": self.uuid("results"),
            "metadata": metadata(&self.title(), self.at, self.version),
            "import-ap": { "href": format!("#{no_plan}") },
            "results": [{
                "uuid": self.uuid("result"),
                "title": self.title(),
                "description": self.level(),
                "start": self.at,
                "end": self.at,
                "props": [
                    prop("service", &self.name),
                    prop("target-level", &number("target").unwrap_or_default().to_string()),
                    prop("reached-level", &reached),
                    prop("transition", &flag("transition")),
                    prop("outside-the-guide", &flag("outside_the_guide")),
                ],
                "reviewed-controls": { "control-selections": [{ "include-controls": reviewed }] },
                "observations": self.found.iter().map(|found| self.observation(found)).collect::<Vec<_>>(),
                "findings": applying().map(|found| self.finding(found)).collect::<Vec<_>>(),
            }],
            "back-matter": { "resources": [
                {
                    "uuid": no_plan,
                    "title": self.fr_en("Aucun plan d'évaluation", "No assessment plan"),
                    "description": self.fr_en(
                        "La porte constate sans cesse d'après ses faits ; elle ne suit aucun plan.",
                        "The gate finds all the time, from its facts; it follows no plan.",
                    ),
                },
                {
                    "uuid": self.uuid("catalog"),
                    "title": CATALOG,
                    "description": self.fr_en(
                        "Le catalogue des 38 règles : poterne guide export oscal.",
                        "The catalog of the 38 rules: poterne guide export oscal.",
                    ),
                    "rlinks": [{ "href": CATALOG }],
                },
            ]},
        }})
    }

    fn observation(&self, found: &Found<'_>) -> Value {
        let evidence = found.said.get("evidence").and_then(Value::as_array);
        let said: Vec<&str> = evidence.into_iter().flatten().map(|said| sentence(said, self.lang)).collect();
        let said = if said.is_empty() {
            rule(found.rule).wording.in_lang(self.lang).to_owned()
        } else {
            said.join("\n")
        };
        // What somebody declared was read; what the gate sees or enforces, it tries.
        let method = if found.status == "met-declared" { "EXAMINE" } else { "TEST" };
        json!({
            "uuid": self.uuid(&format!("observation {}", found.rule)),
            "title": found.rule.as_str(),
            "description": said,
            "props": self.props(found),
            "methods": [method],
            "collected": self.at,
        })
    }

    /// What OSCAL has no word for.
    fn props(&self, found: &Found<'_>) -> Vec<Value> {
        let mut props = vec![prop("rule", found.rule.as_str()), prop("status", found.status)];
        let text = ["document", "declared", "until", "owner"];
        props.extend(text.iter().filter_map(|key| Some(prop(key, found.field(key)?))));
        for key in ["options", "concerns"] {
            let list = found.said.get(key).and_then(Value::as_array);
            props.extend(list.into_iter().flatten().filter_map(Value::as_str).map(|value| prop(key, value)));
        }
        props
    }

    fn finding(&self, found: &Found<'_>) -> Value {
        let own = rule(found.rule);
        let state = if found.is_met() { "satisfied" } else { "not-satisfied" };
        json!({
            "uuid": self.uuid(&format!("finding {}", found.rule)),
            "title": found.rule.as_str(),
            "description": own.wording.in_lang(self.lang),
            "props": self.props(found),
            "target": {
                "type": "statement-id",
                "target-id": format!("{}_smt", control_id(own)),
                "status": { "state": state },
            },
            "related-observations":
                [{ "observation-uuid": self.uuid(&format!("observation {}", found.rule)) }],
        })
    }

    /// What is not applied, treated or not. Nothing of it: no plan.
    fn plan(&self) -> Option<Value> {
        let lacking: Vec<&Found<'_>> =
            self.found.iter().filter(|found| found.applies() && !found.is_met()).collect();
        if lacking.is_empty() {
            return None;
        }
        let items = lacking.iter().map(|found| {
            let own = rule(found.rule);
            json!({
                "uuid": self.uuid(&format!("item {}", found.rule)),
                "title": found.rule.as_str(),
                "description": own.wording.in_lang(self.lang),
                "props": self.props(found),
                "related-risks": [{ "risk-uuid": self.uuid(&format!("risk {}", found.rule)) }],
            })
        });
        let title =
            format!("{} {}", self.fr_en("Ce qui reste à faire pour", "What is to be done for"), self.name);
        Some(json!({ "plan-of-action-and-milestones": {
            "uuid": self.uuid("plan"),
            "metadata": metadata(&title, self.at, self.version),
            "system-id": { "identifier-type": "http://ietf.org/rfc/rfc4122", "id": uuid(&self.name) },
            "risks": lacking.iter().map(|found| self.risk(found)).collect::<Vec<_>>(),
            "poam-items": items.collect::<Vec<_>>(),
        }}))
    }

    /// A risk that the responsable took is approved and stays one: the rule is not applied.
    fn risk(&self, found: &Found<'_>) -> Value {
        let treated = found.status == "not-applied-treated";
        let own = rule(found.rule);
        let evidence = found.said.get("evidence").and_then(Value::as_array);
        let why = evidence.into_iter().flatten().map(|said| sentence(said, self.lang)).collect::<Vec<_>>();
        let statement =
            if why.is_empty() { own.wording.in_lang(self.lang).to_owned() } else { why.join("\n") };
        let mut risk = json!({
            "uuid": self.uuid(&format!("risk {}", found.rule)),
            "title": found.rule.as_str(),
            "description": own.wording.in_lang(self.lang),
            "statement": statement,
            "props": self.props(found),
            "status": if treated { "deviation-approved" } else { "open" },
        });
        let remedy = found.said.get("remedy").filter(|remedy| remedy.is_object());
        let words =
            |key: &str| remedy.and_then(|remedy| remedy.get(key)).map(|said| sentence(said, self.lang));
        if let Value::Object(members) = &mut risk {
            if let Some(until) = found.field("until").filter(|_| treated) {
                members.insert("deadline".to_owned(), until.into());
            }
            if let (Some(what), Some(who)) = (words("what"), words("who")) {
                let remediation = json!([{
                    "uuid": self.uuid(&format!("remedy {}", found.rule)),
                    "lifecycle": "recommendation",
                    "title": who,
                    "description": what,
                }]);
                members.insert("remediations".to_owned(), remediation);
            }
        }
        risk
    }
}
