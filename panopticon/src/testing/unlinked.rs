//! Crates that use panopticon, and that this binary has no health check of.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::metadata::{Dependency, Metadata, Package};
use crate::check::Module;

/// What is in this binary.
pub(super) struct Linked {
    /// Where the checks of libraries stand.
    pub(super) modules: Vec<&'static Module>,
    /// The crates that `discover!` lists, by the names that the root has for them.
    pub(super) listed: BTreeSet<&'static str>,
}

impl Linked {
    fn has_check_of(&self, package: &Package, library: &str) -> bool {
        self.modules.iter().any(|module| {
            (module.krate(), module.package, module.version)
                == (library, &package.name, &package.version)
        })
    }
}

/// A crate that depends on panopticon.
pub(super) struct Using<'a> {
    package: &'a Package,
    /// As its own code calls it.
    krate: String,
    /// From the root to it, each as the one before calls it.
    path: Vec<String>,
}

pub(super) enum Problem {
    Metadata(String),
    NoException(String),
    Unlinked(Vec<Unlinked>),
}

/// A crate that should be in this binary.
pub(super) struct Unlinked {
    krate: String,
    package: String,
    path: Vec<String>,
    is_listed: bool,
}

/// Looks for a crate that is not among those `linked`, though it uses panopticon.
pub(super) fn find(
    metadata: &Metadata,
    manifest_dir: &str,
    linked: &Linked,
    exceptions: &[&str],
) -> Result<(), Problem> {
    let using = using_panopticon(metadata, metadata.root(manifest_dir)?);
    // By the package's name or by the crate's.
    let is_excepted = |exception: &str, using: &Using<'_>| {
        exception == using.krate || exception == using.package.name
    };
    let is_none = |exception: &&&str| !using.iter().any(|using| is_excepted(exception, using));
    if let Some(exception) = exceptions.iter().find(is_none) {
        return Err(Problem::NoException((*exception).to_owned()));
    }
    let unlinked: Vec<Unlinked> = using
        .into_iter()
        .filter(|using| {
            !linked.has_check_of(using.package, &using.krate)
                && !exceptions.iter().any(|exception| is_excepted(exception, using))
        })
        .map(|Using { package, krate, path }| Unlinked {
            is_listed: path.len() == 2 && linked.listed.contains(&*path[1]),
            package: package.name.clone(),
            krate,
            path,
        })
        .collect();
    if unlinked.is_empty() { Ok(()) } else { Err(Problem::Unlinked(unlinked)) }
}

/// The libraries below the root that depend on panopticon, nearest first.
fn using_panopticon<'a>(metadata: &'a Metadata, root: &'a Package) -> Vec<Using<'a>> {
    let packages: BTreeMap<&str, &Package> =
        metadata.packages.iter().map(|package| (&*package.id, package)).collect();
    let dependencies: BTreeMap<&str, &[Dependency]> =
        metadata.resolve.nodes.iter().map(|node| (&*node.id, &*node.deps)).collect();
    let normal_of = |package: &Package| {
        let all = dependencies.get(&*package.id).copied().unwrap_or_default();
        all.iter()
            .filter(|dependency| dependency.is_normal())
            .filter_map(|dependency| Some((dependency, *packages.get(&*dependency.pkg)?)))
    };
    let is_panopticon = |package: &Package| package.name == env!("CARGO_PKG_NAME");

    let mut using = Vec::new();
    let mut reached = BTreeSet::from([&*root.id]);
    let mut to_visit = VecDeque::from([(root, vec![root.name.clone()])]);
    while let Some((package, path)) = to_visit.pop_front() {
        for (dependency, library) in normal_of(package) {
            let is_linked = library.library().is_some() && !is_panopticon(library);
            if is_linked && reached.insert(&library.id) {
                let mut path = path.clone();
                path.push(dependency.name.clone());
                to_visit.push_back((library, path));
            }
        }
        let uses_panopticon = normal_of(package).any(|(_, package)| is_panopticon(package));
        if let (true, false, Some(krate)) = (uses_panopticon, path.len() == 1, package.library()) {
            using.push(Using { package, krate, path });
        }
    }
    using
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata(error) => write!(
                f,
                "which crates use panopticon is not known, since `cargo metadata` failed: {error}"
            ),
            Self::NoException(name) => write!(
                f,
                "`{name}` is excepted, but no crate of this name among the dependencies uses \
                 panopticon; remove the exception"
            ),
            Self::Unlinked(crates) => {
                f.write_str(
                    "these crates use panopticon, but this binary has no health check of theirs:",
                )?;
                for unlinked in crates {
                    write!(f, "\n  {unlinked}")?;
                }
                f.write_str(
                    "\nA crate that has no health check of its own is excepted with \
                     `assert_all_linked!(except = [\"…\"])`.",
                )
            }
        }
    }
}

impl fmt::Display for Unlinked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { krate, package, path, is_listed } = self;
        write!(f, "`{krate}` ({}): ", path.join(" → "))?;
        match path.as_slice() {
            _ if *is_listed => f.write_str(
                "`discover!` lists it; annotate a function in it with `#[healthcheck]`, or take it \
                 off the list",
            ),
            [_, name] => write!(
                f,
                "write `panopticon::discover!({name});` at the root of this binary, or add \
                 `{name}` to the one there"
            ),
            _ => write!(
                f,
                "add `{package}` to the dependencies of `{}`, and `{krate}` to \
                 `panopticon::discover!` at the root of this binary",
                path[0]
            ),
        }
    }
}
