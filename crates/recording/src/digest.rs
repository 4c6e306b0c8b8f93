//! A running SHA-256.

use aws_lc_rs::digest::{Context, SHA256};

/// A SHA-256 over bytes that come one after the other; its value can be asked for at any time.
#[derive(Clone)]
pub struct Digest(Context);

impl Digest {
    /// Over nothing yet.
    pub fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// Over all parts, one after the other.
    pub fn of(parts: &[&[u8]]) -> [u8; 32] {
        let mut digest = Self::new();
        parts.iter().for_each(|part| digest.update(part));
        digest.value()
    }

    /// Goes on with these bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes up to now.
    pub fn value(&self) -> [u8; 32] {
        let mut value = [0; 32];
        let digest = self.0.clone().finish();
        value.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        value
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest")
    }
}
