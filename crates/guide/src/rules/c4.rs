//! C4: subcontracting, said at signature and kept in a list.

use domain::{Asked, ServiceFacts, Staff, Subcontract, Subcontracting};
use vocab::{HouseRule, Kind, Level, RuleId, Timestamp};

use crate::evidence::{Held, is_said, say, unmet, with_clause};
use crate::{Admission, Branch, Facet, Facets, Finding, Lean, Lift, Mender, Party, Status, Unmet};

rule! {
    /// Demande : à la signature, le fournisseur dit s'il peut sous-traiter ; le responsable choisit d'autoriser
    /// chaque sous-traitance ou de les accepter toutes ; la liste des sous-traitants reste consultable.
    ///
    /// Pourquoi : celui qui agit sur le SIS doit être connu de celui qui en répond, même au deuxième rang.
    ///
    /// Ici : un intervenant vient du fournisseur lui-même ou d'un sous-traitant inscrit, et dit pour qui il
    /// vient. Cas par cas, il faut l'autorisation signée : le silence n'est jamais un accord. L'acceptation
    /// globale ne dispense pas de la liste. Au palier 1, la liste est une règle de la maison.
    ///
    /// Reste à une personne : savoir si la liste est complète et si l'information fut donnée à la signature.
    fr,
    /// Asks: at signature the provider says whether it may subcontract; the responsable chooses to authorise
    /// each subcontract or to accept them all; the list of subcontractors stays available.
    ///
    /// Why: whoever acts on the SIS has to be known to whoever answers for it, even at the second tier.
    ///
    /// Here: a technician comes from the provider itself or from a listed subcontractor, and says for whom.
    /// Case by case, the signed authorisation is needed: silence is never consent. Global acceptance does not
    /// waive the list. At level 1 the list is a rule of the house.
    ///
    /// Left to a person: whether the list is complete, and whether the information was given at signature.
    en,
    C4 {
        fr: "La sous-traitance est dite à la signature, autorisée cas par cas ou globalement, et sa liste est tenue.",
        en: "Subcontracting is stated at signature, authorised case by case or globally, and its list is kept.",
        audit: [
            (
                "La sous-traitance fut-elle dite avant la signature, et où le contrat porte-t-il le choix du responsable ?",
                "Was subcontracting stated before signature, and where does the contract bear the responsable's choice?",
            ),
            (
                "La liste est-elle complète : qui emploie, d'après eux-mêmes, les intervenants que le journal nomme ?",
                "Is the list complete: who employs, by their own account, the technicians that the ledger names?",
            ),
        ],
        product: Enforced(
            "L'intervenant d'un sous-traitant non inscrit, ou non autorisé quand le contrat veut le cas par cas, n'entre pas.",
            "A technician of a subcontractor that is not listed, or not authorised where the contract wants it case by case, does not come in.",
        ),
        kinds: &Kind::ALL,
        level: Level::Two,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider, Party::Sis],
        leans: &[Lean::Contract, Lean::Provider, Lean::Subcontracts],
        two_facets: true,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let clause = match facts.contract.subcontracting {
        _ if !facts.contract.span.holds(now) => Facet::Missing(say!(
            "Aucun acte en vigueur ne dit rien de la sous-traitance.",
            "No act in force says anything about subcontracting."
        )),
        Subcontracting::NotStated => Facet::Missing(say!(
            "Le contrat ne dit rien de la sous-traitance.",
            "The contract says nothing about subcontracting."
        )),
        Subcontracting::Excluded => {
            Facet::Present(say!("Sous-traitance exclue.", "Subcontracting is excluded."))
        }
        Subcontracting::CaseByCase => {
            Facet::Present(say!("Sous-traitance autorisée cas par cas.", "Subcontracting case by case."))
        }
        Subcontracting::Global => {
            Facet::Present(say!("Sous-traitance acceptée globalement.", "Subcontracting accepted as a whole."))
        }
    };
    let on_list = facts.contract.subcontracts.iter().filter(|sub| sub.listed(now));
    let mut lacks: Vec<Unmet> = on_list.filter_map(|sub| not_chosen(sub, facts)).collect();
    lacks.extend(facts.staff.iter().filter_map(|staff| unlisted(staff, facts, now)));
    let held = if lacks.is_empty() {
        Held::Enforced(say!(
            "Seuls le fournisseur et ses sous-traitants inscrits entrent.",
            "Only the provider and its listed subcontractors come in."
        ))
    } else {
        Held::Lacks(lacks)
    };
    let mut finding = with_clause(RuleId::C4, facts, clause, held);
    // What nobody said at signature is not half said because the list is kept.
    if matches!(finding.facets, Some(Facets { clause: Facet::Missing(_), .. })) {
        finding.status = Status::NotApplied;
    }
    finding.on_the_word(say!(
            "Le mode et la liste des sous-traitants sont déclarés ; que la liste soit complète aussi.",
            "Mode and list of subcontractors are declared; so is that the list is complete."
        ))
}

