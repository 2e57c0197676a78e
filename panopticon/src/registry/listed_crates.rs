//! Finds listed crates without a health check, or whose health checks are not all linked, and
//! services without one.

use std::collections::BTreeSet;

use super::declaration::Declarations;
use super::problem::{Problem, ProblemKind, lines};
use crate::check::{ListedCrate, Module};

/// What distinguishes a library from all others in the process: its name, package and version.
type Library = (&'static str, &'static str, &'static str);

pub(super) fn find(declarations: &Declarations, problems: &mut Vec<Problem>) {
    let linked = Linked::new(declarations);
    let mut of_crates: Vec<_> = declarations
        .listed_crates
        .iter()
        .filter_map(|listed| Some((listed.name, linked.problem_of(listed)?)))
        .collect();
    let are_unlinked =
        of_crates.iter().any(|(_, problem)| problem.kind() == ProblemKind::UnlinkedHealthChecks);
    if declarations.checks.is_empty() && !are_unlinked {
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

/// What the linker collected from libraries.
struct Linked {
    checks: BTreeSet<(Library, &'static str)>,
    collections: BTreeSet<(Library, &'static str)>,
    /// The listed crates whose metadata is known.
    known: BTreeSet<Library>,
}

impl Linked {
    fn new(declarations: &Declarations) -> Self {
        let checks = declarations.checks.iter().filter_map(|check| check.annotated);
        let checks = checks.map(|check| (check.origin.module, check.name));
        let collections = declarations.collections.iter();
        let collections = collections.map(|collection| (collection.origin.module, collection.name));
        let known = declarations.listed_crates.iter().filter(|listed| is_known(listed));
        Self {
            checks: in_libraries(checks),
            collections: in_libraries(collections),
            known: known.map(|listed| library_of(listed)).collect(),
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
        self.checks.iter().any(|(library, _)| {
            if is_known(listed) {
                *library == library_of(listed)
            } else {
                // Two packages may have libraries of one name.
                library.0 == listed.krate && !self.known.contains(library)
            }
        })
    }
}

fn in_libraries(
    names: impl Iterator<Item = (&'static Module, &'static str)>,
) -> BTreeSet<(Library, &'static str)> {
    names
        .filter(|(module, _)| !module.is_program)
        .map(|(module, name)| ((module.krate(), module.package, module.version), name))
        .collect()
}

/// Returns whether the metadata of the crate is known.
fn is_known(listed: &ListedCrate) -> bool {
    !listed.health_checks.is_empty() || !listed.collections.is_empty()
}

fn library_of(listed: &ListedCrate) -> Library {
    (listed.krate, listed.package, listed.version)
}

/// Returns the names in the crate's metadata that are not linked, each as "health check `name`".
fn unlinked<'a>(
    kind: &'a str,
    listed: &'a ListedCrate,
    names: &'a [&'static str],
    linked: &'a BTreeSet<(Library, &'static str)>,
) -> impl Iterator<Item = String> + 'a {
    names
        .iter()
        .filter(|name| !linked.contains(&(library_of(listed), **name)))
        .map(move |name| format!("{kind} `{name}`"))
}
