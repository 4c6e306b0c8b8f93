//! The text files of the project, as a clone has them.

use anyhow::{Context, Result};
use std::path::Path;

/// A text file: its path from the root with `/`, and its text.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Folders that are not the project's text.
const SKIPPED: &[&str] = &[".git", "target"];

/// Every text file under `root`, sorted by path. Symbolic links and files that are not UTF-8 are left out.
pub(crate) fn all(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = folder.read_dir().with_context(|| format!("`{}` cannot be read", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() && !SKIPPED.iter().any(|name| entry.file_name() == *name) {
                folders.push(path);
            } else if kind.is_file() {
                let bytes =
                    std::fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                let path = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

impl File {
    pub(crate) fn has_ending(&self, ending: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == ending)
    }

    /// Whether the whole file is test code by its place: under `tests/`, or named `tests.rs`.
    pub(crate) fn is_test_by_place(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.split('/').any(|folder| folder == "tests")
    }
}

/// Finds a file by its path.
pub(crate) fn find<'a>(files: &'a [File], path: &str) -> Option<&'a File> {
    files.iter().find(|file| file.path == path)
}
