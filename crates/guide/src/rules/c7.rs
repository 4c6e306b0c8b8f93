//! C7: actions limited to the need of the intervention.

use domain::{Asked, EngagementKind, Purpose, ServiceFacts, Staff};
use vocab::{Kind, Level, Right, RuleId, Timestamp};

use crate::engaged::Bound;
use crate::evidence::{Held, say, two_facets, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, Unmet, engaged};

rule! {
    /// Demande : le fournisseur s'engage sur ce que son personnel peut faire, et chaque personne a signé un
    /// engagement individuel de limiter ses actions au besoin de l'intervention.
    ///
    /// Pourquoi : un compte privilégié permet plus que le travail ne demande ; la limite est d'abord promise.
    ///
    /// Ici : c'est un second engagement, distinct de celui de confidentialité, même sur une seule feuille.
    /// La liste des actions permises se lit dans le premier terminal, et à la relecture. La session ne porte que sur
    /// l'équipement de l'intervention, avec les seuls droits de la prestation ; tout autre canal est fermé.
    /// Une télésurveillance dont les droits permettent de modifier quelque chose est dite.
    ///
    /// Reste à une personne : juger, à la relecture, si ce qui fut fait était nécessaire.
    fr,
    /// Asks: the provider binds itself as to what its people may do, and each person signed an individual
    /// engagement to limit what is done to the need of the intervention.
    ///
    /// Why: a privileged account allows more than the work needs; the limit is promised first.
    ///
    /// Here: this is a second engagement beside confidentiality, even on one sheet. The list of permitted
    /// actions is shown in the first terminal and to the reviewer. The session reaches the intervention's equipment only,
    /// with the service's rights only; every other channel is closed. Monitoring whose rights let it change
    /// something is told.
    ///
    /// Left to a person: to judge on review whether what was done was needed.
    en,
    C7 {
        fr: "Le fournisseur et chaque intervenant s'engagent à n'agir que pour le besoin de l'intervention.",
        en: "The provider and each technician are bound to act only for the need of the intervention.",
        audit: [
            (
                "Les actions permises répondent-elles au besoin de la prestation, sans le dépasser ?",
                "Do the permitted actions answer the need of the service, and go no further?",
            ),
            (
                "Un enregistrement pris au hasard montre-t-il une action étrangère au motif de l'intervention ?",
                "Does a recording taken at random show an action foreign to the reason of the intervention?",
            ),
        ],
        product: Enforced(
            "Sans second engagement, l'intervenant n'entre pas ; la session n'atteint que l'équipement et les canaux de l'intervention.",
            "Without the second engagement the technician does not come in; the session reaches the intervention's equipment and channels only.",
        ),
        kinds: &Kind::ALL,
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Provider],
        leans: &[Lean::Contract, Lean::Engagements(EngagementKind::Limitation)],
        two_facets: true,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let mut lacks = engaged::lacks(facts, |staff| bound(staff, facts, now));
    let (people, actions) = (facts.staff.len(), facts.service.actions.len());
    if actions == 0 {
        lacks.push(unmet(
            RuleId::C7,
            Mender::Responsable,
            say!("La liste des actions permises est vide.", "The list of permitted actions is empty."),
            say!("Décrire les actions permises dans la prestation.", "Describe the permitted actions in the service."),
        ));
    }
    lacks.extend(beyond_watching(facts));
    let held = if lacks.is_empty() {
        Held::Enforced(say!(
            "Intervenants : {people}, tous engagés ; actions permises : {actions} ; le reste est fermé.",
            "Technicians: {people}, all bound; permitted actions: {actions}; the rest is closed."
        ))
    } else {
        Held::Lacks(lacks)
    };
    let finding = followed(by_command(two_facets(RuleId::C7, facts, now, held), facts), facts);
    engaged::with_papers(EngagementKind::Limitation, finding, facts, now)
}

/// Monitoring reads. One whose rights let it change something is maintenance by another name, of which neither checks (O4)
/// nor reports (O5) nor a look at what is delivered (E7) are asked.
fn beyond_watching(facts: &ServiceFacts) -> Option<Unmet> {
    let changing: Vec<&str> = match facts.service.kind {
        Kind::Monitoring => facts.service.rights.iter().filter(|right| changes(*right)).map(Right::as_str).collect(),
        Kind::Maintenance | Kind::Assistance => Vec::new(),
    };
    let rights = changing.join(", ");
    (!changing.is_empty()).then(|| {
        unmet(
            RuleId::C7,
            Mender::Responsable,
            say!(
                "Une télésurveillance qui peut modifier l'équipement ({rights}) : ni O4, ni O5, ni E7 ne lui sont demandées.",
                "Monitoring that may change the equipment ({rights}): neither O4, nor O5, nor E7 are asked of it."
            ),
            say!(
                "Retirer ces droits, ou en faire une télémaintenance (kind = \"maintenance\").",
                "Take these rights away, or make it maintenance (kind = \"maintenance\")."
            ),
        )
    })
}

/// A terminal, and whatever brings bytes to the equipment.
fn changes(right: Right) -> bool {
    matches!(right, Right::Shell | Right::SftpWrite | Right::Scp | Right::Bulk)
}

/// A command reads or changes as its account may: on the equipment that is seen, and here it is only said.
fn by_command(finding: Finding, facts: &ServiceFacts) -> Finding {
    if facts.service.kind != Kind::Monitoring || !facts.service.rights.has(Right::Exec) {
        return finding;
    }
    finding.because(say!(
        "Télésurveillance par commandes (exec) : que le compte réservé ne fasse que lire est à vérifier sur l'équipement.",
        "Monitoring by commands (exec): that the reserved account only reads is to be checked on the equipment."
    ))
}

/// One-off access to data is inside the guide's field under the beneficiary's control: somebody follows it, and a
/// qualification names who.
fn followed(finding: Finding, facts: &ServiceFacts) -> Finding {
    if facts.service.purpose != Purpose::DataUnderControl {
        return finding;
    }
    finding.because(if facts.service.qualified {
        say!(
            "Accès ponctuel aux données, sous contrôle : qui suit les travaux est nommé avant l'accord (qualification).",
            "One-off access to data, under control: who follows the work is named before the approval (qualification)."
        )
    } else {
        say!(
            "Accès ponctuel aux données, à suivre par le bénéficiaire : rien n'en fait nommer le référent (qualification = \"required\").",
            "One-off access to data, to be followed by the beneficiary: nothing has its referent named (qualification = \"required\")."
        )
    })
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    engaged::admits(bound(asked.staff, asked.facts, now))
}

/// Until when this person is bound, or what is missing.
fn bound(staff: &Staff, facts: &ServiceFacts, now: Timestamp) -> Bound {
    let version = facts.contract.engagement_version;
    let signed = engaged::engagements(EngagementKind::Limitation, staff, facts, now).next();
    if let Some(signed) = signed {
        return Ok(engaged::until(signed));
    }
    let id = &staff.person.id;
    Err(unmet(
        RuleId::C7,
        Mender::Provider,
        say!(
            "{id} n'a pas d'engagement de limitation de ses actions en vigueur (version {version} ou suivante).",
            "{id} has no engagement to limit actions in force (version {version} or later)."
        ),
        say!(
            "Faire signer l'engagement individuel de limitation des actions.",
            "Have the individual engagement to limit actions signed."
        ),
    ))
}
