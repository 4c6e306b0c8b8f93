//! Which rules apply, against the counts and the columns in files.

use guide::{Applicability, Cause, Conditions, RULES, Statement, applies};
use vocab::{Kind, Level, Path, RuleId};

/// Every combination of kind, level, path and conditions.
fn cases() -> impl Iterator<Item = (Kind, Level, Path, Conditions)> {
    let both = [false, true];
    Kind::ALL.into_iter().flat_map(move |kind| {
        Level::ALL.into_iter().flat_map(move |level| {
            Path::ALL.into_iter().flat_map(move |path| {
                both.into_iter().flat_map(move |subcontracting| {
                    both.into_iter().map(move |central_traces| {
                        (kind, level, path, Conditions { subcontracting, central_traces })
                    })
                })
            })
        })
    })
}

fn rows(file: &str) -> Vec<Vec<&str>> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn the_counts_are_the_guides() {
    let rows = rows(include_str!("applicability.txt"));
    let mut read = 0;
    for (kind, level, path, conditions) in cases() {
        let count = RULES.iter().filter(|r| applies(r.id, kind, level, path, conditions).applies()).count();
        let level = u8::from(level).to_string();
        let central = if conditions.central_traces { "yes" } else { "no" };
        let found: Vec<_> =
            rows.iter().filter(|row| row[..4] == [kind.as_str(), &level, path.as_str(), central]).collect();
        assert_eq!(found.len(), 1, "{kind:?} {level} {path:?} {central}");
        assert_eq!(found[0][4], count.to_string(), "{kind:?} {level} {path:?} {conditions:?}");
        read += 1;
    }
    // Subcontracting changes no count: C5 always applies, only its held facet does not.
    assert_eq!(read, 2 * rows.len());
}

#[test]
fn the_columns_are_the_guides() {
    let rows = rows(include_str!("columns.txt"));
    assert_eq!(rows.len(), RULES.len());
    for (row, rule) in rows.iter().zip(RULES) {
        let columns: String =
            Kind::ALL.iter().map(|k| if rule.kinds.contains(k) { 'x' } else { '-' }).collect();
        let written = [rule.id.as_str(), &columns, &u8::from(rule.level).to_string(), rule.branch.as_str()];
        assert_eq!(row[..], written);
    }
    let count = |kind: Kind, level: Level| {
        RULES.iter().filter(|rule| rule.kinds.contains(&kind) && rule.level <= level).count()
    };
    let totals = Kind::ALL.map(|kind| (count(kind, Level::Two), count(kind, Level::One)));
    assert_eq!(totals, [(31, 23), (34, 26), (33, 25)]);
}

/// The other half: each rule that does not apply says why, and for the right reason.
#[test]
fn every_absence_has_its_cause() {
    let mut seen = std::collections::BTreeSet::new();
    for (kind, level, path, conditions) in cases() {
        for rule in RULES {
            let Applicability::NotApplicable(cause) = applies(rule.id, kind, level, path, conditions) else {
                continue;
            };
            seen.insert(cause);
            let holds = match cause {
                Cause::Kind => !rule.kinds.contains(&kind),
                Cause::Level => level < rule.level,
                Cause::Branch => !rule.branch.holds(path),
                Cause::CentralTraces => rule.id == RuleId::T12 && conditions.central_traces,
                Cause::Condition => false,
            };
            assert!(holds, "{} {kind:?} {level:?} {path:?} {conditions:?}: {cause:?}", rule.id);
        }
    }
    // The fifth cause is only ever that of a facet (C5).
    assert_eq!(seen.len(), 4);
}

#[test]
fn every_rule_speaks_both_languages() {
    for rule in RULES {
        for lang in [vocab::Lang::Fr, vocab::Lang::En] {
            assert!(rule.wording.in_lang(lang).len() > 30, "{}", rule.id);
            let paragraphs = rule.manual.in_lang(lang).split("\n\n").count();
            assert_eq!(paragraphs, 4, "{} {lang:?}", rule.id);
        }
        assert!(!rule.parties.is_empty(), "{}", rule.id);
        let contractual = ["C", "E"].iter().any(|letter| rule.id.as_str().starts_with(letter));
        assert_eq!(rule.two_facets, contractual, "{}", rule.id);
    }
}

/// The counts of a product's statement are over the rules that apply.
#[test]
fn a_statement_counts_what_applies() {
    let rows = rows(include_str!("applicability.txt"));
    let counts = Statement::ours("1").counts();
    assert_eq!(counts.len(), 12);
    for count in counts {
        let level = u8::from(count.level).to_string();
        let key = [count.kind.as_str(), &level, count.path.as_str(), "yes"];
        let row = rows.iter().find(|row| row[..4] == key).unwrap();
        assert_eq!(row[4], count.applicable.to_string(), "{key:?}");
        assert_eq!(count.enforced + count.observed + count.declared + count.none, count.applicable);
        // What goes beside the door is seen by nobody here.
        assert_eq!(count.enforced == 0, count.path == Path::Direct || count.kind == Kind::Assistance);
    }
}
