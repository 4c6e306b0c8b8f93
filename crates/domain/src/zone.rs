//! The establishment's time zone; the table of zones is bundled, so that no file is read.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A time zone that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone of the IANA table, such as Europe/Paris")]
pub struct UnknownZone(String);

/// A time zone of the IANA table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl Zone {
    /// Its name in the IANA table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its rules, for those who turn local times into moments.
    pub fn rules(&self) -> &TimeZone {
        &self.rules
    }
}

impl std::str::FromStr for Zone {
    type Err = UnknownZone;
    fn from_str(given: &str) -> Result<Self, UnknownZone> {
        let rules =
            jiff::tz::TimeZoneDatabase::bundled().get(given).map_err(|_| UnknownZone(given.to_owned()))?;
        Ok(Self { name: given.to_owned(), rules })
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;
    fn try_from(given: String) -> Result<Self, UnknownZone> {
        given.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name
    }
}
