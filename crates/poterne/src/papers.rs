//! `poterne document add|list|show|export|verify`: documents that are kept as files. The host operator brings the bytes; that
//! they came, and each reading, is in the ledger (decision 0028).

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use control::{Content, Errand};
use domain::{Covers, FILED_MAX, Filed, FiledAs, Span, is_filed_name};
use events::Actor;
use gate::{Filing, NotFiled};
use serde::{Deserialize, Serialize};
use vocab::{EstablishmentId, Lang, printable_lines};

use crate::backup::Unfinished;
use crate::cli::{AddPaper, PaperDo, Papers, PrintDo};
use crate::desk::{failed, moment, served};
use crate::operator::errand;
use crate::texts::{Because as _, say, say_in, spoken};
use crate::wiring::House;

/// What is asked of the gate.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Ask {
    Add { name: String, kinds: Vec<String>, evidence: Option<Evidence> },
    List,
    Of { service: String, from: String, until: Option<String> },
    Show { hash: String },
    Export { hash: String, reason: String },
    Verify,
}

/// What is asked, and of whose documents.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    establishment: Option<String>,
    ask: Ask,
}

/// What evidence is about, as it was typed.
#[derive(Debug, Serialize, Deserialize)]
struct Evidence {
    writer: String,
    service: String,
    from: String,
    until: String,
}

/// What the gate answers.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    establishment: String,
    filed: Vec<Filed>,
    /// Of one that was read.
    #[serde(default)]
    content: Content,
    /// What is wrong with those that were looked at, in the same order.
    #[serde(default)]
    faults: Vec<Option<String>>,
}

/// The gate's part.
pub(crate) async fn answer(
    house: &House,
    asked: &str,
    content: Content,
    lang: Lang,
) -> Result<String, String> {
    let Asked { establishment, ask } = serde_json::from_str(asked).map_err(failed(lang))?;
    let mut owner: EstablishmentId = match &establishment {
        Some(name) => name.parse().map_err(|_| say_in(lang, "no_name", &[name]))?,
        None => house.config.gate.home.clone(),
    };
    if !house.logs.folders().any(|(name, _)| *name == owner) {
        return Err(say_in(lang, "no_name", &[&owner]));
    }
    let not_filed = |why: NotFiled| match why {
        NotFiled::Refused(text) => text.in_lang(lang).to_owned(),
        NotFiled::Failed(error) => failed(lang)(error),
    };
    let (mut content, gate, mut faults) = (content, &house.gate, Vec::new());
    let filed = match ask {
        Ask::Add { name, kinds, evidence } => {
            let filing = filing(house, &owner, name, &kinds, evidence, lang).await?;
            let bytes = std::mem::take(&mut content.0);
            vec![gate.file_document(&owner, filing, bytes).await.map_err(not_filed)?]
        }
        Ask::List => gate.filed(&owner).await.map_err(failed(lang))?,
        Ask::Of { service, from, until } => {
            let (whose, service) = served(house, &service, lang).await?.pop().ok_or_else(String::new)?;
            let from = moment(house, &whose, &from, lang).await?;
            let until = match until {
                Some(until) => moment(house, &whose, &until, lang).await?,
                None => vocab::Timestamp::MAX,
            };
            owner = whose;
            let mut all = gate.filed(&owner).await.map_err(failed(lang))?;
            all.retain(|one| domain::bears_on(one, &service, Span { from, until }));
            all
        }
        Ask::Show { hash } => vec![gate.filed_one(&owner, &hash).await.map_err(not_filed)?],
        Ask::Export { hash, reason } => {
            let read = gate.read_document(&owner, Actor::Host, &hash, &reason).await;
            let (filed, bytes) = read.map_err(not_filed)?;
            content = Content(bytes);
            vec![filed]
        }
        Ask::Verify => {
            let checked = gate.check_documents(&owner).await.map_err(failed(lang))?;
            faults = checked.iter().map(|one| one.fault.clone()).collect();
            checked.into_iter().map(|one| one.filed).collect()
        }
    };
    let answered = Answered { establishment: owner.to_string(), filed, content, faults };
    serde_json::to_string(&answered).map_err(failed(lang))
}

