//! What cannot wait: derogations, their review, and stopping a provider.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Derogation, ServiceFacts, Span, Suspension};
use events::{
    Actor, DerogationReviewed, DerogationSigned, ExceptionReviewed, ProviderResumed, ProviderSuspended,
};
use vocab::{ProviderId, Source, Text, Timestamp};

use super::case::NotDone;
use super::life::EMERGENCY_MAX;
use super::role::Deed;
use crate::acts::Act;
use crate::ports::{FactName, Put};
use crate::scribe::Note;
use crate::{Gate, Known};

type Done = Result<Text, NotDone>;

/// What a derogation opens, for whom and for how long.
pub(crate) struct Asked {
    pub(crate) intervention: String,
    pub(crate) person: String,
    pub(crate) equipment: String,
    pub(crate) rules: String,
    pub(crate) span: Duration,
    pub(crate) reason: String,
}

pub(crate) async fn derogate(gate: &Gate, who: &Known, asked: Asked) -> Done {
    let mut case = gate.case(who, &asked.intervention, Deed::Derogate).await?;
    let rules = rules_of(&asked.rules, gate.refuge)?;
    let staff = case.facts.staff.iter().find(|staff| staff.person.id.as_str() == asked.person);
    let Some(whom) = staff.map(|staff| staff.person.id.clone()) else {
        return Err(NotDone::new(
            format!(
                "« {} » n'est pas un intervenant connu de cette prestation : une dérogation ne vaut que pour une personne identifiée.",
                asked.person
            ),
            format!(
                "`{}` is not a known technician of this service: a derogation only holds for an identified person.",
                asked.person
            ),
        ));
    };
    let Some(equipment) =
        case.intervention.equipment.iter().find(|id| id.as_str() == asked.equipment).cloned()
    else {
        return Err(NotDone::new(
            format!("« {} » n'est pas dans l'intervention.", asked.equipment),
            format!("`{}` is not in the intervention.", asked.equipment),
        ));
    };
    if asked.span > EMERGENCY_MAX {
        return Err(NotDone::new("Une dérogation dure au plus 4 h.", "A derogation lasts 4 h at most."));
    }
    let span = Span { from: case.now, until: case.now.after(asked.span) };
    let fact = DerogationSigned {
        rules: rules.clone(),
        person: whom.clone(),
        equipment: equipment.clone(),
        reason: asked.reason.clone().into(),
        from: span.from,
        until: span.until,
    };
    let codes: BTreeSet<String> = rules.into_iter().map(Source::code).collect();
    let list = codes.iter().cloned().collect::<Vec<_>>().join(", ");
    case.intervention.derogations.push(Derogation {
        intervention: case.intervention.id.clone(),
        rules: codes,
        person: whom,
        equipment,
        reason: asked.reason,
        signed_by: who.person.clone(),
        relayed_by: who.relayed_by.clone(),
        span,
        reviewed: None,
    });
    let minutes = asked.span.as_secs() / 60;
    let name = case.intervention.id.clone();
    case.write(gate, fact).await?;
    Ok(Text::new(
        format!(
            "Dérogation d'urgence signée pour {minutes} min : {list}. Elle sera à revoir (review {name})."
        ),
        format!(
            "Emergency derogation signed for {minutes} min: {list}. It is to be reviewed (review {name})."
        ),
    ))
}

fn rules_of(given: &str, refuge: bool) -> Result<Vec<Source>, NotDone> {
    let rule = |code: &str| {
        let source = code.trim().parse::<Source>().map_err(|_| {
            NotDone::new(
                format!("« {code} » n'est pas une règle : C2, O4, house:employer…"),
                format!("`{code}` is not a rule: C2, O4, house:employer…"),
            )
        })?;
        if !guide::derogation_may_open(source, refuge) {
            return Err(NotDone::new(
                format!(
                    "Aucune dérogation n'ouvre {code} ; hors plage (O3), la voie est l'exception : exception."
                ),
                format!(
                    "No derogation opens {code}; outside the window (O3) the way is the exception: exception."
                ),
            ));
        }
        Ok(source)
    };
    given.split(',').map(rule).collect()
}

