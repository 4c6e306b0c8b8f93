//! Timestamps (RFC 3161): somebody else's signed word that these bytes existed at a moment.
//!
//! [`verify`] reads a token; that is all that a verifier links. Who asks an authority for one (feature `ask`) uses
//! `Question`. CMS and certificates are decoded by libraries, the way to an authority is built by webpki, signatures are
//! verified by aws-lc-rs; what is demanded of a token stands here, and in `docs/formats/timestamp.md` section 3.

#[cfg(feature = "ask")]
mod ask;
#[cfg(test)]
mod tests;
mod token;

#[cfg(feature = "ask")]
pub use ask::{Question, is_policy};
pub use token::{Authorities, Stamp, verify};

/// The longest token, in bytes. One with three certificates of RSA 4096 has some 6,500.
pub const TOKEN_MAX: usize = 16_384;

/// What can go wrong here, by whose fault it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    // The caller's.
    /// A file of authorities that has none, or more than 64, or one that is no certificate.
    #[error("not a file of 1 to 64 certificates of authorities")]
    Authorities,

    // The token's.
    /// Not a token, or one with what is not understood here.
    #[error("not a timestamp token that can be read")]
    Malformed,
    /// Of other bytes, or by another hash than SHA-256.
    #[error("the timestamp is of something else")]
    Imprint,
    /// Altered, or never signed so.
    #[error("the timestamp's signature is wrong")]
    Signature,
    /// The certificate that it names is not there, or is for something else too.
    #[error("the timestamp's certificate is absent, or not for timestamps alone")]
    Certificate,
    /// The certificate leads to none of the authorities, or was not valid at the moment of the timestamp.
    #[error("the timestamp's certificate does not lead to the authority, or was not valid then")]
    Chain,

    // The answer's.
    /// The authority gave none; its status (RFC 3161 section 2.4.2).
    #[cfg(feature = "ask")]
    #[error("the authority refuses, with status {0}")]
    Refused(u8),
    /// An answer to another question.
    #[cfg(feature = "ask")]
    #[error("an answer to another question: its nonce is not ours")]
    Nonce,
    /// Under another policy than the one that was asked for.
    #[cfg(feature = "ask")]
    #[error("the timestamp is under policy {0}")]
    Policy(String),
}
