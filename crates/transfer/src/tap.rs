//! The one door through which the SSH edge drives either protocol.

use bytes::Bytes;

use crate::pump::Lane;
use crate::scp::{Machine, Sink, Source};
use crate::sftp::{Client, Engine, Server};
use crate::{Account, Allowed, Fault, Forbidden, Mode, Report, ScpCommand, Side, Violation};

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

/// The tap of one channel, whichever protocol it speaks: two lanes around what knows the protocol, and one end.
#[derive(Debug)]
pub struct Tap {
    pub(crate) protocol: Protocol,
    inward: Lane,
    outward: Lane,
    ended: bool,
}

/// What knows the protocol.
#[derive(Debug)]
pub(crate) enum Protocol {
    /// The `sftp` subsystem.
    Sftp(Box<Engine>),
    /// `scp -t` or `scp -f`.
    Scp(Box<Machine>),
}

impl Tap {
    /// For the subsystem `sftp`. An [`Allowed`] without any right refuses each request by itself; the
    /// edge rather refuses such a channel as a whole (see [`Allowed::anything`]).
    pub fn sftp(allowed: Allowed) -> Self {
        Self::of(Protocol::Sftp(Box::new(Engine::new(allowed))))
    }

    /// For a command line that [`ScpCommand::parse`] knew as `scp`. The equipment must be given
    /// [`ScpCommand::line`], never the client's own line.
    ///
    /// # Errors
    /// The direction of the command is not allowed: refuse the channel with the sentence.
    pub fn scp(command: ScpCommand, allowed: Allowed) -> Result<Self, Forbidden> {
        match command.mode() {
            _ if !allowed.anything() => return Err(Forbidden::Scp),
            Mode::To if !allowed.write => return Err(Forbidden::Write),
            Mode::From if !allowed.list => return Err(Forbidden::Read),
            Mode::From if !allowed.take_out => return Err(Forbidden::NoReason),
            Mode::To | Mode::From => {}
        }
        Ok(Self::of(Protocol::Scp(Box::new(Machine::new(&command)))))
    }

    fn of(protocol: Protocol) -> Self {
        Self { protocol, inward: Lane::default(), outward: Lane::default(), ended: false }
    }

    /// The client sent this.
    pub fn client_sent(&mut self, data: Bytes) -> Step {
        let mut step = Step::default();
        let (lane, out) = (&mut self.inward, &mut step.to_server);
        if self.ended {
            lane.refuse(&data);
            return step;
        }
        let passed = match &mut self.protocol {
            Protocol::Sftp(engine) => {
                let passed = lane.pass(&mut Client(engine), data, out);
                self.outward.answers(&mut Server(engine), &mut step.to_client);
                passed
            }
            Protocol::Scp(machine) if machine.mode() == Mode::To => {
                lane.pass(&mut Source(machine), data, out)
            }
            Protocol::Scp(machine) => lane.pass(&mut Sink(machine), data, out),
        };
        self.conclude(Side::Client, passed, &mut step);
        step
    }

    /// The equipment sent this on its standard output (its standard error is not part of the protocol).
    pub fn server_sent(&mut self, data: Bytes) -> Step {
        let mut step = Step::default();
        let (lane, out) = (&mut self.outward, &mut step.to_client);
        if self.ended {
            lane.refuse(&data);
            return step;
        }
        let passed = match &mut self.protocol {
            Protocol::Sftp(engine) => lane.pass(&mut Server(engine), data, out),
            Protocol::Scp(machine) if machine.mode() == Mode::To => lane.pass(&mut Sink(machine), data, out),
            Protocol::Scp(machine) => lane.pass(&mut Source(machine), data, out),
        };
        self.conclude(Side::Server, passed, &mut step);
        step
    }

    /// Whether the client's next bytes should be handed in now. While this is false the edge keeps them in
    /// its own queue until a [`Tap::server_sent`] makes it true again: some clients ask for a whole file
    /// in one breath. An edge that goes on regardless meets [`crate::Fault::TooMany`].
    pub fn accepts_client(&self) -> bool {
        match &self.protocol {
            Protocol::Sftp(engine) => engine.has_room(),
            Protocol::Scp(_) => true,
        }
    }

    /// The channel is over, for whatever reason: what was open is reported as partial. Call it once, when
    /// nothing more will come from either side; a second call reports nothing.
    pub fn finish(&mut self) -> Vec<Report> {
        self.end();
        match &mut self.protocol {
            Protocol::Sftp(engine) => engine.finish(),
            Protocol::Scp(machine) => machine.finish(),
        }
    }

    /// How the bytes of the channel are accounted for, at any moment.
    pub fn account(&self) -> Account {
        Account { inward: self.inward.flow, outward: self.outward.flow }
    }

    fn conclude(&mut self, side: Side, passed: Result<(), Fault>, step: &mut Step) {
        step.reports = match &mut self.protocol {
            Protocol::Sftp(engine) => engine.take_reports(),
            Protocol::Scp(machine) => machine.take_reports(),
        };
        if let Err(fault) = passed {
            self.end();
            step.end = Some(Violation { side, fault });
        }
    }

    /// From here on nothing goes on, and what was held back will never be decided.
    fn end(&mut self) {
        self.ended = true;
        self.inward.refuse_held();
        self.outward.refuse_held();
    }
}
