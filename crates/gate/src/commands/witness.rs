//! What the site's file says is done: that a thing which a provider entrusted was given back or destroyed, that an equipment was
//! put into service, that a vulnerability stays by a joint decision. A person confirms these very words, as one signs what the
//! file proposes (decisions 0010, 0033 and 0038).

use domain::{Custody, Decision, Party, ServiceFacts, Witness, Witnessed};
use events::{Actor, CommissioningConfirmed, EntrustedConfirmed, Fact, VulnerabilityPostponed};
use vocab::{Text, Timestamp};

use super::case::{NotDone, not_yours};
use super::plain;
use super::role::Deed;
use super::sign::MARK_LEN;
use crate::acts::Act;
use crate::digest::digest;
use crate::ports::Put;
use crate::scribe::Note;
use crate::streams::hex;
use crate::{Gate, Known};

/// `witness <service>`: what waits for somebody's word, and what this person may confirm of it.
pub(crate) async fn list(gate: &Gate, who: &Known, service: &str) -> Result<Text, NotDone> {
    let (facts, now) = seen(gate, who, service).await?;
    let (mut fr, mut en) = (String::new(), String::new());
    for one in all(&facts, now).filter(|one| facts.witness(one).is_none()) {
        if !deed(&one).is_of(&who.person, &facts, now) {
            continue;
        }
        let line = format!("witness {service} {} {}\n", one.what(), mark(&one));
        let page = page(&one, &facts);
        fr.push_str(&format!("{line}  {}\n", plain(&page.fr)));
        en.push_str(&format!("{line}  {}\n", plain(&page.en)));
    }
    if fr.is_empty() {
        return Ok(Text::new("Rien n'attend votre confirmation.", "Nothing waits for your confirmation."));
    }
    Ok(Text::new(fr.trim_end(), en.trim_end()))
}

/// `witness <service> <what> <mark>`: it is so. The mark is that of the words which were shown.
pub(crate) async fn confirm(
    gate: &Gate,
    who: &Known,
    service: &str,
    what: &str,
    given: &str,
) -> Result<Text, NotDone> {
    let (facts, now) = seen(gate, who, service).await?;
    let found = all(&facts, now).find(|one| one.what().to_string() == what);
    // Whoever may confirm nothing of the service is not told what there is.
    let asked = found.as_ref().map_or(Deed::ConfirmCustody, deed);
    let (facts, now) = gate.service(who, service, asked).await?;
    let one = found.ok_or_else(|| nothing(what))?;
    if let Some(Witness { by, at, .. }) = facts.witness(&one) {
        let at = facts.establishment.zone.show(*at);
        return Err(NotDone::new(
            format!("{by} l'a déjà confirmé le {at}."),
            format!("{by} confirmed it already, on {at}."),
        ));
    }
    if given != mark(&one) || !all(&facts, now).any(|other| other == one) {
        return Err(NotDone::new(
            format!("Ce texte n'est pas celui que vous avez lu : il a changé. Relisez : witness {service}"),
            format!("This is not the text that you read: it has changed. Read again: witness {service}"),
        ));
    }
    // Who destroyed it is no witness of it.
    if matches!(&one, Witnessed::Entrusted { item, .. } if matches!(&item.state, Custody::Destroyed { by, .. } if *by == who.person))
    {
        return Err(NotDone::new(
            "Vous l'avez détruit vous-même : un autre le confirme.",
            "You destroyed it yourself: somebody else confirms it.",
        ));
    }
    everywhere(gate, who, &facts, &one, now).await?;
    write(gate, who, &facts, one, now).await?;
    Ok(Text::new(format!("Confirmé : {what} ({given})."), format!("Confirmed: {what} ({given}).")))
}

