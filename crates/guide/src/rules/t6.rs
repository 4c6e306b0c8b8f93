//! T6: without an access point, somebody decides on solution and protocol.

use domain::{Asked, ServiceFacts};
use vocab::{Kind, Level, RuleId, Text, Timestamp};

use crate::direct::decision;
use crate::evidence::{paper, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, Status};

rule! {
    /// Demande : sans point d'accès, c'est au responsable du SIS de choisir comment on se relie et par quel
    /// protocole, après avoir entendu ce que le fournisseur recommande.
    ///
    /// Pourquoi : un chemin direct est un choix de sécurité, qui ne se fait pas par défaut.
    ///
    /// Ici : la décision est au dossier : ce que le fournisseur recommande, la solution, le motif, les flux, le
    /// terme. Le responsable, ou son délégué, la signe à la porte sous sa clé ; sans elle rien ne s'ouvre.
    ///
    /// Reste à une personne : la qualité de l'analyse.
    fr,
    /// Asks: without an access point, the responsable of the SIS decides, on the provider's recommendation, on
    /// solution and protocol.
    ///
    /// Why: a direct path is a choice of security, and is not made by default.
    ///
    /// Here: the decision is on file: what the provider recommends, the solution, the reason, the flows, the term.
    /// The responsable or his delegate signs it at the door under his own key; without it nothing opens.
    ///
    /// Left to a person: the quality of the analysis.
    en,
    T6 {
        fr: "Sans point d'accès, le responsable décide de la solution et du protocole.",
        en: "Without an access point, the responsable decides on solution and protocol.",
        audit: [
            (
                "La décision précède-t-elle le premier usage, et répond-elle à la recommandation du fournisseur ?",
                "Does the decision precede the first use, and does it answer the provider's recommendation?",
            ),
            (
                "L'analyse pèse-t-elle ce que porte l'équipement ?",
                "Does the analysis weigh what the equipment holds?",
            ),
        ],
        product: Observed(
            "La décision, ses flux et sa recommandation sont au dossier, signés à la porte ; sans elle, une prestation directe ne s'ouvre pas.",
            "The decision, its flows and recommendation are on file, signed at the door; without it a direct service does not open.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Direct,
        condition: None,
        parties: &[Party::Sis],
        leans: &[Lean::Direct],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    match decision(facts, now) {
        Ok(decision) => {
            let (solution, owner) = (&decision.solution, &decision.owner);
            let Text { fr, en } = paper(facts, &decision.recommendation);
            let until = facts.establishment.zone.last_date(decision.span.until);
            Finding::new(RuleId::T6, Status::MetObserved).because(say!(
                "Solution : {solution} ; recommandation : {fr} ; décision signée par {owner}, valable jusqu'au {until:#}.",
                "Solution: {solution}; recommendation: {en}; decision signed by {owner}, valid until {until}."
            ))
        }
        Err(lack) => {
            Finding::new(RuleId::T6, Status::NotApplied).because(lack).mended_by(Mender::Responsable, mend())
        }
    }
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    match decision(asked.facts, now) {
        Ok(decision) => Admission::until(decision.span.until),
        Err(lack) => Admission::refused(vec![unmet(RuleId::T6, Mender::Responsable, lack, mend())]),
    }
}

fn mend() -> Text {
    say!(
        "Obtenir la recommandation du fournisseur, la décrire, et la faire signer par le responsable.",
        "Get the provider's recommendation, describe it, and have the responsable sign it."
    )
}
