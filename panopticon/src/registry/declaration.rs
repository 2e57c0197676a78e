//! The checks, collections and crates as declared, before anything is validated.

use std::fmt;
use std::sync::Arc;

use super::entry::{REGISTRY, RegistryEntry};
use super::left_out::{LeftOutReason, SwitchedOff};
use super::renames::Rename;
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
    /// The builder's method that declares it; `None` if a macro does.
    pub(crate) builder_method: Option<&'static str>,
    /// Where the builder renamed it, if it did.
    pub(crate) renamed_at: Option<SourceLocation>,
    /// What is wrong with what it does, as far as that is known before it runs.
    pub(crate) mistakes: Vec<String>,
}

impl Declaration {
    /// Returns where the annotated function is.
    pub(crate) fn origin(&self) -> Option<&'static Origin> {
        self.annotated.map(|check| &check.origin)
    }

    /// Returns whether its name is fixed, since the builder's method that declares it takes none.
    pub(super) fn has_fixed_name(&self) -> bool {
        matches!(self.builder_method, Some("watch_runtime" | "heartbeat_url"))
    }

    /// Returns whether it checks how health is reported, and so is no check of the service.
    pub(super) fn is_of_reporting(&self) -> bool {
        self.builder_method == Some("heartbeat_url")
    }

    /// Returns the path of the annotated function, without the `r#` of raw identifiers.
    pub(crate) fn path(&self) -> Option<String> {
        let check = self.annotated?;
        Some(without_raw(&format!("{}::{}", check.origin.module.path, check.function_name)))
    }

    /// Returns what [`without`](crate::Builder::without) takes to switch off this check of all
    /// these: its name, or the path of its function if another check has the same name.
    pub(crate) fn name_to_switch_off(&self, checks: &[Box<Declaration>]) -> String {
        let is_shared = checks.iter().filter(|other| other.name == self.name).count() > 1;
        self.path().filter(|_| is_shared).unwrap_or_else(|| self.name.to_string())
    }

    /// Returns whether the annotated function has this path.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        self.path().is_some_and(|own| own == without_raw(path))
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
            builder_method: None,
            renamed_at: None,
            mistakes: Vec::new(),
        }
    }
}

fn without_raw(path: &str) -> String {
    let words = path.split("::").map(|word| word.strip_prefix("r#").unwrap_or(word));
    words.collect::<Vec<_>>().join("::")
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
    pub(crate) renames: Vec<Rename>,
    pub(crate) switched_off: Vec<SwitchedOff>,
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

    /// Switches off these checks too, and adds to their names those that the builder switches off.
    pub(crate) fn switch_off_by_environment(&mut self, names: &mut Vec<String>) {
        let by_builder: Vec<_> =
            self.switched_off.iter().map(|switched_off| switched_off.check.clone()).collect();
        self.switched_off.extend(names.iter().map(|check| SwitchedOff {
            check: check.clone(),
            reason: LeftOutReason::SwitchedOffByEnvironment,
        }));
        names.splice(0..0, by_builder);
    }
}
