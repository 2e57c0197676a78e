//! The dependency graph, read from the output of `cargo metadata`
//! (<https://doc.rust-lang.org/cargo/commands/cargo-metadata.html>).

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// The reason why `cargo metadata` failed.
pub(super) struct MetadataError(pub(super) String);

#[derive(Deserialize)]
pub(super) struct CargoMetadata {
    pub(super) packages: Vec<Package>,
    pub(super) resolve: Resolve,
}

#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    manifest_path: PathBuf,
    targets: Vec<CargoTarget>,
}

#[derive(Deserialize)]
struct CargoTarget {
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
    pub(super) deps: Vec<DependencyEdge>,
}

#[derive(Deserialize)]
pub(super) struct DependencyEdge {
    /// Its name in the depending crate.
    pub(super) name: String,
    pub(super) pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// `"dev"`, `"build"`, or nothing for a normal dependency.
    kind: Option<String>,
}

impl DependencyEdge {
    pub(super) fn is_normal(&self) -> bool {
        self.dep_kinds.iter().any(|kind| kind.kind.is_none())
    }
}

impl Package {
    /// Returns the name of the library in code; none for a procedural macro, which the compiler
    /// runs and does not link.
    pub(super) fn library(&self) -> Option<String> {
        let is_library = |target: &&CargoTarget| {
            target.kind.iter().any(|kind| matches!(kind.as_str(), "lib" | "rlib" | "dylib"))
        };
        Some(self.targets.iter().find(is_library)?.name.replace('-', "_"))
    }
}

impl CargoMetadata {
    /// Asks cargo for the graph that the crate in `manifest_dir` was built with, or otherwise for
    /// the next best one.
    pub(super) fn read(
        manifest_dir: &str,
        features: Option<&[&str]>,
    ) -> Result<Self, MetadataError> {
        let mut same_features = Vec::new();
        if let Some(features) = features {
            same_features.push("--no-default-features".to_owned());
            same_features.push(format!("--features={}", features.join(",")));
        }
        // Without the platform, cargo needs the sources of all platforms' dependencies.
        let mut same_build = same_features.clone();
        same_build.extend(
            option_env!("PANOPTICON_TARGET").map(|target| format!("--filter-platform={target}")),
        );
        // It may fail for a custom target, a vendored lock file and other reasons. The later attempts
        // need more sources, so they may fail for other reasons than the first.
        Self::read_with(manifest_dir, &same_build).or_else(|first| {
            Self::read_with(manifest_dir, &same_features)
                .or_else(|_| Self::read_with(manifest_dir, &[]))
                .map_err(|_| MetadataError(first))
        })
    }

    fn read_with(manifest_dir: &str, arguments: &[String]) -> Result<Self, String> {
        // Set by the cargo that runs the test, which also built it.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(&cargo)
            // A test must not depend on the network.
            .args(["metadata", "--offline", "--format-version=1", "--manifest-path"])
            // The path as it was at build time: the folder's own path may contain a link.
            .arg(Path::new(manifest_dir).join("Cargo.toml"))
            .args(arguments)
            .current_dir(manifest_dir)
            // If this is rustup's `cargo`, it would download a missing toolchain.
            .env("RUSTUP_AUTO_INSTALL", "0")
            .output()
            .map_err(|error| {
                format!("{} in {manifest_dir}: {error}", Path::new(&cargo).display())
            })?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "{}\nif sources are missing, run `cargo fetch` first: cargo stays offline, and needs \
                 those of all members of the workspace",
                error.trim()
            ));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
    }

    /// Returns the package in this folder.
    pub(super) fn root(&self, manifest_dir: &str) -> Result<&Package, MetadataError> {
        let is_root =
            |package: &&Package| package.manifest_path.parent() == Some(Path::new(manifest_dir));
        self.packages.iter().find(is_root).ok_or_else(|| {
            MetadataError(format!("it lists no package in the folder {manifest_dir}"))
        })
    }
}
