//! A1: the security assurance plan.

use domain::{Acceptance, Asked, PlanVersion, ServiceFacts, Theme};
use vocab::{Kind, Level, RuleId, Text, Timestamp};

use crate::evidence::{is_said, no_session_without, paper, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, Status, Unmet};

rule! {
    /// Demande : le fournisseur tient un plan d'assurance sécurité, qui peut être une part de son plan qualité,
    /// consultable en ligne, et qui traite au moins sept thèmes : personnes, protection de l'information,
    /// sites, plateforme, accès logiques, continuité, assurance et contrôle. À la signature, le responsable
    /// accepte le plan type ou demande un cycle de validation.
    ///
    /// Pourquoi : c'est là que l'on voit comment le fournisseur tient ce que le contrat exige.
    ///
    /// Ici : pas de session sans version acceptée dont les sept thèmes ont chacun une référence. Un cycle de
    /// validation inachevé ferme l'accès ; une version nouvelle laisse en vigueur celle qui fut acceptée.
    ///
    /// Reste à une personne : lire le plan, et juger si ce qu'il dit est vrai.
    fr,
    /// Asks: the provider keeps a security assurance plan, which may be part of its quality plan, available
    /// online, and which covers at least seven themes: people, protection of information, sites, platform,
    /// logical access, continuity, assurance and control. At signature the responsable accepts the standard
    /// plan or asks for a validation cycle.
    ///
    /// Why: it shows how the provider holds what the contract asks for.
    ///
    /// Here: no session without an accepted version whose seven themes each have a reference. An unfinished
    /// validation cycle closes the door; a new version leaves the accepted one in force.
    ///
    /// Left to a person: to read the plan, and to judge whether what it says is true.
    en,
    A1 {
        fr: "Un plan d'assurance sécurité de sept thèmes est établi et accepté.",
        en: "A security assurance plan of seven themes is written and accepted.",
        audit: [
            (
                "À chacune des sept références, le plan dit-il quelque chose que l'on puisse vérifier ?",
                "At each of the seven references, does the plan say something that can be checked?",
            ),
            (
                "Ce plan est-il encore celui que le fournisseur applique, et qui l'a lu avant de l'accepter ?",
                "Is this plan still the one that the provider applies, and who read it before accepting it?",
            ),
        ],
        product: Declared(
            "Sans plan accepté dont les sept thèmes ont chacun leur référence, aucune session ne s'ouvre ; le plan n'est pas lu.",
            "Without an accepted plan whose seven themes each have their reference no session opens; the plan is not read.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider, Party::Sis],
        leans: &[Lean::Plan],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    match accepted(facts, now) {
        Ok(plan) => {
            let (version, Text { fr, en }) = (plan.version, paper(facts, &plan.document));
            let (date, by) = match &plan.acceptance {
                Acceptance::Standard { at, by } | Acceptance::Validated { at, by } => (*at, by.to_string()),
                Acceptance::Pending => (now, String::new()),
            };
            // No session opens without it; what it says, and that it was accepted, is somebody's word.
            let (document, expiry) = (Some(plan.document.clone()), facts.contract.span.until);
            let day = facts.establishment.zone.date(date);
            let finding = Finding::new(RuleId::A1, Status::MetDeclared { document, date, expiry }).because(say!(
                "Version {version} acceptée par {by} le {day:#}, sept thèmes référencés : {fr}.",
                "Version {version} accepted by {by} on {day}, seven themes referenced: {en}."
            ));
            no_session_without(finding, facts, now)
        }
        Err(lack) => {
            let status = if facts.contract.plan.in_force(now).is_some() {
                Status::Partly { missing: lack.sentence.clone() }
            } else {
                Status::NotApplied
            };
            Finding::new(RuleId::A1, status).because(lack.sentence).mended_by(lack.mender, lack.remedy)
        }
    }
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    Admission::refused(accepted(asked.facts, now).err().into_iter().collect())
}

/// The accepted version with its seven themes, or what is missing.
fn accepted(facts: &ServiceFacts, now: Timestamp) -> Result<&PlanVersion, Unmet> {
    let Some(plan) = facts.contract.plan.in_force(now) else {
        let running = facts.contract.plan.versions.iter().any(|plan| plan.acceptance == Acceptance::Pending);
        let sentence = if running {
            say!(
                "Le plan d'assurance sécurité est encore en cours de validation.",
                "The security assurance plan is still being validated."
            )
        } else {
            say!("Aucun plan d'assurance sécurité n'est accepté.", "No security assurance plan is accepted.")
        };
        let remedy = say!(
            "Fournir le plan, puis le faire accepter par le responsable.",
            "Provide the plan, then have the responsable accept it."
        );
        return Err(unmet(RuleId::A1, Mender::Responsable, sentence, remedy));
    };
    let themes = Theme::ALL.iter();
    let named = themes.filter(|theme| plan.themes.iter().any(|(named, place)| named == *theme && is_said(place)));
    let (named, version) = (named.count(), plan.version);
    if named == Theme::ALL.len() {
        return Ok(plan);
    }
    Err(unmet(
        RuleId::A1,
        Mender::Provider,
        say!(
            "Le plan d'assurance sécurité (version {version}) ne référence que {named} thèmes sur 7.",
            "The security assurance plan (version {version}) references only {named} of 7 themes."
        ),
        say!("Compléter les références des thèmes du plan.", "Complete the references of the plan's themes."),
    ))
}
