//! `[[provider]]`, `[[person]]`, `[[engagement]]`: companies and teams, human beings, what they signed.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Contact, Country, Email, Employer, Engagement, EngagementKind, Fingerprint, Nature, Network, Person,
    PersonKey, Provider, TransferBasis,
};
use vocab::{EstablishmentId, Lang, PersonId, ProviderId, Timestamp};

use super::direct;
use super::dossier::{self, Brought, Claim, Claims};
use super::key;
use super::parts::word_for;
use super::sheet::Noun;
use super::table::{Item, Table, shown};
use super::write::{Rows, Wall};

/// Keys of one person: one for each of his machines and one to spare.
const KEYS_MAX: usize = 8;
/// Words of natures, engagements and languages.
const NATURES: [(&str, Nature); 3] =
    [("third-party", Nature::ThirdParty), ("internal", Nature::Internal), ("pooled", Nature::Pooled)];
pub(super) const ENGAGEMENTS: [(&str, EngagementKind); 2] =
    [("confidentiality", EngagementKind::Confidentiality), ("limitation", EngagementKind::Limitation)];
const LANGS: [(&str, Lang); 2] = [("fr", Lang::Fr), ("en", Lang::En)];

impl Item<'_> {
    pub(super) fn country(self) -> Option<Country> {
        let given = self.raw()?;
        match given.parse() {
            Ok(country) => Some(country),
            Err(_) => self.fault(
                format!("`{}` n'est pas un pays : deux majuscules d'ISO 3166-1, comme FR", shown(given)),
                format!("`{}` is not a country: two capital letters of ISO 3166-1, such as FR", shown(given)),
            ),
        }
    }
}

impl Item<'_> {
    fn email(self) -> Option<Email> {
        let given = self.raw()?;
        match given.parse() {
            Ok(email) => Some(email),
            Err(_) => self.fault(
                format!(
                    "`{}` n'est pas une adresse de courrier, comme prenom.nom@hopital.exemple",
                    shown(given)
                ),
                format!("`{}` is not an address for mail, such as prenom.nom@hopital.exemple", shown(given)),
            ),
        }
    }
}

/// What a firm says of itself: who it is, and where. Who manages it, and what it is to the establishment, it does not say.
pub(super) fn firm(table: &mut Table<'_>) -> Option<Provider> {
    let id: Option<ProviderId> = table.need("id", |item| item.own_name(Noun::Provider));
    let name = table.need("name", Item::text);
    let country = table.may("country", Item::country);
    let registration = table.may("registration", Item::text);
    let address = table.may("address", Item::text);
    let contacts = table.each("contacts", contact);
    let places = table.each("places", place);
    let sources = table.each("sources", source);
    let transfers = table.each("transfers", transfer);
    Some(Provider {
        id: id?,
        name: name?,
        nature: Nature::ThirdParty,
        country,
        registration,
        address,
        contacts,
        places,
        sources,
        transfers,
        managers: Vec::new(),
        dossier: None,
    })
}

pub(super) fn provider(mut table: Table<'_>, keys: &mut Keys, brought: &mut Brought) -> Option<Provider> {
    let nature = table.need("nature", |item| item.choice(&NATURES));
    let managers = table.may("managers", |item| Some(item.refer_all(Noun::Person))).unwrap_or_default();
    let found = match table.may("dossier", |item| item.table(dossier::source)) {
        Some((dossier::Source::File(file), pin)) => {
            let id: Option<ProviderId> = table.need("id", |item| item.own_name(Noun::Provider));
            table.finish();
            let opened = dossier::open(&table, &id?, &file, &pin, keys, brought);
            if opened.is_none() {
                table.sheet.is_partly_unread();
            }
            opened
        }
        Some((dossier::Source::Typed(typed), _)) => {
            let found = firm(&mut table);
            table.finish();
            found.map(|firm| {
                let place = table.sheet.place(table.place("dossier"));
                let (people, subcontractors) = (Vec::new(), Vec::new());
                let used = dossier::Used { place, typed: true, people, subcontractors };
                brought.uses.0.insert(firm.id.clone(), used);
                Provider { dossier: Some(typed), ..firm }
            })
        }
        None => {
            let found = firm(&mut table);
            table.finish();
            found
        }
    }?;
    if table.sheet.is_own(found.id.as_str()) {
        table.fault(
            "id",
            "un fournisseur porte le nom de l'établissement : changer l'un des deux",
            "a provider bears the name of the establishment: change one of them",
        );
    }
    Some(Provider { nature: nature?, managers, ..found })
}

