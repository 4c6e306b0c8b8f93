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
}
