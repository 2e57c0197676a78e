//! Finds listed crates without a health check, or whose health checks are not all linked, and
//! services without one.

use std::collections::{HashMap, HashSet};

use super::declaration::Declarations;
use super::problem::{Problem, ProblemKind, lines};
use crate::check::{ListedCrate, Module};

/// What distinguishes a library from all others in the process: its name, package and version.
type Library = (&'static str, &'static str, &'static str);

pub(super) fn find(declarations: &Declarations, problems: &mut Vec<Problem>) {
    let mut of_crates = problems_of_crates(declarations);
    let are_unlinked =
        of_crates.iter().any(|(_, problem)| problem.kind() == ProblemKind::UnlinkedHealthChecks);
    let are_there = !declarations.checks.iter().all(|check| check.is_of_reporting());
    if !are_there && !are_unlinked {
        let message = if declarations.is_discovered {
            "there is no health check; annotate a function with `#[healthcheck]`, and list the \
             crate that it is in with `panopticon::discover!` in this binary, because the linker \
             drops a crate that nothing refers to"
        } else {
            "there is no health check; add one with `.check(…)`, or begin with \
             `Panopticon::builder()`, which finds the functions annotated with `#[healthcheck]`"
        };
        problems.push(Problem::new(ProblemKind::NoHealthChecks, [], message));
    }
    // The linker's order differs from build to build.
    of_crates.sort_by(|(a, of_a), (b, of_b)| (a, of_a.places()).cmp(&(b, of_b.places())));
    problems.extend(of_crates.into_iter().map(|(_, problem)| problem));
}

/// Returns the problem of each listed crate that has one, with its name.
fn problems_of_crates(declarations: &Declarations) -> Vec<(&'static str, Problem)> {
    if declarations.listed_crates.is_empty() {
        return Vec::new();
    }
    let linked = Linked::new(declarations);
    let listed = declarations.listed_crates.iter();
    listed.filter_map(|listed| Some((listed.name, linked.problem_of(listed)?))).collect()
}

/// The libraries that have each name.
type Names = HashMap<&'static str, Vec<Library>>;

/// What the linker collected from libraries.
struct Linked<'a> {
    checks: Names,
    collections: Names,
    /// The libraries that have a check.
    libraries: HashSet<Library>,
    /// The listed crates whose metadata is known.
    known: Vec<&'a ListedCrate>,
}

impl<'a> Linked<'a> {
    fn new(declarations: &'a Declarations) -> Self {
        let checks = declarations.checks.iter().filter_map(|check| check.annotated);
        let checks = checks.map(|check| (check.origin.module, check.name));
        let collections = declarations.collections.iter();
        let collections = collections.map(|collection| (collection.origin.module, collection.name));
        let known = declarations.listed_crates.iter().copied().filter(|listed| is_known(listed));
        let checks = in_libraries(checks);
        Self {
            libraries: checks.values().flatten().copied().collect(),
            checks,
            collections: in_libraries(collections),
            known: known.collect(),
        }
    }

    fn problem_of(&self, listed: &ListedCrate) -> Option<Problem> {
        let ListedCrate { name, origin, .. } = listed;
        let location = origin.location();
        if !self.has_check(listed) && listed.health_checks.is_empty() {
            let message = format!(
                "crate `{name}`, which `discover!` lists at {location}, has no health check; \
                 annotate a function in it with `#[healthcheck]`, or remove it from the list"
            );
            return Some(Problem::new(ProblemKind::CrateWithoutHealthChecks, [location], message));
        }
        let checks = unlinked("health check", listed, listed.health_checks, &self.checks);
        let collections = unlinked("collection", listed, listed.collections, &self.collections);
        let mut unlinked = checks.chain(collections).peekable();
        unlinked.peek()?;
        let message = format!(
            "the linker dropped a part of crate `{name}`, which `discover!` lists at {location}:{}\n   \
             link a static library as a whole, by `lto = \"fat\"` or the linker's \
             `--whole-archive`, and no crate with health checks as a `dylib`",
            lines(unlinked)
        );
        Some(Problem::new(ProblemKind::UnlinkedHealthChecks, [location], message))
    }

