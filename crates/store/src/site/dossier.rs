//! A provider's signed dossier (`docs/formats/dossier.md`): read into the description of a site, where its provider says so
//! with the key that a person made sure of. It gives no right: people are vouched for, engagements are accepted and
//! subcontractors are listed as if somebody had typed them.

use std::collections::{BTreeMap, BTreeSet};

use domain::{DocumentRef, Dossier, Employer, EngagementKind, Fingerprint, Person, Provider, Tier, Zone};
use toml::de::DeTable;
use vocab::{InterventionId, PersonId, ProviderId, ServiceId, Text, Timestamp};

use super::parts::word_for;
use super::people::{self, ENGAGEMENTS, Keys};
use super::sheet::{Fault, Noun, Sheet};
use super::table::{Item, Table, shown};
use super::write::{Rows, Wall};
use super::{Current, FAULTS_MAX, Outside, Site};

/// Longest dossier: 1 MiB, some 1,500 people with their keys and engagements.
pub const DOSSIER_MAX: usize = 1 << 20;
/// Most subcontractors at all tiers.
const SUBS_MAX: usize = 200;
/// Numbers of dossiers: one a minute for eighty years.
const SERIAL_MAX: u32 = 42_000_000;
/// Key and fault lines of a dossier that are told with it; the rest is for its own check.
const TOLD_MAX: usize = 20;

/// The bytes of a dossier, and the key whose signature under them was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedFile {
    /// The file.
    pub text: String,
    /// The key that signed it.
    pub key: Fingerprint,
}

/// An engagement that a dossier speaks of: what the establishment may accept in its own file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who signed.
    pub person: PersonId,
    /// What.
    pub kinds: BTreeSet<EngagementKind>,
    /// Which version of the text.
    pub version: u32,
    /// When.
    pub signed_at: Timestamp,
    /// The signed paper and its hash.
    pub paper: DocumentRef,
    /// The employer's attestation (C6).
    pub attestation: Option<DocumentRef>,
}

/// Everything that a dossier says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its number.
    pub serial: u64,
    /// The day that it bears.
    pub dated: Timestamp,
    /// Until when it says itself that it is good.
    pub valid_until: Timestamp,
    /// The provider; nobody manages it, and no dossier is noted.
    pub provider: Provider,
    /// Its subcontractors, at all tiers.
    pub subcontractors: Vec<Provider>,
    /// For whom each works.
    pub tiers: Vec<Tier>,
    /// Its people and theirs.
    pub people: Vec<Person>,
    /// What they signed.
    pub claims: Vec<Claim>,
}

/// Where a site's file leans on a dossier: no part of what it says.
#[derive(Debug, Clone, Default)]
pub struct Uses(pub(super) BTreeMap<ProviderId, Used>);

impl PartialEq for Uses {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Uses {}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Used {
    pub(super) place: (usize, usize),
    /// Typed out instead of read: what an export wrote.
    pub(super) typed: bool,
    pub(super) people: Vec<PersonId>,
    pub(super) subcontractors: Vec<ProviderId>,
}

/// What each dossier says that people signed.
#[derive(Default)]
pub(super) struct Claims(BTreeMap<ProviderId, Vec<Claim>>);

impl Claims {
    /// What the dossier of this provider says; nothing where it has none.
    pub(super) fn of(&self, provider: &ProviderId) -> &[Claim] {
        self.0.get(provider).map_or(&[], Vec::as_slice)
    }
}

/// What the dossiers of a file bring into it.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) claims: Claims,
    pub(super) people: Vec<Person>,
    pub(super) providers: Vec<Provider>,
    pub(super) uses: Uses,
}

/// `dossier = { … }` of a provider, before its file is opened.
pub(super) enum Source {
    /// A file beside the site's.
    File(String),
    /// What it said, typed out.
    Typed(Box<Dossier>),
}

/// The key that somebody made sure of.
pub(super) struct Pin {
    key: Fingerprint,
    confirmed_by: PersonId,
    confirmed_at: Timestamp,
}

const NOT_OURS: (&str, &str) = (
    "qui confirme la clé d'un fournisseur est de l'établissement",
    "whoever confirms a provider's key is of the establishment",
);

