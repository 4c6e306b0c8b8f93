//! `token`: what a program shows in one's place. Made by its person, under his own key and second factor, shown once;
//! the host operator makes none.

use std::time::Duration;

use domain::{Scope, Token};
use events::{Actor, Fact, TokenMade, TokenRevoked};
use vocab::{EstablishmentId, Text, Timestamp};

use super::case::{NotDone, not_yours};
use super::role::{Deed, roles_of};
use crate::acts::Act;
use crate::bearer::{HANDLE, SECRET, hash_of, id_of, written};
use crate::ports::{Boxed, FactName, PortError, Put};
use crate::scribe::Note;
use crate::{Gate, Known};

type Done = Result<Text, NotDone>;

/// Days that a token is good for when nothing else is said: a month, after which somebody looks whether the script is
/// still there.
const DAYS: u32 = 30;
/// At most a year: a secret in a file is renewed at least as often as accounts are reviewed.
const DAYS_MAX: u32 = 365;
/// Tokens of one person in one establishment: one for each of his programs, and room to change them one by one.
const TOKENS_MAX: usize = 16;
/// Longest name, in bytes.
const NAME_MAX: usize = 32;

/// `None`: it is written otherwise.
pub(crate) fn act<'a>(gate: &'a Gate, who: &'a Known, words: &'a [&'a str]) -> Boxed<'a, Option<Done>> {
    Box::pin(async move {
        match words {
            ["new", name, options @ ..] => {
                let (scopes, days) = options_of(options)?;
                Some(make(gate, who, name, scopes, days).await)
            }
            ["revoke", id] => Some(revoke(gate, who, id).await),
            _ => None,
        }
    })
}

/// `--scope a,b [--days n]`, in any order. `None`: it is written otherwise.
fn options_of<'a>(options: &[&'a str]) -> Option<(&'a str, Option<&'a str>)> {
    match options {
        ["--scope", scopes] => Some((scopes, None)),
        ["--scope", scopes, "--days", days] | ["--days", days, "--scope", scopes] => {
            Some((scopes, Some(days)))
        }
        _ => None,
    }
}

/// `token new <name>[@<establishment>] --scope a,b [--days n]`.
async fn make(gate: &Gate, who: &Known, name: &str, scopes: &str, days: Option<&str>) -> Done {
    let (name, only) = name.split_once('@').map_or((name, None), |(name, only)| (name, Some(only)));
    let (establishment, now) = place(gate, who, only, name).await?;
    let (scopes, days) = (scopes_of(scopes)?, days_of(days)?);
    check_name(name)?;
    let (mut handle, mut secret) = ([0; HANDLE], [0; SECRET]);
    gate.entropy.fill(&mut handle)?;
    gate.entropy.fill(&mut secret)?;
    // One at a time, and not while keys or second factors change: none is made beside what it stands on.
    let _alone = gate.people.lock().await;
    gate.vouched(who, &establishment, now).await?;
    let mut puts = make_room(gate, who, &establishment, name, now).await?;
    let token = Token {
        id: id_of(&handle),
        name: name.to_owned(),
        person: who.person.clone(),
        establishment: establishment.clone(),
        scopes,
        sha256: hash_of(&secret),
        key: who.proof.key.clone(),
        enrolment: who.proof.enrolment,
        made_at: now,
        until: now.after(Duration::from_secs(u64::from(days) * 86_400)),
    };
    if gate.store.token(&token.id, gate.as_of(now)).await?.is_some() {
        return Err(PortError::Conflict(token.id).into());
    }
    let list = words_of(&token.scopes);
    let fact = TokenMade {
        token: token.id.as_str().into(),
        name: name.into(),
        scopes: list.as_str().into(),
        until: token.until,
    };
    let id = token.id.clone();
    puts.push(Put::Token(token));
    write(gate, who, &establishment, now, puts, fact.into()).await?;
    let shown = written(&handle, &secret);
    Ok(Text::new(
        format!(
            "{shown}\nC'est le jeton {id} ({name}), pour {establishment} : {list}, {days} jours. Il n'est montré qu'une fois : \
             rangez-le où vous seul le lisez. Le retirer : token revoke {id}"
        ),
        format!(
            "{shown}\nThis is the token {id} ({name}), for {establishment}: {list}, {days} days. It is shown once: keep it \
             where you alone read it. To revoke it: token revoke {id}"
        ),
    ))
}

/// The establishment in which he has a part and is vouched for.
async fn place(
    gate: &Gate,
    who: &Known,
    only: Option<&str>,
    name: &str,
) -> Result<(EstablishmentId, Timestamp), NotDone> {
    let now = gate.clock.now();
    let (mut refused, mut found) = (NotDone::unknown(name), Vec::new());
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        if only.is_some_and(|only| establishment.id.as_str() != only) {
            continue;
        }
        let mut may = false;
        for facts in gate.facts_of(&establishment, now).await? {
            match gate.may(who, &facts, Deed::MakeToken, now, name).await {
                Ok(()) => may = true,
                Err(why) if roles_of(&who.person, &facts, now).is_empty() => drop(why),
                Err(why) => refused = why,
            }
        }
        if may {
            found.push(establishment.id);
        }
    }
    match found.as_slice() {
        [one] => Ok((one.clone(), now)),
        [] => Err(refused),
        [_, ..] => Err(NotDone::new(
            format!("Vous le pouvez dans plusieurs établissements : écrivez {name}@<établissement>."),
            format!("You may in several establishments: write {name}@<establishment>."),
        )),
    }
}

