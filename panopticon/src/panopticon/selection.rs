//! Selecting the components that a report covers.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use crate::check::{Definition, Probe};
use crate::engine::{MonitoredChecks, Scope};

/// The components that a report covers; see
/// [`Panopticon::report_for`](crate::Panopticon::report_for).
///
/// A component is selected if its check answers the probe, if one is given; if it has one of the
/// given names, if there are any; if it is in one of the given collections, if there are any; if it
/// has one of the given tags, if there are any; and if nothing excludes it.
///
/// ```
/// use panopticon::Selection;
///
/// let selection = Selection::all().collection("orders").tag("queue").without_name("slow_queue");
/// # let _ = selection;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Selection {
    probe: Option<Probe>,
    wanted: Criteria,
    excluded: Criteria,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Criteria {
    names: Vec<String>,
    collections: Vec<String>,
    tags: Vec<String>,
}

impl Selection {
    /// Selects every component.
    pub fn all() -> Self {
        Self::default()
    }

    /// Selects only components whose checks answer this probe.
    pub fn probe(mut self, probe: Probe) -> Self {
        self.probe = Some(probe);
        self
    }

    /// Selects the component of this name, in addition to those of other given names.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.wanted.names.push(name.into());
        self
    }

    /// Selects the components of this collection, in addition to those of other given collections.
    pub fn collection(mut self, collection: impl Into<String>) -> Self {
        self.wanted.collections.push(collection.into());
        self
    }

    /// Selects the components with this tag, in addition to those with other given tags.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.wanted.tags.push(tag.into());
        self
    }

    /// Excludes the component of this name.
    pub fn without_name(mut self, name: impl Into<String>) -> Self {
        self.excluded.names.push(name.into());
        self
    }

    /// Excludes the components of this collection.
    pub fn without_collection(mut self, collection: impl Into<String>) -> Self {
        self.excluded.collections.push(collection.into());
        self
    }

    /// Excludes the components with this tag.
    pub fn without_tag(mut self, tag: impl Into<String>) -> Self {
        self.excluded.tags.push(tag.into());
        self
    }

    pub(super) fn selected_probe(&self) -> Option<Probe> {
        self.probe
    }

    /// Returns how much is selected.
    pub(super) fn scope(&self) -> Scope {
        match self.probe {
            _ if !self.wanted.is_empty() || !self.excluded.is_empty() => Scope::Part,
            Some(probe) => Scope::Probe(probe),
            None => Scope::Everything,
        }
    }

    /// Returns the positions of the selected components, in order.
    pub(super) fn positions(&self, checks: &MonitoredChecks) -> Result<Vec<usize>, SelectionError> {
        if self.scope() == Scope::Everything {
            return Ok((0..checks.checks.len()).collect());
        }
        let checks = || checks.checks.iter().map(|check| &check.definition);
        for Criteria { names, collections, tags } in [&self.wanted, &self.excluded] {
            if let Some((name, known)) = unknown(names, checks().map(|check| &*check.name)) {
                return Err(SelectionError::UnknownComponent { name, known });
            }
            let known_collections = checks().filter_map(|check| check.collection.as_deref());
            if let Some((collection, known)) = unknown(collections, known_collections) {
                return Err(SelectionError::UnknownCollection { collection, known });
            }
            let known_tags = checks().flat_map(|check| &check.tags).map(String::as_str);
            if let Some((tag, known)) = unknown(tags, known_tags) {
                return Err(SelectionError::UnknownTag { tag, known });
            }
        }
        let selected: Vec<usize> = checks()
            .enumerate()
            .filter_map(|(position, check)| self.selects(check).then_some(position))
            .collect();
        if selected.is_empty() && self.scope() == Scope::Part {
            return Err(SelectionError::Empty);
        }
        Ok(selected)
    }

    fn selects(&self, check: &Definition) -> bool {
        let Self { probe, wanted, excluded } = self;
        probe.is_none_or(|probe| check.probe == probe)
            && (wanted.names.is_empty() || wanted.has_name_of(check))
            && (wanted.collections.is_empty() || wanted.has_collection_of(check))
            && (wanted.tags.is_empty() || wanted.has_tag_of(check))
            && !excluded.has_name_of(check)
            && !excluded.has_collection_of(check)
            && !excluded.has_tag_of(check)
    }
}

impl Criteria {
    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.collections.is_empty() && self.tags.is_empty()
    }

    fn has_name_of(&self, check: &Definition) -> bool {
        self.names.iter().any(|name| **name == *check.name)
    }

    fn has_collection_of(&self, check: &Definition) -> bool {
        self.collections.iter().any(|name| Some(&**name) == check.collection.as_deref())
    }

    fn has_tag_of(&self, check: &Definition) -> bool {
        self.tags.iter().any(|tag| check.tags.contains(tag))
    }
}

/// Finds the first selected one that is unknown. Returns it with all known ones, sorted.
fn unknown<'a>(
    selected: &[String],
    known: impl Iterator<Item = &'a str> + Clone,
) -> Option<(String, Vec<String>)> {
    let is_known = |selected: &String| known.clone().any(|known| known == selected);
    let unknown = selected.iter().find(|selected| !is_known(selected))?;
    let known: BTreeSet<&str> = known.collect();
    Some((unknown.clone(), known.into_iter().map(str::to_owned).collect()))
}

/// The reason why a selection selects nothing. A report without components would call the service
/// healthy although nothing was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectionError {
    /// No component has this name.
    #[non_exhaustive]
    UnknownComponent {
        /// The name.
        name: String,
        /// The names of all components, sorted.
        known: Vec<String>,
    },
    /// No component is in a collection of this name.
    #[non_exhaustive]
    UnknownCollection {
        /// The name.
        collection: String,
        /// The names of all collections, sorted.
        known: Vec<String>,
    },
    /// No component has this tag.
    #[non_exhaustive]
    UnknownTag {
        /// The tag.
        tag: String,
        /// All tags, sorted.
        known: Vec<String>,
    },
    /// Every name, collection and tag is known, but no component matches all of them.
    Empty,
}

impl Error for SelectionError {}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, known) = match self {
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
                    "nothing is selected: no component matches the probe, names, collections and tags \
                     together; select by fewer of them, or exclude less",
                );
            }
        };
        if known.is_empty() {
            write!(f, "; there are no {kind}s")
        } else {
            write!(f, "; known {kind}s: {}", known.join(", "))
        }
    }
}
