//! Dates, durations and windows as people write them.

use std::time::Duration;

use domain::{LocalMoment, LocalTime, Span, Weekday, WindowKind};
use jiff::civil::Date;
use toml::de::DeValue;
use vocab::Timestamp;

use super::table::{Item, Table, shown};
use super::write::Rows;

/// Years that a file may name: earlier or later is a slip of the hand.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2199;

impl Item<'_> {
    /// The first moment of a local day: for what begins or happens on it.
    pub(super) fn day(self) -> Option<Timestamp> {
        self.start_of(self.date()?)
    }

    /// The first moment after a local day: for what ends with it.
    pub(super) fn last_day(self) -> Option<Timestamp> {
        let next = self.date()?.tomorrow().ok()?;
        self.start_of(next)
    }

    /// A local day, or a local day and time.
    pub(super) fn moment(self) -> Option<Timestamp> {
        match self.value {
            DeValue::String(text) if text.contains(' ') => {
                let moment = self.local_moment()?;
                let zone = self.sheet.zone()?;
                moment.in_zone(zone)
            }
            _ => self.day(),
        }
    }

    /// A local day and time.
    pub(super) fn local_moment(self) -> Option<LocalMoment> {
        let given = self.raw()?;
        match given.parse() {
            Ok(moment) => Some(moment),
            Err(_) => self.fault(
                format!("`{}` n'est pas une date et heure locale, comme 2027-03-28 22:30", shown(given)),
                format!("`{}` is not a local date and time, such as 2027-03-28 22:30", shown(given)),
            ),
        }
    }

    fn date(self) -> Option<Date> {
        let given = match self.value {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(when) => when.to_string(),
            _ => self.raw()?.to_owned(),
        };
        let date = Some(&given)
            .filter(|given| given.len() == 10)
            .and_then(|given| given.parse::<Date>().ok())
            .filter(|date| YEARS.contains(&date.year()));
        match date {
            Some(date) => Some(date),
            None => self.fault(
                format!("`{}` n'est pas une date, comme 2027-03-28, entre 1990 et 2199", shown(&given)),
                format!("`{}` is not a date such as 2027-03-28, between 1990 and 2199", shown(&given)),
            ),
        }
    }

    fn start_of(self, date: Date) -> Option<Timestamp> {
        let zone = self.sheet.zone()?;
        // A midnight that does not exist is the first moment after the gap; one that comes twice, its first coming.
        let midnight = zone.rules().to_ambiguous_timestamp(date.at(0, 0, 0, 0)).compatible().ok()?;
        Some(Timestamp::from_micros(midnight.as_microsecond()))
    }

    /// A duration such as `15 min`, `90 s`, `1 h 30 min`, in whole seconds and in bounds.
    pub(super) fn duration(self, least: Duration, most: Duration) -> Option<u32> {
        let given = self.raw()?;
        let Some(secs) = seconds(given) else {
            return self.fault(
                format!("`{}` n'est pas une durée, comme 15 min, 90 s ou 1 h 30 min", shown(given)),
                format!("`{}` is not a duration such as 15 min, 90 s or 1 h 30 min", shown(given)),
            );
        };
        let span = Duration::from_secs(secs);
        if span < least || span > most {
            let (least, most) = (in_words(least), in_words(most));
            let given = shown(given);
            return self.fault(
                format!("`{given}` n'est pas entre {least} et {most}"),
                format!("`{given}` is not between {least} and {most}"),
            );
        }
        u32::try_from(secs).ok()
    }

    /// `mon-fri 22:00-02:00`, or `{ days = [...], from = "22:00", to = "02:00" }`.
    pub(super) fn weekly(self) -> Option<WindowKind> {
        if self.value.is_table() {
            return self.table(weekly_table);
        }
        let given = self.raw()?;
        match weekly(given) {
            Some(kind) => Some(kind),
            None => self.fault(
                format!(
                    "`{}` n'est pas une plage hebdomadaire, comme mon-fri 22:00-02:00 ou sat,sun 08:00-24:00",
                    shown(given)
                ),
                format!(
                    "`{}` is not a weekly window such as mon-fri 22:00-02:00 or sat,sun 08:00-24:00",
                    shown(given)
                ),
            ),
        }
    }
}

