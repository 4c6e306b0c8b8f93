//! Tables as CSV (RFC 4180): a comma between cells, quotes where a cell needs them, a line feed after each line.

/// One line. A cell that a spreadsheet would take for a formula has an apostrophe in front: what others named must not
/// calculate on the reader's machine.
pub(crate) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = cells.into_iter().map(cell).collect::<Vec<_>>().join(",");
    text.push('\n');
    text
}

fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', ';', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// One cell, and where it stands: line and column in characters, both from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) at: (usize, usize),
}

/// A table that was read: its head in lower case, and its lines.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) head: Vec<Cell>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// Reads a table with a head. Its separator is the one of comma, semicolon and tab that the head has most; a byte order
/// mark is passed over, as are lines with nothing in them.
///
/// # Errors
/// Where a quote is not closed, or is followed by more text.
pub(crate) fn read(text: &str) -> Result<Table, (usize, usize)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    // Of equals the last counts: the comma.
    let separator = [';', '\t', ','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(',');
    let mut reader = Reader { separator, rows: Vec::new(), row: Vec::new(), cell: String::new(), at: (1, 1) };
    reader.run(text)?;
    let mut rows = reader.rows.into_iter();
    let mut head = rows.next().unwrap_or_default();
    for cell in &mut head {
        cell.text = cell.text.to_lowercase();
    }
    Ok(Table { head, rows: rows.collect() })
}

struct Reader {
    separator: char,
    rows: Vec<Vec<Cell>>,
    row: Vec<Cell>,
    cell: String,
    /// Where the cell began.
    at: (usize, usize),
}

/// Where the reader is in a cell.
#[derive(Clone, Copy, PartialEq)]
enum In {
    Start,
    Plain,
    Quoted,
    /// Behind a quote that may be the first of two.
    Quote,
}

impl Reader {
    fn run(&mut self, text: &str) -> Result<(), (usize, usize)> {
        let (mut line, mut column, mut state) = (1, 1, In::Start);
        for c in text.chars() {
            let next = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
            state = match (state, c) {
                (In::Start, '"') => In::Quoted,
                (In::Quoted, '"') => In::Quote,
                (In::Quote, '"') => {
                    self.cell.push('"');
                    In::Quoted
                }
                (In::Quoted, c) => {
                    self.cell.push(c);
                    In::Quoted
                }
                (_, '\n') => {
                    self.end_of_line(next);
                    In::Start
                }
                (_, c) if c == self.separator => {
                    self.end_of_cell(next);
                    In::Start
                }
                (state, '\r') => state,
                (In::Quote, _) => return Err((line, column)),
                (In::Start | In::Plain, c) => {
                    self.cell.push(c);
                    In::Plain
                }
            };
            (line, column) = next;
        }
        if state == In::Quoted {
            return Err(self.at);
        }
        self.end_of_line((line, column));
        Ok(())
    }

    fn end_of_cell(&mut self, next: (usize, usize)) {
        let text = std::mem::take(&mut self.cell);
        let text = text.trim();
        // What `line` puts in front of what looks like a formula.
        let text = match text.strip_prefix('\'') {
            Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
            _ => text,
        };
        self.row.push(Cell { text: text.to_owned(), at: self.at });
        self.at = next;
    }

    fn end_of_line(&mut self, next: (usize, usize)) {
        self.end_of_cell(next);
        let row = std::mem::take(&mut self.row);
        if row.iter().any(|cell| !cell.text.is_empty()) {
            self.rows.push(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(line(["a", "", "b c"]), "a,,b c\n");
        assert_eq!(
            line(["a,b", "say \"x\"", "two\nlines", "a;b"]),
            "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"a;b\"\n"
        );
        assert_eq!(line(["=1+1", "+33 1", "-", "@x", "a=b"]), "'=1+1,'+33 1,'-,'@x,a=b\n");
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        let table = read(text).unwrap();
        std::iter::once(table.head)
            .chain(table.rows)
            .map(|row| row.into_iter().map(|cell| cell.text).collect())
            .collect()
    }

    #[test]
    fn tables_are_read_whatever_parts_their_cells() {
        for text in ["Name,Port\na,22\n", "\u{feff}name;port\r\na;22\r\n", "name\tport\n\n\na\t22"] {
            assert_eq!(cells(text), [["name", "port"], ["a", "22"]], "{text:?}");
        }
        assert_eq!(cells("a,b\n\"x\"\"y\",\"two\nlines\"\n"), [["a", "b"], ["x\"y", "two\nlines"]]);
        assert_eq!(cells("a\n'+33\n'x\n"), [["a"], ["+33"], ["'x"]]);
        assert!(read("").unwrap().rows.is_empty());
        let table = read("a,b\nx,\"y\nz\"\nu,é,w\n").unwrap();
        assert_eq!(table.rows[1][2].at, (4, 5));
        assert_eq!(read("a\n\"open\n").unwrap_err(), (2, 1));
        assert_eq!(read("a\n\"x\" y\n").unwrap_err(), (2, 4));
    }

    proptest::proptest! {
        /// What is written is read again, formulas and all.
        #[test]
        fn what_is_written_is_read(cells in proptest::collection::vec("[ -~\n\"=+é]{0,12}", 1..5)) {
            let trimmed: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
            proptest::prop_assume!(trimmed.iter().any(|cell| !cell.is_empty() && !cell.starts_with('\'')));
            proptest::prop_assume!(trimmed.iter().all(|cell| !cell.starts_with('\'')));
            let head: Vec<String> = (0..cells.len()).map(|n| format!("c{n}")).collect();
            let text = line(head.iter().map(String::as_str)) + &line(trimmed.iter().map(String::as_str));
            let table = read(&text).unwrap();
            let read: Vec<String> = table.rows[0].iter().map(|cell| cell.text.clone()).collect();
            proptest::prop_assert_eq!(read, trimmed);
        }
    }
}
