//! C1: the act that frames the service.

use domain::{Asked, Original, ServiceFacts};
use vocab::{Kind, Level, RuleId, Text, Timestamp};

use crate::evidence::{Held, paper, say, unmet, with_clause};
use crate::{Admission, Branch, Facet, Finding, Lean, Mender, Party, Status};

rule! {
    /// Demande : un règlement, un contrat ou une convention lie le fournisseur et le responsable du SIS avant
    /// toute intervention ; l'original signé des pièces principales est remis sur papier au responsable, les
    /// annexes pouvant être consultées en ligne.
    ///
    /// Pourquoi : sans acte en vigueur, ni les devoirs du fournisseur ni les droits de l'établissement ne
    /// peuvent être opposés à quelqu'un.
    ///
    /// Ici : hors des dates de l'acte, aucune session ne s'ouvre, et celles qui vivent sont closes à son
    /// terme. Ce qu'il est advenu de l'original est noté ; un original électronique vaut si le responsable
    /// assume l'écart avec le texte.
    ///
    /// Reste à une personne : dire que le papier a été reçu et classé, et que les signataires en avaient le
    /// pouvoir.
    fr,
    /// Asks: a regulation, a contract or a convention binds the provider and the responsable of the SIS before
    /// any intervention; the signed originals of the main papers are handed to the responsable on paper,
    /// annexes may be consulted online.
    ///
    /// Why: without an act in force, neither the provider's duties nor the establishment's rights can be held
    /// against anybody.
    ///
    /// Here: outside the dates of the act no session opens, and those that live are closed when it ends. What
    /// became of the original is noted; an electronic one counts where the responsable assumes the difference
    /// from the text.
    ///
    /// Left to a person: to say that the paper was received and filed, and that those who signed had the power
    /// to.
    en,
    C1 {
        fr: "Un règlement, un contrat ou une convention en vigueur encadre la prestation ; l'original signé est remis sur papier.",
        en: "A regulation, contract or convention in force frames the service; the signed original is handed over on paper.",
        audit: [
            (
                "L'original papier signé a-t-il été reçu : par qui, quand, et où est-il classé ?",
                "Was the signed paper original received: by whom, when, and where is it filed?",
            ),
            (
                "Les signataires avaient-ils le pouvoir d'engager les deux parties ?",
                "Had the signatories the power to bind the two parties?",
            ),
        ],
        product: Declared(
            "Hors des dates de l'acte, aucune session ne s'ouvre ; ce qu'est devenu l'original est noté, non vérifié.",
            "Outside the act's dates no session opens; what became of the original is noted, not checked.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Sis, Party::Provider],
        leans: &[Lean::Contract],
        two_facets: true,
        assess: assess,
        admit: Some(admit),
    }
}

/// The act is the clause; that it is in force is enforced; the paper is somebody's word.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let contract = &facts.contract;
    let (id, until) = (&contract.id, facts.establishment.zone.last_date(contract.span.until));
    let held = if contract.span.holds(now) && facts.at_the_gate() {
        Held::Enforced(say!(
            "L'acte « {id} » est en vigueur jusqu'au {until:#} ; hors de ses dates, aucune session ne s'ouvre.",
            "The act `{id}` is in force until {until}; outside its dates no session opens."
        ))
    } else if contract.span.holds(now) {
        Held::Enforced(say!(
            "L'acte « {id} » est en vigueur jusqu'au {until:#}.",
            "The act `{id}` is in force until {until}."
        ))
    } else {
        Held::Missing(say!(
            "L'acte « {id} » n'est pas en vigueur (fin : {until:#}).",
            "The act `{id}` is not in force (end: {until})."
        ))
    };
    let original = match &contract.original {
        Original::Paper { received_at, filed } => {
            let at = facts.establishment.zone.date(*received_at);
            Facet::Present(say!(
                "Original papier reçu le {at:#} : {filed}.",
                "Paper original received on {at}: {filed}."
            ))
        }
        Original::Electronic { assumed_by } => Facet::Present(say!(
            "Original électronique ; {assumed_by} assume l'écart avec le texte du guide.",
            "Electronic original; {assumed_by} assumes the difference from the guide's text."
        )),
        Original::Missing => Facet::Missing(say!(
            "L'original signé n'a pas été reçu.",
            "The signed original was not received."
        )),
    };
    let mut finding = with_clause(RuleId::C1, facts, original, held);
    match &finding.status {
        // That the paper came and who signed it is somebody's word, whatever the gate refuses outside the dates.
        Status::MetEnforced => {
            let date = match &contract.original {
                Original::Paper { received_at, .. } => *received_at,
                Original::Electronic { .. } | Original::Missing => contract.span.from,
            };
            let document = contract.document.clone();
            finding.status = Status::MetDeclared { document, date, expiry: contract.span.until };
        }
        // The paper of an act that is over frames nothing.
        Status::Partly { .. } if !contract.span.holds(now) => finding.status = Status::NotApplied,
        _ => {}
    }
    if let Some(scan) = &contract.document {
        let Text { fr, en } = paper(facts, scan);
        finding = finding.because(say!("Copie : {fr}.", "Copy: {en}."));
    }
    if finding.status.is_met() {
        return finding;
    }
    finding.mended_by(
        Mender::Responsable,
        say!(
            "Signer ou renouveler l'acte, recevoir son original et noter où il est classé.",
            "Sign or renew the act, receive its original and note where it is filed."
        ),
    )
}

/// The act is in force. That it covers this kind and equipment is a condition of the service itself.
fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let contract = &asked.facts.contract;
    if contract.span.holds(now) {
        return Admission::until(contract.span.until);
    }
    let zone = &asked.facts.establishment.zone;
    let (id, from, until) = (&contract.id, zone.date(contract.span.from), zone.last_date(contract.span.until));
    Admission::refused(vec![unmet(
        RuleId::C1,
        Mender::Responsable,
        say!(
            "Le contrat « {id} » n'est pas en vigueur : il court du {from:#} au {until:#}.",
            "The contract `{id}` is not in force: it runs from {from} to {until}."
        ),
        say!("Signer ou renouveler l'acte avec le fournisseur.", "Sign or renew the act with the provider."),
    )])
}
