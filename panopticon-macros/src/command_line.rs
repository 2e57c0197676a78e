//! Facts about the compiled crate that only the compiler's command line has.
//!
//! The language has no way to get from a dependency's name in the manifest to its own name, or to
//! the features that a crate is built with. The command line has both
//! (<https://doc.rust-lang.org/rustc/command-line-arguments.html>):
//! `--extern pay=…/libbilling-0123456789abcdef.rmeta`, `--cfg feature="sql"`. Outside the compiler,
//! as in an editor, it has neither.

use std::fs;

use proc_macro2::TokenStream;
use quote::quote;

/// Returns the arguments that this process was started with.
fn arguments() -> Vec<String> {
    let arguments = std::env::args().flat_map(|argument| match argument.strip_prefix('@') {
        // A file has the arguments if the line would be too long.
        Some(file) => lines(&fs::read_to_string(file).unwrap_or_default()),
        None => vec![argument],
    });
    arguments.collect()
}

fn lines(file: &str) -> Vec<String> {
    file.lines().map(str::to_owned).collect()
}

/// Returns a dependency's files; none if the command line does not say. It may name several, of
/// which the compiler chooses: a `.rmeta`, an `.rlib`, a dynamic library.
pub(crate) fn files_of(dependency: &str) -> Vec<String> {
    find_files_of(dependency, &arguments())
}

/// Returns what `features!()` expands to: an `Option<&[&str]>`.
pub(crate) fn features() -> TokenStream {
    let arguments = arguments();
    let features = find_features(&arguments);
    features.map_or_else(
        || quote!(::core::option::Option::None),
        |features| quote!(::core::option::Option::Some(&[#(#features),*])),
    )
}

/// Returns the values of an option, which are arguments of their own or follow it after `=`.
fn values_of<'a>(option: &str, arguments: &'a [String]) -> impl Iterator<Item = &'a str> {
    let is_value_of_its_own =
        move |position: usize| position > 0 && arguments[position - 1] == option;
    arguments.iter().enumerate().filter_map(move |(position, argument)| {
        if is_value_of_its_own(position) {
            Some(argument.as_str())
        } else {
            argument.strip_prefix(option)?.strip_prefix('=')
        }
    })
}

fn find_files_of(dependency: &str, arguments: &[String]) -> Vec<String> {
    let files = values_of("--extern", arguments)
        .filter_map(|value| value.split_once('='))
        // There may be options before the name: `priv,noprelude:pay=…`.
        .filter(|(name, _)| name.rsplit(':').next() == Some(dependency))
        .map(|(_, path)| path.to_owned());
    files.collect()
}

/// Returns a crate's own name, `billing` for `…/libbilling-0123456789abcdef.rmeta`.
pub(crate) fn name_of_library(path: &str) -> Option<String> {
    let file = path.rsplit(['/', '\\']).next()?;
    let stem = file.split('.').next()?;
    let name = stem.strip_prefix("lib").unwrap_or(stem);
    // Cargo adds what follows the dash; a crate's name has none.
    let name = name.split('-').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// Returns the enabled features, if cargo started this compiler.
fn find_features(arguments: &[String]) -> Option<Vec<&str>> {
    values_of("--crate-name", arguments).next()?;
    let features = values_of("--cfg", arguments)
        .filter_map(|cfg| cfg.strip_prefix("feature=\"")?.strip_suffix('"'));
    Some(features.collect())
}

#[cfg(test)]
mod tests {
    use super::{find_features, find_files_of, name_of_library};

    fn owned(arguments: &[&str]) -> Vec<String> {
        arguments.iter().map(|&argument| argument.to_owned()).collect()
    }

    fn found(arguments: &[&str]) -> Option<String> {
        name_of_library(find_files_of("pay", &owned(arguments)).first()?)
    }

    #[test]
    fn own_name_of_a_renamed_crate() {
        for arguments in [
            ["--extern", "pay=/target/debug/deps/libbilling-0123456789abcdef.rmeta"],
            ["--extern=pay=/target/release/deps/libbilling-0123456789abcdef.rlib", ""],
            ["--extern", "priv,noprelude:pay=/deps/libbilling.so"],
            ["--extern", "pay=C:\\deps\\billing-0123456789abcdef.dll"],
        ] {
            assert_eq!(found(&arguments).as_deref(), Some("billing"), "{arguments:?}");
        }
    }

    #[test]
    fn own_name_among_other_arguments() {
        let arguments = [
            "rustc",
            "--extern-html-root-url",
            "pay=other",
            "--cfg",
            "pay=\"other\"",
            "--extern",
            "orders=/deps/liborders-00.rmeta",
            "--extern",
            "proc_macro",
            "--extern",
            "pay=/deps-of-pay=1/libbilling_core-00.rmeta",
        ];
        assert_eq!(found(&arguments).as_deref(), Some("billing_core"));
        assert_eq!(found(&arguments[..9]), None);
        assert_eq!(found(&["--extern", "pay=/deps/lib-00.rmeta"]), None);
    }

    #[test]
    fn features_among_other_cfgs() {
        let arguments = owned(&[
            "rustc",
            "--crate-name",
            "shop",
            "--cfg",
            "feature=\"default\"",
            "--cfg=feature=\"sql\"",
            "--check-cfg",
            "cfg(feature, values(\"other\"))",
            "--cfg",
            "tokio_unstable",
            "--cfg",
            "backend=\"feature\"",
        ]);
        assert_eq!(find_features(&arguments), Some(vec!["default", "sql"]));
        assert_eq!(find_features(&arguments[..3]), Some(vec![]));
        // An editor's.
        assert_eq!(find_features(&arguments[..1]), None);
    }
}