async fn filing(
    house: &House,
    owner: &EstablishmentId,
    name: String,
    kinds: &[String],
    evidence: Option<Evidence>,
    lang: Lang,
) -> Result<Filing, String> {
    let kinds = kinds.iter().map(|word| word.parse().map_err(|()| say_in(lang, "no_name", &[word])));
    let kinds: BTreeSet<FiledAs> = kinds.collect::<Result<_, String>>()?;
    let covers = match evidence {
        None => None,
        Some(Evidence { writer, service, from, until }) => Some(Covers {
            source: writer.parse().map_err(|()| say_in(lang, "no_name", &[&writer]))?,
            service: service.parse().map_err(|_| say_in(lang, "no_name", &[&service]))?,
            span: Span {
                from: moment(house, owner, &from, lang).await?,
                until: moment(house, owner, &until, lang).await?,
            },
        }),
    };
    Ok(Filing { name, kinds, covers })
}

/// The command line's part.
pub(crate) async fn run(what: PaperDo) -> anyhow::Result<()> {
    match what {
        PaperDo::Add(asked) => add(asked).await,
        PaperDo::List { of } => {
            let answered = ask(&of, Ask::List, Content::default()).await?;
            if answered.filed.is_empty() && !of.json {
                println!("{}", say("paper_none", &[]));
            }
            show(&of, &answered)
        }
        PaperDo::Show { hash, of } => {
            let answered = ask(&of, Ask::Show { hash }, Content::default()).await?;
            show(&of, &answered)
        }
        PaperDo::Export { hash, out, reason, of } => export(hash, &out, reason, &of).await,
        PaperDo::Verify { of } => verify(&of).await,
    }
}

async fn ask(of: &Papers, ask: Ask, content: Content) -> anyhow::Result<Answered> {
    asking(&of.which.config, of.establishment.clone(), ask, content).await
}

async fn asking(
    config: &Path,
    establishment: Option<String>,
    ask: Ask,
    content: Content,
) -> anyhow::Result<Answered> {
    let asked = serde_json::to_string(&Asked { establishment, ask })?;
    let answer = errand(config, Errand::Paper { asked, content, lang: spoken() }).await?;
    serde_json::from_str(&answer).because("control.answer", &[])
}

async fn add(asked: AddPaper) -> anyhow::Result<()> {
    let AddPaper { file, kinds, name, from_whom, service, from, until, of } = asked;
    let evidence = match (from_whom, service, from, until) {
        (Some(writer), Some(service), Some(from), Some(until)) => {
            Some(Evidence { writer, service, from, until })
        }
        (None, None, None, None) => None,
        _ => bail!(say("paper_covers_all", &[])),
    };
    // Of a path the last part, and only where it is a name.
    let last = || file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.unwrap_or_else(last);
    if !is_filed_name(&name) {
        bail!(say("paper_name", &[&printable_lines(&name)]));
    }
    let bytes = contents(&file)?;
    let answered = ask(&of, Ask::Add { name, kinds, evidence }, Content(bytes)).await?;
    if of.json {
        return show(&of, &answered);
    }
    for one in &answered.filed {
        let kinds = one.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join("+");
        println!("{}", say("paper_filed", &[&kinds, &one.form.as_str(), &one.bytes, &one.sha256]));
        if one.scanned.is_none() {
            eprintln!("{}", say("paper_unscanned", &[]));
        }
    }
    Ok(())
}

/// The whole of a plain file, when it is not too long.
fn contents(path: &Path) -> anyhow::Result<Vec<u8>> {
    let file = File::open(path).because("file_read", &[&path.display()])?;
    let mut bytes = Vec::new();
    let most = u64::try_from(FILED_MAX)?.saturating_add(1);
    file.take(most).read_to_end(&mut bytes).because("file_read", &[&path.display()])?;
    if bytes.len() > FILED_MAX {
        bail!(say("paper_long", &[&path.display(), &(FILED_MAX / (1024 * 1024))]));
    }
    Ok(bytes)
}

