//! T10: silence closes the session.

use domain::{Asked, ServiceFacts};
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::direct::seen_by_word;
use crate::evidence::{implemented, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, Status};

/// Longest silence that may be agreed: 30 minutes, as a workstation's own lock (rules.md §3).
const IDLE_MAX_SECS: u32 = 30 * 60;

rule! {
    /// Demande : une absence prolongée de trafic ferme toute session établie, en direct comme des deux côtés du
    /// point d'accès ; le délai est convenu, aussi court que possible ; le SIS s'en charge, ou le fournisseur
    /// par contrat.
    ///
    /// Pourquoi : une session oubliée est une porte ouverte sur un poste que personne ne regarde.
    ///
    /// Ici : seules les données d'application comptent ; les signaux de maintien, non. On prévient, puis on
    /// ferme les deux côtés. Une longue opération déclarée, dans la plage, n'est pas coupée. Le délai convenu
    /// ne dépasse pas 30 minutes.
    ///
    /// Reste à une personne : la clause, quand le fournisseur s'en charge.
    fr,
    /// Asks: prolonged absence of traffic closes every established session, direct or on both sides of the
    /// access point; the delay is agreed, as short as possible; the SIS sees to it, or the provider by
    /// contract.
    ///
    /// Why: a forgotten session is an open door on a screen that nobody watches.
    ///
    /// Here: only application data count; keep-alives do not. One is warned, then both sides are closed. A
    /// declared long operation inside the window is not cut. The agreed delay is at most 30 minutes.
    ///
    /// Left to a person: the clause, where the provider sees to it.
    en,
    T10 {
        fr: "Une session sans trafic est close des deux côtés, au bout d'un délai convenu et court.",
        en: "A session without traffic is closed on both sides, after an agreed and short delay.",
        audit: [
            (
                "Laissée seule avec ses signaux de maintien, une session se ferme-t-elle aussi du côté de l'équipement ?",
                "Left alone with its keep-alives, does a session close on the equipment's side too?",
            ),
            (
                "Si le fournisseur s'en charge, où le contrat le dit-il ?",
                "If the provider sees to it, where does the contract say so?",
            ),
        ],
        product: Enforced(
            "Une session sans données d'application pendant le délai convenu, de 30 minutes au plus, est close des deux côtés.",
            "A session without application data for the agreed delay, 30 minutes at most, is closed on both sides.",
        ),
        kinds: &Kind::ALL,
        level: Level::Two,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::Service],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let secs = facts.service.idle_secs;
    let finding = match lack(secs) {
        None => Finding::new(RuleId::T10, Status::MetEnforced).because(say!(
            "Délai convenu : {secs} s ; la poterne ferme les deux côtés.",
            "Agreed delay: {secs} s; the gate closes both sides."
        )),
        Some(lack) => Finding::new(RuleId::T10, Status::NotApplied).because(lack).mended_by(Mender::It, mend()),
    };
    implemented(seen_by_word(finding, facts, now), facts)
}

fn admit(asked: &Asked<'_>, _now: Timestamp) -> Admission {
    let lack = lack(asked.facts.service.idle_secs);
    Admission::refused(lack.map(|lack| unmet(RuleId::T10, Mender::It, lack, mend())).into_iter().collect())
}

fn lack(secs: u32) -> Option<vocab::Text> {
    if secs == 0 {
        Some(say!("Aucun délai d'inactivité n'est convenu.", "No idle delay is agreed."))
    } else if secs > IDLE_MAX_SECS {
        Some(say!(
            "Le délai d'inactivité convenu ({secs} s) dépasse {IDLE_MAX_SECS} s.",
            "The agreed idle delay ({secs} s) is above {IDLE_MAX_SECS} s."
        ))
    } else {
        None
    }
}

fn mend() -> vocab::Text {
    say!(
        "Convenir d'un délai d'inactivité de 30 minutes au plus.",
        "Agree on an idle delay of at most 30 minutes."
    )
}
