//! Finds health checks that have the same name.

use std::collections::BTreeSet;

use super::compiled_twice;
use super::declaration::Declaration;
use super::left_out::SwitchedOff;
use super::problem::{Problem, ProblemKind, lines};
use crate::escaped::Escaped;

/// Finds them among the checks, which are sorted by name.
pub(super) fn find(
    sorted: &[Box<Declaration>],
    switched_off: &[SwitchedOff],
    problems: &mut Vec<Problem>,
) {
    for same in sorted.chunk_by(|a, b| a.name == b.name).filter(|same| same.len() > 1) {
        let origins = same.iter().filter_map(|check| check.origin());
        let fix =
            compiled_twice::explain_or(origins, || renaming(same) + &remedy_for_foreign(same));
        let message = format!(
            "{} health checks are named `{}`:{}\n   {fix}{}",
            same.len(),
            Escaped(&same[0].name),
            lines(same.iter().map(|check| place(check))),
            ambiguous(same, switched_off),
        );
        let locations = same.iter().map(|check| check.location);
        problems.push(Problem::new(ProblemKind::DuplicateName, locations, message));
    }
}

/// Returns how to rename these checks.
fn renaming(same: &[Box<Declaration>]) -> String {
    let fixed = same.iter().find(|check| check.has_fixed_name());
    let fixed = fixed.and_then(|check| check.builder_method);
    let which =
        if fixed.is_some() { "each of the functions" } else { "all but one of the functions" };
    let of_functions = format!("rename {which}, or write `#[healthcheck(name = \"…\")]`");
    let renamable = same.iter().filter(|check| !check.has_fixed_name());
    let methods = renamable.filter_map(|check| check.builder_method);
    let methods: BTreeSet<_> = methods.collect();
    let methods: Vec<_> = methods.into_iter().map(|method| format!("`.{method}(…)`")).collect();
    let methods = methods.join(" and ");
    let fix = if methods.is_empty() {
        of_functions
    } else if same.iter().any(|check| check.annotated.is_some()) {
        format!("pass another name to {methods}, or {of_functions}")
    } else if fixed.is_some() {
        format!("pass another name to {methods}")
    } else {
        format!("pass different names to {methods}")
    };
    match fixed {
        Some("watch_runtime") => format!("{fix}; `.watch_runtime()` needs this one"),
        Some(method) => format!("{fix}; `.{method}(…)` needs this one"),
        None => fix,
    }
}

fn place(check: &Declaration) -> String {
    let Declaration { location, renamed_at, .. } = check;
    let renamed = renamed_at.map(|place| format!(", as renamed at {place}"));
    format!("at {location}{}", renamed.unwrap_or_default())
}

/// Returns what to do if the functions cannot be changed, as they may not if they are in several
/// packages.
fn remedy_for_foreign(same: &[Box<Declaration>]) -> String {
    let package = |check: &Declaration| {
        check.origin().map(|origin| (origin.module.package(), origin.module.version))
    };
    let packages: BTreeSet<_> = same.iter().filter_map(|check| package(check)).collect();
    let has_unique_path = |check: &Declaration| {
        let path = check.path();
        same.iter().filter(|other| other.path() == path).count() == 1
    };
    let mut renamable = same.iter().rev().filter(|check| has_unique_path(check));
    match renamable.find_map(|check| check.path()) {
        Some(path) if packages.len() > 1 => format!(
            "\n   if they are not yours, call `.rename(\"{path}\", \"…\")` or `.without(\"{path}\")` \
             on the builder"
        ),
        _ => String::new(),
    }
}

/// Returns what to write instead of the name, if it was to switch off one of these checks.
fn ambiguous(same: &[Box<Declaration>], switched_off: &[SwitchedOff]) -> String {
    let name = &same[0].name;
    let Some(switched_off) = switched_off.iter().find(|switched_off| switched_off.is_name(name))
    else {
        return String::new();
    };
    let paths: BTreeSet<String> = same.iter().filter_map(|check| check.path()).collect();
    let paths: Vec<String> = paths.into_iter().map(|path| format!("`{path}`")).collect();
    let (means, none) = if same.len() == 2 { ("both", "neither") } else { ("all of them", "none") };
    let instead = match &paths[..] {
        [] => String::new(),
        [path] => format!("; give the path {path}"),
        _ => format!("; give one of the paths {}", paths.join(", ")),
    };
    format!("\n   {} means {means}, so it switches off {none}{instead}", switched_off.source())
}
