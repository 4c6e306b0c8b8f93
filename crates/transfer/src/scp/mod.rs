//! The tap of the old copy protocol (`rcp`, as `scp -t` and `scp -f` speak it).
//!
//! One end sends records and content, the other acknowledges each; neither may speak out of its turn. The
//! same machine serves both directions: the client is the source when files go to the equipment.

mod machine;
mod record;
#[cfg(test)]
mod tests;

use bytes::Bytes;

use self::machine::{Machine, Sink, Source};
use crate::pump::Lane;
use crate::{Account, Allowed, Fault, Forbidden, Mode, Report, ScpCommand, Side, Step, Violation};

/// The tap of one channel of the old copy protocol.
#[derive(Debug)]
pub struct ScpTap {
    machine: Machine,
    mode: Mode,
    inward: Lane,
    outward: Lane,
    ended: bool,
}

impl ScpTap {
    pub(crate) fn new(command: ScpCommand, allowed: Allowed) -> Result<Self, Forbidden> {
        let mode = command.mode();
        match mode {
            _ if !allowed.anything() => return Err(Forbidden::Scp),
            Mode::To if !allowed.write => return Err(Forbidden::Write),
            Mode::From if !allowed.list => return Err(Forbidden::Read),
            Mode::From if !allowed.take_out => return Err(Forbidden::NoReason),
            Mode::To | Mode::From => {}
        }
        let machine = Machine::new(&command);
        Ok(Self { machine, mode, inward: Lane::default(), outward: Lane::default(), ended: false })
    }

    pub(crate) fn client_sent(&mut self, data: Bytes) -> Step {
        let mut step = Step::default();
        if self.ended {
            self.inward.refuse(&data);
            return step;
        }
        let passed = match self.mode {
            Mode::To => self.inward.pass(&mut Source(&mut self.machine), data, &mut step.to_server),
            Mode::From => self.inward.pass(&mut Sink(&mut self.machine), data, &mut step.to_server),
        };
        self.conclude(Side::Client, passed, &mut step);
        step
    }

    pub(crate) fn server_sent(&mut self, data: Bytes) -> Step {
        let mut step = Step::default();
        if self.ended {
            self.outward.refuse(&data);
            return step;
        }
        let passed = match self.mode {
            Mode::To => self.outward.pass(&mut Sink(&mut self.machine), data, &mut step.to_client),
            Mode::From => self.outward.pass(&mut Source(&mut self.machine), data, &mut step.to_client),
        };
        self.conclude(Side::Server, passed, &mut step);
        step
    }

    pub(crate) fn finish(&mut self) -> Vec<Report> {
        self.ended = true;
        self.inward.refuse_held();
        self.outward.refuse_held();
        self.machine.finish()
    }

    pub(crate) const fn account(&self) -> Account {
        Account { inward: self.inward.flow, outward: self.outward.flow }
    }

    fn conclude(&mut self, side: Side, passed: Result<(), Fault>, step: &mut Step) {
        step.reports = self.machine.take_reports();
        if let Err(fault) = passed {
            self.ended = true;
            self.inward.refuse_held();
            self.outward.refuse_held();
            step.end = Some(Violation { side, fault });
        }
    }
}
