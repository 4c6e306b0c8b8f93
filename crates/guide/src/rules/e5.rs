//! E5: what the provider placed in the SIS.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Lean, Party};

rule! {
    /// Demande : le fournisseur répond des matériels et logiciels qu'il laisse dans le SIS : ni code
    /// malveillant, ni faille connue laissée en l'état ; les signaler, pour en décider ensemble, en est un moyen.
    ///
    /// Pourquoi : un boîtier oublié vieillit sur le réseau de l'hôpital.
    ///
    /// Ici : la clause et la tenue sont lues telles que déclarées. Jamais la règle ne ferme la session qui
    /// vient corriger.
    ///
    /// Reste à une personne : l'inventaire des boîtiers et agents, et la décision commune.
    fr,
    /// Asks: against malware and known vulnerabilities in the means placed in the SIS under the provider's
    /// responsibility; for example, to report them for a joint decision.
    ///
    /// Why: a forgotten box grows old on the hospital's network.
    ///
    /// Here: clause and holding are read as declared. The rule never closes the session that comes to patch.
    ///
    /// Left to a person: the inventory of boxes and agents, and the joint decision.
    en,
    E5 {
        fr: "Le fournisseur combat codes malveillants et vulnérabilités dans ce qu'il a placé dans le SIS.",
        en: "The provider fights malware and known vulnerabilities in what it placed in the SIS.",
        audit: [
            (
                "Pour un moyen installé pris au hasard : quelle version, quelles vulnérabilités connues, quelle décision commune signée ?",
                "For an installed means taken at random: which version, which known vulnerabilities, which joint decision signed?",
            ),
            (
                "Qui veille sur ces vulnérabilités chez le fournisseur, et sous quel délai corrige-t-il ?",
                "Who watches these vulnerabilities at the provider, and within what delay does it mend them?",
            ),
        ],
        product: Declared(
            "La clause et sa tenue sont lues telles que déclarées ; la session qui vient corriger n'est jamais fermée pour cela.",
            "Clause and holding are read as declared; the session that comes to mend is never closed for it.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

/// Clause and holding as declared: the gate cannot see either.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    two_facets(RuleId::E5, facts, now, declared_held(RuleId::E5, facts, now))
}
