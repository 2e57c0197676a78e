//! What is in a program of another language that links `linking/embedded`, and in a program with a
//! dynamic library of Rust, by which linker and in which profile: the table in the docs of `discover!`.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{TARGET, cargo, run, stdout, workspace};

/// All that the library lists, and its own.
const ALL: &str = "\
bank in payments
bills in shop-billing
cards in payments
in_attic in embedded
in_cellar in embedded
ledger in ledger
orders in orders
weights in weights
";

/// What `build()` says if the linker takes only what the program refers to.
const DROPPED: &str = "\
the health report cannot be served: 3 problems
1. the linker dropped a part of crate `orders`, which `discover!` lists at embedded/src/lib.rs:5:
     health check `bank`
     health check `cards`
     health check `orders`
     collection `payments`
   link a static library as a whole, by `lto = \"fat\"` or the linker's `--whole-archive`, and no crate with health checks as a `dylib`
2. the linker dropped a part of crate `pay`, which `discover!` lists at embedded/src/lib.rs:6:
     health check `bills`
   link a static library as a whole, by `lto = \"fat\"` or the linker's `--whole-archive`, and no crate with health checks as a `dylib`
3. the linker dropped a part of crate `weights`, which `discover!` lists at embedded/src/lib.rs:8:
     health check `weights`
   link a static library as a whole, by `lto = \"fat\"` or the linker's `--whole-archive`, and no crate with health checks as a `dylib`
";

/// What it says in release builds, whatever they drop: code of some crates becomes a part of others,
/// which differs from build to build.
const DROPPED_IN_RELEASE: &str = ". the linker dropped a part of crate `";

/// The C compiler's arguments for each linker: GNU's, and LLVM's from the toolchain.
fn linkers() -> Vec<Vec<String>> {
    let sysroot = stdout(Command::new("rustc").args(["--print", "sysroot"]));
    let host = stdout(Command::new("rustc").args(["--print", "host-tuple"]));
    let lld = Path::new(sysroot.trim()).join("lib/rustlib").join(host.trim()).join("bin/gcc-ld");
    let lld = vec![format!("-B{}", lld.display()), "-fuse-ld=lld".to_owned()];
    vec![vec!["-fuse-ld=bfd".to_owned()], lld]
}

/// Builds the library in the folder of a profile, which is returned.
fn library(profile: &[&str], optimization: &str) -> PathBuf {
    let mut build = cargo(workspace(), &["build", "-p=embedded"]);
    stdout(build.args(profile).env("CARGO_PROFILE_RELEASE_LTO", optimization));
    Path::new(TARGET).join(if profile.is_empty() { "debug" } else { "release" })
}

/// Returns what a program of C says that is linked in this folder, with these arguments.
fn program_of_c(folder: &Path, linker: &[String], arguments: &[String]) -> String {
    let program = folder.join("program-of-c");
    let mut cc = Command::new("cc");
    cc.arg("-o").arg(&program).arg(workspace().join("embedded/main.c"));
    cc.args(linker).args(arguments).args(["-lgcc_s", "-lpthread", "-ldl", "-lm"]);
    stdout(&mut cc);
    stdout(&mut Command::new(program))
}

/// Compares what is in a program of C, by kind of library, with what the table says.
fn compare(folder: &Path, of_static_library: &str) {
    let archive = folder.join("libembedded.a").display().to_string();
    let dynamic = [
        format!("-L{}", folder.display()),
        format!("-Wl,-rpath,{}", folder.display()),
        "-lembedded".to_owned(),
    ];
    let whole = ["-Wl,--whole-archive", &archive, "-Wl,--no-whole-archive"].map(str::to_owned);
    assert_eq!(program_of_c(folder, &[], &dynamic), ALL, "cdylib");
    for linker in linkers() {
        let found = program_of_c(folder, &linker, std::slice::from_ref(&archive));
        assert!(found.contains(of_static_library), "{linker:?}: {found}");
        for collection_of_garbage in ["-Wl,--no-gc-sections", "-Wl,--gc-sections"] {
            let arguments = [&whole[..], &[collection_of_garbage.to_owned()]].concat();
            let found = program_of_c(folder, &linker, &arguments);
            assert_eq!(found, ALL, "{linker:?} {collection_of_garbage}");
        }
    }
}

/// Lists a dynamic library of Rust.
fn refuse_dynamic_library(profile: &[&str], optimization: &str) {
    let mut build = cargo(workspace(), &["build", "-p=dynamic"]);
    build.args(profile).env("CARGO_PROFILE_RELEASE_LTO", optimization);
    let Output { status, stderr, .. } = run(&mut build);
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(!status.success());
    let error = "error: `discover!` must list crates that are linked statically, unlike `shelf`, ";
    assert!(stderr.contains(error), "{stderr}");
    assert!(stderr.contains("dynamic/src/main.rs:3:31"), "{stderr}");
}

#[test]
fn libraries_in_debug_builds() {
    compare(&library(&[], "off"), DROPPED);
    refuse_dynamic_library(&[], "off");
}

#[test]
fn libraries_in_release_builds() {
    compare(&library(&["--release"], "off"), DROPPED_IN_RELEASE);
    refuse_dynamic_library(&["--release"], "off");
}

#[test]
#[ignore = "takes a minute, and finds what release builds find"]
fn libraries_with_thin_link_time_optimization() {
    compare(&library(&["--release"], "thin"), DROPPED_IN_RELEASE);
    refuse_dynamic_library(&["--release"], "thin");
}

#[test]
#[ignore = "takes a minute; nothing else tests the column of `lto = \"fat\"`"]
fn libraries_with_fat_link_time_optimization() {
    compare(&library(&["--release"], "fat"), ALL);
    refuse_dynamic_library(&["--release"], "fat");
}

#[test]
fn each_linker_keeps_listed_crates() {
    for linker in linkers() {
        let mut build = cargo(workspace(), &["rustc", "-p=app", "--example=linked_otherwise"]);
        build.arg("--").args(linker.iter().map(|argument| format!("-Clink-arg={argument}")));
        stdout(&mut build);
        let listed =
            super::components(&mut super::program_of("debug/examples", "linked_otherwise"));
        assert_eq!(listed, super::LISTED, "{linker:?}");
    }
}
