//! Every use case of the gate, through its public doors, with its ports in memory.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod assess;
mod backup;
mod badge;
mod clock;
mod commands;
mod crash;
mod deaths;
mod deeds;
mod disclose;
mod document;
mod door;
mod emergency;
mod ending;
mod falls;
mod flow;
mod hands;
mod held;
mod history;
mod login;
mod opening;
mod operator;
mod outward;
mod papers;
mod past;
mod places;
mod planned;
mod recheck;
mod refuge;
mod retention;
mod reviews;
mod rotation;
mod rows;
mod rules;
mod sign;
mod stamps;
mod story;
mod token;
mod traces;
mod voice;
mod vouch;
mod walk;
mod witness;