/// His tokens whose time is over end; of the others there is room for one more, of another name.
async fn make_room(
    gate: &Gate,
    who: &Known,
    establishment: &EstablishmentId,
    name: &str,
    now: Timestamp,
) -> Result<Vec<Put>, NotDone> {
    let all = gate.store.tokens(establishment, gate.as_of(now)).await?;
    let own = all.into_iter().filter(|token| token.person == who.person);
    let (live, over): (Vec<Token>, Vec<Token>) = own.partition(|token| token.until > gate.as_of(now));
    if live.iter().any(|token| token.name == name) {
        return Err(NotDone::new(
            format!("Vous avez déjà un jeton « {name} » : retirez-le d'abord, ou nommez celui-ci autrement."),
            format!("You have a token `{name}` already: revoke it first, or give this one another name."),
        ));
    }
    if live.len() >= TOKENS_MAX {
        return Err(NotDone::new(
            format!("Vous avez {TOKENS_MAX} jetons : retirez-en un (token list)."),
            format!("You have {TOKENS_MAX} tokens: revoke one (token list)."),
        ));
    }
    Ok(over.into_iter().map(|token| Put::End(FactName::Token(token.id))).collect())
}

/// `token revoke <id>`: one's own; another's, who answers for the establishment.
async fn revoke(gate: &Gate, who: &Known, id: &str) -> Done {
    let now = gate.clock.now();
    let found = gate.store.token(id, gate.as_of(now)).await?;
    let token = found.ok_or_else(|| NotDone::unknown(id))?;
    if token.person != who.person {
        others(gate, who, &token.establishment, Deed::RevokeToken, id, now).await?;
    }
    let fact = TokenRevoked {
        token: token.id.as_str().into(),
        name: token.name.as_str().into(),
        person: token.person.clone(),
    };
    let puts = vec![Put::End(FactName::Token(token.id.clone()))];
    write(gate, who, &token.establishment, now, puts, fact.into()).await?;
    Ok(Text::new(
        format!("Jeton {id} ({}) retiré : il ne prouve plus rien.", token.name),
        format!("Token {id} ({}) revoked: it proves nothing any more.", token.name),
    ))
}

/// Whether he answers for the establishment, whose tokens these are.
async fn others(
    gate: &Gate,
    who: &Known,
    establishment: &EstablishmentId,
    deed: Deed,
    name: &str,
    now: Timestamp,
) -> Result<(), NotDone> {
    let mut refused = NotDone::unknown(name);
    for establishment in
        gate.store.establishments(gate.as_of(now)).await?.iter().filter(|one| one.id == *establishment)
    {
        for facts in gate.facts_of(establishment, now).await? {
            match gate.may(who, &facts, deed, now, name).await {
                Ok(()) => return Ok(()),
                Err(why) if why == not_yours(deed) => refused = why,
                Err(_) => {}
            }
        }
    }
    Err(refused)
}

/// `token list`: one's own; who answers for an establishment sees all of its.
pub(crate) fn list<'a>(gate: &'a Gate, who: &'a Known) -> Boxed<'a, Done> {
    Box::pin(listed(gate, who))
}

async fn listed(gate: &Gate, who: &Known) -> Done {
    let now = gate.clock.now();
    let (mut fr, mut en) = (String::new(), String::new());
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        let all = others(gate, who, &establishment.id, Deed::RevokeToken, "token", now).await.is_ok();
        for token in gate.store.tokens(&establishment.id, gate.as_of(now)).await? {
            if !all && token.person != who.person {
                continue;
            }
            let (until, scopes) = (establishment.zone.show(token.until), words_of(&token.scopes));
            let over = token.until <= gate.as_of(now);
            let line = |word: &str| {
                format!(
                    "{}  {:<16} {:<16} {:<12} {word} {until}  {scopes}\n",
                    token.id, token.name, token.person, token.establishment
                )
            };
            fr.push_str(&line(if over { "expiré le" } else { "jusqu'au" }));
            en.push_str(&line(if over { "expired" } else { "until" }));
        }
    }
    if fr.is_empty() {
        return Ok(Text::new("Aucun jeton.", "No token."));
    }
    Ok(Text::new(fr.trim_end(), en.trim_end()))
}

fn words_of(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(",")
}

fn scopes_of(words: &str) -> Result<Vec<Scope>, NotDone> {
    let read = words.split(',').map(|word| {
        Scope::of(word).ok_or_else(|| {
            let all = words_of(&Scope::ALL).replace(',', ", ");
            NotDone::new(
                format!("« {word} » n'est pas une portée : {all}."),
                format!("`{word}` is no scope: {all}."),
            )
        })
    });
    let mut scopes: Vec<Scope> = read.collect::<Result<_, _>>()?;
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

fn days_of(given: Option<&str>) -> Result<u32, NotDone> {
    let Some(given) = given else { return Ok(DAYS) };
    let days = given.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days));
    days.ok_or_else(|| {
        NotDone::new(
            format!("Un jeton vaut de 1 à {DAYS_MAX} jours."),
            format!("A token is good for 1 to {DAYS_MAX} days."),
        )
    })
}

fn check_name(name: &str) -> Result<(), NotDone> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(letter) {
        return Ok(());
    }
    Err(NotDone::new(
        format!("Un nom de jeton a de 1 à {NAME_MAX} caractères : a-z, 0-9, tiret."),
        format!("The name of a token has 1 to {NAME_MAX} characters: a-z, 0-9, dash."),
    ))
}

async fn write(
    gate: &Gate,
    who: &Known,
    establishment: &EstablishmentId,
    now: Timestamp,
    puts: Vec<Put>,
    fact: Fact,
) -> Result<(), NotDone> {
    let (establishment, by) = (establishment.clone(), Actor::Person(who.person.clone()));
    let note = Note { establishment, at: now, by, session: None, intervention: None, fact };
    let act = Act { puts, sessions: Vec::new(), notes: vec![note], at: now, by: who.person.to_string() };
    gate.acts.commit(act).await?;
    Ok(())
}