pub(super) fn source(mut table: Table<'_>) -> Option<(Source, Pin)> {
    let file = table.may("file", Item::text);
    let key = table.need("key", Item::printed_key);
    let confirmed_by: Option<PersonId> = table.need("confirmed_by", |item| item.refer(Noun::Person));
    let confirmed_at = table.need("confirmed_at", Item::moment);
    table.ours("confirmed_by", confirmed_by.as_slice(), NOT_OURS);
    if let Some(file) = file {
        table.finish();
        let pin = Pin { key: key?, confirmed_by: confirmed_by?, confirmed_at: confirmed_at? };
        return Some((Source::File(file), pin));
    }
    let document = table.need("document", Item::document);
    let serial = table.need("serial", |item| item.number(1, SERIAL_MAX));
    let dated = table.need("date", Item::day);
    let valid_until = table.need("valid_until", Item::last_day);
    let tiers = table.each("subcontractors", tier);
    table.finish();
    let pin = Pin { key: key?, confirmed_by: confirmed_by?, confirmed_at: confirmed_at? };
    let dossier = Dossier {
        file: document?,
        serial: u64::from(serial?),
        dated: dated?,
        valid_until: valid_until?,
        key: pin.key.clone(),
        confirmed_by: pin.confirmed_by.clone(),
        confirmed_at: pin.confirmed_at,
        tiers,
    };
    Some((Source::Typed(Box::new(dossier)), pin))
}

fn tier(mut table: Table<'_>) -> Option<Tier> {
    let provider = table.need("id", |item| item.refer(Noun::Provider));
    let under = table.need("under", |item| item.refer(Noun::Provider));
    table.finish();
    Some(Tier { provider: provider?, under: under? })
}

/// Opens the file that a provider's table names, holds its signature against the pinned key, and takes what it says.
pub(super) fn open(
    table: &Table<'_>,
    id: &ProviderId,
    file: &str,
    pin: &Pin,
    keys: &mut Keys,
    brought: &mut Brought,
) -> Option<Provider> {
    let sheet = table.sheet;
    let at = table.place("dossier");
    let told = |says: Text| sheet.fault(at, says.fr, says.en);
    let signed = (sheet.outside.dossier)(file).map_err(told).ok()?;
    if signed.key != pin.key {
        let (file, key, pinned) = (shown(file), &signed.key.0, &pin.key.0);
        told(Text::new(
            format!(
                "`{file}` est signé par la clé {key}, et non par {pinned} : faire confirmer la nouvelle au fournisseur, par \
                 un autre chemin, avant de l'écrire ici avec qui l'a fait et quand"
            ),
            format!(
                "`{file}` is signed by the key {key}, not by {pinned}: have the new one confirmed by the provider, on another \
                 way, before it is written here with who did so and when"
            ),
        ));
        return None;
    }
    let content = match read(&signed.text, sheet.zone()?, keys) {
        Ok(content) => content,
        Err(faults) => {
            for fault in faults.into_iter().take(TOLD_MAX) {
                let Fault { line, column, says } = fault;
                let place = format!("{}:{line}:{column}", shown(file));
                told(Text::new(format!("{place}: {}", says.fr), format!("{place}: {}", says.en)));
            }
            return None;
        }
    };
    if content.provider.id != *id {
        let (file, other) = (shown(file), &content.provider.id);
        told(Text::new(
            format!("`{file}` est le dossier de `{other}`, et non de `{id}`"),
            format!("`{file}` is the dossier of `{other}`, not of `{id}`"),
        ));
        return None;
    }
    Some(taken(sheet, at, file, &signed, pin, content, brought))
}

fn taken(
    sheet: &Sheet<'_>,
    at: usize,
    file: &str,
    signed: &SignedFile,
    pin: &Pin,
    content: Content,
    brought: &mut Brought,
) -> Provider {
    let Content { serial, dated, valid_until, provider, subcontractors, tiers, people, claims } = content;
    for person in &people {
        sheet.declare(Noun::Person, person.id.as_str(), at);
    }
    for sub in &subcontractors {
        sheet.declare(Noun::Provider, sub.id.as_str(), at);
    }
    let used = Used {
        place: sheet.place(at),
        typed: false,
        people: people.iter().map(|person| person.id.clone()).collect(),
        subcontractors: subcontractors.iter().map(|sub| sub.id.clone()).collect(),
    };
    brought.uses.0.insert(provider.id.clone(), used);
    brought.claims.0.insert(provider.id.clone(), claims);
    brought.people.extend(people);
    brought.providers.extend(subcontractors);
    let dossier = Dossier {
        file: DocumentRef { name: file.to_owned(), sha256: sha256(&signed.text) },
        serial,
        dated,
        valid_until,
        key: pin.key.clone(),
        confirmed_by: pin.confirmed_by.clone(),
        confirmed_at: pin.confirmed_at,
        tiers,
    };
    Provider { dossier: Some(Box::new(dossier)), ..provider }
}

