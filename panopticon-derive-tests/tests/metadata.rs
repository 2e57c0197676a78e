//! Whether `discover!` can read what a crate registers from the files that the compiler writes,
//! with each available toolchain: those of rustup, the default one, and the one that `.ci/msrv`
//! unpacks.

// The macros' own files, because a proc-macro crate exports nothing but macros.
#[allow(dead_code, reason = "`discover!` uses more of it")]
#[path = "../../panopticon-macros/src/discover/metadata.rs"]
mod metadata;
#[allow(dead_code, reason = "the macros use more of it")]
#[path = "../../panopticon-macros/src/name.rs"]
mod name;
#[path = "../../panopticon-macros/src/unique_name.rs"]
mod unique_name;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use proc_macro2::{Span, TokenStream};

use self::metadata::Registered;
use self::unique_name::{Kind, UniqueName};

/// A compiler, as a command and its first arguments, with what it needs in `LD_LIBRARY_PATH`.
struct Compiler {
    command: Vec<OsString>,
    libraries: Option<OsString>,
}

impl Compiler {
    fn run(&self, folder: &Path, arguments: &[&str]) {
        let mut rustc = Command::new(&self.command[0]);
        rustc.current_dir(folder).args(&self.command[1..]).args(arguments);
        if let Some(libraries) = &self.libraries {
            rustc.env("LD_LIBRARY_PATH", libraries);
        }
        let output = rustc.output().unwrap_or_else(|error| panic!("{rustc:?}: {error}"));
        assert!(output.status.success(), "{rustc:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn compilers() -> Vec<Compiler> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut compilers = vec![Compiler { command: vec![rustc], libraries: None }];
    if let Ok(list) = Command::new("rustup").args(["toolchain", "list", "--quiet"]).output() {
        compilers.extend(String::from_utf8_lossy(&list.stdout).split_whitespace().map(|name| {
            let command = ["rustup", "run", name, "rustc"].map(OsString::from);
            Compiler { command: command.into(), libraries: None }
        }));
    }
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for unpacked in folders(&tmp.with_file_name("debian")) {
        let rustc = unpacked.join("usr/bin/rustc");
        if rustc.exists() {
            let libraries = std::env::join_paths(folders_of_libraries(&unpacked)).unwrap();
            compilers.push(Compiler { command: vec![rustc.into()], libraries: Some(libraries) });
        }
    }
    compilers
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.path())
        .collect()
}

fn folders_of_libraries(folder: &Path) -> Vec<PathBuf> {
    let is_library = |file: &Path| file.to_string_lossy().contains(".so.");
    let mut found: Vec<_> =
        folders(folder).iter().flat_map(|folder| folders_of_libraries(folder)).collect();
    if fs::read_dir(folder).unwrap().any(|entry| is_library(&entry.unwrap().path())) {
        found.push(folder.to_owned());
    }
    found
}

fn registered(names: &[(Kind, &str)]) -> Vec<UniqueName> {
    names.iter().map(|&(kind, name)| UniqueName { kind, name: name.to_owned() }).collect()
}

#[test]
fn each_toolchains_files_say_what_a_crate_registers() {
    let names = registered(&[
        (Kind::HealthCheck, "a"),
        (Kind::HealthCheck, "card-processor.eu_1"),
        (Kind::HealthCheck, "database"),
        (Kind::Collection, "database"),
    ]);
    let proofs: TokenStream = names.iter().map(|name| name.proof(Span::call_site())).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("metadata");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("orders.rs"),
        format!("pub mod checks {{ const _: () = {{ {proofs} }}; }}"),
    )
    .unwrap();
    fs::write(folder.join("facade.rs"), "pub use orders::*;").unwrap();

    let compilers = compilers();
    for compiler in &compilers {
        let library = ["orders.rs", "--edition=2021", "--crate-type=lib"];
        for (file, arguments) in [
            ("checked.rmeta", &["--emit=metadata"][..]),
            ("liborders.rlib", &["--emit=link", "-Cdebuginfo=2"]),
            ("release.rlib", &["--emit=link", "-Copt-level=3"]),
        ] {
            compiler.run(&folder, &[&library, arguments, &["-o", file]].concat());
            let read = Registered::read(&[folder.join(file).to_string_lossy().into_owned()]);
            assert_eq!(read.names, names, "{:?} {arguments:?}", compiler.command);
            let package = option_env!("CARGO_PKG_NAME").unwrap_or_default();
            assert_eq!(read.package, package, "{:?} {arguments:?}", compiler.command);
        }
        // A crate that re-exports everything does not register anything.
        let facade =
            ["facade.rs", "--edition=2021", "--crate-type=lib", "--extern=orders=liborders.rlib"];
        compiler.run(&folder, &[&facade[..], &["-o", "facade.rlib"]].concat());
        let read = Registered::read(&[folder.join("facade.rlib").to_string_lossy().into_owned()]);
        assert_eq!(read, Registered::default(), "{:?}", compiler.command);
    }
    let commands: Vec<_> = compilers.iter().map(|compiler| &compiler.command).collect();
    writeln!(io::stderr(), "read metadata of {commands:?}").expect("stderr can be written to");
}
