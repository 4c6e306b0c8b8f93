//! A no, with every reason, its remedy and who can mend it.

use domain::{Asked, Attempt};
use vocab::{HouseRule, Lang, ServiceId, Source, Text};

use crate::{Lift, Mender, Unmet};

/// A refusal. Outside the contracts of the caller's employer there is one answer, the same as for an
/// unknown name; inside them, every reason and remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    unmet: Vec<Unmet>,
    service: Option<ServiceId>,
    /// What was asked for, as the technician wrote it.
    target: String,
    /// Whether everything may be said.
    inside: bool,
}

impl Refusal {
    /// The one answer for what is unknown and for what is not his. `known` never shows in the text.
    pub(crate) fn unknown_target(attempt: &Attempt, known: bool) -> Self {
        let rule = if known { HouseRule::Scope } else { HouseRule::Service };
        let unmet = Unmet {
            source: Source::House(rule),
            sentence: Text::new(
                "Aucune intervention de ce nom ne vous est ouverte.",
                "No intervention of this name is open to you.",
            ),
            remedy: Text::new(
                "Vérifiez le nom de l'équipement auprès de l'établissement ou de votre responsable.",
                "Check the equipment's name with the establishment or your manager.",
            ),
            mender: Mender::Provider,
            lift: Lift::Never,
        };
        Self { unmet: vec![unmet], service: None, target: target(attempt), inside: false }
    }

    pub(crate) fn of(asked: &Asked<'_>, unmet: Vec<Unmet>) -> Self {
        Self {
            unmet,
            service: Some(asked.facts.service.id.clone()),
            target: target(asked.attempt),
            inside: true,
        }
    }

    pub(crate) fn single(attempt: &Attempt, service: Option<ServiceId>, unmet: Unmet) -> Self {
        Self { unmet: vec![unmet], service, target: target(attempt), inside: true }
    }

    /// Every condition that is not met.
    pub fn unmet(&self) -> &[Unmet] {
        &self.unmet
    }

    /// Their codes, for the ledger: there, unknown and forbidden are told apart.
    pub fn codes(&self) -> Vec<Source> {
        let mut codes: Vec<Source> = self.unmet.iter().map(|unmet| unmet.source).collect();
        codes.dedup();
        codes
    }

    /// The service, when one was chosen.
    pub fn service(&self) -> Option<&ServiceId> {
        self.service.as_ref()
    }

    /// What the technician reads, at most 80 columns wide.
    pub fn render(&self, lang: Lang) -> String {
        let fr = lang == Lang::Fr;
        let mut text = match (fr, self.inside) {
            (true, true) => format!("Accès refusé à {}. Ce qui manque :\n", self.target),
            (false, true) => format!("Access to {} refused. What is missing:\n", self.target),
            (true, false) => format!("Accès refusé à {}.\n", self.target),
            (false, false) => format!("Access to {} refused.\n", self.target),
        };
        let (to_do, who) = if fr { ("À faire :", "qui :") } else { ("To do:", "who:") };
        for unmet in &self.unmet {
            let (sentence, remedy) = (unmet.sentence.in_lang(lang), unmet.remedy.in_lang(lang));
            text.push('\n');
            if self.inside {
                let code = match unmet.source {
                    Source::Guide(rule) => rule.as_str(),
                    Source::House(_) if fr => "règle de la maison",
                    Source::House(_) => "house rule",
                };
                fold(&mut text, "• ", "  ", &format!("[{code}] {sentence}"));
                fold(&mut text, "  → ", "    ", &format!("{to_do} {remedy}"));
                fold(&mut text, "    ", "    ", &format!("({who} {})", unmet.mender.text().in_lang(lang)));
            } else {
                fold(&mut text, "", "", sentence);
                fold(&mut text, "", "", remedy);
            }
        }
        text.trim_end().to_owned()
    }
}

fn target(attempt: &Attempt) -> String {
    match &attempt.target.establishment {
        Some(establishment) => format!("{}.{establishment}", attempt.target.equipment),
        None => attempt.target.equipment.to_string(),
    }
}

/// Appends a paragraph, folded at 80 columns.
fn fold(text: &mut String, first: &str, rest: &str, paragraph: &str) {
    text.push_str(first);
    let mut column = first.chars().count();
    let mut begun = false;
    for word in paragraph.split_whitespace() {
        let width = word.chars().count();
        if begun && column + 1 + width > 80 {
            text.push('\n');
            text.push_str(rest);
            column = rest.chars().count();
        } else if begun {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
        begun = true;
    }
    text.push('\n');
}
