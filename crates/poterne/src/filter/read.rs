//! What a filter lets through, from an export of its rules: of nftables (`nft -j list ruleset`), or a table of any other. What is not
//! understood narrows nothing: a rule is taken for wider than it is rather than for narrower.

use std::collections::BTreeMap;

use serde_json::Value;

use super::flows::Range;
use crate::csv;

/// Rules of one export, jumps included: a large firewall has some thousands.
pub(super) const RULES_MAX: usize = 20_000;
/// Chains that jump into chains: nftables itself stops at 16.
const DEPTH_MAX: usize = 16;

/// Which addresses or ports; `None`: any.
pub(super) type Some_<T> = Option<Vec<T>>;

/// One rule that lets something through.
#[derive(Debug, Clone, Default)]
pub(super) struct Allowed {
    /// Where it stands in the file.
    pub(super) place: String,
    pub(super) source: Some_<Range>,
    pub(super) target: Some_<Range>,
    pub(super) ports: Some_<(u16, u16)>,
    /// `None`: any protocol.
    pub(super) protocol: Option<String>,
    /// Whether it is open at some hours only.
    pub(super) timed: bool,
    /// Whether anything narrows it beside its target: such a drop closes nothing for good.
    narrowed: bool,
    /// What of it was not understood.
    pub(super) unread: Vec<String>,
}

/// One chain that everything passes through, or a whole table.
#[derive(Debug, Default)]
pub(super) struct Chain {
    pub(super) name: String,
    /// `ip`, `ip6` or `inet`; of a table: empty, and for both.
    pub(super) family: String,
    /// Whether its policy lets through what no rule names.
    pub(super) accepts: bool,
    pub(super) allowed: Vec<Allowed>,
    /// Whether what no rule names passes, but towards what [`Chain::closed`] holds.
    pub(super) open: bool,
    /// Targets that are closed at the end, whoever comes.
    pub(super) closed: Vec<Range>,
}

impl Chain {
    /// Whether packets of this version of IP pass it.
    pub(super) fn sees(&self, v6: bool) -> bool {
        match self.family.as_str() {
            "ip" => !v6,
            "ip6" => v6,
            _ => true,
        }
    }
}

/// What cannot be read at all: a key of `texts.txt`.
pub(super) type Unreadable = &'static str;

/// A table: `source`, `destination`, `port`, and, where it has them, `protocol`, `action`, `hours`.
pub(super) fn table(text: &str) -> Result<Chain, Unreadable> {
    let table = csv::read(text).map_err(|_| "filter_not_csv")?;
    let place = |name: &str| table.head.iter().position(|cell| cell.text.trim() == name);
    let (Some(source), Some(target), Some(port)) = (place("source"), place("destination"), place("port"))
    else {
        return Err("filter_not_csv");
    };
    if table.rows.len() > RULES_MAX {
        return Err("filter_too_long");
    }
    let (protocol, action, hours) = (place("protocol"), place("action"), place("hours"));
    let mut chain = Chain { name: "csv".to_owned(), ..Chain::default() };
    for row in &table.rows {
        let cell = |at: usize| row.get(at).map(|cell| cell.text.trim().to_lowercase()).unwrap_or_default();
        let may = |at: Option<usize>| at.map(cell).unwrap_or_default();
        if ["drop", "deny", "reject", "block"].contains(&may(action).as_str()) {
            continue;
        }
        let mut one = Allowed {
            place: row.first().map(|cell| cell.at.0.to_string()).unwrap_or_default(),
            ..Allowed::default()
        };
        one.source = addresses(&cell(source), &mut one.unread);
        one.target = addresses(&cell(target), &mut one.unread);
        one.ports = ports_of(&cell(port), &mut one.unread);
        one.protocol = Some(may(protocol)).filter(|word| !is_any(word));
        one.timed = !["", "always", "any", "24x7"].contains(&may(hours).as_str());
        // A certificate is no address, and no packet filter's to see.
        if !cell(source).starts_with("certificate:") {
            chain.allowed.push(one);
        }
    }
    Ok(chain)
}

fn is_any(word: &str) -> bool {
    ["", "*", "any", "all", "tous", "toutes"].contains(&word)
}

fn addresses(cell: &str, unread: &mut Vec<String>) -> Some_<Range> {
    each(cell, unread, Range::parse)
}

