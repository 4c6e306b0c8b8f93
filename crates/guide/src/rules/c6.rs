//! C6: confidentiality, promised by the provider and by each person.

use domain::{Asked, DocumentRef, EngagementKind, ServiceFacts, Staff};
use vocab::{Kind, Level, RuleId, Text, Timestamp};

use crate::engaged::Bound;
use crate::evidence::{Held, is_said, papers, say, two_facets, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, engaged};

rule! {
    /// Demande : le fournisseur s'engage sur la confidentialité de ce que son personnel peut voir, et chaque
    /// personne a signé un engagement individuel, annexé à son contrat de travail.
    ///
    /// Pourquoi : le secret se garde par des personnes, et chacune doit l'avoir promis elle-même.
    ///
    /// Ici : sans engagement signé, dans une version au moins égale à celle que le contrat exige, et sans
    /// l'attestation de l'employeur qu'il est annexé au contrat de travail, l'intervenant n'entre pas. Le
    /// contrat de travail lui-même n'est jamais demandé.
    ///
    /// Reste à une personne : l'employeur atteste l'annexe ; nous le croyons sur pièce.
    fr,
    /// Asks: the provider binds itself to keep confidential what its people may see, and each person signed an
    /// individual engagement, annexed to the employment contract.
    ///
    /// Why: a secret is kept by persons, and each has to have promised it.
    ///
    /// Here: without a signed engagement, in at least the version that the contract asks for, and without the
    /// employer's attestation that it is annexed to the employment contract, the technician does not come in.
    /// The employment contract itself is never asked for.
    ///
    /// Left to a person: the employer attests the annex; we believe the paper.
    en,
    C6 {
        fr: "Le fournisseur et chaque intervenant s'engagent sur la confidentialité.",
        en: "The provider and each technician are bound to confidentiality.",
        audit: [
            (
                "Pour dix intervenants tirés du journal, y a-t-il dix engagements signés avant leur première session ?",
                "For ten technicians drawn from the ledger, are there ten engagements signed before their first session?",
            ),
            (
                "L'employeur atteste-t-il que chacun est annexé au contrat de travail, sans remettre ce contrat ?",
                "Does the employer attest that each is annexed to the employment contract, without handing that contract over?",
            ),
        ],
        product: Enforced(
            "Sans engagement signé dans la version voulue et sans attestation de l'employeur, l'intervenant n'entre pas.",
            "Without an engagement signed in the version asked for and the employer's attestation, the technician does not come in.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract, Lean::Engagements(EngagementKind::Confidentiality)],
        two_facets: true,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let lacks = engaged::lacks(facts, |staff| bound(staff, facts, now));
    let people = facts.staff.len();
    let held = if lacks.is_empty() {
        Held::Enforced(say!(
            "Intervenants : {people}, tous engagés ; sans engagement, personne n'entre.",
            "Technicians: {people}, all bound; without an engagement nobody comes in."
        ))
    } else {
        Held::Lacks(lacks)
    };
    let finding = two_facets(RuleId::C6, facts, now, held).on_the_word(say!(
        "Que l'engagement soit annexé au contrat de travail est attesté par l'employeur, et non vu.",
        "That the engagement is annexed to the employment contract is the employer's word, and not seen."
    ));
    let finding = match papers(facts, attestations(facts, now)) {
        Some(Text { fr, en }) => {
            finding.because(say!("Attestations de l'employeur : {fr}.", "The employer's attestations: {en}."))
        }
        None => finding,
    };
    engaged::with_papers(EngagementKind::Confidentiality, finding, facts, now)
}

/// The papers by which employers attest: one may cover several names.
fn attestations(facts: &ServiceFacts, now: Timestamp) -> impl Iterator<Item = &DocumentRef> {
    let signed = facts.staff.iter().flat_map(move |staff| {
        engaged::engagements(EngagementKind::Confidentiality, staff, facts, now)
    });
    signed.filter_map(|signed| signed.attestation.as_ref()).filter(|paper| is_said(&paper.name))
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    engaged::admits(bound(asked.staff, asked.facts, now))
}

/// Until when this person is bound, or what is missing.
fn bound(staff: &Staff, facts: &ServiceFacts, now: Timestamp) -> Bound {
    let version = facts.contract.engagement_version;
    let mut signed = engaged::engagements(EngagementKind::Confidentiality, staff, facts, now);
    let attested = signed.clone().find(|signed| signed.attestation.as_ref().is_some_and(|paper| is_said(&paper.name)));
    if let Some(attested) = attested {
        return Ok(engaged::until(attested));
    }
    let id = &staff.person.id;
    Err(match signed.next() {
        Some(_) => unmet(
            RuleId::C6,
            Mender::Provider,
            say!(
                "L'engagement de confidentialité de {id} est sans attestation de l'employeur.",
                "The confidentiality engagement of {id} lacks the employer's attestation."
            ),
            say!(
                "Attester qu'il est annexé au contrat de travail (un document suffit pour plusieurs noms).",
                "Attest that it is annexed to the employment contract (one document may cover several names)."
            ),
        ),
        None => unmet(
            RuleId::C6,
            Mender::Provider,
            say!(
                "{id} n'a pas d'engagement de confidentialité en vigueur (version {version} ou suivante).",
                "{id} has no confidentiality engagement in force (version {version} or later)."
            ),
            say!(
                "Faire signer l'engagement individuel de confidentialité.",
                "Have the individual confidentiality engagement signed."
            ),
        ),
    })
}
