//! `poterne keys`: who holds what, what is missing, and the ceremonies that mend it: the vault's key for two of three
//! holders, other readers for an establishment, and another key for the vault (`docs/keys.md`).

mod readers;
mod rotate;
mod show;
mod split;

use std::process::ExitCode;

use crate::cli::{Keys, KeysDo};

pub(crate) use readers::change;
pub(crate) use show::LEAST;

pub(crate) async fn run(asked: &Keys) -> anyhow::Result<ExitCode> {
    match &asked.what {
        None => return show::show(&asked.which.config, asked.json),
        Some(KeysDo::Split(asked)) => split::split(asked)?,
        Some(KeysDo::Join(asked)) => split::join(asked)?,
        Some(KeysDo::Readers(asked)) => readers::readers(asked).await?,
        Some(KeysDo::Rotate(asked)) => rotate::rotate(asked).await?,
    }
    Ok(ExitCode::SUCCESS)
}
