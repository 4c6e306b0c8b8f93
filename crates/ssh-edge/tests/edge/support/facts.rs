//! The fictitious site, with its scanner where the test says.

use domain::{Fingerprint, HostKeyState, ServiceFacts};
use testkit::fiction;
use vocab::{Lang, Right, Rights};

/// The technician.
pub(crate) const PERSON: &str = "a.martin";
/// The equipment.
pub(crate) const EQUIPMENT: &str = "scanner";

/// The intervention.
pub(crate) const INTERVENTION: &str = "i-1";

/// Everything about the service: `port` is where the equipment listens, `login` its account. Every right is given,
/// and there is a reason for files to leave.
pub(crate) fn reached_at(key: &Fingerprint, port: u16, host_key: &str, login: &str) -> ServiceFacts {
    let mut facts = fiction::service_facts();
    let person = &mut facts.staff[0].person;
    person.lang = Lang::En;
    person.keys[0].fingerprint = key.clone();
    facts.staff[0].credentials.vouched = vec![fiction::vouched_key(key)];
    let equipment = &mut facts.equipment[0];
    equipment.address = fiction::name(&format!("127.0.0.1:{port}"));
    equipment.host_key = pinned(host_key);
    equipment.account.as_mut().unwrap().login = login.to_owned();
    facts.service.rights =
        [Right::Shell, Right::Exec, Right::SftpRead, Right::SftpWrite, Right::Scp, Right::Bulk]
            .into_iter()
            .fold(Rights::NONE, Rights::with);
    facts.interventions[0].reason_out = Some("journaux pour analyse".to_owned());
    facts
}

/// A host key as the establishment has pinned it.
pub(crate) fn pinned(fingerprint: &str) -> HostKeyState {
    HostKeyState::Pinned {
        fingerprint: Fingerprint(fingerprint.to_owned()),
        by: fiction::name("r.dupont"),
        at: fiction::at("2026-01-10 00:00"),
    }
}
