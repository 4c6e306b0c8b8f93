//! Work that does not pass the gate: on a direct path, or assistance by other means. Nothing opens by it; what is done there is at least
//! known, dated, and begun only where everything but the way itself would let it (decision 0038).

use domain::{Asked, Attempt, CONSENT, LoginProof, PAST_MAX, PastConsent, PastWork, Staff, Step, Target};
use events::{PastWorkBegan, PastWorkConsented, PastWorkEnded};
use policy::past_the_gate;
use vocab::{PersonId, Text, Timestamp};

use super::case::{Case, NotDone};
use super::role::Deed;
use crate::{Gate, Known};

type Done = Result<Text, NotDone>;

/// `consent i-12 <technician>`: this person of the provider may declare its beginning himself.
pub(crate) async fn consent(gate: &Gate, who: &Known, name: &str, technician: &str) -> Done {
    let mut case = gate.case(who, name, Deed::ConsentPast).await?;
    let technician = technician_of(&case, technician)?;
    if !case.intervention.state.opens() {
        return Err(NotDone::new(
            "L'intervention n'est pas approuvée, ou n'est plus ouverte : rien ne commence.",
            "The intervention is not approved, or is open no more: nothing begins.",
        ));
    }
    case.intervention.consent =
        Some(Box::new(PastConsent { by: who.person.clone(), at: case.now, to: technician.clone() }));
    case.write(gate, PastWorkConsented { technician: technician.clone() }).await?;
    let hours = CONSENT.as_secs() / 3600;
    Ok(Text::new(
        format!(
            "{technician} peut déclarer le début, une fois, dans les {hours} h : begin {name} {technician}"
        ),
        format!("{technician} may declare the beginning, once, within {hours} h: begin {name} {technician}"),
    ))
}

/// `begin i-12 <technician>`: this person begins to work past the gate.
pub(crate) async fn begin(gate: &Gate, who: &Known, name: &str, technician: &str) -> Done {
    let mut case = gate.case(who, name, Deed::BeginPast).await?;
    let technician = technician_of(&case, technician)?;
    let consent_by = on_whose_word(&case, who, &technician)?;
    if case.intervention.under_way_past().any(|work| work.technician == technician) {
        return Err(NotDone::new(
            format!("{technician} intervient déjà : end {name} {technician}"),
            format!("{technician} is at work already: end {name} {technician}"),
        ));
    }
    if case.intervention.past.len() >= PAST_MAX {
        return Err(NotDone::new(
            format!("{PAST_MAX} débuts y sont déjà : demandez une autre intervention."),
            format!("It has {PAST_MAX} beginnings already: ask for another intervention."),
        ));
    }
    let until = may_begin(&case, who, &technician)?;
    case.step(Step::OpenSession)?;
    if consent_by.is_some() {
        case.intervention.consent = None;
    }
    case.intervention.past.push(PastWork {
        technician: technician.clone(),
        began: case.now,
        declared_by: who.person.clone(),
        consent_by: consent_by.clone(),
        until,
        ended: None,
    });
    let fact = PastWorkBegan {
        service: case.facts.service.id.clone(),
        equipment: case.intervention.equipment.clone(),
        technician: technician.clone(),
        consent: consent_by,
        until,
    };
    let end = case.facts.establishment.zone.show(until);
    case.write(gate, fact).await?;
    Ok(Text::new(
        format!(
            "{technician} intervient hors de la poterne, jusqu'au {end} au plus tard. À la fin : end {name} {technician}"
        ),
        format!(
            "{technician} works past the gate, until {end} at the latest. At the end: end {name} {technician}"
        ),
    ))
}

/// `end i-12 <technician>`.
pub(crate) async fn end(gate: &Gate, who: &Known, name: &str, technician: &str) -> Done {
    let mut case = gate.case(who, name, Deed::EndPast).await?;
    let open = case
        .intervention
        .past
        .iter_mut()
        .find(|work| work.ended.is_none() && work.technician.as_str() == technician);
    let Some(work) = open else {
        return Err(NotDone::new(
            format!("Aucun début de {technician} n'attend sa fin dans {name}."),
            format!("No beginning of {technician} waits for its end in {name}."),
        ));
    };
    // A technician speaks for himself; who speaks for the provider, for all of its people.
    if case.facts.of_the_provider(&who.person)
        && work.technician != who.person
        && !case.facts.provider.managers.contains(&who.person)
    {
        return Err(NotDone::new(
            "Chaque intervenant dit sa propre fin ; la direction du fournisseur, celle des siens.",
            "Each technician says his own end; the provider's management, that of its people.",
        ));
    }
    work.ended = Some((case.now, who.person.clone()));
    let fact = PastWorkEnded { technician: work.technician.clone(), began: work.began };
    case.write(gate, fact).await?;
    Ok(Text::new(
        format!("Fin de {technician} dans {name}. Clore quand l'objectif est atteint : close {name} reached"),
        format!(
            "End of {technician} in {name}. Close it once its objective is reached: close {name} reached"
        ),
    ))
}

