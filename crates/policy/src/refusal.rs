//! A refusal: every condition that is not met, and what would mend it.

use guide::{Mender, Unmet};
use vocab::{
    ContractId, EquipmentId, EstablishmentId, HouseRule, InterventionId, Lang, ServiceId, Source, Text,
};

use crate::Lifted;
use crate::choose::Choice;
use crate::conditions::unmet;

/// Widest line that is shown: one column less than a terminal, which some wrap at.
const WIDTH: usize = 79;

/// Why an attempt opens no session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    unmet: Vec<Unmet>,
    lifted: Vec<Lifted>,
    case: Option<Box<Case>>,
    code: InternalCode,
}

/// What a refusal is about, by name: for the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Whose SIS.
    pub establishment: EstablishmentId,
    /// Under which contract.
    pub contract: ContractId,
    /// For which service.
    pub service: ServiceId,
    /// On what.
    pub equipment: EquipmentId,
    /// Inside which intervention, when one could be told.
    pub intervention: Option<InterventionId>,
}

/// What the ledger is told, and the caller is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InternalCode {
    /// Conditions are not met; the caller is told which.
    Unmet,
    /// The login does not prove who it is.
    Unidentified,
    /// Nobody has that name.
    UnknownPerson,
    /// No equipment has that name.
    UnknownTarget,
    /// The equipment exists, outside the contracts of the caller's employer.
    OutsideContracts,
}

impl InternalCode {
    /// The code, for ever: it stands in ledgers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unmet => "unmet",
            Self::Unidentified => "unidentified",
            Self::UnknownPerson => "unknown-person",
            Self::UnknownTarget => "unknown-target",
            Self::OutsideContracts => "outside-contracts",
        }
    }
}

impl Refusal {
    /// The one answer for everything that is not the caller's to know. What it was stays inside.
    pub(crate) fn unknown_target(code: InternalCode) -> Self {
        // The rule is for the ledger; the page never shows which rule of the house it is.
        let rule = match code {
            InternalCode::UnknownPerson | InternalCode::Unidentified => HouseRule::Identity,
            InternalCode::OutsideContracts => HouseRule::Scope,
            InternalCode::UnknownTarget | InternalCode::Unmet => HouseRule::Service,
        };
        let lack = unmet(
            rule,
            Mender::Provider,
            Text::new(
                "Aucun équipement de ce nom ne vous est ouvert.",
                "No equipment of that name is open to you.",
            ),
            Text::new(
                "Vérifier le nom (<personne>+<équipement>), ou s'adresser à sa direction.",
                "Check the name (<person>+<equipment>), or ask your management.",
            ),
        );
        Self { unmet: vec![lack], lifted: Vec::new(), case: None, code }
    }

    pub(crate) fn unidentified(unmet: Vec<Unmet>) -> Self {
        Self { unmet, lifted: Vec::new(), case: None, code: InternalCode::Unidentified }
    }

    /// Nothing left unmet, and no permit all the same, is a condition too: the time is over.
    pub(crate) fn of(choice: &Choice<'_>, mut left: Vec<Unmet>, lifted: Vec<Lifted>) -> Self {
        if left.is_empty() {
            left.push(unmet(
                HouseRule::Window,
                Mender::Beneficiary,
                Text::new("Le temps accordé est écoulé.", "The time granted is over."),
                Text::new("Demander une nouvelle plage.", "Ask for a new window."),
            ));
        }
        Self { unmet: left, lifted, case: choice.case().map(Box::new), code: InternalCode::Unmet }
    }

    /// Every condition that is not met.
    pub fn unmet(&self) -> &[Unmet] {
        &self.unmet
    }

    /// Where they come from, each once, in the order of the conditions: for the ledger, where unknown and
    /// not his are told apart.
    pub fn codes(&self) -> Vec<Source> {
        let mut codes: Vec<Source> = Vec::new();
        for lack in &self.unmet {
            if !codes.contains(&lack.source) {
                codes.push(lack.source);
            }
        }
        codes
    }

    /// The service, when it could be told.
    pub fn service(&self) -> Option<&ServiceId> {
        self.case.as_ref().map(|case| &case.service)
    }

    /// Conditions that were opened, and did not suffice.
    pub fn lifted(&self) -> &[Lifted] {
        &self.lifted
    }

    /// What it is about, for the ledger; `None` where that could not be told.
    pub fn case(&self) -> Option<&Case> {
        self.case.as_deref()
    }

    /// What the ledger is told. Never shown to the caller.
    pub fn internal_code(&self) -> InternalCode {
        self.code
    }

    /// The refusal as it is shown: what happened, each condition with its rule, what would mend it and who
    /// can. Lines of at most 79 columns, each ended by a line feed, no control character.
    pub fn render(&self, lang: Lang) -> String {
        let words = match lang {
            Lang::Fr => ["Accès refusé.", "règle de la maison", "Remède : ", "Qui : "],
            Lang::En => ["Access refused.", "house rule", "Remedy: ", "Who: "],
        };
        let [refused, house, remedy, who] = words;
        let mut page = format!("{refused}{}\n", self.count(lang));
        for (number, lack) in (1..).zip(&self.unmet) {
            let rule = match lack.source {
                Source::Guide(rule) => rule.as_str().to_owned(),
                Source::House(_) => house.to_owned(),
            };
            let title = format!("{number}. [{rule}] {}", lack.sentence.in_lang(lang));
            page.push('\n');
            fill(&mut page, "  ", "     ", &title);
            fill(&mut page, "     ", "     ", &format!("{remedy}{}", lack.remedy.in_lang(lang)));
            fill(&mut page, "     ", "     ", &format!("{who}{}.", lack.mender.text().in_lang(lang)));
        }
        page
    }

    fn count(&self, lang: Lang) -> String {
        match (self.unmet.len(), lang) {
            (0 | 1, _) => String::new(),
            (count, Lang::Fr) => format!(" {count} conditions ne sont pas remplies :"),
            (count, Lang::En) => format!(" {count} conditions are not met:"),
        }
    }
}

/// Adds a paragraph, broken between words. A space before French punctuation is never a break.
fn fill(page: &mut String, first: &str, rest: &str, text: &str) {
    const GLUED: [&str; 6] = [":", ";", "!", "?", "»", "—"];
    let clean: String = text.chars().map(|c| if vocab::is_hidden(c) { '·' } else { c }).collect();
    let mut words: Vec<String> = Vec::new();
    for word in clean.split(' ').filter(|word| !word.is_empty()) {
        match words.last_mut() {
            Some(last) if GLUED.contains(&word) || last.ends_with('«') => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    let longest = WIDTH - rest.len();
    let words = words.iter().flat_map(|word| {
        let letters: Vec<char> = word.chars().collect();
        letters.chunks(longest).map(String::from_iter).collect::<Vec<_>>()
    });
    let mut column = first.chars().count();
    page.push_str(first);
    let mut begun = false;
    for word in words {
        let width = word.chars().count();
        if begun && column + 1 + width > WIDTH {
            page.push('\n');
            page.push_str(rest);
            column = rest.chars().count();
        } else if begun {
            page.push(' ');
            column += 1;
        }
        page.push_str(&word);
        column += width;
        begun = true;
    }
    page.push('\n');
}
