//! Agreed periods (O3): weekly or one-off, in the establishment's local time.
//!
//! A window is a span of *local* time. On the two days when the clock changes it opens and closes when
//! the clock on the wall says so: the hour that does not exist is skipped, the hour that comes twice
//! counts both times.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Disambiguation;
use serde::{Deserialize, Serialize};
use vocab::{PersonId, Timestamp};

use crate::{Span, Zone};

/// A window that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWindow {
    /// Not a time of day.
    #[error("`{0}` is not a time of day, such as 22:30")]
    Time(String),
    /// Not a local date and time.
    #[error("`{0}` is not a local date and time, such as 2027-03-28 22:30")]
    Moment(String),
    /// Not a day of the week.
    #[error("`{0}` is not a day of the week: mon, tue, wed, thu, fri, sat, sun")]
    Day(String),
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the days are the days")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// All seven.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    fn of(date: Date) -> Self {
        match date.weekday() {
            jiff::civil::Weekday::Monday => Self::Mon,
            jiff::civil::Weekday::Tuesday => Self::Tue,
            jiff::civil::Weekday::Wednesday => Self::Wed,
            jiff::civil::Weekday::Thursday => Self::Thu,
            jiff::civil::Weekday::Friday => Self::Fri,
            jiff::civil::Weekday::Saturday => Self::Sat,
            jiff::civil::Weekday::Sunday => Self::Sun,
        }
    }
}

impl std::str::FromStr for Weekday {
    type Err = InvalidWindow;
    fn from_str(given: &str) -> Result<Self, InvalidWindow> {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        Self::ALL
            .into_iter()
            .zip(names)
            .find(|(_, name)| *name == given)
            .map(|(day, _)| day)
            .ok_or_else(|| InvalidWindow::Day(given.to_owned()))
    }
}

/// A time of day, to the minute: `HH:MM`; `24:00` is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime {
    minutes: u16,
}

impl LocalTime {
    fn on(self, date: Date) -> Option<DateTime> {
        if self.minutes >= 24 * 60 {
            return date.tomorrow().ok().map(|next| next.at(0, 0, 0, 0));
        }
        let (hour, minute) = (self.minutes / 60, self.minutes % 60);
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0)
            .ok()
            .map(|t| date.to_datetime(t))
    }
}

impl std::str::FromStr for LocalTime {
    type Err = InvalidWindow;
    fn from_str(given: &str) -> Result<Self, InvalidWindow> {
        let refuse = || InvalidWindow::Time(given.to_owned());
        let (hour, minute) = given.split_once(':').ok_or_else(refuse)?;
        let digits = |s: &str| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(hour) || !digits(minute) {
            return Err(refuse());
        }
        let (hour, minute): (u16, u16) =
            (hour.parse().map_err(|_| refuse())?, minute.parse().map_err(|_| refuse())?);
        let minutes = hour * 60 + minute;
        if minute < 60 && minutes <= 24 * 60 { Ok(Self { minutes }) } else { Err(refuse()) }
    }
}

impl TryFrom<String> for LocalTime {
    type Error = InvalidWindow;
    fn try_from(given: String) -> Result<Self, InvalidWindow> {
        given.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> String {
        format!("{:02}:{:02}", time.minutes / 60, time.minutes % 60)
    }
}

/// A local date and time, `YYYY-MM-DD HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalMoment(DateTime);

impl LocalMoment {
    /// The moment it names in a zone. A local time that does not exist is taken after the gap; one that
    /// comes twice is its first coming.
    pub fn in_zone(self, zone: &Zone) -> Option<Timestamp> {
        moment(self.0, zone, Disambiguation::Compatible)
    }