fn sha256(text: &str) -> String {
    ledger::hash_of(&[text.as_bytes()]).0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a dossier alone, as its provider does before signing it.
///
/// # Errors
/// Everything that is wrong in it, in the order of its lines.
pub fn read_dossier(text: &str, zone: &Zone) -> Result<Content, Vec<Fault>> {
    read(text, zone, &mut Keys::new())
}

fn read(text: &str, zone: &Zone, keys: &mut Keys) -> Result<Content, Vec<Fault>> {
    let alone = |fr: String, en: String| vec![Fault { line: 1, column: 1, says: Text::new(fr, en) }];
    if text.len() > DOSSIER_MAX {
        let most = DOSSIER_MAX >> 20;
        return Err(alone(
            format!("le dossier dépasse {most} Mio"),
            format!("the dossier is longer than {most} MiB"),
        ));
    }
    let nothing = |_: &str| Err(String::new());
    let no_dossier = |_: &str| Err(Text::new("", ""));
    let outside = Outside { resolve: &nothing, dossier: &no_dossier };
    let sheet = Sheet::new(text, &outside);
    sheet.set_zone(zone.clone());
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        let why = shown(error.message());
        sheet.fault(at, format!("ceci n'est pas du TOML : {why}"), format!("this is not TOML: {why}"));
    }
    let content =
        if errors.is_empty() { content(Table::new(&sheet, 0, document.get_ref()), keys) } else { None };
    let mut faults = sheet.settle();
    faults.truncate(FAULTS_MAX);
    match content {
        Some(content) if faults.is_empty() => Ok(content),
        _ if faults.is_empty() => {
            Err(alone("le dossier n'a pas pu être lu".to_owned(), "the dossier could not be read".to_owned()))
        }
        _ => Err(faults),
    }
}

fn content(mut root: Table<'_>, keys: &mut Keys) -> Option<Content> {
    let format = root.need("format", super::the_format);
    let serial = root.need("serial", |item| item.number(1, SERIAL_MAX));
    let dated = root.need("date", Item::day);
    let valid_until = root.need("valid_until", Item::last_day);
    let provider = root.need("provider", |item| item.table(firm));
    let own = provider.as_ref().map(|provider| provider.id.clone());
    let mut tiers = Vec::new();
    let subcontractors = root.each("subcontractor", |table| sub(table, own.as_ref(), &mut tiers));
    let people = root.each("person", |table| person(table, own.as_ref(), keys));
    let claims = root.each("engagement", claim);
    root.finish();
    if dated.zip(valid_until).is_some_and(|(dated, until)| until <= dated) {
        root.fault("valid_until", "la fin précède la date", "the end is before the date");
    }
    if subcontractors.len() > SUBS_MAX {
        let (fr, en) = ("sous-traitants", "subcontractors");
        root.fault("subcontractor", format!("plus de {SUBS_MAX} {fr}"), format!("more than {SUBS_MAX} {en}"));
    }
    let own = own?;
    if tiers.iter().any(|tier| !leads(tier, &own, &tiers)) {
        root.fault(
            "subcontractor",
            "under mène au fournisseur du dossier, par d'autres sous-traitants au besoin",
            "under leads to the provider of the dossier, by other subcontractors if need be",
        );
    }
    format?;
    Some(Content {
        serial: u64::from(serial?),
        dated: dated?,
        valid_until: valid_until?,
        provider: provider?,
        subcontractors,
        tiers,
        people,
        claims,
    })
}

/// Whether a tier leads to the provider in no more steps than there are tiers: a circle never does.
fn leads(tier: &Tier, own: &ProviderId, all: &[Tier]) -> bool {
    let mut under = &tier.under;
    for _ in 0..=all.len() {
        if under == own {
            return true;
        }
        match all.iter().find(|other| other.provider == *under) {
            Some(other) => under = &other.under,
            None => return false,
        }
    }
    false
}

