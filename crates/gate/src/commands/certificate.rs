//! `certificate`: a technician is given a certificate for the key of this very login, so that his scripts need no
//! code until the end of a window.

use domain::{Attempt, Intervention, ServiceFacts, State, Target};
use events::{Actor, CertificateGiven};
use vocab::{Text, Timestamp};

use super::case::NotDone;
use super::role::{Role, roles_of};
use super::show::LIST_MAX;
use crate::badge::{BADGE_LIFE, Badge};
use crate::ports::PortError;
use crate::{Gate, Known, Logged};

/// The certificate, and what is said beside it. `given`: a public key on the standard input, which has to be that of
/// this login.
pub(crate) async fn give(gate: &Gate, who: &Known, given: Option<&str>) -> Result<(String, Text), NotDone> {
    let now = gate.clock.now();
    let person = gate.store.person(&who.person, gate.as_of(now)).await?;
    let key = person.and_then(|one| one.keys.into_iter().find(|key| key.fingerprint == who.proof.key));
    let key = key
        .ok_or_else(|| NotDone::new("Cette clé n'est plus la vôtre.", "This key is no longer yours."))?
        .line;
    if given.is_some_and(|given| !same_key(given, &key)) {
        return Err(NotDone::new(
            "La clé donnée n'est pas celle de cette connexion : un certificat n'est donné que pour elle.",
            "The key given is not that of this login: a certificate is given for no other.",
        ));
    }
    // One code is good for a shift, however long the connection stays on which it was given.
    let limit = who.since.after(BADGE_LIFE).min(now.after(BADGE_LIFE));
    if limit <= now {
        return Err(NotDone::new(
            "Votre code a été donné il y a plus de huit heures : reconnectez-vous, puis demandez le certificat.",
            "Your code was given more than eight hours ago: log in again, then ask for the certificate.",
        ));
    }
    let until = until(gate, who, now, limit).await?.ok_or_else(|| {
        NotDone::new(
            "Aucune session ne vous est ouverte maintenant ni dans les huit heures : il n'y a rien à certifier. \
             `interventions` montre ce qui manque.",
            "No session is open to you now or within eight hours: there is nothing to certify. `interventions` \
             shows what is missing.",
        )
    })?;
    let (enrolment, from) = (who.proof.enrolment, who.from);
    let fact = CertificateGiven {
        key: who.proof.key.0.as_str().into(),
        enrolment: u64::from(enrolment),
        from,
        until,
    };
    let receipt =
        gate.scribe.note(gate.home_note(now, Actor::Person(who.person.clone()), fact.into())).await?;
    let badge = Badge { gate: gate.name.clone(), person: who.person.clone(), key, enrolment, from, until };
    let line = gate.vault.certify(&Logged::new(badge, receipt), now).await?;
    let minutes = until.since(now).as_secs() / 60;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    Ok((
        line,
        Text::new(
            format!(
                "Certificat pour {hours} h {minutes:02}, depuis {from} seulement, pour des sessions seulement. \
                 À ranger à côté de la clé, sous le nom <clé>-cert.pub :\n  \
                 ssh … certificate > <clé>-cert.pub.n && mv <clé>-cert.pub.n <clé>-cert.pub"
            ),
            format!(
                "Certificate for {hours} h {minutes:02}, from {from} only, for sessions only. It belongs beside the \
                 key, named <key>-cert.pub:\n  \
                 ssh … certificate > <key>-cert.pub.n && mv <key>-cert.pub.n <key>-cert.pub"
            ),
        ),
    ))
}

/// Algorithm and key are the same; a comment may stand behind them.
fn same_key(given: &str, key: &str) -> bool {
    given.split_whitespace().take(2).eq(key.split_whitespace().take(2))
}

/// The end of the last window that is open to him or opens soon, and at most the limit; `None`: there is none.
async fn until(
    gate: &Gate,
    who: &Known,
    now: Timestamp,
    limit: Timestamp,
) -> Result<Option<Timestamp>, PortError> {
    let mut last = None;
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        let all = gate.store.interventions(&establishment.id, &[State::Approved, State::Open]).await?;
        for intervention in all.into_iter().take(LIST_MAX) {
            let found =
                gate.store.service_facts(&establishment.id, &intervention.service, gate.as_of(now)).await;
            let facts = match found {
                Ok(facts) => facts,
                Err(PortError::Missing(_)) => continue,
                Err(error) => return Err(error),
            };
            if !roles_of(&who.person, &facts, now).contains(&Role::Technician) {
                continue;
            }
            last = last
                .max(open_until(gate, who, &intervention, now).await?)
                .max(opens_until(&facts, now, limit));
        }
    }
    Ok(last.map(|end| limit.min(end)))
}

/// Until when a session on one of its equipment would be open now.
async fn open_until(
    gate: &Gate,
    who: &Known,
    intervention: &Intervention,
    now: Timestamp,
) -> Result<Option<Timestamp>, PortError> {
    let mut last = None;
    for equipment in &intervention.equipment {
        let attempt = Attempt {
            person: who.person.clone(),
            login: who.proof.clone(),
            target: Target {
                equipment: equipment.clone(),
                establishment: Some(intervention.establishment.clone()),
                intervention: Some(intervention.id.clone()),
            },
            from: who.from,
            access: None,
        };
        let facts = gate.facts(&attempt, now).await?;
        last = last.max(policy::decide(&attempt, &facts, now).ok().map(|permit| permit.terms().ends_at));
    }
    Ok(last)
}

/// The end of the next agreed window, when it begins before the limit: a script of the night is prepared in the
/// evening.
fn opens_until(facts: &ServiceFacts, now: Timestamp, limit: Timestamp) -> Option<Timestamp> {
    let zone = &facts.establishment.zone;
    let begins =
        facts.service.windows.iter().filter_map(|window| window.next(now, zone)).map(|span| span.from);
    begins.filter(|from| *from < limit).filter_map(|from| guide::windows_until(facts, from)).max()
}
