use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use crate::registry::Check;

/// Which components a report is about; see [`Panopticon::report_for`](crate::Panopticon::report_for).
///
/// A component is selected when it has one of the names, if any name is given, is in one of the
/// collections, if any collection is, and has one of the tags, if any tag is.
///
/// ```
/// use panopticon::Selection;
///
/// let selection = Selection::all().collection("orders").tag("queue").tag("database");
/// # let _ = selection;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Selection {
    names: Vec<String>,
    collections: Vec<String>,
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

    /// The components of this collection, beside those of other collections given.
    pub fn collection(mut self, collection: impl Into<String>) -> Self {
        self.collections.push(collection.into());
        self
    }

    /// The components that have this tag, beside those that have other tags given.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The positions of the selected ones, in their order.
    pub(super) fn of(&self, checks: &[Check]) -> Result<Vec<usize>, SelectionError> {
        let names = checks.iter().map(|check| &*check.name);
        if let Some((name, known)) = unknown(&self.names, names) {
            return Err(SelectionError::UnknownComponent { name, known });
        }
        let collections = checks.iter().filter_map(|check| check.collection.as_deref());
        if let Some((collection, known)) = unknown(&self.collections, collections) {
            return Err(SelectionError::UnknownCollection { collection, known });
        }
        let tags = checks.iter().flat_map(|check| &check.tags).map(String::as_str);
        if let Some((tag, known)) = unknown(&self.tags, tags) {
            return Err(SelectionError::UnknownTag { tag, known });
        }
        let selected: Vec<usize> =
            (0..checks.len()).filter(|&position| self.selects(&checks[position])).collect();
        if selected.is_empty() { Err(SelectionError::Empty) } else { Ok(selected) }
    }

    fn selects(&self, check: &Check) -> bool {
        let has_one_of = |asked: &[String], has: &dyn Fn(&str) -> bool| {
            asked.is_empty() || asked.iter().any(|asked| has(asked))
        };
        has_one_of(&self.names, &|name| *check.name == *name)
            && has_one_of(&self.collections, &|name| check.collection.as_deref() == Some(name))
            && has_one_of(&self.tags, &|tag| check.tags.iter().any(|known| known == tag))
    }
}

/// The first that is asked for and is not known, and all that are, sorted.
fn unknown<'a>(
    asked: &[String],
    known: impl Iterator<Item = &'a str>,
) -> Option<(String, Vec<String>)> {
    if asked.is_empty() {
        return None;
    }
    let known: BTreeSet<&str> = known.collect();
    let unknown = asked.iter().find(|asked| !known.contains(asked.as_str()))?;
    Some((unknown.clone(), known.into_iter().map(str::to_owned).collect()))
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
    /// No component is in a collection of this name.
    #[non_exhaustive]
    UnknownCollection {
        /// The name.
        collection: String,
        /// The collections that there are, sorted.
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
    /// Every name, collection and tag is known, but no component has them together.
    Empty,
}

impl Error for SelectionError {}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unknown, known) = match self {
            Self::UnknownComponent { name, known } => {
                write!(f, "no component is named {name:?}")?;
                ("component", known)
            }
            Self::UnknownCollection { collection, known } => {
                write!(f, "no component is in a collection named {collection:?}")?;
                ("collection", known)
            }
            Self::UnknownTag { tag, known } => {
                write!(f, "no component has the tag {tag:?}")?;
                ("tag", known)
            }
            Self::Empty => {
                return f.write_str(
                    "no component has one of the names, is in one of the collections and has one \
                     of the tags",
                );
            }
        };
        if known.is_empty() {
            write!(f, "; there is no {unknown} at all")
        } else {
            write!(f, "; there are: {}", known.join(", "))
        }
    }
}
