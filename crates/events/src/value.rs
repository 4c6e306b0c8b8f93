//! Canonical JSON (`docs/formats/events.md` section 2): every value has exactly one spelling.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use crate::Error;

/// The largest integer, in both directions: 2^53 − 1, what every JSON reader keeps exactly.
pub const INTEGER_MAX: i64 = (1 << 53) - 1;
/// Values inside values: entry, data, list, part, list, and one to spare.
const DEPTH_MAX: usize = 6;
/// Members of a list or object. The longest lists are the rules of a refusal (38 + 18) and the ranges of
/// a file (64); the rest is for equipment in one request.
pub const MEMBERS_MAX: usize = 256;

/// A value: what JSON has, without fractions and without null. What there is not is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Value {
    Object(Object),
    List(Vec<Value>),
    Text(String),
    Integer(i64),
    Flag(bool),
}

/// Members by name; the order of the map is the order in which they are written.
pub type Object = BTreeMap<String, Value>;

impl fmt::Display for Value {
    /// The one spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(members) => {
                f.write_char('{')?;
                for (index, (name, value)) in members.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    quote(name, f)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
            Self::List(members) => {
                f.write_char('[')?;
                for (index, value) in members.iter().enumerate() {
                    write!(f, "{}{value}", if index == 0 { "" } else { "," })?;
                }
                f.write_char(']')
            }
            Self::Text(text) => quote(text, f),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            '\0'..='\u{1f}' => write!(f, "\\u{:04x}", u32::from(c))?,
            _ => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

/// Reads one value that fills the whole text, or says at which byte it stops being one.
pub(crate) fn parse(text: &str) -> Result<Value, Error> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    if parser.at == text.len() { Ok(value) } else { parser.fail("something follows the value") }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn fail<T>(&self, what: &'static str) -> Result<T, Error> {
        Err(Error::Syntax { at: self.at, what })
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn took(&mut self, word: &str) -> bool {
        let here = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if here { word.len() } else { 0 };
        here
    }

    fn value(&mut self, depth: usize) -> Result<Value, Error> {
        match self.peek() {
            _ if depth == DEPTH_MAX => self.fail("values are nested too deep"),
            Some('{') => self.object(depth),
            Some('[') => self.list(depth),
            Some('"') => self.string().map(Value::Text),
            Some('-' | '0'..='9') => self.integer(),
            _ if self.took("true") => Ok(Value::Flag(true)),
            _ if self.took("false") => Ok(Value::Flag(false)),
            _ => self.fail("no value starts here"),
        }
    }

    fn members(
        &mut self,
        open: &str,
        close: &str,
        mut one: impl FnMut(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.took(open) && self.took(close) {
            return Ok(());
        }
        for _ in 0..MEMBERS_MAX {
            one(self)?;
            if self.took(close) {
                return Ok(());
            }
            if !self.took(",") {
                return self.fail("no comma and no end here");
            }
        }
        self.fail("too many members")
    }

    fn object(&mut self, depth: usize) -> Result<Value, Error> {
        let mut members = Object::new();
        self.members("{", "}", |parser| {
            let name = parser.string()?;
            if members.last_key_value().is_some_and(|(last, _)| *last >= name) {
                return parser.fail("the names of an object are not in order, or one is twice");
            }
            if !parser.took(":") {
                return parser.fail("no colon after a name");
            }
            members.insert(name, parser.value(depth + 1)?);
            Ok(())
        })?;
        Ok(Value::Object(members))
    }

    fn list(&mut self, depth: usize) -> Result<Value, Error> {
        let mut members = Vec::new();
        self.members("[", "]", |parser| {
            members.push(parser.value(depth + 1)?);
            Ok(())
        })?;
        Ok(Value::List(members))
    }

    fn integer(&mut self) -> Result<Value, Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find(|c: char| !matches!(c, '-' | '0'..='9')).unwrap_or(rest.len());
        let digits = rest.get(..end).unwrap_or_default();
        match digits.parse() {
            Ok(number) if (-INTEGER_MAX..=INTEGER_MAX).contains(&number) && number.to_string() == digits => {
                self.at += end;
                Ok(Value::Integer(number))
            }
            _ => self.fail("not an integer within 2^53 in its shortest form"),
        }
    }

    fn string(&mut self) -> Result<String, Error> {
        if !self.took("\"") {
            return self.fail("no string starts here");
        }
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) if c >= ' ' => text.push(c),
                _ => return self.fail("a string with a raw control character, or without end"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Error> {
        Ok(match self.next() {
            Some(c @ ('"' | '\\')) => c,
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => {
                let code =
                    self.text.get(self.at..self.at + 4).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                match code.filter(|code| *code < 0x20) {
                    Some(code) => {
                        self.at += 4;
                        char::from(code)
                    }
                    None => return self.fail("an escape of what needs none"),
                }
            }
            _ => return self.fail("an unknown escape"),
        })
    }
}
