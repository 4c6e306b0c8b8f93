//! Held uploads in memory, and a scanner that says what it is told.

use std::sync::{Arc, Mutex};

use gate::ports::{Boxed, PortError, Scanned, Scanner, Spool, Spools};
use vocab::Secret;

use crate::{Step, Troubles, lock};

/// Room in memory.
pub struct Bench(Arc<Troubles>);

impl Bench {
    /// With these troubles.
    pub fn new(troubles: Arc<Troubles>) -> Self {
        Self(troubles)
    }
}

impl Spools for Bench {
    fn begin(&self, _: Secret) -> Boxed<'_, Result<Box<dyn Spool>, PortError>> {
        let troubles = Arc::clone(&self.0);
        Box::pin(self.0.around(Step::Hold, move || {
            Ok(Box::new(Bag { bytes: Vec::new(), troubles: Arc::clone(&troubles) }) as Box<dyn Spool>)
        }))
    }
}

struct Bag {
    bytes: Vec<u8>,
    troubles: Arc<Troubles>,
}

impl Spool for Bag {
    fn append(&mut self, bytes: Vec<u8>) -> Boxed<'_, Result<(), PortError>> {
        let troubles = Arc::clone(&self.troubles);
        Box::pin(async move {
            troubles.around(Step::HoldMore, || Ok(())).await?;
            self.bytes.extend(bytes);
            Ok(())
        })
    }

    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read(&self, from: u64, length: usize) -> Boxed<'_, Result<Vec<u8>, PortError>> {
        let start = usize::try_from(from).unwrap_or(usize::MAX).min(self.bytes.len());
        let end = start.saturating_add(length).min(self.bytes.len());
        let read = self.bytes.get(start..end).unwrap_or_default().to_vec();
        Box::pin(async move { self.troubles.around(Step::ReadHeld, || Ok(read)).await })
    }
}

/// A scanner that finds what holds the word `malware`, is not there, or does not answer.
#[derive(Default)]
pub struct Sniffer(Mutex<Nose>);

/// How the scanner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nose {
    /// There is none.
    #[default]
    None,
    /// It looks.
    Well,
    /// It does not answer.
    Silent,
}

impl Sniffer {
    /// From now on it is so.
    pub fn is(&self, nose: Nose) {
        *lock(&self.0) = nose;
    }
}

impl Scanner for Sniffer {
    fn is_there(&self) -> bool {
        *lock(&self.0) != Nose::None
    }

    fn scan<'a>(&'a self, file: &'a dyn Spool) -> Boxed<'a, Scanned> {
        Box::pin(async move {
            match *lock(&self.0) {
                Nose::None => return Scanned::NotScanned("none"),
                Nose::Silent => return Scanned::NotScanned("slow"),
                Nose::Well => {}
            }
            let length = usize::try_from(file.length()).unwrap_or(usize::MAX);
            let Ok(bytes) = file.read(0, length).await else { return Scanned::NotScanned("failed") };
            let engine = "sniffer 1".to_owned();
            match bytes.windows(7).any(|window| window == b"malware") {
                true => Scanned::Found { engine, name: "Test.Malware".to_owned() },
                false => Scanned::Clean { engine },
            }
        })
    }
}
