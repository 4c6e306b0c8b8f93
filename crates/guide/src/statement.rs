//! What a product says of itself, rule by rule (section 6 of the guide): ours from each rule's own file, others' as
//! they answer at tender. A product alone reaches no level: most of the guide is for people to hold, so the statement
//! counts and never says *conforme*. The file is `docs/formats/statement.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocab::{Kind, Level, Path, RuleId, Text, is_hidden};

use crate::evidence::say;
use crate::{Branch, Conditions, Manual, RULES, Rule, applies, rule};

/// The name of the format, in each file.
pub const STATEMENT_FORMAT: &str = "pgssi-s-remote-statement/1";
/// Longest sentence of an answer, in characters: a paragraph.
const SAYS_MAX: usize = 1_000;
/// Longest name of a product, a version or a provider, in characters: a line.
const NAME_MAX: usize = 120;

/// What a product by itself does for a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// Nothing.
    None,
    /// It reads what somebody declares, and shows it with its date.
    Declared,
    /// It sees whether the rule is held.
    Observed,
    /// It refuses whoever would break it.
    Enforced,
}

impl Hold {
    /// All of them, the strongest first.
    pub const ALL: [Self; 4] = [Self::Enforced, Self::Observed, Self::Declared, Self::None];

    /// In words.
    pub const fn name(self) -> Manual {
        match self {
            Self::None => Manual { fr: "rien", en: "nothing" },
            Self::Declared => Manual { fr: "déclarée", en: "declared" },
            Self::Observed => Manual { fr: "constatée", en: "observed" },
            Self::Enforced => Manual { fr: "imposée", en: "enforced" },
        }
    }
}

/// What our product does for a rule; it stands in the rule's own file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    /// The most that it does, in a service through the gate that is set up for it.
    pub hold: Hold,
    /// How, and where it ends.
    pub says: Manual,
}

impl Rule {
    /// What our product does for this rule in one kind of intervention; `None` where the rule is not for that kind. No
    /// assistance passes this door: there it reads what is declared, whatever it could do.
    pub fn hold(&self, kind: Kind) -> Option<Hold> {
        let most = if CARRIES.contains(&kind) { self.product.hold } else { Hold::Declared };
        self.kinds.contains(&kind).then_some(most)
    }
}

/// The kinds of intervention that pass our door.
const CARRIES: [Kind; 2] = [Kind::Monitoring, Kind::Maintenance];

/// A product's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// [`STATEMENT_FORMAT`].
    pub format: String,
    /// Whose statement it is.
    pub product: Named,
    /// The kinds of intervention that the product carries itself.
    pub carries: Vec<Kind>,
    /// The paths of T1 on which the product stands: on the other one it can at most read what is declared.
    pub paths: Vec<Path>,
    /// One answer for each of the 38 rules, in the guide's order.
    pub rules: Vec<Answer>,
}

/// Which product, from whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The product.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Who answers for it.
    pub provider: String,
}

/// The answer for one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The rule.
    pub rule: RuleId,
    /// What the product does, for each kind that the rule is for.
    pub holds: BTreeMap<Kind, Hold>,
    /// How, and where it ends.
    pub says: Text,
}

/// How many applicable rules a product enforces, observes, lets declare, or does nothing for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The kind of intervention.
    pub kind: Kind,
    /// Through the gateway, or directly.
    pub path: Path,
    /// The level.
    pub level: Level,
    /// Rules that apply, where something is subcontracted and traces are centralised.
    pub applicable: usize,
    /// Of these, enforced.
    pub enforced: usize,
    /// Observed.
    pub observed: usize,
    /// Read as declared.
    pub declared: usize,
    /// Nothing is done for them.
    pub none: usize,
}

