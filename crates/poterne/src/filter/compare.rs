//! What a filter lets through, held against what is on file: what is wider, and what is missing, line by line.

use std::net::IpAddr;

use domain::FlowHours;
use vocab::Lang;

use super::flows::{Range, Wanted};
use super::read::{Allowed, Chain};
use crate::texts::say_in;

/// So many lines are told of each sort; the counts are whole.
const TOLD_MAX: usize = 100;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) rules: u32,
    pub(super) wider: u32,
    pub(super) missing: u32,
    /// For people.
    pub(super) lines: Vec<String>,
}

/// Of several chains that every packet of a version of IP passes, the narrowest: what it refuses, nothing lets through. What passes
/// none is open.
pub(super) fn best(wanted: &[Wanted], chains: &[Chain], lang: Lang) -> Compared {
    let mut found = Compared::default();
    for v6 in [false, true] {
        let own: Vec<Wanted> = wanted.iter().filter(|one| one.target.is_ipv6() == v6).cloned().collect();
        if own.is_empty() {
            continue;
        }
        let here = chains.iter().filter(|chain| chain.sees(v6)).map(|chain| compare(&own, chain, lang));
        let none = Chain { name: "—".to_owned(), open: true, ..Chain::default() };
        let best = here.min_by_key(|found| (found.wider, found.missing));
        let best = best.unwrap_or_else(|| compare(&own, &none, lang));
        found.rules += best.rules;
        found.wider += best.wider;
        found.missing += best.missing;
        found.lines.extend(best.lines);
    }
    found
}

fn compare(wanted: &[Wanted], chain: &Chain, lang: Lang) -> Compared {
    let mut targets: Vec<IpAddr> = wanted.iter().map(|one| one.target).collect();
    targets.sort();
    targets.dedup();
    let mut found = Compared::default();
    let (mut wider, mut missing) = (Vec::new(), Vec::new());
    for target in targets.iter().filter(|target| chain.open && !closes(chain, **target)) {
        found.wider += 1;
        wider.push(say_in(lang, "filter_open", &[&chain.name, target]));
    }
    for one in &chain.allowed {
        let reached: Vec<IpAddr> = targets.iter().copied().filter(|target| reaches(one, *target)).collect();
        found.rules += u32::from(!reached.is_empty());
        let over: Vec<String> =
            reached.iter().flat_map(|target| beyond(one, *target, wanted, lang)).collect();
        if !over.is_empty() {
            found.wider += 1;
            let unread = match one.unread.is_empty() {
                true => String::new(),
                false => say_in(lang, "filter_unread", &[&one.unread.join(", ")]),
            };
            wider.push(say_in(lang, "filter_wider", &[&one.place, &over.join(" ; "), &unread]));
        }
    }
    for one in wanted {
        let (equipment, port) = (&one.flow.equipment, one.flow.port);
        match one.source {
            None => missing.push(say_in(lang, "filter_unseen", &[equipment, &port])),
            Some(source)
                if chain.allowed.iter().any(|rule| lets(rule, source, one))
                    || passes_open(chain, one.target) => {}
            Some(source) => {
                found.missing += 1;
                missing.push(say_in(lang, "filter_missing", &[&source, equipment, &port]));
            }
        }
    }
    for list in [wider, missing] {
        let more = list.len().saturating_sub(TOLD_MAX);
        found.lines.extend(list.into_iter().take(TOLD_MAX));
        if more > 0 {
            found.lines.push(say_in(lang, "filter_more", &[&more]));
        }
    }
    found
}

fn closes(chain: &Chain, target: IpAddr) -> bool {
    chain.closed.iter().any(|range| range.holds(&Range::one(target)))
}

fn passes_open(chain: &Chain, target: IpAddr) -> bool {
    chain.open && !closes(chain, target)
}

fn reaches(rule: &Allowed, target: IpAddr) -> bool {
    let comes = match &rule.source {
        None => true,
        Some(all) => all.iter().any(|range| Range::all_like(target).holds(range)),
    };
    comes
        && match &rule.target {
            None => true,
            Some(all) => all.iter().any(|range| range.holds(&Range::one(target))),
        }
}

/// Whether a rule lets a flow through.
fn lets(rule: &Allowed, source: Range, wanted: &Wanted) -> bool {
    let from = rule.source.as_ref().is_none_or(|all| all.iter().any(|range| range.holds(&source)));
    let port = wanted.flow.port;
    let to = rule
        .ports
        .as_ref()
        .is_none_or(|all| all.iter().any(|(from, until)| (*from..=*until).contains(&port)));
    from && to && reaches(rule, wanted.target) && rule.protocol.as_deref().is_none_or(|word| word == "tcp")
}

/// What of a rule goes beyond every flow to this target.
fn beyond(rule: &Allowed, target: IpAddr, wanted: &[Wanted], lang: Lang) -> Vec<String> {
    if rule.protocol.as_deref() != Some("tcp") {
        let protocol = rule.protocol.as_deref().unwrap_or("any");
        return vec![say_in(lang, "filter_protocol", &[&protocol, &target])];
    }
    let sources = match &rule.source {
        None => vec![Range::all_like(target)],
        Some(all) => all.iter().copied().filter(|range| Range::all_like(target).holds(range)).collect(),
    };
    let ports = rule.ports.clone().unwrap_or_else(|| vec![(0, u16::MAX)]);
    let mut over = Vec::new();
    for source in &sources {
        for (from, until) in &ports {
            let inside = |one: &&Wanted| {
                one.target == target
                    && one.source.is_some_and(|wanted| wanted.holds(source))
                    && (one.flow.port, one.flow.port) == (*from, *until)
            };
            let of: Vec<&Wanted> = wanted.iter().filter(inside).collect();
            let port = if from == until { from.to_string() } else { format!("{from}-{until}") };
            if of.is_empty() {
                over.push(say_in(lang, "filter_beyond", &[source, &target, &port]));
            } else if !rule.timed && of.iter().all(|one| one.flow.hours == FlowHours::Windows) {
                over.push(say_in(lang, "filter_any_hour", &[source, &target, &port]));
            }
        }
    }
    over
}

#[cfg(test)]
mod tests;
