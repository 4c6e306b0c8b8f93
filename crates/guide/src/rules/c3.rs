//! C3: the provider says when it changes.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Party};

rule! {
    /// Demande : le fournisseur déclare tout changement administratif qui le concerne (raison sociale,
    /// adresse, représentants…), par son espace client ou par message.
    ///
    /// Pourquoi : on ne peut joindre, ni tenir pour responsable, quelqu'un dont on ignore le nom
    /// d'aujourd'hui.
    ///
    /// Ici : la clause et sa tenue sont déclarées ; la fiche du fournisseur garde son histoire, et chaque
    /// changement sa date.
    ///
    /// Reste à une personne : que tout changement ait bien été déclaré ; à comparer au registre public.
    fr,
    /// Asks: the provider declares every administrative change that concerns it (name, address,
    /// representatives…), through its customer space or by message.
    ///
    /// Why: nobody can be reached, or held responsible, whose name of today is unknown.
    ///
    /// Here: the clause and its being held are declared; the provider's record keeps its history, and each
    /// change its date.
    ///
    /// Left to a person: that every change was declared; to be compared with the public register.
    en,
    C3 {
        fr: "Le fournisseur déclare ses changements administratifs.",
        en: "The provider declares its administrative changes.",
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        two_facets: true,
        assess: assess,
        admit: None,
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    two_facets(RuleId::C3, facts, declared_held(RuleId::C3, facts, now))
}
