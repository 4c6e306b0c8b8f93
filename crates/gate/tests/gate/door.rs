//! A gate with everything behind it, and the people who come to it.

use std::sync::Arc;

use domain::{Attempt, Intervention, ServiceFacts};
use events::Entry;
use gate::ports::{PortError, Put};
use gate::{Applied, Gate, Known, Live, Opening, Refused, Reply, SiteChange};
use recording::Track;
use testkit::fiction::{self, name};
use testkit::{Kit, SetClock, known};
use vocab::{Lang, Right};

/// Entries of this source are the acts of people: one for each that was done.
const ACT: &str = "act";

/// One change of the site.
pub(crate) type Edit = fn(&mut ServiceFacts);

/// A gate on the fictitious site.
pub(crate) struct Door {
    pub(crate) kit: Kit,
    pub(crate) gate: Arc<Gate>,
}

impl Door {
    /// The site in order but for this.
    pub(crate) async fn with(edit: impl FnOnce(&mut ServiceFacts)) -> Self {
        Self::on(Kit::with(edit)).await
    }

    /// The site in order.
    pub(crate) async fn in_order() -> Self {
        Self::with(|_| {}).await
    }

    /// The site in order but for this, on a clock that goes on with tokio's.
    pub(crate) async fn ticking(edit: impl FnOnce(&mut ServiceFacts)) -> Self {
        let mut facts = fiction::service_facts();
        edit(&mut facts);
        Self::on(Kit::of(&[facts], SetClock::running(fiction::now()))).await
    }

    /// A gate that starts on what stands there.
    pub(crate) async fn on(kit: Kit) -> Self {
        let gate = kit.boot().await.unwrap();
        Self { kit, gate }
    }

    /// What is answered to a person's command, in French.
    pub(crate) async fn say(&self, person: &str, line: &str) -> Reply {
        self.say_in(Lang::Fr, person, line).await
    }

    pub(crate) async fn say_in(&self, lang: Lang, person: &str, line: &str) -> Reply {
        self.gate.command(&self.logged_in(person, lang), line, b"").await
    }

    /// Somebody who has just logged in, with the second factor that he has now.
    pub(crate) fn logged_in(&self, person: &str, lang: Lang) -> Known {
        let mut known = known(person, lang);
        known.proof.enrolment = self.kit.site.enrolment(person);
        known.since = self.kit.now();
        known
    }

    /// A command that has to be done.
    pub(crate) async fn done(&self, person: &str, line: &str) -> String {
        let reply = self.say(person, line).await;
        assert_eq!(reply.status, 0, "{person}: {line}: {}", reply.text);
        reply.text
    }

    /// A command that has to be refused, in both languages, without changing anything.
    pub(crate) async fn refused(&self, person: &str, line: &str) -> String {
        let (before, acts) = (self.kit.site.whole(), self.acts().len());
        let [fr, en] = [self.say(person, line).await, self.say_in(Lang::En, person, line).await];
        assert_eq!((fr.status, en.status), (1, 1), "{person}: {line}: {}", fr.text);
        assert!(!fr.text.is_empty() && !en.text.is_empty() && fr.text != en.text, "{person}: {line}");
        assert_eq!(self.kit.site.whole(), before, "{person}: {line}: refused, and something changed");
        assert_eq!(self.acts().len(), acts, "{person}: {line}: refused, and an entry of an act");
        fr.text
    }

    /// The site's file, changed so, is applied by the operator.
    pub(crate) async fn apply(&self, puts: Vec<Put>) -> Result<Applied, PortError> {
        let (establishment, file) = (name("nord"), [7; 32]);
        self.gate
            .apply_site(SiteChange {
                establishment,
                file,
                added: 0,
                changed: 1,
                ended: 0,
                custody: Vec::new(),
                dossiers: Vec::new(),
                puts,
            })
            .await
    }

    /// The technician's attempt.
    pub(crate) async fn open(&self) -> Result<Opening, Refused> {
        self.open_as(attempt(), "a.martin").await
    }

    pub(crate) async fn open_as(&self, attempt: Attempt, person: &str) -> Result<Opening, Refused> {
        let known = self.logged_in(person, Lang::Fr);
        let mut attempt = attempt;
        (attempt.login.enrolment, attempt.login.at) = (known.proof.enrolment, known.proof.at);
        self.gate.open(known, attempt).await
    }

    /// Entries of acts of people, in order.
    pub(crate) fn acts(&self) -> Vec<Entry> {
        let all = self.kit.log().entries();
        all.into_iter().filter(|entry| entry.source.as_str() == ACT).collect()
    }

    /// The codes of all entries of the home log, in order.
    pub(crate) fn codes(&self) -> Vec<String> {
        self.kit.log().entries().iter().map(|entry| entry.fact.code().to_owned()).collect()
    }

    /// How many entries have this code.
    pub(crate) fn count(&self, code: &str) -> usize {
        self.codes().iter().filter(|one| *one == code).count()
    }

    /// Nothing stands in the log of a session before its opening.
    pub(crate) fn tells_sessions_in_order(&self) {
        let mut opened = std::collections::BTreeSet::new();
        for entry in self.kit.log().entries() {
            if entry.fact.code() == "session-opened" {
                opened.insert(entry.session);
            }
            assert!(entry.session.is_none() || opened.contains(&entry.session), "{entry:?}");
        }
    }

    /// The intervention of the site.
    pub(crate) fn stands(&self) -> Intervention {
        self.kit.site.stands("i-1")
    }
}

/// The technician's attempt to open a terminal on the scanner.
pub(crate) fn attempt() -> Attempt {
    testkit::fiction::attempt()
}

/// Commands run, and what they say may leave.
pub(crate) fn may_take_out(facts: &mut ServiceFacts) {
    facts.service.rights = facts.service.rights.with(Right::Exec).with(Right::Bulk);
    facts.interventions[0].reason_out = Some("analyse".to_owned());
}

/// A command says more than is its text: content without a name leaves. Returns how much.
pub(crate) fn takes_out(live: &Live) -> u64 {
    let dump = vec![7; 65 * 1024];
    live.channel_opened(3, Right::Exec, Some("dump")).unwrap();
    live.piece(3, Track::Stdout, &dump).unwrap();
    live.channel_closed(3, Some(0), None);
    dump.len() as u64
}