pub(super) fn contact(mut table: Table<'_>) -> Option<Contact> {
    let about = table.need("about", Item::text);
    let name = table.need("name", Item::text);
    let phone = table.may("phone", Item::text);
    let email = table.may("email", Item::email).map(|email| email.to_string());
    table.finish();
    Some(Contact { about: about?, name: name?, phone, email })
}

pub(super) fn place(mut table: Table<'_>) -> Option<(String, Option<Country>)> {
    let name = table.need("name", Item::text);
    let country = table.may("country", Item::country);
    table.finish();
    Some((name?, country))
}

pub(super) fn source(mut table: Table<'_>) -> Option<(Network, Option<Country>)> {
    let network = table.need("from", direct::network);
    let country = table.may("country", Item::country);
    table.finish();
    Some((network?, country))
}

pub(super) fn transfer(mut table: Table<'_>) -> Option<TransferBasis> {
    let country = table.need("country", Item::country);
    let ground = table.need("ground", Item::text);
    let document = table.need("document", Item::document);
    table.finish();
    Some(TransferBasis { country: country?, ground: ground?, document: document? })
}

/// Keys seen so far in the file, and whose they are.
pub(super) type Keys = BTreeMap<Fingerprint, PersonId>;

pub(super) fn person(table: Table<'_>, own: Option<&EstablishmentId>, keys: &mut Keys) -> Option<Person> {
    person_of(table, keys, |table| table.need("employer", |item| employer(item, own)))
}

/// A person, whose employer is read so.
pub(super) fn person_of<'a>(
    mut table: Table<'a>,
    keys: &mut Keys,
    employer: impl FnOnce(&mut Table<'a>) -> Option<Employer>,
) -> Option<Person> {
    let id: Option<PersonId> = table.need("id", |item| item.own_name(Noun::Person));
    let name = table.need("name", Item::text);
    let phone = table.may("phone", Item::text);
    let email = table.may("email", Item::email);
    let lang = table.may("lang", |item| item.choice(&LANGS));
    let active = table.may("active", Item::flag);
    let employer = employer(&mut table);
    let on_behalf_of = table.may("on_behalf_of", |item| item.refer(Noun::Provider));
    let country = table.may("country", Item::country);
    let lines = table.list("keys", |item| one_key(item, id.as_ref(), keys));
    table.finish();
    let (id, employer) = (id?, employer?);
    if lines.len() > KEYS_MAX {
        table.fault("keys", format!("plus de {KEYS_MAX} clés"), format!("more than {KEYS_MAX} keys"));
    }
    check_principal(&table, &employer, on_behalf_of.as_ref());
    Some(Person {
        id,
        name: name?,
        phone,
        email,
        lang: lang.unwrap_or_default(),
        active: active.unwrap_or(true),
        employer,
        on_behalf_of,
        country,
        keys: lines,
    })
}

/// The establishment of the file by its own name, or a provider.
fn employer(item: Item<'_>, own: Option<&EstablishmentId>) -> Option<Employer> {
    if item.value.as_str().is_some_and(|name| item.sheet.is_own(name)) {
        return own.cloned().map(Employer::Establishment);
    }
    item.refer(Noun::Provider).map(Employer::Provider)
}

