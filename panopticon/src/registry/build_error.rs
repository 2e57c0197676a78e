use std::error::Error;
use std::fmt;

use crate::check::Origin;
use crate::check::name::{MAX_LENGTH, NameRule};
use crate::settings::InvalidSetting;

/// Where a health check, or a call on the builder, stands in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

impl Place {
    #[track_caller]
    pub(crate) fn of_caller() -> Self {
        let caller = std::panic::Location::caller();
        Self { file: caller.file(), line: caller.line() }
    }
}

impl From<&Origin> for Place {
    fn from(origin: &Origin) -> Self {
        Self { file: origin.module.file, line: origin.line }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Everything that is wrong with a registry or its settings, from
/// [`Builder::build`](crate::Builder::build).
///
/// Displays each problem with `file:line` and the mend. `Debug` displays the same, so that it can
/// be read where `main` returns it.
pub struct BuildError {
    problems: Vec<Problem>,
}

impl BuildError {
    /// No error where there is no problem.
    pub(crate) fn unless_none(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }
}

impl From<Problem> for BuildError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl Error for BuildError {}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_numbered(f, "the health report cannot be served", &self.problems)
    }
}

/// Writes what they come to, how many there are, and each on a line of its own.
pub(crate) fn write_numbered(
    f: &mut fmt::Formatter<'_>,
    consequence: &str,
    problems: &[impl fmt::Display],
) -> fmt::Result {
    let count = problems.len();
    let plural = if count == 1 { "" } else { "s" };
    write!(f, "{consequence}: {count} problem{plural}")?;
    for (position, problem) in problems.iter().enumerate() {
        write!(f, "\n{}. {problem}", position + 1)?;
    }
    Ok(())
}

/// A health check that takes a resource.
#[derive(Debug)]
pub(crate) struct Taker {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// The resource's type as the health check has it.
    pub(crate) written: &'static str,
}

/// An option of a closure that breaks a rule; the attribute's are checked by the compiler.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OptionRule {
    Timeout,
    Interval,
    AtMost { option: &'static str },
    Threshold { option: &'static str },
    InitialDelayWithoutInterval,
    CacheAndInterval,
    LivenessWithDependency,
}

impl fmt::Display for OptionRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str(
                "have a timeout of more than zero and at most 30 days; a check that is given no \
                 time is never healthy",
            ),
            Self::Interval => f.write_str("have an interval of more than zero and at most 30 days"),
            Self::AtMost { option } => write!(f, "have a `{option}` of at most 30 days"),
            Self::Threshold { option } => {
                write!(f, "have a `{option}` of at least 1; 0 results say nothing")
            }
            Self::InitialDelayWithoutInterval => f.write_str(
                "have an `interval` where it has an `initial_delay`, for it is run when it is asked",
            ),
            Self::CacheAndInterval => f.write_str(
                "not have both `cache` and `interval`; between its runs a check with an interval \
                 always answers from memory",
            ),
            Self::LivenessWithDependency => f.write_str(
                "not depend on others, for it is a liveness check: while they are unhealthy, every \
                 replica would be restarted",
            ),
        }
    }
}

