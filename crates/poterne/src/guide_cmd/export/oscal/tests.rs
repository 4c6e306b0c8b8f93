//! What the schema of OSCAL asks, as far as it is ours to keep: names, references, counts, values.

use std::collections::BTreeSet;

use vocab::RuleId;

use super::*;

/// Every value under a key, wherever it stands.
fn all<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                if name == key {
                    found.push(inner);
                }
                all(inner, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| all(item, key, found)),
        _ => {}
    }
}

fn texts<'v>(value: &'v Value, key: &str) -> Vec<&'v str> {
    let mut found = Vec::new();
    all(value, key, &mut found);
    found.into_iter().map(|text| text.as_str().unwrap()).collect()
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &&str| part.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(hex)
        && parts[2].starts_with('5')
        && parts[3].starts_with(['8', '9', 'a', 'b'])
}

/// Names are of version 5 and their own; what is referred to is there; no value is empty or has a loose blank.
fn check(document: &Value) {
    let names = texts(document, "uuid");
    assert!(!names.is_empty() && names.iter().all(|name| is_uuid(name)));
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "a name twice");
    for key in ["observation-uuid", "risk-uuid"] {
        assert!(texts(document, key).iter().all(|name| names.contains(name)), "{key}");
    }
    let mut props = Vec::new();
    all(document, "props", &mut props);
    for prop in props.iter().flat_map(|props| props.as_array().unwrap()) {
        let value = prop["value"].as_str().unwrap();
        assert!(!value.is_empty() && value.trim() == value && !value.contains('\n'), "{prop}");
        assert!(prop["name"] == "label" || prop["ns"] == NAMESPACE, "{prop}");
    }
    for key in ["title", "description", "prose", "statement"] {
        assert!(texts(document, key).iter().all(|text| !text.trim().is_empty()), "{key}");
    }
    assert!(texts(document, "title").iter().all(|title| !title.contains('\n')));
    let known: BTreeSet<String> = RULES.iter().map(|rule| control_id(rule)).collect();
    assert!(texts(document, "control-id").iter().all(|id| known.contains(*id)));
    let metadata = document.as_object().unwrap().values().next().unwrap().get("metadata").unwrap();
    assert_eq!(metadata["oscal-version"], OSCAL);
}

#[test]
fn names_are_those_of_rfc_9562() {
    // Python's uuid.uuid5: the namespace itself, and a name in it.
    let url =
        [0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
    assert_eq!(version_5(url, NAMESPACE), "74423945-2d07-55f5-be7e-4e99580b5dfc");
    assert_eq!(uuid("catalog 1 fr"), "f1dfaa70-0275-59a2-b8f6-45b77332cf4f");
}

#[test]
fn the_guide_is_a_catalog_six_profiles_and_four_components() {
    for lang in [Lang::Fr, Lang::En] {
        let documents = of_the_guide(lang, "0.0.0");
        assert_eq!(documents.len(), 8);
        documents.iter().for_each(|(_, document)| check(document));
        let mut controls = Vec::new();
        all(&documents[0].1, "controls", &mut controls);
        let ids: Vec<&str> = controls
            .iter()
            .flat_map(|group| group.as_array().unwrap())
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        // In the order of the families; each rule once.
        assert_eq!(ids, RuleId::ALL.map(|id| id.as_str().to_lowercase()));
        let counts: Vec<(String, usize)> = documents[1..7]
            .iter()
            .map(|(name, document)| {
                let chosen = &document["profile"]["imports"][0]["include-controls"][0]["with-ids"];
                (name.clone(), chosen.as_array().unwrap().len())
            })
            .collect();
        let expected =
            [("ts-p1", 23), ("ts-p2", 31), ("tm-p1", 26), ("tm-p2", 34), ("ta-p1", 25), ("ta-p2", 33)];
        assert_eq!(counts, expected.map(|(name, count)| (format!("profile-{name}.json"), count)));
        let components = documents[7].1["component-definition"]["components"].as_array().unwrap();
        let held: Vec<usize> = components
            .iter()
            .map(|one| {
                one["control-implementations"][0]["implemented-requirements"].as_array().unwrap().len()
            })
            .collect();
        assert_eq!(held, [38, 17, 10, 8]);
    }
}

fn assessment() -> Value {
    let said = |fr: &str, en: &str| json!({ "fr": fr, "en": en });
    json!({
        "establishment": "nord", "service": "scanner", "at": "2026-11-24T17:30:00Z",
        "target": 2, "reached": null, "transition": false, "outside_the_guide": false,
        "sentence": said("palier 2 non atteint", "level 2 not reached"),
        "rules": [
            { "rule": "C1", "status": "met-enforced", "concerns": [], "evidence": [said("En vigueur.", "In force.")], "remedy": null },
            { "rule": "E2", "status": "met-declared", "concerns": [], "evidence": [], "remedy": null,
              "document": "attestation.pdf", "declared": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z" },
            { "rule": "T4", "status": "not-applied-treated", "concerns": ["scanner-1"], "evidence": [said("Vieil audit.", "Old audit.")],
              "options": ["accept"], "owner": "r.dupont", "until": "2027-01-01T00:00:00Z", "remedy": null },
            { "rule": "T3", "status": "unknown", "concerns": [], "evidence": [],
              "remedy": { "what": said("Le déclarer.", "Declare it."), "who": said("la DSI", "IT") } },
            { "rule": "T6", "status": "other-path", "concerns": [], "evidence": [], "remedy": null },
        ],
    })
}

#[test]
fn a_standing_is_results_and_a_plan() {
    for lang in [Lang::Fr, Lang::En] {
        let documents = standing::documents(&assessment(), lang, "0.0.0").unwrap();
        let names: Vec<&str> = documents.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["assessment-results.json", "plan-of-action.json"]);
        documents.iter().for_each(|(_, document)| check(document));
        let result = &documents[0].1["assessment-results"]["results"][0];
        // What does not apply was observed so, and is no finding.
        assert_eq!(result["observations"].as_array().unwrap().len(), 5);
        let states: Vec<(&str, &str)> = result["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["title"].as_str().unwrap(), one["target"]["status"]["state"].as_str().unwrap()))
            .collect();
        let expected =
            [("C1", "satisfied"), ("E2", "satisfied"), ("T4", "not-satisfied"), ("T3", "not-satisfied")];
        assert_eq!(states, expected);
        let plan = &documents[1].1["plan-of-action-and-milestones"];
        let risks: Vec<&str> = texts(&plan["risks"], "status");
        assert_eq!(risks, ["deviation-approved", "open"]);
        assert_eq!(plan["risks"][0]["deadline"], "2027-01-01T00:00:00Z");
        assert_eq!(plan["risks"][1]["remediations"][0]["lifecycle"], "recommendation");
        // The same data gives the same bytes.
        let again = standing::documents(&assessment(), lang, "0.0.0").unwrap();
        assert_eq!(format!("{documents:?}"), format!("{again:?}"));
    }
}

#[test]
fn what_is_met_needs_no_plan_and_what_is_no_assessment_gives_nothing() {
    let mut met = assessment();
    met["rules"].as_array_mut().unwrap().truncate(2);
    assert_eq!(standing::documents(&met, Lang::Fr, "0.0.0").unwrap().len(), 1);
    assert!(standing::documents(&json!({}), Lang::Fr, "0.0.0").is_none());
    let mut odd = assessment();
    odd["rules"][0]["rule"] = "C9".into();
    assert!(standing::documents(&odd, Lang::Fr, "0.0.0").is_none());
}
