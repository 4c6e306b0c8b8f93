//! A plainly fictitious hospital, as its `site.toml` describes it.

use std::fmt::Write as _;

/// The equipment that the tests enter.
pub(crate) const EQUIPMENT: &str = "scanner-1";
/// The responsable du SIS.
pub(crate) const RESPONSABLE: &str = "d.resp";
/// The requester of the contract.
pub(crate) const REQUESTER: &str = "c.morel";
/// The beneficiary of the service.
pub(crate) const BENEFICIARY: &str = "l.leroy";
/// The security officer.
pub(crate) const SECURITY: &str = "r.ssi";
/// Who speaks for the provider.
pub(crate) const MANAGER: &str = "m.chef";
/// A technician who is spoken to in French.
pub(crate) const TECHNICIAN: &str = "a.durand";
/// More of them: a code is taken once, so that each person logs in three times a step.
pub(crate) const SECOND: &str = "b.petit";
/// A third one.
pub(crate) const THIRD: &str = "e.roux";
/// A technician who is spoken to in English.
pub(crate) const ENGLISH: &str = "j.smith";
/// Equipment of another provider's contract.
pub(crate) const FOREIGN: &str = "irm-1";

// The responsable first: he vouches for himself, then for the others.
const STAFF: [&str; 4] = [RESPONSABLE, REQUESTER, BENEFICIARY, SECURITY];
const PROVIDERS: [&str; 5] = [MANAGER, TECHNICIAN, SECOND, THIRD, ENGLISH];
const STRANGER: &str = "z.autre";

/// Everybody who has a key and a telephone.
pub(crate) fn people() -> impl Iterator<Item = &'static str> {
    STAFF.into_iter().chain(PROVIDERS)
}

/// Every right there is.
pub(crate) const RIGHTS: &[&str] = &["shell", "exec", "sftp-read", "sftp-write", "scp", "bulk"];

/// What of the hospital tests vary.
pub(crate) struct Site<'a> {
    /// Where the equipment is.
    pub(crate) port: u16,
    /// Its pinned host key.
    pub(crate) host_key: &'a str,
    /// The login of its reserved account.
    pub(crate) login: &'a str,
    /// The rights of the service.
    pub(crate) rights: &'a [&'a str],
}

impl Site<'_> {
    /// The file; `key` gives each person's public key.
    pub(crate) fn text(&self, key: impl Fn(&str) -> String) -> String {
        let mut text = HEAD.to_owned();
        for id in STAFF {
            person(&mut text, id, "valbrume", "fr", &key(id));
        }
        for id in PROVIDERS {
            person(&mut text, id, "scanfab", if id == ENGLISH { "en" } else { "fr" }, &key(id));
            engagement(&mut text, id);
        }
        person(&mut text, STRANGER, "autrefab", "fr", &key(STRANGER));
        engagement(&mut text, STRANGER);
        for (contract, provider, service, equipment) in
            [("ct-1", "scanfab", "scanner-tm", EQUIPMENT), ("ct-2", "autrefab", "irm-tm", FOREIGN)]
        {
            let rights =
                self.rights.iter().map(|right| format!("\"{right}\"")).collect::<Vec<_>>().join(", ");
            let filled = CONTRACT
                .replace("@CONTRACT@", contract)
                .replace("@PROVIDER@", provider)
                .replace("@SERVICE@", service)
                .replace("@EQUIPMENT@", equipment)
                .replace("@RIGHTS@", &rights);
            text.push_str(&filled);
            let port = if equipment == EQUIPMENT { self.port } else { 9 };
            let filled = DEVICE
                .replace("@EQUIPMENT@", equipment)
                .replace("@PORT@", &port.to_string())
                .replace("@LOGIN@", if equipment == EQUIPMENT { self.login } else { "autre" })
                .replace("@HOST_KEY@", self.host_key);
            text.push_str(&filled);
        }
        text
    }
}

fn person(text: &mut String, id: &str, employer: &str, lang: &str, key: &str) {
    writeln!(
        text,
        "[[person]]\nid = \"{id}\"\nname = \"Personne {id} (fictive)\"\nemployer = \"{employer}\"\n\
         country = \"FR\"\nlang = \"{lang}\"\nkeys = [\"{key}\"]"
    )
    .unwrap();
}

fn engagement(text: &mut String, id: &str) {
    writeln!(
        text,
        "[[engagement]]\nperson = \"{id}\"\nkinds = [\"confidentiality\", \"limitation\"]\nversion = 1\n\
         signed = \"2026-01-12\"\nattestation = \"Attestation 2026-01\""
    )
    .unwrap();
}

const HEAD: &str = r#"format = 1
[establishment]
id = "valbrume"
title = "Centre hospitalier de Valbrume (fictif)"
zone = "Europe/Paris"
responsable = "d.resp"
recording_days = 180
[establishment.officers]
security = ["r.ssi"]
oncall = ["r.ssi"]
[[provider]]
id = "scanfab"
name = "ScanFab SAS (fictif)"
nature = "third-party"
country = "FR"
places = [{ name = "plateforme", country = "FR" }]
managers = ["m.chef"]
[[provider]]
id = "autrefab"
name = "AutreFab SAS (fictif)"
nature = "third-party"
country = "FR"
places = [{ name = "plateforme", country = "FR" }]
managers = ["z.autre"]
"#;

const CONTRACT: &str = r#"
[[contract]]
id = "@CONTRACT@"
provider = "@PROVIDER@"
form = "contrat"
from = "2026-01-01"
until = "2099-12-31"
original = { kind = "paper", received = "2025-12-18", filed = "armoire 3" }
subcontracting = "excluded"
engagement_version = 1
erasure_within_days = 7
[contract.report]
form = "compte rendu"
channel = "par la poterne"
within_days = 3
[contract.requesters]
check = "list"
people = ["c.morel"]
version = 1
sent = "2026-01-05"
acknowledged = "2026-01-07"
[contract.agreement]
version = 1
from = "2026-01-01"
until = "2099-12-31"
document = "Convention v1"
headings = { scope = "1", duties = "2", means = "3", procedures = "4", security = "5" }
[[contract.plan]]
version = 1
document = "PAS v1"
acceptance = { kind = "validated", at = "2025-12-15", by = "d.resp" }
[contract.plan.themes]
people = "1"
information = "2"
sites = "3"
platform = "4"
access = "5"
continuity = "6"
assurance = "7"
[[service]]
id = "@SERVICE@"
contract = "@CONTRACT@"
title = "Télémaintenance de @EQUIPMENT@"
kind = "maintenance"
level = 2
path = "gateway"
central_traces = true
purpose = "functioning"
equipment = ["@EQUIPMENT@"]
rights = [@RIGHTS@]
actions = ["réglage"]
beneficiaries = ["l.leroy"]
idle = "10 min"
extension = "30 min"
exception = "4 h"
assurance = "fingerprint"
checklist = [ { id = "sauvegarde", text = "Sauvegarde de moins de 24 heures" } ]
[[service.window]]
weekly = "mon-sun 00:00-24:00"
agreed_by = "l.leroy"
agreed_at = "2026-01-06"
"#;

const DEVICE: &str = r#"
[[equipment]]
id = "@EQUIPMENT@"
title = "Appareil @EQUIPMENT@"
address = "127.0.0.1:@PORT@"
holds_data = true
admin_zone = "VLAN 12"
account = { login = "@LOGIN@", secret = "key" }
default_accounts = { kind = "clean", at = "2026-01-20", by = "l.leroy" }
host_key = { fingerprint = "@HOST_KEY@", by = "l.leroy", at = "2026-01-20" }
"#;
