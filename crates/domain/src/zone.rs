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

/// A day as sentences say it: `2026-12-31`, and in French (`{:#}`) `31/12/2026`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Day(String);

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (day, time) = self.0.split_at_checked(10).unwrap_or((&self.0, ""));
        let mut parts = day.splitn(3, '-');
        match (f.alternate(), parts.next(), parts.next(), parts.next()) {
            (true, Some(year), Some(month), Some(day)) => write!(f, "{day}/{month}/{year}{time}"),
            _ => f.write_str(&self.0),
        }
    }
}

impl Zone {
    /// Its name in the IANA table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A moment on this zone's wall, to the minute (`2026-11-24 18:30`), for a sentence that people read; a
    /// dash when the moment is no date, such as an end that was never set.
    pub fn show(&self, moment: vocab::Timestamp) -> String {
        match jiff::Timestamp::from_microsecond(moment.as_micros()) {
            Ok(moment) => self.rules.to_datetime(moment).strftime("%Y-%m-%d %H:%M").to_string(),
            Err(_) => "—".to_owned(),
        }
    }

    /// A day on this zone's wall (`2026-11-24`), with the time where the moment is not its beginning.
    pub fn day(&self, moment: vocab::Timestamp) -> String {
        let shown = self.show(moment);
        shown.strip_suffix(" 00:00").map(str::to_owned).unwrap_or(shown)
    }

    /// The last day of a span that ends before this moment: `2026-12-31` for the first moment of 2027; the moment itself
    /// where it is not the beginning of a day.
    pub fn last_day(&self, until: vocab::Timestamp) -> String {
        let shown = self.show(until);
        if !shown.ends_with(" 00:00") {
            return shown;
        }
        let inside = self.show(until.before(std::time::Duration::from_secs(60)));
        inside.split_once(' ').map(|(day, _)| day.to_owned()).unwrap_or(shown)
    }

    /// As [`Self::day`], for a sentence: of its two ways of writing, `{:#}` is the French one.
    pub fn date(&self, moment: vocab::Timestamp) -> Day {
        Day(self.day(moment))
    }

    /// As [`Self::last_day`], for a sentence.
    pub fn last_date(&self, until: vocab::Timestamp) -> Day {
        Day(self.last_day(until))
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

/// A moment as RFC 3339 writes it, with its offset (`2026-03-14T22:10:00+01:00`); `None`: it is none.
pub fn moment(given: &str) -> Option<vocab::Timestamp> {
    let at: jiff::Timestamp = given.parse().ok()?;
    Some(vocab::Timestamp::from_micros(at.as_microsecond()))
}
