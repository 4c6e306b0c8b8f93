//! `notices`: what providers changed of what they say of themselves (C3), and `notice read`: somebody who answers for it has
//! read it.

use domain::{Notice, ServiceFacts};
use events::{Actor, Fact, NoticeRead};
use vocab::{EstablishmentId, Lang, ProviderId, Text, Timestamp};

use super::case::{NotDone, not_yours};
use super::plain;
use super::role::Deed;
use crate::acts::Act;
use crate::ports::Put;
use crate::scribe::Note;
use crate::{Gate, Known};

/// The notices of one establishment, each once.
struct Told {
    title: String,
    id: EstablishmentId,
    zone: domain::Zone,
    notices: Vec<Notice>,
}

/// `notices`: the unread ones first, then those that were read, the latest first.
pub(crate) async fn list(gate: &Gate, who: &Known) -> Result<Text, NotDone> {
    let (all, _) = told(gate, who, Deed::SeeDocuments, None).await?;
    let page = |lang| {
        let of = |one: &Told| {
            let lines: Vec<String> = one.notices.iter().flat_map(|notice| lines(one, notice, lang)).collect();
            let none = if lang == Lang::Fr { "  aucun avis" } else { "  no notice" };
            let lines = if lines.is_empty() { none.to_owned() } else { lines.join("\n") };
            format!("{}\n{lines}", plain(&one.title))
        };
        all.iter().map(of).collect::<Vec<_>>().join("\n\n")
    };
    Ok(Text::new(page(Lang::Fr), page(Lang::En)))
}

fn lines(of: &Told, notice: &Notice, lang: Lang) -> Vec<String> {
    let Notice { provider, serial, was, at, changed, read } = notice;
    let (at, was) = (of.zone.show(*at), was.map_or("—".to_owned(), |was| was.to_string()));
    let state = match (read, lang) {
        (None, Lang::Fr) => format!("à lire : notice read {provider}"),
        (None, Lang::En) => format!("to be read: notice read {provider}"),
        (Some((by, when)), Lang::Fr) => format!("lu par {by} le {}", of.zone.show(*when)),
        (Some((by, when)), Lang::En) => format!("read by {by} on {}", of.zone.show(*when)),
    };
    let word = if lang == Lang::Fr { "dossier n°" } else { "dossier no." };
    let head = format!("  {provider}, {word} {was} → {serial}, {at} ({state})");
    std::iter::once(head).chain(changed.iter().map(|field| format!("    {}", plain(field)))).collect()
}

/// `notice read <provider>`, or `<provider>@<establishment>`: all that is unread of it.
pub(crate) async fn read(gate: &Gate, who: &Known, name: &str) -> Result<Text, NotDone> {
    let (wanted, only) = name.split_once('@').map_or((name, None), |(name, at)| (name, Some(at)));
    let provider: ProviderId = wanted.parse().map_err(|_| NotDone::unknown(name))?;
    let (all, now) = told(gate, who, Deed::ReadNotice, only).await?;
    let (mut puts, mut notes) = (Vec::new(), Vec::new());
    for one in &all {
        let unread = |notice: &&Notice| notice.provider == provider && notice.read.is_none();
        for notice in one.notices.iter().filter(unread) {
            let value = Notice { read: Some((who.person.clone(), now)), ..notice.clone() };
            let fact: Fact = NoticeRead { provider: provider.clone(), serial: notice.serial }.into();
            puts.push(Put::Notice { establishment: one.id.clone(), value });
            notes.push(Note {
                establishment: one.id.clone(),
                at: now,
                by: Actor::Person(who.person.clone()),
                session: None,
                intervention: None,
                fact,
            });
        }
    }
    if puts.is_empty() {
        return Err(NotDone::new(
            format!("Aucun avis sur {provider} n'attend d'être lu."),
            format!("No notice about {provider} waits to be read."),
        ));
    }
    let count = puts.len();
    let act = Act { puts, sessions: Vec::new(), notes, at: now, by: who.person.to_string() };
    gate.acts.commit(act).await?;
    Ok(Text::new(
        format!("{count} avis sur {provider} : lu(s)."),
        format!("{count} notice(s) about {provider}: read."),
    ))
}

/// In each establishment where this person may, and somebody vouched for him.
async fn told(
    gate: &Gate,
    who: &Known,
    deed: Deed,
    only: Option<&str>,
) -> Result<(Vec<Told>, Timestamp), NotDone> {
    let now = gate.clock.now();
    let (mut all, mut lacks) = (Vec::new(), not_yours(deed));
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        if only.is_some_and(|only| only != establishment.id.as_str()) {
            continue;
        }
        let mut facts = gate.facts_of(&establishment, now).await?;
        facts.retain(|one| deed.is_of(&who.person, one, now));
        if facts.is_empty() {
            continue;
        }
        match gate.vouched(who, &establishment.id, now).await {
            Ok(()) => all.push(Told {
                title: establishment.title.clone(),
                id: establishment.id.clone(),
                zone: establishment.zone.clone(),
                notices: each_once(&facts),
            }),
            Err(lack) => lacks = lack,
        }
    }
    if all.is_empty() { Err(lacks) } else { Ok((all, now)) }
}

fn each_once(facts: &[ServiceFacts]) -> Vec<Notice> {
    let mut notices: Vec<Notice> = Vec::new();
    for notice in facts.iter().flat_map(|one| &one.notices) {
        if !notices.contains(notice) {
            notices.push(notice.clone());
        }
    }
    notices.sort_by_key(|notice| (notice.read.is_some(), std::cmp::Reverse(notice.at)));
    notices
}