/// Reviews the exceptions and the derogations of an intervention that are over or running.
pub(crate) async fn review(gate: &Gate, who: &Known, name: &str, note: Option<String>) -> Done {
    let mut case = gate.case(who, name, Deed::Review).await?;
    let (now, words) = (case.now, || note.clone().map(Into::into));
    let mut notes = Vec::new();
    let (mut own, mut runs) = (false, false);
    for exception in case.intervention.exceptions.iter_mut().filter(|one| one.reviewed.is_none()) {
        if exception.span.holds(now) {
            runs = true;
            continue;
        }
        let hands =
            [Some(&exception.approved_by), Some(&exception.requested_by), exception.relayed_by.as_ref()];
        if hands.contains(&Some(&who.person)) {
            own = true;
            continue;
        }
        exception.reviewed = Some((now, who.person.clone()));
        notes.push(ExceptionReviewed { note: words() }.into());
    }
    for derogation in case.intervention.derogations.iter_mut().filter(|one| one.reviewed.is_none()) {
        if derogation.span.holds(now) {
            runs = true;
            continue;
        }
        if [Some(&derogation.signed_by), derogation.relayed_by.as_ref()].contains(&Some(&who.person)) {
            own = true;
            continue;
        }
        derogation.reviewed = Some((now, who.person.clone()));
        notes.push(DerogationReviewed { note: words() }.into());
    }
    let done = notes.len();
    if done == 0 && own {
        return Err(own_review());
    }
    if done == 0 && runs {
        return Err(NotDone::new(
            "Ce qui court encore se revoit une fois terminé : on ne relit pas ce qui peut encore se passer.",
            "What still runs is reviewed when it is over: nobody reads again what may still happen.",
        ));
    }
    if done == 0 {
        return Err(NotDone::new("Rien à revoir.", "Nothing to review."));
    }
    let notes = notes.into_iter().map(|fact: events::Fact| case.note(fact)).collect();
    let puts = vec![Put::Intervention { read_at: case.read_at, value: case.intervention }];
    gate.acts.commit(Act { puts, sessions: Vec::new(), notes, at: now, by: who.person.to_string() }).await?;
    let (mut fr, mut en) =
        (format!("Actes d'urgence revus : {done}."), format!("Emergency acts reviewed: {done}."));
    if own {
        fr.push_str(" Les vôtres restent à revoir par un autre.");
        en.push_str(" Your own are left for somebody else to review.");
    }
    Ok(Text::new(fr, en))
}

fn own_review() -> NotDone {
    NotDone::new(
        "Qui a demandé, accordé, signé ou relayé ne revoit pas son propre acte.",
        "Whoever asked, granted, signed or relayed does not review his own act.",
    )
}

/// Stops all accesses of a provider in one act (E4), in every establishment in which this person may: live
/// sessions close, no new one opens. Other establishments decide for themselves.
pub(crate) async fn suspend_provider(gate: &Gate, who: &Known, name: &str, reason: String) -> Done {
    let (provider, places, now) = places(gate, who, name, Deed::SuspendProvider).await?;
    let running = places.into_iter().filter(|place| place.runs());
    let act = |place: &Place| {
        let value = place.stopped(&provider, who, &reason, now);
        let put = Put::Suspension { establishment: place.facts.establishment.id.clone(), value };
        (put, vec![ProviderSuspended { provider: provider.clone(), reason: reason.clone().into() }.into()])
    };
    if !write(gate, who, running.collect(), now, act).await? {
        return Err(NotDone::new(
            format!("{name} est déjà suspendu."),
            format!("{name} is suspended already."),
        ));
    }
    Ok(Text::new(
        format!(
            "Tous les accès de {name} sont suspendus ; ses sessions sont coupées. Reprise par le responsable : resume-provider {name}"
        ),
        format!(
            "All accesses of {name} are suspended; its sessions are cut. The responsable resumes: resume-provider {name}"
        ),
    ))
}

