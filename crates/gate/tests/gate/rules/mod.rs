//! What an auditor can try with his own hands, rule by rule: one test for each of the 38, named after it. What only a
//! person can ask stands in the pack as a question (`guide::Rule::audit`).
//!
//! The rules that bear on bytes and cables are tried again with real ones: `ssh-edge/tests/edge` and the end-to-end tests.

mod contract;
mod organisation;
mod provider;
mod technique;

use domain::ServiceFacts;
use events::Fact;
use guide::{Finding, LevelReached};
use testkit::Kit;
use testkit::fiction::name;
use vocab::RuleId;

use crate::door::Door;

/// The technician is refused: the sentence names the rule, the log keeps its name, and the assessment says that it lacks.
async fn shut(rule: RuleId, edit: impl FnOnce(&mut ServiceFacts)) -> Door {
    let door = Door::with(edit).await;
    shuts(rule, &door).await;
    let found = finding(&door, rule).await;
    assert!(found.status.is_lacking() && found.remedy.is_some(), "{found:?}");
    door
}

/// As [`shut`], where the door is there already; the assessment is not asked.
async fn shuts(rule: RuleId, door: &Door) -> String {
    let refused = door.open().await.err().unwrap_or_else(|| panic!("{rule}: it opened"));
    assert!(refused.text.contains(&format!("[{rule}]")), "{rule}: {}", refused.text);
    let last = door.kit.log().entries().pop().unwrap();
    let Fact::SessionRefused(fact) = last.fact else { panic!("{rule}: {last:?}") };
    assert!(fact.codes.contains(&vocab::Source::Guide(rule)), "{rule}: {:?}", fact.codes);
    assert!(door.kit.safe.lent().is_empty(), "{rule}: a secret was lent");
    refused.text
}

/// The technician is let in; nothing else is changed by what is said beside it.
async fn opens(edit: impl FnOnce(&mut ServiceFacts)) -> Door {
    let door = Door::with(edit).await;
    let opened = door.open().await;
    assert!(opened.is_ok(), "{}", opened.err().unwrap().text);
    door
}

async fn level(door: &Door) -> LevelReached {
    door.gate.assessment(&name("nord"), &name("maintenance-scanner"), None).await.unwrap().level
}

async fn finding(door: &Door, rule: RuleId) -> Finding {
    level(door).await.findings.into_iter().find(|one| one.rule == rule).unwrap()
}

/// How the rule stands on the site with this one change.
async fn stands(rule: RuleId, status: &str, edit: impl FnOnce(&mut ServiceFacts)) {
    let found = finding(&Door::with(edit).await, rule).await;
    assert_eq!(found.status.code().as_str(), status, "{found:?}");
}

/// Every rule has its test here, and nothing has two.
#[test]
fn every_rule_has_its_test() {
    let here = [
        include_str!("contract.rs"),
        include_str!("organisation.rs"),
        include_str!("provider.rs"),
        include_str!("technique.rs"),
    ];
    for rule in RuleId::ALL {
        let named = format!("async fn {}_", rule.as_str().to_lowercase());
        let count: usize = here.iter().map(|text| text.matches(&named).count()).sum();
        assert_eq!(count, 1, "{named}");
    }
}

/// On the site in order nothing is refused, so that each refusal below is of its one change.
#[tokio::test]
async fn in_order_it_opens() {
    let door = Door::on(Kit::new()).await;
    assert!(door.open().await.is_ok());
}
