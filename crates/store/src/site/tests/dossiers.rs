//! A provider's dossier in the description of a site.

use domain::{EngagementKind, Fingerprint};
use gate::SiteChange;

use super::*;
use crate::site::{Content, SignedFile, read_dossier};

const KEY: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OTHER_KEY: &str = "SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

const DOSSIER: &str = r#"format = 1
serial = 7
date = "2026-11-01"
valid_until = "2027-10-31"
[provider]
id = "acme"
name = "Acme Imagerie (fictif)"
registration = "000 000 001"
country = "FR"
address = "1, rue imaginaire, Lyon"
contacts = [{ about = "incidents", name = "Astreinte", phone = "+33 1 99 00 00 00" }]
places = [{ name = "plateforme", country = "FR" }]
[[subcontractor]]
id = "sous"
name = "Sous-traitant inventé"
country = "DE"
places = [{ name = "relais", country = "DE" }]
[[subcontractor]]
id = "sous-sous"
name = "Rang deux"
under = "sous"
[[person]]
id = "a.martin"
name = "Alix Martin"
country = "FR"
[[person]]
id = "t.sous"
name = "Théo Inventé"
employer = "sous"
[[engagement]]
person = "a.martin"
kinds = ["confidentiality", "limitation"]
version = 2
signed = "2026-01-10"
paper = { name = "engagement.pdf", sha256 = "0b7f3c9a5d1e8426f0a7b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708" }
attestation = "attestation.pdf"
"#;

const SITE: &str = r#"format = 1
[establishment]
id = "nord"
title = "Hôpital fictif du Nord"
zone = "Europe/Paris"
responsable = "r.dupont"
[[person]]
id = "r.dupont"
name = "Renée Dupont"
employer = "nord"
[[provider]]
id = "acme"
nature = "third-party"
managers = ["a.martin"]
dossier = { file = "acme.toml", key = "KEY", confirmed_by = "r.dupont", confirmed_at = "2026-11-02 10:00" }
[[engagement]]
person = "a.martin"
kinds = ["confidentiality"]
version = 2
signed = "2026-01-10"
"#;

fn described() -> String {
    SITE.replace("KEY", KEY)
}

/// The file, beside a dossier that this key signed.
fn read(file: &str, dossier: &str, key: &str) -> Result<Site, Vec<Fault>> {
    let given = |name: &str| match name {
        "acme.toml" => Ok(SignedFile { text: dossier.to_owned(), key: Fingerprint(key.to_owned()) }),
        _ => Err(Text::new("absent", "absent")),
    };
    Site::parse(file, &Outside { resolve: &resolve, dossier: &given })
}

fn whole(file: &str, dossier: &str) -> Site {
    read(file, dossier, KEY).unwrap_or_else(|faults| panic!("{}", told(&faults)))
}

/// What stands after the file was applied.
fn applied(site: &Site) -> Current {
    let dossiers =
        site.providers.iter().filter_map(|one| Some((one.id.clone(), one.dossier.clone()?))).collect();
    Current {
        establishment: Some(site.establishment.clone()),
        providers: site.providers.clone(),
        people: site.people.clone(),
        engagements: site.engagements.clone(),
        dossiers,
        ..Current::default()
    }
}

fn change(current: &Current, site: &Site) -> SiteChange {
    Plan::new(current, site).change("")
}

