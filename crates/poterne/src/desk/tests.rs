//! No errand of the host operator without its trace: each is tied to the events that it leaves, or stands among the exceptions,
//! which may only become fewer.

use std::collections::{BTreeMap, BTreeSet};

use events::Fact;

/// Errands that leave no entry of their own: they change nothing, or another errand tells it. Never more of them.
const EXCEPTIONS_MAX: usize = 6;

/// Each errand of the table with its codes; none: an exception, with its reason.
fn tied() -> BTreeMap<&'static str, Vec<&'static str>> {
    let rows = include_str!("../../tables/errands.txt").lines().map(|line| {
        let (name, codes) = line.split_once(" | ").unwrap();
        match codes.strip_prefix("- ") {
            Some(why) => {
                assert!(why.len() > 8, "{name}: an exception says why");
                (name, Vec::new())
            }
            None => (name, codes.split(", ").collect()),
        }
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.is_sorted_by(|one, other| one.0 < other.0), "in order, each once");
    rows.into_iter().collect()
}

#[test]
fn every_errand_is_tied_to_its_trace_or_is_a_named_exception() {
    let tied = tied();
    // From the text of the requests themselves: each errand is named there for the log.
    let text = include_str!("../../../control/src/request.rs");
    let named =
        text.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split_once(" { .. } => \""));
    let errands: BTreeSet<&str> = named.map(|(name, _)| name).collect();
    assert!(errands.len() > 15, "the requests are read: {errands:?}");
    assert_eq!(tied.keys().copied().collect::<BTreeSet<_>>(), errands);
    let done = include_str!("../desk.rs");
    for (errand, codes) in &tied {
        assert!(done.contains(&format!("Errand::{errand} {{")), "{errand} is done here");
        for code in codes {
            assert!(Fact::ALL.iter().any(|(_, known)| known == code), "{errand}: no event `{code}`");
        }
    }
    let exceptions = tied.values().filter(|codes| codes.is_empty()).count();
    assert!(exceptions <= EXCEPTIONS_MAX, "{exceptions} exceptions");
}
