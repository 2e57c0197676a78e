//! One reason why `build()` fails.

use std::fmt;

use crate::check::SourceLocation;
use crate::settings::InvalidSetting;

/// One reason why [`build()`](crate::Builder::build) fails. Its `Display` says what is wrong,
/// where, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    kind: ProblemKind,
    places: Vec<SourceLocation>,
    message: String,
}

impl Problem {
    pub(crate) fn new(
        kind: ProblemKind,
        places: impl IntoIterator<Item = SourceLocation>,
        message: impl Into<String>,
    ) -> Self {
        Self { kind, places: places.into_iter().collect(), message: message.into() }
    }

    /// Returns the kind of mistake.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// Returns the places in the source code that contribute to the problem, in the order of the
    /// message; none if a setting is wrong or a thread cannot be started. For a cycle of more than
    /// 20 health checks, returns the first 19 and the last.
    #[must_use]
    pub fn places(&self) -> &[SourceLocation] {
        &self.places
    }
}

impl From<InvalidSetting> for Problem {
    fn from(problem: InvalidSetting) -> Self {
        Self::new(ProblemKind::InvalidSetting, [], problem.to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The kind of a [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The service has no health check at all, or all are left out.
    NoHealthChecks,
    /// A crate in the list of [`discover!`](crate::discover) has no health check.
    CrateWithoutHealthChecks,
    /// A crate in the list of [`discover!`](crate::discover) has health checks or collections that
    /// the linker did not put into this program.
    UnlinkedHealthChecks,
    /// Several health checks have the same name.
    DuplicateName,
    /// The name of a health check, or of its collection, breaks a rule.
    InvalidName,
    /// [`Builder::without`](crate::Builder::without), or the environment variable
    /// `PANOPTICON_WITHOUT`, names something that is not a health check.
    UnknownComponent,
    /// [`Builder::rename`](crate::Builder::rename) is given something that is not the function of a
    /// health check, a function that is already renamed, or a name that breaks a rule.
    InvalidRename,
    /// An option of a health check breaks a rule, or contradicts another option.
    InvalidOption,
    /// What a health check is to do is invalid, such as the URL that is passed to
    /// `Builder::check_url`.
    InvalidCheck,
    /// A health check depends on something that is not a health check.
    UnknownDependency,
    /// Health checks depend on each other in a cycle.
    CircularDependency,
    /// Several collections have the same name.
    DuplicateCollection,
    /// A module has several collections.
    CollectionsInOneModule,
    /// A collection has no health check.
    EmptyCollection,
    /// A health check takes a resource that was not provided, or that was provided as another type,
    /// such as an `Option` of it.
    MissingResource,
    /// Two resources of one type were provided.
    DuplicateResource,
    /// A setting of the builder, or in the environment, is not accepted.
    InvalidSetting,
    /// The [`CAPACITY`](crate::Publisher::CAPACITY) of a publisher is not accepted.
    InvalidPublisher,
    /// A name given to `Builder::grpc_name` (feature `grpc`) breaks a rule or is already taken, or
    /// its selection names something unknown.
    InvalidGrpcName,
    /// [`Builder::watch_runtime`](crate::Builder::watch_runtime) has no runtime to watch.
    NoRuntime,
    /// The operating system refused to start a thread.
    ThreadNotStarted,
}

/// Returns each item on an indented line of its own, as messages list places.
pub(super) fn lines(items: impl IntoIterator<Item: fmt::Display>) -> String {
    items.into_iter().flat_map(|item| ["\n     ".to_owned(), item.to_string()]).collect()
}
