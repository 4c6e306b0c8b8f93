//! How the gate speaks to a technician: as a line of a terminal, or on the standard error.

use std::sync::Arc;

use russh::ChannelWriteHalf;
use russh::server::Msg;

use crate::limits::EXIT_REFUSED;

/// Standard error (RFC 4254 section 5.2).
pub(crate) const STDERR: u32 = 1;

/// A channel to the technician, with the way in which sentences reach him there.
#[derive(Clone)]
pub(crate) struct Mouth {
    pub(crate) write: Arc<ChannelWriteHalf<Msg>>,
    /// Whether a terminal shows what is sent.
    pub(crate) terminal: bool,
}

impl Mouth {
    /// Says a sentence, or several lines. It waits for the technician's window; the caller bounds it.
    pub(crate) async fn say(&self, text: &str) -> Result<(), russh::Error> {
        if self.terminal {
            self.write.data_bytes(format!("\r\n{}\r\n", text.replace('\n', "\r\n"))).await
        } else {
            self.write.extended_data_bytes(STDERR, format!("{text}\n")).await
        }
    }

    /// Ends the channel as one that was refused or cut.
    pub(crate) async fn refuse(&self, text: &str) -> Result<(), russh::Error> {
        self.say(text).await?;
        self.end(Some(EXIT_REFUSED)).await
    }

    /// Ends the channel.
    pub(crate) async fn end(&self, status: Option<u32>) -> Result<(), russh::Error> {
        self.write.eof().await?;
        if let Some(status) = status {
            self.write.exit_status(status).await?;
        }
        self.write.close().await
    }
}