/// The firm itself, or a subcontractor: what is administrative (C3), and where its places are (C2).
fn firm(mut table: Table<'_>) -> Option<Provider> {
    let firm = people::firm(&mut table);
    table.finish();
    firm
}

fn sub(mut table: Table<'_>, own: Option<&ProviderId>, tiers: &mut Vec<Tier>) -> Option<Provider> {
    let under = table.may("under", |item| item.refer(Noun::Provider)).or_else(|| own.cloned());
    let found = people::firm(&mut table);
    table.finish();
    let (found, under) = (found?, under?);
    tiers.push(Tier { provider: found.id.clone(), under });
    Some(found)
}

/// A person of the provider, or of a subcontractor that comes on its behalf.
fn person(table: Table<'_>, own: Option<&ProviderId>, keys: &mut Keys) -> Option<Person> {
    let mut person = people::person_of(table, keys, |table| {
        let given = table.may("employer", |item| item.refer(Noun::Provider));
        given.or_else(|| own.cloned()).map(Employer::Provider)
    })?;
    if let (Employer::Provider(employer), None) = (&person.employer, &person.on_behalf_of) {
        person.on_behalf_of = own.filter(|own| *own != employer).cloned();
    }
    Some(person)
}

fn claim(mut table: Table<'_>) -> Option<Claim> {
    let person = table.need("person", |item| item.refer(Noun::Person));
    let kinds = table.need("kinds", |item| item.some(|kind| kind.choice(&ENGAGEMENTS)));
    let version = table.need("version", |item| item.number(1, 10_000));
    let signed_at = table.need("signed", Item::day);
    let paper = table.need("paper", Item::document);
    let attestation = table.may("attestation", Item::document);
    table.finish();
    Some(Claim {
        person: person?,
        kinds: kinds?.into_iter().collect(),
        version: version?,
        signed_at: signed_at?,
        paper: paper?,
        attestation,
    })
}

impl Claim {
    /// What the dossier says of it, as a remark of TOML: a person reads it before he accepts it.
    fn remark(&self, wall: &Wall<'_>) -> String {
        let kinds: Vec<&str> = self.kinds.iter().map(|kind| word_for(&ENGAGEMENTS, *kind)).collect();
        let paper = |paper: &DocumentRef| format!("{} sha256:{}", shown(&paper.name), paper.sha256);
        let attestation = self.attestation.as_ref().map_or_else(|| "-".to_owned(), paper);
        let (person, kinds, version, signed) =
            (&self.person, kinds.join("+"), self.version, wall.day(self.signed_at));
        format!("# {person}: {kinds}, version {version}, {signed}, {}, {attestation}\n", paper(&self.paper))
    }
}

impl Content {
    /// What a site's file may take from it: the provider with its key, each person's engagements, each subcontractor. A person
    /// of the establishment reads it, and writes who confirmed the key.
    pub fn fragment(&self, file: &str, key: &Fingerprint, zone: &Zone) -> String {
        let wall = Wall(zone);
        let dossier = Rows::default()
            .text("file", file)
            .text("key", &key.0)
            .text("confirmed_by", "")
            .text("confirmed_at", "");
        let provider = Rows::default()
            .text("id", self.provider.id.as_str())
            .text("nature", "third-party")
            .inline("dossier", dossier);
        let signers: BTreeSet<&PersonId> = self.claims.iter().map(|claim| &claim.person).collect();
        let engagement = |person: &PersonId| {
            Rows::default().text("person", person.as_str()).text("dossier", self.provider.id.as_str())
        };
        let tier = |tier: &Tier| {
            Rows::default()
                .text("provider", tier.provider.as_str())
                .text("under", tier.under.as_str())
                .text("listed", "")
        };
        let said: String = self.claims.iter().map(|claim| claim.remark(&wall)).collect();
        said + &Rows::default()
            .each("provider", [provider])
            .each("engagement", signers.into_iter().map(engagement))
            .each("contract.subcontractor", self.tiers.iter().map(tier))
            .to_text()
    }
}

