//! Random bytes that are the same in each run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gate::ports::{Entropy, PortError};
use recording::Digest;

use crate::{Step, Troubles};

/// Bytes drawn from a seed: the same seed gives the same bytes in the same order, and no block twice.
pub struct Dice {
    seed: u64,
    blocks: AtomicU64,
    troubles: Arc<Troubles>,
}

impl Dice {
    /// Dice of a seed.
    pub fn seeded(seed: u64, troubles: Arc<Troubles>) -> Self {
        Self { seed, blocks: AtomicU64::new(0), troubles }
    }
}

impl Entropy for Dice {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        self.troubles.at_once(Step::Draw, || {
            for part in bytes.chunks_mut(32) {
                let block = self.blocks.fetch_add(1, Ordering::Relaxed);
                let drawn = Digest::of(&[&self.seed.to_be_bytes(), &block.to_be_bytes()]);
                part.iter_mut().zip(drawn).for_each(|(to, from)| *to = from);
            }
            Ok(())
        })
    }
}
