//! The steps of an intervention, as the ledger has them.

use documents::Step;
use events::{Entry, Fact};

use super::sheet::{Sheet, hex};
use super::words;

/// What an entry tells of a step; `None`: it tells of none.
pub(super) fn step(sheet: &Sheet<'_>, index: u64, entry: &Entry) -> Option<Step> {
    let (what, said, sha256) = told(sheet, &entry.fact)?;
    let by = words::actor(sheet, &entry.by);
    Some(Step { entry: index, at: sheet.moment(entry.at), by, what, said, sha256 })
}

fn told(sheet: &Sheet<'_>, fact: &Fact) -> Option<(String, Option<String>, Option<String>)> {
    let some = |words: &str| Some(words.to_owned());
    let reached = |outcome: &str| match outcome {
        "reached" => sheet.pick("objectif atteint", "objective reached"),
        _ => sheet.pick("objectif inatteignable", "objective cannot be reached"),
    };
    let (what, said) = match fact {
        Fact::InterventionRequested(one) => {
            (sheet.pick("demandée", "asked for"), some(one.objective.as_str()))
        }
        Fact::InterventionQualified(one) => (sheet.pick("qualifiée", "qualified"), some(one.reason.as_str())),
        Fact::InterventionApproved(one) => (
            sheet.pick("approuvée", "approved"),
            Some(sheet.pick(
                &format!("convention montrée : version {}", one.agreement),
                &format!("agreement shown: version {}", one.agreement),
            )),
        ),
        Fact::InterventionRefused(one) => (sheet.pick("refusée", "refused"), some(one.reason.as_str())),
        Fact::InterventionWithdrawn(one) => (sheet.pick("retirée", "withdrawn"), some(one.reason.as_str())),
        Fact::ChecklistTicked(one) => {
            let what = match one.needed {
                true => sheet.pick("vérifié", "checked"),
                false => sheet.pick("jugé inutile", "not needed"),
            };
            (what, Some(format!("{} : {}", one.item.as_str(), one.evidence.as_str())))
        }
        Fact::ExceptionAsked(one) => {
            (sheet.pick("exception demandée", "exception asked for"), some(one.reason.as_str()))
        }
        Fact::ExceptionGranted(one) => {
            (sheet.pick("exception accordée", "exception granted"), some(one.reason.as_str()))
        }
        Fact::ExceptionReviewed(_) => (sheet.pick("exception revue", "exception reviewed"), None),
        Fact::DerogationSigned(one) => {
            (sheet.pick("dérogation signée", "derogation signed"), some(one.reason.as_str()))
        }
        Fact::DerogationReviewed(_) => (sheet.pick("dérogation revue", "derogation reviewed"), None),
        Fact::InterventionSuspended(one) => (sheet.pick("suspendue", "suspended"), some(one.reason.as_str())),
        Fact::InterventionResumed(_) => (sheet.pick("reprise", "resumed"), None),
        Fact::ReportHandedOver(one) => {
            let what = sheet.pick("rapport remis", "report handed over");
            return Some((what, None, Some(hex(&one.sha256))));
        }
        Fact::ClosingProposed(one) => {
            (sheet.pick("clôture proposée", "closing proposed"), Some(reached(one.outcome.as_str())))
        }
        Fact::ClosingRejected(one) => {
            (sheet.pick("clôture refusée", "closing rejected"), some(one.reason.as_str()))
        }
        Fact::ClosingConfirmed(one) => {
            (sheet.pick("clôture confirmée", "closing confirmed"), Some(reached(one.outcome.as_str())))
        }
        Fact::ErasureAttested(one) => (
            sheet.pick("effacement attesté", "erasure attested"),
            Some(sheet.pick(&format!("éléments : {}", one.items), &format!("items: {}", one.items))),
        ),
        _ => return None,
    };
    Some((what, said, None))
}
