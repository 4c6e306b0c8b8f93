//! What holds of every decision, whatever is missing together and whatever lifts it.

use std::collections::BTreeSet;

use domain::{Derogation, Exception, RiskTreatment, Span, Transition};
use fiction::{at, name, now};
use policy::{Lift, Permit, Refusal, Unmet};
use proptest::prelude::*;
use serde::Deserialize;
use vocab::{HouseRule, RuleId, Source, Timestamp};

use crate::world::{Changes, Question, World};

/// Changes that each take one condition away, and the code that each has to be refused with. No two of
/// them touch the same place.
#[derive(Debug, Clone, Deserialize)]
struct Removal {
    code: String,
    set: Changes,
}

#[derive(Deserialize)]
struct Removals {
    removal: Vec<Removal>,
}

fn removals() -> Vec<Removal> {
    toml::from_str::<Removals>(include_str!("removals.toml")).unwrap().removal
}

/// Everything in order but these.
fn without(taken: &[Removal]) -> Question {
    let mut world = World::in_order();
    taken.iter().for_each(|removal| world.set_all(&removal.set));
    world.question()
}

fn asked(question: &Question) -> Result<Permit, Refusal> {
    question.decide()
}

fn unmet(question: &Question) -> Vec<Unmet> {
    asked(question).err().map_or_else(Vec::new, |refusal| refusal.unmet().to_vec())
}

fn codes(unmet: &[Unmet]) -> BTreeSet<String> {
    unmet.iter().map(|lack| lack.source.code()).collect()
}

fn every_code() -> BTreeSet<String> {
    let guide = RuleId::ALL.map(|rule| Source::Guide(rule).code());
    let house = HouseRule::ALL.map(|rule| Source::House(rule).code());
    guide.into_iter().chain(house).collect()
}

fn around() -> Span {
    Span { from: at("2026-11-24 17:00"), until: at("2026-11-24 18:30") }
}

fn treatment(rule: RuleId) -> RiskTreatment {
    let mut one = fiction::treatment(rule);
    (one.span, one.review) = (around(), around().until);
    one
}

fn treated(mut question: Question, rules: &[RuleId]) -> Question {
    let service = &mut question.facts.services[0];
    let all = rules.iter().copied().map(|rule| {
        let mut one = treatment(rule);
        one.signed = Some(signed_as_it_is(service));
        one
    });
    let all: Vec<RiskTreatment> = all.collect();
    service.treatments.extend(all);
    question
}

/// Signed at the beginning, for what the service is.
fn signed_as_it_is(service: &domain::ServiceFacts) -> domain::Signature {
    let cover = Some(domain::Cover::of(service, |_| true));
    domain::Signature { cover, ..fiction::signature("r.dupont", around().from) }
}

fn derogated(mut question: Question, rules: BTreeSet<String>) -> Question {
    let derogation = Derogation {
        intervention: name("i-1"),
        rules,
        person: name("a.martin"),
        equipment: name("scanner"),
        reason: "panne".to_owned(),
        signed_by: name("r.dupont"),
        relayed_by: None,
        span: around(),
        reviewed: None,
    };
    question.facts.services[0].interventions[0].derogations.push(derogation);
    question
}

fn excepted(mut question: Question) -> Question {
    question.facts.services[0].interventions[0].exceptions.push(Exception {
        requested_by: name("a.martin"),
        approved_by: name("g.astreinte"),
        relayed_by: None,
        reason: "panne".to_owned(),
        span: around(),
        reviewed: None,
    });
    question
}

fn in_transition(mut question: Question) -> Question {
    let signed = signed_as_it_is(&question.facts.services[0]);
    question.facts.services[0].transition = Some(Transition {
        service: name("maintenance-scanner"),
        signed_by: name("r.dupont"),
        signed: Some(signed),
        span: around(),
        plan: fiction::paper("plan.pdf"),
    });
    question
}

