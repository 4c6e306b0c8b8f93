//! Signing what the site's file proposes: treatments of risk, transitions (section 4 of the guide) and ways past the
//! gate (T6). A file asserts no signature; whoever owns the risk signs these very words under his own key and second
//! factor.

use std::collections::BTreeSet;

use domain::{
    DirectPath, DocumentRef, Flow, FlowHours, FlowSource, Level4, RiskOption, RiskTreatment, ServiceFacts,
    Signature, Signed, Transition, Zone,
};
use events::{Actor, DirectPathDecided, Fact, RiskTreated, TransitionSigned};
use vocab::{Lang, Source, Text, Timestamp};

use super::case::NotDone;
use super::plain;
use super::role::Deed;
use crate::acts::Act;
use crate::digest::digest;
use crate::ports::Put;
use crate::scribe::Note;
use crate::streams::hex;
use crate::{Gate, Known};

/// Bytes of the digest that a signer repeats. Whoever keeps the file may write both texts, the one that is read and
/// the one that is put in its place: 16 bytes leave him 2^64 tries.
const MARK_LEN: usize = 16;

/// `sign <service>`: what waits for this person's signature, word for word.
pub(crate) async fn list(gate: &Gate, who: &Known, service: &str) -> Result<Text, NotDone> {
    let (facts, _) = gate.service(who, service, Deed::Sign).await?;
    let zone = &facts.establishment.zone;
    let (mut fr, mut en) = (String::new(), String::new());
    for one in proposals(&facts).filter(|one| !one.signed && *one.words.owner() == who.person) {
        let line = format!("sign {service} {} {}\n", one.words.what(), one.mark());
        fr.push_str(&format!("{line}{}", one.page(zone, Lang::Fr)));
        en.push_str(&format!("{line}{}", one.page(zone, Lang::En)));
    }
    if fr.is_empty() {
        return Ok(Text::new("Rien n'attend votre signature.", "Nothing waits for your signature."));
    }
    Ok(Text::new(fr.trim_end(), en.trim_end()))
}

/// `sign <service> <rule>[/<equipment>] | transition | direct <mark>`: the mark is that of the words which were shown.
pub(crate) async fn sign(
    gate: &Gate,
    who: &Known,
    service: &str,
    what: &str,
    mark: &str,
) -> Result<Text, NotDone> {
    let (facts, now) = gate.service(who, service, Deed::Sign).await?;
    let one =
        proposals(&facts).find(|one| one.words.what().to_string() == what).ok_or_else(|| nothing(what))?;
    let owner = one.words.owner();
    if *owner != who.person {
        return Err(NotDone::new(
            format!("Cette signature revient à {owner}, et à personne d'autre."),
            format!("This signature belongs to {owner}, and to nobody else."),
        ));
    }
    if !facts.establishment.may_treat(&who.person, now) {
        return Err(NotDone::new(
            "Votre délégation ne permet pas de traiter un risque maintenant.",
            "Your delegation does not let you treat a risk now.",
        ));
    }
    if mark != one.mark() {
        return Err(NotDone::new(
            format!("Ce texte n'est pas celui que vous avez lu : il a changé. Relisez : sign {service}"),
            format!("This is not the text that you read: it has changed. Read again: sign {service}"),
        ));
    }
    write(gate, who, &facts, one.words, now).await?;
    Ok(Text::new(
        format!("Signé pour {service} : {what} ({mark}). Un autre texte serait à signer de nouveau."),
        format!("Signed for {service}: {what} ({mark}). Another text would have to be signed again."),
    ))
}

/// What the file proposes for a service, one by one.
struct Proposal {
    words: Signed,
    signed: bool,
}

fn proposals(facts: &ServiceFacts) -> impl Iterator<Item = Proposal> {
    let treatments = facts.treatments.iter().map(|one| Proposal {
        words: Signed::Treatment(RiskTreatment { signed: None, ..one.clone() }),
        signed: one.signed.is_some(),
    });
    let transition = facts.transition.iter().map(|one| Proposal {
        words: Signed::Transition(Transition { signed: None, ..one.clone() }),
        signed: one.signed.is_some(),
    });
    let direct = facts.direct.iter().map(|one| Proposal {
        words: Signed::Direct(DirectPath { signed: None, ..one.clone() }),
        signed: one.signed.is_some(),
    });
    treatments.chain(transition).chain(direct)
}

impl Proposal {
    /// What names these words and no other.
    fn mark(&self) -> String {
        hex(&digest(&self.words)).chars().take(2 * MARK_LEN).collect()
    }

    /// All that is signed.
    fn page(&self, zone: &Zone, lang: Lang) -> String {
        match &self.words {
            Signed::Treatment(one) => treatment_page(one, zone, lang),
            Signed::Transition(one) => transition_page(one, zone).in_lang(lang).to_owned(),
            Signed::Direct(one) => direct_page(one, zone).in_lang(lang).to_owned(),
        }
    }
}

fn transition_page(one: &Transition, zone: &Zone) -> Text {
    let (from, until, plan) = (zone.show(one.span.from), zone.show(one.span.until), paper(&one.plan));
    Text::new(
        format!("  non conforme du {from} au {until}\n  plan : {plan}\n"),
        format!("  not compliant from {from} until {until}\n  plan: {plan}\n"),
    )
}

