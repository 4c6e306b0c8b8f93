//! The people of the site: each has one part in it, so that a test can ask for that part alone.

use domain::*;
use vocab::*;

use crate::name;

/// Name, employer and part of everybody. An employer is the establishment `nord` or a provider.
pub const PEOPLE: [(&str, &str, &str); 17] = [
    ("a.martin", "acme", "the technician"),
    // The head office is no party to the contract: who speaks for the provider is no technician by that.
    ("m.chef", "acme-groupe", "who speaks for the provider"),
    ("q.durand", "nord", "the requester"),
    ("b.petit", "nord", "the beneficiary"),
    ("r.dupont", "nord", "the responsable du SIS"),
    ("d.leroy", "nord", "a delegate of the responsable"),
    ("e.risque", "nord", "a delegate who may treat risks and nothing else"),
    ("h.garde", "nord", "a delegate who may derogate and nothing else"),
    ("s.rssi", "nord", "the security officer"),
    ("g.astreinte", "nord", "on call"),
    ("z.audit", "nord", "the auditor"),
    ("i.infra", "nord", "the IT team"),
    ("y.biomed", "nord", "biomedical engineering"),
    ("p.achats", "nord", "purchasing"),
    ("w.dpo", "nord", "the DPO"),
    ("n.personne", "nord", "employed by the establishment, without a part in the service"),
    ("v.voisin", "voisin", "a technician of a provider without a contract here"),
];

/// The providers that employ somebody.
pub fn providers() -> Vec<Provider> {
    let plain = |id: &str, title: &str| Provider { managers: Vec::new(), ..crate::provider(id, title) };
    vec![
        crate::provider("acme", "Acme Imagerie (fictif)"),
        plain("acme-groupe", "Groupe Acme (fictif)"),
        plain("voisin", "Voisin Biologie (fictif)"),
    ]
}

/// Everybody as a person who may log in with [`key_of`] his name.
pub fn people() -> Vec<Person> {
    PEOPLE.iter().map(|(id, employer, _)| person(id, employer)).collect()
}

/// The key of a person; no two names have the same.
pub fn key_of(person: &str) -> Fingerprint {
    // As long as a real one: 43 characters of base64.
    Fingerprint(format!("SHA256:{:A<43}", person.replace('.', "+")))
}

/// A person who may log in.
pub(crate) fn person(id: &str, employer: &str) -> Person {
    let employer = match employer {
        "nord" => Employer::Establishment(name(employer)),
        provider => Employer::Provider(name(provider)),
    };
    Person {
        id: name(id),
        name: format!("{id} (fictif)"),
        phone: None,
        email: None,
        lang: Lang::Fr,
        active: true,
        employer,
        on_behalf_of: None,
        country: Some(name("FR")),
        keys: vec![PersonKey { line: "ssh-ed25519 AAAA".to_owned(), fingerprint: key_of(id) }],
    }
}
