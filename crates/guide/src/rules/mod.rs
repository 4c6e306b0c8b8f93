//! The 38 rules, one file each. This file only gathers them.

macro_rules! gather {
    ($($id:ident $file:ident),+ $(,)?) => {
        $(pub(crate) mod $file;)+

        /// All rules, in the guide's order.
        pub static RULES: [&crate::Rule; 38] = [$(&$file::RULE),+];

        /// One rule by its name.
        pub fn rule(id: vocab::RuleId) -> &'static crate::Rule {
            match id {
                $(vocab::RuleId::$id => &$file::RULE),+
            }
        }
    };
}

gather!(
    C1 c1, C2 c2, C3 c3, C4 c4, C5 c5, C6 c6, C7 c7, C8 c8,
    E1 e1, E2 e2, E3 e3, E4 e4, E5 e5, E6 e6, E7 e7, E8 e8, E9 e9,
    A1 a1,
    O1 o1, O2 o2, O3 o3, O4 o4, O5 o5, O6 o6, O7 o7, O8 o8,
    T1 t1, T2 t2, T3 t3, T4 t4, T5 t5, T6 t6, T7 t7, T8 t8, T9 t9, T10 t10, T11 t11, T12 t12,
);

#[cfg(test)]
mod tests {
    use super::{RULES, rule};
    use vocab::RuleId;

    #[test]
    fn every_name_has_its_rule_in_its_place() {
        assert_eq!(RULES.map(|rule| rule.id), RuleId::ALL);
        for id in RuleId::ALL {
            assert_eq!(rule(id).id, id);
        }
    }
    #[test]
    fn an_auditor_is_left_one_to_three_questions_by_each_rule() {
        for rule in RULES {
            let (fr, en): (Vec<_>, Vec<_>) =
                (rule.audit.fr.lines().collect(), rule.audit.en.lines().collect());
            assert!((1..=3).contains(&fr.len()) && fr.len() == en.len(), "{}", rule.id);
            for (fr, en) in fr.iter().zip(en) {
                assert!(
                    fr.ends_with(" ?") && en.ends_with('?') && !en.ends_with(" ?"),
                    "{}: {fr} {en}",
                    rule.id
                );
                assert!(fr.chars().count() <= 140 && en.chars().count() <= 140, "{}: {fr} {en}", rule.id);
            }
        }
    }
}
