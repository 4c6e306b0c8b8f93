//! T4: repeated audits of the access point.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::{audited, declared_only, say};
use crate::{Branch, Finding, Lean, Mender, Party, Status};

rule! {
    /// Demande : des audits renouvelés vérifient la mise en œuvre du point d'accès et sa résistance aux
    /// intrusions.
    ///
    /// Pourquoi : une protection jamais éprouvée est une hypothèse.
    ///
    /// Ici : l'audit est déclaré, avec sa date ; passé douze mois, la règle n'est plus tenue. Elle ne coupe
    /// jamais l'accès. Les contrôles que la poterne fait d'elle-même ne sont pas cet audit.
    ///
    /// Reste à une personne : la compétence de l'auditeur, et relire son rapport.
    fr,
    /// Asks: repeated audits check the implementation of the access point and its resistance to intrusion.
    ///
    /// Why: a protection never tested is a hypothesis.
    ///
    /// Here: the audit is declared, with its date; after twelve months the rule is no longer met. It never cuts
    /// access. The checks that the gate makes of itself are not this audit.
    ///
    /// Left to a person: the auditor's competence, and reading the report.
    en,
    T4 {
        fr: "Le point d'accès est audité régulièrement, mise en œuvre et résistance.",
        en: "The access point is audited repeatedly, for its implementation and its resistance.",
        audit: [
            (
                "Que disent les deux derniers rapports d'audit, et l'auditeur avait-il la compétence voulue ?",
                "What do the last two audit reports say, and had the auditor the competence it takes?",
            ),
            (
                "Un défaut dit corrigé l'est-il quand on l'essaie de nouveau ?",
                "Is a defect that is said to be mended found mended when it is tried again?",
            ),
        ],
        product: Declared(
            "L'audit est lu tel que déclaré, et vieillit en douze mois.",
            "The audit is read as declared, and grows old in twelve months.",
        ),
        kinds: &Kind::ALL,
        level: Level::Two,
        branch: Branch::Gateway,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::House, Lean::Audits],
        two_facets: false,
        assess: assess,
        admit: None,
    }
}

/// As declared, and for twelve months only, whatever the declaration's own expiry.
fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let audits = &facts.establishment.audits;
    let finding = declared_only(RuleId::T4, facts, now, Mender::It);
    let done = audits.iter().filter_map(|audit| Some((audit.done.filter(|done| *done <= now)?, audit)));
    let finding = match (done.max_by_key(|(done, _)| *done), &finding.status) {
        // A declaration that is newer than the last audit on file tells of one that is not.
        (Some((done, audit)), status) if !matches!(status, Status::MetDeclared { date, .. } if *date > done) => {
            let (document, expiry) = (audit.document.clone(), done.after(AUDIT_MAX));
            Finding::new(RuleId::T4, Status::MetDeclared { document, date: done, expiry })
        }
        _ => finding,
    };
    let finding = match finding.status {
        Status::MetDeclared { date, .. } if date.after(AUDIT_MAX) <= now => {
            let at = facts.establishment.zone.date(date);
            Finding::new(RuleId::T4, Status::NotApplied)
                .because(say!(
                    "Le dernier audit déclaré, du {at:#}, a plus de douze mois.",
                    "The last declared audit, of {at}, is more than twelve months old."
                ))
                .mended_by(Mender::It, say!("Renouveler l'audit.", "Have the audit done again."))
        }
        _ => finding,
    };
    audited(finding, audits, facts, now)
}

/// An audit counts for twelve months (rules.md §3): 366 days, so that a leap year ends nothing early.
pub(crate) const AUDIT_MAX: std::time::Duration = std::time::Duration::from_secs(366 * 24 * 3600);
