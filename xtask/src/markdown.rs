//! Reading Markdown well enough to check it: headings and links, outside of code.

/// The lines outside fenced code, with their number from 1, with `code spans` blanked.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then(|| (index + 1, without_spans(line)))
    })
}

fn without_spans(line: &str) -> String {
    let parts = line.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 0 { part } else { "" }).collect::<Vec<_>>().join("``")
}

/// The level of each heading, in order: `## x` is 2.
pub(crate) fn headings(text: &str) -> Vec<usize> {
    let level = |line: &str| line.chars().take_while(|c| *c == '#').count();
    let lines = prose(text).map(|(_, line)| line);
    lines
        .filter(|line| (1..=6).contains(&level(line)) && line.contains("# "))
        .map(|line| level(&line))
        .collect()
}

/// How many blocks of fenced code there are.
pub(crate) fn fences(text: &str) -> usize {
    text.lines().filter(|line| line.trim_start().starts_with("```")).count() / 2
}

/// The targets of `[text](target)`, each with its line.
pub(crate) fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for part in line.split("](").skip(1) {
            let target = part.split(')').next().unwrap_or_default();
            let target = target.split_whitespace().next().unwrap_or_default();
            found.push((number, target.trim_matches(['<', '>']).to_owned()));
        }
    }
    found
}

/// The contents of `code spans` outside fenced code, each with its line.
pub(crate) fn spans(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let odd = line.split('`').skip(1).step_by(2);
            found.extend(odd.map(|span| (index + 1, span.to_owned())));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{fences, headings, links, spans};

    const PAGE: &str =
        "# One\n\ntext `a` and [b](c.md#d) and `[e](f)`\n```\n# not one\n[g](h)\n```\n## Two\n#none\n";

    #[test]
    fn code_is_not_prose() {
        assert_eq!(headings(PAGE), [1, 2]);
        assert_eq!(fences(PAGE), 1);
        assert_eq!(links(PAGE), [(3, "c.md#d".to_owned())]);
        assert_eq!(spans(PAGE), [(3, "a".to_owned()), (3, "[e](f)".to_owned())]);
    }
}
