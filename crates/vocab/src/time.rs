//! A moment, as everything in the house counts it.

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
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This much earlier; stays at [`Timestamp::MIN`] when out of range.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long since `earlier`; zero when `earlier` is not earlier, so that a clock that jumped back
    /// never makes a span of time.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
