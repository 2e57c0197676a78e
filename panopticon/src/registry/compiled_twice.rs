//! Explains why one macro call in the source code is in the process twice.

use crate::check::{Module, Origin};

/// Returns the cause and the fix, if two of these are the same macro call, or may be. Otherwise, the
/// fix is the ordinary one, for different calls.
pub(super) fn explain_or<'a>(
    calls: impl IntoIterator<Item = &'a Origin>,
    ordinary_fix: impl FnOnce() -> String,
) -> String {
    let mut known: Vec<&Origin> = Vec::new();
    let same = calls.into_iter().find_map(|call| {
        let same = known.iter().find(|other| is_same_place(call, other));
        let same = same.map(|other| (call.module, other.module));
        known.push(call);
        same
    });
    let Some((a, b)) = same else { return ordinary_fix() };
    if (a.package, a.version) == (b.package, b.version) {
        return cause(a, b);
    }
    // Each path may be relative to the folder of its package.
    format!(
        "if they are the same, because `{}` is compiled into the crates `{}` and `{}`, move it to a \
         crate that both depend on\n   if not, {}",
        a.file,
        a.krate(),
        b.krate(),
        ordinary_fix()
    )
}

fn is_same_place(a: &Origin, b: &Origin) -> bool {
    a.line == b.line && without_parents(a.module.file) == without_parents(b.module.file)
}

/// Returns the parts of a path, without `..`, which `#[path]` leads to.
fn without_parents(file: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in file.split(['/', '\\']) {
        match (part, parts.last()) {
            ("..", Some(&last)) if last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts
}

/// Returns the cause and the fix for a file of one package.
fn cause(a: &Module, b: &Module) -> String {
    match (a.is_program, b.is_program) {
        (false, true) => library_and_binary(a, b),
        (true, false) => library_and_binary(b, a),
        (false, false) if a.krate() == b.krate() => format!(
            "they are the same: this test contains the library of package `{}` twice, once as \
             itself and once for a dev-dependency that depends on it; move the test to the folder \
             `tests`, where the library is only linked",
            a.package()
        ),
        _ => format!(
            "they are the same: `{}` is compiled into the crates `{}` and `{}`; move it to a crate \
             that both depend on",
            a.file,
            a.krate(),
            b.krate()
        ),
    }
}

fn library_and_binary(library: &Module, binary: &Module) -> String {
    let cause = format!(
        "they are the same: `{}` is compiled into the library of package `{}` and into this binary",
        library.file,
        library.package()
    );
    let mut below = binary.path.split("::").skip(1);
    let Some(declared) = below.next() else {
        return format!("{cause}; give the binary a file of its own");
    };
    // The binary declares the module at its root; what is below it has the same path in both.
    let library_path: Vec<&str> = library.path.split("::").collect();
    let length = library_path.len().saturating_sub(below.count());
    let library_module = library_path[..length].join("::");
    format!("{cause}; remove `mod {declared};` from the binary, and use `{library_module}` there")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: Module = Module {
        path: "shop::healthchecks",
        package: "shop",
        version: "1.0.0",
        is_program: false,
        file: "shop/src/healthchecks.rs",
    };

    fn explained(a: &'static Module, b: &'static Module) -> String {
        let calls = [Origin { module: a, line: 6 }, Origin { module: b, line: 6 }];
        explain_or(&calls, || "rename one".to_owned())
    }

    #[test]
    fn the_module_to_use_is_named_wherever_the_binary_declares_it() {
        static LIBRARY_BELOW: Module = Module { path: "shop::orders::healthchecks", ..LIBRARY };
        static FILE: &str = "shop/src/bin/../healthchecks.rs";
        static NAMESAKE: Module =
            Module { path: "shop::healthchecks", is_program: true, file: FILE, ..LIBRARY };
        static BINARY: Module = Module { path: "server::checks::healthchecks", ..NAMESAKE };
        static ROOT: Module = Module { path: "shop", ..NAMESAKE };
        for (library, binary, expected) in [
            (
                &LIBRARY,
                &NAMESAKE,
                "remove `mod healthchecks;` from the binary, and use `shop::healthchecks` there",
            ),
            (
                &LIBRARY_BELOW,
                &BINARY,
                "remove `mod checks;` from the binary, and use `shop::orders` there",
            ),
            (&LIBRARY_BELOW, &NAMESAKE, "and use `shop::orders::healthchecks` there"),
            (&LIBRARY, &ROOT, "give the binary a file of its own"),
        ] {
            for pair in [(library, binary), (binary, library)] {
                let explained = explained(pair.0, pair.1);
                assert!(explained.ends_with(expected), "{explained}");
                assert!(explained.contains("the library of package `shop` and into this binary"));
            }
        }
    }

    #[test]
    fn a_file_of_several_packages_and_another_place_are_told_apart() {
        static OTHER: Module = Module { path: "mail::checks", package: "mail", ..LIBRARY };
        assert_eq!(
            explained(&LIBRARY, &OTHER),
            "if they are the same, because `shop/src/healthchecks.rs` is compiled into the crates \
             `mail` and `shop`, move it to a crate that both depend on\n   if not, rename one"
        );
        let elsewhere = [Origin { module: &LIBRARY, line: 6 }, Origin { module: &OTHER, line: 7 }];
        assert_eq!(explain_or(&elsewhere, || "rename one".to_owned()), "rename one");
    }
}
