//! What an error suggests instead of an unknown name.

use std::collections::BTreeSet;

use crate::edit_distance::most_similar;
use crate::escaped::Escaped;

/// Returns what an error suggests instead of an unknown name: the known name that was probably
/// meant, and all known ones.
pub(crate) fn suggest(
    kind: &str,
    unknown: &str,
    known: impl IntoIterator<Item = String>,
) -> String {
    let known: BTreeSet<String> = known.into_iter().collect();
    let meant = most_similar(unknown, known.iter().map(String::as_str));
    let meant = meant.map(|name| format!("did you mean `{}`? ", Escaped(name))).unwrap_or_default();
    format!("{meant}{}", list(kind, known.iter().map(String::as_str)))
}

/// Returns all known names, for errors about a name that needs no suggestion.
pub(crate) fn list<'a>(kind: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if known.is_empty() {
        return format!("there are no {kind}");
    }
    format!("known {kind}: {}", Escaped(known.join(", ")))
}
