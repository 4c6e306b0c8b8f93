//! What the program says to an operator, from `texts.txt`, in the language that was asked for.

use std::ffi::OsString;
use std::fmt::Display;
use std::io;
use std::sync::OnceLock;

use control::ControlError;
use vocab::{Ending, Lang, Text};

const TABLE: &str = include_str!("texts.txt");

/// The language of this run. A gate that serves answers each operator in his own.
static SPOKEN: OnceLock<Lang> = OnceLock::new();

/// Speaks this language from now on.
pub(crate) fn speak(lang: Lang) {
    // A run has one language: the first that was asked for.
    let _spoken = SPOKEN.set(lang);
}

/// The language of this run; French before anybody asked.
pub(crate) fn spoken() -> Lang {
    SPOKEN.get().copied().unwrap_or_default()
}

/// A sentence of the table, in the language of this run.
pub(crate) fn say(key: &str, gaps: &[&dyn Display]) -> String {
    say_in(spoken(), key, gaps)
}

/// The same in a given language.
pub(crate) fn say_in(lang: Lang, key: &str, gaps: &[&dyn Display]) -> String {
    Text::of_table(TABLE, key, gaps).in_lang(lang).to_owned()
}

/// The language that the command line asks for, else the environment (as POSIX orders it), else French.
pub(crate) fn asked(
    arguments: impl Iterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<String>,
) -> Lang {
    let mut arguments = arguments.filter_map(|argument| argument.into_string().ok());
    while let Some(argument) = arguments.next().filter(|argument| argument != "--") {
        let given = match argument.strip_prefix("--lang") {
            Some("") => arguments.next(),
            Some(rest) => rest.strip_prefix('=').map(ToOwned::to_owned),
            None => None,
        };
        if let Some(lang) = given.and_then(|given| given.parse().ok()) {
            return lang;
        }
    }
    let mut set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| variable(name));
    let locale = set.find(|locale| !locale.is_empty()).unwrap_or_default();
    if locale.split(['_', '.', '@']).next() == Some("en") { Lang::En } else { Lang::Fr }
}

/// What the vault says. Its particulars are words of the table where they are known there.
pub(crate) fn of_vault(lang: Lang, error: &vault::Error) -> String {
    use vault::Error;
    let (key, what, name): (_, &str, String) = match error {
        Error::Invalid(what) => return word(lang, what),
        Error::Missing { what, owner } => ("vault.missing", what, owner.clone()),
        Error::Exists { what, owner } => ("vault.exists", what, owner.clone()),
        Error::Shared { what, with } => ("vault.shared", what, with.clone()),
        Error::OtherLogin { owner } => ("vault.other_login", "", owner.clone()),
        Error::OtherForm { owner } => ("vault.other_form", "", owner.clone()),
        Error::StoredAnew { owner } => ("vault.stored_anew", "", owner.clone()),
        Error::Unsafe { path, why } => ("vault.unsafe", why, path.display().to_string()),
        Error::InUse(path) => ("vault.in_use", "", path.display().to_string()),
        Error::OtherKey(path) => ("vault.other_key", "", path.display().to_string()),
        Error::Altered(path) => ("vault.altered", "", path.display().to_string()),
        Error::Disk { path, source } => {
            return say_in(lang, "vault.disk", &[&path.display(), &of_io(lang, source)]);
        }
        Error::Crypto(what) => return say_in(lang, "vault.crypto", &[what]),
    };
    say_in(lang, key, &[&name, &word(lang, what)])
}

/// What the database says at its opening; what is rare stays in its own words.
pub(crate) fn of_store(error: &store::StoreError) -> anyhow::Error {
    use store::StoreError;
    anyhow::anyhow!(match error {
        StoreError::InUse(path) => say("store.in_use", &[path]),
        StoreError::Newer { found, known } => say("store.newer", &[found, known]),
        StoreError::Corrupt(what) => say("store.corrupt", &[what]),
        StoreError::Full => say("io.full", &[]),
        other => other.to_string(),
    })
}

/// What the socket says.
pub(crate) fn of_control(error: &ControlError) -> String {
    match error {
        ControlError::Taken(path) => say("control.taken", &[&path.display()]),
        ControlError::Socket { path, error } => {
            say("control.socket", &[&path.display(), &of_io(spoken(), error)])
        }
        ControlError::Answer => say("control.answer", &[]),
    }
}

/// How a session ended.
pub(crate) fn of_ending(ending: Ending) -> String {
    say(&format!("ending.{}", ending.as_str()), &[])
}

/// What the system says; what is rare stays in its own words.
fn of_io(lang: Lang, error: &io::Error) -> String {
    let key = match error.kind() {
        io::ErrorKind::NotFound => "io.missing",
        io::ErrorKind::PermissionDenied => "io.denied",
        io::ErrorKind::AlreadyExists => "io.exists",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "io.full",
        io::ErrorKind::AddrInUse => "io.taken",
        io::ErrorKind::ConnectionRefused => "io.refusing",
        _ => return error.to_string(),
    };
    say_in(lang, key, &[])
}

