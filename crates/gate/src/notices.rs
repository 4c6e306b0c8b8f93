//! Who is told what by mail: of an entry of the ledger, and in the morning. What is said in which words, and how it gets
//! there, is the edge's (`outbox`); this decides who, and hands over the particulars in both languages.

mod happened;

use std::collections::BTreeMap;

use domain::{Email, Establishment, Officer, Person, ServiceFacts};
use events::{Entry, Fact, InterventionRequested};
use guide::{Deadline, Mender, Within, deadlines};
use vocab::{EstablishmentId, InterventionId, Lang, PersonId, ServiceId, Text, Timestamp};

use crate::Gate;
use crate::deadlines::Deadlines;
use crate::ports::{PortError, Versioned};

/// Somebody whom mail reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub email: Email,
    /// In which language.
    pub lang: Lang,
}

/// What is to be said to some people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Which of the texts.
    pub text: NoticeText,
    /// To whom; nobody where nobody has an address.
    pub to: Vec<Addressed>,
    /// The particulars, by the names of the text's gaps.
    pub gaps: Vec<(&'static str, Text)>,
}

/// The texts that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeText {
    /// A request waits for the approval of a beneficiary (O2, O4).
    Request,
    /// A session opens.
    Opening,
    /// A session is over.
    End,
    /// What expires, once a day: all of it for the responsable and the security officer, to others what they can mend.
    Digest,
    /// What a provider owes and is late with, once a day, for those who speak for it (O5, E9).
    Overdue,
    /// A report was handed over (O5), for the beneficiaries.
    Report,
    /// A closing is proposed (E9), for whoever may agree.
    Closing,
    /// Another plan waits for the approval of a beneficiary.
    Plan,
    /// A request is to be qualified (O1).
    Qualify,
    /// An exception to the window is asked for (O3).
    Exception,
    /// An emergency derogation was signed: it is to be reviewed.
    Derogation,
    /// A provider was stopped, or an incident declared (E4).
    Suspended,
    /// Somebody was locked again and again, for the security officer.
    Locked,
}

impl NoticeText {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Request,
        Self::Opening,
        Self::End,
        Self::Digest,
        Self::Overdue,
        Self::Report,
        Self::Closing,
        Self::Plan,
        Self::Qualify,
        Self::Exception,
        Self::Derogation,
        Self::Suspended,
        Self::Locked,
    ];

    /// The name of its file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Opening => "opening",
            Self::End => "end",
            Self::Digest => "digest",
            Self::Overdue => "overdue",
            Self::Report => "report",
            Self::Closing => "closing",
            Self::Plan => "plan",
            Self::Qualify => "qualify",
            Self::Exception => "exception",
            Self::Derogation => "derogation",
            Self::Suspended => "suspended",
            Self::Locked => "locked",
        }
    }

    /// The names of its gaps.
    pub const fn gaps(self) -> &'static [&'static str] {
        match self {
            Self::Request => &[
                "establishment",
                "service",
                "intervention",
                "equipment",
                "requester",
                "objective",
                "planned",
            ],
            Self::Opening => &[
                "establishment",
                "service",
                "intervention",
                "equipment",
                "technician",
                "provider",
                "until",
                "session",
            ],
            Self::End => &["establishment", "service", "intervention", "session", "ending"],
            Self::Digest | Self::Overdue => &["establishment", "date", "list"],
            Self::Report
            | Self::Closing
            | Self::Plan
            | Self::Qualify
            | Self::Exception
            | Self::Derogation => &["establishment", "service", "intervention", "by", "what"],
            Self::Suspended => &["establishment", "provider", "by", "what"],
            Self::Locked => &["person", "locks"],
        }
    }
}

/// From when until when, on the establishment's wall; a dash where nothing was planned yet.
fn planned(asked: &InterventionRequested, here: &Establishment) -> String {
    let shown = |at: Option<Timestamp>| at.map_or_else(|| "—".to_owned(), |at| here.zone.show(at));
    format!("{} – {}", shown(asked.from), shown(asked.until))
}

/// The same in both languages: a name, a moment on the wall.
fn both(text: impl ToString) -> Text {
    let text = text.to_string();
    Text::new(text.clone(), text)
}

impl Gate {
    /// What an entry of a ledger is to be told to people.
    pub async fn notices_of(&self, entry: &Entry) -> Result<Vec<Notice>, PortError> {
        let mut all: Vec<Notice> = self.notice_of(entry).await?.into_iter().collect();
        if let Fact::InterventionRequested(asked) = &entry.fact
            && let Some(facts) = self.facts_now(&entry.establishment, &asked.service).await?
        {
            all.extend(self.to_qualify(entry, asked, &facts).await?);
        }
        Ok(all)
    }

