//! Nothing is built. Cargo wants a build script where the manifest has `links`, which is there so
//! that two versions of this crate in one process are an error of cargo. While there is one, it
//! tells `testing` for which platform all this is built.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(target) = std::env::var("TARGET") {
        println!("cargo::rustc-env=PANOPTICON_TARGET={target}");
    }
}
