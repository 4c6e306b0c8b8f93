//! What the technician is told.

use std::time::Duration;

use vocab::{Source, Text};

/// A sentence for the technician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Without activity the session will be closed.
    IdleSoon {
        /// In how long.
        closes_in: Duration,
    },
    /// The session will end.
    EndSoon {
        /// In how long.
        ends_in: Duration,
        /// Whether an extension may still be asked for.
        extension: bool,
    },
    /// It was closed for idleness.
    Idle {
        /// How long nothing had passed.
        after: Duration,
    },
    /// It was closed because its time was over.
    WindowEnd,
    /// Somebody cut it.
    Cut,
    /// The decision turned to no.
    NoLongerPermitted {
        /// By these rules.
        why: Vec<Source>,
    },
    /// It could not be recorded any longer.
    RecordingLost,
    /// The trace store could not be written any longer.
    StoreLost,
    /// One side took nothing for too long.
    Stalled,
    /// A protocol was broken.
    Violation,
    /// The equipment closed its side, or its connection broke.
    EquipmentClosed,
    /// The gate stops.
    GateStopped,
}

impl Notice {
    /// The key of the sentence; stable.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::IdleSoon { .. } => "session.idle-soon",
            Self::EndSoon { .. } => "session.end-soon",
            Self::Idle { .. } => "session.idle",
            Self::WindowEnd => "session.window-end",
            Self::Cut => "session.cut",
            Self::NoLongerPermitted { .. } => "session.no-longer-permitted",
            Self::RecordingLost => "session.recording-lost",
            Self::StoreLost => "session.store-lost",
            Self::Stalled => "session.stalled",
            Self::Violation => "session.violation",
            Self::EquipmentClosed => "session.equipment-closed",
            Self::GateStopped => "session.gate-stopped",
        }
    }

    /// The sentence, in both languages.
    pub fn text(&self) -> Text {
        match self {
            Self::IdleSoon { closes_in } => {
                let span = spoken(*closes_in);
                Text::new(
                    format!("Sans activité, la session sera fermée dans {}.", span.fr),
                    format!("Without activity the session will be closed in {}.", span.en),
                )
            }
            Self::EndSoon { ends_in, extension } => {
                let span = spoken(*ends_in);
                let (fr, en) = if *extension {
                    (
                        " Une prolongation justifiée peut encore être demandée.",
                        " One justified extension may still be asked for.",
                    )
                } else {
                    ("", "")
                };
                Text::new(
                    format!(
                        "La plage autorisée se termine dans {} : la session sera alors fermée.{fr}",
                        span.fr
                    ),
                    format!("The permitted window ends in {}: the session will be closed then.{en}", span.en),
                )
            }
            Self::Idle { after } => {
                let span = spoken(*after);
                Text::new(
                    format!("Session fermée après {} sans activité.", span.fr),
                    format!("Session closed after {} without activity.", span.en),
                )
            }
            Self::NoLongerPermitted { why } => {
                let rules = |of_the_house: &str| {
                    let mut named: Vec<String> = Vec::new();
                    for rule in why {
                        let name = match rule {
                            Source::Guide(rule) => rule.to_string(),
                            Source::House(_) => of_the_house.to_owned(),
                        };
                        if !named.contains(&name) {
                            named.push(name);
                        }
                    }
                    if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) }
                };
                Text::new(
                    format!("Session fermée : elle n'est plus autorisée{}.", rules("règle de la maison")),
                    format!("Session closed: it is no longer permitted{}.", rules("house rule")),
                )
            }
            fixed => fixed.fixed_text(),
        }
    }

    fn fixed_text(&self) -> Text {
        let (fr, en) = match self {
            Self::WindowEnd => (
                "Session fermée : la plage autorisée est terminée.",
                "Session closed: the permitted window is over.",
            ),
            Self::Cut => ("Session coupée par l'établissement.", "Session cut by the establishment."),
            Self::RecordingLost => (
                "Session fermée : elle ne peut plus être enregistrée.",
                "Session closed: it can no longer be recorded.",
            ),
            Self::StoreLost => (
                "Session fermée : les traces ne peuvent plus être écrites.",
                "Session closed: its traces can no longer be written.",
            ),
            Self::Stalled => (
                "Session fermée : un des deux côtés ne prend plus rien.",
                "Session closed: one of the two sides takes nothing any longer.",
            ),
            Self::Violation => (
                "Session fermée : un protocole n'a pas été respecté.",
                "Session closed: a protocol was broken.",
            ),
            Self::EquipmentClosed => {
                ("L'équipement a fermé la connexion.", "The equipment closed the connection.")
            }
            _ => ("Session fermée : la passerelle s'arrête.", "Session closed: the gate is stopping."),
        };
        Text::new(fr, en)
    }
}

/// A span in words: minutes from two minutes on, seconds below, rounded up.
fn spoken(span: Duration) -> Text {
    let seconds = span.as_millis().div_ceil(1000);
    if seconds >= 120 {
        let minutes = seconds.div_ceil(60);
        Text::new(format!("{minutes} minutes"), format!("{minutes} minutes"))
    } else {
        let plural = if seconds > 1 { "s" } else { "" };
        Text::new(format!("{seconds} seconde{plural}"), format!("{seconds} second{plural}"))
    }
}
