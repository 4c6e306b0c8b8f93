//! Evidence from outside on what does not pass the gate (T8, T12): the newest one, until when the next one is due, and what
//! follows when it does not come.

use domain::{Covers, EVIDENCE_DAYS, Filed, ServiceFacts, days};
use vocab::{Path, RuleId, Text, Timestamp};

use crate::evidence::say;
use crate::{Finding, Mender, Status, direct};

/// Days within which it is brought: as agreed, or else those after which it is said to be lacking.
pub(crate) fn within(facts: &ServiceFacts) -> u32 {
    facts.contract.evidence_within_days.unwrap_or(EVIDENCE_DAYS)
}

/// The newest evidence on the service.
fn newest(facts: &ServiceFacts) -> Option<(&Filed, &Covers)> {
    let of_time = facts.filed.iter().filter_map(|filed| Some((filed, filed.covers.as_ref()?)));
    of_time.max_by_key(|(filed, covers)| (covers.span.until, filed.filed_at))
}

/// When the next evidence is due: so many days after what the newest one covers, or, while there is none, after the service
/// began to do without the gate or without central traces. `None`: nobody decided or declared that it does.
///
/// An intervention past the gate is covered so within as many days, whichever day it is done.
pub(crate) fn due(facts: &ServiceFacts, now: Timestamp) -> Option<Timestamp> {
    let from = match newest(facts) {
        Some((_, covers)) => covers.span.until,
        None => since(facts, now)?,
    };
    Some(from.after(days(within(facts))))
}

fn since(facts: &ServiceFacts, now: Timestamp) -> Option<Timestamp> {
    let decided = || direct::decision(facts, now).ok().map(|decision| decision.span.from);
    let declared = |rule| {
        let held = facts.service.declared(rule).and_then(|declared| declared.held.as_ref());
        held.filter(|word| word.stands(now)).map(|word| word.at)
    };
    match facts.path() {
        Path::Direct => decided().or_else(|| declared(RuleId::T8)),
        Path::Gateway => declared(RuleId::T12),
    }
}

/// What it says of a rule that is met. It proves that the file was there on that day and was not changed since, not that what
/// is in it is true: no status is lifted by it. Where it was agreed and did not come, the rule is met in part.
pub(crate) fn shown(finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    let finding = match newest(facts) {
        Some((filed, covers)) => {
            let zone = &facts.establishment.zone;
            let (name, short, writer) = (&filed.name, filed.short(), covers.source.as_str());
            let (from, until) = (zone.date(covers.span.from), zone.last_date(covers.span.until));
            finding.because(say!(
                "Preuve externe au coffre : {name} ({writer}), du {from:#} au {until:#}, {short}.",
                "External evidence on file: {name} ({writer}), from {from} to {until}, {short}."
            ))
        }
        None => finding,
    };
    let late = due(facts, now).is_none_or(|due| due <= now);
    // Before the first one is due, it is not there either.
    if !late && newest(facts).is_some() {
        return finding;
    }
    let lacking = lacking(within(facts));
    if !late || facts.contract.evidence_within_days.is_none() || !finding.status.is_met() {
        return finding.because(lacking);
    }
    let rule = finding.rule;
    let mut partly = Finding::new(rule, Status::Partly { missing: lacking.clone() });
    partly.evidence = finding.evidence;
    partly.because(lacking).mended_by(
        Mender::It,
        say!(
            "Apporter les journaux convenus : document add --as evidence.",
            "Bring the logs that were agreed: document add --as evidence."
        ),
    )
}

fn lacking(days: u32) -> Text {
    say!(
        "Manque une preuve externe des {days} derniers jours (pare-feu, fournisseur ou équipement).",
        "External evidence of the last {days} days is lacking (firewall, provider or equipment)."
    )
}
