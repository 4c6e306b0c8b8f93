//! What `config.rs` says in its errors, for a reader who has no use for words.

use std::fmt::Display;

use anyhow::Context as _;

/// Adds which sentence an error has.
pub(crate) trait Because<T> {
    fn because(self, key: &str, gaps: &[&dyn Display]) -> anyhow::Result<T>;
}

impl<T, E: std::error::Error + Send + Sync + 'static> Because<T> for Result<T, E> {
    fn because(self, key: &str, gaps: &[&dyn Display]) -> anyhow::Result<T> {
        self.with_context(|| say(key, gaps))
    }
}

/// The key of a sentence, and what fills its gaps.
pub(crate) fn say(key: &str, gaps: &[&dyn Display]) -> String {
    gaps.iter().fold(key.to_owned(), |said, gap| format!("{said} {gap}"))
}
