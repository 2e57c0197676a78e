//! Which health checks are in a binary, in debug and release builds and with link-time optimization,
//! and what the errors say if some are missing. The programs and libraries in `linking`, a workspace
//! of its own, represent a service and its crates.
//!
//! Everything is built in the target folder, with the versions in this repository's lock file.

mod libraries;

use std::env;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The target folder of the programs.
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/linking");

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The folder of the workspace, with this repository's lock file.
fn workspace() -> &'static Path {
    static WORKSPACE: OnceLock<PathBuf> = OnceLock::new();
    WORKSPACE.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("linking");
        copy_lock_file_to(&workspace);
        workspace
    })
}

/// Cargo adds the packages of the folder to it, and no other versions.
fn copy_lock_file_to(folder: &Path) {
    fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder).args(arguments).args(["--offline", "--target-dir", TARGET]);
    cargo
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Returns the output of a command that succeeds.
fn stdout(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = run(command);
    let stdout = String::from_utf8(stdout).unwrap();
    assert!(status.success(), "{command:?}\n{stdout}\n{}", String::from_utf8_lossy(&stderr));
    stdout
}

/// Returns a program of the debug build, which all tests share.
fn program(name: &str) -> Command {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        stdout(&mut cargo(workspace(), &["build", "-p=app", "-p=hollow", "-p=twin"]));
    });
    program_of("debug", name)
}

fn program_of(profile: &str, name: &str) -> Command {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    Command::new(Path::new(TARGET).join(profile).join(file))
}

/// Returns the components of a program, each with its collection.
fn components(program: &mut Command) -> Vec<String> {
    stdout(program).lines().map(str::to_owned).collect()
}

/// Returns what `assert_all_linked!` says in a program.
fn linked(program: &mut Command) -> String {
    stdout(program.arg("linked"))
}

/// A binary contains the dependencies that it lists, one of them renamed, and those that their code
/// refers to, but not one that is only in a manifest.
const LISTED: [&str; 7] = [
    "bank in payments",
    "bills in shop-billing",
    "cards in payments",
    "ledger in ledger",
    "of_the_program in app",
    "orders in orders",
    "weights in weights",
];
const UNLISTED: [&str; 1] = ["of_the_program in app"];

#[test]
fn listed_crates_are_linked_in_debug_builds() {
    assert_eq!(components(&mut program("listed")), LISTED);
    assert_eq!(components(&mut program("unlisted")), UNLISTED);
}

#[test]
fn listed_crates_are_linked_in_release_builds_with_and_without_link_time_optimization() {
    for optimization in ["off", "thin", "fat"] {
        let programs = ["build", "--release", "-p=app", "--bin=listed", "--bin=unlisted"];
        let mut build = cargo(workspace(), &programs);
        stdout(build.env("CARGO_PROFILE_RELEASE_LTO", optimization));
        let listed = components(&mut program_of("release", "listed"));
        assert_eq!(listed, LISTED, "lto = \"{optimization}\"");
        let unlisted = components(&mut program_of("release", "unlisted"));
        assert_eq!(unlisted, UNLISTED, "lto = \"{optimization}\"");
    }
}

