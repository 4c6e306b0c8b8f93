//! The establishment's ticketing tool, as the gate sees it.

use vocab::EstablishmentId;

use super::Boxed;

/// What the establishment's ticketing tool says of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketAnswer {
    /// None is configured.
    NoTool,
    /// It knows the ticket, in a state that counts.
    Counts,
    /// It does not know it, or in another state: which, in words.
    CountsNot(String),
    /// It did not answer, or not so that it could be understood: why, for the log of the gate alone.
    NoAnswer(String),
}

/// The ticketing tool, asked about one ticket.
pub trait Tickets: Send + Sync {
    /// Asks. It answers within some seconds, whatever the other side does. The number is one of
    /// [`domain::is_ticket`].
    fn ask<'a>(&'a self, establishment: &'a EstablishmentId, number: &'a str) -> Boxed<'a, TicketAnswer>;
}

/// No ticketing tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTickets;

impl Tickets for NoTickets {
    fn ask<'a>(&'a self, _: &'a EstablishmentId, _: &'a str) -> Boxed<'a, TicketAnswer> {
        Box::pin(std::future::ready(TicketAnswer::NoTool))
    }
}