impl Statement {
    /// Ours.
    pub fn ours(version: &str) -> Self {
        let answer = |rule: &&Rule| {
            let holds = rule.kinds.iter().filter_map(|kind| Some((*kind, rule.hold(*kind)?)));
            let Manual { fr, en } = rule.product.says;
            Answer { rule: rule.id, holds: holds.collect(), says: Text::new(fr, en) }
        };
        Self {
            format: STATEMENT_FORMAT.to_owned(),
            product: Named {
                name: "Poterne".to_owned(),
                version: version.to_owned(),
                provider: "Poterne".to_owned(),
            },
            carries: CARRIES.to_vec(),
            paths: vec![Path::Gateway],
            rules: RULES.iter().map(answer).collect(),
        }
    }

    /// One for another product to fill in: nothing is done for any rule.
    pub fn blank() -> Self {
        let mut blank = Self::ours("");
        blank.product = Named { name: String::new(), version: String::new(), provider: String::new() };
        blank.carries.clear();
        blank.paths.clear();
        for answer in &mut blank.rules {
            answer.holds.values_mut().for_each(|hold| *hold = Hold::None);
            answer.says = Text::new("", "");
        }
        blank
    }

    /// What is wrong in it; nothing in a whole one. What a reader leans on is checked here, and its counts are never
    /// read but counted.
    pub fn faults(&self) -> Vec<Text> {
        let mut faults = Vec::new();
        if self.format != STATEMENT_FORMAT {
            faults.push(say!(
                "le format n'est pas `{STATEMENT_FORMAT}`",
                "the format is not `{STATEMENT_FORMAT}`"
            ));
        }
        let named = [
            ("name", &self.product.name),
            ("version", &self.product.version),
            ("provider", &self.product.provider),
        ];
        for (field, text) in named {
            if text.trim().is_empty() || !is_line(text, NAME_MAX) {
                faults.push(say!(
                    "product.{field} : un nom d'une ligne, de {NAME_MAX} caractères au plus",
                    "product.{field}: a name of one line, of {NAME_MAX} characters at most"
                ));
            }
        }
        if self.carries.windows(2).any(|pair| matches!(pair, [one, other] if one >= other)) {
            faults.push(say!(
                "carries : chaque sorte une fois, dans l'ordre du guide",
                "carries: each kind once, in the guide's order"
            ));
        }
        if self.paths.windows(2).any(|pair| matches!(pair, [one, other] if one >= other)) {
            faults.push(say!(
                "paths : chaque chemin une fois, gateway d'abord",
                "paths: each path once, gateway first"
            ));
        }
        let order: Vec<RuleId> = self.rules.iter().map(|answer| answer.rule).collect();
        if order != RuleId::ALL {
            faults.push(say!(
                "rules : les 38 règles, une fois chacune, dans l'ordre du guide",
                "rules: the 38 rules, once each, in the guide's order"
            ));
        }
        faults.extend(self.rules.iter().flat_map(Answer::faults));
        faults
    }

    /// What is done for a rule in one kind; `None` where the rule is not for it.
    pub fn hold(&self, rule: RuleId, kind: Kind) -> Option<Hold> {
        let answer = self.rules.iter().find(|answer| answer.rule == rule)?;
        answer.holds.get(&kind).copied()
    }

    /// The counts for each kind, path and level.
    pub fn counts(&self) -> Vec<Count> {
        let mut counts = Vec::new();
        for kind in Kind::ALL {
            for path in Path::ALL {
                counts.extend(Level::ALL.map(|level| self.count(kind, path, level)));
            }
        }
        counts
    }

