//! The words of a command line, as a person types them behind `ssh <person>@gate`.

use std::time::Duration;

/// Longest command line. An objective or a reason is a few sentences: 8 KiB is far above.
pub(crate) const LINE_MAX: usize = 8 * 1024;

/// Splits into words. Single and double quotes group; a backslash takes the next character as it is,
/// except inside single quotes. `None`: a quote is not closed.
pub(crate) fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut begun, mut quote) = (Vec::new(), String::new(), false, None);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some('\''), _) => word.push(character),
            (_, '\\') => {
                word.push(characters.next()?);
                begun = true;
            }
            (Some(_), _) => word.push(character),
            (None, '\'' | '"') => (quote, begun) = (Some(character), true),
            (None, _) if character.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (None, _) => {
                word.push(character);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    quote.is_none().then_some(words)
}

/// A span such as `45m`, `2h`, `1h30` or `1h30m`, to the minute, above zero.
pub(crate) fn span(given: &str) -> Option<Duration> {
    let digits = |text: &str| {
        (!text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<u64>().ok())
            .flatten()
    };
    let minutes = match given.split_once('h') {
        Some((hours, "")) => digits(hours)? * 60,
        Some((hours, rest)) => digits(hours)? * 60 + digits(rest.strip_suffix('m').unwrap_or(rest))?,
        None => digits(given.strip_suffix('m')?)?,
    };
    (minutes > 0).then(|| Duration::from_secs(minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<&[&str]>) {
        assert_eq!(words(line), expected.map(|w| w.iter().map(|s| (*s).to_owned()).collect()), "{line}");
    }

    #[test]
    fn words_are_split_as_a_shell_would() {
        check("approve i-12", Some(&["approve", "i-12"]));
        check("  a\t b  ", Some(&["a", "b"]));
        check(r#"request s "panne d'image" '' x\ y"#, Some(&["request", "s", "panne d'image", "", "x y"]));
        check("", Some(&[]));
        check("a 'b", None);
        check(r"a \", None);
    }

    #[test]
    fn spans_are_in_hours_and_minutes() {
        for (text, minutes) in [("45m", 45), ("2h", 120), ("1h30", 90), ("1h30m", 90), ("0h05", 5)] {
            assert_eq!(span(text), Some(Duration::from_secs(minutes * 60)), "{text}");
        }
        for bad in ["", "h", "m", "0m", "5", "-1h", "1.5h", "1h30s", "99999h", "1h-1"] {
            assert_eq!(span(bad), None, "{bad}");
        }
    }
}