fn show(of: &Papers, answered: &Answered) -> anyhow::Result<()> {
    if of.json {
        println!("{:#}", serde_json::to_value(&answered.filed)?);
        return Ok(());
    }
    for one in &answered.filed {
        println!("{}", printable_lines(&line(one)));
    }
    Ok(())
}

fn line(one: &Filed) -> String {
    let kinds = one.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join("+");
    let mut more = String::new();
    if let Some(covers) = &one.covers {
        let (writer, span) = (covers.source.as_str(), covers.span);
        more += &say("paper_covers", &[&writer, &covers.service, &span.from, &span.until]);
    }
    if let Some(confirmed) = &one.confirmed {
        more += &say("paper_confirmed", &[&confirmed.by, &confirmed.at]);
    }
    let form = one.form.as_str();
    say("paper_line", &[&one.sha256, &kinds, &form, &one.bytes, &one.filed_at, &one.name, &more])
}

async fn export(hash: String, out: &Path, reason: String, of: &Papers) -> anyhow::Result<()> {
    // The place is taken before anything is asked: a file that is there is never written over.
    let (unfinished, mut file) = Unfinished::create(out)?;
    let answered = ask(of, Ask::Export { hash, reason }, Content::default()).await?;
    let written = file.write_all(&answered.content.0).and_then(|()| file.sync_all());
    written.because("file_write", &[&out.display()])?;
    unfinished.name()?;
    for one in &answered.filed {
        println!("{}", say("paper_exported", &[&out.display(), &one.bytes, &one.sha256]));
    }
    Ok(())
}

async fn verify(of: &Papers) -> anyhow::Result<()> {
    let answered = ask(of, Ask::Verify, Content::default()).await?;
    let both = answered.filed.iter().zip(&answered.faults);
    let faults: Vec<_> = both.filter_map(|(one, fault)| Some((one, fault.as_ref()?))).collect();
    for (one, fault) in &faults {
        println!("{}", printable_lines(&say("paper_damaged", &[&one.sha256, fault])));
    }
    if !faults.is_empty() {
        bail!(say("paper_faults", &[&faults.len(), &answered.filed.len()]));
    }
    println!("{}", say("paper_whole", &[&answered.filed.len()]));
    Ok(())
}

/// The documents that go with a pack, in clear.
pub(crate) struct Beside {
    folder: PathBuf,
    reason: String,
    asked: Ask,
    config: PathBuf,
}

impl Beside {
    /// Those of a pack, where they are asked for.
    pub(crate) fn of(what: &PrintDo) -> Option<Self> {
        let PrintDo::Pack { service, from, until, with_documents, reason, to, .. } = what else {
            return None;
        };
        let (folder, reason) = (with_documents.clone()?, reason.clone()?);
        let asked = Ask::Of { service: service.clone(), from: from.clone(), until: until.clone() };
        Some(Self { folder, reason, asked, config: to.which.config.clone() })
    }

    /// Writes them into a new folder, each under its hash, with their sums and what each is called. Each reading is in the
    /// ledger before its file is.
    pub(crate) async fn write(self) -> anyhow::Result<()> {
        let Self { folder, reason, asked, config } = self;
        let named = asking(&config, None, asked, Content::default()).await?;
        let made = DirBuilder::new().mode(0o700).create(&folder);
        made.because("folder", &[&folder.display()])?;
        let (mut sums, mut index) = (String::new(), String::new());
        for one in &named.filed {
            let ask = Ask::Export { hash: one.sha256.clone(), reason: reason.clone() };
            let owner = Some(named.establishment.clone());
            let read = asking(&config, owner, ask, Content::default()).await?;
            // The hash and the type are ours: no name of others becomes a path.
            let name = format!("{}.{}", one.sha256, one.form.as_str());
            put(&folder.join(&name), &read.content.0)?;
            sums += &format!("{}  {name}\n", one.sha256);
            index += &format!("{}\n", printable_lines(&line(one)));
        }
        put(&folder.join("SHA256SUMS"), sums.as_bytes())?;
        put(&folder.join("documents.txt"), index.as_bytes())?;
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(|error| anyhow!(error))
    }
}

fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = created.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.because("file_write", &[&path.display()])
}
