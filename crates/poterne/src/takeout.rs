//! Everything that people typed in, back out: nobody is locked in. The description of an establishment as the very file
//! that `apply` reads, the same and its interventions as JSON, or as tables.
//!
//! It is read by the process that holds the database. No secret is in it: those leave by `vault-export`.

pub(crate) mod tables;

use std::io::Write;

use anyhow::bail;
use control::Errand;
use domain::{
    Contract, DirectPath, Engagement, Equipment, Establishment, Filed, Hold, Intervention, Notice, Person,
    Provider, RiskTreatment, Service, State, Suspension, Transition,
};
use gate::ports::{Clock as _, Store as _};
use recording::Digest;
use serde::{Deserialize, Serialize};
use store::site::{Current, Outside, Plan, Site};
use vocab::{EstablishmentId, Lang, Timestamp};

use crate::cli::{ExportDo, OfSite};
use crate::desk::failed;
use crate::operator::errand;
use crate::texts::{Because as _, say, say_in, spoken};
use crate::wiring::{House, SystemClock};

/// What stands for an establishment, as values. Moments are microseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Everything {
    /// [`FORMAT`].
    pub format: String,
    /// When it was read.
    pub at: Timestamp,
    pub establishment: Establishment,
    pub providers: Vec<Provider>,
    pub people: Vec<Person>,
    pub engagements: Vec<Engagement>,
    pub contracts: Vec<Contract>,
    pub services: Vec<Service>,
    pub equipment: Vec<Equipment>,
    pub treatments: Vec<RiskTreatment>,
    pub transitions: Vec<Transition>,
    pub direct: Vec<DirectPath>,
    pub interventions: Vec<Intervention>,
    pub suspensions: Vec<Suspension>,
    pub holds: Vec<Hold>,
    /// What is known of the documents on file; their bytes are with `document get`.
    pub documents: Vec<Filed>,
    pub notices: Vec<Notice>,
}

/// What was done at the door, beside the description.
#[derive(Debug, Default)]
struct Done {
    interventions: Vec<Intervention>,
    suspensions: Vec<Suspension>,
    holds: Vec<Hold>,
    documents: Vec<Filed>,
    notices: Vec<Notice>,
}

/// The name of what is exported.
const FORMAT: &str = "poterne-site/1";

/// Does the errand: reads what stands and answers with it.
pub(crate) async fn answer(
    house: &House,
    establishment: Option<&str>,
    json: bool,
    lang: Lang,
) -> Result<String, String> {
    let id: EstablishmentId = match establishment {
        Some(name) => name.parse().map_err(|_| say_in(lang, "no_establishment", &[&name]))?,
        None => house.config.gate.home.clone(),
    };
    let at = SystemClock.now();
    let current = house.database.current(&id, at).await.map_err(failed(lang))?;
    let site = current.site().ok_or_else(|| say_in(lang, "no_establishment", &[&id]))?;
    let (form, text) = if json {
        let done = done(house, &id, &current.services, at).await.map_err(failed(lang))?;
        let everything = everything(site, current, done, at);
        ("json", serde_json::to_string_pretty(&everything).map_err(failed(lang))?)
    } else {
        ("toml", checked(site.text(), &current))
    };
    house.gate.site_exported(id, form, Digest::of(&[text.as_bytes()])).await.map_err(failed(lang))?;
    Ok(text)
}

async fn done(
    house: &House,
    id: &EstablishmentId,
    services: &[Service],
    at: Timestamp,
) -> Result<Done, gate::ports::PortError> {
    let database = &house.database;
    let mut done = Done {
        interventions: database.interventions(id, &State::ALL).await?,
        holds: database.holds(id, at).await?,
        documents: database.filed(id, at).await?,
        ..Done::default()
    };
    for service in services {
        let facts = database.service_facts(id, &service.id, at).await?;
        done.suspensions = facts.suspensions;
        done.notices.extend(facts.notices);
    }
    // Services of one provider tell the same of it.
    done.notices.sort_by(|one, other| (&one.provider, one.serial).cmp(&(&other.provider, other.serial)));
    done.notices.dedup();
    Ok(done)
}

/// The file, with what its reader would say against it below: it says the same as what stands, or it says so.
fn checked(mut text: String, current: &Current) -> String {
    let refuse = |name: &str| Err(name.to_owned());
    let remarks = match Site::parse(&text, &Outside { resolve: &refuse, dossier: &Outside::no_dossier }) {
        Ok(site) => Some(Plan::new(current, &site))
            .filter(|plan| !plan.is_empty())
            .map(|plan| plan.in_words(Lang::Fr)),
        Err(faults) => Some(faults.iter().map(|fault| fault.in_lang(Lang::Fr) + "\n").collect()),
    };
    if let Some(remarks) = remarks {
        text.push_str("\n# Relue, cette description diffère de ce qui vaut · read again, it differs from what stands:\n");
        text.extend(remarks.lines().map(|line| format!("# {line}\n")));
    }
    text
}

fn everything(site: Site, current: Current, done: Done, at: Timestamp) -> Everything {
    let Done { interventions, suspensions, holds, documents, notices } = done;
    let Site { establishment, providers, people, .. } = site;
    // Taken apart name by name: what is new in it is not forgotten.
    let Current {
        establishment: _,
        dossiers: _,
        towards: _,
        providers: _,
        people: _,
        owed: _,
        providers_elsewhere: _,
        principals_elsewhere: _,
        people_elsewhere: _,
        engagements,
        contracts,
        services,
        equipment,
        treatments,
        transitions,
        direct,
    } = current;
    Everything {
        format: FORMAT.to_owned(),
        at,
        establishment,
        providers,
        people,
        engagements,
        contracts,
        services,
        equipment,
        treatments,
        transitions,
        direct,
        interventions,
        suspensions,
        holds,
        documents,
        notices,
    }
}

