//! O2: who may ask for an intervention.

use domain::{Asked, Day, Intervention, RequestedVia, RequesterCheck, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{is_said, say, speaks_for_establishment, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, Status, Unmet};

rule! {
    /// Demande : l'établissement envoie au fournisseur la liste à jour, avec téléphones, de ceux qui peuvent
    /// demander une intervention ; à défaut, tous deux conviennent d'un moyen de reconnaître un demandeur.
    ///
    /// Pourquoi : la règle protège le fournisseur contre un faux demandeur ; la liste va de l'établissement
    /// vers lui.
    ///
    /// Ici : une demande compte si elle vient d'une personne de la liste, connectée sous sa clé, ou si une
    /// personne de l'établissement a rappelé un numéro. La liste vaut quand le fournisseur l'a reçue et en a
    /// accusé réception.
    ///
    /// Reste à une personne : les appels qui ne passent pas par ici.
    fr,
    /// Asks: the establishment sends the provider an up-to-date list, with telephones, of those who may ask for
    /// an intervention; failing that, both agree on means to know a requester.
    ///
    /// Why: the rule protects the provider against a false requester; the list flows from the establishment to
    /// it.
    ///
    /// Here: a request counts when it comes from a person on the list, signed in under that person's own key,
    /// or when somebody of the establishment called a number back. The list counts once the provider received
    /// and acknowledged it.
    ///
    /// Left to a person: the calls that do not pass here.
    en,
    O2 {
        fr: "Seules des personnes connues du fournisseur peuvent demander une intervention.",
        en: "Only people known to the provider may ask for an intervention.",
        audit: [
            (
                "Un inconnu qui appelle le fournisseur se voit-il refuser l'intervention ?",
                "Is a stranger who calls the provider refused an intervention?",
            ),
            (
                "La liste des demandeurs tient-elle compte des départs et des changements de poste ?",
                "Does the list of requesters take account of those who left or changed post?",
            ),
        ],
        product: Enforced(
            "Une intervention demandée par quelqu'un d'autre qu'un demandeur convenu ne s'ouvre pas ; les appels directs ne sont pas vus.",
            "An intervention asked for by anybody but an agreed requester does not open; direct calls are not seen.",
        ),
        kinds: &Kind::ALL,
        level: Level::Two,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Sis],
        leans: &[Lean::Contract, Lean::Requests],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    match agreed(facts, now) {
        Err(lack) => {
            let nothing = facts.contract.requesters.check == RequesterCheck::None;
            let status =
                if nothing { Status::NotApplied } else { Status::Partly { missing: lack.sentence.clone() } };
            Finding::new(RuleId::O2, status).because(lack.sentence).mended_by(lack.mender, lack.remedy)
        }
        Ok(()) => {
            let (version, people) = (facts.contract.requesters.version, facts.contract.requesters.people.len());
            match facts.contract.requesters.check {
                RequesterCheck::Means => Finding::new(RuleId::O2, Status::MetEnforced).because(say!(
                    "Moyen d'authentification convenu : clé personnelle et second facteur, ou rappel.",
                    "Agreed means of authentication: personal key and second factor, or a call back."
                )),
                RequesterCheck::List | RequesterCheck::None => {
                    let zone = &facts.establishment.zone;
                    let day = |at: Option<Timestamp>| at.map(|at| zone.date(at)).unwrap_or_default();
                    let requesters = &facts.contract.requesters;
                    let (sent, received) = (day(requesters.sent_at), day(requesters.acknowledged_at));
                    // Nobody else's request opens anything; that the provider has the list is the file's word.
                    if requesters.is_old(now) {
                        return old(version, sent);
                    }
                    let date = requesters.acknowledged_at.unwrap_or(now);
                    let expiry = facts.contract.span.until;
                    Finding::new(RuleId::O2, Status::MetDeclared { document: None, date, expiry }).because(say!(
                        "Demandeurs listés, version {version} : {people}. Liste envoyée le {sent:#} et reçue par le fournisseur le {received:#}, selon le dossier du site.",
                        "Requesters listed, version {version}: {people}. List sent on {sent} and received by the provider on {received}, as the site's file says."
                    ))
                }
            }
        }
    }
}

/// A list that nobody sent anew for twelve months names people who left. It is told, and closes nothing.
fn old(version: u32, sent: Day) -> Finding {
    let missing = say!(
        "La liste des demandeurs (version {version}, envoyée le {sent:#}) a plus de douze mois.",
        "The list of requesters (version {version}, sent on {sent}) is more than twelve months old."
    );
    Finding::new(RuleId::O2, Status::Partly { missing: missing.clone() }).because(missing).mended_by(
        Mender::It,
        say!(
            "La relire, l'envoyer de nouveau au fournisseur et en recueillir l'accusé.",
            "Look through it, send it to the provider anew and have it acknowledged."
        ),
    )
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let mut lacks: Vec<Unmet> = agreed(asked.facts, now).err().into_iter().collect();
    lacks.extend(asked.intervention.and_then(|intervention| stranger(intervention, asked.facts)));
    Admission::refused(lacks)
}

/// A way to know a requester is agreed, and a list has reached the provider.
fn agreed(facts: &ServiceFacts, now: Timestamp) -> Result<(), Unmet> {
    let requesters = &facts.contract.requesters;
    let received = match (requesters.sent_at, requesters.acknowledged_at) {
        (Some(sent), Some(acknowledged)) => sent <= acknowledged && acknowledged <= now,
        _ => false,
    };
    match requesters.check {
        RequesterCheck::Means => Ok(()),
        RequesterCheck::List if received => Ok(()),
        RequesterCheck::List => Err(unmet(
            RuleId::O2,
            Mender::Provider,
            say!(
                "Le fournisseur n'a pas accusé réception de la liste des demandeurs.",
                "The provider has not acknowledged the list of requesters."
            ),
            say!(
                "Envoyer la liste à jour, avec les téléphones, et en recueillir l'accusé.",
                "Send the up-to-date list, with telephones, and have it acknowledged."
            ),
        )),
        RequesterCheck::None => Err(unmet(
            RuleId::O2,
            Mender::Responsable,
            say!(
                "Rien n'est convenu pour reconnaître un demandeur.",
                "Nothing is agreed by which to know a requester."
            ),
            say!(
                "Envoyer au fournisseur la liste des demandeurs, ou convenir d'un moyen de les authentifier.",
                "Send the provider the list of requesters, or agree on means to authenticate them."
            ),
        )),
    }
}

/// The intervention was asked for by nobody who may.
fn stranger(intervention: &Intervention, facts: &ServiceFacts) -> Option<Unmet> {
    let requester = &intervention.requested_by;
    let listed = facts.contract.requesters.people.contains(requester);
    let by_means = facts.contract.requesters.check == RequesterCheck::Means && !facts.of_the_provider(requester);
    let called_back = match &intervention.requested_via {
        RequestedVia::CallBack { number, by } => {
            is_said(number) && speaks_for_establishment(facts, by, intervention.requested_at)
        },
        RequestedVia::SignedIn => false,
    };
    if listed || by_means || called_back {
        return None;
    }
    let id = &intervention.id;
    Some(unmet(
        RuleId::O2,
        Mender::Requester,
        say!(
            "L'intervention {id} est demandée par {requester}, qui n'est pas un demandeur habilité.",
            "The intervention {id} was asked for by {requester}, who is no entitled requester."
        ),
        say!(
            "Faire demander l'intervention par une personne de la liste, ou rappeler le demandeur.",
            "Have the intervention asked for by somebody on the list, or call the requester back."
        ),
    ))
}
