//! What nft wrote of real rules, and tables of others, against flows.

use domain::{Flow, FlowSource};

use super::*;
use crate::filter::read;

fn wanted(source: &str, port: u16, hours: FlowHours) -> Wanted {
    Wanted {
        flow: Flow {
            equipment: "scanner".parse().unwrap(),
            port,
            source: FlowSource::Network(source.parse().unwrap()),
            hours,
        },
        source: Range::parse(source),
        target: "192.0.2.7".parse().unwrap(),
    }
}

fn file(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/filter");
    std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap()
}

/// What nft 1.0.6 said of the rules beside it (`name.nft`), compared: rules read, wider, missing.
fn check(name: &str, interface: Option<&str>, counts: (u32, u32, u32), says: &[&str]) {
    let wanted = [wanted("198.51.100.0/28", 443, FlowHours::Windows)];
    let found = best(&wanted, &read::nft(&file(name), interface).unwrap(), Lang::En);
    let lines = found.lines.join("\n");
    assert_eq!((found.rules, found.wider, found.missing), counts, "{name}: {lines}");
    for one in says {
        assert!(lines.contains(one), "{name}: `{one}` is not in:\n{lines}");
    }
}

#[test]
fn rules_of_nftables_are_held_against_the_flows() {
    check("exact", Some("wan0"), (1, 0, 0), &[]);
    // Without the interface a drop on one interface closes nothing for the others.
    check("exact", None, (1, 1, 0), &["policy accept"]);
    let wide =
        ["from 203.0.113.0-203.0.113.255", "port 22", "protocol udp", "meta mark", "0.0.0.0-255.255.255.255"];
    check("wide", Some("wan0"), (3, 3, 0), &wide);
    check("wide", None, (4, 4, 0), &["#9"]);
    check(
        "anyany",
        Some("wan0"),
        (0, 1, 0),
        &["inet filter forward lets through whatever no rule names towards 192.0.2.7"],
    );
    // Every chain is passed: what the narrowest refuses does not get through.
    check("two", Some("wan0"), (1, 0, 1), &["absent: from 198.51.100.0-198.51.100.15 to scanner port 443"]);
}

