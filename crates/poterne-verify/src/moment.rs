//! Moments as people type and read them: RFC 3339, with the offset of the wall from UTC.

use vocab::Timestamp;

/// What is typed otherwise.
const ODD: &str = "a moment is 2026-03-14T22:10:00+01:00 or …Z, an offset +01:00";

/// `+01:00` in seconds; at most fourteen hours, as walls have it.
pub(crate) fn offset(given: &str) -> Result<i64, &'static str> {
    let (hours, minutes) = given.split_once(':').filter(|(h, m)| h.len() == 3 && m.len() == 2).ok_or(ODD)?;
    let (hours, minutes): (i64, i64) = (hours.parse().map_err(|_| ODD)?, minutes.parse().map_err(|_| ODD)?);
    let sign = if given.starts_with('-') { -1 } else { 1 };
    let fits = given.starts_with(['+', '-']) && hours.abs() <= 14 && (0..60).contains(&minutes);
    fits.then_some(hours * 3_600 + sign * minutes * 60).ok_or(ODD)
}

/// A moment to the second: `2026-03-14T22:10:00+01:00`, or `…Z`. The end of that second is taken: what was written in it is in it.
pub(crate) fn read(given: &str) -> Result<Timestamp, &'static str> {
    let (local, zone) = given.split_at_checked(19).ok_or(ODD)?;
    let ahead = if zone == "Z" { 0 } else { offset(zone)? };
    // What is shown of moments is in their order: the one that shows so is found by halving.
    let (wanted, mut from, mut until) = (format!("{local}Z"), -62_167_219_200_i64, 253_402_300_800);
    while from < until {
        let middle = from.midpoint(until);
        if Timestamp::from_secs(middle).to_string() < wanted { from = middle + 1 } else { until = middle }
    }
    let at = Timestamp::from_micros((from - ahead).saturating_mul(1_000_000) + 999_999);
    if Timestamp::from_secs(from).to_string() == wanted { Ok(at) } else { Err(ODD) }
}

/// On the wall: `2026-03-14T22:10:00+01:00`.
pub(crate) fn show(at: Timestamp, wall: i64) -> String {
    let utc = Timestamp::from_secs(at.as_secs().saturating_add(wall)).to_string();
    let (sign, ahead) = (if wall < 0 { '-' } else { '+' }, wall.abs());
    let zone = format!("{sign}{:02}:{:02}", ahead / 3_600, ahead / 60 % 60);
    if wall == 0 { utc } else { utc.replace('Z', &zone) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_are_shown() {
        for (given, utc) in [
            ("2026-03-14T22:10:00+01:00", "2026-03-14T21:10:00Z"),
            ("2026-03-14T21:10:00Z", "2026-03-14T21:10:00Z"),
            ("2028-02-29T00:00:00-03:30", "2028-02-29T03:30:00Z"),
        ] {
            assert_eq!(read(given).unwrap().to_string(), utc, "{given}");
        }
        for bad in [
            "",
            "2026-03-14",
            "2026-03-14T22:10:00",
            "2026-03-14 22:10:00Z",
            "2026-02-30T00:00:00Z",
            "2026-03-14T22:10:00+1:00",
            "2026-03-14T25:10:00Z",
            "é",
        ] {
            assert_eq!(read(bad), Err(ODD), "{bad}");
        }
        assert_eq!(
            [offset("+14:00"), offset("-03:30"), offset("-00:30")],
            [Ok(50_400), Ok(-12_600), Ok(-1_800)]
        );
        assert_eq!([offset("+15:00"), offset("01:00"), offset("001:00")], [Err(ODD); 3]);
        assert_eq!(show(read("2026-03-14T21:10:00Z").unwrap(), 3_600), "2026-03-14T22:10:00+01:00");
        assert_eq!(show(Timestamp::from_secs(0), -12_600), "1969-12-31T20:30:00-03:30");
    }
}