    /// A past moment as people write it (`2026-03-14 22:10`); `None`: it is none, or is to come.
    pub fn past(given: &str, zone: &Zone, now: Timestamp) -> Option<Timestamp> {
        given.parse::<Self>().ok()?.in_zone(zone).filter(|at| *at <= now)
    }
}

impl std::str::FromStr for LocalMoment {
    type Err = InvalidWindow;
    fn from_str(given: &str) -> Result<Self, InvalidWindow> {
        let refuse = || InvalidWindow::Moment(given.to_owned());
        let (date, time) = given.split_once(' ').ok_or_else(refuse)?;
        let date: Date = date.parse().map_err(|_| refuse())?;
        let time: LocalTime = time.parse().map_err(|_| refuse())?;
        time.on(date).map(Self).ok_or_else(refuse)
    }
}

impl TryFrom<String> for LocalMoment {
    type Error = InvalidWindow;
    fn try_from(given: String) -> Result<Self, InvalidWindow> {
        given.parse()
    }
}

impl From<LocalMoment> for String {
    fn from(moment: LocalMoment) -> String {
        moment.0.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// How a window recurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowKind {
    /// On these days of the week, from one local time to another; `to` not after `from` means the next
    /// day.
    Weekly {
        /// Days on which it begins.
        days: Vec<Weekday>,
        /// Local time of its beginning.
        from: LocalTime,
        /// Local time of its end.
        to: LocalTime,
    },
    /// Once.
    OneOff {
        /// Beginning.
        from: LocalMoment,
        /// End.
        to: LocalMoment,
    },
    /// Always: continuous monitoring only, renewed each year.
    Continuous {
        /// First day on which it has to be agreed again.
        renew_by: Timestamp,
    },
}

/// A window and with whom it was agreed (O3: agreed with the beneficiaries).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// When.
    pub when: WindowKind,
    /// The beneficiary who agreed.
    pub agreed_by: PersonId,
    /// When he agreed.
    pub agreed_at: Timestamp,
}

/// All windows of a service.
pub type Windows = Vec<Window>;

impl Window {
    /// The span of this window that holds `now`, if one does. A window agreed after `now` does not
    /// count.
    pub fn around(&self, now: Timestamp, zone: &Zone) -> Option<Span> {
        if now < self.agreed_at {
            return None;
        }
        match &self.when {
            WindowKind::Continuous { renew_by } => {
                Some(Span { from: self.agreed_at, until: *renew_by }).filter(|span| span.holds(now))
            }
            WindowKind::OneOff { from, to } => opening(from.0, to.0, zone).filter(|span| span.holds(now)),
            WindowKind::Weekly { days, from, to } => {
                let today = local(now, zone)?.date();
                // A window is at most a day long and begins today or yesterday.
                [today.yesterday().ok(), Some(today)]
                    .into_iter()
                    .flatten()
                    .filter(|date| days.contains(&Weekday::of(*date)))
                    .filter_map(|date| weekly(date, *from, *to, zone))
                    .find(|span| span.holds(now))
            }
        }
    }

    /// The next span that begins after `now`, looking two weeks ahead for a weekly window.
    pub fn next(&self, now: Timestamp, zone: &Zone) -> Option<Span> {
        match &self.when {
            WindowKind::Continuous { .. } => None,
            WindowKind::OneOff { from, to } => opening(from.0, to.0, zone).filter(|span| now < span.from),
            WindowKind::Weekly { days, from, to } => {
                let mut date = local(now, zone)?.date();
                for _ in 0..15 {
                    let span = weekly(date, *from, *to, zone)
                        .filter(|span| days.contains(&Weekday::of(date)) && now < span.from);
                    if span.is_some() {
                        return span;
                    }
                    date = date.tomorrow().ok()?;
                }
                None
            }
        }
    }
}

fn weekly(date: Date, from: LocalTime, to: LocalTime, zone: &Zone) -> Option<Span> {
    let last = if to > from { date } else { date.tomorrow().ok()? };
    opening(from.on(date)?, to.on(last)?, zone)
}

/// From the first coming of the beginning to the last coming of the end. Both in a gap: never open.
fn opening(from: DateTime, to: DateTime, zone: &Zone) -> Option<Span> {
    let span = Span {
        from: moment(from, zone, Disambiguation::Earlier)?.max(gap_end(from, zone)?),
        until: moment(to, zone, Disambiguation::Later)?.min(gap_start(to, zone)?),
    };
    Some(span).filter(|span| span.from < span.until)
}

/// A local time inside a gap opens when the gap is over on the wall, never an hour early.
fn gap_end(at: DateTime, zone: &Zone) -> Option<Timestamp> {
    let ambiguous = zone.rules().to_ambiguous_timestamp(at);
    if ambiguous.is_ambiguous() && is_gap(at, zone) {
        return transition_in_gap(at, zone);
    }
    Some(Timestamp::MIN)
}

/// A local time inside a gap closes when the gap begins, never an hour late.
fn gap_start(at: DateTime, zone: &Zone) -> Option<Timestamp> {
    if is_gap(at, zone) { transition_in_gap(at, zone) } else { Some(Timestamp::MAX) }
}

fn is_gap(at: DateTime, zone: &Zone) -> bool {
    matches!(zone.rules().to_ambiguous_timestamp(at).offset(), jiff::tz::AmbiguousOffset::Gap { .. })
}

/// The moment at which the clock jumped over `at`: the first transition after the earlier reading.
fn transition_in_gap(at: DateTime, zone: &Zone) -> Option<Timestamp> {
    let before = zone.rules().to_ambiguous_timestamp(at).earlier().ok()?;
    zone.rules()
        .following(before)
        .next()
        .map(|jump| Timestamp::from_micros(jump.timestamp().as_microsecond()))
}

fn moment(at: DateTime, zone: &Zone, which: Disambiguation) -> Option<Timestamp> {
    let stamp = zone.rules().to_ambiguous_timestamp(at).disambiguate(which).ok()?;
    Some(Timestamp::from_micros(stamp.as_microsecond()))
}

fn local(now: Timestamp, zone: &Zone) -> Option<DateTime> {
    let stamp = jiff::Timestamp::from_microsecond(now.as_micros()).ok()?;
    Some(zone.rules().to_datetime(stamp))
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
