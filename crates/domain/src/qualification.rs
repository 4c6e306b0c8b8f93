//! The qualification of a request: why it is asked, what care bears meanwhile, who answers for the establishment while it
//! is worked on, and under which ticket. A fact beside the state of the intervention, which it does not move.

use serde::{Deserialize, Serialize};
use vocab::{PersonId, Text, Timestamp};

use crate::State;

/// What care bears while the work goes on, by the word of the establishment's referent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CareImpact {
    /// Care goes on as always.
    None,
    /// Slower, or by hand.
    Degraded,
    /// Elsewhere: another equipment, another ward, another hospital.
    Diverted,
    /// It stops.
    Stopped,
}

impl CareImpact {
    /// All of them, the lightest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Degraded, Self::Diverted, Self::Stopped];

    /// The word on the command line and in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Degraded => "degraded",
            Self::Diverted => "diverted",
            Self::Stopped => "stopped",
        }
    }

    /// In words.
    pub fn text(self) -> Text {
        let (fr, en) = match self {
            Self::None => ("aucun", "none"),
            Self::Degraded => ("soins en mode dégradé", "care in degraded mode"),
            Self::Diverted => ("soins reportés ailleurs", "care diverted elsewhere"),
            Self::Stopped => ("soins arrêtés", "care stopped"),
        };
        Text::new(fr, en)
    }
}

impl std::str::FromStr for CareImpact {
    type Err = UnknownImpact;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.as_str() == word).ok_or(UnknownImpact)
    }
}

/// A word that is none of the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is none of none, degraded, diverted, stopped")]
pub struct UnknownImpact;

/// What the ticketing tool said of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TicketCheck {
    /// No tool is configured: nobody was asked.
    NotAsked,
    /// The tool knows it, in a state that counts.
    Confirmed,
    /// The tool did not answer: care goes first, and this says so.
    Unchecked,
}

impl TicketCheck {
    /// The word in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::Confirmed => "confirmed",
            Self::Unchecked => "unchecked",
        }
    }

    /// In words.
    pub fn text(self) -> Text {
        let (fr, en) = match self {
            Self::NotAsked => ("non vérifié : aucun outil de tickets", "not checked: no ticketing tool"),
            Self::Confirmed => ("confirmé par l'outil de tickets", "confirmed by the ticketing tool"),
            Self::Unchecked => (
                "non vérifié : l'outil de tickets n'a pas répondu",
                "unchecked: the ticketing tool did not answer",
            ),
        };
        Text::new(fr, en)
    }
}

/// A ticket, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its number in the establishment's tool.
    pub number: String,
    /// What the tool said of it.
    pub check: TicketCheck,
}

/// Longest ticket number: `INC-2026-0000123456` has 19 letters.
pub const TICKET_MAX: usize = 64;
/// Longest telephone number, as it is written: `+33 1 99 00 12 34 poste 5678` has 27.
pub const TELEPHONE_MAX: usize = 40;

/// Whether this is a ticket's number: it stands in a URL and on terminals.
pub fn is_ticket(number: &str) -> bool {
    (1..=TICKET_MAX).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'#'))
        && number.bytes().any(|b| b.is_ascii_alphanumeric())
        && !number.starts_with(['-', '.'])
}

/// Whether this can be dialled: digits, six at least, with what is written between them.
pub fn is_telephone(number: &str) -> bool {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    number.len() <= TELEPHONE_MAX
        && digits >= 6
        && number.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '+' | '.' | '-' | '(' | ')'))
}

/// A request as the establishment's referent qualified it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qualification {
    /// Who qualified it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Why the work is needed, in the establishment's words.
    pub reason: String,
    /// What care bears meanwhile.
    pub impact: CareImpact,
    /// Who watches and answers during the work, as a person calls him.
    pub referent: String,
    /// Under which number.
    pub telephone: String,
    /// Under which ticket; `None`: without one.
    #[serde(default)]
    pub ticket: Option<Ticket>,
}

impl State {
    /// Whether a request can be qualified in this state, or be qualified again: a referent goes home, an impact grows.
    /// Never once it is over, nor while a closing is proposed.
    pub const fn qualifies(self) -> bool {
        matches!(self, Self::Requested | Self::Approved | Self::Open | Self::Suspended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_of_the_scale_is_read_as_it_is_written() {
        for impact in CareImpact::ALL {
            assert_eq!(impact.as_str().parse(), Ok(impact));
        }
        assert!("".parse::<CareImpact>().is_err() && "Stopped".parse::<CareImpact>().is_err());
        assert!(CareImpact::None < CareImpact::Stopped);
    }

    #[test]
    fn a_ticket_and_a_telephone_are_what_can_be_looked_up_and_dialled() {
        for good in ["INC-4711", "4711", "#4711", "R_2026.12"] {
            assert!(is_ticket(good), "{good}");
        }
        let long = "9".repeat(TICKET_MAX + 1);
        for bad in ["", "-", ".", "../x", "a/b", "a b", "a?b", "a%2f", "é", long.as_str()] {
            assert!(!is_ticket(bad), "{bad}");
        }
        for good in ["0199001234", "+33 1 99 00 12 34", "01.99.00.12.34 poste 12"] {
            assert!(is_telephone(good), "{good}");
        }
        for bad in ["", "poste", "12345", "0199001234\n", "01 99 00 12 34; rm"] {
            assert!(!is_telephone(bad), "{bad}");
        }
    }
}
