//! `site.toml`: one establishment, its providers, people, contracts, services and equipment in one reviewable file.
//!
//! [`Site::parse`] refuses a file that is half valid, whole, with everything that is wrong in it at once.
//! [`Plan`] says what applying it would change. Nothing here writes: the gate records the plan as one act with its
//! event. The reference of the file is `docs/site.md`.

mod audit;
mod check;
mod contract;
mod custody;
mod diff;
mod direct;
mod dossier;
mod equipment;
mod establishment;
mod installed;
mod key;
mod parts;
mod people;
mod plan;
mod risk;
mod service;
mod sheet;
mod table;
mod time;
mod words;
mod write;

use std::net::IpAddr;

use domain::{
    Contract, DirectPath, Engagement, Equipment, Establishment, Person, Provider, RiskTreatment, Service,
    Transition,
};
use toml::de::DeTable;
use vocab::Text;

pub use dossier::{Claim, Content, DOSSIER_MAX, SignedFile, Uses, read_dossier};
pub use gate::Detail;
pub use plan::{Current, Elsewhere, Item, Plan, What};
pub use sheet::Fault;
pub use write::quoted;

use sheet::Sheet;
use table::Table;

/// Longest file: 4 MiB, some 5,000 people with their keys and engagements.
pub const FILE_MAX: usize = 4 << 20;
/// Most faults that are told of one file: nobody reads more.
const FAULTS_MAX: usize = 200;

/// What the file needs of the world outside it.
pub struct Outside<'a> {
    /// All addresses of a host name, or why there is none, in words. Asked once for each name in the file; the door
    /// itself never resolves one.
    pub resolve: &'a dyn Fn(&str) -> Result<Vec<IpAddr>, String>,
    /// The dossier of this name beside the file, once the signature under it was verified, or why there is none.
    pub dossier: &'a dyn Fn(&str) -> Result<SignedFile, Text>,
}

impl Outside<'_> {
    /// No dossier: for files that lean on none.
    pub fn no_dossier(_: &str) -> Result<SignedFile, Text> {
        Err(Text::new("aucun dossier n'est lu ici", "no dossier is read here"))
    }
}

/// Everything that one file declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Whose file it is.
    pub establishment: Establishment,
    /// Providers and subcontractors.
    pub providers: Vec<Provider>,
    /// People.
    pub people: Vec<Person>,
    /// Engagements towards the establishment.
    pub engagements: Vec<Engagement>,
    /// Contracts.
    pub contracts: Vec<Contract>,
    /// Services.
    pub services: Vec<Service>,
    /// Equipment.
    pub equipment: Vec<Equipment>,
    /// Treatments of risk.
    pub treatments: Vec<RiskTreatment>,
    /// Transitions.
    pub transitions: Vec<Transition>,
    /// Ways past the gate.
    pub direct: Vec<DirectPath>,
    /// Where it leans on dossiers of providers.
    pub dossiers: Uses,
}

impl Site {
    /// Reads a file.
    ///
    /// # Errors
    /// Everything that is wrong in it, in the order of its lines; at most 200 faults.
    pub fn parse(text: &str, outside: &Outside<'_>) -> Result<Self, Vec<Fault>> {
        if text.len() > FILE_MAX {
            let says = Text::new(
                format!("le fichier dépasse {} Mio", FILE_MAX >> 20),
                format!("the file is longer than {} MiB", FILE_MAX >> 20),
            );
            return Err(vec![Fault { line: 1, column: 1, says }]);
        }
        let sheet = Sheet::new(text, outside);
        let tables = read(&sheet, text);
        let mut faults = sheet.settle();
        faults.truncate(FAULTS_MAX);
        match tables.and_then(check::site) {
            Some(site) if faults.is_empty() => Ok(site),
            _ if faults.is_empty() => {
                let says = Text::new("le fichier n'a pas pu être lu", "the file could not be read");
                Err(vec![Fault { line: 1, column: 1, says }])
            }
            _ => Err(faults),
        }
    }
}

/// A value, and where its table and their values stand in the file.
struct Placed<T> {
    value: T,
    at: usize,
    places: std::collections::BTreeMap<&'static str, usize>,
}

impl<T> Placed<T> {
    fn new(value: T, table: &Table<'_>) -> Self {
        Self { value, at: table.at, places: table.places().clone() }
    }

    fn place(&self, key: &str) -> usize {
        self.places.get(key).copied().unwrap_or(self.at)
    }
}

/// The tables that could be read.
struct Tables {
    establishment: Option<Establishment>,
    providers: Vec<Provider>,
    people: Vec<Person>,
    engagements: Vec<Engagement>,
    contracts: Vec<Contract>,
    services: Vec<Service>,
    equipment: Vec<Equipment>,
    treatments: Vec<Placed<RiskTreatment>>,
    transitions: Vec<Placed<Transition>>,
    direct: Vec<Placed<DirectPath>>,
    dossiers: Uses,
}

fn read(sheet: &Sheet<'_>, text: &str) -> Option<Tables> {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        let why = table::shown(error.message());
        sheet.fault(at, format!("ceci n'est pas du TOML : {why}"), format!("this is not TOML: {why}"));
    }
    if !errors.is_empty() {
        return None;
    }
    let mut root = Table::new(sheet, 0, document.get_ref());
    let format = root.need("format", the_format);
    Table::new(sheet, 0, document.get_ref())
        .may("establishment", |item| item.table(establishment::name_and_zone));
    let establishment = root.need("establishment", |item| item.table(establishment::read));
    let own = establishment.as_ref().map(|own| &own.id);
    let mut keys = people::Keys::new();
    let mut brought = dossier::Brought::default();
    let drafts = root.each("treatment", risk::treatment);
    let mut tables = Tables {
        providers: root.each("provider", |table| people::provider(table, &mut keys, &mut brought)),
        people: root.each("person", |table| people::person(table, own, &mut keys)),
        engagements: root
            .each("engagement", |table| people::engagements(table, own, &brought.claims))
            .into_iter()
            .flatten()
            .collect(),
        contracts: root.each("contract", |table| contract::read(table, own)),
        services: root.each("service", |table| service::read(table, establishment.as_ref())),
        equipment: root.each("equipment", |table| equipment::read(table, own)),
        treatments: Vec::new(),
        transitions: root.each("transition", risk::transition),
        direct: root.each("direct", direct::read),
        establishment: establishment.clone(),
        dossiers: Uses::default(),
    };
    root.finish();
    tables.providers.extend(brought.providers);
    tables.people.extend(brought.people);
    tables.dossiers = brought.uses;
    tables.treatments = risk::expanded(sheet, drafts, &tables.services, &tables.equipment);
    check::all(sheet, &tables);
    format.map(|()| tables)
}

/// The number of this description of a site. Another one is another reader's.
fn the_format(item: table::Item<'_>) -> Option<()> {
    if item.value.as_integer().is_some_and(|number| number.as_str() == "1") {
        return Some(());
    }
    item.fault("le seul format connu est format = 1", "the only format known is format = 1")
}

#[cfg(test)]
mod tests;
