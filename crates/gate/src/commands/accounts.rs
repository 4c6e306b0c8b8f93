//! The yearly look at who may come for a provider, and with which keys (decision 0038).

use domain::{AccountsReview, ServiceFacts};
use events::{AccountsReviewed, Actor};
use vocab::Text;

use super::case::NotDone;
use super::role::Deed;
use super::sign::MARK_LEN;
use crate::acts::Act;
use crate::digest::digest;
use crate::ports::Put;
use crate::scribe::Note;
use crate::streams::hex;
use crate::{Gate, Known};

/// `accounts <service>`: who may come for the service's provider, and who looked last.
pub(crate) async fn list(gate: &Gate, who: &Known, service: &str) -> Result<Text, NotDone> {
    let (facts, _) = gate.service(who, service, Deed::ReviewAccounts).await?;
    let zone = &facts.establishment.zone;
    let mut lines = String::new();
    for (person, keys) in facts.accounts() {
        let keys: Vec<String> = keys.into_iter().map(|key| key.0).collect();
        lines.push_str(&format!("{person}  {}\n", keys.join("  ")));
    }
    let last = facts.accounts_review.as_ref().map(|last| (zone.day(last.at), last.by.clone()));
    let Text { fr, en } = match last {
        Some((at, by)) => Text::new(format!("Relus le {at} par {by}."), format!("Reviewed on {at} by {by}.")),
        None => Text::new("Jamais relus.", "Never reviewed."),
    };
    let mark = mark(&facts);
    Ok(Text::new(
        format!(
            "{lines}{fr} Chacun travaille encore pour {0}, avec ces clés :\n  accounts {service} {mark}",
            facts.provider.id
        ),
        format!(
            "{lines}{en} Each still works for {0}, with these keys:\n  accounts {service} {mark}",
            facts.provider.id
        ),
    ))
}

/// `accounts <service> <mark>`: these people and keys, and no others, may still come.
pub(crate) async fn confirm(gate: &Gate, who: &Known, service: &str, given: &str) -> Result<Text, NotDone> {
    let (facts, now) = gate.service(who, service, Deed::ReviewAccounts).await?;
    if given != mark(&facts) {
        return Err(NotDone::new(
            format!(
                "Ce ne sont plus les personnes et les clés que vous avez lues. Relisez : accounts {service}"
            ),
            format!(
                "These are not the people and keys any more that you read. Read again: accounts {service}"
            ),
        ));
    }
    let (establishment, accounts) = (facts.establishment.id.clone(), facts.accounts());
    let fact = AccountsReviewed {
        provider: facts.provider.id.clone(),
        people: u64::try_from(accounts.len()).unwrap_or(u64::MAX),
        words: digest(&accounts),
    };
    let people = accounts.len();
    let value =
        AccountsReview { provider: facts.provider.id.clone(), by: who.person.clone(), at: now, accounts };
    let by = Actor::Person(who.person.clone());
    let note = Note {
        establishment: establishment.clone(),
        at: now,
        by,
        session: None,
        intervention: None,
        fact: fact.into(),
    };
    let puts = vec![Put::AccountsReview { establishment, value }];
    let act = Act { puts, sessions: Vec::new(), notes: vec![note], at: now, by: who.person.to_string() };
    gate.acts.commit(act).await?;
    let provider = &facts.provider.id;
    Ok(Text::new(
        format!(
            "Relu : {people} personne(s) de {provider}, pour douze mois. Qui est parti se retire du fichier du site."
        ),
        format!(
            "Reviewed: {people} person(s) of {provider}, for twelve months. Who left is taken out of the site's file."
        ),
    ))
}

fn mark(facts: &ServiceFacts) -> String {
    hex(&digest(&(&facts.provider.id, facts.accounts()))).chars().take(2 * MARK_LEN).collect()
}