/// Everything that an error says, from what was tried to its first cause, on lines for a terminal.
pub(crate) fn whole(error: &anyhow::Error) -> String {
    let said = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref::<io::Error>() {
        Some(error) => of_io(spoken(), error),
        None => cause.to_string(),
    };
    let colon = if spoken() == Lang::Fr { " : " } else { ": " };
    let said: Vec<String> = std::iter::once("poterne".to_owned()).chain(error.chain().map(said)).collect();
    said.join(colon)
}

/// A mistake on the command line. `None`: help or version is asked for.
pub(crate) fn of_mistake(error: &clap::Error) -> Option<String> {
    use clap::error::{ContextKind as About, ErrorKind};
    let about = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let argument = about(About::InvalidArg);
    let said = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        ErrorKind::UnknownArgument => say("mistake.unknown", &[&argument]),
        ErrorKind::MissingRequiredArgument => say("mistake.missing", &[&argument]),
        ErrorKind::ArgumentConflict => say("mistake.conflict", &[&argument, &about(About::PriorArg)]),
        ErrorKind::InvalidSubcommand => say("mistake.command", &[&about(About::InvalidSubcommand)]),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if about(About::InvalidValue).is_empty() => {
            say("mistake.empty", &[&argument])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            say("mistake.value", &[&about(About::InvalidValue), &argument])
        }
        _ => say("mistake.other", &[]),
    };
    Some(format!("{said}\n{}", say("mistake.help", &[])))
}

/// A word of another crate, found by its English; what is not there stays as it is.
fn word(lang: Lang, english: &str) -> String {
    Text::of_english(TABLE, "word", english).in_lang(lang).to_owned()
}

/// What went wrong, in front of its cause.
pub(crate) trait Because<T> {
    /// With a sentence of the table.
    fn because(self, key: &str, gaps: &[&dyn Display]) -> anyhow::Result<T>;
}

impl<T, E> Because<T> for Result<T, E>
where
    Result<T, E>: anyhow::Context<T, E>,
{
    fn because(self, key: &str, gaps: &[&dyn Display]) -> anyhow::Result<T> {
        anyhow::Context::with_context(self, || say(key, gaps))
    }
}

