//! Tables of other bastions, as they come: what is taken, what is refused and where, and that no secret leaves.

use std::net::IpAddr;

use super::*;

fn resolve(host: &str) -> Result<Vec<IpAddr>, String> {
    if host.ends_with(".example") {
        Ok(vec![IpAddr::from([192, 0, 2, 99])])
    } else {
        Err("no such host".to_owned())
    }
}

fn taken(tables: &[(&str, &str)]) -> Taken {
    let tables = tables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    take(&tables, &Outside { resolve: &resolve, dossier: &Outside::no_dossier })
}

/// The rejected lines, by their places.
fn places(taken: &Taken) -> Vec<&str> {
    taken.rejected.iter().map(|(place, _)| place.as_str()).collect()
}

/// The fragment is read by the file's own reader, below a site that has nothing else.
fn read(taken: &Taken) -> store::site::Site {
    let text = format!("{}{}", draft::SKELETON, taken.fragment(None));
    store::site::Site::parse(&text, &Outside { resolve: &resolve, dossier: &Outside::no_dossier })
        .unwrap_or_else(|faults| panic!("{text}\n{faults:?}"))
}

/// Connections as Guacamole has them.
const GUACAMOLE: &str = "name,protocol,hostname,port,username,password,private-key,group\n\
    Scanner RDC,ssh,192.0.2.21,22,poterne-1,hunter2,,ROOT/Radiologie\n\
    IRM,ssh,irm.example,,poterne-2,,-----BEGIN OPENSSH PRIVATE KEY-----,ROOT/Radiologie\n\
    Poste 4,rdp,192.0.2.30,3389,admin,secret,,ROOT\n";

#[test]
fn connections_of_guacamole_are_taken_without_their_secrets() {
    let taken = taken(&[(EQUIPMENT, GUACAMOLE)]);
    assert_eq!(places(&taken), ["equipment.csv:4:9"], "{:?}", taken.rejected);
    assert!(taken.rejected[0].1.en.contains("`rdp`"));
    let site = read(&taken);
    let found: Vec<(&str, &str, String)> = site
        .equipment
        .iter()
        .map(|one| (one.id.as_str(), one.title.as_str(), one.address.to_string()))
        .collect();
    let expected = [
        ("scanner-rdc", "Scanner RDC", "192.0.2.21:22".to_owned()),
        ("irm", "IRM", "192.0.2.99:22".to_owned()),
    ];
    assert_eq!(found, expected);
    let forms: Vec<_> = site.equipment.iter().map(|one| one.account.as_ref().unwrap().secret).collect();
    assert_eq!(forms, [domain::SecretKind::Password, domain::SecretKind::Key]);
    for lang in [Lang::Fr, Lang::En] {
        let all = taken.fragment(None) + &taken.report(lang);
        for secret in ["hunter2", "BEGIN", "secret,"] {
            assert!(!all.contains(secret), "{all}");
        }
    }
    assert!(taken.remarks[0].fr.contains("equipment.csv : 3 ligne(s)"), "{:?}", taken.remarks);
    assert!(
        taken
            .fragment(None)
            .contains("# groupe · group ROOT/Radiologie : equipment = [\"scanner-rdc\", \"irm\"]\n")
    );
}

/// Assets as JumpServer has them, with accounts, groups and time frames in tables of their own.
#[test]
fn four_tables_are_held_against_each_other() {
    let taken = taken(&[
        (
            EQUIPMENT,
            "name;address;platform;nodes_display;protocols;comment\n\
            Échographe 1;192.0.2.40;Linux;/Default/Echo;ssh/22;Échographe de la salle 1\n\
            Échographe 2;192.0.2.41:2022;Linux;/Default/Echo;ssh/2022 sftp/2022;\n\
            ;192.0.2.42;Linux;;;\n\
            Échographe 1;192.0.2.43;Linux;;;\n\
            Automate;192.0.2.300;Linux;;ssh;\n\
            Baie;inconnue.invalid;Linux;;;\n",
        ),
        (
            ACCOUNTS,
            "equipment,login,secret_type\n\
            Échographe 1,poterne,ssh_key\n\
            Échographe 1,root,password\n\
            Échographe 2,poterne,password\n\
            Fantôme,poterne,password\n\
            Échographe 2,,password\n",
        ),
        (GROUPS, "group,members\nÉcho,Échographe 1;Échographe 2;Absent\n"),
        (
            WINDOWS,
            "name,days,from,to\nSoir,lun-ven,18h30,23:30\nNuit,sam;dim,22:00,02:00\nFaux,hier,08:00,09:00\nTard,lun,25:00,26:00\n",
        ),
    ]);
    let expected = [
        "accounts.csv:3:14",
        "accounts.csv:6:1",
        "equipment.csv:4:1",
        "equipment.csv:5:1",
        "equipment.csv:6:10",
        "equipment.csv:7:6",
        "accounts.csv:5:9",
        "groups.csv:2:6",
        "windows.csv:4:6",
        "windows.csv:5:10",
    ];
    assert_eq!(places(&taken), expected, "{:#?}", taken.rejected);
    assert!(
        taken.rejected.iter().all(|(_, why)| !why.fr.is_empty() && !why.en.is_empty() && why.fr != why.en)
    );
    let site = read(&taken);
    assert_eq!(site.equipment.len(), 2);
    assert_eq!(site.equipment[0].title, "Échographe de la salle 1");
    assert_eq!(site.equipment[1].address.to_string(), "192.0.2.41:2022");
    let fragment = taken.fragment(None);
    for line in [
        "# plage · window Soir : weekly = \"mon-fri 18:30-23:30\"",
        "# plage · window Nuit : weekly = \"sat,sun 22:00-02:00\"",
        "# groupe · group Écho : equipment = [\"echographe-1\", \"echographe-2\"]",
    ] {
        assert!(fragment.lines().any(|found| found == line), "{line}\n{fragment}");
    }
    // One login on two equipments is what T9 is about.
    assert!(taken.remarks.iter().any(|remark| remark.en.contains("T9")), "{:?}", taken.remarks);
    let report = taken.report(Lang::En);
    assert!(
        report.starts_with("2 equipment(s), 2 group(s), 2 window(s), 10 line(s) not taken.\n"),
        "{report}"
    );
    assert!(report.contains("\n  echographe-1: T2, T9, host key, secret in the vault\n"), "{report}");
}