    async fn notice_of(&self, entry: &Entry) -> Result<Option<Notice>, PortError> {
        match &entry.fact {
            Fact::InterventionRequested(asked) => {
                let Some(facts) = self.facts_now(&entry.establishment, &asked.service).await? else {
                    return Ok(None);
                };
                let equipment: Vec<&str> = asked.equipment.iter().map(|id| id.as_str()).collect();
                let intervention = entry.intervention.as_ref().map(ToString::to_string).unwrap_or_default();
                let gaps = vec![
                    ("establishment", both(&facts.establishment.title)),
                    ("service", both(&asked.service)),
                    ("intervention", both(intervention)),
                    ("equipment", both(equipment.join(", "))),
                    ("requester", both(&asked.requester)),
                    ("objective", both(asked.objective.as_str())),
                    ("planned", both(planned(asked, &facts.establishment))),
                ];
                self.to_beneficiaries(NoticeText::Request, &facts, gaps).await
            }
            Fact::SessionOpened(opened) => {
                let Some(facts) = self.facts_now(&entry.establishment, &opened.service).await? else {
                    return Ok(None);
                };
                let gaps = vec![
                    ("establishment", both(&facts.establishment.title)),
                    ("service", both(&opened.service)),
                    (
                        "intervention",
                        both(entry.intervention.as_ref().map(ToString::to_string).unwrap_or_default()),
                    ),
                    ("equipment", both(&opened.equipment)),
                    ("technician", both(&opened.person)),
                    ("provider", both(&opened.provider)),
                    ("until", both(facts.establishment.zone.show(opened.ends_at))),
                    ("session", both(short(entry))),
                ];
                self.to_beneficiaries(NoticeText::Opening, &facts, gaps).await
            }
            Fact::SessionEnded(ended) => self.end_of(entry, ended.ending.as_str()).await,
            Fact::SessionCrashed(_) => self.end_of(entry, vocab::Ending::Crash.as_str()).await,
            _ => self.happened(entry).await,
        }
    }

    async fn end_of(&self, entry: &Entry, ending: &str) -> Result<Option<Notice>, PortError> {
        let Some(intervention) = &entry.intervention else { return Ok(None) };
        let Some(service) = self.service_of(intervention).await? else { return Ok(None) };
        let Some(facts) = self.facts_now(&entry.establishment, &service).await? else { return Ok(None) };
        let gaps = vec![
            ("establishment", both(&facts.establishment.title)),
            ("service", both(&service)),
            ("intervention", both(intervention)),
            ("session", both(short(entry))),
            ("ending", both(ending)),
        ];
        self.to_beneficiaries(NoticeText::End, &facts, gaps).await
    }

    async fn service_of(&self, intervention: &InterventionId) -> Result<Option<ServiceId>, PortError> {
        let read = self.store.intervention(intervention).await?;
        Ok(read.map(|Versioned { value, .. }| value.service))
    }

