//! `treat`: a batch of treatments, for a fleet taken over, read and signed by one act. What it covers is counted and named:
//! each service, each equipment, each right that there is now; what the file adds later is signed anew.

use std::collections::BTreeSet;

use domain::{Cover, Establishment, RiskTreatment, ServiceFacts, Signed};
use events::{BatchTreated, Fact};
use vocab::{EquipmentId, Lang, ServiceId, Text, Timestamp};

use super::case::{NotDone, not_yours};
use super::role::Deed;
use super::sign::{MARK_LEN, facts_of_signature, put_of};
use crate::acts::Act;
use crate::digest::digest;
use crate::scribe::Note;
use crate::streams::hex;
use crate::treatment;
use crate::{Gate, Known};
use events::Actor;

/// One batch, as far as it is to be signed: for each service each rule that is not signed yet, or whose signature does not
/// reach all that there is.
struct Batch {
    establishment: Establishment,
    name: String,
    parts: Vec<(RiskTreatment, Cover)>,
    now: Timestamp,
}

impl Batch {
    fn mark(&self) -> String {
        let words: Vec<(Signed, &Cover)> =
            self.parts.iter().map(|(one, cover)| (Signed::Treatment(one.words()), cover)).collect();
        hex(&digest(&words)).chars().take(2 * MARK_LEN).collect()
    }

    fn services(&self) -> BTreeSet<&ServiceId> {
        self.parts.iter().map(|(one, _)| &one.service).collect()
    }

    fn equipment(&self) -> BTreeSet<&EquipmentId> {
        self.parts.iter().flat_map(|(_, cover)| cover.equipment.keys()).collect()
    }

    fn counts(&self, lang: Lang) -> String {
        let rules: BTreeSet<_> = self.parts.iter().map(|(one, _)| one.rule.as_str()).collect();
        let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
        let (services, equipment) = (self.services().len(), self.equipment().len());
        match lang {
            Lang::Fr => format!("{rules} ; {services} prestation(s), {equipment} équipement(s)"),
            Lang::En => format!("{rules}; {services} service(s), {equipment} equipment(s)"),
        }
    }

    /// The line that signs it, how much it is, then each text once, and below it what it covers, service by service.
    fn page(&self, lang: Lang) -> String {
        let mut page = format!("treat {} {}\n  {}\n", self.name, self.mark(), self.counts(lang));
        let zone = &self.establishment.zone;
        let text = |one: &RiskTreatment| treatment::page(one, zone, lang);
        let mut told: Vec<(&RiskTreatment, String)> = Vec::new();
        for (one, _) in &self.parts {
            let text = text(one);
            if !told.iter().any(|(other, said)| other.rule == one.rule && *said == text) {
                told.push((one, text));
            }
        }
        for (first, said) in &told {
            page.push_str(&format!("{}\n{said}", first.rule));
            for (one, cover) in
                self.parts.iter().filter(|(one, _)| one.rule == first.rule && text(one) == *said)
            {
                page.push_str(&format!("  - {}\n", one.service));
                let reach = treatment::reach(cover, lang);
                page.extend(reach.lines().map(|line| format!("  {line}\n")));
            }
        }
        page.trim_end().to_owned()
    }
}

