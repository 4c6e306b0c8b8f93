//! The words of a mail: built in, or files that an administrator edits. `{name}` is a gap, and nothing else is special.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gate::{Notice, NoticeText};
use vocab::{Lang, is_hidden};

/// Longest file of a text.
const FILE_MAX: usize = 16 * 1024;
/// Longest subject, in characters; what is longer is cut.
const SUBJECT_MAX: usize = 160;
/// Longest body: 48 KiB, a digest of some three hundred deadlines; what is longer is cut, and says so.
const BODY_MAX: usize = 48 * 1024;

/// Why a text cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum TextError {
    #[error("{file}: `{{{gap}}}` is no gap of this text; it has {known}")]
    Gap { file: String, gap: String, known: String },
    #[error("{0}: a brace without its name: a gap is written {{name}}")]
    Brace(String),
    #[error("{0}: the first line is the subject, then comes an empty line, then the text")]
    Form(String),
    #[error("{0}: longer than 16 KiB")]
    Long(String),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

/// What is built in: name, French, English.
const BUILT_IN: [(NoticeText, &str, &str); 13] = [
    (NoticeText::Request, include_str!("texts/request.fr.txt"), include_str!("texts/request.en.txt")),
    (NoticeText::Opening, include_str!("texts/opening.fr.txt"), include_str!("texts/opening.en.txt")),
    (NoticeText::End, include_str!("texts/end.fr.txt"), include_str!("texts/end.en.txt")),
    (NoticeText::Digest, include_str!("texts/digest.fr.txt"), include_str!("texts/digest.en.txt")),
    (NoticeText::Overdue, include_str!("texts/overdue.fr.txt"), include_str!("texts/overdue.en.txt")),
    (NoticeText::Report, include_str!("texts/report.fr.txt"), include_str!("texts/report.en.txt")),
    (NoticeText::Closing, include_str!("texts/closing.fr.txt"), include_str!("texts/closing.en.txt")),
    (NoticeText::Plan, include_str!("texts/plan.fr.txt"), include_str!("texts/plan.en.txt")),
    (NoticeText::Qualify, include_str!("texts/qualify.fr.txt"), include_str!("texts/qualify.en.txt")),
    (NoticeText::Exception, include_str!("texts/exception.fr.txt"), include_str!("texts/exception.en.txt")),
    (
        NoticeText::Derogation,
        include_str!("texts/derogation.fr.txt"),
        include_str!("texts/derogation.en.txt"),
    ),
    (NoticeText::Suspended, include_str!("texts/suspended.fr.txt"), include_str!("texts/suspended.en.txt")),
    (NoticeText::Locked, include_str!("texts/locked.fr.txt"), include_str!("texts/locked.en.txt")),
];

/// Every text in both languages.
#[derive(Debug, Clone)]
pub struct Texts(BTreeMap<(NoticeText, bool), Template>);

/// One text, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Template {
    subject: Vec<Part>,
    body: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    Gap(String),
}

fn file_of(text: NoticeText, lang: Lang) -> String {
    format!("{}.{}.txt", text.name(), if lang == Lang::Fr { "fr" } else { "en" })
}

/// Each built-in text by its file's name.
fn built_in() -> impl Iterator<Item = (NoticeText, Lang, &'static str)> {
    BUILT_IN.into_iter().flat_map(|(text, fr, en)| [(text, Lang::Fr, fr), (text, Lang::En, en)])
}

impl Texts {
    /// What is built in, with the files of this folder in place of those of the same name.
    ///
    /// # Errors
    /// Which file cannot be read, or says something that cannot be filled in.
    pub fn read(folder: Option<&Path>) -> Result<Self, TextError> {
        let mut all = BTreeMap::new();
        for (text, lang, words) in built_in() {
            let file = file_of(text, lang);
            let own = folder.map(|folder| folder.join(&file)).filter(|path| path.exists());
            let words = match own {
                Some(path) => fs::read_to_string(&path)
                    .map_err(|source| TextError::Io { path: path.clone(), source })?,
                None => words.to_owned(),
            };
            all.insert((text, lang == Lang::Fr), Template::parse(&file, &words, text.gaps())?);
        }
        Ok(Self(all))
    }

    /// Writes what is built in into a folder, for somebody to edit; files that are there stay as they are. How many were
    /// written.
    ///
    /// # Errors
    /// If the folder or a file cannot be made.
    pub fn write_out(folder: &Path) -> Result<usize, TextError> {
        let io = |path: &Path| {
            let path = path.to_path_buf();
            move |source| TextError::Io { path, source }
        };
        fs::create_dir_all(folder).map_err(io(folder))?;
        let mut written = 0;
        for (text, lang, words) in built_in() {
            let path = folder.join(file_of(text, lang));
            if !path.exists() {
                fs::write(&path, words).map_err(io(&path))?;
                written += 1;
            }
        }
        Ok(written)
    }

