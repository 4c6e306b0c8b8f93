//! The tap of SFTP version 3.
//!
//! Requests are judged before any byte of them goes on; the equipment's answers are held against the
//! request that they answer. The content of READ and WRITE streams through; everything else is looked at
//! whole. The gate's own answers go out between two packets of the equipment; request ids make their
//! order free.

mod answer;
mod extension;
mod files;
mod judge;
mod reply;
mod request;
#[cfg(test)]
mod tests;
mod wire;

use bytes::Bytes;

use self::judge::{Client, Engine, Server};
use crate::pump::Lane;
use crate::{Account, Allowed, Fault, Report, Side, Step, Violation};

/// The tap of one SFTP channel.
#[derive(Debug)]
pub struct SftpTap {
    engine: Engine,
    inward: Lane,
    outward: Lane,
    ended: bool,
}

impl SftpTap {
    pub(crate) fn new(allowed: Allowed) -> Self {
        Self { engine: Engine::new(allowed), inward: Lane::default(), outward: Lane::default(), ended: false }
    }

    pub(crate) fn client_sent(&mut self, data: Bytes) -> Step {
        let mut step = Step::default();
        if self.ended {
            self.inward.refuse(&data);
            return step;
        }
        let passed = self.inward.pass(&mut Client(&mut self.engine), data, &mut step.to_server);
        self.outward.answers(&mut Server(&mut self.engine), &mut step.to_client);
        self.conclude(Side::Client, passed, &mut step);
        step
    }

    pub(crate) fn server_sent(&mut self, data: Bytes) -> Step {
        let mut step = Step::default();
        if self.ended {
            self.outward.refuse(&data);
            return step;
        }
        let passed = self.outward.pass(&mut Server(&mut self.engine), data, &mut step.to_client);
        self.conclude(Side::Server, passed, &mut step);
        step
    }

    pub(crate) fn accepts_client(&self) -> bool {
        self.engine.has_room()
    }

    pub(crate) fn finish(&mut self) -> Vec<Report> {
        self.ended = true;
        self.inward.refuse_held();
        self.outward.refuse_held();
        self.engine.finish()
    }

    pub(crate) const fn account(&self) -> Account {
        Account { inward: self.inward.flow, outward: self.outward.flow }
    }

    fn conclude(&mut self, side: Side, passed: Result<(), Fault>, step: &mut Step) {
        step.reports = self.engine.take_reports();
        if let Err(fault) = passed {
            self.ended = true;
            self.inward.refuse_held();
            self.outward.refuse_held();
            step.end = Some(Violation { side, fault });
        }
    }
}