/// `treat`: the batches that wait for this person's signature. `treat <batch>`: one of them, word for word.
pub(crate) async fn show(gate: &Gate, who: &Known, name: Option<&str>) -> Result<Text, NotDone> {
    let found = batches(gate, who, name).await?;
    let page = |lang| match name {
        Some(_) => found.iter().map(|one| one.page(lang)).collect::<Vec<_>>().join("\n\n"),
        None => {
            let line = |one: &Batch| format!("treat {}: {}", one.name, one.counts(lang));
            found.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    };
    if found.is_empty() {
        return Ok(Text::new("Aucun lot n'attend votre signature.", "No batch waits for your signature."));
    }
    Ok(Text::new(page(Lang::Fr), page(Lang::En)))
}

/// `treat <batch> <mark>`: all of it, by one act.
pub(crate) async fn sign(gate: &Gate, who: &Known, name: &str, mark: &str) -> Result<Text, NotDone> {
    let mut found = batches(gate, who, Some(name)).await?;
    let batch = match found.len() {
        1 => found.remove(0),
        0 => return Err(NotDone::unknown(name)),
        _ => {
            return Err(NotDone::new(
                format!("Plusieurs établissements ont un lot de ce nom : treat {name}@<établissement>."),
                format!("Several establishments have a batch of this name: treat {name}@<establishment>."),
            ));
        }
    };
    if mark != batch.mark() {
        return Err(NotDone::new(
            format!("Ce lot n'est pas celui que vous avez lu : il a changé. Relisez : treat {name}"),
            format!("This is not the batch that you read: it has changed. Read again: treat {name}"),
        ));
    }
    let may = |one: &RiskTreatment| {
        batch.establishment.may_leave(&who.person, &one.service, one.residual.risk(), batch.now)
    };
    if batch.parts.is_empty() || !batch.parts.iter().all(|(one, _)| may(one)) {
        return Err(super::sign::beyond_the_deed());
    }
    write(gate, who, &batch).await?;
    Ok(Text::new(
        format!("Lot {} signé : {} ({mark}).", batch.name, batch.counts(Lang::Fr)),
        format!("Batch {} signed: {} ({mark}).", batch.name, batch.counts(Lang::En)),
    ))
}

async fn write(gate: &Gate, who: &Known, batch: &Batch) -> Result<(), NotDone> {
    let (establishment, now) = (&batch.establishment.id, batch.now);
    let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
    let whole = BatchTreated {
        batch: batch.name.as_str().into(),
        treatments: count(batch.parts.len()),
        services: count(batch.services().len()),
        equipment: count(batch.equipment().len()),
        words: digest(
            &batch
                .parts
                .iter()
                .map(|(one, cover)| (Signed::Treatment(one.words()), cover))
                .collect::<Vec<_>>(),
        ),
    };
    let mut facts: Vec<Fact> = vec![whole.into()];
    let mut puts = Vec::new();
    for (one, cover) in &batch.parts {
        let words = Signed::Treatment(one.words());
        facts.extend(facts_of_signature(&words, Some(one), Some(cover)));
        puts.push(put_of(establishment, who, now, words, Some(cover.clone())));
    }
    let note = |fact| Note {
        establishment: establishment.clone(),
        at: now,
        by: Actor::Person(who.person.clone()),
        session: None,
        intervention: None,
        fact,
    };
    let notes = facts.into_iter().map(note).collect();
    let act = Act { puts, sessions: Vec::new(), notes, at: now, by: who.person.to_string() };
    gate.acts.commit(act).await?;
    Ok(())
}

/// What waits, in each establishment where this person may sign and somebody vouched for him. `name` may be
/// `<batch>@<establishment>`.
async fn batches(gate: &Gate, who: &Known, name: Option<&str>) -> Result<Vec<Batch>, NotDone> {
    let now = gate.clock.now();
    let (wanted, only) = match name {
        Some(name) => name.split_once('@').map_or((Some(name), None), |(name, at)| (Some(name), Some(at))),
        None => (None, None),
    };
    let (mut found, mut lacks) = (Vec::new(), Some(not_yours(Deed::Sign)));
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        if only.is_some_and(|only| only != establishment.id.as_str()) {
            continue;
        }
        let mut facts = gate.facts_of(&establishment, now).await?;
        facts.retain(|one| Deed::Sign.is_of(&who.person, one, now));
        if facts.is_empty() {
            continue;
        }
        match gate.vouched(who, &establishment.id, now).await {
            Ok(()) => lacks = None,
            Err(lack) => {
                lacks = lacks.map(|_| lack);
                continue;
            }
        }
        found.extend(of(&establishment, &facts, who, wanted, now));
    }
    match lacks {
        Some(lack) => Err(lack),
        None => Ok(found),
    }
}

fn of(
    establishment: &Establishment,
    facts: &[ServiceFacts],
    who: &Known,
    wanted: Option<&str>,
    now: Timestamp,
) -> Vec<Batch> {
    let mut found: Vec<Batch> = Vec::new();
    for one in facts {
        let waits = one
            .treatments
            .iter()
            .filter(|treatment| treatment.owner == who.person && !treatment.covers_all(one));
        for treatment in waits {
            let Some(name) =
                treatment.batch.as_ref().filter(|name| wanted.is_none_or(|wanted| wanted == *name))
            else {
                continue;
            };
            let part = (treatment.clone(), treatment.reach(one));
            match found.iter_mut().find(|batch| batch.name == *name) {
                Some(batch) => batch.parts.push(part),
                None => found.push(Batch {
                    establishment: establishment.clone(),
                    name: name.clone(),
                    parts: vec![part],
                    now,
                }),
            }
        }
    }
    found
}
