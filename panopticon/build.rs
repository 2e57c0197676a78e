//! Nothing is built. Cargo wants a build script where the manifest has `links`, which is there so
//! that two versions of this crate in one process are an error of cargo.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
