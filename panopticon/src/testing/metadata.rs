//! What is read of the output of `cargo metadata`
//! (<https://doc.rust-lang.org/cargo/commands/cargo-metadata.html>).

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::Problem;

#[derive(Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    pub(super) resolve: Resolve,
}

#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

#[derive(Deserialize)]
pub(super) struct Resolve {
    pub(super) nodes: Vec<Node>,
}

#[derive(Deserialize)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) deps: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(super) struct Dependency {
    /// What the depending crate calls it.
    pub(super) name: String,
    pub(super) pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// `"dev"`, `"build"`, or nothing for a normal one.
    kind: Option<String>,
}

impl Dependency {
    pub(super) fn is_normal(&self) -> bool {
        self.dep_kinds.iter().any(|kind| kind.kind.is_none())
    }
}

impl Package {
    /// The name of the library, as its code has it; none of a procedural macro, which the compiler
    /// runs and does not link.
    pub(super) fn library(&self) -> Option<String> {
        let is_library = |target: &&Target| {
            target.kind.iter().any(|kind| matches!(kind.as_str(), "lib" | "rlib" | "dylib"))
        };
        Some(self.targets.iter().find(is_library)?.name.replace('-', "_"))
    }
}

impl Metadata {
    /// Asks cargo for the graph that the crate in `manifest_dir` was built with, and where that
    /// cannot be had, for the next best.
    pub(super) fn read(manifest_dir: &str, features: Option<&[&str]>) -> Result<Self, Problem> {
        let mut same_features = Vec::new();
        if let Some(features) = features {
            same_features.push("--no-default-features".to_owned());
            same_features.push(format!("--features={}", features.join(",")));
        }
        // Without the platform, cargo wants the sources of all platforms' dependencies.
        let mut same_build = same_features.clone();
        same_build.extend(
            option_env!("PANOPTICON_TARGET").map(|target| format!("--filter-platform={target}")),
        );
        let mut offline = same_build.clone();
        offline.push("--offline".to_owned());

        let mut outcome = Self::read_with(manifest_dir, &offline);
        // A target of one's own, a vendored lock file, other things than we can think of.
        for arguments in [same_build, same_features, Vec::new()] {
            if outcome.is_ok() {
                break;
            }
            outcome = Self::read_with(manifest_dir, &arguments);
        }
        outcome.map_err(Problem::Metadata)
    }

    fn read_with(manifest_dir: &str, arguments: &[String]) -> Result<Self, String> {
        // Set by cargo for what it runs, so that it is the cargo that built this.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(&cargo)
            .args(["metadata", "--format-version=1", "--manifest-path"])
            // As it was at build time: the folder's own path may lead there by a link.
            .arg(Path::new(manifest_dir).join("Cargo.toml"))
            .args(arguments)
            .current_dir(manifest_dir)
            .output()
            .map_err(|error| {
                format!("{} in {manifest_dir}: {error}", Path::new(&cargo).display())
            })?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
    }

    /// The package whose crate this is in.
    pub(super) fn root(&self, manifest_dir: &str) -> Result<&Package, Problem> {
        let is_root =
            |package: &&Package| package.manifest_path.parent() == Some(Path::new(manifest_dir));
        self.packages.iter().find(is_root).ok_or_else(|| {
            Problem::Metadata(format!("it knows no package in the folder {manifest_dir}"))
        })
    }
}