/// A ruleset of chains with their rules, as nft writes it.
fn ruleset(chains: &[(&str, &str, &str, &[&str])]) -> String {
    let mut all = Vec::new();
    for (family, table, policy, rules) in chains {
        all.push(format!(
            r#"{{"chain":{{"family":"{family}","table":"{table}","name":"forward","hook":"forward","policy":"{policy}"}}}}"#
        ));
        for expr in *rules {
            all.push(format!(
                r#"{{"rule":{{"family":"{family}","table":"{table}","chain":"forward","handle":1,"expr":{expr}}}}}"#
            ));
        }
    }
    format!(r#"{{"nftables":[{}]}}"#, all.join(","))
}

/// How many are wider, and whether the flow is there.
fn judged(chains: &[(&str, &str, &str, &[&str])]) -> (u32, u32) {
    let wanted = [wanted("198.51.100.0/28", 443, FlowHours::Windows)];
    let found = best(&wanted, &read::nft(&ruleset(chains), None).unwrap(), Lang::En);
    (found.wider, found.missing)
}

#[test]
fn what_is_not_understood_closes_nothing() {
    let drop = r#"[{"drop":null}]"#;
    assert_eq!(judged(&[("inet", "f", "accept", &[drop])]), (0, 1));
    for narrowed in [
        r#"[{"limit":{"rate":100,"per":"second","inv":true}},{"drop":null}]"#,
        r#"[{"xt":null},{"drop":null}]"#,
        r#"[{"quota":{"val":1}},{"drop":null}]"#,
    ] {
        assert_eq!(judged(&[("inet", "f", "accept", &[narrowed])]).0, 1, "{narrowed}");
    }
    assert_eq!(judged(&[("inet", "f", "accept", &[r#"[{"counter":null},{"drop":null}]"#])]), (0, 1));
}

#[test]
fn a_return_leaves_it_to_the_policy_and_a_queue_to_nobody_knows_whom() {
    let to =
        r#"{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"daddr"}},"right":"192.0.2.7"}}"#;
    for verdict in ["return", "queue"] {
        let rule = format!(r#"[{to},{{"{verdict}":null}}]"#);
        assert_eq!(judged(&[("ip", "f", "accept", &[&rule, r#"[{"drop":null}]"#])]).0, 1, "{verdict}");
    }
    let back = format!(r#"[{to},{{"return":null}}]"#);
    assert_eq!(judged(&[("ip", "f", "drop", &[&back])]), (0, 1));
    let away = r#"[{"goto":{"target":"empty"}}]"#;
    assert_eq!(judged(&[("ip", "f", "accept", &[away, r#"[{"drop":null}]"#])]).0, 1);
}

#[test]
fn a_set_that_fills_itself_holds_anybody() {
    let accept = r#"[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":"@who"}},{"accept":null}]"#;
    let wanted = [wanted("198.51.100.0/28", 443, FlowHours::Windows)];
    let check = |flags: &str, wider: u32| {
        let set = format!(
            r#"{{"set":{{"family":"ip","table":"a","name":"who","type":"ipv4_addr"{flags},"elem":["203.0.113.9"]}}}},"#
        );
        let text = ruleset(&[("ip", "a", "drop", &[accept])]).replacen('[', &format!("[{set}"), 1);
        let found = best(&wanted, &read::nft(&text, None).unwrap(), Lang::En);
        assert_eq!(found.wider, wider, "{flags}: {:?}", found.lines);
        found.lines.join(" ")
    };
    assert!(!check("", 1).contains("@who"), "it holds what it holds");
    assert!(check(r#","flags":["dynamic"]"#, 1).contains("@who"));
    assert!(check(r#","flags":"timeout""#, 1).contains("@who"));
    // Of interfaces: who is in it is not known either.
    let by = r#"[{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"@empty"}},{"accept":null}]"#;
    let text = ruleset(&[("ip", "a", "drop", &[by])]);
    assert_eq!(best(&wanted, &read::nft(&text, Some("wan0")).unwrap(), Lang::En).wider, 1);
}

#[test]
fn a_filter_of_another_version_of_ip_closes_nothing() {
    let drop: &[&str] = &[r#"[{"drop":null}]"#];
    assert_eq!(judged(&[("ip", "a", "accept", &[]), ("ip6", "b", "drop", &[])]).0, 1);
    assert_eq!(judged(&[("ip6", "b", "drop", drop)]).0, 1);
    assert_eq!(judged(&[("ip", "a", "accept", &[]), ("inet", "b", "drop", &[])]), (0, 1));
    let asleep = ruleset(&[("ip", "a", "drop", &[]), ("inet", "b", "accept", &[])]).replacen(
        '[',
        r#"[{"table":{"family":"ip","name":"a","flags":["dormant"]}},"#,
        1,
    );
    let wanted = [wanted("198.51.100.0/28", 443, FlowHours::Windows)];
    assert_eq!(best(&wanted, &read::nft(&asleep, None).unwrap(), Lang::En).wider, 1);
}

#[test]
fn a_rule_at_any_hour_is_wider_than_a_period() {
    let csv = "source,destination,protocol,port\n198.51.100.0/28,192.0.2.7,tcp,443\n";
    let compared =
        |hours| best(&[wanted("198.51.100.0/28", 443, hours)], &[read::table(csv).unwrap()], Lang::En);
    assert_eq!(compared(FlowHours::Always).wider, 0);
    let found = compared(FlowHours::Windows);
    assert_eq!(found.wider, 1);
    assert!(found.lines[0].contains("at any hour"), "{:?}", found.lines);
}

#[test]
fn a_table_of_any_firewall_is_read_and_any_any_is_wider() {
    let check = |row: &str, counts: (u32, u32)| {
        let text = format!("action;source;destination;protocol;port;hours\n{row}\n");
        let wanted = [wanted("198.51.100.0/28", 443, FlowHours::Always)];
        let found = best(&wanted, &[read::table(&text).unwrap()], Lang::En);
        assert_eq!((found.wider, found.missing), counts, "{row}: {:?}", found.lines);
    };
    check("allow;198.51.100.0/28;192.0.2.7;tcp;443;", (0, 0));
    check("allow;198.51.100.0/29;192.0.2.7;tcp;443;", (0, 1));
    check("allow;any;any;any;any;", (1, 0));
    check("allow;198.51.100.0/28;any;tcp;443;", (0, 0));
    check("allow;198.51.100.0/27;192.0.2.7;tcp;443;", (1, 0));
    check("allow;198.51.100.0/28;192.0.2.7;tcp;440-443;", (1, 0));
    check("allow;198.51.100.0/28;192.0.2.7;;443;", (1, 0));
    check("allow;prestataires;192.0.2.7;tcp;443;", (1, 0));
    check("deny;any;any;any;any;", (0, 1));
    check("allow;203.0.113.9;192.0.2.99;tcp;443;", (0, 1));
    check("allow;2001:db8::/48;192.0.2.7;tcp;443;", (0, 1));
}

#[test]
fn what_is_no_export_is_refused() {
    for bad in ["", "{}", "[]", "{\"nftables\": 3}", "table inet x {}"] {
        assert_eq!(read::nft(bad, None).unwrap_err(), "filter_not_nft", "{bad}");
    }
    assert_eq!(read::nft("{\"nftables\": []}", None).unwrap_err(), "filter_no_chain");
    // A chain that jumps into itself.
    let rule =
        r#"{"rule":{"family":"ip","table":"t","chain":"c","handle":1,"expr":[{"jump":{"target":"c"}}]}}"#;
    let chain = r#"{"chain":{"family":"ip","table":"t","name":"c","hook":"forward","policy":"drop"}}"#;
    let text = format!("{{\"nftables\":[{chain},{rule}]}}");
    assert_eq!(read::nft(&text, None).unwrap_err(), "filter_too_long");
    for bad in ["", "a,b\n1,2\n", "source,destination\n"] {
        assert_eq!(read::table(bad).unwrap_err(), "filter_not_csv", "{bad}");
    }
}