/// What [`source`] reads, typed out.
pub(super) fn write(dossier: &Dossier, wall: &Wall<'_>) -> Rows {
    let Dossier { file, serial, dated, valid_until, key, confirmed_by, confirmed_at, tiers } = dossier;
    let tier = |tier: &Tier| {
        let Tier { provider, under } = tier;
        Rows::default().text("id", provider.as_str()).text("under", under.as_str())
    };
    Rows::default()
        .document("document", file)
        .number("serial", u32::try_from(*serial).unwrap_or(u32::MAX))
        .text("date", wall.day(*dated))
        .text("valid_until", wall.last_day(*valid_until))
        .text("key", &key.0)
        .text("confirmed_by", confirmed_by.as_str())
        .text("confirmed_at", wall.moment(*confirmed_at))
        .inline_row("subcontractors", tiers.iter().map(tier))
}

impl Site {
    /// Holds the file against what stands: a service that it names no more while something of it is owed; of its dossiers a
    /// number that goes back, another key that nobody confirmed since, somebody or some firm that is another one's.
    pub fn against(&self, current: &Current) -> Vec<Fault> {
        let mut faults = self.owed(current);
        for provider in &self.providers {
            let (Some(dossier), Some(used)) = (&provider.dossier, self.dossiers.0.get(&provider.id)) else {
                continue;
            };
            let (line, column) = used.place;
            let says = [
                serial(current, provider, dossier),
                pinned(current, provider, dossier),
                typed(current, provider, used),
                strangers(self, current, provider, used),
            ];
            faults.extend(says.into_iter().flatten().map(|says| Fault { line, column, says }));
        }
        faults
    }
}

impl Site {
    /// What the file takes out although an intervention of it is not settled: it would be nobody's to close, and what left in it
    /// nobody's to erase.
    fn owed(&self, current: &Current) -> Vec<Fault> {
        let gone = |id: &ServiceId| !self.services.iter().any(|service| service.id == *id);
        let fault = |(service, owed): (&ServiceId, &Vec<InterventionId>)| {
            let names = owed.iter().map(InterventionId::as_str).collect::<Vec<_>>().join(", ");
            let says = Text::new(
                format!(
                    "la prestation `{service}` n'est pas à retirer : {names} n'est pas close, ou attend son rapport ou l'attestation \
                     d'effacement (close, report, erased) ; jusque-là, la garder, au besoin avec une fin (until)"
                ),
                format!(
                    "the service `{service}` is not to be taken out: {names} is not closed, or waits for its report or the attestation of \
                     erasure (close, report, erased); until then keep it, with an end (until) if need be"
                ),
            );
            Fault { line: 1, column: 1, says }
        };
        current.owed.iter().filter(|(service, _)| gone(service)).map(fault).collect()
    }
}

fn stands<'a>(current: &'a Current, id: &ProviderId) -> Option<&'a Provider> {
    current.providers.iter().find(|known| known.id == *id)
}

fn serial(current: &Current, provider: &Provider, dossier: &Dossier) -> Option<Text> {
    let (id, serial) = (&provider.id, dossier.serial);
    let before = current.dossiers.get(id)?;
    let last = before.serial;
    if serial < last {
        return Some(Text::new(
            format!("le dossier n° {serial} de `{id}` est plus ancien que le n° {last}, déjà importé"),
            format!("the dossier no. {serial} of `{id}` is older than no. {last}, imported already"),
        ));
    }
    (before.serial == serial && before.file.sha256 != dossier.file.sha256).then(|| {
        Text::new(
            format!("un autre dossier n° {serial} de `{id}` est déjà importé : un changement porte un nouveau numéro"),
            format!("another dossier no. {serial} of `{id}` is imported already: a change bears a new number"),
        )
    })
}

/// Another key than the last one takes a person's word that is younger than the former one's.
fn pinned(current: &Current, provider: &Provider, dossier: &Dossier) -> Option<Text> {
    let before = current.dossiers.get(&provider.id)?;
    let anew = dossier.confirmed_at > before.confirmed_at;
    (before.key != dossier.key && !anew).then(|| {
        let (id, former) = (&provider.id, &before.key.0);
        Text::new(
            format!(
                "la clé de `{id}` n'est plus {former} : qui l'a confirmée au fournisseur, par un autre chemin, l'écrit ici \
                 (confirmed_by, confirmed_at)"
            ),
            format!(
                "the key of `{id}` is no longer {former}: whoever had it confirmed by the provider, on another way, writes so \
                 here (confirmed_by, confirmed_at)"
            ),
        )
    })
}

