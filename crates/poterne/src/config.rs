//! `poterne.toml`: where this gate keeps things, and where it listens. What the establishment is stands
//! in `site.toml`, not here.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::bail;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use vocab::{EstablishmentId, GateId};

use crate::texts::{Because as _, say};

/// The configuration of one gate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// This gate.
    pub gate: GateSection,
    /// What it says about itself.
    #[serde(default)]
    pub log: LogSection,
    /// What looks for malware in files; absent: nothing does, and everything says so (E6).
    #[serde(default)]
    pub scanner: Option<ScannerSection>,
    /// Documents that are kept as files.
    #[serde(default)]
    pub documents: DocumentsSection,
    /// Who is sent copies of the ledgers as they grow (T11); none: nobody.
    #[serde(default)]
    pub siem: Vec<SiemSection>,
    /// Through whom mail is sent, one section or several; absent: none is.
    #[serde(default, deserialize_with = "one_or_several")]
    pub mail: Vec<MailSection>,
    /// Where programs come over HTTP; absent: nowhere.
    #[serde(default)]
    pub api: Option<ApiSection>,
    /// Who timestamps the checkpoints of the ledgers (T11), one section or several; absent: nobody.
    #[serde(default, deserialize_with = "one_or_several")]
    pub timestamps: Vec<TimestampsSection>,
    /// Who knows whether a ticket counts; absent: nobody is asked.
    #[serde(default)]
    pub tickets: Option<TicketsSection>,
}

/// `[section]` once, or `[[section]]` as often as there are establishments that want their own.
fn one_or_several<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Sections<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Sections<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a section, or several")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(|one| vec![one])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, all: A) -> Result<Vec<T>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(all))
        }
    }

    from.deserialize_any(Sections(PhantomData))
}

/// The HTTP interface for programs. What it may say is checked where it is used (`programs`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiSection {
    /// Where it listens; absent: 127.0.0.1:8420.
    #[serde(default = "default_api")]
    pub listen: SocketAddr,
    /// Its certificate with the chain (PEM): without one, it listens on loopback alone.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// Requests of one token in a minute; absent: 120.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
}

impl ApiSection {
    /// The files that it names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.certificate, &self.key].into_iter().flatten().map(PathBuf::as_path)
    }
}

/// An authority of timestamps (RFC 3161). What it may say is checked where it is used (`outward`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimestampsSection {
    /// Its name in metrics and in the ledger.
    pub name: String,
    /// `https://…` or `http://…`: what passes says nothing, and the answer is signed.
    pub address: String,
    /// In which certificates the chain of its timestamps may end (PEM).
    pub ca: PathBuf,
    /// Who may vouch for the server of an `https` address (PEM).
    #[serde(default)]
    pub tls_ca: Option<PathBuf>,
    /// Whether it is qualified in the sense of eIDAS: whoever writes this says so, and every entry repeats it.
    #[serde(default)]
    pub qualified: bool,
    /// The policy that is asked for; absent: whichever the authority has.
    #[serde(default)]
    pub policy: Option<String>,
    /// How often a ledger that grew is stamped; absent: 60.
    #[serde(default)]
    pub every_minutes: Option<u32>,
    /// How long an answer may take; absent: 20.
    #[serde(default)]
    pub timeout_seconds: Option<u32>,
    /// No timestamp for longer than this, the ledger says so; absent: 180.
    #[serde(default)]
    pub missing_minutes: Option<u32>,
    /// For which establishments of this gate; all of them are to be named once there are two (docs/decisions/0036).
    #[serde(default)]
    pub establishments: Vec<EstablishmentId>,
}

impl TimestampsSection {
    /// The files that it names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        [Some(&self.ca), self.tls_ca.as_ref()].into_iter().flatten().map(PathBuf::as_path)
    }
}