    /// Returns whether a linked check may be of this crate.
    fn has_check(&self, listed: &ListedCrate) -> bool {
        self.libraries.iter().any(|library| {
            if is_known(listed) {
                is_library(listed, library)
            } else if listed.is_read {
                // Two packages may have libraries of one name.
                library.0 == listed.krate
                    && !self.known.iter().any(|known| is_library(known, library))
            } else {
                // Another list may have read the file of the same crate.
                library.0 == listed.krate
            }
        })
    }
}

fn in_libraries(names: impl Iterator<Item = (&'static Module, &'static str)>) -> Names {
    let mut in_libraries = Names::new();
    for (module, name) in names.filter(|(module, _)| !module.is_program) {
        let library = (module.krate(), module.package, module.version);
        in_libraries.entry(name).or_default().push(library);
    }
    in_libraries
}

/// Returns whether the metadata of the crate is known.
fn is_known(listed: &ListedCrate) -> bool {
    !listed.health_checks.is_empty() || !listed.collections.is_empty()
}

/// Returns whether a library is the one that a crate's metadata is of.
fn is_library(listed: &ListedCrate, library: &Library) -> bool {
    let (krate, package, version) = *library;
    (listed.krate.is_empty() || listed.krate == krate)
        && (listed.package, listed.version) == (package, version)
}

/// Returns the names in the crate's metadata that are not linked, each as "health check `name`".
fn unlinked<'a>(
    kind: &'a str,
    listed: &'a ListedCrate,
    names: &'a [&'static str],
    linked: &'a Names,
) -> impl Iterator<Item = String> + 'a {
    names
        .iter()
        .filter(|&&name| {
            let mut libraries = linked.get(name).into_iter().flatten();
            !libraries.any(|library| is_library(listed, library))
        })
        .map(move |name| format!("{kind} `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Origin;

    const MODULE: Module = Module {
        path: "orders::checks",
        package: "shop-orders",
        version: "1.0.0",
        is_program: false,
        file: "orders/src/checks.rs",
    };

    /// A crate with metadata.
    const KNOWN: ListedCrate = ListedCrate {
        name: "orders",
        krate: "orders",
        package: "shop-orders",
        version: "1.0.0",
        is_read: true,
        health_checks: &["database"],
        collections: &[],
        origin: Origin { module: &MODULE, line: 3 },
    };
    const WITHOUT_LABELS: ListedCrate =
        ListedCrate { package: "", version: "", health_checks: &[], ..KNOWN };
    const UNREADABLE: ListedCrate = ListedCrate { is_read: false, ..WITHOUT_LABELS };

    /// Returns what is wrong with each crate if the check of `MODULE` is linked.
    fn problems(listed: &[&ListedCrate]) -> Vec<Option<ProblemKind>> {
        let linked = Linked {
            checks: in_libraries([(&MODULE, "database")].into_iter()),
            collections: Names::new(),
            libraries: [("orders", "shop-orders", "1.0.0")].into(),
            known: listed.iter().copied().filter(|listed| is_known(listed)).collect(),
        };
        let kind = |listed: &&ListedCrate| Some(linked.problem_of(listed)?.kind());
        listed.iter().map(kind).collect()
    }

    #[test]
    fn a_list_may_know_less_of_a_crate_than_another_list() {
        assert_eq!(problems(&[&KNOWN, &UNREADABLE]), [None, None]);
        assert_eq!(problems(&[&UNREADABLE]), [None]);
        // That of another package, whose library has the same name.
        let without = Some(ProblemKind::CrateWithoutHealthChecks);
        assert_eq!(problems(&[&KNOWN, &WITHOUT_LABELS]), [None, without]);
    }

    #[test]
    fn a_crate_without_a_name_is_known_by_its_package() {
        const NAMELESS: ListedCrate = ListedCrate { krate: "", ..KNOWN };
        const OTHER: ListedCrate = ListedCrate { version: "2.0.0", ..NAMELESS };
        let unlinked = Some(ProblemKind::UnlinkedHealthChecks);
        assert_eq!(problems(&[&NAMELESS, &OTHER]), [None, unlinked]);
    }
}
