//! What falls due of things: secrets, what a provider entrusted, equipment on its way into service, evidence from outside.

use vocab::{Path, RuleId, Source};

use super::List;
use crate::evidence::say;
use crate::{Mender, outside};

impl List<'_> {
    /// Secrets that are to change and did not yet.
    pub(super) fn secrets(&mut self) {
        for equipment in &self.facts.equipment {
            let Some(due) = equipment.account.as_ref().and_then(|account| account.rotation_due.as_ref())
            else {
                continue;
            };
            let id = &equipment.id;
            self.add(
                Source::Guide(RuleId::T9),
                due.since,
                Mender::It,
                say!(
                    "Le secret du compte réservé de {id} est à changer.",
                    "The secret of the reserved account of {id} is to be changed."
                ),
                say!(
                    "Qui l'a eu en main pourrait encore s'en servir.",
                    "Whoever had it in hand could still use it."
                ),
            );
        }
    }

    /// What a provider entrusted is given back or destroyed when it was agreed, or when the contract ends.
    pub(super) fn custody(&mut self) {
        let contract = &self.facts.contract;
        for one in contract.entrusted.iter().filter(|one| one.is_held()) {
            let (id, what, act) = (&one.id, &one.what, &contract.id);
            let provider = one.provider.as_ref().unwrap_or(&contract.provider);
            self.add(
                Source::Guide(RuleId::O1),
                one.due(contract.span.until),
                Mender::It,
                say!(
                    "Confié par {provider} sous {act}, à rendre ou à détruire : {id} ({what}).",
                    "Entrusted by {provider} under {act}, to be given back or destroyed: {id} ({what})."
                ),
                say!(
                    "Ensuite la convention n'est tenue qu'en partie.",
                    "The agreement is kept in part only afterwards."
                ),
            );
        }
    }

    /// Equipment that is planned to be put into service, and is not.
    pub(super) fn commissioning(&mut self) {
        for equipment in &self.facts.equipment {
            let Some(plan) = equipment.to_commission() else { continue };
            let (id, minutes, by) = (&equipment.id, plan.downtime_minutes, &plan.agreed_by);
            self.add(
                Source::Guide(RuleId::O1),
                plan.planned,
                Mender::It,
                say!(
                    "La mise en service de {id} est prévue, avec {minutes} min d'arrêt convenues avec {by}.",
                    "{id} is planned to be put into service, with {minutes} min out of use as agreed with {by}."
                ),
                say!(
                    "Il reste montré comme à mettre en service : écrire done et done_by.",
                    "It stays shown as to be put into service: write done and done_by."
                ),
            );
        }
    }

    /// What was written down elsewhere of what does not pass the gate: on a direct path, or where traces are kept on the
    /// equipment (T8, T12). It goes on falling due for as long as the service does without the gate.
    pub(super) fn evidence(&mut self) {
        let facts = self.facts;
        let rule = match facts.path() {
            Path::Direct if self.asked(RuleId::T8) => RuleId::T8,
            Path::Gateway if self.asked(RuleId::T12) => RuleId::T12,
            _ => return,
        };
        let Some(due) = outside::due(facts, self.now) else { return };
        let (service, days, agreed) =
            (&facts.service.id, outside::within(facts), facts.contract.evidence_within_days.is_some());
        self.add(
            Source::Guide(rule),
            due,
            Mender::It,
            say!(
                "Les journaux de ce que la prestation {service} fait hors de la porte (pare-feu, fournisseur ou équipement) sont attendus, au moins tous les {days} jours.",
                "The logs of what the service {service} does past the gate (firewall, provider or equipment) are due, every {days} days at least."
            ),
            match agreed {
                true => say!("Ensuite la règle n'est tenue qu'en partie.", "The rule is met in part only afterwards."),
                false => say!("L'évaluation dit qu'ils manquent.", "The assessment says that they are lacking."),
            },
        );
    }
}
