//! What the macros refuse, and in which words; what they accept, and what that registers.
//!
//! `TRYBUILD=overwrite cargo test -p panopticon-derive-tests --test ui` writes the `.stderr` files
//! anew; the difference is for review, with the eyes of who made the mistake.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

/// The compiler whose errors the `.stderr` files have. Ours are the same in every one, but what
/// stands around them is not.
const RUSTC_OF_STDERR: &str = "rustc 1.95.";

#[test]
fn refused() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("rustc has a version");
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    if !version.starts_with(RUSTC_OF_STDERR) {
        // Not `eprintln!`, which a passing test keeps to itself.
        let skipped = writeln!(
            io::stderr(),
            "SKIPPED: tests/refused has the errors of {RUSTC_OF_STDERR}*, this is {version}"
        );
        skipped.expect("stderr can be written to");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}

#[test]
fn accepted() {
    trybuild::TestCases::new().pass("tests/accepted/*.rs");
}

/// An error that nobody compares any more would look like one that is tested.
#[test]
fn every_stderr_has_its_fixture() {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refused")).unwrap()
    {
        let file = entry.unwrap().path();
        assert!(file.with_extension("rs").exists(), "{}", file.display());
        assert!(file.with_extension("stderr").exists(), "{}", file.display());
    }
}
