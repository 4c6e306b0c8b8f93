//! SFTP version 3.
//!
//! Requests are judged before any byte of them goes on; the equipment's answers are held against the
//! request that they answer. The content of READ and WRITE streams through; everything else is looked at
//! whole. The gate's own answers go out between two packets of the equipment; request ids make their
//! order free.

mod answer;
mod extension;
mod files;
mod hold;
mod judge;
mod release;
mod reply;
mod request;
mod sizes;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use self::judge::{Client, Engine, Server};
pub(crate) use self::release::Release;
