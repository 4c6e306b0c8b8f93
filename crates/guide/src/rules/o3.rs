//! O3: agreed periods, and the exception to them.

use std::time::Duration;

use domain::{Asked, Exception, Extension, FlowHours, ServiceFacts, Span, Window, WindowKind};
use vocab::{Kind, Level, Path, RuleId, Text, Timestamp};

use crate::direct::seen_by_word;
use crate::evidence::{is_said, say, speaks_for_establishment, unmet};
use crate::{Admission, Branch, Finding, Lean, Lift, Mender, Party, Status};

/// An exception lasts at most this long, whatever is agreed (rules.md §3).
const EXCEPTION_MAX: Duration = Duration::from_secs(4 * 3600);

/// A continuous period is agreed again each year: 366 days, so that a leap year closes nothing early.
const CONTINUOUS_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Windows that follow each other without a gap count as one, up to so many: a week of whole days.
const CHAIN_MAX: usize = 7;

rule! {
    /// Demande : télésurveillance et télémaintenance se planifient ; l'accès reste fermé hors des plages sur
    /// lesquelles les bénéficiaires se sont accordés. Une procédure d'exception peut l'ouvrir pour un temps, en
    /// urgence.
    ///
    /// Pourquoi : une porte ouverte en permanence sert aussi à ceux que l'on n'attend pas.
    ///
    /// Ici : hors des plages, en heure locale de l'établissement, aucune session ne s'ouvre ; à leur fin, on
    /// prévient, on prolonge une fois avec un motif, sinon on coupe. L'exception est demandée par l'un,
    /// approuvée par un autre, motivée, bornée à 4 heures, relue ; elle ne lève que cette règle. Une plage
    /// permanente n'existe que pour la télésurveillance et se renouvelle chaque année.
    ///
    /// Reste à une personne : l'accord des bénéficiaires sur les plages. La poterne ferme sa propre porte ;
    /// que rien ne la contourne relève de T2 et T3, dont le constat ne vaut pas mieux qu'eux. En accès direct, c'est le
    /// pare-feu qui suit les plages, et quelqu'un qui le déclare.
    fr,
    /// Asks: monitoring and maintenance are planned; access is open only in periods agreed with the
    /// beneficiaries. An exception procedure may open it for a time, in urgency.
    ///
    /// Why: a door that is always open also serves those whom nobody expects.
    ///
    /// Here: outside the windows, in the establishment's local time, no session opens; at their end one is
    /// warned, may extend once with a reason, and is cut otherwise. The exception is asked for by one person,
    /// approved by another, with a reason, at most 4 hours long, reviewed; it lifts this rule only. A
    /// continuous period exists for monitoring only, and is agreed again each year.
    ///
    /// Left to a person: the beneficiaries' agreement to the periods. The gate closes its own door; that
    /// nothing goes around it is for T2 and T3, and the finding is worth no more than theirs. On a direct path it is the
    /// firewall that follows the windows, and somebody who declares it.
    en,
    O3 {
        fr: "L'accès n'est ouvert que dans les plages convenues, ou par l'exception.",
        en: "Access is open only in the agreed windows, or by the exception.",
        audit: [
            (
                "Les bénéficiaires confirment-ils s'être accordés sur ces plages ?",
                "Do the beneficiaries confirm that they agreed on these windows?",
            ),
            (
                "Hors de la plage, tout autre chemin depuis le réseau du fournisseur est-il fermé aussi ?",
                "Outside the window, is every other path from the provider's network closed too?",
            ),
        ],
        product: Declared(
            "Hors des plages convenues la porte est fermée, à l'heure du lieu ; l'exception est approuvée par un autre, bornée et relue ; que rien ne contourne la porte est lu tel que déclaré.",
            "Outside the agreed windows the door is closed, in local time; the exception is approved by somebody else, bounded and reviewed; that nothing goes round the door is read as declared.",
        ),
        kinds: &[Kind::Monitoring, Kind::Maintenance],
        level: Level::Two,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::Sis, Party::Beneficiary],
        leans: &[Lean::Service, Lean::Exceptions],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let agreed = facts.service.windows.iter().filter(|window| counts(window, facts) && window.agreed_at <= now);
    let (agreed, all) = (agreed.count(), facts.service.windows.len());
    let unreviewed = facts.interventions.iter().chain(&facts.unsettled).filter(|intervention| {
        intervention.exceptions.iter().any(|e| e.span.until <= now && e.reviewed.is_none())
    });
    let unreviewed = unreviewed.count();
    let mend = say!("Convenir des plages avec un bénéficiaire.", "Agree on windows with a beneficiary.");
    if agreed == 0 {
        let none = if all == 0 {
            say!("Aucune plage n'est convenue.", "No window is agreed.")
        } else {
            say!(
                "Plages au dossier : {all}, dont aucune n'est convenue par quelqu'un de l'établissement.",
                "Windows on file: {all}, none of them agreed by somebody of the establishment."
            )
        };
        return Finding::new(RuleId::O3, Status::NotApplied)
            .because(none)
            .mended_by(Mender::Beneficiary, mend);
    }
    if agreed < all {
        let missing = say!(
            "Plages convenues avec l'établissement : {agreed} sur {all}.",
            "Windows agreed with the establishment: {agreed} of {all}."
        );
        return Finding::new(RuleId::O3, Status::Partly { missing: missing.clone() })
            .because(missing)
            .mended_by(Mender::Beneficiary, mend);
    }
    if unreviewed > 0 {
        let missing = say!(
            "Exceptions terminées sans relecture : {unreviewed}.",
            "Exceptions over and not reviewed: {unreviewed}."
        );
        return Finding::new(RuleId::O3, Status::Partly { missing: missing.clone() }).because(missing).mended_by(
            Mender::Security,
            say!("Relire les exceptions terminées.", "Review the exceptions that are over."),
        );
    }
    if let Some(missing) = open_at_any_hour(facts) {
        return Finding::new(RuleId::O3, Status::Partly { missing: missing.clone() }).because(missing).mended_by(
            Mender::It,
            say!("Faire suivre les plages au filtrage.", "Have the filter follow the windows."),
        );
    }
    let said = if facts.service.exception_secs == 0 {
        say!(
            "Plages convenues : {agreed} ; hors d'elles, la poterne n'ouvre pas.",
            "Windows agreed: {agreed}; outside them the gate does not open."
        )
    } else {
        say!(
            "Plages convenues : {agreed} ; hors d'elles, la poterne n'ouvre que par exception.",
            "Windows agreed: {agreed}; outside them the gate opens by exception only."
        )
    };
    let finding = Finding::new(RuleId::O3, Status::MetEnforced).because(said).on_the_word(say!(
            "Que les bénéficiaires aient convenu des plages est déclaré.",
            "That the beneficiaries agreed to the windows is declared."
        ));
    seen_by_word(finding, facts, now)
}