/// A whole hospital at once: nobody waits, and each is told what it lacks.
#[test]
fn four_hundred_equipments_go_in_one() {
    let mut equipment = "name,hostname,protocol\n".to_owned();
    let mut accounts = "equipment,login\n".to_owned();
    for number in 1..=400 {
        equipment += &format!("Appareil {number},192.0.2.{},ssh\n", number % 250 + 1);
        accounts += &format!("Appareil {number},poterne-{number}\n");
    }
    let begun = std::time::Instant::now();
    let taken = taken(&[(EQUIPMENT, &equipment), (ACCOUNTS, &accounts)]);
    assert_eq!((taken.equipment.len(), taken.rejected.len()), (400, 0), "{:?}", taken.rejected.first());
    let site = read(&taken);
    assert_eq!(site.equipment.len(), 400);
    let report = taken.report(Lang::Fr);
    assert_eq!(
        report.matches(": T2, T9, clé d'hôte, secret au coffre\n").count(),
        400,
        "{}",
        report.lines().nth(3).unwrap()
    );
    assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn what_strangers_wrote_forges_nothing() {
    let taken = taken(&[
        (
            EQUIPMENT,
            "name,address,title\na,192.0.2.1,\"x\"\"\n[[person]]\nid = \"\"z\"\"\"\n\"b\u{1b}[2J\",192.0.2.2,\n",
        ),
        (GROUPS, "group,equipment\n\"g\n[[person]]\",a\n"),
        (ACCOUNTS, "equipment,login\n\"open\n"),
    ]);
    let site = read(&taken);
    assert!(site.people.iter().all(|person| person.id.as_str() == "responsable"), "{site:?}");
    assert_eq!(places(&taken), ["accounts.csv:2:1", "equipment.csv:5:1"], "{:?}", taken.rejected);
    assert!(!taken.fragment(None).lines().any(|line| line == "[[person]]"));
}

/// A fleet that runs from the day of its import: nothing is opened that the responsable did not sign.
#[test]
fn groups_become_services_in_transition_under_a_contract() {
    let taken = taken(&[
        (
            EQUIPMENT,
            "name;address;group\nÉcho 1;192.0.2.40;Écho\nÉcho 2;192.0.2.41;Écho|Bloc\nSeul;192.0.2.42;\n",
        ),
        (WINDOWS, "name,days,from,to\nécho,lun-ven,18:30,23:30\nNuit,sam,22:00,02:00\n"),
    ]);
    let over = TakeOver {
        contract: "contrat".to_owned(),
        responsable: "responsable".to_owned(),
        plan: "reprise \"2026\".pdf".to_owned(),
    };
    let text = format!("{}{}", draft::SKELETON, taken.fragment(Some(&over)));
    let site = store::site::Site::parse(&text, &Outside { resolve: &resolve, dossier: &Outside::no_dossier })
        .unwrap_or_else(|faults| panic!("{text}\n{faults:?}"));
    let found: Vec<(&str, Vec<&str>, usize)> = site
        .services
        .iter()
        .map(|one| (one.id.as_str(), one.equipment.iter().map(|id| id.as_str()).collect(), one.windows.len()))
        .collect();
    let expected =
        [("bloc", vec!["echo-2"], 2), ("echo", vec!["echo-1", "echo-2"], 1), ("reste", vec!["seul"], 2)];
    assert_eq!(found, expected);
    assert!(
        site.services.iter().all(|one| one.rights == vocab::Rights::NONE),
        "what a session may carry is for a person to say"
    );
    assert_eq!(site.transitions.len(), 3);
    assert!(
        site.transitions.iter().all(|one| one.signed.is_none() && one.plan.name == "reprise \"2026\".pdf")
    );
}
