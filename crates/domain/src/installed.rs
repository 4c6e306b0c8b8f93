//! What a provider placed in the SIS and answers for (E5): agents, boxes, tools; the vulnerabilities that are known in them, by when
//! each is corrected, and what both parties decided together about one that is not.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocab::{EquipmentId, PersonId, ProviderId, ServiceId, Timestamp};

use crate::{Contract, Intervention, ServiceFacts, Witness, Witnessed};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Longest identifier of a vulnerability: `CVE-2026-1234567` has 16 characters, notices of makers have more.
pub const VULNERABILITY_MAX: usize = 40;

/// A base score of CVSS, in tenths: 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cvss(u8);

/// Not a score.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a score from 0.0 to 10.0 with one decimal, such as 9.1")]
pub struct InvalidCvss(String);

impl Cvss {
    /// Days until it is corrected where nothing else is agreed (rules.md §3): above 8.9 one month, from 7.0 on three; `None`:
    /// there is no default.
    pub const fn days(self) -> Option<u32> {
        match self.0 {
            90.. => Some(30),
            70.. => Some(90),
            _ => None,
        }
    }
}

impl std::str::FromStr for Cvss {
    type Err = InvalidCvss;
    fn from_str(given: &str) -> Result<Self, InvalidCvss> {
        let invalid = || InvalidCvss(given.to_owned());
        let (whole, tenth) = given.split_once('.').ok_or_else(invalid)?;
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let fits = matches!(whole.len(), 1 | 2) && tenth.len() == 1 && digits(whole) && digits(tenth);
        let tenths = fits.then(|| format!("{whole}{tenth}").parse::<u8>().ok()).flatten();
        tenths.filter(|tenths| *tenths <= 100).map(Self).ok_or_else(invalid)
    }
}

impl TryFrom<String> for Cvss {
    type Error = InvalidCvss;
    fn try_from(given: String) -> Result<Self, InvalidCvss> {
        given.parse()
    }
}

impl From<Cvss> for String {
    fn from(score: Cvss) -> Self {
        score.to_string()
    }
}

impl std::fmt::Display for Cvss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// What the site's file proposes that both parties decide: that a vulnerability stays until then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Postponed {
    /// Until when it may stay.
    pub until: Timestamp,
    /// Why, and what is done meanwhile.
    pub reason: String,
}

/// A vulnerability that is known in something installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// Its public identifier, or that of the maker's notice: letters, digits and `-._:`.
    pub id: String,
    /// How severe it is.
    pub cvss: Cvss,
    /// Since when it is known here.
    pub known_at: Timestamp,
    /// By when its correction is agreed; `None`: by the default for its severity, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correct_by: Option<Timestamp>,
    /// When it was corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected_at: Option<Timestamp>,
    /// The joint decision that is proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postponed: Option<Postponed>,
}

impl Vulnerability {
    /// When it is to be corrected; `None`: nothing was agreed, and its severity has no default.
    pub fn due(&self) -> Option<Timestamp> {
        self.correct_by.or_else(|| self.cvss.days().map(|days| self.known_at.after(DAY * days)))
    }

    /// Whether it is there.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.known_at <= now && self.corrected_at.is_none_or(|at| now < at)
    }

    /// Whether this intervention is there to correct it: its objective names it, and somebody of the establishment qualified it.
    pub fn is_corrected_by(&self, intervention: &Intervention) -> bool {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':');
        let mut words = intervention.objective.split(|c: char| !part(c) && c != '.');
        let named = words.any(|word| word.trim_matches('.').eq_ignore_ascii_case(&self.id));
        named && intervention.qualification.is_some()
    }
}

/// Whether something may be the identifier of a vulnerability: it is named in objectives and typed at the door.
pub fn is_vulnerability(id: &str) -> bool {
    (3..=VULNERABILITY_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':'))
        && id.bytes().any(|b| b.is_ascii_digit())
        && id.starts_with(|c: char| c.is_ascii_alphanumeric())
        && id.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// An agent, a box, a tool that the provider left in the SIS and answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// Short name, unique in its contract.
    pub id: String,
    /// What it is, in words.
    pub what: String,
    /// Its version.
    pub version: String,
    /// Whose it is, where it is a subcontractor's; `None`: the contract's provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// For which service; `None`: for all of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceId>,
    /// On or beside which equipment; `None`: on none in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equipment: Option<EquipmentId>,
    /// Since when it is there.
    pub since: Timestamp,
    /// When it was taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<Timestamp>,
    /// What is known in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vulnerabilities: Vec<Vulnerability>,
}

impl Installed {
    /// Whether it is there.
    pub fn is_there(&self, now: Timestamp) -> bool {
        self.since <= now && self.removed_at.is_none_or(|at| now < at)
    }
}

/// Which party decides: it takes both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// The establishment: its responsable, or a delegate who may treat risks.
    Establishment,
    /// The provider: who speaks for it.
    Provider,
}

impl Party {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Establishment, Self::Provider];

    /// The word at the door and in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Establishment => "establishment",
            Self::Provider => "provider",
        }
    }
}

/// The words of a joint decision: about what, in which version, how severe, until when, why. Another version, or another date, is
/// another decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Under which contract.
    pub contract: vocab::ContractId,
    /// In which thing, by its short name.
    pub item: String,
    /// What it is.
    pub what: String,
    /// In which version.
    pub version: String,
    /// Whose it is, where it is not the contract's provider.
    #[serde(default)]
    pub provider: Option<vocab::ProviderId>,
    /// For which service alone.
    #[serde(default)]
    pub service: Option<vocab::ServiceId>,
    /// On which equipment alone.
    #[serde(default)]
    pub equipment: Option<vocab::EquipmentId>,
    /// Which vulnerability.
    pub vulnerability: String,
    /// How severe.
    pub cvss: Cvss,
    /// Since when it is known.
    pub known_at: Timestamp,
    /// What is decided.
    pub postponed: Postponed,
}

