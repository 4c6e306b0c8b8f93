//! The one door through which the SSH edge drives either protocol.

use bytes::Bytes;

use crate::hold::{Held, Next, Upload};
use crate::pump::Lane;
use crate::scp::{self, Fed, Machine, Sink, Source};
use crate::sftp::{self, Client, Engine, Server};
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
    /// Where uploads by SCP are held.
    hold: Option<scp::Hold>,
    ended: bool,
}

/// A held file on its way to the equipment.
#[derive(Debug)]
pub struct Release(Going);

#[derive(Debug)]
enum Going {
    Sftp(Box<sftp::Release>),
    Scp(scp::Release),
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

    /// The same, with all uploads held.
    ///
    /// # Errors
    /// As [`Tap::scp`].
    pub fn scp_holding(command: ScpCommand, allowed: Allowed) -> Result<Self, Forbidden> {
        let hold = (command.mode() == Mode::To).then(scp::Hold::new);
        Ok(Self { hold, ..Self::scp(command, allowed)? })
    }

    fn of(protocol: Protocol) -> Self {
        Self { protocol, inward: Lane::default(), outward: Lane::default(), hold: None, ended: false }
    }

    /// The client sent this.
    pub fn client_sent(&mut self, data: Bytes) -> Step {
        let mut step = Step::default();
        if self.hold.is_some() && !self.ended {
            self.client_sent_held(data, &mut step);
            return step;
        }
        self.client_passes(data, &mut step);
        step
    }

    /// By SCP, with uploads held: files stop here.
    fn client_sent_held(&mut self, mut data: Bytes, step: &mut Step) {
        while step.end.is_none() {
            let (Some(hold), Protocol::Scp(machine)) = (&mut self.hold, &self.protocol) else { return };
            let before = data.clone();
            match hold.feed(&mut data, |name| machine.called(name)) {
                Ok(Some(Fed { taken, passes })) => {
                    self.inward.park(taken as u64);
                    if let Some(bytes) = passes {
                        self.inward.come(bytes.len() as u64);
                        self.client_passes(bytes, step);
                    }
                }
                Ok(None) => break,
                Err(fault) => {
                    data = before;
                    self.conclude(Side::Client, Err(fault), step);
                }
            }
        }
        // After a violation the rest goes nowhere.
        self.inward.refuse(&data);
        if let Some(hold) = &mut self.hold {
            step.held.extend(hold.asked());
            for answer in hold.answers() {
                self.outward.generate(answer.len());
                step.to_client.push(answer);
            }
        }
    }

    fn client_passes(&mut self, data: Bytes, step: &mut Step) {
        let (lane, out) = (&mut self.inward, &mut step.to_server);
        if self.ended {
            lane.refuse(&data);
            return;
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
        self.conclude(Side::Client, passed, step);
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
        if let Some(hold) = &mut self.hold {
            self.outward.consume(hold.heard(&mut step.to_client));
        }
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
        match (&mut self.protocol, &mut self.hold) {
            _ if self.ended => None,
            (Protocol::Sftp(engine), _) => Some(Release(Going::Sftp(Box::new(engine.release(upload, tag))))),
            (Protocol::Scp(_), Some(hold)) => Some(Release(Going::Scp(hold.release()))),
            (Protocol::Scp(_), None) => None,
        }
    }

    /// Goes on with a release: send what the step says, then do what the answer says. `content`: what was asked
    /// for by [`Next::Content`]; empty when it cannot be had any more. To be called again after each
    /// [`Tap::server_sent`] while it waits.
    pub fn drive(&mut self, release: &mut Release, content: Option<Bytes>) -> (Step, Next) {
        let mut step = Step::default();
        if self.ended {
            return (step, Next::Done(Status::FAILURE));
        }
        let next = match &mut release.0 {
            Going::Sftp(release) => {
                self.drive_sftp(release, content, &mut step);
                release.next()
            }
            Going::Scp(release) => {
                self.drive_scp(release, content, &mut step);
                release.next()
            }
        };
        let next = if step.end.is_some() { Next::Done(Status::FAILURE) } else { next };
        (step, next)
    }

    fn drive_sftp(&mut self, release: &mut sftp::Release, content: Option<Bytes>, step: &mut Step) {
        let Protocol::Sftp(engine) = &mut self.protocol else { return };
        match engine.drive(release, content) {
            Ok(requests) => {
                for request in requests {
                    self.inward.generate(request.len());
                    step.to_server.push(request.into());
                }
                self.conclude(Side::Server, Ok(()), step);
            }
            Err(fault) => self.conclude(Side::Server, Err(fault), step),
        }
    }

    /// The old protocol knows no way to give a file up in the middle: a spool that is lost ends the channel.
    fn drive_scp(&mut self, release: &mut scp::Release, content: Option<Bytes>, step: &mut Step) {
        if content.as_ref().is_some_and(Bytes::is_empty) {
            return self.conclude(Side::Client, Err(Fault::OutOfTurn("the end of a file")), step);
        }
        let Some(hold) = &mut self.hold else { return };
        for bytes in hold.drive(release, content) {
            let length = bytes.len() as u64;
            if let Some(hold) = &mut self.hold {
                hold.kept = hold.kept.saturating_sub(length);
            }
            self.inward.come(length);
            self.client_passes(bytes, step);
        }
    }

    /// It is decided what became of a held file: the client is answered, and its bytes are accounted for.
    pub fn decided(&mut self, upload: &Upload, status: Status, text: &str) -> Step {
        let mut step = Step::default();
        if let Some(hold) = &mut self.hold {
            let (answer, left) = hold.decided(status, text);
            self.inward.unpark(left, false);
            if !self.ended {
                self.outward.generate(answer.len());
                step.to_client.push(answer);
            }
            return step;
        }
        self.inward.unpark(upload.wire, status == Status::OK);
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
        // Several pieces may pass in one step.
        match &mut self.protocol {
            Protocol::Sftp(engine) => {
                step.held.extend(engine.held());
                step.reports.extend(engine.take_reports());
            }
            Protocol::Scp(machine) => step.reports.extend(machine.take_reports()),
        }
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
