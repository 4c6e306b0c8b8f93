//! The few threads that compress, seal and write the chunks of all recordings.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use recording::{CUT_AFTER, Compressor};

use super::lock;
use super::recorder::Live;

/// At 2 ms for each sync, 4 threads acknowledge 2,000 chunks a second: 1,000 sessions in which somebody
/// types at the same moment. When they cannot keep up, more chunks of a recording share one sync.
const THREADS: usize = 4;

/// The threads. They end, with all that was handed to them done, when this is dropped.
pub(super) struct Pool {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    pub(super) fn start() -> io::Result<Self> {
        let mut pool = Self { queue: Arc::default(), threads: Vec::with_capacity(THREADS) };
        for number in 0..THREADS {
            let queue = Arc::clone(&pool.queue);
            lock(&queue.state).running += 1;
            let named = thread::Builder::new().name(format!("recording-{number}"));
            pool.threads.push(named.spawn(move || queue.work())?);
        }
        Ok(pool)
    }

    pub(super) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.queue)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        lock(&self.queue.state).stopped = true;
        self.queue.changed.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// What waits for a thread. Each live recording is in `ready` at most once, and in `due` once for each chunk
/// that it began in the last half second, so both are bounded by the sessions and their speed.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Arc<Live>>,
    /// Recordings whose open chunk is to be cut: all wait equally long, so the first is due first.
    due: VecDeque<(Instant, u64, Arc<Live>)>,
    stopped: bool,
    running: usize,
}

enum Job {
    Write(Arc<Live>),
    Cut(u64, Arc<Live>),
}

impl Queue {
    /// A recording has chunks to write, or a seal. Refused once the threads have ended.
    pub(super) fn ready(&self, live: &Arc<Live>) -> bool {
        let mut state = lock(&self.state);
        if state.running > 0 {
            state.ready.push_back(Arc::clone(live));
            self.changed.notify_one();
        }
        state.running > 0
    }

    /// A chunk was begun: it is cut in time.
    pub(super) fn begun(&self, number: u64, live: &Arc<Live>) {
        let mut state = lock(&self.state);
        state.due.push_back((Instant::now() + CUT_AFTER, number, Arc::clone(live)));
        if state.due.len() == 1 {
            self.changed.notify_one();
        }
    }

    fn work(&self) {
        let mut compressor = Compressor::new(true);
        while let Some(job) = self.next() {
            match job {
                Job::Cut(number, live) => live.cut_due(number),
                Job::Write(live) => {
                    // One recording that fails must not end the others.
                    let again = catch_unwind(AssertUnwindSafe(|| live.write(&mut compressor)));
                    match again {
                        Ok(true) => drop(self.ready(&live)),
                        Ok(false) => {}
                        Err(_) => live.broke(),
                    }
                }
            }
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = lock(&self.state);
        loop {
            let now = Instant::now();
            let due = state.due.front().map(|(at, ..)| at.saturating_duration_since(now));
            let job = if let Some(live) = state.ready.pop_front() {
                Some(Job::Write(live))
            } else if due.is_some_and(|wait| wait.is_zero() || state.stopped) {
                state.due.pop_front().map(|(_, number, live)| Job::Cut(number, live))
            } else {
                None
            };
            if job.is_some() {
                // Whoever leaves to work hands the watch over the others to somebody who waits.
                self.changed.notify_one();
                return job;
            }
            state = match due {
                Some(wait) => {
                    self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0
                }
                None if state.stopped => {
                    state.running = state.running.saturating_sub(1);
                    return None;
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}
