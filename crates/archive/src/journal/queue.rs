//! What waits for the writer. Its bytes are limited by the permits that the jobs hold.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use gate::ports::Receipt;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::Error;

/// Bytes after which a group takes no further append: 4 MiB are written and synced in some ten milliseconds
/// on an ordinary disk, which is what the first of the group waits for.
const GROUP_BYTES: usize = 4 * 1_024 * 1_024;
/// Appends in a group: as many sessions as may end at one moment.
const GROUP_APPENDS: usize = 4_096;

/// One append that waits.
pub(super) struct Append {
    pub(super) entries: Vec<Vec<u8>>,
    /// Their length with framing.
    pub(super) bytes: usize,
    pub(super) answer: oneshot::Sender<Result<Vec<Receipt>, Error>>,
    /// Its share of the room for what waits; given back when it is dropped.
    pub(super) room: OwnedSemaphorePermit,
}

/// One thing to do.
pub(super) enum Job {
    Append(Append),
    /// Publish a checkpoint over everything before.
    Seal(oneshot::Sender<Result<(), Error>>),
}

/// What the writer does next.
pub(super) enum Taken {
    /// Makes these durable together.
    Group(Vec<Append>),
    /// Publishes a checkpoint.
    Seal(oneshot::Sender<Result<(), Error>>),
    /// The moment came, and nothing else.
    Nothing,
    /// Nothing waits, and nothing will come.
    Closed,
}

/// The queue.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    /// Adds a job; one that comes after `close` is dropped, which its waiter sees.
    pub(super) fn put(&self, job: Job) {
        let mut state = self.state();
        if !state.closed {
            state.jobs.push_back(job);
            self.changed.notify_one();
        }
    }

    /// Takes no more jobs; those that wait are still done.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_one();
    }

    /// Takes no more jobs and drops those that wait.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.closed = true;
        let dropped = std::mem::take(&mut state.jobs);
        drop(state);
        drop(dropped);
    }

    /// Waits for something to do, until this moment at most.
    pub(super) fn take(&self, until: Option<Instant>) -> Taken {
        let mut state = self.state();
        loop {
            match state.jobs.pop_front() {
                Some(Job::Seal(answer)) => return Taken::Seal(answer),
                Some(Job::Append(first)) => return Taken::Group(state.group(first)),
                None if state.closed => return Taken::Closed,
                None => {}
            }
            let Some(until) = until else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Taken::Nothing;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The appends that wait together with the first, in order, up to the limits of a group.
    fn group(&mut self, first: Append) -> Vec<Append> {
        let (mut bytes, mut group) = (first.bytes, vec![first]);
        while bytes < GROUP_BYTES && group.len() < GROUP_APPENDS {
            match self.jobs.pop_front() {
                Some(Job::Append(append)) => {
                    bytes += append.bytes;
                    group.push(append);
                }
                Some(seal) => {
                    self.jobs.push_front(seal);
                    break;
                }
                None => break,
            }
        }
        group
    }
}
