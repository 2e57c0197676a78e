//! The static that `#[healthcheck]` writes for a function, and what the other macros' statics share
//! with it.

use std::any::TypeId;

use super::check_fn::CheckFn;
use super::options::CheckOptions;
use super::resources::ResourceType;
use super::source_location::SourceLocation;

/// An annotated function: literals and function pointers.
#[derive(Debug)]
pub struct HealthCheck {
    /// The component's name.
    pub name: &'static str,
    /// The options of the attribute.
    pub options: CheckOptions,
    /// Where the function is.
    pub origin: Origin,
    /// The types of the function's parameters, without their `&`.
    pub resources: &'static [ResourceType],
    /// The function's name, without the `r#` of a raw identifier.
    pub function_name: &'static str,
    /// Returns the function's type, by which the dependencies of other checks name it.
    pub function_id: fn() -> TypeId,
    /// The checks that this one depends on.
    pub depends_on: &'static [Dependency],
    /// Calls the function.
    pub function: CheckFn,
}

/// A check that another one depends on.
#[derive(Debug)]
pub struct Dependency {
    /// Returns the type of the check's function.
    pub function_id: fn() -> TypeId,
    /// The path to the function, as written.
    pub path: &'static str,
}

/// The place where a macro of panopticon is called.
#[derive(Debug)]
pub struct Origin {
    /// What the macro calls of one module have in common. It is a reference because the compiler
    /// keeps equal constants once, and each string would need a relocation of its own.
    pub module: &'static Module,
    /// `line!()`.
    pub line: u32,
}

/// A module that calls macros of panopticon.
#[derive(Debug)]
pub struct Module {
    /// `module_path!()`.
    pub path: &'static str,
    /// The name of the package; empty if the crate is built without cargo.
    pub package: &'static str,
    /// The version of the package; empty if the crate is built without cargo.
    pub version: &'static str,
    /// Whether the crate is a binary, an example or a test, which no crate depends on. A binary
    /// often has the name of its package's library.
    pub is_program: bool,
    /// `file!()`.
    pub file: &'static str,
}

impl HealthCheck {
    /// Returns the types of the resources without which the function cannot be called.
    pub(crate) fn needed_resources(&self) -> impl Iterator<Item = ResourceType> + use<'_> {
        self.resources.iter().copied().filter(|resource| !resource.is_optional())
    }
}

impl Origin {
    /// Returns the file and line.
    pub(crate) fn location(&self) -> SourceLocation {
        SourceLocation::new(self.module.file, self.line)
    }
}

impl Module {
    /// Returns the crate's name.
    pub(crate) fn krate(&self) -> &'static str {
        self.path.split("::").next().unwrap_or(self.path)
    }

    /// Returns the name of the package, or the crate's if the package is unknown.
    pub(crate) fn package(&self) -> &'static str {
        if self.package.is_empty() { self.krate() } else { self.package }
    }

    /// Returns what distinguishes the crate from others with the same name: a package's library
    /// from its binary, or one version from another.
    pub(crate) fn target(&self) -> impl Ord + use<> {
        (self.package, self.version, self.is_program)
    }

    /// Returns whether this is the other module, or below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.target() == other.target()
            && self
                .path
                .strip_prefix(other.path)
                .is_some_and(|below| below.is_empty() || below.starts_with("::"))
    }
}
