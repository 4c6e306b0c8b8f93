//! Figures, and how they are told: on the terminal, for a program, and on a page.

use super::Scale;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What a figure has to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Target {
    /// `compared` may be at most this.
    AtMost(f64),
    /// `compared` must be at least this.
    AtLeast(f64),
    /// It is told, and judged by nobody.
    Told,
}

/// One figure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Row {
    /// Which part of the run.
    pub(super) part: String,
    /// What was measured, with its unit.
    pub(super) what: String,
    /// OpenSSH directly.
    pub(super) direct: Option<f64>,
    /// OpenSSH's ProxyJump.
    pub(super) jump: Option<f64>,
    /// Poterne, recording.
    pub(super) gate: Option<f64>,
    /// What is judged, computed from the three.
    pub(super) compared: Option<f64>,
    /// How `compared` is to be read: `× jump`, `ms more than direct`.
    pub(super) as_what: String,
    /// What it has to be.
    pub(super) target: Target,
    /// Whether it is.
    pub(super) reached: Option<bool>,
}

impl Row {
    /// A figure of the gate alone, told.
    pub(super) fn of_gate(part: &str, what: impl Into<String>, gate: f64) -> Self {
        Self {
            part: part.to_owned(),
            what: what.into(),
            direct: None,
            jump: None,
            gate: Some(gate),
            compared: None,
            as_what: String::new(),
            target: Target::Told,
            reached: None,
        }
    }

    /// With the peers beside it, in the order direct, jump.
    pub(super) fn beside(mut self, direct: Option<f64>, jump: Option<f64>) -> Self {
        (self.direct, self.jump) = (direct, jump);
        self
    }

    /// Judged by this.
    pub(super) fn judged(mut self, compared: f64, as_what: &str, target: Target) -> Self {
        self.reached = match target {
            Target::AtMost(most) => Some(compared <= most),
            Target::AtLeast(least) => Some(compared >= least),
            Target::Told => None,
        };
        (self.compared, self.as_what, self.target) = (Some(compared), as_what.to_owned(), target);
        self
    }

    fn cells(&self) -> [String; 7] {
        let cell = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), number);
        let compared = self.compared.map_or_else(String::new, |value| {
            format!("{} {}", number(value), self.as_what).trim_end().to_owned()
        });
        let target = match self.target {
            Target::AtMost(most) => format!("≤ {}", number(most)),
            Target::AtLeast(least) => format!("≥ {}", number(least)),
            Target::Told => String::new(),
        };
        let reached = match self.reached {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "",
        };
        let [direct, jump, gate] = [self.direct, self.jump, self.gate].map(cell);
        [self.what.clone(), direct, jump, gate, compared, target, reached.to_owned()]
    }
}

/// Three digits that mean something.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 10_000.0 => {
            let digits = format!("{:.0}", value.abs());
            let groups: Vec<String> = digits
                .chars()
                .rev()
                .collect::<Vec<_>>()
                .chunks(3)
                .map(|group| group.iter().rev().collect::<String>())
                .rev()
                .collect();
            format!("{}{}", if value < 0.0 { "-" } else { "" }, groups.join(" "))
        }
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

const HEAD: [&str; 7] = ["figure", "direct", "ProxyJump", "Poterne", "compared", "target", "reached"];

/// The rows of one part as a table in Markdown, which can also be read on a terminal.
pub(super) fn table(rows: &[Row]) -> String {
    let lines: Vec<[String; 7]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            // The first column is words, the others are numbers.
            let padded = if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") };
            let _always = write!(text, "| {padded} ");
        }
        text.push_str("|\n");
        if number == 0 {
            for (column, width) in widths.iter().enumerate() {
                let _always =
                    write!(text, "|{}{}", "-".repeat(width + 1), if column == 0 { "-" } else { ":" });
            }
            text.push_str("|\n");
        }
    }
    text
}

/// Everything for a program.
pub(super) fn json(rows: &[Row], scale: &Scale) -> Result<String> {
    let all = serde_json::json!({ "format": 1, "scale": scale, "cores": cores(), "figures": rows });
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

/// The figures of an earlier run, from what [`json`] made of them.
pub(super) fn read(text: &str) -> Result<Vec<Row>> {
    #[derive(Deserialize)]
    struct All {
        figures: Vec<Row>,
    }
    Ok(serde_json::from_str::<All>(text)?.figures)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The page: the template with each part's table in its place.
pub(super) fn page(rows: &[Row], scale: &Scale) -> String {
    let mut text = include_str!("performance.txt").to_owned();
    let parts: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.part.as_str()).collect();
    for part in parts {
        let of_part: Vec<Row> = rows.iter().filter(|row| row.part == part).cloned().collect();
        text = text.replace(&format!("@TABLE:{part}@"), table(&of_part).trim_end());
    }
    let judged = rows.iter().filter_map(|row| row.reached);
    let (reached, all) = (judged.clone().filter(|reached| *reached).count(), judged.count());
    let numbers = [
        ("@REACHED@", reached),
        ("@JUDGED@", all),
        ("@CORES@", cores()),
        ("@ROUNDS@", scale.rounds),
        ("@SETUPS@", scale.setups),
        ("@TECHNICIANS@", scale.technicians),
        ("@KEYS@", scale.keys),
        ("@FILES@", scale.files),
    ];
    for (mark, value) in numbers {
        text = text.replace(mark, &value.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_that_mean_something() {
        for (value, text) in [
            (0.0123, "0.012"),
            (1.25, "1.25"),
            (12.34, "12.3"),
            (812.4, "812"),
            (9_999.0, "9999"),
            (1_234_567.0, "1 234 567"),
            (-0.05, "-0.050"),
            (-12_345.0, "-12 345"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_figure_is_judged_by_what_is_compared() {
        let row = Row::of_gate("bulk", "throughput", 200.0).beside(Some(400.0), Some(100.0));
        assert_eq!(row.clone().judged(2.0, "× jump", Target::AtLeast(1.0)).reached, Some(true));
        assert_eq!(row.clone().judged(0.9, "× jump", Target::AtLeast(1.0)).reached, Some(false));
        assert_eq!(row.clone().judged(1.5, "× jump", Target::AtMost(1.5)).reached, Some(true));
        assert_eq!(row.clone().judged(1.5, "", Target::Told).reached, None);
        assert_eq!(row.reached, None);
    }

    #[test]
    fn the_page_has_every_table_and_no_mark() {
        let rows: Vec<Row> = super::super::PARTS.iter().map(|part| Row::of_gate(part, "x", 1.0)).collect();
        let text = page(&rows, &super::super::WHOLE);
        assert!(!text.contains('@'), "{text}");
        assert_eq!(text.matches("| figure ").count(), rows.len());
    }

    #[test]
    fn figures_are_read_as_they_were_written() {
        let row = Row::of_gate("idle", "x", 1.5).judged(0.5, "× direct", Target::AtLeast(1.0));
        let read = read(&json(std::slice::from_ref(&row), &super::super::QUICK).unwrap()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", [row]));
    }

    #[test]
    fn a_table_has_a_line_for_each_row() {
        let row = Row::of_gate("bulk", "throughput, MB/s", 200.0).beside(Some(400.0), None);
        let text = table(&[row.judged(0.5, "× direct", Target::AtLeast(0.5))]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[2].contains("| throughput, MB/s |"), "{text}");
        assert!(lines[2].contains("0.500 × direct") && lines[2].contains("yes"), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{text}");
    }
}
