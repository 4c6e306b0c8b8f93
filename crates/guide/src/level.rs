//! Which level a service reaches, and the sentence that says so. Never a bare *conforme*.

use domain::{Purpose, ServiceFacts};
use serde::{Deserialize, Serialize};
use vocab::{Level, Text, Timestamp};

use crate::evidence::say;
use crate::{Finding, Status, assess, transition_holds};

/// The count of the applicable rules of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Rules that apply.
    pub applicable: usize,
    /// Met, however it is known.
    pub met: usize,
    /// Of these, by declaration only.
    pub declared: usize,
    /// Of those that the gate enforces or observes, so many whose content is somebody's word.
    #[serde(default)]
    pub on_word: usize,
    /// Not met: partly, not applied or unknown. Treated risks are among them.
    pub not_applied: usize,
    /// Of these, with their risk treated. They do not count towards the level.
    pub treated: usize,
}

impl Tally {
    /// Of a level's findings.
    pub fn of(findings: &[Finding]) -> Self {
        let mut tally = Self::default();
        for finding in findings {
            match finding.status {
                Status::NotApplicable(_) => continue,
                Status::MetEnforced | Status::MetObserved => {
                    tally.met += 1;
                    tally.on_word += usize::from(finding.by_word.is_some());
                }
                Status::MetDeclared { .. } => {
                    tally.met += 1;
                    tally.declared += 1;
                }
                Status::Partly { .. } | Status::NotApplied | Status::Unknown => tally.not_applied += 1,
                Status::NotAppliedTreated { .. } => {
                    tally.not_applied += 1;
                    tally.treated += 1;
                }
            }
            tally.applicable += 1;
        }
        tally
    }

    /// Whether every applicable rule is met.
    pub const fn reached(&self) -> bool {
        self.applicable > 0 && self.not_applied == 0
    }
}

/// The level that a service reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelReached {
    /// What it aims at.
    pub target: Level,
    /// What it reaches, at most its target.
    pub reached: Option<Level>,
    /// The count at level 1.
    pub one: Tally,
    /// The count at level 2, where that is the target.
    pub two: Option<Tally>,
    /// The findings at the target level.
    pub findings: Vec<Finding>,
    /// The whole sentence.
    pub sentence: Text,
}

/// The level reached, at most the service's target: only if every applicable rule is met. A treated risk
/// never counts; and while a transition holds, under which anything may open, no level is reached.
pub fn level_reached(facts: &ServiceFacts, now: Timestamp) -> LevelReached {
    let target = facts.level();
    let findings = assess(facts, target, now);
    let at_target = Tally::of(&findings);
    let (one, two) = match target {
        Level::One => (at_target, None),
        Level::Two => (Tally::of(&assess(facts, Level::One, now)), Some(at_target)),
    };
    let transition = transition_holds(facts, now);
    let reached = match two {
        _ if transition.is_some() => None,
        Some(two) if two.reached() => Some(Level::Two),
        _ if one.reached() => Some(Level::One),
        _ => None,
    };
    let of_level = |level, tally| of_level(level, tally, transition.is_some());
    let mut sentence = of_level(target, at_target);
    if target == Level::Two && !at_target.reached() {
        let lower = of_level(Level::One, one);
        sentence =
            Text::new(format!("{} ; {}", sentence.fr, lower.fr), format!("{}; {}", sentence.en, lower.en));
    }
    let sentence = with_reserves(sentence, facts, now);
    LevelReached { target, reached, one, two, findings, sentence }
}

fn of_level(level: Level, tally: Tally, transition: bool) -> Text {
    let (n, Tally { applicable, declared, not_applied, treated, on_word, .. }) = (u8::from(level), tally);
    // French counts nought as one.
    let s = |count: usize| if count < 2 { "" } else { "s" };
    let Text { fr: word, en: of_word } = if on_word == 0 {
        Text::new("", "")
    } else {
        say!(
            ", {on_word} que la poterne impose ou constate sur un contenu déclaré",
            ", {on_word} that the gate enforces or observes on declared content"
        )
    };
    if tally.reached() && transition {
        return say!(
            "palier {n} non retenu : {applicable} règles tenues, dont {declared} sur déclaration seule{word}",
            "level {n} not counted: {applicable} rules met, {declared} of them by declaration only{of_word}"
        );
    }
    if tally.reached() {
        return say!(
            "palier {n} atteint : {applicable} règles tenues, dont {declared} sur déclaration seule{word}",
            "level {n} reached: {applicable} rules met, {declared} of them by declaration only{of_word}"
        );
    }
    let (rules, risks, words) = (s(not_applied), s(treated), s(declared));
    let en = if not_applied == 1 { "rule" } else { "rules" };
    say!(
        "palier {n} non atteint : {not_applied} règle{rules} non appliquée{rules}, dont {treated} risque{risks} traité{risks} ; {declared} règle{words} tenue{words} sur déclaration seule{word}",
        "level {n} not reached: {not_applied} {en} not applied, {treated} of them with the risk treated; {declared} met by declaration only{of_word}"
    )
}

/// What must be said beside any level.
fn with_reserves(sentence: Text, facts: &ServiceFacts, now: Timestamp) -> Text {
    let mut reserves = Vec::new();
    if let Some(transition) = transition_holds(facts, now) {
        let until = facts.establishment.zone.last_date(transition.span.until);
        reserves.push(say!(
            "en transition jusqu'au {until:#} : non conforme",
            "in transition until {until}: does not conform"
        ));
    }
    if matches!(facts.service.purpose, Purpose::OutsideGuide { .. }) {
        reserves.push(say!("hors champ du guide", "outside the guide's field"));
    }
    reserves.into_iter().fold(sentence, |sentence, reserve| {
        Text::new(format!("{} ; {}", sentence.fr, reserve.fr), format!("{}; {}", sentence.en, reserve.en))
    })
}
