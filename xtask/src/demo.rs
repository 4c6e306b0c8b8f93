//! The guided demonstration.

use anyhow::{Result, bail};

/// Plays the story; `check` plays it unattended.
pub(crate) fn run(_check: bool) -> Result<()> {
    bail!("the demonstration is not built yet")
}