fn ports_of(cell: &str, unread: &mut Vec<String>) -> Some_<(u16, u16)> {
    let one = |word: &str| match word.split_once('-') {
        Some((from, to)) => Some((from.trim().parse().ok()?, to.trim().parse().ok()?)),
        None => word.parse().ok().map(|port| (port, port)),
    };
    each(cell, unread, one)
}

fn each<T>(cell: &str, unread: &mut Vec<String>, read: impl Fn(&str) -> Option<T>) -> Some_<T> {
    if is_any(cell) {
        return None;
    }
    let mut found = Vec::new();
    for word in cell.split([';', ' ']).map(str::trim).filter(|word| !word.is_empty()) {
        match read(word) {
            Some(one) => found.push(one),
            None => {
                unread.push(word.to_owned());
                return None;
            }
        }
    }
    Some(found)
}

/// The chains of `nft -j list ruleset` that forwarded packets pass; of rules that name interfaces, those for this one.
pub(super) fn nft(text: &str, interface: Option<&str>) -> Result<Vec<Chain>, Unreadable> {
    let all: Value = serde_json::from_str(text).map_err(|_| "filter_not_nft")?;
    let all = all.get("nftables").and_then(Value::as_array).ok_or("filter_not_nft")?;
    let of = |what: &'static str| all.iter().filter_map(move |one| one.get(what));
    if of("rule").count() > RULES_MAX {
        return Err("filter_too_long");
    }
    let mut reader = Reader { rules: BTreeMap::new(), sets: BTreeMap::new(), interface, read: 0 };
    for rule in of("rule") {
        reader.rules.entry(key(rule, "chain")).or_default().push(rule);
    }
    for set in of("set") {
        reader.sets.insert(key(set, "name"), set);
    }
    let mut chains = Vec::new();
    // A table that sleeps filters nothing; a bridge sees no packet that is routed.
    let asleep: Vec<Key> = of("table")
        .filter(|table| table.get("flags").is_some_and(|flags| flags.to_string().contains("dormant")))
        .map(|table| key(table, "name"))
        .collect();
    let sleeps = |chain: &Value| {
        asleep
            .iter()
            .any(|[family, _, table]| family == word(chain, "family") && table == word(chain, "table"))
    };
    let forward = |chain: &&Value| {
        word(chain, "hook") == "forward"
            && ["ip", "ip6", "inet"].contains(&word(chain, "family"))
            && !sleeps(chain)
    };
    for chain in of("chain").filter(forward) {
        let name = key(chain, "name");
        let accepts = word(chain, "policy") != "drop";
        let family = word(chain, "family").to_owned();
        let mut read = Chain { name: name.join(" "), family, accepts, open: accepts, ..Chain::default() };
        reader.chain(&name, &Allowed::default(), 0, &mut read)?;
        chains.push(read);
    }
    if chains.is_empty() { Err("filter_no_chain") } else { Ok(chains) }
}

/// Family, table and name.
type Key = [String; 3];

fn key(of: &Value, name: &str) -> Key {
    [word(of, "family"), word(of, "table"), word(of, name)].map(str::to_owned)
}

fn word<'a>(of: &'a Value, member: &str) -> &'a str {
    of.get(member).and_then(Value::as_str).unwrap_or_default()
}

struct Reader<'a> {
    rules: BTreeMap<Key, Vec<&'a Value>>,
    sets: BTreeMap<Key, &'a Value>,
    interface: Option<&'a str>,
    read: usize,
}

/// What a match says of the packets that a rule is for.
enum Matched {
    /// It is told, or narrows nothing that counts.
    Seen,
    /// New packets from this interface never are.
    Never,
}

