//! E5: what the provider placed in the SIS.

use domain::{Asked, Open, ServiceFacts};
use vocab::{EquipmentId, Kind, Level, RuleId, Text, Timestamp};

use crate::evidence::{Held, declared_held, say, two_facets, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, Unmet};

/// So many vulnerabilities are named in one sentence; the inventory has all.
const NAMED: usize = 5;

rule! {
    /// Demande : le fournisseur répond des matériels et logiciels qu'il laisse dans le SIS : ni code
    /// malveillant, ni faille connue laissée en l'état ; les signaler, pour en décider ensemble, en est un moyen.
    ///
    /// Pourquoi : un boîtier oublié vieillit sur le réseau de l'hôpital.
    ///
    /// Ici : la clause et la tenue sont lues telles que déclarées, et l'inventaire du contrat les dément : passé la
    /// date convenue (à défaut un mois au-dessus de CVSS 8,9, trois mois dès 7), une vulnérabilité ouverte sans
    /// décision commune, signée à la porte par les deux parties, n'ouvre plus que ce qui vient la corriger : une
    /// intervention dont l'objectif la nomme, qualifiée par l'établissement.
    ///
    /// Reste à une personne : que l'inventaire soit complet, et la veille du fournisseur.
    fr,
    /// Asks: against malware and known vulnerabilities in the means placed in the SIS under the provider's
    /// responsibility; for example, to report them for a joint decision.
    ///
    /// Why: a forgotten box grows old on the hospital's network.
    ///
    /// Here: clause and holding are read as declared, and the contract's inventory belies them: past the agreed date
    /// (by default one month above CVSS 8.9, three months from 7.0), an open vulnerability without a joint decision,
    /// signed at the door by both parties, opens only what comes to correct it: an intervention whose objective names
    /// it, qualified by the establishment.
    ///
    /// Left to a person: that the inventory is complete, and the provider's watch.
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
            "Clause et tenue sont lues telles que déclarées ; une vulnérabilité de l'inventaire hors délai, sans décision commune, n'ouvre que sa correction.",
            "Clause and holding are read as declared; a vulnerability of the inventory past its date, without a joint decision, opens its correction only.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract, Lean::Decisions],
        two_facets: true,
        assess: assess,
        admit: Some(admit),
    }
}

/// Clause and holding as declared, unless the inventory belies it.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let overdue: Vec<Open<'_>> = facts.open_vulnerabilities(now).filter(|open| open.is_overdue(now)).collect();
    let held = match overdue.is_empty() {
        true => declared_held(RuleId::E5, facts, now),
        false => Held::Lacks(overdue.iter().map(|open| lack(facts, std::slice::from_ref(open))).collect()),
    };
    let finding = two_facets(RuleId::E5, facts, now, held);
    let on: Option<Vec<EquipmentId>> = overdue.iter().map(|open| open.item.equipment.clone()).collect();
    let mut on = on.unwrap_or_default();
    on.sort();
    on.dedup();
    inventory(finding, facts, now).on(on)
}

/// What the inventory says.
fn inventory(finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    let installed = facts.installed(now).count();
    if installed == 0 {
        return finding.because(say!(
            "Aucun moyen installé du fournisseur n'est à l'inventaire pour cette prestation.",
            "No means that the provider installed is on the inventory for this service."
        ));
    }
    let (mut open, mut decided) = (0, Vec::new());
    for one in facts.open_vulnerabilities(now) {
        open += 1;
        decided.extend(one.until.filter(|until| one.decided && now < *until).map(|until| (one, until)));
    }
    let finding = finding.because(say!(
        "Moyens installés du fournisseur à l'inventaire : {installed} ; vulnérabilités ouvertes : {open}.",
        "Means that the provider installed, on the inventory: {installed}; open vulnerabilities: {open}."
    ));
    decided.iter().take(NAMED).fold(finding, |finding, (one, until)| {
        let (id, item, until) = (&one.vulnerability.id, &one.item.id, facts.establishment.zone.last_date(*until));
        finding.because(say!(
            "{id} ({item}) reste jusqu'au {until:#}, par décision commune signée des deux parties.",
            "{id} ({item}) stays until {until}, by a joint decision that both parties signed."
        ))
    })
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let facts = asked.facts;
    let here = |open: &Open<'_>| open.item.equipment.as_ref().is_none_or(|id| *id == asked.equipment.id);
    let corrects = |open: &Open<'_>| {
        asked.intervention.is_some_and(|intervention| open.vulnerability.is_corrected_by(intervention))
    };
    let (overdue, open): (Vec<Open<'_>>, Vec<_>) =
        facts.open_vulnerabilities(now).filter(here).partition(|open| open.is_overdue(now));
    if overdue.iter().any(corrects) {
        return Admission::OPEN;
    }
    if overdue.is_empty() {
        let next = open.iter().filter(|open| !corrects(open)).filter_map(|open| open.until).min();
        return Admission::until(next.unwrap_or(Timestamp::MAX));
    }
    Admission::refused(vec![lack(facts, &overdue)])
}

/// What should be gone; at least one.
fn lack(facts: &ServiceFacts, overdue: &[Open<'_>]) -> Unmet {
    let told = |open: &Open<'_>| {
        let (id, item, version) = (&open.vulnerability.id, &open.item.id, &open.item.version);
        let (cvss, until) = (open.vulnerability.cvss, open.until.unwrap_or(Timestamp::MAX));
        let until = facts.establishment.zone.last_date(until);
        say!(
            "{id} (CVSS {cvss}) dans {item} {version}, à corriger avant la fin du {until:#}",
            "{id} (CVSS {cvss}) in {item} {version}, to be corrected by the end of {until}"
        )
    };
    let told: Vec<Text> = overdue.iter().take(NAMED).map(told).collect();
    let more = overdue.len().saturating_sub(NAMED);
    let join = |pick: fn(&Text) -> &str| told.iter().map(pick).collect::<Vec<_>>().join(" ; ");
    let (fr, en) = (join(|text| &text.fr), join(|text| &text.en));
    let Text { fr: more_fr, en: more_en } = match more {
        0 => Text::new("", ""),
        more => say!(" ; et {more} autre(s)", "; and {more} more"),
    };
    unmet(
        RuleId::E5,
        Mender::Provider,
        say!(
            "Vulnérabilité connue hors délai, sans décision commune : {fr}{more_fr}.",
            "Known vulnerability past its date, without a joint decision: {en}{more_en}."
        ),
        mend(facts),
    )
}

fn mend(facts: &ServiceFacts) -> Text {
    let service = &facts.service.id;
    say!(
        "La corriger, par une intervention dont l'objectif la nomme et que l'établissement qualifie ; ou décider ensemble d'un délai (postponed), et le signer tous deux : witness {service}",
        "Correct it, by an intervention whose objective names it and which the establishment qualifies; or decide on a delay together (postponed), and both sign it: witness {service}"
    )
}
