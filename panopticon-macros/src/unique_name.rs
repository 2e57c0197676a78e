//! The names that only one macro call in a service may take, and how the compiler sees that.

use std::env;
use std::fmt;
use std::str;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote_spanned;

use crate::name::{check_collection, check_component};

/// The name of something that a macro registers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UniqueName {
    pub(crate) kind: Kind,
    pub(crate) name: String,
}

/// A namespace: names of different kinds may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    HealthCheck,
    Collection,
}

impl UniqueName {
    /// Writes a macro that is never called. The exported macros of a crate share one namespace,
    /// whatever module they are in: a second one with the same name is a compile error that shows
    /// both, even if `discover!` imports them from several crates.
    ///
    /// The macro accepts only the [`Label`] by which `discover!` finds the name in the crate's
    /// metadata. It is not in that of a crate that re-exports the macro.
    pub(crate) fn proof(&self, span: Span) -> TokenStream {
        let macro_name = self.macro_name(span);
        let label = Literal::string(&Label::of_this_package(self.clone()).to_string());
        // The compiler shows the span of both macros.
        quote_spanned! {span=>
            #[doc(hidden)]
            #[macro_export]
            #[allow(non_local_definitions)]
            macro_rules! #macro_name { (#label) => {}; }
        }
    }

    /// Returns the name of the macro. The compiler's error mentions only this name, so the name is
    /// the message: what is wrong, and what to do.
    pub(crate) fn macro_name(&self, span: Span) -> Ident {
        let part = as_part_of_identifier(&self.name);
        let message = match self.kind {
            Kind::HealthCheck => format!("health_check_{part}_is_already_registered_so_rename_one"),
            Kind::Collection => format!("collection_{part}_is_already_declared_so_rename_one"),
        };
        Ident::new(&message, span)
    }
}

/// Returns the name of a component or collection as a part of an identifier, unique for each name.
///
/// An identifier cannot contain `.` or `-`. A name that does is spelled out, with `_` doubled so
/// that it stays unambiguous, after `spelled` instead of `named`.
pub(crate) fn as_part_of_identifier(name: &str) -> String {
    if !name.contains(['.', '-']) {
        return format!("named_{name}");
    }
    name.chars().fold("spelled_".to_owned(), |mut spelled, character| {
        match character {
            '_' => spelled.push_str("__"),
            '.' => spelled.push_str("_dot_"),
            '-' => spelled.push_str("_dash_"),
            letter => spelled.push(letter),
        }
        spelled
    })
}

/// A name with the package that registers it, as a text that stands out among the bytes of a file:
/// a run of separators, then `health_check~orders~1.0.0~database~`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) name: UniqueName,
    /// The package and its version; both are empty if the crate is built without cargo.
    pub(crate) package: String,
    pub(crate) version: String,
}

impl Label {
    /// Separates the fields, none of which contains it.
    const SEPARATOR: u8 = b'~';
    /// The length of the run. A search that looks at every 32nd byte finds it.
    const RUN: usize = 32;

    fn of_this_package(name: UniqueName) -> Self {
        let variable = |variable| env::var(variable).unwrap_or_default();
        Self { name, package: variable("CARGO_PKG_NAME"), version: variable("CARGO_PKG_VERSION") }
    }

    /// Finds the labels among other bytes.
    pub(crate) fn find_in(bytes: &[u8]) -> Vec<Self> {
        let mut labels = Vec::new();
        let mut position = 0;
        // A loop over all bytes would take long, since cargo builds macros without optimization.
        while position < bytes.len() {
            if bytes[position] == Self::SEPARATOR {
                let rest = &bytes[position..];
                let run = rest.iter().take_while(|&&byte| byte == Self::SEPARATOR).count();
                labels.extend(Self::read(&rest[run..]));
                position += run;
            }
            position += Self::RUN;
        }
        labels
    }

    /// Reads what follows the run; nothing if it is something else.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = bytes.splitn(5, |&byte| byte == Self::SEPARATOR);
        let mut field = || str::from_utf8(fields.next()?).ok();
        let (kind, package, version, name) = (field()?, field()?, field()?, field()?);
        let (kind, rule) = match kind {
            "health_check" => (Kind::HealthCheck, check_component(name)),
            "collection" => (Kind::Collection, check_collection(name)),
            _ => return None,
        };
        rule.ok()?;
        Some(Self {
            name: UniqueName { kind, name: name.to_owned() },
            package: package.to_owned(),
            version: version.to_owned(),
        })
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name: UniqueName { kind, name }, package, version } = self;
        let kind = match kind {
            Kind::HealthCheck => "health_check",
            Kind::Collection => "collection",
        };
        let run = "~".repeat(Self::RUN);
        write!(f, "{run}{kind}~{package}~{version}~{name}~")
    }
}