impl Reader<'_> {
    /// Walks a chain; what led here narrows each of its rules.
    fn chain(
        &mut self,
        name: &Key,
        so_far: &Allowed,
        depth: usize,
        to: &mut Chain,
    ) -> Result<(), Unreadable> {
        for rule in self.rules.get(name).cloned().unwrap_or_default() {
            self.read += 1;
            if self.read > RULES_MAX || depth > DEPTH_MAX {
                return Err("filter_too_long");
            }
            self.rule(name, rule, so_far, depth, to)?;
        }
        Ok(())
    }

    fn rule(
        &mut self,
        name: &Key,
        rule: &Value,
        so_far: &Allowed,
        depth: usize,
        to: &mut Chain,
    ) -> Result<(), Unreadable> {
        let handle = rule.get("handle").and_then(Value::as_u64).unwrap_or_default();
        let mut one = Allowed { place: format!("{} #{handle}", name.join(" ")), ..so_far.clone() };
        for part in rule.get("expr").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
            if let Some(matched) = part.get("match") {
                if matches!(self.matched(name, matched, &mut one), Matched::Never) {
                    return Ok(());
                }
            } else if part.get("accept").is_some() {
                to.allowed.push(one);
                return Ok(());
            } else if part.get("drop").is_some() || part.get("reject").is_some() {
                // It closes what it names only where nothing else narrows it, and only for all who come.
                if depth == 0 && !one.narrowed {
                    match one.target {
                        Some(targets) => to.closed.extend(targets),
                        None => to.open = false,
                    }
                }
                return Ok(());
            } else if let Some(target) = part.get("jump").or_else(|| part.get("goto")) {
                let [family, table, _] = name;
                let next = [family.clone(), table.clone(), word(target, "target").to_owned()];
                self.chain(&next, &one, depth + 1, to)?;
                if part.get("goto").is_some() {
                    // What that chain leaves open, the policy decides.
                    if depth == 0 && to.accepts {
                        to.allowed.push(one);
                    }
                    return Ok(());
                }
            } else if let Some(map) = part.get("vmap") {
                if !is_state(map.get("key")) {
                    one.unread.push("vmap".to_owned());
                    to.allowed.push(one.clone());
                } else if map.get("data").and_then(|data| data.get("set")).is_none() {
                    // A map of its own, which is filled elsewhere.
                    one.unread.push("vmap".to_owned());
                    to.allowed.push(one.clone());
                } else if verdicts(map).any(|(state, accepts)| accepts && is_new(state)) {
                    to.allowed.push(one.clone());
                }
            } else if part.get("return").is_some() {
                // At the base of a chain its policy decides.
                if depth == 0 && to.accepts {
                    to.allowed.push(one);
                }
                return Ok(());
            } else if part.get("queue").is_some() {
                // A program decides, which nothing here knows.
                to.allowed.push(one);
                return Ok(());
            } else if !["counter", "log", "comment", "continue"].iter().any(|known| part.get(known).is_some())
            {
                // Not understood: it may narrow the rule to nothing, so that no drop of it closes anything.
                one.narrowed = true;
                one.unread
                    .push(part.as_object().and_then(|part| part.keys().next()).cloned().unwrap_or_default());
            }
        }
        Ok(())
    }

    fn matched(&self, name: &Key, matched: &Value, one: &mut Allowed) -> Matched {
        let (left, right) = (matched.get("left"), matched.get("right").unwrap_or(&Value::Null));
        let was = std::mem::replace(&mut one.narrowed, true);
        let (Some(left), "==" | "in") = (left, word(matched, "op")) else {
            // Hours before or after are hours, whatever they are; the rest is not understood.
            match matched.get("left").and_then(|left| left.get("meta")).map(|meta| word(meta, "key")) {
                Some("time" | "hour" | "day") => one.timed = true,
                _ => one.unread.push(matched.to_string()),
            }
            return Matched::Seen;
        };
        if is_state(Some(left)) {
            return if self.elements(name, right).iter().any(is_new) {
                Matched::Seen
            } else {
                Matched::Never
            };
        }
        if let Some(meta) = left.get("meta") {
            return self.meta(name, word(meta, "key"), right, one, was);
        }
        let payload = left.get("payload").map(|payload| (word(payload, "protocol"), word(payload, "field")));
        match payload {
            Some(("ip" | "ip6", "saddr")) => one.source = self.ranges(name, right, &mut one.unread),
            Some(("ip" | "ip6", "daddr")) => {
                one.target = self.ranges(name, right, &mut one.unread);
                one.narrowed = was || one.target.is_none();
            }
            Some((protocol, "dport")) => {
                if protocol != "th" {
                    one.protocol = Some(protocol.to_owned());
                }
                one.ports = self.ports(name, right, &mut one.unread);
            }
            Some((_, "sport")) => {}
            Some(("ip" | "ip6", "protocol" | "nexthdr")) => one.protocol = self.only(name, right),
            _ => one.unread.push(left.to_string()),
        }
        Matched::Seen
    }

    fn meta(&self, name: &Key, key: &str, right: &Value, one: &mut Allowed, was: bool) -> Matched {
        match key {
            "time" | "hour" | "day" => one.timed = true,
            "l4proto" => one.protocol = self.only(name, right),
            "nfproto" | "protocol" | "oif" | "oifname" => {}
            "iif" | "iifname" => {
                let Some(interface) = self.interface else { return Matched::Seen };
                // A name may end in a star.
                let names = |pattern: &Value| match pattern.as_str() {
                    // A set that nothing is in yet, or that fills itself.
                    Some(text) if text.starts_with('@') => true,
                    Some(text) => {
                        text.strip_suffix('*').map_or(text == interface, |start| interface.starts_with(start))
                    }
                    None => true,
                };
                if !self.elements(name, right).iter().any(names) {
                    return Matched::Never;
                }
                one.narrowed = was;
            }
            other => one.unread.push(format!("meta {other}")),
        }
        Matched::Seen
    }

    /// The one word that it is; `None`: several, or any.
    fn only(&self, name: &Key, right: &Value) -> Option<String> {
        match self.elements(name, right).as_slice() {
            [Value::String(word)] => Some(word.clone()),
            _ => None,
        }
    }

    /// What a right side holds, a named set followed. Of one that is empty, not there, or fills itself, its name: what it will
    /// hold is not known.
    fn elements(&self, name: &Key, right: &Value) -> Vec<Value> {
        let named = right.as_str().and_then(|text| text.strip_prefix('@'));
        let list = match named {
            Some(set) => {
                let [family, table, _] = name;
                let found = self.sets.get(&[family.clone(), table.clone(), set.to_owned()]);
                let fills = |set: &&&Value| {
                    let flags = set.get("flags").map(Value::to_string).unwrap_or_default();
                    ["dynamic", "timeout"].iter().any(|flag| flags.contains(flag))
                };
                let found = found.filter(|set| !fills(set));
                found.and_then(|set| set.get("elem")).and_then(Value::as_array)
            }
            None => right.get("set").and_then(Value::as_array).or_else(|| right.as_array()),
        };
        let inner = |one: &Value| one.get("elem").and_then(|elem| elem.get("val")).unwrap_or(one).clone();
        match list {
            Some(list) if !list.is_empty() => list.iter().map(inner).collect(),
            _ => vec![right.clone()],
        }
    }

    fn ranges(&self, name: &Key, right: &Value, unread: &mut Vec<String>) -> Some_<Range> {
        let mut found = Vec::new();
        for one in self.elements(name, right) {
            match range(&one) {
                Some(range) => found.push(range),
                None => {
                    unread.push(one.to_string());
                    return None;
                }
            }
        }
        Some(found)
    }

    fn ports(&self, name: &Key, right: &Value, unread: &mut Vec<String>) -> Some_<(u16, u16)> {
        let mut found = Vec::new();
        for one in self.elements(name, right) {
            let port = |value: &Value| value.as_u64().and_then(|port| u16::try_from(port).ok());
            let ends = one.get("range").and_then(Value::as_array).map(Vec::as_slice);
            let read = match ends {
                Some([from, to]) => port(from).zip(port(to)),
                _ => port(&one).map(|port| (port, port)),
            };
            match read {
                Some(read) => found.push(read),
                None => {
                    unread.push(one.to_string());
                    return None;
                }
            }
        }
        Some(found)
    }
}

