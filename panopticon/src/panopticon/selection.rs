use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use crate::check::{Definition, Probe};
use crate::engine::{Cell, Scope};

/// Which components a report is about; see [`Panopticon::report_for`](crate::Panopticon::report_for).
///
/// A component is selected when its check answers the probe, if one is given; when it has one of the
/// names, if any name is given, is in one of the collections, if any collection is, and has one of
/// the tags, if any tag is; and when none of what is given is excluded.
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
    /// Every component.
    pub fn all() -> Self {
        Self::default()
    }

    /// The components whose checks answer this probe.
    pub fn probe(mut self, probe: Probe) -> Self {
        self.probe = Some(probe);
        self
    }

    /// The component of this name, beside those of other names given.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.wanted.names.push(name.into());
        self
    }

    /// The components of this collection, beside those of other collections given.
    pub fn collection(mut self, collection: impl Into<String>) -> Self {
        self.wanted.collections.push(collection.into());
        self
    }

    /// The components that have this tag, beside those that have other tags given.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.wanted.tags.push(tag.into());
        self
    }

    /// Not the component of this name.
    pub fn without_name(mut self, name: impl Into<String>) -> Self {
        self.excluded.names.push(name.into());
        self
    }

    /// Not the components of this collection.
    pub fn without_collection(mut self, collection: impl Into<String>) -> Self {
        self.excluded.collections.push(collection.into());
        self
    }

    /// Not the components that have this tag.
    pub fn without_tag(mut self, tag: impl Into<String>) -> Self {
        self.excluded.tags.push(tag.into());
        self
    }

    /// The probe that is asked for.
    pub(super) fn asked_probe(&self) -> Option<Probe> {
        self.probe
    }

    /// How much is asked for.
    pub(super) fn scope(&self) -> Scope {
        match self.probe {
            _ if !self.wanted.is_empty() || !self.excluded.is_empty() => Scope::Part,
            Some(probe) => Scope::Probe(probe),
            None => Scope::Everything,
        }
    }

    /// The positions of the selected ones, in their order.
    pub(super) fn of(&self, cells: &[Cell]) -> Result<Vec<usize>, SelectionError> {
        if self.scope() == Scope::Everything {
            return Ok((0..cells.len()).collect());
        }
        let checks = || cells.iter().map(|cell| &cell.check);
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

/// The first that is asked for and is not known, and all that are, sorted.
fn unknown<'a>(
    asked: &[String],
    known: impl Iterator<Item = &'a str> + Clone,
) -> Option<(String, Vec<String>)> {
    let is_known = |asked: &String| known.clone().any(|known| known == asked);
    let unknown = asked.iter().find(|asked| !is_known(asked))?;
    let known: BTreeSet<&str> = known.collect();
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
    /// Every name, collection and tag is known, but no component is what all of them say.
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
                    "nothing is selected: no component is all of what was asked for; ask for less, \
                     of the probe, names, collections and tags, or exclude less",
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
