//! The door shuts itself in: what `serve` will never need is taken from the whole process before its first thread
//! starts, so that whoever takes it over by a fault finds neither another file nor another program.
//!
//! Files by Landlock ([`files`]), system calls by seccomp ([`calls`]). A kernel that has neither is said, and is an
//! error only where the configuration demands both. What the kernel says that it holds is tried ([`proof`]): a
//! sandbox that is on and does not hold never serves.

mod calls;
mod files;
mod proof;

use std::path::Path;

use crate::config::{Config, Wanted};
use crate::texts::say;
use anyhow::bail;

/// What holds from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sandbox {
    /// The version of Landlock that the kernel and we have in common; `None`: files are not held.
    files: Option<i32>,
    /// Whether system calls are held.
    calls: bool,
    wanted: Wanted,
}

impl Sandbox {
    /// One word for `/metrics` and `/healthz`.
    pub(crate) fn word(&self) -> &'static str {
        match (self.wanted, self.files, self.calls) {
            (Wanted::Off, ..) => "off",
            (_, Some(_), true) => "whole",
            (_, None, false) => "none",
            _ => "half",
        }
    }

    /// Says it, once.
    pub(crate) fn tell(&self) {
        let (files, calls) = (self.files, self.calls);
        match self.word() {
            "whole" => tracing::info!(landlock = files, seccomp = calls, "The door shut itself in"),
            "off" => {
                tracing::warn!("The door does not shut itself in: the configuration says `sandbox = \"off\"`")
            }
            _ => tracing::warn!(
                landlock = files,
                seccomp = calls,
                "The door is not wholly shut in: this kernel does not have what it takes"
            ),
        }
    }
}

/// Shuts the process in. Call it before any thread is started: what is started later inherits it, and nothing else
/// does.
pub(crate) fn enter(config: &Config, file: &Path) -> anyhow::Result<Sandbox> {
    let wanted = config.gate.sandbox;
    if wanted == Wanted::Off {
        return Ok(Sandbox { files: None, calls: false, wanted });
    }
    // In this order: the filter of calls leaves those of Landlock alone, but nothing is opened by it any more.
    let files = files::restrict(config, file).unwrap_or_else(|error| {
        tracing::warn!(%error, "Landlock refuses");
        None
    });
    let calls = calls::restrict();
    if let Err(error) = &calls {
        tracing::warn!(%error, "Seccomp refuses");
    }
    let sandbox = Sandbox { files, calls: calls.is_ok(), wanted };
    if wanted == Wanted::Required && sandbox.word() != "whole" {
        bail!(say("sandbox_required", &[&missing(&sandbox)]));
    }
    proof::holds(&sandbox)?;
    Ok(sandbox)
}

fn missing(sandbox: &Sandbox) -> String {
    let halves = [(sandbox.files.is_none(), "Landlock"), (!sandbox.calls, "seccomp")];
    halves.iter().filter(|(missing, _)| *missing).map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_is_said_in_one_word() {
        for (files, calls, wanted, word) in [
            (Some(2), true, Wanted::On, "whole"),
            (Some(7), true, Wanted::Required, "whole"),
            (None, true, Wanted::On, "half"),
            (Some(2), false, Wanted::On, "half"),
            (None, false, Wanted::On, "none"),
            (None, false, Wanted::Off, "off"),
        ] {
            assert_eq!(Sandbox { files, calls, wanted }.word(), word);
        }
        assert_eq!(
            missing(&Sandbox { files: None, calls: false, wanted: Wanted::Required }),
            "Landlock, seccomp"
        );
    }
}
