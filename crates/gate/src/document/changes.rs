//! What the site's file changed: which rules stood otherwise for the service right after it than right before.

use std::time::Duration;

use documents::{Changed, Moved};
use guide::Finding;
use vocab::Timestamp;

use super::pack::Scope;
use super::sheet::Sheet;
use crate::Gate;
use crate::ports::PortError;

impl Gate {
    /// Each change with the rules that moved by it, reckoned from the facts of the two moments.
    pub(super) async fn moved(
        &self,
        sheet: &Sheet<'_>,
        scope: Scope<'_>,
        changes: Vec<(Timestamp, Changed)>,
    ) -> Result<Vec<Changed>, PortError> {
        let mut told = Vec::new();
        for (at, mut change) in changes {
            let before = self.found(scope, at.before(Duration::from_micros(1))).await?;
            if let Some(after) = self.found(scope, at).await? {
                change.moved = moved(sheet, before.as_deref(), &after);
            }
            told.push(change);
        }
        Ok(told)
    }

    /// How the service stood at a moment; there was none.
    async fn found(&self, scope: Scope<'_>, at: Timestamp) -> Result<Option<Vec<Finding>>, PortError> {
        match self.reckoned(scope.establishment, scope.service, Some(at)).await {
            Ok(assessed) => Ok(Some(assessed.level.findings)),
            Err(PortError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn moved(sheet: &Sheet<'_>, before: Option<&[Finding]>, after: &[Finding]) -> Vec<Moved> {
    // A service that is new stands as its statement says: nothing moved.
    let Some(before) = before else { return Vec::new() };
    let pairs = after.iter().filter_map(|one| Some((before.iter().find(|was| was.rule == one.rule)?, one)));
    let moved = pairs.filter(|(was, is)| was.status.code() != is.status.code());
    moved
        .map(|(was, is)| Moved {
            rule: is.rule.as_str().to_owned(),
            was: Some(sheet.say(&was.status.text())),
            is: sheet.say(&is.status.text()),
        })
        .collect()
}
