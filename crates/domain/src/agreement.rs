//! The service agreement (O1) and the security assurance plan (A1).

use serde::{Deserialize, Serialize};
use vocab::{PersonId, Timestamp};

use crate::{DocumentRef, Span};

/// The five headings that the agreement covers (O1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Heading {
    /// Objectives and scope.
    Scope,
    /// Mutual duties.
    Duties,
    /// Means.
    Means,
    /// Procedures.
    Procedures,
    /// Security rules.
    Security,
}

impl Heading {
    /// All five.
    pub const ALL: [Self; 5] = [Self::Scope, Self::Duties, Self::Means, Self::Procedures, Self::Security];
}

/// The service agreement, *convention de service* (O1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Version of the text.
    pub version: u32,
    /// When it is in force.
    pub span: Span,
    /// The paper.
    pub document: DocumentRef,
    /// Where in it each heading stands.
    pub headings: Vec<(Heading, String)>,
}

/// The seven themes of the plan (A1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// People: choice, engagement, awareness.
    People,
    /// Protection of the information held by the provider.
    Information,
    /// Sites and their physical protection.
    Sites,
    /// Architecture and partition of the platform.
    Platform,
    /// Logical access to the platform.
    Access,
    /// Continuity after a disaster.
    Continuity,
    /// Assurance and control.
    Assurance,
}

impl Theme {
    /// All seven.
    pub const ALL: [Self; 7] = [
        Self::People,
        Self::Information,
        Self::Sites,
        Self::Platform,
        Self::Access,
        Self::Continuity,
        Self::Assurance,
    ];
}

/// What the responsable said about a version of the plan (A1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// The provider's standard plan is accepted as it is.
    Standard {
        /// When.
        at: Timestamp,
        /// By whom.
        by: PersonId,
    },
    /// A validation cycle was run and is finished.
    Validated {
        /// When.
        at: Timestamp,
        /// By whom.
        by: PersonId,
    },
    /// A validation cycle is running.
    Pending,
}

/// One version of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanVersion {
    /// Version of the text.
    pub version: u32,
    /// The paper, or where it is consulted.
    pub document: DocumentRef,
    /// Where in it each theme stands.
    pub themes: Vec<(Theme, String)>,
    /// What was said of it.
    pub acceptance: Acceptance,
}

impl PlanVersion {
    /// Whether it is accepted at this moment.
    pub fn accepted(&self, now: Timestamp) -> bool {
        match &self.acceptance {
            Acceptance::Standard { at, .. } | Acceptance::Validated { at, .. } => *at <= now,
            Acceptance::Pending => false,
        }
    }
}

/// The security assurance plan, *PAS* (A1), in all its versions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SecurityPlan {
    /// Versions, any order.
    pub versions: Vec<PlanVersion>,
}

impl SecurityPlan {
    /// The version in force: a newer one that is not accepted leaves the accepted one in force.
    pub fn in_force(&self, now: Timestamp) -> Option<&PlanVersion> {
        self.versions.iter().filter(|plan| plan.accepted(now)).max_by_key(|plan| plan.version)
    }
}
