//! T1: through an access point, as far as possible.

use domain::{Asked, ServiceFacts};
use vocab::{Kind, Level, Path, RuleId, Timestamp};

use crate::direct::decision;
use crate::evidence::{declared_only, implemented, names, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Lift, Mender, Party, Status};

rule! {
    /// Demande : on évite la connexion directe aux équipements qui portent des applications ou des données
    /// personnelles ; autant que possible, un point d'accès s'interpose (alors T2 à T5 s'appliquent, sinon T6
    /// à T8).
    ///
    /// Pourquoi : un seul passage se garde, se ferme et se relit ; vingt accès directs, non.
    ///
    /// Ici : le chemin est un choix de chaque prestation. Par la poterne, la règle est tenue. En direct, il
    /// faut un motif écrit, que le responsable signe avec sa décision (T6) et relit à la date qu'il a fixée.
    ///
    /// Reste à une personne : dire pourquoi un point d'accès est impossible.
    fr,
    /// Asks: direct connection to equipment that holds applications or personal data is avoided; as far as
    /// possible an access point stands between (then T2 to T5 apply, else T6 to T8).
    ///
    /// Why: one passage can be guarded, closed and read again; twenty direct ones cannot.
    ///
    /// Here: the path is a choice of each service. Through the gate, the rule is met. Directly, a written
    /// reason is needed, which the responsable signs with the decision (T6) and reads again on the day he set;
    /// no session of that service opens at the door then.
    ///
    /// Left to a person: to say why an access point is impossible.
    en,
    T1 {
        fr: "L'accès passe par un point d'accès ; un accès direct est une exception motivée.",
        en: "Access goes through an access point; a direct one is an exception with a reason.",
        audit: [
            (
                "Le pare-feu laisse-t-il passer un flux direct qui n'est déclaré nulle part ?",
                "Does the firewall let a direct flow pass that is declared nowhere?",
            ),
            (
                "La raison de chaque accès direct est-elle encore vraie ?",
                "Is the reason of each direct access still true?",
            ),
        ],
        product: Observed(
            "La porte est le point d'accès ; un accès direct ne compte qu'avec le motif que le responsable a signé. Les flux qui l'évitent ne sont pas vus.",
            "The door is the access point; a direct access counts with the reason that the responsable signed only. Flows that go round it are not seen.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::Service, Lean::Direct],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let finding = match facts.path() {
        Path::Gateway => through_a_gate(facts, now),
        Path::Direct => past_the_gate(facts, now),
    };
    // What is declared says already who implements it.
    if facts.path() == Path::Gateway { finding } else { implemented(finding, facts) }
}

fn through_a_gate(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let linked: Vec<_> = facts.equipment.iter().filter(|one| one.own_link.is_some()).map(|one| one.id.clone()).collect();
    if !linked.is_empty() {
        let list = names(&linked);
        let missing = say!(
            "Un équipement a aussi une liaison directe, sans décision du responsable : {list}.",
            "An equipment also has a direct link, without a decision of the responsable: {list}."
        );
        return Finding::new(RuleId::T1, Status::Partly { missing: missing.clone() })
            .because(missing)
            .on(linked)
            .mended_by(Mender::Responsable, say!("Faire retirer la liaison.", "Have the link removed."));
    }
    if facts.at_the_gate() {
        return Finding::new(RuleId::T1, Status::MetObserved)
            .because(say!("La prestation passe par la poterne.", "The service goes through the gate."));
    }
    declared_only(RuleId::T1, facts, now, Mender::It)
}

fn past_the_gate(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let decision = match decision(facts, now) {
        Ok(decision) => decision,
        Err(lack) => {
            return Finding::new(RuleId::T1, Status::NotApplied).because(lack).mended_by(
                Mender::Responsable,
                say!(
                    "Passer par la poterne, ou écrire le motif et signer la décision.",
                    "Go through the gate, or write the reason and sign the decision."
                ),
            );
        }
    };
    let zone = &facts.establishment.zone;
    if decision.review <= now {
        let review = zone.date(decision.review);
        let missing = say!(
            "La revue de l'accès direct était attendue le {review:#}.",
            "The review of the direct path was due on {review}."
        );
        return Finding::new(RuleId::T1, Status::Partly { missing: missing.clone() }).because(missing).mended_by(
            Mender::Responsable,
            say!(
                "Relire le motif ; s'il vaut encore, signer une décision nouvelle.",
                "Read the reason again; if it still holds, sign a new decision."
            ),
        );
    }
    let (reason, review) = (&decision.reason, zone.date(decision.review));
    let finding = Finding::new(RuleId::T1, Status::MetObserved).because(say!(
        "Accès direct, motivé : {reason} (revue le {review:#}).",
        "Direct path, with its reason: {reason} (review on {review})."
    ));
    let holding: Vec<_> = facts.equipment.iter().filter(|one| one.holds_data).map(|one| one.id.clone()).collect();
    if holding.is_empty() {
        return finding;
    }
    let names = names(&holding);
    finding.because(say!(
        "Porte des applications ou des données personnelles, où l'accès direct est à éviter : {names}.",
        "Holds applications or personal data, where a direct path is to be avoided: {names}."
    ))
}

/// A service that goes past the gate does not come through it: what the statement says of a direct path would be untrue, and
/// what the gate holds on its own would be held under no agreement. Nothing lifts that; the path is a line of the file.
fn admit(asked: &Asked<'_>, _now: Timestamp) -> Admission {
    if asked.facts.path() == Path::Gateway {
        return Admission::OPEN;
    }
    let service = &asked.facts.service.id;
    let lack = unmet(
        RuleId::T1,
        Mender::Responsable,
        say!(
            "Le chemin de la prestation {service} est direct : elle ne s'ouvre pas à la poterne.",
            "The path of the service {service} is direct: it is not opened at the gate."
        ),
        say!(
            "La faire passer par la poterne (path = \"gateway\"), ou demander l'intervention sous une prestation qui y passe.",
            "Take it through the gate (path = \"gateway\"), or ask for the intervention under a service that goes there."
        ),
    );
    Admission::refused(vec![lack.lifted_by(Lift::Never)])
}
