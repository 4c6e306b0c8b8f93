//! The story, step by step, as it plays itself. Each step runs the very scripts that a person is given.

use super::house::{House, PEOPLE, Ran};
use super::live::{Live, until};
use super::papers;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

type Step = (&'static str, fn(&House) -> Result<()>);

/// In the order of the story.
pub(super) const ALL: &[Step] = &[
    ("une clé n'ouvre rien avant d'être attestée / a key opens nothing before it is vouched for", strangers),
    ("refus : chaque règle, chaque remède / refusal: each rule, each remedy", refused),
    ("demander, approuver, vérifier / request, approve, check", |house| prepare(house).map(drop)),
    (
        "trois conditions manquent, complétées une à une / three conditions missing, mended one by one",
        papers::mended,
    ),
    ("commande : code de retour / exec: exit status", command),
    ("sftp : aller, retour, empreintes / sftp: there and back, hashes", files),
    ("terminal vu en direct, coupé / shell watched live, cut", watched_and_cut),
    ("relecture / replay", replayed),
    ("export asciicast / asciicast export", exported),
    ("le secret n'est nulle part en clair / the secret is nowhere in clear", secret_unseen),
    ("compte rendu, clôture / report, closing", closed),
    ("rapport, bilan et preuves en PDF / report, statement and pack as PDF", papers::printed),
    ("preuves entières / evidence whole", verified),
    ("copie falsifiée démasquée / forged copy caught", forged),
];

/// Longest wait for something that takes well under a second.
const SOON: Duration = Duration::from_secs(10);
/// Longest wait for what may first wait for the next one-time code.
const WITH_CODE: Duration = Duration::from_secs(45);
/// How long a cut may take until the client is back at its own prompt: it takes well under a second; the
/// rest is for a loaded machine that starts three programs meanwhile.
const CUT: Duration = Duration::from_secs(3);
/// What the shell computes: it cannot be the echo of what was typed.
const TYPED: &str = "echo mesure=$((6 * 7)); tty";
const SHOWN: &str = "mesure=42";
/// Why the session is cut.
const REASON: &str = "fin de la démonstration";
/// The file that travels: larger than a window of one channel.
const FILE_BYTES: usize = 3_000_000;

/// What the intervention is called, and what its people were told.
pub(super) struct Prepared {
    pub(super) intervention: String,
    pub(super) told: String,
}

/// The director vouches for her own key, then for everybody's: before that no key opens or approves anything.
pub(super) fn vouch(house: &House) -> Result<()> {
    let mut words = vec!["porte".to_owned(), "vouch".to_owned()];
    for (person, ..) in PEOPLE {
        let public = house.folder.join("people").join(format!("{person}.pub"));
        let shown = crate::shell::output(std::process::Command::new("ssh-keygen").arg("-lf").arg(public))?;
        let print = shown.split_whitespace().nth(1).context("ssh-keygen gave no fingerprint")?;
        words.push(format!("{person}={print}"));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    contains(&house.run("marchand", &words)?.with_code(0)?, &["a.durand : clé SHA256:"])
}

/// The requester, then the beneficiary, each under their own key and code.
pub(super) fn prepare(house: &House) -> Result<Prepared> {
    let words =
        ["porte", "request", "scanner-maintenance", "--out", "journal pour analyse", "Alarme de température"];
    let request = house.run("morel", &words)?.with_code(0)?;
    let intervention = name_in(&request.seen()).with_context(|| request.seen())?;
    let approval = house.run("leroy", &["porte", "approve", &intervention])?.with_code(0)?;
    let check = ["porte", "check", &intervention, "sauvegarde", "Sauvegarde de cette nuit, relue"];
    let checked = house.run("leroy", &check)?.with_code(0)?;
    let told = [request, approval, checked].iter().map(Ran::dialogue).collect();
    Ok(Prepared { intervention, told })
}

/// The name of an intervention in what the door said: `i-` and a number.
fn name_in(text: &str) -> Option<String> {
    let mut words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    let is_name = |word: &&str| {
        word.strip_prefix("i-")
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    };
    words.rfind(is_name).map(str::to_owned)
}

/// Whoever runs the host has put every key and code in: that is no proof of anybody, until somebody vouches.
fn strangers(house: &House) -> Result<()> {
    let ran = house.run("durand", &["ssh", "scanner-1", "id"])?;
    ensure!(ran.code != Some(0) && !ran.out.contains("uid="), "the door opened:\n{}", ran.seen());
    contains(&ran, &["Accès refusé", "attesté", "a.durand=SHA256:"])?;
    vouch(house)
}

/// He has signed nothing, his country is unknown, and nothing was requested: every reason with its remedy.
fn refused(house: &House) -> Result<()> {
    let ran = house.run("petit", &["ssh", "scanner-1", "id"])?;
    ensure!(ran.code != Some(0), "the door opened:\n{}", ran.seen());
    contains(&ran, &["Accès refusé", "[règle de la maison]", "[C2]", "[C6]", "[C7]", "Remède", "Qui"])?;
    ensure!(!ran.out.contains("uid="), "the equipment answered:\n{}", ran.out);
    Ok(())
}

pub(super) fn contains(ran: &Ran, words: &[&str]) -> Result<()> {
    let seen = ran.seen();
    match words.iter().find(|words| !seen.contains(**words)) {
        Some(missing) => bail!("`{missing}` was not said:\n{seen}"),
        None => Ok(()),
    }
}

fn command(house: &House) -> Result<()> {
    let journal = house.folder.join("scanner/files/journal.txt");
    let line = format!("cat '{}'; echo $((6 * 7)); exit 7", journal.display());
    let ran = house.run("durand", &["ssh", "scanner-1", &line])?.with_code(7)?;
    ensure!(ran.out == format!("{}42\n", std::fs::read_to_string(journal)?), "it wrote:\n{}", ran.out);
    contains(&ran, &["Cette session est enregistrée"])
}

/// A file goes in and comes out again; the ledger names it both times with the hash of what we hold.
fn files(house: &House) -> Result<()> {
    let (here, back) = (house.folder.join("people/reglages.bin"), house.folder.join("people/retour.bin"));
    std::fs::write(&here, strange_bytes())?;
    let batch = house.folder.join("people/batch");
    let lines = format!("put \"{}\" reglages.bin\nget reglages.bin \"{}\"\n", here.display(), back.display());
    std::fs::write(&batch, lines)?;
    let batch = batch.display().to_string();
    house.run("durand", &["sftp", "scanner-1", "-b", &batch])?.with_code(0)?;
    ensure!(std::fs::read(&here)? == std::fs::read(&back)?, "what came back is not what was sent");
    let summed = crate::shell::output(std::process::Command::new("sha256sum").arg(&here))?;
    let sum = summed.split_whitespace().next().context("sha256sum said nothing")?;
    for direction in ["in", "out"] {
        entry_with(house, &format!("no file going {direction} with {sum}"), |entry| {
            let is =
                |pointer: &str, value: &str| entry.pointer(pointer).and_then(Value::as_str) == Some(value);
            let path = entry.pointer("/data/path").and_then(Value::as_str).unwrap_or_default();
            is("/code", "file-passed")
                && is("/data/direction", direction)
                && is("/data/sha256", sum)
                && entry.pointer("/data/size") == Some(&Value::from(FILE_BYTES))
                && path.ends_with("reglages.bin")
        })?;
    }
    Ok(())
}

/// Bytes with no pattern that a careless stream would leave whole (a small generator after Knuth).
fn strange_bytes() -> Vec<u8> {
    let mut state = 42_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..FILE_BYTES).map(|_| next()).collect()
}

/// The entry of the ledger, as `poterne-verify --print` gives it, once a signed checkpoint covers it.
pub(super) fn entry_with(house: &House, missing: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
    let mut last = None;
    let found = until(SOON, || {
        let ran = last.insert(house.run("verifier", &["--print"]).ok()?);
        let entry = |line: &str| serde_json::from_str(line.get(line.find('{')?..)?).ok();
        (ran.code == Some(0)).then(|| ran.out.lines().filter_map(entry).find(&wanted)).flatten()
    });
    let said = last.as_ref().map(Ran::seen).unwrap_or_default();
    found.with_context(|| format!("the ledger has {missing}; it ends so:\n{}", super::tail(&said)))
}

/// A shell on a terminal; the IT team sees it live, and cuts it.
fn watched_and_cut(house: &House) -> Result<()> {
    let mut shell = Live::start(house.script("nguyen", &["ssh", "scanner-1"]).env("SSH_OPTIONS", "-tt"))?;
    let session = until(WITH_CODE, || only_session(house))
        .context("no session appears")
        .with_context(|| shell.said())?;
    let mut watch = Live::start(
        &mut house.script("poterne", &["session", "watch", &session, "--reason", "suivi en direct"]),
    )?;
    // The watcher is there once something that the shell shows reaches him; what comes before is not his.
    let seen = until(SOON, || {
        let _gone = shell.types(TYPED);
        watch.shows(SHOWN, Duration::from_millis(300)).ok()
    });
    seen.with_context(|| {
        format!("the watcher saw only:\n{}\nand the shell:\n{}", watch.said(), shell.said())
    })?;
    shell.shows(SHOWN, SOON)?;
    shell.shows("/dev/pts/", SOON)?;
    let begin = Instant::now();
    let cut = ["session", "cut", &session, "--reason", REASON];
    house.run("poterne", &cut)?.with_code(0)?;
    let status = shell.ends(SOON)?;
    let took = begin.elapsed();
    ensure!(!status.success(), "the client ended as if nothing were: {status}");
    ensure!(took < CUT, "the cut took {took:?}");
    shell.shows("Session coupée", SOON)?;
    watch.ends(SOON)?;
    until(SOON, || only_session(house).is_none().then_some(())).context("the session is still listed")
}

/// The full name of the session that is open.
fn only_session(house: &House) -> Option<String> {
    let ran = house.run("poterne", &["session", "list", "--json"]).ok()?;
    let list: Value = serde_json::from_str(&ran.out).ok()?;
    list.get(0)?.get("session")?.as_str().map(str::to_owned)
}

/// The session that was cut, as the ledger names it.
fn cut_session(house: &House) -> Result<String> {
    let entry = entry_with(house, "no session that was cut", |entry| {
        entry.get("code").and_then(Value::as_str) == Some("session-cut")
            && entry.pointer("/data/reason").and_then(Value::as_str) == Some(REASON)
    })?;
    Ok(entry.get("session").and_then(Value::as_str).context("a cut without its session")?.to_owned())
}

fn replayed(house: &House) -> Result<()> {
    let session = cut_session(house)?;
    let ran = house.run("poterne", &["replay", &session, "--speed", "1000"])?.with_code(0)?;
    contains(&ran, &[SHOWN, "/dev/pts/"])
}

fn exported(house: &House) -> Result<()> {
    let session = cut_session(house)?;
    let ran = house.run("poterne", &["export", &session, "--asciicast", "-"])?.with_code(0)?;
    let lines: Vec<Value> = ran.out.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let (head, events) = lines.split_first().context("the export is empty")?;
    ensure!(head.get("version") == Some(&Value::from(2)), "the header is {head}");
    for side in ["width", "height"] {
        let drawable = head.get(side).and_then(Value::as_u64).is_some_and(|size| size > 0);
        ensure!(drawable, "no player can draw {head}");
    }
    let mut shown = String::new();
    for event in events {
        let at = event.get(0).and_then(Value::as_f64).with_context(|| format!("no time in {event}"))?;
        ensure!(at >= 0.0 && event.get(1).is_some_and(Value::is_string), "no event: {event}");
        shown.push_str(event.get(2).and_then(Value::as_str).with_context(|| format!("no text in {event}"))?);
    }
    ensure!(shown.contains(SHOWN), "the export does not show what was seen:\n{shown}");
    Ok(())
}

/// Neither the key's text nor its bytes are in any file of the demonstration: data, ledger, recordings, logs.
fn secret_unseen(house: &House) -> Result<()> {
    let mut files = Vec::new();
    walk(&house.folder, &mut files)?;
    ensure!(files.len() > 50, "only {} files were found", files.len());
    for file in files {
        let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
        for secret in &house.secret {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_slice());
            ensure!(!found, "the secret is in clear in {}", file.display());
        }
    }
    Ok(())
}

