//! C1 to C8: what the contract says, and what of it the door holds.

use domain::{ServiceFacts, Subcontract, Subcontracting, TransferBasis};
use events::Fact;
use testkit::fiction::{self, at, name, paper};
use vocab::{Right, RuleId};

use super::{finding, opens, shut, stands};
use crate::door::{Door, attempt};

/// The end of the contract set to yesterday: nobody enters; a session names the contract under which it was opened.
#[tokio::test]
async fn c1_a_contract_that_ended_yesterday_opens_nothing() {
    shut(RuleId::C1, |facts| facts.contract.span.until = at("2026-11-23 23:00")).await;
    let door = opens(|_| {}).await;
    let under = door.kit.log().entries().into_iter().find_map(|entry| match entry.fact {
        Fact::SessionOpened(fact) => Some(fact.contract),
        _ => None,
    });
    assert_eq!(under, Some(name("c-1")));
    stands(RuleId::C1, "partly", |facts| facts.contract.original = domain::Original::Missing).await;
}

/// Nobody works from a place that is not known, and outside the Union only on a ground; the country he comes from is a trace.
#[tokio::test]
async fn c2_who_works_from_nowhere_known_is_refused() {
    shut(RuleId::C2, |facts| facts.staff[0].person.country = None).await;
    shut(RuleId::C2, |facts| facts.provider.places[0].1 = None).await;
    shut(RuleId::C2, |facts| facts.staff[0].person.country = Some(name("US"))).await;
    opens(|facts| {
        facts.staff[0].person.country = Some(name("US"));
        let (ground, document) = ("clauses types".to_owned(), paper("clauses.pdf"));
        facts.provider.transfers.push(TransferBasis { country: name("US"), ground, document });
    })
    .await;
}

/// A provider that changed is another version of the record, with its moment; what stood before is still told.
#[tokio::test]
async fn c3_a_change_of_the_provider_is_kept_with_what_stood_before() {
    let door = Door::in_order().await;
    let before = door.kit.now();
    door.kit.clock.pass(std::time::Duration::from_secs(3_600));
    door.kit.site.change(|facts| facts.provider.name = "Acme Nouvelle (fictif)".to_owned());
    let told = async |at| {
        let (nord, service) = (name("nord"), name("maintenance-scanner"));
        door.gate.assessment(&nord, &service, at).await.unwrap().facts.provider.name
    };
    assert_eq!(told(None).await, "Acme Nouvelle (fictif)");
    assert_eq!(told(Some(before)).await, "Acme Imagerie (fictif)");
    stands(RuleId::C3, "unknown", |facts| facts.service.declared.clear()).await;
}

fn subcontracted(authorised: bool, flow_down: bool) -> impl FnOnce(&mut ServiceFacts) {
    move |facts| {
        facts.staff[0].employer = fiction::provider("rang-2", "Rang Deux (fictif)");
        facts.staff[0].person.employer = domain::Employer::Provider(name("rang-2"));
        facts.staff[0].person.on_behalf_of = Some(name("acme"));
        facts.contract.subcontracts = vec![Subcontract {
            provider: name("rang-2"),
            under: name("acme"),
            listed_at: at("2026-02-01 00:00"),
            ended_at: None,
            authorised: authorised.then(|| paper("accord.pdf")),
            flow_down: flow_down.then(|| paper("sous-contrat.pdf")),
        }];
    }
}

/// An intervenant of a firm that is not listed; one that is, and that nobody authorised; a contract that says nothing.
#[tokio::test]
async fn c4_an_unlisted_or_unauthorised_firm_is_refused() {
    shut(RuleId::C4, |facts| facts.contract.subcontracting = Subcontracting::NotStated).await;
    shut(RuleId::C4, |facts| {
        subcontracted(true, true)(facts);
        facts.contract.subcontracts.clear();
    })
    .await;
    shut(RuleId::C4, subcontracted(false, true)).await;
    opens(subcontracted(true, true)).await;
    stands(RuleId::C4, "not-applied", |facts| facts.contract.subcontracting = Subcontracting::NotStated)
        .await;
}

/// A chain of two tiers in which one took nothing over.
#[tokio::test]
async fn c5_each_tier_takes_the_requirements_over() {
    shut(RuleId::C5, subcontracted(true, false)).await;
    shut(RuleId::C5, |facts| {
        subcontracted(true, true)(facts);
        facts.contract.subcontracts[0].under = name("rang-1");
        let between = Subcontract {
            provider: name("rang-1"),
            under: name("acme"),
            flow_down: None,
            ..facts.contract.subcontracts[0].clone()
        };
        facts.contract.subcontracts.push(between);
    })
    .await;
    opens(subcontracted(true, true)).await;
}

/// Whoever is in the log had signed before: no engagement, one withdrawn, or one of an older version opens nothing.
#[tokio::test]
async fn c6_without_an_engagement_of_confidentiality_nobody_enters() {
    shut(RuleId::C6, |facts| {
        facts.staff[0].engagements.retain(|one| one.kind != domain::EngagementKind::Confidentiality)
    })
    .await;
    shut(RuleId::C6, |facts| facts.staff[0].engagements[0].withdrawn_at = Some(fiction::now())).await;
    shut(RuleId::C6, |facts| facts.contract.engagement_version = 3).await;
    shut(RuleId::C6, |facts| facts.staff[0].engagements[0].attestation = None).await;
}

/// The engagement of limitation, the neighbouring machine, the right that the service does not give.
#[tokio::test]
async fn c7_nothing_is_reached_beyond_the_intervention() {
    shut(RuleId::C7, |facts| {
        facts.staff[0].engagements.retain(|one| one.kind != domain::EngagementKind::Limitation)
    })
    .await;
    let door = Door::in_order().await;
    let mut neighbour = attempt();
    neighbour.target.equipment = name("irm-voisine");
    assert!(door.open_as(neighbour, "a.martin").await.is_err(), "a neighbour that is not his");
    let mut other_right = attempt();
    other_right.access = Some(Right::SftpWrite);
    assert!(door.open_as(other_right, "a.martin").await.is_err(), "what he is not permitted to do");
    let opening = door.open().await.unwrap();
    assert!(opening.live.channel_opened(1, Right::Exec, Some("id")).is_err(), "nor afterwards");
    door.gate.close(&opening.live, vocab::Ending::Finished, None).await;
    assert_eq!(door.count("channel-refused"), 1);
    stands(RuleId::C7, "partly", |facts| facts.service.actions.clear()).await;
}

/// Never to have audited is conform, a contract without the right to is not; the auditor reads and does nothing.
#[tokio::test]
async fn c8_an_auditor_reads_everything_and_changes_nothing() {
    stands(RuleId::C8, "met-declared", |_| {}).await;
    stands(RuleId::C8, "unknown", |facts| facts.service.declared.clear()).await;
    let door = Door::in_order().await;
    for reads in ["show i-1", "assess maintenance-scanner", "deadlines", "traces all 'audit annuel'"] {
        door.done("z.audit", reads).await;
    }
    for acts in ["approve i-1", "refuse i-1 'non'", "suspend i-1 'non'", "confirm i-1", "review i-1"] {
        door.refused("z.audit", acts).await;
    }
    door.kit.clock.set(at("2027-07-01 12:00"));
    door.refused("z.audit", "show i-1").await;
    assert!(finding(&door, RuleId::C8).await.facets.is_some());
}