impl Table<'_> {
    /// `from` and `until`, the last day included.
    pub(super) fn span(&mut self) -> Option<Span> {
        let from = self.need("from", Item::day);
        let until = self.need("until", Item::last_day);
        let span = Span { from: from?, until: until? };
        if span.from >= span.until {
            self.fault("until", "la fin précède le début", "the end is before the beginning");
            return None;
        }
        Some(span)
    }

    /// The same, with `review`, the day between them on which it is looked at again.
    pub(super) fn reviewed(&mut self) -> (Option<Span>, Option<Timestamp>) {
        let span = self.span();
        let review = self.need("review", Item::day);
        if let (Some(span), Some(review)) = (span, review)
            && !span.holds(review)
        {
            self.fault(
                "review",
                "la revue a lieu entre from et until",
                "the review is between from and until",
            );
        }
        (span, review)
    }
}

fn weekly_table(mut table: Table<'_>) -> Option<WindowKind> {
    let names: Vec<(&str, Weekday)> = DAYS.into_iter().zip(Weekday::ALL).collect();
    let days = table.need("days", |item| item.some(|day| day.choice(&names)));
    let from = table.need("from", time_of_day);
    let to = table.need("to", time_of_day);
    table.finish();
    Some(WindowKind::Weekly { days: days?, from: from?, to: to? })
}

fn time_of_day(item: Item<'_>) -> Option<LocalTime> {
    let given = item.raw()?;
    match given.parse() {
        Ok(time) => Some(time),
        Err(_) => item.fault(
            format!("`{}` n'est pas une heure, comme 22:30", shown(given)),
            format!("`{}` is not a time of day such as 22:30", shown(given)),
        ),
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn weekly(given: &str) -> Option<WindowKind> {
    let (days, hours) = given.trim().split_once(' ')?;
    let (from, to) = hours.trim().split_once('-')?;
    let mut all: Vec<Weekday> = Vec::new();
    for part in days.split(',') {
        for day in day_range(part)? {
            if all.contains(&day) {
                return None;
            }
            all.push(day);
        }
    }
    all.sort_unstable();
    Some(WindowKind::Weekly { days: all, from: from.parse().ok()?, to: to.parse().ok()? })
}

/// What [`Item::weekly`] reads: the short form where it says the same, in its order.
pub(super) fn write_weekly(days: &[Weekday], from: LocalTime, to: LocalTime) -> Rows {
    let name = |day: &Weekday| DAYS.get(*day as usize).copied().unwrap_or_default();
    let (from, to) = (String::from(from), String::from(to));
    if !days.is_empty() && days.windows(2).all(|pair| matches!(pair, [one, other] if one < other)) {
        return Rows::default().text("weekly", format!("{} {from}-{to}", week(days).join(",")));
    }
    let table = Rows::default().list("days", days.iter().map(name)).text("from", from).text("to", to);
    Rows::default().inline("weekly", table)
}

/// Days in their order, three or more that follow each other as one range.
fn week(days: &[Weekday]) -> Vec<String> {
    let mut parts = Vec::new();
    for run in days.chunk_by(|one, other| *one as usize + 1 == *other as usize) {
        let names: Vec<&str> = run.iter().filter_map(|day| DAYS.get(*day as usize).copied()).collect();
        match names.as_slice() {
            [first, _, .., last] => parts.push(format!("{first}-{last}")),
            few => parts.extend(few.iter().map(|day| (*day).to_owned())),
        }
    }
    parts
}

/// What [`Item::duration`] reads, in whole seconds.
pub(super) fn duration_text(secs: u32) -> String {
    let parts = [(secs / 3_600, "h"), (secs / 60 % 60, "min"), (secs % 60, "s")];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if said.is_empty() { "0 s".to_owned() } else { said.join(" ") }
}

/// One day, or all from one to another, around the end of the week too.
fn day_range(given: &str) -> Option<Vec<Weekday>> {
    let (first, last) = given.split_once('-').unwrap_or((given, given));
    let index = |name: &str| DAYS.iter().position(|day| *day == name);
    let (first, last) = (index(first)?, index(last)?);
    let many = (last + 7 - first) % 7 + 1;
    Some(Weekday::ALL.into_iter().cycle().skip(first).take(many).collect())
}

/// Numbers with their units, the greater first; spaces mean nothing.
fn seconds(given: &str) -> Option<u64> {
    let dense: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let mut rest = dense.as_str();
    let (mut total, mut last) = (0u64, u64::MAX);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(digits)?;
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit)?;
        let unit = match unit {
            "h" => 3_600,
            "min" | "m" => 60,
            "s" => 1,
            _ => return None,
        };
        if unit >= last {
            return None;
        }
        (last, rest) = (unit, after);
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
    }
    Some(total).filter(|_| last != u64::MAX)
}

