use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use crate::registry::Check;

/// Which components a report is about; see [`Panopticon::report_for`](crate::Panopticon::report_for).
///
/// A component is selected when it has one of the names, if any name is given, and one of the
/// tags, if any tag is.
///
/// ```
/// use panopticon::Selection;
///
/// let selection = Selection::all().tag("queue").tag("database");
/// # let _ = selection;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Selection {
    names: Vec<String>,
    tags: Vec<String>,
}

impl Selection {
    /// Every component.
    pub fn all() -> Self {
        Self::default()
    }

    /// The component of this name, beside those of other names given.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.names.push(name.into());
        self
    }

    /// The components that have this tag, beside those that have other tags given.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The positions of the selected ones, in their order.
    pub(super) fn of(&self, checks: &[Check]) -> Result<Vec<usize>, SelectionError> {
        for name in &self.names {
            if !checks.iter().any(|check| *check.name == **name) {
                return Err(SelectionError::UnknownComponent {
                    name: name.clone(),
                    known: checks.iter().map(|check| check.name.to_string()).collect(),
                });
            }
        }
        let known_tags: BTreeSet<&String> = checks.iter().flat_map(|check| &check.tags).collect();
        if let Some(tag) = self.tags.iter().find(|tag| !known_tags.contains(tag)) {
            let known = known_tags.into_iter().cloned().collect();
            return Err(SelectionError::UnknownTag { tag: tag.clone(), known });
        }
        let selected: Vec<usize> =
            (0..checks.len()).filter(|&position| self.selects(&checks[position])).collect();
        if selected.is_empty() { Err(SelectionError::Empty) } else { Ok(selected) }
    }

    fn selects(&self, check: &Check) -> bool {
        let by_name = self.names.is_empty() || self.names.iter().any(|name| **name == *check.name);
        let by_tag = self.tags.is_empty() || self.tags.iter().any(|tag| check.tags.contains(tag));
        by_name && by_tag
    }
}

/// That a selection is about nothing that this service has. A report without components would
/// call the service healthy though nothing was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectionError {
    /// No component has this name.
    #[non_exhaustive]
    UnknownComponent {
        /// The name.
        name: String,
        /// The components that there are, sorted.
        known: Vec<String>,
    },
    /// No component has this tag.
    #[non_exhaustive]
    UnknownTag {
        /// The tag.
        tag: String,
        /// The tags that there are, sorted.
        known: Vec<String>,
    },
    /// Every name and tag is known, but no component has both.
    Empty,
}

impl Error for SelectionError {}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownComponent { name, known } => {
                write!(f, "no component is named {name:?}; there are: {}", known.join(", "))
            }
            Self::UnknownTag { tag, known } if known.is_empty() => {
                write!(f, "no component has the tag {tag:?}, nor any other")
            }
            Self::UnknownTag { tag, known } => {
                write!(f, "no component has the tag {tag:?}; there are: {}", known.join(", "))
            }
            Self::Empty => f.write_str("no component has one of the names and one of the tags"),
        }
    }
}