#[test]
fn a_dossier_describes_its_provider_its_people_and_its_subcontractors() {
    let site = whole(&described(), DOSSIER);
    let acme = site.providers.iter().find(|one| one.id.as_str() == "acme").unwrap();
    assert_eq!(
        (acme.name.as_str(), acme.address.as_deref()),
        ("Acme Imagerie (fictif)", Some("1, rue imaginaire, Lyon"))
    );
    let dossier = acme.dossier.as_ref().unwrap();
    assert_eq!((dossier.serial, dossier.key.0.as_str(), dossier.tiers.len()), (7, KEY, 2));
    assert_eq!(dossier.file.sha256.len(), 64);
    let theo = site.people.iter().find(|one| one.id.as_str() == "t.sous").unwrap();
    assert_eq!(theo.on_behalf_of.as_ref().map(|side| side.as_str()), Some("acme"));
    assert!(site.providers.iter().any(|one| one.id.as_str() == "sous-sous"));
    // It gives no right: what people signed is accepted by the site's own file alone.
    assert_eq!(site.engagements.len(), 1);
    assert!(site.contracts.is_empty());
    // What stands is written as what it is, and applying it changes nothing.
    let current = applied(&site);
    let exported = current.site().unwrap().text();
    let again = parse(&exported).unwrap_or_else(|faults| panic!("{}\n{exported}", told(&faults)));
    assert!(again.against(&current).is_empty());
    assert!(Plan::new(&current, &again).is_empty());
    assert!(change(&current, &again).dossiers.is_empty());
}

/// Each import is told with its numbers, and each change of what is administrative (C3); of people it is none.
#[test]
fn a_newer_dossier_tells_what_changed() {
    let first = whole(&described(), DOSSIER);
    let change_one = &change(&Current::default(), &first).dossiers[0];
    assert_eq!((change_one.was, change_one.people, change_one.changed.len()), (None, 2, 1));
    let current = applied(&first);
    let moved = DOSSIER
        .replace("serial = 7", "serial = 8")
        .replace("Lyon", "Lille")
        .replace("country = \"DE\"\nplaces", "country = \"CH\"\nplaces")
        .replace("under = \"sous\"", "under = \"acme\"");
    let second = whole(&described(), &moved);
    assert!(second.against(&current).is_empty());
    let told = &change(&current, &second).dossiers[0];
    assert_eq!((told.was, told.dossier.serial), (Some(7), 8));
    assert_eq!(
        told.changed,
        [
            "address: 1, rue imaginaire, Lyon → 1, rue imaginaire, Lille",
            "subcontractors: sous < acme, sous-sous < sous → sous < acme, sous-sous < acme",
        ]
    );
    assert!(told.towards.iter().any(|one| one.as_str() == "nord"));
    let people = DOSSIER.replace("serial = 7", "serial = 8").replace("Alix Martin", "Alix Martin-Durand");
    let told = &change(&current, &whole(&described(), &people)).dossiers[0];
    assert!(told.changed.is_empty(), "a person's name is nothing administrative");
}

/// What stands refuses this file, for this reason.
fn refused(current: &Current, file: &str, dossier: &str, key: &str, says: &str) {
    let site = read(file, dossier, key).unwrap_or_else(|faults| panic!("{}", told(&faults)));
    let faults = site.against(current);
    assert!(faults.len() == 1 && faults[0].says.en.contains(says), "{says}: {faults:?}");
    assert!(faults[0].line > 1);
}

