//! What goes wrong, and when: told by the test, asked by every port at every step.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use gate::ports::PortError;
use tokio::sync::watch;

use crate::lock;

/// Steps that are remembered: many times those of the longest story.
const REMEMBERED: usize = 65_536;

/// One thing that the gate asks of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the ports' methods, in words")]
pub enum Step {
    Draw,
    ReadFacts,
    ReadService,
    ReadKey,
    ReadIntervention,
    ReadSite,
    NameIntervention,
    Commit,
    ReadOutbox,
    MarkOutbox,
    ReadLeftOpen,
    Append,
    ReadLog,
    Checkpoint,
    PutStamp,
    MakeRecordingKey,
    CreateRecording,
    SealRecording,
    SealCrashed,
    DiscardRecording,
    ListRecordings,
    PurgeRecordings,
    PurgeEntries,
    RemoveRows,
    Lend,
    BeginRotation,
    Establish,
    ProveRotation,
    Retire,
    EndRotation,
    Disclose,
    CheckCode,
    DrawSheet,
    ReadSheet,
    CheckSheet,
    Certify,
    Hold,
    HoldMore,
    ReadHeld,
    DrawPaperKey,
    OpenPaper,
    ListPaperKeys,
    DiscardPaperKey,
    ForgetPapers,
    KeepPaper,
    SettlePaper,
    DiscardPaper,
    ReadPaper,
    ListPapers,
    PurgePapers,
}

/// How a step goes wrong.
#[derive(Debug, Clone)]
pub enum Mishap {
    /// Nothing is done, and that is said.
    Undone(PortError),
    /// It is done, and whoever asked is told that it failed: the answer was lost.
    Untold(PortError),
}

impl Mishap {
    /// The disk is full: nothing is done.
    pub fn full() -> Self {
        Self::Undone(PortError::Failed("the disk is full".to_owned()))
    }

    /// Somebody else was first: nothing is done.
    pub fn conflict() -> Self {
        Self::Undone(PortError::Conflict("somebody else was first".to_owned()))
    }

    /// Done, but the answer never came back.
    pub fn lost_answer() -> Self {
        Self::Untold(PortError::Failed("the answer was lost".to_owned()))
    }
}

type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

enum What {
    Wrong(Mishap),
    First(Meanwhile),
    /// The gate dies here; the step is done before, or is not.
    Dies(bool),
}

struct Plan {
    step: Step,
    /// So many of these steps go well before.
    skip: usize,
    /// Each of them from there on, not this one only.
    always: bool,
    what: What,
}

#[derive(Default)]
struct State {
    plans: Vec<Plan>,
    asked: VecDeque<Step>,
    /// Steps that are left until the gate dies, and whether the last one is done.
    death: Option<(usize, bool)>,
}

/// What goes wrong at which step, for all ports of one gate; and what they were asked, in order.
#[derive(Default)]
pub struct Troubles {
    state: Mutex<State>,
    dead: watch::Sender<bool>,
}

impl Troubles {
    /// The gate dies after so many more steps, whichever they are, in the middle of the next one: that one is done, or
    /// it is not. From then on no step comes to anything, and none returns, until everything is [`Self::over`]; what
    /// stood then is what the next boot finds.
    pub fn dies_after(&self, steps: usize, done: bool) {
        lock(&self.state).death = Some((steps, done));
    }

    /// Waits until the gate died.
    pub async fn died(&self) {
        let mut dead = self.dead.subscribe();
        // The sender is this one: it is not gone.
        let _died = dead.wait_for(|dead| *dead).await;
    }

    /// The next such step goes wrong.
    pub fn next(&self, step: Step, how: Mishap) {
        self.nth(step, 0, how);
    }

    /// Such a step goes wrong after so many that go well.
    pub fn nth(&self, step: Step, skip: usize, how: Mishap) {
        self.plan(Plan { step, skip, always: false, what: What::Wrong(how) });
    }

    /// Each such step goes wrong from now on.
    pub fn always(&self, step: Step, how: Mishap) {
        self.plan(Plan { step, skip: 0, always: true, what: What::Wrong(how) });
    }

    /// Something else happens first, in the middle of the act that asks for the next such step. Not for steps
    /// that cannot wait: [`Step::Draw`], [`Step::MakeRecordingKey`].
    pub fn first(&self, step: Step, meanwhile: impl Future<Output = ()> + Send + 'static) {
        self.plan(Plan { step, skip: 0, always: false, what: What::First(Box::pin(meanwhile)) });
    }

    /// From now on everything goes well.
    pub fn over(&self) {
        let mut state = lock(&self.state);
        state.plans.clear();
        state.death = None;
        self.dead.send_replace(false);
    }

    /// Whether something was planned that has not come.
    pub fn waits(&self) -> bool {
        lock(&self.state).plans.iter().any(|plan| !plan.always)
    }

    /// What the ports were asked up to now, in order.
    pub fn asked(&self) -> Vec<Step> {
        lock(&self.state).asked.iter().copied().collect()
    }

    /// Forgets what was asked up to now.
    pub fn forget(&self) {
        lock(&self.state).asked.clear();
    }

    fn plan(&self, plan: Plan) {
        lock(&self.state).plans.push(plan);
    }

    /// A step is asked for: what goes wrong, if anything does.
    fn ask(&self, step: Step) -> Option<What> {
        let mut state = lock(&self.state);
        if state.asked.len() == REMEMBERED {
            state.asked.pop_front();
        }
        state.asked.push_back(step);
        match &mut state.death {
            Some((0, done)) => {
                let done = std::mem::replace(done, false);
                self.dead.send_replace(true);
                return Some(What::Dies(done));
            }
            Some((left, _)) => *left -= 1,
            None => {}
        }
        let mut due = None;
        for (place, plan) in state.plans.iter_mut().enumerate().filter(|(_, plan)| plan.step == step) {
            if plan.skip > 0 {
                plan.skip -= 1;
            } else if due.is_none() {
                due = Some(place);
            }
        }
        let place = due?;
        match state.plans.get(place) {
            Some(Plan { always: true, what: What::Wrong(how), .. }) => Some(What::Wrong(how.clone())),
            _ => Some(state.plans.remove(place).what),
        }
    }

    /// Does a step that cannot wait.
    pub(crate) fn at_once<T>(
        &self,
        step: Step,
        work: impl FnOnce() -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        match self.ask(step) {
            None => work(),
            Some(What::Wrong(how)) => wrong(how, work),
            Some(What::First(_)) => panic!("{step:?} cannot wait for anything"),
            // Whatever comes of it, the next step that can wait never returns.
            Some(What::Dies(done)) => {
                let _unheard = done.then(work);
                Err(PortError::Failed("the gate is dead".to_owned()))
            }
        }
    }

    /// Does a step.
    pub async fn around<T>(
        &self,
        step: Step,
        work: impl FnOnce() -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        match self.ask(step) {
            None => work(),
            Some(What::Wrong(how)) => wrong(how, work),
            Some(What::First(meanwhile)) => {
                meanwhile.await;
                work()
            }
            Some(What::Dies(done)) => {
                let _unheard = done.then(work);
                std::future::pending().await
            }
        }
    }
}

fn wrong<T>(how: Mishap, work: impl FnOnce() -> Result<T, PortError>) -> Result<T, PortError> {
    match how {
        Mishap::Undone(error) => Err(error),
        Mishap::Untold(error) => work().and(Err(error)),
    }
}