/// The ticketing tool. What it may say is checked where it is used (`outward`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketsSection {
    /// `https://host/path/{ticket}`; in clear on the loopback only.
    pub url: String,
    /// For whom its certificate has to be; absent: for the host.
    #[serde(default)]
    pub server_name: Option<String>,
    /// The authorities that may vouch for it (PEM).
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// The file of the secret, in the form that `scheme` says; absent: the tool asks for none.
    #[serde(default)]
    pub secret: Option<PathBuf>,
    /// The form of the secret.
    #[serde(default)]
    pub scheme: TicketScheme,
    /// Where the state stands in the answer: a JSON pointer, in which `*` is the one member there is.
    pub state: String,
    /// The states that count; none: it is enough that the ticket has one.
    #[serde(default)]
    pub accepted: Vec<String>,
    /// Whose tool it is; none: everybody's at this gate.
    #[serde(default)]
    pub establishments: Vec<EstablishmentId>,
}

/// The form of the ticketing tool's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TicketScheme {
    /// A token.
    #[default]
    Bearer,
    /// Two lines, login and password.
    Basic,
    /// Lines `Name: value`.
    Headers,
}

impl TicketsSection {
    /// The files that it names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        [self.ca.as_deref(), self.secret.as_deref()].into_iter().flatten()
    }
}

/// The relay for mail. What it may say is checked where it is used (`outward`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailSection {
    /// `host` or `host:port`; without a port 587 or 465.
    pub relay: String,
    /// For whom its certificate has to be; absent: for the host.
    #[serde(default)]
    pub server_name: Option<String>,
    /// The authorities that may vouch for it (PEM).
    pub ca: PathBuf,
    /// How the connection is encrypted.
    #[serde(default)]
    pub security: MailSecurity,
    /// A file of two lines, login and password; absent: the relay asks for none.
    #[serde(default)]
    pub account: Option<PathBuf>,
    /// In whose name.
    pub from: String,
    /// A folder of texts in place of those that are built in.
    #[serde(default)]
    pub texts: Option<PathBuf>,
    /// The hour at which the day's deadlines are sent, on each establishment's wall; absent: 7.
    #[serde(default)]
    pub digest_hour: Option<u8>,
    /// For which establishments of this gate; all of them are to be named once there are two (docs/decisions/0036).
    #[serde(default)]
    pub establishments: Vec<EstablishmentId>,
}

/// How a connection to the relay is encrypted: it always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailSecurity {
    /// By STARTTLS, without which nothing is sent.
    #[default]
    StartTls,
    /// From the first byte.
    Tls,
}

impl MailSection {
    /// The files that it names, and one in the folder of its texts.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let texts = self.texts.as_ref().map(|folder| folder.join("texts"));
        [Some(self.ca.clone()), self.account.clone(), texts].into_iter().flatten().collect()
    }
}

/// A receiver of security events, over TLS. What it may say is checked where it is used (`outward`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiemSection {
    /// Its name in metrics and in the ledger.
    pub name: String,
    /// `host` or `host:port`; without a port 6514.
    pub address: String,
    /// For whom its certificate has to be; absent: for the host.
    #[serde(default)]
    pub server_name: Option<String>,
    /// The authorities that may vouch for it (PEM).
    pub ca: PathBuf,
    /// Our certificate (PEM), where it asks for one.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// In which form it is sent them.
    #[serde(default)]
    pub format: SiemFormat,
    /// What of them it is sent.
    #[serde(default)]
    pub class: Travels,
    /// The private enterprise number of the structured data; absent: that of examples.
    #[serde(default)]
    pub enterprise: Option<u32>,
    /// Longest message, in bytes; absent: 8192.
    #[serde(default)]
    pub message_max: Option<usize>,
    /// Most entries a second; absent: 1000.
    #[serde(default)]
    pub rate: Option<u32>,
    /// Unreachable for longer than this, the ledger says so; absent: 15.
    #[serde(default)]
    pub unreachable_minutes: Option<u32>,
    /// For which establishments of this gate; all of them are to be named once there are two (docs/decisions/0036).
    #[serde(default)]
    pub establishments: Vec<EstablishmentId>,
}

/// In which form entries are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SiemFormat {
    /// The event as JSON.
    #[default]
    Rfc5424,
    /// An audit message of DICOM, as IHE ATNA has it.
    Atna,
    /// An event of OCSF.
    Ocsf,
}