/// A few of the removals, in any order.
fn some_removals() -> impl Strategy<Value = Vec<Removal>> {
    let all = removals();
    let count = all.len();
    proptest::sample::subsequence(all, 0..=count)
}

fn some_rules() -> impl Strategy<Value = Vec<RuleId>> {
    proptest::sample::subsequence(RuleId::ALL.to_vec(), 0..=RuleId::ALL.len())
}

/// Exactly these conditions are left, in the same words.
fn left(before: &[Unmet], stays: impl Fn(&Unmet) -> bool) -> Vec<Unmet> {
    before.iter().filter(|lack| stays(lack)).cloned().collect()
}

#[test]
fn nothing_missing_is_permitted_and_each_removal_refused_with_its_code() {
    assert!(asked(&without(&[])).is_ok());
    for removal in removals() {
        let found = codes(&unmet(&without(std::slice::from_ref(&removal))));
        assert!(found.contains(&removal.code), "{}: {found:?}", removal.code);
    }
}

/// No rule of the guide that bears on a session, and no rule of the house, is without a removal.
#[test]
fn every_condition_is_removed_once() {
    let removed: BTreeSet<String> = removals().into_iter().map(|removal| removal.code).collect();
    for rule in guide::RULES.iter().filter(|rule| rule.admit.is_some()) {
        // Direct paths, T5's key and level 1 have rows of their own in the golden tables.
        let elsewhere = [RuleId::T1, RuleId::T5, RuleId::T6, RuleId::T7, RuleId::T8].contains(&rule.id);
        assert!(elsewhere || removed.contains(rule.id.as_str()), "{}", rule.id);
    }
    use HouseRule::*;
    for rule in HouseRule::ALL {
        let elsewhere = [
            Identity,
            Credentials,
            SecondFactor,
            Scope,
            Service,
            Mechanism,
            Employer,
            Requester,
            Window,
            Checklist,
            Encryption,
            IdleClose,
        ];
        assert!(elsewhere.contains(&rule) || removed.contains(&Source::House(rule).code()), "{rule:?}");
    }
}

