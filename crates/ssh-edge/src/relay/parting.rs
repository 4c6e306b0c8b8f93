//! How a technician's leg is ended by us: last words, time to leave, a disconnect, the cut.

use std::pin::pin;

use tokio::time::timeout;

use crate::leg::Rein;
use crate::limits::{LAST_WORDS, TO_LEAVE};

/// Says the last words and lets the client leave by itself, as it does when its last channel is closed. A
/// disconnect that came right behind would make OpenSSH's forget what it has not shown yet: it follows only when
/// the client stays. Then the leg is cut. It is below a second in all, whatever the others do.
pub(super) async fn part<G>(
    rein: &Rein,
    words: impl Future<Output = ()>,
    gone: impl Future<Output = G>,
    disconnect: impl Future,
) {
    let mut gone = pin!(gone);
    let _said = timeout(LAST_WORDS, words).await;
    if timeout(TO_LEAVE, &mut gone).await.is_err() {
        let _said = timeout(TO_LEAVE, disconnect).await;
        let _left = timeout(TO_LEAVE, &mut gone).await;
    }
    rein.cut();
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::leg::Leg;

    /// Time passes only while everybody waits: what is measured is what we wait for, not how busy a machine is.
    async fn check<G>(
        words: impl Future<Output = ()>,
        gone: impl Future<Output = G>,
        disconnect: impl Future,
        expected: Duration,
    ) {
        let (_leg, rein) = Leg::new(tokio::io::empty());
        let start = Instant::now();
        part(&rein, words, gone, disconnect).await;
        assert!(rein.is_cut());
        assert_eq!(start.elapsed(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_nothing_is_cut_within_a_second() {
        let all = LAST_WORDS + 3 * TO_LEAVE;
        assert!(all < Duration::from_secs(1));
        check(pending(), pending::<()>(), pending::<()>(), all).await;
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_leaves_is_not_waited_for() {
        check(ready(()), ready(()), pending::<()>(), Duration::ZERO).await;
        check(pending(), ready(()), pending::<()>(), LAST_WORDS).await;
        check(ready(()), pending::<()>(), ready(()), 2 * TO_LEAVE).await;
    }
}
