//! E5: what is installed, what is known in it, and what both parties decided together.

use super::*;

/// A probe with one vulnerability: known on that day, so severe.
pub(crate) fn probe(cvss: &str, known: &str) -> Installed {
    Installed {
        id: "sonde".to_owned(),
        what: "sonde de supervision fictive".to_owned(),
        version: "4.2".to_owned(),
        provider: None,
        service: None,
        equipment: Some(name("scanner")),
        since: at("2026-01-15 00:00"),
        removed_at: None,
        vulnerabilities: vec![Vulnerability {
            id: "CVE-2026-0001".to_owned(),
            cvss: cvss.parse().unwrap(),
            known_at: at(known),
            correct_by: None,
            corrected_at: None,
            postponed: None,
        }],
    }
}

fn with(change: impl Fn(&mut Installed)) -> impl Fn(&mut ServiceFacts) {
    move |facts| {
        let mut one = probe("9.8", "2026-10-01 00:00");
        change(&mut one);
        facts.contract.installed = vec![one];
    }
}

fn status(change: impl Fn(&mut ServiceFacts)) -> Finding {
    let mut facts = service_facts();
    change(&mut facts);
    assess(&facts, facts.level(), now()).into_iter().find(|finding| finding.rule == RuleId::E5).unwrap()
}

fn e5(wanted: &str, change: impl Fn(&mut ServiceFacts)) {
    let found = status(change);
    assert_eq!(found.status.code().as_str(), wanted, "{found:?}");
}

#[test]
fn a_known_vulnerability_is_gone_by_its_date_or_the_rule_is_not_held() {
    e5("met-declared", |_| {});
    // Above 8.9 one month, from 7.0 on three; below no default.
    e5("partly", with(|_| {}));
    e5("met-declared", with(|one| *one = probe("9.8", "2026-11-01 00:00")));
    e5("met-declared", with(|one| *one = probe("8.9", "2026-10-01 00:00")));
    e5("partly", with(|one| *one = probe("8.9", "2026-08-01 00:00")));
    e5("met-declared", with(|one| *one = probe("6.9", "2026-02-01 00:00")));
    // What is agreed goes before the default, either way.
    e5("met-declared", with(|one| one.vulnerabilities[0].correct_by = Some(at("2026-12-01 00:00"))));
    e5(
        "partly",
        with(|one| {
            *one = probe("3.1", "2026-10-01 00:00");
            one.vulnerabilities[0].correct_by = Some(now());
        }),
    );
    // Corrected, taken away, or of another service.
    e5("met-declared", with(|one| one.vulnerabilities[0].corrected_at = Some(at("2026-11-20 00:00"))));
    e5("partly", with(|one| one.vulnerabilities[0].corrected_at = Some(at("2026-12-20 00:00"))));
    e5("met-declared", with(|one| one.removed_at = Some(at("2026-11-20 00:00"))));
    e5("met-declared", with(|one| one.service = Some(name("autre"))));
    e5("met-declared", with(|one| one.equipment = Some(name("ailleurs"))));
}

#[test]
fn the_finding_names_it_and_says_what_to_do() {
    let found = status(with(|_| {}));
    assert_eq!(found.concerns, [name::<EquipmentId>("scanner")]);
    let said = found.evidence.iter().map(|text| text.fr.as_str()).collect::<Vec<_>>().join("\n");
    assert!(said.contains("CVE-2026-0001 (CVSS 9.8) dans sonde 4.2"), "{said}");
    assert!(said.contains("vulnérabilités ouvertes : 1"), "{said}");
    let (remedy, _) = found.remedy.unwrap();
    assert!(remedy.fr.contains("witness maintenance-scanner"), "{remedy:?}");
}

#[test]
fn a_joint_decision_takes_both_parties_and_ends() {
    let postponed = |until: &str| Postponed { until: at(until), reason: "isolée du réseau".to_owned() };
    let decided = |until: &'static str, parties: &'static [Party]| {
        move |facts: &mut ServiceFacts| {
            with(|one| one.vulnerabilities[0].postponed = Some(postponed(until)))(facts);
            let decision = facts.contract.decisions().next().unwrap();
            facts.witnesses = parties
                .iter()
                .map(|party| Witness {
                    by: name(if *party == Party::Provider { "m.chef" } else { "r.dupont" }),
                    at: at("2026-11-01 00:00"),
                    of: Witnessed::Decided { decision: decision.clone(), party: *party },
                })
                .collect();
        }
    };
    e5("partly", decided("2026-12-31 00:00", &[]));
    for one in [&[Party::Provider], &[Party::Establishment]] {
        e5("partly", decided("2026-12-31 00:00", one));
    }
    e5("met-declared", decided("2026-12-31 00:00", &Party::BOTH));
    e5("partly", decided("2026-11-24 17:30", &Party::BOTH));
    // One person for both parties is one signature.
    e5("partly", |facts| {
        decided("2026-12-31 00:00", &Party::BOTH)(facts);
        facts.witnesses.iter_mut().for_each(|one| one.by = name("m.chef"));
    });
    // For one equipment alone is not for all.
    e5("partly", |facts| {
        decided("2026-12-31 00:00", &Party::BOTH)(facts);
        facts.contract.installed[0].equipment = None;
    });
    // Another version, another date: another decision.
    e5("partly", |facts| {
        decided("2026-12-31 00:00", &Party::BOTH)(facts);
        facts.contract.installed[0].version = "4.3".to_owned();
    });
    e5("partly", |facts| {
        decided("2026-12-31 00:00", &Party::BOTH)(facts);
        facts.contract.installed[0].vulnerabilities[0].postponed = Some(postponed("2027-12-31 00:00"));
    });
}
