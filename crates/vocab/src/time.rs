//! A moment, as everything in the house counts it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment in UTC: microseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
/// Nobody makes one from a clock but the port `Clock` of the gate; everybody else is handed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Earlier than everything.
    pub const MIN: Self = Self(i64::MIN);
    /// Later than everything: an end that was never set.
    pub const MAX: Self = Self(i64::MAX);

    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the epoch; out of range it stays at the bound.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This much later; stays at [`Timestamp::MAX`] when out of range.
    #[must_use]
    #[cfg(feature = "full")]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This much earlier; stays at [`Timestamp::MIN`] when out of range.
    #[must_use]
    #[cfg(feature = "full")]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long since `earlier`; zero when `earlier` is not earlier, so that a clock that jumped back
    /// never makes a span of time.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    /// In UTC as RFC 3339 writes it, to the second, in the proleptic Gregorian calendar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.as_secs().div_euclid(86_400), self.as_secs().rem_euclid(86_400));
        // Years begin in March here, so that the day that leaps comes last; 719,468 days are from 0000-03-01 to
        // 1970, 146,097 are in 400 years.
        let (era, day) = ((days + 719_468).div_euclid(146_097), (days + 719_468).rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let (day, civil) =
            (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
        let year = year + era * 400 + i64::from(civil <= 2);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{civil:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_calendars_do() {
        let check = |secs, text: &str| assert_eq!(Timestamp::from_secs(secs).to_string(), text);
        check(0, "1970-01-01T00:00:00Z");
        check(-1, "1969-12-31T23:59:59Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(4_107_542_400, "2100-03-01T00:00:00Z");
        check(1_795_478_400, "2026-11-24T00:00:00Z");
        assert!(!Timestamp::MAX.to_string().is_empty() && !Timestamp::MIN.to_string().is_empty());
    }

    #[test]
    fn spans_never_wrap() {
        let hour = Duration::from_secs(3600);
        assert_eq!(Timestamp::from_secs(0).after(hour).as_secs(), 3600);
        assert_eq!(Timestamp::MAX.after(hour), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.before(hour), Timestamp::MIN);
        assert_eq!(Timestamp::from_secs(5).since(Timestamp::from_secs(9)), Duration::ZERO);
        assert_eq!(Timestamp::from_micros(-1).as_secs(), -1);
    }
}