/// What was said at signature, and the list.
fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let mut lacks = Vec::new();
    if asked.facts.contract.subcontracting == Subcontracting::NotStated {
        lacks.push(unmet(
            RuleId::C4,
            Mender::Responsable,
            say!(
                "Le contrat ne dit pas si la sous-traitance est exclue, au cas par cas ou globale.",
                "The contract does not say whether subcontracting is excluded, case by case or global."
            ),
            say!(
                "Faire dire au fournisseur ce qu'il sous-traite, et inscrire le choix au contrat.",
                "Have the provider say what it subcontracts, and put the choice into the contract."
            ),
        ));
    }
    Admission::refused(lacks).and(listed(asked, now))
}

fn listed(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let (facts, staff) = (asked.facts, asked.staff);
    let mut answer = Admission::refused(unlisted(staff, facts, now).into_iter().collect());
    if staff.employer.id == facts.provider.id {
        return answer;
    }
    let entry = facts.contract.subcontracts.iter().find(|sub| sub.provider == staff.employer.id && sub.listed(now));
    if let Some(entry) = entry {
        answer.until = entry.ended_at.unwrap_or(Timestamp::MAX);
        answer.unmet.extend(not_chosen(entry, facts));
        answer.unmet.extend(for_nobody(staff, facts));
    }
    answer
}

/// The list as the house asks for it at level 1: nobody comes in from a firm that is not on it, and only
/// a derogation says otherwise.
pub(crate) fn of_the_house(asked: &Asked<'_>, now: Timestamp) -> Option<Unmet> {
    unlisted(asked.staff, asked.facts, now)
        .map(|lack| lack.of_the_house(HouseRule::Employer).lifted_by(Lift::Derogation))
}

fn unlisted(staff: &Staff, facts: &ServiceFacts, now: Timestamp) -> Option<Unmet> {
    let employer = &staff.employer.id;
    let on_list = facts.contract.subcontracts.iter().any(|sub| sub.provider == *employer && sub.listed(now));
    let excluded = facts.contract.subcontracting == Subcontracting::Excluded;
    if *employer == facts.provider.id || (on_list && !excluded) {
        return None;
    }
    let (id, firm) = (&staff.person.id, &staff.employer.name);
    let sentence = if on_list {
        say!(
            "{id} vient de {firm}, alors que le contrat exclut la sous-traitance.",
            "{id} comes from {firm}, but the contract excludes subcontracting."
        )
    } else {
        say!(
            "{id} vient de {firm}, qui n'est pas dans la liste des sous-traitants.",
            "{id} comes from {firm}, which is not in the list of subcontractors."
        )
    };
    let remedy = say!(
        "Inscrire le sous-traitant et en informer l'établissement, ou envoyer une personne inscrite.",
        "List the subcontractor and tell the establishment, or send a person who is listed."
    );
    Some(unmet(RuleId::C4, Mender::Provider, sentence, remedy))
}

fn not_chosen(entry: &Subcontract, facts: &ServiceFacts) -> Option<Unmet> {
    let paper = entry.authorised.as_ref().is_some_and(|paper| is_said(&paper.name));
    if facts.contract.subcontracting != Subcontracting::CaseByCase || paper {
        return None;
    }
    let firm = &entry.provider;
    Some(unmet(
        RuleId::C4,
        Mender::Responsable,
        say!(
            "Le sous-traitant « {firm} » n'a pas d'autorisation signée ; le silence n'en est pas une.",
            "The subcontractor `{firm}` has no signed authorisation; silence is not one."
        ),
        say!("Signer l'autorisation et la joindre à la liste.", "Sign the authorisation and attach it to the list."),
    ))
}

fn for_nobody(staff: &Staff, facts: &ServiceFacts) -> Option<Unmet> {
    if staff.person.on_behalf_of.as_ref() == Some(&facts.provider.id) {
        return None;
    }
    let (id, provider) = (&staff.person.id, &facts.provider.name);
    Some(unmet(
        RuleId::C4,
        Mender::Provider,
        say!(
            "{id} n'est pas déclaré comme venant pour {provider}.",
            "{id} is not declared as coming on behalf of {provider}."
        ),
        say!("Déclarer pour qui cette personne vient.", "Declare on whose behalf this person comes."),
    ))
}