proptest! {
    /// Whatever is missing together, each missing condition is in the refusal: none hides another.
    #[test]
    fn no_refusal_hides_another(taken in some_removals()) {
        let found = codes(&unmet(&without(&taken)));
        prop_assert_eq!(found.is_empty(), taken.is_empty());
        for removal in &taken {
            prop_assert!(found.contains(&removal.code), "{} not in {:?}", removal.code, found);
        }
    }

    /// A treatment opens only the rules it names, and of these only what a treatment may open. So adding
    /// one never removes another refusal.
    #[test]
    fn a_treatment_opens_what_it_names(taken in some_removals(), rules in some_rules()) {
        let before = unmet(&without(&taken));
        let after = unmet(&treated(without(&taken), &rules));
        let named = |lack: &Unmet| matches!(lack.source, Source::Guide(rule) if rules.contains(&rule));
        let may = |lack: &Unmet| matches!(lack.lift, Lift::Treatment | Lift::Exception);
        prop_assert_eq!(after, left(&before, |lack| !(named(lack) && may(lack))));
    }

    /// So does a derogation, and never the window.
    #[test]
    fn a_derogation_opens_what_it_names(taken in some_removals(), rules in some_rules()) {
        let named: BTreeSet<String> = rules.iter().map(|rule| rule.as_str().to_owned()).collect();
        let before = unmet(&without(&taken));
        let after = unmet(&derogated(without(&taken), named.clone()));
        let may = |lack: &Unmet| matches!(lack.lift, Lift::Treatment | Lift::Derogation);
        // Whoever signs is told what no derogation opens, and of nothing else.
        prop_assert!(before.iter().all(|lack| guide::derogation_may_open(lack.source, false) == may(lack)));
        prop_assert_eq!(after, left(&before, |lack| !(named.contains(&lack.source.code()) && may(lack))));
    }

    /// The exception opens the window and nothing else.
    #[test]
    fn the_exception_opens_the_window(taken in some_removals()) {
        let before = unmet(&without(&taken));
        let after = unmet(&excepted(without(&taken)));
        // Without an intervention to stand in there is no exception either.
        prop_assert_eq!(after, left(&before, |lack| lack.source != Source::Guide(RuleId::O3)));
    }

    /// A transition opens what a treatment may open, and neither an unknown country nor the house's own.
    #[test]
    fn a_transition_opens_what_a_treatment_may(taken in some_removals()) {
        let before = unmet(&without(&taken));
        let after = unmet(&in_transition(without(&taken)));
        prop_assert_eq!(after, left(&before, |lack| matches!(lack.lift, Lift::Never | Lift::Derogation)));
    }

    /// Whatever opens: never a person who is not identified, and that person is told nothing else.
    #[test]
    fn nothing_opens_for_a_stranger(taken in some_removals(), which in 0..4u8) {
        let all = treated(without(&taken), &RuleId::ALL);
        let mut question = in_transition(excepted(derogated(all, every_code())));
        match which {
            0 => question.attempt.login.second = None,
            1 => question.attempt.login.key.0 = "SHA256:other".to_owned(),
            2 => question.facts.person.as_mut().unwrap().person.active = false,
            _ => question.facts.person = None,
        }
        let refusal = asked(&question).unwrap_err();
        let told: Vec<Source> = refusal.codes();
        let own = [HouseRule::Identity, HouseRule::SecondFactor].map(Source::House);
        prop_assert!(told.iter().all(|source| own.contains(source)), "{told:?}");
    }

    /// What a permit lifts is what a refusal would have said, each on somebody's word; and the session ends
    /// no later than anything that bears on it.
    #[test]
    fn a_session_ends_with_the_first_of_its_limits(taken in some_removals(), minutes in prop::array::uniform4(1i64..200)) {
        let mut question = in_transition(excepted(without(&taken)));
        let end = |minutes: i64| Timestamp::from_secs(now().as_secs() + 60 * minutes);
        let [contract, agreement, engagement, transition] = minutes.map(end);
        let window = at("2026-11-24 19:00");
        {
            let service = &mut question.facts.services[0];
            service.contract.span.until = contract;
            if let Some(act) = &mut service.contract.agreement {
                act.span.until = agreement;
            }
            service.transition.as_mut().unwrap().span.until = transition;
            let signed = service.staff[0].engagements.iter_mut().chain(
                question.facts.person.as_mut().unwrap().engagements.iter_mut(),
            );
            signed.for_each(|signed| signed.withdrawn_at = Some(engagement));
        }
        let before = unmet(&without(&taken));
        if let Ok(permit) = asked(&question) {
            let ends = permit.terms().ends_at;
            // The limit of a condition that was lifted is that of what lifted it.
            let lifted: Vec<Source> = permit.lifted().iter().map(policy::Lifted::source).collect();
            let binds = |rule: RuleId| !lifted.contains(&Source::Guide(rule));
            let unplanned = Timestamp::from_secs(now().as_secs() + 4 * 3600);
            let planned = if binds(RuleId::O3) { window } else { around().until.max(transition).min(unplanned) };
            prop_assert!(now() < ends && ends <= planned.max(around().until));
            prop_assert!(ends <= contract || !binds(RuleId::C1));
            prop_assert!(ends <= agreement || !binds(RuleId::O1));
            prop_assert!(ends <= engagement || !(binds(RuleId::C6) || binds(RuleId::C7)));
            let by_transition = permit.lifted().iter().any(|one| one.ground() == "transition");
            prop_assert!(!by_transition || ends <= transition);
            for lifted in permit.lifted() {
                prop_assert!(lifted.by().is_some() && ends <= lifted.until());
                prop_assert!(codes(&before).contains(&lifted.source().code()));
            }
        }
    }

    /// The same question has the same answer.
    #[test]
    fn a_decision_is_a_function(taken in some_removals()) {
        let question = in_transition(without(&taken));
        prop_assert_eq!(asked(&question), asked(&question.clone()));
    }
}
