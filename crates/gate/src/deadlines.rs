//! What expires, of each establishment: for its operator, for those who speak for it, and for the mail of the morning.

use domain::{Establishment, ServiceFacts};
use guide::{Deadline, Within, deadlines_of_all};
use serde_json::{Value, json};
use vocab::{Lang, Timestamp};

use crate::Gate;
use crate::ports::PortError;

/// The deadlines of one establishment at one moment.
#[derive(Debug, Clone)]
pub struct Deadlines {
    /// Whose.
    pub establishment: Establishment,
    /// The moment.
    pub at: Timestamp,
    /// What expires, the nearest first.
    pub list: Vec<Deadline>,
}

impl Gate {
    /// What expires, establishment by establishment.
    pub async fn deadlines(&self) -> Result<Vec<Deadlines>, PortError> {
        let at = self.clock.now();
        let mut all = Vec::new();
        for establishment in self.store.establishments(self.as_of(at)).await? {
            let facts = self.facts_of(&establishment, at).await?;
            let list = deadlines_of_all(&facts, at);
            all.push(Deadlines { establishment, at, list });
        }
        Ok(all)
    }

    /// The services of an establishment that are described, each with its facts.
    pub(crate) async fn facts_of(
        &self,
        establishment: &Establishment,
        at: Timestamp,
    ) -> Result<Vec<ServiceFacts>, PortError> {
        let mut all = Vec::new();
        for service in self.store.services(&establishment.id, self.as_of(at)).await? {
            match self.store.service_facts(&establishment.id, &service.id, self.as_of(at)).await {
                Ok(facts) => all.push(facts),
                // It ended, or its contract did, between two questions.
                Err(PortError::Missing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }
}

impl Deadlines {
    /// Under the establishment's name and a heading for each degree of nearness. What others named is in it, so that whoever
    /// shows it on a terminal has to make it printable.
    pub fn text(&self, lang: Lang) -> String {
        let of = |fr: &'static str, en: &'static str| if lang == Lang::Fr { fr } else { en };
        let head = format!("{} ({})\n", self.establishment.title, self.establishment.id);
        if self.list.is_empty() {
            return head + of("Rien n'expire dans les 90 jours.", "Nothing expires within 90 days.");
        }
        head + &self.lines(lang)
    }

    /// The same without the name.
    pub(crate) fn lines(&self, lang: Lang) -> String {
        let mut page = String::new();
        for within in Within::ALL {
            let mut some = self.list.iter().filter(|one| one.within == within).peekable();
            if some.peek().is_some() {
                page += &format!("{}\n", within.text().in_lang(lang));
            }
            for one in some {
                let due = self.establishment.zone.show(one.due);
                // None of what others named begins a line of its own.
                let sentence = |text: &vocab::Text| text.in_lang(lang).replace('\n', " ");
                page += &format!("  {due}  {:<4}{}\n", one.rule.code(), sentence(&one.what));
                page += &format!("      → {} ({})\n", sentence(&one.then), one.mender.text().in_lang(lang));
            }
        }
        page.trim_end().to_owned()
    }

    /// As JSON; sentences in both languages, moments in RFC 3339, UTC.
    pub fn json(&self) -> Value {
        let deadline = |one: &Deadline| {
            json!({
                "within": match one.within {
                    Within::Overdue => json!("overdue"),
                    Within::Week => json!(7),
                    Within::Month => json!(30),
                    Within::Quarter => json!(90),
                },
                "due": one.due.to_string(),
                "rule": one.rule.code(),
                "what": one.what,
                "then": one.then,
                "who": one.mender.text(),
            })
        };
        json!({
            "establishment": self.establishment.id,
            "at": self.at.to_string(),
            "deadlines": self.list.iter().map(deadline).collect::<Vec<_>>(),
        })
    }
}