/// `poterne export site` and `poterne export csv`.
pub(crate) async fn run(asked: ExportDo) -> anyhow::Result<()> {
    match asked {
        ExportDo::Person(asked) => crate::person::export(asked).await,
        ExportDo::Site { json, of } => {
            let text = asked_for(&of, json).await?;
            // It goes into a file as it is: every text in it is quoted, and none has a control character.
            Ok(writeln!(std::io::stdout().lock(), "{}", text.trim_end())?)
        }
        ExportDo::Csv { folder, of } => {
            let everything: Everything =
                serde_json::from_str(&asked_for(&of, true).await?).because("takeout_odd", &[])?;
            for (name, table) in tables::all(&everything) {
                let file = folder.join(name);
                keep(&file, &table).because("file_write", &[&file.display()])?;
                println!("{}", say("export_written", &[&file.display()]));
            }
            Ok(())
        }
    }
}

async fn asked_for(of: &OfSite, json: bool) -> anyhow::Result<String> {
    let errand = self::errand(
        &of.which.config,
        Errand::Takeout { establishment: of.establishment.clone(), json, lang: spoken() },
    );
    let text = errand.await?;
    if text.is_empty() { bail!(say("takeout_odd", &[])) } else { Ok(text) }
}

/// For whoever made it alone: it names people and addresses. A file that exists is not written over.
pub(crate) fn keep(file: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    opened.write_all(text.as_bytes())?;
    opened.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: &str = include_str!("../../store/testdata/site/everything.toml");

    fn current() -> Current {
        let refuse = |name: &str| Err(name.to_owned());
        let site =
            Site::parse(EVERYTHING, &Outside { resolve: &refuse, dossier: &Outside::no_dossier }).unwrap();
        Current {
            establishment: Some(site.establishment),
            providers: site.providers,
            people: site.people,
            engagements: site.engagements,
            contracts: site.contracts,
            services: site.services,
            equipment: site.equipment,
            treatments: site.treatments,
            transitions: site.transitions,
            direct: site.direct,
            ..Current::default()
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let current = current();
        let site = current.site().unwrap();
        let text = checked(site.text(), &current);
        assert!(!text.contains("# Relue"), "{text}");
        // Whoever changed the file by hand is told below it what would differ.
        let other = text.replace("recording_days = 181", "recording_days = 182");
        assert!(checked(other, &current).contains("#       recording_days: 181 → 182\n"));
        let everything = everything(site, current, Done::default(), Timestamp::from_secs(1_800_000_000));
        let json = serde_json::to_string(&everything).unwrap();
        assert_eq!(serde_json::from_str::<Everything>(&json).unwrap(), everything);
    }

    #[test]
    fn each_table_has_a_line_for_each_thing() {
        let current = current();
        let site = current.site().unwrap();
        let everything = everything(site, current, Done::default(), Timestamp::from_secs(1_800_000_000));
        let tables = tables::all(&everything);
        let lines: Vec<(&str, usize)> =
            tables.iter().map(|(name, table)| (*name, table.lines().count() - 1)).collect();
        let expected = [
            ("equipment.csv", 3),
            ("people.csv", 4),
            ("providers.csv", 3),
            ("engagements.csv", 2),
            ("contracts.csv", 3),
            ("entrusted.csv", 3),
            ("subcontractors.csv", 1),
            ("requesters.csv", 2),
            ("services.csv", 2),
            ("windows.csv", 4),
            ("treatments.csv", 3),
            ("direct.csv", 2),
            ("interventions.csv", 0),
            ("offices.csv", 9),
            ("delegations.csv", 2),
            ("installed.csv", 1),
            ("vulnerabilities.csv", 2),
            ("audits.csv", 3),
            ("findings.csv", 3),
            ("plan-themes.csv", 7),
            ("agreement-headings.csv", 5),
            ("transitions.csv", 1),
            ("ticks.csv", 0),
            ("exceptions.csv", 0),
            ("derogations.csv", 0),
            ("suspensions.csv", 0),
            ("holds.csv", 0),
            ("documents.csv", 0),
            ("notices.csv", 0),
        ];
        assert_eq!(lines, expected);
        let of = |name: &str| tables.iter().find(|(found, _)| *found == name).unwrap().1.as_str();
        let weekly = "\ntm,weekly,\"sun; sat\",22:00,02:00,b.exemple,2026-01-06 10:30\n";
        assert!(of("windows.csv").contains(weekly));
        assert!(
            of("people.csv").contains(",'+596 1 99 00 00 01,basile@valmorin.example,en,true,valmorin,,FR,")
        );
        assert!(of("treatments.csv").starts_with("rule,service,equipment,batch,threats,remark,"));
        assert!(
            of("treatments.csv")
                .contains("\nT9,tm,irm,,\"functions; entrusted-means\",compte d'origine,2,3,moderate,")
        );
    }

    #[test]
    fn a_file_that_exists_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/people.csv");
        keep(&file, "id\n").unwrap();
        assert!(keep(&file, "other\n").is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "id\n");
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
