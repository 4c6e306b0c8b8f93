//! Tests of the command line.

use super::*;

fn line(given: &str) -> Result<Option<String>, CommandRefusal> {
    ScpCommand::parse(given.as_bytes())
        .map(|command| command.map(|command| String::from_utf8(command.line()).unwrap()))
}

#[test]
fn lines_put_together_anew() {
    for (given, expected) in [
        ("scp -t .", "scp -t ."),
        ("scp -v -r -p -d -t /var/lib/x", "scp -v -r -p -d -t /var/lib/x"),
        ("scp -prt x", "scp -r -p -t x"),
        ("/usr/bin/scp  -f\tx", "scp -f x"),
        ("scp -t -- -x", "scp -t -- -x"),
        ("scp -f *.log", "scp -f -- *.log"),
        ("scp -f ~/a?[1-3]", "scp -f ~/a?[1-3]"),
        ("scp -t 'a b'", "scp -t a' 'b"),
        ("scp -t a\\ b", "scp -t a' 'b"),
        ("scp -t \"a;b\"", "scp -t a';'b"),
        ("scp -t 'it'\\''s'", "scp -t it\\'s"),
        ("scp -t '$(reboot)'", "scp -t '$''('reboot')'"),
        ("scp -t \"\\$HOME\"", "scp -t '$'HOME"),
        ("scp -f '*'", "scp -f '*'"),
        ("scp -f 'a b' c", "scp -f a' 'b c"),
        ("scp \"-t\" x", "scp -t x"),
        ("scp -t été", "scp -t '\u{c3}''\u{a9}'t'\u{c3}''\u{a9}'"),
    ] {
        let expected: Vec<u8> = match expected.contains('\u{c3}') {
            true => b"scp -t '\xc3''\xa9't'\xc3''\xa9'".to_vec(),
            false => expected.as_bytes().to_vec(),
        };
        let command = ScpCommand::parse(given.as_bytes()).unwrap().unwrap();
        assert_eq!(command.line(), expected, "{given}");
        assert_eq!(ScpCommand::parse(&command.line()).unwrap().unwrap(), command, "{given}: again");
    }
}

#[test]
fn lines_of_other_commands() {
    for given in [
        "",
        "ls -t",
        "scpx -t a",
        "scp a b:c",
        "scp a b && ls",
        "rsync --server -t",
        "sh -c 'scp -t x'",
        "$scp -t x",
    ] {
        assert_eq!(line(given), Ok(None), "{given}");
    }
}

#[test]
fn lines_refused() {
    use CommandRefusal::{OpenQuote, Option, Paths, Shell, TooLong};
    for (given, expected) in [
        ("scp -t x; reboot", Shell(';')),
        ("scp -t x && reboot", Shell('&')),
        ("scp -t x | sh", Shell('|')),
        ("scp -t $(reboot)", Shell('$')),
        ("scp -t \"$(reboot)\"", Shell('$')),
        ("scp -t \"`reboot`\"", Shell('`')),
        ("scp -t `reboot`", Shell('`')),
        ("scp -t x > /etc/passwd", Shell('>')),
        ("scp -t x\nreboot", Shell('\n')),
        ("scp -t 'x\nreboot'", Shell('\n')),
        ("scp -t \\\nx", Shell('\n')),
        ("scp -f {a,b}", Shell('{')),
        ("scp -t *", Shell('*')),
        ("scp -t ~/x", Shell('~')),
        ("scp -f [!a]", Shell('[')),
        ("scp -t #x", Shell('#')),
        ("scp -t 'x", OpenQuote),
        ("scp -t x\\", OpenQuote),
        ("scp -t -f x", Option),
        ("scp -S reboot -t x", Option),
        ("scp -oProxyCommand=reboot -t x", Option),
        ("scp -t", Paths),
        ("scp -t ''", Paths),
        ("scp -t a b", Paths),
    ] {
        assert_eq!(line(given), Err(expected), "{given}");
    }
    assert_eq!(line(&format!("scp -t {}", "x".repeat(4097))), Err(TooLong));
    assert_eq!(line(&format!("scp -f {}", "x".repeat(9000))), Err(TooLong));
    assert_eq!(line(&format!("scp -f {}", "x ".repeat(65))), Err(Paths));
    for refusal in [TooLong, Shell('\n'), OpenQuote, Option, Paths] {
        assert!(!refusal.text().fr.contains('\n') && !refusal.text().en.is_empty());
    }
}

/// A program of that name in another folder may be the technician's own: the equipment's `scp` runs, whatever path
/// was given.
#[test]
fn no_other_program_runs_under_the_name_of_scp() {
    for given in ["/tmp/x/scp -t .", "./scp -t .", "/usr/bin/scp -t ."] {
        let command = ScpCommand::parse(given.as_bytes()).unwrap().unwrap();
        assert_eq!(String::from_utf8(command.line()).unwrap(), "scp -t .", "{given}");
    }
}
