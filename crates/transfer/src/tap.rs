//! The one door through which the SSH edge drives either protocol.

use bytes::Bytes;

use crate::{Account, Allowed, Forbidden, Report, ScpCommand, ScpTap, SftpTap, Violation};

/// What follows from one piece of input.
///
/// Send `to_server` and `to_client` in their order, hand `reports` on, and if `end` is set, close the
/// channel after having sent them; then call [`Tap::finish`].
#[derive(Debug, Default)]
#[must_use]
pub struct Step {
    /// Bytes for the equipment, in order.
    pub to_server: Vec<Bytes>,
    /// Bytes for the client, in order: the equipment's, and the gate's own answers between them.
    pub to_client: Vec<Bytes>,
    /// What became known, in the order in which it did.
    pub reports: Vec<Report>,
    /// The protocol was broken: the channel must end. From here on the tap forwards nothing.
    pub end: Option<Violation>,
}

/// The tap of one channel, whichever protocol it speaks.
#[derive(Debug)]
pub enum Tap {
    /// The `sftp` subsystem.
    Sftp(Box<SftpTap>),
    /// `scp -t` or `scp -f`.
    Scp(Box<ScpTap>),
}

impl Tap {
    /// For the subsystem `sftp`. An [`Allowed`] without any right refuses each request by itself; the
    /// edge rather refuses such a channel as a whole (see [`Allowed::anything`]).
    pub fn sftp(allowed: Allowed) -> Self {
        Self::Sftp(Box::new(SftpTap::new(allowed)))
    }

    /// For a command line that [`ScpCommand::parse`] knew as `scp`. The equipment must be given
    /// [`ScpCommand::line`], never the client's own line.
    ///
    /// # Errors
    /// The direction of the command is not allowed: refuse the channel with the sentence.
    pub fn scp(command: ScpCommand, allowed: Allowed) -> Result<Self, Forbidden> {
        Ok(Self::Scp(Box::new(ScpTap::new(command, allowed)?)))
    }

    /// The client sent this.
    pub fn client_sent(&mut self, data: Bytes) -> Step {
        match self {
            Self::Sftp(tap) => tap.client_sent(data),
            Self::Scp(tap) => tap.client_sent(data),
        }
    }

    /// The equipment sent this on its standard output (its standard error is not part of the protocol).
    pub fn server_sent(&mut self, data: Bytes) -> Step {
        match self {
            Self::Sftp(tap) => tap.server_sent(data),
            Self::Scp(tap) => tap.server_sent(data),
        }
    }

    /// Whether the client's next bytes should be handed in now. While this is false the edge keeps them in
    /// its own queue until a [`Tap::server_sent`] makes it true again: some clients ask for a whole file
    /// in one breath. An edge that goes on regardless meets [`crate::Fault::TooMany`].
    pub fn accepts_client(&self) -> bool {
        match self {
            Self::Sftp(tap) => tap.accepts_client(),
            Self::Scp(_) => true,
        }
    }

    /// The channel is over, for whatever reason: what was open is reported as partial. Call it once, when
    /// nothing more will come from either side; a second call reports nothing.
    pub fn finish(&mut self) -> Vec<Report> {
        match self {
            Self::Sftp(tap) => tap.finish(),
            Self::Scp(tap) => tap.finish(),
        }
    }

    /// How the bytes of the channel are accounted for, at any moment.
    pub fn account(&self) -> Account {
        match self {
            Self::Sftp(tap) => tap.account(),
            Self::Scp(tap) => tap.account(),
        }
    }
}
