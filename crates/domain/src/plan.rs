//! When an intervention is to be worked in: planned with the request, approved with it, moved by a new approval only.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocab::{Kind, PersonId, Timestamp};

use crate::{Intervention, Span};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Days of the longest plan: a month of thirty-one days. What takes longer is approved again.
const PLAN_DAYS: u32 = 31;
/// Days of the longest plan of monitoring, which may be permanent: as long as a continuous period stands before it is agreed
/// again (O3), 366 so that a leap year closes nothing early.
const MONITORING_DAYS: u32 = 366;
/// A plan begins at most so long after it is asked for: 366 days, a year ahead.
pub const PLAN_AHEAD: Duration = Duration::from_secs(366 * 24 * 3600);

/// The longest plan that there is for interventions of this kind.
pub fn plan_max(kind: Kind) -> Duration {
    DAY.saturating_mul(if kind == Kind::Monitoring { MONITORING_DAYS } else { PLAN_DAYS })
}

/// Somebody asks for another plan. Until a beneficiary approves it, the one that was approved stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanAsk {
    /// Who asks.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// The plan that is asked for.
    pub span: Span,
    /// Why.
    pub reason: String,
}

impl Intervention {
    /// The span in which it may be worked in, never longer than [`plan_max`]. One that was approved before plans were asked
    /// for has the longest from its approval on. `None`: it has neither.
    pub fn plan(&self, kind: Kind) -> Option<Span> {
        let longest = plan_max(kind);
        let from_approval =
            || self.approval.as_ref().map(|given| Span { from: given.at, until: Timestamp::MAX });
        let span = self.planned.or_else(from_approval)?;
        Some(Span { from: span.from, until: span.until.min(span.from.after(longest)) })
    }

    /// Since when its work is over: closed, or worked in and its plan at its end. `None`: it is not over, or nothing was done.
    pub fn over_since(&self, kind: Kind, now: Timestamp) -> Option<Timestamp> {
        let ended = || {
            self.plan(kind).filter(|_| self.was_worked_in() && !self.state.is_over()).map(|plan| plan.until)
        };
        self.closed_at().or_else(ended).filter(|since| *since <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_has_a_longest() {
        assert_eq!(plan_max(Kind::Maintenance).as_secs(), 31 * 86_400);
        assert_eq!(plan_max(Kind::Assistance), plan_max(Kind::Maintenance));
        assert_eq!(plan_max(Kind::Monitoring).as_secs(), 366 * 86_400);
    }
}
