//! The rules of a filter, as they were brought and compared with what is on file (T8, T3): what that says of a rule that somebody
//! declared, and when they are to be compared again.

use domain::{FilterCheck, REVIEW_MAX, ServiceFacts};
use vocab::{RuleId, Text, Timestamp};

use crate::evidence::say;
use crate::{Finding, Mender, Status, direct};

/// When they are to be compared: twelve months after they were, or, where they never were, after the decision that describes the flows.
/// `None`: nothing was decided.
pub(crate) fn due(facts: &ServiceFacts, now: Timestamp) -> Option<Timestamp> {
    let from = match facts.filter_check() {
        Some(check) => check.at,
        None => direct::decision(facts, now).ok()?.span.from,
    };
    Some(from.after(REVIEW_MAX))
}

/// What a comparison says of a rule that is met by somebody's word, or not met: that it is wider is told either way. It lifts nothing: it shows what the file let through that was
/// brought, not which filter it came from. Rules that let more through, or that nobody looked at for a year, belie the word.
pub(crate) fn compared(finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    let (rule, zone) = (finding.rule, &facts.establishment.zone);
    let met = finding.status.is_met();
    let Some(check) = facts.filter_check() else {
        return match due(facts, now).filter(|_| rule == RuleId::T8 && met) {
            Some(due) if due <= now => late(
                finding,
                say!(
                    "Les règles du pare-feu n'ont pas été comparées aux flux du dossier depuis douze mois.",
                    "The firewall's rules were not compared with the flows on file for twelve months."
                ),
            ),
            _ if rule == RuleId::T8 && met => finding.because(say!(
                "Les règles du pare-feu n'ont pas encore été comparées aux flux du dossier.",
                "The firewall's rules were not compared with the flows on file yet."
            )),
            _ => finding,
        };
    };
    let (at, short, rules) = (zone.date(check.at), check.sha256.get(..8).unwrap_or_default(), check.rules);
    let FilterCheck { missing, wider, .. } = check;
    let finding = finding.because(say!(
        "Règles du filtrage comparées le {at:#} ({short}) : {rules} lues, {wider} plus larges, {missing} flux absents.",
        "Rules of the filter compared on {at} ({short}): {rules} read, {wider} wider, {missing} flows absent."
    ));
    if *wider > 0 {
        let more = say!(
            "Le pare-feu laisse passer plus que ce que décrit le dossier (règles plus larges : {wider}).",
            "The firewall lets more through than the record describes (wider rules: {wider})."
        );
        return if met { late(finding, more) } else { finding.because(more) };
    }
    if met && check.at.after(REVIEW_MAX) <= now {
        return late(
            finding,
            say!(
                "Les règles du filtrage ont été comparées il y a plus de douze mois.",
                "The rules of the filter were compared more than twelve months ago."
            ),
        );
    }
    finding
}

/// Met in part.
fn late(finding: Finding, missing: Text) -> Finding {
    let (rule, evidence) = (finding.rule, finding.evidence);
    let mut partly = Finding::new(rule, Status::Partly { missing: missing.clone() });
    partly.evidence = evidence;
    partly.because(missing).mended_by(
        Mender::It,
        say!(
            "Ramener les règles à ce qui est décrit (poterne filter rules), puis les comparer : poterne filter check",
            "Bring the rules back to what is described (poterne filter rules), then compare them: poterne filter check"
        ),
    )
}