/// Every file of the folder, except the programs.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != "app" {
            walk(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// The technician reports, the provider's manager proposes to close, the beneficiary confirms; then the door
/// stays closed.
fn closed(house: &House) -> Result<()> {
    let list = house.run("girard", &["porte", "interventions"])?.with_code(0)?;
    let intervention = name_in(&list.seen()).with_context(|| list.seen())?;
    house
        .run("nguyen", &["porte", "report", &intervention, "Sonde remplacée, alarme levée"])?
        .with_code(0)?;
    house.run("girard", &["porte", "close", &intervention, "reached"])?.with_code(0)?;
    house.run("leroy", &["porte", "confirm", &intervention])?.with_code(0)?;
    let shown = house.run("girard", &["porte", "show", &intervention])?.with_code(0)?;
    contains(&shown, &[&format!("{intervention} — close"), "Sonde remplacée, alarme levée", "reglages.bin"])?;
    // What was open this morning is not open for ever.
    let late = house.run("nguyen", &["ssh", "scanner-1", "id"])?;
    ensure!(late.code != Some(0) && !late.out.contains("uid="), "the door opened:\n{}", late.seen());
    contains(&late, &["Accès refusé", "Aucune intervention"])
}

fn verified(house: &House) -> Result<()> {
    contains(&house.run("verifier", &[])?.with_code(0)?, &["Tout est entier"])
}

/// A name changed in the ledger, then a byte in a recording: exit 1 and the place, both times.
fn forged(house: &House) -> Result<()> {
    for (what, place) in [("journal", "✗ tile/entries/"), ("enregistrement", "✗ recordings/")] {
        house.run("falsifier", &[what])?.with_code(0)?;
        let ran = house.run("verifier", &["forged"])?.with_code(1)?;
        contains(&ran, &["Quelque chose ne va pas"])?;
        let located = ran.out.lines().any(|line| line.starts_with(place) && line.contains("altéré"));
        ensure!(located, "the {what} was forged, and this is all that was said:\n{}", ran.seen());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::name_in;

    #[test]
    fn the_last_name_of_an_intervention_is_found() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(name_in(text).as_deref(), expected, "{text}");
        check("Intervention i-1 demandée.\n  approve i-12\n", Some("i-12"));
        check("anti-1 i- i-x scanner-1", None);
    }
}