/// On a direct path it is the firewall that follows the windows, or does not.
fn open_at_any_hour(facts: &ServiceFacts) -> Option<Text> {
    let direct = facts.direct.as_ref().filter(|_| facts.path() == Path::Direct)?;
    let open = direct.flows.iter().filter(|flow| flow.hours == FlowHours::Always);
    let open = open.map(|flow| flow.equipment.as_str()).collect::<Vec<_>>().join(", ");
    (!open.is_empty()).then(|| {
        say!("Le filtrage reste ouvert à toute heure vers : {open}.", "The filter is open at any hour towards: {open}.")
    })
}

fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    if let Some(end) = planned_until(asked, now) {
        // An exception that reaches over the end of the window keeps the session open.
        let exception = exception_in_force(asked, now).map(|exception| exception.span.until);
        return Admission::until(exception.map_or(end, |until| until.max(end)));
    }
    let (facts, zone) = (asked.facts, &asked.facts.establishment.zone);
    let sentence = match next_window(facts, now) {
        Some(span) => {
            let (now, from, until) = (zone.show(now), zone.show(span.from), zone.show(span.until));
            say!(
                "Hors des plages convenues (il est {now}). Prochaine plage : du {from} au {until}.",
                "Outside the agreed windows (it is {now}). Next window: from {from} to {until}."
            )
        }
        None => say!(
            "Hors des plages convenues, et aucune n'est à venir.",
            "Outside the agreed windows, and none is to come."
        ),
    };
    let remedy = if facts.service.exception_secs == 0 {
        say!(
            "Attendre la plage, ou en convenir une avec un bénéficiaire (aucune exception n'est prévue).",
            "Wait for the window, or agree on one with a beneficiary (no exception is provided for)."
        )
    } else {
        say!(
            "Attendre la plage ; en urgence, demander l'exception, qu'une autre personne approuve.",
            "Wait for the window; in urgency ask for the exception, which somebody else approves."
        )
    };
    Admission::refused(vec![unmet(RuleId::O3, Mender::Beneficiary, sentence, remedy).lifted_by(Lift::Exception)])
}

