//! The checks, collections and crates as declared, before anything is validated.

use std::fmt;
use std::sync::Arc;

use super::entry::{REGISTRY, RegistryEntry};
use crate::check::{
    CheckFn, CheckOptions, Collection, HealthCheck, ListedCrate, Origin, SourceLocation,
};
use crate::escaped::Escaped;

/// A check as declared, by an annotated function or by a closure.
pub(crate) struct Declaration {
    pub(crate) name: Arc<str>,
    pub(crate) location: SourceLocation,
    /// The static of an annotated function. A closure takes no resources, and its options name what
    /// it depends on.
    pub(crate) annotated: Option<&'static HealthCheck>,
    pub(crate) options: CheckOptions,
    pub(crate) function: CheckFn,
}

impl Declaration {
    /// Returns where the annotated function is.
    pub(crate) fn origin(&self) -> Option<&'static Origin> {
        self.annotated.map(|check| &check.origin)
    }

    /// Returns the method of the builder that a closure was given to.
    pub(crate) fn builder_method(&self) -> Option<&'static str> {
        match self.function {
            CheckFn::AsyncClosure(_) => Some("check"),
            CheckFn::BlockingClosure(_) => Some("check_blocking"),
            CheckFn::Async(_) | CheckFn::Blocking(_) => None,
        }
    }
}

impl From<&'static HealthCheck> for Declaration {
    fn from(check: &'static HealthCheck) -> Self {
        Self {
            name: check.name.into(),
            location: check.origin.location(),
            annotated: Some(check),
            options: check.options.clone(),
            function: check.function.clone(),
        }
    }
}

impl fmt::Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "health check `{}` at {}", Escaped(&self.name), self.location)
    }
}

/// Everything that is declared, by macros or on the builder.
#[derive(Default)]
pub(crate) struct Declarations {
    #[expect(clippy::vec_box, reason = "they are large, and sorting moves them many times")]
    pub(crate) checks: Vec<Box<Declaration>>,
    pub(crate) collections: Vec<&'static Collection>,
    pub(crate) listed_crates: Vec<&'static ListedCrate>,
    /// Whether annotated functions are among the checks, if there are any.
    pub(crate) is_discovered: bool,
}

impl Declarations {
    /// Returns what the linker collected.
    pub(crate) fn discovered() -> Self {
        let mut declarations = Self { is_discovered: true, ..Self::default() };
        for entry in REGISTRY {
            match entry {
                RegistryEntry::Check(check) => declarations.checks.push(Box::new(check.into())),
                RegistryEntry::Collection(collection) => declarations.collections.push(collection),
                RegistryEntry::ListedCrate(listed) => declarations.listed_crates.push(listed),
                RegistryEntry::BuiltIn => {}
            }
        }
        declarations
    }
}