fn in_words(span: Duration) -> String {
    match span.as_secs() {
        secs if secs >= 3_600 && secs.is_multiple_of(3_600) => format!("{} h", secs / 3_600),
        secs if secs >= 60 && secs.is_multiple_of(60) => format!("{} min", secs / 60),
        secs => format!("{secs} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let cases = [
            ("15 min", Some(900)),
            ("15m", Some(900)),
            ("90 s", Some(90)),
            ("1 h 30 min", Some(5_400)),
            ("1h30m5s", Some(5_405)),
            ("0 s", Some(0)),
            ("", None),
            ("15", None),
            ("min", None),
            ("-5 min", None),
            ("1.5 h", None),
            ("30 min 1 h", None),
            ("1 h 1 h", None),
            ("99999999999999999999 h", None),
            ("18446744073709551615 h", None),
            ("5 jours", None),
        ];
        for (given, expected) in cases {
            assert_eq!(seconds(given), expected, "{given:?}");
        }
        for secs in [0, 1, 59, 60, 61, 3_599, 3_600, 5_405, 14_400, 86_399] {
            assert_eq!(seconds(&duration_text(secs)), Some(u64::from(secs)), "{secs}");
        }
    }

    #[test]
    fn weeks_are_written_as_people_write_them() {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        let cases: [(&[Weekday], &str); 5] = [
            (&[Mon, Tue, Wed, Thu, Fri], "mon-fri"),
            (&[Sat, Sun], "sat,sun"),
            (&[Wed], "wed"),
            (&[Mon, Wed, Thu, Fri, Sun], "mon,wed-fri,sun"),
            (&[Mon, Tue, Wed, Thu, Fri, Sat, Sun], "mon-sun"),
        ];
        for (days, expected) in cases {
            assert_eq!(week(days).join(","), expected);
            let Some(WindowKind::Weekly { days: read, .. }) = weekly(&format!("{expected} 08:00-09:00"))
            else {
                panic!("{expected}");
            };
            assert_eq!(read, days);
        }
    }

    #[test]
    fn weeks_are_read_as_people_write_them() {
        let days = |given: &str| match weekly(given) {
            Some(WindowKind::Weekly { days, .. }) => days.iter().map(|day| *day as usize).collect::<Vec<_>>(),
            other => panic!("{given}: {other:?}"),
        };
        assert_eq!(days("mon-fri 22:00-02:00"), [0, 1, 2, 3, 4]);
        assert_eq!(days("sat,sun 08:00-24:00"), [5, 6]);
        assert_eq!(days("sat-mon 08:00-09:00"), [0, 5, 6]);
        assert_eq!(days("wed 08:00-09:00"), [2]);
        for bad in [
            "",
            "mon",
            "mon 08:00",
            "mon,mon 08:00-09:00",
            "mon-fri,wed 08:00-09:00",
            "lun 08:00-09:00",
            "mon 8:00-9:00",
            "mon 08:00-25:00",
            "mon- 08:00-09:00",
        ] {
            assert!(weekly(bad).is_none(), "{bad}");
        }
    }
}
