//! What `#[healthcheck]` expands to, as golden files in `tests/expansion`.
//!
//! Each holds the annotated function in a comment, then the expansion. After a change of the
//! expansion, `EXPANSION=overwrite cargo test -p panopticon-derive-tests --test expansion` writes
//! them anew; the difference is for review.

// The attribute's own files, for a proc-macro crate exports nothing but the macro.
#[path = "../../panopticon-macros/src/collection/mod.rs"]
mod collection;
#[path = "../../panopticon-macros/src/discover/mod.rs"]
mod discover;
#[allow(dead_code, reason = "the macros ask for a part of it")]
#[path = "../../panopticon-macros/src/duration.rs"]
mod duration;
#[path = "../../panopticon-macros/src/healthcheck/mod.rs"]
mod healthcheck;
#[path = "../../panopticon-macros/src/name.rs"]
mod name;
#[path = "../../panopticon-macros/src/options.rs"]
mod options;
#[path = "../../panopticon-macros/src/problem.rs"]
mod problem;
#[path = "../../panopticon-macros/src/registration.rs"]
mod registration;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use syn::File;

const OVERWRITE: &str = "EXPANSION";

/// The golden file of a macro that stands alone, what expands it, its arguments.
const GOLDENS_OF_CALLS: [(&str, fn(TokenStream) -> TokenStream, &str); 2] = [
    ("collection", collection::expand, "name = \"payments.cards\", timeout = \"1s\""),
    ("discover", discover::expand, "orders, #[link_only] billing"),
];

/// The golden file, the attribute's arguments, the item below it.
const GOLDENS: [(&str, &str, &str); 8] = [
    (
        "no_options",
        "",
        "
fn database() -> Health {
    Health::healthy(\"available\")
}",
    ),
    (
        "all_options",
        "name = \"orders.database\", timeout = \"1500ms\", critical = false, tags = [\"sql\", \"pci\"]",
        "
pub async fn database() -> Health {
    Health::healthy(\"available\")
}",
    ),
    (
        "one_option",
        "timeout = \"2m\"",
        "
fn database() {}",
    ),
    (
        "blocking_with_two_resources",
        "",
        "
fn database(pool: &Pool, store: &(dyn Store + Send + Sync)) -> Result<(), Error> {
    pool.ping(store)
}",
    ),
    (
        "async_with_two_resources",
        "",
        "
async fn database(pool: &Pool, text: &str) -> Result<Health, Error> {
    pool.query(text).await
}",
    ),
    (
        "renamed_crate",
        "crate = health_checks, tags = [\"sql\"]",
        "
async fn database(pool: &Pool) {
    pool.ping().await
}",
    ),
    (
        "shared_attributes",
        "",
        "
/// Documented.
#[cfg(unix)]
#[inline]
#[deprecated]
#[expect(unused_variables)]
#[cfg_attr(feature = \"sql\", cfg(unix), doc = \"With SQL.\", deprecated)]
#[cfg_attr(feature = \"sql\", inline)]
fn r#type(pool: &Pool) {}",
    ),
    (
        "error",
        "name = \"order book\", timeout = \"0s\", retries = 3",
        "
/// Documented.
#[healthcheck]
pub const unsafe extern \"C\" fn database(pool: Pool) -> Health {
    Health::healthy(\"available\")
}",
    ),
];

#[test]
fn expansions_are_as_reviewed() {
    let overwrite = env::var(OVERWRITE).is_ok_and(|value| value == "overwrite");
    let mut differences = String::new();
    let of_attributes =
        GOLDENS.map(|(name, arguments, item)| (name, golden(arguments, item))).into_iter();
    let of_calls = GOLDENS_OF_CALLS
        .map(|(name, expand, arguments)| (name, golden_of_call(name, expand, arguments)));
    for (name, expansion) in of_attributes.chain(of_calls) {
        let path = path_of(name);
        if overwrite {
            fs::write(&path, expansion).unwrap();
            continue;
        }
        let reviewed = fs::read_to_string(&path).unwrap_or_default();
        if reviewed != expansion {
            writeln!(differences, "--- {name}.rs is\n{reviewed}--- and would be\n{expansion}")
                .unwrap();
        }
    }
    assert!(
        differences.is_empty(),
        "{differences}{OVERWRITE}=overwrite writes the golden files anew"
    );
    assert_eq!(
        golden_files().len(),
        GOLDENS.len() + GOLDENS_OF_CALLS.len(),
        "a file is left of a golden that is no more"
    );
}

#[test]
fn a_check_without_options_costs_25_lines() {
    let (_, arguments, item) = GOLDENS[0];
    let all = print(&expand(arguments, item)).lines().count();
    let users = print(&item.parse().unwrap()).lines().count();
    assert!(all - users <= 25, "{} lines", all - users);
}

#[test]
fn a_renamed_crate_is_called_by_its_new_name_only() {
    let expansion = expand("crate = health_checks", "fn database(pool: &Pool) {}").to_string();
    assert!(expansion.contains("health_checks"), "{expansion}");
    assert!(!expansion.replace("__panopticon", "").contains("panopticon"), "{expansion}");
}

#[test]
fn the_function_is_passed_on_token_by_token() {
    for (_, arguments, item) in &GOLDENS[..GOLDENS.len() - 1] {
        let tokens: TokenStream = item.parse().unwrap();
        let expansion = expand(arguments, item).to_string();
        assert!(expansion.starts_with(&tokens.to_string()), "{expansion}");
    }
}

fn golden_files() -> Vec<PathBuf> {
    let entries = fs::read_dir(path_of("").parent().unwrap()).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn golden(arguments: &str, item: &str) -> String {
    let mut golden = String::new();
    for line in format!("#[healthcheck({arguments})]{item}").lines() {
        writeln!(golden, "// {line}").unwrap();
    }
    golden + "\n" + &print(&expand(arguments, item))
}

fn golden_of_call(name: &str, expand: fn(TokenStream) -> TokenStream, arguments: &str) -> String {
    let expansion = print(&expand(arguments.parse().unwrap()));
    format!("// {name}!({arguments});\n\n{expansion}")
}

fn expand(arguments: &str, item: &str) -> TokenStream {
    healthcheck::expand(arguments.parse().unwrap(), &item.parse().unwrap())
}

fn print(tokens: &TokenStream) -> String {
    let file: File = syn::parse2(tokens.clone()).unwrap();
    prettyplease::unparse(&file)
}

fn path_of(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/expansion/{name}.rs"))
}
