//! The codes by which other systems know our events: DICOM audit messages (ATNA) and OCSF.

use crate::Fact;

/// One line for each event; the file says what stands in it.
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
        let [event, kind, _, outcome] = row(self)?;
        Some(Atna { event: event.parse().ok()?, kind: kind.parse().ok(), outcome: outcome.parse().ok()? })
    }

    /// As an OCSF event; `None`: there is no class for it.
    pub fn ocsf(&self) -> Option<Ocsf> {
        let [_, _, class, outcome] = row(self)?;
        Some(Ocsf { class: class.parse().ok()?, success: outcome == "0" })
    }

    /// How it came out, as DICOM counts it (EventOutcomeIndicator): 0 success, 4 minor, 8 serious, 12 major failure.
    pub fn outcome(&self) -> u8 {
        // Each event has its line: a test holds it. What had none would be a fault that is to be seen.
        row(self).and_then(|[_, _, _, outcome]| outcome.parse().ok()).unwrap_or(12)
    }

    /// By what its line begins: its code, and the direction where content passed.
    fn output_key(&self) -> String {
        match self {
            Self::FilePassed(crate::FilePassed { direction, .. })
            | Self::UnnamedContent(crate::UnnamedContent { direction, .. }) => {
                format!("{}:{}", self.code(), direction.as_str())
            }
            other => other.code().to_owned(),
        }
    }
}

fn row(fact: &Fact) -> Option<[&'static str; 4]> {
    let key = fact.output_key();
    let mut words = TABLE.lines().map(str::split_whitespace).find_map(|mut words| {
        let found = words.next() == Some(key.as_str());
        found.then_some(words)
    })?;
    Some([words.next()?, words.next()?, words.next()?, words.next()?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    /// Codes of the DICOM controlled vocabulary (PS3.16) and classes of OCSF 1.x that exist.
    const DICOM: [&str; 15] = [
        "110100", "110101", "110106", "110107", "110113", "110114", "110120", "110121", "110122", "110126",
        "110127", "110129", "110131", "110132", "110133",
    ];
    const DICOM_TOO: [&str; 5] = ["110136", "110137", "110138", "110139", "110140"];
    const OCSF: [&str; 11] =
        ["1008", "2003", "3001", "3002", "3003", "3004", "3005", "4007", "6002", "6005", "6006"];

    #[test]
    fn every_event_has_its_line_and_every_line_its_event() {
        let codes: Vec<&str> = Fact::ALL.iter().map(|(_, code)| *code).collect();
        let mut lined = Vec::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [key, event, kind, class, outcome] = words.as_slice() else { panic!("{line}") };
            let code = key.split(':').next().unwrap();
            assert!(codes.contains(&code), "{line}");
            assert!(
                [event, kind].iter().all(|c| **c == "-" || DICOM.contains(c) || DICOM_TOO.contains(c)),
                "{line}"
            );
            assert!(*class == "-" || OCSF.contains(class), "{line}");
            assert!(["0", "4", "8", "12"].contains(outcome), "{line}");
            assert!(*kind == "-" || *event != "-", "a type without its event: {line}");
            lined.push(code);
        }
        lined.dedup();
        assert_eq!(lined, codes, "in the order of the catalogue");
        for (fact, _) in samples::all() {
            assert!(row(&fact).is_some(), "{}", fact.output_key());
        }
    }

    #[test]
    fn codes_are_read_from_the_line() {
        let check = |code: &str, atna: Option<(u32, Option<u32>, u8)>, ocsf: Option<(u32, bool)>| {
            let (fact, _) = samples::all().into_iter().find(|(fact, _)| fact.code() == code).unwrap();
            assert_eq!(
                fact.atna(),
                atna.map(|(event, kind, outcome)| Atna { event, kind, outcome }),
                "{code}"
            );
            assert_eq!(fact.ocsf(), ocsf.map(|(class, success)| Ocsf { class, success }), "{code}");
        };
        check("session-opened", Some((110_113, Some(110_139), 0)), Some((3003, true)));
        check("session-refused", Some((110_113, Some(110_132), 4)), Some((3003, false)));
        check("file-passed", Some((110_106, None, 0)), Some((6006, true)));
        check("recording-progress", None, None);
    }
}
