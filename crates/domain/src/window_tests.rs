//! Windows on ordinary days and on both days when the clock changes.

use super::*;

fn paris() -> Zone {
    "Europe/Paris".parse().unwrap()
}

fn utc(text: &str) -> Timestamp {
    Timestamp::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

fn window(when: WindowKind) -> Window {
    Window { when, agreed_by: "c.beneficiaire".parse().unwrap(), agreed_at: Timestamp::MIN }
}

fn weekly_window(day: &str, from: &str, to: &str) -> Window {
    window(WindowKind::Weekly {
        days: vec![day.parse().unwrap()],
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    })
}

fn check(window: &Window, now: &str, end: Option<&str>) {
    let span = window.around(utc(now), &paris());
    assert_eq!(span.map(|span| span.until), end.map(utc), "at {now}: {span:?}");
}

#[test]
fn an_ordinary_evening() {
    let w = weekly_window("tue", "18:00", "20:00");
    check(&w, "2026-11-24T16:59:59Z", None);
    check(&w, "2026-11-24T17:00:00Z", Some("2026-11-24T19:00:00Z"));
    check(&w, "2026-11-24T18:59:59Z", Some("2026-11-24T19:00:00Z"));
    check(&w, "2026-11-24T19:00:00Z", None);
    check(&w, "2026-11-25T17:30:00Z", None);
}

#[test]
fn a_night_goes_over_midnight() {
    let w = weekly_window("tue", "22:00", "02:00");
    check(&w, "2026-11-24T21:00:00Z", Some("2026-11-25T01:00:00Z"));
    check(&w, "2026-11-25T00:30:00Z", Some("2026-11-25T01:00:00Z"));
    check(&w, "2026-11-25T01:00:00Z", None);
    check(&w, "2026-11-25T21:30:00Z", None);
}

#[test]
fn the_night_that_is_an_hour_longer() {
    // 2026-10-25: 03:00 CEST becomes 02:00 CET at 01:00Z. 01:00 to 02:30 on the wall: from 23:00Z to
    // the second 02:30, at 01:30Z.
    let w = weekly_window("sun", "01:00", "02:30");
    check(&w, "2026-10-24T22:59:59Z", None);
    check(&w, "2026-10-24T23:00:00Z", Some("2026-10-25T01:30:00Z"));
    check(&w, "2026-10-25T01:29:59Z", Some("2026-10-25T01:30:00Z"));
    check(&w, "2026-10-25T01:30:00Z", None);
}

#[test]
fn the_night_that_is_an_hour_shorter() {
    // 2027-03-28: 02:00 CET becomes 03:00 CEST at 01:00Z. An end inside the gap closes as it begins; a
    // beginning inside the gap opens when it is over.
    check(&weekly_window("sun", "01:00", "02:30"), "2027-03-28T00:30:00Z", Some("2027-03-28T01:00:00Z"));
    check(&weekly_window("sun", "01:00", "02:30"), "2027-03-28T01:00:00Z", None);
    check(&weekly_window("sun", "02:30", "04:00"), "2027-03-28T00:59:59Z", None);
    check(&weekly_window("sun", "02:30", "04:00"), "2027-03-28T01:00:00Z", Some("2027-03-28T02:00:00Z"));
    check(&weekly_window("sun", "02:15", "02:45"), "2027-03-28T01:00:00Z", None);
    check(&weekly_window("sun", "01:00", "05:00"), "2027-03-28T01:30:00Z", Some("2027-03-28T03:00:00Z"));
}

#[test]
fn once_and_always() {
    let once = window(WindowKind::OneOff {
        from: "2027-01-10 08:00".parse().unwrap(),
        to: "2027-01-12 18:00".parse().unwrap(),
    });
    check(&once, "2027-01-10T06:59:59Z", None);
    check(&once, "2027-01-11T23:00:00Z", Some("2027-01-12T17:00:00Z"));
    check(&once, "2027-01-12T17:00:00Z", None);
    let always = window(WindowKind::Continuous { renew_by: utc("2027-06-01T00:00:00Z") });
    check(&always, "2027-05-31T23:59:59Z", Some("2027-06-01T00:00:00Z"));
    check(&always, "2027-06-01T00:00:00Z", None);
}

#[test]
fn what_was_agreed_later_does_not_count() {
    let mut w = weekly_window("tue", "18:00", "20:00");
    w.agreed_at = utc("2026-11-24T18:00:00Z");
    check(&w, "2026-11-24T17:30:00Z", None);
    check(&w, "2026-11-24T18:00:00Z", Some("2026-11-24T19:00:00Z"));
}

#[test]
fn the_next_one_is_found() {
    let w = weekly_window("tue", "18:00", "20:00");
    let next = w.next(utc("2026-11-24T18:00:00Z"), &paris()).unwrap();
    assert_eq!(next.from, utc("2026-12-01T17:00:00Z"));
}

#[test]
fn texts_that_are_no_times() {
    for bad in ["", "1:00", "24:01", "12:60", "25:00", "ab:cd", "12-30"] {
        assert!(bad.parse::<LocalTime>().is_err(), "{bad}");
    }
    for bad in ["2027-02-30 10:00", "2027-01-01", "2027-01-01T10:00"] {
        assert!(bad.parse::<LocalMoment>().is_err(), "{bad}");
    }
    assert!("Europe/Nowhere".parse::<Zone>().is_err());
    assert!("../etc/passwd".parse::<Zone>().is_err());
}

proptest::proptest! {
    /// A weekly window is never open for longer than a day and one hour, nor outside the span it names.
    #[test]
    fn a_span_always_holds_its_now(secs in 1_700_000_000i64..1_900_000_000, from in 0u16..1440, to in 0u16..=1440) {
        let all = WindowKind::Weekly {
            days: Weekday::ALL.to_vec(),
            from: LocalTime { minutes: from },
            to: LocalTime { minutes: to },
        };
        let now = Timestamp::from_secs(secs);
        if let Some(span) = window(all).around(now, &paris()) {
            proptest::prop_assert!(span.holds(now));
            proptest::prop_assert!(span.until.since(span.from).as_secs() <= 25 * 3600);
        }
    }
}