fn range(one: &Value) -> Option<Range> {
    if let Some(text) = one.as_str() {
        return Range::parse(text);
    }
    if let Some(prefix) = one.get("prefix") {
        let length = prefix.get("len").and_then(Value::as_u64)?;
        return Range::network(word(prefix, "addr").parse().ok()?, u32::try_from(length).ok()?);
    }
    match one.get("range").and_then(Value::as_array).map(Vec::as_slice) {
        Some([from, to]) => Range::between(from.as_str()?.parse().ok()?, to.as_str()?.parse().ok()?),
        _ => None,
    }
}

/// Whether it is about the state of a connection.
fn is_state(left: Option<&Value>) -> bool {
    left.and_then(|left| left.get("ct")).is_some_and(|ct| word(ct, "key") == "state")
}

/// Whether a first packet may have it.
fn is_new(state: &Value) -> bool {
    !matches!(state.as_str(), Some("established" | "related" | "invalid"))
}

fn verdicts(map: &Value) -> impl Iterator<Item = (&Value, bool)> {
    let pairs = map.get("data").and_then(|data| data.get("set")).and_then(Value::as_array);
    pairs.into_iter().flatten().filter_map(|pair| match pair.as_array().map(Vec::as_slice) {
        Some([state, verdict]) => {
            Some((state, verdict.get("drop").is_none() && verdict.get("reject").is_none()))
        }
        _ => None,
    })
}
