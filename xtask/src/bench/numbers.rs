//! The arithmetic of figures: middles, percentiles, and what the system tells of a process.

use std::collections::BTreeSet;
use std::time::Duration;

/// The value below which `share` of all are (0 to 1), nearest rank; 0 where there is none.
pub(super) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * count(sorted.len())).ceil().max(1.0) as usize;
    sorted.get(rank - 1).or(sorted.last()).copied().unwrap_or_default()
}

/// The middle one of several runs; of an even number the mean of both.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(at(half.saturating_sub(1)), at(half))
    } else {
        at(half)
    }
}

/// A number of things, for arithmetic.
pub(super) fn count(number: usize) -> f64 {
    number as f64
}

/// Milliseconds with their fractions.
pub(super) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Processor time of a process, in ticks: its own, and that of its children that have ended and were waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticks {
    pub(super) own: u64,
    pub(super) ended: u64,
}

/// From the text of `/proc/<pid>/stat`. A program's name may hold blanks and parentheses.
pub(super) fn ticks(stat: &str) -> Option<Ticks> {
    let (_, fields) = stat.rsplit_once(')')?;
    // The first one after the name is field 3 of proc(5); utime is field 14.
    let mut numbers = fields.split_whitespace().skip(11).map(|field| field.parse::<u64>().ok());
    let mut next = || numbers.next().flatten();
    let (utime, stime, cutime, cstime) = (next()?, next()?, next()?, next()?);
    Some(Ticks { own: utime + stime, ended: cutime + cstime })
}

/// The proportional share of memory in KiB, from the text of `/proc/<pid>/smaps_rollup`.
pub(super) fn pss_kib(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Processor seconds that a process and its ended children have used.
pub(super) fn cpu_seconds(pid: u32, hertz: f64) -> Option<f64> {
    let ticks = ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
    let all = (ticks.own + ticks.ended) as f64;
    Some(all / hertz)
}

/// Memory of one process in KiB.
pub(super) fn memory_kib(pid: u32) -> Option<f64> {
    let kib = pss_kib(&std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?)?;
    let kib = kib as f64;
    Some(kib)
}

/// The processes that descend from this one, without itself.
pub(super) fn descendants(pid: u32) -> BTreeSet<u32> {
    let (mut found, mut open) = (BTreeSet::new(), vec![pid]);
    while let Some(pid) = open.pop() {
        let children =
            std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
            if found.insert(child) {
                open.push(child);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        for (share, value) in [(0.0, 1.0), (0.5, 50.0), (0.95, 95.0), (0.99, 99.0), (1.0, 100.0)] {
            assert_eq!(percentile(&values, share), value, "{share}");
        }
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }

    #[test]
    fn the_middle_of_odd_and_even_numbers_of_runs() {
        assert_eq!(median(&[9.0, 1.0, 5.0]), 5.0);
        assert_eq!(median(&[9.0, 1.0]), 5.0);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn a_name_with_blanks_and_parentheses_hides_no_field() {
        let stat = "812 (a) b (c) S 1 812 812 0 -1 4194560 1 2 3 4 150 25 7 8 20 0 1 0 99 1 2";
        assert_eq!(ticks(stat), Some(Ticks { own: 175, ended: 15 }));
        assert_eq!(ticks("812 (short) S 1"), None);
        assert_eq!(ticks(""), None);
    }

    #[test]
    fn the_share_of_memory_is_the_first_of_its_lines() {
        let rollup = "00400000-7fff [rollup]\nRss:  5000 kB\nPss:  1234 kB\nPss_Anon:  1000 kB\n";
        assert_eq!(pss_kib(rollup), Some(1234));
        assert_eq!(pss_kib("Rss: 5 kB\n"), None);
    }

    #[test]
    fn our_own_process_can_be_read() {
        let pid = std::process::id();
        assert!(cpu_seconds(pid, 100.0).is_some());
        assert!(memory_kib(pid).unwrap() > 0.0);
        assert!(!descendants(pid).contains(&pid));
    }
}