/// A decision stands in every service of the contract that its thing serves: who signs it may decide in each of them.
async fn everywhere(
    gate: &Gate,
    who: &Known,
    facts: &ServiceFacts,
    of: &Witnessed,
    now: Timestamp,
) -> Result<(), NotDone> {
    let Witnessed::Decided { decision, .. } = of else { return Ok(()) };
    let deed = deed(of);
    let reaches = |other: &ServiceFacts| {
        other.contract.id == facts.contract.id && other.installed(now).any(|item| item.id == decision.item)
    };
    let all = gate.facts_of(&facts.establishment, now).await?;
    match all.iter().find(|other| reaches(other) && !deed.is_of(&who.person, other, now)) {
        Some(other) => {
            let service = &other.service.id;
            Err(NotDone::new(
                format!(
                    "[E5] Cette décision vaudrait aussi dans {service}, où vous ne pouvez pas la prendre. Dites au fichier du site pour \
                     quelle seule prestation la chose est là (service = …), ou faites signer qui le peut partout."
                ),
                format!(
                    "[E5] This decision would stand in {service} too, where it is not yours. Say in the site's file for which service \
                     alone the thing is there (service = …), or let somebody sign who may decide in all."
                ),
            ))
        }
        None => Ok(()),
    }
}

/// All that may be confirmed of a service.
fn all(facts: &ServiceFacts, now: Timestamp) -> impl Iterator<Item = Witnessed> {
    facts.to_witness().chain(facts.to_decide(now))
}

/// The service, for whoever may confirm any of it.
async fn seen(gate: &Gate, who: &Known, service: &str) -> Result<(ServiceFacts, Timestamp), NotDone> {
    // Whoever may decide in the provider's name may confirm what it entrusted.
    for deed in [Deed::ConfirmCustody, Deed::DecideTogether] {
        if let Ok(seen) = gate.service(who, service, deed).await {
            return Ok(seen);
        }
    }
    gate.service(who, service, Deed::ConfirmCommissioning).await
}

const fn deed(of: &Witnessed) -> Deed {
    match of {
        Witnessed::Entrusted { .. } => Deed::ConfirmCustody,
        Witnessed::Commissioned { .. } => Deed::ConfirmCommissioning,
        Witnessed::Decided { party: Party::Establishment, .. } => Deed::DecideTogether,
        Witnessed::Decided { party: Party::Provider, .. } => Deed::DecideForProvider,
    }
}

fn mark(of: &Witnessed) -> String {
    hex(&digest(of)).chars().take(2 * MARK_LEN).collect()
}

/// All that is confirmed.
fn page(of: &Witnessed, facts: &ServiceFacts) -> Text {
    let zone = &facts.establishment.zone;
    match of {
        Witnessed::Entrusted { contract, item } => {
            let (id, what, state) = (&item.id, &item.what, item.state.text());
            let (received, from) = (zone.day(item.received_at), &item.received_by);
            let (at, with) = match &item.state {
                Custody::Returned { at, to } => (zone.day(*at), to.clone()),
                Custody::Destroyed { at, by } => (zone.day(*at), by.to_string()),
                Custody::Held => (String::new(), String::new()),
            };
            Text::new(
                format!(
                    "{id} ({what}), {contract}, reçu le {received} par {from} : {} le {at} ({with})",
                    state.fr
                ),
                format!(
                    "{id} ({what}), {contract}, received on {received} by {from}: {} on {at} ({with})",
                    state.en
                ),
            )
        }
        Witnessed::Commissioned { equipment, plan } => {
            let (minutes, agreed) = (plan.downtime_minutes, &plan.agreed_by);
            let (at, by) =
                plan.done.as_ref().map_or_else(Default::default, |(at, by)| (zone.day(*at), by.to_string()));
            let planned = zone.day(plan.planned);
            Text::new(
                format!(
                    "{equipment} mis en service le {at}, vu en marche par {by} (prévu le {planned}, arrêt de {minutes} min \
                     convenu avec {agreed})"
                ),
                format!(
                    "{equipment} put into service on {at}, seen to work by {by} (planned for {planned}, {minutes} min out of \
                     use agreed with {agreed})"
                ),
            )
        }
        Witnessed::Decided { decision, party } => decided(decision, *party, facts),
    }
}

