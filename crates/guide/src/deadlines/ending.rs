//! What ends by itself beside signatures and declarations: deeds, services that have an end of their own, the last of periods that
//! come once, subcontracts.

use domain::WindowKind;
use vocab::{HouseRule, RuleId, Source, Timestamp};

use super::List;
use crate::Mender;
use crate::evidence::say;

impl List<'_> {
    /// A deed that another one of the same person goes on for is none that ends.
    pub(super) fn delegations(&mut self) {
        let all = &self.facts.establishment.delegations;
        let goes_on = |deed: &domain::Delegation| {
            all.iter().any(|other| {
                other.to == deed.to
                    && other.span.until > deed.span.until
                    && other.may_treat >= deed.may_treat
                    && other.risk_up_to >= deed.risk_up_to
                    && other.may_derogate >= deed.may_derogate
                    && deed.may.iter().all(|power| other.may.contains(power))
                    && (other.services.is_empty()
                        || (!deed.services.is_empty()
                            && deed.services.iter().all(|one| other.services.contains(one))))
            })
        };
        for deed in all.iter().filter(|deed| !goes_on(deed)) {
            let to = &deed.to;
            self.add(
                Source::Guide(RuleId::C1),
                deed.span.until,
                Mender::Responsable,
                say!(
                    "La délégation du responsable à {to} prend fin.",
                    "The responsable's delegation to {to} ends."
                ),
                say!(
                    "Ensuite cette personne ne signe plus en son nom.",
                    "That person signs in his name no more afterwards."
                ),
            );
        }
    }

    /// A service that ends before its contract, its last period, and its subcontractors.
    pub(super) fn endings(&mut self) {
        let facts = self.facts;
        let service = &facts.service.id;
        if let Some(until) = facts.service.until {
            self.add(
                Source::House(HouseRule::Service),
                until,
                Mender::Responsable,
                say!("La prestation {service} prend fin.", "The service {service} ends."),
                say!("Ensuite elle n'ouvre plus rien.", "It opens nothing afterwards."),
            );
        }
        if let Some(until) = self.last_period() {
            self.add(
                Source::Guide(RuleId::O3),
                until,
                Mender::Beneficiary,
                say!(
                    "La dernière plage convenue de la prestation {service} prend fin.",
                    "The last agreed period of the service {service} ends."
                ),
                say!(
                    "Ensuite rien n'ouvre sans une autre plage, ou une exception.",
                    "Nothing opens afterwards without another period, or an exception."
                ),
            );
        }
        for (sub, ended) in facts.contract.subcontracts.iter().filter_map(|sub| Some((sub, sub.ended_at?))) {
            let (name, contract) = (&sub.provider, &facts.contract.id);
            // What left the list is nobody's to mend: it is told before.
            if self.now < ended {
                self.add(
                    Source::Guide(RuleId::C4),
                    ended,
                    Mender::Provider,
                    say!(
                        "Le sous-traitant {name} quitte la liste du contrat {contract}.",
                        "The subcontractor {name} leaves the list of the contract {contract}."
                    ),
                    say!(
                        "Ensuite ses intervenants n'entrent plus.",
                        "Its technicians enter no more afterwards."
                    ),
                );
            }
        }
    }

    /// When the last of the agreed periods ends, where all of them come once.
    fn last_period(&self) -> Option<Timestamp> {
        let zone = &self.facts.establishment.zone;
        let ends = self.facts.service.windows.iter().map(|window| match &window.when {
            WindowKind::OneOff { to, .. } => to.in_zone(zone),
            _ => None,
        });
        ends.collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}