/// Somebody of the provider's side who may work in the service, where the service does not pass the gate.
fn technician_of(case: &Case, given: &str) -> Result<PersonId, NotDone> {
    if case.facts.at_the_gate() {
        return Err(NotDone::new(
            "[T1] Cette prestation passe par la poterne : l'intervention commence quand on s'y connecte.",
            "[T1] This service passes the gate: the intervention begins when somebody connects there.",
        ));
    }
    let found = case.facts.staff.iter().find(|staff| staff.person.id.as_str() == given);
    found.map(|staff| staff.person.id.clone()).ok_or_else(|| {
        NotDone::new(
            format!("« {given} » n'est pas un intervenant connu de cette prestation."),
            format!("`{given}` is not a known technician of this service."),
        )
    })
}

/// Whoever runs it on the establishment's side declares it; a technician himself only with a beneficiary's consent, which is named.
fn on_whose_word(case: &Case, who: &Known, technician: &PersonId) -> Result<Option<PersonId>, NotDone> {
    if !case.facts.of_the_provider(&who.person) {
        return Ok(None);
    }
    let consent = case.intervention.consent.as_deref();
    let counts = |one: &&PastConsent| {
        one.to == *technician
            && one.to == who.person
            && case.now < one.at.after(CONSENT)
            && case.facts.service.beneficiaries.contains(&one.by)
    };
    match consent.filter(counts) {
        Some(consent) => Ok(Some(consent.by.clone())),
        None => {
            let id = &case.intervention.id;
            Err(NotDone::new(
                format!("Un bénéficiaire déclare le début, ou y consent d'abord : consent {id} {technician}"),
                format!("A beneficiary declares the beginning, or consents first: consent {id} {technician}"),
            ))
        }
    }
}

/// Until when it may go on: everything that a session is asked for but the way, on each equipment of the intervention.
fn may_begin(case: &Case, who: &Known, technician: &PersonId) -> Result<Timestamp, NotDone> {
    let facts = &case.facts;
    let Some(staff) = facts.staff.iter().find(|staff| staff.person.id == *technician) else {
        return Err(NotDone::unknown(technician.as_str()));
    };
    let mut until = Timestamp::MAX;
    for id in &case.intervention.equipment {
        let Some(equipment) = facts.equipment.iter().find(|one| one.id == *id) else {
            return Err(NotDone::new(
                format!("{id} n'est pas, ou plus, décrit dans cette prestation."),
                format!("{id} is not described in this service, or not any more."),
            ));
        };
        let attempt = attempt(case, who, staff, equipment);
        let asked =
            Asked { attempt: &attempt, facts, staff, equipment, intervention: Some(&case.intervention) };
        match past_the_gate(&asked, case.now) {
            Ok(end) => until = until.min(end),
            Err(lacks) => return Err(refused(&lacks)),
        }
    }
    Ok(until)
}

/// What a rule is told of whoever works: nothing of it is a login at the gate.
fn attempt(case: &Case, who: &Known, staff: &Staff, equipment: &domain::Equipment) -> Attempt {
    Attempt {
        person: staff.person.id.clone(),
        login: LoginProof {
            key: domain::Fingerprint(String::new()),
            second: None,
            enrolment: 0,
            at: case.now,
        },
        target: Target {
            equipment: equipment.id.clone(),
            establishment: Some(case.facts.establishment.id.clone()),
            intervention: Some(case.intervention.id.clone()),
        },
        from: who.from,
        access: None,
    }
}

fn refused(lacks: &[policy::Unmet]) -> NotDone {
    let (mut fr, mut en) = ("Rien ne commence :".to_owned(), "Nothing begins:".to_owned());
    for lack in lacks {
        let code = lack.source.code();
        fr.push_str(&format!("\n  [{code}] {} {}", lack.sentence.fr, lack.remedy.fr));
        en.push_str(&format!("\n  [{code}] {} {}", lack.sentence.en, lack.remedy.en));
    }
    if lacks.is_empty() {
        fr.push_str(" le temps accordé est écoulé.");
        en.push_str(" the time granted is over.");
    }
    NotDone::new(fr, en)
}
