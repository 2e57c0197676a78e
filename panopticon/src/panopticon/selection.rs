//! Selecting the components that a report covers.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::mem::discriminant;

use crate::check::{Definition, Probe};
use crate::engine::ReportScope;
use crate::registry::LeftOutCheck;
use crate::similar_name::{list, suggest};

/// The components that a report covers; see
/// [`Panopticon::report_for`](crate::Panopticon::report_for).
///
/// A component is selected if it meets every kind of condition that is given: its check answers the
/// probe, it has one of the names, it is in one of the collections, and it has one of the tags; and
/// if nothing excludes it.
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
    pub(super) probe: Option<Probe>,
    wanted: Vec<Criterion>,
    excluded: Vec<Criterion>,
}

/// A property other than the probe that components can be selected by.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Criterion {
    Name(String),
    Collection(String),
    Tag(String),
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

    /// Selects the component with this name, in addition to those with other given names.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.wanted.push(Criterion::Name(name.into()));
        self
    }

    /// Selects the components of this collection, in addition to those of other given collections.
    pub fn collection(mut self, collection: impl Into<String>) -> Self {
        self.wanted.push(Criterion::Collection(collection.into()));
        self
    }

    /// Selects the components with this tag, in addition to those with other given tags.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.wanted.push(Criterion::Tag(tag.into()));
        self
    }

    /// Excludes the component with this name.
    pub fn without_name(mut self, name: impl Into<String>) -> Self {
        self.excluded.push(Criterion::Name(name.into()));
        self
    }

    /// Excludes the components of this collection.
    pub fn without_collection(mut self, collection: impl Into<String>) -> Self {
        self.excluded.push(Criterion::Collection(collection.into()));
        self
    }

    /// Excludes the components with this tag.
    pub fn without_tag(mut self, tag: impl Into<String>) -> Self {
        self.excluded.push(Criterion::Tag(tag.into()));
        self
    }

    /// Returns what is selected, unless names, collections and tags select a part of it.
    pub(super) fn scope(&self) -> Option<ReportScope> {
        let is_part = !self.wanted.is_empty() || !self.excluded.is_empty();
        (!is_part).then(|| self.probe.map_or(ReportScope::Everything, ReportScope::Probe))
    }

    /// Returns the positions of the selected components, in order.
    pub(super) fn positions<'a>(
        &self,
        checks: &(impl Iterator<Item = &'a Definition> + Clone),
        left_out: &[LeftOutCheck],
    ) -> Result<Vec<usize>, SelectionError> {
        let definitions = || checks.clone();
        let is_known = |criterion: &&Criterion| definitions().any(|it| criterion.matches(it));
        // What is left out can still be excluded.
        let is_left_out = |criterion: &&Criterion| left_out.iter().any(|it| criterion.meant(it));
        let mut unknown = self.wanted.iter().filter(|criterion| !is_known(criterion)).chain(
            self.excluded
                .iter()
                .filter(|criterion| !is_known(criterion) && !is_left_out(criterion)),
        );
        if let Some(criterion) = unknown.next() {
            return Err(criterion.unknown(definitions(), is_left_out(&criterion)));
        }
        let selected: Vec<usize> = definitions()
            .enumerate()
            .filter_map(|(position, check)| self.selects(check).then_some(position))
            .collect();
        if selected.is_empty() { Err(SelectionError::Empty) } else { Ok(selected) }
    }

    fn selects(&self, check: &Definition) -> bool {
        let Self { probe, wanted, excluded } = self;
        // One of each kind is enough.
        let is_wanted = |kind: &Criterion| {
            let mut same_kind =
                wanted.iter().filter(|other| discriminant(*other) == discriminant(kind));
            same_kind.any(|criterion| criterion.matches(check))
        };
        probe.is_none_or(|probe| check.probes.contains(probe))
            && wanted.iter().all(is_wanted)
            && !excluded.iter().any(|criterion| criterion.matches(check))
    }
}

impl Criterion {
    fn matches(&self, check: &Definition) -> bool {
        match self {
            Self::Name(name) => **name == *check.name,
            Self::Collection(collection) => Some(&**collection) == check.collection.as_deref(),
            Self::Tag(tag) => check.tags.contains(tag),
        }
    }

    /// Returns whether a check that is left out would match.
    fn meant(&self, check: &LeftOutCheck) -> bool {
        match self {
            Self::Name(name) => name == check.name(),
            Self::Collection(collection) => Some(&**collection) == check.collection(),
            Self::Tag(tag) => check.tags().contains(tag),
        }
    }

    /// Returns the error of a criterion that no check matches, with what would match.
    fn unknown<'a>(
        &self,
        checks: impl Iterator<Item = &'a Definition>,
        left_out: bool,
    ) -> SelectionError {
        let known: BTreeSet<&str> = match self {
            Self::Name(_) => checks.map(|check| &*check.name).collect(),
            Self::Collection(_) => checks.filter_map(|check| check.collection.as_deref()).collect(),
            Self::Tag(_) => checks.flat_map(|check| &*check.tags).map(String::as_str).collect(),
        };
        let known = known.into_iter().map(str::to_owned).collect();
        match self.clone() {
            Self::Name(name) => SelectionError::UnknownComponent { name, known, left_out },
            Self::Collection(collection) => {
                SelectionError::UnknownCollection { collection, known, left_out }
            }
            Self::Tag(tag) => SelectionError::UnknownTag { tag, known, left_out },
        }
    }
}

/// The reason why there is nothing to report on. A report without components would call the service
/// healthy, although nothing was checked.
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
        /// Whether a check of this name is [left out](crate::Panopticon::left_out).
        left_out: bool,
    },
    /// No component is in a collection with this name.
    #[non_exhaustive]
    UnknownCollection {
        /// The name.
        collection: String,
        /// The names of all collections, sorted.
        known: Vec<String>,
        /// Whether a check of this collection is [left out](crate::Panopticon::left_out).
        left_out: bool,
    },
    /// No component has this tag.
    #[non_exhaustive]
    UnknownTag {
        /// The tag.
        tag: String,
        /// All tags, sorted.
        known: Vec<String>,
        /// Whether a check with this tag is [left out](crate::Panopticon::left_out).
        left_out: bool,
    },
    /// Every name, collection and tag is known, but no component matches all of them.
    Empty,
}

impl Error for SelectionError {}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownComponent { name, known, left_out } => {
                unknown_component(f, name, known, *left_out)
            }
            Self::UnknownCollection { collection, known, left_out } => {
                write!(f, "no component is in a collection named {collection:?}")?;
                remedy(f, "collections", collection, known, *left_out)
            }
            Self::UnknownTag { tag, known, left_out } => {
                write!(f, "no component has the tag {tag:?}")?;
                remedy(f, "tags", tag, known, *left_out)
            }
            Self::Empty => f.write_str(
                "nothing is selected: no component matches the probe, names, collections and tags \
                 together; select by fewer of them, or exclude less",
            ),
        }
    }
}

/// Writes that no component has this name, and what to write instead.
pub(super) fn unknown_component(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    known: &[String],
    left_out: bool,
) -> fmt::Result {
    write!(f, "no component is named {name:?}")?;
    remedy(f, "components", name, known, left_out)
}

fn remedy(
    f: &mut fmt::Formatter<'_>,
    kind: &str,
    unknown: &str,
    known: &[String],
    left_out: bool,
) -> fmt::Result {
    if left_out {
        let known = list(kind, known.iter().map(String::as_str));
        write!(f, ", because its health check is left out; {known}")
    } else {
        write!(f, "; {}", suggest(kind, unknown, known.iter().cloned()))
    }
}