/// Lifts the suspension in every establishment in which this person may.
pub(crate) async fn resume_provider(gate: &Gate, who: &Known, name: &str, reason: Option<String>) -> Done {
    let (provider, places, now) = places(gate, who, name, Deed::ResumeProvider).await?;
    let stopped = places.into_iter().filter(|place| !place.runs());
    let act = |place: &Place| {
        let establishment = place.facts.establishment.id.clone();
        let put = match &place.last {
            // What was declared stays to be seen (E4).
            Some(last) if !last.incidents.is_empty() => {
                let resumed = Some((now, who.person.clone()));
                Put::Suspension { establishment, value: Suspension { resumed, ..last.clone() } }
            }
            _ => Put::End(FactName::Suspension { establishment, provider: provider.clone() }),
        };
        let reason = reason.clone().map(Into::into);
        (put, vec![ProviderResumed { provider: provider.clone(), reason }.into()])
    };
    if !write(gate, who, stopped.collect(), now, act).await? {
        return Err(NotDone::new(format!("{name} n'est pas suspendu."), format!("{name} is not suspended.")));
    }
    Ok(Text::new(format!("Les accès de {name} reprennent."), format!("The accesses of {name} resume.")))
}

/// An establishment in which a provider is to be stopped or resumed.
pub(super) struct Place {
    /// One of the services that concern it there.
    pub(super) facts: ServiceFacts,
    /// How it was stopped there last, whether or not it was resumed since.
    pub(super) last: Option<Suspension>,
}

impl Place {
    /// Whether nothing stops the provider there.
    pub(super) fn runs(&self) -> bool {
        self.last.as_ref().is_none_or(|last| last.resumed.is_some())
    }

    /// The provider stopped there from now on, with the incidents of before; one that is stopped stays as it was.
    pub(super) fn stopped(
        &self,
        provider: &ProviderId,
        who: &Known,
        reason: &str,
        now: Timestamp,
    ) -> Suspension {
        if let Some(last) = self.last.as_ref().filter(|_| !self.runs()) {
            return last.clone();
        }
        Suspension {
            provider: provider.clone(),
            since: now,
            by: who.person.clone(),
            reason: reason.to_owned(),
            incidents: self.last.as_ref().map(|last| last.incidents.clone()).unwrap_or_default(),
            resumed: None,
        }
    }
}

/// One act over these establishments: all of them, or none. `false`: there is none.
pub(super) async fn write(
    gate: &Gate,
    who: &Known,
    places: Vec<Place>,
    now: Timestamp,
    act: impl Fn(&Place) -> (Put, Vec<events::Fact>),
) -> Result<bool, NotDone> {
    let (mut puts, mut notes) = (Vec::new(), Vec::new());
    for place in &places {
        let (put, facts) = act(place);
        puts.push(put);
        for fact in facts {
            let establishment = place.facts.establishment.id.clone();
            let by = Actor::Person(who.person.clone());
            notes.push(Note { establishment, at: now, by, session: None, intervention: None, fact });
        }
    }
    gate.acts.commit(Act { puts, sessions: Vec::new(), notes, at: now, by: who.person.to_string() }).await?;
    Ok(!places.is_empty())
}

/// A provider, and the establishments that have a contract with it in which this person may do this deed.
pub(super) async fn places(
    gate: &Gate,
    who: &Known,
    name: &str,
    deed: Deed,
) -> Result<(ProviderId, Vec<Place>, Timestamp), NotDone> {
    let now = gate.clock.now();
    let provider: ProviderId = name.parse().map_err(|_| NotDone::unknown(name))?;
    let (mut places, mut refused) = (Vec::new(), NotDone::unknown(name));
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        for service in gate.store.services(&establishment.id, gate.as_of(now)).await? {
            let facts = gate.store.service_facts(&establishment.id, &service.id, gate.as_of(now)).await?;
            let concerned = facts.provider.id == provider
                || facts.contract.subcontracts.iter().any(|sub| sub.provider == provider);
            if !concerned {
                continue;
            }
            match gate.may(who, &facts, deed, now, name).await {
                Ok(()) => {
                    let last = facts.suspensions.iter().find(|one| one.provider == provider).cloned();
                    places.push(Place { facts, last });
                    break;
                }
                Err(why) => refused = why,
            }
        }
    }
    if places.is_empty() { Err(refused) } else { Ok((provider, places, now)) }
}
