//! How the gate speaks to a technician: as a line of a terminal, or on the standard error.

use std::sync::Arc;

use bytes::Bytes;
use russh::ChannelWriteHalf;
use russh::server::Msg;

use crate::door::{Last, Place};
use crate::limits::EXIT_REFUSED;

/// Standard error (RFC 4254 section 5.2).
const STDERR: u32 = 1;

/// A channel to the technician, with the way in which sentences reach him there.
#[derive(Clone)]
pub(crate) struct Mouth {
    pub(crate) write: Arc<ChannelWriteHalf<Msg>>,
    pub(crate) place: Arc<Place>,
    /// Whether a terminal shows what is sent.
    pub(crate) terminal: bool,
}

impl Mouth {
    /// A sentence, or several lines, as they are sent.
    pub(crate) fn line(&self, text: &str) -> String {
        if self.terminal { format!("\r\n{}\r\n", text.replace('\n', "\r\n")) } else { format!("{text}\n") }
    }

    /// Says a sentence, or several lines. It waits for the technician's window; the caller bounds it.
    pub(crate) async fn say(&self, text: &str) -> Result<(), russh::Error> {
        self.send(self.line(text).into(), !self.terminal).await
    }

    /// Sends data; `error`: on the standard error.
    pub(crate) async fn send(&self, bytes: Bytes, error: bool) -> Result<(), russh::Error> {
        let length = bytes.len();
        if error {
            self.write.extended_data_bytes(STDERR, bytes).await?;
        } else {
            self.write.data_bytes(bytes).await?;
        }
        self.place.sent(length);
        Ok(())
    }

    /// Ends the channel as one that was refused or cut.
    pub(crate) async fn refuse(&self, text: &str) -> Result<(), russh::Error> {
        self.say(text).await?;
        self.end(Some(EXIT_REFUSED)).await
    }

    /// Ends the channel.
    pub(crate) async fn end(&self, status: Option<u32>) -> Result<(), russh::Error> {
        self.eof().await?;
        if let Some(status) = status {
            self.write.exit_status(status).await?;
        }
        self.close().await
    }

    /// Says that nothing more is sent.
    pub(crate) async fn eof(&self) -> Result<(), russh::Error> {
        self.place.said(Last::Output);
        self.write.eof().await
    }

    /// Closes the channel.
    pub(crate) async fn close(&self) -> Result<(), russh::Error> {
        self.write.close().await?;
        self.place.close();
        Ok(())
    }
}
