//! Licence expressions (SPDX, annex D), and whether an allow-list satisfies one.

use anyhow::{Result, bail};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    /// One licence, with its exception: `Apache-2.0 WITH LLVM-exception`.
    Licence(String),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

/// Expressions nest a few levels; deeper is an error, not a full stack.
const DEPTH: usize = 16;

impl Expression {
    /// Reads an expression; the old `MIT/Apache-2.0` counts as `OR`.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
        let expression = any(&mut words, DEPTH)?;
        match words.last() {
            None => Ok(expression),
            Some(word) => bail!("unexpected `{word}` in the licence expression `{text}`"),
        }
    }

    pub(crate) fn satisfied_by(&self, allowed: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Licence(name) => allowed(name),
            Self::All(parts) => parts.iter().all(|part| part.satisfied_by(allowed)),
            Self::Any(parts) => parts.iter().any(|part| part.satisfied_by(allowed)),
        }
    }
}

fn any(words: &mut Vec<&str>, depth: usize) -> Result<Expression> {
    let mut parts = vec![all(words, depth)?];
    while words.last() == Some(&"OR") {
        words.pop();
        parts.push(all(words, depth)?);
    }
    Ok(single(parts, Expression::Any))
}

fn all(words: &mut Vec<&str>, depth: usize) -> Result<Expression> {
    let mut parts = vec![one(words, depth)?];
    while words.last() == Some(&"AND") {
        words.pop();
        parts.push(one(words, depth)?);
    }
    Ok(single(parts, Expression::All))
}

fn one(words: &mut Vec<&str>, depth: usize) -> Result<Expression> {
    match words.pop() {
        None | Some(")" | "OR" | "AND" | "WITH") => bail!("a licence is missing"),
        Some("(") => {
            let Some(depth) = depth.checked_sub(1) else { bail!("more than {DEPTH} levels") };
            let inner = any(words, depth)?;
            if words.pop() != Some(")") {
                bail!("`)` is missing");
            }
            Ok(inner)
        }
        Some(name) if words.last() == Some(&"WITH") => {
            words.pop();
            let Some(exception) = words.pop() else { bail!("an exception is missing after `WITH`") };
            Ok(Expression::Licence(format!("{name} WITH {exception}")))
        }
        Some(name) => Ok(Expression::Licence(name.to_owned())),
    }
}

fn single(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            many(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Expression;

    #[test]
    fn expressions_are_judged() {
        let allowed = |name: &str| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&name);
        let cases = [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("GPL-3.0-only OR MIT", true),
            ("GPL-3.0-only/MIT", true),
            ("GPL-3.0-only AND MIT", false),
            ("ISC AND (Apache-2.0 OR ISC)", true),
            ("ISC AND (Apache-2.0 OR GPL-2.0-only)", false),
            ("MIT AND GPL-2.0-only OR ISC", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("Apache-2.0", false),
        ];
        for (text, expected) in cases {
            assert_eq!(Expression::read(text).unwrap().satisfied_by(&allowed), expected, "{text}");
        }
    }

    #[test]
    fn broken_expressions_are_refused() {
        let deep = format!("{}MIT{}", "(".repeat(20), ")".repeat(20));
        for text in ["", "MIT AND", "OR MIT", "(MIT", "MIT)", "MIT ISC", "MIT WITH", &deep] {
            assert!(Expression::read(text).is_err(), "{text}");
        }
    }
}