fn direct_page(one: &DirectPath, zone: &Zone) -> Text {
    let (from, until, review) = (zone.show(one.span.from), zone.show(one.span.until), zone.show(one.review));
    let (reason, solution, recommendation) =
        (plain(&one.reason), plain(&one.solution), paper(&one.recommendation));
    let (mut fr, mut en) = (String::new(), String::new());
    for Flow { equipment, port, source, hours } in &one.flows {
        let source = match source {
            FlowSource::Network(network) => network.to_string(),
            FlowSource::Certificate(subject) => format!("« {} »", plain(subject)),
        };
        let (when_fr, when_en) = match hours {
            FlowHours::Windows => ("dans les plages convenues", "in the agreed windows"),
            FlowHours::Always => ("à toute heure", "at any hour"),
        };
        fr.push_str(&format!("  flux : {source} vers {equipment}, port {port}, {when_fr}\n"));
        en.push_str(&format!("  flow: {source} to {equipment}, port {port}, {when_en}\n"));
    }
    Text::new(
        format!(
            "  accès direct, hors de la poterne : {solution}\n  motif : {reason}\n  recommandation du fournisseur : \
             {recommendation}\n{fr}  du {from} au {until}, revu le {review}\n"
        ),
        format!(
            "  direct path, past the gate: {solution}\n  reason: {reason}\n  the provider's recommendation: \
             {recommendation}\n{en}  from {from} until {until}, reviewed on {review}\n"
        ),
    )
}

fn treatment_page(one: &RiskTreatment, zone: &Zone, lang: Lang) -> String {
    let level = |level: Level4| u8::from(level);
    let (likelihood, impact, residual) = (level(one.likelihood), level(one.impact), level(one.residual));
    let (from, until, review) = (zone.show(one.span.from), zone.show(one.span.until), zone.show(one.review));
    let (options, threat, measures) = (options(&one.options, lang), plain(&one.threat), plain(&one.measures));
    let transfer = one.transfer.as_ref().map(|to| format!(" ({})", paper(to))).unwrap_or_default();
    match lang {
        Lang::Fr => format!(
            "  menace : {threat} (vraisemblance {likelihood}, impact {impact} sur 4)\n  traitement : {options}{transfer}\n  \
             mesures : {measures}\n  risque résiduel : {residual} sur 4\n  du {from} au {until}, revu le {review}\n"
        ),
        Lang::En => format!(
            "  threat: {threat} (likelihood {likelihood}, impact {impact} of 4)\n  treatment: {options}{transfer}\n  \
             measures: {measures}\n  residual risk: {residual} of 4\n  from {from} until {until}, reviewed on {review}\n"
        ),
    }
}

fn paper(document: &DocumentRef) -> String {
    let name = plain(&document.name);
    if document.sha256.is_empty() { name } else { format!("{name} sha256:{}", document.sha256) }
}

fn nothing(what: &str) -> NotDone {
    NotDone::new(
        format!(
            "« {what} » n'est ni le traitement d'une règle de cette prestation, ni sa transition, ni son accès direct."
        ),
        format!(
            "`{what}` is neither the treatment of a rule of this service, nor its transition, nor its direct path."
        ),
    )
}

async fn write(
    gate: &Gate,
    who: &Known,
    facts: &ServiceFacts,
    signed: Signed,
    now: Timestamp,
) -> Result<(), NotDone> {
    let establishment = facts.establishment.id.clone();
    let signature = Signature { by: who.person.clone(), at: now };
    let by = Actor::Person(who.person.clone());
    let fact = fact(&signed);
    let note =
        Note { establishment: establishment.clone(), at: now, by, session: None, intervention: None, fact };
    let puts = vec![Put::Signature { establishment, signature, signed }];
    let act = Act { puts, sessions: Vec::new(), notes: vec![note], at: now, by: who.person.to_string() };
    gate.acts.commit(act).await?;
    Ok(())
}

fn fact(signed: &Signed) -> Fact {
    let words = digest(signed);
    match signed {
        Signed::Treatment(one) => RiskTreated {
            rule: Source::Guide(one.rule),
            service: one.service.clone(),
            equipment: one.equipment.clone(),
            options: one.options.iter().map(|option| option.as_str().into()).collect(),
            owner: one.owner.clone(),
            until: one.span.until,
            words,
        }
        .into(),
        Signed::Transition(one) => {
            let (service, plan) = (one.service.clone(), one.plan.name.as_str().into());
            TransitionSigned { service, plan, until: one.span.until, words }.into()
        }
        Signed::Direct(one) => DirectPathDecided {
            service: one.service.clone(),
            recommendation: one.recommendation.name.as_str().into(),
            flows: u64::try_from(one.flows.len()).unwrap_or(u64::MAX),
            until: one.span.until,
            words,
        }
        .into(),
    }
}

fn options(options: &BTreeSet<RiskOption>, lang: Lang) -> String {
    options.iter().map(|option| option.text().in_lang(lang).to_owned()).collect::<Vec<_>>().join(", ")
}
