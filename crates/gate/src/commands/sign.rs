//! Signing what the site's file proposes: treatments of risk, transitions (section 4 of the guide) and ways past the
//! gate (T6). A file asserts no signature; whoever owns the risk signs these very words under his own key and second
//! factor.

use domain::{
    Cover, DirectPath, DocumentRef, Flow, FlowHours, FlowSource, RiskTreatment, ServiceFacts, Signature,
    Signed, Transition, TreatmentPart, Zone,
};
use events::{
    Actor, DirectPathDecided, Fact, RiskTreated, TransitionCovers, TransitionSigned, TreatmentCovers,
};
use vocab::{EquipmentId, EstablishmentId, Lang, Source, Text, Timestamp};

use super::case::NotDone;
use super::plain;
use super::role::Deed;
use crate::acts::Act;
use crate::digest::digest;
use crate::ports::Put;
use crate::scribe::Note;
use crate::streams::hex;
use crate::treatment;
use crate::{Gate, Known};

/// Bytes of the digest that a signer repeats. Whoever keeps the file may write both texts, the one that is read and
/// the one that is put in its place: 16 bytes leave him 2^64 tries.
pub(super) const MARK_LEN: usize = 16;
/// Most equipment that one entry names (events.md section 5); more of it stands in the entries that follow.
const NAMED_MAX: usize = 256;

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
    let may = match &one.of {
        Some(treatment) => {
            facts.establishment.may_leave(&who.person, &facts.service.id, treatment.residual.risk(), now)
        }
        None => facts.establishment.may_treat(&who.person, &facts.service.id, now),
    };
    if !may {
        return Err(beyond_the_deed());
    }
    if mark != one.mark() {
        return Err(NotDone::new(
            format!("Ce texte n'est pas celui que vous avez lu : il a changé. Relisez : sign {service}"),
            format!("This is not the text that you read: it has changed. Read again: sign {service}"),
        ));
    }
    write(gate, who, &facts, one, now).await?;
    Ok(Text::new(
        format!("Signé pour {service} : {what} ({mark}). Un autre texte serait à signer de nouveau."),
        format!("Signed for {service}: {what} ({mark}). Another text would have to be signed again."),
    ))
}

/// The deed of whoever signs does not let him treat a risk, or none so great.
pub(super) fn beyond_the_deed() -> NotDone {
    NotDone::new(
        "Votre délégation ne permet pas de traiter un risque de cette taille maintenant : il revient au responsable du SIS.",
        "Your delegation does not let you treat a risk of this size now: it belongs to the responsable du SIS.",
    )
}

/// What the file proposes for a service, one by one.
struct Proposal {
    words: Signed,
    /// The treatment whose words they are.
    of: Option<RiskTreatment>,
    /// What a signature under it reaches today.
    cover: Option<Cover>,
    signed: bool,
}

fn proposals(facts: &ServiceFacts) -> impl Iterator<Item = Proposal> {
    let treatments = facts.treatments.iter().map(|one| Proposal {
        words: Signed::Treatment(one.words()),
        of: Some(one.clone()),
        cover: Some(one.reach(facts)),
        signed: one.covers_all(facts),
    });
    let transition = facts.transition.iter().map(|one| Proposal {
        words: Signed::Transition(Transition { signed: None, ..one.clone() }),
        of: None,
        cover: Some(one.reach(facts)),
        signed: one.covers_all(facts),
    });
    let direct = facts.direct.iter().map(|one| Proposal {
        words: Signed::Direct(DirectPath { signed: None, ..one.clone() }),
        of: None,
        cover: None,
        signed: one.signed.is_some(),
    });
    treatments.chain(transition).chain(direct)
}

impl Proposal {
    /// What names these words, with what a signature under them reaches, and no other.
    fn mark(&self) -> String {
        hex(&digest_of(&self.words, self.cover.as_ref())).chars().take(2 * MARK_LEN).collect()
    }

