//! What a person signed towards an establishment, and by what he proves who he is.

use domain::{Credentials, Engagement, Person, VouchedKey};
use vocab::{EstablishmentId, PersonId, Timestamp};

use crate::StoreError;
use crate::fact::{Kind, Place};
use crate::sqlite::Db;
use crate::wave::{Answers, Many, One, Wave};

/// What is asked for of a person.
pub(super) struct Papers {
    engagements: Many<Engagement>,
    credentials: Proofs,
}

impl Papers {
    pub(super) fn of(wave: &mut Wave, person: &Person, at: &EstablishmentId) -> Self {
        Self {
            engagements: wave.linked(Kind::Engagement, Some(at), person.id.as_str()),
            credentials: Proofs::of(wave, at, &person.id),
        }
    }

    pub(super) fn read(self, answers: &mut Answers) -> Result<(Vec<Engagement>, Credentials), StoreError> {
        Ok((answers.many(self.engagements)?, self.credentials.read(answers)?))
    }
}

struct Proofs {
    enrolment: One<u32>,
    vouched: One<Vec<VouchedKey>>,
}

impl Proofs {
    fn of(wave: &mut Wave, at: &EstablishmentId, person: &PersonId) -> Self {
        Self {
            enrolment: wave.one(Place::common(Kind::Enrolment, person)),
            vouched: wave.one(Place::new(Kind::Vouching, at, person)),
        }
    }

    fn read(self, answers: &mut Answers) -> Result<Credentials, StoreError> {
        let enrolment = answers.one(self.enrolment)?.unwrap_or(0);
        Ok(Credentials { enrolment, vouched: answers.one(self.vouched)?.unwrap_or_default() })
    }
}

/// Who vouched for a person's keys towards an establishment, and the number of his second factor.
pub(crate) async fn credentials(
    db: &mut Db,
    establishment: &EstablishmentId,
    person: &PersonId,
    as_of: Timestamp,
) -> Result<Credentials, StoreError> {
    let mut wave = Wave::default();
    let proofs = Proofs::of(&mut wave, establishment, person);
    proofs.read(&mut wave.ask(db, as_of).await?)
}
