//! The ticketing tool.

use std::sync::{Mutex, PoisonError};

use gate::ports::{Boxed, TicketAnswer, Tickets};
use vocab::EstablishmentId;

/// Answers as it was told to, and remembers what it was asked. As long as nobody told it, there is no tool.
#[derive(Debug, Default)]
pub struct Desk {
    answer: Mutex<Option<TicketAnswer>>,
    asked: Mutex<Vec<String>>,
}

impl Desk {
    /// From now on it answers so.
    pub fn answers(&self, answer: TicketAnswer) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }

    /// What it was asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Tickets for Desk {
    fn ask<'a>(&'a self, _: &'a EstablishmentId, number: &'a str) -> Boxed<'a, TicketAnswer> {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(number.to_owned());
        Box::pin(std::future::ready(answer.unwrap_or(TicketAnswer::NoTool)))
    }
}
