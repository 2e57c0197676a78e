//! What the macros refuse, with which errors, and what they accept and register.
//!
//! `TRYBUILD=overwrite cargo test -p panopticon-derive-tests --test ui` rewrites the `.stderr` files.
//! Review the difference as the person who made the mistake would read it.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

/// The compiler whose errors the `.stderr` files have. Other versions print our messages with other
/// surroundings.
const RUSTC_OF_STDERR: &str = "rustc 1.95.";

#[test]
fn refused() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("rustc has a version");
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    if !version.starts_with(RUSTC_OF_STDERR) {
        // Not `eprintln!`, whose output a passing test does not show.
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

/// An error without a fixture would look like one that is tested.
#[test]
fn every_stderr_has_its_fixture() {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refused")).unwrap()
    {
        let file = entry.unwrap().path();
        assert!(file.with_extension("rs").exists(), "{}", file.display());
        assert!(file.with_extension("stderr").exists(), "{}", file.display());
    }
}
