//! By what a person is bound (C6, C7): engagements of a kind, in the version that the contract asks for.

use domain::{Engagement, EngagementKind, ServiceFacts, Staff};
use vocab::{Text, Timestamp};

use crate::evidence::{papers, say};
use crate::{Admission, Finding, Unmet};

/// Until when a person is bound, or what is missing.
pub(crate) type Bound = Result<Timestamp, Unmet>;

/// The engagements of this kind that bind this person towards the establishment now.
pub(crate) fn engagements<'a>(
    kind: EngagementKind,
    staff: &'a Staff,
    facts: &'a ServiceFacts,
    now: Timestamp,
) -> impl Iterator<Item = &'a Engagement> + Clone {
    staff.engagements.iter().filter(move |signed| {
        signed.kind == kind
            && signed.person == staff.person.id
            && signed.establishment == facts.establishment.id
            && signed.binds(facts.contract.engagement_version, now)
    })
}

/// Until when an engagement binds.
pub(crate) fn until(engagement: &Engagement) -> Timestamp {
    engagement.withdrawn_at.unwrap_or(Timestamp::MAX)
}

/// What each person lacks who is not bound.
pub(crate) fn lacks(facts: &ServiceFacts, bound: impl Fn(&Staff) -> Bound) -> Vec<Unmet> {
    facts.staff.iter().filter_map(|staff| bound(staff).err()).collect()
}

/// The signed engagements of this kind whose papers are known by their hash: whether each is kept here.
pub(crate) fn with_papers(
    kind: EngagementKind,
    finding: Finding,
    facts: &ServiceFacts,
    now: Timestamp,
) -> Finding {
    let signed = facts.staff.iter().flat_map(|staff| engagements(kind, staff, facts, now));
    match papers(facts, signed.filter_map(|signed| signed.paper.as_ref())) {
        Some(Text { fr, en }) => {
            finding.because(say!("Engagements signés : {fr}.", "Signed engagements: {en}."))
        }
        None => finding,
    }
}

/// Whoever is bound comes in, for as long.
pub(crate) fn admits(bound: Bound) -> Admission {
    match bound {
        Ok(until) => Admission::until(until),
        Err(lack) => Admission::refused(vec![lack]),
    }
}