    /// The service as it is now; `None`: it is described no more.
    async fn facts_now(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
    ) -> Result<Option<ServiceFacts>, PortError> {
        match self.store.service_facts(establishment, service, self.as_of(self.clock.now())).await {
            Ok(facts) => Ok(Some(facts)),
            Err(PortError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn to_beneficiaries(
        &self,
        text: NoticeText,
        facts: &ServiceFacts,
        gaps: Vec<(&'static str, Text)>,
    ) -> Result<Option<Notice>, PortError> {
        let to = self.addressed(facts.service.beneficiaries.iter()).await?;
        Ok(Some(Notice { text, to, gaps }))
    }

    /// Those of these people whom mail reaches, each once.
    async fn addressed(&self, people: impl Iterator<Item = &PersonId>) -> Result<Vec<Addressed>, PortError> {
        let as_of = self.as_of(self.clock.now());
        let mut names: Vec<&PersonId> = people.collect();
        names.sort();
        names.dedup();
        let mut all = Vec::new();
        for name in names {
            if let Some(Person { id: person, email: Some(email), lang, active: true, .. }) =
                self.store.person(name, as_of).await?
            {
                all.push(Addressed { person, email, lang });
            }
        }
        Ok(all)
    }

    /// The day and the hour on each establishment's wall: the mail of the morning is once a day and establishment.
    pub async fn walls(&self) -> Result<Vec<(EstablishmentId, String, u8)>, PortError> {
        let now = self.clock.now();
        let all = self.store.establishments(self.as_of(now)).await?;
        Ok(all.into_iter().filter_map(|one| on_the_wall(&one, now)).collect())
    }

    /// What an establishment's people are told in the morning: what expires, and to each provider what it is late with.
    pub async fn morning(&self, establishment: &EstablishmentId) -> Result<Vec<Notice>, PortError> {
        let all = self.deadlines().await?;
        let Some(found) = all.into_iter().find(|one| one.establishment.id == *establishment) else {
            return Ok(Vec::new());
        };
        let mut notices = Vec::new();
        if !found.list.is_empty() {
            let here = &found.establishment;
            let security = here.office_holders().filter(|who| here.holds(who, Officer::Security, found.at));
            let to = self.addressed(security.chain([&here.responsable])).await?;
            let whole: Vec<PersonId> = to.iter().map(|one| one.person.clone()).collect();
            notices.push(Notice { text: NoticeText::Digest, to, gaps: of_list(&found) });
            notices.extend(self.menders(&found, &whole).await?);
        }
        notices.extend(self.late(&found).await?);
        Ok(notices)
    }

    /// To each who can mend something and is not told everything: what is his to mend.
    async fn menders(&self, here: &Deadlines, told: &[PersonId]) -> Result<Vec<Notice>, PortError> {
        let mut lists: BTreeMap<PersonId, Vec<Deadline>> = BTreeMap::new();
        for facts in self.facts_of(&here.establishment, here.at).await? {
            for one in deadlines(&facts, here.at) {
                for person in who_mends(one.mender, &facts, here.at) {
                    lists.entry(person).or_default().push(one.clone());
                }
            }
        }
        let mut notices = Vec::new();
        for (person, mut list) in lists.into_iter().filter(|(person, _)| !told.contains(person)) {
            list.sort_by(|one, other| one.due.cmp(&other.due).then_with(|| one.what.fr.cmp(&other.what.fr)));
            list.dedup();
            let to = self.addressed([&person].into_iter()).await?;
            if !to.is_empty() {
                let gaps = of_list(&Deadlines { list, ..here.clone() });
                notices.push(Notice { text: NoticeText::Digest, to, gaps });
            }
        }
        Ok(notices)
    }

    /// To those who speak for a provider: what it is late with, in all its services here.
    async fn late(&self, here: &Deadlines) -> Result<Vec<Notice>, PortError> {
        let mut notices: Vec<(vocab::ProviderId, Notice)> = Vec::new();
        let as_of = self.as_of(here.at);
        for service in self.store.services(&here.establishment.id, as_of).await? {
            let Some(facts) = self.facts_now(&here.establishment.id, &service.id).await? else { continue };
            let mut list = deadlines(&facts, here.at);
            list.retain(|one| one.mender == Mender::Provider && one.within == Within::Overdue);
            if list.is_empty() {
                continue;
            }
            let to = self.addressed(facts.provider.managers.iter()).await?;
            let late = Deadlines { list, ..here.clone() };
            match notices.iter_mut().find(|(provider, _)| *provider == facts.provider.id) {
                Some((_, notice)) => join(notice, &late),
                None => notices.push((
                    facts.provider.id.clone(),
                    Notice { text: NoticeText::Overdue, to, gaps: of_list(&late) },
                )),
            }
        }
        Ok(notices.into_iter().map(|(_, notice)| notice).collect())
    }
}

/// Whom of the establishment a deadline is for, by who can mend it. Providers have their own mail; the responsable and the
/// security officer are told everything.
fn who_mends(mender: Mender, facts: &ServiceFacts, now: Timestamp) -> Vec<PersonId> {
    let here = &facts.establishment;
    match mender {
        Mender::Beneficiary => facts.service.beneficiaries.clone(),
        Mender::Requester => facts.contract.requesters.people.clone(),
        Mender::It | Mender::Operator => {
            here.office_holders().filter(|who| here.holds(who, Officer::It, now)).cloned().collect()
        }
        Mender::Technician | Mender::Provider | Mender::Responsable | Mender::Security => Vec::new(),
    }
}

fn join(notice: &mut Notice, more: &Deadlines) {
    for (name, text) in &mut notice.gaps {
        if *name == "list" {
            let next = listed(more);
            *text = Text::new(format!("{}\n{}", text.fr, next.fr), format!("{}\n{}", text.en, next.en));
        }
    }
}

fn of_list(found: &Deadlines) -> Vec<(&'static str, Text)> {
    let date = on_the_wall(&found.establishment, found.at).map(|(_, date, _)| date).unwrap_or_default();
    vec![("establishment", both(&found.establishment.title)), ("date", both(date)), ("list", listed(found))]
}

fn listed(found: &Deadlines) -> Text {
    Text::new(found.lines(Lang::Fr), found.lines(Lang::En))
}

/// Eight digits of a session's name.
fn short(entry: &Entry) -> String {
    entry.session.map(|session| session.to_string().chars().take(8).collect()).unwrap_or_default()
}

fn on_the_wall(establishment: &Establishment, now: Timestamp) -> Option<(EstablishmentId, String, u8)> {
    let shown = establishment.zone.show(now);
    let (date, time) = shown.split_once(' ')?;
    let hour = time.split(':').next()?.parse().ok()?;
    Some((establishment.id.clone(), date.to_owned(), hour))
}
