//! E2: who gets at the intervention workstations.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{declared_held, two_facets};
use crate::{Branch, Finding, Lean, Party};

rule! {
    /// Demande : l'accès logique aux postes d'intervention est réservé aux personnes autorisées, l'accès
    /// physique autant que possible ; au moins, ces personnes sont sensibilisées, et le fournisseur fournit le
    /// poste et ses protections.
    ///
    /// Pourquoi : le poste est l'autre bout de la session ; celui qui s'y assied y est.
    ///
    /// Ici : la connexion demande une clé personnelle et un second facteur ; que le poste soit celui du
    /// fournisseur est déclaré. Le travail à domicile n'est pas interdit.
    ///
    /// Reste à une personne : la sécurité physique, la formation, l'origine du poste.
    fr,
    /// Asks: logical access to intervention workstations is for authorised people only, physical access as far
    /// as possible; at the least these people are made aware, and the provider supplies the workstation and its
    /// protections.
    ///
    /// Why: the workstation is the other end of the session; whoever sits down at it is in.
    ///
    /// Here: the login takes a personal key and a second factor; that the workstation is the provider's is
    /// declared. Working from home is not forbidden.
    ///
    /// Left to a person: physical security, training, where the workstation comes from.
    en,
    E2 {
        fr: "Seules les personnes autorisées accèdent aux postes d'intervention, fournis et protégés par le fournisseur.",
        en: "Only authorised people get at the intervention workstations, provided and secured by the provider.",
        audit: [
            (
                "Le fournisseur donne-t-il lui-même le poste et ses moyens de sécurité, à domicile aussi ?",
                "Does the provider itself supply the workstation and its security means, at home too?",
            ),
            (
                "Qui fut sensibilisé, quand, et où en est la liste ?",
                "Who was made aware, when, and where is the list?",
            ),
            (
                "Qui d'autre que les intervenants peut s'approcher de ces postes ou s'y connecter ?",
                "Who beside the technicians can come near these workstations or log in on them?",
            ),
        ],
        product: Declared(
            "Clé personnelle et second facteur sont exigés ; le poste, sa garde et la sensibilisation sont lus tels que déclarés.",
            "A personal key and a second factor are asked for; the workstation, its keeping and awareness are read as declared.",
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
    two_facets(RuleId::E2, facts, now, declared_held(RuleId::E2, facts, now))
}