/// What was typed out is what stands: only a dossier, with its signature, says or changes what a dossier says.
fn typed(current: &Current, provider: &Provider, used: &Used) -> Option<Text> {
    let (nature, managers) = (provider.nature, provider.managers.clone());
    let same = |before: &Provider| Provider { nature, managers, ..before.clone() } == *provider;
    let stands = stands(current, &provider.id).filter(|known| known.dossier.is_some());
    (used.typed && !stands.is_some_and(same)).then(|| {
        let id = &provider.id;
        Text::new(
            format!(
                "ce que dit le dossier de `{id}` est dans son fichier signé et ne change que par un dossier : donner son fichier (file)"
            ),
            format!("what the dossier of `{id}` says stands in its signed file, and is changed by a dossier only: give its file (file)"),
        )
    })
}

/// Nobody becomes another firm's by its dossier, and no firm is described by another's.
fn strangers(site: &Site, current: &Current, provider: &Provider, used: &Used) -> Option<Text> {
    let before = stands(current, &provider.id).and_then(|known| known.dossier.as_ref());
    let was_theirs = |id: &ProviderId| {
        *id == provider.id
            || before.is_some_and(|before| before.tiers.iter().any(|tier| tier.provider == *id))
    };
    let person = used.people.iter().find(|id| {
        let known = current.people.iter().find(|known| known.id == **id);
        known.is_some_and(|known| match &known.employer {
            Employer::Establishment(_) => true,
            Employer::Provider(employer) => !was_theirs(employer),
        })
    });
    if let Some(person) = person {
        return Some(Text::new(
            format!(
                "`{person}` est déjà quelqu'un d'autre dans ce déploiement : le dossier doit changer ce nom"
            ),
            format!(
                "`{person}` is somebody else in this deployment already: the dossier has to change that name"
            ),
        ));
    }
    let firm = used.subcontractors.iter().filter(|id| !was_theirs(id)).find(|id| {
        let said = site.providers.iter().find(|said| said.id == **id);
        stands(current, id).is_some_and(|known| said != Some(known))
    });
    if let Some(firm) = firm {
        return Some(Text::new(
            format!(
                "`{firm}` est déjà connu autrement : un fournisseur n'est pas décrit par le dossier d'un autre"
            ),
            format!("`{firm}` is known otherwise already: no provider is described by another one's dossier"),
        ));
    }
    let said = redescribed(site, current, provider, used)?;
    Some(Text::new(
        format!(
            "`{said}` n'est plus à décrire par le dossier de `{}` seul : que ce dossier le reprenne tel qu'il est décrit ; ce qui \
             change, l'entreprise qui l'emploie, ou qu'il est, le dit par son propre dossier",
            provider.id
        ),
        format!(
            "`{said}` is no longer for the dossier of `{}` alone to describe: let this dossier repeat what stands; what changes is \
             said by the firm that it is, or that employs them, in a dossier of its own",
            provider.id
        ),
    ))
}

/// A subcontractor, or somebody of one, whom the dossier describes otherwise although it is not the only one that may: the
/// firm has a dossier of its own, or somebody leans on it otherwise than as this provider's subcontractor. Whoever that
/// is, this file's readers are not told.
fn redescribed(site: &Site, current: &Current, provider: &Provider, used: &Used) -> Option<String> {
    let is_shared = |id: &ProviderId| {
        let principals = current.principals_elsewhere.get(id);
        let others = principals.is_some_and(|all| all.iter().any(|one| *one != provider.id));
        *id != provider.id && (others || stands(current, id).is_some_and(|known| known.dossier.is_some()))
    };
    let firm = used.subcontractors.iter().filter(|id| is_shared(id)).find(|id| {
        let said = site.providers.iter().find(|said| said.id == **id);
        stands(current, id).is_some_and(|known| said != Some(known))
    });
    let works_there = |person: &Person| matches!(&person.employer, Employer::Provider(id) if is_shared(id));
    let person = used.people.iter().find(|id| {
        let known = current.people.iter().find(|known| known.id == **id);
        let said = site.people.iter().find(|said| said.id == **id);
        // Somebody new is told of the firm as well.
        said != known && (said.is_some_and(works_there) || known.is_some_and(works_there))
    });
    firm.map(ToString::to_string).or_else(|| person.map(ToString::to_string))
}
