//! What the program may take of the machine: memory and time by limits, nothing else by a filter of system calls. Set before
//! anything is read; where the kernel cannot, nothing is printed.

use std::collections::BTreeMap;

use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, SeccompRule, apply_filter_all_threads};

/// Address space: a pack of 500 sessions takes some 400 MiB, fonts and threads included.
const MEMORY_MAX: u64 = 3 * 1024 * 1024 * 1024;
/// Seconds of processor: the largest pack takes some ten.
const SECONDS_MAX: u64 = 60;

/// What nobody who prints needs: files, sockets, programs, other processes, other views of the system.
const NEVER: &[i64] = &[
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_memfd_create,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_mkdirat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_mknodat,
    libc::SYS_chdir,
    libc::SYS_chroot,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_shmget,
    libc::SYS_setuid,
    libc::SYS_setgid,
];

/// The same, where only this architecture has them.
#[cfg(target_arch = "x86_64")]
const NEVER_HERE: &[i64] = &[
    libc::SYS_open,
    libc::SYS_creat,
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_mkdir,
    libc::SYS_link,
    libc::SYS_symlink,
];
#[cfg(not(target_arch = "x86_64"))]
const NEVER_HERE: &[i64] = &[];

/// Shuts the program in. Threads that it starts later are in there with it.
pub(crate) fn enter() -> Result<(), String> {
    for (resource, most) in [(Resource::As, MEMORY_MAX), (Resource::Cpu, SECONDS_MAX), (Resource::Core, 0)] {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limit).map_err(|error| format!("a limit could not be set: {error}"))?;
    }
    let program =
        filter().map_err(|error| format!("the filter of system calls could not be built: {error}"))?;
    apply_filter_all_threads(&program)
        .map_err(|error| format!("system calls could not be restricted: {error}"))
}

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let calls: BTreeMap<i64, Vec<SeccompRule>> =
        NEVER.iter().chain(NEVER_HERE).map(|call| (*call, Vec::new())).collect();
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(calls, SeccompAction::Allow, refused, std::env::consts::ARCH.try_into()?)?.try_into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_can_be_built() {
        filter().unwrap();
    }
}
