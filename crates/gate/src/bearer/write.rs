//! What a program may do in somebody's name: ask for an intervention, withdraw it, hand a report over, propose to close.
//! Each is done once, however often it is asked for: the answer is kept in the transaction of the act.

use domain::Outcome;

use super::{ANSWERS_KEPT, Acted, Bearer, Once};
use crate::commands::{self, Deed, NotDone, Request, Why, plain};
use crate::{Gate, Known};

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What was done.
    pub acted: Acted,
    /// Whether it was done before, and is only told again.
    pub again: bool,
}

/// What a program asks to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// An intervention.
    Request(Request),
    /// That this one be withdrawn, for this reason.
    Withdraw(String, String),
    /// That this be the report of this one.
    Report(String, String),
    /// That this one be closed so. Whoever confirms it is there himself.
    Closing(String, Outcome),
}

impl Wish {
    const fn deed(&self) -> Deed {
        match self {
            Self::Request(_) => Deed::Request,
            Self::Withdraw(..) => Deed::Withdraw,
            Self::Report(..) => Deed::Report,
            Self::Closing(..) => Deed::ProposeClosing,
        }
    }
}

impl Gate {
    /// Does what a program asks for in somebody's name, or tells again that it was done.
    pub async fn write_by(&self, bearer: &Bearer, once: Once, wish: Wish) -> Result<Written, NotDone> {
        let deed = wish.deed();
        bearer.known.scope(deed)?;
        if let Some(again) = self.answered(bearer, &once, deed).await? {
            return Ok(again);
        }
        let mut who = bearer.known.clone();
        if let Some(by) = &mut who.by_token {
            by.once = Some(once.clone());
        }
        match Box::pin(self.grant(bearer, &who, wish)).await {
            Ok(acted) => Ok(Written { acted, again: false }),
            // The same request may have come twice at once, and the other one was first.
            Err(not) if matches!(not.why, Why::Busy | Why::Refused) => {
                self.answered(bearer, &once, deed).await?.ok_or(not)
            }
            Err(not) => Err(not),
        }
    }

    async fn grant(&self, bearer: &Bearer, who: &Known, wish: Wish) -> Result<Acted, NotDone> {
        match wish {
            Wish::Request(asked) => {
                let asked = Request {
                    // Of the establishment of the token, and of no other.
                    service: bearer.full_name(&asked.service)?,
                    equipment: asked.equipment,
                    objective: plain(&asked.objective),
                    reason_out: asked.reason_out.as_deref().map(plain),
                    wanted: asked.wanted,
                    // Nobody is called back by a program.
                    call: None,
                };
                commands::request(self, who, asked).await
            }
            Wish::Withdraw(name, reason) => commands::withdraw(self, who, &name, plain(&reason)).await,
            Wish::Report(name, text) => commands::report(self, who, &name, plain(&text)).await,
            Wish::Closing(name, outcome) => commands::propose_closing(self, who, &name, outcome).await,
        }
    }

    /// What this request was answered before. Whoever may not do it any more is not told again.
    async fn answered(&self, bearer: &Bearer, once: &Once, deed: Deed) -> Result<Option<Written>, NotDone> {
        let since = self.as_of(self.clock.now()).before(ANSWERS_KEPT);
        let Some(found) = self.store.answered(&bearer.token.id, &once.key, since).await? else {
            return Ok(None);
        };
        if found.request != once.request {
            return Err(NotDone::new(
                "Cette clé a déjà servi à une autre requête.",
                "This key was given to another request already.",
            )
            .because(Why::Reused));
        }
        let acted: Acted = serde_json::from_str(&found.body).map_err(|error| {
            tracing::error!(%error, "A kept answer cannot be read");
            NotDone::new("La réponse gardée est illisible.", "The answer that was kept cannot be read.")
                .because(Why::Unable)
        })?;
        self.case(&bearer.known, acted.intervention.as_str(), deed).await?;
        // It is told as done once its entry is in the ledger, as it would have been the first time.
        self.acts.proved().await?;
        Ok(Some(Written { acted, again: true }))
    }
}
