//! What a provider says of itself in a file that it signs, and that each of its customers imports (C2 to C7), and the
//! notices of what changed in it (C3).

use serde::{Deserialize, Serialize};
use vocab::{PersonId, ProviderId, Timestamp};

use crate::{DocumentRef, Fingerprint, Provider};

/// Whom to call at a provider, and about what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// About what: incidents, contracts, data protection.
    pub about: String,
    /// A person, a desk.
    pub name: String,
    /// Telephone.
    #[serde(default)]
    pub phone: Option<String>,
    /// Address for mail.
    #[serde(default)]
    pub email: Option<String>,
}

/// A subcontractor in a provider's own list: who, and for whom it works (C4, C5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tier {
    /// The subcontractor.
    pub provider: ProviderId,
    /// The provider, or another subcontractor of the list.
    pub under: ProviderId,
}

/// Which signed dossier a provider's facts were read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dossier {
    /// The file and its SHA-256.
    pub file: DocumentRef,
    /// Its number, which only goes up.
    pub serial: u64,
    /// The day that it bears.
    pub dated: Timestamp,
    /// Until when the provider itself says that it is good.
    pub valid_until: Timestamp,
    /// The key that signed it.
    pub key: Fingerprint,
    /// Who of the establishment made sure, at the provider, that the key is the provider's.
    pub confirmed_by: PersonId,
    /// When.
    pub confirmed_at: Timestamp,
    /// The subcontractors that it names, at all tiers.
    #[serde(default)]
    pub tiers: Vec<Tier>,
}

impl Dossier {
    /// Until when it is good: as it says itself, and until it is to be confirmed (days after the one that it bears).
    pub fn good_until(&self, confirm_within_days: u32) -> Timestamp {
        let days = std::time::Duration::from_secs(u64::from(confirm_within_days).saturating_mul(24 * 3600));
        self.valid_until.min(self.dated.after(days))
    }
}

/// What a dossier changed of what a provider had said before (C3), until somebody has read it, and afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Who changed.
    pub provider: ProviderId,
    /// The number of the dossier that says so.
    pub serial: u64,
    /// The number before; `None`: it was the first.
    #[serde(default)]
    pub was: Option<u64>,
    /// When it was imported.
    pub at: Timestamp,
    /// What changed, field by field: `address: … → …`.
    pub changed: Vec<String>,
    /// Who read it, and when.
    #[serde(default)]
    pub read: Option<(PersonId, Timestamp)>,
}

impl Notice {
    /// What the fact is called.
    pub fn fact_name(&self) -> String {
        format!("{}/{}", self.provider, self.serial)
    }
}

impl Provider {
    /// What differs in its administrative situation (C3): its name, number, country, address, contacts, places and
    /// subcontractors. Its people are no part of it.
    pub fn administrative_changes(&self, before: Option<&Self>) -> Vec<String> {
        let Some(before) = before else { return vec![format!("name: — → {}", self.name)] };
        let may = |text: Option<&str>| text.unwrap_or("—").to_owned();
        let contacts = |of: &Self| {
            let one = |contact: &Contact| {
                let Contact { about, name, phone, email } = contact;
                [Some(about), Some(name), phone.as_ref(), email.as_ref()]
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            of.contacts.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        let places = |of: &Self| {
            let country = |place: &(String, Option<crate::Country>)| {
                place.1.as_ref().map_or("?", crate::Country::as_str).to_owned()
            };
            of.places
                .iter()
                .map(|place| format!("{} ({})", place.0, country(place)))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let tiers = |of: &Self| {
            let all = of.dossier.iter().flat_map(|dossier| &dossier.tiers);
            all.map(|tier| format!("{} < {}", tier.provider, tier.under)).collect::<Vec<_>>().join(", ")
        };
        let told = |of: &Self| {
            [
                ("name", of.name.clone()),
                ("registration", may(of.registration.as_deref())),
                ("country", may(of.country.as_ref().map(crate::Country::as_str))),
                ("address", may(of.address.as_deref())),
                ("contacts", contacts(of)),
                ("places", places(of)),
                ("subcontractors", tiers(of)),
            ]
        };
        told(before)
            .into_iter()
            .zip(told(self))
            .filter(|((_, was), (_, is))| was != is)
            .map(|((field, was), (_, is))| format!("{field}: {was} → {is}"))
            .collect()
    }
}