/// How far what leaves may travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Travels {
    /// No name of a person, no address, no path.
    #[default]
    Public,
    /// These too.
    Sensitive,
}

impl SiemSection {
    /// The files that it names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        [Some(&self.ca), self.certificate.as_ref(), self.key.as_ref()]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
    }
}

/// What looks for malware in files that are held.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScannerSection {
    /// ClamAV's daemon: an address such as `127.0.0.1:3310`, or the path of its socket.
    pub clamd: String,
}

impl ScannerSection {
    pub(crate) fn place(&self) -> scanner::Place {
        match self.clamd.parse() {
            Ok(address) => scanner::Place::Address(address),
            Err(_) => scanner::Place::Socket(PathBuf::from(&self.clamd)),
        }
    }
}

/// Documents that are kept as files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentsSection {
    /// Most MiB of them in one establishment; absent: 2,048, a hundred of the longest.
    #[serde(default = "default_total")]
    pub total_mib: u32,
}

impl Default for DocumentsSection {
    fn default() -> Self {
        Self { total_mib: default_total() }
    }
}

impl DocumentsSection {
    /// In bytes.
    pub(crate) fn total(&self) -> u64 {
        u64::from(self.total_mib).saturating_mul(1024 * 1024)
    }
}

const fn default_total() -> u32 {
    2_048
}

/// The gate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GateSection {
    /// Its name in ledgers.
    pub name: GateId,
    /// The establishment whose ledger also takes what belongs to nobody, such as a stranger's attempt.
    pub home: EstablishmentId,
    /// Folder of everything it keeps.
    pub data: PathBuf,
    /// Where technicians connect.
    #[serde(default = "default_listen")]
    pub listen: Vec<SocketAddr>,
    /// The local socket for the IT team; by default `control.sock` in the data folder.
    #[serde(default)]
    pub control: Option<PathBuf>,
    /// Where `/metrics` and `/healthz` are; absent: nowhere. Keep it on loopback.
    #[serde(default)]
    pub metrics: Option<SocketAddr>,
    /// The file of the public keys of `age` of those who may read an export of the vault, two at least.
    #[serde(default)]
    pub holders: Option<PathBuf>,
    /// Where the emergency journal is kept when the trace store is lost: on another disk than the data folder's evidence.
    /// Absent: there is none, and no session opens then.
    #[serde(default)]
    pub refuge: Option<PathBuf>,
    /// The program that prints documents; by default `poterne-typesetter` beside this one.
    #[serde(default)]
    pub typesetter: Option<PathBuf>,
    /// Most sessions at once.
    #[serde(default = "default_sessions")]
    pub sessions_max: u32,
    /// Whether `serve` shuts itself in.
    #[serde(default)]
    pub sandbox: Wanted,
}

/// How much of the sandbox `serve` insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wanted {
    /// As much as the kernel can.
    #[default]
    On,
    /// Both halves, or the door stays closed.
    Required,
    /// Nothing.
    Off,
}

/// The log on standard error.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSection {
    /// `text` or `json`.
    #[serde(default = "default_format")]
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    #[serde(default = "default_level")]
    pub level: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { format: default_format(), level: default_level() }
    }
}

fn default_listen() -> Vec<SocketAddr> {
    vec![SocketAddr::from(([0, 0, 0, 0], 2222)), SocketAddr::from(([0u16; 8], 2222))]
}

fn default_api() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8420))
}

fn default_sessions() -> u32 {
    1_000
}

fn default_format() -> LogFormat {
    LogFormat::Text
}

fn default_level() -> String {
    "info".to_owned()
}

