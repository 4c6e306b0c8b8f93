//! A person's engagements, as a document.

use documents::{Bound, Engagement, Signed};
use domain::EngagementKind;
use vocab::{EstablishmentId, PersonId, Timestamp};

use super::sheet::{Sheet, of_service, titled};
use crate::Gate;
use crate::ports::PortError;

impl Gate {
    /// Of somebody whom the contracts of the establishment know; nobody else engages himself.
    pub(super) async fn engagement(
        &self,
        sheet: &mut Sheet<'_>,
        establishment: &EstablishmentId,
        person: &PersonId,
        now: Timestamp,
    ) -> Result<Engagement, PortError> {
        let as_of = self.as_of(now);
        let (mut bound, mut known, mut version) = (Vec::new(), None, 0);
        for service in self.store.services(establishment, as_of).await? {
            let facts = self.store.service_facts(establishment, &service.id, as_of).await?;
            let Some(staff) = facts.staff.iter().find(|staff| staff.person.id == *person) else { continue };
            sheet.meet(&of_service(&facts)).await?;
            version = version.max(facts.contract.engagement_version);
            bound.push(Bound { service: sheet.service(&facts), contract: sheet.contract(&facts, now) });
            known = Some(staff.clone());
        }
        let staff =
            known.ok_or_else(|| PortError::Missing(format!("`{person}` among the people of a provider")))?;
        let mut signed: Vec<Signed> = staff
            .engagements
            .iter()
            .filter(|one| one.establishment == *establishment)
            .map(|one| Signed {
                confidentiality: one.kind == EngagementKind::Confidentiality,
                version: one.version,
                at: sheet.moment(one.signed_at),
                withdrawn: one.withdrawn_at.map(|at| sheet.moment(at)),
                attestation: one.attestation.as_ref().map(|paper| paper.name.clone()),
            })
            .collect();
        signed.sort_by(|one, other| {
            (other.confidentiality, one.version).cmp(&(one.confidentiality, other.version))
        });
        Ok(Engagement {
            person: titled(&staff.person.id, &staff.person.name),
            employer: titled(&staff.employer.id, &staff.employer.name),
            version,
            services: bound,
            signed,
        })
    }
}