#[test]
fn a_number_never_goes_back_and_no_key_changes_unsaid() {
    let current = applied(&whole(&described(), DOSSIER));
    let file = described();
    refused(&current, &file, &DOSSIER.replace("serial = 7", "serial = 6"), KEY, "older than no. 7");
    refused(&current, &file, &DOSSIER.replace("Lyon", "Lille"), KEY, "another dossier no. 7");
    // Taken out of the file meanwhile, the number is remembered.
    let mut out = current.clone();
    out.providers.clear();
    out.people.clear();
    refused(&out, &file, &DOSSIER.replace("serial = 7", "serial = 6"), KEY, "older than no. 7");
    refused(&out, &file, &DOSSIER.replace("Lyon", "Lille"), KEY, "another dossier no. 7");
    refused(
        &out,
        &SITE.replace("KEY", OTHER_KEY),
        &DOSSIER.replace("serial = 7", "serial = 8"),
        OTHER_KEY,
        "is no longer",
    );
    assert!(read(&file, DOSSIER, KEY).unwrap().against(&out).is_empty(), "the same one is put in again");
    // Another key, with the old word; then with a person's younger one.
    let newer = DOSSIER.replace("serial = 7", "serial = 8");
    let other = SITE.replace("KEY", OTHER_KEY);
    refused(&current, &other, &newer, OTHER_KEY, "is no longer");
    let confirmed = other.replace("2026-11-02 10:00", "2026-11-20 09:00");
    assert!(read(&confirmed, &newer, OTHER_KEY).unwrap().against(&current).is_empty());
    // The pinned key is not the one that signed.
    let faults = read(&file, &newer, OTHER_KEY).unwrap_err();
    assert!(faults[0].says.en.contains("is signed by the key"), "{faults:?}");
    // What was typed out is changed by no hand.
    let exported = current.site().unwrap().text();
    let edited = parse(&exported.replace("Lyon", "Lille")).unwrap();
    assert!(edited.against(&current)[0].says.en.contains("changed by a dossier only"));
    // Nor is it the first to say anything: nobody signed it.
    let typed = parse(&exported).unwrap();
    assert!(typed.against(&current).is_empty());
    for none in [&out, &Current::default()] {
        assert!(typed.against(none)[0].says.en.contains("in its signed file"));
    }
}

#[test]
fn nobody_becomes_another_firms_by_a_dossier() {
    let mut current = applied(&whole(&described(), DOSSIER));
    current.providers.retain(|one| one.id.as_str() == "acme");
    let agent = domain::Person {
        employer: domain::Employer::Establishment("sud".parse().unwrap()),
        ..current.people[0].clone()
    };
    let mut with_agent = current.clone();
    with_agent.people = vec![domain::Person { id: "z.sud".parse().unwrap(), ..agent }];
    let newer = DOSSIER.replace("serial = 7", "serial = 8").replace("\"t.sous\"", "\"z.sud\"");
    refused(&with_agent, &described(), &newer, KEY, "somebody else");
    let mut with_firm = current.clone();
    with_firm.providers.push(domain::Provider {
        name: "Tout autre".to_owned(),
        id: "firme".parse().unwrap(),
        dossier: None,
        ..current.providers[0].clone()
    });
    let newer = DOSSIER.replace("serial = 7", "serial = 8").replace("\"sous-sous\"", "\"firme\"");
    refused(&with_firm, &described(), &newer, KEY, "known otherwise");
}

/// What is wrong in a dossier is told with its own place, behind the line of the site's file that names it.
#[test]
fn faults_of_a_dossier_have_its_places() {
    let fault = |dossier: &str, says: &str| {
        let faults = read(&described(), dossier, KEY).unwrap_err();
        let there = |fault: &&Fault| fault.line == 15 && fault.says.en.contains(says);
        assert!(faults.iter().any(|fault| there(&fault)), "{says}: {}", told(&faults));
    };
    fault(&DOSSIER.replace("serial = 7", "serial = 0"), "acme.toml:2:10");
    fault(
        &DOSSIER.replace("[provider]\nid = \"acme\"", "[provider]\nid = \"autre\""),
        "is the dossier of `autre`",
    );
    fault(&DOSSIER.replace("under = \"sous\"", "under = \"sous-sous\""), "under leads to the provider");
    fault(&DOSSIER.replace("person = \"a.martin\"", "person = \"b.martin\""), "was `a.martin` meant?");
    fault(&DOSSIER.replace("2027-10-31", "2026-10-31"), "the end is before the date");
    fault(&DOSSIER.replace("country = \"FR\"\naddress", "pays = \"FR\"\naddress"), "`pays`");
    fault(&format!("{DOSSIER}managers = [\"a.martin\"]\n"), "`managers`");
    fault("format = [", "this is not TOML");
    let doubled = DOSSIER.replace("a.martin", "r.dupont");
    assert!(told(&read(&described(), &doubled, KEY).unwrap_err()).contains("is declared on line 15 already"));
    // What the dossier says is said there alone.
    let typed = described().replace("nature = \"third-party\"", "nature = \"third-party\"\nname = \"Acme\"");
    assert!(told(&read(&typed, DOSSIER, KEY).unwrap_err()).contains("`name`"));
    let nobody = described().replace("confirmed_by = \"r.dupont\"", "confirmed_by = \"a.martin\"");
    assert!(told(&read(&nobody, DOSSIER, KEY).unwrap_err()).contains("a third party's"));
    let absent = described().replace("acme.toml", "firme.toml");
    assert!(told(&read(&absent, DOSSIER, KEY).unwrap_err()).contains("absent"));
}

