//! Every document prints, in both languages, whatever people wrote in it; and what they wrote is text.

use documents::{Document, Lang};
use serde_json::Value;
use typst::layout::{Frame, FrameItem};

use crate::{typeset, world};

const VECTORS: [(&str, &str); 6] = [
    ("provider", include_str!("../../docs/formats/vectors/documents/provider.json")),
    ("statement", include_str!("../../docs/formats/vectors/documents/statement.json")),
    ("report", include_str!("../../docs/formats/vectors/documents/report.json")),
    ("engagement", include_str!("../../docs/formats/vectors/documents/engagement.json")),
    ("pack", include_str!("../../docs/formats/vectors/documents/pack.json")),
    ("kit", include_str!("../../docs/formats/vectors/documents/kit.json")),
];

/// What somebody may write in any field: markup of Typst, the end of every bracket, what is hidden, what no font has.
const HOSTILE: &str = "#panic(1) *gras* _pente_ $x^2$ `brut` ]) } \" \\ </a> @ref <label> // fin /* 中 שלום \u{202e}\u{1b}[2J 🩺\u{0}";

/// Members that are codes and not text of people.
const CODES: [&str; 9] = ["format", "lang", "kind", "utc", "wall", "code", "is", "part", "session"];

fn document(vector: &str) -> Document {
    serde_json::from_str(vector).unwrap()
}

/// Every text of people in it becomes this one.
fn say_everywhere(value: &mut Value, says: &str) {
    match value {
        Value::String(text) => *text = says.to_owned(),
        Value::Array(all) => all.iter_mut().for_each(|one| say_everywhere(one, says)),
        Value::Object(all) => {
            let of_people = all.iter_mut().filter(|(name, _)| !CODES.contains(&name.as_str()));
            // The hashes and names that templates cut to their beginning are ours.
            let of_people = of_people.filter(|(name, _)| !["recording", "ending"].contains(&name.as_str()));
            of_people.for_each(|(_, one)| say_everywhere(one, says));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// All text that stands on the pages.
fn read(document: &Document) -> String {
    fn of(frame: &Frame, said: &mut String) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => of(&group.frame, said),
                FrameItem::Text(text) => said.push_str(&text.text),
                _ => {}
            }
        }
    }
    let data = serde_json::to_vec(document).unwrap();
    let (pages, _) = world::laid_out(document, &data).unwrap();
    let mut said = String::new();
    pages.pages().iter().for_each(|page| of(&page.frame, &mut said));
    said
}

/// Without what breaks lines.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}' && *c != '\u{ad}').collect()
}

#[test]
fn every_kind_prints_in_both_languages_and_twice_the_same() {
    for (kind, vector) in VECTORS {
        for lang in [Lang::Fr, Lang::En] {
            let data = serde_json::to_vec(&Document { lang, ..document(vector) }).unwrap();
            let pdf = typeset(&data).unwrap_or_else(|refused| panic!("{kind}: {refused:?}"));
            assert!(pdf.starts_with(b"%PDF-1.7"), "{kind}");
            assert_eq!(typeset(&data).unwrap(), pdf, "{kind}: the same data, other bytes");
            let holds = |what: &str| pdf.windows(what.len()).any(|bytes| bytes == what.as_bytes());
            for mark in [
                if kind == "pack" { "<pdfaid:part>3<" } else { "<pdfaid:part>2<" },
                "<pdfaid:conformance>A<",
                "<pdfuaid:part>1<",
                "/MarkInfo",
                "/StructTreeRoot",
            ] {
                assert!(holds(mark), "{kind}: {mark}");
            }
        }
    }
}

#[test]
fn what_people_write_is_text() {
    let expected = "#panic(1) *gras* _pente_ $x^2$ `brut` ]) } \" \\ </a> @ref <label> // fin /*";
    for (kind, vector) in VECTORS {
        let mut value: Value = serde_json::from_str(vector).unwrap();
        say_everywhere(&mut value, HOSTILE);
        let hostile: Document = serde_json::from_value(value).unwrap();
        let data = serde_json::to_vec(&hostile).unwrap();
        typeset(&data).unwrap_or_else(|refused| panic!("{kind}: {refused:?}"));
        let said = squeezed(&read(&hostile));
        for part in [expected, "\\u4e2d", "\\u202e\\u001b[2J", "\\ud83e\\ude7a\\u0000"] {
            assert!(said.contains(&squeezed(part)), "{kind}: {part}");
        }
    }
}

#[test]
fn long_words_and_many_lines_print() {
    let word = "mot".repeat(400);
    let lines = "ligne\n".repeat(15);
    for (kind, vector) in VECTORS {
        for says in [&word, &lines, &String::new()] {
            let mut value: Value = serde_json::from_str(vector).unwrap();
            say_everywhere(&mut value, says);
            typeset(&serde_json::to_vec(&value).unwrap())
                .unwrap_or_else(|refused| panic!("{kind}: {refused:?}"));
        }
    }
    let (_, vector) = VECTORS.iter().find(|(kind, _)| *kind == "report").unwrap();
    let mut report = document(vector);
    let documents::Body::Report(body) = &mut report.body else { panic!("{report:?}") };
    body.words.as_mut().unwrap().text = "ligne\n".repeat(10_000);
    typeset(&serde_json::to_vec(&report).unwrap()).unwrap();
}

#[test]
fn what_is_no_document_is_refused() {
    let check = |data: &[u8], says: &str| {
        let refused = typeset(data).unwrap_err();
        assert!(refused.code == 2 && refused.why.contains(says), "{says}: {refused:?}");
    };
    check(b"", "no document");
    check(b"{}", "no document");
    check(&vec![b' '; documents::JSON_MAX + 1], "more than");
    let of = |edit: fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(VECTORS[0].1).unwrap();
        edit(&mut value);
        serde_json::to_vec(&value).unwrap()
    };
    check(&of(|value| value["format"] = "poterne-document-2".into()), "this program knows");
    check(&of(|value| value["more"] = 1.into()), "unknown field");
    check(&of(|value| value["body"]["more"] = 1.into()), "unknown field");
    check(&of(|value| value["body"]["kind"] = "poem".into()), "unknown variant");
    check(&of(|value| value["made"]["utc"] = "hier".into()), "no moment");
}

/// The endings are said as the command line says them.
#[test]
fn endings_are_those_of_the_command_line() {
    let parts = include_str!("../templates/parts.typ");
    let table = include_str!("../../crates/poterne/src/texts.txt");
    let mut count = 0;
    for line in table.lines().filter_map(|line| line.strip_prefix("ending.")) {
        let [code, fr, en] = line.split(" | ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(parts.contains(&format!("\"{code}\": (\"{fr}\", \"{en}\")")), "{line}");
        count += 1;
    }
    assert_eq!(count, 15);
}
