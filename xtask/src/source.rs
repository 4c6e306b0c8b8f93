//! Reading Rust source well enough to count it: what is code, what is a comment or a text, where a
//! function starts and ends, and what is compiled for tests or for a feature only.

#[cfg(test)]
mod tests;

/// A Rust file, taken apart.
#[derive(Debug)]
pub(crate) struct Source {
    /// The lines with comments blanked and the contents of texts replaced by `_`.
    lines: Vec<String>,
    /// For each line, whether it is left out: compiled for tests only, or not compiled.
    left_out: Vec<bool>,
    /// Names of `#[cfg(test)] mod name;`: their files are left out too.
    pub(crate) modules_left_out: Vec<String>,
    pub(crate) functions: Vec<Function>,
}

/// A function that is not left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// First line, from 1.
    pub(crate) line: usize,
    /// Lines from `fn` to the closing brace, both included.
    pub(crate) length: usize,
}

impl Source {
    /// Everything but tests.
    pub(crate) fn read(text: &str) -> Self {
        Self::read_without(text, &[])
    }

    /// Everything but tests and what stands under `#[cfg(feature = "…")]` with one of these names.
    pub(crate) fn read_without(text: &str, features: &[&str]) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let code = blanked(&chars);
        let blanked: String = code.iter().collect();
        let lines: Vec<String> = blanked.lines().map(str::to_owned).collect();
        let mut source = Self {
            left_out: vec![false; lines.len()],
            lines,
            modules_left_out: Vec::new(),
            functions: Vec::new(),
        };
        let features = features.iter().map(|name| format!("[cfg(feature = \"{name}\")]"));
        let attributes = ["[cfg(test)]", "[cfg(all(test,"].into_iter().map(str::to_owned).chain(features);
        for attribute in attributes {
            source.leave_out(&chars, &code, &attribute);
        }
        source.find_functions(&code);
        source
    }

    /// Lines in all, without those left out.
    pub(crate) fn length(&self) -> usize {
        self.left_out.iter().filter(|left_out| !**left_out).count()
    }

    /// Lines that carry code: neither blank, nor comment, nor left out.
    pub(crate) fn code_lines(&self) -> usize {
        let carries = |(line, left_out): &(&String, &bool)| !**left_out && !line.trim().is_empty();
        self.lines.iter().zip(&self.left_out).filter(carries).count()
    }

    /// Leaves out every item under this attribute. The attribute is looked for in the text as it is, because
    /// the names of features are blanked in `code`; there its bracket must still stand.
    fn leave_out(&mut self, chars: &[char], code: &[char], attribute: &str) {
        let mut from = 0;
        while let Some(start) = find(chars, attribute, from) {
            from = start + 1;
            if code.get(start) != Some(&'[') {
                continue;
            }
            if start > 0 && code.get(start - 1) == Some(&'!') {
                self.left_out.fill(true);
                return;
            }
            let item = after_attributes(code, start);
            let end = end_of_item(code, item).unwrap_or(code.len());
            if code.get(end) == Some(&';') {
                self.modules_left_out.extend(module_name(code, item, end));
            }
            let (first, last) = (line_of(code, start), line_of(code, end));
            self.left_out.iter_mut().take(last + 1).skip(first).for_each(|left_out| *left_out = true);
        }
    }

    fn find_functions(&mut self, code: &[char]) {
        let mut from = 0;
        while let Some(start) = find(code, "fn ", from) {
            from = start + 3;
            let word_before = start > 0 && code.get(start - 1).is_some_and(|c| is_word(*c));
            let name: String = code.iter().skip(from).take_while(|c| is_word(**c)).collect();
            let line = line_of(code, start);
            if word_before || name.is_empty() || self.left_out.get(line) == Some(&true) {
                continue;
            }
            if let Some(end) = end_of_item(code, from).filter(|end| code.get(*end) == Some(&'}')) {
                let length = line_of(code, end) - line + 1;
                self.functions.push(Function { name, line: line + 1, length });
            }
        }
    }
}

