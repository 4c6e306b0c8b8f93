//! Whether the sandbox holds: what it forbids is tried. A kernel, or whoever started us, that says yes and does not
//! hold is worse than one that says no.

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use anyhow::bail;

use super::Sandbox;
use crate::texts::say;

/// Tries what is forbidden; an error where it can be done.
pub(super) fn holds(sandbox: &Sandbox) -> anyhow::Result<()> {
    // Everybody may list the root, and no rule names it.
    if sandbox.files.is_some() && !refuses(&std::fs::read_dir("/")) {
        bail!(say("sandbox_open", &[&"/"]));
    }
    if sandbox.calls && !calls_are_refused() {
        bail!(say("sandbox_open", &[&"memfd_create"]));
    }
    if (sandbox.files.is_some() || sandbox.calls) && !programs_are_refused() {
        bail!(say("sandbox_open", &[&"execve"]));
    }
    Ok(())
}

/// A call without effect beyond its answer that only the filter of calls refuses.
fn calls_are_refused() -> bool {
    let made = rustix::fs::memfd_create("poterne", rustix::fs::MemfdFlags::CLOEXEC);
    made.is_err_and(|error| error == rustix::io::Errno::PERM)
}

/// The one program that is certainly there, asked for what does no harm.
fn programs_are_refused() -> bool {
    let Ok(program) = std::env::current_exe() else { return true };
    // By pipes: `/dev/null` is out of reach, and would be what is refused.
    refuses(&Command::new(program).arg("--version").stdin(Stdio::piped()).output())
}

fn refuses<T>(tried: &std::io::Result<T>) -> bool {
    tried.as_ref().is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}
