//! Checks that are left out: switched off by name, or without a resource that they need.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::{fmt, mem};

use super::collections::Collections;
use super::declaration::{Declaration, Declarations};
use super::mistaken_resources::MistakenResources;
use super::problem::{Problem, ProblemKind, lines};
use crate::check::{CheckOptions, ResourceType, SourceLocation};
use crate::escaped::Escaped;
use crate::settings::WITHOUT_VARIABLE;
use crate::similar_name::suggest;

/// A health check that was declared but is not in the report; see
/// [`Panopticon::left_out`](crate::Panopticon::left_out).
///
/// `{}` writes one line, for logs:
///
/// ```text
/// `ledger` at billing/src/healthchecks.rs:12: switched off by `PANOPTICON_WITHOUT`
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOutCheck {
    name: Arc<str>,
    collection: Option<Arc<str>>,
    tags: Vec<String>,
    place: SourceLocation,
    reason: LeftOutReason,
    dependents: Vec<Arc<str>>,
}

impl LeftOutCheck {
    /// Returns the name that its component would have.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the collection that it belongs to.
    #[must_use]
    pub fn collection(&self) -> Option<&str> {
        self.collection.as_deref()
    }

    /// Returns the tags that its component would have.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Returns where it is declared.
    #[must_use]
    pub fn place(&self) -> SourceLocation {
        self.place
    }

    /// Returns why it is left out.
    #[must_use]
    pub fn reason(&self) -> &LeftOutReason {
        &self.reason
    }

    /// Returns the names of the components that depend on it, sorted. They are checked as if they
    /// did not depend on it.
    #[must_use]
    pub fn dependents(&self) -> impl ExactSizeIterator<Item = &str> {
        self.dependents.iter().map(|name| &**name)
    }
}

impl fmt::Display for LeftOutCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, place, reason, dependents, .. } = self;
        // The name of a closure that is left out need not be valid.
        write!(f, "`{}` at {place}: {reason}", Escaped(name))?;
        if !dependents.is_empty() {
            write!(f, "; ignored as a dependency of `{}`", dependents.join("`, `"))?;
        }
        Ok(())
    }
}

/// The reason why a health check is left out. `Display` writes it in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// The program switches it off, with [`Builder::without`](crate::Builder::without).
    #[non_exhaustive]
    SwitchedOff {
        /// The place of the call.
        place: SourceLocation,
    },
    /// An operator switches it off, with the environment variable `PANOPTICON_WITHOUT`.
    SwitchedOffByEnvironment,
    /// It has the option [`if_provided`](macro@crate::healthcheck#if_provided), and a resource that
    /// it takes was not provided.
    #[non_exhaustive]
    NotProvided {
        /// The types of the resources that were not provided.
        resources: Vec<&'static str>,
        /// Types that were provided, possibly by mistake, such as another `Pool` or a `PoolConfig`
        /// instead of a `Pool`.
        similar: Vec<&'static str>,
    },
}

impl fmt::Display for LeftOutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SwitchedOff { place } => write!(f, "switched off by `.without` at {place}"),
            Self::SwitchedOffByEnvironment => write!(f, "switched off by `{WITHOUT_VARIABLE}`"),
            Self::NotProvided { resources, similar } => {
                write!(f, "no `{}` was provided", resources.join("` and no `"))?;
                for similar in similar {
                    write!(f, " (`{similar}` was, but that is a different type)")?;
                }
                Ok(())
            }
        }
    }
}

/// A name that was given to `without`.
pub(crate) struct SwitchedOff {
    /// The name of a component, or the path of a function.
    pub(crate) check: String,
    pub(crate) reason: LeftOutReason,
}

impl SwitchedOff {
    /// Returns whether this is the path of a function, and not the name of a component.
    fn is_path(&self) -> bool {
        self.check.contains("::")
    }

    fn means(&self, check: &Declaration) -> bool {
        if self.is_path() { check.has_path(&self.check) } else { *check.name == *self.check }
    }

    /// Returns what may have been meant instead.
    fn known(&self, checks: &[Box<Declaration>]) -> String {
        let name = &self.check;
        if self.is_path() {
            suggest("functions", name, checks.iter().filter_map(|check| check.path()))
        } else {
            suggest("components", name, checks.iter().map(|check| check.name.to_string()))
        }
    }

    /// Returns whether this is the name, and not the path, of a check with this name.
    pub(super) fn is_name(&self, name: &str) -> bool {
        !self.is_path() && self.check == name
    }

    /// Returns where the name was given, as errors show it.
    pub(super) fn source(&self) -> String {
        let name = &self.check;
        match self.reason {
            LeftOutReason::SwitchedOff { place } => format!("`.without({name:?})` at {place}"),
            _ => format!("`{}` in the environment variable `{WITHOUT_VARIABLE}`", Escaped(name)),
        }
    }

    /// Returns the problem that it means none of the checks.
    fn unknown(&self, checks: &[Box<Declaration>], collections: &Collections) -> Problem {
        let name = &self.check;
        let places = match self.reason {
            LeftOutReason::SwitchedOff { place } => vec![place],
            _ => Vec::new(),
        };
        let of_collection: Vec<String> = checks
            .iter()
            .filter(|check| collections.name_for(check) == Some(name))
            .map(|check| check.name_to_switch_off(checks))
            .collect();
        let fix = if !of_collection.is_empty() {
            let components = of_collection.join(", ");
            format!("it is a collection; write its components: {}", Escaped(components))
        } else if let [_, _, ..] = &names_in(name)[..] {
            if self.reason == LeftOutReason::SwitchedOffByEnvironment {
                let names = names_in(name).join(",");
                format!("put commas between names, as in `{}`", Escaped(names))
            } else {
                "call `.without(…)` once for each name".to_owned()
            }
        } else {
            self.known(checks)
        };
        let message =
            format!("{} is not a health check, so it cannot be switched off; {fix}", self.source());
        Problem::new(ProblemKind::UnknownComponent, places, message)
    }
}

