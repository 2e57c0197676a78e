//! What the macros expand to, as golden files in `tests/expansion`.
//!
//! Each has the annotated function in a comment, then the expansion. After a change of the expansion,
//! `EXPANSION=overwrite cargo test -p panopticon-derive-tests --test expansion` rewrites them; review
//! the difference.

// The macros' own files, because a proc-macro crate exports nothing but macros.
#[path = "../../panopticon-macros/src/arguments.rs"]
mod arguments;
#[path = "../../panopticon-macros/src/collection/mod.rs"]
mod collection;
#[allow(dead_code, reason = "`features!` is not tested here")]
#[path = "../../panopticon-macros/src/command_line.rs"]
mod command_line;
#[path = "../../panopticon-macros/src/discover/mod.rs"]
mod discover;
#[allow(dead_code, reason = "the macros use a part of it")]
#[path = "../../panopticon-macros/src/duration.rs"]
mod duration;
#[path = "../../panopticon-macros/src/edit_distance.rs"]
mod edit_distance;
#[path = "../../panopticon-macros/src/errors.rs"]
mod errors;
#[path = "../../panopticon-macros/src/function.rs"]
mod function;
#[path = "../../panopticon-macros/src/healthcheck/mod.rs"]
mod healthcheck;
#[path = "../../panopticon-macros/src/metric.rs"]
mod metric;
#[path = "../../panopticon-macros/src/name.rs"]
mod name;
#[path = "../../panopticon-macros/src/options/mod.rs"]
mod options;
#[path = "../../panopticon-macros/src/refusal.rs"]
mod refusal;
#[path = "../../panopticon-macros/src/registration.rs"]
mod registration;
#[path = "../../panopticon-macros/src/track_time/mod.rs"]
mod track_time;
#[path = "../../panopticon-macros/src/unique_name.rs"]
mod unique_name;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use syn::{File, Item};

const OVERWRITE: &str = "EXPANSION";

type Expand = fn(TokenStream) -> TokenStream;

/// The golden files of function-like macros: the file, the macro, its arguments.
const GOLDENS_OF_CALLS: [(&str, Expand, &str); 2] = [
    ("collection", collection::expand, "name = \"payments.cards\", timeout = \"1s\", no_probe"),
    ("discover", discover::expand, "orders, #[link_only] billing"),
];

