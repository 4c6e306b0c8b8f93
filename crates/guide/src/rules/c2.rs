//! C2: where the work is done.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Asked, Country, Provider, ServiceFacts, Staff};
use vocab::{Kind, Level, RuleId, Text, Timestamp};

use crate::evidence::{Held, by_clause, is_said, paper, say, two_facets, unmet};
use crate::{Admission, Branch, Facet, Facets, Finding, Lean, Lift, Mender, Party, Status, Unmet};

rule! {
    /// Demande : le fournisseur travaille dans l'Union européenne, ou respecte les règles de la CNIL pour le
    /// travail hors de l'Union ; si l'on ne peut savoir où sont son personnel et ses serveurs, il ne peut pas
    /// être retenu.
    ///
    /// Pourquoi : le droit qui protège les données, et celui qui permet de s'en saisir, sont ceux du lieu.
    ///
    /// Ici : chaque personne, chaque serveur, relais ou poste déclaré a un pays, et un fournisseur qui n'en déclare
    /// aucun n'est nulle part. Un pays inconnu ferme l'accès ; seule une dérogation d'urgence l'ouvre. Hors de l'Union, il faut un fondement et son
    /// document. L'adresse d'où l'on se connecte est un indice, jamais un motif de refus.
    ///
    /// Reste à une personne : le lieu réel du travail, et la solidité du fondement juridique.
    fr,
    /// Asks: the provider works inside the European Union, or follows the CNIL's rules for work outside it;
    /// where nobody can know where its people and servers are, it cannot be chosen.
    ///
    /// Why: the law that protects data, and the law that lets somebody seize them, are those of the place.
    ///
    /// Here: each person, and each server, relay or workstation declared, has a country, and a provider that declares
    /// none of these is nowhere. An unknown country closes the door; only an
    /// emergency derogation opens it. Outside the Union a legal ground and its document are needed. The
    /// address somebody connects from is a hint, never a reason to refuse.
    ///
    /// Left to a person: where the work is really done, and whether the legal ground is sound.
    en,
    C2 {
        fr: "Tout se fait dans l'Union européenne, ou selon les règles de la CNIL ; un lieu inconnu exclut le fournisseur.",
        en: "All is done inside the European Union, or by the CNIL's rules; an unknown place excludes the provider.",
        audit: [
            (
                "D'où le personnel travaille-t-il vraiment, et où sont serveurs et relais, sauvegardes comprises ?",
                "Where does the staff really work, and where are servers and relays, backups included?",
            ),
            (
                "Hors de l'Union, le fondement du transfert tient-il à la lecture de son document ?",
                "Outside the Union, does the ground of the transfer stand when its document is read?",
            ),
        ],
        product: Enforced(
            "Un pays inconnu, ou hors de l'Union sans fondement déclaré, ferme la porte ; le lieu réel du travail n'est pas vu.",
            "A country that is unknown, or outside the Union without a declared ground, closes the door; the real place of work is not seen.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider, Party::Sis],
        leans: &[Lean::Provider, Lean::People, Lean::Transfers],
        two_facets: true,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let mut lacks = of_provider(&facts.provider, facts);
    for staff in &facts.staff {
        if staff.employer.id != facts.provider.id {
            lacks.extend(of_provider(&staff.employer, facts));
        }
        lacks.extend(of_person(staff, facts));
    }
    let abroad = abroad(facts);
    let held = if !lacks.is_empty() {
        Held::Lacks(lacks)
    } else {
        let people = facts.staff.len();
        let firms: BTreeMap<_, _> = employers(facts).map(|firm| (&firm.id, firm.places.len())).collect();
        let places: usize = firms.values().sum();
        Held::Enforced(if facts.at_the_gate() {
            say!(
                "Pays déclarés et admis : personnes, {people} ; lieux de moyens, {places} ; un pays inconnu ferme l'accès.",
                "Countries declared and admitted: people, {people}; places of means, {places}; an unknown country closes the door."
            )
        } else {
            say!(
                "Pays déclarés et admis : personnes, {people} ; lieux de moyens, {places}.",
                "Countries declared and admitted: people, {people}; places of means, {places}."
            )
        })
    };
    let mut finding = two_facets(RuleId::C2, facts, now, held);
    match &finding.status {
        // Who cannot be placed cannot be chosen: a clause does not halve it.
        Status::Partly { .. } if matches!(finding.facets, Some(Facets { held: Facet::Missing(_), .. })) => {
            finding.status = Status::NotApplied;
        }
        // A legal ground is a paper that somebody judged.
        Status::MetEnforced if !abroad.is_empty() => {
            finding.status = by_clause(RuleId::C2, facts);
            let joined = |pick: fn(&Text) -> &str| abroad.iter().map(pick).collect::<Vec<_>>().join(" ; ");
            let (fr, en) = (joined(|text| &text.fr), joined(|text| &text.en));
            finding = finding.because(say!(
                "Hors de l'Union européenne, sur un fondement déclaré : {fr}.",
                "Outside the European Union, on a declared ground: {en}."
            ));
        }
        _ => {}
    }
    finding.on_the_word(say!(
            "Les pays sont ceux qui sont déclarés ; la poterne ne voit pas d'où l'on travaille vraiment.",
            "Countries are as declared; the gate does not see where people really work from."
        ))
}

/// Everybody who works for this service: the provider, and the employers of the people who come.
fn employers(facts: &ServiceFacts) -> impl Iterator<Item = &Provider> {
    std::iter::once(&facts.provider).chain(facts.staff.iter().map(|staff| &staff.employer))
}

/// Each country outside the Union that somebody works from, with the ground it rests on and whether its paper is kept here.
fn abroad(facts: &ServiceFacts) -> Vec<Text> {
    let places = employers(facts).flat_map(|firm| {
        let places = firm.places.iter().filter_map(|(_, country)| country.as_ref());
        let sources = firm.sources.iter().filter_map(|(_, country)| country.as_ref());
        firm.country.iter().chain(places).chain(sources)
    });
    let people = facts.staff.iter().filter_map(|staff| staff.person.country.as_ref());
    let countries: BTreeSet<&Country> =
        places.chain(people).filter(|country| !country.in_european_union()).collect();
    let grounds = |country: &Country| {
        let all = employers(facts).flat_map(|firm| &firm.transfers).filter(|basis| basis.country == *country);
        let each = all.map(|basis| {
            let (ground, Text { fr, en }) = (&basis.ground, paper(facts, &basis.document));
            (format!("{ground}, {fr}"), format!("{ground}, {en}"))
        });
        let (fr, en): (Vec<_>, Vec<_>) = each.collect::<BTreeSet<_>>().into_iter().unzip();
        (fr.join(", "), en.join(", "))
    };
    let line = |country: &Country| {
        let (code, (fr, en)) = (country.as_str(), grounds(country));
        say!("{code} : {fr}", "{code}: {en}")
    };
    countries.into_iter().map(line).collect()
}

fn admit(asked: &Asked<'_>, _now: Timestamp) -> Admission {
    let mut lacks = of_provider(&asked.facts.provider, asked.facts);
    if asked.staff.employer.id != asked.facts.provider.id {
        lacks.extend(of_provider(&asked.staff.employer, asked.facts));
    }
    lacks.extend(of_person(asked.staff, asked.facts));
    Admission::refused(lacks)
}

fn of_person(staff: &Staff, facts: &ServiceFacts) -> Vec<Unmet> {
    let id = &staff.person.id;
    let who = say!("{id}", "{id}");
    place(&who, staff.person.country.as_ref(), &[&staff.employer, &facts.provider])
}

fn of_provider(provider: &Provider, facts: &ServiceFacts) -> Vec<Unmet> {
    let name = &provider.name;
    let bases = [provider, &facts.provider];
    let mut lacks = place(&say!("{name}", "{name}"), provider.country.as_ref(), &bases);
    if provider.places.is_empty() {
        let sentence = say!(
            "{name} n'a déclaré ni serveur, ni relais, ni poste : on ne sait pas d'où il travaille.",
            "{name} declared neither server nor relay nor workstation: nobody knows from where it works."
        );
        let remedy = say!(
            "Déclarer chaque lieu des moyens employés (places), ne serait-ce que les postes des intervenants.",
            "Declare each place of the means that are used (places), be it the technicians' workstations alone."
        );
        lacks.push(unmet(RuleId::C2, Mender::Provider, sentence, remedy).lifted_by(Lift::Derogation));
    }
    for (network, country) in &provider.sources {
        let what = say!("les adresses {network} d'où vient {name}", "the addresses {network} from which {name} comes");
        lacks.extend(place(&what, country.as_ref(), &bases));
    }
    for (server, country) in &provider.places {
        let what = say!("le serveur ou relais « {server} » de {name}", "the server or relay `{server}` of {name}");
        lacks.extend(place(&what, country.as_ref(), &bases));
    }
    lacks
}

/// What is missing about one place, given on whose transfers it may rest.
fn place(what: &Text, country: Option<&Country>, bases: &[&Provider]) -> Vec<Unmet> {
    let (fr, en) = (&what.fr, &what.en);
    let Some(country) = country else {
        let sentence = say!("Le pays est inconnu : {fr}.", "The country is unknown: {en}.");
        let remedy = say!(
            "Déclarer le pays. En urgence, seule une dérogation du responsable ouvre l'accès.",
            "Declare the country. In an emergency, only a derogation of the responsable opens the door."
        );
        return vec![unmet(RuleId::C2, Mender::Provider, sentence, remedy).lifted_by(Lift::Derogation)];
    };
    let rests = bases
        .iter()
        .flat_map(|provider| &provider.transfers)
        .any(|basis| basis.country == *country && is_said(&basis.ground) && is_said(&basis.document.name));
    if country.in_european_union() || rests {
        return Vec::new();
    }
    let code = country.as_str();
    vec![unmet(
        RuleId::C2,
        Mender::Responsable,
        say!(
            "Hors de l'Union européenne ({code}) sans fondement déclaré : {fr}.",
            "Outside the European Union ({code}) without a declared legal ground: {en}."
        ),
        say!(
            "Déclarer le fondement du transfert et son document.",
            "Declare the legal ground of the transfer and its document."
        ),
    )]
}