#[test]
fn what_a_site_takes_from_a_dossier_is_shown() {
    let zone = "Europe/Paris".parse().unwrap();
    let content: Content = read_dossier(DOSSIER, &zone).unwrap();
    let fragment = content.fragment("acme.toml", &Fingerprint(KEY.to_owned()), &zone);
    for line in [
        "id = \"acme\"",
        "file = \"acme.toml\"",
        "[[engagement]]\nperson = \"a.martin\"\ndossier = \"acme\"\n",
        "# a.martin: confidentiality+limitation, version 2, 2026-01-10, engagement.pdf sha256:0b7f3c9a",
        "under = \"sous\"",
    ] {
        assert!(fragment.contains(line), "{line}: {fragment}");
    }
}

/// What people signed is accepted by their names: the dossier has the dates and hashes, and nobody types them again.
#[test]
fn engagements_of_a_dossier_are_accepted_by_name() {
    let (before, _) = SITE.split_once("[[engagement]]").unwrap();
    let by_name =
        format!("{before}[[engagement]]\nperson = \"a.martin\"\ndossier = \"acme\"\n").replace("KEY", KEY);
    let site = whole(&by_name, DOSSIER);
    let kinds: Vec<EngagementKind> = site.engagements.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [EngagementKind::Confidentiality, EngagementKind::Limitation]);
    let first = &site.engagements[0];
    assert_eq!((first.version, first.establishment.as_str()), (2, "nord"));
    assert_eq!(first.attestation.as_ref().unwrap().name, "attestation.pdf");
    let paper = first.paper.as_ref().unwrap();
    assert!(paper.name == "engagement.pdf" && paper.sha256.starts_with("0b7f3c9a"));
    // What stands is written out as what it is.
    let current = applied(&site);
    let exported = current.site().unwrap().text();
    let again = parse(&exported).unwrap_or_else(|faults| panic!("{}\n{exported}", told(&faults)));
    assert!(Plan::new(&current, &again).is_empty());
    // A newer dossier changes what is accepted only where somebody applies it, and the plan says so.
    let newer = DOSSIER.replace("serial = 7", "serial = 8").replace("version = 2", "version = 3");
    let plan = Plan::new(&current, &whole(&by_name, &newer));
    assert!(plan.in_words(Lang::En).contains("a.martin"), "{}", plan.in_words(Lang::En));
    // Nobody is accepted of whom it says nothing, by a firm that has none, or with words beside.
    for (wrong, says) in [
        (
            by_name.replace("person = \"a.martin\"\ndossier", "person = \"t.sous\"\ndossier"),
            "no engagement of `t.sous`",
        ),
        (by_name.replace("dossier = \"acme\"\n", "dossier = \"sous\"\n"), "no engagement of `a.martin`"),
        (format!("{by_name}version = 2\n"), "`version`"),
        (format!("{by_name}withdrawn = \"2026-01-09\"\n"), "withdrawn"),
    ] {
        let faults = told(&read(&wrong, DOSSIER, KEY).unwrap_err());
        assert!(faults.contains(says), "{says}: {faults}");
    }
}
