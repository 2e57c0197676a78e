//! For the tests of a service.

#![allow(clippy::test_attr_in_doctest, reason = "an example shows where a line is to be written")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::process::Command;

use serde::Deserialize;

use crate::registry::{Entry, REGISTRY};

/// Fails when a crate that this one depends on uses panopticon and has no health check in this
/// binary, and says what to write.
///
/// A dependency that no code names is not linked, and its health checks are missing without a
/// word. [`discover!`](crate::discover) prevents that for the crates that it lists; this one line
/// in a binary's tests finds those that were forgotten on the list:
///
/// ```
/// #[test]
/// fn all_health_checks_are_linked() {
///     panopticon::testing::assert_all_linked!();
/// }
/// # panopticon::testing::assert_all_linked!();
/// ```
///
/// A crate that uses panopticon for something else than checks of its own is excepted by its name:
/// `assert_all_linked!(except = ["shop_http"])`.
///
/// The dependencies are those that `cargo metadata` tells, with default features, for every
/// platform: normal ones, direct or not; neither those of tests nor of build scripts.
///
/// # Panics
///
/// If a crate is missing, if an exception is none, or if `cargo metadata` fails.
#[doc(inline)]
pub use crate::__assert_all_linked as assert_all_linked;

#[doc(hidden)]
#[macro_export]
macro_rules! __assert_all_linked {
    () => {
        $crate::testing::__assert_all_linked(::core::env!("CARGO_MANIFEST_DIR"), &[])
    };
    (except = [$($name:literal),* $(,)?]) => {
        $crate::testing::__assert_all_linked(::core::env!("CARGO_MANIFEST_DIR"), &[$($name),*])
    };
}

#[doc(hidden)]
#[track_caller]
pub fn __assert_all_linked(manifest_dir: &str, exceptions: &[&str]) {
    let linked = REGISTRY.iter().filter_map(|entry| match entry {
        Entry::Check(check) => Some(check.origin.krate()),
        _ => None,
    });
    let found = Metadata::read(manifest_dir)
        .and_then(|metadata| metadata.find_unlinked(manifest_dir, &linked.collect(), exceptions));
    if let Err(problem) = found {
        panic!("{problem}");
    }
}

/// What is read of the output of `cargo metadata`
/// (<https://doc.rust-lang.org/cargo/commands/cargo-metadata.html>).
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    /// What the depending crate calls it.
    name: String,
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// `"dev"`, `"build"`, or nothing for a normal one.
    kind: Option<String>,
}

impl Dependency {
    fn is_normal(&self) -> bool {
        self.dep_kinds.iter().any(|kind| kind.kind.is_none())
    }
}

impl Package {
    /// The name of the library, as its code has it.
    fn krate(&self) -> Option<String> {
        let is_library = |target: &&Target| {
            target.kind.iter().any(|kind| matches!(kind.as_str(), "lib" | "rlib" | "dylib"))
        };
        Some(self.targets.iter().find(is_library)?.name.replace('-', "_"))
    }
}

impl Metadata {
    fn read(manifest_dir: &str) -> Result<Self, Problem> {
        // Set by cargo for what it runs, so that it is the cargo that built this.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version=1"])
            .current_dir(manifest_dir)
            .output()
            .map_err(|error| Problem::Metadata(error.to_string()))?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Problem::Metadata(error));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| Problem::Metadata(error.to_string()))
    }

    /// Looks for a crate that is not among those `linked`, though it uses panopticon.
    fn find_unlinked(
        &self,
        manifest_dir: &str,
        linked: &BTreeSet<&str>,
        exceptions: &[&str],
    ) -> Result<(), Problem> {
        let packages: BTreeMap<&str, &Package> =
            self.packages.iter().map(|package| (&*package.id, package)).collect();
        let dependencies: BTreeMap<&str, &[Dependency]> =
            self.resolve.nodes.iter().map(|node| (&*node.id, &*node.deps)).collect();
        let is_root = |package: &&Package| {
            std::path::Path::new(&package.manifest_path).parent()
                == Some(std::path::Path::new(manifest_dir))
        };
        let root = self.packages.iter().find(is_root).ok_or_else(|| {
            Problem::Metadata(format!("it knows no package in the folder {manifest_dir}"))
        })?;

        let mut using = Vec::new();
        let mut reached = BTreeSet::from([&*root.id]);
        let mut to_visit = VecDeque::from([(&*root.id, vec![root.name.clone()])]);
        while let Some((id, path)) = to_visit.pop_front() {
            let normal = dependencies.get(id).copied().unwrap_or_default();
            for dependency in normal.iter().filter(|dependency| dependency.is_normal()) {
                let Some(package) = packages.get(&*dependency.pkg) else { continue };
                if package.name == env!("CARGO_PKG_NAME") {
                    if let Some(krate) = packages.get(id).and_then(|user| user.krate()) {
                        using.push(Using { krate, path: path.clone() });
                    }
                } else if reached.insert(&*dependency.pkg) {
                    let mut path = path.clone();
                    path.push(dependency.name.clone());
                    to_visit.push_back((&*dependency.pkg, path));
                }
            }
        }

        let is_excepted = |using: &Using| exceptions.contains(&&*using.krate);
        if let Some(name) =
            exceptions.iter().find(|name| !using.iter().any(|using| using.krate == **name))
        {
            return Err(Problem::NoException((*name).to_owned()));
        }
        // The root's own library, if it has one, is linked like any other dependency.
        using.retain(|using| !linked.contains(&*using.krate) && !is_excepted(using));
        using.retain(|using| using.path.len() > 1);
        if using.is_empty() { Ok(()) } else { Err(Problem::Unlinked(using)) }
    }
}

/// A crate that depends on panopticon.
struct Using {
    /// As its own code calls it.
    krate: String,
    /// From the root to it, each as the one before calls it.
    path: Vec<String>,
}

enum Problem {
    Metadata(String),
    NoException(String),
    Unlinked(Vec<Using>),
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
                for Using { krate, path } in crates {
                    write!(f, "\n  `{krate}` ({}): ", path.join(" → "))?;
                    match path.as_slice() {
                        [_, name] => write!(
                            f,
                            "write `panopticon::discover!({name});` at the root of this binary, or \
                             add `{name}` to the one there"
                        )?,
                        _ => write!(
                            f,
                            "add it to the dependencies of `{}`, and to `panopticon::discover!` at \
                             the root of this binary",
                            path[0]
                        )?,
                    }
                }
                f.write_str(
                    "\nA crate that has no health check of its own is excepted with \
                     `assert_all_linked!(except = [\"…\"])`.",
                )
            }
        }
    }
}