impl Config {
    /// Reads the file. Relative paths in it count from its folder.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).because("config_read", &[&path.display()])?;
        Self::parse(&text, path)
    }

    /// Reads the text of a file that is, or will be, there.
    pub(crate) fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        let mut config: Self = toml::from_str(text).because("config_in", &[&path.display()])?;
        if config.gate.listen.is_empty() {
            bail!(say("config_listen", &[]));
        }
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        config.gate.data = folder.join(&config.gate.data);
        config.gate.control = config.gate.control.map(|path| folder.join(path));
        config.gate.holders = config.gate.holders.map(|path| folder.join(path));
        config.gate.typesetter = config.gate.typesetter.map(|path| folder.join(path));
        config.gate.refuge = config.gate.refuge.map(|path| folder.join(path));
        for siem in &mut config.siem {
            siem.ca = folder.join(&siem.ca);
            siem.certificate = siem.certificate.take().map(|path| folder.join(path));
            siem.key = siem.key.take().map(|path| folder.join(path));
        }
        if let Some(api) = &mut config.api {
            api.certificate = api.certificate.take().map(|path| folder.join(path));
            api.key = api.key.take().map(|path| folder.join(path));
        }
        for mail in &mut config.mail {
            mail.ca = folder.join(&mail.ca);
            mail.account = mail.account.take().map(|path| folder.join(path));
            mail.texts = mail.texts.take().map(|path| folder.join(path));
        }
        for timestamps in &mut config.timestamps {
            timestamps.ca = folder.join(&timestamps.ca);
            timestamps.tls_ca = timestamps.tls_ca.take().map(|path| folder.join(path));
        }
        if let Some(tickets) = &mut config.tickets {
            tickets.ca = tickets.ca.take().map(|path| folder.join(path));
            tickets.secret = tickets.secret.take().map(|path| folder.join(path));
        }
        Ok(config)
    }

    /// The local socket.
    pub(crate) fn control_socket(&self) -> PathBuf {
        self.gate.control.clone().unwrap_or_else(|| self.gate.data.join("control.sock"))
    }

    /// Where one establishment's evidence is: log and recordings, what `poterne-verify` is shown.
    pub(crate) fn evidence(&self, establishment: &EstablishmentId) -> PathBuf {
        self.gate.data.join("evidence").join(establishment.as_str())
    }

    /// The public keys of one establishment's log.
    pub(crate) fn public_keys(&self, establishment: &EstablishmentId) -> PathBuf {
        self.gate.data.join("public").join(format!("{establishment}.keys"))
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.gate.data.join("poterne.sqlite")
    }

    /// Secrets and keys.
    pub(crate) fn vault(&self) -> PathBuf {
        self.gate.data.join("vault")
    }

    /// Where is kept up to where each receiver has each log.
    pub(crate) fn siem_cursors(&self) -> PathBuf {
        self.gate.data.join("outbox").join("siem")
    }

    /// Where mails wait, and is kept what was told.
    pub(crate) fn mail_folder(&self) -> PathBuf {
        self.gate.data.join("outbox").join("mail")
    }

    /// Where is kept which checkpoint of each log was stamped last.
    pub(crate) fn stamp_cursors(&self) -> PathBuf {
        self.gate.data.join("outbox").join("timestamps")
    }

    /// The origin of an establishment's log at this gate: it names both.
    pub(crate) fn origin(&self, establishment: &EstablishmentId) -> String {
        format!("poterne.invalid/{establishment}/{}", self.gate.name)
    }
}

impl LogSection {
    /// Of the SSH library nothing unless it is asked for: what it says is what strangers said to it, in their own words
    /// and as often as they like.
    fn directives(&self) -> String {
        if self.level.contains("russh") { self.level.clone() } else { format!("{},russh=off", self.level) }
    }

    /// Starts the log on standard error.
    pub(crate) fn start(&self) -> anyhow::Result<()> {
        let filter = tracing_subscriber::EnvFilter::try_new(self.directives())
            .because("config_log", &[&self.level])?;
        let lines =
            tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| OneLine(std::io::stderr()));
        match self.format {
            LogFormat::Text => lines.with_ansi(false).init(),
            LogFormat::Json => lines.json().init(),
        }
        Ok(())
    }
}

/// Where each event is one line, whatever strangers wrote into it: nothing in it begins another line or moves a cursor.
struct OneLine<W>(W);