/// The text with the same lines: comments become blanks, the contents of texts and characters become `_`.
fn blanked(chars: &[char]) -> Vec<char> {
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = Vec::with_capacity(chars.len());
    let mut i = 0;
    while i < chars.len() {
        let (end, mark) = match (at(i), at(i + 1)) {
            ('/', '/') => (until(chars, i, |j| at(j) == '\n'), ' '),
            ('/', '*') => (end_of_block_comment(chars, i), ' '),
            ('"', _) => (end_of_text(chars, i + 1), '_'),
            ('r', '"' | '#') if i == 0 || !is_word(at(i - 1)) || at(i - 1) == 'b' => {
                (end_of_raw_text(chars, i), '_')
            }
            ('\'', '\\') => (until(chars, i + 3, |j| at(j) == '\'') + 1, '_'),
            ('\'', _) if at(i + 2) == '\'' => (i + 3, '_'),
            _ => (i, ' '),
        };
        if end == i {
            out.push(at(i));
            i += 1;
        } else {
            out.extend(chars.iter().take(end).skip(i).map(|c| if *c == '\n' { '\n' } else { mark }));
            i = end;
        }
    }
    out
}

/// The first position from `i` on where `stop` holds, or the end.
fn until(chars: &[char], i: usize, stop: impl Fn(usize) -> bool) -> usize {
    (i..chars.len()).find(|j| stop(*j)).unwrap_or(chars.len())
}

fn end_of_block_comment(chars: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0_usize, start);
    while i < chars.len() {
        match (chars.get(i), chars.get(i + 1)) {
            (Some('/'), Some('*')) => (depth, i) = (depth + 1, i + 2),
            (Some('*'), Some('/')) => (depth, i) = (depth.saturating_sub(1), i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i.min(chars.len())
}

/// After the closing quote of a text whose contents start at `i`.
fn end_of_text(chars: &[char], mut i: usize) -> usize {
    while let Some(c) = chars.get(i) {
        i += if *c == '\\' { 2 } else { 1 };
        if *c == '"' {
            break;
        }
    }
    i.min(chars.len())
}

/// After a raw text that starts with the `r` at `start`; `start` itself if it is none (`r#type`).
fn end_of_raw_text(chars: &[char], start: usize) -> usize {
    let open = until(chars, start + 1, |j| chars.get(j) != Some(&'#'));
    if chars.get(open) != Some(&'"') {
        return start;
    }
    let hashes = open - start - 1;
    let closes =
        |j: usize| chars.get(j) == Some(&'"') && (1..=hashes).all(|hash| chars.get(j + hash) == Some(&'#'));
    (until(chars, open + 1, closes) + hashes + 1).min(chars.len())
}

/// The position of `needle` in `code`, from `from` on.
fn find(code: &[char], needle: &str, from: usize) -> Option<usize> {
    let needle: Vec<char> = needle.chars().collect();
    let rest = code.get(from..)?;
    rest.windows(needle.len()).position(|window| window == needle).map(|at| at + from)
}

/// Past the attribute whose `[` is at `start`, and past every attribute that follows it.
fn after_attributes(code: &[char], start: usize) -> usize {
    let mut depth = 0_usize;
    for (i, c) in code.iter().enumerate().skip(start) {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '#' | '!' => {}
            c if depth == 0 && !c.is_whitespace() => return i,
            _ => {}
        }
    }
    code.len()
}

/// The closing brace or the semicolon that ends the item which starts at `start`.
fn end_of_item(code: &[char], start: usize) -> Option<usize> {
    let (mut round, mut curly) = (0_i32, 0_i32);
    for (i, c) in code.iter().enumerate().skip(start) {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            '{' => curly += 1,
            '}' => {
                curly -= 1;
                if curly <= 0 && round == 0 {
                    return Some(i);
                }
            }
            ';' if round == 0 && curly == 0 => return Some(i),
            _ => {}
        }
    }
    None
}

fn module_name(code: &[char], start: usize, end: usize) -> Option<String> {
    let item: String = code.get(start..end)?.iter().collect();
    let mut words = item.split_whitespace().skip_while(|word| *word != "mod");
    words.nth(1).map(str::to_owned)
}

/// The line of a position, from 0.
fn line_of(code: &[char], position: usize) -> usize {
    code.iter().take(position).filter(|c| **c == '\n').count()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