    fn count(&self, kind: Kind, path: Path, level: Level) -> Count {
        let conditions = Conditions { subcontracting: true, central_traces: true };
        let asked = RuleId::ALL.iter().filter(|id| applies(**id, kind, level, path, conditions).applies());
        let most = |id: RuleId| {
            // What goes beside a product is not seen by it; what the guide asks of that way itself may be.
            let stands = self.paths.contains(&path) || rule(id).branch == Branch::Direct;
            if stands { Hold::Enforced } else { Hold::Declared }
        };
        let held = |id: &RuleId| self.hold(*id, kind).unwrap_or(Hold::None).min(most(*id));
        let holds: Vec<Hold> = asked.map(held).collect();
        let of = |hold: Hold| holds.iter().filter(|found| **found == hold).count();
        Count {
            kind,
            path,
            level,
            applicable: holds.len(),
            enforced: of(Hold::Enforced),
            observed: of(Hold::Observed),
            declared: of(Hold::Declared),
            none: of(Hold::None),
        }
    }
}

impl Answer {
    fn faults(&self) -> Vec<Text> {
        let id = self.rule;
        let mut faults = Vec::new();
        if !self.holds.keys().eq(rule(id).kinds) {
            let kinds = rule(id).kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
            faults.push(say!(
                "{id}, holds : une réponse pour chaque sorte de la règle, et pour nulle autre ({kinds})",
                "{id}, holds: an answer for each kind of the rule, and for no other ({kinds})"
            ));
        }
        let Text { fr, en } = &self.says;
        if !is_line(fr, SAYS_MAX) || !is_line(en, SAYS_MAX) {
            faults.push(say!(
                "{id}, says : une ligne de {SAYS_MAX} caractères au plus dans chaque langue",
                "{id}, says: one line of {SAYS_MAX} characters at most in each language"
            ));
        }
        let silent = fr.trim().is_empty() && en.trim().is_empty();
        if silent && self.holds.values().any(|hold| *hold != Hold::None) {
            faults.push(say!(
                "{id}, says : dire comment la règle est tenue, dans une langue au moins",
                "{id}, says: say how the rule is held, in one language at least"
            ));
        }
        faults
    }
}

fn is_line(text: &str, longest: usize) -> bool {
    text.chars().count() <= longest && !text.chars().any(is_hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_whole_and_a_blank_one_says_nothing() {
        assert_eq!(Statement::ours("1.2.3").faults(), []);
        let blank = Statement::blank();
        assert_eq!(blank.faults().len(), 3, "{:?}", blank.faults());
        assert!(blank.counts().iter().all(|count| count.none == count.applicable));
    }

    #[test]
    fn what_another_says_is_not_taken_on_trust() {
        let faulty = |change: fn(&mut Statement)| {
            let mut statement = Statement::ours("1");
            change(&mut statement);
            statement.faults().len()
        };
        assert_eq!(faulty(|_| {}), 0);
        assert_eq!(faulty(|said| said.format.push('0')), 1);
        assert_eq!(faulty(|said| said.product.name = "\u{1b}[2J".to_owned()), 1);
        assert_eq!(faulty(|said| said.product.version = " ".to_owned()), 1);
        assert_eq!(faulty(|said| said.carries.push(Kind::Monitoring)), 1);
        assert_eq!(faulty(|said| said.paths.push(Path::Gateway)), 1);
        assert_eq!(faulty(|said| said.rules.truncate(37)), 1);
        assert_eq!(faulty(|said| said.rules.swap(0, 1)), 1);
        assert_eq!(faulty(|said| said.rules[0].rule = RuleId::C2), 1);
        assert_eq!(faulty(|said| said.rules[0].holds.retain(|kind, _| *kind != Kind::Monitoring)), 1);
        // E8 is for maintenance alone.
        assert_eq!(faulty(|said| said.rules[15].holds.extend([(Kind::Assistance, Hold::None)])), 1);
        assert_eq!(faulty(|said| said.rules[3].says = Text::new("", " ")), 1);
        assert_eq!(faulty(|said| said.rules[3].says = Text::new("deux\nlignes", "")), 1);
        assert_eq!(faulty(|said| said.rules[3].says = Text::new("", "x".repeat(SAYS_MAX + 1))), 1);
        assert_eq!(faulty(|said| said.rules[3].says = Text::new("", "x".repeat(SAYS_MAX))), 0);
    }
}
