//! What falls due of things: secrets, what a provider entrusted, equipment on its way into service, evidence from outside.

use vocab::{Path, RuleId, Source};

use super::List;
use crate::evidence::say;
use crate::{Mender, filtered, outside};

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

    /// The rules of the filter on a direct path are compared with what is on file every twelve months (T8).
    pub(super) fn filter(&mut self) {
        if !self.asked(RuleId::T8) {
            return;
        }
        let Some(due) = filtered::due(self.facts, self.now) else { return };
        let service = &self.facts.service.id;
        self.add(
            Source::Guide(RuleId::T8),
            due,
            Mender::It,
            say!(
                "Les règles du pare-feu sont à comparer aux flux de la prestation {service} : poterne filter check.",
                "The firewall's rules are to be compared with the flows of the service {service}: poterne filter check."
            ),
            say!("Ensuite la règle n'est tenue qu'en partie.", "The rule is met in part only afterwards."),
        );
    }

    /// What is looked at every twelve months: who may come for the provider, the accounts that equipment came with, the list of requesters.
    pub(super) fn yearly(&mut self) {
        let facts = self.facts;
        let (provider, service) = (&facts.provider.id, &facts.service.id);
        self.add(
            Source::Guide(RuleId::E3),
            facts.accounts_due(),
            Mender::Security,
            say!(
                "Les personnes et les clés du fournisseur {provider} sont à relire : accounts {service}.",
                "The people and keys of the provider {provider} are to be reviewed: accounts {service}."
            ),
            say!("L'évaluation dit le retard.", "The assessment says that it is late."),
        );
        let accounts = self.asked(RuleId::T9);
        for equipment in facts.equipment.iter().filter(|_| accounts) {
            let Some(due) = equipment.default_accounts.look_again() else { continue };
            let id = &equipment.id;
            self.add(
                Source::Guide(RuleId::T9),
                due,
                Mender::It,
                say!(
                    "Les comptes d'origine de {id} sont à vérifier de nouveau.",
                    "The accounts that {id} came with are to be checked again."
                ),
                say!(
                    "Ensuite la règle n'est tenue qu'en partie.",
                    "The rule is met in part only afterwards."
                ),
            );
        }
        let (requesters, contract) = (&facts.contract.requesters, &facts.contract.id);
        if let Some(due) = requesters.resend().filter(|_| self.asked(RuleId::O2)) {
            self.add(
                Source::Guide(RuleId::O2),
                due,
                Mender::It,
                say!(
                    "La liste des demandeurs du contrat {contract} est à relire et à envoyer de nouveau.",
                    "The list of requesters of the contract {contract} is to be looked through and sent anew."
                ),
                say!(
                    "Ensuite la règle n'est tenue qu'en partie.",
                    "The rule is met in part only afterwards."
                ),
            );
        }
    }

    /// Work past the gate that was begun and not ended, once it should be over.
    pub(super) fn past_work(&mut self) {
        let facts = self.facts;
        for one in facts.interventions.iter().chain(&facts.unsettled) {
            for work in one.under_way_past() {
                let (id, technician) = (&one.id, &work.technician);
                self.add(
                    Source::Guide(if facts.path() == Path::Direct { RuleId::T8 } else { RuleId::T11 }),
                    work.until,
                    Mender::Beneficiary,
                    say!(
                        "{technician} a commencé hors de la poterne dans {id} : dire sa fin (end {id} {technician}).",
                        "{technician} began past the gate in {id}: say the end (end {id} {technician})."
                    ),
                    say!("On ne sait pas si quelqu'un intervient encore.", "Nobody knows whether somebody is still at work."),
                );
            }
        }
    }

    /// Vulnerabilities in what a provider installed: the day on which each is to be gone, agreed, by default or decided together (E5).
    pub(super) fn vulnerabilities(&mut self) {
        if !self.asked(RuleId::E5) {
            return;
        }
        for open in self.facts.open_vulnerabilities(self.now) {
            let Some(until) = open.until else { continue };
            let (id, item, cvss) = (&open.vulnerability.id, &open.item.id, open.vulnerability.cvss);
            self.add(
                Source::Guide(RuleId::E5),
                until,
                Mender::Provider,
                match open.decided {
                    false => say!(
                        "La vulnérabilité {id} (CVSS {cvss}) dans {item} est à corriger.",
                        "The vulnerability {id} (CVSS {cvss}) in {item} is to be corrected."
                    ),
                    true => say!(
                        "La vulnérabilité {id} (CVSS {cvss}) dans {item} est à corriger : la décision commune prend fin.",
                        "The vulnerability {id} (CVSS {cvss}) in {item} is to be corrected: the joint decision ends."
                    ),
                },
                say!(
                    "Ensuite seules s'ouvrent les interventions qui viennent la corriger.",
                    "Only interventions that come to correct it open afterwards."
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
