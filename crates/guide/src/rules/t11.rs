//! T11: traces in one place, under the responsable's control.

use domain::{Asked, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{Held, declared_held, declared_only, implemented, is_said, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Lift, Mender, Party, Status};

rule! {
    /// Demande : dans l'idéal, l'établissement garde chez lui, en un seul lieu qu'il maîtrise, la trace de qui
    /// est entré et de ce qui fut fait à distance, afin de s'en servir après un incident ou dans un litige.
    ///
    /// Pourquoi : sans trace à soi, on ne peut ni comprendre, ni prouver.
    ///
    /// Ici : si le journal ne peut être écrit ou si la session ne peut être enregistrée, elle ne s'ouvre pas ;
    /// rien ne lève cette condition. Les traces sont chaînées, signées, vérifiables hors ligne. Pour la
    /// télémaintenance, dont aucune trace locale ne tient lieu (T12 ne la concerne pas), une prestation dont
    /// les traces ne sont pas centralisées demande un traitement du risque ; pour les autres, une garde locale
    /// déclarée, comme T12 la veut, en tient lieu.
    ///
    /// Reste à une personne : ce que fait une opération à l'intérieur d'un protocole opaque.
    fr,
    /// Asks: ideally the responsable of the SIS has a place where traces of remote accesses and operations are
    /// centralised and kept under his control, to serve in litigation or incidents.
    ///
    /// Why: without traces of one's own, one can neither understand nor prove.
    ///
    /// Here: where the ledger cannot be written or the session cannot be recorded, it does not open; nothing
    /// lifts this condition. Traces are chained, signed, verifiable offline. For maintenance, for which no
    /// local trace stands in (T12 is not for it), a service whose traces are not centralised needs its risk
    /// treated; for the others a declared local holding, as T12 wants it, stands in.
    ///
    /// Left to a person: what an operation does inside an opaque protocol.
    en,
    T11 {
        fr: "Les traces de ce qui se fait à distance sont réunies en un lieu que le responsable maîtrise.",
        en: "Traces of accesses and operations are centralised under the responsable's control.",
        audit: [
            (
                "Vérifié par vous, hors ligne et sans le serveur, le journal est-il entier, et sait-on qui l'a lu ?",
                "Checked by yourself, offline and without the server, is the ledger whole, and is it known who read it?",
            ),
            (
                "Ce que cache un protocole opaque est-il décrit ailleurs : rapport, journal de l'équipement ?",
                "Is what an opaque protocol hides described elsewhere: report, equipment's own log?",
            ),
        ],
        product: Enforced(
            "Si le journal ou l'enregistrement ne peut être écrit, la session ne s'ouvre pas ; tout se vérifie hors ligne.",
            "Where ledger or recording cannot be written the session does not open; everything is verified offline.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::Service, Lean::TraceStore],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let finding = if !facts.service.central_traces {
        Finding::new(RuleId::T11, Status::NotApplied)
            .because(say!(
                "Les traces de la prestation ne sont pas centralisées sous le contrôle du responsable.",
                "The service's traces are not centralised under the responsable's control."
            ))
            .mended_by(Mender::It, say!("Centraliser les traces ici.", "Centralise the traces here."))
    } else if !facts.at_the_gate() {
        declared_only(RuleId::T11, facts, now, Mender::It)
    } else if facts.unseen {
        Finding::new(RuleId::T11, Status::Unknown)
            .because(say!(
                "Ce que la poterne voyait alors de ses traces n'a pas été gardé.",
                "What the gate saw of its traces then was not kept."
            ))
            .mended_by(Mender::Operator, kept_from_now_on())
    } else if facts.trace_store.refuge {
        Finding::new(RuleId::T11, Status::NotApplied)
            .because(say!(
                "L'espace des traces est perdu ; le journal de secours est tenu, à rattacher ensuite.",
                "The trace store is lost; the emergency journal is kept, to be joined afterwards."
            ))
            .mended_by(Mender::Operator, mend())
    } else if !(facts.trace_store.ledger_writable && facts.trace_store.recordings_writable) {
        Finding::new(RuleId::T11, Status::NotApplied)
            .because(say!(
                "Le journal ou les enregistrements ne peuvent être écrits en ce moment.",
                "The ledger or the recordings cannot be written at the moment."
            ))
            .mended_by(Mender::Operator, mend())
    } else {
        Finding::new(RuleId::T11, Status::MetEnforced).because(say!(
            "Journal et enregistrements sous le contrôle de l'établissement ; sans eux, aucune session.",
            "Ledger and recordings under the establishment's control; without them, no session."
        ))
    };
    if facts.at_the_gate() { implemented(finding, facts) } else { finding }
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let (store, service) = (&asked.facts.trace_store, &asked.facts.service);
    let mut until = Timestamp::MAX;
    let mut lacks = Vec::new();
    if !store.ledger_writable {
        let sentence = say!("Le journal ne peut être écrit.", "The ledger cannot be written.");
        lacks.push(unmet(RuleId::T11, Mender::Operator, sentence, mend()).lifted_by(Lift::Never));
    }
    if store.refuge {
        lacks.push(
            unmet(
                RuleId::T11,
                Mender::Responsable,
                say!(
                    "L'espace des traces est perdu ; la porte tient le journal de secours.",
                    "The trace store is lost; the gate keeps the emergency journal."
                ),
                say!(
                    "Rétablir l'espace des traces, ou signer une dérogation d'urgence pour T11.",
                    "Restore the trace store, or sign an emergency derogation for T11."
                ),
            )
            .lifted_by(Lift::Derogation),
        );
    }
    if !store.recordings_writable {
        let sentence = say!("La session ne pourrait pas être enregistrée.", "The session could not be recorded.");
        lacks.push(unmet(RuleId::T11, Mender::Operator, sentence, mend()).lifted_by(Lift::Never));
    }
    if !service.central_traces && service.kind == Kind::Maintenance {
        lacks.push(unmet(
            RuleId::T11,
            Mender::Responsable,
            say!(
                "Les traces de cette télémaintenance ne sont pas centralisées, et rien n'en tient lieu.",
                "The traces of this maintenance are not centralised, and nothing stands in for that."
            ),
            say!("Centraliser les traces, ou traiter le risque.", "Centralise the traces, or treat the risk."),
        ));
    }
    if !service.central_traces && service.kind != Kind::Maintenance {
        // What T12 asks for may stand in here, as it is declared; at level 1 too, where T12 itself is not
        // asked but E3 is.
        let reasoned = service.local_traces.as_deref().is_some_and(is_said);
        match declared_held(RuleId::T12, asked.facts, now) {
            Held::Declared(word) if reasoned => until = word.until,
            _ => lacks.push(unmet(
                RuleId::T11,
                Mender::Responsable,
                say!(
                    "Les traces ne sont ni centralisées, ni déclarées gardées sur l'équipement avec une raison.",
                    "Traces are neither centralised nor declared to be kept on the equipment with a reason."
                ),
                say!(
                    "Centraliser les traces, déclarer où elles sont gardées (T12), ou traiter le risque.",
                    "Centralise the traces, declare where they are kept (T12), or treat the risk."
                ),
            )),
        }
    }
    Admission { until, unmet: lacks }
}

/// Nothing mends the past.
fn kept_from_now_on() -> vocab::Text {
    say!(
        "Rien ne le rattrape ; c'est écrit au journal depuis que la poterne le note (`gate-seen`).",
        "Nothing makes up for it; it is written into the ledger since the gate notes it (`gate-seen`)."
    )
}

fn mend() -> vocab::Text {
    say!(
        "Rétablir l'espace des traces (place, droits, disque) ; les sessions s'ouvriront à nouveau.",
        "Restore the trace store (space, permissions, disk); sessions will open again."
    )
}
