//! O1: the service agreement.

use domain::{Agreement, Asked, Heading, ServiceFacts, Witnessed};
use vocab::{Kind, Lang, Level, RuleId, Text, Timestamp};

use crate::evidence::{is_said, no_session_without, paper, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, Status, Unmet};

rule! {
    /// Demande : fournisseur et responsable conviennent des modalités pratiques (objectifs et périmètre, devoirs
    /// de chacun, moyens, procédures, règles de sécurité) et les font connaître à ceux qu'elles concernent.
    ///
    /// Pourquoi : chacun doit savoir, avant l'intervention, ce qu'il a à faire et ce qu'il peut attendre.
    ///
    /// Ici : pas de session sans convention en vigueur dont les cinq rubriques ont chacune une référence. Le
    /// texte en vigueur est montré et son accusé recueilli dans l'acte d'approbation même : personne n'est
    /// tenu dehors pour un accusé manquant. Là où la prestation veut que ses demandes soient qualifiées (raison,
    /// impact sur les soins, référent), rien ne s'approuve ni ne s'ouvre avant. Ce que le fournisseur confie est
    /// inscrit, et son retour attendu à la date convenue.
    ///
    /// Reste à une personne : savoir si le texte fut compris.
    fr,
    /// Asks: provider and responsable agree on how it is done in practice (objectives and scope, mutual duties,
    /// means, procedures, security rules) and make it known to those concerned.
    ///
    /// Why: before the intervention everybody has to know what to do and what to expect.
    ///
    /// Here: no session without an agreement in force whose five headings each have a reference. The text in
    /// force is shown and receipted inside the act of approval itself: nobody is kept out for a missing
    /// receipt. Where the service wants its requests qualified (reason, impact on care, referent), nothing is
    /// approved or opened before. What the provider entrusts is written down, and its return due when agreed.
    ///
    /// Left to a person: whether the text was understood.
    en,
    O1 {
        fr: "Une convention de service de cinq rubriques est en vigueur et connue des personnes concernées.",
        en: "A service agreement of five headings is in force and known to those concerned.",
        audit: [
            (
                "Deux personnes prises au hasard savent-elles dire l'objet de la convention et leurs propres devoirs ?",
                "Can two people taken at random tell the agreement's purpose and their own duties?",
            ),
            (
                "Les moyens et procédures décrits sont-ils ceux qui servent vraiment ?",
                "Are the means and procedures described those that really serve?",
            ),
        ],
        product: Declared(
            "Sans convention en vigueur et ses cinq rubriques, aucune session ne s'ouvre ; elle est montrée à qui approuve.",
            "Without an agreement in force and its five headings no session opens; it is shown to whoever approves.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Sis, Party::Provider],
        leans: &[Lean::Agreement, Lean::Approvals, Lean::Custody],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    match in_force(facts, now) {
        Err(lack) => {
            let there = facts.contract.agreement.as_ref().is_some_and(|agreement| agreement.span.holds(now));
            let status =
                if there { Status::Partly { missing: lack.sentence.clone() } } else { Status::NotApplied };
            Finding::new(RuleId::O1, status).because(lack.sentence).mended_by(lack.mender, lack.remedy)
        }
        Ok(agreement) => {
            let (version, until) = (agreement.version, facts.establishment.zone.last_date(agreement.span.until));
            let approvals = facts.interventions.iter().filter_map(|i| i.approval.as_ref());
            let receipts = approvals.filter(|approval| approval.agreement_version == version).count();
            let Text { fr, en } = paper(facts, &agreement.document);
            // No session opens without it; what it says, and that the people concerned know it, is somebody's word.
            let document = Some(agreement.document.clone());
            let status =
                Status::MetDeclared { document, date: agreement.span.from, expiry: agreement.span.until };
            let finding = Finding::new(RuleId::O1, status).because(say!(
                "Version {version} : {fr} ; en vigueur jusqu'au {until:#}, cinq rubriques. Montrée à qui approuve, dans les approbations en cours : {receipts} fois.",
                "Version {version}: {en}; in force until {until}, five headings. Shown to whoever approves, in the approvals at hand: {receipts} times."
            ));
            let finding = no_session_without(finding, facts, now);
            commissioned(given_back(finding, facts, now), facts)
        }
    }
}

/// The duties are mutual: what the provider entrusted is given back or destroyed when it was agreed to be.
fn given_back(mut finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    let ours = |one: &&domain::Entrusted| one.service.as_ref().is_none_or(|service| *service == facts.service.id);
    let held = facts.contract.entrusted.iter().filter(ours).filter(|one| one.is_held()).count();
    let late: Vec<&str> = facts.contract.overdue_custody(now).filter(ours).map(|one| one.id.as_str()).collect();
    if held > 0 {
        finding = finding.because(say!(
            "Confié par le fournisseur et détenu : {held}.",
            "Entrusted by the provider and held: {held}."
        ));
    }
    for of in facts.to_witness() {
        let Witnessed::Entrusted { item, .. } = &of else { continue };
        let (id, state, on) = (&item.id, item.state.text(), by_whom(&of, facts));
        let (fr, en) = (format!("{}, {}", state.fr, on.fr), format!("{}, {}", state.en, on.en));
        finding = finding.because(say!("Confié par le fournisseur, {fr} : {id}.", "Entrusted by the provider, {en}: {id}."));
    }
    if late.is_empty() {
        return finding;
    }
    let list = late.join(", ");
    let missing = say!(
        "Confié par le fournisseur, et ni rendu ni détruit à la date convenue : {list}.",
        "Entrusted by the provider, and neither given back nor destroyed when agreed: {list}."
    );
    finding.status = Status::Partly { missing: missing.clone() };
    finding.because(missing).mended_by(
        Mender::It,
        say!(
            "Le rendre ou le détruire, puis l'écrire (state) dans [[contract.entrusted]].",
            "Give it back or destroy it, then write it (state) into [[contract.entrusted]]."
        ),
    )
}

/// A person's word at the door, or only that of the file.
fn by_whom(of: &Witnessed, facts: &ServiceFacts) -> Text {
    match facts.witness(of) {
        Some(witness) => {
            let (by, at) = (&witness.by, facts.establishment.zone.day(witness.at));
            say!("confirmé à la porte par {by} le {at}", "confirmed at the door by {by} on {at}")
        }
        None => say!(
            "sur déclaration seule (witness le confirme)",
            "by declaration only (witness confirms it)"
        ),
    }
}

/// Equipment that is still to be put into service is shown as such, and of one that is, on whose word.
fn commissioned(finding: Finding, facts: &ServiceFacts) -> Finding {
    let done = facts.equipment.iter().filter_map(|one| Some((&one.id, one.put_in_service()?)));
    let finding = done.fold(finding, |finding, (id, of)| {
        let Text { fr, en } = by_whom(&of, facts);
        finding.because(say!("{id} est en service, {fr}.", "{id} is in service, {en}."))
    });
    facts.equipment.iter().filter_map(|one| Some((one, one.to_commission()?))).fold(finding, |finding, (one, plan)| {
        let (id, day, minutes) = (&one.id, facts.establishment.zone.date(plan.planned), plan.downtime_minutes);
        finding.because(say!(
            "{id} est encore à mettre en service (prévu le {day:#}, arrêt de {minutes} min).",
            "{id} is still to be put into service (planned for {day}, {minutes} min out of use)."
        ))
    })
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    match in_force(asked.facts, now) {
        Ok(agreement) => Admission::until(agreement.span.until).and(qualified(asked)),
        Err(lack) => Admission::refused(vec![lack]).and(qualified(asked)),
    }
}

/// A procedure of the agreement: where the service says that its requests are qualified, this one is.
fn qualified(asked: &Asked<'_>) -> Admission {
    let missing = |one: &&domain::Intervention| asked.facts.service.qualified && one.qualification.is_none();
    let Some(intervention) = asked.intervention.filter(missing) else {
        return Admission::OPEN;
    };
    let id = &intervention.id;
    Admission::refused(vec![unmet(
        RuleId::O1,
        Mender::It,
        say!(
            "La demande {id} n'est pas qualifiée (raison, impact sur les soins, référent), ce que la prestation exige.",
            "The request {id} is not qualified (reason, impact on care, referent), which the service demands."
        ),
        say!("La qualifier : qualify {id}", "Qualify it: qualify {id}"),
    )])
}

/// The agreement in force with its five headings, or what is missing.
fn in_force(facts: &ServiceFacts, now: Timestamp) -> Result<&Agreement, Unmet> {
    let lack = |sentence| {
        let remedy = say!(
            "Signer la convention de service, avec ses cinq rubriques.",
            "Sign the service agreement, with its five headings."
        );
        unmet(RuleId::O1, Mender::Responsable, sentence, remedy)
    };
    let Some(agreement) = facts.contract.agreement.as_ref().filter(|agreement| agreement.span.holds(now)) else {
        return Err(lack(say!(
            "Aucune convention de service n'est en vigueur.",
            "No service agreement is in force."
        )));
    };
    let named = |heading: &Heading| {
        agreement.headings.iter().any(|(named, place)| named == heading && is_said(place))
    };
    let missing: Vec<Text> = Heading::ALL.iter().filter(|heading| !named(heading)).map(|one| words(*one)).collect();
    if missing.is_empty() {
        return Ok(agreement);
    }
    let list = |lang| missing.iter().map(|text| text.in_lang(lang)).collect::<Vec<_>>().join(", ");
    let (fr, en) = (list(Lang::Fr), list(Lang::En));
    Err(lack(say!(
        "La convention de service ne dit rien de : {fr}.",
        "The service agreement says nothing about: {en}."
    )))
}

fn words(heading: Heading) -> Text {
    match heading {
        Heading::Scope => say!("objectifs et périmètre", "objectives and scope"),
        Heading::Duties => say!("obligations de chacun", "duties of each side"),
        Heading::Means => say!("moyens", "means"),
        Heading::Procedures => say!("procédures", "procedures"),
        Heading::Security => say!("règles de sécurité", "security rules"),
    }
}