#[test]
fn everything_that_is_wrong_between_crates_is_in_one_error() {
    assert_eq!(
        stdout(&mut program("mistaken")),
        "\
the health report cannot be served: 9 problems
1. crate `orders_last`, which `discover!` lists at app/src/bin/mistaken.rs:11, has no health check; annotate a function in it with `#[healthcheck]`, or remove it from the list
2. crate `quiet`, which `discover!` lists at app/src/bin/mistaken.rs:7, has no health check; annotate a function in it with `#[healthcheck]`, or remove it from the list
3. crate `silence`, which `discover!` lists at app/src/bin/mistaken.rs:8, has no health check; annotate a function in it with `#[healthcheck]`, or remove it from the list
4. 2 health checks are named `bills`:
     at app/src/bin/mistaken.rs:15
     at billing/src/lib.rs:6
   rename all but one of the functions, or write `#[healthcheck(name = \"…\")]`
   if they are not yours, call `.rename(\"shop_billing::bills\", \"…\")` or `.without(\"shop_billing::bills\")` on the builder
5. 2 health checks are named `orders`:
     at orders-2/src/lib.rs:6
     at orders/src/lib.rs:6
   rename all but one of the functions, or write `#[healthcheck(name = \"…\")]`
6. 2 collections are named `orders`:
     package `orders` 2.0.0, for its checks in no collection, such as `orders` at orders-2/src/lib.rs:6
     package `orders` 1.0.0, for its checks in no collection, such as `orders` at orders/src/lib.rs:6
   give all but one another name in `collection!(name = \"…\")`
7. 2 collections are named `payments`:
     at orders-2/src/lib.rs:9
     at orders/src/lib.rs:9
   give all but one another name in `collection!(name = \"…\")`
8. 2 collections are named `shop-billing`:
     at orders-2/src/lib.rs:16
     package `shop-billing` 1.0.0, for its checks in no collection, such as `bills` at billing/src/lib.rs:6
   give all but one another name in `collection!(name = \"…\")`
9. collection `empty` at app/src/bin/mistaken.rs:18 has no health check; annotate a function in its module, or in one below it, with `#[healthcheck]`, or remove the `collection!`
"
    );
}

#[test]
fn a_check_of_a_dependency_is_renamed_or_switched_off() {
    assert_eq!(
        components(&mut program("adjusted")),
        [
            "bank in payments",
            "bills in app",
            "cards in payments",
            "orders in orders",
            "pay.bills in shop-billing",
        ]
    );
}

#[test]
fn a_binary_named_like_its_library_is_another_crate() {
    assert_eq!(
        components(&mut program("twin")),
        [
            "in_inner_library in library.inner",
            "in_inner_program in program",
            "in_library in library",
            "in_program in program",
        ]
    );
    let error = stdout(&mut program("hollow"));
    assert!(
        error.contains(": 1 problem\n1. crate `hollow`, which `discover!` lists at "),
        "{error}"
    );
    // Its tests are one too.
    stdout(&mut cargo(workspace(), &["test", "-p=twin"]));
}

/// The compiler finds them in the metadata of a library, also of the same package.
#[test]
fn a_name_of_a_listed_crate_is_taken_in_each_profile() {
    for (command, place, name) in [
        (&["check", "--bin=twin"][..], "twin/src/main.rs", "in_library"),
        (&["build", "--bin=twin"], "twin/src/main.rs", "in_library"),
        (&["build", "--release", "--bin=twin"], "twin/src/main.rs", "in_library"),
        (&["check", "--test=twin"], "twin/tests/twin.rs", "in_inner_library"),
    ] {
        let mut cargo = cargo(workspace(), command);
        cargo.args(["-p=twin", "--features=clash"]).env("CARGO_PROFILE_RELEASE_LTO", "off");
        let Output { status, stderr, .. } = run(&mut cargo);
        let stderr = String::from_utf8_lossy(&stderr);
        assert!(!status.success(), "{command:?}");
        let macro_name = format!("health_check_named_{name}_is_already_registered_so_rename_one");
        let error = format!("error[E0255]: the name `{macro_name}` is defined multiple times");
        assert!(stderr.contains(&error), "{command:?}: {stderr}");
        assert!(stderr.contains(place), "{command:?}: {stderr}");
        assert_eq!(stderr.matches("error[").count(), 1, "{command:?}: {stderr}");
    }
}

#[test]
fn a_module_that_is_compiled_twice_is_named_as_the_cause() {
    stdout(&mut cargo(workspace(), &["build", "-p=doubled"]));
    let cause = "they are the same: `doubled/src/healthchecks.rs` is compiled into the library of \
                 package `doubled` and into this binary; remove `mod healthchecks;` from the \
                 binary, and use `doubled::healthchecks` there";
    let file = "doubled/src/healthchecks.rs";
    assert_eq!(
        stdout(&mut program_of("debug", "doubled")),
        format!(
            "the health report cannot be served: 2 problems\n\
             1. 2 health checks are named `check`:\n     at {file}:4\n     at {file}:4\n   {cause}\n\
             2. 2 collections are named `ours`:\n     at {file}:1\n     at {file}:1\n   {cause}\n"
        )
    );
    // In the tests of the library, a dependency depends on it.
    stdout(&mut cargo(workspace(), &["test", "-p=doubled", "--lib"]));
}

