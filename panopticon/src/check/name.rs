//! The rules for the names of components and collections, and for tags.
//!
//! Both the macros, at compile time, and the builder, at run time, follow them. A proc-macro crate
//! cannot export a function, and a symbolic link would break clones on Windows, so this file exists
//! twice: as `panopticon/src/check/name.rs`, which is the one to edit, and as its copy,
//! `panopticon-macros/src/name.rs`. A test in `panopticon-derive-tests/tests/rules.rs` compares
//! them.

use std::fmt;

/// The longest name or tag, in characters (all of them ASCII, so also in bytes).
pub(crate) const MAX_LENGTH: usize = 64;

/// Names that are reserved for URLs next to `/healthcheck/{component}`.
pub(crate) const RESERVED: [&str; 4] = ["liveness", "readiness", "startup", "metrics"];

/// A rule that a name breaks; displayed as the end of "health check `x` must …", with what to write
/// in a macro instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NameRule {
    NotEmpty,
    AtMost { length: usize },
    StartsWithLetter { name: String },
    Only { character: char, name: String },
    NotReserved { name: String },
}

impl NameRule {
    /// Returns the rule without what to write instead, which depends on where the name is given.
    pub(crate) fn rule(&self) -> String {
        match self {
            Self::NotEmpty => "have a name that is not empty".to_owned(),
            Self::AtMost { length } => {
                format!("have a name of at most {MAX_LENGTH} characters, not {length}")
            }
            Self::StartsWithLetter { name } => format!(
                "have a name that starts with a letter from A to Z or a to z, unlike `{name}`"
            ),
            Self::Only { character, name } => format!(
                "have a name of ASCII letters, digits, `_`, `.` and `-` only, without the \
                 {character:?} of `{}`",
                // A line break would forge a line in a log.
                name.escape_debug()
            ),
            Self::NotReserved { name } => {
                format!("not be named `{name}`, because the URL of that name is reserved")
            }
        }
    }
}

impl fmt::Display for NameRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remedy = match self {
            Self::NotEmpty => "write `name = \"database\"`, for example",
            Self::AtMost { .. } => "write a shorter one in `name = \"…\"`",
            _ => "write another one in `name = \"…\"`",
        };
        write!(f, "{}; {remedy}", self.rule())
    }
}

/// Checks a component's name, which follows the rules of a collection's and is not [`RESERVED`].
pub(crate) fn check_component(name: &str) -> Result<(), NameRule> {
    check_collection(name)?;
    if RESERVED.contains(&name) {
        return Err(NameRule::NotReserved { name: name.to_owned() });
    }
    Ok(())
}

/// Checks a collection's name: `[A-Za-z][A-Za-z0-9_.-]*`, at most [`MAX_LENGTH`] long.
pub(crate) fn check_collection(name: &str) -> Result<(), NameRule> {
    let Some(first) = name.chars().next() else {
        return Err(NameRule::NotEmpty);
    };
    let foreign = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if let Some(character) = name.chars().find(foreign) {
        return Err(NameRule::Only { character, name: name.to_owned() });
    }
    if !first.is_ascii_alphabetic() {
        return Err(NameRule::StartsWithLetter { name: name.to_owned() });
    }
    if name.len() > MAX_LENGTH {
        return Err(NameRule::AtMost { length: name.len() });
    }
    Ok(())
}

/// Returns whether a tag is 1 to [`MAX_LENGTH`] ASCII letters, digits and `_ . - : /`, which a
/// URL's query and Datadog's tags leave unchanged.
pub(crate) fn is_tag(tag: &str) -> bool {
    (1..=MAX_LENGTH).contains(&tag.len())
        && tag
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ':' | '/'))
}
