//! What a history tells of the accounts that are shown. It comes in at the start and does not change.

use std::collections::{BTreeMap, BTreeSet};

use super::widget::text::clean;
use crate::audit::{Audit, Trend};

/// What a history tells of the accounts that are shown.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// The command that records what is shown.
    pub begin: String,
    /// Why nothing is known, when a history is there and cannot be read.
    pub trouble: Option<String>,
    /// How all findings stand.
    pub all: Trend,
    /// How those of each environment stand; those of none are under the empty name.
    pub parts: BTreeMap<String, Trend>,
}

impl Past {
    /// The findings it names that the audit holds as well, by their ids: their indices there.
    pub(super) fn late(&self, audit: &Audit) -> BTreeMap<String, usize> {
        let trends = [&self.all].into_iter().chain(self.parts.values());
        let lates = trends.flat_map(|trend| &trend.overdue).flat_map(|overdue| &overdue.worst);
        let ids: BTreeSet<&str> = lates.map(|late| late.id.as_str()).collect();
        let named = audit.findings.iter().enumerate().filter(|(_, finding)| ids.contains(finding.id.as_str()));
        named.map(|(index, finding)| (finding.id.clone(), index)).collect()
    }

    /// Makes text from outside safe to show.
    pub(super) fn cleaned(mut self) -> Self {
        self.begin = clean(&self.begin);
        self.trouble = self.trouble.as_deref().map(clean);
        for trend in [&mut self.all].into_iter().chain(self.parts.values_mut()) {
            for overdue in &mut trend.overdue {
                overdue.owner = overdue.owner.as_deref().map(clean);
                for late in &mut overdue.worst {
                    (late.title, late.resource) = (clean(&late.title), clean(&late.resource));
                }
            }
            trend.notes.iter_mut().for_each(|note| *note = clean(note));
        }
        self
    }
}
