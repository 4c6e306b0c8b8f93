//! System calls, by seccomp: what no gate ever does is refused with `EPERM`. A list of what is forbidden, not of what is
//! allowed: a libc that learns a new call must not close a hospital's door; the unit of systemd has the other list
//! (`packaging/poterne.service`).

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Width, SeccompCmpOp as Op, SeccompCondition as Condition,
    SeccompFilter, SeccompRule as Rule, apply_filter_all_threads,
};

/// Never, whatever the arguments.
const NEVER: &[i64] = &[
    // Another program, and what would carry one.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    // Another process's memory and files.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Another view of the system.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    // Doors around the checks of files.
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_mknodat,
    // The kernel's own insides: what most holes of the last years were found in.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    libc::SYS_quotactl,
    libc::SYS_lookup_dcookie,
    libc::SYS_shmat,
    // The machine itself.
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_personality,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    // Another user.
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_capset,
];

/// The same, where only this architecture has them.
#[cfg(target_arch = "x86_64")]
const NEVER_HERE: &[i64] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_mknod,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_uselib,
];
#[cfg(not(target_arch = "x86_64"))]
const NEVER_HERE: &[i64] = &[];

/// Families of sockets: the network, the control socket and the scanner's, and how the resolver asks for addresses.
const FAMILIES: [i32; 4] = [libc::AF_INET, libc::AF_INET6, libc::AF_UNIX, libc::AF_NETLINK];

/// What `clone` may not make.
const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWCGROUP,
];

/// The mark of a call of the x32 ABI, which has another number for the same thing.
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

/// Refuses them from now on, in every thread.
pub(super) fn restrict() -> Result<(), seccompiler::Error> {
    // `clone3` has its flags in memory, where no filter sees them; told that it is absent, libc uses `clone`.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    apply_filter_all_threads(&program(absent, libc::ENOSYS)?)?;
    apply_filter_all_threads(&program(refused()?, libc::EPERM)?)
}

fn program(refused: BTreeMap<i64, Vec<Rule>>, answer: i32) -> Result<BpfProgram, seccompiler::Error> {
    let arch = std::env::consts::ARCH.try_into()?;
    let answer = SeccompAction::Errno(answer.unsigned_abs());
    Ok(SeccompFilter::new(refused, SeccompAction::Allow, answer, arch)?.try_into()?)
}

/// Each call with the cases in which it is refused; none: in every case.
fn refused() -> Result<BTreeMap<i64, Vec<Rule>>, seccompiler::Error> {
    let mut all: BTreeMap<i64, Vec<Rule>> =
        NEVER.iter().chain(NEVER_HERE).map(|call| (*call, Vec::new())).collect();
    // Memory that can be written is never executed, and none is made executable later. A file that was written can still
    // be mapped to be executed: libraries are loaded that way, and no filter of calls sees which file it is.
    let (write, execute) = (bits(libc::PROT_WRITE), bits(libc::PROT_EXEC));
    all.insert(libc::SYS_mmap, vec![Rule::new(vec![has(2, write | execute)?])?]);
    for call in [libc::SYS_mprotect, libc::SYS_pkey_mprotect] {
        all.insert(call, vec![Rule::new(vec![has(2, execute)?])?]);
    }
    let spaces = NAMESPACES.iter().map(|flag| Rule::new(vec![has(0, bits(*flag))?]));
    all.insert(libc::SYS_clone, spaces.collect::<Result<_, _>>()?);
    let family = |family: &i32| Condition::new(0, Width::Dword, Op::Ne, bits(*family));
    let other = FAMILIES.iter().map(family).collect::<Result<Vec<_>, _>>()?;
    for call in [libc::SYS_socket, libc::SYS_socketpair] {
        all.insert(call, vec![Rule::new(other.clone())?]);
    }
    #[cfg(target_arch = "x86_64")]
    {
        // Nothing of ours is of that ABI: all that is on the list is refused there in every case, and its own numbers
        // (512 to 547, `execve` among them) too.
        let under: Vec<i64> = all.keys().copied().chain(512..=547).collect();
        all.extend(under.into_iter().map(|call| (call | X32, Vec::new())));
    }
    Ok(all)
}

/// The argument has all these bits.
fn has(argument: u8, bits: u64) -> Result<Condition, seccompiler::BackendError> {
    Condition::new(argument, Width::Qword, Op::MaskedEq(bits), bits)
}

/// A flag of libc's as the kernel sees it.
fn bits(flag: i32) -> u64 {
    u64::from(flag.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_can_be_built() {
        let calls = refused().unwrap();
        assert!(calls.get(&libc::SYS_execve).unwrap().is_empty());
        assert!(!calls.get(&libc::SYS_mmap).unwrap().is_empty());
        assert!(!calls.contains_key(&libc::SYS_openat));
        program(calls, libc::EPERM).unwrap();
    }
}
