//! The house pack (rules.md §2.5): what the guide asks at level 2 only, and the house of everybody.

use domain::{Asked, RequesterCheck, ServiceFacts};
use vocab::{HouseRule, RuleId, Timestamp};

use crate::{Admission, Applicability, Cause, Conditions, applies, rule, rules};

/// The rules that the house asks for at level 1, and its own name for each. Its refusals never cite the
/// guide.
const PACK: [(RuleId, HouseRule); 5] = [
    (RuleId::O2, HouseRule::Requester),
    (RuleId::O3, HouseRule::Window),
    (RuleId::O4, HouseRule::Checklist),
    (RuleId::T5, HouseRule::Encryption),
    (RuleId::T10, HouseRule::IdleClose),
];

/// What the house asks for where only the level keeps the guide from asking: start and end, idle close
/// and encryption always; requesters and checklist where somebody configured them; and that nobody comes
/// from a firm that is not on the list (C4).
pub fn house_pack(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let conditions = Conditions::of(asked.facts, now);
    let only_the_level = |id: RuleId| {
        let service = &asked.facts.service;
        applies(id, service.kind, service.level, service.path, conditions)
            == Applicability::NotApplicable(Cause::Level)
    };
    let mut answer = Admission::OPEN;
    for (id, house) in PACK {
        let Some(admit) = rule(id).admit.filter(|_| only_the_level(id) && configured(id, asked.facts)) else {
            continue;
        };
        let Admission { until, unmet } = admit(asked, now);
        let unmet = unmet.into_iter().map(|lack| lack.of_the_house(house)).collect();
        answer = answer.and(Admission { until, unmet });
    }
    if only_the_level(RuleId::C4) {
        answer.unmet.extend(rules::c4::of_the_house(asked, now));
    }
    answer
}

fn configured(id: RuleId, facts: &ServiceFacts) -> bool {
    match id {
        RuleId::O2 => facts.contract.requesters.check != RequesterCheck::None,
        RuleId::O4 => !facts.service.checklist.is_empty(),
        _ => true,
    }
}
