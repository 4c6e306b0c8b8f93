//! A plainly fictitious site on which everything is in order.

use domain::{Facts, Fingerprint};
use serde_json::{Value, json};

/// The technician.
pub(crate) const PERSON: &str = "a.martin";
/// The equipment.
pub(crate) const EQUIPMENT: &str = "scanner";
/// The intervention.
pub(crate) const INTERVENTION: &str = "i-1";

/// Everything about one service: `port` is where the equipment listens, `login` its account.
pub(crate) fn facts(key: &Fingerprint, port: u16, host_key: &str, login: &str) -> Facts {
    let paper = json!({ "name": "acte.pdf" });
    let always = json!({ "from": 0, "until": i64::MAX });
    let staff = staff(key, &paper);
    let service = json!({
        "establishment": {
            "id": "nord", "title": "Hôpital fictif du Nord", "zone": "Europe/Paris", "responsable": "r.dupont",
            "recording_days": 365,
        },
        "provider": provider(),
        "contract": contract(&paper, &always),
        "service": service(),
        "equipment": [{
            "id": EQUIPMENT, "establishment": "nord", "title": "Scanner fictif",
            "address": format!("127.0.0.1:{port}"),
            "host_key": { "pinned": { "fingerprint": host_key, "by": "r.dupont", "at": 0 } },
            "account": { "login": login, "secret": "key", "rotated_at": 0 },
            "default_accounts": { "clean": { "at": 0, "by": "r.dupont" } }, "holds_data": true, "admin_zone": "biomed",
        }],
        "staff": [staff.clone()],
        "interventions": [intervention()],
        "unsettled": [], "treatments": [],
        "trace_store": trace_store(),
    });
    let facts =
        json!({ "person": staff, "target_known": true, "services": [service], "trace_store": trace_store() });
    serde_json::from_value(facts).expect("the facts of the test")
}

fn trace_store() -> Value {
    json!({ "ledger_writable": true, "recordings_writable": true, "capacity_left": true })
}

fn provider() -> Value {
    json!({ "id": "acme", "name": "Acme fictive", "nature": "third-party", "country": "FR",
            "places": [["Paris", "FR"]], "managers": ["m.chef"] })
}

fn staff(key: &Fingerprint, paper: &Value) -> Value {
    let signed = |kind: &str| json!({ "person": PERSON, "establishment": "nord", "kind": kind, "version": 1, "signed_at": 0, "attestation": paper });
    json!({
        "person": {
            "id": PERSON, "name": "Anne Martin", "lang": "en", "active": true, "employer": { "provider": "acme" },
            "country": "FR", "keys": [{ "line": "ssh-ed25519 AAAA", "fingerprint": key.0 }],
        },
        "employer": provider(),
        "engagements": [signed("confidentiality"), signed("limitation")],
    })
}

fn contract(paper: &Value, always: &Value) -> Value {
    let all = |names: &[&str]| names.iter().map(|name| json!([name, "1"])).collect::<Vec<_>>();
    json!({
        "id": "c-1", "establishment": "nord", "provider": "acme", "form": "contrat", "span": always,
        "original": { "paper": { "received_at": 0, "filed": "armoire 1" } }, "document": paper,
        "subcontracting": "excluded", "engagement_version": 1,
        "plan": { "versions": [{
            "version": 1, "document": paper,
            "themes": all(&["people", "information", "sites", "platform", "access", "continuity", "assurance"]),
            "acceptance": { "validated": { "at": 0, "by": "r.dupont" } },
        }] },
        "agreement": { "version": 1, "span": always, "document": paper,
                       "headings": all(&["scope", "duties", "means", "procedures", "security"]) },
        "requesters": { "check": "list", "people": ["q.durand"], "version": 1, "sent_at": 0, "acknowledged_at": 0 },
        "report": { "form": "écrit", "channel": "portail", "within_days": 5 },
        "erasure_within_days": 30,
    })
}

fn service() -> Value {
    json!({
        "id": "maintenance-scanner", "establishment": "nord", "contract": "c-1", "title": "Maintenance du scanner",
        "kind": "maintenance", "level": 1, "path": "gateway", "central_traces": true, "purpose": "functioning",
        "equipment": [EQUIPMENT],
        "rights": ["shell", "exec", "sftp-read", "sftp-write", "scp", "bulk"],
        "windows": [{
            "when": { "weekly": { "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00" } },
            "agreed_by": "r.dupont", "agreed_at": 0,
        }],
        "beneficiaries": ["b.petit"], "idle_secs": 600,
    })
}

fn intervention() -> Value {
    json!({
        "id": INTERVENTION, "establishment": "nord", "service": "maintenance-scanner", "equipment": [EQUIPMENT],
        "objective": "Mise à jour fictive", "reason_out": "journaux pour analyse",
        "requested_by": "q.durand", "requested_at": 0, "requested_via": "signed-in", "state": "approved",
        "approval": { "by": "b.petit", "at": 0, "agreement_version": 1 },
    })
}
