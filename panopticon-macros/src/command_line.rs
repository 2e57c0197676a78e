//! Facts about the compiled crate that only the compiler's command line has.
//!
//! The language has no way to get from a dependency's name in the manifest to its own name, or to
//! the features that a crate is built with. The command line has both
//! (<https://doc.rust-lang.org/rustc/command-line-arguments.html>):
//! `--extern pay=…/libbilling-0123456789abcdef.rmeta`, `--cfg feature="sql"`. Outside the compiler,
//! as in an editor, it has neither.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

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

/// Returns a dependency's files; none if the command line does not name them. It may name several,
/// of which the compiler chooses: a `.rmeta`, an `.rlib`, a dynamic library.
pub(crate) fn files_of(dependency: &str) -> Vec<String> {
    find_files_of(dependency, &arguments())
}

/// Returns whether the compiler links these files of a crate dynamically.
pub(crate) fn is_linked_dynamically(files: &[String]) -> bool {
    chooses_dynamic(files, &arguments())
}

/// Returns whether the crate is one of procedural macros.
pub(crate) fn is_of_procedural_macros() -> bool {
    // Asked by each macro call, and the same for all.
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| has_crate_type("proc-macro", &arguments()))
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

fn chooses_dynamic(files: &[String], arguments: &[String]) -> bool {
    let is_dynamic = |file: &String| {
        let extension = Path::new(file).extension().and_then(OsStr::to_str);
        matches!(extension, Some("so" | "dylib" | "dll"))
    };
    let of_codegen = values_of("-C", arguments)
        .chain(values_of("--codegen", arguments))
        .chain(arguments.iter().filter_map(|argument| argument.strip_prefix("-C")));
    let prefers_dynamic = of_codegen
        .filter_map(|option| option.strip_prefix("prefer-dynamic"))
        .any(|value| matches!(value, "" | "=yes" | "=y" | "=on" | "=true"));
    if prefers_dynamic {
        files.iter().any(is_dynamic)
    } else {
        !files.is_empty() && files.iter().all(is_dynamic)
    }
}

fn has_crate_type(crate_type: &str, arguments: &[String]) -> bool {
    values_of("--crate-type", arguments).flat_map(|types| types.split(',')).any(|t| t == crate_type)
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
    use super::{chooses_dynamic, find_features, find_files_of, has_crate_type, name_of_library};

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

    #[test]
    fn dynamic_libraries() {
        let dynamic = owned(&["/deps/libshelf.so", "/deps/libshelf-0123456789abcdef.rlib"]);
        assert!(chooses_dynamic(&owned(&["C:\\deps\\shelf.dll"]), &[]));
        assert!(chooses_dynamic(&dynamic[..1], &[]));
        assert!(!chooses_dynamic(&dynamic, &[]));
        assert!(!chooses_dynamic(&owned(&["/deps.so/libshelf-00.rmeta"]), &[]));
        assert!(!chooses_dynamic(&[], &owned(&["-Cprefer-dynamic"])));
        for preferring in [
            &["-C", "prefer-dynamic"][..],
            &["-Cprefer-dynamic=yes"],
            &["--codegen=prefer-dynamic"],
        ] {
            assert!(chooses_dynamic(&dynamic, &owned(preferring)), "{preferring:?}");
            assert!(!chooses_dynamic(&dynamic[1..], &owned(preferring)), "{preferring:?}");
        }
        assert!(!chooses_dynamic(&dynamic, &owned(&["-C", "prefer-dynamic=no"])));
    }

    #[test]
    fn crate_types() {
        for arguments in [&["--crate-type", "proc-macro"][..], &["--crate-type=lib,proc-macro"]] {
            assert!(has_crate_type("proc-macro", &owned(arguments)), "{arguments:?}");
        }
        assert!(!has_crate_type("proc-macro", &owned(&["--crate-type", "lib", "proc-macro"])));
    }
}