/// What the vault made, or why not, in the language of this run.
pub(crate) fn from_vault<T>(made: Result<T, vault::Error>) -> anyhow::Result<T> {
    made.map_err(|error| anyhow::anyhow!("{}", of_vault(spoken(), &error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> impl Iterator<Item = Vec<&'static str>> {
        let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(|line| line.split(" | ").collect())
    }

    /// Each sentence is used, has both languages and the same gaps in both.
    #[test]
    fn the_table_of_sentences_is_whole() {
        let sources = [
            include_str!("backup.rs"),
            include_str!("backup/export.rs"),
            include_str!("backup/restore.rs"),
            include_str!("backup/restored.rs"),
            include_str!("backup/snapshot.rs"),
            include_str!("backup/take.rs"),
            include_str!("config.rs"),
            include_str!("desk.rs"),
            include_str!("document.rs"),
            include_str!("document/data.rs"),
            include_str!("document/stamps.rs"),
            include_str!("document/typesetter.rs"),
            include_str!("dossier.rs"),
            include_str!("export.rs"),
            include_str!("guide_cmd.rs"),
            include_str!("guide_cmd/export.rs"),
            include_str!("guide_cmd/statement.rs"),
            include_str!("import.rs"),
            include_str!("import/lacking.rs"),
            include_str!("init.rs"),
            include_str!("keys/readers.rs"),
            include_str!("keys/rotate.rs"),
            include_str!("keys/show.rs"),
            include_str!("keys/split.rs"),
            include_str!("operator.rs"),
            include_str!("outward.rs"),
            include_str!("papers.rs"),
            include_str!("person.rs"),
            include_str!("programs.rs"),
            include_str!("filter.rs"),
            include_str!("filter/compare.rs"),
            include_str!("filter/read.rs"),
            include_str!("filter/write.rs"),
            include_str!("reading.rs"),
            include_str!("refuge.rs"),
            include_str!("replay.rs"),
            include_str!("sandbox.rs"),
            include_str!("sandbox/proof.rs"),
            include_str!("screen.rs"),
            include_str!("serve.rs"),
            include_str!("takeout.rs"),
            include_str!("status.rs"),
            include_str!("texts.rs"),
            include_str!("wiring.rs"),
        ];
        let mut seen = std::collections::BTreeSet::new();
        for cells in lines() {
            let [key, fr, en] = cells.as_slice() else { panic!("{cells:?}") };
            if *key == "word" {
                assert_ne!(fr, en);
                continue;
            }
            assert!(seen.insert(*key), "{key} twice");
            let used = sources.iter().any(|source| source.contains(&format!("\"{key}\"")));
            assert!(used || key.starts_with("ending."), "{key} is not used");
            assert_eq!(fr.matches("{}").count(), en.matches("{}").count(), "{key}");
            let same =
                ["head_session", "head_intervention", "ending", "vault.unsafe", "vault.disk"].contains(key);
            assert!(
                !fr.is_empty() && !en.is_empty() && (same || fr.replace(' ', "") != en.replace(' ', "")),
                "{key}"
            );
        }
        // And what is used is there.
        let asked = ["say(\"", "because(\"", "say_in(lang, \"", "head(\""];
        for source in sources.iter().filter(|source| !source.contains("fn the_table_of_sentences")) {
            for part in asked.iter().flat_map(|call| source.split(call).skip(1)) {
                let key = part.split('"').next().unwrap();
                assert!(seen.contains(key), "{key} is not in the table");
            }
        }
    }

    #[test]
    fn every_ending_has_its_words() {
        let named: Vec<_> = lines().filter_map(|cells| cells[0].strip_prefix("ending.")).collect();
        let endings: Vec<_> = Ending::ALL.iter().map(|ending| ending.as_str()).collect();
        assert_eq!(named, endings);
    }

    #[test]
    fn the_language_is_that_of_the_command_line_then_of_the_environment_then_french() {
        let check = |line: &str, environment: &[(&str, &str)], expected| {
            let words = line.split_whitespace().map(OsString::from);
            let variable = |name: &str| {
                environment.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(asked(words, variable), expected, "{line} {environment:?}");
        };
        check("guide", &[], Lang::Fr);
        check("guide", &[("LANG", "C.UTF-8")], Lang::Fr);
        check("guide", &[("LANG", "de_DE.UTF-8")], Lang::Fr);
        check("guide", &[("LANG", "en_GB.UTF-8")], Lang::En);
        check("guide", &[("LANG", "en")], Lang::En);
        check("guide", &[("LC_ALL", "fr_FR.UTF-8"), ("LANG", "en_GB.UTF-8")], Lang::Fr);
        check("guide", &[("LC_ALL", ""), ("LC_MESSAGES", "en_US"), ("LANG", "fr_FR")], Lang::En);
        check("guide --lang en", &[("LC_ALL", "fr_FR.UTF-8")], Lang::En);
        check("--lang=fr guide", &[("LC_ALL", "en_US.UTF-8")], Lang::Fr);
        check("guide --lang de", &[("LC_ALL", "en_US.UTF-8")], Lang::En);
        check("guide --lang", &[], Lang::Fr);
        check("guide -- --lang en", &[], Lang::Fr);
    }

    #[test]
    fn mistakes_are_named() {
        for (line, french) in [
            ("poterne session cut x", "il manque : --reason <REASON>"),
            ("poterne guide --lang de", "`de` ne convient pas à --lang <LANG>"),
            ("poterne guide --lang", "il manque une valeur à --lang <LANG>"),
            ("poterne serv", "commande inconnue : serv"),
            ("poterne serve --fast", "argument inconnu : --fast"),
            ("poterne account a.b --new-key --certificate", "--new-key ne va pas avec --certificate"),
        ] {
            let error = crate::cli::read(Lang::Fr, line.split(' ').map(OsString::from)).unwrap_err();
            let said = of_mistake(&error).unwrap();
            assert_eq!(said.lines().next(), Some(french), "{line}");
        }
        for line in ["poterne --help", "poterne --version", "poterne session"] {
            let error = crate::cli::read(Lang::Fr, line.split(' ').map(OsString::from)).unwrap_err();
            assert_eq!(of_mistake(&error), None, "{line}");
        }
    }

    #[test]
    fn what_the_vault_says_is_said_in_both() {
        use vault::Error;
        let owner = || "scanner.nord".to_owned();
        let path = || std::path::PathBuf::from("/x");
        for error in [
            Error::Invalid("a private key has at most 16 KiB"),
            Error::Missing { what: "authority", owner: owner() },
            Error::Exists { what: "host key", owner: owner() },
            Error::Shared { what: "login", with: owner() },
            Error::OtherLogin { owner: owner() },
            Error::OtherForm { owner: owner() },
            Error::Unsafe { path: path(), why: "is not a plain file" },
            Error::InUse(path()),
            Error::OtherKey(path()),
            Error::Altered(path()),
            Error::Crypto("sealing"),
        ] {
            let (fr, en) = (of_vault(Lang::Fr, &error), of_vault(Lang::En, &error));
            assert!(
                fr != en && !fr.contains("vault.") && !fr.contains("{}") && !en.contains("{}"),
                "{fr} {en}"
            );
        }
        assert_eq!(of_vault(Lang::Fr, &Error::Invalid("something new")), "something new");
    }
}