fn check_principal(table: &Table<'_>, employer: &Employer, principal: Option<&ProviderId>) {
    let wrong = match (employer, principal) {
        (Employer::Establishment(_), Some(_)) => true,
        (Employer::Provider(employer), Some(principal)) => employer == principal,
        (_, None) => false,
    };
    if wrong {
        table.fault(
            "on_behalf_of",
            "on_behalf_of nomme le fournisseur pour lequel un sous-traitant travaille : un autre que l'employeur",
            "on_behalf_of names the provider that a subcontractor works for: another one than the employer",
        );
    }
}

fn one_key(item: Item<'_>, person: Option<&PersonId>, keys: &mut Keys) -> Option<PersonKey> {
    let found = match key::person_key(item.raw()?) {
        Ok(found) => found,
        Err(says) => return item.fault(says.fr, says.en),
    };
    let person = person?;
    match keys.insert(found.fingerprint.clone(), person.clone()) {
        Some(other) if other == *person => {
            item.fault("cette clé figure deux fois", "this key stands there twice")
        }
        Some(other) => item.fault(
            format!("cette clé est déjà celle de `{other}` : une clé est celle d'une seule personne"),
            format!("this key is `{other}`'s already: a key belongs to one person"),
        ),
        None => Some(found),
    }
}

/// One table makes one engagement for each of its kinds, or accepts those that a provider's dossier says of a person.
pub(super) fn engagements(
    mut table: Table<'_>,
    own: Option<&EstablishmentId>,
    claims: &Claims,
) -> Option<Vec<Engagement>> {
    let person: Option<PersonId> = table.need("person", |item| item.refer(Noun::Person));
    if let Some(dossier) = table.may("dossier", |item| item.refer(Noun::Provider)) {
        let withdrawn_at = table.may("withdrawn", Item::moment);
        table.finish();
        return accepted(&table, own?, &person?, withdrawn_at, claims.of(&dossier));
    }
    let kinds = table.need("kinds", |item| item.some(|kind| kind.choice(&ENGAGEMENTS)));
    let version = table.need("version", |item| item.number(1, 10_000));
    let signed_at = table.need("signed", Item::moment);
    let withdrawn_at = table.may("withdrawn", Item::moment);
    let attestation = table.may("attestation", Item::document);
    let paper = table.may("paper", Item::document);
    table.finish();
    let kinds = kinds.unwrap_or_default();
    let distinct: BTreeSet<EngagementKind> = kinds.iter().copied().collect();
    if distinct.len() != kinds.len() {
        table.fault("kinds", "le même engagement figure deux fois", "the same engagement stands there twice");
    }
    if withdrawn_at.zip(signed_at).is_some_and(|(withdrawn, signed)| withdrawn < signed) {
        table.fault("withdrawn", "retiré avant d'être signé", "withdrawn before it was signed");
    }
    let (own, person, version, signed_at) = (own?, person?, version?, signed_at?);
    let of = |kind| Engagement {
        person: person.clone(),
        establishment: own.clone(),
        kind,
        version,
        signed_at,
        withdrawn_at,
        attestation: attestation.clone(),
        paper: paper.clone(),
    };
    Some(distinct.into_iter().map(of).collect())
}

/// Those that a dossier says of a person: whoever reviews the file accepts them by his name, and types no date and no hash.
fn accepted(
    table: &Table<'_>,
    own: &EstablishmentId,
    person: &PersonId,
    withdrawn_at: Option<Timestamp>,
    claims: &[Claim],
) -> Option<Vec<Engagement>> {
    let of = |claim: &Claim, kind| Engagement {
        person: person.clone(),
        establishment: own.clone(),
        kind,
        version: claim.version,
        signed_at: claim.signed_at,
        withdrawn_at,
        attestation: claim.attestation.clone(),
        paper: Some(claim.paper.clone()),
    };
    let his = claims.iter().filter(|claim| claim.person == *person);
    let all: Vec<Engagement> =
        his.flat_map(|claim| claim.kinds.iter().map(move |kind| of(claim, *kind))).collect();
    if all.is_empty() {
        table.fault(
            "dossier",
            format!("ce dossier ne dit aucun engagement de `{person}`"),
            format!("this dossier says of no engagement of `{person}`"),
        );
    }
    if withdrawn_at.is_some_and(|withdrawn| all.iter().any(|one| withdrawn < one.signed_at)) {
        table.fault("withdrawn", "retiré avant d'être signé", "withdrawn before it was signed");
    }
    Some(all)
}

