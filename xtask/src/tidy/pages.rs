//! The pages: links lead somewhere, French and English keep step, every decision is listed.

use crate::breach::Breach;
use crate::files::{self, File};
use crate::markdown;

const DECISIONS: &str = "docs/decisions/";

/// Every breach in the Markdown pages.
pub(super) fn check(files: &[File]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let pages = || files.iter().filter(|file| file.has_ending("md"));
    for page in pages() {
        breaches.extend(links(page, files));
        breaches.extend(twins(page, files));
    }
    for needed in ["README.md", "README.fr.md", "docs/decisions/README.md"] {
        if files::find(files, needed).is_none() {
            breaches.push(Breach::new(needed, "is missing"));
        }
    }
    if let Some(list) = files::find(files, "docs/decisions/README.md") {
        breaches.extend(decisions(list, files));
    }
    breaches
}

/// A link to a file or a folder leads to one that exists.
fn links(page: &File, files: &[File]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (line, target) in markdown::links(&page.text) {
        let outside = target.contains("://") || target.starts_with("mailto:") || target.starts_with('#');
        let path = target.split('#').next().unwrap_or_default();
        if outside || path.is_empty() {
            continue;
        }
        let wanted = resolve(&page.path, path);
        let folder = format!("{wanted}/");
        if !files.iter().any(|file| file.path == wanted || file.path.starts_with(&folder)) {
            breaches.push(Breach::new(
                format!("{}:{line}", page.path),
                format!("links to `{target}`, which does not exist"),
            ));
        }
    }
    breaches
}

/// `target` as seen from the page, as a path from the root.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// `x.fr.md` and `x.md` have the same headings and as many blocks of code.
fn twins(page: &File, files: &[File]) -> Option<Breach> {
    let stem = page.path.strip_suffix(".fr.md")?;
    let Some(english) = files::find(files, &format!("{stem}.md")) else {
        return Some(Breach::new(&page.path, "has no English page beside it"));
    };
    let form = |file: &File| (markdown::headings(&file.text), markdown::fences(&file.text));
    let (french, english) = (form(page), form(english));
    if french.0 != english.0 {
        let (here, there) = (french.0.len(), english.0.len());
        let says = format!("its {here} headings are not those of the English page ({there}), level by level");
        return Some(Breach::new(&page.path, says));
    }
    let says = format!("has {} blocks of code, the English page {}", french.1, english.1);
    (french.1 != english.1).then(|| Breach::new(&page.path, says))
}

/// Each file of docs/decisions is linked from its list.
fn decisions(list: &File, files: &[File]) -> Vec<Breach> {
    let linked: Vec<String> =
        markdown::links(&list.text).into_iter().map(|(_, target)| resolve(&list.path, &target)).collect();
    let of_folder = files.iter().filter(|file| file.path.starts_with(DECISIONS) && file.path != list.path);
    of_folder
        .filter(|file| !linked.contains(&file.path))
        .map(|file| Breach::new(&file.path, "is not listed in docs/decisions/README.md"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{File, check};

    fn said(pages: &[(&str, &str)]) -> Vec<String> {
        let needed = ["README.md", "README.fr.md", "docs/decisions/README.md"];
        let given = |path: &&&str| pages.iter().any(|(page, _)| *page == **path);
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let mut files: Vec<File> = pages.iter().map(|(path, text)| file(path, text)).collect();
        files.extend(needed.iter().filter(|path| !given(path)).map(|path| file(path, "")));
        check(&files).into_iter().map(|breach| format!("{}: {}", breach.place, breach.says)).collect()
    }

    #[test]
    fn links_lead_somewhere() {
        assert_eq!(
            said(&[("docs/a.md", "[x](../README.md#top) [y](https://z.example) [d](decisions) [l](#here)")]),
            [""; 0]
        );
        assert_eq!(
            said(&[("docs/a.md", "\n[x](b.md)")]),
            ["docs/a.md:2: links to `b.md`, which does not exist"]
        );
    }

    #[test]
    fn french_and_english_keep_step() {
        assert_eq!(said(&[("README.md", "# A\n## B\n"), ("README.fr.md", "# C\n## D\n")]), [""; 0]);
        assert!(
            said(&[("README.md", "# A\n## B\n"), ("README.fr.md", "# C\n")])[0].contains("its 1 headings")
        );
        assert!(said(&[("README.md", "```\n```\n")])[0].contains("0 blocks of code, the English page 1"));
        assert!(said(&[("docs/a.fr.md", "")])[0].contains("no English page"));
    }

    #[test]
    fn decisions_are_listed() {
        let one = ("docs/decisions/0001-x.md", "# X");
        assert!(said(&[one])[0].contains("0001-x.md: is not listed"));
        assert_eq!(said(&[one, ("docs/decisions/README.md", "- [x](0001-x.md)")]), [""; 0]);
    }

    #[test]
    fn what_is_needed_is_missed() {
        assert_eq!(check(&[]).len(), 3);
    }
}
