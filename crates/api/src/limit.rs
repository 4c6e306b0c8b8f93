//! How often one token may ask.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Requests of one token in a minute, unless the configuration says otherwise: a page that is looked at all day, or a
/// script that goes through two hundred services, asks two a second. The longest answers take a tenth of a second of one
/// processor, so that ten tokens at their limit leave the door its time.
pub const PER_MINUTE: u32 = 120;
/// Tokens that are counted at once; each is one that proved itself. Above that the fullest are forgotten: they are those
/// that asked least.
const TOKENS_MAX: usize = 10_000;

/// A bucket for each token, full at first.
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
    pub(crate) fn take(&self, token: &str, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = u64::from(self.per_minute).saturating_mul(1_000);
        let refilled = |bucket: &Bucket| {
            let millis =
                u64::try_from(now.saturating_duration_since(bucket.at).as_millis()).unwrap_or(u64::MAX);
            // So many thousandths in a millisecond: `per_minute` requests in 60,000 of them.
            bucket.left.saturating_add(millis.saturating_mul(u64::from(self.per_minute)) / 60).min(full)
        };
        if buckets.len() >= TOKENS_MAX {
            buckets.retain(|_, bucket| refilled(bucket) < full);
        }
        let left = buckets.get(token).map_or(full, refilled);
        let Some(rest) = left.checked_sub(1_000) else {
            let lacks = 1_000_u64.saturating_sub(left);
            let millis = lacks.saturating_mul(60).div_ceil(u64::from(self.per_minute));
            return Err(Duration::from_millis(millis));
        };
        buckets.insert(token.to_owned(), Bucket { left: rest, at: now });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