#[test]
fn assert_all_linked_says_of_each_missing_crate_what_to_write() {
    assert_eq!(
        linked(&mut program("unlisted")),
        "\
these crates use panopticon, but have no health check in this binary:
  `orders` (app → orders): write `panopticon::discover!(orders);` at the root of this binary, or add `orders` to the list there
  `orders` (app → orders_next): write `panopticon::discover!(orders_next);` at the root of this binary, or add `orders_next` to the list there
  `quiet` (app → quiet): write `panopticon::discover!(quiet);` at the root of this binary, or add `quiet` to the list there
  `shop_billing` (app → pay): write `panopticon::discover!(pay);` at the root of this binary, or add `pay` to the list there
  `silent_checks` (app → silence): write `panopticon::discover!(silence);` at the root of this binary, or add `silence` to the list there
  `weights` (app → weights): write `panopticon::discover!(weights);` at the root of this binary, or add `weights` to the list there
  `archive` (app → pay → archive): add `archive` to the dependencies of `app`, and `archive` to `panopticon::discover!` at the root of this binary
  `ledger` (app → pay → ledger): add `ledger` to the dependencies of `app`, and `ledger` to `panopticon::discover!` at the root of this binary
If a crate has no health checks of its own, except it with `assert_all_linked!(except = [\"…\"])`.
"
    );
}

#[test]
fn assert_all_linked_finds_crates_missing_from_the_list() {
    let said = linked(&mut program("listed_in_vain"));
    let missing: Vec<&str> = said.lines().filter(|line| line.starts_with("  ")).collect();
    let starts = [
        "  `orders` (app → orders_next): write ",
        "  `quiet` (app → quiet): `discover!` lists it; annotate ",
        "  `silent_checks` (app → silence): write ",
        "  `archive` (app → pay → archive): add ",
    ];
    for (missing, start) in missing.iter().zip(starts) {
        assert!(missing.starts_with(start), "{said}");
    }
    assert_eq!(missing.len(), 4, "{said}");
}

#[test]
fn assert_all_linked_takes_exceptions() {
    assert_eq!(linked(&mut program("excepted")), "all are linked\n");
    assert_eq!(
        linked(&mut program("excepted_in_vain")),
        "`queue` is excepted, but no dependency of this name uses panopticon; remove the exception\n"
    );
}

#[test]
fn assert_all_linked_fails_without_cargo() {
    let nowhere = repository().join("no-such-cargo");
    let said = linked(program("excepted").env("CARGO", &nowhere));
    let begin = "cannot find the crates that use panopticon, because `cargo metadata` failed: ";
    assert!(said.starts_with(&format!("{begin}{}", nowhere.display())), "{said}");
    // A test that is run by hand has no such variable.
    assert_eq!(linked(program("excepted").env_remove("CARGO")), "all are linked\n");
}

/// Neither if it fails at first, nor in later attempts.
#[test]
#[cfg(unix)]
fn assert_all_linked_never_lets_cargo_go_online() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (fake, log) = (folder.join("failing-cargo"), folder.join("failing-cargo.log"));
    let log_and_fail = "echo \"$RUSTUP_AUTO_INSTALL $@\" >> \"$LOG\"; wc -l < \"$LOG\" >&2; exit 1";
    fs::write(&fake, format!("#!/bin/sh\n{log_and_fail}\n")).unwrap();
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(&log, "").unwrap();

    let said = linked(program("excepted").env("CARGO", &fake).env("LOG", &log));
    let numbers: String = said.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(numbers, "1", "the first attempt's error is shown: {said}");
    assert!(said.contains("`cargo metadata` failed"), "{said}");
    let calls = fs::read_to_string(&log).unwrap();
    assert_eq!(calls.lines().count(), 3, "{calls}");
    assert!(calls.lines().all(|call| call.starts_with("0 metadata --offline ")), "{calls}");
}

