//! C8: the right to have controls done.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{Held, audited, by_clause, say, two_facets};
use crate::{Branch, Finding, Lean, Party, Status};

rule! {
    /// Demande : le contrat permet au responsable du SIS, s'il le souhaite, de faire contrôler les dispositions
    /// de sécurité du fournisseur.
    ///
    /// Pourquoi : ce que l'on ne peut aller voir, on ne peut que le croire.
    ///
    /// Ici : seule la clause est demandée. C'est une faculté : n'avoir jamais fait de contrôle est conforme.
    ///
    /// Reste à une personne : décider d'un contrôle, et suivre ce qu'il a trouvé.
    fr,
    /// Asks: the contract lets the responsable of the SIS, if he wishes, have the provider's security measures
    /// controlled.
    ///
    /// Why: what one cannot go and see, one can only believe.
    ///
    /// Here: only the clause is asked for. It is an option: never having had a control done conforms.
    ///
    /// Left to a person: to decide on a control, and to follow up what it found.
    en,
    C8 {
        fr: "Le responsable peut, s'il le souhaite, faire contrôler la sécurité du fournisseur.",
        en: "The responsable may, if he wishes, have the provider's security controlled.",
        audit: [
            (
                "Où le contrat donne-t-il ce droit, et sous quelles conditions : préavis, étendue, frais ?",
                "Where does the contract give this right, and on what conditions: notice, extent, costs?",
            ),
            (
                "Si un contrôle eut lieu, qu'a-t-il trouvé, et que reste-t-il à corriger ?",
                "If a control took place, what did it find, and what is left to be mended?",
            ),
        ],
        product: Declared(
            "La clause est lue telle que déclarée ; un auditeur lit tout et ne change rien.",
            "The clause is read as declared; an auditor reads everything and changes nothing.",
        ),
        kinds: &Kind::ALL,
        level: Level::Two,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Sis],
        leans: &[Lean::Contract, Lean::Audits],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

/// The clause is all that is asked: a right that nobody used is held all the same.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let clause = facts.service.declared(RuleId::C8).and_then(|declared| declared.clause.as_ref());
    let said = say!(
        "Le droit de contrôle est une faculté : ne pas en avoir usé est conforme.",
        "The right of control is an option: not having used it conforms."
    );
    let held = if clause.is_some() && facts.contract.span.holds(now) { Held::Observed(said) } else { Held::Unknown };
    let mut finding = two_facets(RuleId::C8, facts, now, held);
    if finding.status == Status::MetObserved {
        // What stands here is a paper that somebody pointed at, not something the gate saw.
        finding.status = by_clause(RuleId::C8, facts);
    }
    audited(finding, &facts.contract.audits, facts, now)
}
