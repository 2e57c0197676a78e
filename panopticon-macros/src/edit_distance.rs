//! The known name that an unknown one was probably meant to be.
//!
//! This file exists twice, for the reason given in `check/name.rs`: as
//! `panopticon/src/edit_distance.rs`, which is the one to edit, and as its copy,
//! `panopticon-macros/src/edit_distance.rs`.

/// Returns the known name that is most similar to `name`, if at most a third of its characters
/// would have to change.
pub(crate) fn most_similar<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = name.to_lowercase();
    let length = name.chars().count();
    let similar = known.into_iter().filter_map(|known| {
        let known_length = known.chars().count();
        let limit = known_length.div_ceil(3);
        // The difference in length is part of the distance. Anybody can ask for a very long name.
        if length.abs_diff(known_length) > limit {
            return None;
        }
        let distance = distance(&name, &known.to_lowercase());
        (distance <= limit).then_some((distance, known))
    });
    similar.min().map(|(_, nearest)| nearest)
}

/// Returns how many characters must be inserted, removed or replaced to get from one text to the
/// other (the Levenshtein distance).
pub(crate) fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    // The distances from the part of `from` that was read to each prefix of `to`.
    let mut distances: Vec<usize> = (0..=to.len()).collect();
    for (read, character) in from.chars().enumerate() {
        let mut diagonal = distances[0];
        distances[0] = read + 1;
        for (position, &other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(character != other);
            diagonal = distances[position + 1];
            distances[position + 1] = replaced.min(diagonal + 1).min(distances[position] + 1);
        }
    }
    distances[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_insertions_removals_and_replacements() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("ledger", "ledger", 0),
            ("ledgr", "ledger", 1),
            ("leedger", "ledger", 1),
            ("lodger", "ledger", 1),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn only_a_similar_name_is_suggested() {
        let known = ["ledger", "mail", "database"];
        assert_eq!(most_similar("ledgr", known), Some("ledger"));
        assert_eq!(most_similar("Mail", known), Some("mail"));
        assert_eq!(most_similar("queue", known), None);
        assert_eq!(most_similar("ledger", []), None);
        assert_eq!(most_similar("ab", ["abcd", "abc"]), Some("abc"));
        assert_eq!(most_similar(&"ledger".repeat(10_000), known), None);
    }
}
