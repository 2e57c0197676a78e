//! Finds crates that use panopticon, but have no health check in this binary.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::metadata::{CargoMetadata, DependencyEdge, MetadataError, Package};
use crate::check::Module;

/// The checks and listed crates in this binary.
pub(super) struct Linked {
    /// The modules of the libraries' checks.
    pub(super) modules: Vec<&'static Module>,
    /// The crates that `discover!` lists, by their names in the root.
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
struct PanopticonUser<'a> {
    package: &'a Package,
    /// The name of its library.
    krate: String,
    /// The path from the root to it, with the names that each crate has for the next.
    path: Vec<String>,
}

/// The reason why the assertion fails.
pub(super) enum UnlinkedError {
    /// `cargo metadata` failed.
    CargoMetadata(MetadataError),
    /// An exception does not use panopticon.
    UnknownException(String),
    /// Crates have no health check in this binary.
    Unlinked(Vec<Unlinked>),
}

/// A crate that should be in this binary.
pub(super) struct Unlinked {
    krate: String,
    package: String,
    path: Vec<String>,
    is_listed: bool,
}

/// Fails if a crate that uses panopticon is not among those that are `linked`.
pub(super) fn find(
    metadata: &CargoMetadata,
    manifest_dir: &str,
    linked: &Linked,
    exceptions: &[&str],
) -> Result<(), UnlinkedError> {
    let users = users_of_panopticon(
        metadata,
        metadata.root(manifest_dir).map_err(UnlinkedError::CargoMetadata)?,
    );
    // By the package's name or by the crate's.
    let is_excepted = |exception: &str, user: &PanopticonUser<'_>| {
        exception == user.krate || exception == user.package.name
    };
    let is_unknown = |exception: &&&str| !users.iter().any(|user| is_excepted(exception, user));
    if let Some(exception) = exceptions.iter().find(is_unknown) {
        return Err(UnlinkedError::UnknownException((*exception).to_owned()));
    }
    let unlinked: Vec<Unlinked> = users
        .into_iter()
        .filter(|user| {
            !linked.has_check_of(user.package, &user.krate)
                && !exceptions.iter().any(|exception| is_excepted(exception, user))
        })
        .map(|PanopticonUser { package, krate, path }| Unlinked {
            is_listed: path.len() == 2 && linked.listed.contains(&*path[1]),
            package: package.name.clone(),
            krate,
            path,
        })
        .collect();
    if unlinked.is_empty() { Ok(()) } else { Err(UnlinkedError::Unlinked(unlinked)) }
}

/// Returns the libraries below the root that depend on panopticon, nearest first.
fn users_of_panopticon<'a>(
    metadata: &'a CargoMetadata,
    root: &'a Package,
) -> Vec<PanopticonUser<'a>> {
    let packages: BTreeMap<&str, &Package> =
        metadata.packages.iter().map(|package| (&*package.id, package)).collect();
    let dependencies: BTreeMap<&str, &[DependencyEdge]> =
        metadata.resolve.nodes.iter().map(|node| (&*node.id, &*node.deps)).collect();
    let normal_of = |package: &Package| {
        let all = dependencies.get(&*package.id).copied().unwrap_or_default();
        all.iter()
            .filter(|dependency| dependency.is_normal())
            .filter_map(|dependency| Some((dependency, *packages.get(&*dependency.pkg)?)))
    };
    let is_panopticon = |package: &Package| package.name == env!("CARGO_PKG_NAME");

    let mut users = Vec::new();
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
            users.push(PanopticonUser { package, krate, path });
        }
    }
    users
}

impl fmt::Display for UnlinkedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CargoMetadata(MetadataError(error)) => write!(
                f,
                "cannot find the crates that use panopticon, because `cargo metadata` failed: {error}"
            ),
            Self::UnknownException(name) => write!(
                f,
                "`{name}` is excepted, but no dependency of this name uses panopticon; remove the \
                 exception"
            ),
            Self::Unlinked(crates) => {
                f.write_str(
                    "these crates use panopticon, but have no health check in this binary:",
                )?;
                for unlinked in crates {
                    write!(f, "\n  {unlinked}")?;
                }
                f.write_str(
                    "\nIf a crate has no health checks of its own, except it with \
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
                "`discover!` lists it; annotate a function in it with `#[healthcheck]`, or remove \
                 it from the list",
            ),
            [_, name] => write!(
                f,
                "write `panopticon::discover!({name});` at the root of this binary, or add \
                 `{name}` to the list there"
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