/// As after `cargo test -p app`, which downloads less than the workspace.
#[test]
fn assert_all_linked_says_what_to_run_if_sources_are_missing() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-home-without-sources");
    let said = linked(program("excepted").env("CARGO_HOME", home));
    assert!(said.contains("--offline"), "what cargo says: {said}");
    assert!(said.contains("\nif sources are missing, run `cargo fetch` first: "), "{said}");
}

/// The program has dependencies for tests, for build scripts, for another platform, of a procedural
/// macro, of an enabled feature and of a disabled one.
#[test]
fn assert_all_linked_follows_the_dependencies_that_the_program_is_built_with() {
    for (features, missing) in [
        (vec![], "by_default"),
        (vec!["--no-default-features", "--features=on-request"], "on_request"),
    ] {
        stdout(cargo(workspace(), &["build", "-p=graph"]).args(features));
        let said = linked(&mut program_of("debug", "graph"));
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("  ")).collect();
        assert_eq!(lines.len(), 1, "{said}");
        assert!(lines[0].starts_with(&format!("  `{missing}` (graph → {missing}): ")), "{said}");
    }
}

#[test]
fn a_crate_of_procedural_macros_cannot_have_health_checks() {
    let Output { status, stderr, .. } =
        run(&mut cargo(workspace(), &["check", "-p=macros", "--features=checks"]));
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(!status.success());
    let rule = "must not be in a crate of procedural macros, which only the compiler runs; move it to the crate that they are for";
    for (what, place) in [
        ("collection `macros`", "graph/macros/src/lib.rs:5:5"),
        ("health check `in_macros`", "graph/macros/src/lib.rs:8:8"),
    ] {
        let error = format!("error: {what} {rule}\n --> {place}\n");
        assert!(stderr.contains(&error), "{stderr}");
    }
    assert_eq!(stderr.matches("error: ").count(), 3, "with the summary: {stderr}");
}

/// Each version would have a registry of its own.
#[test]
fn two_versions_of_panopticon_are_an_error_of_cargo() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("two-versions");
    let write = |file: &str, text: &str| {
        let file = folder.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    // With the line of the manifest that lets the resolver refuse it.
    let manifest = fs::read_to_string(repository().join("panopticon/Cargo.toml")).unwrap();
    let links = manifest.lines().find(|line| line.starts_with("links = ")).expect("it has `links`");
    write(
        "old/Cargo.toml",
        &format!(
            "[package]\nname = \"panopticon\"\nversion = \"0.0.1\"\nedition = \"2024\"\n{links}\n"
        ),
    );
    write("old/src/lib.rs", "");
    write("old/build.rs", "fn main() {}\n");
    write("src/main.rs", "fn main() {}\n");
    let dependencies =
        [("panopticon", repository().join("panopticon")), ("old-panopticon", folder.join("old"))];
    let mut app =
        "[package]\nname = \"app\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n"
            .to_owned();
    for (name, path) in &dependencies {
        writeln!(app, "{name} = {{ package = \"panopticon\", path = {path:?} }}").unwrap();
    }
    write("Cargo.toml", &app);
    copy_lock_file_to(&folder);

    let Output { status, stderr, .. } = run(&mut cargo(&folder, &["check"]));
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(!status.success());
    for part in [
        "package `panopticon v0.0.1",
        "package `panopticon v",
        "links to the native library `panopticon`",
        "links = \"panopticon\"",
    ] {
        assert!(stderr.contains(part), "{part} is not in\n{stderr}");
    }
}

/// The macros that prove unique names are not for users.
#[test]
fn docs_of_a_crate_do_not_show_what_its_checks_export() {
    let mut doc = cargo(workspace(), &["doc", "-p=orders@1.0.0", "--no-deps"]);
    stdout(doc.args(["--document-private-items"]));
    let folder = Path::new(TARGET).join("doc");
    let shown = text_below(&folder.join("orders")) + &text_below(&folder.join("search.index"));
    assert!(shown.contains("round"), "its other macros are shown");
    for hidden in ["_is_already_", "_must_be_", "a_module_can_have_"] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
}

fn text_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &text_below(&path);
        } else if path.extension() != Some(OsStr::new("svg")) {
            text += &String::from_utf8_lossy(&fs::read(&path).unwrap());
        }
    }
    text
}
