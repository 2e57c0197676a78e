//! What to write instead of an unknown name.

use std::collections::BTreeSet;

use crate::edit_distance::most_similar;
use crate::escaped::Escaped;

/// Returns what to write instead of an unknown name, for errors: the known name that was probably
/// meant, and all known ones.
pub(crate) fn suggest(
    kind: &str,
    unknown: &str,
    known: impl IntoIterator<Item = String>,
) -> String {
    let known: BTreeSet<String> = known.into_iter().collect();
    let all: Vec<&str> = known.iter().map(String::as_str).collect();
    if all.is_empty() {
        return format!("there are no {kind}");
    }
    let meant = most_similar(unknown, all.iter().copied());
    let meant = meant.map(|name| format!("did you mean `{}`? ", Escaped(name))).unwrap_or_default();
    format!("{meant}known {kind}: {}", Escaped(all.join(", ")))
}
