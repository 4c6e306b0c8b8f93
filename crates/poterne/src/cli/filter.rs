//! The rules of a firewall that is not ours.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Which;

#[derive(Debug, Subcommand)]
pub(crate) enum FilterDo {
    /// Write the rules that let through the flows on file and nothing else.
    Rules {
        #[command(flatten)]
        of: Filtered,
        /// As a table of nftables, or as CSV for any other firewall.
        #[arg(long = "as", value_enum, default_value = "nft")]
        form: FilterForm,
    },
    /// Hold an export of the firewall's rules against the flows on file; what was found is written into the ledger.
    Check {
        /// The export: `nft -j list ruleset`, or a CSV with source, destination and port.
        file: PathBuf,
        #[command(flatten)]
        of: Filtered,
        /// Which of the two.
        #[arg(long = "as", value_enum, default_value = "nft")]
        form: FilterForm,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FilterForm {
    Nft,
    Csv,
}

/// Which flows.
#[derive(Debug, Args)]
pub(crate) struct Filtered {
    /// The service, `<service>` or `<service>@<establishment>`.
    #[arg(long)]
    pub(crate) service: String,
    /// For a service that passes the gate: the gate's own addresses, from which alone its equipment is reached (T3).
    #[arg(long)]
    pub(crate) gate: Vec<IpAddr>,
    /// The firewall's interface by which the provider comes; asked for to write rules of nftables.
    #[arg(long)]
    pub(crate) interface: Option<String>,
    #[command(flatten)]
    pub(crate) which: Which,
}