    /// Subject and body of a notice in one language. The subject is one line, whatever the particulars are.
    pub(super) fn fill(&self, notice: &Notice, lang: Lang) -> (String, String) {
        let Some(template) = self.0.get(&(notice.text, lang == Lang::Fr)) else { return Default::default() };
        let gap = |name: &str| {
            let found = notice.gaps.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| text.in_lang(lang).to_owned()).unwrap_or_default()
        };
        let subject: String = filled(&template.subject, &gap)
            .chars()
            .map(|c| if is_hidden(c) { ' ' } else { c })
            .take(SUBJECT_MAX)
            .collect();
        let mut body: String =
            filled(&template.body, &gap).chars().filter(|c| *c == '\n' || !is_hidden(*c)).collect();
        if body.len() > BODY_MAX {
            body.truncate(body.floor_char_boundary(BODY_MAX));
            body.push_str("\n[…]\n");
        }
        (subject, body)
    }
}

fn filled(parts: &[Part], gap: &impl Fn(&str) -> String) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Words(words) => words.clone(),
            Part::Gap(name) => gap(name),
        })
        .collect()
}

impl Template {
    fn parse(file: &str, text: &str, gaps: &[&str]) -> Result<Self, TextError> {
        if text.len() > FILE_MAX {
            return Err(TextError::Long(file.to_owned()));
        }
        let text = text.replace("\r\n", "\n");
        let (subject, body) = text.split_once("\n\n").ok_or_else(|| TextError::Form(file.to_owned()))?;
        if subject.trim().is_empty() || subject.contains('\n') || body.trim().is_empty() {
            return Err(TextError::Form(file.to_owned()));
        }
        Ok(Self { subject: parts(file, subject, gaps)?, body: parts(file, body, gaps)? })
    }
}

fn parts(file: &str, text: &str, gaps: &[&str]) -> Result<Vec<Part>, TextError> {
    let brace = || TextError::Brace(file.to_owned());
    let (mut all, mut rest) = (Vec::new(), text);
    while let Some((words, after)) = rest.split_once('{') {
        let (gap, then) = after.split_once('}').ok_or_else(brace)?;
        if words.contains('}') || gap.is_empty() || !gap.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        {
            return Err(brace());
        }
        if !gaps.contains(&gap) {
            let known = gaps.iter().map(|gap| format!("{{{gap}}}")).collect::<Vec<_>>().join(" ");
            return Err(TextError::Gap { file: file.to_owned(), gap: gap.to_owned(), known });
        }
        all.extend([Part::Words(words.to_owned()), Part::Gap(gap.to_owned())]);
        rest = then;
    }
    if rest.contains('}') {
        return Err(brace());
    }
    all.push(Part::Words(rest.to_owned()));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocab::Text;

    fn notice(text: NoticeText, value: &str) -> Notice {
        let gaps = text
            .gaps()
            .iter()
            .map(|name| (*name, Text::new(format!("{name}-{value}"), format!("{name}={value}"))));
        Notice { text, to: Vec::new(), gaps: gaps.collect() }
    }

    #[test]
    fn what_is_built_in_is_whole_in_both_languages() {
        let texts = Texts::read(None).unwrap();
        assert_eq!(BUILT_IN.map(|(text, ..)| text), NoticeText::ALL);
        for text in NoticeText::ALL {
            let [(fr, fr_body), (en, en_body)] =
                [Lang::Fr, Lang::En].map(|lang| texts.fill(&notice(text, "x"), lang));
            assert!(fr != en && fr_body != en_body);
            for name in text.gaps() {
                assert!(format!("{fr}{fr_body}").contains(&format!("{name}-x")), "{text:?} {name}");
                assert!(format!("{en}{en_body}").contains(&format!("{name}=x")), "{text:?} {name}");
            }
        }
    }

    #[test]
    fn texts_are_written_out_read_again_and_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Texts::write_out(folder.path()).unwrap(), 26);
        let own = folder.path().join("opening.fr.txt");
        fs::write(&own, "Bonjour {technician}\n\nEntrée de {technician}.\n").unwrap();
        assert_eq!(Texts::write_out(folder.path()).unwrap(), 0);
        let texts = Texts::read(Some(folder.path())).unwrap();
        let said = texts.fill(&notice(NoticeText::Opening, "x"), Lang::Fr);
        assert_eq!(said, ("Bonjour technician-x".to_owned(), "Entrée de technician-x.\n".to_owned()));
        assert!(texts.fill(&notice(NoticeText::Opening, "x"), Lang::En).0.starts_with("Session open"));
        for (words, why) in [
            ("Bonjour {salaire}\n\nx\n", "`{salaire}` is no gap of this text; it has {establishment}"),
            ("Bonjour {\n\nx\n", "a gap is written {name}"),
            ("Bonjour }\n\nx\n", "a gap is written {name}"),
            ("Bonjour {Technician}\n\nx\n", "a gap is written {name}"),
            ("Bonjour\nx\n", "the first line is the subject"),
            ("\n\nx\n", "the first line is the subject"),
        ] {
            fs::write(&own, words).unwrap();
            let said = Texts::read(Some(folder.path())).unwrap_err().to_string();
            assert!(said.contains(why) && said.starts_with("opening.fr.txt"), "{said}");
        }
        fs::write(&own, "x".repeat(FILE_MAX + 1)).unwrap();
        assert!(matches!(Texts::read(Some(folder.path())), Err(TextError::Long(_))));
    }
}
