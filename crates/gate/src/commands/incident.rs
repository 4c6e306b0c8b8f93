//! An incident at a provider's place (E4): whoever knows of it declares it, and in the same act nothing of the provider's is open
//! any more. Taking up again is the establishment's.

use domain::{Incident, LocalMoment};
use events::{Fact, IncidentDeclared, ProviderSuspended};
use vocab::{Text, Timestamp};

use super::case::NotDone;
use super::emergency::{self, Place, places, write};
use super::plain;
use super::role::Deed;
use crate::ports::Put;
use crate::{Gate, Known};

/// Letters of what happened.
const WHAT_MAX: usize = 1024;

/// The commands about a provider as a whole; `None`: it is none of them.
pub(crate) async fn act(gate: &Gate, who: &Known, words: &[&str]) -> Option<Result<Text, NotDone>> {
    let owned = |word: &str| word.to_owned();
    Some(match words {
        ["suspend-provider", name, reason] => {
            emergency::suspend_provider(gate, who, name, owned(reason)).await
        }
        ["resume-provider", name] => emergency::resume_provider(gate, who, name, None).await,
        ["resume-provider", name, reason] => {
            emergency::resume_provider(gate, who, name, Some(owned(reason))).await
        }
        ["declare-incident", name, noticed, what] => declare(gate, who, name, noticed, what).await,
        _ => return None,
    })
}

/// By the provider's own manager, or by the establishment; `noticed` is a past moment on the establishment's wall, or `now`.
async fn declare(gate: &Gate, who: &Known, name: &str, noticed: &str, what: &str) -> Result<Text, NotDone> {
    let (provider, places, now) = places(gate, who, name, Deed::DeclareIncident).await?;
    let what: String = plain(what.trim()).chars().take(WHAT_MAX).collect();
    if what.is_empty() {
        return Err(NotDone::new("Dites ce qui s'est passé.", "Say what happened."));
    }
    let moment = |place: &Place| -> Option<Timestamp> {
        if ["now", "maintenant"].contains(&noticed) {
            return Some(now);
        }
        LocalMoment::past(noticed, &place.facts.establishment.zone, now)
    };
    if !places.iter().all(|place| moment(place).is_some()) {
        return Err(NotDone::new(
            "Dites quand il fut constaté : 'AAAA-MM-JJ HH:MM', déjà passé, ou maintenant.",
            "Say when it was noticed: 'YYYY-MM-DD HH:MM', in the past, or now.",
        ));
    }
    let act = |place: &Place| {
        let noticed_at = moment(place).unwrap_or(now);
        let incident = Incident { noticed_at, declared_at: now, by: who.person.clone(), what: what.clone() };
        let value = place.stopped(&provider, who, &what, now).with(incident);
        let put = Put::Suspension { establishment: place.facts.establishment.id.clone(), value };
        let said = IncidentDeclared {
            provider: provider.clone(),
            noticed: noticed_at,
            what: what.as_str().into(),
            stops: place.runs(),
        };
        let mut facts: Vec<Fact> = vec![said.into()];
        if place.runs() {
            let (provider, reason) = (provider.clone(), what.as_str().into());
            facts.push(ProviderSuspended { provider, reason }.into());
        }
        (put, facts)
    };
    write(gate, who, places, now, act).await?;
    Ok(Text::new(
        format!(
            "Incident déclaré. Tous les accès de {name} sont suspendus ; ses sessions sont coupées. Reprise par l'établissement : resume-provider {name}"
        ),
        format!(
            "Incident declared. All accesses of {name} are suspended; its sessions are cut. The establishment resumes: resume-provider {name}"
        ),
    ))
}
