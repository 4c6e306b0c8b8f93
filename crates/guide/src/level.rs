//! Which level a service reaches: exactly as the findings say, and never a bare *compliant*.

use domain::ServiceFacts;
use vocab::{Level, Text, Timestamp};

use crate::evidence::say;
use crate::{Finding, Status, assess};

/// The count of findings on the rules that apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Rules that apply.
    pub applicable: usize,
    /// Met.
    pub met: usize,
    /// Of these, by declaration only.
    pub declared_only: usize,
    /// Not applied, their risk treated: they never count as met.
    pub treated: usize,
    /// Not applied, or in part, or unknown, and not treated.
    pub untreated: usize,
}

/// What was reached of the target level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelReached {
    /// The target.
    pub target: Level,
    /// Whether every applicable rule is met.
    pub reached: bool,
    /// The counts.
    pub tally: Tally,
    /// In words: always with the number of rules met by declaration only.
    pub sentence: Text,
}

/// The level that a service reaches: only if every applicable rule is met, whatever is treated.
pub fn level_reached(facts: &ServiceFacts, now: Timestamp) -> LevelReached {
    let tally = tally(&assess(facts, now));
    let target = facts.level();
    let reached = tally.met == tally.applicable && facts.transition.is_none();
    LevelReached {
        target,
        reached,
        tally,
        sentence: sentence(target, reached, tally, facts.transition.is_some()),
    }
}

fn tally(findings: &[Finding]) -> Tally {
    findings.iter().fold(Tally::default(), |mut tally, finding| {
        match &finding.status {
            Status::NotApplicable(_) => return tally,
            Status::MetDeclared { .. } => {
                tally.met += 1;
                tally.declared_only += 1;
            }
            Status::MetEnforced | Status::MetObserved => tally.met += 1,
            Status::NotAppliedTreated { .. } => tally.treated += 1,
            Status::Partly { .. } | Status::NotApplied | Status::Unknown => tally.untreated += 1,
        }
        tally.applicable += 1;
        tally
    })
}

fn sentence(target: Level, reached: bool, tally: Tally, transition: bool) -> Text {
    let n = u8::from(target);
    let (declared, lacking, treated) = (tally.declared_only, tally.treated + tally.untreated, tally.treated);
    let by_word = say!(
        " ; {declared} règle(s) tenue(s) sur déclaration seule.",
        "; {declared} rule(s) met by declaration only."
    );
    let said = if reached {
        say!("Palier {n} atteint", "Level {n} reached")
    } else if transition {
        say!(
            "Non conforme : prestation en transition ; {lacking} règles non appliquées, dont {treated} risques traités",
            "Not compliant: service in transition; {lacking} rules not applied, {treated} of their risks treated"
        )
    } else {
        say!(
            "Palier {n} non atteint : {lacking} règles non appliquées, dont {treated} risques traités",
            "Level {n} not reached: {lacking} rules not applied, {treated} of their risks treated"
        )
    };
    Text::new(said.fr + &by_word.fr, said.en + &by_word.en)
}
