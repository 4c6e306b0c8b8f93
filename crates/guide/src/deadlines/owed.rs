//! What interventions owe, and what of them waits for somebody.

use domain::{Intervention, Outcome, Span, State};
use vocab::{HouseRule, InterventionId, RuleId, Source, Timestamp};

use super::{CLOSED_REVIEW_DAYS, CLOSING_DAYS, DAY, List, REVIEW_DAYS};
use crate::Mender;
use crate::evidence::say;

impl List<'_> {
    /// Reports and attestations of what is closed, reviews of emergency acts that are over.
    pub(super) fn interventions(&mut self) {
        for one in self.facts.interventions.iter().chain(&self.facts.unsettled) {
            self.owed(one);
            self.reviews(one);
            let closed = one.closed_at().filter(|_| one.state == State::Closed && one.reviewed.is_none());
            closed.into_iter().for_each(|closed| self.unread(&one.id, closed));
        }
        for (id, closed) in &self.facts.unreviewed {
            self.unread(id, *closed);
        }
        for one in &self.facts.interventions {
            self.proposed(one);
            self.planned(one);
        }
    }

    /// The end of a plan, a week before; and what stays open after it, until somebody closes it or plans it anew.
    /// A closed intervention is read again by somebody who had no hand in it.
    fn unread(&mut self, id: &InterventionId, closed: Timestamp) {
        if closed.after(DAY * domain::UNREVIEWED_DAYS) <= self.now {
            return;
        }
        let what = say!(
            "L'intervention close {id} est à relire.",
            "The closed intervention {id} is to be reviewed."
        );
        let then = say!(
            "Elle reste à relire par qui n'y a pas eu part : review {id} --closed \"…\".",
            "It is still to be reviewed by somebody who had no hand in it: review {id} --closed \"…\"."
        );
        let due = closed.after(DAY * CLOSED_REVIEW_DAYS);
        self.add(Source::House(HouseRule::Intervention), due, Mender::Security, what, then);
    }

    fn planned(&mut self, one: &Intervention) {
        let works = matches!(one.state, State::Approved | State::Open | State::Suspended);
        let plan = one.plan(self.facts.service.kind).filter(|_| works);
        let Some(plan) = plan.filter(|plan| plan.until <= self.now.after(DAY * 7)) else { return };
        let (id, rule) = (&one.id, Source::House(HouseRule::Intervention));
        if self.now < plan.until {
            let what = say!(
                "La durée prévue de l'intervention {id} prend fin.",
                "The planned span of the intervention {id} ends."
            );
            let then = say!(
                "Ensuite rien ne s'y ouvre : la clore, ou demander une autre durée (plan {id}).",
                "Nothing opens in it afterwards: close it, or ask for another span (plan {id})."
            );
            return self.add(rule, plan.until, Mender::Requester, what, then);
        }
        let what = say!(
            "L'intervention {id} n'est pas close, et sa durée prévue est passée : close {id}, ou plan {id}.",
            "The intervention {id} is not closed, and its planned span is past: close {id}, or plan {id}."
        );
        let then = say!(
            "Rien ne s'y ouvre ; si l'on y a travaillé, son rapport et l'effacement sont dus comme si elle était close.",
            "Nothing opens in it; if it was worked in, its report and the erasure are owed as if it were closed."
        );
        self.add(rule, plan.until, Mender::Beneficiary, what, then);
    }

    /// A closing that one side proposed and the other neither confirmed nor rejected: until then no erasure is owed.
    fn proposed(&mut self, one: &Intervention) {
        let Some(closing) = one.closing.as_ref().filter(|closing| closing.confirmed_at.is_none()) else {
            return;
        };
        let id = &one.id;
        let (mender, fr, en) = match closing.outcome {
            Outcome::Reached => (Mender::Beneficiary, "objectif atteint", "objective reached"),
            Outcome::Unreachable => {
                (Mender::Responsable, "objectif non atteignable", "objective unreachable")
            }
        };
        let mender = if closing.by_establishment { Mender::Provider } else { mender };
        self.add(
            Source::Guide(RuleId::E9),
            closing.proposed_at.after(DAY * CLOSING_DAYS),
            mender,
            say!(
                "La clôture proposée de l'intervention {id} ({fr}) attend l'autre partie : confirm {id}, ou reject {id}.",
                "The proposed closing of the intervention {id} ({en}) waits for the other side: confirm {id}, or reject {id}."
            ),
            say!(
                "Sans clôture, aucun effacement n'est dû et aucun secret n'est renouvelé.",
                "Without a closing no erasure is owed and no secret is changed."
            ),
        );
    }

    fn owed(&mut self, one: &Intervention) {
        let Some(over) = one.over_since(self.facts.service.kind, self.now) else { return };
        let (id, contract) = (&one.id, &self.facts.contract);
        let (erasure, blocks) = (contract.erasure_within_days, contract.overdue_blocks);
        let then = || match blocks {
            true => say!(
                "Un retard ferme les nouvelles interventions planifiées.",
                "An overdue one closes new planned interventions."
            ),
            false => say!("L'évaluation dit le retard.", "The assessment says that it is late."),
        };
        if let Some(terms) =
            contract.report.as_ref().filter(|_| one.report.is_none() && self.asked(RuleId::O5))
        {
            let due = over.after(DAY * terms.within_days);
            let what = say!(
                "Le rapport de l'intervention {id} est attendu.",
                "The report of the intervention {id} is due."
            );
            self.add(Source::Guide(RuleId::O5), due, Mender::Provider, what, then());
        }
        // What is not closed is to be closed first.
        if let Some(closed) = one.closed_at().filter(|_| one.erasure.is_none()) {
            let due = closed.after(DAY * erasure);
            let what = say!(
                "L'attestation d'effacement de l'intervention {id} est attendue.",
                "The attestation of erasure of the intervention {id} is due."
            );
            self.add(Source::Guide(RuleId::E9), due, Mender::Provider, what, then());
        }
    }

    fn reviews(&mut self, one: &Intervention) {
        let id = &one.id;
        let then =
            || say!("L'acte reste à relire : review {id}.", "The act is still to be reviewed: review {id}.");
        let over = |span: &Span| span.until <= self.now;
        let due = |span: &Span| span.until.after(DAY * REVIEW_DAYS);
        let exceptions: Vec<Timestamp> = one
            .exceptions
            .iter()
            .filter(|e| e.reviewed.is_none() && over(&e.span))
            .map(|e| due(&e.span))
            .collect();
        let derogations: Vec<(Source, Timestamp)> = one
            .derogations
            .iter()
            .filter(|d| d.reviewed.is_none() && over(&d.span))
            .filter_map(|d| Some((d.rules.first()?.parse().ok()?, due(&d.span))))
            .collect();
        for due in exceptions {
            let what = say!(
                "L'exception à la plage de l'intervention {id} est à relire.",
                "The exception to the period of the intervention {id} is to be reviewed."
            );
            self.add(Source::Guide(RuleId::O3), due, Mender::Security, what, then());
        }
        for (rule, due) in derogations {
            let what = say!(
                "La dérogation d'urgence de l'intervention {id} est à relire.",
                "The emergency derogation of the intervention {id} is to be reviewed."
            );
            self.add(rule, due, Mender::Security, what, then());
        }
    }
}
