//! A crate's own name, where the manifest gives it another.
//!
//! `discover!` is given the manifest's name, and a health check knows its crate's own. Nothing in
//! the language leads from one to the other. The compiler's command line does
//! (<https://doc.rust-lang.org/rustc/command-line-arguments.html#--extern-specify-where-an-external-library-is-located>):
//! `--extern pay=…/libbilling-0123456789abcdef.rmeta`.

use std::fs;

/// The name that the crate which is `listed` has for itself; the same where the command line does
/// not say, as in an editor.
pub(super) fn extern_name(listed: &str) -> String {
    let arguments = std::env::args().flat_map(|argument| match argument.strip_prefix('@') {
        // Where the line would be too long, a file has it.
        Some(file) => lines(&fs::read_to_string(file).unwrap_or_default()),
        None => vec![argument],
    });
    own_name(listed, arguments).unwrap_or_else(|| listed.to_owned())
}

fn lines(file: &str) -> Vec<String> {
    file.lines().map(str::to_owned).collect()
}

/// Finds the crate's file among the compiler's arguments, and its name in that of the file.
fn own_name(listed: &str, arguments: impl Iterator<Item = String>) -> Option<String> {
    let mut is_extern = false;
    for argument in arguments {
        let value = if is_extern { Some(&*argument) } else { argument.strip_prefix("--extern=") };
        is_extern = argument == "--extern";
        // Options may stand before the name: `priv,noprelude:pay=…`.
        if let Some((name, path)) = value.and_then(|value| value.split_once('=')) {
            if name.rsplit(':').next() == Some(listed) {
                return name_of_library(path);
            }
        }
    }
    None
}

/// `billing`, of `…/libbilling-0123456789abcdef.rmeta`.
fn name_of_library(path: &str) -> Option<String> {
    let file = path.rsplit(['/', '\\']).next()?;
    let stem = file.split('.').next()?;
    let name = stem.strip_prefix("lib").unwrap_or(stem);
    // What follows a dash is cargo's, for crates have none in their names.
    let name = name.split('-').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::own_name;

    fn found(arguments: &[&str]) -> Option<String> {
        own_name("pay", arguments.iter().map(|&argument| argument.to_owned()))
    }

    #[test]
    fn of_a_renamed_crate() {
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
    fn among_other_arguments() {
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
}
