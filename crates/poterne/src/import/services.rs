//! The services of a fleet taken over: one for each group, with the time frames that were its own, in transition until
//! what is missing is mended. All of it is proposed: the responsable signs each transition at the door.

use std::fmt::Write as _;

use gate::ports::Clock as _;
use store::site::quoted;

use super::Taken;
use super::names::name_of;
use crate::cli::TakeOver;
use crate::wiring::SystemClock;

/// The group of equipment that is in none.
const REST: &str = "reste";
/// Days that a transition is proposed for: half a year, within what the guide's transition takes (docs/site.md).
const DAYS: u32 = 182;

/// Services, windows and transitions, as the lines of the file.
pub(super) fn text(taken: &Taken, over: &TakeOver) -> String {
    let (from, until) = days();
    let mut text = String::new();
    for (group, members) in groups(taken) {
        let id = name_of(&group);
        let list: Vec<String> = members.iter().map(|id| quoted(id)).collect();
        let _ = write!(
            text,
            "\n[[service]]\nid = {id}\ncontract = {}\ntitle = {}\nkind = \"maintenance\"\nlevel = 1\n\
             purpose = \"functioning\"\nequipment = [{}]\nidle = \"15 min\"\nbeneficiaries = [{by}]\n\
             # rien par défaut · nothing by default: \"shell\", \"exec\", \"sftp-read\", \"sftp-write\", \"scp\", \"bulk\"\nrights = []\n",
            quoted(&over.contract),
            quoted(&group),
            list.join(", "),
            id = quoted(&id),
            by = quoted(&over.responsable),
        );
        for weekly in windows(taken, &group) {
            let _ = write!(
                text,
                "[[service.window]]\nweekly = {}\nagreed_by = {}\nagreed_at = \"{from}\"\n",
                quoted(weekly),
                quoted(&over.responsable),
            );
        }
        let _ = write!(
            text,
            "[[transition]]\nservice = {}\nsigned_by = {}\nfrom = \"{from}\"\nuntil = \"{until}\"\nplan = {}\n",
            quoted(&id),
            quoted(&over.responsable),
            quoted(&over.plan),
        );
    }
    text
}

/// Every group, and what is in none.
fn groups(taken: &Taken) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (group, members) in &taken.groups {
        // Groups whose names come to the same one are one service.
        match groups.iter_mut().find(|(other, _)| name_of(other) == name_of(group)) {
            Some((_, all)) => {
                let more: Vec<String> = members.iter().filter(|id| !all.contains(id)).cloned().collect();
                all.extend(more);
            }
            None => groups.push((group.clone(), members.clone())),
        }
    }
    let in_none = taken.equipment.iter().map(|one| &one.id);
    let in_none: Vec<String> =
        in_none.filter(|id| !groups.iter().any(|(_, all)| all.contains(id))).cloned().collect();
    if !in_none.is_empty() {
        groups.push((REST.to_owned(), in_none));
    }
    groups
}

/// The time frames named as the group; all of them where none is.
fn windows<'t>(taken: &'t Taken, group: &str) -> Vec<&'t str> {
    let of = |own: bool| {
        let fits = move |name: &str| !own || name_of(name) == name_of(group);
        taken.windows.iter().filter(move |(name, _)| fits(name)).map(|(_, weekly)| weekly.as_str()).collect()
    };
    let own: Vec<&str> = of(true);
    if own.is_empty() { of(false) } else { own }
}

/// From today, for as long as is proposed.
fn days() -> (String, String) {
    let now = SystemClock.now();
    let day = |at: vocab::Timestamp| at.to_string().chars().take("2026-12-31".len()).collect();
    (day(now), day(now.after(domain::days(DAYS))))
}
