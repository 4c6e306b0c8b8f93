//! T6: without an access point, somebody decides on solution and protocol.

use domain::{Asked, Declaration, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_only, say, unmet};
use crate::{Admission, Branch, Finding, Mender, Party};

rule! {
    /// Demande : sans point d'accès, c'est au responsable du SIS de choisir comment on se relie et par quel
    /// protocole, après avoir entendu ce que le fournisseur recommande.
    ///
    /// Pourquoi : un chemin direct est un choix de sécurité, qui ne se fait pas par défaut.
    ///
    /// Ici : une prestation en direct ne s'ouvre pas sans sa décision déclarée : recommandation, décision,
    /// date, auteur.
    ///
    /// Reste à une personne : la qualité de l'analyse.
    fr,
    /// Asks: without an access point, the responsable of the SIS decides, on the provider's recommendation, on
    /// solution and protocol.
    ///
    /// Why: a direct path is a choice of security, and is not made by default.
    ///
    /// Here: a direct service does not open without its declared decision: recommendation, decision, date,
    /// author.
    ///
    /// Left to a person: the quality of the analysis.
    en,
    T6 {
        fr: "Sans point d'accès, le responsable décide de la solution et du protocole.",
        en: "Without an access point, the responsable decides on solution and protocol.",
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Direct,
        condition: None,
        parties: &[Party::Sis],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    declared_only(RuleId::T6, facts, now, Mender::Responsable)
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    match decision(asked.facts, now) {
        Some(decision) => Admission::until(decision.until),
        None => Admission::refused(vec![unmet(
            RuleId::T6,
            Mender::Responsable,
            say!(
                "Aucune décision n'est enregistrée sur la solution d'accès direct.",
                "No decision is recorded on the solution for direct access."
            ),
            say!(
                "Enregistrer la recommandation du fournisseur et la décision du responsable.",
                "Record the provider's recommendation and the responsable's decision."
            ),
        )]),
    }
}

fn decision(facts: &ServiceFacts, now: Timestamp) -> Option<&Declaration> {
    facts.service.declared(RuleId::T6)?.held.as_ref().filter(|decision| decision.stands(now))
}
