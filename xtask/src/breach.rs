//! What a check found: where, and what to do about it.

use anyhow::{Result, bail};

/// One broken rule. `place` is a path (with a line where there is one) or a crate; `says` names the rule
/// and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Breach {
    pub(crate) place: String,
    pub(crate) says: String,
}

impl Breach {
    pub(crate) fn new(place: impl Into<String>, says: impl Into<String>) -> Self {
        Self { place: place.into(), says: says.into() }
    }
}

/// Prints every breach, sorted, and fails if there is one.
pub(crate) fn conclude(check: &str, mut breaches: Vec<Breach>) -> Result<()> {
    breaches.sort();
    breaches.dedup();
    for breach in &breaches {
        println!("{check}: {}: {}", breach.place, breach.says);
    }
    match breaches.len() {
        0 => {
            println!("{check}: ok");
            Ok(())
        }
        1 => bail!("{check}: one rule is broken"),
        many => bail!("{check}: {many} rules are broken"),
    }
}
