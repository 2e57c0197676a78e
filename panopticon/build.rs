//! Tells the compiler what it cannot know by itself. Cargo requires a build script anyway, because
//! the manifest has `links`, which makes two versions of this crate in one process an error.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The platform to ask `cargo metadata` for, in `testing`.
    if let Ok(target) = env::var("TARGET") {
        println!("cargo::rustc-env=PANOPTICON_TARGET={target}");
    }
    // The front page of the docs. Cargo copies it into the published package; in the repository it
    // is one folder up.
    let package = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let published = Path::new(&package).join("README.md");
    let readme =
        if published.exists() { published } else { Path::new(&package).join("../README.md") };
    println!("cargo::rustc-env=PANOPTICON_README={}", readme.display());
}
