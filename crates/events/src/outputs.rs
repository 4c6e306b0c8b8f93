//! The codes by which other systems know our events: DICOM audit messages (ATNA) and OCSF.

use crate::Fact;

/// Number, code, DICOM event id and type, OCSF class, outcome: one line for each event.
const TABLE: &str = include_str!("../tables/outputs.txt");

/// The codes of a DICOM audit message (PS3.15 A.5), as IHE ATNA carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Atna {
    /// EventID, from the DICOM controlled vocabulary.
    pub event: u32,
    /// EventTypeCode, where there is one.
    pub kind: Option<u32>,
    /// EventOutcomeIndicator: 0 success, 4 minor, 8 serious, 12 major failure.
    pub outcome: u8,
}

/// An OCSF event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ocsf {
    /// Its class: category × 1000 + number.
    pub class: u32,
    /// Whether its status is success.
    pub success: bool,
}

impl Fact {
    /// As a DICOM audit message; `None`: there is no code for it.
    pub fn atna(&self) -> Option<Atna> {
        let [event, kind, _, outcome] = row(self.number())?;
        Some(Atna { event: event.parse().ok()?, kind: kind.parse().ok(), outcome: outcome.parse().ok()? })
    }

    /// As an OCSF event; `None`: there is no class for it.
    pub fn ocsf(&self) -> Option<Ocsf> {
        let [_, _, class, outcome] = row(self.number())?;
        Some(Ocsf { class: class.parse().ok()?, success: outcome == "0" })
    }
}

fn row(number: u64) -> Option<[&'static str; 4]> {
    let mut lines = TABLE.lines().map(|line| line.split_whitespace());
    lines.find_map(|mut words| {
        let found = words.next()?.parse() == Ok(number);
        words.next().filter(|_| found)?;
        Some([words.next()?, words.next()?, words.next()?, words.next()?])
    })
}
