//! How all services of one provider stand towards the guide, at a moment.

use serde::{Deserialize, Serialize};

use crate::{Moment, Named, Statement};

/// The statement for a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderStatement {
    /// The moment it is about.
    pub at: Moment,
    /// Whether that is a moment of the past.
    pub past: bool,
    /// Who.
    pub provider: Named,
    /// Each service, by name; at most [`ProviderStatement::SERVICES_MAX`].
    pub services: Vec<Statement>,
    /// So many more.
    pub services_more: u64,
}

impl ProviderStatement {
    /// Most services: 40 at about 160 KiB of JSON are 6.4 MiB, below the longest document.
    pub const SERVICES_MAX: usize = 40;
}