/// A vulnerability that stays, and what that means.
fn decided(decision: &Decision, party: Party, facts: &ServiceFacts) -> Text {
    let zone = &facts.establishment.zone;
    let Decision { item, what, version, vulnerability, cvss, known_at, postponed, .. } = decision;
    // For which of them alone, in the file's own words.
    let only: Vec<String> = [
        decision.provider.as_ref().map(|id| format!("provider {id}")),
        decision.service.as_ref().map(|id| format!("service {id}")),
        decision.equipment.as_ref().map(|id| format!("equipment {id}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let only = if only.is_empty() { String::new() } else { format!(" [{}]", only.join(", ")) };
    let (known, until) = (zone.day(*known_at), zone.last_date(postponed.until));
    let reason = &postponed.reason;
    let (fr, en) = match party {
        Party::Establishment => ("pour l'établissement", "for the establishment"),
        Party::Provider => ("pour le fournisseur", "for the provider"),
    };
    Text::new(
        format!(
            "{vulnerability} (CVSS {cvss}, connue le {known}) dans {item} {version} ({what}){only} reste jusqu'au {until:#} : {reason} ; \
             signé {fr}, et sans effet sans l'autre partie"
        ),
        format!(
            "{vulnerability} (CVSS {cvss}, known on {known}) in {item} {version} ({what}){only} stays until {until}: {reason}; signed \
             {en}, and without effect without the other party"
        ),
    )
}

fn nothing(what: &str) -> NotDone {
    NotDone::new(
        format!("« {what} » : le fichier du site n'en dit rien d'accompli pour cette prestation."),
        format!("`{what}`: the site's file says nothing of it as done for this service."),
    )
}

async fn write(
    gate: &Gate,
    who: &Known,
    facts: &ServiceFacts,
    of: Witnessed,
    now: Timestamp,
) -> Result<(), NotDone> {
    let fact = told(&of, facts).ok_or_else(|| not_yours(deed(&of)))?;
    let establishment = facts.establishment.id.clone();
    let by = Actor::Person(who.person.clone());
    let note =
        Note { establishment: establishment.clone(), at: now, by, session: None, intervention: None, fact };
    let value = Witness { by: who.person.clone(), at: now, of };
    let puts = vec![Put::Witness { establishment, value }];
    let act = Act { puts, sessions: Vec::new(), notes: vec![note], at: now, by: who.person.to_string() };
    gate.acts.commit(act).await?;
    Ok(())
}

/// What the ledger is told; `None`: it is not done.
fn told(of: &Witnessed, facts: &ServiceFacts) -> Option<Fact> {
    let words = digest(of);
    Some(match of {
        Witnessed::Entrusted { contract, item } => {
            let ended = match &item.state {
                Custody::Held => return None,
                Custody::Returned { at, .. } | Custody::Destroyed { at, .. } => *at,
            };
            let provider = item.provider.clone().unwrap_or_else(|| facts.contract.provider.clone());
            let (item, state) = (item.id.as_str().into(), item.state.as_str().into());
            EntrustedConfirmed { provider, contract: contract.clone(), item, state, ended, words }.into()
        }
        Witnessed::Commissioned { equipment, plan } => {
            let (done, by) = plan.done.clone()?;
            CommissioningConfirmed { equipment: equipment.clone(), done, by, words }.into()
        }
        Witnessed::Decided { decision, party } => VulnerabilityPostponed {
            provider: facts.contract.provider.clone(),
            contract: decision.contract.clone(),
            item: decision.item.as_str().into(),
            version: decision.version.as_str().into(),
            vulnerability: decision.vulnerability.as_str().into(),
            cvss: decision.cvss.to_string().as_str().into(),
            party: party.as_str().into(),
            until: decision.postponed.until,
            reason: decision.postponed.reason.clone().into(),
            words,
        }
        .into(),
    })
}