    /// All that is signed.
    fn page(&self, zone: &Zone, lang: Lang) -> String {
        let words = match &self.words {
            Signed::Treatment(one) => treatment::page(one, zone, lang),
            Signed::Transition(one) => transition_page(one, zone).in_lang(lang).to_owned(),
            Signed::Direct(one) => direct_page(one, zone).in_lang(lang).to_owned(),
        };
        let reach = self.cover.as_ref().map(|cover| treatment::reach(cover, lang));
        words + &reach.unwrap_or_default()
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
    one: Proposal,
    now: Timestamp,
) -> Result<(), NotDone> {
    let establishment = facts.establishment.id.clone();
    let note = |fact| Note {
        establishment: establishment.clone(),
        at: now,
        by: Actor::Person(who.person.clone()),
        session: None,
        intervention: None,
        fact,
    };
    let told = facts_of_signature(&one.words, one.of.as_ref(), one.cover.as_ref());
    let notes = told.into_iter().map(note).collect();
    let puts = vec![put_of(&establishment, who, now, one.words, one.cover)];
    let act = Act { puts, sessions: Vec::new(), notes, at: now, by: who.person.to_string() };
    gate.acts.commit(act).await?;
    Ok(())
}

/// The signature, as a fact.
pub(super) fn put_of(
    establishment: &EstablishmentId,
    who: &Known,
    now: Timestamp,
    signed: Signed,
    cover: Option<Cover>,
) -> Put {
    let signature = Signature { by: who.person.clone(), at: now, cover };
    Put::Signature { establishment: establishment.clone(), signature, signed }
}

/// What is signed, by its digest: the words alone, or with what they cover.
fn digest_of(words: &Signed, cover: Option<&Cover>) -> [u8; 32] {
    match cover {
        Some(cover) => digest(&(words, cover)),
        None => digest(words),
    }
}

/// What the ledger is told of a signature; of a treatment or a transition, what it covers too.
pub(super) fn facts_of_signature(
    signed: &Signed,
    of: Option<&RiskTreatment>,
    cover: Option<&Cover>,
) -> Vec<Fact> {
    let words = digest_of(signed, cover);
    match signed {
        Signed::Treatment(one) => {
            let treated = RiskTreated {
                rule: Source::Guide(one.rule),
                service: one.service.clone(),
                equipment: match of.unwrap_or(one).part() {
                    TreatmentPart::Equipment(equipment) => Some(equipment),
                    TreatmentPart::All | TreatmentPart::Batch(_) => None,
                },
                options: one.options.iter().map(|option| option.as_str().into()).collect(),
                owner: one.owner.clone(),
                until: one.span.until.min(one.review),
                words,
            };
            let covers = cover.map(|cover| covers(one, cover, words)).unwrap_or_default();
            std::iter::once(treated.into()).chain(covers).collect()
        }
        Signed::Transition(one) => {
            let (service, plan) = (one.service.clone(), one.plan.name.as_str().into());
            let signed = TransitionSigned { service, plan, until: one.span.until, words };
            let covers = cover.map(|cover| transition_covers(one, cover, words)).unwrap_or_default();
            std::iter::once(signed.into()).chain(covers).collect()
        }
        Signed::Direct(one) => vec![
            DirectPathDecided {
                service: one.service.clone(),
                recommendation: one.recommendation.name.as_str().into(),
                flows: u64::try_from(one.flows.len()).unwrap_or(u64::MAX),
                until: one.span.until,
                words,
            }
            .into(),
        ],
    }
}

/// What a signature covers, and how great the risk is: as many entries as the names need.
fn covers(one: &RiskTreatment, cover: &Cover, words: [u8; 32]) -> Vec<Fact> {
    let entry = |equipment| {
        TreatmentCovers {
            rule: Source::Guide(one.rule),
            service: one.service.clone(),
            batch: one.batch.as_deref().map(Into::into),
            threats: one.threats.iter().map(|threat| threat.as_str().into()).collect(),
            risk: one.before.risk().as_str().into(),
            residual: one.residual.risk().as_str().into(),
            equipment,
            rights: cover.rights,
            contract: cover.contract.clone(),
            provider: cover.provider.clone(),
            path: cover.path.as_str().into(),
            words,
        }
        .into()
    };
    named(cover).into_iter().map(entry).collect()
}

/// The same of a transition.
fn transition_covers(one: &Transition, cover: &Cover, words: [u8; 32]) -> Vec<Fact> {
    let entry = |equipment| {
        TransitionCovers {
            service: one.service.clone(),
            equipment,
            rights: cover.rights,
            contract: cover.contract.clone(),
            provider: cover.provider.clone(),
            path: cover.path.as_str().into(),
            words,
        }
        .into()
    };
    named(cover).into_iter().map(entry).collect()
}

/// The names that each entry says; one entry at least. Addresses and accounts stand in the hash of what was signed.
fn named(cover: &Cover) -> Vec<Vec<EquipmentId>> {
    let all: Vec<EquipmentId> = cover.equipment.keys().cloned().collect();
    if all.is_empty() { vec![all] } else { all.chunks(NAMED_MAX).map(<[EquipmentId]>::to_vec).collect() }
}