impl<W: std::io::Write> std::io::Write for OneLine<W> {
    /// One event at a time, as the subscriber writes them.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = vocab::printable(text.strip_suffix('\n').unwrap_or(&text));
        self.0.write_all(format!("{line}\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::Write as _;

    const EXAMPLE: &str = include_str!("../../../examples/poterne.toml");

    #[test]
    fn an_event_is_one_line_whatever_stands_in_it() {
        let mut written = Vec::new();
        let event = "2026 WARN unknown request x\n2026 INFO the door is open\u{1b}[2J\n";
        OneLine(&mut written).write_all(event.as_bytes()).unwrap();
        let line = String::from_utf8(written).unwrap();
        assert_eq!(line, "2026 WARN unknown request x\\u000a2026 INFO the door is open\\u001b[2J\n");
        let of = |level: &str| LogSection { level: level.to_owned(), format: LogFormat::Text }.directives();
        assert_eq!(
            (of("info").as_str(), of("info,russh=warn").as_str()),
            ("info,russh=off", "info,russh=warn")
        );
    }

    fn parse(text: &str) -> anyhow::Result<Config> {
        let read = Config::parse(text, Path::new("/etc/poterne/poterne.toml"));
        if let Ok(config) = &read {
            assert!(!config.gate.listen.is_empty());
            assert!(config.control_socket().is_absolute() && config.vault().is_absolute());
        }
        read
    }

    /// What the fuzz target `config` was fed with, or found.
    #[test]
    fn the_corpus_is_read_or_refused() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/config");
        let mut cases = 0;
        for case in std::fs::read_dir(corpus).unwrap() {
            if let Ok(text) = String::from_utf8(std::fs::read(case.unwrap().path()).unwrap()) {
                let _read_or_refused = parse(&text);
            }
            cases += 1;
        }
        assert!(cases > 0, "{corpus} is empty");
    }

    #[test]
    fn the_example_is_read_and_cut_anywhere_it_does_no_harm() {
        parse(EXAMPLE).unwrap();
        for (end, _) in EXAMPLE.char_indices() {
            let _read_or_refused = parse(EXAMPLE.get(..end).unwrap_or_default());
        }
    }

    #[test]
    fn an_establishment_may_have_sections_of_its_own() {
        let one = "relay = \"r\"\nca = \"ca\"\nfrom = \"p@h.exemple\"\n";
        let read = parse(&format!("{EXAMPLE}\n[mail]\n{one}")).unwrap();
        assert!(read.mail.len() == 1 && read.mail.iter().all(|mail| mail.establishments.is_empty()));
        let two = format!(
            "{EXAMPLE}\n[[mail]]\n{one}establishments = [\"nord\"]\n[[mail]]\n{one}establishments = [\"sud\"]\n"
        );
        let read = parse(&two).unwrap();
        assert!(read.mail.len() == 2 && read.mail.iter().all(|mail| mail.ca.is_absolute()));
        for odd in ["surprise = 1", "establishments = [\"A/\"]", "establishments = \"nord\""] {
            assert!(parse(&format!("{EXAMPLE}\n[[mail]]\n{one}{odd}\n")).is_err(), "{odd}");
            assert!(parse(&format!("{EXAMPLE}\n[mail]\n{one}{odd}\n")).is_err(), "{odd}");
        }
        assert!(parse(&format!("mail = 1\n{EXAMPLE}")).is_err());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for more in ["surprise = 1", "[gate]", "[gate.more]\nx = 1", "[log]\nformat = \"loud\"", "\0"] {
            assert!(parse(&format!("{EXAMPLE}\n{more}\n")).is_err(), "{more}");
        }
        for (from, to) in
            [("name = \"", "name = \"../"), ("home = \"", "home = \"A/"), ("listen = [", "listen = [\"\",")]
        {
            let changed = EXAMPLE.replacen(from, to, 1);
            assert_ne!(changed, EXAMPLE);
            assert!(parse(&changed).is_err(), "{to}");
        }
        let nowhere = "[gate]\nname = \"porte-1\"\nhome = \"nord\"\ndata = \"data\"\nlisten = []\n";
        assert!(parse(nowhere).is_err(), "it listens nowhere");
    }
}
