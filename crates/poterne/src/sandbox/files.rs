//! Files, by Landlock: the data folder to read and write, what the configuration names to read, and what the system's
//! resolver needs. Nothing is executed. Where the kernel can, no port is bound but those of the configuration, and no
//! signal and no abstract socket leaves.
//!
//! Connections outward are not restricted: the addresses of the equipment are in the database, and change. Where each edge
//! connects to is its own to hold: `tickets` goes to the place of its configuration, and follows no redirect.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, NetPort, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};

use crate::config::{ApiSection, Config, MailSection, SiemSection, TicketsSection, TimestampsSection};

/// The newest version that we ask for; of an older kernel, what it has.
const NEWEST: ABI = ABI::V6;

/// What the system's libraries read: where random bytes come from, how many processors there are, and the resolver's
/// files and libraries when `apply` names an equipment. Files of `/etc` are replaced by
/// a rename while we run, so it is the folder; only what everybody may read is ours to read there.
const LIBRARIES: &[&str] = &[
    "/etc",
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/dev/urandom",
    "/sys/devices/system/cpu",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
];

/// Links in the data folder are looked for so deep: `evidence/<establishment>/recordings`.
const DEPTH: u32 = 3;

/// Restricts this thread, and those that it will start, to what `serve` needs. The version of Landlock that holds;
/// `None`: the kernel has none.
pub(super) fn restrict(config: &Config, file: &Path) -> Result<Option<i32>, RulesetError> {
    let everything = AccessFs::from_all(NEWEST);
    let mut rules = Ruleset::default()
        .handle_access(everything)?
        .handle_access(AccessNet::BindTcp)?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?;
    // A link in the data folder is followed at the next start: none is made by what runs now, nor a device.
    let special = AccessFs::MakeSym | AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeFifo;
    for path in written(config) {
        rules = beneath(rules, &path, everything & !AccessFs::Execute & !special)?;
    }
    // Where the control socket is made, and what a former run left of it removed; often a folder that is not ours alone.
    if let Some(folder) = config.control_socket().parent() {
        rules = beneath(rules, folder, AccessFs::MakeSock | AccessFs::RemoveFile)?;
    }
    for path in read(config, file) {
        rules = beneath(rules, &path, AccessFs::ReadFile | AccessFs::ReadDir)?;
    }
    let ours = config.gate.listen.iter().chain(&config.gate.metrics);
    for port in ours.chain(config.api.as_ref().map(|api| &api.listen)).map(|address| address.port()) {
        rules = rules.add_rule(NetPort::new(port, AccessNet::BindTcp))?;
    }
    let status = rules.restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => None,
        (_, LandlockStatus::Available { effective_abi, .. }) => Some(effective_abi as i32),
        _ => None,
    })
}

/// What is not there needs no rule: whoever looks for it is told as before.
fn beneath(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    match PathFd::new(path) {
        Ok(place) => rules.add_rule(PathBeneath::new(place, access)),
        Err(_absent) => Ok(rules),
    }
}

/// The data folder, with what its links lead to: recordings are often on another disk. The place of the emergency journal.
fn written(config: &Config) -> Vec<PathBuf> {
    let data = config.gate.data.clone();
    let mut all = linked(&data, DEPTH);
    all.push(data);
    all.extend(config.gate.refuge.clone());
    all
}

/// The folder of the configuration, that of the holders' keys, those of certificates, account and texts of what leaves, whose files
/// may be replaced while we run; what systemd handed over; what names are resolved with.
fn read(config: &Config, file: &Path) -> Vec<PathBuf> {
    let folder = |path: &Path| path.parent().map(Path::to_path_buf);
    let mut all: Vec<PathBuf> = LIBRARIES.iter().map(PathBuf::from).collect();
    all.extend(std::path::absolute(file).ok().as_deref().and_then(folder));
    all.extend(config.gate.holders.as_deref().and_then(folder));
    all.extend(config.siem.iter().flat_map(SiemSection::files).filter_map(folder));
    all.extend(config.tickets.iter().flat_map(TicketsSection::files).filter_map(folder));
    all.extend(config.mail.iter().flat_map(MailSection::files).filter_map(|file| folder(&file)));
    all.extend(config.api.iter().flat_map(ApiSection::files).filter_map(folder));
    all.extend(config.timestamps.iter().flat_map(TimestampsSection::files).filter_map(folder));
    all.extend(std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from));
    all
}

fn linked(folder: &Path, depth: u32) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for entry in entries {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        if kind.is_symlink() {
            found.push(path);
        } else if kind.is_dir() && depth > 1 {
            found.extend(linked(&path, depth - 1));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_on_another_disk_are_found_by_their_link() {
        let folder = tempfile::tempdir().unwrap();
        let (data, disk) = (folder.path().join("data"), folder.path().join("disk"));
        std::fs::create_dir_all(data.join("evidence/valbrume")).unwrap();
        std::fs::create_dir(&disk).unwrap();
        assert_eq!(linked(&data, DEPTH), Vec::<PathBuf>::new());
        let link = data.join("evidence/valbrume/recordings");
        std::os::unix::fs::symlink(&disk, &link).unwrap();
        assert_eq!(linked(&data, DEPTH), [link]);
    }
}