/// Returns the names in what was to be one, if other separators than the right ones are between
/// them.
fn names_in(text: &str) -> Vec<&str> {
    text.split([',', ';', '|', ' ']).filter(|name| !name.is_empty()).collect()
}

/// A declaration that is left out.
pub(super) struct LeftOut {
    pub(super) check: Box<Declaration>,
    pub(super) reason: LeftOutReason,
    /// Whether it is switched off, whatever resources there are.
    pub(super) is_switched_off: bool,
}

impl LeftOut {
    pub(super) fn describe(
        self,
        collections: &Collections,
        dependents: Vec<Arc<str>>,
    ) -> LeftOutCheck {
        let Self { check, reason, .. } = self;
        LeftOutCheck {
            collection: collections.name_for(&check).map(Into::into),
            tags: collections.nearest(&check).option(CheckOptions::tags).unwrap_or_default(),
            name: check.name,
            place: check.location,
            reason,
            dependents,
        }
    }
}

/// Removes the checks that are left out from the declared ones, which are sorted by name, and
/// returns them in the same order.
pub(super) fn separate(
    declarations: &mut Declarations,
    collections: &Collections,
    mistaken: &MistakenResources<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<LeftOut> {
    let Declarations { checks, switched_off, .. } = declarations;
    let mut reasons: Vec<Option<LeftOutReason>> =
        checks.iter().map(|check| not_provided(check, collections, mistaken)).collect();
    let (by_path, by_name): (Vec<_>, Vec<_>) =
        switched_off.iter().partition(|switched_off| switched_off.is_path());
    for switched_off in by_path.into_iter().chain(by_name) {
        switch_off(switched_off, checks, collections, &mut reasons, problems);
    }
    let mut left_out = Vec::new();
    let declared = mem::take(checks);
    for (check, reason) in declared.into_iter().zip(reasons) {
        match reason {
            Some(reason) => {
                let is_switched_off =
                    switched_off.iter().any(|switched_off| switched_off.means(&check));
                left_out.push(LeftOut { check, reason, is_switched_off });
            }
            None => checks.push(check),
        }
    }
    let is_of_service = |check: &Declaration| !check.is_of_reporting();
    if !checks.iter().any(|check| is_of_service(check))
        && left_out.iter().any(|left_out| is_of_service(&left_out.check))
    {
        problems.push(nothing_left(&left_out));
    }
    left_out
}

/// Returns the reason if the check has the option `if_provided` and lacks a resource.
fn not_provided(
    check: &Declaration,
    collections: &Collections,
    mistaken: &MistakenResources<'_>,
) -> Option<LeftOutReason> {
    let resources = mistaken.resources;
    let needed = check.annotated?.needed_resources();
    let mut missing: Vec<_> = needed.filter(|&resource| !resources.has(resource)).collect();
    let if_provided = |options: &CheckOptions| -> Option<()> { options.if_provided.then_some(()) };
    if missing.is_empty() || collections.nearest(check).option(if_provided).is_none() {
        return None;
    }
    // They are there, but the check does not find them, which is an error.
    if missing.iter().all(|&resource| mistaken.provided_instead_of(resource).is_some()) {
        return None;
    }
    // A function may take one resource twice.
    let mut known = BTreeSet::new();
    missing.retain(|resource| known.insert(resource.id()));
    let similar: BTreeSet<_> =
        missing.iter().flat_map(|&resource| resources.similar_to(resource)).collect();
    Some(LeftOutReason::NotProvided {
        resources: missing.into_iter().map(ResourceType::name).collect(),
        similar: similar.into_iter().collect(),
    })
}

/// Gives the reason to the check that is meant, unless it is already left out. If several checks
/// have the name, all of them stay, since it is not clear which one is meant, and `build()` reports
/// the duplicates.
fn switch_off(
    switched_off: &SwitchedOff,
    checks: &[Box<Declaration>],
    collections: &Collections,
    reasons: &mut [Option<LeftOutReason>],
    problems: &mut Vec<Problem>,
) {
    let meant: Vec<usize> =
        (0..checks.len()).filter(|&position| switched_off.means(&checks[position])).collect();
    if meant.is_empty() {
        problems.push(switched_off.unknown(checks, collections));
    }
    let left: Vec<usize> =
        meant.into_iter().filter(|&position| reasons[position].is_none()).collect();
    if left.len() == 1 || switched_off.is_path() {
        for position in left {
            reasons[position] = Some(switched_off.reason.clone());
        }
    }
}

fn nothing_left(left_out: &[LeftOut]) -> Problem {
    let shown = left_out.iter().map(|LeftOut { check, reason, .. }| format!("{check}: {reason}"));
    let message = format!(
        "all health checks are left out:{}\n   switch off fewer of them, or provide the resources that one of them needs",
        lines(shown)
    );
    let places = left_out.iter().map(|LeftOut { check, .. }| check.location);
    Problem::new(ProblemKind::NoHealthChecks, places, message)
}
