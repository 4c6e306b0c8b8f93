//! Names, days and times of other programs in the words of the site's file.

/// A name as the file takes it: small letters, digits, dash and underscore. What is lost of it stands in the title.
pub(super) fn name_of(given: &str) -> String {
    let mut name = String::new();
    for c in given.trim().to_lowercase().chars() {
        match plain(c) {
            Some(plain) => name.push_str(plain),
            None if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
            None if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            None => {}
        }
    }
    name.trim_matches(['-', '_']).to_owned()
}

/// Letters of French and its neighbours without their marks.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'æ' => "ae",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => "o",
        'œ' => "oe",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'ß' => "ss",
        _ => return None,
    })
}

const DAYS: [(&str, &[&str]); 7] = [
    ("mon", &["mon", "monday", "lun", "lundi", "1"]),
    ("tue", &["tue", "tuesday", "mar", "mardi", "2"]),
    ("wed", &["wed", "wednesday", "mer", "mercredi", "3"]),
    ("thu", &["thu", "thursday", "jeu", "jeudi", "4"]),
    ("fri", &["fri", "friday", "ven", "vendredi", "5"]),
    ("sat", &["sat", "saturday", "sam", "samedi", "6"]),
    ("sun", &["sun", "sunday", "dim", "dimanche", "7", "0"]),
];

/// Days, one by one or as ranges, in French or English or by their numbers (Monday is 1), as the file writes them.
pub(super) fn days(given: &str) -> Option<String> {
    let day = |word: &str| {
        let word = word.trim().to_lowercase();
        DAYS.iter().find(|(_, names)| names.contains(&word.as_str())).map(|(day, _)| *day)
    };
    let mut all = Vec::new();
    for part in given.split([',', ';', '|', ' ']).filter(|part| !part.is_empty()) {
        all.push(match part.split_once('-') {
            Some((first, last)) => format!("{}-{}", day(first)?, day(last)?),
            None => day(part)?.to_owned(),
        });
    }
    (!all.is_empty()).then(|| all.join(","))
}

/// A time of day with its hour in two digits and without its seconds; the file's reader judges the rest.
pub(super) fn clock(given: &str) -> String {
    let given = given.replace(['h', 'H'], ":");
    let mut parts = given.split(':');
    let (hour, minute) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{hour:0>2}:{minute:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_names_of_the_file() {
        let cases = [
            ("Scanner RDC n° 1", "scanner-rdc-n-1"),
            ("IRM_Étage 2", "irm_etage-2"),
            ("srv.pacs.chu", "srv-pacs-chu"),
            ("  --x--  ", "x"),
            ("***", ""),
            ("Échographe", "echographe"),
        ];
        for (given, expected) in cases {
            assert_eq!(name_of(given), expected, "{given}");
        }
    }

    #[test]
    fn days_and_times_are_those_of_the_file() {
        assert_eq!(days("lun-ven").as_deref(), Some("mon-fri"));
        assert_eq!(days("Monday, mercredi;7").as_deref(), Some("mon,wed,sun"));
        assert_eq!(days("1 2 3").as_deref(), Some("mon,tue,wed"));
        assert!(days("").is_none() && days("lun-").is_none() && days("hier").is_none());
        assert_eq!(
            [clock("8:00"), clock("18h"), clock("18h30"), clock("07:05:00")],
            ["08:00", "18:00", "18:30", "07:05"]
        );
    }
}
