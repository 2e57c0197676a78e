//! Tells the compiler what it cannot know by itself. Cargo requires a build script anyway, because
//! the manifest has `links`, which makes two versions of this crate in one process an error.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The platform to ask `cargo metadata` for, in `testing`.
    if let Ok(target) = std::env::var("TARGET") {
        println!("cargo::rustc-env=PANOPTICON_TARGET={target}");
    }
    // The front page of the docs, seen from `src`. Cargo copies it into the published package; in
    // the repository, it is one folder up.
    let is_published = Path::new("README.md").exists();
    let readme = if is_published { "../README.md" } else { "../../README.md" };
    println!("cargo::rustc-env=PANOPTICON_README={readme}");
}
