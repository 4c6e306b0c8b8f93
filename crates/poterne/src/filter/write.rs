//! The rules of a filter, from the flows that are on file: for nftables, and as a table for any other.

use domain::{Flow, FlowHours, FlowSource, LocalTime, ServiceFacts, Weekday, Window, WindowKind};
use vocab::{Lang, Path};

use super::flows::{Described, Wanted};
use crate::csv;
use crate::texts::say_in;

/// When a rule lets through, in words of nftables: one line each; of a service without periods none, so that nothing passes.
fn hours(facts: &ServiceFacts, flow: &Flow) -> Vec<String> {
    match flow.hours {
        FlowHours::Always => vec![String::new()],
        FlowHours::Windows => facts.service.windows.iter().flat_map(|window| spans(facts, window)).collect(),
    }
}

fn spans(facts: &ServiceFacts, window: &Window) -> Vec<String> {
    match &window.when {
        WindowKind::Weekly { days, from, to } => weekly(days, *from, *to),
        WindowKind::OneOff { from, to } => {
            let (from, to) = (String::from(*from), String::from(*to));
            vec![format!(" meta time \"{from}:00\"-\"{to}:00\"")]
        }
        WindowKind::Continuous { renew_by } => {
            vec![format!(" meta time < \"{}:00\"", facts.establishment.zone.show(*renew_by))]
        }
    }
}

/// A period that goes over midnight is two: nftables knows days and hours apart.
fn weekly(days: &[Weekday], from: LocalTime, to: LocalTime) -> Vec<String> {
    let rule = |days: &[Weekday], from: &str, to: &str| {
        let days: Vec<String> = days.iter().map(|day| format!("\"{}\"", name(*day))).collect();
        format!(" meta day {{ {} }} meta hour \"{from}\"-\"{to}\"", days.join(", "))
    };
    let (begin, end) = (String::from(from), String::from(to));
    if from < to {
        return vec![rule(days, &begin, &before(&end))];
    }
    let next: Vec<Weekday> = days.iter().map(|day| after(*day)).collect();
    let first = rule(days, &begin, "23:59:59");
    if end == "00:00" { vec![first] } else { vec![first, rule(&next, "00:00", &before(&end))] }
}

/// The last second before a time of day.
fn before(time: &str) -> String {
    let minutes = time.split_once(':').and_then(|(hour, minute)| {
        Some(hour.parse::<u16>().ok()?.checked_mul(60)?.checked_add(minute.parse().ok()?)?.saturating_sub(1))
    });
    let minutes = minutes.unwrap_or_default();
    format!("{:02}:{:02}:59", minutes / 60, minutes % 60)
}

const fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

fn after(day: Weekday) -> Weekday {
    let next = Weekday::ALL.iter().cycle().skip_while(|one| **one != day).nth(1);
    next.copied().unwrap_or(day)
}

/// The service as a name of nftables.
fn table_name(facts: &ServiceFacts) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let service: String = facts.service.id.as_str().chars().map(plain).collect();
    format!("poterne_{service}")
}

/// A table of nftables: what comes in by this interface reaches the equipment of the service by the flows on file, and by nothing else.
/// What passes elsewhere is not its business.
pub(super) fn nft(facts: &ServiceFacts, described: &Described, interface: &str, lang: Lang) -> String {
    let zone = facts.establishment.zone.name();
    let service = &facts.service.id;
    let mut text = String::from("#!/usr/sbin/nft -f\n");
    for line in [say_in(lang, "filter_head", &[service]), say_in(lang, "filter_clock", &[&zone])] {
        text += &format!("# {line}\n");
    }
    let (name, mut targets) = (table_name(facts), Vec::new());
    // Applied again, it replaces itself.
    text +=
        &format!("table inet {name}\ndelete table inet {name}\ntable inet {name} {{\n\tchain forward {{\n");
    text += "\t\ttype filter hook forward priority filter; policy accept;\n";
    for Wanted { flow, source, target } in &described.flows {
        let family = if target.is_ipv6() { "ip6" } else { "ip" };
        if !targets.contains(&(family, *target)) {
            targets.push((family, *target));
        }
        let (Some(source), FlowSource::Network(network)) = (source, &flow.source) else {
            text +=
                &format!("\t\t# {}\n", say_in(lang, "filter_certificate", &[&flow.equipment, &flow.port]));
            continue;
        };
        if !super::flows::Range::all_like(*target).holds(source) {
            text += &format!("\t\t# {}\n", say_in(lang, "filter_families", &[&flow.equipment, network]));
            continue;
        }
        let all = hours(facts, flow);
        if all.is_empty() {
            text += &format!("\t\t# {}\n", say_in(lang, "filter_closed", &[&flow.equipment]));
        }
        for when in all {
            text += &format!(
                "\t\tiifname \"{interface}\" {family} saddr {network} {family} daddr {target} tcp dport {}{when} accept comment \"{}\"\n",
                flow.port, flow.equipment
            );
        }
    }
    for (family, target) in targets {
        text += &format!("\t\tiifname \"{interface}\" {family} daddr {target} drop\n");
    }
    text + "\t}\n}\n"
}

/// The same flows as a table: what any other filter is told.
pub(super) fn table(facts: &ServiceFacts, described: &Described) -> String {
    let head = ["service", "equipment", "source", "destination", "protocol", "port", "hours", "until"];
    let mut text = csv::line(head);
    let until = match facts.path() {
        Path::Direct => facts.direct.as_ref().map(|direct| facts.establishment.zone.day(direct.span.until)),
        Path::Gateway => None,
    };
    for Wanted { flow, target, .. } in &described.flows {
        let source = match &flow.source {
            FlowSource::Network(network) => network.to_string(),
            FlowSource::Certificate(shown) => format!("certificate: {shown}"),
        };
        let hours = match flow.hours {
            FlowHours::Always => "always".to_owned(),
            FlowHours::Windows => facts.service.windows.iter().map(in_words).collect::<Vec<_>>().join("; "),
        };
        let (target, port) = (target.to_string(), flow.port.to_string());
        text += &csv::line([
            facts.service.id.as_str(),
            flow.equipment.as_str(),
            &source,
            &target,
            "tcp",
            &port,
            &hours,
            until.as_deref().unwrap_or_default(),
        ]);
    }
    text
}

fn in_words(window: &Window) -> String {
    match &window.when {
        WindowKind::Weekly { days, from, to } => {
            let days: Vec<&str> = days.iter().map(|day| name(*day)).collect();
            format!("{} {}-{}", days.join(" "), String::from(*from), String::from(*to))
        }
        WindowKind::OneOff { from, to } => format!("{} - {}", String::from(*from), String::from(*to)),
        WindowKind::Continuous { .. } => "always".to_owned(),
    }
}
