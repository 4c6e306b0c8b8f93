//! YAML that people can read, for the one file that asks for it. Every text is quoted as JSON quotes it, or stands as a
//! block when it has several lines, so that nothing in it is read as anything but text.

use std::fmt::Write;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Text(String),
    Number(i64),
    Flag(bool),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Node {
    pub(super) fn map<const N: usize>(members: [(&str, Node); N]) -> Self {
        Self::Map(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    pub(super) fn list<T: Into<Node>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// As a document.
    pub(super) fn document(&self) -> String {
        let mut text = String::new();
        self.write(0, &mut text);
        text
    }

    fn write(&self, indent: usize, text: &mut String) {
        match self {
            Self::Map(members) => {
                for (key, value) in members {
                    line(indent, &format!("{}:", self::key(key)), value, text);
                }
            }
            Self::List(items) => {
                for item in items {
                    match item {
                        Self::Map(members) if !members.is_empty() => {
                            let mut inner = String::new();
                            item.write(indent + 2, &mut inner);
                            let _ = write!(text, "{:indent$}- {}", "", inner.trim_start_matches(' '));
                        }
                        _ => line(indent, "-", item, text),
                    }
                }
            }
            scalar => line(indent, "", scalar, text),
        }
    }
}

/// One value after its key or dash, on the same line or below it. Writing into a string cannot fail.
fn line(indent: usize, before: &str, value: &Node, text: &mut String) {
    let _ = write!(text, "{:indent$}{before}", "");
    let _ = match value {
        Node::Map(members) if members.is_empty() => writeln!(text, " {{}}"),
        Node::List(items) if items.is_empty() => writeln!(text, " []"),
        Node::Map(_) | Node::List(_) => {
            text.push('\n');
            value.write(indent + 2, text);
            Ok(())
        }
        Node::Number(number) => writeln!(text, " {number}"),
        Node::Flag(flag) => writeln!(text, " {flag}"),
        Node::Text(said) if is_block(said) => {
            let _ = writeln!(text, " |-");
            said.split('\n').try_for_each(|row| match row {
                "" => writeln!(text),
                row => writeln!(text, "{:width$}{row}", "", width = indent + 2),
            })
        }
        Node::Text(said) => writeln!(text, " {}", quoted(said)),
    };
}

/// Whether a text may stand as a block: nothing in it depends on how a block is read.
fn is_block(text: &str) -> bool {
    let plain = |row: &str| row.trim() == row && !row.chars().any(vocab::is_hidden);
    text.contains('\n') && !text.starts_with('\n') && !text.ends_with('\n') && text.split('\n').all(plain)
}

fn key(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let is_word = key.chars().next().is_some_and(|c| c.is_ascii_alphabetic()) && key.chars().all(plain);
    if is_word { key.to_owned() } else { quoted(key) }
}

/// A string of JSON is one of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(writable(text)).to_string()
}

/// JSON leaves some characters as they are that YAML refuses (`DEL` and the C1 controls); none of them says anything.
fn writable(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_reads_as_it_was_meant() {
        let node = Node::map([
            ("name", "Règle : « C1 » # non".into()),
            ("no", Node::Flag(false)),
            ("several", "un\n\ndeux".into()),
            ("spaced", " un\ndeux".into()),
            ("grid", Node::List(vec![Node::List(vec![Node::Number(0), Node::Number(1)])])),
            (
                "nodes",
                Node::List(vec![Node::map([
                    ("urn:a:b", "x\"\\".into()),
                    ("none", Node::List(Vec::new())),
                    ("inner", Node::map([("fr", "oui".into())])),
                ])]),
            ),
        ]);
        let expected = r#"name: "Règle : « C1 » # non"
no: false
several: |-
  un

  deux
spaced: " un\ndeux"
grid:
  -
    - 0
    - 1
nodes:
  - "urn:a:b": "x\"\\"
    none: []
    inner:
      fr: "oui"
"#;
        assert_eq!(node.document(), expected);
    }
}