/// One thing that `build()` refuses.
#[derive(Debug)]
pub(crate) enum Problem {
    NoHealthChecks,
    CrateWithoutCheck { name: &'static str, place: Place },
    DuplicateName { name: String, places: Vec<Place> },
    Name { rule: NameRule, name: String, place: Place },
    Tag { tag: String, name: String, place: Place },
    Option { rule: OptionRule, name: String, place: Place },
    UnknownDependency { dependency: String, name: String, place: Place },
    CircularDependency { members: Vec<(String, Place)> },
    Thread { reason: String },
    CollectionName { rule: NameRule, name: String, place: Place },
    DuplicateCollection { name: String, holders: Vec<String> },
    TwoCollectionsInModule { module: &'static str, places: Vec<Place> },
    EmptyCollection { name: &'static str, place: Place },
    MissingResource { type_name: &'static str, takers: Vec<Taker>, similar: Vec<&'static str> },
    ProvidedTwice { type_name: &'static str, place: Place },
    Setting(InvalidSetting),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHealthChecks => f.write_str(
                "no health check is registered, and a service that nothing checks is not known to \
                 be healthy; annotate a function with `#[healthcheck]`, and list the crate it \
                 stands in with `panopticon::discover!` in this binary, since a crate that no code \
                 names is not linked",
            ),
            Self::CrateWithoutCheck { name, place } => write!(
                f,
                "crate `{name}`, listed by `discover!` at {place}, has no health check; annotate a \
                 function in it with `#[healthcheck]`, or take it off the list"
            ),
            Self::DuplicateName { name, places } => {
                write!(f, "{} health checks are named `{name}`:", places.len())?;
                for place in places {
                    write!(f, "\n     at {place}")?;
                }
                f.write_str(
                    "\n   rename all but one of the functions, or give them \
                     `#[healthcheck(name = \"…\")]`",
                )
            }
            Self::DuplicateCollection { name, holders } => {
                write!(f, "{} collections are named `{name}`:", holders.len())?;
                for holder in holders {
                    write!(f, "\n     {holder}")?;
                }
                f.write_str("\n   give all but one another name in `collection!(name = \"…\")`")
            }
            Self::TwoCollectionsInModule { module, places } => {
                write!(f, "module `{module}` has {} collections:", places.len())?;
                for place in places {
                    write!(f, "\n     at {place}")?;
                }
                f.write_str("\n   keep one, or move the others into modules of their own")
            }
            Self::EmptyCollection { name, place } => write!(
                f,
                "collection `{name}` at {place} has no health check; annotate a function in its \
                 module, or in one below it, with `#[healthcheck]`, or remove the `collection!`"
            ),
            Self::CollectionName { rule, name, place } => {
                write!(f, "the collection of health check `{name}` at {place} must {rule}")
            }
            Self::Name { rule, name, place } => {
                write!(f, "health check `{name}` at {place} must {rule}")
            }
            Self::Tag { tag, name, place } => write!(
                f,
                "health check `{name}` at {place} must not have the tag {tag:?}; a tag is 1 to \
                 {MAX_LENGTH} ASCII letters, digits and `_ . - : /`"
            ),
            Self::Option { rule, name, place } => {
                write!(f, "health check `{name}` at {place} must {rule}")
            }
            Self::UnknownDependency { dependency, name, place } => write!(
                f,
                "health check `{name}` at {place} depends on `{dependency}`, which is no health \
                 check; annotate that one with `#[healthcheck]`, or name another one"
            ),
            Self::CircularDependency { members } => {
                f.write_str("health checks depend on each other in a circle:")?;
                for (name, place) in members {
                    write!(f, "\n     health check `{name}` at {place}")?;
                }
                f.write_str(
                    "\n   each on the one below it, the last on the first; remove one `depends_on`",
                )
            }
            Self::Thread { reason } => f.write_str(reason),
            Self::MissingResource { type_name, takers, similar } => {
                write!(f, "no `{type_name}` was provided, which is taken by:")?;
                for Taker { name, place, written } in takers {
                    write!(f, "\n     health check `{name}` at {place} as `&{written}`")?;
                }
                for other in similar {
                    write!(f, "\n   `{other}` was provided, which is another type")?;
                }
                f.write_str(
                    "\n   give one to the builder with `.provide(…)`, or with `.provide_arc(…)` what \
                     is in an `Arc` already, as `dyn Trait` and `str` must be",
                )
            }
            Self::ProvidedTwice { type_name, place } => write!(
                f,
                "a second `{type_name}` was provided at {place}; a resource is found by its type, \
                 so wrap one of the two in a type of its own"
            ),
            Self::Setting(problem) => fmt::Display::fmt(problem, f),
        }
    }
}