impl Contract {
    /// What the file proposes to decide together.
    pub fn decisions(&self) -> impl Iterator<Item = Decision> {
        let all =
            self.installed.iter().flat_map(|item| item.vulnerabilities.iter().map(move |one| (item, one)));
        all.filter_map(|(item, one)| self.decision(item, one))
    }

    fn decision(&self, item: &Installed, one: &Vulnerability) -> Option<Decision> {
        Some(Decision {
            contract: self.id.clone(),
            item: item.id.clone(),
            what: item.what.clone(),
            version: item.version.clone(),
            provider: item.provider.clone(),
            service: item.service.clone(),
            equipment: item.equipment.clone(),
            vulnerability: one.id.clone(),
            cvss: one.cvss,
            known_at: one.known_at,
            postponed: one.postponed.clone()?,
        })
    }

    /// Whether the file proposes any such decision: whoever decides on an attempt looks for its signatures then.
    pub fn decides_together(&self) -> bool {
        self.decisions().next().is_some()
    }
}

/// A vulnerability that is there in something of a service, and how it stands.
#[derive(Debug, Clone, Copy)]
pub struct Open<'a> {
    /// In what.
    pub item: &'a Installed,
    /// Which.
    pub vulnerability: &'a Vulnerability,
    /// When it stops being tolerated: when it was to be corrected, or when the joint decision ends. `None`: never, by itself.
    pub until: Option<Timestamp>,
    /// Whether a joint decision stands behind it.
    pub decided: bool,
}

impl Open<'_> {
    /// Whether it should be gone.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

impl ServiceFacts {
    /// What is installed for this service, or on its equipment.
    pub fn installed(&self, now: Timestamp) -> impl Iterator<Item = &Installed> {
        self.contract.installed.iter().filter(move |item| {
            let for_it = item.service.as_ref().is_none_or(|id| *id == self.service.id);
            let on_it = item.equipment.as_ref().is_none_or(|id| self.service.equipment.contains(id));
            item.is_there(now) && for_it && on_it
        })
    }

    /// The vulnerabilities that are there in it.
    pub fn open_vulnerabilities(&self, now: Timestamp) -> impl Iterator<Item = Open<'_>> {
        let each =
            self.installed(now).flat_map(|item| item.vulnerabilities.iter().map(move |one| (item, one)));
        each.filter(move |(_, one)| one.is_open(now)).map(|(item, vulnerability)| {
            let decision = self.contract.decision(item, vulnerability);
            let decided = decision.filter(|decision| self.signed_by_both(decision));
            let due = vulnerability.due();
            // A decision makes a delay longer, never shorter.
            let until =
                decided.as_ref().map_or(due, |decided| due.map(|due| due.max(decided.postponed.until)));
            Open { item, vulnerability, until, decided: decided.is_some() }
        })
    }

    /// Whether both parties signed these very words, by two people.
    pub fn signed_by_both(&self, decision: &Decision) -> bool {
        let signers = self.signers(decision);
        signers.len() == Party::BOTH.len() && signers.first() != signers.last()
    }

    /// Who signed these very words for a party.
    pub fn signed_for(&self, decision: &Decision, party: Party) -> Option<&Witness> {
        self.witness(&Witnessed::Decided { decision: decision.clone(), party })
    }

    /// The people who signed a decision, in both parties' names.
    pub fn signers(&self, decision: &Decision) -> Vec<&PersonId> {
        Party::BOTH.into_iter().filter_map(|party| Some(&self.signed_for(decision, party)?.by)).collect()
    }

    /// Joint decisions that bear on this service, each in each party's name.
    pub fn to_decide(&self, now: Timestamp) -> impl Iterator<Item = Witnessed> {
        let here: Vec<(&str, &str)> = self
            .open_vulnerabilities(now)
            .map(|open| (open.item.id.as_str(), open.vulnerability.id.as_str()))
            .collect();
        let all: Vec<Decision> = self
            .contract
            .decisions()
            .filter(|one| here.contains(&(one.item.as_str(), one.vulnerability.as_str())))
            .collect();
        let in_each = |decision: Decision| {
            Party::BOTH.map(|party| Witnessed::Decided { decision: decision.clone(), party })
        };
        all.into_iter().flat_map(in_each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_has_one_decimal_and_its_default_delay() {
        for (given, days) in [
            ("0.0", None),
            ("6.9", None),
            ("7.0", Some(90)),
            ("8.9", Some(90)),
            ("9.0", Some(30)),
            ("10.0", Some(30)),
        ] {
            let score: Cvss = given.parse().unwrap();
            assert_eq!((score.to_string().as_str(), score.days()), (given, days));
        }
        for bad in ["", "9", "9.", ".9", "9.15", "10.1", "+9.1", "-1.0", "100.0", "nine"] {
            assert_eq!(bad.parse::<Cvss>(), Err(InvalidCvss(bad.to_owned())), "{bad}");
        }
    }

    #[test]
    fn an_identifier_is_one_word() {
        for good in ["CVE-2026-12345", "GHSA-abcd-1234", "ICSMA-26.001", "AVIS:2026:7"] {
            assert!(is_vulnerability(good), "{good}");
        }
        let long = "9".repeat(VULNERABILITY_MAX + 1);
        for bad in ["", "CVE", "a 1", "CVE/2026", "-2026-1", "2026-1-", "CVE-2026-é", long.as_str()] {
            assert!(!is_vulnerability(bad), "{bad}");
        }
    }
}
