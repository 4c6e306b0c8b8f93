//! The old copy protocol (`rcp`, as `scp -t` and `scp -f` speak it).
//!
//! One end sends records and content, the other acknowledges each; neither may speak out of its turn. The
//! same machine serves both directions: the client is the source when files go to the equipment.

#[cfg(test)]
mod held;
mod hold;
mod machine;
mod record;
#[cfg(test)]
mod tests;

pub(crate) use self::hold::{Fed, Hold, Release};
pub(crate) use self::machine::{Machine, Sink, Source};