/// The golden files of `#[healthcheck]`: the file, the attribute's arguments, the item.
const GOLDENS: [(&str, &str, &str); 9] = [
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
        "name = \"orders.database\", timeout = \"1500ms\", critical = false, tags = [\"sql\", \"pci\"], readiness, startup",
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
        "optional_resource",
        "if_provided",
        "
fn database(pool: &Pool, store: Option<&dyn Store>) {
    pool.ping(store)
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

/// The golden files of `#[track_time]`, likewise.
const GOLDENS_OF_TIMERS: [(&str, &str, &str); 6] = [
    (
        "track_time",
        "",
        "
/// Documented.
#[must_use]
pub unsafe extern \"C\" fn r#type<T>(texts: &[T]) -> usize
where
    T: Ord,
{
    #![allow(clippy::needless_return)]
    use std::collections::BTreeSet;
    return texts.iter().collect::<BTreeSet<_>>().len();
}",
    ),
    (
        "track_time_all_options",
        "\"orders.import\", unit = \"us\", tags = [(\"kind\", \"book\"), (\"team\", \"a:b\")], crate = metrics",
        "
fn import(&self) {}",
    ),
    (
        "track_time_async",
        "unit = \"s\"",
        "
async fn import(orders: &[Order]) -> Result<usize, Error> {
    for order in orders {
        order.import().await?;
    }
    Ok(orders.len())
}",
    ),
    (
        // What `#[async_trait]` 0.1.92 makes of
        // `async fn book(&self, id: u64) -> Option<Book> { self.books.get(id).await }`.
        "track_time_async_trait",
        "",
        "
fn book<'life0, 'async_trait>(
    &'life0 self,
    id: u64,
) -> ::core::pin::Pin<
    Box<dyn ::core::future::Future<Output = Option<Book>> + ::core::marker::Send + 'async_trait>,
>
where
    'life0: 'async_trait,
    Self: 'async_trait,
{
    Box::pin(async move {
        if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Option<Book>> {
            #[allow(unreachable_code)]
            return __ret;
        }
        let __self = self;
        let id = id;
        let __ret: Option<Book> = { __self.books.get(id).await };
        #[allow(unreachable_code)]
        __ret
    })
}",
    ),
    (
        "track_time_async_block",
        "",
        "
fn fetch(id: u64) -> impl Future<Output = u64> {
    let url = url(id);
    async { get(url).await }
}",
    ),
    (
        "track_time_error",
        "\"order book\", unit = \"min\", name = \"x\"",
        "
/// Documented.
#[track_time]
pub const fn import() {}",
    ),
];

#[test]
fn expansions_are_as_reviewed() {
    let overwrite = env::var(OVERWRITE).is_ok_and(|value| value == "overwrite");
    let mut differences = String::new();
    let of_checks = GOLDENS.map(|(name, arguments, item)| {
        (name, golden("healthcheck", &expand(arguments, item), arguments, item))
    });
    let of_timers = GOLDENS_OF_TIMERS.map(|(name, arguments, item)| {
        (name, golden("track_time", &expand_timer(arguments, item), arguments, item))
    });
    let of_calls = GOLDENS_OF_CALLS
        .map(|(name, expand, arguments)| (name, golden_of_call(name, expand, arguments)));
    for (name, expansion) in of_checks.into_iter().chain(of_timers).chain(of_calls) {
        let path = path_of(name);
        if overwrite {
            fs::write(&path, expansion).unwrap();
            continue;
        }
        let reviewed = fs::read_to_string(&path).unwrap_or_default();
        if reviewed != expansion {
            writeln!(
                differences,
                "--- {name}.rs is\n{reviewed}--- but the expansion is\n{expansion}"
            )
            .unwrap();
        }
    }
    assert!(differences.is_empty(), "{differences}{OVERWRITE}=overwrite rewrites the golden files");
    assert_eq!(
        golden_files().len(),
        GOLDENS.len() + GOLDENS_OF_TIMERS.len() + GOLDENS_OF_CALLS.len(),
        "a golden file has no test"
    );
}

#[test]
fn a_check_without_options_costs_28_lines() {
    let (_, arguments, item) = GOLDENS[0];
    let all = print(&expand(arguments, item)).lines().count();
    let users = print(&item.parse().unwrap()).lines().count();
    assert!(all - users <= 28, "{} lines", all - users);
}

#[test]
fn a_renamed_crate_is_called_by_its_new_name_only() {
    let expansion = print(&expand("crate = health_checks", "fn database(pool: &Pool) {}"));
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

/// Except for one statement.
#[test]
fn a_timed_function_is_passed_on_token_by_token() {
    for (name, arguments, item) in &GOLDENS_OF_TIMERS[..GOLDENS_OF_TIMERS.len() - 1] {
        let tokens = item.parse::<TokenStream>().unwrap().to_string();
        let expansion = expand_timer(arguments, item).to_string();
        let start = expansion.find("let __panopticon_timer").expect(name);
        let length = expansion[start..].find(';').expect(name) + 1;
        let without = format!("{}{}", &expansion[..start], &expansion[start + length..]);
        let spaceless = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(spaceless(&without), spaceless(&tokens), "{name}");
    }
}

/// Expands the bodies without `@`, which is the expected place of the timer.
#[test]
fn the_time_starts_where_it_should() {
    for body in [
        "@",
        "@ 1",
        "#![allow(x)] #![doc = \"x\"] @ 1",
        "use a::b; fn c() {} static D: u8 = 1; macro_rules! e { () => {} } #[cfg(x)] const F: u8 = 1; @ 1",
        "@ e!(); use a::b; 1",
        "@ unsafe { f() }",
        "@ const { f() }",
        "async { @ 1 }",
        "async move { @ }",
        "f(); async { use a::b; @ 1 }",
        "if a { f() } async { @ 1 }",
        "use a::b; async { @ 1 }",
        "Box::pin(async { @ 1 })",
        "Box::pin(async move { @ 1 },)",
        "std::boxed::Box::pin(async move { @ 1 })",
        "::std::boxed::Box::pin(async move { @ 1 })",
        "::alloc::boxed::Box::pin(async move { @ 1 })",
        "f(); Box::pin(async { @ 1 })",
        "match a { _ => f() } ::std::boxed::Box::pin(async { @ 1 })",
        // None of these is the future that the function returns.
        "@ async { 1 };",
        "@ async { 1 }.boxed()",
        "@ f(async { 1 })",
        "@ a = async { 1 }",
        "@ Box::pin(async { 1 }.then(f))",
        "@ Box::pin(f, async { 1 })",
        "@ Pin::from(Box::new(async { 1 }))",
        "@ a::Box::pin(async { 1 })",
        "@ a::std::boxed::Box::pin(async { 1 })",
        "@ boxed::Box::pin(async { 1 })",
        "@ a.Box::pin(async { 1 })",
        "@ &Box::pin(async { 1 })",
        "@ f(Box::pin(async { 1 }))",
        "@ move async { 1 }",
        "@ || async { 1 }",
        "@ async || { 1 }",
        "@ async { 1 } as F",
    ] {
        let item = format!("fn f() {{ {} }}", body.replace('@', ""));
        let timer = "let __panopticon_timer = :: panopticon :: __private :: time_until_dropped (\"f\" , \
                     :: panopticon :: __private :: Unit :: Milliseconds , & [] ,) ;";
        let expected = format!("fn f() {{ {} }}", body.replace('@', timer));
        let spaceless = |text: &str| text.split_whitespace().collect::<String>();
        let expansion = expand_timer("", &item).to_string();
        assert_eq!(spaceless(&expansion), spaceless(&expected), "{body}");
    }
}

/// Every name of up to five parts, some of them words that marks are spelled as, so that two names
/// would have the same identifier if that were possible.
#[test]
fn a_name_is_an_identifier_that_no_other_name_is() {
    const PARTS: [&str; 11] =
        ["a", "D", "1", "_", ".", "-", "dot", "dash", "_dot_", "named_", "spelled_"];
    let mut names = BTreeSet::from([String::new()]);
    for _ in 0..5 {
        let longer =
            names.iter().flat_map(|name| PARTS.iter().map(move |part| format!("{name}{part}")));
        names = longer.chain(names.iter().cloned()).collect();
    }
    names.retain(|name| name::check_component(name).is_ok());
    assert!(names.len() > 50_000, "{}", names.len());

    let mut by_part: BTreeMap<String, &str> = BTreeMap::new();
    for name in &names {
        let part = unique_name::as_part_of_identifier(name);
        assert!(
            part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
            "`{name}` gives `{part}`"
        );
        if !name.contains(['.', '-']) {
            assert_eq!(part, format!("named_{name}"));
        }
        if let Some(other) = by_part.insert(part, name) {
            panic!("`{name}` and `{other}` give the same");
        }
    }
}

/// The compiler accepts the identifiers of the longest names.
#[test]
fn a_name_of_64_marks_is_an_identifier() {
    let name = format!("a{}", "-".repeat(63));
    let expansion = expand(&format!("name = \"{name}\""), "fn database() {}").to_string();
    let macro_name = format!("health_check_spelled_a{}_is_already", "_dash_".repeat(63));
    assert!(expansion.contains(&macro_name), "{expansion}");
}

fn golden_files() -> Vec<PathBuf> {
    let entries = fs::read_dir(path_of("").parent().unwrap()).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn golden(attribute: &str, expansion: &TokenStream, arguments: &str, item: &str) -> String {
    let mut golden = String::new();
    for line in format!("#[{attribute}({arguments})]{item}").lines() {
        writeln!(golden, "// {line}").unwrap();
    }
    golden + "\n" + &print(expansion)
}

fn golden_of_call(name: &str, expand: Expand, arguments: &str) -> String {
    let mut expansion: File = syn::parse2(expand(arguments.parse().unwrap())).unwrap();
    let mut golden = format!("// {name}!({arguments});\n\n");
    // What is given to another macro would be one line of tokens.
    if let Some(Item::Macro(last)) = expansion.items.last_mut() {
        let given = print(&std::mem::take(&mut last.mac.tokens));
        golden += &printed(&expansion);
        golden += "\n// The last of these gets:\n\n";
        return golden + &given;
    }
    golden + &printed(&expansion)
}

fn expand(arguments: &str, item: &str) -> TokenStream {
    healthcheck::expand(arguments.parse().unwrap(), &item.parse().unwrap())
}

fn expand_timer(arguments: &str, item: &str) -> TokenStream {
    track_time::expand(arguments.parse().unwrap(), &item.parse().unwrap())
}

fn print(tokens: &TokenStream) -> String {
    printed(&syn::parse2(tokens.clone()).unwrap())
}

/// Formats the file, with the name and version of another package.
fn printed(file: &File) -> String {
    prettyplease::unparse(file)
        .replace(env!("CARGO_PKG_NAME"), "orders")
        .replace(env!("CARGO_PKG_VERSION"), "1.2.3")
}

fn path_of(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/expansion/{name}.rs"))
}
