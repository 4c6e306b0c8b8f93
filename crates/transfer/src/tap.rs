//! The one door through which the SSH edge drives either protocol.

use bytes::Bytes;

use crate::pump::Lane;
use crate::scp::{Machine, Sink, Source};
use crate::sftp::{Client, Engine, Held, Next, Release, Server, Upload};
use crate::{Account, Allowed, Fault, Forbidden, Mode, Report, ScpCommand, Side, Status, Violation};

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
    /// What uploads that are held ask for, in order: after `to_server`.
    pub held: Vec<Held>,
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

    /// The same, with all uploads held: see [`Step::held`].
    pub fn sftp_holding(allowed: Allowed) -> Self {
        Self::of(Protocol::Sftp(Box::new(Engine::holding(allowed))))
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
            Mode::To if !allowed.put => return Err(Forbidden::Put),
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

    /// The room of a held file is lost: what still comes of it is refused.
    pub fn spoil(&mut self, file: u64) {
        if let Protocol::Sftp(engine) = &mut self.protocol {
            engine.spoil(file);
        }
    }

    /// Begins to let a held file go on. `tag`: what tells its temporary name from all others, of letters and digits.
    pub fn release(&mut self, upload: Upload, tag: String) -> Option<Release> {
        match &mut self.protocol {
            Protocol::Sftp(engine) if !self.ended => Some(engine.release(upload, tag)),
            _ => None,
        }
    }

    /// Goes on with a release: send what the step says, then do what the answer says. `content`: what was asked
    /// for by [`Next::Content`]; empty when it cannot be had any more. To be called again after each
    /// [`Tap::server_sent`] while it waits.
    pub fn drive(&mut self, release: &mut Release, content: Option<Bytes>) -> (Step, Next) {
        let mut step = Step::default();
        let Protocol::Sftp(engine) = &mut self.protocol else {
            return (step, Next::Done(Status::FAILURE));
        };
        if self.ended {
            return (step, Next::Done(Status::FAILURE));
        }
        match engine.drive(release, content) {
            Ok(requests) => {
                for request in requests {
                    self.inward.generate(request.len());
                    step.to_server.push(request.into());
                }
                self.conclude(Side::Server, Ok(()), &mut step);
            }
            Err(fault) => self.conclude(Side::Server, Err(fault), &mut step),
        }
        let next = if step.end.is_some() { Next::Done(Status::FAILURE) } else { release.next() };
        (step, next)
    }

    /// It is decided what became of a held file: the client is answered, and its bytes are accounted for.
    pub fn decided(&mut self, upload: &Upload, status: Status, text: &str) -> Step {
        let mut step = Step::default();
        self.inward.unpark(upload.wire(), status == Status::OK);
        if let Protocol::Sftp(engine) = &mut self.protocol
            && !self.ended
        {
            engine.answer_close(upload, status, text);
            self.outward.answers(&mut Server(engine), &mut step.to_client);
        }
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
        Account { inward: self.inward.account(), outward: self.outward.account() }
    }

    fn conclude(&mut self, side: Side, passed: Result<(), Fault>, step: &mut Step) {
        step.reports = match &mut self.protocol {
            Protocol::Sftp(engine) => {
                step.held = engine.held();
                engine.take_reports()
            }
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