/// What [`provider`] reads.
pub(super) fn write_provider(provider: &Provider, wall: &Wall<'_>) -> Rows {
    let Provider {
        id,
        name,
        nature,
        country,
        registration,
        address,
        contacts,
        places,
        sources,
        transfers,
        managers,
        dossier,
    } = provider;
    let contact = |contact: &Contact| {
        let Contact { about, name, phone, email } = contact;
        Rows::default()
            .text("about", about)
            .text("name", name)
            .may("phone", phone.as_ref())
            .may("email", email.as_ref())
    };
    let place = |(name, country): &(String, Option<Country>)| {
        Rows::default().text("name", name).may("country", country.as_ref().map(Country::as_str))
    };
    let source = |(network, country): &(Network, Option<Country>)| {
        let rows = Rows::default().text("from", network.to_string());
        rows.may("country", country.as_ref().map(Country::as_str))
    };
    let transfer = |basis: &TransferBasis| {
        let TransferBasis { country, ground, document } = basis;
        Rows::default()
            .text("country", country.as_str())
            .text("ground", ground)
            .document("document", document)
    };
    let rows = Rows::default()
        .text("id", id.as_str())
        .text("name", name)
        .text("nature", word_for(&NATURES, *nature))
        .may("country", country.as_ref().map(Country::as_str))
        .may("registration", registration.as_ref())
        .may("address", address.as_ref())
        .inline_list("contacts", contacts.iter().map(contact))
        .inline_list("places", places.iter().map(place))
        .inline_list("sources", sources.iter().map(source))
        .inline_list("transfers", transfers.iter().map(transfer))
        .list("managers", managers.iter().map(PersonId::as_str));
    match dossier {
        Some(dossier) => rows.inline("dossier", dossier::write(dossier, wall)),
        None => rows,
    }
}

/// What [`person`] reads.
pub(super) fn write_person(person: &Person) -> Rows {
    let Person { id, name, phone, email, lang, active, employer, on_behalf_of, country, keys } = person;
    let employer = match employer {
        Employer::Establishment(id) => id.as_str(),
        Employer::Provider(id) => id.as_str(),
    };
    Rows::default()
        .text("id", id.as_str())
        .text("name", name)
        .may("phone", phone.as_ref())
        .may("email", email.as_ref().map(ToString::to_string))
        .text("lang", word_for(&LANGS, *lang))
        .flag("active", *active)
        .text("employer", employer)
        .may("on_behalf_of", on_behalf_of.as_ref().map(ProviderId::as_str))
        .may("country", country.as_ref().map(Country::as_str))
        .list("keys", keys.iter().map(|PersonKey { line, fingerprint: _ }| line))
}

/// What [`engagements`] reads: a table for each engagement.
pub(super) fn write_engagement(engagement: &Engagement, wall: &Wall<'_>) -> Rows {
    let Engagement { person, establishment: _, kind, version, signed_at, withdrawn_at, attestation, paper } =
        engagement;
    Rows::default()
        .text("person", person.as_str())
        .list("kinds", [word_for(&ENGAGEMENTS, *kind)])
        .number("version", *version)
        .text("signed", wall.moment(*signed_at))
        .may("withdrawn", withdrawn_at.map(|at| wall.moment_after(at)))
        .may_document("attestation", attestation.as_ref())
        .may_document("paper", paper.as_ref())
}
