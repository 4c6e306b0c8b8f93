//! An equipment under import, as the lines of the file that it will be; judged by the file's own reader.

use store::site::{Outside, Site, quoted};
use vocab::Text;

use crate::csv::Cell;

/// A place in a table: line and column.
pub(super) type Place = (usize, usize);

/// Enough of a site for its reader to judge one thing of it.
pub(super) const SKELETON: &str = r#"format = 1
[establishment]
id = "import"
title = "Import"
zone = "Europe/Paris"
responsable = "responsable"
[[person]]
id = "responsable"
name = "Responsable"
employer = "import"
[[provider]]
id = "fournisseur"
name = "Fournisseur"
nature = "third-party"
[[contract]]
id = "contrat"
provider = "fournisseur"
form = "contrat"
from = "2026-01-01"
until = "2026-12-31"
original = "missing"
engagement_version = 1
erasure_within_days = 15
"#;

/// Lines of the file, each with where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(super) id: String,
    pub(super) at: Place,
    pub(super) login: Option<String>,
    lines: Vec<(String, Place)>,
}

impl Draft {
    pub(super) fn new(
        id: String,
        name: &Cell,
        title: Option<&Cell>,
        address: &Cell,
        port: Option<&Cell>,
        account: Option<(Cell, &str)>,
    ) -> Self {
        let mut lines = vec![
            (format!("id = {}", quoted(&id)), name.at),
            (format!("title = {}", quoted(&title.unwrap_or(name).text)), title.unwrap_or(name).at),
            (format!("address = {}", quoted(&with_port(&address.text, port))), port.unwrap_or(address).at),
        ];
        let login = account.map(|(login, secret)| {
            let account = format!("account = {{ login = {}, secret = \"{secret}\" }}", quoted(&login.text));
            lines.push((account, login.at));
            login.text
        });
        Self { id, at: name.at, login, lines }
    }

    /// As a table of the file.
    pub(super) fn text(&self) -> String {
        let lines: String = self.lines.iter().map(|(line, _)| format!("{line}\n")).collect();
        format!("[[equipment]]\n{lines}")
    }

    /// The same, when the file's reader takes it; else where and why it does not.
    pub(super) fn checked(self, outside: &Outside<'_>) -> Result<Self, (Place, Text)> {
        let before = SKELETON.lines().count() + 1;
        let Err(faults) = Site::parse(&format!("{SKELETON}{}", self.text()), outside) else {
            return Ok(self);
        };
        let first = faults.into_iter().next();
        let at = first.as_ref().and_then(|fault| self.lines.get(fault.line.checked_sub(before + 1)?));
        let at = at.map_or(self.at, |(_, at)| *at);
        Err((at, first.map_or_else(|| Text::new("", ""), |fault| fault.says)))
    }
}

/// An address with the port of its own column, when it has none itself.
fn with_port(address: &str, port: Option<&Cell>) -> String {
    let is_v6 = address.parse::<std::net::Ipv6Addr>().is_ok();
    match port {
        Some(port) if is_v6 => format!("[{address}]:{}", port.text),
        Some(port) if !address.contains(':') => format!("{address}:{}", port.text),
        _ => address.to_owned(),
    }
}

/// Whether the file's reader takes this weekly window; else why not.
pub(super) fn weekly(weekly: &str, outside: &Outside<'_>) -> Result<(), Text> {
    let service = format!(
        "[[equipment]]\nid = \"e\"\ntitle = \"E\"\naddress = \"192.0.2.1\"\n[[service]]\nid = \"s\"\ncontract = \"contrat\"\n\
         title = \"S\"\nkind = \"maintenance\"\nlevel = 1\npurpose = \"functioning\"\nequipment = [\"e\"]\nidle = \"10 min\"\n\
         [[service.window]]\nweekly = {}\nagreed_by = \"responsable\"\nagreed_at = \"2026-01-01\"\n",
        quoted(weekly)
    );
    match Site::parse(&format!("{SKELETON}{service}"), outside) {
        Ok(_) => Ok(()),
        Err(faults) => Err(faults.into_iter().next().map_or_else(|| Text::new("", ""), |fault| fault.says)),
    }
}