/// Until when the agreed periods are open, the extension included; `None` when they are closed.
pub fn planned_until(asked: &Asked<'_>, now: Timestamp) -> Option<Timestamp> {
    match (windows_until(asked.facts, now), extension_in_force(asked)) {
        (Some(end), Some(extension)) if extension.window_end == end => Some(extension.until.max(end)),
        (Some(end), _) => Some(end),
        (None, Some(extension)) if extension.window_end <= now && now < extension.until => Some(extension.until),
        (None, _) => None,
    }
}

/// The extension of a window that may be leant on.
pub(crate) fn extension_in_force<'a>(asked: &Asked<'a>) -> Option<&'a Extension> {
    asked.intervention.and_then(|intervention| intervention.extension.as_ref()).filter(|e| {
        let agreed = Duration::from_secs(u64::from(asked.facts.service.extension_secs));
        // The end that is extended has to be the end of a window, and the extension at most as agreed.
        let last_moment = e.window_end.before(Duration::from_micros(1));
        e.until <= e.window_end.after(agreed)
            && is_said(&e.reason)
            && windows_until(asked.facts, last_moment) == Some(e.window_end)
    })
}

/// The agreed window that begins next after a moment; `None`: none is to come.
pub(crate) fn next_window(facts: &ServiceFacts, now: Timestamp) -> Option<Span> {
    let agreed = facts.service.windows.iter().filter(|window| counts(window, facts));
    agreed.filter_map(|window| window.next(now, &facts.establishment.zone)).min_by_key(|span| span.from)
}

/// The end of the agreed windows that hold `now`, those that follow without a gap included; `None` outside them.
/// It is what an extension extends.
pub fn windows_until(facts: &ServiceFacts, now: Timestamp) -> Option<Timestamp> {
    let zone = &facts.establishment.zone;
    let holding = |moment: Timestamp| {
        let windows = facts.service.windows.iter().filter(|window| counts(window, facts));
        windows
            .filter_map(|window| {
                let until = window.around(moment, zone)?.until;
                Some(match window.when {
                    WindowKind::Continuous { .. } => until.min(window.agreed_at.after(CONTINUOUS_MAX)),
                    WindowKind::Weekly { .. } | WindowKind::OneOff { .. } => until,
                })
            })
            .filter(|until| moment < *until)
            .max()
    };
    let mut end = holding(now)?;
    for _ in 0..CHAIN_MAX {
        match holding(end) {
            Some(later) => end = later,
            None => break,
        }
    }
    Some(end)
}

/// Whether a window was agreed by somebody who speaks for the establishment, and is of a sort that this
/// kind of intervention may have.
fn counts(window: &Window, facts: &ServiceFacts) -> bool {
    let continuous = matches!(window.when, WindowKind::Continuous { .. });
    (!continuous || facts.service.kind == Kind::Monitoring) && speaks_for_establishment(facts, &window.agreed_by, window.agreed_at)
}

/// The exception in force for this intervention that lasts longest, if one may be leant on: agreed in the service,
/// with a reason, no longer than agreed, asked for by one person and approved by another of the establishment.
pub fn exception_in_force<'a>(asked: &Asked<'a>, now: Timestamp) -> Option<&'a Exception> {
    let facts = asked.facts;
    let agreed = Duration::from_secs(u64::from(facts.service.exception_secs)).min(EXCEPTION_MAX);
    let counts = |exception: &&Exception| {
        let approver = &exception.approved_by;
        let delegate = facts.establishment.may_derogate(approver, &facts.service.id, exception.span.from);
        let entitled = speaks_for_establishment(facts, approver, exception.span.from)
            || (delegate && !facts.of_the_provider(approver));
        exception.span.holds(now)
            && exception.span.until <= exception.span.from.after(agreed)
            && exception.requested_by != *approver
            && asked.attempt.person != *approver
            && is_said(&exception.reason)
            && entitled
    };
    let all = asked.intervention.into_iter().flat_map(|intervention| &intervention.exceptions);
    all.filter(counts).max_by_key(|exception| exception.span.until)
}
