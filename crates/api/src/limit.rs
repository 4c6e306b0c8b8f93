//! How often one token may ask, and one address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Requests of one token in a minute, unless the configuration says otherwise: a page that is looked at all day, or a
/// script that goes through two hundred services, asks two a second. The longest answers take a tenth of a second of one
/// processor, so that ten tokens at their limit leave the door its time.
pub const PER_MINUTE: u32 = 120;
/// What one address may ask, whatever it shows: as much as so many tokens at their limit. One that proves nothing costs a
/// lookup, so that by default an address takes twenty of them a second.
pub(crate) const TOKENS_PER_ADDRESS: u32 = 10;
/// Names that are counted at once (10,000 of 100 bytes is a MiB). Above that those are forgotten that have all left, and
/// where none has, nobody new is let in: whoever has so many addresses is nobody's program.
const NAMES_MAX: usize = 10_000;

/// A bucket for each name, full at first.
pub(crate) struct Limiter {
    per_minute: u32,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Requests that may be made at once, in thousandths.
    left: u64,
    at: Instant,
}

impl Limiter {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.max(1), buckets: Mutex::default() }
    }

    /// Takes one request; if there is none left, how long to wait for the next.
    pub(crate) fn take(&self, name: &str, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = u64::from(self.per_minute).saturating_mul(1_000);
        let refilled = |bucket: &Bucket| {
            let millis =
                u64::try_from(now.saturating_duration_since(bucket.at).as_millis()).unwrap_or(u64::MAX);
            // So many thousandths in a millisecond: `per_minute` requests in 60,000 of them.
            bucket.left.saturating_add(millis.saturating_mul(u64::from(self.per_minute)) / 60).min(full)
        };
        if buckets.len() >= NAMES_MAX && !buckets.contains_key(name) {
            buckets.retain(|_, bucket| refilled(bucket) < full);
            if buckets.len() >= NAMES_MAX {
                return Err(Duration::from_secs(60));
            }
        }
        let left = buckets.get(name).map_or(full, refilled);
        let Some(rest) = left.checked_sub(1_000) else {
            let lacks = 1_000_u64.saturating_sub(left);
            let millis = lacks.saturating_mul(60).div_ceil(u64::from(self.per_minute));
            return Err(Duration::from_millis(millis));
        };
        buckets.insert(name.to_owned(), Bucket { left: rest, at: now });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_end_take_no_memory_without_end() {
        let (limiter, start) = (Limiter::new(60), Instant::now());
        assert!((0..NAMES_MAX).all(|number| limiter.take(&number.to_string(), start).is_ok()));
        assert!(limiter.take("one more", start).is_err() && limiter.take("7", start).is_ok());
        // Those that rest are forgotten.
        assert!(limiter.take("one more", start + Duration::from_secs(60)).is_ok());
        assert!(limiter.buckets.lock().unwrap().len() <= 2);
    }

    #[test]
    fn a_token_has_so_many_a_minute_and_takes_none_from_another() {
        let (limiter, start) = (Limiter::new(60), Instant::now());
        assert!((0..60).all(|_| limiter.take("a", start).is_ok()));
        assert_eq!(limiter.take("a", start), Err(Duration::from_secs(1)));
        assert!(limiter.take("b", start).is_ok());
        let later = start + Duration::from_millis(1_500);
        assert!(limiter.take("a", later).is_ok());
        assert_eq!(limiter.take("a", later), Err(Duration::from_millis(500)));
        // Time that goes back gives nothing, and takes nothing.
        assert_eq!(limiter.take("a", start), Err(Duration::from_millis(500)));
        let full = start + Duration::from_secs(3_600);
        assert!((0..60).all(|_| limiter.take("a", full).is_ok()) && limiter.take("a", full).is_err());
    }
}
